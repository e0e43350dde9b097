//! Values that another version of the program stored and this one does not know: they are kept where they were. Pure.

use serde_json::{Map, Value};

/// Path of a value: the keys on the way to it.
pub type KeyPath = Vec<String>;

/// Values that this program has no place for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unknown(Vec<(KeyPath, Value)>);

/// The key of what a run said. It is replaced as a whole, and so is what another version knows of it.
const VERDICT: &str = "verdict";
/// Key of the start of a run.
const STARTED: &str = "started";

impl Unknown {
    /// Takes what stands at these places of a file.
    #[must_use]
    pub fn of(ways: Vec<KeyPath>, whole: &Value) -> Self {
        let mut found = Vec::new();
        for way in ways {
            let Some(value) = at(whole, &way) else { continue };
            if let Some(end) = way.iter().position(|key| key == VERDICT)
                && let Some(started) = at(whole, &way[..=end]).and_then(|verdict| verdict.get(STARTED))
            {
                // It goes with the run that it is of.
                let run = way[..=end].iter().cloned().chain([STARTED.to_owned()]).collect();
                found.push((run, started.clone()));
            }
            found.push((way, value.clone()));
        }
        found.dedup();
        Self(found)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts each value back where it was, unless what it was of is gone.
    pub(crate) fn put_back(&self, whole: &mut Value) {
        for (way, value) in &self.0 {
            let is_of_another_run = way.iter().position(|key| key == VERDICT).is_some_and(|end| {
                let run: Vec<&str> = way[..=end].iter().map(String::as_str).chain([STARTED]).collect();
                let then = self.0.iter().find(|(way, _)| way.iter().map(String::as_str).eq(run.iter().copied()));
                then.is_some_and(|(_, started)| at_keys(whole, &run) != Some(started))
            });
            let Some((key, above)) = way.split_last() else { continue };
            let place = above.iter().try_fold(&mut *whole, |place, key| place.get_mut(key.as_str()));
            if let Some(object) = place.and_then(Value::as_object_mut).filter(|_| !is_of_another_run) {
                put(object, key, value);
            }
        }
    }
}

fn put(object: &mut Map<String, Value>, key: &str, value: &Value) {
    object.entry(key.to_owned()).or_insert_with(|| value.clone());
}

fn at<'v>(whole: &'v Value, way: &[String]) -> Option<&'v Value> {
    way.iter().try_fold(whole, |place, key| place.get(key.as_str()))
}

fn at_keys<'v>(whole: &'v Value, way: &[&str]) -> Option<&'v Value> {
    way.iter().try_fold(whole, |place, key| place.get(*key))
}

/// Turns a path of an ignored value into keys; `None` for one in a list, which has no name to be found by again.
#[must_use]
pub(crate) fn way(path: &serde_ignored::Path<'_>) -> Option<KeyPath> {
    use serde_ignored::Path;
    match path {
        Path::Root => Some(Vec::new()),
        Path::Seq { .. } => None,
        Path::Map { parent, key } => {
            let mut way = way(parent)?;
            way.push(key.clone());
            Some(way)
        }
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => way(parent),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ways(ways: &[&[&str]]) -> Vec<KeyPath> {
        ways.iter().map(|way| way.iter().map(|key| (*key).to_owned()).collect()).collect()
    }

    #[test]
    fn what_is_unknown_stands_where_it_was() {
        let newer = json!({ "checks": { "disk": { "hard": "Ok", "muted": { "by": "alice" } } }, "fleet": 7 });
        let unknown = Unknown::of(ways(&[&["checks", "disk", "muted"], &["fleet"], &["gone"]]), &newer);
        let mut ours = json!({ "checks": { "disk": { "hard": "Critical" } } });
        unknown.put_back(&mut ours);
        assert_eq!(
            ours,
            json!({ "checks": { "disk": { "hard": "Critical", "muted": { "by": "alice" } } }, "fleet": 7 })
        );
        let mut removed = json!({ "checks": {} });
        unknown.put_back(&mut removed);
        assert_eq!(removed, json!({ "checks": {}, "fleet": 7 }), "with the check goes what is unknown of it");
        assert!(Unknown::of(ways(&[&["gone"]]), &newer).is_empty());
    }

    #[test]
    fn what_is_unknown_of_a_run_goes_with_it() {
        let newer = json!({ "a": { "verdict": { "started": "1", "cost": 3 } } });
        let unknown = Unknown::of(ways(&[&["a", "verdict", "cost"]]), &newer);
        let mut same = json!({ "a": { "verdict": { "started": "1" } } });
        unknown.put_back(&mut same);
        assert_eq!(same, newer);
        let mut other = json!({ "a": { "verdict": { "started": "2" } } });
        unknown.put_back(&mut other);
        assert_eq!(other, json!({ "a": { "verdict": { "started": "2" } } }));
    }
}
