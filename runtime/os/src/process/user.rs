//! Accounts of the host, and becoming one of them for good.
#![expect(unsafe_code, reason = "no safe wrapper changes all ids of a process")]

use std::io;

use serde::{Deserialize, Serialize};

use rustix::process::{DumpableBehavior, geteuid, getppid};

use super::fork::die_with_parent;
use super::slot::{SLOTS, SlotRow};
use super::{account_files, name_service};

/// The uid of who reads and runs commands where the host has no account `run.user`: no account's, and in no row of workers.
pub const SUBSTITUTE: u32 = 60_719;

/// A user of the host with its groups, as numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub uid: u32,
    pub gid: u32,
    /// Supplementary groups.
    pub groups: Vec<u32>,
}

/// Reason why a name gives no account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("there is no account `{0}` on this host")]
    Missing(String),
    #[error("looking up the account `{0}`: {1}")]
    Lookup(String, io::Error),
    /// Its processes could signal those of runs.
    #[error(
        "the account `{name}` has the uid {uid}, which is one of the {} from {} on that are for runs of checks alone (run.worker_uid)",
        2 * SLOTS,
        row.0
    )]
    OfRuns { name: String, uid: u32, row: SlotRow },
}

const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";

impl Account {
    /// Returns a user that needs no entry in the account database and belongs to no other group.
    #[must_use]
    pub fn of_number(id: u32) -> Self {
        Self { uid: id, gid: id, groups: Vec::new() }
    }

    /// Looks up an account by name: in the host's own files, and where those do not name it, in what else the host asks
    /// (NSS). An account of the files has the groups of the files, so that a round neither waits for a directory server nor
    /// loads what speaks to one: a millisecond, and half a minute where that server does not answer.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn of_name(name: &str) -> Result<Self, AccountError> {
        if let Some(account) = Self::local(name) {
            return Ok(account);
        }
        let asked = Self::of_name_service(name).map_err(|error| AccountError::Lookup(name.to_owned(), error))?;
        asked.ok_or_else(|| AccountError::Missing(name.to_owned()))
    }

    /// Looks a name up in `/etc/passwd` and `/etc/group`; `None` if they do not have it, or cannot be read.
    #[must_use]
    pub fn local(name: &str) -> Option<Self> {
        let (uid, gid) = account_files::user(&std::fs::read(PASSWD).ok()?, name.as_bytes())?;
        let groups = account_files::groups(&std::fs::read(GROUP).ok()?, name.as_bytes(), gid);
        Some(Self { uid, gid, groups })
    }

    /// Returns the home directory that `/etc/passwd` has for a name.
    #[must_use]
    pub fn home(name: &str) -> Option<Vec<u8>> {
        account_files::home(&std::fs::read(PASSWD).ok()?, name.as_bytes())
    }

    fn of_name_service(name: &str) -> io::Result<Option<Self>> {
        if !account_files::can_be_asked_for(name) {
            return Ok(None);
        }
        let Some(passwd) = name_service::entry("passwd", name)? else { return Ok(None) };
        // Some servers do not mind case, and answer with the name as they have it.
        let as_there = passwd.split(|byte| *byte == b':').next().unwrap_or_default();
        let Some((uid, gid)) = account_files::user(&passwd, as_there) else { return Ok(None) };
        let mut groups = vec![gid];
        let others = name_service::entry("initgroups", name)?.unwrap_or_default();
        groups.extend(account_files::initgroups(&others).filter(|other| *other != gid));
        Ok(Some(Self { uid, gid, groups }))
    }

    /// Becomes this account for good: groups, gid and uid, real, effective and saved; root's capabilities go with
    /// them. What was armed by `die_with_parent` is armed again, as the change of user disarms it.
    ///
    /// # Errors
    /// EPERM where this process is not root; ESRCH where the parent died meanwhile. The process should then end.
    pub fn become_for_good(&self) -> io::Result<()> {
        let parent = getppid();
        // System calls, as libc's own first see to other threads, of which there are none: musl adds four to each.
        let same = |call: libc::c_long, id: u32| {
            // SAFETY: the call takes three numbers, and changes ids of this thread, which is the only one.
            unsafe { libc::syscall(call, id, id, id) == 0 }
        };
        // SAFETY: the pointer and the length are those of a slice; the call changes groups of this process only.
        let groups = unsafe { libc::syscall(libc::SYS_setgroups, self.groups.len(), self.groups.as_ptr()) == 0 };
        let changed = groups && same(libc::SYS_setresgid, self.gid) && same(libc::SYS_setresuid, self.uid);
        if !changed {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call takes a number and changes ids of this process only; it must fail.
        if self.uid != 0 && unsafe { libc::syscall(libc::SYS_setuid, 0) } == 0 {
            return Err(io::Error::other("root could be regained after the change of user"));
        }
        parent.map_or(Ok(()), die_with_parent)
    }

    /// Tells whether this process runs as this user already.
    #[must_use]
    pub fn is_current(&self) -> bool {
        geteuid().as_raw() == self.uid
    }
}

