//! Parsing of Checkmk's local checks, a line each: `[cached(T,AGE) ]STATE NAME PERF[ TEXT]`.

use roundsman_perfdata::{Item, Part, Parts};
use roundsman_sdk::Status;

/// A line, or why it is none.
#[derive(Debug, PartialEq)]
pub struct Line<'a> {
    /// `line N` where no name could be read.
    pub name: String,
    pub local: Result<Local<'a>, String>,
}

/// Parsed line of a local check.
#[derive(Debug, PartialEq)]
pub struct Local<'a> {
    pub cached: Option<Cached>,
    /// `None` for `P`: the levels of the numbers judge.
    pub state: Option<Status>,
    pub items: Vec<Item<'a>>,
    /// Text, with `\n` as two characters.
    pub text: &'a str,
}

/// Time at which a line was made, and its maximum age, both in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cached {
    pub at: i64,
    pub age: i64,
}

/// Takes output apart, line by line; blank ones are none.
pub fn parse(output: &str) -> Vec<Line<'_>> {
    let lines = output.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.enumerate().map(|(index, line)| parsed(index + 1, line)).collect()
}

fn parsed(number: usize, line: &str) -> Line<'_> {
    let (name, local) = named(line);
    Line { name: name.map_or_else(|| format!("line {number}"), str::to_owned), local }
}

fn named(line: &str) -> (Option<&str>, Result<Local<'_>, String>) {
    let (cached, rest) = match cached(line) {
        Ok(found) => found,
        Err(reason) => return (None, Err(reason)),
    };
    let (state, rest) = word(rest);
    let (name, rest) = match name(rest) {
        Ok(found) => found,
        Err(reason) => return (None, Err(reason.to_owned())),
    };
    let local = state_of(state).and_then(|state| {
        let (perf, text) = word(rest);
        Ok(Local { cached, state, items: items(perf)?, text })
    });
    (Some(name), local)
}

/// The first word and what follows it.
fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn cached(line: &str) -> Result<(Option<Cached>, &str), String> {
    let Some(inner) = line.strip_prefix("cached(") else { return Ok((None, line)) };
    let (head, rest) = word(line);
    let numbers = inner.split_once(')').and_then(|(numbers, _)| numbers.split_once(','));
    let cached = numbers.and_then(|(at, age)| Some(Cached { at: at.parse().ok()?, age: age.parse().ok()? }));
    match cached.filter(|_| head.ends_with(')')) {
        Some(cached) => Ok((Some(cached), rest)),
        None => Err(format!("{head} is not cached(TIME,AGE)")),
    }
}

/// A name, bare or in quotes, and what follows it.
fn name(text: &str) -> Result<(&str, &str), &'static str> {
    let (name, rest) = match text.chars().next() {
        None => return Err("there is no name"),
        Some(quote @ ('"' | '\'')) => text[1..].split_once(quote).ok_or("the quote of the name is not closed")?,
        Some(_) => word(text),
    };
    if name.is_empty() { Err("there is no name") } else { Ok((name, rest.trim_start())) }
}

fn state_of(word: &str) -> Result<Option<Status>, String> {
    Ok(Some(match word {
        "0" => Status::Ok,
        "1" => Status::Warning,
        "2" => Status::Critical,
        "3" => Status::Unknown,
        "P" => return Ok(None),
        _ => return Err(format!("the state {word:?} is none of 0, 1, 2, 3, P")),
    }))
}

fn items(perf: &str) -> Result<Vec<Item<'_>>, String> {
    match perf {
        "" => Err("there is no performance data, not even -".to_owned()),
        "-" => Ok(Vec::new()),
        _ => perf.split('|').map(item).collect(),
    }
}

fn item(text: &str) -> Result<Item<'_>, String> {
    match Parts::new(text).next() {
        Some(Part::Item(item)) => Ok(item),
        Some(Part::Refused(refused)) => Err(refused.to_string()),
        None => Err("there is nothing between two |".to_owned()),
    }
}
