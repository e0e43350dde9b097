//! What a check tells of its options: read off their type by `#[derive(Options)]`.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::json::{Json, JsonWriter, Wrong, typed};
use crate::{Pattern, Status, Zone};

/// The options of a check, or the keys of a table that is one of them. Derived, never written by hand:
///
/// ```
/// use roundsman_sdk::{Options as _, Pattern, Status};
/// use serde::Deserialize;
///
/// #[derive(Debug, Deserialize, roundsman_sdk::Options)]
/// #[serde(deny_unknown_fields)]
/// struct Options {
///     /// The queue to look at.
///     queue: String,
///     /// How old a message may be, in seconds.
///     #[serde(default = "an_hour")]
///     oldest: u64,
///     /// Status of a queue that is not there.
///     #[serde(default = "critical")]
///     missing: Status,
///     /// Senders that are not counted.
///     #[serde(default)]
///     ignore: Vec<Pattern>,
///     /// A relay that is asked too.
///     relay: Option<String>,
/// }
///
/// fn an_hour() -> u64 {
///     3600
/// }
///
/// fn critical() -> Status {
///     Status::Critical
/// }
///
/// let told: Vec<String> = Options::options().iter().map(|option| option.to_string()).collect();
/// assert_eq!(
///     told,
///     [
///         "queue: text, required: The queue to look at",
///         "oldest: integer, 3600: How old a message may be, in seconds",
///         "missing: text, \"critical\": Status of a queue that is not there",
///         "ignore: texts, []: Senders that are not counted",
///         "relay: text: A relay that is asked too",
///     ]
/// );
/// ```
///
/// The first paragraph of a doc comment is the help. A field with `#[serde(default)]` or `#[serde(default = "path")]`, or in a
/// struct with `#[serde(default)]`, has that default; an [`Option`] may be left out; any other field is required. A field
/// of a type that derives this too is a table, a [`Vec`] of it a list of tables, and their keys are told as well. An enum
/// without fields that derives this is a text of these words.
pub trait Options: OptionValue {
    /// Returns the options in the order of the fields.
    fn options() -> Vec<OptionInfo>;
}

/// One option, as an operator is told of it.
///
/// ```
/// use roundsman_sdk::{JsonWriter, OptionInfo, OptionValue};
///
/// // As the derive makes it for `#[serde(default)] queues: Vec<String>` and `port: u16`.
/// let queues = OptionInfo::of::<Vec<String>>("queues", "The queues to look at").or(&Vec::<String>::new());
/// let port = OptionInfo::of::<u16>("port", "Where it listens").required_unless_optional::<u16>();
/// assert_eq!(queues.to_string(), "queues: texts, []: The queues to look at");
/// assert_eq!((port.to_string().as_str(), <u16 as OptionValue>::TYPE), ("port: integer, required: Where it listens", "integer"));
/// let mut json = JsonWriter::default();
/// json.object(|json| json.key_if("port", &25_u16));
/// assert_eq!(json.finish(), r#"{"port":25}"#);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OptionInfo {
    pub(crate) key: &'static str,
    pub(crate) help: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) default: Option<String>,
    pub(crate) required: bool,
    pub(crate) values: &'static [&'static str],
    pub(crate) options: Vec<OptionInfo>,
}

/// What may stand as the value of an option.
pub trait OptionValue: DeserializeOwned {
    /// The word for the type: `boolean`, `integer`, `number`, `text`, `table`, and with an `s` lists of these.
    const TYPE: &'static str;
    /// Whether it may be left out.
    const OPTIONAL: bool = false;
    /// The texts that it may be, where only some are.
    const VALUES: &'static [&'static str] = &[];

    /// Returns the keys of a table.
    fn keys() -> Vec<OptionInfo> {
        Vec::new()
    }

    /// Writes the value. False where there is none.
    fn write(&self, json: &mut JsonWriter) -> bool;

    /// Reads the value; by serde, unless the type knows a shorter way.
    fn read(json: &Json) -> Result<Self, Wrong> {
        typed(json)
    }
}

