//! Patterns of an argv: an absolute program, then one pattern for each argument.

/// An argv pattern as the operator wrote it, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgvPattern {
    program: String,
    arguments: Vec<String>,
}

/// Why a list of texts is no argv pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgvPatternError {
    #[error("the argv is empty")]
    Empty,
}

impl ArgvPattern {
    /// Checks an argv pattern.
    ///
    /// # Errors
    /// [`ArgvPatternError`] says what is wrong with it.
    pub fn parse(argv: &[String]) -> Result<Self, ArgvPatternError> {
        let (program, arguments) = argv.split_first().ok_or(ArgvPatternError::Empty)?;
        Ok(Self { program: program.clone(), arguments: arguments.to_vec() })
    }

    /// The absolute path of the program.
    #[must_use]
    pub fn program(&self) -> &str {
        &self.program
    }

    /// The patterns of the arguments, as written.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }
}
