//! Which step may begin: seats of the host, of groups and of compilations.

use super::{Flow, Step};
use crate::round::carried::Goal;
use crate::round::seats::{Room, Seat};

/// The seats of one step, given back when it has ended.
pub(super) struct Seated<'t> {
    _host: Seat<'t>,
    /// Of its group, or among those that compile.
    _other: Room<'t>,
}

impl<'t> Flow<'t> {
    /// The first step that there is room for: a full group holds up none but its own.
    pub(super) fn seat(&self) -> Option<(usize, Seated<'t>)> {
        let host = self.terms.seats.host()?;
        let (at, other) = self.queue.iter().enumerate().find_map(|(at, step)| match self.room(*step) {
            Room::Full => None,
            room => Some((at, room)),
        })?;
        Some((at, Seated { _host: host, _other: other }))
    }

    fn room(&self, step: Step) -> Room<'t> {
        match step {
            Step::Ask(number) if self.goal == Goal::Run => match &self.subjects[number].group {
                Some(group) => self.terms.seats.group(group),
                None => Room::Unbounded,
            },
            // Code is opened when one of its checks can run: descriptors grow with `parallel`, not with checks.
            Step::Load(number) => {
                let mut rooms = self.components[number].subjects.iter().map(|subject| self.room(Step::Ask(*subject)));
                if rooms.any(|room| !matches!(room, Room::Full)) { Room::Unbounded } else { Room::Full }
            }
            Step::Compile(_) => self.terms.seats.compiling(),
            Step::Ask(_) | Step::Describe(_) => Room::Unbounded,
        }
    }
}
