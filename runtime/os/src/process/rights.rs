//! Rights that a process keeps that was root, and acting as one user while being another.
#![expect(unsafe_code, reason = "the change of user of a whole process is libc's alone")]

use std::io;

use rustix::process::getppid;
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities, set_keep_capabilities};

use super::fork::die_with_parent;
use super::user::Account;

/// A right of capabilities(7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    SetUid,
    SetGid,
    Kill,
}

/// Ids of a process: real, effective and saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    pub uids: [u32; 3],
    pub gids: [u32; 3],
}

/// Returns the ids of a process that acts as this account, see [`act_as`].
#[must_use]
pub fn ids_of(account: &Account, own: u32) -> Ids {
    // The kernel lets look at the processes of the account only who has its uid and its gid.
    let group = if account.uid == 0 { own } else { account.gid };
    Ids { uids: [own, account.uid, own], gids: [own, group, own] }
}

impl Right {
    fn bit(self) -> CapabilitySet {
        match self {
            Self::SetUid => CapabilitySet::SETUID,
            Self::SetGid => CapabilitySet::SETGID,
            Self::Kill => CapabilitySet::KILL,
        }
    }
}

/// Takes on this group alone, and stays root.
///
/// # Errors
/// EPERM where this process is not root; ESRCH where the parent died meanwhile.
pub fn take_group(id: u32) -> io::Result<()> {
    let parent = getppid();
    let root = rustix::process::geteuid().as_raw();
    change_ids(&[], Ids { uids: [root; 3], gids: [id; 3] })?;
    parent.map_or(Ok(()), die_with_parent)
}

/// Becomes for good who acts as this account and is signalled by nobody of it: uid and gid of the account are the effective
/// ones alone, the real and saved ones are `own`. Keeps these rights, as far as it has them; where the account is root, all, and
/// the group is its own as well. What was armed by `die_with_parent` is armed again, as the change of user disarms it.
///
/// # Errors
/// EPERM where this process may not change its user; ESRCH where the parent died meanwhile. The process should then end.
pub fn act_as(account: &Account, own: u32, rights: &[Right]) -> io::Result<()> {
    let parent = getppid();
    let had = capabilities(None)?.permitted;
    set_keep_capabilities(!rights.is_empty())?;
    change_ids(&account.groups, ids_of(account, own))?;
    if account.uid != 0 {
        let kept = rights.iter().fold(CapabilitySet::empty(), |all, right| all | right.bit()) & had;
        let inheritable = CapabilitySet::empty();
        set_capabilities(None, CapabilitySets { effective: kept, permitted: kept, inheritable })?;
    }
    set_keep_capabilities(false)?;
    parent.map_or(Ok(()), die_with_parent)
}

/// Tells whether this process may become another user.
#[must_use]
pub fn may_change_user() -> bool {
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::SETUID | CapabilitySet::SETGID))
}

/// Tells whether this process may signal those of all users.
#[must_use]
pub fn may_signal_all() -> bool {
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::KILL))
}

/// Groups, then gids and uids.
fn change_ids(groups: &[u32], ids: Ids) -> io::Result<()> {
    let ([ruid, euid, suid], [rgid, egid, sgid]) = (ids.uids, ids.gids);
    // SAFETY: the pointer and the length are those of a slice; the calls change ids of this process only.
    let changed = unsafe {
        libc::setgroups(groups.len(), groups.as_ptr()) == 0
            && libc::setresgid(rgid, egid, sgid) == 0
            && libc::setresuid(ruid, euid, suid) == 0
    };
    if changed { Ok(()) } else { Err(io::Error::last_os_error()) }
}
