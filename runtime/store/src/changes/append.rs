//! Appends to the history. The caller holds the lock of the state.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::Path;

use jiff::Timestamp;

use super::HistoryEnd;
use super::read::{each_trusting, next_line};
use super::segments::{self, FILE};
use crate::load::{Trust, set_aside};
use roundsman_os::replace::Readers;
use roundsman_verdict::history::{Event, HistoryEntry};

/// Entries that were noted since the state was written: by a round that was killed before it wrote the state.
#[derive(Debug, Default)]
pub struct Tail {
    pub entries: Vec<HistoryEntry>,
    /// Whether there is no history at all: it begins with where everything stands.
    pub is_first: bool,
}

/// Looks what was noted since. Where nothing was, which is known without reading, nothing is read. What is no file of ours is
/// set aside.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn tail(directory: &Path, mark: &HistoryEnd) -> io::Result<Tail> {
    let path = directory.join(FILE);
    let active = match segments::active(directory, mark.length) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        found => match found? {
            Ok(file) => Some(file),
            Err(_) => {
                set_aside(&path)?;
                None
            }
        },
    };
    if let Some(file) = &active {
        let stat = file.metadata()?;
        if (stat.ino(), stat.len()) == (mark.inode, mark.length) {
            return Ok(Tail::default());
        }
    }
    let is_first = active.is_none() && segments::closed(directory)?.is_empty();
    let mut entries = Vec::new();
    each_trusting(directory, Trust::Ours, mark.last, &mut |entry| {
        if entry.sequence > mark.last {
            entries.push(entry);
        }
    })?;
    Ok(Tail { entries, is_first })
}

/// Notes events after all that was noted, and makes them durable. A file that has at least `longest` bytes is closed first.
///
/// # Errors
/// They could not be noted: none was, but after a failure of the disk.
pub(crate) fn append(
    directory: &Path,
    mark: &HistoryEnd,
    tail: &Tail,
    events: Vec<Event>,
    readers: Readers,
    longest: u64,
) -> io::Result<HistoryEnd> {
    let last = tail.entries.last().map_or(mark.last, |entry| entry.sequence.max(mark.last));
    if events.is_empty() && tail.entries.is_empty() {
        return Ok(mark.clone());
    }
    let path = directory.join(FILE);
    let mut file = open(&path, readers)?;
    let (mut length, mut closed) = (repair(&mut file)?, mark.closed);
    if length >= longest && length > 0 && !events.is_empty() {
        file = close(directory, file, readers)?;
        length = 0;
        closed = closed.saturating_add(1);
    }
    let time = Timestamp::now();
    let entries = events.into_iter().zip(last + 1..).map(|(event, sequence)| HistoryEntry { sequence, time, event });
    let (mut lines, mut last) = (String::new(), last);
    for entry in entries {
        last = entry.sequence;
        lines += &entry.line();
    }
    if let Err(error) = file.write_all(lines.as_bytes()) {
        // To be shorter takes no room; where even that fails, the next round repairs it.
        let _ = file.set_len(length);
        return Err(error);
    }
    file.sync_data()?;
    if length == 0 {
        File::open(directory)?.sync_all()?;
    }
    let stat = file.metadata()?;
    Ok(HistoryEnd { last, inode: stat.ino(), length: stat.len(), closed })
}

/// Opens the file, or makes it.
fn open(path: &Path, readers: Readers) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = options.open(path)?;
    if let Readers::Group(group) = readers
        && file.metadata()?.mode() & 0o777 != 0o640
    {
        fchown(&file, None, Some(group))?;
        file.set_permissions(Permissions::from_mode(0o640))?;
    }
    Ok(file)
}

/// Cuts off half a line, which a killed round left and nobody knows of, and returns the length.
fn repair(file: &mut File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let mut whole = length;
    while whole > 0 {
        const PIECE: u64 = 4 << 10;
        let begin = whole.saturating_sub(PIECE);
        file.seek(SeekFrom::Start(begin))?;
        let mut piece = Vec::new();
        file.take(whole - begin).read_to_end(&mut piece)?;
        match piece.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => {
                whole = begin + at as u64 + 1;
                break;
            }
            None => whole = begin,
        }
    }
    if whole < length {
        file.set_len(whole)?;
    }
    Ok(whole)
}

/// Closes the file under the number of its first entry, and begins another.
fn close(directory: &Path, mut file: File, readers: Readers) -> io::Result<File> {
    file.seek(SeekFrom::Start(0))?;
    let (mut lines, mut line) = (BufReader::new(file), Vec::new());
    let mut first = None;
    while first.is_none() && next_line(&mut lines, &mut line)? > 0 {
        first = HistoryEntry::read(&line);
    }
    let first = first.map_or(0, |entry| entry.sequence);
    std::fs::rename(directory.join(FILE), directory.join(format!("{FILE}.{first}")))?;
    open(&directory.join(FILE), readers)
}
