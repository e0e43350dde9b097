//! Limits of this process (getrlimit(2)) that are too low for what it does: found at its start where nothing would work, and
//! named where an error comes from one of them.

use std::io;

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The stack of the deepest that we do, in a build without optimisation too.
const STACK: u64 = 1 << 20;
/// The memory of a round of some hundred checks, beyond what a process has at its start.
const MEMORY: u64 = 48 << 20;

/// A limit of who started this process, and what raises it.
struct Limit {
    resource: Resource,
    /// Words for what the process may do, with `{}` for the number.
    what: &'static str,
    raise: &'static str,
}

const FILE_SIZE: Limit = Limit {
    resource: Resource::Fsize,
    what: "write files of at most {} bytes",
    raise: "raise `ulimit -f`, `LimitFSIZE=`",
};
const OPEN_FILES: Limit =
    Limit { resource: Resource::Nofile, what: "open {} files", raise: "raise `ulimit -n`, `LimitNOFILE=`" };
const PROCESSES: Limit = Limit {
    resource: Resource::Nproc,
    what: "have {} processes of its user",
    raise: "raise `ulimit -u`, `LimitNPROC=`, `TasksMax=`",
};
const MAPPED: Limit = Limit { resource: Resource::As, what: "map {} bytes", raise: "raise `ulimit -v`, `LimitAS=`" };
const DATA: Limit =
    Limit { resource: Resource::Data, what: "have {} bytes of data", raise: "raise `ulimit -d`, `LimitDATA=`" };

impl Limit {
    /// Names the limit with its number; `None` if there is none.
    fn named(&self) -> Option<String> {
        let most = getrlimit(self.resource).current?;
        Some(format!("this process may {} ({})", self.what.replace("{}", &most.to_string()), self.raise))
    }
}

/// Gives this process the stack that it needs, where it may have it.
///
/// # Errors
/// It may not have it, or may take too little memory: a process that went on would end by a signal, without a word.
pub fn enough() -> io::Result<()> {
    let stack = getrlimit(Resource::Stack);
    if let Some(now) = stack.current.filter(|now| *now < STACK) {
        let raised = stack.maximum.is_none_or(|most| most >= STACK)
            && setrlimit(Resource::Stack, Rlimit { current: Some(STACK), ..stack }).is_ok();
        if !raised {
            let units = (now >> 10, STACK >> 10);
            return Err(io::Error::other(format!(
                "the stack of this process may take {} KiB, and it needs {}: raise `ulimit -s`, or `LimitSTACK=` of its unit",
                units.0, units.1
            )));
        }
    }
    for (resource, letter, key, field) in [(Resource::As, 'v', "LimitAS", 0), (Resource::Data, 'd', "LimitDATA", 5)] {
        let Some(most) = getrlimit(resource).current else { continue };
        let needed = taken(field).saturating_add(MEMORY);
        if most < needed {
            return Err(io::Error::other(format!(
                "this process may take {} KiB of memory, and it needs {}: raise `ulimit -{letter}`, or `{key}=` of its unit",
                most >> 10,
                needed >> 10
            )));
        }
    }
    Ok(())
}

/// Returns bytes that this process has by now, by a field of `/proc/self/statm`; 0 without `/proc`.
fn taken(field: usize) -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Option<u64> = text.split_whitespace().nth(field).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0).saturating_mul(rustix::param::page_size() as u64)
}

/// Shows an error, with the limit that it comes from where one is the cause.
#[must_use]
pub fn shown(error: &io::Error) -> String {
    format!("{error}{}", cause(error))
}

/// Names the limits of memory of who started this process that are below what it is to get, in bytes; `None` if there is none.
#[must_use]
pub fn memory_below(bytes: u64) -> Option<String> {
    let of = |limit: &Limit| getrlimit(limit.resource).current;
    // Most have no such limit, and need not look how much they have.
    if of(&MAPPED).is_some_and(|most| most < taken(0).saturating_add(bytes)) {
        return MAPPED.named();
    }
    of(&DATA).filter(|most| *most < bytes).and_then(|_| DATA.named())
}

/// Tells whether a text names a limit of who started the process.
#[must_use]
pub fn is_named_in(text: &str) -> bool {
    text.contains("(raise `ulimit -")
}

/// Names the limit that an error of this process comes from: `; this process may open 20 files, raise \`ulimit -n\``. Empty
/// where no limit is the cause.
#[must_use]
pub fn cause(error: &io::Error) -> String {
    let limits: &[Limit] = match Errno::from_io_error(error) {
        Some(Errno::FBIG) => &[FILE_SIZE],
        Some(Errno::MFILE) => &[OPEN_FILES],
        Some(Errno::AGAIN) => &[PROCESSES],
        Some(Errno::NOMEM) => &[MAPPED, DATA],
        _ => &[],
    };
    limits.iter().filter_map(Limit::named).map(|named| format!("; {named}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_no_limit_causes_is_left_as_it_is() {
        for errno in [Errno::NOSPC, Errno::ACCESS, Errno::NFILE] {
            assert_eq!(cause(&errno.into()), "");
        }
        assert_eq!(cause(&io::Error::other("x")), "");
        let most = getrlimit(Resource::Nofile).current.expect("a number of files that may be open is limited");
        let told = format!("; this process may open {most} files (raise `ulimit -n`, `LimitNOFILE=`)");
        assert_eq!(cause(&Errno::MFILE.into()), told);
    }

    #[test]
    fn this_process_has_enough_and_takes_something() {
        enough().unwrap();
        assert!(taken(0) > taken(5) && taken(5) > 0);
    }
}
