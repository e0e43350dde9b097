//! The values that wait for receivers: a line for each outcome, in files of which the oldest is removed where they are too large.
//! A place in them is the number of bytes that were ever written before it, which is in the name of each file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::load::{Trust, opened};
use roundsman_verdict::delivery::measured::Measured;

/// The names of the files are this, a dot, and the place of their first byte.
const FILE: &str = "values";
/// Files that share the room: so much of it goes with the oldest.
const FILES: u64 = 8;

/// Values from one place to another.
#[derive(Debug, Default)]
pub struct Span {
    /// Each with the place behind it.
    pub entries: Vec<(u64, Measured)>,
    pub start: u64,
    /// The place behind all that was read.
    pub end: u64,
    /// Whether some of what was asked for is gone.
    pub is_cut: bool,
}

struct Segment {
    path: PathBuf,
    start: u64,
    length: u64,
}

/// Appends outcomes. The caller holds the lock of the state. They are not forced to the disk: a process that ends loses none, and
/// a host that loses its power some seconds of them.
///
/// # Errors
/// A file cannot be written.
pub fn append(directory: &Path, outcomes: &[Measured], keep: u64) -> io::Result<()> {
    if outcomes.is_empty() {
        return Ok(());
    }
    let mut segments = list(directory)?;
    let active = segments.last().map_or((0, 0), |segment| (segment.start, segment.length));
    let start = if active.1 >= keep / FILES { active.0 + active.1 } else { active.0 };
    let path = directory.join(format!("{FILE}.{start}"));
    let mut options = OpenOptions::new();
    let mut file = options
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(&path)?;
    let mut lines = if is_torn(&mut file)? { b"\n".to_vec() } else { Vec::new() };
    for outcome in outcomes {
        serde_json::to_writer(&mut lines, outcome)?;
        lines.push(b'\n');
    }
    file.write_all(&lines)?;
    segments.retain(|segment| segment.path != path);
    trim(&segments, keep.saturating_sub(file.metadata()?.len()))
}

/// Removes the oldest as long as all have more bytes than that.
fn trim(closed: &[Segment], most: u64) -> io::Result<()> {
    let mut all: u64 = closed.iter().map(|segment| segment.length).sum();
    for segment in closed {
        if all <= most {
            break;
        }
        all -= segment.length;
        fs::remove_file(&segment.path)?;
    }
    Ok(())
}

/// Removes all of them, as nobody waits for values any more.
///
/// # Errors
/// A file cannot be removed.
pub fn clear(directory: &Path) -> io::Result<()> {
    list(directory)?.iter().try_for_each(|segment| fs::remove_file(&segment.path))
}

/// Returns the place behind all values.
///
/// # Errors
/// The directory cannot be read.
pub fn end(directory: &Path) -> io::Result<u64> {
    Ok(list(directory)?.last().map_or(0, |segment| segment.start + segment.length))
}

/// Reads from a place on, about so many bytes. A place that is not there any more, or not yet, is the first or last that is.
///
/// # Errors
/// A file cannot be read.
pub fn read(directory: &Path, from: u64, most: u64) -> io::Result<Span> {
    let segments = list(directory)?;
    let (Some(first), Some(last)) = (segments.first(), segments.last()) else { return Ok(Span::default()) };
    let end = last.start + last.length;
    let start = from.clamp(first.start, end);
    let mut span = Span { start, end: start, entries: Vec::new(), is_cut: from < first.start };
    let stop = span.end.saturating_add(most);
    for segment in segments.iter().filter(|segment| segment.start + segment.length > start) {
        // One that is no file of ours holds nothing.
        let Ok(mut file) = opened(&segment.path, Trust::Ours)? else { continue };
        span.end = span.end.max(segment.start);
        file.seek(SeekFrom::Start(span.end - segment.start))?;
        let mut lines = BufReader::new(file.take(segment.start + segment.length - span.end));
        let mut line = Vec::new();
        while span.end < stop && lines.read_until(b'\n', &mut line)? > 0 {
            span.end += line.len() as u64;
            // One that was cut off by a kill was not stored either: its run is repeated.
            span.entries.extend(serde_json::from_slice(&line).ok().map(|entry| (span.end, entry)));
            line.clear();
        }
    }
    Ok(span)
}

/// Lists the files, oldest first.
fn list(directory: &Path) -> io::Result<Vec<Segment>> {
    let entries = match directory.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut segments = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let start = name.to_str().and_then(|name| name.strip_prefix(FILE)?.strip_prefix('.')?.parse().ok());
        if let Some(start) = start {
            segments.push(Segment { path: entry.path(), start, length: entry.path().symlink_metadata()?.len() });
        }
    }
    segments.sort_by_key(|segment| segment.start);
    Ok(segments)
}

/// Tells whether the last line has no end.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
