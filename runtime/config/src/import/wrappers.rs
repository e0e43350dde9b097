//! Programs that others are started through: what each asks for becomes a key of the drop-in, or is dropped and said.

use super::words::{SCRIPT, Word};

/// A command without what it was started through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unwrapped {
    pub argv: Vec<String>,
    pub user: Option<String>,
    /// In seconds.
    pub timeout: Option<u64>,
    /// In KiB.
    pub memory: Option<u64>,
    pub env: Vec<(String, String)>,
    /// Words that were dropped, and why that is no loss.
    pub notes: Vec<String>,
}

/// Takes off what a command is started through: `sudo` and its like, `nice`, `ionice`, `timeout`, `flock`, `env`, assignments, `ulimit`
/// and redirections.
///
/// # Errors
/// An option that is not known, or no command.
pub fn unwrap(words: Vec<Word>) -> Result<Unwrapped, String> {
    let mut it = Unwrapped::default();
    let mut argv = Vec::new();
    for word in words {
        match word {
            Word::Argument(argument) => argv.push(argument),
            Word::Redirection(text) => {
                it.notes.push(format!("`{text}` is dropped: its output is what the check reads"))
            }
            Word::Next => ulimit(std::mem::take(&mut argv), &mut it)?,
        }
    }
    loop {
        let Some(first) = argv.first() else { return Err("it runs no program".to_owned()) };
        let name = first.rsplit('/').next().unwrap_or_default();
        let rest = &argv[1..];
        argv = match name {
            "sudo" => other_user("sudo", rest, &SUDO_FLAGS, &mut it)?,
            "doas" => other_user("doas", rest, &["-n"], &mut it)?,
            "runuser" => other_user("runuser", rest, &[], &mut it)?,
            "su" => return Err(format!("`su` starts a shell: {SCRIPT}")),
            "chrt" => chrt(rest, &mut it)?,
            "nice" => nice(rest, &mut it)?,
            "ionice" => ionice(rest, &mut it)?,
            "timeout" => timeout(rest, &mut it)?,
            "flock" => flock(rest, &mut it)?,
            "env" => rest.to_vec(),
            "nohup" | "setsid" | "exec" | "command" => {
                it.notes.push(format!("`{name}` is dropped: each command has a session of its own"));
                rest.to_vec()
            }
            _ => match assignment(first) {
                Some(pair) => {
                    it.env.push(pair);
                    rest.to_vec()
                }
                None => break,
            },
        };
    }
    if !argv[0].starts_with('/') {
        let program = &argv[0];
        let what = match program.as_str() {
            "cd" | "." | "source" | "test" | "if" | "for" | "while" | "export" | "umask" | "set" => {
                format!("`{program}` is of a shell: {SCRIPT}")
            }
            _ => format!("`{program}` is no absolute path: write it out, as `command -v {program}` says it"),
        };
        return Err(what);
    }
    it.argv = argv;
    Ok(it)
}

fn assignment(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let plain = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    plain.then(|| (name.to_owned(), value.to_owned()))
}

/// Returns an option at the start of words: `-n 5`, `-n5`, `--name 5`, `--name=5`. Gives its value and what follows.
fn valued<'a>(words: &'a [String], short: &str, long: &str) -> Option<(String, &'a [String])> {
    let (first, rest) = words.split_first()?;
    if first == short || first == long {
        let (value, rest) = rest.split_first()?;
        return Some((value.clone(), rest));
    }
    let long = first.strip_prefix(long).and_then(|value| value.strip_prefix('='));
    let glued = first.strip_prefix(short).filter(|_| !first.starts_with("--"));
    Some((long.or(glued)?.to_owned(), rest))
}

fn is_flag(words: &[String], flags: &[&str]) -> bool {
    words.first().is_some_and(|word| flags.contains(&word.as_str()))
}

/// Refuses an option, or ends at the first word that is none.
fn command<'a>(of: &str, words: &'a [String]) -> Result<&'a [String], String> {
    match words.first().map(String::as_str) {
        Some("--") => Ok(&words[1..]),
        Some(option) if option.starts_with('-') => Err(format!("`{of} {option}` is not known here: {SCRIPT}")),
        _ => Ok(words),
    }
}

/// Options of `sudo` that change nothing of the command.
const SUDO_FLAGS: [&str; 6] = ["-n", "--non-interactive", "-H", "--set-home", "-S", "-k"];

