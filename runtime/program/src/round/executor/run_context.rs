//! Context that all checks of a round share.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::isolation::Isolation;
use crate::round::concurrency::Concurrency;
use roundsman_config::CompileLimits;
use roundsman_contract::Descriptor;
use roundsman_contract::report::Failure;
use roundsman_contract::subject::CheckSubject;
use roundsman_os::process::interrupt::Interrupt;
use roundsman_sandbox::zygote::Zygote;

/// Context that all checks of a round share.
pub struct RunContext<'t> {
    pub isolation: &'t Isolation,
    /// Whom the locked processes are forked by.
    pub zygote: &'t Zygote,
    pub compile: &'t CompileLimits,
    pub retry: Recompile,
    /// Where components named without a slash are.
    pub directories: &'t [PathBuf],
    /// Where files are read from: `/`, or a tree of recorded ones.
    pub root: &'t Path,
    pub concurrency: Concurrency<'t>,
    pub deadline: Instant,
    /// Whether the zygote stays one to the end: one fork among those of all the checks of a round, but a part of what a
    /// single check costs.
    pub keeps_zygote: bool,
    /// Signals that end the round before its deadline.
    pub interrupt: Option<&'t Interrupt>,
    /// Judges a component that has described itself before a check of it is run.
    pub accept: &'t dyn Fn(&CheckSubject, &Descriptor) -> Result<(), Failure>,
}

/// Treatment of a component that could not be compiled before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recompile {
    /// No endless retries: it fails as it did.
    GivenUpStaysSo,
    /// Somebody asked for it by hand.
    Again,
}
