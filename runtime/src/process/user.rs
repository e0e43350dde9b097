//! Accounts of the host, and becoming one of them for good.
#![expect(unsafe_code, reason = "the account database and the change of user are libc's alone")]

use std::ffi::{CStr, CString};
use std::io;

use rustix::process::{geteuid, getppid};

use super::account_files;
use super::fork::die_with_parent;

/// A user of the host with its groups, as numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub uid: u32,
    pub gid: u32,
    /// Supplementary groups.
    pub groups: Vec<u32>,
}

/// Why a name gives no account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("there is no account `{0}` on this host")]
    Missing(String),
    #[error("looking up the account `{0}`: {1}")]
    Lookup(String, io::Error),
}

const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";
/// As many as the kernel takes (NGROUPS_MAX).
const MOST_GROUPS: usize = 65_536;
/// Largest entry of the account database, in bytes.
const LARGEST_ENTRY: usize = 1 << 20;

impl Account {
    /// A user that needs no entry in the account database and belongs to no other group.
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
        if let Some(account) = Self::of_files(name.as_bytes()) {
            return Ok(account);
        }
        let missing = || AccountError::Missing(name.to_owned());
        let text = CString::new(name).map_err(|_| missing())?;
        let (uid, gid) =
            ids(&text).map_err(|error| AccountError::Lookup(name.to_owned(), error))?.ok_or_else(missing)?;
        let groups = groups(&text, gid).map_err(|error| AccountError::Lookup(name.to_owned(), error))?;
        Ok(Self { uid, gid, groups })
    }

    /// What `/etc/passwd` and `/etc/group` say; nothing where they do not name it, or cannot be read.
    fn of_files(name: &[u8]) -> Option<Self> {
        let (uid, gid) = account_files::user(&std::fs::read(PASSWD).ok()?, name)?;
        let groups = account_files::groups(&std::fs::read(GROUP).ok()?, name, gid);
        Some(Self { uid, gid, groups })
    }

    /// Becomes this account for good: groups, gid and uid, real, effective and saved; root's capabilities go with
    /// them. What was armed by [`die_with_parent`] is armed again, as the change of user disarms it.
    ///
    /// # Errors
    /// EPERM where this process is not root; ESRCH where the parent died meanwhile. The process should then end.
    pub fn become_for_good(&self) -> io::Result<()> {
        let parent = getppid();
        // SAFETY: the pointer and the length are those of a slice; the calls change ids of this process only.
        let changed = unsafe {
            libc::setgroups(self.groups.len(), self.groups.as_ptr()) == 0
                && libc::setresgid(self.gid, self.gid, self.gid) == 0
                && libc::setresuid(self.uid, self.uid, self.uid) == 0
        };
        if !changed {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: as above; it must fail.
        if self.uid != 0 && unsafe { libc::setuid(0) } == 0 {
            return Err(io::Error::other("root could be regained after the change of user"));
        }
        parent.map_or(Ok(()), die_with_parent)
    }

    /// Whether this process runs as this user already.
    #[must_use]
    pub fn is_current(&self) -> bool {
        geteuid().as_raw() == self.uid
    }
}

fn ids(name: &CStr) -> io::Result<Option<(u32, u32)>> {
    let mut buffer = vec![0_u8; 1 << 12];
    loop {
        let mut entry = std::mem::MaybeUninit::<libc::passwd>::uninit();
        let mut found = std::ptr::null_mut();
        // SAFETY: all pointers are to memory that outlives the call, with the length of the buffer given.
        let error = unsafe {
            libc::getpwnam_r(
                name.as_ptr(),
                entry.as_mut_ptr(),
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &raw mut found,
            )
        };
        match error {
            0 if found.is_null() => return Ok(None),
            // SAFETY: `found` is not null, so it points to `entry`, which libc has filled.
            0 => return Ok(Some(unsafe { ((*found).pw_uid, (*found).pw_gid) })),
            libc::ERANGE if buffer.len() < LARGEST_ENTRY => buffer.resize(buffer.len() * 2, 0),
            libc::EINTR => {}
            // How some of NSS's sources say that there is none: getpwnam(3).
            libc::ENOENT | libc::ESRCH => return Ok(None),
            error => return Err(io::Error::from_raw_os_error(error)),
        }
    }
}

/// The number of a group, looked up as [`Account::of_name`] does; nothing where there is none of that name.
///
/// # Errors
/// The source of groups cannot be asked.
pub fn group_of_name(name: &CStr) -> io::Result<Option<u32>> {
    let local = std::fs::read(GROUP).ok().and_then(|group| account_files::group(&group, name.to_bytes()));
    if local.is_some() {
        return Ok(local);
    }
    let mut buffer = vec![0_u8; 1 << 12];
    loop {
        let mut entry = std::mem::MaybeUninit::<libc::group>::uninit();
        let mut found = std::ptr::null_mut();
        // SAFETY: all pointers are to memory that outlives the call, with the length of the buffer given.
        let error = unsafe {
            libc::getgrnam_r(
                name.as_ptr(),
                entry.as_mut_ptr(),
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &raw mut found,
            )
        };
        match error {
            0 if found.is_null() => return Ok(None),
            // SAFETY: `found` is not null, so it points to `entry`, which libc has filled.
            0 => return Ok(Some(unsafe { (*found).gr_gid })),
            libc::ERANGE if buffer.len() < LARGEST_ENTRY => buffer.resize(buffer.len() * 2, 0),
            libc::EINTR => {}
            libc::ENOENT | libc::ESRCH => return Ok(None),
            error => return Err(io::Error::from_raw_os_error(error)),
        }
    }
}

fn groups(name: &CStr, gid: u32) -> io::Result<Vec<u32>> {
    let mut groups = vec![0_u32; 64];
    loop {
        let mut count = libc::c_int::try_from(groups.len()).unwrap_or(libc::c_int::MAX);
        // SAFETY: libc writes at most `count` numbers, which is the length of the list.
        let done = unsafe { libc::getgrouplist(name.as_ptr(), gid, groups.as_mut_ptr(), &raw mut count) };
        let wanted = usize::try_from(count).unwrap_or(0);
        if done >= 0 {
            groups.truncate(wanted);
            return Ok(groups);
        }
        if groups.len() >= MOST_GROUPS {
            return Err(io::Error::other("it is in more groups than the kernel knows"));
        }
        groups.resize(wanted.max(groups.len() * 2).min(MOST_GROUPS), 0);
    }
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
        assert_eq!(group_of_name(c"root").unwrap(), Some(0));
        assert_eq!(group_of_name(c"no-such-group").unwrap(), None);
    }

    #[test]
    fn the_files_of_the_host_say_what_its_libc_says() {
        let passwd = std::fs::read_to_string(PASSWD).unwrap();
        for name in passwd.lines().filter_map(|line| line.split(':').next()) {
            let text = CString::new(name).unwrap();
            let (uid, gid) = ids(&text).unwrap().unwrap();
            let mut account = Account::of_name(name).unwrap();
            let mut groups = groups(&text, gid).unwrap();
            account.groups.sort_unstable();
            groups.sort_unstable();
            assert_eq!(account, Account { uid, gid, groups }, "{name}");
        }
    }
}
