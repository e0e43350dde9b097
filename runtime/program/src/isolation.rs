//! Users and layers of the processes of a round; decided once, before the first fork.

use std::io;

use tracing::debug;

use roundsman_config::{DEFAULT_USER, Layer, RunSettings};
use roundsman_os::process::required_syscalls::missing_calls;
use roundsman_os::process::rights::may_signal_all;
use roundsman_os::process::slot::{DIRECTORY, SlotRow, Slots};
use roundsman_os::process::user::{Account, AccountError, SUBSTITUTE, try_to_become};
use roundsman_os::safe_path::{self, OwnerRule, SafePathError};
use roundsman_sandbox::worker::executable_memory;
use roundsman_sandbox::worker::lockdown::{Layers, available};
use roundsman_store::error::StoreError;
use roundsman_store::state::Store;

/// Users of a round's processes, and the layers that lock them.
#[derive(Debug)]
pub struct Isolation {
    pub layers: Layers,
    /// The uid layer; `None` where the round was not started as root.
    pub users: Option<Users>,
    /// Whether it was started as root, which may not change users here.
    pub is_bound_root: bool,
}

/// The users of a round that was started as root.
#[derive(Debug)]
pub struct Users {
    pub slots: Slots,
    /// Reads and commands, unless a grant names another; nothing for the caller, of a component by itself.
    pub default: Option<Account>,
}

/// Reason why a round may not start.
#[derive(Debug, thiserror::Error)]
pub enum IsolationError {
    #[error(
        "the layer `{}` is missing and required (run.require; as root seccomp and uid by default): {}",
        word(*.0),
        remedy(*.0)
    )]
    Missing(Layer),
    #[error("this host lacks or forbids {}: {CALLS_REMEDY}", .0.join(", "))]
    Calls(Vec<&'static str>),
    #[error("cannot make code executable: {0}; {CODE_REMEDY}")]
    Code(io::Error),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("nothing is run: {0}")]
    State(StoreError),
    #[error("no uid for a run can be had: {0}; mount a file system there that root can write, and nobody else")]
    Uids(io::Error),
    /// Others could take the locks of uids.
    #[error("nothing is run: {0}")]
    Locks(SafePathError),
}

/// Remedy for missing system calls.
pub(crate) const CALLS_REMEDY: &str =
    "Linux 5.14 or newer is needed, and in a container a seccomp profile that allows them";
/// Remedy if memory that was written cannot become executable.
pub(crate) const CODE_REMEDY: &str =
    "allow it: `execmem` in the SELinux policy, no `MemoryDenyWriteExecute=` in a systemd unit";

/// Returns the layer as `run.require` calls it.
#[must_use]
pub fn word(layer: Layer) -> &'static str {
    match layer {
        Layer::Seccomp => "seccomp",
        Layer::Uid => "uid",
        Layer::Landlock => "landlock",
    }
}

/// Returns the remedy for a missing layer.
#[must_use]
pub(crate) fn remedy(layer: Layer) -> &'static str {
    match layer {
        Layer::Seccomp => "use a kernel with CONFIG_SECCOMP_FILTER, and let /proc be mounted",
        Layer::Uid => {
            "start as root, with CAP_SETUID, CAP_SETGID and CAP_KILL: `--cap-add` in a container, `CapabilityBoundingSet=` in a unit"
        }
        Layer::Landlock => "use Linux 5.13 or newer, with `landlock` in the boot parameter `lsm=`",
    }
}

/// Returns the layers without which a round may not start.
#[must_use]
pub(crate) fn required(run: &RunSettings, is_root: bool) -> &[Layer] {
    let by_default: &[Layer] = if is_root { &[Layer::Seccomp, Layer::Uid] } else { &[] };
    run.require.as_deref().unwrap_or(by_default)
}

/// Returns the account `run.user`. The name that it has where nobody writes one is looked for on the host alone, where
/// `useradd` or a package makes it: a directory server would be asked by each round of a host that has none.
///
/// # Errors
/// [`AccountError`].
pub(crate) fn default_account(run: &RunSettings) -> Result<Account, AccountError> {
    if run.user == DEFAULT_USER {
        let local = Account::local(DEFAULT_USER).ok_or_else(|| AccountError::Missing(run.user.clone()))?;
        return SlotRow(run.worker_uid).beside(DEFAULT_USER, local);
    }
    SlotRow(run.worker_uid).account_beside(&run.user)
}

