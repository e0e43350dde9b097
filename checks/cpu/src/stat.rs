//! `/proc/stat` (proc(5)), as far as this check needs it.

use roundsman_sdk::parse::{ParseError, Row, rows};

/// What the columns of a CPU are; those behind are parts of the first two. Steal is there since Linux 2.6.11.
pub const COLUMNS: [&str; 8] = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];

#[derive(Debug, PartialEq)]
pub struct Stat {
    /// Ticks of all CPUs together.
    pub all: [u64; 8],
    /// Ticks of each CPU, with its name.
    pub each: Vec<(String, [u64; 8])>,
    pub switches: Option<u64>,
    pub forks: Option<u64>,
    pub blocked: Option<u64>,
    /// Other counters that did not parse, with the reason.
    pub broken: Vec<(&'static str, ParseError)>,
}

pub fn parse(text: &str) -> Result<Stat, ParseError> {
    let (mut all, mut each, mut broken) = (None, Vec::new(), Vec::new());
    let (mut switches, mut forks, mut blocked) = (None, None, None);
    for row in rows(text) {
        let (place, part) = match row.column(0)?.text() {
            "cpu" => {
                all = Some(times(&row)?);
                continue;
            }
            name if name.starts_with("cpu") => {
                each.push((name.to_owned(), times(&row)?));
                continue;
            }
            "ctxt" => (&mut switches, "context_switches"),
            "processes" => (&mut forks, "forks"),
            "procs_blocked" => (&mut blocked, "blocked"),
            _ => continue,
        };
        match row.column(1).and_then(|it| it.integer()) {
            Ok(number) => *place = Some(number),
            Err(error) => broken.push((part, error)),
        }
    }
    for (found, line, part) in
        [(switches, "ctxt", "context_switches"), (forks, "processes", "forks"), (blocked, "procs_blocked", "blocked")]
    {
        if found.is_none() && !broken.iter().any(|(it, _)| *it == part) {
            broken.push((part, ParseError::whole(format!("there is no line \"{line}\""))));
        }
    }
    let all = all.ok_or_else(|| ParseError::whole("there is no line \"cpu\""))?;
    Ok(Stat { all, each, switches, forks, blocked, broken })
}

fn times(row: &Row) -> Result<[u64; 8], ParseError> {
    let mut times = [0; 8];
    for (i, time) in times.iter_mut().enumerate() {
        *time = row.column(i + 1)?.integer()?;
    }
    Ok(times)
}

impl Stat {
    /// Its counters: of all CPUs each column, of each the work and the rest.
    pub fn series(&self) -> Vec<(String, u64)> {
        let columns = COLUMNS.iter().zip(self.all).map(|(column, time)| ((*column).to_owned(), time));
        let each = self.each.iter().flat_map(|(name, times)| {
            let work = work(times);
            let rest = times.iter().fold(0, |all: u64, time| all.saturating_add(*time)).saturating_sub(work);
            [(format!("{name}/work"), work), (format!("{name}/rest"), rest)]
        });
        let others = [("switches", self.switches), ("forks", self.forks)];
        let others = others.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        columns.chain(each).chain(others).collect()
    }
}

/// Ticks in which it worked for this host: all but idle, iowait and steal.
fn work(times: &[u64; 8]) -> u64 {
    let [user, nice, system, _, _, irq, softirq, _] = *times;
    [user, nice, system, irq, softirq].iter().fold(0, |all, time| all.saturating_add(*time))
}
