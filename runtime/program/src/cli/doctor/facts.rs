//! Facts about this host, as they are found: nothing is judged here.

use std::path::{Path, PathBuf};

use super::starts::Starts;
use crate::isolation::{changes_user, default_account, required};
use roundsman_config::{Config, Layer, Places};
use roundsman_os::process::errno;
use roundsman_os::process::required_syscalls::missing_calls;
use roundsman_os::process::slot;
use roundsman_os::process::user::{Account, AccountError};
use roundsman_os::safe_path::{self, OwnerRule, SafePathError};
use roundsman_sandbox::worker::executable_memory;
use roundsman_sandbox::worker::lockdown::{Layers, available, landlock_version};
use roundsman_store::log::other_than_a_file;
use roundsman_store::usable::{Usable, usable};

/// Settings of the kernel, proc_sys_fs(5), against links that users put in the way of root.
pub(super) const LINKS: [&str; 2] = ["protected_hardlinks", "protected_symlinks"];

/// The directory of the locks of uids.
pub(super) const UIDS: &str = "uids";

/// Facts about a host.
#[derive(Debug)]
pub(super) struct HostFacts {
    pub(super) uid: u32,
    /// As `uname -r` has it.
    pub(super) kernel: String,
    pub(super) layers: Layers,
    /// Whether workers can be given a uid of their own.
    pub(super) changes_user: bool,
    pub(super) landlock: Option<u8>,
    /// Those that a round must have.
    pub(super) required: Vec<Layer>,
    pub(super) first_worker: u32,
    /// `run.user`, looked up.
    pub(super) user: (String, Result<Account, AccountError>),
    pub(super) missing_calls: Vec<&'static str>,
    /// The name of the error.
    pub(super) code: Result<(), String>,
    /// Those of [`LINKS`] that are switched off.
    pub(super) unprotected: Vec<&'static str>,
    pub(super) directories: Vec<Directory>,
    /// The log, where something else than a file is in its place.
    pub(super) log: Option<(PathBuf, &'static str)>,
    /// Who starts rounds of the system's configuration; another has a line of its own, which is not looked for.
    pub(super) starts: Option<Starts>,
}

#[derive(Debug)]
pub(super) struct Directory {
    pub(super) name: &'static str,
    pub(super) path: PathBuf,
    pub(super) usable: Usable,
    /// Whether a round makes it where it is missing.
    pub(super) is_made: bool,
    /// Why nothing is kept there: others could forge it.
    pub(super) forgeable: Option<SafePathError>,
    /// Whether nothing in it can be executed where it lies.
    pub(super) noexec: bool,
}

/// Looks at everything that a finding is about.
pub(super) fn look(uid: u32, config: &Config, places: &Places) -> HostFacts {
    let directory = |name, path: &Path, is_made| Directory {
        name,
        path: path.to_owned(),
        usable: usable(path),
        is_made,
        forgeable: is_made.then(|| forgeable(path, uid)).flatten(),
        noexec: noexec(path),
    };
    let log = config.log.file.parent().unwrap_or(Path::new("/"));
    HostFacts {
        uid,
        kernel: rustix::system::uname().release().to_string_lossy().into_owned(),
        layers: available(),
        landlock: landlock_version(),
        changes_user: changes_user(&config.run),
        required: required(&config.run, uid == 0).to_vec(),
        first_worker: config.run.worker_uid,
        user: (config.run.user.clone(), default_account(&config.run)),
        missing_calls: missing_calls(),
        code: executable_memory().map_err(|error| errno::name_of(&error)),
        unprotected: LINKS.into_iter().filter(|name| is_off(name)).collect(),
        log: other_than_a_file(&config.log.file).map(|what| (config.log.file.clone(), what)),
        directories: [
            (uid == 0).then(|| directory(UIDS, Path::new(slot::DIRECTORY), true)),
            Some(directory("state", &config.paths.state, true)),
            Some(directory("cache", &config.paths.cache, true)),
            Some(directory("log", log, false)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        starts: (uid == 0 && places.main == Places::system().main).then(|| Starts::look(Path::new("/"))),
    }
}

/// Returns why others could write to an existing directory, by the rule that rounds apply; `None` if they cannot.
fn forgeable(directory: &Path, uid: u32) -> Option<SafePathError> {
    let judged = safe_path::directory(directory, OwnerRule::OwnedBy(uid)).err();
    judged.filter(|error| matches!(error, SafePathError::Owner { .. } | SafePathError::Writable { .. }))
}

/// Tells whether the file system of an existing directory is mounted noexec.
fn noexec(directory: &Path) -> bool {
    let flags = rustix::fs::statvfs(directory).map(|stat| stat.f_flag);
    flags.is_ok_and(|flags| flags.contains(rustix::fs::StatVfsMountFlags::NOEXEC))
}

/// A host that does not say counts as one that has them on: there is nothing to switch.
fn is_off(name: &str) -> bool {
    std::fs::read_to_string(format!("/proc/sys/fs/{name}")).is_ok_and(|value| value.trim() == "0")
}
