//! Limits of what runs at a time on this host, over all its rounds: seats of the host and of groups, each a lock.

use std::collections::BTreeMap;

use roundsman_store::locks::{LockTarget, Locks, TakenLock};

/// Seats of the host and of groups, each a lock.
#[derive(Debug, Clone, Copy)]
pub struct Concurrency<'s> {
    pub locks: &'s Locks,
    /// Tasks at a time.
    pub parallel: usize,
    pub groups: &'s BTreeMap<String, usize>,
}

/// A seat that is taken as long as this lives.
#[derive(Debug)]
pub struct Seat<'s> {
    locks: &'s Locks,
    of: LockTarget<'s>,
}

impl<'s> Concurrency<'s> {
    /// Returns a seat for one task, if one is free.
    #[must_use]
    pub(crate) fn host(&self) -> Option<Seat<'s>> {
        self.first((0..self.parallel).map(LockTarget::Host))
    }

    /// Returns a seat for one check of a group, if one is free. A group that has no cap has room for all.
    #[must_use]
    pub(crate) fn group(&self, name: &str) -> Room<'s> {
        let Some((name, seats)) = self.groups.get_key_value(name) else { return Room::Unbounded };
        self.first((0..*seats).map(|seat| LockTarget::Group(name, seat))).map_or(Room::Full, Room::Seat)
    }

    /// Returns a seat for one compilation, if one is free: all of them together leave one to checks.
    #[must_use]
    pub(crate) fn compiling(&self) -> Room<'s> {
        let seats = self.parallel.saturating_sub(1).max(1);
        self.first((0..seats).map(LockTarget::Compile)).map_or(Room::Full, Room::Seat)
    }

    fn first(&self, mut seats: impl Iterator<Item = LockTarget<'s>>) -> Option<Seat<'s>> {
        // A lock that cannot be had for another reason bounds nothing: the check is run rather than not.
        let free = |seat: &LockTarget<'s>| !matches!(self.locks.take(*seat), Ok(TakenLock::By(_)));
        seats.find(free).map(|of| Seat { locks: self.locks, of })
    }
}

/// Room in a group for one more of its checks, or on the host for one more compilation.
#[derive(Debug)]
pub enum Room<'s> {
    Unbounded,
    Seat(Seat<'s>),
    Full,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.locks.release(self.of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_taken_than_there_are() {
        let locks = Locks::apart();
        let groups = BTreeMap::from([("san".to_owned(), 1)]);
        let concurrency = Concurrency { locks: &locks, parallel: 2, groups: &groups };
        let (first, second) = (concurrency.host(), concurrency.host());
        assert!(first.is_some() && second.is_some() && concurrency.host().is_none());
        drop(first);
        assert!(concurrency.host().is_some());
        let san = concurrency.group("san");
        assert!(matches!(san, Room::Seat(_)) && matches!(concurrency.group("san"), Room::Full));
        drop(san);
        assert!(matches!(concurrency.group("san"), Room::Seat(_)));
        assert!(matches!(concurrency.group("other"), Room::Unbounded));
    }

    #[test]
    fn compilations_leave_a_seat_to_checks_where_there_are_two() {
        let (locks, groups) = (Locks::apart(), BTreeMap::new());
        for (parallel, compiling) in [(1, 1), (2, 1), (4, 3)] {
            let concurrency = Concurrency { locks: &locks, parallel, groups: &groups };
            let taken: Vec<_> = std::iter::repeat_with(|| concurrency.compiling())
                .take_while(|room| matches!(room, Room::Seat(_)))
                .collect();
            assert_eq!(taken.len(), compiling);
        }
    }
}
