//! Outcome of one check that was asked.

use std::rc::Rc;
use std::time::Duration;

use super::fault::Fault;
use roundsman_contract::calls::seen::CallEvent;
use roundsman_contract::report::{Failure, Trace, Usage};
use roundsman_contract::{Descriptor, Outcome};
use roundsman_sandbox::worker::ExportAnswer;
use roundsman_verdict::judge::ComponentId;

/// Question to all checks of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    Describe,
    Validate,
    Run,
}

/// A component that has described itself.
#[derive(Debug, Clone)]
pub struct ComponentState {
    pub descriptor: Rc<Descriptor>,
    pub id: Rc<ComponentId>,
    /// Of the `.wasm`, in bytes.
    pub size: u64,
    /// Names of interfaces with their versions.
    pub imports: Vec<String>,
}

/// One check, asked.
#[derive(Debug, Clone)]
pub struct RunOutcome {
    pub name: String,
    /// `None` where it did not come so far.
    pub component: Option<ComponentState>,
    pub result: Result<Answered, Failure>,
    pub trace: Trace,
    pub usage: Usage,
    pub started: jiff::Timestamp,
    pub duration: Duration,
}

impl RunOutcome {
    /// Returns the outcome of the run; `None` where it was not begun.
    #[must_use]
    pub(crate) fn outcome(&self) -> Option<Result<Outcome, Failure>> {
        match &self.result {
            Ok(Answered::Said(ExportAnswer::Outcome(outcome))) => Some(Ok(outcome.clone())),
            Ok(_) => None,
            Err(failure) => Some(Err(failure.clone().without_stack())),
        }
    }
}

/// Answer of a check.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    Said(ExportAnswer),
    /// A path of `only_if` is absent.
    NotApplicable,
    /// It was not begun, or not ended, before the round had to end: it stays due.
    NotReached,
}

/// Receiver of the result of each check.
pub trait Sink {
    /// A check that has ended; each comes once.
    fn take(&mut self, outcome: RunOutcome);

    /// A call of a check that tells of each, as it happens.
    fn seen(&mut self, _call: &CallEvent) {}

    /// Something went wrong besides the checks, and is mended. Without a log there is nobody to tell.
    fn mended(&mut self, _fault: Fault) {}

    /// Tells when [`Sink::wake`] is to be called, if nothing else happens before.
    fn wakes_at(&self) -> Option<std::time::Instant> {
        None
    }

    /// Its time has come.
    fn wake(&mut self) {}
}

/// Keeps all of them.
impl Sink for Vec<RunOutcome> {
    fn take(&mut self, outcome: RunOutcome) {
        self.push(outcome);
    }
}
