//! The lines that were written to log files since the run before, each once, across rotation and truncation.
//!
//! A file is known by its device and inode, so one that was renamed is read to its end under its new name, as long
//! as that is granted. Where a known file is shorter than what was read of it, or other bytes stand before that
//! place, it is read from its start. A file that appears between two runs is read from its start too; of what is
//! there at the first run, nothing is read.

mod position;
mod split;

use serde::{Deserialize, Serialize};

use crate::files::{self, FileKind, Found};
use crate::{Error, HostError, Reason, log, state};
use position::Position;
use split::split;

/// Bytes of one read; far below the default `limits.file`.
const CHUNK: u64 = 256 * 1024;

/// What came in one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// Its path now.
    pub path: String,
    /// What is new in it, or why it could not be read; the next run tries again from the same place.
    pub news: Result<News, Error>,
}

/// What is new in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// Its new lines without their ends, bytes that are not UTF-8 as `\xNN`. A last line without its end is left
    /// for the next run, unless the file was renamed.
    pub lines: Vec<String>,
    /// Bytes that were not looked at, because there were more than the run may read.
    pub skipped: u64,
    /// Where reading began.
    pub began: Began,
}

/// Where reading began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Began {
    /// At its end: what was there before the first run is not news.
    AtEnd,
    /// Where the run before ended.
    WhereItEnded,
    /// Where the run before ended; it has another name now.
    Renamed,
    /// At its start, for it is new.
    New,
    /// At its start, for it was truncated or written anew.
    Truncated,
}

/// What came in all the files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tail {
    /// What was found, those that were renamed out of the patterns last.
    pub files: Vec<Followed>,
    /// Where files were that are gone: lines written to them after the run before may be lost.
    pub lost: Vec<String>,
}

#[derive(Default, Deserialize, Serialize)]
struct Kept {
    patterns: Vec<String>,
    positions: Vec<Position>,
    /// Files that are no news as they stand, and could not be read yet: they are begun at their end.
    unbegun: Vec<String>,
}

/// A file to read, and where the run before ended in it.
struct Job {
    path: String,
    known: Option<Position>,
    began: Began,
}

/// Reads what is new in the files of `patterns` (paths or globs), at most `max` bytes of all together; where there is
/// more, the oldest is skipped. Where it ended is kept in the state below `set`.
///
/// # Errors
/// Those of a pattern as a whole and of the state; what went wrong with one file stands with the file.
pub fn new_lines(set: &str, patterns: &[String], max: u64) -> Result<Tail, Error> {
    let key = format!("tail:{set}");
    let mut before = kept(&key)?;
    let mut now = Kept { patterns: patterns.to_vec(), ..Kept::default() };
    let mut tail = Tail::default();

    let jobs = plan(&mut before, &mut now, &mut tail, patterns)?;
    let mut left = max;
    let count = jobs.len() as u64;
    for (done, job) in (0..count).zip(jobs) {
        let news = match read(&job, left / (count - done)) {
            Ok((news, read, position)) => {
                left = left.saturating_sub(read);
                now.positions.push(position);
                Ok(news)
            }
            Err(error) => {
                now.postpone(&job.path, job.known, job.began);
                Err(error)
            }
        };
        tail.files.push(Followed { path: job.path, news });
    }
    state::set_json(&key, &now)?;
    Ok(tail)
}

fn kept(key: &str) -> Result<Kept, Error> {
    match state::get_json(key) {
        Ok(kept) => Ok(kept.unwrap_or_default()),
        Err(Error { reason: Reason::Unreadable(why), .. }) => {
            log::warning(&format!("where the run before ended is unreadable, files are begun at their end: {why}"));
            Ok(Kept::default())
        }
        Err(error) => Err(error),
    }
}

/// Which files to read from where; what cannot be read goes to `tail` with its place kept in `now`.
fn plan(before: &mut Kept, now: &mut Kept, tail: &mut Tail, patterns: &[String]) -> Result<Vec<Job>, Error> {
    let mut jobs: Vec<Job> = Vec::new();
    for pattern in patterns {
        let followed = before.patterns.contains(pattern);
        for (path, identity) in matching(pattern)? {
            let unseen = if followed && !before.unbegun.contains(&path) { Began::New } else { Began::AtEnd };
            if jobs.iter().any(|job| job.path == path) || tail.files.iter().any(|file| file.path == path) {
                continue;
            }
            match identity {
                Ok(identity) => {
                    let known = take(&mut before.positions, |it| it.identity() == identity);
                    let began = match &known {
                        Some(it) if it.path == path => Began::WhereItEnded,
                        Some(_) => Began::Renamed,
                        None => unseen,
                    };
                    jobs.push(Job { path, known, began });
                }
                Err(error) => {
                    // One that is not there may have been renamed: it is looked for below.
                    if !error.is_not_found() {
                        let known = take(&mut before.positions, |it| it.path == path);
                        now.postpone(&path, known, unseen);
                    }
                    tail.files.push(Followed { path, news: Err(error) });
                }
            }
        }
    }
    for position in before.positions.drain(..) {
        match renamed(&position) {
            Some(path) => jobs.push(Job { path, known: Some(position), began: Began::Renamed }),
            None => tail.lost.push(position.path),
        }
    }
    Ok(jobs)
}

