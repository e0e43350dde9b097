//! Which users and layers the processes of a round get; decided once, before the first fork.

use std::io;

use crate::config::{Layer, RunSettings};
use crate::process::slot::{Slot, Slots};
use crate::process::user::{Account, AccountError};
use crate::worker::engine::Layout;
use crate::worker::lockdown::{Layers, available};

/// Who a round's processes are, and what they are locked with.
#[derive(Debug)]
pub struct Isolation {
    pub layout: Layout,
    pub layers: Layers,
    /// The uid layer; nothing where the round was not started as root.
    pub users: Option<Users>,
}

/// The users of a round that was started as root.
#[derive(Debug)]
pub struct Users {
    pub slots: Slots,
    /// The uid of slot 0.
    pub first_worker: u32,
    /// Reads and commands, unless a grant names another; nothing for the caller, of a component by itself.
    pub default: Option<Account>,
}

/// Why a round may not start.
#[derive(Debug, thiserror::Error)]
pub enum IsolationError {
    #[error("the layer `{0}` is missing on this host, and `run.require` names it")]
    Missing(&'static str),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("making the directory of the workers' slots: {0}")]
    Slots(io::Error),
}

impl Isolation {
    /// Looks at what this host offers. `state` is the directory of the state.
    ///
    /// # Errors
    /// A layer that `run.require` names is missing (by default, as root: seccomp), or the accounts cannot be had.
    pub fn decide(run: &RunSettings, state: &std::path::Path) -> Result<Self, IsolationError> {
        let root = rustix::process::geteuid().is_root();
        let layers = available();
        let by_default: &[Layer] = if root { &[Layer::Seccomp, Layer::Uid] } else { &[] };
        for layer in run.require.as_deref().unwrap_or(by_default) {
            match layer {
                Layer::Seccomp if !layers.seccomp => return Err(IsolationError::Missing("seccomp")),
                Layer::Landlock if !layers.landlock => return Err(IsolationError::Missing("landlock")),
                Layer::Uid if !root => return Err(IsolationError::Missing("uid")),
                _ => {}
            }
        }
        let users = if root { Some(Users::of(run, state)?) } else { None };
        Ok(Self { layout: Layout::of_this_process(), layers, users })
    }
}

impl Isolation {
    /// What is missing and was not required, and what that means.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let seccomp = "this kernel has no seccomp filters: a worker may make any system call";
        let landlock = "this kernel has no Landlock: one layer less around each worker";
        let missing = [(self.layers.seccomp, seccomp), (self.layers.landlock, landlock)];
        missing.into_iter().filter(|(there, _)| !there).map(|(_, what)| what).collect()
    }
}

impl Users {
    /// The user of one worker: no account of the host, no groups, and nobody else's as long as the slot is held.
    #[must_use]
    pub fn worker(&self, slot: &Slot) -> Account {
        Account::of_number(self.first_worker + slot.number)
    }

    fn of(run: &RunSettings, state: &std::path::Path) -> Result<Self, IsolationError> {
        let default = match Account::of_name(&run.user) {
            // A host without the account is safe all the same: a uid of nobody else.
            Err(AccountError::Missing(_)) => Account::of_number(run.worker_uid - 1),
            found => found?,
        };
        let slots = Slots::below(state).map_err(IsolationError::Slots)?;
        Ok(Self { slots, first_worker: run.worker_uid, default: Some(default) })
    }
}
