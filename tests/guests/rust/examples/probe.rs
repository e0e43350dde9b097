//! Asks the host for what its option `ask` lists, in order, and shows each answer as lines of the outcome's details.
//!
//! An entry is a table of one call: `read = PATH`, `read_at = [PATH, OFFSET, MAX]`, `read_glob = PATTERN`,
//! `stat = PATH`, `stat_glob = PATTERN`, `usage = PATH`, `usages = [PATH…]`, `mounts = true`, `granted = true`,
//! `command = [ARGV…]` with `input = TEXT`, `state_get = KEY`, `state_set = [KEY, VALUE]`, `state_remove = KEY`,
//! `log = TEXT` with `level`, `clock = true`; `repeat = N` makes it N times and shows the last answer.
//! The option `needs` is the list of what it says it needs, as a descriptor has it.
//! A refusal is a line like any other, unless `pass_on = true`: then the run fails with it.
//! Bytes are shown as text with `\xNN` for what is not printable ASCII; a line is `CALL TARGET: ANSWER`.

use roundsman_test_guests::commands::{self, Ending};
use roundsman_test_guests::files::{self, Metadata};
use roundsman_test_guests::logging::{self, Level};
use roundsman_test_guests::{Check, Error, Failure, Outcome, clock, component, failure, fine, passed_on, state};
use serde_json::{Map, Value};

struct Probe;

impl Check for Probe {
    const NAME: &'static str = "probe";

    fn needs(options: &Map<String, Value>) -> Value {
        options.get("needs").cloned().unwrap_or_else(|| Value::Array(Vec::new()))
    }

    fn run(options: Map<String, Value>) -> Result<Outcome, Failure> {
        let pass_on = options.get("pass_on") == Some(&Value::Bool(true));
        let asked = options.get("ask").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut outcome = fine(&format!("{} calls made", asked.len()));
        for entry in &asked {
            let mut answer = ask(entry)?;
            for _ in 1..entry["repeat"].as_u64().unwrap_or(1) {
                answer = ask(entry)?;
            }
            let (call, target) = title(entry);
            match answer {
                Ok(lines) => outcome.details.extend(lines.iter().map(|line| format!("{call} {target}: {line}"))),
                Err(error) if pass_on => {
                    return Err(passed_on(format!("{call} {target}"), error));
                }
                Err(error) => outcome.details.push(format!("{call} {target}: {}", refusal(&error))),
            }
        }
        Ok(outcome)
    }
}

component!(Probe);

const CALLS: [&str; 14] = [
    "read",
    "read_at",
    "read_glob",
    "stat",
    "stat_glob",
    "usage",
    "usages",
    "mounts",
    "granted",
    "command",
    "state_get",
    "state_set",
    "state_remove",
    "log",
];

/// The call that an entry names, and on what.
fn title(entry: &Value) -> (&'static str, String) {
    let call = CALLS.into_iter().find(|call| !entry[*call].is_null()).unwrap_or("clock");
    let target = match &entry[call] {
        Value::String(text) => text.clone(),
        Value::Array(parts) if call == "command" => parts.iter().map(string).collect::<Vec<_>>().join(" "),
        Value::Array(parts) => parts.first().map(string).unwrap_or_default(),
        _ => String::new(),
    };
    (call, target)
}

