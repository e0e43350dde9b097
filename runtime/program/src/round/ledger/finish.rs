//! The end of a round in the ledger: what did not run, what is gone, what the runtime says of itself, and what other programs
//! are shown.

use std::collections::BTreeSet;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::context::RoundContext;
use super::past::{Past, SelfReport, messages};
use super::show::{self, show};
use super::{Ledger, line, merge, not_stored};
use crate::round::fault::{Fault, FaultKind, first_line};
use crate::round::host::named;
use crate::round::plan::{self, Busy, Selection};
use crate::round::{Caller, Round};
use roundsman_config::{Config, LogFormat, RESERVED};
use roundsman_contract::Status;
use roundsman_store::clock::{Distance, step_text};
use roundsman_store::memory::Memory;
use roundsman_verdict::check_status::{CheckStatus, Pause};
use roundsman_verdict::history::Event;
use roundsman_verdict::judge::Verdict;
use roundsman_verdict::outputs::log_line;

/// Additions of the end of a round to its outcomes.
#[derive(Debug)]
struct Closed {
    /// Of checks of files that were refused.
    lost: Vec<Verdict>,
    itself: Verdict,
    /// Messages of faults that the last round did not have.
    new_faults: Vec<String>,
    /// Messages of the faults that the last round had and this one has not.
    ended_faults: Vec<String>,
}

impl Ledger<'_> {
    /// Writes what is left, says how the round was, and shows all of it to other programs and, of what was `wanted`, to the
    /// caller. `signal` is the one that ended the round early.
    #[must_use]
    pub fn finish(mut self, wanted: &Selection, caller: Caller, began: Instant, signal: Option<i32>) -> Round {
        let closed = close(&mut self, caller, began);
        let now = self.context.start.now;
        closed.lost.iter().filter(|verdict| wanted.names(&verdict.check)).for_each(self.show);
        let checks = &self.memory.results.checks;
        Round {
            itself: closed.itself,
            paused: paused(wanted, &self.memory, now),
            new_faults: closed.new_faults,
            ended_faults: closed.ended_faults,
            configured: checks.keys().filter(|name| *name != RESERVED).count(),
            next: next(&self.memory, now),
            busy: self.busy,
            not_reached: self.not_reached,
            faults: self.faults,
            signal,
        }
    }
}

/// Returns those of the checks that were asked for by name which an operator wants not to be run.
fn paused(wanted: &Selection, memory: &Memory, now: Timestamp) -> Vec<(String, Pause)> {
    let Selection::Only(names) = wanted else { return Vec::new() };
    names.iter().filter_map(|name| Some((name.clone(), plan::pause(memory, name, now)?.clone()))).collect()
}

/// Finds the check whose time comes next.
fn next(memory: &Memory, now: Timestamp) -> Option<(String, Timestamp)> {
    let all = memory.results.checks.iter();
    let due =
        all.filter_map(|(name, check_status)| Some((check_status.verdict.next_due.filter(|due| *due > now)?, name)));
    due.min().map(|(due, name)| (name.clone(), due))
}

fn close(ledger: &mut Ledger<'_>, caller: Caller, began: Instant) -> Closed {
    let report = SelfReport::of(ledger, caller, began);
    let before = ledger.faults.len();
    let Settled { lost, past, told, later, tends } = settle(ledger, &report, caller);
    if let Some(later) = later {
        return close_overtaken(ledger, &[past.told, past.faults].concat(), later.verdict);
    }
    if tends {
        tend_history(ledger);
    }
    // The write itself may have failed, which the outputs can still say.
    let shown = [&told, &ledger.faults[before..]].concat();
    past.tell(&mut ledger.memory, &shown, &report);
    show(ledger).into_iter().for_each(|fault| ledger.fault(fault));
    if set(&ledger.faults) != set(&told) {
        tell_late(ledger, &past, &report, [&told, &shown]);
    }
    let itself = past.tell(&mut ledger.memory, &ledger.faults, &report);
    let now = messages(&ledger.faults);
    Closed { lost, itself, new_faults: without(&now, &past.told), ended_faults: without(&past.told, &now) }
}

/// State of the end of a round after its first write.
#[derive(Default)]
struct Settled {
    lost: Vec<Verdict>,
    past: Past,
    /// Faults that were written.
    told: Vec<Fault>,
    /// Report of a later round on the runtime, where one has ended already.
    later: Option<CheckStatus>,
    /// Whether this round is the first of its day, which takes out of the history what is too old.
    tends: bool,
}

