//! Compiled code as it reaches a worker: a descriptor that nobody can write any more, mapped as it is.
#![expect(unsafe_code, reason = "compiled code is trusted as a whole, which the type system cannot see")]

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::ptr::{NonNull, null_mut, slice_from_raw_parts_mut};

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap, mmap_anonymous, mprotect, munmap};
use wasmtime::component::Component;
use wasmtime::{CustomCodeMemory, Engine};

/// Code that one of our own compile workers made from one component, for that component alone.
#[derive(Debug)]
pub struct Code {
    file: File,
    /// In bytes; known beforehand, as a locked worker may not ask.
    length: usize,
}

impl Code {
    /// Takes a file that nobody writes any more and that begins with code: what a compile worker wrote, once it is sealed, or
    /// an entry of the cache, in which more follows that no engine looks at.
    ///
    /// # Errors
    /// The descriptor cannot be looked at.
    pub fn sealed(fd: OwnedFd) -> io::Result<Self> {
        let file = File::from(fd);
        let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        Ok(Self { file, length })
    }

    /// The file that begins with the code, and how long that is in bytes.
    #[must_use]
    pub fn file(&self) -> (&File, u64) {
        (&self.file, self.length as u64)
    }

    /// Makes the code ready to run, without a copy of it where its file system lets it be executed.
    ///
    /// # Errors
    /// The code was made by another build or for another processor; no memory; no executable memory.
    pub fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        match map(self.as_fd(), self.length) {
            // SAFETY: the bytes are those that `Component::serialize` gave in a compile worker that was handed one
            // component and nothing else; they are sealed since, or lie in a file that nobody writes. A worker that was
            // taken over while compiling can have forged them, and they run only as that component, in a process that owns
            // nothing. The mapping is never undone: it ends with this process.
            Ok(mapped) => unsafe { Component::deserialize_raw(engine, mapped) },
            Err(_) => {
                let mut bytes = vec![0; self.length];
                // By offset: all workers that run this code share one position.
                self.file.read_exact_at(&mut bytes, 0)?;
                // SAFETY: as above; the engine keeps a copy.
                unsafe { Component::deserialize(engine, bytes) }
            }
        }
    }

    /// Whether the code can be mapped to be executed: not where it lies on a file system that is mounted `noexec`, or where
    /// a policy of the system forbids it. Each worker copies it then.
    ///
    /// # Errors
    /// EPERM or EACCES of such a host.
    pub fn can_be_mapped(&self) -> io::Result<()> {
        let mapped = map(self.as_fd(), self.length)?;
        // SAFETY: the mapping was made above, by this length, and nobody else has its address.
        Ok(unsafe { munmap(mapped.as_ptr().cast(), self.length) }?)
    }
}

/// Maps a file to be read. That it may be executed as well is tried first and then given up: the engine makes its machine
/// code executable later, and only that.
fn map(file: BorrowedFd<'_>, length: usize) -> io::Result<NonNull<[u8]>> {
    // SAFETY: a new private mapping at a place of the kernel's choice.
    let start = unsafe { mmap(null_mut(), length, ProtFlags::READ | ProtFlags::EXEC, MapFlags::PRIVATE, file, 0) }?;
    // SAFETY: of the mapping made above, which nobody uses yet.
    unsafe { mprotect(start, length, MprotectFlags::READ) }?;
    NonNull::new(slice_from_raw_parts_mut(start.cast(), length)).ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

/// Of all that Linux knows, in bytes.
const LARGEST_PAGE: usize = 64 << 10;

/// Makes machine code executable where it lies. The engine does so itself only with memory of its own.
pub struct InPlace;

impl CustomCodeMemory for InPlace {
    fn required_alignment(&self) -> usize {
        // SAFETY: touches nothing; libc knows it without a system call, of which a locked process may not make every one.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(size).unwrap_or(LARGEST_PAGE)
    }

    fn publish_executable(&self, start: *const u8, length: usize) -> wasmtime::Result<()> {
        synchronise(start, length);
        // SAFETY: the engine gives the pages of code that it was handed and that nothing else is in; they are not written
        // any more.
        Ok(unsafe { mprotect(start.cast_mut().cast(), length, MprotectFlags::READ | MprotectFlags::EXEC) }?)
    }

    /// A process that is about to unload its code is about to end.
    fn unpublish_executable(&self, _: *const u8, _: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// What was written as data is seen as instructions.
#[cfg(target_arch = "aarch64")]
fn synchronise(start: *const u8, length: usize) {
    unsafe extern "C" {
        fn __clear_cache(start: *const std::ffi::c_void, end: *const std::ffi::c_void);
    }
    // SAFETY: of libgcc and compiler-rt; takes the bounds of memory that can be read.
    unsafe { __clear_cache(start.cast(), start.add(length).cast()) }
}

/// This processor sees to it by itself.
#[cfg(not(target_arch = "aarch64"))]
fn synchronise(_: *const u8, _: usize) {}

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
        self.file.as_fd()
    }
}
