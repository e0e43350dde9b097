//! The interface `files`.

use crate::worker::contract_0_1::Turn as _;
use crate::worker::contract_0_1::files::{Content, Entry, Grants, Host, Metadata, Mount, Piece, Space, Used};
use crate::worker::contract_0_1::types::Error;
use crate::worker::reach::Reach;
use roundsman_contract::calls::files::{Answer, Call};
use roundsman_contract::calls::{Reply, Request};

/// Asks for what an interface of files answers with one value.
macro_rules! ask_files {
    ($reach:expr, $call:expr, $variant:ident) => {
        ask!($reach, Request::Files($call), Reply::Files(Answer::$variant(value)) => value)
    };
}

impl Host for Reach {
    fn read(&mut self, path: String) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        ask_files!(self, Call::Read { path }, Data)
    }

    fn read_at(&mut self, path: String, offset: u64, max: u64) -> wasmtime::Result<Result<Piece, Error>> {
        ask_files!(self, Call::ReadAt { path, offset, max }, Piece)
    }

    fn read_glob(&mut self, pattern: String) -> wasmtime::Result<Result<Vec<Content>, Error>> {
        ask_files!(self, Call::ReadGlob { pattern }, Contents)
    }

    fn stat(&mut self, path: String) -> wasmtime::Result<Result<Metadata, Error>> {
        ask_files!(self, Call::Stat { path }, Metadata)
    }

    fn stat_glob(&mut self, pattern: String) -> wasmtime::Result<Result<Vec<Entry>, Error>> {
        ask_files!(self, Call::StatGlob { pattern }, Entries)
    }

    fn usage(&mut self, path: String) -> wasmtime::Result<Result<Space, Error>> {
        ask_files!(self, Call::Usage { path }, Space)
    }

    fn usages(&mut self, paths: Vec<String>) -> wasmtime::Result<Result<Vec<Used>, Error>> {
        ask_files!(self, Call::Usages { paths }, Usages)
    }

    fn mounts(&mut self) -> wasmtime::Result<Result<Vec<Mount>, Error>> {
        ask_files!(self, Call::Mounts, Mounts)
    }

    fn granted(&mut self) -> wasmtime::Result<Grants> {
        ask_plain!(self, Request::Files(Call::Granted), Reply::Files(Answer::Granted(granted)) => granted)
    }
}
