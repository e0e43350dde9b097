//! Reads the history, oldest entry first, without a lock.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::segments::{self, FILE};
use crate::error::StoreError;
use crate::load::Trust;
use roundsman_verdict::history::HistoryEntry;

/// Bytes before the end of a file where the search for an entry begins.
const NEAR: u64 = 64 << 10;
/// More than any entry has, in bytes.
const LONGEST_LINE: u64 = 16 << 20;

/// Entries that were asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ChangesRead {
    pub entries: Vec<HistoryEntry>,
    /// The number of the oldest entry that is kept and was looked at. Where it is more than one behind the number that was asked
    /// for, those between are gone.
    pub first: Option<u64>,
    /// Lines that are damaged.
    pub unreadable: u64,
}

/// Reads all entries after a number; of a number near the last one, little more than those.
///
/// # Errors
/// A file cannot be read.
pub fn after(directory: &Path, sequence: u64) -> Result<ChangesRead, StoreError> {
    let mut found = ChangesRead::default();
    found.unreadable = each(directory, sequence, &mut |entry| {
        found.first.get_or_insert(entry.sequence);
        if entry.sequence > sequence {
            found.entries.push(entry);
        }
    })?;
    Ok(found)
}

/// Hands over each entry after a number, and some before it, in their order; none is in memory but that. Returns how many
/// lines are damaged.
///
/// # Errors
/// A file cannot be read.
pub fn each(directory: &Path, sequence: u64, visit: &mut dyn FnMut(HistoryEntry)) -> Result<u64, StoreError> {
    each_trusting(directory, Trust::Directory, sequence, visit)
        .map_err(|error| StoreError::Io { path: directory.join(FILE), error })
}

pub(super) fn each_trusting(
    directory: &Path,
    trust: Trust,
    sequence: u64,
    visit: &mut dyn FnMut(HistoryEntry),
) -> io::Result<u64> {
    let (mut last, mut unreadable) = (0, 0);
    for (file, start) in files(directory, trust, sequence)? {
        let mut lines = BufReader::new(file);
        lines.seek(SeekFrom::Start(start))?;
        let mut line = Vec::new();
        while next_line(&mut lines, &mut line)? > 0 {
            // One without its end is still being written, or was cut off with the round that wrote it: nobody knows of it.
            let whole = line.last() == Some(&b'\n');
            match HistoryEntry::read(&line) {
                // A file that was closed while this one looked is met twice.
                Some(entry) if whole && entry.sequence > last => {
                    last = entry.sequence;
                    visit(entry);
                }
                Some(_) => {}
                None => unreadable += u64::from(whole),
            }
        }
    }
    Ok(unreadable)
}

/// Reads the next line with its end, and returns how many bytes it has. One that is longer than any entry is passed over, and
/// is an empty line here.
pub(super) fn next_line(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    line.clear();
    let taken = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', line)? as u64;
    if taken < LONGEST_LINE || line.last() == Some(&b'\n') {
        return Ok(taken);
    }
    line.clear();
    line.push(b'\n');
    Ok(taken + lines.skip_until(b'\n')? as u64)
}

/// Opens the files that hold entries after a number, oldest first, each with where to begin. The newest is opened first, as it
/// may be closed at any time.
fn files(directory: &Path, trust: Trust, sequence: u64) -> io::Result<Vec<(File, u64)>> {
    let mut files = Vec::new();
    let mut paths = vec![directory.join(FILE)];
    let mut listed = false;
    while let Some(path) = paths.pop() {
        if let Some(mut file) = segments::open(&path, trust)? {
            let start = start(&mut file, sequence)?;
            files.push((file, start.unwrap_or(0)));
            if start.is_some() {
                break;
            }
        }
        if !listed {
            listed = true;
            paths = segments::closed(directory)?.into_iter().map(|segment| segment.path).collect();
        }
    }
    files.reverse();
    Ok(files)
}

/// Finds a line at or before the first entry after a number; `None` where the file holds none before it.
fn start(file: &mut File, sequence: u64) -> io::Result<Option<u64>> {
    let length = file.metadata()?.len();
    let mut near = NEAR;
    loop {
        let begin = length.saturating_sub(near);
        let mut lines = BufReader::new(&mut *file);
        lines.seek(SeekFrom::Start(begin))?;
        let mut at = begin;
        let mut line = Vec::new();
        if begin > 0 {
            // Most likely the end of a line.
            at += next_line(&mut lines, &mut line)?;
        }
        loop {
            let taken = next_line(&mut lines, &mut line)?;
            match HistoryEntry::read(&line) {
                Some(entry) if entry.sequence <= sequence => return Ok(Some(at)),
                None if taken > 0 => at += taken,
                Some(_) | None => break,
            }
        }
        if begin == 0 {
            return Ok(None);
        }
        near *= 8;
    }
}
