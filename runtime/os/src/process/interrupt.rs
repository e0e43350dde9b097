//! Signals that ask this process to end, as a descriptor to poll: the round ends as at its deadline, and keeps what it has.
#![expect(unsafe_code, reason = "signal sets and signalfd have no safe wrapper")]

use std::cell::Cell;
use std::io;
use std::mem::{MaybeUninit, size_of};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};

/// Signals that end a round: of a service manager, Ctrl-C, a terminal that closes.
pub const ASKS: [libc::c_int; 3] = [libc::SIGTERM, libc::SIGINT, libc::SIGHUP];

/// The signals, held back from killing the process as long as this lives. A fork unblocks them for itself.
#[derive(Debug)]
pub struct Interrupt {
    fd: OwnedFd,
    set: libc::sigset_t,
    /// Set once one has come.
    came: Cell<bool>,
}

impl Interrupt {
    /// Holds back SIGTERM, SIGINT and SIGHUP, but for those that are ignored: who started us with `nohup` means it.
    ///
    /// # Errors
    /// EMFILE, ENFILE, ENOMEM.
    pub fn watch() -> io::Result<Self> {
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: `sigemptyset` fills the set, `sigaddset` is given numbers of signals that exist, `sigaction` with a
        // null second argument only writes the third, and `signalfd` reads the set.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            let mut set = set.assume_init();
            for signal in ASKS {
                let mut now = MaybeUninit::<libc::sigaction>::uninit();
                let known = libc::sigaction(signal, std::ptr::null(), now.as_mut_ptr()) == 0;
                if known && now.assume_init().sa_sigaction != libc::SIG_IGN {
                    libc::sigaddset(&raw mut set, signal);
                }
            }
            let fd = libc::signalfd(-1, &raw const set, libc::SFD_NONBLOCK | libc::SFD_CLOEXEC);
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            let watched = Self { fd: OwnedFd::from_raw_fd(fd), set, came: Cell::new(false) };
            if libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) != 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(watched)
        }
    }

    /// Returns the number of a signal that has come, if one has.
    #[must_use]
    pub fn received(&self) -> Option<i32> {
        let mut info = MaybeUninit::<libc::signalfd_siginfo>::uninit();
        let size = size_of::<libc::signalfd_siginfo>();
        // SAFETY: at most `size` bytes are written to `info`, which is as large; it is looked at only when it was filled.
        unsafe {
            let read = libc::read(self.fd.as_raw_fd(), info.as_mut_ptr().cast(), size);
            if usize::try_from(read) != Ok(size) {
                return None;
            }
            self.came.set(true);
            i32::try_from(info.assume_init().ssi_signo).ok()
        }
    }
}

impl AsFd for Interrupt {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        // A repeated signal changes nothing: the process is on its way out, and still says what it did.
        while self.came.get() && self.received().is_some() {}
        // SAFETY: reads the set of this value; what came meanwhile and was not heard ends the process now.
        unsafe { libc::sigprocmask(libc::SIG_UNBLOCK, &raw const self.set, std::ptr::null_mut()) };
    }
}
