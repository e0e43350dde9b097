//! The calls of the host as one trait: the real ones on wasm, the fake elsewhere.

use crate::HostError;
use crate::bindings::roundsman::check::commands::{Completed, GrantedCommand};
use crate::bindings::roundsman::check::files::{Content, Entry, Grants, Metadata, Mount, Piece, Space, Used};
use crate::bindings::roundsman::check::logging::Level;

#[cfg(target_family = "wasm")]
mod imports;

#[cfg(target_family = "wasm")]
pub(crate) use imports::Imports as Current;

#[cfg(not(target_family = "wasm"))]
pub(crate) use crate::fake::Current;

/// Every call that a component may make, as `wit/` names them.
pub(crate) trait Host {
    fn read(path: &str) -> Result<Vec<u8>, HostError>;
    fn read_at(path: &str, offset: u64, max: u64) -> Result<Piece, HostError>;
    fn read_glob(pattern: &str) -> Result<Vec<Content>, HostError>;
    fn stat(path: &str) -> Result<Metadata, HostError>;
    fn stat_glob(pattern: &str) -> Result<Vec<Entry>, HostError>;
    fn usage(path: &str) -> Result<Space, HostError>;
    fn usages(paths: &[String]) -> Result<Vec<Used>, HostError>;
    fn mounts() -> Result<Vec<Mount>, HostError>;
    fn granted_files() -> Grants;

    fn run(argv: &[String], input: Option<&[u8]>) -> Result<Completed, HostError>;
    fn granted_commands() -> Vec<GrantedCommand>;

    fn log(level: Level, message: &str);

    fn now() -> i64;
    fn monotonic() -> u64;
    fn utc_offset() -> i32;

    fn get(key: &str) -> Result<Option<Vec<u8>>, HostError>;
    fn set(key: &str, value: &[u8]) -> Result<(), HostError>;
    fn remove(key: &str) -> Result<(), HostError>;
}
