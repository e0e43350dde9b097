//! A status by its word in lower case, as it stands in the history; `null` where there is none.

use serde::{Deserialize as _, Deserializer, Serializer, de};

use crate::judge::message_lines::status_word;
use roundsman_contract::Status;

const ALL: [Status; 4] = [Status::Ok, Status::Warning, Status::Critical, Status::Unknown];

pub fn serialize<S: Serializer>(status: &Option<Status>, serializer: S) -> Result<S::Ok, S::Error> {
    match status {
        Some(status) => serializer.serialize_str(&status_word(*status).to_lowercase()),
        None => serializer.serialize_none(),
    }
}

pub fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<Status>, D::Error> {
    let Some(word) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let known = ALL.into_iter().find(|status| status_word(*status).eq_ignore_ascii_case(&word));
    known.map(Some).ok_or_else(|| de::Error::unknown_variant(&word, &["ok", "warning", "critical", "unknown"]))
}
