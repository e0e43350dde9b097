//! The test of a check in Python.

use serde_json::Value;

use super::scene::RecordedScene;
use crate::recording::Recording;
use roundsman_contract::{Completed, Ending, Error, Outcome, Status};
use roundsman_grants::escape::is_dangerous;

/// Writes the test; the check is imported from `app`, as in a new project.
///
/// # Errors
/// What no test in Python is made of, in words.
pub fn test(recording: &Recording, scene: &RecordedScene, ending: Option<&Outcome>) -> Result<String, String> {
    let mut lines = vec![
        "def test_the_recorded_run_ends_as_it_did() -> None:".to_owned(),
        "    with FakeHost() as host:".to_owned(),
    ];
    lines.extend(host(scene)?.into_iter().map(|line| format!("        {line}")));
    let options = serde_json::from_str(&recording.options).unwrap_or(Value::Null);
    let options = keywords(&options).ok_or("its options are no keywords of Python")?;
    match ending {
        Some(outcome) => {
            lines.push(format!("        outcome = run({options})"));
            lines.extend(expected(outcome).into_iter().map(|line| format!("    {line}")));
        }
        None => {
            lines.push("        with pytest.raises(CheckError):".to_owned());
            lines.push(format!("            run({options})"));
        }
    }
    Ok(imports(&recording.check, &lines.join("\n")))
}

/// Puts before a test what it imports.
fn imports(check: &str, test: &str) -> String {
    let errors = ["Denied", "HostError", "LimitReached", "NotFound", "TimedOut"];
    let used: Vec<&str> = errors.into_iter().filter(|error| test.contains(&format!("{error}("))).collect();
    let raises = test.contains("pytest.raises(CheckError)");
    let used: Vec<&str> = used.into_iter().chain(raises.then_some("CheckError")).collect();
    let mut page =
        format!("\"\"\"A recorded run of `{check}`: name the module and the function of the check.\"\"\"\n\n");
    if raises {
        page.push_str("import pytest\n");
    }
    page.push_str("from app import run\n\n");
    if !used.is_empty() {
        page += &format!("from roundsman_sdk import {}\n", used.join(", "));
    }
    page + "from roundsman_sdk.fake import FakeHost\n\n\n" + test + "\n"
}

fn host(scene: &RecordedScene) -> Result<Vec<String>, String> {
    let missing = [
        (!scene.metadata.is_empty(), "metadata"),
        (!scene.mounts.is_empty() || !scene.spaces.is_empty(), "file systems"),
        (!scene.patterns.is_empty(), "patterns that fail"),
    ];
    if let Some((_, what)) = missing.into_iter().find(|(is_used, _)| *is_used) {
        return Err(format!("it asked for {what}, of which no test in Python is made"));
    }
    let mut lines = Vec::new();
    for (path, content) in &scene.files {
        let content = match content {
            Ok(content) => std::str::from_utf8(content).map_or_else(|_| bytes(content), text),
            Err(error) => self::error(path, error),
        };
        lines.push(format!("host.file({}, {content})", text(path)));
    }
    for (argv, ended) in &scene.commands {
        lines.push(command(argv, ended)?);
    }
    lines.extend(scene.state.iter().map(|(key, value)| format!("host.kept[{}] = {}", text(key), bytes(value))));
    Ok(lines)
}

fn command(argv: &[String], ended: &Result<Completed, Error>) -> Result<String, String> {
    let shown = argv.join(" ");
    let words: Vec<String> = argv.iter().map(|word| text(word)).collect();
    let argv = format!("[{}]", words.join(", "));
    let completed = match ended {
        // What is not set up is denied.
        Err(Error::Denied(_)) => return Ok(format!("# `{}` is not granted", shown.escape_debug())),
        Err(_) => return Err(format!("`{shown}` was not run, of which no test in Python is made")),
        Ok(completed) => completed,
    };
    let Ending::Code(code) = completed.ending else {
        return Err(format!("a signal ended `{shown}`, of which no test in Python is made"));
    };
    let written = |bytes: &[u8]| {
        let said = std::str::from_utf8(bytes).map_err(|_| format!("`{shown}` wrote what is no UTF-8"));
        said.map(text)
    };
    let (output, error) = (written(&completed.standard_output)?, written(&completed.standard_error)?);
    Ok(format!("host.command({argv}, {output}, code={code}, error={error})"))
}

fn expected(outcome: &Outcome) -> Vec<String> {
    let metrics: Vec<String> =
        outcome.metrics.iter().map(|metric| format!("({}, {})", text(&metric.name), number(metric.value))).collect();
    let details: Vec<String> = outcome.details.iter().map(|line| text(line)).collect();
    vec![
        format!("assert outcome.status.value == {}", text(status(outcome.status))),
        format!("assert outcome.summary == {}", text(&outcome.summary)),
        format!("assert outcome.details == [{}]", details.join(", ")),
        format!("assert [(metric.name, metric.value) for metric in outcome.metrics] == [{}]", metrics.join(", ")),
    ]
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Warning => "warning",
        Status::Critical => "critical",
        Status::Unknown => "unknown",
    }
}

fn number(value: f64) -> String {
    if value.is_finite() { format!("{value:?}") } else { format!("float(\"{value}\")") }
}

fn error(path: &str, error: &Error) -> String {
    let (kind, reason) = match error {
        Error::Denied(_) => ("Denied", "denied"),
        Error::NotFound => ("NotFound", "not found"),
        Error::Limit(_) => ("LimitReached", "a limit"),
        Error::TimedOut => ("TimedOut", "timed out"),
        Error::Io(number) => ("HostError", number.as_str()),
        Error::Other(other) => ("HostError", other.message.as_str()),
    };
    format!("{kind}({}, {})", text(path), text(reason))
}

/// Returns the options as keyword arguments.
fn keywords(options: &Value) -> Option<String> {
    let is_name = |key: &String| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    let options = options.as_object()?;
    let all = options.keys().all(is_name);
    let keywords: Vec<String> = options.iter().map(|(key, value)| format!("{key}={}", literal(value))).collect();
    all.then(|| keywords.join(", "))
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(value) => text(value),
        Value::Array(values) => format!("[{}]", values.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(table) => {
            let pairs: Vec<String> =
                table.iter().map(|(key, value)| format!("{}: {}", text(key), literal(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            character if is_dangerous(character) => quoted.push_str(&format!("\\U{:08x}", u32::from(character))),
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

fn bytes(bytes: &[u8]) -> String {
    format!("b\"{}\"", bytes.escape_ascii())
}
