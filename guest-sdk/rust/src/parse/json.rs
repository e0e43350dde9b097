//! JSON into a type.

use serde::de::DeserializeOwned;

use super::ParseError;
use crate::json::{Json, typed};
use crate::text::cut;

/// Returns the text as a `T`. What is no JSON comes with line, column, and the line's text; what is none of this type, with
/// the keys that lead to it: `queues[0].depth`.
pub fn json<T: DeserializeOwned>(text: &str) -> Result<T, ParseError> {
    // By way of the tree: reading each type from the text would bring another reader of JSON into a component, 25 KB.
    typed(&tree(text)?).map_err(|wrong| ParseError::whole(wrong.to_string()))
}

/// Returns the text as a tree.
pub(crate) fn tree(text: &str) -> Result<Json, ParseError> {
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
        assert_eq!(error.to_string(), "[1]: invalid value: integer `256`, expected u8");
        let error = json::<Vec<u8>>("[1,\n 2 6]").unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 4: expected `,` or `]` in \"2 6]\"");
        for wrong in ["", "[1", "[1] x", "[NaN]", "[\"1\"]"] {
            assert!(json::<Vec<u8>>(wrong).is_err(), "{wrong}");
        }
    }
}
