//! The memory of another process, as root reads it.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

/// Tells whether `text` is in memory that the process can read itself.
///
/// # Panics
/// If the process is gone, or the caller may not read it.
#[must_use]
pub fn holds(pid: u32, text: &str) -> bool {
    let memory = File::open(format!("/proc/{pid}/mem")).expect("memory of a process");
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("maps of a process");
    assert!(maps.contains("[stack]"), "process {pid} is over");
    maps.lines().filter_map(readable).any(|(start, end)| {
        let mut bytes = vec![0; usize::try_from(end - start).expect("a mapping that fits into memory")];
        // The kernel's own pages are not read this way.
        memory.read_exact_at(&mut bytes, start).is_ok() && find(&bytes, text.as_bytes())
    })
}

/// First byte of a mapping, and the first that is not of it; nothing where it cannot be read.
fn readable(line: &str) -> Option<(u64, u64)> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let bounds = (u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?);
    rest.starts_with('r').then_some(bounds)
}

fn find(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