impl Kept {
    /// A file that gave no news: the next run begins where this one would have.
    fn postpone(&mut self, path: &str, known: Option<Position>, began: Began) {
        match known {
            Some(known) => self.positions.push(known),
            None if began == Began::AtEnd => self.unbegun.push(path.to_owned()),
            None => {}
        }
    }
}

fn take(positions: &mut Vec<Position>, wanted: impl Fn(&Position) -> bool) -> Option<Position> {
    let at = positions.iter().position(wanted)?;
    Some(positions.remove(at))
}

/// The files of a pattern with device and inode. A path without wildcards is opened, so that a symbolic link counts
/// as the file that it leads to.
fn matching(pattern: &str) -> Result<Vec<Found<(u64, u64)>>, Error> {
    let opened = |path: &str| files::read_at(path, 0, 0).map(|piece| (piece.device, piece.inode));
    if !pattern.contains(['*', '?', '[']) {
        return Ok(vec![(pattern.to_owned(), opened(pattern))]);
    }
    let mut all = Vec::new();
    for (path, metadata) in files::stat_glob(pattern)? {
        let identity = match metadata {
            Ok(it) if it.kind == FileKind::Regular => Ok((it.device, it.inode)),
            Ok(it) if it.kind == FileKind::Symlink => opened(&path),
            Ok(_) => continue,
            Err(error) => Err(error),
        };
        all.push((path, identity));
    }
    Ok(all)
}

/// The new path of a file that left its pattern, among what is granted in its directory. Only granted patterns are
/// asked for, so that looking is never a denial.
fn renamed(position: &Position) -> Option<String> {
    let directory = |path: &str| path.rsplit_once('/').map(|(directory, _)| directory.to_owned());
    let near = |pattern: &String| directory(pattern) == directory(&position.path);
    let found = files::granted().files.into_iter().filter(near).filter_map(|pattern| files::stat_glob(&pattern).ok());
    let same = |it: &Found<files::Metadata>| it.1.as_ref().is_ok_and(|it| (it.device, it.inode) == position.identity());
    found.flatten().find(same).map(|(path, _)| path)
}

/// What is new in one file, how many bytes of it were read, and where that ended.
fn read(job: &Job, max: u64) -> Result<(News, u64, Position), Error> {
    let path = &job.path;
    let unchanged = match &job.known {
        Some(known) => known.still_there(path)?,
        None => false,
    };
    let file = files::read_at(path, 0, 0)?;
    let (start, mid_line, began) = match &job.known {
        Some(known) if unchanged => (known.offset, known.mid_line, job.began),
        Some(_) => (0, false, Began::Truncated),
        None if job.began == Began::AtEnd => {
            let last = files::read_at(path, file.size.saturating_sub(1), 1)?.data;
            (file.size, last.last().is_some_and(|byte| *byte != b'\n'), Began::AtEnd)
        }
        None => (0, false, job.began),
    };

    let skipped = file.size.saturating_sub(start).saturating_sub(max);
    let from = start + skipped;
    let bytes = read_range(path, from, file.size, (file.device, file.inode))?;
    let parts = split(&bytes, mid_line || skipped > 0, began == Began::Renamed);
    let dropped = if skipped > 0 { parts.dropped as u64 } else { 0 };

    let offset = from + parts.consumed as u64;
    let position = Position::take(path, offset, parts.mid_line)?;
    Ok((News { lines: parts.lines, skipped: skipped + dropped, began }, bytes.len() as u64, position))
}

fn read_range(path: &str, from: u64, to: u64, identity: (u64, u64)) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut at = from;
    while at < to {
        let piece = files::read_at(path, at, CHUNK.min(to - at))?;
        if (piece.device, piece.inode) != identity {
            return Err(Error::host(path, HostError::Other("was replaced while it was read".into())));
        }
        if piece.data.is_empty() {
            break;
        }
        at += piece.data.len() as u64;
        bytes.extend(piece.data);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
