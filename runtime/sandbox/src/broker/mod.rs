//! The real host: decides each request of one run by its grants, and carries it out.

mod clock;
pub mod commands;
mod files;
pub mod filter;
pub mod identity;
mod logging;
mod seed;
mod serve;
mod state;
mod teller;

use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::worker::Ended;
use crate::worker::lockdown::Layers;
use clock::Clock;
use commands::Commands;
use files::FileCalls;
use identity::Own;
use logging::Logging;
use roundsman_contract::calls::tape::{Recorder, Taping};
use roundsman_contract::calls::wire::ToWorker;
use roundsman_contract::calls::{self, HostCalls, Reply, Request};
use roundsman_contract::limits::Limits;
use roundsman_contract::report::denials::{DENIAL_BYTES_KEPT, DENIALS_KEPT, LONGEST_DENIAL};
use roundsman_contract::report::{Failure, FailureKind, Hanging, Trace, limit};
use roundsman_contract::subject::CheckSubject;
use roundsman_contract::{Denial, Error, Exceeded, Level};
use roundsman_grants::escape::{clip, json_length};
use roundsman_os::process::user::Account;
use seed::seed;
use state::StateValues;
use teller::CallReporter;

pub(crate) use serve::attend;

/// All that one run can reach.
pub struct Broker {
    check: String,
    memory: u64,
    /// Longest message of the worker, in bytes.
    longest: usize,
    files: FileCalls,
    commands: Commands,
    state: StateValues,
    logging: Logging,
    clock: Clock,
    denials: Vec<Denial>,
    /// Readers that hang where this run wanted to read; each is in its log.
    hanging: Vec<Hanging>,
    /// The calls so far, where they are recorded.
    tape: Option<Recorder>,
    /// The round, where it is told of each call as it happens.
    teller: Option<CallReporter>,
}

/// Report of a broker on its run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Closing {
    /// A path of `only_if` is absent, so that the worker was not answered.
    pub not_applicable: bool,
    /// The worker's last word, or what was wrong with what it sent; `None` if it ended without a word.
    pub ended: Option<Result<Ended, String>>,
    pub trace: Trace,
}

/// All that a broker is told: borrowed where it is written, owned where it is read.
#[derive(Debug, Serialize, Deserialize)]
pub struct Brief<S = CheckSubject, A = Account, P = PathBuf> {
    pub subject: S,
    /// Account that reads and runs commands where a grant names nobody else; `None` if only this process's own user can.
    pub account: Option<A>,
    /// Ids of this broker; `None` if it keeps those that it has.
    pub own: Option<Own>,
    /// Layers of isolation of its readers.
    pub layers: Layers,
    /// Below which files are read.
    pub root: P,
    /// Time that the run has left: clocks do not travel.
    pub left: Duration,
}

impl Broker {
    fn new(brief: &Brief, teller: Option<CallReporter>) -> Result<Self, Failure> {
        let Brief { subject, account, own, layers, root, left } = brief;
        let CheckSubject { name, limits, grants, state, buffers, .. } = subject;
        let deadline = Instant::now() + *left;
        let reader = match &grants.user {
            Some(user) => Some(identity::account(*own, user).map_err(|error| {
                Failure::new(FailureKind::Denied, format!("grant.user: {error}"))
                    .with_hint("name an account of this host, or make it with `useradd --system`")
            })?),
            None => account.clone(),
        };
        let account = account.clone();
        let mut commands =
            Commands::new(name, Rc::clone(grants), Limits::clone(limits), account, *buffers, deadline)
                .map_err(|error| Failure::new(FailureKind::Internal, format!("becoming a subreaper: {error}")))?;
        commands.keep_clear_of(*own);
        commands.remember(&subject.hanging);
        Ok(Self {
            check: name.clone(),
            memory: limits.memory,
            longest: crate::worker::longest_message(limits),
            files: FileCalls::new(subject, root, reader, *own, *layers),
            commands,
            state: StateValues::new(state.clone(), limits.state),
            logging: Logging::new(limits.log),
            clock: Clock::new(),
            denials: Vec::new(),
            hanging: Vec::new(),
            tape: match brief.subject.tape {
                Taping::Record(longest) => Some(Recorder::new(longest)),
                Taping::None | Taping::Play(_) => None,
            },
            teller,
        })
    }

    /// Takes a filter of system calls on, where there is one and nothing that this broker starts would be held up by it.
    fn lock(&self, brief: &Brief) -> io::Result<()> {
        let runs_commands = !brief.subject.grants.commands.is_empty();
        if runs_commands || !brief.layers.seccomp { Ok(()) } else { filter::filter(self.files.reader_ids()) }
    }

    fn answer(&mut self, request: Request, room: u64) -> Result<Reply, Failure> {
        if let Some(error) = request.impossible() {
            return Ok(Reply::Error(Error::Io(error.to_owned())));
        }
        Ok(match request {
            Request::Files(call) => self.files(call),
            Request::Commands(call) => self.commands(call, room)?,
            Request::Logging(calls::logging::Call { level, message }) => {
                self.logging.log(level, message);
                Reply::Done
            }
            Request::Clock(call) => self.clock.call(call),
            Request::State(call) => self.state.call(call),
            Request::Seed => seed(),
        })
    }

    fn commands(&mut self, call: calls::commands::Call, room: u64) -> Result<Reply, Failure> {
        let reply = self.commands.call(call, room);
        for hanging in self.commands.take_left() {
            self.note_left_behind(hanging);
        }
        reply
    }

