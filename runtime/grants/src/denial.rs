//! The TOML that would allow what was denied.

use crate::escape::is_dangerous;

use super::GrantKind;
use super::argv::Form;
use super::path_pattern::PathPattern;

/// A request that was not granted, and what the operator could do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub kind: GrantKind,
    /// Object of the request: a path, or an argv.
    pub target: String,
    pub remedy: Remedy,
}

/// Grant that would allow a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Patterns for the key of a kind below `[check.NAME.grant]`, and why they differ from what was asked for, where they do.
    Patterns { kind: GrantKind, values: Vec<String>, because: Option<String> },
    /// `filesystems = "mounted"`.
    AllMounts,
    /// A grant of a command with this argv, and why it differs from what was asked for, where it does.
    Command { form: Form, argv: Vec<String>, input: bool, because: Option<String> },
    /// No grant allows it.
    Nothing { reason: String },
}

impl Remedy {
    /// Returns the patterns that match these paths and nothing else.
    #[must_use]
    pub fn paths(kind: GrantKind, paths: &[&str], because: Option<String>) -> Self {
        Self::Patterns { kind, values: paths.iter().map(|path| PathPattern::of(path)).collect(), because }
    }

    /// Returns the TOML that would allow the request to `check`, or a comment that says why none does.
    #[must_use]
    pub fn toml(&self, check: &str) -> String {
        let check = toml_key(check);
        match self {
            Self::Patterns { kind, values, because } => {
                let comment = because.as_deref().map(comment).unwrap_or_default();
                format!("{comment}[check.{check}.grant]\n{} = {}", kind.key(), toml_list(values))
            }
            Self::AllMounts => format!("[check.{check}.grant]\nfilesystems = \"mounted\""),
            // A relative path, or one in quotes of its own: a grant of it would be refused.
            Self::Command { argv, .. } if argv.first().is_some_and(|program| is_no_path(program)) => {
                let reason = "no grant allows it: write the program from `/` on, without quotes of its own, where it is asked for";
                comment(reason).trim_end().to_owned()
            }
            Self::Command { form, argv, input, because } => {
                let because = because.as_deref().map(comment).unwrap_or_default();
                let place = match argv.first() {
                    Some(program) if !program.starts_with('/') => comment("write the program's absolute path"),
                    _ => String::new(),
                };
                let stdin = if *input { "\nstdin = \"component\"" } else { "" };
                format!("{because}{place}[[check.{check}.grant.command]]\n{}{stdin}", argv_line(*form, argv))
            }
            Self::Nothing { reason } => comment(reason).trim_end().to_owned(),
        }
    }
}

/// Tells whether a text with a `/` is no absolute path: a relative one, or one that stands in quotes.
#[must_use]
pub fn is_no_path(text: &str) -> bool {
    text.contains('/') && !text.starts_with('/')
}

/// Returns a name as a TOML key: bare where TOML allows it, quoted where not.
#[must_use]
pub fn toml_key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if bare { name.to_owned() } else { toml_text(name) }
}

/// Returns a TOML basic string, always of one line that reads as it is: what a component asks for ends up in a file that root
/// pastes it into.
#[must_use]
pub fn toml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            dangerous if is_dangerous(dangerous) => {
                let code = u32::from(dangerous);
                quoted.push_str(&if code <= 0xffff { format!("\\u{code:04X}") } else { format!("\\U{code:08X}") });
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns the line of a grant that allows this argv.
#[must_use]
pub fn argv_line(form: Form, argv: &[String]) -> String {
    format!("{} = {}", form.key(), toml_list(argv))
}

/// Writes a list of basic strings.
pub fn toml_list<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| toml_text(text)).collect();
    format!("[{}]", texts.join(", "))
}

fn comment(text: &str) -> String {
    let line: String = text.chars().map(|character| if is_dangerous(character) { ' ' } else { character }).collect();
    format!("# {line}\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_remedy_is_toml_to_paste() {
        let command = |form, texts: &[&str], input| {
            let argv = texts.iter().map(|text| (*text).to_owned()).collect();
            Remedy::Command { form, argv, input, because: None }
        };
        for (remedy, toml) in [
            (Remedy::paths(GrantKind::Files, &["/proc/loadavg"], None), "[check.a.grant]\nfiles = [\"/proc/loadavg\"]"),
            (
                Remedy::paths(GrantKind::Files, &["/b*"], Some("/a leads\nthere".to_owned())),
                "# /a leads there\n[check.a.grant]\nfiles = [\"/b[*]\"]",
            ),
            (Remedy::AllMounts, "[check.a.grant]\nfilesystems = \"mounted\""),
            (
                command(Form::Literal, &["/bin/x", "a \"b\"", "*"], false),
                "[[check.a.grant.command]]\nargv = [\"/bin/x\", \"a \\\"b\\\"\", \"*\"]",
            ),
            (
                command(Form::Literal, &["x"], true),
                "# write the program's absolute path\n[[check.a.grant.command]]\nargv = [\"x\"]\nstdin = \"component\"",
            ),
            (
                command(Form::Pattern, &["/bin/x", "*"], true),
                "[[check.a.grant.command]]\nargv_pattern = [\"/bin/x\", \"*\"]\nstdin = \"component\"",
            ),
            (
                command(Form::Literal, &["\u{201c}/bin/x\u{201d}"], false),
                "# no grant allows it: write the program from `/` on, without quotes of its own, where it is asked for",
            ),
            (Remedy::Nothing { reason: "`/dev/x` is never granted".to_owned() }, "# `/dev/x` is never granted"),
        ] {
            assert_eq!(remedy.toml("a"), toml);
        }
        assert!(Remedy::AllMounts.toml("web.01").starts_with("[check.\"web.01\".grant]"));
    }

    proptest! {
        #[test]
        fn whatever_was_asked_for_stays_a_value(path in any::<String>(), check in "[A-Za-z0-9_.-]{1,8}", because in any::<String>()) {
            let toml = Remedy::paths(GrantKind::Files, &[&path], Some(because)).toml(&check);
            let table: toml::Table = toml.parse().unwrap();
            prop_assert_eq!(table.len(), 1);
            let written = table["check"][&check]["grant"]["files"][0].as_str().unwrap().to_owned();
            prop_assert_eq!(written, PathPattern::of(&path));
        }

        #[test]
        fn nothing_of_it_reads_as_something_else(path in "[a\n\u{7f}\u{9b}\u{200b}-\u{202e}\u{e0041}]{0,20}") {
            let toml = Remedy::paths(GrantKind::Files, &[&path], Some(path.clone())).toml("a");
            prop_assert!(!toml.chars().any(|character| character != '\n' && is_dangerous(character)), "{toml:?}");
            prop_assert!(toml.parse::<toml::Table>().is_ok(), "{toml:?}");
        }
    }
}
