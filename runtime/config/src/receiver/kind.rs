//! Formats of outputs that are delivered, each with what it has and refuses.

use crate::ReceiverFormat;
use crate::fields::{Problems, word};
use crate::file::Text;
use roundsman_verdict::outputs::value_formats::{JSON, Target, VALUE_FORMATS, ValueFormat};

/// A format by its word.
#[derive(Debug, Clone, Copy)]
pub enum ReceiverKind {
    Webhook,
    Ping,
    Mail,
    Icinga,
    Alertmanager,
    Values(&'static ValueFormat),
    /// `json`, of each change.
    JsonChanges,
    /// `json`, of where all stands.
    JsonState,
}

/// Words of `deliver` that make a kind of its own.
const CHANGES: &str = "changes";
const STATE: &str = "state";

/// Kinds of receivers that are no format of values.
const RECEIVER_KINDS: [ReceiverKind; 5] =
    [ReceiverKind::Webhook, ReceiverKind::Ping, ReceiverKind::Mail, ReceiverKind::Icinga, ReceiverKind::Alertmanager];

/// Lists all of them by the word in the configuration.
pub fn kinds() -> impl Iterator<Item = (&'static str, ReceiverKind)> {
    let values = VALUE_FORMATS.iter().map(ReceiverKind::Values);
    RECEIVER_KINDS.into_iter().chain(values).map(|kind| (kind.word(), kind))
}

impl ReceiverKind {
    /// Returns the kind of a receiver that has been resolved.
    pub(crate) fn of(format: &ReceiverFormat) -> Self {
        match format {
            ReceiverFormat::Webhook(_) => Self::Webhook,
            ReceiverFormat::Ping => Self::Ping,
            ReceiverFormat::Mail(_) => Self::Mail,
            ReceiverFormat::Icinga(_) => Self::Icinga,
            ReceiverFormat::Alertmanager(_) => Self::Alertmanager,
            ReceiverFormat::Values(values) => Self::Values(values.format),
            ReceiverFormat::JsonChanges(_) => Self::JsonChanges,
            ReceiverFormat::JsonState(_) => Self::JsonState,
        }
    }

    /// Chooses what is delivered by the key `deliver`, which only json has.
    pub(super) fn delivering(self, written: Option<&Text>, problems: &mut Problems) -> Self {
        match (self, written) {
            (Self::Values(format), Some(written)) if format.word == JSON => {
                let kinds = [("values", self), (CHANGES, Self::JsonChanges), (STATE, Self::JsonState)];
                word(written, &kinds, problems).unwrap_or(self)
            }
            _ => self,
        }
    }

    /// Returns its word in the configuration.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Ping => "ping",
            Self::Mail => "mail",
            Self::Icinga => "icinga",
            Self::Alertmanager => "alertmanager",
            Self::Values(format) => format.word,
            Self::JsonChanges | Self::JsonState => JSON,
        }
    }

    /// Returns the word of `deliver`, where that is needed to choose this one.
    pub(crate) fn deliver(self) -> Option<&'static str> {
        match self {
            Self::JsonChanges => Some(CHANGES),
            Self::JsonState => Some(STATE),
            _ => None,
        }
    }

    /// Names it in a message, with all that chooses it.
    pub(super) fn named(self) -> String {
        let word = self.word();
        self.deliver().map_or_else(|| word.to_owned(), |deliver| format!("{word} with deliver = \"{deliver}\""))
    }

    /// Returns the exit codes of a command that are a delivery, unless the output names them. Of `zabbix_sender` 2 is
    /// that some were refused.
    pub(super) fn delivered(self) -> &'static [i32] {
        match self {
            Self::Values(format) if format.target == Target::Sender => &[0, 2],
            _ => &[0],
        }
    }

    /// Says why it has not this place.
    pub(super) fn refuses(self, place: &str) -> Option<&'static str> {
        match (self, place) {
            (Self::Mail, "url") => Some("mail is sent by a `command`, such as sendmail"),
            (Self::Icinga | Self::Alertmanager, "command") => Some("the format is of a program that has a `url`"),
            (Self::Values(format), "command") if format.target == Target::Trapper => {
                Some("the format zabbix has a `url`, such as zabbix://proxy1:10051; zabbix-sender has a `command`")
            }
            (Self::Values(format), "url") if format.target == Target::Sender => {
                Some("the format zabbix-sender has a `command`; zabbix has a `url`, such as zabbix://proxy1:10051")
            }
            (Self::Values(format), "command") if format.target == Target::Url => {
                Some("the format otlp is of a program that has a `url`, such as http://127.0.0.1:4318")
            }
            _ => None,
        }
    }

    pub(super) fn is_trapper(self) -> bool {
        matches!(self, Self::Values(format) if format.target == Target::Trapper)
    }

    /// Returns its keys besides those of its place.
    pub(super) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Webhook => &["only", "repeat", "max_age", "sign", "body"],
            Self::Ping => &[],
            Self::Mail => &["only", "repeat", "max_age", "from", "to"],
            Self::Icinga => &["only", "host", "service"],
            Self::Alertmanager => &["only"],
            Self::JsonChanges => &["deliver", "only", "repeat", "max_age", "sign"],
            Self::JsonState => &["deliver", "only", "sign"],
            Self::Values(format) if format.word == JSON => &["deliver", "only", "max_age", "unchanged", "sign"],
            Self::Values(format) if matches!(format.target, Target::Any | Target::Url) => {
                &["only", "max_age", "unchanged", "sign"]
            }
            Self::Values(_) => &["only", "max_age", "unchanged", "host"],
        }
    }
}
