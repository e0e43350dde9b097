//! The TOML that would allow what was denied.

/// A name as a TOML key: bare where TOML allows it, quoted where not.
#[must_use]
pub fn toml_key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if bare { name.to_owned() } else { toml_edit::Value::from(name).to_string() }
}
