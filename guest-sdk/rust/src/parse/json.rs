//! JSON into a type.

use serde::de::DeserializeOwned;

use super::ParseError;
use crate::text::cut;

/// The text as a `T`; what is wrong comes with line, column, and the line's text.
pub fn json<T: DeserializeOwned>(text: &str) -> Result<T, ParseError> {
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let said = error.to_string();
        // serde_json puts the place behind the message; here it stands before it.
        let message = said.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&said);
        let found = cut(text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim(), 80);
        ParseError { line, column, message: format!("{message} in {found:?}") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_has_its_place() {
        assert_eq!(json::<Vec<u8>>("[1, 2]"), Ok(vec![1, 2]));
        let error = json::<Vec<u8>>("[1,\n 256]").unwrap_err();
        assert!(
            error.to_string().starts_with("line 2, column 4: invalid value: integer `256`, expected u8"),
            "{error}"
        );
        for wrong in ["", "[1", "[1] x", "[NaN]", "[\"1\"]"] {
            assert!(json::<Vec<u8>>(wrong).is_err(), "{wrong}");
        }
    }
}
