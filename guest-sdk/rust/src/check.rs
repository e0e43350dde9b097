//! What a check is to the SDK.

use std::fmt::Debug;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Descriptor, Failure, MetricInfo, Need, Options, Outcome, Problem};

/// A check. [`crate::export!`] makes a component of it.
pub trait Check {
    /// The options below `[check.NAME.config]`: a type that derives [`Options`](trait@Options), which tells operators of them.
    /// A key that it does not have, one that is required and missing, or a value of the wrong type never reaches
    /// [`Check::run`].
    type Options: Options + DeserializeOwned + Debug;

    /// What the check is. Everything is denied meanwhile, the clock stands at 0, the state is empty.
    fn describe() -> Descriptor;

    /// What is wrong with options whose types are right: a pattern that does not parse, two that exclude each other.
    fn problems(_options: &Self::Options) -> Vec<Problem> {
        Vec::new()
    }

    /// Of an option that this check had before: what to write in its place. `config` is the operator's whole table as a
    /// JSON object.
    fn replaced(_key: &str, _config: &str) -> Option<String> {
        None
    }

    /// The needs that these options bring with them, besides those of the descriptor.
    fn needs(_options: &Self::Options) -> Vec<Need> {
        Vec::new()
    }

    /// The metrics that these options bring with them, besides those of the descriptor: `roundsman validate` knows by them
    /// whether a threshold is on a metric that there will be. `None` where that is not known.
    fn metrics(_options: &Self::Options) -> Option<Vec<MetricInfo>> {
        None
    }

    /// Looks, and reports facts. What keeps it from judging is a failure; what it saw is an outcome, however bad.
    fn run(options: Self::Options) -> Result<Outcome, Failure>;
}

/// The options of a check that has none.
#[derive(Debug, Default, Deserialize, crate::Options)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}
