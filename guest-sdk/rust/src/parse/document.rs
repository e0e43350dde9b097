//! A JSON document and the values in it by their places, for texts of programs: a key that is missing or renamed is an error
//! that names its place, and whole numbers keep all 64 bits.

use super::{Field, ParseError, tree};
use crate::json::Json;

/// A JSON text that was read as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Document(Json);

/// A value of a document, and the place where it stands: `maps[0].paths`.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    json: &'a Json,
    place: String,
}

/// Reads a whole JSON text; half of one is an error.
pub fn document(text: &str) -> Result<Document, ParseError> {
    tree(text).map(Document)
}

impl Document {
    /// Returns the outermost value.
    pub fn root(&self) -> Node<'_> {
        Node { json: &self.0, place: String::new() }
    }
}

impl<'a> Node<'a> {
    /// Returns the place, as errors name it.
    pub fn place(&self) -> &str {
        if self.place.is_empty() { "the document" } else { &self.place }
    }

    /// Returns the value of a key; `None` where the table has no such key, or has `null` there.
    pub fn find(&self, key: &str) -> Result<Option<Node<'a>>, ParseError> {
        let Json::Table(table) = self.json else { return Err(self.error("is no table")) };
        let found = table.iter().find(|(it, json)| it == key && *json != Json::Null);
        Ok(found.map(|(key, json)| self.below(key, json)))
    }

    /// Returns the value of a key that must be there.
    pub fn get(&self, key: &str) -> Result<Node<'a>, ParseError> {
        self.find(key)?.ok_or_else(|| self.error(&format!("has no \"{key}\"")))
    }

    /// Returns the keys and values of a table, in the text's order.
    pub fn members(&self) -> Result<Vec<(&'a str, Node<'a>)>, ParseError> {
        let Json::Table(table) = self.json else { return Err(self.error("is no table")) };
        Ok(table.iter().map(|(key, json)| (key.as_str(), self.below(key, json))).collect())
    }

    /// Returns the items of a list.
    pub fn items(&self) -> Result<Vec<Node<'a>>, ParseError> {
        let Json::Items(items) = self.json else { return Err(self.error("is no list")) };
        let node = |(i, json)| Node { json, place: format!("{}[{i}]", self.place) };
        Ok(items.iter().enumerate().map(node).collect())
    }

    /// Returns a text.
    pub fn text(&self) -> Result<&'a str, ParseError> {
        match self.json {
            Json::Text(text) => Ok(text),
            _ => Err(self.error("is no text")),
        }
    }

    /// Returns a text as a field, for those programs that write numbers in quotes.
    pub fn field(&self) -> Result<Field<'a>, ParseError> {
        self.text().map(Field::new)
    }

    /// Returns a whole number that is not negative; one beyond 64 bits is an error, never rounded.
    pub fn natural(&self) -> Result<u64, ParseError> {
        match self.json {
            Json::Natural(value) => Ok(*value),
            _ => Err(self.error("is no whole number from 0 to 2^64 - 1")),
        }
    }

    /// Returns a whole number, in digits or in quotes: programs of different versions write either.
    pub fn natural_or_text(&self) -> Result<u64, ParseError> {
        match self.json {
            Json::Text(text) => Field::new(text.as_str()).integer().map_err(|error| self.error(&error.message)),
            _ => self.natural(),
        }
    }

    /// Returns any number.
    pub fn number(&self) -> Result<f64, ParseError> {
        match self.json {
            Json::Natural(value) => Ok(*value as f64),
            Json::Integer(value) => Ok(*value as f64),
            Json::Number(value) => Ok(*value),
            _ => Err(self.error("is no number")),
        }
    }

    /// Reads `true` or `false`.
    pub fn boolean(&self) -> Result<bool, ParseError> {
        match self.json {
            Json::Boolean(value) => Ok(*value),
            _ => Err(self.error("is neither true nor false")),
        }
    }

    /// Returns an error about this value: `PLACE MESSAGE`.
    pub fn error(&self, message: &str) -> ParseError {
        ParseError::whole(format!("{} {message}", self.place()))
    }

    fn below(&self, key: &str, json: &'a Json) -> Node<'a> {
        let dot = if self.place.is_empty() { "" } else { "." };
        Node { json, place: format!("{}{dot}{key}", self.place) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_places() {
        let text = r#"{"maps": [{"name": "a", "paths": 4, "size": "12", "on": true, "none": null, "load": -0.5}]}"#;
        let document = document(text).unwrap();
        let map = document.root().get("maps").unwrap().items().unwrap().remove(0);
        assert_eq!(map.get("name").unwrap().text(), Ok("a"));
        assert_eq!(map.get("paths").unwrap().natural(), Ok(4));
        assert_eq!(map.get("paths").unwrap().natural_or_text(), Ok(4));
        assert_eq!(map.get("size").unwrap().natural_or_text(), Ok(12));
        assert_eq!(map.get("size").unwrap().field().unwrap().integer::<u8>(), Ok(12));
        assert_eq!(map.get("load").unwrap().number(), Ok(-0.5));
        assert_eq!(map.get("on").unwrap().boolean(), Ok(true));
        assert!(map.find("none").unwrap().is_none());
        assert_eq!(map.members().unwrap()[0].0, "name");
    }

    #[test]
    fn what_is_missing_renamed_or_of_another_type_is_named_by_its_place() {
        let document = document(r#"{"maps": [{"name": 5, "size": "1x"}], "n": {}}"#).unwrap();
        let map = document.root().get("maps").unwrap().items().unwrap().remove(0);
        let said = |error: ParseError| error.to_string();
        assert_eq!(said(map.get("paths").unwrap_err()), "maps[0] has no \"paths\"");
        assert_eq!(said(map.get("name").unwrap().text().unwrap_err()), "maps[0].name is no text");
        assert_eq!(
            said(map.get("size").unwrap().natural_or_text().unwrap_err()),
            "maps[0].size \"1x\" is not a whole number"
        );
        assert_eq!(said(document.root().items().unwrap_err()), "the document is no list");
        assert_eq!(said(map.get("name").unwrap().find("x").unwrap_err()), "maps[0].name is no table");
    }

    #[test]
    fn whole_numbers_keep_64_bits_and_larger_ones_are_refused() {
        let document = document(r#"[18446744073709551615, 18446744073709551616, -1, 1.0]"#).unwrap();
        let numbers: Vec<_> = document.root().items().unwrap().iter().map(Node::natural).collect();
        assert_eq!(numbers[0], Ok(u64::MAX));
        assert!(numbers[1..].iter().all(Result::is_err), "{numbers:?}");
    }

    #[test]
    fn half_a_text_is_an_error() {
        assert!(document(r#"{"maps": [{"name": "#).is_err());
        assert!(document("").is_err());
    }
}
