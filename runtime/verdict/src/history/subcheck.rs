//! The labels of a subcheck as an object of JSON, in their order; `null` of the check itself.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserializer, Serializer};

type Labels = Vec<(String, String)>;

pub fn serialize<S: Serializer>(labels: &Option<Labels>, serializer: S) -> Result<S::Ok, S::Error> {
    match labels {
        Some(labels) => serializer.collect_map(labels.iter().map(|(name, value)| (name, value))),
        None => serializer.serialize_none(),
    }
}

pub fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<Labels>, D::Error> {
    deserializer.deserialize_any(Object)
}

struct Object;

impl<'d> Visitor<'d> for Object {
    type Value = Option<Labels>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("labels as an object, or null")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'d>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut labels = Vec::new();
        while let Some(label) = map.next_entry()? {
            labels.push(label);
        }
        Ok(Some(labels))
    }
}
