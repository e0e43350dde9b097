//! Asks the host for accounts that its own files do not name, as of a directory server: by `getent`, whose libc loads what
//! speaks to that. Nothing of it is loaded into this program, which is often root and may be linked statically, and an
//! answer that does not come is not waited for.

use std::ffi::CString;
use std::io;
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

use super::deadline::poll_until;
use super::pidfd::Exit;
use super::pipes::{Drained, drain};
use super::restrictions::Restrictions;
use super::spawn::{Launch, Running, SpawnError, environment, start};

const GETENT: &str = "/usr/bin/getent";
/// Its exit code where the database has no such key: getent(1).
const NO_SUCH_KEY: i32 = 2;
/// A directory server on the other side of the world answers in less.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time for the kernel to carry out a SIGKILL.
const END_GRACE: Duration = Duration::from_secs(1);
/// Largest entry, in bytes.
const LARGEST: u64 = 1 << 20;

/// Returns the entry of `key` in `database` (`passwd`, `group`, `initgroups`), as getent(1) prints it; nothing where there is
/// none, or no `getent` on this host to ask.
///
/// # Errors
/// It could not be started, said that it failed, or gave no answer for 10 s.
pub(super) fn entry(database: &str, key: &str) -> io::Result<Option<Vec<u8>>> {
    ask(GETENT, database, key, PATIENCE)
}

fn ask(program: &str, database: &str, key: &str, patience: Duration) -> io::Result<Option<Vec<u8>>> {
    let deadline = Instant::now() + patience;
    let words = [program, "--", database, key].map(CString::new).into_iter().collect::<Result<Vec<_>, _>>()?;
    let launch = Launch {
        program: CString::new(program)?,
        argv: words,
        env: environment([])?,
        input: None,
        account: None,
        cpu: patience,
        memory: None,
        may_gain_privileges: false,
        restrictions: Restrictions::default(),
    };
    let Running { mut child, stdout, stderr } = match start(&launch, deadline) {
        Ok(running) => running,
        Err(SpawnError::Exec(Errno::NOENT)) => return Ok(None),
        Err(error) => return Err(io::Error::other(format!("{program}: {error}"))),
    };
    let drained = drain(stdout, stderr, &child, None, LARGEST, deadline);
    // Had it ended, this does nothing. It leads a group of its own, and starts nobody.
    child.kill()?;
    poll_until(&mut [PollFd::from_borrowed_fd(child.as_fd(), PollFlags::IN)], Instant::now() + END_GRACE)?;
    let exit = child.try_wait()?;
    let failed = |what: &str| Err(io::Error::other(format!("`{program} {database} {key}` {what}")));
    match (drained?, exit) {
        (Drained::Ended { stdout, .. }, Some(Exit::Code(0))) => Ok(Some(stdout)),
        (Drained::Ended { .. }, Some(Exit::Code(NO_SUCH_KEY))) => Ok(None),
        (Drained::Ended { stderr, .. }, Some(exit)) => {
            failed(&format!("{exit}: {}", String::from_utf8_lossy(&stderr).trim_end()))
        }
        (Drained::Full, _) => failed("printed more than a MiB"),
        (Drained::TimedOut { .. } | Drained::Ended { .. }, _) => {
            failed(&format!("gave no answer for {} s", patience.as_secs()))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// Returns the answer of a `getent` that is this script.
    fn answer(script: &str, patience: Duration) -> Result<Option<Vec<u8>>, String> {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("getent");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        loop {
            let answer = ask(program.to_str().unwrap(), "passwd", "alice", patience).map_err(|error| error.to_string());
            // What another test forks has the file open for writing until it executes a program.
            if !answer.as_ref().is_err_and(|error| error.contains("ETXTBSY")) {
                return answer;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn an_entry_is_what_it_prints_and_an_absent_one_is_nothing() {
        let long = Duration::from_secs(60);
        assert_eq!(answer("echo $*", long), Ok(Some(b"-- passwd alice\n".to_vec())));
        assert_eq!(answer("exit 2", long), Ok(None));
        assert_eq!(ask("/no/such/getent", "passwd", "alice", long).unwrap(), None);
        assert!(entry("passwd", "root").unwrap().unwrap().starts_with(b"root:"));
        assert_eq!(entry("passwd", "no-such-account").unwrap(), None);
    }

    #[test]
    fn who_fails_babbles_or_is_silent_is_no_answer() {
        let long = Duration::from_secs(60);
        let failed = answer("echo no database >&2; exit 1", long).unwrap_err();
        assert!(failed.ends_with("passwd alice` exited with 1: no database"), "{failed}");
        let babble = answer("head -c 2000000 /dev/zero", long).unwrap_err();
        assert!(babble.ends_with("printed more than a MiB"), "{babble}");
        let silent = answer("exec sleep 1000", Duration::from_secs(1)).unwrap_err();
        assert!(silent.ends_with("gave no answer for 1 s"), "{silent}");
    }
}
