//! Lines `KEY: VALUE` below headings, by their indentation, as ssacli and arcconf print them.

use roundsman_sdk::parse::{Field, lines};

/// A line with its depth in blanks. The value is empty for a heading.
pub struct Line<'a> {
    pub depth: usize,
    pub key: String,
    pub value: String,
    pub field: Field<'a>,
}

/// Returns the lines of a text that are neither blank nor rules of dashes.
pub fn read(text: &str) -> impl Iterator<Item = Line<'_>> {
    lines(text).filter(|line| !line.text().trim().trim_matches('-').is_empty()).map(|field| {
        let depth = field.text().len() - field.text().trim_start().len();
        let (key, value) = match field.text().split_once(':') {
            // Names of disks such as `physicaldrive 1I:1:2` have no blank behind the colon.
            Some((key, value)) if value.is_empty() || value.starts_with(' ') => {
                (key.trim().to_owned(), value.trim().to_owned())
            }
            _ => (field.text().trim().to_owned(), String::new()),
        };
        Line { depth, key, value, field }
    })
}
