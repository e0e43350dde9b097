//! Starting a granted program: what it is given, and whether the kernel took it.

use std::ffi::{CString, NulError};
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Gid, Resource, Rlimit, Uid};

use super::deadline::poll_until;
use super::errno;
use super::exec::{Pointers, Prepared, REPORT, Step, fork_program};
use super::orphan_tag::OrphanTag;
use super::pidfd::Child;
use super::pipe::pipe;
use super::restrictions::Restrictions;
use super::stdio::NULL_REMEDY;
use super::user::Account;

/// Environment of every program; a grant adds to it and may replace it. No TZ: libc reads the host's. `/usr/local` is not
/// searched: on some distributions a group may write there.
const ENVIRONMENT: [(&str, &str); 3] = [("HOME", "/"), ("LC_ALL", "C.UTF-8"), ("PATH", SEARCH_PATH)];
/// `PATH` of a program, unless its grant names another.
pub const SEARCH_PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
/// Open files of a program: the traditional soft limit, enough for what looks at a host and ends.
const OPEN_FILES: u64 = 1024;
/// Largest file that a program may write, in bytes: caches of package managers are below, a runaway is not.
const FILE_SIZE: u64 = 512 << 20;
/// Between two attempts to fork where processes are short for a moment.
const FORK_AGAIN: Duration = Duration::from_millis(50);

/// A program to start, with all that it will have.
#[derive(Debug)]
pub struct Launch {
    /// Absolute path of what is executed.
    pub program: CString,
    /// Its argv, the name first.
    pub argv: Vec<CString>,
    /// Its whole environment: see [`environment`].
    pub env: Vec<CString>,
    /// Standard input; `/dev/null` if `None`.
    pub input: Option<OwnedFd>,
    /// User to become; `None` keeps the present one.
    pub account: Option<Account>,
    /// CPU time before SIGXCPU.
    pub cpu: Duration,
    /// RLIMIT_AS in bytes.
    pub memory: Option<u64>,
    /// Whether set-uid programs and file capabilities have effect.
    pub may_gain_privileges: bool,
    /// Further restrictions. Those of network and signals hold only without new privileges.
    pub restrictions: Restrictions,
}

/// A program that was started. It leads a session and a process group of its own.
#[derive(Debug)]
pub struct Running {
    pub child: Child,
    /// Read ends that do not block.
    pub stdout: OwnedFd,
    pub stderr: OwnedFd,
}

/// Reason why a program was not started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// No process could be made.
    #[error("making a process: {}", errno::explained(Errno::from_io_error(.0).unwrap_or(Errno::IO)))]
    Fork(#[source] io::Error),
    /// The process could not be confined as it must be; the program did not run.
    #[error("{step}: {}", errno::explained(*errno))]
    SetUp { step: &'static str, errno: Errno },
    /// There is no device to be its stdin.
    #[error("opening /dev/null: {}: {}", errno::explained(*.0), NULL_REMEDY)]
    Null(Errno),
    /// The kernel refused to execute the file.
    #[error("executing it: {}", errno::explained(*.0))]
    Exec(Errno),
    /// The kernel did not say whether it would by the deadline, as with a file server that does not answer.
    #[error("the kernel did not start it in time")]
    Unanswered,
}

/// Returns the environment of a program: what all get, then what its grant names.
///
/// # Errors
/// A NUL in a name or a value.
pub fn environment<'a>(granted: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<CString>, NulError> {
    let fixed = ENVIRONMENT.iter().map(|(name, value)| (*name, value.as_bytes()));
    let all: std::collections::BTreeMap<&str, &[u8]> = fixed.chain(granted).collect();
    all.into_iter().map(|(name, value)| CString::new([name.as_bytes(), b"=", value].concat())).collect()
}

