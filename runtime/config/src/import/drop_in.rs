//! Drop-ins as an operator would write them.

use super::wrappers::Unwrapped;
use super::{Check, FoundCommand, Schedule};
use crate::name::is_valid;
use roundsman_grants::denial::{toml_key, toml_text};
use roundsman_grants::escape;

/// Seconds between two rounds, as cron starts them.
const SHORTEST: u64 = 60;
/// Seconds that a check has where its drop-in says nothing (`limits.timeout`).
const USUAL_TIMEOUT: u64 = 10;

/// Puts a text of a file into one line, for a comment.
pub(super) fn comment(text: &str) -> String {
    escape::line(text)
}

/// Returns a name that a check may have.
pub(super) fn name(theirs: &str) -> String {
    let plain = |it: char| if it.is_ascii_alphanumeric() || "_.-".contains(it) { it } else { '_' };
    let name: String = theirs.chars().map(plain).take(64).collect();
    let name = name.trim_start_matches(['_', '.', '-']).to_owned();
    // `roundsman` is the runtime itself.
    if is_valid(&name) && name != crate::RESERVED { name } else { format!("check_{name}") }
}

/// A drop-in with the line that it is from.
pub(super) fn with_origin(number: usize, line: &str, drop_in: &str) -> String {
    format!("\n# line {number}: {}\n{drop_in}", comment(line))
}

/// Returns a line that was not taken.
pub(super) fn not_taken(number: usize, line: &str, why: &str) -> String {
    format!("\n# line {number}, not taken: {}\n#   {}\n", comment(line), comment(why))
}

/// Returns the drop-in of a command.
pub(super) fn write(name: &str, found: &FoundCommand, unwrapped: &Unwrapped, every: &str) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    for note in found.notes.iter().chain(&unwrapped.notes) {
        line(format!("# {}", comment(note)));
    }
    if let Schedule::Every(seconds) = found.schedule
        && seconds < SHORTEST
    {
        line(format!("# every {seconds} s is more often than cron starts a round"));
    }
    let key = toml_key(name);
    line(format!("[check.{key}]"));
    line(format!("wasm = {}", toml_text(found.check.component())));
    match &found.schedule {
        Schedule::Usual => line(format!("every = {}", toml_text(every))),
        Schedule::Every(seconds) => line(format!("every = {}", toml_text(&duration((*seconds).max(SHORTEST))))),
        Schedule::Cron { fields, timezone } => {
            line(format!("cron = {}", toml_text(fields)));
            line(format!("timezone = {}", toml_text(timezone)));
        }
    }
    let timeout = unwrapped.timeout.or(found.timeout).or_else(|| above_its_own(found.check, &unwrapped.argv));
    if let Some(timeout) = timeout {
        line(format!("limits = {{ timeout = {} }}", toml_text(&duration(timeout))));
    }
    match found.check {
        Check::Local => line(format!("[check.{key}.config]\nformat = \"checkmk\"")),
        Check::Script => line(format!("[check.{key}.config]\nsummary = \"first-line\"")),
        Check::Plugin | Check::Command => {}
    }
    line(format!("[[check.{key}.grant.command]]"));
    let argv: Vec<String> = unwrapped.argv.iter().map(|word| toml_text(word)).collect();
    line(format!("argv = [{}]", argv.join(", ")));
    if let Some(user) = unwrapped.user.as_ref().or(found.user.as_ref()) {
        line(format!("user = {}", toml_text(user)));
    }
    if let Some(kib) = unwrapped.memory {
        line(format!("memory = {}", toml_text(&format!("{kib}KiB"))));
    }
    let env: Vec<String> = found
        .env
        .iter()
        .chain(&unwrapped.env)
        .map(|(name, value)| format!("{} = {}", toml_key(name), toml_text(value)))
        .collect();
    if !env.is_empty() {
        line(format!("env = {{ {} }}", env.join(", ")));
    }
    text
}

/// Returns a little more than the time that a plugin gives itself by `-t`, where that is as much as the usual one: it is to say
/// by itself what did not answer.
fn above_its_own(check: Check, argv: &[String]) -> Option<u64> {
    const MORE: u64 = 2;
    let mut words = argv.iter().skip_while(|word| *word != "-t" && *word != "--timeout");
    let own: u64 = words.nth(1)?.parse().ok()?;
    (check == Check::Plugin && own + MORE > USUAL_TIMEOUT && own < 3_600).then_some(own + MORE)
}

/// Returns seconds as a configuration writes them.
fn duration(seconds: u64) -> String {
    match seconds {
        hours if hours % 3_600 == 0 => format!("{}h", hours / 3_600),
        minutes if minutes % 60 == 0 => format!("{}m", minutes / 60),
        seconds => format!("{seconds}s"),
    }
}
