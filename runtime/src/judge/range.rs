//! Nagios ranges, with units.

/// A range as an operator wrote it, in base units.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeSpec {
    pub range: crate::contract::Range,
    /// What kind of number its ends are, where a unit says so.
    pub dimension: Option<Dimension>,
}

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    Bytes,
    Seconds,
    Percent,
}

/// Why a text is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no range: {reason}")]
pub struct RangeError {
    pub text: String,
    pub reason: String,
}

impl RangeSpec {
    /// Parses a Nagios range whose numbers may carry units, such as `50GiB:`.
    ///
    /// # Errors
    /// [`RangeError`] says what was wrong.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        Err(RangeError { text: text.to_owned(), reason: "not written yet".to_owned() })
    }
}
