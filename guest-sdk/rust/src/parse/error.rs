//! A text that is not what it should be.

use std::fmt;

/// A fault of a text and its place: lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq)]
pub struct ParseError {
    /// The line, or 0 where the text as a whole is wrong.
    pub line: usize,
    /// The column, or 0 where the line as a whole is wrong.
    pub column: usize,
    /// The fault, with the text that has it.
    pub message: String,
}

impl ParseError {
    /// Returns something wrong with the text as a whole, such as what it lacks.
    pub fn whole(message: impl Into<String>) -> Self {
        Self { line: 0, column: 0, message: message.into() }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => f.write_str(&self.message),
            (line, 0) => write!(f, "line {line}: {}", self.message),
            (line, column) => write!(f, "line {line}, column {column}: {}", self.message),
        }
    }
}

impl std::error::Error for ParseError {}
