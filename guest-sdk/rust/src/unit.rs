//! Units of metrics. Values are in base units, always.

use std::borrow::Cow;

use crate::bindings::roundsman::check::types;

/// The unit of a metric's value.
///
/// ```
/// use roundsman_sdk::Unit;
///
/// assert_eq!(Unit::named("seconds"), Unit::Seconds);
/// assert_eq!(Unit::named("dBm"), Unit::Other("dBm".into()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Unit {
    /// A count, or anything without a unit.
    Number,
    /// Never KiB.
    Bytes,
    /// Never milliseconds.
    Seconds,
    /// 0 to 100.
    Percent,
    /// Degrees.
    Celsius,
    /// Any other by its usual symbol, such as `dBm`.
    Other(Cow<'static, str>),
}

impl Unit {
    /// Returns the unit that an operator means by `number`, `bytes`, `seconds`, `percent` or `celsius`; any other word is
    /// a unit's own symbol.
    pub fn named(name: &str) -> Self {
        match name {
            "number" => Self::Number,
            "bytes" => Self::Bytes,
            "seconds" => Self::Seconds,
            "percent" => Self::Percent,
            "celsius" => Self::Celsius,
            symbol => Self::Other(symbol.to_owned().into()),
        }
    }
}

impl From<Unit> for types::Unit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Number => Self::Number,
            Unit::Bytes => Self::Bytes,
            Unit::Seconds => Self::Seconds,
            Unit::Percent => Self::Percent,
            Unit::Celsius => Self::Celsius,
            Unit::Other(symbol) => Self::Other(symbol.into_owned()),
        }
    }
}
