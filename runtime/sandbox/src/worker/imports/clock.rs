//! The interface `clock`.

use crate::worker::contract_0_1::Turn as _;
use crate::worker::contract_0_1::clock::Host;
use crate::worker::reach::Reach;
use roundsman_contract::calls::clock::{Answer, Call};
use roundsman_contract::calls::{Reply, Request};

impl Host for Reach {
    fn now(&mut self) -> wasmtime::Result<i64> {
        ask_plain!(self, Request::Clock(Call::Now), Reply::Clock(Answer::Now(at)) => at)
    }

    fn monotonic(&mut self) -> wasmtime::Result<u64> {
        ask_plain!(self, Request::Clock(Call::Monotonic), Reply::Clock(Answer::Monotonic(elapsed)) => elapsed)
    }

    fn utc_offset(&mut self) -> wasmtime::Result<i32> {
        ask_plain!(self, Request::Clock(Call::UtcOffset), Reply::Clock(Answer::UtcOffset(ahead)) => ahead)
    }
}
