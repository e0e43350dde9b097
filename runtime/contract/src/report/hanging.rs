//! A process that SIGKILL did not end: it waits in the kernel for an answer that does not come. It is remembered, so that
//! no other is sent after it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A process that was left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hanging {
    pub check: String,
    #[serde(default)]
    pub kind: HangingKind,
    /// The request of a reader: a path, or a pattern of paths. Of a command its argv in one line.
    pub path: String,
    pub pid: u32,
    /// When it started, in clock ticks after boot: with its pid no other process.
    pub start: u64,
    pub since: Timestamp,
}

/// Kind of process that was left behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HangingKind {
    #[default]
    Reader,
    Command,
}

/// `` `/srv/nfs/a` hangs since 2026-11-22T19:14:03Z, reader 4711 ``.
impl std::fmt::Display for Hanging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            HangingKind::Reader => "reader",
            HangingKind::Command => "process",
        };
        write!(f, "`{}` hangs since {:.0}, {kind} {}", self.path, self.since, self.pid)
    }
}
