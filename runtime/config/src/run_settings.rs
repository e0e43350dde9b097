//! Settings of a round: the table `[run]`.

use std::time::Duration;

use roundsman_contract::limits::Buffers;

#[derive(Debug, Clone)]
pub struct RunSettings {
    pub tick: Duration,
    pub parallel: usize,
    /// Of a round, after the splay.
    pub deadline: Option<Duration>,
    pub splay: Duration,
    /// The account for reads and commands of a round started as root.
    pub user: String,
    pub worker_uid: u32,
    /// Layers of isolation that must be there; `None` if the operator did not say.
    pub require: Option<Vec<Layer>>,
    /// Output of commands waiting to be read, in bytes, all runs together.
    pub buffers: u64,
    pub paused: Paused,
    pub record: RecordWhen,
}

impl RunSettings {
    /// Returns the share of `buffers` of each run. No more than `parallel` run at a time on the host, and each runs one command
    /// at a time: so equal shares bound all of them, whoever is killed.
    #[must_use]
    pub fn shares(&self) -> Buffers {
        Buffers { all: self.buffers, runs: self.parallel as u64 }
    }
}

/// Runs of a round that are recorded, by the word in `run.record`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RecordWhen {
    #[default]
    Never,
    /// Those after which the check is not OK.
    OnProblem,
}

impl RecordWhen {
    /// Returns its word in the configuration.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::OnProblem => "on-problem",
        }
    }
}

/// Status that a monitoring system is told of a paused check, by its word in `run.paused`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paused {
    /// That nothing is to be alerted.
    #[default]
    Ok,
    /// The status of its last run.
    Last,
}

impl Paused {
    /// Returns its word in the configuration.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Last => "last",
        }
    }
}

/// A layer of isolation, by its word in `run.require`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    Seccomp,
    Uid,
    Landlock,
}
