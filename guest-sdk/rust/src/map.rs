//! A table with the operator's own keys, as a list of pairs: a `BTreeMap` is 8 KB of a component for each type that it holds.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::json::{Json, JsonWriter, Wrong};
use crate::{OptionInfo, OptionValue};

/// Values by keys that the operator chose, in the order in which they were given.
///
/// ```
/// use roundsman_sdk::Map;
///
/// let limits: Map<u32> = serde_json::from_str(r#"{"a": 1, "b": 2}"#).unwrap();
/// assert_eq!((limits.get("b"), limits.keys().count(), limits.iter().count()), (Some(&2), 2, 2));
/// assert!(!limits.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Map<T>(Vec<(String, T)>);

impl<T> Map<T> {
    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.0.iter().find(|(it, _)| it == key).map(|(_, value)| value)
    }

    /// Returns all keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }

    /// Returns all keys with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Tells whether it has no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Map<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Into<String>, T> FromIterator<(K, T)> for Map<T> {
    fn from_iter<I: IntoIterator<Item = (K, T)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}

impl<T: OptionValue> OptionValue for Map<T> {
    const TYPE: &'static str = "table";
    const VALUES: &'static [&'static str] = T::VALUES;

    fn keys() -> Vec<OptionInfo> {
        let keys = T::keys();
        let each = OptionInfo { options: keys, ..OptionInfo::of::<Option<T>>("any", "Each of your own names") };
        if each.options.is_empty() { Vec::new() } else { vec![each] }
    }

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.object(|json| self.iter().for_each(|(key, value)| json.key_if(key, value)));
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        json.members(T::read).map(Self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Map<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

struct Pairs<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
    type Value = Map<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Map<T>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = access.next_entry()? {
            pairs.push(pair);
        }
        Ok(Map(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_in_their_order() {
        let map: Map<u8> = Map::read(&serde_json::from_str(r#"{"b": 2, "a": 1}"#).unwrap()).unwrap();
        assert_eq!(map, [("b", 2), ("a", 1)].into_iter().collect());
        assert_eq!((map.get("a"), map.get("c"), map.is_empty()), (Some(&1), None, false));
        let mut json = JsonWriter::default();
        map.write(&mut json);
        assert_eq!(json.finish(), r#"{"b":2,"a":1}"#);
        assert_eq!(serde_json::from_str::<Map<u8>>(r#"{"b": 2, "a": 1}"#).unwrap(), map);
        let wrong = Map::<u8>::read(&serde_json::from_str(r#"{"b": 256}"#).unwrap()).unwrap_err();
        assert_eq!(wrong.to_string(), "b: invalid value: integer `256`, expected u8");
    }
}
