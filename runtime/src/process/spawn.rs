//! Starting a granted program: one sequence of system calls between fork and exec, so that it inherits nothing.
#![expect(unsafe_code, reason = "fork, dup2 and execve; between fork and exec only async-signal-safe calls are made")]
#![expect(clippy::disallowed_methods, reason = "the one place that starts programs")]

use std::ffi::{CStr, CString, NulError};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::ptr;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Gid, Pid, Resource, Rlimit, Uid};

use super::deadline::poll_until;
use super::pidfd::Child;
use super::user::Account;
use super::{errno, fork, signals, stdio};

/// What every program gets; a grant adds to it and may replace it. No TZ: libc reads the host's.
const ENVIRONMENT: [(&str, &str); 3] =
    [("HOME", "/"), ("LC_ALL", "C.UTF-8"), ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")];
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
    /// What it reads; `/dev/null` if nothing.
    pub input: Option<OwnedFd>,
    /// Whom to become; nothing stays who we are.
    pub account: Option<Account>,
    /// CPU time before SIGXCPU.
    pub cpu: Duration,
    /// RLIMIT_AS in bytes.
    pub memory: Option<u64>,
    /// Whether set-uid programs and file capabilities have effect.
    pub may_gain_privileges: bool,
}

/// A program that was started. It leads a session and a process group of its own.
#[derive(Debug)]
pub struct Running {
    pub child: Child,
    /// Read ends that do not block.
    pub stdout: OwnedFd,
    pub stderr: OwnedFd,
}

/// Why a program was not started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// No process could be made.
    #[error("making a process: {}", errno::name_of(.0))]
    Fork(#[source] io::Error),
    /// The process could not be confined as it must be; the program did not run.
    #[error("{step}: {}", errno::name(*errno))]
    SetUp { step: &'static str, errno: Errno },
    /// The kernel refused to execute the file.
    #[error("executing it: {}", errno::name(*.0))]
    Exec(Errno),
    /// The kernel did not say whether it would by the deadline, as with a file server that does not answer.
    #[error("the kernel did not start it in time")]
    Unanswered,
}

/// The environment of a program: what all get, then what its grant names.
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
    let pipes = || pipe_with(PipeFlags::CLOEXEC).map_err(failed("making a pipe"));
    let (stdout, child_stdout) = pipes()?;
    let (stderr, child_stderr) = pipes()?;
    let (report, child_report) = pipes()?;
    for read_end in [&stdout, &stderr] {
        rustix::fs::fcntl_setfl(read_end, OFlags::NONBLOCK).map_err(failed("making a pipe"))?;
    }
    let null = rustix::fs::open(c"/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        .map_err(failed("opening /dev/null"))?;

    let argv = pointers(&launch.argv);
    let env = pointers(&launch.env);
    let groups: Option<Vec<Gid>> =
        launch.account.as_ref().map(|account| account.groups.iter().map(|gid| Gid::from_raw(*gid)).collect());
    let prepared = Prepared {
        launch,
        argv: &argv,
        env: &env,
        groups: groups.as_deref(),
        stdio: [launch.input.as_ref().unwrap_or(&null).as_fd(), child_stdout.as_fd(), child_stderr.as_fd()],
        limits: limits(launch.cpu),
        address_space: launch.memory.map(|bytes| lowered(Resource::As, bytes, bytes)),
        parent: rustix::process::getpid(),
    };
    let child = fork_twice_at_most(&prepared, child_report.as_raw_fd()).map_err(SpawnError::Fork)?;
    drop((child_stdout, child_stderr, child_report));
    await_exec(child, &report, deadline).map(|child| Running { child, stdout, stderr })
}

/// Everything that the child needs, made before the fork: after it nothing is allocated.
struct Prepared<'a> {
    launch: &'a Launch,
    /// Null-terminated, into `launch`.
    argv: &'a [*const libc::c_char],
    env: &'a [*const libc::c_char],
    groups: Option<&'a [Gid]>,
    stdio: [BorrowedFd<'a>; 3],
    limits: [(Resource, Rlimit); 4],
    address_space: Option<Rlimit>,
    parent: Pid,
}

/// The steps of the child, as they are named where one fails. The last one is the program's own.
const STEPS: [&str; 12] = [
    "leaving the session",
    "resetting signals",
    "lowering its limits",
    "giving it stdin, stdout and stderr",
    "closing descriptors",
    "changing its groups",
    "changing its user",
    "tying its life to ours",
    "forbidding new privileges",
    "changing its directory",
    "limiting its memory",
    "executing it",
];
const EXEC: usize = STEPS.len() - 1;

fn fork_twice_at_most(prepared: &Prepared<'_>, report: RawFd) -> io::Result<Child> {
    match fork_once(prepared, report) {
        Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {
            std::thread::sleep(FORK_AGAIN);
            fork_once(prepared, report)
        }
        done => done,
    }
}

fn fork_once(prepared: &Prepared<'_>, report: RawFd) -> io::Result<Child> {
    // SAFETY: the child calls `become_program` alone, which makes system calls on memory prepared before and never
    // returns, so that neither locks nor destructors of this process matter to it.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => become_program(prepared, report),
        pid => Child::of(Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidData)?),
    }
}

