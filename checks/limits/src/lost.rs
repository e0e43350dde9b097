//! What was lost as a queue was full: connections that nobody took in time, packets for which the kernel had no time.

use roundsman_sdk::parse::{ParseError, rows};
use roundsman_sdk::{Measure, Unit};

const fn rate(name: &'static str, help: &'static str) -> Measure {
    Measure::gauge(name, Unit::Number, help)
}

/// Counters by their names, and the metric that the rate of each becomes.
pub static RATES: [(&str, Measure); 4] = [
    ("ListenOverflows", rate("listen_overflows", "connections a second for which the queue of a server was full")),
    ("ListenDrops", rate("listen_drops", "connections a second that no server took, for any reason")),
    ("dropped", rate("packets_dropped", "packets received a second for which the queue of a CPU was full")),
    ("squeezed", rate("packets_squeezed", "times a second that a CPU stopped with packets left, to do other work")),
];

pub type Counters = Vec<(&'static str, u64)>;

/// Reads `/proc/net/netstat`: lines in pairs, names and then numbers, each pair with the same first word.
pub fn connections(text: &str) -> Result<Counters, ParseError> {
    let mut lines = rows(text).filter(|row| row.columns()[0].text() == "TcpExt:");
    let (Some(names), Some(numbers)) = (lines.next(), lines.next()) else {
        return Err(ParseError::whole("there are no two lines \"TcpExt:\""));
    };
    let mut found = Counters::new();
    for (name, _) in &RATES[..2] {
        if let Some(at) = names.columns().iter().position(|it| it.text() == *name) {
            found.push((name, numbers.column(at)?.integer()?));
        }
    }
    Ok(found)
}

/// Reads `/proc/net/softnet_stat`: a line for each CPU, in hex; its second column counts drops, its third one times without time.
pub fn packets(text: &str) -> Result<Counters, ParseError> {
    let mut sums = [0_u64; 2];
    let mut cpus = 0;
    for row in rows(text) {
        cpus += 1;
        for (i, sum) in sums.iter_mut().enumerate() {
            let column = row.column(i + 1)?;
            let number =
                u32::from_str_radix(column.text(), 16).map_err(|_| column.error("is no hex number of 32 bits"))?;
            *sum += u64::from(number);
        }
    }
    match cpus {
        0 => Err(ParseError::whole("the text is empty")),
        _ => Ok(vec![(RATES[2].0, sums[0]), (RATES[3].0, sums[1])]),
    }
}
