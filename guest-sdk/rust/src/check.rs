//! What a check is to the SDK.

use std::fmt::Debug;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Descriptor, Failure, Need, Outcome, Problem};

/// A check. [`crate::export!`] makes a component of it.
pub trait Check {
    /// The options below `[check.NAME.config]`, by the keys that [`Check::describe`] lists. A key that is not
    /// listed, is required and missing, or has a value of the wrong type never reaches [`Check::run`].
    type Options: DeserializeOwned + Debug;

    /// What the check is. Everything is denied meanwhile, the clock stands at 0, the state is empty.
    fn describe() -> Descriptor;

    /// What is wrong with options whose types are right: a pattern that does not parse, two that exclude each other.
    fn problems(_options: &Self::Options) -> Vec<Problem> {
        Vec::new()
    }

    /// The needs that these options bring with them, besides those of the descriptor.
    fn needs(_options: &Self::Options) -> Vec<Need> {
        Vec::new()
    }

    /// Looks, and reports facts. What keeps it from judging is a failure; what it saw is an outcome, however bad.
    fn run(options: Self::Options) -> Result<Outcome, Failure>;
}

/// The options of a check that has none.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}
