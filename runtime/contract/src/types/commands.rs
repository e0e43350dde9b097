use serde::{Deserialize, Serialize};

use super::Extra;

/// The way in which a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Ending {
    /// It returned this code, 0 to 255.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

/// A program that ran to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Completed {
    pub ending: Ending,
    pub standard_output: Vec<u8>,
    pub standard_error: Vec<u8>,
    /// In nanoseconds.
    pub duration: u64,
    pub extra: Extra,
}

/// A command that the operator granted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GrantedCommand {
    /// The operator's name for it.
    pub id: Option<String>,
    /// The program, then each argument: where `literal` says so as it is, else as a pattern.
    pub argv: Vec<String>,
    /// Whether `argv` can be run as it is.
    pub literal: bool,
    pub extra: Extra,
}
