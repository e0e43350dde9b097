//! A controller, or something that belongs to it.

use roundsman_sdk::parse::{Field, ParseError};
use roundsman_sdk::{Failure, Status};

/// One of them, by a label such as `c0`, `c0/volume 0`, `c0/disk 252:1`, `c0/battery`.
#[derive(Default)]
pub struct Thing {
    pub facts: Vec<String>,
    pub status: Option<Status>,
    pub temperature: Option<f64>,
    pub media_errors: Option<u64>,
    pub other_errors: Option<u64>,
    pub predictive_failures: Option<u64>,
    /// Properties that could not be read, with the reason.
    pub broken: Option<Failure>,
}

/// All of them, in the order in which they were met.
#[derive(Default)]
pub struct Things(pub Vec<(String, Thing)>);

impl Things {
    /// Returns the thing of this label; a new one where there was none.
    pub fn thing(&mut self, label: &str) -> &mut Thing {
        let at = self.0.iter().position(|(it, _)| it == label).unwrap_or_else(|| {
            self.0.push((label.to_owned(), Thing::default()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }
}

impl Thing {
    /// Adds a fact, and what it comes to.
    pub fn fact(&mut self, text: impl Into<String>, status: Status) {
        let text = text.into();
        if !self.facts.contains(&text) {
            self.facts.push(text);
        }
        self.status = Some(self.status.unwrap_or(Status::Ok).worse(status));
    }

    /// Notes a fault of reading it: one thing that is odd hides no other.
    pub fn read(&mut self, result: Result<(), ParseError>) {
        if let Err(error) = result {
            self.broken = Some(error.into());
        }
    }
}

/// Returns degrees from `29C`, ` 28C (82.40 F)`, `31 deg C`, `35`.
pub fn degrees(text: &str) -> Result<f64, ParseError> {
    let text = text.trim();
    let digits = text.find(|it: char| !it.is_ascii_digit()).map_or(text, |end| &text[..end]);
    let unit = text[digits.len()..].trim_start();
    match Field::new(digits).integer::<u16>() {
        Ok(degrees) if unit.is_empty() || unit.starts_with('C') || unit == "deg C" => Ok(f64::from(degrees)),
        _ => Err(Field::new(text).error("is no temperature")),
    }
}
