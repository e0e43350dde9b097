//! Bindings to the contract without the SDK, and what the test components share.

/// Bindings that `wit-bindgen` makes of the contract.
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "check",
        pub_export_macro: true,
        default_bindings_module: "roundsman_test_guests::bindings",
    });
}

pub use bindings::roundsman::check::{clock, commands, files, logging, state, types::*};

use serde_json::{Map, Value};

/// A component of the test-suite: what it does when it runs.
pub trait Check {
    /// Its name, for the descriptor.
    const NAME: &'static str;

    /// Runs with the options as they came.
    fn run(options: Map<String, Value>) -> Result<Outcome, Failure>;
}

/// The descriptor of a test component: it declares two metrics, `size` and `hits`, and no options.
#[must_use]
pub fn descriptor(name: &str) -> Descriptor {
    let metric = |name: &str, unit, kind| MetricInfo {
        name: name.into(),
        help: "for the tests".into(),
        unit,
        kind,
        labels: vec!["item".into()],
        warning: None,
        critical: None,
    };
    Descriptor {
        name: name.into(),
        version: "0.1.0".into(),
        summary: "a component of the test-suite".into(),
        options: vec![],
        metrics: vec![
            metric("size", Unit::Bytes, MetricKind::Gauge),
            metric("hits", Unit::Number, MetricKind::Counter),
        ],
        free_metrics: false,
        needs: vec![],
        extra: vec![],
    }
}

/// An outcome that is in order and says `summary`.
#[must_use]
pub fn fine(summary: &str) -> Outcome {
    Outcome {
        status: Status::Ok,
        summary: summary.into(),
        details: vec![],
        subchecks: vec![],
        metrics: vec![],
        extra: vec![],
    }
}

/// The options as an object.
///
/// # Errors
/// A failure of kind `check` where the host gave something else.
pub fn options(config: &str) -> Result<Map<String, Value>, Failure> {
    match serde_json::from_str(config) {
        Ok(Value::Object(options)) => Ok(options),
        Ok(other) => Err(failure(format!("options are no object: {other}"))),
        Err(error) => Err(failure(format!("options are no JSON: {error}"))),
    }
}

/// A failure of the component's own.
#[must_use]
pub fn failure(message: String) -> Failure {
    Failure { message, cause: Cause::Other }
}

/// Makes a type that is a [`Check`] the component's exports.
#[macro_export]
macro_rules! component {
    ($check:ident) => {
        struct Exports;
        impl $crate::bindings::Guest for Exports {
            fn describe() -> $crate::Descriptor {
                $crate::descriptor(<$check as $crate::Check>::NAME)
            }
            fn validate(_config: String) -> Result<Vec<$crate::Need>, Vec<$crate::Problem>> {
                Ok(vec![])
            }
            fn run(config: String) -> Result<$crate::Outcome, $crate::Failure> {
                <$check as $crate::Check>::run($crate::options(&config)?)
            }
        }
        $crate::bindings::export!(Exports);
    };
}
