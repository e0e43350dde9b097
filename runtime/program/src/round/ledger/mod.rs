//! The ledger of a round: the one owner of what is remembered. It claims what is due, takes the outcomes as they come, each
//! judged, then logged and stored with others in few writes, and finishes with what the runtime says of itself.

mod books;
mod claim;
mod context;
mod finish;
mod measuring;
mod merge;
mod past;
mod show;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tracing::debug;

pub use books::Books;
pub use context::RoundContext;
use measuring::Measuring;
pub(super) use merge::{gap, without_lost};

use super::fault::{Fault, FaultKind};
use super::host::named;
use super::plan::{Busy, Chosen};
use super::run_outcome::{Answered, RunOutcome, Sink};
use super::verdict;
use crate::recording::{Recorded, Recording};
use roundsman_config::{Check, Config, LogFormat};
use roundsman_contract::Status;
use roundsman_contract::report::{CommandRun, Hanging};
use roundsman_grants::escape;
use roundsman_store::cursors::Cursors;
use roundsman_store::error::StoreError;
use roundsman_store::locks::LockTarget;
use roundsman_store::log::{self, append};
use roundsman_store::memory::Memory;
use roundsman_store::recordings;
use roundsman_verdict::judge::Verdict;
use roundsman_verdict::outputs::{command_record, log_line};

/// Wait of an outcome for others to be written with it.
const PATIENCE: Duration = Duration::from_secs(1);
/// A write costs as much as the state is large. Where that is long, outcomes wait this many times as long, so that writes
/// take at most a twentieth of a round.
const WRITES_APART: u32 = 20;
/// Most outcomes that wait, or one in so many of all checks where that is more: each takes some KB.
const MOST_WAITING: usize = 256;
const WAITING_OF_ALL: usize = 8;

/// State of all checks with the changes of this round, on its way to the disk.
pub struct Ledger<'c> {
    pub context: RoundContext<'c>,
    books: &'c Books,
    /// As it was last read or written.
    memory: Memory,
    /// Checks that this round runs, by name.
    chosen: BTreeMap<&'c str, Chosen<'c>>,
    /// Checks that were due and still run elsewhere, each with since when the round runs that has it.
    busy: Vec<(Busy, Option<Timestamp>)>,
    /// Readers that hung and have ended.
    ended: Vec<Hanging>,
    /// Is handed the verdict of each run, with all that the past adds to it. The state is locked meanwhile: it must not wait.
    show: &'c mut dyn FnMut(&Verdict),
    ran: usize,
    not_reached: Vec<String>,
    faults: Vec<Fault>,
    /// State of each receiver, as this round found it.
    receivers: Cursors,
    waiting: Vec<UnwrittenRun>,
    waits_since: Option<Instant>,
    last_write: Duration,
}

/// One run that ended and is not written yet.
struct UnwrittenRun {
    verdict: Verdict,
    state: Option<BTreeMap<String, Vec<u8>>>,
    hanging: Vec<Hanging>,
    commands: Vec<CommandRun>,
}

impl Sink for Ledger<'_> {
    fn take(&mut self, mut outcome: RunOutcome) {
        let Some(chosen) = self.chosen.get(outcome.name.as_str()) else { return };
        if outcome.result == Ok(Answered::NotReached) {
            self.not_reached.push(outcome.name);
            return;
        }
        let (state, hanging) = (outcome.trace.state.take(), std::mem::take(&mut outcome.trace.hanging));
        let commands = std::mem::take(&mut outcome.trace.commands);
        let (check, started) = (chosen.check, outcome.started);
        let recording = if outcome.trace.tape.is_some() { Recording::of(recorded(check), &mut outcome) } else { None };
        let verdict = verdict::kept(chosen.check, verdict::verdict(&verdict::rules(chosen.check), outcome));
        // Kept only with its outcome: an outcome that was judged invalid keeps none.
        let state = state.filter(|_| verdict.failure.is_none());
        let is_problem = verdict.status != Some(Status::Ok);
        self.ran += 1;
        self.waiting.push(UnwrittenRun { verdict, state, hanging, commands });
        self.waits_since.get_or_insert_with(Instant::now);
        if let Some(recording) = recording.filter(|_| is_problem) {
            self.record(&recording, started);
        }
    }

    fn mended(&mut self, fault: Fault) {
        self.fault(fault);
    }

    fn wakes_at(&self) -> Option<Instant> {
        let most = MOST_WAITING.max(self.memory.results.checks.len() / WAITING_OF_ALL);
        let patience = PATIENCE.max(self.last_write * WRITES_APART);
        self.waits_since.map(|since| if self.waiting.len() >= most { since } else { since + patience })
    }

    fn wake(&mut self) {
        self.write(&mut |_| Vec::new());
    }
}

