//! Orders of a round to `roundsman-net`, and its answers: plain data, so that the round links no network and the sender no check.

#![forbid(unsafe_code)]

pub mod body;
pub mod fetch;
pub mod manifest;
pub mod url;
pub mod zabbix;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use body::Body;

/// Version of these types. A sender that knows another one leaves the delivery to the next round.
pub const VERSION: u32 = 2;

/// Exit code of a sender that does not know the version of its order.
pub const OTHER_VERSION: u8 = 75;

/// Longest answer line that a sender writes, in bytes.
pub const LONGEST_ANSWER: usize = 64 << 10;

/// Order to a sender: all that one receiver is to get from one round, read from standard input by a process that serves this receiver alone.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    pub version: u32,
    /// Milliseconds from its start.
    pub deadline_ms: u64,
    pub receiver: Endpoint,
    /// In the order in which they are to arrive; the first that has to wait ends the order.
    pub requests: Vec<DeliveryRequest>,
    /// Whether answers hold the text of question and answer, secrets masked.
    pub verbose: bool,
}

/// Address of requests, and the way to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Endpoint {
    /// Tried in this order until one answers.
    pub urls: Vec<Secret>,
    /// Each of them gets every request.
    pub all: bool,
    /// Each request is about an object of the receiver's own: status 404 says that this one is unknown, and nothing of the URL.
    pub names_objects: bool,
    pub headers: Vec<(String, Secret)>,
    pub sign: Option<Signature>,
    /// Authorities that are trusted, as PEM; `None` for those of the host.
    pub ca: Option<String>,
    pub proxy: Option<Secret>,
}

/// A header with the HMAC-SHA256 of the body.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signature {
    pub header: String,
    pub secret: Secret,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRequest {
    /// Named by its answer.
    pub id: u64,
    pub method: Method,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    Get,
    Post,
}

/// A text that is shown to nobody.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// Result of one request: a line of JSON on standard output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryAnswer {
    pub id: u64,
    pub outcome: DeliveryOutcome,
    /// Of HTTP; `None` where no answer came.
    pub status: Option<u16>,
    /// Seconds that the receiver asks for.
    pub retry_after: Option<u64>,
    /// One line without secrets; empty where it is done whole.
    pub reason: String,
    /// Parts of the body that the receiver does not take, of a request that is done.
    #[serde(default)]
    pub dropped: u64,
    /// Only where the order is verbose.
    pub question: Option<String>,
    pub answer: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOutcome {
    /// The receiver has it.
    Done,
    /// Nothing is wrong with the request itself: it is for a later round, as is all behind it.
    Later,
    /// The receiver does not want this one.
    Refused,
}
