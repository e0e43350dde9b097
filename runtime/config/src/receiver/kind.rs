//! Formats of outputs that are delivered, each with what it has and refuses.

use roundsman_verdict::outputs::value_formats::{Target, VALUE_FORMATS, ValueFormat};

/// A format by its word.
#[derive(Debug, Clone, Copy)]
pub enum ReceiverKind {
    Webhook,
    Ping,
    Mail,
    Icinga,
    Alertmanager,
    Values(&'static ValueFormat),
}

/// Those that are no format of values.
const RECEIVER_KINDS: [(&str, ReceiverKind); 5] = [
    ("webhook", ReceiverKind::Webhook),
    ("ping", ReceiverKind::Ping),
    ("mail", ReceiverKind::Mail),
    ("icinga", ReceiverKind::Icinga),
    ("alertmanager", ReceiverKind::Alertmanager),
];

/// Lists all of them.
pub fn kinds() -> impl Iterator<Item = (&'static str, ReceiverKind)> {
    let values = VALUE_FORMATS.iter().map(|format| (format.word, ReceiverKind::Values(format)));
    RECEIVER_KINDS.into_iter().chain(values)
}

impl ReceiverKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Ping => "ping",
            Self::Mail => "mail",
            Self::Icinga => "icinga",
            Self::Alertmanager => "alertmanager",
            Self::Values(format) => format.word,
        }
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

    /// Its keys besides those of its place.
    pub(super) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Webhook => &["only", "repeat", "max_age", "sign", "body"],
            Self::Ping => &[],
            Self::Mail => &["only", "repeat", "max_age", "from", "to"],
            Self::Icinga => &["only", "host", "service"],
            Self::Alertmanager => &["only"],
            Self::Values(format) if matches!(format.target, Target::Any | Target::Url) => {
                &["only", "max_age", "unchanged", "sign"]
            }
            Self::Values(_) => &["only", "max_age", "unchanged", "host"],
        }
    }
}
