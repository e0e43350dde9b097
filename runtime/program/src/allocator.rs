//! The allocator of a program that has one thread in each of its processes, as what is forked all the time must.
#![expect(unsafe_code, reason = "what an allocator hands out is nobody else's, which the type system cannot see")]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::process::abort;
use std::sync::atomic::{AtomicUsize, Ordering};

use dlmalloc::Dlmalloc;

const SECOND: &[u8] = b"roundsman: a second thread, where memory is for one: this is a bug of the program\n";

/// Allocates for the thread that asks first, and takes no lock, which cost as much as what it guarded. A second thread
/// would have to, so the process ends at its first allocation: there it is noticed.
pub struct OneThread {
    /// The thread, by libc's number, which is never 0; a forked process keeps it.
    owner: AtomicUsize,
    heap: UnsafeCell<Dlmalloc>,
}

// SAFETY: the heap is reached through `heap` alone, by one thread.
unsafe impl Sync for OneThread {}

impl OneThread {
    pub const fn new() -> Self {
        Self { owner: AtomicUsize::new(0), heap: UnsafeCell::new(Dlmalloc::new()) }
    }

    fn heap(&self) -> *mut Dlmalloc {
        // SAFETY: has no preconditions.
        let thread = unsafe { libc::pthread_self() } as usize;
        if self.owner.load(Ordering::Relaxed) != thread
            && self.owner.compare_exchange(0, thread, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            // No text is put together: that would allocate.
            // SAFETY: of memory that is there; says why, as far as stderr takes it.
            unsafe { libc::write(libc::STDERR_FILENO, SECOND.as_ptr().cast(), SECOND.len()) };
            abort();
        }
        self.heap.get()
    }
}

// SAFETY: dlmalloc keeps the promises of an allocator, and does not unwind where its callers keep theirs. Nobody else uses the
// heap meanwhile: no other thread, as `heap` sees to, and no handler of a signal. That of the engine allocates, but only for a
// fault in the machine code of a component, which is never within the allocator; there must be no other that does.
unsafe impl GlobalAlloc for OneThread {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { (*self.heap()).malloc(layout.size(), layout.align()) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above; the caller vouches for the memory.
        unsafe { (*self.heap()).free(memory, layout.size(), layout.align()) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { (*self.heap()).calloc(layout.size(), layout.align()) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above; the caller vouches for the memory.
        unsafe { (*self.heap()).realloc(memory, layout.size(), layout.align(), size) }
    }
}
