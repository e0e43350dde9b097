//! The grammar of monitoring plugins' performance data, `label=value[unit][;warn[;crit[;min[;max]]]]`, as plugins print
//! it. The check `plugin` reads with it, and the host verifies with it that what it prints is what was read.
#![forbid(unsafe_code)]

mod item;
mod label;
mod number;
mod parts;
mod refused;
mod unit;

pub use item::{Item, Reading};
pub use label::check_multi;
pub use parts::{Part, Parts, throughout};
pub use refused::{Reason, Refused};
pub use unit::{Conversion, Quantity, Scale, known};

/// Returns the number that a whole text is, such as a bound or the end of a range.
#[must_use]
pub fn number(text: &str) -> Option<f64> {
    number::leading(text).filter(|(number, rest)| rest.is_empty() && number.is_finite()).map(|(number, _)| number)
}
