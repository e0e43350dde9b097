//! Reads what is new in one file.

use super::archive::Sum;
use super::encoding::Encoding;
use super::family::has_rotated_name;
use super::plan::Job;
use super::position::Position;
use super::split::split;
use super::{Began, News};
use crate::Error;

/// Bytes of one read; far below the default `limits.file`.
const CHUNK: u64 = 256 * 1024;

/// The new lines of one file, how many bytes of it were read, and where that ended.
pub(super) struct Read {
    pub(super) news: News,
    pub(super) bytes: u64,
    pub(super) position: Position,
}

/// Place where reading begins.
struct Start {
    at: u64,
    mid_line: bool,
    sum: Option<Sum>,
}

impl Job {
    /// Returns bytes that the run before did not see.
    pub(super) fn pending(&self) -> u64 {
        match (&self.known, self.began) {
            (_, Began::AtEnd) => 0,
            (Some(known), _) => self.entry.size.saturating_sub(known.offset),
            (None, _) => self.entry.size,
        }
    }

    /// Reads at most `max` bytes; where there is more, the oldest is skipped.
    pub(super) fn read(&self, max: u64) -> Result<Read, Error> {
        let encoding = match self.entry.size {
            0 => Encoding::Bytes,
            _ => Encoding::of(&self.entry.read_at(0, Encoding::TOLD_BY)?),
        };
        let start = self.start(encoding)?;
        let all = self.entry.size.saturating_sub(start.at);
        // An offset within a unit would make other text of all that follows.
        let unit = encoding.unit() as u64;
        let skipped = all.saturating_sub(max).next_multiple_of(unit).min(all - all % unit);
        let from = start.at + skipped;
        let bytes = self.read_range(from)?;

        let mark = if from == 0 { encoding.mark(&bytes).min(bytes.len()) } else { 0 };
        let ended = self.began == Began::Renamed;
        let mut parts = split(&bytes[mark..], encoding, start.mid_line || skipped > 0, ended);
        parts.consumed += mark;
        let rest = &bytes[parts.consumed..];
        let unfinished = rest.len() as u64;

        let before = self.known.as_ref().map_or((0, 0), |it| (it.unfinished, it.looked_at));
        let is_at_rest = unfinished > 0 && parts.lines.is_empty() && unfinished == before.0;
        let is_news = is_at_rest && unfinished != before.1;
        let position = Position {
            mid_line: parts.mid_line,
            unfinished,
            looked_at: if is_at_rest { unfinished } else { 0 },
            settled: self.is_settled(unfinished),
            sum: start.sum.filter(|_| skipped == 0).map(|sum| sum.and(&bytes[..parts.consumed])),
            ..Position::take(&self.entry, from + parts.consumed as u64)?
        };
        let dropped = if skipped > 0 { parts.dropped as u64 } else { 0 };
        let news = News {
            lines: parts.lines,
            unfinished: is_news.then(|| encoding.line(rest)),
            skipped: skipped + dropped,
            began: self.began,
        };
        Ok(Read { news, bytes: bytes.len() as u64, position })
    }

    fn start(&self, encoding: Encoding) -> Result<Start, Error> {
        match &self.known {
            Some(known) => Ok(Start { at: known.offset, mid_line: known.mid_line, sum: known.sum }),
            None if self.began != Began::AtEnd || self.entry.size == 0 => {
                Ok(Start { at: 0, mid_line: false, sum: Some(Sum::default()) })
            }
            None => {
                let unit = encoding.unit() as u64;
                let end = self.entry.size - self.entry.size % unit;
                let last = self.entry.read_at(end.saturating_sub(unit), unit)?;
                Ok(Start { at: end, mid_line: encoding.end_of_line(&last, 0).is_none(), sum: None })
            }
        }
    }

    /// Tells whether the end of a rotated file was reached: nothing came in it since the run before, which knew that name. A
    /// file that is no news from the start has none to lose.
    fn is_settled(&self, unfinished: u64) -> bool {
        let rests = match (&self.known, self.began) {
            (Some(known), Began::WhereItEnded) => known.offset + known.unfinished == self.entry.size,
            (None, Began::AtEnd) => true,
            _ => false,
        };
        rests && unfinished == 0 && has_rotated_name(&self.entry.path)
    }

    fn read_range(&self, from: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let mut at = from;
        while at < self.entry.size {
            let piece = self.entry.read_at(at, CHUNK.min(self.entry.size - at))?;
            if piece.is_empty() {
                break;
            }
            at += piece.len() as u64;
            bytes.extend(piece);
        }
        Ok(bytes)
    }
}
