use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CommandRun, Hanging, LogLine};
use crate::Denial;
use crate::calls::tape::Tape;

/// Everything that the host saw and kept of a run, whatever the run came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    pub denials: Vec<Denial>,
    pub log: Vec<LogLine>,
    /// Lines that `limits.log` had no room for.
    pub log_dropped: u64,
    /// The check's whole state, if the run changed it.
    pub state: Option<BTreeMap<String, Vec<u8>>>,
    /// Readers that hang where the run wanted to read, its own and those of earlier ones.
    pub hanging: Vec<Hanging>,
    /// The commands that the run started.
    pub commands: Vec<CommandRun>,
    /// Every call with its answer, where they are recorded.
    pub tape: Option<Tape>,
    /// Where the run that was played differs from the one that was recorded.
    pub differs: Option<String>,
}
