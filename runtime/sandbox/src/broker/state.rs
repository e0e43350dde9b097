//! State that one check keeps between runs: bytes by key, up to `limits.state`.

use std::collections::BTreeMap;

use roundsman_contract::calls::Reply;
use roundsman_contract::calls::state::Call;
use roundsman_contract::{Error, Exceeded};
use roundsman_grants::escape::json_length;

/// The state of one check during a run. Changes are the run's own until its outcome is stored.
#[derive(Debug)]
pub struct StateValues {
    limit: u64,
    values: BTreeMap<String, Vec<u8>>,
    changed: bool,
}

impl StateValues {
    /// `limit` bounds keys, as they take in JSON, and values together, in bytes.
    pub fn new(values: BTreeMap<String, Vec<u8>>, limit: u64) -> Self {
        Self { limit, values, changed: false }
    }

    pub(crate) fn call(&mut self, call: Call) -> Reply {
        match call {
            Call::Get { key } => self.get(&key),
            Call::Set { key, value } => self.set(key, value),
            Call::Remove { key } => self.remove(&key),
        }
    }

    fn get(&self, key: &str) -> Reply {
        Reply::State(self.values.get(key).cloned())
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> Reply {
        let others = self.values.iter().filter(|(other, _)| **other != key);
        let size = others.map(|(key, value)| cost(key, value)).sum::<usize>() + cost(&key, &value);
        if size as u64 > self.limit {
            return Reply::Error(Error::Limit(Exceeded::new("state", self.limit)));
        }
        self.changed |= self.values.insert(key, value.clone()).as_ref() != Some(&value);
        Reply::Done
    }

    fn remove(&mut self, key: &str) -> Reply {
        self.changed |= self.values.remove(key).is_some();
        Reply::Done
    }

    /// Returns the whole state, if the run changed it.
    pub(crate) fn into_changed(self) -> Option<BTreeMap<String, Vec<u8>>> {
        self.changed.then_some(self.values)
    }
}

/// Counts what one value takes of the limit.
fn cost(key: &str, value: &[u8]) -> usize {
    json_length(key) + value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> StateValues {
        StateValues::new(BTreeMap::from([("a".to_owned(), vec![1, 2, 3])]), 10)
    }

    #[test]
    fn unchanged_values_are_no_change() {
        let mut state = state();
        assert_eq!(state.set("a".to_owned(), vec![1, 2, 3]), Reply::Done);
        state.remove("b");
        assert_eq!(state.into_changed(), None);
    }

    #[test]
    fn over_the_limit_the_old_value_stays() {
        let mut state = state();
        let refused = state.set("b".to_owned(), vec![0; 7]);
        assert_eq!(refused, Reply::Error(Error::Limit(Exceeded::new("state", 10))));
        assert_eq!(state.get("b"), Reply::State(None));
        assert_eq!(state.set("b".to_owned(), vec![0; 5]), Reply::Done);
    }

    #[test]
    fn a_key_set_again_counts_once() {
        let mut state = state();
        assert_eq!(state.set("a".to_owned(), vec![0; 9]), Reply::Done);
        assert_eq!(state.into_changed(), Some(BTreeMap::from([("a".to_owned(), vec![0; 9])])));
    }
}
