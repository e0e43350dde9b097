//! A timer of systemd with its service: `FILE.timer`, and the unit that it starts.

use super::calendar::{Moments, moments};
use super::telegraf::program;
use super::{Check, Command, FoundCommand, Line, Schedule};

/// A line `KEY=VALUE` of a section.
struct Entry<'a> {
    number: usize,
    section: &'a str,
    key: &'a str,
    value: String,
}

/// Returns the name of the unit that a timer at this path starts.
pub(super) fn unit(path: &str, text: &str) -> String {
    let own = path.rsplit('/').next().unwrap_or_default();
    let named = entries(text).into_iter().rfind(|it| it.section == "Timer" && it.key == "Unit").map(|it| it.value);
    named.unwrap_or_else(|| format!("{}.service", own.strip_suffix(".timer").unwrap_or(own)))
}

/// Writes the one line of a timer; `service` is the text of the unit that it starts.
pub(super) fn lines(path: &str, text: &str, service: Option<&str>) -> Vec<Line> {
    let timer = entries(text);
    let times = |it: &&Entry| it.section == "Timer" && it.key.starts_with("On");
    let number = timer.iter().find(times).map_or(1, |it| it.number);
    let line: Vec<String> = timer.iter().filter(times).map(|it| format!("{}={}", it.key, it.value)).collect();
    let found = match service {
        Some(service) => found(path, &timer, &entries(service)),
        None => Err(format!("there is no {} beside it, nor where systemd looks for it", unit(path, text))),
    };
    vec![Line { number, text: line.join(" "), found }]
}

fn found(path: &str, timer: &[Entry], service: &[Entry]) -> Result<FoundCommand, String> {
    let mut notes = Vec::new();
    let schedule = schedule(timer, &mut notes)?;
    let name = path.rsplit('/').next().and_then(|name| name.strip_suffix(".timer")).unwrap_or_default();
    notes.insert(0, format!("`systemctl disable --now {name}.timer` once this runs: else it does its work twice"));
    let mut found = FoundCommand {
        name: String::new(),
        given: false,
        command: Command::Words(Vec::new()),
        schedule,
        // A service without `User=` runs as root.
        user: Some("root".to_owned()),
        check: Check::Script,
        timeout: None,
        env: Vec::new(),
        notes,
    };
    let mut programs = Vec::new();
    for entry in service.iter().filter(|it| it.section == "Service") {
        match entry.key {
            "ExecStart" => programs.push(entry.value.as_str()),
            "User" | "DynamicUser" => found.user = Some(user(entry)?),
            "TimeoutStartSec" | "TimeoutSec" | "RuntimeMaxSec" => found.timeout = seconds(&entry.value),
            "Environment" => {
                found.env.extend(words(&entry.value)?.iter().filter_map(|it| it.split_once('=')).map(owned))
            }
            "ExecStartPre" | "ExecStartPost" | "ExecCondition" | "ExecStopPost" => {
                return Err(format!("`{}=` runs another program: {}", entry.key, super::words::SCRIPT));
            }
            "Type" | "StandardOutput" | "StandardError" | "SyslogIdentifier" => {}
            key => found.notes.push(format!("`{key}={}` is dropped", entry.value)),
        }
    }
    let [program_line] = programs.as_slice() else {
        return Err(format!("it runs {} programs, and a check runs one: {}", programs.len(), super::words::SCRIPT));
    };
    let argv = argv(program_line)?;
    found.name = program(argv.first().map_or("", String::as_str));
    found.check = Check::of_job(&found.name);
    found.command = Command::Words(argv);
    if found.timeout.is_none() {
        let said =
            "systemd lets it run as long as it likes, a check has 10 s: limits = { timeout = \"5m\" } gives it more";
        found.notes.push(said.to_owned());
    }
    Ok(found)
}