impl Isolation {
    /// Looks at what this host offers. `state` is the directory of the state.
    ///
    /// # Errors
    /// A layer that is `required` is missing, a system call is, code cannot be made executable, or the accounts cannot
    /// be had.
    pub fn decide(run: &RunSettings, state: &std::path::Path) -> Result<Self, IsolationError> {
        let root = rustix::process::geteuid().is_root();
        let layers = available();
        let changes_user = changes_user(run);
        match required(run, root).iter().find(|layer| !is_there(**layer, layers, changes_user)) {
            Some(layer) => return Err(IsolationError::Missing(*layer)),
            None => able_to_work()?,
        }
        let users = if changes_user { Some(Users::of(run, state)?) } else { None };
        let reads_as = users.as_ref().and_then(|users| users.default.as_ref()).map(|account| account.uid);
        debug!(?layers, ?reads_as, "decided on isolation");
        Ok(Self { layers, is_bound_root: root && users.is_none(), users })
    }
}

/// Tells whether a worker can be given a uid of its own, and be killed then: that takes root, and not every root may.
#[must_use]
pub(crate) fn changes_user(run: &RunSettings) -> bool {
    rustix::process::geteuid().is_root() && may_signal_all() && try_to_become(run.worker_uid).is_ok()
}

/// Tells whether this host has the layer, for a round that can change users or not.
#[must_use]
pub(crate) fn is_there(layer: Layer, layers: Layers, changes_user: bool) -> bool {
    match layer {
        Layer::Seccomp => layers.seccomp,
        Layer::Landlock => layers.landlock,
        Layer::Uid => changes_user,
    }
}

/// Checks for what every worker needs.
fn able_to_work() -> Result<(), IsolationError> {
    let missing = missing_calls();
    if !missing.is_empty() {
        return Err(IsolationError::Calls(missing));
    }
    executable_memory().map_err(IsolationError::Code)
}

impl Isolation {
    /// Lists the layers that are missing and were not required, and what that means.
    #[must_use]
    pub(crate) fn missing(&self) -> Vec<String> {
        // Not started as root is no fault of the host: `doctor` says what it means.
        [Layer::Seccomp, Layer::Landlock, Layer::Uid]
            .into_iter()
            .filter(|layer| !is_there(*layer, self.layers, !self.is_bound_root))
            .map(|layer| format!("the layer `{}` is missing: {}; {}", word(layer), meaning(layer), remedy(layer)))
            .collect()
    }
}

/// Returns what the absence of a layer means.
#[must_use]
pub(crate) fn meaning(layer: Layer) -> &'static str {
    match layer {
        Layer::Seccomp => "a worker that was taken over may make any system call",
        Layer::Uid => "a worker that was taken over has the rights of the user that starts",
        Layer::Landlock => "one layer less between a worker that was taken over and the file system",
    }
}

impl Users {
    fn of(run: &RunSettings, state: &std::path::Path) -> Result<Self, IsolationError> {
        let default = match default_account(run) {
            Err(AccountError::Missing(_)) => Account::of_number(SUBSTITUTE),
            found => found?,
        };
        // The directory has the store's mode, whoever comes first; where others may write, no lock of ours would hold.
        Store::open(state).map_err(IsolationError::State)?;
        let directory = std::path::Path::new(DIRECTORY);
        let slots =
            Slots::in_directory(directory, SlotRow(run.worker_uid), run.parallel).map_err(IsolationError::Uids)?;
        safe_path::directory(directory, OwnerRule::OwnedBy(0)).map_err(IsolationError::Locks)?;
        Ok(Self { slots, default: Some(default) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn isolation(seccomp: bool, landlock: bool) -> Isolation {
        Isolation { layers: Layers { seccomp, landlock }, users: None, is_bound_root: false }
    }

    #[test]
    fn each_missing_layer_is_a_fault_that_says_what_it_means_and_what_mends_it() {
        let messages = |isolation: Isolation| isolation.missing();
        assert!(messages(isolation(true, true)).is_empty());
        assert_eq!(
            messages(isolation(false, false)),
            [
                "the layer `seccomp` is missing: a worker that was taken over may make any system call; use a kernel with \
                 CONFIG_SECCOMP_FILTER, and let /proc be mounted",
                "the layer `landlock` is missing: one layer less between a worker that was taken over and the file system; \
                 use Linux 5.13 or newer, with `landlock` in the boot parameter `lsm=`",
            ]
        );
    }

    #[test]
    fn root_that_may_not_change_users_is_a_fault_where_that_is_not_required() {
        let bound = Isolation { is_bound_root: true, ..isolation(true, true) };
        let [message] = &bound.missing()[..] else { panic!("one message") };
        assert!(message.starts_with("the layer `uid` is missing: ") && message.contains("CAP_SETUID"), "{message}");
    }

    #[test]
    fn root_requires_seccomp_and_its_own_uids_unless_told_otherwise() {
        let config = roundsman_config::defaults(&roundsman_config::Places::system());
        assert_eq!(required(&config.run, true), [Layer::Seccomp, Layer::Uid]);
        assert!(required(&config.run, false).is_empty());
        let run = RunSettings { require: Some(vec![Layer::Landlock]), ..config.run };
        assert_eq!(required(&run, true), [Layer::Landlock]);
    }
}
