//! Everything that a round reads and locks before it begins: the state of the last one, and its own locks.

use std::path::Path;

use roundsman_config::Config;
use roundsman_store::locks::Locks;
use roundsman_store::memory::Memory;
use roundsman_store::state::{Stamp, Store};

use super::not_stored;
use crate::round::fault::{Fault, FaultKind};

/// State directory and locks of a round.
#[derive(Debug)]
pub struct Books {
    /// `None` where the state cannot be kept; the outcomes are shown all the same.
    pub store: Option<Store>,
    pub locks: Locks,
    /// Stamp of what was read, taken before it was: what another round writes from then on is seen.
    pub stamp: Option<Stamp>,
}

impl Books {
    /// Opens state and locks, and returns what is remembered.
    #[must_use]
    pub fn open(config: &Config, faults: &mut Vec<Fault>) -> (Self, Memory) {
        let store = Store::open(&config.paths.state)
            .map(|store| store.with_history(config.history))
            .map_err(|error| faults.push(not_stored(&error)))
            .ok();
        let locks = open_locks(store.as_ref(), &config.paths.state, faults);
        let stamp = store.as_ref().and_then(Store::stamp);
        let memory = read(store.as_ref(), faults);
        (Self { store, locks, stamp }, memory)
    }

    /// Reads what another round wrote since [`Books::open`]; `None` if none did.
    #[must_use]
    pub(super) fn read_again(&self) -> Option<Memory> {
        let is_same = self.stamp == self.store.as_ref().and_then(Store::stamp);
        (!is_same).then(|| read(self.store.as_ref(), &mut Vec::new()))
    }
}

/// Reads what is remembered: nothing, where that cannot be read.
fn read(store: Option<&Store>, faults: &mut Vec<Fault>) -> Memory {
    match store.map(Store::read) {
        Some(Ok((memory, damage))) => {
            faults.extend(damage.into_iter().map(Fault::mended));
            memory
        }
        Some(Err(error)) => {
            faults.push(not_stored(&error));
            Memory::default()
        }
        None => Memory::default(),
    }
}

/// Without them checks are run all the same: a check too often is better than none.
fn open_locks(store: Option<&Store>, directory: &Path, faults: &mut Vec<Fault>) -> Locks {
    let opened = store.map(|_| Locks::open(directory)).transpose();
    let opened = opened.map_err(|error| faults.push(Fault::new(FaultKind::NotStored, error.to_string())));
    opened.ok().flatten().unwrap_or_else(Locks::apart)
}
