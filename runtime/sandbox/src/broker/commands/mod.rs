//! Programs: which grant allows one, what it is given, and what it leaves. The only way from a component to a process.

pub mod chain;
mod execute;
mod prepare;
mod privileges;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::Instant;

use jiff::Timestamp;
use rustix::process::{Pid, geteuid};

use super::files::MOST_HANGING;
use super::identity::Own;
use prepare::{NotPrepared, prepare};
use roundsman_contract::calls::Reply;
use roundsman_contract::calls::commands::{Answer, Call};
use roundsman_contract::limits::{Buffers, Limits};
use roundsman_contract::report::{CommandEnd, CommandRun, Failure, FailureKind, Hanging, HangingKind, limit};
use roundsman_contract::{Completed, Denial, Ending, Error, Exceeded, GrantedCommand};
use roundsman_grants::commands::shown;
use roundsman_grants::denial::Refusal;
use roundsman_grants::{CommandGrant, Grants};
use roundsman_os::process::spawn::SpawnError;
use roundsman_os::process::user::Account;
use roundsman_os::process::{errno, running, starved, tree};

pub use execute::{ExecutionBounds, NotCompleted, execute};

/// The granted programs of one run.
#[derive(Debug)]
pub struct Commands {
    check: String,
    grants: Rc<Grants>,
    limits: Limits,
    account: Option<Account>,
    buffers: Buffers,
    deadline: Instant,
    started: u64,
    ran: Vec<CommandRun>,
    /// Commands of this check that hang, as the round found them, and those of this run.
    hanging: Vec<Hanging>,
    /// Those that were left behind since the last look at them.
    left: Vec<Hanging>,
    spare: Vec<Pid>,
    /// The socket to the worker, once there is one.
    asker: Option<OwnedFd>,
    /// Ids of this broker, where it has some of its own.
    own: Option<Own>,
}

/// Why a request came to nothing.
enum Stop {
    /// The component is told, and goes on.
    Told(Error),
    /// The run is over.
    Ended(Failure),
}

/// Tells whether a broker of these grants must stay root, though the account it acts for is another: it has to become a user
/// that a grant names, or to read a secret that is root's.
#[must_use]
pub fn need_root(grants: &[CommandGrant]) -> bool {
    grants.iter().any(|grant| grant.user.is_some() || grant.secrets().next().is_some())
}

impl Commands {
    /// Programs run as `account` unless their grant names a user; without one, as this process does. `deadline` is the
    /// run's.
    ///
    /// From here on this process adopts what programs leave behind, and kills all of its own children after each
    /// program, those given to `Commands::spare` excepted.
    ///
    /// # Errors
    /// The kernel does not let a process adopt orphans.
    pub fn new(
        check: &str,
        grants: impl Into<Rc<Grants>>,
        limits: Limits,
        account: Option<Account>,
        buffers: Buffers,
        deadline: Instant,
    ) -> io::Result<Self> {
        tree::adopt_orphans()?;
        Ok(Self {
            check: check.to_owned(),
            grants: grants.into(),
            limits,
            account,
            buffers,
            deadline,
            started: 0,
            ran: Vec::new(),
            hanging: Vec::new(),
            left: Vec::new(),
            spare: Vec::new(),
            asker: None,
            own: None,
        })
    }

    /// Ends each program, with its tree, as soon as the other end of this socket is closed: a worker that a signal or a
    /// deadline ended waits for no answer.
    pub(crate) fn end_with(&mut self, asker: OwnedFd) {
        self.asker = Some(asker);
    }

    /// Runs no program as a user that has one of the uids of runs.
    pub(crate) fn keep_clear_of(&mut self, own: Option<Own>) {
        self.own = own;
    }

    /// Starts no command again that hangs, of those that the round found.
    pub fn remember(&mut self, hanging: &[Hanging]) {
        let of_ours = |hanging: &&Hanging| hanging.kind == HangingKind::Command && hanging.check == self.check;
        self.hanging = hanging.iter().filter(of_ours).cloned().collect();
    }

    /// Takes the processes that were left behind since the last call.
    #[must_use]
    pub fn take_left(&mut self) -> Vec<Hanging> {
        std::mem::take(&mut self.left)
    }