/// Starts a program, and returns once the kernel has accepted to execute it.
///
/// # Errors
/// [`SpawnError`]; no process is left behind but with `Unanswered`, where a killed one may linger in the kernel.
pub fn start(launch: &Launch, deadline: Instant) -> Result<Running, SpawnError> {
    let failed = |step| move |errno| SpawnError::SetUp { step, errno };
    let made = || pipe().map_err(|error| failed("making a pipe")(Errno::from_io_error(&error).unwrap_or(Errno::IO)));
    let (stdout, child_stdout) = made()?;
    let (stderr, child_stderr) = made()?;
    let (report, child_report) = made()?;
    let null =
        rustix::fs::open(c"/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(SpawnError::Null)?;

    let processes =
        launch.restrictions.processes.map(|count| (Resource::Nproc, lowered(Resource::Nproc, count, count)));
    let limits: Vec<_> =
        limits(launch.cpu).into_iter().chain(processes).chain(OrphanTag::ours().map(OrphanTag::limit)).collect();
    let groups: Vec<Gid> =
        launch.account.iter().flat_map(|account| &account.groups).map(|gid| Gid::from_raw(*gid)).collect();
    let prepared = Prepared {
        program: &launch.program,
        argv: &Pointers::to(&launch.argv),
        env: &Pointers::to(&launch.env),
        stdio: [launch.input.as_ref().unwrap_or(&null).as_fd(), child_stdout.as_fd(), child_stderr.as_fd()],
        limits: &limits,
        address_space: launch.memory.map(|bytes| lowered(Resource::As, bytes, bytes)),
        user: launch
            .account
            .as_ref()
            .map(|account| (Uid::from_raw(account.uid), Gid::from_raw(account.gid), groups.as_slice())),
        may_gain_privileges: launch.may_gain_privileges,
        restrictions: &launch.restrictions,
        parent: rustix::process::getpid(),
    };
    let child = fork_twice_at_most(&prepared, child_report.as_fd()).map_err(SpawnError::Fork)?;
    drop((child_stdout, child_stderr, child_report));
    await_exec(child, &report, deadline).map(|child| Running { child, stdout, stderr })
}

fn fork_twice_at_most(prepared: &Prepared<'_>, report: BorrowedFd<'_>) -> io::Result<Child> {
    match fork_program(prepared, report) {
        Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {
            std::thread::sleep(FORK_AGAIN);
            fork_program(prepared, report)
        }
        done => done,
    }
}

/// Reads the child's report: nothing, as exec closed it, or which step failed and why.
fn await_exec(mut child: Child, report: &OwnedFd, deadline: Instant) -> Result<Child, SpawnError> {
    let mut message = [0_u8; REPORT];
    match hear(report, &mut message, deadline) {
        Ok(Some(0)) => return Ok(child),
        // It may hang in the kernel, so that it is not waited for here.
        Ok(None) => {
            let _ = child.kill();
            return Err(SpawnError::Unanswered);
        }
        Ok(Some(_)) => {
            let _ = child.wait();
        }
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
            return Err(SpawnError::Fork(error));
        }
    }
    match Step::read(message) {
        Some((Step::Exec, errno)) => Err(SpawnError::Exec(errno)),
        Some((step, errno)) => Err(SpawnError::SetUp { step: step.name(), errno }),
        None => Err(SpawnError::SetUp { step: "starting it", errno: Errno::PROTO }),
    }
}

/// Returns the length of the report, `None` if none came. A write of five bytes to a pipe is whole or not at all: pipe(7).
fn hear(report: &OwnedFd, message: &mut [u8], deadline: Instant) -> io::Result<Option<usize>> {
    if !poll_until(&mut [PollFd::new(report, PollFlags::IN)], deadline)? {
        return Ok(None);
    }
    Ok(Some(rustix::io::retry_on_intr(|| rustix::io::read(report, &mut *message))?))
}

fn limits(cpu: Duration) -> [(Resource, Rlimit); 4] {
    let seconds = cpu.as_secs() + u64::from(cpu.subsec_nanos() > 0);
    [
        (Resource::Core, lowered(Resource::Core, 0, 0)),
        (Resource::Nofile, lowered(Resource::Nofile, OPEN_FILES, OPEN_FILES)),
        (Resource::Fsize, lowered(Resource::Fsize, FILE_SIZE, FILE_SIZE)),
        // SIGXCPU, and SIGKILL for who catches that.
        (Resource::Cpu, lowered(Resource::Cpu, seconds, seconds + 1)),
    ]
}

/// Returns a limit, or what we have ourselves where that is lower: only root with CAP_SYS_RESOURCE may raise one.
fn lowered(resource: Resource, current: u64, maximum: u64) -> Rlimit {
    let ours = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
    Rlimit { current: Some(current.min(ours)), maximum: Some(maximum.min(ours)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_built_and_a_grant_adds_to_it() {
        let built = environment([("LC_ALL", b"de_DE".as_slice()), ("A", b"1")]).unwrap();
        let texts: Vec<_> = built.iter().map(|text| text.to_str().unwrap()).collect();
        assert_eq!(texts, ["A=1", "HOME=/", "LC_ALL=de_DE", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]);
        assert!(environment([("A", b"1\0B=2".as_slice())]).is_err());
    }
}
