//! JSON as a small tree, and types from it with the key that is wrong. `serde_json`'s own tree and a wrapper that
//! notes keys would be 60 KB more in every component.

mod read;
mod typed;
mod write;

pub(crate) use typed::typed;
pub use write::JsonWriter;

/// A JSON value; a table keeps its order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Boolean(bool),
    Natural(u64),
    Integer(i64),
    Number(f64),
    Text(String),
    Items(Vec<Json>),
    Table(Vec<(String, Json)>),
}

#[cfg(test)]
mod tests;