/// Returns `sudo -u NAME`, and what does the same.
fn other_user(of: &str, mut words: &[String], flags: &[&str], it: &mut Unwrapped) -> Result<Vec<String>, String> {
    let mut user = "root".to_owned();
    loop {
        if let Some((name, rest)) = valued(words, "-u", "--user") {
            (user, words) = (name, rest);
        } else if is_flag(words, flags) {
            words = &words[1..];
        } else {
            break;
        }
    }
    if let Some(number) = user.strip_prefix('#') {
        return Err(format!("`{of} -u` names the number {number}: write the name of that account"));
    }
    it.user = Some(user);
    Ok(command(of, words)?.to_vec())
}

fn chrt(mut words: &[String], it: &mut Unwrapped) -> Result<Vec<String>, String> {
    while words.first().is_some_and(|word| word.starts_with('-')) {
        words = &words[1..];
    }
    let (_, rest) = words.split_first().ok_or("`chrt` has no priority")?;
    it.notes.push("`chrt` is dropped: the limits of a check bound it".to_owned());
    Ok(rest.to_vec())
}

fn nice(mut words: &[String], it: &mut Unwrapped) -> Result<Vec<String>, String> {
    if let Some((_, rest)) = valued(words, "-n", "--adjustment") {
        words = rest;
    } else if words.first().is_some_and(|word| word.strip_prefix('-').is_some_and(|n| n.parse::<i32>().is_ok())) {
        words = &words[1..];
    }
    it.notes.push("`nice` is dropped: the limits of a check bound it".to_owned());
    Ok(command("nice", words)?.to_vec())
}

fn ionice(mut words: &[String], it: &mut Unwrapped) -> Result<Vec<String>, String> {
    loop {
        if let Some((_, rest)) = valued(words, "-c", "--class").or_else(|| valued(words, "-n", "--classdata")) {
            words = rest;
        } else if is_flag(words, &["-t", "--ignore"]) {
            words = &words[1..];
        } else {
            break;
        }
    }
    it.notes.push("`ionice` is dropped: the limits of a check bound it".to_owned());
    Ok(command("ionice", words)?.to_vec())
}

fn timeout(mut words: &[String], it: &mut Unwrapped) -> Result<Vec<String>, String> {
    loop {
        if let Some((_, rest)) = valued(words, "-k", "--kill-after").or_else(|| valued(words, "-s", "--signal")) {
            words = rest;
        } else if is_flag(words, &["--preserve-status", "--foreground", "-v", "--verbose"]) {
            words = &words[1..];
        } else {
            break;
        }
    }
    let (time, rest) = command("timeout", words)?.split_first().ok_or("`timeout` has no time")?;
    let (number, unit) = match time.chars().last() {
        Some(unit @ ('s' | 'm' | 'h' | 'd')) => (&time[..time.len() - 1], unit),
        _ => (time.as_str(), 's'),
    };
    let factor = match unit {
        'm' => 60.0,
        'h' => 3_600.0,
        'd' => 86_400.0,
        _ => 1.0,
    };
    let seconds = number.parse::<f64>().ok().map(|number| (number * factor).ceil());
    match seconds.filter(|seconds| (0.0..1e9).contains(seconds)) {
        // 0 is no limit.
        Some(0.0) => {}
        Some(seconds) => it.timeout = Some(seconds as u64),
        None => return Err(format!("`timeout {time}` is no time")),
    }
    Ok(rest.to_vec())
}

fn flock(mut words: &[String], it: &mut Unwrapped) -> Result<Vec<String>, String> {
    const FLAGS: [&str; 9] = ["-n", "--nb", "--nonblock", "-x", "-e", "--exclusive", "-o", "--close", "-F"];
    loop {
        if let Some((_, rest)) =
            valued(words, "-w", "--timeout").or_else(|| valued(words, "-E", "--conflict-exit-code"))
        {
            words = rest;
        } else if is_flag(words, &FLAGS) {
            words = &words[1..];
        } else {
            break;
        }
    }
    let (_, rest) = command("flock", words)?.split_first().ok_or("`flock` has no file")?;
    it.notes.push("`flock` is dropped: a check never runs twice at once".to_owned());
    Ok(command("flock FILE", rest)?.to_vec())
}

/// `ulimit -v KIB` before a command.
fn ulimit(words: Vec<String>, it: &mut Unwrapped) -> Result<(), String> {
    match words.as_slice() {
        [ulimit, option, value] if ulimit == "ulimit" && matches!(option.as_str(), "-v" | "-Sv" | "-Hv") => {
            match value.parse() {
                Ok(kib) => it.memory = Some(kib),
                Err(_) if value == "unlimited" => {}
                Err(_) => return Err(format!("`ulimit -v {value}` is no size")),
            }
            Ok(())
        }
        [_, option, _] => Err(format!("`ulimit {option}` is no limit of a grant: {SCRIPT}")),
        _ => Err(format!("`ulimit` is not understood: {SCRIPT}")),
    }
}
