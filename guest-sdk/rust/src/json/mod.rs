//! JSON as a small tree, and types from it with the key that is wrong. `serde_json`'s own tree and a wrapper that
//! notes keys would be 60 KB more in every component.
//!
//! ```
//! use roundsman_sdk::{Json, Keys, Wrong};
//!
//! let table: Json = serde_json::from_str(r#"{"port": 25, "word": "b"}"#).unwrap();
//! let keys = Keys::of(&table, &["port", "word", "name"])?;
//! assert_eq!(keys.given::<u16>("port")?, Some(25));
//! let name: Result<String, Wrong> = Keys::required(keys.given("name")?, "name");
//! assert!(name.unwrap_err().to_string().contains("missing field `name`"));
//! assert_eq!(Json::Text("b".into()).word_of(&["a", "b"])?, 1);
//! assert!(Wrong::new("is odd").to_string().contains("is odd"));
//! # Ok::<(), Wrong>(())
//! ```

mod keys;
mod read;
mod typed;
mod write;

pub use keys::Keys;
pub use typed::Wrong;
pub(crate) use typed::typed;
pub use write::JsonWriter;

/// A JSON value; a table keeps its order.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number that is not negative.
    Natural(u64),
    /// A negative whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    Items(Vec<Json>),
    /// Keys and values.
    Table(Vec<(String, Json)>),
}

#[cfg(test)]
mod tests;
