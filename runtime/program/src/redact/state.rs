//! Texts of calls of the interface `state`.

use super::Redactor;
use roundsman_contract::calls::state::Call;

impl Redactor {
    pub(super) fn state_call(&mut self, call: &mut Call) {
        match call {
            Call::Get { key } | Call::Remove { key } => self.text(key),
            Call::Set { key, value } => {
                self.text(key);
                self.bytes(value);
            }
        }
    }
}
