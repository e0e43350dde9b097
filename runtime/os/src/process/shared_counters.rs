//! Numbers that a process counts together with those that it forks, whichever of them is killed.
#![expect(unsafe_code, reason = "memory that stays shared over a fork has no safe wrapper")]

use std::io;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// Some numbers in memory that a fork does not copy.
#[derive(Debug)]
pub struct SharedCounters<const N: usize>(NonNull<[AtomicU64; N]>);

impl<const N: usize> SharedCounters<N> {
    /// # Errors
    /// ENOMEM.
    pub fn new(numbers: [u64; N]) -> io::Result<Self> {
        let (protection, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED);
        // SAFETY: a new mapping at an address that the kernel chooses touches no memory that is in use.
        let page = unsafe { mmap_anonymous(ptr::null_mut(), Self::LENGTH, protection, flags) }?;
        let page = NonNull::new(page.cast()).ok_or(io::ErrorKind::InvalidData)?;
        let counters = Self(page);
        for (counter, number) in counters.counters().iter().zip(numbers) {
            counter.store(number, Ordering::Relaxed);
        }
        Ok(counters)
    }

    /// Returns what is left of one number.
    #[must_use]
    pub fn left(&self, index: usize) -> u64 {
        self.counters()[index].load(Ordering::Relaxed)
    }

    /// Takes `amount` from a number, and says whether it was there; where it was not, nothing is left.
    pub fn take(&self, index: usize, amount: u64) -> bool {
        let less = |left: u64| Some(left.saturating_sub(amount));
        let before = self.counters()[index].fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        before.is_ok_and(|before| before >= amount)
    }

    fn counters(&self) -> &[AtomicU64; N] {
        // SAFETY: the mapping is of this length, aligned to a page, zeroed when made, and lives as long as this value;
        // all that reaches it, in this process or another, is atomic.
        unsafe { self.0.as_ref() }
    }

    const LENGTH: usize = size_of::<[AtomicU64; N]>();
}

impl<const N: usize> Drop for SharedCounters<N> {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `new`, with this length, and nothing borrows from a value that is dropped.
        // Other processes keep theirs. Unmapping what is mapped does not fail.
        let _ = unsafe { munmap(self.0.as_ptr().cast(), Self::LENGTH) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_is_there() {
        let counters = SharedCounters::new([5, 7]).unwrap();
        assert!(counters.take(0, 5) && !counters.take(0, 1));
        assert_eq!((counters.left(0), counters.left(1)), (0, 7));
        assert!(!counters.take(1, 8));
        assert_eq!(counters.left(1), 0);
    }
}
