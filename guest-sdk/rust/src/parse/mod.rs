//! Parsing that never guesses: what does not parse is an error with the text and its place.
//!
//! ```
//! use roundsman_sdk::parse::{self, Field, Integer, KeyValues, ParseError, Record, Row};
//!
//! // Columns apart by white space, each of which knows its place.
//! let table = "sda  ok  42%\nsdb  bad  x\n";
//! let rows: Vec<Row> = parse::rows(table).collect();
//! let [disk, state, used] = rows[0].exactly()?;
//! assert_eq!((disk.text(), state.line(), rows[0].columns().len()), ("sda", 1, 3));
//! assert_eq!(used.without_end("%")?.integer::<u8>()?, 42);
//! let error = rows[1].column(2)?.integer::<u8>().unwrap_err();
//! assert_eq!(error.to_string(), "line 2, column 11: \"x\" is not a whole number");
//! assert_eq!(Row::of(Field::new("a b")).column(1)?.text(), "b");
//!
//! // Numbers, sizes and times, of which nothing is guessed.
//! fn natural<T: Integer>(text: &str) -> Result<T, ParseError> {
//!     Field::new(text).trimmed().integer()
//! }
//! assert_eq!((natural::<u64>(" 7 ")?, Field::new("0.5").decimal()?, Field::new("0x1f").hex()?), (7, 0.5, 31));
//! assert_eq!((Field::new("4 KiB").size()?, Field::new("10 kB").kernel_kilobytes()?), (4096, 10_240));
//! assert_eq!((Field::new("5m").duration()?, Field::new("1970-01-01T00:01:00Z").moment(0)?), (300, 60));
//! assert_eq!(Field::new("1/83").split_once('/')?.1.integer::<u32>()?, 83);
//! assert!(Field::new("12").error("is odd").to_string().ends_with("\"12\" is odd"));
//! assert_eq!(parse::lines("a\nb\n").count(), 2);
//!
//! // Keys with values, and values apart by a separator.
//! let memory: KeyValues = parse::key_values("MemTotal: 10 kB\nodd line\n", ':');
//! assert_eq!((memory.get("MemTotal")?.text(), memory.find("MemFree")?), ("10 kB", None));
//! assert_eq!((memory.iter().count(), memory.odd()[0].text()), (1, "odd line"));
//! let records: Vec<Record> = parse::csv("name;size\n\"a;b\";7\n", ';')?;
//! assert_eq!(records[1][0].text(), "a;b");
//! assert!(parse::records("a;\"b\nc;d\n", ';')[0].1.is_err());
//!
//! // JSON into a type, or by its places.
//! assert_eq!(parse::json::<Vec<u8>>("[1, 2]")?, [1, 2]);
//! let document: parse::Document = parse::document(r#"{"up": true, "load": 0.5, "jobs": [7, "8"], "name": "a"}"#)?;
//! let root: parse::Node = document.root();
//! assert_eq!((root.place(), root.members()?.len()), ("the document", 4));
//! assert_eq!((root.get("up")?.boolean()?, root.get("load")?.number()?, root.get("name")?.text()?), (true, 0.5, "a"));
//! let jobs = root.get("jobs")?.items()?;
//! assert_eq!((jobs[0].natural()?, jobs[1].natural_or_text()?, jobs[1].field()?.integer::<u8>()?), (7, 8, 8));
//! assert!(root.find("none")?.is_none() && jobs[0].error("is odd").to_string().contains("is odd"));
//! assert_eq!(ParseError::whole("the text is empty").to_string(), "the text is empty");
//! # Ok::<(), ParseError>(())
//! ```

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
