//! The interface `state`.

use crate::worker::contract_0_1::Turn as _;
use crate::worker::contract_0_1::state::Host;
use crate::worker::contract_0_1::types::Error;
use crate::worker::reach::Reach;
use roundsman_contract::calls::state::Call;
use roundsman_contract::calls::{Reply, Request};

impl Reach {
    /// Asks for what is answered with nothing.
    fn keep(&mut self, call: Call) -> wasmtime::Result<Result<(), Error>> {
        match self.ask(Request::State(call))? {
            Reply::Done => Ok(Ok(())),
            Reply::Error(error) => Ok(Err(error.turn())),
            other => Err(super::mismatch(&other)),
        }
    }
}

impl Host for Reach {
    fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        ask!(self, Request::State(Call::Get { key }), Reply::State(value) => value)
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), Error>> {
        self.keep(Call::Set { key, value })
    }

    fn remove(&mut self, key: String) -> wasmtime::Result<Result<(), Error>> {
        self.keep(Call::Remove { key })
    }
}
