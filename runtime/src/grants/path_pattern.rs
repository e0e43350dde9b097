//! Patterns of paths: absolute, a glob by segment.

/// A pattern as the operator wrote it, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
}

/// Why a text is no pattern of paths.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathPatternError {
    #[error("`{0}` is not absolute")]
    Relative(String),
}

impl PathPattern {
    /// Checks a pattern.
    ///
    /// # Errors
    /// [`PathPatternError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PathPatternError> {
        if !text.starts_with('/') {
            return Err(PathPatternError::Relative(text.to_owned()));
        }
        Ok(Self { text: text.to_owned() })
    }

    /// As the operator wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
