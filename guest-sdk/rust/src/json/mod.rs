//! JSON as a small tree, and types from it with the key that is wrong. `serde_json`'s own tree and a wrapper that
//! notes keys would be 60 KB more in every component.

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
