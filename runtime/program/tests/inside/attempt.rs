//! One attempt at something forbidden, and how it ended.

use std::io::{self, Write as _};

use roundsman_contract::report::FailureKind;
use roundsman_os::process::errno;
use roundsman_os::process::fork::fork_child;
use roundsman_os::process::pidfd::Exit;

use crate::staged::Ran;

/// Expected end of an attempt.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// The kernel ends the process for the system call.
    Killed,
    /// The system call fails with this error.
    Refused(&'static str),
}

const SUCCEEDED: i32 = 90;
const REFUSED: i32 = 91;

/// Makes the attempt in a worker: its exit code, after a word on its stderr.
pub fn report(attempt: impl FnOnce() -> io::Result<()>) -> i32 {
    match attempt() {
        Ok(()) => SUCCEEDED,
        Err(error) => {
            let _ = io::stderr().write_all(errno::name_of(&error).as_bytes());
            REFUSED
        }
    }
}

/// Shows that nothing else than the defence makes the attempt fail.
#[track_caller]
pub fn assert_succeeds_without_defence(name: &str, attempt: impl FnOnce() -> io::Result<()>) {
    let mut child = fork_child("undefended", || match attempt() {
        Ok(()) => 0,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{name}, undefended: {error}");
            1
        }
    })
    .unwrap();
    assert_eq!(child.wait().unwrap(), Exit::Code(0), "{name} must succeed where nothing defends");
}

impl Ran {
    /// The attempt of this check's worker ended so.
    #[track_caller]
    pub fn assert_end(&self, name: &str, end: End) {
        let said = match end {
            End::Killed => "the worker was killed by SIGSYS for a system call that it may not make".to_owned(),
            End::Refused(errno) => format!("the worker exited with {REFUSED}: {errno}"),
        };
        let failure = self.failure(name);
        assert_eq!((failure.kind, &failure.message), (FailureKind::Internal, &said), "{name}");
    }
}
