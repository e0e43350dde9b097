//! Spans of time that an operator gives as options.

use serde::de::{Deserialize, Deserializer, Error};

use crate::OptionValue;
use crate::json::{Json, JsonWriter, Wrong};
use crate::parse::Field;

/// A span of time as an option: `90s`, `10m`, `4h`, `2d` or `1w`.
///
/// ```
/// use roundsman_sdk::Span;
///
/// let span: Span = serde_json::from_str("\"5m\"").unwrap();
/// assert_eq!(span.seconds, 300);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Span {
    /// In seconds.
    pub seconds: u64,
}

impl Span {
    fn parse(text: &str) -> Result<Self, String> {
        Field::new(text).duration().map(|seconds| Self { seconds }).map_err(|error| error.message)
    }
}

impl OptionValue for Span {
    const TYPE: &'static str = "text";

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.text(&format!("{}s", self.seconds));
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        Self::parse(json.text()?).map_err(Wrong::new)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_with_its_unit() {
        let read = |text: &str| Span::read(&Json::Text(text.into())).map_err(|wrong| wrong.to_string());
        assert_eq!(read("10m"), Ok(Span { seconds: 600 }));
        assert_eq!(read("10").unwrap_err(), "\"10\" is no duration such as 90s, 5m, 4h, 2d or 1w");
        let mut json = JsonWriter::default();
        assert!(Span { seconds: 600 }.write(&mut json));
        assert_eq!(json.finish(), "\"600s\"");
        assert_eq!(serde_json::from_str::<Span>("\"1h\"").unwrap().seconds, 3600);
    }
}
