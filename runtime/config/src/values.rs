//! Values of the file that may be written in more than one way, each with its own words for a wrong type.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use toml::Spanned;

/// A duration such as `5m`, not parsed yet.
#[derive(Debug, Clone)]
pub struct DurationText(pub String);

/// A whole number, 0 or more.
#[derive(Debug, Clone, Copy)]
pub struct Count(pub u64);

/// Bytes, or a size with its unit, not parsed yet.
#[derive(Debug, Clone)]
pub enum Size {
    Bytes(u64),
    Text(String),
}

/// A range as Nagios writes them, not parsed yet, or the number at which one that begins at 0 ends.
#[derive(Debug, Clone)]
pub enum RangeValue {
    Number(f64),
    Text(String),
}

/// A text, or the file that holds it: `{ file = "/path" }`.
#[derive(Debug, Clone)]
pub enum TextOrFile {
    Text(String),
    File(Spanned<String>),
}

/// Addresses of requests: a text, the file that holds it, or a list of these.
#[derive(Debug, Clone)]
pub struct Urls(pub Vec<Spanned<TextOrFile>>);

/// One word, or a list of texts.
#[derive(Debug, Clone)]
pub enum WordOrList {
    Word(String),
    List(Vec<Spanned<String>>),
}

/// A table, or a list of such tables.
#[derive(Debug, Clone)]
pub enum OneOrMany<T> {
    One(T),
    Many(Vec<Spanned<T>>),
}

/// The component's own options as JSON: dates as strings, integers whole.
#[derive(Debug, Clone, Default)]
pub struct ComponentOptions(pub serde_json::Map<String, serde_json::Value>);

impl<'de> Deserialize<'de> for DurationText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl Visitor<'_> for Words {
            type Value = DurationText;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration in quotes, such as \"30s\", \"5m\", \"2h\" or \"1d\"")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<DurationText, E> {
                Ok(DurationText(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Words)
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl Visitor<'_> for Words {
            type Value = Count;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, 0 or more")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Count, E> {
                whole(number, &self).map(Count)
            }
        }
        deserializer.deserialize_any(Words)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl Visitor<'_> for Words {
            type Value = Size;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size such as \"64KiB\" or \"128MiB\", or a whole number of bytes")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Size, E> {
                whole(number, &self).map(Size::Bytes)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
                Ok(Size::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Words)
    }
}

fn whole<E: Error>(number: i64, words: &dyn serde::de::Expected) -> Result<u64, E> {
    u64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), words))
}

impl<'de> Deserialize<'de> for RangeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl Visitor<'_> for Words {
            type Value = RangeValue;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a range in quotes such as \"10:\", \"@1:5\" or \"50GiB:\"")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<RangeValue, E> {
                // Metrics are f64, so is what they are compared with.
                Ok(RangeValue::Number(number as f64))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<RangeValue, E> {
                Ok(RangeValue::Number(number))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<RangeValue, E> {
                Ok(RangeValue::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Words)
    }
}

impl<'de> Deserialize<'de> for TextOrFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct FileTable {
            file: Spanned<String>,
        }
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = TextOrFile;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a file that holds it: { file = \"/path\" }")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<TextOrFile, E> {
                Ok(TextOrFile::Text(text.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextOrFile, A::Error> {
                FileTable::deserialize(MapAccessDeserializer::new(map)).map(|table| TextOrFile::File(table.file))
            }
        }
        deserializer.deserialize_any(Words)
    }
}

impl<'de> Deserialize<'de> for Urls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = Vec<Spanned<TextOrFile>>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a URL, a file that holds it: { file = \"/path\" }, or a list of these")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut urls = Vec::new();
                while let Some(url) = list.next_element()? {
                    urls.push(url);
                }
                Ok(urls)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(vec![Spanned::new(0..0, TextOrFile::Text(text.to_owned()))])
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let url = TextOrFile::deserialize(MapAccessDeserializer::new(map))?;
                Ok(vec![Spanned::new(0..0, url)])
            }
        }
        deserializer.deserialize_any(Words).map(Self)
    }
}

impl<'de> Deserialize<'de> for WordOrList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = WordOrList;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"mounted\", or a list of mount points")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<WordOrList, E> {
                Ok(WordOrList::Word(text.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<WordOrList, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(WordOrList::List(texts))
            }
        }
        deserializer.deserialize_any(Words)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Words<T> {
            type Value = OneOrMany<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table such as { warning = 80, critical = 90 }, or a list of them")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(OneOrMany::One)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMany<T>, A::Error> {
                let mut tables = Vec::new();
                while let Some(table) = list.next_element()? {
                    tables.push(table);
                }
                Ok(OneOrMany::Many(tables))
            }
        }
        deserializer.deserialize_any(Words(PhantomData))
    }
}

impl<'de> Deserialize<'de> for ComponentOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = toml::Table::deserialize(deserializer)?;
        json_table(table).map(Self)
    }
}

/// Returns a TOML value as an option of a component: dates as strings, integers whole.
///
/// # Errors
/// `inf` and `nan`, which JSON has not.
pub fn option_value(value: toml::Value) -> Result<serde_json::Value, toml::de::Error> {
    json(value)
}

fn json_table<E: Error>(table: toml::Table) -> Result<serde_json::Map<String, serde_json::Value>, E> {
    table.into_iter().map(|(key, value)| Ok((key, json(value)?))).collect()
}

fn json<E: Error>(value: toml::Value) -> Result<serde_json::Value, E> {
    use serde_json::Value as Json;
    Ok(match value {
        toml::Value::String(text) => Json::String(text),
        toml::Value::Integer(number) => Json::Number(number.into()),
        toml::Value::Float(number) => serde_json::Number::from_f64(number)
            .map(Json::Number)
            .ok_or_else(|| E::custom(format!("`{number}` is no number that an option can have")))?,
        toml::Value::Boolean(flag) => Json::Bool(flag),
        toml::Value::Datetime(date) => Json::String(date.to_string()),
        toml::Value::Array(values) => Json::Array(values.into_iter().map(json).collect::<Result<_, E>>()?),
        toml::Value::Table(table) => Json::Object(json_table(table)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_become_json_as_the_contract_says() {
        let ComponentOptions(json) = toml::from_str(
            "text = 'a'\nwhole = 9223372036854775807\nhalf = 0.5\nround = 2.0\nday = 2026-11-22\n\
             at = 2026-11-22T19:14:03Z\nlist = [1, { deep = true }]\n[table]\nx = 1\n",
        )
        .unwrap();
        assert_eq!(
            serde_json::Value::Object(json),
            serde_json::json!({
                "text": "a", "whole": 9_223_372_036_854_775_807_i64, "half": 0.5, "round": 2.0, "day": "2026-11-22",
                "at": "2026-11-22T19:14:03Z", "list": [1, { "deep": true }], "table": { "x": 1 },
            })
        );
    }
}