    fn files(&mut self, call: calls::files::Call) -> Reply {
        let path = call.target().map(str::to_owned);
        let reply = self.reading(|files| files.call(call));
        match &reply {
            Reply::Error(Error::TimedOut) => path.iter().for_each(|path| self.note_hanging(path)),
            Reply::Files(calls::files::Answer::Usages(all)) => {
                let silent = all.iter().filter(|used| matches!(used.space, Err(Error::TimedOut)));
                silent.for_each(|used| self.note_hanging(&used.path));
            }
            _ => {}
        }
        reply
    }

    /// Tells whether every path of `only_if` is there.
    ///
    /// # Errors
    /// One cannot be looked at, which says neither.
    fn applies(&mut self, paths: &[String]) -> Result<bool, Failure> {
        for path in paths {
            let failed = |kind, what: &str| Failure::new(kind, format!("only_if: {path}: {what}"));
            match self.reading(|files| files.look(path)) {
                Reply::Done => {}
                Reply::Error(Error::NotFound) => return Ok(false),
                Reply::Error(Error::TimedOut) => {
                    self.note_hanging(path);
                    return Err(failed(FailureKind::Timeout, "no answer within limits.call"));
                }
                Reply::Error(Error::Io(number)) => {
                    return Err(failed(FailureKind::Io, &number)
                        .with_hint("let the reading user search the directories above it, or take the path out"));
                }
                Reply::Error(Error::Other(why)) => return Err(failed(FailureKind::Io, &why.message)),
                other => return Err(failed(FailureKind::Internal, &format!("the reader answered {other:?}"))),
            }
        }
        Ok(true)
    }

    /// Has the reader work, and spares it when the run's programs are ended with all their children.
    fn reading(&mut self, work: impl FnOnce(&mut FileCalls) -> Reply) -> Reply {
        let reply = work(&mut self.files);
        for reader in self.files.take_started() {
            self.commands.spare(reader);
        }
        for why in self.files.take_replaced() {
            self.logging.log(Level::Warning, why);
        }
        // Whatever the component is answered: one that is not remembered is followed by another in the next round.
        for hanging in self.files.take_left() {
            self.note_left_behind(hanging);
        }
        reply
    }

    /// Notes a path that is known to hang as one that this run met, too.
    fn note_hanging(&mut self, path: &str) {
        if let Some(hanging) = self.files.hangs(path).cloned() {
            self.note_left_behind(hanging);
        }
    }

    /// Tells the operator what the component is not told. Once is enough.
    fn note_left_behind(&mut self, hanging: Hanging) {
        if !self.hanging.contains(&hanging) {
            self.logging.log(Level::Warning, format!("{hanging}: no other is started while it does"));
            self.hanging.push(hanging);
        }
    }

    fn note(&mut self, reply: &Reply) {
        match reply {
            Reply::Error(Error::Denied(denial)) => self.note_denial(denial),
            Reply::Files(calls::files::Answer::Usages(all)) => {
                for used in all {
                    if let Err(Error::Denied(denial)) = &used.space {
                        self.note_denial(denial);
                    }
                }
            }
            _ => {}
        }
    }

    fn note_denial(&mut self, Denial { capability, target, hint, .. }: &Denial) {
        let kept: usize =
            self.denials.iter().map(|denial| json_length(&denial.target) + json_length(&denial.hint)).sum();
        if self.denials.len() >= DENIALS_KEPT || kept >= DENIAL_BYTES_KEPT {
            return;
        }
        let hint = if json_length(hint) > LONGEST_DENIAL { "too long to be shown" } else { hint };
        let denial = Denial::new(capability, clip(target, LONGEST_DENIAL), hint);
        if !self.denials.contains(&denial) {
            self.denials.push(denial);
        }
    }

    /// Answers; tells of the call where the round looks on, and keeps it where the run is recorded.
    fn observed(&mut self, request: Request, room: u64) -> ToWorker {
        if self.tape.is_none() && self.teller.is_none() {
            return self.call(request, room);
        }
        let asked = request.clone();
        let told = self.teller.as_ref().map(|teller| teller.asked(&asked));
        let answer = self.call(request, room);
        if let Some((teller, since)) = self.teller.as_ref().zip(told) {
            teller.answered(&asked, &answer, since);
        }
        if let Some(tape) = &mut self.tape {
            tape.keep(asked, answer.clone());
        }
        answer
    }

    fn close(mut self, ended: Option<Result<Ended, String>>) -> Closing {
        self.files.bury();
        let (log, log_dropped) = self.logging.into_lines();
        let trace = Trace {
            denials: self.denials,
            log,
            log_dropped,
            state: self.state.into_changed(),
            hanging: self.hanging,
            commands: self.commands.into_ran(),
            tape: self.tape.map(Recorder::into_tape),
            differs: None,
        };
        Closing { not_applicable: false, ended, trace }
    }
}

impl HostCalls for Broker {
    fn call(&mut self, request: Request, room: u64) -> Result<Reply, Failure> {
        // The worker's word counts only where it asks for less.
        let room = room.min(self.memory);
        let reply = self.answer(request, room / COPIES)?;
        self.note(&reply);
        let size = reply.carried();
        if size > room / COPIES {
            return Err(too_large(&self.check, self.memory, size));
        }
        Ok(reply)
    }
}

/// Times that a reply is held while it is handed over: by the worker, then in the component's own memory.
pub(crate) const COPIES: u64 = 2;

/// Returns the failure of a run whose memory has no room for a reply of `size` bytes.
pub(crate) fn too_large(check: &str, memory: u64, size: u64) -> Failure {
    let exceeded = Exceeded::new("memory", memory);
    limit::reached(check, &exceeded, &format!("a reply of {size} bytes, held {COPIES} times while it is handed over"))
}
