//! Runs one export of one component: engine, linker, limits. What it may reach is the host that it is given.

mod code;
mod contract_0_1;
pub mod engine;
mod explain;
mod imports;
pub mod key;
mod limiter;
pub mod lockdown;
mod reach;
pub mod remote;
mod run;
mod seccomp;
mod shared_host;
mod stack;
mod system_calls;
mod wasi;

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use roundsman_contract::limits::Limits;

pub use code::{Code, Mapped, executable_memory};
pub use imports::linker;
pub use reach::Reach;
pub use roundsman_contract::calls::{Ended, ExportAnswer};
pub use run::{longest_message, run};
pub use wasi::run as run_with_wasi;

/// Job of a worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// The check's name, for texts only; it gives no access.
    pub check: String,
    pub call: ExportCall,
    pub limits: Rc<Limits>,
    /// Whether the component imports WASI; what does not costs as much as if there were none.
    pub wasi: bool,
}

/// The export to call, with its argument.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ExportCall {
    Describe,
    /// Options as a JSON object.
    Validate(String),
    /// Options as a JSON object.
    Run(String),
}
