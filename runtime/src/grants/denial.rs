//! The TOML that would allow what was denied.
