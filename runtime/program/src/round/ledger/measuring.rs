//! Measurements of the runs of one write, kept for receivers of values where there are any.

use std::io;

use jiff::Timestamp;

use roundsman_config::{Config, RESERVED, ReceiverFormat};
use roundsman_store::memory::Memory;
use roundsman_store::values;
use roundsman_verdict::delivery::measured::Measured;
use roundsman_verdict::judge::Verdict;

/// Outcomes on their way to the values that are kept.
pub struct Measuring<'m> {
    /// `None` where nobody wants values.
    config: Option<&'m Config>,
    outcomes: Vec<Measured>,
    /// Start of the last round that the runtime has said something of.
    itself: Option<Timestamp>,
}

impl<'m> Measuring<'m> {
    /// Begins before a write changes what is remembered.
    pub(crate) fn begin(config: &'m Config, memory: &Memory) -> Self {
        let wanted = config.receivers.iter().any(|receiver| matches!(receiver.format, ReceiverFormat::Values(_)));
        Self { config: wanted.then_some(config), outcomes: Vec::new(), itself: started(memory) }
    }

    /// Returns what a check said before this write; `None` where nobody asks for that.
    pub fn before(&self, check: &str, memory: &Memory) -> Option<Verdict> {
        self.config?;
        memory.results.checks.get(check).map(|check_status| check_status.verdict.clone())
    }

    /// Takes the outcome of a run.
    pub(crate) fn take(&mut self, verdict: &Verdict, before: Option<&Verdict>) {
        if self.config.is_some() {
            self.outcomes.extend(Measured::of(verdict, before));
        }
    }

    /// Keeps all of them, and what the runtime says of itself, once a round.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn keep(mut self, memory: &Memory) -> io::Result<()> {
        let Some(config) = self.config else { return Ok(()) };
        if started(memory) != self.itself
            && let Some(check_status) = memory.results.checks.get(RESERVED)
        {
            self.outcomes.extend(Measured::of(&check_status.verdict, None));
        }
        values::append(&config.paths.state, &self.outcomes, config.delivery.keep)
    }
}

fn started(memory: &Memory) -> Option<Timestamp> {
    memory.results.checks.get(RESERVED)?.verdict.started
}
