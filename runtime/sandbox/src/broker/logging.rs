//! The lines of one run, up to `limits.log`.

use roundsman_contract::Level;
use roundsman_contract::report::LogLine;
use roundsman_grants::escape::json_length;

/// Collects lines; what has no room is dropped and counted.
#[derive(Debug)]
pub struct Logging {
    left: u64,
    lines: Vec<LogLine>,
    dropped: u64,
}

/// Cost of a line besides its text, so that empty ones are bounded too.
const LINE: u64 = 16;

impl Logging {
    /// Begins without a line. `limit` is in bytes, as the lines take them in JSON.
    pub fn new(limit: u64) -> Self {
        Self { left: limit, lines: Vec::new(), dropped: 0 }
    }

    pub(crate) fn log(&mut self, level: Level, message: String) {
        match self.cost(&message) {
            Some(cost) => {
                self.left -= cost;
                self.lines.push(LogLine { level, message });
            }
            None => self.dropped += 1,
        }
    }

    /// Returns the cost of a line, and `None` if it has no room. JSON is never shorter than the text, so that a flood of long
    /// lines costs the broker no look at each character.
    fn cost(&self, message: &str) -> Option<u64> {
        if self.dropped > 0 || LINE + message.len() as u64 > self.left {
            return None;
        }
        Some(LINE + json_length(message) as u64).filter(|cost| *cost <= self.left)
    }

    /// Returns the lines kept, and how many were dropped.
    pub(crate) fn into_lines(self) -> (Vec<LogLine>, u64) {
        (self.lines, self.dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_first_and_counts_the_rest() {
        let mut logging = Logging::new(60);
        for number in 0..10 {
            logging.log(Level::Info, format!("line {number}"));
        }
        let (lines, dropped) = logging.into_lines();
        assert_eq!(lines.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), ["line 0", "line 1"]);
        assert_eq!(dropped, 8);
    }

    #[test]
    fn empty_lines_are_bounded_too() {
        let mut logging = Logging::new(160);
        (0..100_000).for_each(|_| logging.log(Level::Debug, String::new()));
        assert_eq!(logging.into_lines().0.len(), 10);
    }
}
