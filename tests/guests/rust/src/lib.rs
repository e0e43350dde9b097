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

use serde_json::{Map, Value, json};

/// A component of the test-suite: what it does when it runs.
pub trait Check {
    /// Its name, for the descriptor.
    const NAME: &'static str;

    /// Names what it needs with these options, as JSON.
    fn needs(_options: &Map<String, Value>) -> Value {
        json!([])
    }

    /// Runs with the options as they came.
    fn run(options: Map<String, Value>) -> Result<Outcome, Failure>;
}

/// The descriptor of a test component: it declares two metrics, `size` and `hits`, and no options.
#[must_use]
pub fn descriptor(name: &str) -> String {
    let metric = |name: &str, unit: &str, kind: &str| json!({ "name": name, "help": "for the tests", "unit": unit, "kind": kind, "labels": ["item", "label"] });
    json!({
        "name": name,
        "version": "0.1.0",
        "summary": "a component of the test-suite",
        "metrics": [metric("size", "bytes", "gauge"), metric("hits", "number", "counter")],
    })
    .to_string()
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
    let own = Otherwise { code: String::new(), message: String::new(), extra: vec![] };
    Failure { message, cause: Cause::Other(own), extra: vec![] }
}

/// A failure that passes on what the host said.
#[must_use]
pub fn passed_on(message: String, error: Error) -> Failure {
    Failure { message, cause: Cause::Host(error), extra: vec![] }
}

/// Returns the answer to `validate`: every option is fine, and brings its needs.
#[must_use]
pub fn judgement<C: Check>(config: &str) -> String {
    options(config).map_or_else(|_| "{}".into(), |options| json!({ "needs": C::needs(&options) }).to_string())
}

/// Makes a type that is a [`Check`] the component's exports.
#[macro_export]
macro_rules! component {
    ($check:ident) => {
        struct Exports;
        impl $crate::bindings::exports::roundsman::check::guest::Guest for Exports {
            fn describe() -> String {
                $crate::descriptor(<$check as $crate::Check>::NAME)
            }
            fn validate(config: String) -> String {
                $crate::judgement::<$check>(&config)
            }
            fn run(config: String) -> Result<$crate::Outcome, $crate::Failure> {
                <$check as $crate::Check>::run($crate::options(&config)?)
            }
        }
        $crate::bindings::export!(Exports);
    };
}
