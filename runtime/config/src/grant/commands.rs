//! Granted commands as written, to what the broker decides by.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use toml::Spanned;

use super::command_bounds::bounds;
use crate::fields::{Problems, account, literal_path, noted, size, time};
use crate::file::{CommandTable, Text};
use crate::name;
use crate::spans::FileProblem;
use crate::values::TextOrFile;
use roundsman_grants::argv::{ArgvError, Form, GrantedArgv};
use roundsman_grants::nearest::nearest;
use roundsman_grants::{CommandGrant, EnvValue, StdinGrant};

const STDIN_WORDS: [&str; 2] = ["none", "component"];

/// Resolves the one command of an output: it gets its input from the program itself.
pub(crate) fn output_command(written: &Spanned<CommandTable>, problems: &mut Problems) -> Option<CommandGrant> {
    let table = written.get_ref();
    let foreign = [("id", table.id.as_ref().map(Spanned::span)), ("stdin", table.stdin.as_ref().map(Spanned::span))];
    for (key, span) in foreign.into_iter().filter_map(|(key, span)| Some((key, span?))) {
        problems.push(FileProblem::new(span, format!("`{key}` is no key of an output's command: it gets the message")));
    }
    if let Some(pattern) = &table.argv_pattern {
        problems.push(FileProblem::new(pattern.span(), "an output's command is one: write `argv`"));
    }
    let granted = resolved(written, None, problems)?;
    Some(CommandGrant { stdin: StdinGrant::Component, ..granted })
}

pub(super) fn command(
    written: &Spanned<CommandTable>,
    ids: &mut BTreeSet<String>,
    problems: &mut Problems,
) -> Option<CommandGrant> {
    if let Some(delivered) = &written.get_ref().delivered {
        let help = "a check judges how its command ended: see the options of its component";
        problems
            .push(FileProblem::new(delivered.span(), "`delivered` is a key of an output's command").with_help(help));
    }
    let id = written.get_ref().id.as_ref().and_then(|id| command_id(id, ids, problems));
    resolved(written, id, problems)
}

fn resolved(written: &Spanned<CommandTable>, id: Option<String>, problems: &mut Problems) -> Option<CommandGrant> {
    let table = written.get_ref();
    let argv = granted_argv(written, problems);
    let granted = CommandGrant {
        id,
        user: table.user.as_ref().and_then(|name| account(name, problems)),
        timeout: table.timeout.as_ref().and_then(|length| time(length, problems)),
        memory: table.memory.as_ref().and_then(|bytes| size(bytes, problems)),
        output: table.output.as_ref().and_then(|bytes| size(bytes, problems)),
        env: environment(&table.env, problems),
        stdin: table.stdin.as_ref().map(|written| stdin(written, problems)).unwrap_or_default(),
        may_gain_privileges: table.may_gain_privileges,
        bounds: bounds(table, problems),
        // Last, so that the faults of the other keys are noted too.
        argv: argv?,
    };
    Some(granted)
}

/// Reads the one of the two keys that is there.
fn granted_argv(command: &Spanned<CommandTable>, problems: &mut Problems) -> Option<GrantedArgv> {
    let table = command.get_ref();
    match (&table.argv, &table.argv_pattern) {
        (Some(argv), None) => parsed_argv(Form::Literal, argv, problems),
        (None, Some(pattern)) => parsed_argv(Form::Pattern, pattern, problems),
        (None, None) => {
            let help = "argv = [\"/usr/bin/program\", \"argument\"], or argv_pattern with wildcards in arguments";
            problems.push(FileProblem::new(command.span(), "this command has no `argv`").with_help(help));
            None
        }
        (Some(_), Some(pattern)) => {
            let help = "one command is one of the two; write another [[….grant.command]] for the other";
            let problem = FileProblem::new(pattern.span(), "this command has both `argv` and `argv_pattern`");
            problems.push(problem.with_help(help));
            None
        }
    }
}

fn parsed_argv(form: Form, written: &Spanned<Vec<Text>>, problems: &mut Problems) -> Option<GrantedArgv> {
    let parts = written.get_ref();
    let texts: Vec<String> = parts.iter().map(|part| part.get_ref().clone()).collect();
    let parsed = GrantedArgv::parse(form, &texts).map_err(|error| {
        // Arguments are counted from 1, after the program.
        let part = match &error {
            ArgvError::Nul { place } | ArgvError::Argument { place, .. } => parts.get(*place),
            _ => parts.first(),
        };
        FileProblem::new(part.map_or(written.span(), Spanned::span), error.to_string())
    });
    noted(parsed, problems)
}

fn command_id(id: &Text, ids: &mut BTreeSet<String>, problems: &mut Problems) -> Option<String> {
    let text = id.get_ref();
    if !name::is_valid(text) {
        let problem = FileProblem::new(id.span(), format!("`{text}` is no id for a command")).with_help(name::RULE);
        problems.push(problem);
        return None;
    }
    if !ids.insert(text.clone()) {
        problems.push(FileProblem::new(id.span(), format!("`{text}` is the id of another command of this check too")));
        return None;
    }
    Some(text.clone())
}

fn environment(written: &BTreeMap<Text, Spanned<TextOrFile>>, problems: &mut Problems) -> BTreeMap<String, EnvValue> {
    let mut environment = BTreeMap::new();
    for (key, value) in written {
        let name = key.get_ref();
        // POSIX, Base Definitions 8.1: no `=`; portable names are these.
        let portable = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !portable {
            let reason = format!("`{name}` is no name of an environment variable");
            problems.push(FileProblem::new(key.span(), reason).with_help("letters, digits and `_`, no digit first"));
        }
        let value = match value.get_ref() {
            TextOrFile::Text(text) if text.contains('\0') => {
                problems.push(FileProblem::new(value.span(), "it has a NUL character in it, which no value can have"));
                None
            }
            TextOrFile::Text(text) => Some(EnvValue::Text(text.clone())),
            TextOrFile::File(path) => literal_path(path, problems).map(PathBuf::from).map(EnvValue::File),
        };
        environment.extend(value.map(|value| (name.clone(), value)));
    }
    environment
}

fn stdin(written: &Spanned<TextOrFile>, problems: &mut Problems) -> StdinGrant {
    match written.get_ref() {
        TextOrFile::Text(word) if word == STDIN_WORDS[0] => StdinGrant::None,
        TextOrFile::Text(word) if word == STDIN_WORDS[1] => StdinGrant::Component,
        TextOrFile::Text(word) => {
            let near = nearest(word, &STDIN_WORDS).map_or(String::new(), |near| format!(", nearest is `{near}`"));
            problems.push(
                FileProblem::new(written.span(), format!("`{word}` is not known here{near}"))
                    .with_help("one of \"none\", \"component\", { file = \"/path\" }"),
            );
            StdinGrant::None
        }
        TextOrFile::File(path) => {
            literal_path(path, problems).map(PathBuf::from).map(StdinGrant::File).unwrap_or_default()
        }
    }
}