    /// A child of this process that no program started: it is left alone.
    pub(crate) fn spare(&mut self, child: Pid) {
        self.spare.push(child);
    }

    /// Returns commands that were run, in that order.
    pub(crate) fn into_ran(self) -> Vec<CommandRun> {
        self.ran
    }

    /// Returns commands that are granted, in the operator's order.
    fn granted(&self) -> Reply {
        let left = self.deadline.saturating_duration_since(Instant::now()).as_nanos();
        let shown = |grant: &CommandGrant| {
            let only = grant.argv.only_argv();
            let (literal, argv) = (only.is_some(), only.unwrap_or_else(|| grant.argv.written()));
            let extra = vec![("time_left".to_owned(), left.to_string())];
            GrantedCommand { id: grant.id.clone(), argv, literal, extra }
        };
        Reply::Commands(Answer::Granted(self.grants.commands.iter().map(shown).collect()))
    }

    /// Answers a call of the interface `commands`. `room` is what `limits.memory` has left for the output, in bytes.
    ///
    /// # Errors
    /// As those of [`Commands::run`].
    pub fn call(&mut self, call: Call, room: u64) -> Result<Reply, Failure> {
        match call {
            Call::Run { argv, input } => self.run(&argv, input, room),
            Call::Granted => Ok(self.granted()),
        }
    }

    /// Runs a program to its end. `room` is what `limits.memory` has left for the output, in bytes.
    ///
    /// # Errors
    /// A failure that ends the run: more output than `room`, or processes that cannot be ended.
    pub fn run(&mut self, argv: &[String], input: Option<Vec<u8>>, room: u64) -> Result<Reply, Failure> {
        match self.complete(argv, input, room) {
            Ok(completed) => Ok(Reply::Commands(Answer::Completed(completed))),
            Err(Stop::Told(error)) => Ok(Reply::Error(error)),
            Err(Stop::Ended(failure)) => Err(failure),
        }
    }