/// Writes what did not run, what is refused, and the faults until here.
fn settle(ledger: &mut Ledger<'_>, report: &SelfReport<'_>, caller: Caller) -> Settled {
    let RoundContext { config, start, .. } = ledger.context;
    let (context, faults, ended) = (ledger.context, ledger.faults.clone(), std::mem::take(&mut ledger.ended));
    let busy: Vec<Busy> = ledger.busy.iter().map(|(busy, _)| busy.clone()).collect();
    let mut settled = Settled::default();
    ledger.write(&mut |memory| {
        memory.private.hanging.retain(|hanging| !ended.contains(hanging));
        let past = Past::of(memory, overdue(context), caller);
        // Asked once, where nobody else writes: after that the clock may be another.
        let later = past.of_later(start.now, Timestamp::now()).cloned();
        settled = Settled { past, later, ..Settled::default() };
        if settled.later.is_some() {
            merge::busy(memory, &busy);
            merge::not_reached(memory, start.now, &report.not_reached);
            return Vec::new();
        }
        let (lost, news) = merge::refused(memory, config, start.now);
        merge::settle(memory, context, &lost);
        settled.lost = lost;
        // Of all that is configured, there is a place to count it now.
        merge::busy(memory, &busy);
        merge::not_reached(memory, start.now, &report.not_reached);
        // An output that was at fault is taken to be so still, until it is written: this needs no second write.
        settled.told = [faults.clone(), show::of_outputs(&settled.past.faults, &config.outputs)].concat();
        settled.past.tell(memory, &settled.told, report);
        settled.tends = memory.private.claims_history(start.now.to_zoned(TimeZone::UTC).date());
        let news = news.iter().map(|verdict| line(config, verdict));
        news.chain(lines(config, &settled.past.faults, &settled.told)).chain(step(config, memory)).collect()
    });
    settled
}

fn tend_history(ledger: &mut Ledger<'_>) {
    if let Some(store) = &ledger.books.store
        && let Err(error) = store.tend(Timestamp::now())
    {
        ledger.fault(not_stored(&error));
    }
}

/// Writes and shows once more what failed since the faults were written, `told`, or shown.
fn tell_late(ledger: &mut Ledger<'_>, past: &Past, report: &SelfReport<'_>, [told, shown]: [&[Fault]; 2]) {
    let (config, all) = (ledger.context.config, ledger.faults.clone());
    ledger.write(&mut |memory| {
        past.tell(memory, &all, report);
        lines(config, &messages(told), &all)
    });
    past.tell(&mut ledger.memory, &ledger.faults, report);
    if set(&ledger.faults) != set(shown) {
        show(ledger).into_iter().for_each(|fault| ledger.fault(fault));
    }
}

/// Ends a round during which a later one began and ended. Which checks and faults of the configuration there
/// are by now, that one has read and told: what this one read is older, and would take back what is so still. `known` are the
/// faults that the later one told, `later` is what it said of the runtime.
fn close_overtaken(ledger: &mut Ledger<'_>, known: &[String], later: Verdict) -> Closed {
    show(ledger).into_iter().for_each(|fault| ledger.fault(fault));
    let own = ledger.faults.iter().filter(|fault| fault.kind != FaultKind::ConfigRefused);
    let own: Vec<String> = own.map(|fault| fault.message.clone()).collect();
    Closed { lost: Vec::new(), itself: later, new_faults: without(&own, known), ended_faults: Vec::new() }
}

/// Returns the time from which on rounds are missing: two ticks, and as long as one may take, from now.
fn overdue(context: RoundContext<'_>) -> Option<Timestamp> {
    let run = &context.config.run;
    let longest = plan::active(context.config).map(|check| check.limits.timeout).max().unwrap_or_default();
    context.start.now.checked_add(2 * run.tick + run.deadline.unwrap_or(longest + run.tick)).ok()
}

/// Notes that the clock was set since the last round, and returns a line of the log.
fn step(config: &Config, memory: &mut Memory) -> Option<String> {
    let before = memory.private.clock.take();
    memory.private.clock = Distance::now();
    let step = memory.private.clock.as_ref()?.step_since(&before?)?;
    memory.events.push(Event::Clock { seconds: step.as_secs() });
    let step = step_text(step);
    let now = Timestamp::now();
    Some(match config.log.format {
        LogFormat::Text => log_line::fault(now, Status::Warning, &step),
        LogFormat::Json => log_line::fault_json(now, Status::Warning, &step, named(&config.host)),
    })
}

/// Returns lines of the log for what began since `before` was said, and for what ended.
fn lines(config: &Config, before: &[String], faults: &[Fault]) -> Vec<String> {
    let now = Timestamp::now();
    let one = |status: Status, message: &str| {
        // More read the log than the configuration, and the line of it that follows may hold a password.
        let message = first_line(message);
        match config.log.format {
            LogFormat::Text => log_line::fault(now, status, message),
            LogFormat::Json => log_line::fault_json(now, status, message, named(&config.host)),
        }
    };
    let begun = faults.iter().filter(|fault| !before.contains(&fault.message));
    let begun = begun.map(|fault| one(fault.kind.status(), &fault.message));
    let ended = without(before, &messages(faults)).into_iter().map(|message| format!("over: {message}"));
    begun.chain(ended.map(|message| one(Status::Ok, &message))).collect()
}

fn set(faults: &[Fault]) -> BTreeSet<&str> {
    faults.iter().map(|fault| fault.message.as_str()).collect()
}

fn without(messages: &[String], others: &[String]) -> Vec<String> {
    messages.iter().filter(|message| !others.contains(message)).cloned().collect()
}
