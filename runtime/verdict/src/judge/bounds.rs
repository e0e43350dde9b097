//! Bounds of what is kept of one run, by the limits of its check. Pure.

use std::io::{self, Write};

use serde::Serialize;

use super::descriptor;
use super::outcome::PAIR;
use super::thresholds::Thresholds;
use roundsman_contract::limits::Limits;
use roundsman_contract::report::denials::MOST_OF_DENIALS;
use roundsman_contract::report::{LONGEST_HINT, LONGEST_MESSAGE, LONGEST_STACK};
use roundsman_grants::escape::json_length;

/// Bytes of JSON around the texts of one metric: its keys and seven numbers of up to 24 digits.
const METRIC: u64 = 512;
/// The same of a breach.
const BREACH: u64 = 320;
/// The same of a subcheck and of a line, of which each counts one byte of `limits.text`.
const LINE: u64 = 64;
/// The same of the outcome as a whole: names, times, counts.
const OUTCOME: u64 = 8 << 10;
/// A remark of the host's among the details.
const REMARK: u64 = 1 << 10;

/// Counts the bytes that the outcome of one run takes in the file of the results at most. What a component may report within
/// the limits takes less, whatever it is made of.
#[must_use]
pub fn stored(limits: &Limits, thresholds: &Thresholds) -> u64 {
    let Limits { metrics, text, series, .. } = *limits;
    // A metric outside of its range is there twice: as metric, and as breach.
    let of_series = series.saturating_mul(2).saturating_add(metrics.saturating_mul(METRIC + BREACH));
    let of_text = text.saturating_mul(LINE);
    let failure = 2 * LONGEST_MESSAGE + LONGEST_HINT + LONGEST_STACK;
    let fixed = (descriptor::MAX_BYTES + MOST_OF_DENIALS + failure) as u64 + OUTCOME + REMARK;
    [of_series, of_text, fixed, absences(thresholds)].into_iter().fold(0, u64::saturating_add)
}

/// Counts the bytes of a breach for each entry that could name a series that is absent.
fn absences(thresholds: &Thresholds) -> u64 {
    let entries = thresholds.iter().flat_map(|(metric, entries)| entries.iter().map(move |entry| (metric, entry)));
    let bytes = entries.filter(|(_, entry)| entry.absent.is_some()).map(|(metric, entry)| {
        let selector = entry.selector.iter();
        let labels: usize = selector.map(|(name, glob)| json_length(name) + json_length(glob.as_str()) + PAIR).sum();
        BREACH + (json_length(metric) + labels) as u64
    });
    bytes.sum()
}

/// Counts the bytes of a value as JSON, without making it.
#[must_use]
pub fn length<T: Serialize>(value: &T) -> u64 {
    let mut counter = Counter(0);
    // Plain data serializes; what does not is never stored either.
    serde_json::to_writer(&mut counter, value).map_or(u64::MAX, |()| counter.0)
}

struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0 += piece.len() as u64;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
