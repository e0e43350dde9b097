//! Compiled code as it reaches a worker: a descriptor that nobody can write any more, mapped as it is.
#![expect(unsafe_code, reason = "compiled code is trusted as a whole, which the type system cannot see")]

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::ops::Range;
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

    /// Returns the file that begins with the code, and how long that is in bytes.
    #[must_use]
    pub fn file(&self) -> (&File, u64) {
        (&self.file, self.length as u64)
    }

    /// Maps the code, without a copy of it where its file system lets it be executed, and makes its machine code executable.
    /// A locked process could do neither.
    ///
    /// # Errors
    /// No memory; no executable memory.
    pub fn map(&self) -> io::Result<Mapped> {
        let machine = machine_code(&self.file, self.length);
        match map(self.as_fd(), self.length, &machine) {
            Ok(start) => Ok(Mapped(slice(start, self.length)?)),
            // A mount that is `noexec`, or a policy, forbids it; of an empty file there is nothing to map.
            Err(_) => self.copy(&machine),
        }
    }

    fn copy(&self, machine: &Range<usize>) -> io::Result<Mapped> {
        let mut bytes = vec![0; self.length];
        // By offset: all workers that run this code share one position.
        self.file.read_exact_at(&mut bytes, 0)?;
        let length = self.length.max(1);
        let writable = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new private mapping at a place of the kernel's choice, of a length that is not less than that of the
        // bytes, and written by nobody else; it is not written any more once it can be read by others.
        unsafe {
            let start = mmap_anonymous(null_mut(), length, writable, MapFlags::PRIVATE)?;
            start.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            mprotect(start, length, MprotectFlags::READ)?;
            make_executable(start, machine)?;
            Ok(Mapped(slice(start, self.length)?))
        }
    }
}

/// Code in memory, to the end of this process. Its machine code can be executed, and nothing of it be written.
#[derive(Debug)]
pub struct Mapped(NonNull<[u8]>);

impl Mapped {
    /// Makes the code ready to run.
    ///
    /// # Errors
    /// It is none, or was made by another build or for another processor.
    pub fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: the bytes are those that `Component::serialize` gave in a compile worker that was handed one component and
        // nothing else; they are sealed since, or lie in a file that nobody writes. A worker that was taken over while
        // compiling can have forged them, and they run only as that component, in a process that owns nothing. The mapping
        // is never undone: it ends with this process.
        unsafe { Component::deserialize_raw(engine, self.0) }
    }
}

/// Maps a file to be read, and this part of it to be executed.
fn map(file: BorrowedFd<'_>, length: usize, machine: &Range<usize>) -> rustix::io::Result<*mut c_void> {
    // SAFETY: a new private mapping at a place of the kernel's choice.
    let start = unsafe { mmap(null_mut(), length, ProtFlags::READ, MapFlags::PRIVATE, file, 0) }?;
    // SAFETY: of the mapping made above, which nobody uses yet; the range lies within.
    if let Err(error) = unsafe { make_executable(start, machine) } {
        // SAFETY: as above.
        unsafe { munmap(start, length) }?;
        return Err(error);
    }
    Ok(start)
}

/// # Safety
/// The range lies in a mapping that begins at `start` and that nobody writes.
unsafe fn make_executable(start: *mut c_void, machine: &Range<usize>) -> rustix::io::Result<()> {
    // SAFETY: within the mapping, as the caller says.
    unsafe {
        mprotect(start.wrapping_byte_add(machine.start), machine.len(), MprotectFlags::READ | MprotectFlags::EXEC)
    }
}

