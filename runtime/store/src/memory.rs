//! Memory of a round: what it knows of the rounds before.

use super::private::Private;
use super::results::Results;
use super::unknown::Unknown;
use roundsman_verdict::history::Event;
use roundsman_verdict::history::difference::HardStatuses;

/// Memory of all rounds: the last outcome of every check, and the part that only root reads.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    pub results: Results,
    pub private: Private,
    /// What else the history is to hold, besides the changes that are found by comparing: each is noted with the next write.
    pub events: Vec<Event>,
    /// Hard statuses that the state has which was last read or written: those that differ by the next write are changes.
    pub(super) known: HardStatuses,
    /// First lines of the two files that held it; `None` where none did, or not any more.
    pub(super) held_by: Option<[String; 2]>,
    /// What another version stored in each of them.
    pub(super) unknown: [Unknown; 2],
}

impl Memory {
    /// Puts back what is counted of checks whose outcomes are lost. Where both files are whole they say the same.
    pub(super) fn restore(&mut self) {
        for (name, record) in std::mem::take(&mut self.private.records) {
            self.results.checks.entry(name).or_insert_with_key(|name| record.without_outcome(name));
        }
        self.known = HardStatuses::of(&self.results.checks);
    }
}