impl OptionInfo {
    /// Returns an option that holds a `T`.
    pub fn of<T: OptionValue>(key: &'static str, help: &'static str) -> Self {
        Self { key, help, kind: T::TYPE, default: None, required: false, values: T::VALUES, options: T::keys() }
    }

    /// Sets what holds where the operator gives nothing.
    pub fn or<T: OptionValue>(mut self, value: &T) -> Self {
        let mut json = JsonWriter::default();
        self.default = value.write(&mut json).then(|| json.finish());
        self
    }

    /// The operator must give it, unless a `T` may be left out.
    pub fn required_unless_optional<T: OptionValue>(mut self) -> Self {
        self.required = !T::OPTIONAL;
        self
    }

    pub(crate) fn write(&self, json: &mut JsonWriter) {
        json.object(|json| {
            json.key_text("key", self.key);
            json.key_text("help", self.help);
            json.key_text("type", self.kind);
            if let Some(default) = &self.default {
                json.key("default", |json| {
                    json.word(default);
                    true
                });
            }
            if self.required {
                json.key_if("required", &true);
            }
            json.key_list("values", self.values, |json, value| json.text(value));
            json.key_list("options", &self.options, |json, option| option.write(json));
        });
    }
}

#[cfg(not(target_family = "wasm"))]
impl std::fmt::Display for OptionInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.key, self.kind)?;
        match (&self.default, self.required) {
            (Some(default), _) => write!(f, ", {default}")?,
            (None, true) => f.write_str(", required")?,
            (None, false) => {}
        }
        write!(f, ": {}", self.help)
    }
}

impl JsonWriter {
    /// A key with the value of an option; neither where there is none.
    pub fn key_if(&mut self, key: &str, value: &impl OptionValue) {
        self.key(key, |json| value.write(json));
    }
}

impl OptionValue for bool {
    const TYPE: &'static str = "boolean";

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.word(if *self { "true" } else { "false" });
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        match json {
            Json::Boolean(value) => Ok(*value),
            other => Err(other.instead_of(&"a boolean")),
        }
    }
}

macro_rules! integers {
    ($($type:ty)*) => {
        $(impl OptionValue for $type {
            const TYPE: &'static str = "integer";

            fn write(&self, json: &mut JsonWriter) -> bool {
                json.word(&self.to_string());
                true
            }

            fn read(json: &Json) -> Result<Self, Wrong> {
                json.whole(<$type>::MIN as i64, <$type>::MAX as u64, stringify!($type)).map(|value| value as $type)
            }
        })*
    };
}

integers!(u8 u16 u32 u64 usize i8 i16 i32 i64);

impl OptionValue for f64 {
    const TYPE: &'static str = "number";

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.number(*self)
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        match json {
            Json::Natural(value) => Ok(*value as f64),
            Json::Integer(value) => Ok(*value as f64),
            Json::Number(value) => Ok(*value),
            other => Err(other.instead_of(&"a number")),
        }
    }
}

impl OptionValue for String {
    const TYPE: &'static str = "text";

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.text(self);
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        json.text().map(str::to_owned)
    }
}

impl OptionValue for char {
    const TYPE: &'static str = "text";

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.text(self.encode_utf8(&mut [0; 4]));
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        let mut letters = json.text()?.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => Ok(letter),
            _ => Err(json.instead_of(&"a single character")),
        }
    }
}

impl OptionValue for Pattern {
    const TYPE: &'static str = "text";

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.text(self.text());
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        Self::parse(json.text()?).map_err(Wrong::new)
    }
}

impl OptionValue for Zone {
    const TYPE: &'static str = "text";

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.text(self.text());
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        Self::parse(json.text()?).map_err(Wrong::new)
    }
}

impl OptionValue for Status {
    const TYPE: &'static str = "text";
    const VALUES: &'static [&'static str] = &["ok", "warning", "critical", "unknown"];

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.text(self.word());
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        Self::named(json.text()?).map_err(Wrong::new)
    }
}

