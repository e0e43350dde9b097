//! The beginning of a round in the ledger: what is due is chosen and locked, and nothing of it is another round's.

use std::collections::BTreeSet;

use roundsman_store::locks::LockTarget;
use roundsman_store::run_marker::{self, RunMarker};
use tracing::debug;

use super::{Ledger, merge};
use crate::round::fault::{Fault, FaultKind};
use crate::round::orphans::end_orphans;
use crate::round::plan::{self, Chosen, Selection};
use roundsman_os::process::running;

impl<'c> Ledger<'c> {
    /// Chooses what is due and takes its locks; returns the checks to run, in their order. Another round may have run some of
    /// it between reading and locking, so what was written meanwhile is read again.
    pub(crate) fn claim(&mut self, wanted: &Selection) -> Vec<Chosen<'c>> {
        let plan = plan::lock(self.due(wanted), &self.books.locks);
        let mut chosen = plan.chosen;
        plan.errors.into_iter().for_each(|error| self.fault(Fault::new(FaultKind::NotStored, error)));
        if let Some(memory) = self.books.read_again() {
            let events = std::mem::replace(&mut self.memory, memory).events;
            self.memory.events = events;
            chosen = self.still_due(chosen, wanted);
        }
        debug!(
            configured = self.context.config.checks.len(),
            runs = chosen.len(),
            busy = plan.busy.len(),
            "chose what is due"
        );
        let now = self.context.start.now;
        self.busy = plan.busy.into_iter().map(|busy| (busy.clone(), running::since(busy.pid, now))).collect();
        let hanging = &mut self.memory.private.hanging;
        self.ended = hanging.extract_if(.., |hanging| running::start(hanging.pid) != Some(hanging.start)).collect();
        self.chosen = chosen.iter().map(|chosen| (chosen.check.name.as_str(), chosen.clone())).collect();
        chosen
    }

    fn due(&self, wanted: &Selection) -> Vec<Chosen<'c>> {
        let context = self.context;
        plan::due(context.config, context.timings, &self.memory, wanted, context.start)
    }

    /// Returns those that are due by what was read again, and gives the locks of the others back.
    fn still_due(&self, locked: Vec<Chosen<'c>>, wanted: &Selection) -> Vec<Chosen<'c>> {
        let locked: BTreeSet<&str> = locked.iter().map(|chosen| chosen.check.name.as_str()).collect();
        let due = self.due(wanted).into_iter();
        let chosen: Vec<_> = due.filter(|chosen| locked.contains(chosen.check.name.as_str())).collect();
        let still: BTreeSet<&str> = chosen.iter().map(|chosen| chosen.check.name.as_str()).collect();
        locked.difference(&still).for_each(|name| self.books.locks.release(LockTarget::Check(name)));
        chosen
    }

    /// Shows checks that are new as pending: what has to be compiled first takes a while.
    pub(crate) fn announce(&mut self) {
        let context = self.context;
        if merge::is_new(&self.memory, context.config) {
            self.write(&mut |memory| {
                merge::appear(memory, context);
                Vec::new()
            });
        }
    }

    /// Ends what the commands of killed rounds left behind, and notes that this one has begun, if it runs any.
    pub(crate) fn begin(&mut self) -> Option<RunMarker> {
        let state = &self.context.config.paths.state;
        let broken = run_marker::broken_off(state);
        if !broken.is_empty() {
            end_orphans().into_iter().for_each(|fault| self.fault(fault));
            // One that stays there has the next round look again.
            broken.iter().for_each(|file| drop(std::fs::remove_file(file)));
        }
        let runs_commands = self.chosen.values().any(|chosen| !chosen.check.grants.commands.is_empty());
        if !runs_commands || self.books.store.is_none() {
            return None;
        }
        let noted = RunMarker::note(state);
        noted.map_err(|error| self.fault(Fault::new(FaultKind::NotStored, error.to_string()))).ok()
    }
}
