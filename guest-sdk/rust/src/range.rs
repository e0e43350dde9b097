//! Ranges of values that are in order, by the words an author thinks in.

use crate::Range;

///
/// ```
/// use roundsman_sdk::Range;
///
/// // As Nagios writes them: 90, 10:, ~:5, 10:20 and @10:20.
/// assert_eq!(Range::up_to(90.0), Range::between(0.0, 90.0));
/// assert_eq!(Range::at_least(10.0).high, f64::INFINITY);
/// assert_eq!(Range::at_most(5.0).low, f64::NEG_INFINITY);
/// assert!(Range::outside(10.0, 20.0).inside);
/// ```
impl Range {
    /// Makes the range from 0 to `high`, Nagios's `high`, for values that are never negative.
    pub const fn up_to(high: f64) -> Self {
        Self::between(0.0, high)
    }

    /// Returns `low` and above: Nagios's `low:`.
    pub const fn at_least(low: f64) -> Self {
        Self::between(low, f64::INFINITY)
    }

    /// Returns `high` and below, negative values too: Nagios's `~:high`.
    pub const fn at_most(high: f64) -> Self {
        Self::between(f64::NEG_INFINITY, high)
    }

    /// Makes the range from `low` to `high`, both included: Nagios's `low:high`.
    pub const fn between(low: f64, high: f64) -> Self {
        Self { low, high, inside: false }
    }

    /// Returns everything but the values from `low` to `high`: Nagios's `@low:high`.
    pub const fn outside(low: f64, high: f64) -> Self {
        Self { low, high, inside: true }
    }
}
