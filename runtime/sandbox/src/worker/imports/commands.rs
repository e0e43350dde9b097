//! The interface `commands`.

use crate::worker::contract_0_1::Turn as _;
use crate::worker::contract_0_1::commands::{Completed, GrantedCommand, Host};
use crate::worker::contract_0_1::types::Error;
use crate::worker::reach::Reach;
use roundsman_contract::calls::commands::{Answer, Call};
use roundsman_contract::calls::{Reply, Request};

impl Host for Reach {
    fn run(&mut self, argv: Vec<String>, input: Option<Vec<u8>>) -> wasmtime::Result<Result<Completed, Error>> {
        let request = Request::Commands(Call::Run { argv, input });
        ask!(self, request, Reply::Commands(Answer::Completed(completed)) => completed)
    }

    fn granted(&mut self) -> wasmtime::Result<Vec<GrantedCommand>> {
        ask_plain!(self, Request::Commands(Call::Granted), Reply::Commands(Answer::Granted(granted)) => granted)
    }
}