/// The child from fork to exec. Async-signal-safe: no allocation, no lock, no panic.
fn become_program(prepared: &Prepared<'_>, report: RawFd) -> ! {
    let mut step = 0;
    let error = match confine(prepared, &mut step) {
        Ok(()) => {
            step = EXEC;
            // SAFETY: path, argv and env are NUL-terminated texts in null-terminated lists that outlive the call.
            unsafe {
                libc::execve(prepared.launch.program.as_ptr(), prepared.argv.as_ptr(), prepared.env.as_ptr());
            }
            io::Error::last_os_error().raw_os_error().unwrap_or(0)
        }
        Err(error) => error.raw_os_error(),
    };
    let mut message = [step as u8, 0, 0, 0, 0];
    message[1..].copy_from_slice(&error.to_ne_bytes());
    // SAFETY: the kernel reads as many bytes as the message has; then this process ends.
    unsafe {
        libc::write(report, message.as_ptr().cast(), message.len());
        libc::_exit(127)
    }
}

/// All but exec. `step` says where it is, by its place in [`STEPS`].
fn confine(prepared: &Prepared<'_>, step: &mut usize) -> Result<(), Errno> {
    let launch = prepared.launch;
    rustix::process::setsid()?;

    *step = 1;
    signals::default_all_but(&[]).map_err(errno_of)?;
    signals::unblock_all().map_err(errno_of)?;

    *step = 2;
    for (resource, limit) in &prepared.limits {
        rustix::process::setrlimit(*resource, Rlimit { current: limit.current, maximum: limit.maximum })?;
    }

    *step = 3;
    for (target, source) in (0..).zip(&prepared.stdio) {
        // SAFETY: the sources are above 2, as 0 to 2 are always open; no Rust value of this child owns the targets.
        if unsafe { libc::dup2(source.as_raw_fd(), target) } < 0 {
            return Err(errno_of(io::Error::last_os_error()));
        }
    }

    *step = 4;
    // At exec, so that the report still goes out.
    stdio::close_range(3, RawFd::MAX, libc::CLOSE_RANGE_CLOEXEC).map_err(errno_of)?;

    if let (Some(account), Some(groups)) = (&launch.account, prepared.groups) {
        let (uid, gid) = (Uid::from_raw(account.uid), Gid::from_raw(account.gid));
        *step = 5;
        rustix::thread::set_thread_groups(groups)?;
        rustix::thread::set_thread_res_gid(gid, gid, gid)?;
        *step = 6;
        rustix::thread::set_thread_res_uid(uid, uid, uid)?;
    }

    *step = 7;
    fork::die_with_parent(prepared.parent).map_err(errno_of)?;

    *step = 8;
    if !launch.may_gain_privileges {
        rustix::thread::set_no_new_privs(true)?;
    }

    *step = 9;
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    rustix::process::chdir(c"/")?;

    // Last, as this process is larger than the program may be, and its stack could not grow any more.
    *step = 10;
    if let Some(limit) = &prepared.address_space {
        rustix::process::setrlimit(Resource::As, Rlimit { current: limit.current, maximum: limit.maximum })?;
    }
    Ok(())
}

fn errno_of(error: io::Error) -> Errno {
    Errno::from_io_error(&error).unwrap_or(Errno::IO)
}

/// Reads the child's report: nothing, as exec closed it, or which step failed and why.
fn await_exec(mut child: Child, report: &OwnedFd, deadline: Instant) -> Result<Child, SpawnError> {
    let mut message = [0_u8; 5];
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
    let [step, number @ ..] = message;
    let errno = Errno::from_raw_os_error(i32::from_ne_bytes(number));
    match usize::from(step) {
        EXEC => Err(SpawnError::Exec(errno)),
        step => Err(SpawnError::SetUp { step: STEPS.get(step).copied().unwrap_or("starting it"), errno }),
    }
}

/// The length of the report, nothing if none came. A write of five bytes to a pipe is whole or not at all: pipe(7).
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

/// A limit, or what we have ourselves where that is lower: only root with CAP_SYS_RESOURCE may raise one.
fn lowered(resource: Resource, current: u64, maximum: u64) -> Rlimit {
    let ours = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
    Rlimit { current: Some(current.min(ours)), maximum: Some(maximum.min(ours)) }
}

fn pointers(texts: &[CString]) -> Vec<*const libc::c_char> {
    texts.iter().map(|text: &CString| CStr::as_ptr(text)).chain([ptr::null()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_built_and_a_grant_adds_to_it() {
        let built = environment([("LC_ALL", b"de_DE".as_slice()), ("A", b"1")]).unwrap();
        let texts: Vec<_> = built.iter().map(|text| text.to_str().unwrap()).collect();
        assert_eq!(
            texts,
            ["A=1", "HOME=/", "LC_ALL=de_DE", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        );
        assert!(environment([("A", b"1\0B=2".as_slice())]).is_err());
    }
}
