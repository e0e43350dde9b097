//! The column of a table whose word is judged.

use serde::de::{Deserialize, Deserializer, Error};

use crate::json::{Json, JsonWriter, Wrong};
use crate::{Map, OptionInfo, OptionValue, Status};

/// The key that names the column; all others are words of it.
const COLUMN: &str = "column";

/// The column whose word is judged, and the statuses of its words.
#[derive(Clone, Debug)]
pub struct RowStatus {
    /// The column.
    pub column: String,
    words: Map<Status>,
}

impl RowStatus {
    /// Returns the status of a word.
    pub(super) fn of(&self, word: &str) -> Option<Status> {
        self.words.get(word).or_else(|| self.words.get("*")).copied()
    }

    fn parse(table: Map<String>) -> Result<Self, Wrong> {
        let Some(column) = table.get(COLUMN).cloned() else {
            return Err(Wrong::new("missing field `column`, which names the column whose word is judged"));
        };
        let words = table.iter().filter(|(word, _)| *word != COLUMN);
        let judged = words.map(|(word, status)| match Status::named(status) {
            Ok(status) => Ok((word.to_owned(), status)),
            Err(why) => Err(Wrong::new(why).below_key(word)),
        });
        Ok(Self { column, words: judged.collect::<Result<_, _>>()? })
    }
}

impl OptionValue for RowStatus {
    const TYPE: &'static str = "table";

    fn keys() -> Vec<OptionInfo> {
        vec![
            OptionInfo::of::<String>(COLUMN, "The column whose word is judged").required_unless_optional::<String>(),
            OptionInfo::of::<Option<Status>>("any", "Status of this word; \"*\" is any other"),
        ]
    }

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.object(|json| {
            json.key_text(COLUMN, &self.column);
            self.words.iter().for_each(|(word, status)| json.key_if(word, status));
        });
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        Map::read(json).and_then(Self::parse)
    }
}

impl<'de> Deserialize<'de> for RowStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(Map::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
