//! State that was kept before a recorded run.

use std::collections::BTreeSet;

use super::RecordedScene;
use roundsman_contract::calls::Reply;
use roundsman_contract::calls::state::Call;

impl RecordedScene {
    /// Adds what was remembered before the run: what it has `kept` itself is not.
    pub(super) fn state(&mut self, call: &Call, reply: &Reply, kept: &mut BTreeSet<String>) {
        match (call, reply) {
            (Call::Get { key }, Reply::State(Some(value))) if !kept.contains(key) => {
                self.state.insert(key.clone(), value.clone());
            }
            (Call::Set { key, .. } | Call::Remove { key }, _) => drop(kept.insert(key.clone())),
            _ => {}
        }
    }
}
