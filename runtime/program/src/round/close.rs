//! The end of a round: what did not run, what is gone, what the runtime says of itself, and what other programs are shown.

use std::collections::BTreeSet;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::fault::{Fault, FaultKind, first_line};
use super::host::named;
use super::itself::{self, Account};
use super::keep::{Keeping, line, not_stored};
use super::merge::{self, Terms};
use super::plan::{self, Busy};
use super::{Caller, show};
use roundsman_config::{Config, LogFormat, RESERVED, Retry};
use roundsman_contract::Status;
use roundsman_contract::report::Hanging;
use roundsman_store::clock::{Distance, step_text};
use roundsman_store::memory::Memory;
use roundsman_store::private::Private;
use roundsman_verdict::history::Event;
use roundsman_verdict::judge::Verdict;
use roundsman_verdict::outputs::log_line;
use roundsman_verdict::standing::{self, Standing};

/// Additions of the end of a round to its outcomes.
#[derive(Debug)]
pub struct Closed {
    /// Of checks of files that were refused.
    pub lost: Vec<Verdict>,
    pub itself: Verdict,
    /// Messages of faults that the last round did not have.
    pub new_faults: Vec<String>,
    /// Messages of the faults that the last round had and this one has not.
    pub ended_faults: Vec<String>,
}

/// Writes what is left, and shows it. `busy` are checks that were due and run elsewhere, each with since when the round runs
/// that has it; `gone` are readers that hung and have ended.
pub fn close(
    keeping: &mut Keeping<'_>,
    busy: &[(Busy, Option<Timestamp>)],
    gone: &[Hanging],
    caller: Caller,
    began: Instant,
) -> Closed {
    let mut lost = Vec::new();
    let mut past = Past::default();
    let (terms, not_reached, ran) = (keeping.terms, keeping.not_reached.clone(), keeping.ran());
    let overrun = itself::overrun(busy, caller, terms.start.now, terms.config.run.tick);
    let receivers = keeping.receivers.clone();
    let account = |memory: &Memory, faults: &[Fault]| {
        let configured = memory.results.checks.keys().filter(|name| *name != RESERVED).count();
        let hanging = &memory.private.hanging;
        let receivers = &receivers;
        let account =
            Account { faults, busy: &overrun, not_reached: &not_reached, hanging, receivers, configured, run: ran };
        itself::verdict(&account, terms.start.now, began.elapsed(), terms.config.run.tick)
    };
    let config = terms.config;
    let faults = keeping.faults.clone();
    let mut told = Vec::new();
    let mut later = None;
    let mut tends = false;
    keeping.write(&mut |memory| {
        let names: Vec<Busy> = busy.iter().map(|(busy, _)| busy.clone()).collect();
        memory.private.hanging.retain(|hanging| !gone.contains(hanging));
        past = Past::of(memory, overdue(terms), caller);
        // Asked once, where nobody else writes: after that the clock may be another.
        later = past.of_later(terms.start.now, Timestamp::now()).cloned();
        if later.is_some() {
            merge::busy(memory, &names);
            merge::not_reached(memory, terms.start.now, &not_reached);
            return Vec::new();
        }
        let news;
        (lost, news) = merge::refused(memory, config, terms.start.now);
        merge::settle(memory, terms, &lost);
        // Of all that is configured, there is a place to count it now.
        merge::busy(memory, &names);
        merge::not_reached(memory, terms.start.now, &not_reached);
        // An output that was at fault is taken to be so still, until it is written: this needs no second write.
        told = [faults.clone(), show::of_outputs(&past.faults, &config.outputs)].concat();
        past.tell(memory, &told, &account);
        tends = memory.private.claims_history(terms.start.now.to_zoned(TimeZone::UTC).date());
        let news = news.iter().map(|verdict| line(config, verdict));
        news.chain(lines(config, &past.faults, &told)).chain(step(config, memory)).collect()
    });
    if let Some(later) = later {
        return close_overtaken(keeping, &[past.told, past.faults].concat(), later.verdict);
    }
    if let Some(store) = keeping.store.filter(|_| tends)
        && let Err(error) = store.tend(Timestamp::now())
    {
        keeping.fault(not_stored(&error));
    }
    // The write itself may have failed, which the outputs can still say.
    let unwritten = keeping.faults[faults.len()..].iter().cloned();
    let shown: Vec<Fault> = told.iter().cloned().chain(unwritten).collect();
    past.tell(&mut keeping.memory, &shown, &account);
    show::show(keeping).into_iter().for_each(|fault| keeping.fault(fault));
    if set(&keeping.faults) != set(&told) {
        let all = keeping.faults.clone();
        keeping.write(&mut |memory| {
            past.tell(memory, &all, &account);
            lines(config, &messages(&told), &all)
        });
        past.tell(&mut keeping.memory, &keeping.faults, &account);
        if set(&keeping.faults) != set(&shown) {
            show::show(keeping).into_iter().for_each(|fault| keeping.fault(fault));
        }
    }
    let itself = past.tell(&mut keeping.memory, &keeping.faults, &account);
    let now = messages(&keeping.faults);
    Closed { lost, itself, new_faults: without(&now, &past.told), ended_faults: without(&past.told, &now) }
}

/// The end of a round during which a later one began and ended. Which checks and faults of the configuration there are by
/// now, that one has read and told: what this one read is older, and would take back what is so still. `known` are the
/// faults that the later one told, `later` is what it said of the runtime.
fn close_overtaken(keeping: &mut Keeping<'_>, known: &[String], later: Verdict) -> Closed {
    show::show(keeping).into_iter().for_each(|fault| keeping.fault(fault));
    let own = keeping.faults.iter().filter(|fault| fault.kind != FaultKind::ConfigRefused);
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
fn overdue(terms: Terms<'_>) -> Option<Timestamp> {
    let run = &terms.config.run;
    let longest = plan::active(terms.config).map(|check| check.limits.timeout).max().unwrap_or_default();
    terms.start.now.checked_add(2 * run.tick + run.deadline.unwrap_or(longest + run.tick)).ok()
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
