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

    /// Whether this argv is allowed; its program is named by path or by file name.
    #[must_use]
    pub fn matches(&self, argv: &[String]) -> bool {
        let Some((program, arguments)) = argv.split_first() else { return false };
        let named = *program == self.program || self.program.rsplit('/').next() == Some(program);
        let one = |(pattern, argument): (&String, &String)| {
            (!argument.starts_with('-') || pattern.starts_with('-'))
                && crate::glob::Glob::parse(pattern).is_ok_and(|glob| glob.matches(argument))
        };
        named && arguments.len() == self.arguments.len() && self.arguments.iter().zip(arguments).all(one)
    }

    /// Whether it allows exactly one argv.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.arguments.iter().all(|pattern| !pattern.contains(['*', '?', '[']))
    }
}
