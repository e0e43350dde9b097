//! Seats of the host, of groups and of compilations: they decide which step may begin.

use std::collections::BTreeSet;

use super::{Executor, Step};
use crate::round::concurrency::{Room, Seat};
use crate::round::run_outcome::Goal;

/// The seats of one step, given back when it has ended.
pub(super) struct Seated<'t> {
    _host: Seat<'t>,
    /// Of its group, or among those that compile.
    _other: Room<'t>,
}

impl<'t> Executor<'t> {
    /// Returns the first step that there is room for: a full group holds up none but its own.
    pub(super) fn seat(&self) -> Option<(usize, Seated<'t>)> {
        let host = self.context.concurrency.host()?;
        let mut full = BTreeSet::new();
        let (at, other) = self.queue.iter().enumerate().find_map(|(at, step)| match self.room(*step, &mut full) {
            Room::Full => None,
            room => Some((at, room)),
        })?;
        Some((at, Seated { _host: host, _other: other }))
    }

    /// A group of which thousands wait is asked for a seat once: `full` are those that had none.
    fn room<'f>(&'f self, step: Step, full: &mut BTreeSet<&'f str>) -> Room<'t> {
        match step {
            Step::Ask(number) if self.goal == Goal::Run => match &self.subjects[number].group {
                Some(group) if full.contains(group.as_str()) => Room::Full,
                Some(group) => {
                    let room = self.context.concurrency.group(group);
                    if matches!(room, Room::Full) {
                        full.insert(group);
                    }
                    room
                }
                None => Room::Unbounded,
            },
            // Code is opened when one of its checks can run: descriptors grow with `parallel`, not with checks.
            Step::Load(number) => {
                let subjects = self.components[number].subjects.iter();
                let mut rooms = subjects.map(|subject| self.room(Step::Ask(*subject), full));
                if rooms.any(|room| !matches!(room, Room::Full)) { Room::Unbounded } else { Room::Full }
            }
            Step::Compile(_) => self.context.concurrency.compiling(),
            Step::Ask(_) | Step::Describe(_) => Room::Unbounded,
        }
    }
}
