//! What is allowed but seldom meant, as far as the configuration alone shows it.

use std::ffi::OsStr;

use super::{Check, ComponentPath, Config, IdleOverride, Origin};
use crate::grants::argv::{Form, GrantedArgv};
use crate::grants::denial::argv_line;
use crate::grants::requested_path::RequestedPath;
use crate::grants::{CommandGrant, StdinGrant};
use crate::judge::thresholds::Entry;
use crate::nearest::nearest;

/// Something to look at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    pub origin: Origin,
    /// The check that it is about.
    pub check: String,
    pub message: String,
    pub help: String,
}

/// Programs that take a language or another program as an argument: whoever chooses an argument of theirs runs what he
/// likes. From GTFOBins (<https://gtfobins.github.io>, "command" and "shell"), those found on servers.
const HANDS_ON: [&str; 58] = [
    "ash",
    "awk",
    "bash",
    "busybox",
    "chroot",
    "csh",
    "curl",
    "dash",
    "docker",
    "ed",
    "emacs",
    "env",
    "expect",
    "find",
    "fish",
    "flock",
    "gawk",
    "gdb",
    "git",
    "ionice",
    "ksh",
    "kubectl",
    "less",
    "lua",
    "make",
    "man",
    "mawk",
    "more",
    "mysql",
    "nawk",
    "nice",
    "node",
    "nohup",
    "nsenter",
    "perl",
    "php",
    "podman",
    "psql",
    "python",
    "rsync",
    "ruby",
    "runuser",
    "sed",
    "setsid",
    "sh",
    "socat",
    "sqlite",
    "ssh",
    "stdbuf",
    "strace",
    "su",
    "sudo",
    "systemctl",
    "tar",
    "tcpdump",
    "timeout",
    "vim",
    "xargs",
];

/// Those that read what to run from their standard input.
const READS_PROGRAMS: [&str; 22] = [
    "ash", "awk", "bash", "busybox", "csh", "dash", "ed", "expect", "fish", "gawk", "gdb", "ksh", "lua", "mysql",
    "node", "perl", "php", "psql", "python", "ruby", "sh", "xargs",
];

/// Lints of all checks, by name.
#[must_use]
pub fn lint(config: &Config) -> Vec<Lint> {
    let known: Vec<&str> = config.checks.keys().map(String::as_str).collect();
    let idle = config.idle_overrides.iter().map(|idle| lint_idle(idle, &known));
    let secrets = config.checks.values().flat_map(|check| lint_secrets(check, config));
    config.checks.values().flat_map(lint_check).chain(secrets).chain(idle).collect()
}

/// Files that a check may read by what is granted, of those that a grant names as a secret.
fn lint_secrets(check: &Check, config: &Config) -> Vec<Lint> {
    let lint = |message: String, help: &str| Lint {
        origin: check.origin.clone(),
        check: check.name.clone(),
        message,
        help: help.to_owned(),
    };
    let matching = |secret: &String| {
        let path = RequestedPath::parse(secret).ok()?;
        if check.grants.unsafe_files.contains(secret) {
            return Some(lint(
                format!("`unsafe_files` shows the component `{secret}`, which a grant names as a secret"),
                "take it out, unless the component is meant to see it",
            ));
        }
        let pattern = check.grants.files.iter().find(|pattern| pattern.matches(&path))?;
        Some(lint(
            format!(
                "`{}` in `files` matches `{secret}`, which a grant names as a secret: it is denied",
                pattern.as_str()
            ),
            "narrow the pattern, or keep secrets in a directory of their own, such as /etc/roundsman/secrets",
        ))
    };
    config.secrets.iter().filter_map(matching).collect()
}

fn lint_idle(idle: &IdleOverride, known: &[&str]) -> Lint {
    let near = nearest(&idle.name, known).map_or(String::new(), |near| format!("; the nearest is `{near}`"));
    Lint {
        origin: idle.origin.clone(),
        check: idle.name.clone(),
        message: format!("this override changes nothing: there is no check of this name{near}"),
        help: "take it out, or mend the name".to_owned(),
    }
}