    fn complete(&mut self, argv: &[String], input: Option<Vec<u8>>, room: u64) -> Result<Completed, Stop> {
        let grants = Rc::clone(&self.grants);
        let allowed = grants.command(argv, input.is_some()).map_err(|refusal| Stop::denied(refusal, &self.check))?;
        if self.started >= self.limits.commands {
            return Err(Stop::limit("commands", self.limits.commands));
        }
        if let Some(why) = self.refused_as_hanging(allowed.argv()) {
            return Err(Stop::Told(Error::other("hangs", why)));
        }
        self.started += 1;

        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Stop::Told(Error::TimedOut));
        }
        let time = allowed.grant().timeout.map_or(left, |timeout| timeout.min(left));
        let deadline = Instant::now() + time;
        let output = allowed.grant().output.unwrap_or(self.limits.output);
        let buffer = self.buffers.of_a_command();
        let asker = self.asker.as_ref().map(AsFd::as_fd);
        let bounds = ExecutionBounds { output: output.min(buffer).min(room), deadline, asker };
        let program = allowed.grant().argv.program();

        let launch =
            prepare(&allowed, input, (self.own, self.account.as_ref()), time).map_err(|error| match error {
                NotPrepared::Denied(reason) => Stop::denied(allowed.refused(reason), &self.check),
                NotPrepared::NotFound => Stop::Told(Error::NotFound),
                NotPrepared::Io(errno) => Stop::Told(Error::Io(errno)),
                NotPrepared::Other(why) => Stop::Told(Error::other("not-started", why)),
            })?;
        let uid = launch.account.as_ref().map_or_else(|| geteuid().as_raw(), |account| account.uid);
        let mut run = CommandRun::begun(allowed.argv(), uid, Timestamp::now());
        let begun = Instant::now();
        let spared = self.spare.len();
        let completed = execute(&launch, &bounds, &mut self.spare);
        self.leave(spared, &run);
        (run.end, run.duration) = (end(&completed), begun.elapsed());
        // Root lacks no rights that a file could give.
        let may_lack = uid != 0 && !allowed.grant().may_gain_privileges;
        run.lacking = completed.as_ref().ok().filter(|_| may_lack).and_then(|it| privileges::lacking(program, it));
        self.ran.push(run);
        completed.map_err(|error| match error {
            NotCompleted::Start(error) => Stop::Told(not_started(program, &error)),
            NotCompleted::TimedOut { .. } => Stop::Told(Error::TimedOut),
            NotCompleted::Full if room < output.min(buffer) => Stop::Ended(self.no_room(program, room)),
            NotCompleted::Full if buffer < output => Stop::limit("buffers", self.buffers.all),
            NotCompleted::Full => Stop::limit("output", output),
            NotCompleted::Broken(error) => {
                let message = format!("watching `{program}`: {error}");
                Stop::Ended(Failure::new(FailureKind::Internal, message))
            }
        })
    }

    /// Returns why a command is not started: the same one hangs, or as many as are allowed to.
    fn refused_as_hanging(&self, argv: &[String]) -> Option<String> {
        let shown = shown(&CommandRun::begun(argv, 0, Timestamp::UNIX_EPOCH).argv);
        let same = self.hanging.iter().find(|hanging| hanging.path == shown);
        let many = self.hanging.last().filter(|_| self.hanging.len() >= MOST_HANGING);
        let hanging = same.or(many)?;
        Some(format!(
            "{hanging}: SIGKILL does not end it, and no other is started while it is there; see what it waits for with \
             `cat /proc/{}/stack`, most often a file system whose server gives no answer",
            hanging.pid
        ))
    }

    /// Remembers the processes of a command that were killed and did not end: all that are spared but the first ones.
    fn leave(&mut self, first: usize, run: &CommandRun) {
        let since = Timestamp::now();
        for pid in self.spare.iter().skip(first) {
            let Ok(pid) = u32::try_from(pid.as_raw_nonzero().get()) else { continue };
            let Some(start) = running::start(pid) else { continue };
            let (check, path) = (self.check.clone(), shown(&run.argv));
            let hanging = Hanging { check, kind: HangingKind::Command, path, pid, start, since };
            self.hanging.push(hanging.clone());
            self.left.push(hanging);
        }
    }

    fn no_room(&self, program: &str, room: u64) -> Failure {
        let exceeded = Exceeded::new("memory", self.limits.memory);
        let what = format!("`{program}` printed more than the {room} bytes that it has left for an output");
        limit::reached(&self.check, &exceeded, &what)
    }
}

impl Stop {
    fn denied(refusal: Refusal, check: &str) -> Self {
        Self::Told(Error::Denied(Denial::of(refusal, check)))
    }

    fn limit(key: &str, value: u64) -> Self {
        Self::Told(Error::Limit(Exceeded::new(key, value)))
    }
}

/// Tells how a command ended, for the record.
fn end(completed: &Result<Completed, NotCompleted>) -> CommandEnd {
    match completed {
        Ok(completed) => match completed.ending {
            Ending::Code(code) => CommandEnd::Code(code),
            Ending::Signal(signal) => CommandEnd::Signal(signal),
        },
        Err(NotCompleted::TimedOut { printed }) => CommandEnd::timed_out(printed),
        Err(NotCompleted::Full) => CommandEnd::TooMuchOutput,
        Err(NotCompleted::Start(_)) => CommandEnd::NotStarted,
        Err(NotCompleted::Broken(_)) => CommandEnd::Unknown,
    }
}

fn not_started(program: &str, error: &SpawnError) -> Error {
    match error {
        SpawnError::Fork(error) => match starved::cause(error) {
            cause if cause.is_empty() => Error::Io(errno::name_of(error)),
            cause => Error::other("not-started", format!("`{program}` cannot be started: {error}{cause}")),
        },
        // The file itself was found a moment ago.
        SpawnError::Exec(rustix::io::Errno::NOENT) => Error::other(
            "not-started",
            format!("`{program}` cannot be executed: the interpreter that its first line names is missing"),
        ),
        SpawnError::Exec(error) => Error::Io(errno::name(*error)),
        SpawnError::SetUp { .. } | SpawnError::Null(_) => {
            Error::other("not-started", format!("`{program}` was not started: {error}"))
        }
        SpawnError::Unanswered => Error::TimedOut,
    }
}
