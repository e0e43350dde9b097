//! The runtime's verdict on itself, of this round and of the last.

use std::time::Instant;

use jiff::Timestamp;

use super::Ledger;
use super::context::RoundContext;
use crate::round::Caller;
use crate::round::fault::Fault;
use crate::round::plan::Busy;
use crate::round::self_check::{self, RoundFacts};
use roundsman_config::{RESERVED, Retry};
use roundsman_store::memory::Memory;
use roundsman_store::private::Private;
use roundsman_verdict::check_status::{self, CheckStatus};
use roundsman_verdict::judge::Verdict;

/// Facts of this round that its verdict on itself rests on, besides the memory and the faults.
pub(super) struct SelfReport<'a> {
    context: RoundContext<'a>,
    overrun: Vec<(Busy, Option<Timestamp>)>,
    pub(super) not_reached: Vec<String>,
    receivers: Vec<String>,
    ran: usize,
    began: Instant,
}

impl<'a> SelfReport<'a> {
    pub(super) fn of(ledger: &Ledger<'a>, caller: Caller, began: Instant) -> Self {
        let (context, known) = (ledger.context, ledger.receivers.iter());
        Self {
            overrun: self_check::overrun(&ledger.busy, caller, context.start.now, context.config.run.tick),
            not_reached: ledger.not_reached.clone(),
            receivers: known.map(|(name, cursor)| format!("output {name}: {}", cursor.summary())).collect(),
            ran: ledger.ran,
            context,
            began,
        }
    }

    fn verdict(&self, memory: &Memory, faults: &[Fault]) -> Verdict {
        let account = RoundFacts {
            faults,
            busy: &self.overrun,
            not_reached: &self.not_reached,
            hanging: &memory.private.hanging,
            receivers: &self.receivers,
            configured: memory.results.checks.keys().filter(|name| *name != RESERVED).count(),
            run: self.ran,
        };
        self_check::verdict(&account, self.context.start.now, self.began.elapsed(), self.context.config.run.tick)
    }
}

/// Report of the last round on the runtime.
#[derive(Debug, Default)]
pub(super) struct Past {
    pub(super) faults: Vec<String>,
    check_status: Option<CheckStatus>,
    overdue: Option<Timestamp>,
    caller: Caller,
    /// Faults that the last round of this caller was told of.
    pub(super) told: Vec<String>,
}

impl Past {
    pub(super) fn of(memory: &Memory, overdue: Option<Timestamp>, caller: Caller) -> Self {
        let check_status = memory.results.checks.get(RESERVED).cloned();
        let Private { faults, mailed, .. } = &memory.private;
        let told = if caller == Caller::Cron { mailed } else { faults };
        Self { faults: faults.clone(), check_status, overdue, caller, told: told.clone() }
    }

    /// Returns the report of a round that began after this one's `start`. One of the future does not count: the clock was set
    /// back.
    pub(super) fn of_later(&self, start: Timestamp, now: Timestamp) -> Option<&CheckStatus> {
        let is_later =
            |check_status: &&CheckStatus| check_status.verdict.started.is_some_and(|at| start < at && at <= now);
        self.check_status.as_ref().filter(is_later)
    }

    /// Puts the runtime's verdict on itself among the results.
    pub(super) fn tell(&self, memory: &mut Memory, faults: &[Fault], report: &SelfReport<'_>) -> Verdict {
        let check_status =
            check_status::advance(self.check_status.as_ref(), report.verdict(memory, faults), Retry::default());
        let check_status = CheckStatus { overdue: self.overdue, ..check_status };
        let verdict = check_status.verdict.clone();
        memory.results.checks.insert(RESERVED.to_owned(), check_status);
        memory.private.faults = messages(faults);
        if self.caller == Caller::Cron {
            memory.private.mailed.clone_from(&memory.private.faults);
        }
        verdict
    }
}

/// Returns the texts of faults.
pub(super) fn messages(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| fault.message.clone()).collect()
}
