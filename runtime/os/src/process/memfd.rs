//! Bytes in a file that has no name: handed to another process as a descriptor, bounded while written, then sealed.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::io::Errno;

/// A nameless file that grows to at most `cap` bytes.
#[derive(Debug)]
pub struct Memfd {
    file: File,
    cap: u64,
}

impl Memfd {
    /// Makes an empty one; `name` shows in `/proc/PID/fd` only.
    ///
    /// # Errors
    /// EMFILE, ENFILE, ENOMEM.
    pub fn new(name: &str, cap: u64) -> io::Result<Self> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        // Nobody executes it as a program; kernels before 6.3 do not know how to be told.
        let fd = match memfd_create(name, flags | MemfdFlags::NOEXEC_SEAL) {
            Err(Errno::INVAL) => memfd_create(name, flags)?,
            made => made?,
        };
        Ok(Self { file: File::from(fd), cap })
    }

    /// Returns a sealed one with this content, read from its beginning.
    ///
    /// # Errors
    /// As [`Memfd::new`], and ENOSPC or ENOMEM.
    pub fn with(name: &str, content: &[u8]) -> io::Result<OwnedFd> {
        let mut made = Self::new(name, content.len() as u64)?;
        made.append(content)?;
        made.seal()
    }

    /// Adds bytes at the end.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] where they would pass the cap, and nothing is written; ENOSPC, ENOMEM.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let end = self.file.stream_position()?.saturating_add(bytes.len() as u64);
        if end > self.cap {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.file.write_all(bytes)
    }

    /// Nobody can change it any more, not even who holds the descriptor now. It is read from the beginning.
    ///
    /// # Errors
    /// EBUSY where it is mapped writable.
    pub fn seal(mut self) -> io::Result<OwnedFd> {
        self.file.rewind()?;
        fcntl_add_seals(&self.file, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Ok(self.file.into())
    }
}

impl AsFd for Memfd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn holds_no_more_than_its_cap() {
        let mut memfd = Memfd::new("test", 4).unwrap();
        memfd.append(b"abc").unwrap();
        assert_eq!(memfd.append(b"de").unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        memfd.append(b"d").unwrap();
        let mut text = String::new();
        File::from(memfd.seal().unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "abcd");
    }

    #[test]
    fn a_sealed_one_cannot_be_changed() {
        let mut sealed = File::from(Memfd::with("test", b"abc").unwrap());
        assert!(sealed.write_all(b"x").is_err());
        assert!(sealed.set_len(0).is_err());
        assert!(sealed.set_len(9).is_err());
    }
}
