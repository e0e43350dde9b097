//! Values in TOML, as the configuration reads them.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use roundsman_contract::quantity::{duration_text, size_text};
use roundsman_grants::denial::{toml_key, toml_text};

pub(crate) fn list(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(", "))
}

pub fn path(path: &Path) -> String {
    toml_text(&path.to_string_lossy())
}

pub fn time(duration: Duration) -> String {
    toml_text(&duration_text(duration))
}

pub(crate) fn size(bytes: u64) -> String {
    let text = size_text(bytes);
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text } else { toml_text(&text) }
}

pub fn count(number: u64) -> String {
    number.to_string()
}

/// Returns one of a component's own options.
pub(crate) fn option(value: &serde_json::Value) -> String {
    match value {
        Value::String(text) => toml_text(text),
        Value::Array(values) => list(values.iter().map(option)),
        Value::Object(table) => {
            let keys: Vec<String> =
                table.iter().map(|(key, value)| format!("{} = {}", toml_key(key), option(value))).collect();
            if keys.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", keys.join(", ")) }
        }
        // TOML has no null, so none was read.
        Value::Null => toml_text(""),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
