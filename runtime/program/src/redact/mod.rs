//! Texts that are taken out of a recording before it is written: each match of a pattern, wherever it stands. Pure.

mod commands;
mod files;
mod state;

use std::collections::BTreeMap;

use regex_lite::{Captures, Regex};
use serde_json::Value;

use crate::recording::Recording;
use roundsman_contract::calls::tape::TapedCall;
use roundsman_contract::calls::{Reply, Request};
use roundsman_contract::report::Failure;
use roundsman_contract::{Cause, Denial, Error, GuestFailure, Otherwise, Outcome, Subcheck};

/// Patterns, and what stands in the place of each text that it has matched: of the same length, so that what is read by places
/// is read as before, and the same for the same text, so that what the component asks for with it is answered.
#[derive(Debug)]
pub struct Redactor {
    patterns: Vec<Regex>,
    instead: BTreeMap<String, String>,
}

impl Redactor {
    /// Checks the patterns.
    ///
    /// # Errors
    /// One is no regular expression, or matches where there is nothing.
    pub fn new(patterns: &[String]) -> Result<Self, String> {
        let patterns = patterns.iter().map(|text| pattern(text)).collect::<Result<_, _>>()?;
        Ok(Self { patterns, instead: BTreeMap::new() })
    }

    /// Redacts what a component asked for, was told and reported, its options and the grants; returns how many texts it were.
    pub(crate) fn recording(&mut self, recording: &mut Recording) -> usize {
        recording.options = self.options(&recording.options);
        recording.grants.iter_mut().for_each(|grant| self.text(grant));
        recording.tape.calls.iter_mut().for_each(|call| self.call(call));
        match &mut recording.outcome {
            Ok(outcome) => self.outcome(outcome),
            Err(failure) => self.failure(failure),
        }
        self.instead.len()
    }

    fn text(&mut self, text: &mut String) {
        let Self { patterns, instead } = self;
        for pattern in patterns.iter() {
            if !pattern.is_match(text) {
                continue;
            }
            let redacted = pattern.replace_all(text, |found: &Captures<'_>| {
                let number = instead.len() + 1;
                let found = &found[0];
                instead.entry(found.to_owned()).or_insert_with(|| stand_in(found, number)).clone()
            });
            *text = redacted.into_owned();
        }
    }

    /// Redacts the parts that are text.
    fn bytes(&mut self, bytes: &mut Vec<u8>) {
        let mut redacted = Vec::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            let mut valid = chunk.valid().to_owned();
            self.text(&mut valid);
            redacted.extend_from_slice(valid.as_bytes());
            redacted.extend_from_slice(chunk.invalid());
        }
        *bytes = redacted;
    }

    /// Redacts the texts of a JSON object, which stays one.
    fn options(&mut self, options: &str) -> String {
        let Ok(mut value) = serde_json::from_str::<Value>(options) else { return options.to_owned() };
        self.value(&mut value);
        value.to_string()
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.value(value)),
            Value::Object(table) => {
                *table = std::mem::take(table)
                    .into_iter()
                    .map(|(mut key, mut value)| {
                        self.text(&mut key);
                        self.value(&mut value);
                        (key, value)
                    })
                    .collect();
            }
            Value::Number(number) => {
                let mut text = number.to_string();
                self.text(&mut text);
                if text != number.to_string() {
                    *value = serde_json::from_str(&text).unwrap_or(Value::String(text));
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn call(&mut self, call: &mut TapedCall) {
        self.request(&mut call.request);
        match &mut call.reply {
            Ok(reply) => self.reply(reply),
            Err(failure) => self.failure(failure),
        }
    }

    fn request(&mut self, request: &mut Request) {
        match request {
            Request::Files(call) => self.files_call(call),
            Request::Commands(call) => self.command_call(call),
            Request::Logging(call) => self.text(&mut call.message),
            Request::State(call) => self.state_call(call),
            Request::Clock(_) | Request::Seed => {}
        }
    }

    fn reply(&mut self, reply: &mut Reply) {
        match reply {
            Reply::Files(answer) => self.files_answer(answer),
            Reply::Commands(answer) => self.command_answer(answer),
            Reply::State(value) => value.iter_mut().for_each(|value| self.bytes(value)),
            Reply::Error(error) => self.error(error),
            Reply::Clock(_) | Reply::Seed(_) | Reply::Done => {}
        }
    }

    fn texts(&mut self, texts: &mut [String]) {
        texts.iter_mut().for_each(|text| self.text(text));
    }

    fn pairs(&mut self, pairs: &mut [(String, String)]) {
        pairs.iter_mut().for_each(|(_, value)| self.text(value));
    }

    fn result<T>(&mut self, result: &mut Result<T, Error>, mut of: impl FnMut(&mut Self, &mut T)) {
        match result {
            Ok(value) => of(self, value),
            Err(error) => self.error(error),
        }
    }

    fn error(&mut self, error: &mut Error) {
        match error {
            Error::Denied(Denial { target, hint, .. }) => {
                self.text(target);
                self.text(hint);
            }
            Error::Io(number) => self.text(number),
            Error::Other(other) => self.otherwise(other),
            Error::NotFound | Error::Limit(_) | Error::TimedOut => {}
        }
    }

    fn otherwise(&mut self, other: &mut Otherwise) {
        self.text(&mut other.message);
        self.pairs(&mut other.extra);
    }

    fn failure(&mut self, failure: &mut Failure) {
        self.text(&mut failure.message);
        failure.hint.iter_mut().for_each(|hint| self.text(hint));
    }

    fn guest_failure(&mut self, failure: &mut GuestFailure) {
        self.text(&mut failure.message);
        match &mut failure.cause {
            Cause::Options(problems) => problems.iter_mut().for_each(|problem| self.text(&mut problem.message)),
            Cause::Host(error) => self.error(error),
            Cause::Other(other) => self.otherwise(other),
        }
        self.pairs(&mut failure.extra);
    }

    fn outcome(&mut self, outcome: &mut Outcome) {
        self.text(&mut outcome.summary);
        self.texts(&mut outcome.details);
        for Subcheck { labels, text, failure, extra, .. } in &mut outcome.subchecks {
            self.pairs(labels);
            self.text(text);
            failure.iter_mut().for_each(|failure| self.guest_failure(failure));
            self.pairs(extra);
        }
        for metric in &mut outcome.metrics {
            self.pairs(&mut metric.labels);
            self.pairs(&mut metric.extra);
        }
        self.pairs(&mut outcome.extra);
    }
}

fn pattern(text: &str) -> Result<Regex, String> {
    let regex = Regex::new(text).map_err(|error| format!("`{text}` is no regular expression: {error}"))?;
    if regex.is_match("") {
        return Err(format!("`{text}` matches the empty text: write `+` instead of `*`, or more of the text"));
    }
    Ok(regex)
}

/// Makes a text of the same length in bytes that says nothing but which of the texts it was: a number stays one.
fn stand_in(found: &str, number: usize) -> String {
    let filler = if found.bytes().all(|byte| byte.is_ascii_digit()) { "9" } else { "x" };
    let number = number.to_string();
    match found.len().checked_sub(number.len()) {
        Some(more) if more > 0 => filler.repeat(more) + &number,
        _ => filler.repeat(found.len()),
    }
}

#[cfg(test)]
mod tests;
