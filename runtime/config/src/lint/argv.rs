//! An argv that is written as patterns are, and a pattern that is none.

use roundsman_grants::argv::{Form, GrantedArgv};
use roundsman_grants::denial::argv_line;

/// Lints a pattern under the key of literal ones, and the reverse. Both can be meant: a literal argument that looks like a
/// pattern is written as a pattern of it, which is no lint then.
pub fn lint(argv: &GrantedArgv) -> Option<(String, String)> {
    let written = argv.written();
    match argv.form() {
        Form::Literal => {
            let looks_so = argv.arguments().iter().find(|argument| looks_like_a_pattern(argument))?;
            let pattern = GrantedArgv::pattern(&written).ok()?;
            let only = pattern.only_argv().map_or_else(String::new, |argv| {
                format!("\n{}   # the same, literally", argv_line(Form::Literal, &argv))
            });
            let message = format!("an `argv` is literal, wildcards too: `{looks_so}` is granted as it stands");
            Some((message, format!("{}   # if it is meant as a pattern{only}", argv_line(Form::Pattern, &written))))
        }
        Form::Pattern => {
            let only = pattern_without_need(argv)?;
            Some(("no argument of this `argv_pattern` has a wildcard".to_owned(), argv_line(Form::Literal, &only)))
        }
    }
}

/// Returns the argv to write literally, unless that would look like a pattern.
fn pattern_without_need(pattern: &GrantedArgv) -> Option<Vec<String>> {
    pattern.only_argv().filter(|argv| !argv.iter().skip(1).any(|argument| looks_like_a_pattern(argument)))
}

/// Tells whether an argument is written as patterns are: a star alone, or a wildcard in brackets so that it is none.
fn looks_like_a_pattern(argument: &str) -> bool {
    argument == "*" || ["[*]", "[?]", "[[]"].iter().any(|escaped| argument.contains(escaped))
}
