//! The session keyring, which every fork inherits and no change of user takes away.
#![expect(unsafe_code, reason = "keyctl has no safe wrapper")]

use rustix::io::Errno;

/// `KEYCTL_JOIN_SESSION_KEYRING` of keyctl(2).
const JOIN_SESSION_KEYRING: libc::c_int = 1;

/// Leaves the session keyring that this process was born with for an empty one that nobody else has, so that neither it
/// nor what it starts reaches keys of the session in which the round was started (Kerberos tickets, keys of disks).
///
/// To be called before the change of user: the new keyring counts for who makes it, and root may have a million keys,
/// another user 200. A kernel without keyrings, or a container that forbids the call, has nothing to leave.
///
/// # Errors
/// EDQUOT where the user has as many keys as he may; ENOMEM.
pub(super) fn join_an_empty_one() -> Result<(), Errno> {
    // SAFETY: the call takes a null pointer for a keyring without a name, and touches no memory of this process.
    let joined = unsafe { libc::syscall(libc::SYS_keyctl, JOIN_SESSION_KEYRING, std::ptr::null::<libc::c_char>()) };
    if joined >= 0 {
        return Ok(());
    }
    match Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO) {
        Errno::NOSYS | Errno::PERM => Ok(()),
        error => Err(error),
    }
}
