//! Events of the controller's log, and which of them are new.

use roundsman_sdk::{Error, log, state};

/// An event by its number, which grows until the log is cleared.
#[derive(Clone)]
pub struct Event {
    pub id: u64,
    pub text: String,
    /// Whether the event is harmless.
    pub nominal: bool,
}

/// The key of the last event that a run has seen.
const LAST: &str = "last_event";

/// Returns those events that the run before did not see, and keeps the last one. In the first run none is new.
pub fn new(log: &[Event]) -> Result<Vec<Event>, Error> {
    let before = match state::get_json::<u64>(LAST) {
        Ok(before) => before,
        Err(error) => {
            log::warning(&format!("which events are new is not known in this run: {error}"));
            None
        }
    };
    let last = log.iter().map(|it| it.id).max().unwrap_or(0);
    state::set_json(LAST, &last)?;
    let Some(before) = before else { return Ok(Vec::new()) };
    // A log that was cleared begins anew.
    let from = if last < before { 0 } else { before };
    Ok(log.iter().filter(|it| it.id > from).cloned().collect())
}
