//! The end of a round: what did not run, what is gone, what the runtime says of itself, and what other programs are shown.

use std::time::Instant;

use jiff::Timestamp;

use super::fault::Fault;
use super::itself::{self, Account};
use super::keep::{Keeping, line};
use super::plan::Busy;
use super::{host, merge};
use crate::config::{LogFormat, LogSettings, RESERVED, Retry};
use crate::contract::Status;
use crate::judge::Verdict;
use crate::outputs::log_line;
use crate::report::Hanging;
use crate::standing::{self, Standing};
use crate::store::state::Memory;

/// What the end of a round adds to its outcomes.
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

/// Writes what is left, and shows it. `busy` are checks that were due and run elsewhere, each with since when; `gone` are
/// readers that hung and have ended.
pub fn close(
    keeping: &mut Keeping<'_>,
    busy: &[(Busy, Option<Timestamp>)],
    gone: &[Hanging],
    began: Instant,
) -> Closed {
    let mut lost = Vec::new();
    let mut past = Past::default();
    let (terms, not_reached, ran) = (keeping.terms, keeping.not_reached.clone(), keeping.ran());
    let account = |memory: &Memory, faults: &[Fault]| {
        let configured = memory.results.checks.keys().filter(|name| *name != RESERVED).count();
        let hanging = &memory.private.hanging;
        let account = Account { faults, busy, not_reached: &not_reached, hanging, configured, run: ran };
        itself::verdict(&account, terms.when.now, began.elapsed(), terms.config.run.tick)
    };
    let faults = keeping.faults.clone();
    keeping.write(&mut |memory| {
        let names: Vec<Busy> = busy.iter().map(|(busy, _)| busy.clone()).collect();
        merge::busy(memory, &names);
        memory.private.hanging.retain(|hanging| !gone.contains(hanging));
        merge::not_reached(memory, terms.when.now, &not_reached);
        let news;
        (lost, news) = merge::refused(memory, terms.config, terms.when.now);
        merge::settle(memory, terms, &lost);
        past = Past::of(memory);
        past.tell(memory, &faults, &account);
        let news = news.iter().map(|verdict| line(&terms.config.log, verdict));
        news.chain(past.lines(&terms.config.log, &faults)).collect()
    });
    // The write itself may have failed, which the outputs can still say.
    let written = keeping.faults.clone();
    past.tell(&mut keeping.memory, &written, &account);
    let log = &terms.config.log;
    if keeping.faults.len() > written.len() || written.len() > faults.len() {
        let all = keeping.faults.clone();
        keeping.write(&mut |memory| {
            past.tell(memory, &all, &account);
            past.lines(log, &all[faults.len()..])
        });
    }
    let itself = past.tell(&mut keeping.memory, &keeping.faults, &account);
    Closed { lost, itself, new_faults: past.begun(&keeping.faults), ended_faults: past.ended(&keeping.faults) }
}

/// What the last round said of the runtime.
#[derive(Debug, Default)]
struct Past {
    faults: Vec<String>,
    standing: Option<Standing>,
}

impl Past {
    fn of(memory: &Memory) -> Self {
        Self { faults: memory.private.faults.clone(), standing: memory.results.checks.get(RESERVED).cloned() }
    }

    /// Puts the runtime's verdict on itself among the results.
    fn tell(&self, memory: &mut Memory, faults: &[Fault], account: &dyn Fn(&Memory, &[Fault]) -> Verdict) -> Verdict {
        let standing = standing::advance(self.standing.as_ref(), account(memory, faults), Retry::default());
        let verdict = standing.verdict.clone();
        memory.results.checks.insert(RESERVED.to_owned(), standing);
        memory.private.faults = faults.iter().map(|fault| fault.message.clone()).collect();
        verdict
    }

    fn begun(&self, faults: &[Fault]) -> Vec<String> {
        let messages = faults.iter().map(|fault| fault.message.clone());
        messages.filter(|message| !self.faults.contains(message)).collect()
    }

    fn ended(&self, faults: &[Fault]) -> Vec<String> {
        let has = |message: &&String| faults.iter().any(|fault| fault.message == **message);
        self.faults.iter().filter(|message| !has(message)).cloned().collect()
    }

    /// Lines of the log for what began, and for what ended.
    fn lines(&self, log: &LogSettings, faults: &[Fault]) -> Vec<String> {
        let now = Timestamp::now();
        let one = |status: Status, message: &str| match log.format {
            LogFormat::Text => log_line::fault(now, status, message),
            LogFormat::Json => log_line::fault_json(now, status, message, &host()),
        };
        let new = faults.iter().filter(|fault| !self.faults.contains(&fault.message));
        let new = new.map(|fault| one(fault.kind.status(), &fault.message));
        new.chain(self.ended(faults).iter().map(|message| one(Status::Ok, &format!("over: {message}")))).collect()
    }
}
