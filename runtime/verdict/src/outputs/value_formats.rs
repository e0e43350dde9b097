//! Formats of an `[output.NAME]` for values: each outcome with its own time, in parts that are a body in any number.

use jiff::Timestamp;
use roundsman_order::Body;

use super::host::Host;
use super::{influx, json};
use crate::judge::Verdict;

/// One of them.
#[derive(Debug)]
pub struct ValueFormat {
    /// In the configuration.
    pub word: &'static str,
    /// `None` where it is not sent by HTTP.
    pub content_type: Option<&'static str>,
    /// Encodes one outcome; the last argument is what the host is called there.
    pub parts: fn(&Verdict, &Host<'_>, &str) -> Parts,
    /// Makes a body of parts, at a time.
    pub body: fn(Vec<String>, Timestamp) -> Body,
}

/// An outcome, encoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub parts: Vec<String>,
    /// Values that the receiver has no room for.
    pub left_out: u64,
}

impl Parts {
    fn of(parts: Vec<String>) -> Self {
        Self { parts, left_out: 0 }
    }
}

/// The one list of them: to add one, add its file to this folder and its entry here.
pub static VALUE_FORMATS: [ValueFormat; 2] = [
    ValueFormat {
        word: "influx",
        content_type: Some("text/plain; charset=utf-8"),
        parts: |verdict, host, _| {
            Parts::of(influx::encode(verdict, host).split_inclusive('\n').map(str::to_owned).collect())
        },
        body: |parts, _| Body { parts, ..Body::default() },
    },
    ValueFormat {
        word: "json",
        content_type: Some("application/json"),
        parts: |verdict, host, _| Parts::of(vec![json::encode(verdict, host)]),
        body: |parts, _| list(parts),
    },
];

/// A list of JSON.
fn list(parts: Vec<String>) -> Body {
    let [before, between, after] = ["[", ",", "]"].map(str::to_owned);
    Body { before, parts, between, after, is_binary: false }
}
