//! The calls as the component's imports.

use super::Host;
use crate::HostError;
use crate::bindings::roundsman::check::commands::{Completed, GrantedCommand};
use crate::bindings::roundsman::check::files::{Content, Entry, Grants, Metadata, Mount, Piece, Space, Used};
use crate::bindings::roundsman::check::logging::Level;
use crate::bindings::roundsman::check::{clock, commands, files, logging, state};

pub(crate) struct Imports;

impl Host for Imports {
    fn read(path: &str) -> Result<Vec<u8>, HostError> {
        files::read(path)
    }

    fn read_at(path: &str, offset: u64, max: u64) -> Result<Piece, HostError> {
        files::read_at(path, offset, max)
    }

    fn read_glob(pattern: &str) -> Result<Vec<Content>, HostError> {
        files::read_glob(pattern)
    }

    fn stat(path: &str) -> Result<Metadata, HostError> {
        files::stat(path)
    }

    fn stat_glob(pattern: &str) -> Result<Vec<Entry>, HostError> {
        files::stat_glob(pattern)
    }

    fn usage(path: &str) -> Result<Space, HostError> {
        files::usage(path)
    }

    fn usages(paths: &[String]) -> Result<Vec<Used>, HostError> {
        files::usages(paths)
    }

    fn mounts() -> Result<Vec<Mount>, HostError> {
        files::mounts()
    }

    fn granted_files() -> Grants {
        files::granted()
    }

    fn run(argv: &[String], input: Option<&[u8]>) -> Result<Completed, HostError> {
        commands::run(argv, input)
    }

    fn granted_commands() -> Vec<GrantedCommand> {
        commands::granted()
    }

    fn log(level: Level, message: &str) {
        logging::log(level, message);
    }

    fn now() -> i64 {
        clock::now()
    }

    fn monotonic() -> u64 {
        clock::monotonic()
    }

    fn utc_offset() -> i32 {
        clock::utc_offset()
    }

    fn get(key: &str) -> Result<Option<Vec<u8>>, HostError> {
        state::get(key)
    }

    fn set(key: &str, value: &[u8]) -> Result<(), HostError> {
        state::set(key, value)
    }

    fn remove(key: &str) -> Result<(), HostError> {
        state::remove(key)
    }
}
