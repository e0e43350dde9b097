//! Compiled code as it reaches a worker: a descriptor that nobody can write any more.
#![expect(unsafe_code, reason = "compiled code is trusted as a whole, which the type system cannot see")]

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::ptr::null_mut;

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Code that one of our own compile workers made from one component, for that component alone.
#[derive(Debug)]
pub struct Code {
    sealed: File,
    /// In bytes; known beforehand, as a locked worker may not ask.
    length: usize,
}

impl Code {
    /// Takes what a compile worker wrote, once it is sealed.
    ///
    /// # Errors
    /// The descriptor cannot be looked at.
    pub fn sealed(fd: OwnedFd) -> io::Result<Self> {
        let sealed = File::from(fd);
        let length = usize::try_from(sealed.metadata()?.len()).map_err(io::Error::other)?;
        Ok(Self { sealed, length })
    }

    /// Makes the code ready to run.
    ///
    /// # Errors
    /// The code was made by another build or for another processor; no memory; no executable memory.
    pub fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        let mut bytes = vec![0; self.length];
        // By offset: all workers that run this code share one position.
        self.sealed.read_exact_at(&mut bytes, 0)?;
        // SAFETY: the bytes are those that `Component::serialize` gave in a compile worker of this process, which was
        // handed one component and nothing else; they are sealed since. A worker that was taken over while compiling
        // can have forged them, and they run only as that component, in a process that owns nothing.
        unsafe { Component::deserialize(engine, bytes) }
    }
}

/// Tries what loading does: writes memory, then makes it executable. Hosts that allow no page both (SELinux without
/// `execmem`, systemd's `MemoryDenyWriteExecute=`) refuse it.
///
/// # Errors
/// EACCES or EPERM of such a host; ENOMEM.
pub fn executable_memory() -> io::Result<()> {
    const PAGE: usize = 4 << 10;
    // SAFETY: a new mapping at a place of the kernel's choice, written within its bounds, unmapped once, and never
    // executed.
    unsafe {
        let page = mmap_anonymous(null_mut(), PAGE, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE)?;
        page.cast::<u8>().write(0);
        let made = mprotect(page, PAGE, MprotectFlags::READ | MprotectFlags::EXEC);
        munmap(page, PAGE)?;
        made?;
    }
    Ok(())
}

/// The descriptor, to be kept in a forked worker.
impl AsFd for Code {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.sealed.as_fd()
    }
}
