//! The last message of a worker: the value that the export returned, or why it returned none.

use serde::{Deserialize, Serialize};

use crate::report::{Failure, Usage};
use crate::{Descriptor, Judgement, Outcome};

/// Value that an export returned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ExportAnswer {
    Descriptor(Descriptor),
    /// Of the options.
    Judgement(Judgement),
    Outcome(Outcome),
}

/// The last word of a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    pub result: Result<ExportAnswer, Failure>,
    pub usage: Usage,
}
