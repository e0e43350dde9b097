//! One program from its start to the end of everything that it started.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::process::Pid;

use roundsman_contract::{Completed, Ending};
use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::pipes::{Drained, drain};
use roundsman_os::process::spawn::{Launch, SpawnError, start};
use roundsman_os::process::tree::{self, GRACE};

/// For the kernel to carry out SIGKILL; what takes longer hangs in it.
const DYING: Duration = Duration::from_secs(1);

/// Resources of the run that a program may use.
pub struct ExecutionBounds<'b> {
    /// Bytes of stdout and stderr together.
    pub output: u64,
    pub deadline: Instant,
    /// The socket to who waits for it.
    pub asker: Option<BorrowedFd<'b>>,
}

/// Why there is no whole output.
pub enum NotCompleted {
    Start(SpawnError),
    /// It printed more than its bound.
    Full,
    /// It still ran when its time was over, and had printed this.
    TimedOut {
        printed: Vec<u8>,
    },
    /// The kernel refused to let it be watched or ended.
    Broken(io::Error),
}

/// Runs a program to its end; nothing of it lives on, but what hangs in the kernel, which is added to `spare`.
pub fn execute(launch: &Launch, bounds: &ExecutionBounds<'_>, spare: &mut Vec<Pid>) -> Result<Completed, NotCompleted> {
    let begun = Instant::now();
    let running = start(launch, bounds.deadline).map_err(NotCompleted::Start)?;
    let drained = drain(running.stdout, running.stderr, &running.child, bounds.asker, bounds.output, bounds.deadline);
    let now = Instant::now();
    let ended = match drained {
        Ok(Drained::TimedOut { .. }) => tree::terminate(running.child, spare, now + GRACE, now + GRACE + DYING),
        _ => tree::kill(running.child, spare, now + DYING),
    }
    .map_err(NotCompleted::Broken)?;
    spare.extend(ended.stuck);
    match (drained.map_err(NotCompleted::Broken)?, ended.leader) {
        (Drained::Ended { stdout, stderr }, Some(exit)) => Ok(Completed {
            ending: match exit {
                Exit::Code(code) => Ending::Code(code),
                Exit::Signal(signal) => Ending::Signal(signal),
            },
            standard_output: stdout,
            standard_error: stderr,
            duration: u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX),
            extra: Vec::new(),
        }),
        (Drained::Full, _) => Err(NotCompleted::Full),
        (Drained::TimedOut { stdout, stderr } | Drained::Ended { stdout, stderr }, _) => {
            Err(NotCompleted::TimedOut { printed: [stdout, stderr].concat() })
        }
    }
}
