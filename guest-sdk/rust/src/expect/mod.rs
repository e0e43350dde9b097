//! What an operator expects of a text that no check knows the format of: lines that must or must not be there, and
//! numbers to pick out.

mod exposition;
mod json;
mod number;
mod pick;
mod pointer;
mod risen;
mod row_status;
mod rows;
mod said;
mod series;
mod shape;
mod summary;
mod when;

use crate::Pattern;
use crate::text::cut;

pub use json::JsonValue;
pub use number::{Number, NumberKind, ToldAs};
pub use pick::{Picked, Wanted};
pub use pointer::Pointer;
pub use row_status::RowStatus;
pub use rows::{Column, Rows};
pub use said::said;
pub use series::{Series, TextFormat};
pub use summary::Summary;

/// The patterns that no line of the text matches.
pub fn lacking<'a>(text: &str, patterns: &'a [Pattern]) -> Vec<&'a Pattern> {
    patterns.iter().filter(|pattern| !text.lines().any(|line| pattern.matches(line))).collect()
}

/// The patterns that a line of the text matches, with the first such line, cut to 200 characters.
pub fn found<'a>(text: &str, patterns: &'a [Pattern]) -> Vec<(&'a Pattern, String)> {
    let first = |pattern: &Pattern| text.lines().find(|line| pattern.matches(line)).map(|line| cut(line, 200));
    patterns.iter().filter_map(|pattern| Some((pattern, first(pattern)?))).collect()
}

#[cfg(test)]
mod tests;