fn lint_check(check: &Check) -> Vec<Lint> {
    let commands = check.grants.commands.iter().flat_map(|grant| lint_command(check, grant));
    let entries = check.thresholds.iter().filter_map(|(metric, entries)| lint_entries(check, metric, entries));
    commands.chain(entries).chain(lint_hold(check)).collect()
}

/// A line that is logged once is a trouble of one run: with more attempts than one it is never believed.
fn lint_hold(check: &Check) -> Option<Lint> {
    let file = match &check.component {
        ComponentPath::Named(name) => Some(OsStr::new(name)),
        ComponentPath::At(path) => path.file_name(),
    };
    let forgets = file == Some(OsStr::new("log.wasm")) && check.hold.is_none() && check.retry.attempts > 1;
    forgets.then(|| Lint {
        origin: check.origin.clone(),
        check: check.name.clone(),
        message: format!(
            "a line that is logged once alerts nobody: it is gone in the next run, and `retry.attempts` is {}",
            check.retry.attempts
        ),
        help: "hold = \"1h\", or retry = { attempts = 1 }".to_owned(),
    })
}

fn lint_command(check: &Check, grant: &CommandGrant) -> Vec<Lint> {
    let mut lints = Vec::new();
    let program = grant.argv.program();
    let family = family(program);
    let mut note = |message: String, help: &str| {
        let (origin, check) = (check.origin.clone(), check.name.clone());
        lints.push(Lint { origin, check, message, help: help.to_owned() });
    };
    if let Some((message, help)) = lint_form(&grant.argv) {
        note(message, &help);
    }
    if HANDS_ON.contains(&family)
        && let Some(free) = grant.argv.free_arguments().next()
    {
        note(
            format!("`{program}` runs what its arguments say, and the component may choose `{free}`"),
            "spell out every argument, or grant the program that is run in the end",
        );
    }
    if READS_PROGRAMS.contains(&family) && grant.stdin == StdinGrant::Component {
        note(
            format!("`{program}` runs what it reads, and the component may write its standard input"),
            "leave `stdin` out, or let a file say what is run: stdin = { file = \"/path\" }",
        );
    }
    lints
}

/// `/usr/bin/python3.13` is a `python`.
fn family(program: &str) -> &str {
    let name = program.rsplit('/').next().unwrap_or(program);
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-')
}

/// A pattern under the key of literal ones, and the reverse. Both can be meant: a literal argument that looks like a
/// pattern is written as a pattern of it, which is no lint then.
fn lint_form(argv: &GrantedArgv) -> Option<(String, String)> {
    let written = argv.written();
    match argv.form() {
        Form::Literal => {
            let looks_so = argv.arguments().iter().find(|argument| looks_like_a_pattern(argument))?;
            let pattern = GrantedArgv::pattern(&written).ok()?;
            let only = pattern.only_argv().map_or_else(String::new, |argv| {
                format!("\n{}   # the same without a pattern", argv_line(Form::Literal, &argv))
            });
            let message = format!("an `argv` is literal, wildcards too: `{looks_so}` is granted as it stands");
            Some((message, format!("if it is meant as a pattern: {}{only}", argv_line(Form::Pattern, &written))))
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

/// Whether an argument is written as patterns are: a star alone, or a wildcard in brackets so that it is none.
fn looks_like_a_pattern(argument: &str) -> bool {
    argument == "*" || ["[*]", "[?]", "[[]"].iter().any(|escaped| argument.contains(escaped))
}

fn lint_entries(check: &Check, metric: &str, entries: &[Entry]) -> Option<Lint> {
    let judges = |entry: &&Entry| entry.absent.is_none() || entry.warning.is_some() || entry.critical.is_some();
    let all = entries.iter().position(|entry| judges(&entry) && entry.selector.is_empty())?;
    let never = entries.iter().skip(all + 1).find(judges)?;
    Some(Lint {
        origin: never.origin.clone(),
        check: check.name.clone(),
        message: format!("this entry of `{metric}` is never reached: one before it takes every series"),
        help: "put the entry without `where` last".to_owned(),
    })
}
