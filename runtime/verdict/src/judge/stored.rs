//! Form of verdicts in the state: numbers that JSON has no words for, NaN and the infinities, as text; lists without room for
//! more; and components by their digest, as the state has what they are once for all their checks.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use roundsman_contract::Range;

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Word(String),
}

impl Written {
    fn of(value: f64) -> Self {
        if value.is_finite() { Self::Number(value) } else { Self::Word(value.to_string()) }
    }

    fn read<E: serde::de::Error>(self) -> Result<f64, E> {
        match self {
            Self::Number(value) => Ok(value),
            // `f64` reads and writes the three by the same words: NaN, inf, -inf.
            Self::Word(word) => word.parse().map_err(|_| E::custom(format!("`{word}` is no number"))),
        }
    }
}

pub mod number {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Written};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        Written::of(*value).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Written::deserialize(deserializer)?.read()
    }
}

pub mod option {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Written};

    pub fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(Written::of).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Option::<Written>::deserialize(deserializer)?.map(Written::read).transpose()
    }
}

pub mod range {
    use super::{Deserialize, Deserializer, Range, Serialize, Serializer, Written};

    #[derive(Serialize, Deserialize)]
    struct Ends {
        low: Written,
        high: Written,
        inside: bool,
    }

    pub fn serialize<S: Serializer>(value: &Option<Range>, serializer: S) -> Result<S::Ok, S::Error> {
        let ends = value.map(|range| Ends {
            low: Written::of(range.low),
            high: Written::of(range.high),
            inside: range.inside,
        });
        ends.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Range>, D::Error> {
        let Some(ends) = Option::<Ends>::deserialize(deserializer)? else { return Ok(None) };
        Ok(Some(Range { low: ends.low.read()?, high: ends.high.read()?, inside: ends.inside }))
    }
}

pub mod component {
    use std::rc::Rc;

    use super::{Deserialize, Deserializer, Serialize, Serializer};
    use crate::judge::ComponentId;

    pub fn serialize<S: Serializer>(id: &Option<Rc<ComponentId>>, serializer: S) -> Result<S::Ok, S::Error> {
        id.as_ref().map(|id| &id.sha256).serialize(serializer)
    }

    /// Reads the digest alone: who reads the state puts in the rest.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Rc<ComponentId>>, D::Error> {
        let sha256 = Option::<String>::deserialize(deserializer)?;
        Ok(sha256.map(|sha256| Rc::new(ComponentId { sha256, ..ComponentId::default() })))
    }
}

/// Reads a list that takes no more memory than what is in it: one that grows has room for twice as much at times, and for four
/// where there is one, which is most of what is kept of a metric.
///
/// # Errors
/// It is no such list.
pub fn exact<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let mut list = Vec::deserialize(deserializer)?;
    list.shrink_to_fit();
    Ok(list)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::judge::{JudgedMetric, sample};
    use roundsman_contract::{Range, Unit};

    #[test]
    fn every_number_comes_back_as_it_was() {
        for value in [0.0, -0.1, 1e300, 0.1 + 0.2, f64::INFINITY, f64::NEG_INFINITY] {
            let range = Some(Range { low: f64::NEG_INFINITY, high: value, inside: true });
            let metric = JudgedMetric {
                warning: range,
                min: Some(value),
                max: None,
                ..sample::metric("m", value, Unit::Other("x".to_owned()), &[("a", "b")])
            };
            let text = serde_json::to_string(&metric).unwrap();
            assert_eq!(serde_json::from_str::<JudgedMetric>(&text).unwrap(), metric, "{text}");
        }
        let nan = sample::metric("m", f64::NAN, Unit::Number, &[]);
        let text = serde_json::to_string(&nan).unwrap();
        assert!(serde_json::from_str::<JudgedMetric>(&text).unwrap().value.is_nan(), "{text}");
        assert!(serde_json::from_str::<JudgedMetric>(&text.replace("NaN", "many")).is_err());
    }

    #[test]
    fn a_list_has_no_room_that_nothing_is_in() {
        let metric = sample::metric("m", 1.0, Unit::Number, &[("a", "b")]);
        let text = serde_json::to_string(&metric).unwrap();
        assert_eq!(serde_json::from_str::<JudgedMetric>(&text).unwrap().labels.capacity(), 1);
    }

    proptest! {
        #[test]
        fn no_number_drifts_by_being_stored(value in any::<f64>().prop_filter("NaN is not itself", |value| !value.is_nan())) {
            let metric = sample::metric("m", value, Unit::Number, &[]);
            let text = serde_json::to_string(&metric).unwrap();
            prop_assert_eq!(serde_json::from_str::<JudgedMetric>(&text).unwrap().value, value, "{}", text);
        }
    }
}