fn slice(start: *mut c_void, length: usize) -> io::Result<NonNull<[u8]>> {
    NonNull::new(slice_from_raw_parts_mut(start.cast(), length)).ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

/// Largest page size of any processor that Linux runs on, in bytes.
const LARGEST_PAGE: usize = 64 << 10;
/// Sections that are looked at; the engine makes about ten.
const SECTIONS: u64 = 100;

/// Finds the machine code of a file: its first executable section, elf(5). Empty if it has none, or is none of ours; the
/// engine refuses it then, or its own process ends by what it says of itself.
fn machine_code(file: &File, length: usize) -> Range<usize> {
    let section = |header: u64, at: u64| {
        let mut fields = [0; 40];
        file.read_exact_at(&mut fields, header.checked_add(at.checked_mul(64)?)?).ok()?;
        let field = |at: usize| Some(u64::from_le_bytes(fields.get(at..at + 8)?.try_into().ok()?));
        let executable = field(8)? & 4 != 0;
        let start = usize::try_from(field(24)?).ok()?;
        Some((executable, start..start.checked_add(usize::try_from(field(32)?).ok()?)?))
    };
    let mut header = [0; 8];
    let first = file.read_exact_at(&mut header, 40).map(|()| u64::from_le_bytes(header));
    let sections = first.into_iter().flat_map(|header| (0..SECTIONS).map_while(move |at| section(header, at)));
    let machine = sections.filter(|(executable, _)| *executable).map(|(_, range)| range).next();
    machine.filter(|range| range.end <= length).unwrap_or_default()
}

/// Lets machine code lie where it was mapped, executable already.
pub struct InPlace;

impl CustomCodeMemory for InPlace {
    fn required_alignment(&self) -> usize {
        // SAFETY: touches nothing; libc knows it without a system call, of which a locked process may not make every one.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(size).unwrap_or(LARGEST_PAGE)
    }

    fn publish_executable(&self, start: *const u8, length: usize) -> wasmtime::Result<()> {
        synchronise(start, length);
        Ok(())
    }

    /// A process that is about to unload its code is about to end.
    fn unpublish_executable(&self, _: *const u8, _: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// Makes what was written as data visible as instructions.
#[cfg(target_arch = "aarch64")]
fn synchronise(start: *const u8, length: usize) {
    // Rust's own builtins lack it. Whatever links for this processor has libgcc at hand.
    #[link(name = "gcc")]
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::compile::compile;
    use crate::worker::engine::{Layout, running};

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn code() -> Vec<u8> {
        compile(Layout::Reserved, &roundsman_tests::component::wat("logs")).unwrap().code
    }

    /// Returns the length and protection of each part of this mapping.
    fn parts(mapped: &Mapped) -> Vec<(usize, String)> {
        let start = mapped.0.cast::<u8>().as_ptr() as usize;
        let end = start + mapped.0.len();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let parts = maps.lines().filter_map(|line| {
            let (range, rest) = line.split_once(' ')?;
            let (from, to) = range.split_once('-')?;
            let [from, to] = [from, to].map(|at| usize::from_str_radix(at, 16).unwrap());
            (from < end && to > start).then(|| (to.min(end) - from.max(start), rest[..4].to_owned()))
        });
        parts.collect()
    }

    #[test]
    fn of_code_the_machine_code_alone_is_executable_and_nothing_is_writable() {
        let bytes = code();
        let code = Code::sealed(file(&bytes).into()).unwrap();
        let machine = machine_code(&code.file, code.length);
        for mapped in [code.map().unwrap(), code.copy(&machine).unwrap()] {
            let parts = parts(&mapped);
            let executable: Vec<_> = parts.iter().filter(|(_, protection)| protection == "r-xp").collect();
            assert_eq!((executable.len(), executable[0].0), (1, machine.len()), "{parts:?}");
            assert!(parts.iter().all(|(_, protection)| protection == "r-xp" || protection == "r--p"), "{parts:?}");
            assert!(machine.start > 0 && parts.len() > 2, "{parts:?}");
            let component = mapped.load(&running(Layout::Reserved).unwrap());
            assert!(component.is_ok());
        }
    }

    #[test]
    fn what_is_no_code_has_no_machine_code_and_is_refused() {
        let mut bytes = code();
        let found = |bytes: &[u8]| machine_code(&file(bytes), bytes.len());
        assert!(!found(&bytes).is_empty());
        for wrong in [&b""[..], b"no code", &bytes[..60], &[0xff; 4096]] {
            let code = Code::sealed(file(wrong).into()).unwrap();
            assert_eq!(found(wrong), 0..0);
            assert!(code.map().unwrap().load(&running(Layout::Reserved).unwrap()).is_err());
        }
        // A section that ends beyond the file, and one that ends beyond all numbers.
        let table = usize::try_from(u64::from_le_bytes(bytes[40..48].try_into().unwrap())).unwrap();
        let sections = (table..bytes.len() - 64).step_by(64);
        let machine = sections.clone().find(|at| bytes[at + 8] & 4 != 0).unwrap();
        for length in [bytes.len() as u64, u64::MAX] {
            bytes[machine + 32..machine + 40].copy_from_slice(&length.to_le_bytes());
            assert_eq!(found(&bytes), 0..0);
        }
    }
}
