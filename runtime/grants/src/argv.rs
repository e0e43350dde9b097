//! The argv of a grant: an absolute program, then each argument as it is, or a pattern for each.

use serde::{Deserialize, Serialize};

use crate::glob::{Glob, GlobError};

use super::requested_path::{self, PathError};

/// An argv as the operator wrote it, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedArgv {
    form: Form,
    program: String,
    arguments: Vec<Argument>,
    /// As written: what `arguments` were made from.
    texts: Vec<String>,
}

/// Reading of the arguments of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Each is one text, and no other.
    Literal,
    /// Each is a glob.
    Pattern,
}

/// Reason why a list of texts is no argv of a grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgvError {
    #[error("the argv is empty; write a program by its absolute path, then its arguments")]
    Empty,
    #[error("the program `{0}` is not absolute: PATH is never searched; write its whole path, such as `/usr/bin/{0}`")]
    Lookup(String),
    #[error("the program {0}")]
    Program(#[from] PathError),
    #[error(
        "the program `{0}` has a wildcard; a grant names one program, only arguments of an `argv_pattern` may have wildcards"
    )]
    WildProgram(String),
    #[error("the program `{0}` is below `/dev` or `/proc`, where no program lives")]
    NoProgram(String),
    #[error("argument {place} has a NUL, which no argument can have")]
    Nul { place: usize },
    #[error("argument {place}: {error}")]
    Argument { place: usize, error: GlobError },
}

impl Form {
    /// Returns the key of a grant in this form.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Literal => "argv",
            Self::Pattern => "argv_pattern",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Argument {
    Literal(String),
    Wild(Glob),
}

impl Argument {
    fn matches(&self, argument: &str) -> bool {
        match self {
            Self::Literal(text) => text == argument,
            Self::Wild(glob) => glob.matches(argument) && !smuggles(argument, glob),
        }
    }
}

/// Tells arguments that no wildcard of an operator means: an option, an empty one, a way out of a directory, or control
/// characters, which programs that read by line take apart.
fn smuggles(argument: &str, glob: &Glob) -> bool {
    let climbs = |text: &str| text.split('/').any(|part| part == "..");
    let controls = |text: &str| text.chars().any(char::is_control);
    argument.is_empty()
        || (argument.starts_with('-') && glob.first_literal() != Some('-'))
        || (climbs(argument) && !climbs(glob.as_str()))
        || (controls(argument) && !controls(glob.as_str()))
}

impl GrantedArgv {
    /// Checks an argv of this form.
    ///
    /// # Errors
    /// [`ArgvError`] says what is wrong with it, and what to write. Arguments are counted from 1, after the program.
    pub fn parse(form: Form, argv: &[String]) -> Result<Self, ArgvError> {
        let (program, texts) = argv.split_first().ok_or(ArgvError::Empty)?;
        if !program.is_empty() && !program.contains(['/', '\0']) {
            return Err(ArgvError::Lookup(program.clone()));
        }
        // `[` is a program of every Linux, so that it is no wildcard here.
        if program.contains(['*', '?']) {
            return Err(ArgvError::WildProgram(program.clone()));
        }
        if let [] | ["dev" | "proc", ..] = requested_path::parts(program)?[..] {
            return Err(ArgvError::NoProgram(program.clone()));
        }
        let parsed = (1..).zip(texts).map(|(place, text)| argument(form, place, text));
        let arguments = parsed.collect::<Result<_, _>>()?;
        Ok(Self { form, program: program.clone(), arguments, texts: texts.to_vec() })
    }

    /// Checks an argv whose arguments are as they are.
    ///
    /// # Errors
    /// As [`GrantedArgv::parse`].
    pub fn literal(argv: &[String]) -> Result<Self, ArgvError> {
        Self::parse(Form::Literal, argv)
    }

    /// Checks an argv with a pattern for each argument.
    ///
    /// # Errors
    /// As [`GrantedArgv::parse`].
    pub fn pattern(argv: &[String]) -> Result<Self, ArgvError> {
        Self::parse(Form::Pattern, argv)
    }

    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Returns the absolute path of the program.
    #[must_use]
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Returns the arguments, as written.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.texts
    }

    /// Returns the program and the arguments, as written.
    #[must_use]
    pub fn written(&self) -> Vec<String> {
        std::iter::once(&self.program).chain(&self.texts).cloned().collect()
    }

    /// Returns the program and its arguments, up to the first of which the component chooses.
    #[must_use]
    pub fn spelled_out(&self) -> Vec<String> {
        let literal = self.arguments.iter().map_while(|argument| match argument {
            Argument::Literal(text) => Some(text.clone()),
            Argument::Wild(_) => None,
        });
        std::iter::once(self.program.clone()).chain(literal).collect()
    }

    /// Returns the arguments with a wildcard, as written: those of which the component chooses.
    pub fn free_arguments(&self) -> impl Iterator<Item = &str> {
        let each = self.arguments.iter().zip(&self.texts);
        each.filter(|(argument, _)| matches!(argument, Argument::Wild(_))).map(|(_, text)| text.as_str())
    }

    /// Tells whether a component that asks for this argv means, and may have, this one. It names the program by its path or
    /// by its file name.
    #[must_use]
    pub fn matches(&self, argv: &[String]) -> bool {
        let Some((program, arguments)) = argv.split_first() else { return false };
        let name = self.program.rsplit('/').next();
        (*program == self.program || Some(program.as_str()) == name)
            && arguments.len() == self.arguments.len()
            && arguments.iter().all(|argument| !argument.contains('\0'))
            && self.arguments.iter().zip(arguments).all(|(pattern, argument)| pattern.matches(argument))
    }

    /// Returns the one argv that it matches, where no argument has a wildcard.
    #[must_use]
    pub fn only_argv(&self) -> Option<Vec<String>> {
        let program = Some(self.program.clone());
        let arguments = self.arguments.iter().map(|argument| match argument {
            Argument::Literal(text) => Some(text.clone()),
            Argument::Wild(_) => None,
        });
        std::iter::once(program).chain(arguments).collect()
    }
}

fn argument(form: Form, place: usize, text: &str) -> Result<Argument, ArgvError> {
    if text.contains('\0') {
        return Err(ArgvError::Nul { place });
    }
    if form == Form::Literal {
        return Ok(Argument::Literal(text.to_owned()));
    }
    let glob = Glob::parse(text).map_err(|error| ArgvError::Argument { place, error })?;
    Ok(glob.literal().map_or(Argument::Wild(glob), Argument::Literal))
}

#[cfg(test)]
#[path = "argv_tests.rs"]
mod tests;
