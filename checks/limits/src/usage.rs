//! The limits that are looked at: where the kernel tells what is in use, and how much may be (proc_sys_fs(5) and others).

use roundsman_sdk::parse::{Field, ParseError, rows};
use roundsman_sdk::{Context, Failure};

/// Place of a number: the file, and how the number is found in it.
type Place = (&'static str, fn(&str) -> Result<Option<u64>, ParseError>);

pub struct Limit {
    pub name: &'static str,
    pub used: Place,
    pub most: Place,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    pub used: u64,
    pub most: u64,
}

const FILES: &str = "/proc/sys/fs/file-nr";
const LOADAVG: &str = "/proc/loadavg";
const SOCKETS: &str = "/proc/net/sockstat";

pub static LIMITS: [Limit; 7] = [
    Limit { name: "open_files", used: (FILES, |text| column(text, 0)), most: (FILES, |text| column(text, 2)) },
    // Each task has a pid, threads too.
    Limit { name: "pids", used: (LOADAVG, tasks), most: ("/proc/sys/kernel/pid_max", number) },
    Limit { name: "threads", used: (LOADAVG, tasks), most: ("/proc/sys/kernel/threads-max", number) },
    Limit {
        name: "connections_tracked",
        used: ("/proc/sys/net/netfilter/nf_conntrack_count", number),
        most: ("/proc/sys/net/netfilter/nf_conntrack_max", number),
    },
    // Pages, as the limit is: the third number of three.
    Limit {
        name: "tcp_memory",
        used: (SOCKETS, |text| socket(text, "mem")),
        most: ("/proc/sys/net/ipv4/tcp_mem", |text| column(text, 2)),
    },
    Limit {
        name: "tcp_orphans",
        used: (SOCKETS, |text| socket(text, "orphan")),
        most: ("/proc/sys/net/ipv4/tcp_max_orphans", number),
    },
    Limit {
        name: "tcp_time_wait",
        used: (SOCKETS, |text| socket(text, "tw")),
        most: ("/proc/sys/net/ipv4/tcp_max_tw_buckets", number),
    },
];

/// Reads how much is in use; `None` if the kernel has no such file, or the file lacks the number.
pub fn of<'a>(limit: &Limit, text: impl Fn(&str) -> Option<&'a str>) -> Option<Result<Usage, Failure>> {
    let read = |(path, parse): Place| parse(text(path)?).context(path).transpose();
    let (used, most) = (read(limit.used)?, read(limit.most)?);
    Some(used.and_then(|used| Ok(Usage { used, most: most? })))
}

fn number(text: &str) -> Result<Option<u64>, ParseError> {
    Field::new(text.trim()).integer().map(Some)
}

fn column(text: &str, index: usize) -> Result<Option<u64>, ParseError> {
    let row = rows(text).next().ok_or_else(|| ParseError::whole("the text is empty"))?;
    row.column(index)?.integer().map(Some)
}

/// `0.41 0.95 0.53 1/83 9597`: 83 tasks.
fn tasks(text: &str) -> Result<Option<u64>, ParseError> {
    let row = rows(text).next().ok_or_else(|| ParseError::whole("the text is empty"))?;
    row.column(3)?.split_once('/')?.1.integer().map(Some)
}

/// The number behind a word of the line `TCP: inuse 2 orphan 0 tw 0 alloc 2 mem 315`.
fn socket(text: &str, word: &str) -> Result<Option<u64>, ParseError> {
    let Some(row) = rows(text).find(|row| row.columns()[0].text() == "TCP:") else { return Ok(None) };
    match row.columns().iter().position(|column| column.text() == word) {
        Some(at) => row.column(at + 1)?.integer().map(Some),
        None => Ok(None),
    }
}
