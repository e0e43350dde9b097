//! Limits of this process (getrlimit(2)) that are too low for what it does: found at its start where nothing would work, and
//! named where an error comes from one of them.

use std::fmt::Write as _;
use std::io;

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The stack of the deepest that we do, in a build without optimisation too.
const STACK: u64 = 1 << 20;
/// The memory of a round of some hundred checks, beyond what a process has at its start.
const MEMORY: u64 = 48 << 20;

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
    let of = |resource| getrlimit(resource).current;
    // Most have no such limit, and need not look how much they have.
    if let Some(most) = of(Resource::As).filter(|most| *most < taken(0).saturating_add(bytes)) {
        return Some(format!("this process may map {most} bytes (raise `ulimit -v`, `LimitAS=`)"));
    }
    let most = of(Resource::Data).filter(|most| *most < bytes)?;
    Some(format!("this process may have {most} bytes of data (raise `ulimit -d`, `LimitDATA=`)"))
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
    let mut text = String::new();
    let mut name = |resource, what: &str, raise: &str| {
        if let Some(most) = getrlimit(resource).current {
            let _ = write!(text, "; this process may {} ({raise})", what.replace("{}", &most.to_string()));
        }
    };
    match Errno::from_io_error(error) {
        Some(Errno::FBIG) => {
            name(Resource::Fsize, "write files of at most {} bytes", "raise `ulimit -f`, `LimitFSIZE=`")
        }
        Some(Errno::MFILE) => name(Resource::Nofile, "open {} files", "raise `ulimit -n`, `LimitNOFILE=`"),
        Some(Errno::AGAIN) => {
            name(Resource::Nproc, "have {} processes of its user", "raise `ulimit -u`, `LimitNPROC=`, `TasksMax=`");
        }
        Some(Errno::NOMEM) => {
            name(Resource::As, "map {} bytes", "raise `ulimit -v`, `LimitAS=`");
            name(Resource::Data, "have {} bytes of data", "raise `ulimit -d`, `LimitDATA=`");
        }
        _ => {}
    }
    text
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