/// Returns the name of an account of `/etc/passwd`; `None` where that names none. No other source is asked.
#[must_use]
pub fn name_of(uid: u32) -> Option<String> {
    account_files::name(&std::fs::read(PASSWD).ok()?, uid)
}

/// Tries the change of user that a worker makes, with that of its groups, and takes it back: root may lack the
/// capabilities (a container, a unit), or the number may not exist in its user namespace. Only the effective ids change
/// meanwhile, so that nobody of that uid can signal this process.
///
/// # Errors
/// The kernel's error: EPERM without CAP_SETUID or CAP_SETGID, EINVAL if it does not know the number.
pub fn try_to_become(id: u32) -> io::Result<()> {
    const SAME: libc::uid_t = libc::uid_t::MAX;
    let groups = rustix::process::getgroups()?;
    rustix::thread::set_thread_groups(&groups)?;
    let (uid, gid) = (geteuid().as_raw(), rustix::process::getegid().as_raw());
    let change = |call: libc::c_long, id: u32| {
        // SAFETY: the call takes three numbers, and changes ids of this thread, which is the only one.
        if unsafe { libc::syscall(call, SAME, id, SAME) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    };
    change(libc::SYS_setresgid, id)?;
    let changed = change(libc::SYS_setresuid, id).and_then(|()| change(libc::SYS_setresuid, uid));
    // Root again, so that the group can be.
    let restored = change(libc::SYS_setresgid, gid);
    // The kernel takes this from whoever changes ids.
    rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    changed.and(restored)
}

/// Returns the number of a group of `/etc/group`; nothing where there is none of that name. No other source is asked.
///
/// # Errors
/// The file cannot be read.
pub fn local_group(name: &str) -> io::Result<Option<u32>> {
    Ok(account_files::group(&std::fs::read(GROUP)?, name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_found_and_a_stranger_is_not() {
        let root = Account::of_name("root").unwrap();
        assert_eq!((root.uid, root.gid), (0, 0));
        assert!(matches!(Account::of_name("no-such-account"), Err(AccountError::Missing(_))));
        assert!(matches!(Account::of_name("a\0b"), Err(AccountError::Missing(_))));
        assert_eq!(local_group("root").unwrap(), Some(0));
        assert_eq!(local_group("no-such-group").unwrap(), None);
        assert_eq!((name_of(0).as_deref(), name_of(4_294_967_290)), (Some("root"), None));
    }

    #[test]
    fn a_change_of_user_that_is_tried_leaves_no_trace() {
        let status = || {
            let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
            let of =
                |line: &&str| ["Uid:", "Gid:", "Groups:", "CapEff:", "CapPrm:"].iter().any(|key| line.starts_with(key));
            status.lines().filter(of).map(str::to_owned).collect::<Vec<_>>()
        };
        let before = status();
        try_to_become(60_600).unwrap();
        assert_eq!(status(), before);
    }

    #[test]
    fn the_files_of_the_host_say_what_its_name_service_says() {
        let passwd = std::fs::read_to_string(PASSWD).unwrap();
        for name in passwd.lines().filter_map(|line| line.split(':').next()) {
            let [mut local, mut asked] =
                [Account::of_name(name).unwrap(), Account::of_name_service(name).unwrap().unwrap()];
            local.groups.sort_unstable();
            asked.groups.sort_unstable();
            assert_eq!(local, asked, "{name}");
        }
        assert_eq!(Account::of_name_service("no-such-account").unwrap(), None);
    }
}
