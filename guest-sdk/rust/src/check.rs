//! What a check is to the SDK.

use std::fmt::Debug;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Descriptor, Failure, MetricInfo, Need, Options, Outcome, Problem};

/// A check. [`crate::export!`] makes a component of it.
///
/// ```
/// use roundsman_sdk::{Check, Descriptor, Failure, Measure, MetricInfo, Need, NoOptions, Outcome, Problem, Unit, files};
///
/// #[derive(Debug, serde::Deserialize, roundsman_sdk::Options)]
/// #[serde(deny_unknown_fields)]
/// struct Options {
///     /// The file to look at.
///     path: String,
/// }
///
/// const SIZE: Measure = Measure::gauge("size", Unit::Bytes, "of the file");
///
/// struct Size;
///
/// impl Check for Size {
///     type Options = Options;
///
///     fn describe() -> Descriptor {
///         Descriptor::new("size", "0.1.0", "size of a file").metric(&SIZE)
///     }
///
///     fn problems(options: &Options) -> Vec<Problem> {
///         let relative = !options.path.starts_with('/');
///         relative.then(|| Problem::new("path", "is not absolute")).into_iter().collect()
///     }
///
///     fn replaced(key: &str, _: &str) -> Option<String> {
///         (key == "file").then(|| "write `path`".to_owned())
///     }
///
///     fn needs(options: &Options) -> Vec<Need> {
///         vec![Need::metadata(&options.path, "its size is looked at")]
///     }
///
///     fn metrics(_: &Options) -> Option<Vec<MetricInfo>> {
///         Some(Vec::new())
///     }
///
///     fn run(options: Options) -> Result<Outcome, Failure> {
///         let size = files::stat(&options.path)?.size;
///         Ok(Outcome::new(format!("{size} bytes")).metric(SIZE.count(size)))
///     }
/// }
///
/// let host = roundsman_sdk::fake::Fake::new();
/// host.file("/data/a", "four");
/// assert_eq!(host.run::<Size>(r#"{"path": "/data/a"}"#).unwrap().summary, "4 bytes");
/// assert_eq!(host.validate::<Size>(r#"{"path": "a"}"#).unwrap_err()[0].message, "is not absolute");
///
/// /// A check that has no options says so by [`NoOptions`].
/// type None = NoOptions;
/// ```
pub trait Check {
    /// The options below `[check.NAME.config]`: a type that derives [`Options`](trait@Options), which tells operators of them.
    /// A key that it does not have, one that is required and missing, or a value of the wrong type never reaches
    /// [`Check::run`].
    type Options: Options + DeserializeOwned + Debug;

    /// Returns what the check is. Everything is denied meanwhile, the clock stands at 0, the state is empty.
    fn describe() -> Descriptor;

    /// Returns what is wrong with options whose types are right: a pattern that does not parse, two that exclude each other.
    fn problems(_options: &Self::Options) -> Vec<Problem> {
        Vec::new()
    }

    /// Of an option that this check had before: what to write in its place. `config` is the operator's whole table as a
    /// JSON object.
    fn replaced(_key: &str, _config: &str) -> Option<String> {
        None
    }

    /// Returns the needs that these options bring with them, besides those of the descriptor.
    fn needs(_options: &Self::Options) -> Vec<Need> {
        Vec::new()
    }

    /// Returns the metrics that these options bring with them, besides those of the descriptor: `roundsman validate` knows by
    /// them whether a threshold is on a metric that there will be. `None` where that is not known.
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
