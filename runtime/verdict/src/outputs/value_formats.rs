//! Formats of an `[output.NAME]` for values: each outcome with its own time, in parts that are a body in any number.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use roundsman_order::Body;

use super::host::HostNames;
use super::{influx, json, otlp, zabbix};
use crate::check_status::CheckStatus;
use crate::judge::Verdict;
use crate::judge::humanize::Now;

/// One of them.
#[derive(Debug)]
pub struct ValueFormat {
    /// In the configuration.
    pub word: &'static str,
    /// `None` where it is not sent by HTTP.
    pub content_type: Option<&'static str>,
    /// Encodes one outcome; the last argument is what the host is called there.
    pub parts: fn(&Verdict, &HostNames<'_>, &str) -> EncodedParts,
    /// Makes a body of parts, at a time.
    pub body: fn(Vec<String>, Timestamp) -> Body,
    pub target: Target,
    /// Path that is asked below the `url`; empty where that has the whole of it.
    pub path: &'static str,
    /// `None` where the receiver takes whatever comes.
    pub around: Option<Around>,
}

/// The destination of values of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To a `url`, or to a `command`.
    Any,
    /// To a `url` alone.
    Url,
    /// To a trapper of Zabbix.
    Trapper,
    /// To `zabbix_sender`, whose answer says how many values were taken.
    Sender,
}

/// Data that a receiver needs besides the values; the text is the name of the host there.
#[derive(Debug)]
pub struct Around {
    /// What there is to be discovered.
    pub discovery: fn(&BTreeMap<String, CheckStatus>, &str, Timestamp) -> Vec<String>,
    /// Where a check stands that has no new run to say it.
    pub check_status: fn(&CheckStatus, &str, &Now) -> Vec<String>,
}

/// An outcome, encoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct EncodedParts {
    pub parts: Vec<String>,
    /// Values that the receiver has no room for.
    pub left_out: u64,
}

impl EncodedParts {
    fn of(parts: Vec<String>) -> Self {
        Self { parts, left_out: 0 }
    }
}

/// The one format of which the operator says what is delivered.
pub const JSON: &str = "json";

/// The one list of them: to add one, add its file to this folder and its entry here.
pub static VALUE_FORMATS: [ValueFormat; 5] = [
    ValueFormat {
        word: "influx",
        content_type: Some("text/plain; charset=utf-8"),
        parts: |verdict, host, _| {
            EncodedParts::of(influx::encode(verdict, host).split_inclusive('\n').map(str::to_owned).collect())
        },
        body: |parts, _| lines(parts),
        target: Target::Any,
        path: "",
        around: None,
    },
    ValueFormat {
        word: JSON,
        content_type: Some("application/json"),
        parts: |verdict, host, _| EncodedParts::of(vec![json::encode(verdict, host)]),
        body: |parts, _| list(parts),
        target: Target::Any,
        path: "",
        around: None,
    },
    ValueFormat {
        word: "zabbix",
        content_type: None,
        parts: |verdict, _, object| zabbix_parts(zabbix::run(verdict, object), zabbix::json),
        body: zabbix::packet,
        target: Target::Trapper,
        path: "",
        around: Some(Around {
            discovery: |checks, object, now| zabbix::json(&zabbix::discovery(checks, object, now).values),
            check_status: |check_status, object, now| {
                zabbix::json(&zabbix::check_status(check_status, object, now).values)
            },
        }),
    },
    ValueFormat {
        word: "zabbix-sender",
        content_type: None,
        parts: |verdict, _, object| zabbix_parts(zabbix::run(verdict, object), zabbix::lines),
        body: |parts, _| lines(parts),
        target: Target::Sender,
        path: "",
        around: Some(Around {
            discovery: |checks, object, now| zabbix::lines(&zabbix::discovery(checks, object, now).values),
            check_status: |check_status, object, now| {
                zabbix::lines(&zabbix::check_status(check_status, object, now).values)
            },
        }),
    },
    ValueFormat {
        word: "otlp",
        content_type: Some("application/x-protobuf"),
        parts: |verdict, host, _| {
            let request = otlp::encode(verdict, host);
            EncodedParts::of((!request.is_empty()).then(|| STANDARD.encode(request)).into_iter().collect())
        },
        body: |parts, _| Body { parts, is_binary: true, ..Body::default() },
        target: Target::Url,
        path: "/v1/metrics",
        around: None,
    },
];

fn zabbix_parts(values: zabbix::ZabbixValues, encode: fn(&[zabbix::Value]) -> Vec<String>) -> EncodedParts {
    EncodedParts { parts: encode(&values.values), left_out: values.dropped as u64 }
}

/// Joins lines, each with its end.
fn lines(parts: Vec<String>) -> Body {
    Body { parts, ..Body::default() }
}

/// Joins parts as a list of JSON.
fn list(parts: Vec<String>) -> Body {
    let [before, between, after] = ["[", ",", "]"].map(str::to_owned);
    Body { before, parts, between, after, is_binary: false }
}
