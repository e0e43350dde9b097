//! The interface `logging`.

use crate::worker::contract_0_1::Turn as _;
use crate::worker::contract_0_1::logging::{Host, Level as WitLevel};
use crate::worker::reach::Reach;
use roundsman_contract::Level;
use roundsman_contract::calls::logging::Call;
use roundsman_contract::calls::{Reply, Request};

impl Host for Reach {
    fn log(&mut self, level: WitLevel, message: String) -> wasmtime::Result<()> {
        let level = level.turn();
        if matches!(level, Level::Error) {
            self.last_error = Some(message.clone());
        }
        match self.ask(Request::Logging(Call { level, message }))? {
            Reply::Done => Ok(()),
            other => Err(super::mismatch(&other)),
        }
    }
}
