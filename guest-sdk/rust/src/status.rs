//! Statuses as operators write them, and which of two is worse.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use crate::Status;

/// From the best to the worst, as merged.
const WORDS: [(Status, &str); 4] =
    [(Status::Ok, "ok"), (Status::Unknown, "unknown"), (Status::Warning, "warning"), (Status::Critical, "critical")];

///
/// ```
/// use roundsman_sdk::Status;
///
/// assert_eq!(Status::Unknown.worse(Status::Warning), Status::Warning);
/// ```
impl Status {
    /// Returns the worse of two: OK < UNKNOWN < WARNING < CRITICAL.
    pub fn worse(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    fn rank(self) -> usize {
        WORDS.iter().position(|(status, _)| *status == self).unwrap_or(WORDS.len())
    }
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        WORDS[self.rank()].1
    }

    pub(crate) fn named(text: &str) -> Result<Self, String> {
        let known = WORDS.iter().find(|(_, word)| *word == text).map(|(status, _)| *status);
        known.ok_or_else(|| format!("{text:?} is none of \"ok\", \"unknown\", \"warning\", \"critical\""))
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::named(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn critical_is_worst_and_unknown_better_than_warning() {
        assert_eq!(Status::Unknown.worse(Status::Warning), Status::Warning);
        assert_eq!(Status::Critical.worse(Status::Unknown), Status::Critical);
        assert_eq!(Status::Ok.worse(Status::Unknown), Status::Unknown);
    }

    #[test]
    fn statuses_are_words_in_options() {
        for (status, word) in WORDS {
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{word}\""));
            assert_eq!(serde_json::from_str::<Status>(&format!("\"{word}\"")).unwrap(), status);
        }
        let error = serde_json::from_str::<Status>("\"CRITICAL\"").unwrap_err().to_string();
        assert!(error.starts_with("\"CRITICAL\" is none of \"ok\""), "{error}");
    }
}
