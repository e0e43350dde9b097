//! Takes back the right to write what the start of the program filled in: tables of functions, which whoever can write memory
//! aims at first. A loader does so; the start of a program that is linked statically against musl does not.
#![expect(unsafe_code, reason = "the program's own headers say which pages these are")]

use std::ffi::{c_int, c_void};
use std::io;
use std::slice;

use rustix::mm::{MprotectFlags, mprotect};
use rustix::param::page_size;

/// Makes the `PT_GNU_RELRO` of the program, elf(5), read-only, for this process and all that are forked from it. It is so
/// already where a loader was there.
///
/// # Errors
/// ENOMEM, or a host that forbids it; the message says of what.
pub fn protect() -> io::Result<()> {
    let mut done: io::Result<()> = Ok(());
    // SAFETY: calls back before it returns, with the pointer to `done`, which nobody else uses meanwhile.
    unsafe { libc::dl_iterate_phdr(Some(protect_one), (&raw mut done).cast()) };
    done.map_err(|error| io::Error::new(error.kind(), format!("making the program's own tables read-only: {error}")))
}

/// Protects the program, which comes first in the list; libraries are left to their loader.
unsafe extern "C" fn protect_one(info: *mut libc::dl_phdr_info, _: libc::size_t, done: *mut c_void) -> c_int {
    // SAFETY: libc describes what it has mapped, headers included, and hands back our own pointer.
    let (info, done) = unsafe { (&*info, &mut *done.cast::<io::Result<()>>()) };
    // SAFETY: as above.
    let headers = unsafe { slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
    for header in headers.iter().filter(|header| header.p_type == libc::PT_GNU_RELRO) {
        // On a 64-bit system addresses of either are of one size.
        let start = info.dlpi_addr.wrapping_add(header.p_vaddr) as usize;
        // A last page that variables begin in stays as it is.
        let (first, end) = (start & !(page_size() - 1), (start + header.p_memsz as usize) & !(page_size() - 1));
        // SAFETY: the linker says that nobody writes these bytes of ours once the program has begun. They are the first of
        // what is mapped to be written, so there are no variables before them in their first page.
        *done = unsafe { mprotect(first as *mut c_void, end - first, MprotectFlags::READ) }.map_err(io::Error::from);
    }
    1
}
