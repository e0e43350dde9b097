//! Bounds of one run, and what all runs together share.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The list of limits, and the only one. Hands the macro of this name a row for each: key, kind (`size` in bytes, `count`, `time` in
/// seconds), default, what it bounds in one run, and what happens when it is reached.
#[macro_export]
macro_rules! limits {
    ($with:ident) => {
        $with! {
            memory: size = 128 << 20, "all memories and tables of the component together", "the run ends";
            fuel: count = 2_000_000_000, "instructions, and bytes that the host handles for the component", "the run ends";
            timeout: time = 10, "wall clock; compiling does not count", "the run is killed";
            call: time = 3, "one operation on files", "the call is answered `timed-out`";
            file: size = 1 << 20, "one file read", "the call is answered `limit`";
            read: size = 16 << 20, "all reads", "the call is answered `limit`";
            entries: count = 65_536, "files and directory entries looked at", "the call is answered `limit`";
            output: size = 1 << 20, "standard output and error of one command", "the command is killed, the call answered `limit`";
            commands: count = 64, "commands started", "the call is answered `limit`";
            log: size = 64 << 10, "lines logged", "further lines are dropped and counted";
            state: size = 64 << 10, "the state that the component keeps between runs", "the call is answered `limit`";
            metrics: count = 10_000, "metrics reported", "the run ends";
            text: size = 64 << 10, "summary, details and texts of subchecks", "the run ends";
            series: size = 4 << 20, "names, labels, units and `extra` of all metrics, labels of subchecks, `extra` of the outcome", "the run ends";
        }
    };
}

/// A value of a limit, as it is held: a time as such, everything else as a number.
macro_rules! held {
    (time) => {
        Duration
    };
    ($kind:ident) => {
        u64
    };
}

macro_rules! default {
    (time, $seconds:expr) => {
        Duration::from_secs($seconds)
    };
    ($kind:ident, $number:expr) => {
        $number
    };
}

macro_rules! structure {
    ($($key:ident: $kind:ident = $default:expr, $bounds:literal, $reached:literal;)*) => {
        /// Bounds of one run; sizes in bytes.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Limits {
            $(#[doc = concat!("Bound of ", $bounds, "; when it is reached, ", $reached, ".")] pub $key: held!($kind),)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($key: default!($kind, $default),)* }
            }
        }

        /// Each limit in words: its key, what it bounds in one run, and what happens when it is reached.
        pub const IN_WORDS: &[(&str, &str, &str)] = &[$((stringify!($key), $bounds, $reached)),*];
    };
}

limits!(structure);

/// Memory for the output of commands, in equal shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buffers {
    /// Bytes, all runs together.
    pub all: u64,
    /// Runs at a time.
    pub runs: u64,
}

impl Buffers {
    /// Returns the most that one command may print, in bytes: an output is held twice, as it was read and as the message that
    /// carries it.
    #[must_use]
    pub fn of_a_command(self) -> u64 {
        const HELD: u64 = 2;
        self.all / self.runs.max(1) / HELD
    }
}
