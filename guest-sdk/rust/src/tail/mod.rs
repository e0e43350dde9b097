//! The lines that were written to log files since the run before, each once, across rotation and truncation.
//!
//! A file is known by its device and inode, and by what stands before the place where reading ended. One that was renamed
//! is read to its end under its new name, as long as that is granted; so is the copy of one that was truncated, and what
//! was rotated in between. A file that appears between two runs is read from its start; of what is there at the first run,
//! nothing is read. Where it cannot be proven that a file was read to its end, that is told as a [`Loss`].
//!
//! Two things leave no sign: what a program writes between the copy and the truncation of `copytruncate`, and a file that
//! was empty, or is exactly as it was up to the place where reading ended, although it was truncated in between.
//!
//! ```
//! use roundsman_sdk::fake::Fake;
//! use roundsman_sdk::tail::{self, Began, Followed, How, Loss, News, Tail};
//!
//! let host = Fake::new();
//! host.file("/var/log/app.log", "before\n");
//! let read = || host.with(|| tail::new_lines("app", &["/var/log/app.log".to_owned()], 1 << 20)).unwrap();
//! // What was there before the first run is no news.
//! let first: Tail = read();
//! assert_eq!(first.files[0].news.as_ref().unwrap().began, Began::AtEnd);
//! host.append("/var/log/app.log", "after\n");
//! let Followed { path, news } = &read().files[0];
//! let News { lines, skipped, .. } = news.as_ref().unwrap();
//! assert_eq!((path.as_str(), lines[0].as_str(), *skipped), ("/var/log/app.log", "after", 0));
//!
//! // What may never have been read is said, with what would keep it from happening.
//! host.remove("/var/log/app.log");
//! let Loss { how, .. } = read().lost[0].clone();
//! assert_eq!(how, How::Gone);
//! ```

mod archive;
mod encoding;
mod entry;
mod family;
mod loss;
mod names;
mod plan;
mod position;
mod read;
mod split;

use serde::{Deserialize, Serialize};

use crate::{Error, Reason, files, log, state};
use archive::Archive;
use entry::Entries;
pub use loss::{How, Loss};
use plan::{Job, Plan, plan};
use position::Position;

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
    /// Its new lines without their ends and without NUL, bytes that are not text as `\xNN`; UTF-16 is read where the file
    /// begins with its mark. A last line without its end is left for the next run, unless the file was renamed.
    pub lines: Vec<String>,
    /// A last line without its end that did not grow since the run before, as it stands: who wrote it may have died. It is
    /// told once, and should it be completed, it comes as a whole among the lines.
    pub unfinished: Option<String>,
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
    /// What the patterns name; then rotated files that are only granted, where something came in them.
    pub files: Vec<Followed>,
    /// Patterns with wildcards that match no file.
    pub unmatched: Vec<String>,
    /// Lines that may be lost.
    pub lost: Vec<Loss>,
    /// Why the places where reading ended could not be kept: the next run begins where this one did.
    pub unkept: Option<Error>,
}

#[derive(Default, Deserialize, Serialize)]
struct Kept {
    patterns: Vec<String>,
    /// What was granted: a file that only becomes visible is no news.
    granted: Vec<String>,
    positions: Vec<Position>,
    /// Files that are no news as they stand, and could not be read yet: they are begun at their end.
    unbegun: Vec<String>,
    archives: Vec<Archive>,
}

/// Reads what is new in the files of `patterns` (paths or globs), at most `max` bytes of all together; where there is
/// more, the oldest is skipped. Where it ended is kept in the state below `set`.
///
/// # Errors
/// A pattern that is not granted, and what stands in the way of reading the state; what went wrong with one file or pattern
/// stands with it.
pub fn new_lines(set: &str, patterns: &[String], max: u64) -> Result<Tail, Error> {
    let key = format!("tail:{set}");
    let mut tail = Tail::default();
    let before = kept(&key, patterns, &mut tail)?;
    let mut entries = Entries::look(patterns, &before.patterns, &before.granted)?;
    tail.unmatched = std::mem::take(&mut entries.unmatched);
    let mut now = Kept { patterns: patterns.to_vec(), granted: files::granted().files, ..Kept::default() };

    let mut plan = plan(before, entries);
    plan.jobs.sort_unstable_by_key(|job| job.entry.place);
    now.take(&mut plan);
    tail.lost.append(&mut plan.lost);
    tail.files.extend(plan.failed.into_iter().map(|(path, error)| Followed { path, news: Err(error) }));
    read_all(plan.jobs, max, &mut now, &mut tail);
    tail.unkept = state::set_json(&key, &now).err();
    Ok(tail)
}

/// Returns what the run before kept; what cannot be read of it is a loss.
fn kept(key: &str, patterns: &[String], tail: &mut Tail) -> Result<Kept, Error> {
    match state::get_json(key) {
        Ok(kept) => Ok(kept.unwrap_or_default()),
        Err(Error { reason: Reason::Unreadable(why), .. }) => {
            log::warning(&format!("where the run before ended is unreadable, files are begun at their end: {why}"));
            tail.lost.extend(patterns.iter().map(|pattern| Loss::new(pattern, How::Forgotten)));
            Ok(Kept::default())
        }
        Err(error) => Err(error),
    }
}

/// Reads what is new; each file has its share of `max`, and what it leaves is for the others.
fn read_all(jobs: Vec<Job>, max: u64, now: &mut Kept, tail: &mut Tail) {
    let mut left = max;
    let mut sharers = jobs.iter().filter(|job| job.pending() > 0).count() as u64;
    for job in jobs {
        let share = left / sharers.max(1);
        sharers -= u64::from(job.pending() > 0);
        let is_listed = job.entry.is_listed();
        let news = match job.read(share) {
            Ok(read) => {
                left = left.saturating_sub(read.bytes);
                now.positions.push(read.position);
                Ok(read.news)
            }
            Err(error) => {
                now.postpone(&job);
                Err(error)
            }
        };
        let is_quiet = news.as_ref().is_ok_and(News::is_none);
        if is_listed || !is_quiet {
            tail.files.push(Followed { path: job.entry.path, news });
        }
    }
}

impl News {
    fn is_none(&self) -> bool {
        self.lines.is_empty() && self.unfinished.is_none() && self.skipped == 0
    }
}

impl Kept {
    fn take(&mut self, plan: &mut Plan) {
        self.positions.append(&mut plan.postponed);
        self.unbegun.append(&mut plan.unbegun);
        self.archives.append(&mut plan.archives);
        self.patterns.retain(|it| !plan.unfollowed.contains(it));
    }

    /// A file that gave no news: the next run begins where this one would have.
    fn postpone(&mut self, job: &Job) {
        match &job.known {
            Some(known) => self.positions.push(known.clone()),
            None if job.began == Began::AtEnd => self.unbegun.push(job.entry.path.clone()),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod rotation_tests;
