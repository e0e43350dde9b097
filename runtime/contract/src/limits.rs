//! Bounds of one run, and what all runs together share.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bounds of one run; sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub memory: u64,
    pub fuel: u64,
    pub timeout: Duration,
    pub call: Duration,
    pub file: u64,
    pub read: u64,
    pub entries: u64,
    pub output: u64,
    pub commands: u64,
    pub log: u64,
    pub state: u64,
    pub metrics: u64,
    pub text: u64,
    pub series: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: u64 = 1 << 10;
        const MIB: u64 = 1 << 20;
        Self {
            memory: 128 * MIB,
            fuel: 2_000_000_000,
            timeout: Duration::from_secs(10),
            call: Duration::from_secs(3),
            file: MIB,
            read: 16 * MIB,
            entries: 65_536,
            output: MIB,
            commands: 64,
            log: 64 * KIB,
            state: 64 * KIB,
            metrics: 10_000,
            text: 64 * KIB,
            series: 4 * MIB,
        }
    }
}

/// Memory for the output of commands, in equal shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buffers {
    /// Bytes, all runs together.
    pub all: u64,
    /// Runs at a time.
    pub runs: u64,
}

impl Buffers {
    /// The most that one command may print, in bytes: an output is held twice, as it was read and as the message that
    /// carries it.
    #[must_use]
    pub fn of_a_command(self) -> u64 {
        const HELD: u64 = 2;
        self.all / self.runs.max(1) / HELD
    }
}
