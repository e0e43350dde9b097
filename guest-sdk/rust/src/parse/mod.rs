//! Parsing that never guesses: what does not parse is an error with the text and its place.

mod columns;
mod csv;
mod document;
mod error;
mod field;
mod json;
mod key_values;
mod size;
mod time;

pub use columns::{Row, rows};
pub use csv::{Record, csv, records};
pub use document::{Document, Node, document};
pub use error::ParseError;
pub use field::{Field, Integer, lines};
pub use json::json;
pub(crate) use json::tree;
pub use key_values::{KeyValues, key_values};
pub(crate) use time::days;
