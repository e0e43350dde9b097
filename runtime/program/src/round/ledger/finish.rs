//! The end of a round in the ledger: what did not run, what is gone, what the runtime says of itself, and what other programs
//! are shown.

use std::collections::BTreeSet;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::context::RoundContext;
use super::show::{self, show};
use super::{Ledger, line, merge, not_stored};
use crate::round::fault::{Fault, FaultKind, first_line};
use crate::round::host::named;
use crate::round::plan::{self, Busy, Selection};
use crate::round::self_check::{self, Account};
use crate::round::{Caller, Round};
use roundsman_config::{Config, LogFormat, RESERVED, Retry};
use roundsman_contract::Status;
use roundsman_store::clock::{Distance, step_text};
use roundsman_store::memory::Memory;
use roundsman_store::private::Private;
use roundsman_verdict::history::Event;
use roundsman_verdict::judge::Verdict;
use roundsman_verdict::outputs::log_line;
use roundsman_verdict::standing::{self, Pause, Standing};

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
    let due = all.filter_map(|(name, standing)| Some((standing.verdict.next_due.filter(|due| *due > now)?, name)));
    due.min().map(|(due, name)| (name.clone(), due))
}

fn close(ledger: &mut Ledger<'_>, caller: Caller, began: Instant) -> Closed {
    let mut lost = Vec::new();
    let mut past = Past::default();
    let (context, not_reached, ran) = (ledger.context, ledger.not_reached.clone(), ledger.ran);
    let overrun = self_check::overrun(&ledger.busy, caller, context.start.now, context.config.run.tick);
    let receivers = ledger.receivers.clone();
    let account = |memory: &Memory, faults: &[Fault]| {
        let configured = memory.results.checks.keys().filter(|name| *name != RESERVED).count();
        let hanging = &memory.private.hanging;
        let receivers = &receivers;
        let account =
            Account { faults, busy: &overrun, not_reached: &not_reached, hanging, receivers, configured, run: ran };
        self_check::verdict(&account, context.start.now, began.elapsed(), context.config.run.tick)
    };
    let busy: Vec<Busy> = ledger.busy.iter().map(|(busy, _)| busy.clone()).collect();
    let ended = std::mem::take(&mut ledger.ended);
    let config = context.config;
    let faults = ledger.faults.clone();
    let mut told = Vec::new();
    let mut later = None;
    let mut tends = false;
    ledger.write(&mut |memory| {
        memory.private.hanging.retain(|hanging| !ended.contains(hanging));
        past = Past::of(memory, overdue(context), caller);
        // Asked once, where nobody else writes: after that the clock may be another.
        later = past.of_later(context.start.now, Timestamp::now()).cloned();
        if later.is_some() {
            merge::busy(memory, &busy);
            merge::not_reached(memory, context.start.now, &not_reached);
            return Vec::new();
        }
        let news;
        (lost, news) = merge::refused(memory, config, context.start.now);
        merge::settle(memory, context, &lost);
        // Of all that is configured, there is a place to count it now.
        merge::busy(memory, &busy);
        merge::not_reached(memory, context.start.now, &not_reached);
        // An output that was at fault is taken to be so still, until it is written: this needs no second write.
        told = [faults.clone(), show::of_outputs(&past.faults, &config.outputs)].concat();
        past.tell(memory, &told, &account);
        tends = memory.private.claims_history(context.start.now.to_zoned(TimeZone::UTC).date());
        let news = news.iter().map(|verdict| line(config, verdict));
        news.chain(lines(config, &past.faults, &told)).chain(step(config, memory)).collect()
    });
    if let Some(later) = later {
        return close_overtaken(ledger, &[past.told, past.faults].concat(), later.verdict);
    }
    if let Some(store) = ledger.books.store.as_ref().filter(|_| tends)
        && let Err(error) = store.tend(Timestamp::now())
    {
        ledger.fault(not_stored(&error));
    }
    // The write itself may have failed, which the outputs can still say.
    let unwritten = ledger.faults[faults.len()..].iter().cloned();
    let shown: Vec<Fault> = told.iter().cloned().chain(unwritten).collect();
    past.tell(&mut ledger.memory, &shown, &account);
    show(ledger).into_iter().for_each(|fault| ledger.fault(fault));
    if set(&ledger.faults) != set(&told) {
        let all = ledger.faults.clone();
        ledger.write(&mut |memory| {
            past.tell(memory, &all, &account);
            lines(config, &messages(&told), &all)
        });
        past.tell(&mut ledger.memory, &ledger.faults, &account);
        if set(&ledger.faults) != set(&shown) {
            show(ledger).into_iter().for_each(|fault| ledger.fault(fault));
        }
    }
    let itself = past.tell(&mut ledger.memory, &ledger.faults, &account);
    let now = messages(&ledger.faults);
    Closed { lost, itself, new_faults: without(&now, &past.told), ended_faults: without(&past.told, &now) }
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

/// Report of the last round on the runtime.
#[derive(Debug, Default)]
struct Past {
    faults: Vec<String>,
    standing: Option<Standing>,
    overdue: Option<Timestamp>,
    caller: Caller,
    /// Faults that the last round of this caller was told of.
    told: Vec<String>,
}

impl Past {
    fn of(memory: &Memory, overdue: Option<Timestamp>, caller: Caller) -> Self {
        let standing = memory.results.checks.get(RESERVED).cloned();
        let Private { faults, mailed, .. } = &memory.private;
        let told = if caller == Caller::Cron { mailed } else { faults };
        Self { faults: faults.clone(), standing, overdue, caller, told: told.clone() }
    }

    /// Returns the report of a round that began after this one's `start`. One of the future does not count: the clock was set
    /// back.
    fn of_later(&self, start: Timestamp, now: Timestamp) -> Option<&Standing> {
        let is_later = |standing: &&Standing| standing.verdict.started.is_some_and(|at| start < at && at <= now);
        self.standing.as_ref().filter(is_later)
    }

    /// Puts the runtime's verdict on itself among the results.
    fn tell(&self, memory: &mut Memory, faults: &[Fault], account: &dyn Fn(&Memory, &[Fault]) -> Verdict) -> Verdict {
        let standing = standing::advance(self.standing.as_ref(), account(memory, faults), Retry::default());
        let standing = Standing { overdue: self.overdue, ..standing };
        let verdict = standing.verdict.clone();
        memory.results.checks.insert(RESERVED.to_owned(), standing);
        memory.private.faults = messages(faults);
        if self.caller == Caller::Cron {
            memory.private.mailed.clone_from(&memory.private.faults);
        }
        verdict
    }
}

/// From when on rounds are missing: after two ticks, and as long as one may take.
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

/// Lines of the log for what began since `before` was said, and for what ended.
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

fn messages(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| fault.message.clone()).collect()
}

fn set(faults: &[Fault]) -> BTreeSet<&str> {
    faults.iter().map(|fault| fault.message.as_str()).collect()
}

fn without(messages: &[String], others: &[String]) -> Vec<String> {
    messages.iter().filter(|message| !others.contains(message)).cloned().collect()
}
