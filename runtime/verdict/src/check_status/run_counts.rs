//! Runs of a check, counted by what came out.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Runs by what came out, a status or the kind of a failure, in the order of these words. A list, as there are one or two
/// of them: a map has room for eleven, and of ten thousand checks that is 7 MB.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunCounts(Vec<(String, u64)>);

impl RunCounts {
    /// Counts one more run.
    pub(crate) fn add(&mut self, word: &str) {
        match self.0.binary_search_by(|(known, _)| known.as_str().cmp(word)) {
            Ok(at) => self.0[at].1 = self.0[at].1.saturating_add(1),
            Err(at) => {
                self.0.reserve_exact(1);
                self.0.insert(at, (word.to_owned(), 1));
            }
        }
    }

    /// Returns the words, each with its number of runs.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(word, count)| (word.as_str(), *count))
    }

    /// Returns the number of runs of a word.
    #[must_use]
    pub fn of(&self, word: &str) -> u64 {
        self.iter().find(|(known, _)| *known == word).map_or(0, |(_, count)| count)
    }
}

impl<'a> FromIterator<(&'a str, u64)> for RunCounts {
    fn from_iter<I: IntoIterator<Item = (&'a str, u64)>>(counts: I) -> Self {
        let mut counts: Vec<(String, u64)> = counts.into_iter().map(|(word, count)| (word.to_owned(), count)).collect();
        counts.sort();
        Self(counts)
    }
}

impl Serialize for RunCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for RunCounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counts;
        impl<'de> Visitor<'de> for Counts {
            type Value = RunCounts;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("numbers of runs by what came out")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RunCounts, A::Error> {
                let mut counts: Vec<(String, u64)> = Vec::new();
                while let Some((word, count)) = map.next_entry::<String, u64>()? {
                    counts.retain(|(known, _)| *known != word);
                    counts.reserve_exact(1);
                    counts.push((word, count));
                }
                counts.sort();
                Ok(RunCounts(counts))
            }
        }
        deserializer.deserialize_map(Counts)
    }
}

#[cfg(test)]
mod tests {
    use super::RunCounts;

    #[test]
    fn counts_are_stored_as_a_map_and_come_back() {
        let mut counts = RunCounts::default();
        for word in ["ok", "critical", "ok"] {
            counts.add(word);
        }
        let text = serde_json::to_string(&counts).unwrap();
        assert_eq!(text, r#"{"critical":1,"ok":2}"#);
        assert_eq!(serde_json::from_str::<RunCounts>(&text).unwrap(), counts);
        let turned = serde_json::from_str::<RunCounts>(r#"{"ok":7,"critical":1,"ok":2}"#).unwrap();
        assert_eq!(turned, counts, "sorted, and of a word that comes twice the later counts");
        assert_eq!((counts.of("ok"), counts.of("timeout")), (2, 0));
        assert!(serde_json::from_str::<RunCounts>(r#"{"ok":-1}"#).is_err());
    }
}