impl<T: OptionValue> OptionValue for Option<T> {
    const TYPE: &'static str = T::TYPE;
    const OPTIONAL: bool = true;
    const VALUES: &'static [&'static str] = T::VALUES;

    fn keys() -> Vec<OptionInfo> {
        T::keys()
    }

    fn write(&self, json: &mut JsonWriter) -> bool {
        self.as_ref().is_some_and(|value| value.write(json))
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        match json {
            Json::Null => Ok(None),
            json => T::read(json).map(Some),
        }
    }
}

impl<T: OptionValue> OptionValue for Vec<T> {
    const TYPE: &'static str = list_of(T::TYPE);
    const VALUES: &'static [&'static str] = T::VALUES;

    fn keys() -> Vec<OptionInfo> {
        T::keys()
    }

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.list(|json| {
            for value in self {
                value.write(json);
            }
        });
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        json.each(T::read)
    }
}

/// A table whose keys are the operator's.
impl<T: OptionValue> OptionValue for BTreeMap<String, T> {
    const TYPE: &'static str = "table";

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.object(|json| {
            for (key, value) in self {
                json.key_if(key, value);
            }
        });
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        json.members(T::read).map(BTreeMap::from_iter)
    }
}

/// Returns the word for a list of what this is the word for.
const fn list_of(word: &'static str) -> &'static str {
    match word.as_bytes() {
        b"boolean" => "booleans",
        b"integer" => "integers",
        b"number" => "numbers",
        b"text" => "texts",
        b"table" => "tables",
        _ => "lists",
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, crate::Options)]
    #[serde(default, deny_unknown_fields)]
    struct Sample {
        /// Whether it is
        /// so.
        ///
        /// Not for operators.
        on: bool,
        /// A share
        share: f64,
        /// Words
        #[serde(rename = "type")]
        kind: Vec<Word>,
        /// Parts
        parts: Vec<Part>,
        /// By name
        names: BTreeMap<String, i64>,
        /// Perhaps
        perhaps: Option<Vec<String>>,
    }

    #[derive(Debug, Deserialize, crate::Options)]
    #[serde(deny_unknown_fields)]
    struct Part {
        /// Of the part
        name: String,
        /// Its own
        r#use: Option<u8>,
    }

    #[derive(Debug, Deserialize, crate::Options)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        ReadOnly,
        #[serde(rename = "rw")]
        Writable,
    }

    impl Default for Sample {
        fn default() -> Self {
            let part = Part { name: "a".into(), r#use: None };
            Self {
                on: true,
                share: 0.5,
                kind: vec![Word::ReadOnly, Word::Writable],
                parts: vec![part],
                names: BTreeMap::from([("x".into(), -1)]),
                perhaps: None,
            }
        }
    }

    #[test]
    fn options_are_what_serde_reads() {
        let mut json = JsonWriter::default();
        json.list(|json| Sample::options().iter().for_each(|option| option.write(json)));
        let told: serde_json::Value = serde_json::from_str(&json.finish()).unwrap();
        let meant = serde_json::json!([
            { "key": "on", "help": "Whether it is so", "type": "boolean", "default": true },
            { "key": "share", "help": "A share", "type": "number", "default": 0.5 },
            { "key": "type", "help": "Words", "type": "texts", "default": ["read-only", "rw"],
              "values": ["read-only", "rw"] },
            { "key": "parts", "help": "Parts", "type": "tables", "default": [{ "name": "a" }],
              "options": [
                { "key": "name", "help": "Of the part", "type": "text", "required": true },
                { "key": "use", "help": "Its own", "type": "integer" },
              ] },
            { "key": "names", "help": "By name", "type": "table", "default": { "x": -1 } },
            { "key": "perhaps", "help": "Perhaps", "type": "texts" },
        ]);
        assert_eq!(told, meant);
        // And what it tells as defaults, serde reads as the same.
        let spelled: serde_json::Map<String, serde_json::Value> = told
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|option| Some((option["key"].as_str()?.to_owned(), option.get("default")?.clone())))
            .collect();
        let read: Sample = serde_json::from_value(spelled.into()).unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", Sample::default()));
    }
}
