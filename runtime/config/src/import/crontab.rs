//! Lines of a crontab. Most are jobs and no checks, and would do their work twice: only those that the operator names are
//! taken.

use super::source::Whose;
use super::telegraf::program;
use super::{Check, Command, FoundCommand, Line, Schedule};
use roundsman_os::process::spawn::SEARCH_PATH;

pub(super) fn lines(text: &str, whose: &Whose, wanted: &[usize]) -> Vec<Line> {
    let mut env = Vec::new();
    let mut path = None;
    let mut timezone = "local".to_owned();
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let (number, line) = (index + 1, line.trim());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some((name, value)) = setting(line) {
            match name {
                "CRON_TZ" => timezone = value.to_owned(),
                // They are of cron and of the shell that it starts.
                "SHELL" | "MAILTO" | "MAILFROM" | "LOGNAME" | "TZ" | "CONTENT_TYPE" => {}
                "PATH" => path = Some(value),
                _ => {
                    env.retain(|(known, _): &(String, String)| known != name);
                    env.push((name.to_owned(), value.to_owned()));
                }
            }
            continue;
        }
        let found = if wanted.contains(&number) {
            found(line, whose, &timezone, &env).map(|mut found| {
                found.notes.extend(path.and_then(search_note));
                found
            })
        } else {
            Err(format!("a job, unless you say that it is a check: --line {number}"))
        };
        lines.push(Line { number, text: line.to_owned(), found });
    }
    let absent = |wanted: &&usize| !lines.iter().any(|line| line.number == **wanted);
    let absent: Vec<Line> = wanted
        .iter()
        .filter(absent)
        .map(|number| {
            let found = Err(format!("--line {number}: there is no command in that line"));
            Line { number: *number, text: String::new(), found }
        })
        .collect();
    lines.extend(absent);
    lines
}

/// Tells whether each command may stand behind an account: no word there is a path.
pub(super) fn may_name_accounts(text: &str) -> bool {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#') && setting(line).is_none());
    lines.filter_map(|line| fields(line).ok()).all(|(_, rest)| is_account(rest.split([' ', '\t']).next().unwrap_or("")))
}

fn is_account(word: &str) -> bool {
    !word.starts_with('-') && !word.contains('/')
}

/// Returns what to say of a `PATH` in which there is more than where programs are searched here.
fn search_note(path: &str) -> Option<String> {
    let more = path.split(':').any(|directory| !SEARCH_PATH.split(':').any(|searched| searched == directory));
    more.then(|| {
        format!(
            "`PATH={path}` is dropped: what it starts by name is searched in {SEARCH_PATH}. Where that will not do, its \
             grant takes `env = {{ PATH = … }}`; only root may write in the directories of it"
        )
    })
}

/// Returns a line that sets a variable.
fn setting(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim().trim_matches('"');
    let plain = !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    let first = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    let value = value.trim();
    let unquoted = [('"', '"'), ('\'', '\'')]
        .iter()
        .find_map(|(open, close)| value.strip_prefix(*open).and_then(|value| value.strip_suffix(*close)));
    (plain && first).then_some((name, unquoted.unwrap_or(value)))
}

fn found(line: &str, whose: &Whose, timezone: &str, env: &[(String, String)]) -> Result<FoundCommand, String> {
    // So cron keeps a line out of its log.
    let (fields, rest) = fields(line.strip_prefix('-').unwrap_or(line))?;
    let (user, command) = match whose {
        Whose::Account(account) => (Some(account.as_str()), rest),
        Whose::Unknown => (None, rest),
        Whose::EachLine => {
            let (user, command) = rest.split_once([' ', '\t']).ok_or("there is no command behind the user")?;
            if !is_account(user) {
                return Err(format!(
                    "`{user}` stands where a crontab of the host names an account: write one before it"
                ));
            }
            (Some(user), command.trim_start())
        }
    };
    let command = without_percent(command)?;
    let name = program(&command);
    Ok(FoundCommand {
        check: Check::of_job(&name),
        name,
        given: false,
        command: Command::Shell(command),
        schedule: Schedule::Cron { fields, timezone: timezone.to_owned() },
        user: user.map(str::to_owned),
        timeout: None,
        env: env.to_vec(),
        notes: vec!["leave the line out of the crontab once this runs: else it does its work twice".to_owned()],
    })
}

/// Returns the five fields of a line, and what follows them.
fn fields(line: &str) -> Result<(String, &str), String> {
    if let Some(word) = line.strip_prefix('@') {
        let (word, rest) = word.split_once([' ', '\t']).ok_or("there is no command behind the time")?;
        let fields = match word {
            "hourly" => "0 * * * *",
            "daily" | "midnight" => "0 0 * * *",
            "weekly" => "0 0 * * 0",
            "monthly" => "0 0 1 * *",
            "yearly" | "annually" => "0 0 1 1 *",
            _ => return Err(format!("@{word} is no time of day")),
        };
        return Ok((fields.to_owned(), rest.trim_start()));
    }
    let mut rest = line;
    let mut fields = Vec::new();
    for _ in 0..5 {
        let (field, behind) = rest.split_once([' ', '\t']).ok_or("it has no five fields and a command")?;
        fields.push(field);
        rest = behind.trim_start();
    }
    Ok((fields.join(" "), rest))
}

/// In a crontab, `%` begins what the command reads, and `\%` is one.
fn without_percent(command: &str) -> Result<String, String> {
    let plain = command.replace("\\%", "\u{0}");
    if plain.contains('%') {
        return Err(format!("% begins its standard input: {}", super::words::SCRIPT));
    }
    Ok(plain.replace('\u{0}', "%"))
}
