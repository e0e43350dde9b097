//! Verdicts as text: one format a file, each a pure function. Delivery is elsewhere.

pub mod escape;
pub mod json;
pub mod log_line;
pub mod nagios;
pub mod text;

#[cfg(test)]
mod perfdata;