/// Makes the call: the lines of its answer, or the host's refusal.
fn ask(entry: &Value) -> Result<Result<Vec<String>, Error>, Failure> {
    let (call, target) = title(entry);
    let part = |index: usize| &entry[call][index];
    Ok(match call {
        "read" => files::read(&target).map(|data| vec![shown(&data)]),
        "read_at" => files::read_at(&target, whole(part(1))?, whole(part(2))?).map(|piece| {
            vec![format!(
                "{} (device {}, inode {}, size {})",
                shown(&piece.data),
                piece.device,
                piece.inode,
                piece.size
            )]
        }),
        "read_glob" => files::read_glob(&target).map(|found| {
            let line = |data: &Result<Vec<u8>, Error>| data.as_ref().map_or_else(refusal, |data| shown(data));
            found.iter().map(|content| format!("{} = {}", content.path, line(&content.data))).collect()
        }),
        "stat" => files::stat(&target).map(|found| vec![metadata(&found)]),
        "stat_glob" => files::stat_glob(&target).map(|found| {
            let line = |found: &Result<Metadata, Error>| found.as_ref().map_or_else(refusal, metadata);
            found.iter().map(|entry| format!("{} = {}", entry.path, line(&entry.metadata))).collect()
        }),
        "usage" => files::usage(&target).map(|space| vec![format!("{space:?}")]),
        "usages" => {
            let paths: Vec<String> = entry[call].as_array().into_iter().flatten().map(string).collect();
            files::usages(&paths).map(|all| {
                let line = |used: &files::Used| used.space.as_ref().map_or_else(refusal, |space| format!("{space:?}"));
                all.iter().map(|used| format!("{} = {}", used.path, line(used))).collect()
            })
        }
        "mounts" => files::mounts().map(|mounts| mounts.iter().map(|mount| format!("{mount:?}")).collect()),
        "granted" => Ok(granted()),
        "command" => {
            let argv: Vec<String> = entry[call].as_array().into_iter().flatten().map(string).collect();
            let input = entry["input"].as_str().map(str::as_bytes);
            commands::run(&argv, input).map(|done| {
                let ending = match done.ending {
                    Ending::Code(code) => format!("code {code}"),
                    Ending::Signal(signal) => format!("signal {signal}"),
                };
                vec![format!("{ending}, out {}, err {}", shown(&done.standard_output), shown(&done.standard_error))]
            })
        }
        "state_get" => state::get(&target).map(|value| vec![value.map_or("nothing".into(), |value| shown(&value))]),
        "state_set" => state::set(&target, string(part(1)).as_bytes()).map(|()| vec!["done".into()]),
        "state_remove" => state::remove(&target).map(|()| vec!["done".into()]),
        "log" => {
            logging::log(level(&string(&entry["level"]))?, &target);
            Ok(vec!["done".into()])
        }
        _ => Ok(vec![format!("{} {} {}", clock::now(), clock::monotonic(), clock::utc_offset())]),
    })
}

/// Everything granted, one line each.
fn granted() -> Vec<String> {
    let grants = files::granted();
    let kind = |word: &'static str, patterns: Vec<String>| patterns.into_iter().map(move |pattern| (word, pattern));
    let patterns = kind("files", grants.files)
        .chain(kind("metadata", grants.metadata))
        .chain(kind("filesystems", grants.filesystems));
    let commands = commands::granted().into_iter().map(|command| {
        let id = command.id.unwrap_or_default();
        format!("command {id} {:?} literal {}", command.argv, command.literal)
    });
    patterns.map(|(word, pattern)| format!("{word} {pattern}")).chain(commands).collect()
}

/// A refusal in words that tests can look for; the hint is the denial's own, in the report.
fn refusal(error: &Error) -> String {
    match error {
        Error::Denied(denial) => format!("denied {} {}", denial.capability, denial.target),
        Error::NotFound => "not-found".into(),
        Error::Limit(limit) => format!("limit {} {}", limit.key, limit.value),
        Error::TimedOut => "timed-out".into(),
        Error::Io(name) => format!("io {name}"),
        Error::Other(other) => format!("other {}", other.message),
    }
}

fn metadata(found: &Metadata) -> String {
    let link = found.link_target.as_deref().map(|target| format!(" -> {target}")).unwrap_or_default();
    format!("{:?} size {} mode {:o} owner {}{link}", found.kind, found.size, found.mode, found.owner)
}

fn shown(data: &[u8]) -> String {
    data.escape_ascii().to_string()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn whole(value: &Value) -> Result<u64, Failure> {
    value.as_u64().ok_or_else(|| failure(format!("no whole number: {value}")))
}

fn level(word: &str) -> Result<Level, Failure> {
    match word {
        "debug" => Ok(Level::Debug),
        "" | "info" => Ok(Level::Info),
        "warning" => Ok(Level::Warning),
        "error" => Ok(Level::Error),
        other => Err(failure(format!("no level: {other}"))),
    }
}