impl<'c> Ledger<'c> {
    /// Begins with what was read. `show` is handed the verdicts of checks that were run.
    #[must_use]
    pub fn new(
        context: RoundContext<'c>,
        books: &'c Books,
        memory: Memory,
        receivers: Cursors,
        show: &'c mut dyn FnMut(&Verdict),
    ) -> Self {
        Self {
            context,
            books,
            memory,
            chosen: BTreeMap::new(),
            busy: Vec::new(),
            ended: Vec::new(),
            show,
            ran: 0,
            not_reached: Vec::new(),
            faults: Vec::new(),
            receivers,
            waiting: Vec::new(),
            waits_since: None,
            last_write: Duration::ZERO,
        }
    }

    /// Returns what is remembered of all checks, as it was last read or written.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Writes what waits, and what else `change` makes of what is remembered; it returns lines for the log. The log comes
    /// first: after a crash between, a run is repeated and logged again, and none is lost. Each check is then free for
    /// other rounds.
    fn write(&mut self, change: &mut dyn FnMut(&mut Memory) -> Vec<String>) {
        self.waits_since = None;
        let began = Instant::now();
        let mut ran = std::mem::take(&mut self.waiting);
        let names: Vec<String> = ran.iter().map(|ran| ran.verdict.check.clone()).collect();
        debug!(outcomes = names.len(), "logs and stores");
        let (context, chosen, show) = (self.context, &self.chosen, &mut self.show);
        let mut unkept = None;
        let mut merge = |memory: &mut Memory| {
            memory.results.written = Some(context.start.now);
            let ran = std::mem::take(&mut ran).into_iter();
            let mut lines = Vec::new();
            let mut measuring = Measuring::begin(context.config, memory);
            for UnwrittenRun { verdict, state, hanging, commands } in ran {
                merge::hanging(memory, hanging);
                let recorded = commands.iter().filter(|_| context.config.log.commands);
                lines.extend(recorded.map(|run| command_line(context.config, &verdict.check, run)));
                let Some(chosen) = chosen.get(verdict.check.as_str()) else { continue };
                let is_news = !merge::still_does_not_apply(memory, &verdict);
                let before = measuring.before(&verdict.check, memory);
                merge::outcome(memory, context, chosen, verdict, state, |verdict| {
                    measuring.take(verdict, before.as_ref());
                    lines.extend(is_news.then(|| line(context.config, verdict)));
                    show(verdict);
                });
            }
            lines.extend(change(memory));
            // Before the state, as the log is: after a crash between, a value comes twice, and none is lost.
            unkept = measuring.keep(memory).err();
            append(&context.config.log.file, &lines)
        };
        let changed = self.books.store.as_ref().map(|store| store.update(&mut self.memory, &mut merge));
        let (logged, written) = match changed {
            Some(Ok(changed)) => (changed.value, changed.written),
            Some(Err(error)) => (merge(&mut self.memory), Err(error)),
            // That it cannot be kept is known by now.
            None => (merge(&mut self.memory), Ok(())),
        };
        self.last_write = began.elapsed();
        if let Err(error) = written {
            self.fault(not_stored(&error));
        }
        if let Some(error) = unkept {
            let state = escape::path(&context.config.paths.state);
            let mend = format!("values for outputs cannot be kept in {state}: {error}; make room there");
            self.fault(Fault::new(FaultKind::NotStored, mend));
        }
        if let Err(error) = logged {
            self.fault(Fault::new(FaultKind::NotStored, log::told(&context.config.log.file, &error)));
        }
        for name in names {
            self.books.locks.release(LockTarget::Check(&name));
        }
    }

    /// Keeps a recording. A disk that is full costs it, and no result: those are logged and stored all the same.
    fn record(&mut self, recording: &Recording, started: Timestamp) {
        let state = &self.context.config.paths.state;
        let kept =
            recording.text().and_then(|text| recordings::keep(state, &recording.check, started, text.as_bytes()));
        if let Err(error) = kept {
            let place = escape::path(&state.join("recordings"));
            let mend = format!("{place}: a run was not recorded: {error}; make room, or take `record` out of [run]");
            self.fault(Fault::new(FaultKind::NotStored, mend));
        }
    }

    /// Each is told once, however often it comes.
    pub fn fault(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}

/// Returns what is recorded of a check besides its run.
fn recorded(check: &Check) -> Recorded<'_> {
    let options = serde_json::Value::from(check.options.clone()).to_string();
    Recorded { check: &check.name, component: &check.component, options, limits: &check.limits, grants: &check.grants }
}

/// Returns a line of the log.
fn line(config: &Config, verdict: &Verdict) -> String {
    match config.log.format {
        LogFormat::Text => log_line::encode(verdict),
        LogFormat::Json => log_line::encode_json(verdict, named(&config.host)),
    }
}

/// Returns a line of the log for one command that a check ran.
fn command_line(config: &Config, check: &str, run: &CommandRun) -> String {
    match config.log.format {
        LogFormat::Text => command_record::encode(check, run),
        LogFormat::Json => command_record::encode_json(check, run, named(&config.host)),
    }
}

/// Returns the fault of a state that could not be read or written.
#[must_use]
pub(super) fn not_stored(error: &StoreError) -> Fault {
    let kind = if matches!(error, StoreError::Locked { .. }) { FaultKind::Locked } else { FaultKind::NotStored };
    Fault::new(kind, error.to_string())
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