/// Reads the last of the moments or intervals that a timer names.
fn schedule(timer: &[Entry], notes: &mut Vec<String>) -> Result<Schedule, String> {
    let mut calendar: Vec<&str> = Vec::new();
    let mut every = None;
    for entry in timer.iter().filter(|it| it.section == "Timer") {
        match entry.key {
            // An empty one forgets those before it.
            "OnCalendar" if entry.value.is_empty() => calendar.clear(),
            "OnCalendar" => calendar.push(&entry.value),
            "OnUnitActiveSec" | "OnUnitInactiveSec" => every = seconds(&entry.value),
            // When the first run is, which is at once here.
            "OnBootSec" | "OnActiveSec" | "OnStartupSec" | "Unit" => {}
            key => notes.push(format!("`{key}={}` is dropped", entry.value)),
        }
    }
    match (calendar.as_slice(), every) {
        ([], Some(seconds)) => Ok(Schedule::Every(seconds)),
        ([], None) => Err("it names neither OnCalendar= nor OnUnitActiveSec=".to_owned()),
        ([one], _) => {
            let instead =
                |why| format!("OnCalendar={one}: {why}; write a drop-in with `every`, or a `cron` that comes near");
            let Moments { fields, timezone } = moments(one).map_err(instead)?;
            Ok(Schedule::Cron { fields, timezone })
        }
        (many, _) => Err(format!("it names {} moments, and a check has one `cron`: {}", many.len(), many.join("; "))),
    }
}

fn user(entry: &Entry) -> Result<String, String> {
    match (entry.key, entry.value.as_str()) {
        ("DynamicUser", "no" | "false" | "0") => Ok("root".to_owned()),
        ("DynamicUser", _) => Err("DynamicUser= makes an account for each run, which a check has not".to_owned()),
        (_, user) if user.contains('%') => Err(format!("User={user}: % is a specifier of systemd")),
        (_, user) => Ok(user.to_owned()),
    }
}

/// Splits the words of `ExecStart=`, without the signs before the program.
fn argv(line: &str) -> Result<Vec<String>, String> {
    let program = line.trim_start_matches(['-', ':', '+', '!']);
    if program.starts_with('@') {
        return Err("`@` gives the program another name than its own".to_owned());
    }
    let argv = words(program)?;
    match argv.iter().any(|word| word == ";") {
        true => Err(format!("; begins another command: {}", super::words::SCRIPT)),
        false => Ok(argv),
    }
}

/// Splits a line as systemd does: by quotes and backslashes, without a shell (systemd.service(5)).
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, quote) {
            (blank, None) if blank.is_whitespace() => words.extend(word.take()),
            ('\'' | '"', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (end, Some(begun)) if end == begun => quote = None,
            ('\\', _) => match characters.next() {
                Some(same @ ('\\' | '\'' | '"' | ' ')) => word.get_or_insert_default().push(same),
                other => return Err(format!("\\{} is not known here", other.unwrap_or(' '))),
            },
            ('%' | '$', _) if characters.next_if_eq(&character).is_some() => {
                word.get_or_insert_default().push(character)
            }
            ('%', _) => {
                return Err("% is a specifier of systemd: write out what it means, `%%` is a percent sign".to_owned());
            }
            ('$', _) => return Err("$ is a variable of systemd: write out what it means".to_owned()),
            (other, _) => word.get_or_insert_default().push(other),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}

/// Returns seconds of a time span such as `5min`, `1h 30min` or `90`; `None` for `infinity`, and what is none.
fn seconds(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut seconds = 0;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
        let number: u64 = rest[..digits].parse().ok()?;
        let units = rest[digits..].trim_start();
        let end = units.find(|it: char| !it.is_ascii_alphabetic()).unwrap_or(units.len());
        let factor = match &units[..end] {
            "" | "s" | "sec" | "second" | "seconds" => 1,
            "m" | "min" | "minute" | "minutes" => 60,
            "h" | "hr" | "hour" | "hours" => 3_600,
            "d" | "day" | "days" => 86_400,
            "w" | "week" | "weeks" => 604_800,
            _ => return None,
        };
        seconds += number.checked_mul(factor)?;
        rest = units[end..].trim_start();
    }
    (seconds > 0 && seconds < 100_000_000).then_some(seconds)
}

/// Reads the lines of a unit's file; a backslash at the end of one joins the next.
fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry> = Vec::new();
    let (mut section, mut goes_on) = ("", false);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let (part, joins) = line.strip_suffix('\\').map_or((line, false), |part| (part, true));
        if goes_on {
            entries.last_mut().into_iter().for_each(|it| it.value.push_str(&format!(" {}", part.trim())));
        } else if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            section = name;
        } else if let Some((key, value)) = part.split_once('=') {
            entries.push(Entry { number: index + 1, section, key: key.trim(), value: value.trim().to_owned() });
        } else {
            continue;
        }
        goes_on = joins;
    }
    entries
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
