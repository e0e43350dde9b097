//! `telegraf.conf`: the commands of `[[inputs.exec]]`.

use toml::{Table, Value};

use super::words::words;
use super::{Check, Command, FoundCommand, Line, Schedule};

pub(super) fn lines(text: &str) -> Vec<Line> {
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            let reason: &toml::de::Error = &error;
            let found = Err(format!("the file is no TOML: {}", reason.message()));
            return vec![Line { number: 1, text: "[[inputs.exec]]".to_owned(), found }];
        }
    };
    let inputs = table.get("inputs").and_then(|inputs| inputs.get("exec")).and_then(Value::as_array);
    // The parser knows no lines: the headers are in the same order as the tables.
    let headers: Vec<usize> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.trim().split('#').next().is_some_and(|line| line.trim() == "[[inputs.exec]]"))
        .map(|(index, _)| index + 1)
        .collect();
    inputs
        .into_iter()
        .flatten()
        .enumerate()
        .flat_map(|(index, input)| of_input(headers.get(index).copied().unwrap_or(1), input))
        .collect()
}

fn of_input(number: usize, input: &Value) -> Vec<Line> {
    let text = |key: &str| input.get(key).and_then(Value::as_str).map(str::to_owned);
    let list = |key: &str| -> Vec<String> {
        let values = input.get(key).and_then(Value::as_array).into_iter().flatten();
        values.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let format = text("data_format").unwrap_or_else(|| "influx".to_owned());
    let seconds = |key: &str| text(key).and_then(|time| duration(&time));
    let commands: Vec<String> = list("commands").into_iter().chain(text("command")).collect();
    if commands.is_empty() {
        let found = Err("there is no `commands`".to_owned());
        return vec![Line { number, text: "[[inputs.exec]]".to_owned(), found }];
    }
    let env = list("environment").iter().filter_map(|pair| pair.split_once('=')).map(owned).collect::<Vec<_>>();
    commands
        .into_iter()
        .map(|command| {
            let mut notes = Vec::new();
            if format != "nagios" {
                notes.push(format!(
                    "data_format was {format:?}: say in its config which numbers to take, see the page of the check `command`"
                ));
            }
            let found = FoundCommand {
                name: text("name_override").unwrap_or_else(|| program(&command)),
                given: false,
                command: Command::Shell(command.clone()),
                schedule: seconds("interval").map_or(Schedule::Usual, Schedule::Every),
                user: None,
                check: if format == "nagios" { Check::Plugin } else { Check::Command },
                timeout: seconds("timeout"),
                env: env.clone(),
                notes,
            };
            Line { number, text: command, found: Ok(found) }
        })
        .collect()
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Returns the name of the program, without its directory and ending.
pub(super) fn program(command: &str) -> String {
    let words = words(command).unwrap_or_default();
    let argv = super::unwrap(words).map(|unwrapped| unwrapped.argv).unwrap_or_default();
    let first = argv.first().map(String::as_str).unwrap_or_else(|| command.split(' ').next().unwrap_or_default());
    let name = first.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

/// Returns seconds of a duration as Go writes it: `1m30s`, `500ms`. A part of a second is a whole one.
fn duration(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let units = &rest[digits..];
        let end = units.find(|it: char| it.is_ascii_digit()).unwrap_or(units.len());
        seconds += number
            * match &units[..end] {
                "h" => 3_600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 0.001,
                "us" | "\u{b5}s" => 1e-6,
                _ => return None,
            };
        rest = &units[end..];
    }
    (seconds > 0.0 && seconds < 1e9).then_some(seconds.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_go() {
        for (text, seconds) in
            [("10s", Some(10)), ("1m30s", Some(90)), ("500ms", Some(1)), ("1h", Some(3600)), ("5", None), ("", None)]
        {
            assert_eq!(duration(text), seconds, "{text}");
        }
    }
}
