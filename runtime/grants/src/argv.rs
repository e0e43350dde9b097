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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn argv(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn pattern(texts: &[&str]) -> GrantedArgv {
        GrantedArgv::pattern(&argv(texts)).unwrap()
    }

    #[test]
    fn refusals_teach() {
        for (texts, message) in [
            (&[][..], "the argv is empty; write a program by its absolute path, then its arguments"),
            (
                &["df", "-P"],
                "the program `df` is not absolute: PATH is never searched; write its whole path, such as `/usr/bin/df`",
            ),
            (&["bin/df"], "the program `bin/df` is not absolute; write the whole path, from `/` on"),
            (&["/bin/../df"], "the program `/bin/../df` has the part `..`; write the path without it"),
            (
                &["/usr/bin/d*"],
                "the program `/usr/bin/d*` has a wildcard; a grant names one program, only arguments of an `argv_pattern` may have wildcards",
            ),
            (&["/dev/shm/x"], "the program `/dev/shm/x` is below `/dev` or `/proc`, where no program lives"),
            (&["/proc/self/exe"], "the program `/proc/self/exe` is below `/dev` or `/proc`, where no program lives"),
            (&["/bin/a", "x", "\0"], "argument 2 has a NUL, which no argument can have"),
            (&["/bin/a", "[x"], "argument 1: `[x` has a `[` without its `]`; a literal bracket is written `[[]`"),
        ] {
            assert_eq!(GrantedArgv::pattern(&argv(texts)).unwrap_err().to_string(), message);
            let literal = GrantedArgv::literal(&argv(texts)).map_err(|error| error.to_string());
            let only_a_pattern = message.contains("`[x`");
            assert_eq!(literal.err().as_deref(), (!only_a_pattern).then_some(message));
        }
        assert!(GrantedArgv::pattern(&argv(&["/usr/bin/["])).is_ok());
    }

    #[test]
    fn each_argument_is_one_element_and_their_count_is_exact() {
        let df = pattern(&["/usr/bin/df", "-P", "*"]);
        assert!(df.matches(&argv(&["/usr/bin/df", "-P", "/"])));
        assert!(df.matches(&argv(&["df", "-P", "/ --output"])), "one element, whatever is in it");
        for wrong in [
            &[][..],
            &["/usr/bin/df"],
            &["df", "-P"],
            &["df", "-P", "/", "--output"],
            &["df", "-Px", "/"],
            &["/bin/df", "-P", "/"],
            &["./df", "-P", "/"],
            &["bin/df", "-P", "/"],
            &["", "-P", "/"],
            &["df", "-P", "/\0"],
        ] {
            assert!(!df.matches(&argv(wrong)), "{wrong:?}");
        }
    }

    #[test]
    fn a_wildcard_smuggles_nothing_in() {
        let free = pattern(&["/bin/x", "*"]);
        for wrong in [
            "-oProxyCommand=id",
            "--checkpoint-action=exec=id",
            "-exec",
            "--output=/etc/cron.d/x",
            "-",
            "--",
            "",
            "a\n",
            "\nid",
            "a\x1b[2J",
            "..",
            "/var/../etc/shadow",
        ] {
            assert!(!free.matches(&argv(&["x", wrong])), "{wrong:?}");
        }
        for right in ["$(id)", "`id`", ";id", "a|b", "/a/b", "a..b", "a -b", "ä"] {
            assert!(free.matches(&argv(&["x", right])), "{right:?}");
        }
        assert!(!pattern(&["/bin/x", "[-a]b"]).matches(&argv(&["x", "-b"])), "a class is a wildcard");
        assert!(pattern(&["/bin/x", "-o?"]).matches(&argv(&["x", "-oa"])), "the pattern begins with -");
        assert!(pattern(&["/bin/x", "--", "*"]).matches(&argv(&["x", "--", "a"])));
        assert!(!pattern(&["/bin/x", "/var/*"]).matches(&argv(&["x", "/var/../etc/shadow"])));
        assert!(pattern(&["/bin/x", "../*"]).matches(&argv(&["x", "../a"])), "the operator wrote it");
    }

    #[test]
    fn whole_elements_and_ascii_digits() {
        let digit = pattern(&["/bin/x", "[0-9]"]);
        assert!(digit.matches(&argv(&["x", "7"])));
        for wrong in ["7\n", "٧", "77", "", "a7"] {
            assert!(!digit.matches(&argv(&["x", wrong])), "{wrong:?}");
        }
        let literal = pattern(&["/bin/x", "a|b", "", "--", "..", "\n"]);
        assert!(literal.matches(&argv(&["x", "a|b", "", "--", "..", "\n"])), "what is written is meant");
        assert!(!literal.matches(&argv(&["x", "a", "", "--", "..", "\n"])));
    }

    #[test]
    fn a_pattern_without_wildcards_can_be_run_as_it_is() {
        assert_eq!(pattern(&["/bin/x", "[*]"]).only_argv(), Some(argv(&["/bin/x", "*"])));
        assert_eq!(pattern(&["/bin/x", "*"]).only_argv(), None);
        assert_eq!(pattern(&["/bin/x", "[*]"]).arguments(), ["[*]"]);
    }

    #[test]
    fn a_literal_argv_is_just_that() {
        // A path of jq, a URL, SQL, and what are globs elsewhere.
        let texts =
            ["/bin/x", ".queues[0].depth", "http://a/?b=c", "count(*)", "*", "[*]", "[", "[!a]", "", "-o", "a\nb"];
        let literal = GrantedArgv::literal(&argv(&texts)).unwrap();
        assert!(literal.matches(&argv(&texts)));
        assert_eq!((literal.only_argv(), literal.written()), (Some(argv(&texts)), argv(&texts)));
        assert_eq!(literal.free_arguments().count(), 0);
        for (place, other) in
            [(1, ".queues0.depth"), (2, "http://a/xb=c"), (3, "count(1)"), (4, "a"), (4, "**"), (5, "*"), (10, "a b")]
        {
            let mut asked = argv(&texts);
            asked[place] = other.to_owned();
            assert!(!literal.matches(&asked), "{other:?}");
        }
        assert_eq!(pattern(&["/bin/x", "a", "b*", "[*]"]).free_arguments().collect::<Vec<_>>(), ["b*"]);
    }

    proptest! {
        #[test]
        fn a_literal_grant_allows_what_is_written_and_nothing_else(
            texts in prop::collection::vec("[a*?\\[\\]!^.-]{0,4}", 0..4),
            asked in prop::collection::vec("[a*?\\[\\]!^.-]{0,4}", 0..4),
        ) {
            let whole = |texts: &[String]| [&["/bin/x".to_owned()], texts].concat();
            let literal = GrantedArgv::literal(&whole(&texts)).unwrap();
            prop_assert!(literal.matches(&whole(&texts)));
            prop_assert_eq!(literal.matches(&whole(&asked)), texts == asked);
        }

        #[test]
        fn a_pattern_without_wildcards_matches_its_only_argv(texts in prop::collection::vec("[^\0]{0,6}", 0..4)) {
            let all: Vec<String> = std::iter::once("/bin/x".to_owned()).chain(texts).collect();
            if let Ok(pattern) = GrantedArgv::pattern(&all) && let Some(argv) = pattern.only_argv() {
                prop_assert!(pattern.matches(&argv));
                prop_assert!(GrantedArgv::literal(&argv).unwrap().matches(&argv));
            }
        }

        #[test]
        fn no_text_panics(texts in prop::collection::vec(any::<String>(), 0..4), argv in prop::collection::vec(any::<String>(), 0..4)) {
            for form in [Form::Literal, Form::Pattern] {
                if let Ok(granted) = GrantedArgv::parse(form, &texts) {
                    let _ = granted.matches(&argv);
                }
            }
        }
    }
}
