//! Settings of outputs: those that a round writes to a file, and the receivers of those that are delivered.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use crate::Origin;
use roundsman_grants::{EnvValue, Grants};
use roundsman_verdict::delivery::filter::Only;
use roundsman_verdict::delivery::template::Template;
use roundsman_verdict::outputs::FileFormat;
use roundsman_verdict::outputs::scene::OutputKeys;
use roundsman_verdict::outputs::value_formats::ValueFormat;

/// A file that shows every check's last outcome to another program.
#[derive(Debug, Clone)]
pub struct OutputSettings {
    pub name: String,
    pub origin: Origin,
    pub format: &'static FileFormat,
    /// Absolute; replaced as a whole at the end of each round.
    pub path: PathBuf,
    pub keys: OutputKeys,
}

/// An output that is delivered to who answers whether it arrived.
#[derive(Debug, Clone)]
pub struct Receiver {
    pub name: String,
    pub origin: Origin,
    pub format: ReceiverFormat,
    pub way: ReceiverWay,
}

/// Way to a receiver.
#[derive(Debug, Clone)]
pub enum ReceiverWay {
    /// Over the network, by `roundsman-net`.
    Url(Box<UrlWay>),
    /// By a program, which gets the message as its standard input.
    Command(CommandWay),
}

/// The way to a receiver over the network.
#[derive(Debug, Clone)]
pub struct UrlWay {
    /// Tried in this order until one answers.
    pub urls: Vec<EnvValue>,
    /// Each of them gets everything.
    pub all: bool,
    pub proxy: Option<EnvValue>,
    pub headers: BTreeMap<String, EnvValue>,
    pub auth: Option<Auth>,
    /// A file of authorities that are trusted instead of the host's.
    pub ca: Option<PathBuf>,
    pub sign: Option<Sign>,
    /// Whether what proves who we are may go over a connection that others can read.
    pub insecure: bool,
}

/// A program that delivers.
#[derive(Debug, Clone)]
pub struct CommandWay {
    /// Nothing but this program.
    pub grants: Rc<Grants>,
    /// Exit codes that are a delivery.
    pub delivered: Vec<i32>,
}

/// Format of what a receiver is told.
#[derive(Debug, Clone)]
pub enum ReceiverFormat {
    /// Each change, once.
    Webhook(Box<Webhook>),
    /// Each change, once, as mail.
    Mail(Box<Mail>),
    /// Each change, once, as JSON.
    JsonChanges(Box<ChangesSettings>),
    /// Where all checks stand, as JSON.
    JsonState(Only),
    /// Each outcome, with its own time.
    Values(Box<ValuesSettings>),
    /// The newest run of each check, once.
    Icinga(Box<Icinga>),
    /// The checks and subchecks that are in trouble now.
    Alertmanager(Only),
    /// That a round was stored: for a dead-man's switch.
    Ping,
}

/// The changes that a receiver is told of, and how often.
#[derive(Debug, Clone)]
pub struct ChangesSettings {
    pub only: Only,
    /// Time after which what was told and is not over is told again.
    pub repeat: Option<Duration>,
    /// A backlog that is older is told in one message.
    pub max_age: Duration,
}

/// The settings of an output of format `webhook`.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub changes: ChangesSettings,
    pub body: Template,
}

/// The settings of an output of format `mail`.
#[derive(Debug, Clone)]
pub struct Mail {
    pub changes: ChangesSettings,
    /// `None`: the account that sends it.
    pub from: Option<String>,
    pub to: Vec<String>,
}

/// The settings of an output of format `icinga`.
#[derive(Debug, Clone)]
pub struct Icinga {
    /// Without `at_least`.
    pub only: Only,
    /// Name of the host there; `{host}` is its name here.
    pub host: String,
    pub keys: OutputKeys,
}

/// The settings of an output for values.
#[derive(Debug, Clone)]
pub struct ValuesSettings {
    pub format: &'static ValueFormat,
    /// Without `at_least`.
    pub only: Only,
    /// Between two values that are the same; `None` where each is sent.
    pub unchanged: Option<Duration>,
    /// Age beyond which a value is not sent any more.
    pub max_age: Option<Duration>,
    /// Name of the host there; `{host}` is its name here.
    pub host: String,
}

/// Proof to a receiver of who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    Bearer(EnvValue),
    Basic { user: String, password: EnvValue },
    Header { name: String, value: EnvValue },
}

/// A header with the HMAC-SHA256 of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    pub header: String,
    pub secret: EnvValue,
}

/// Settings of delivery over the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliverySettings {
    /// Of all deliveries of a round together.
    pub deadline: Duration,
    /// The account of `roundsman-net`.
    pub user: String,
    /// Bytes of values that wait for receivers.
    pub keep: u64,
}
