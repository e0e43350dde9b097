//! Waits by looking at the clock, an hour by default; `seconds` says how long.

use roundsman_test_guests::clock;
use roundsman_test_guests::{Check, Failure, Outcome, component, fine};
use serde_json::{Map, Value};

struct Waits;

impl Check for Waits {
    const NAME: &'static str = "waits";

    fn run(options: Map<String, Value>) -> Result<Outcome, Failure> {
        let seconds = options.get("seconds").and_then(Value::as_f64).unwrap_or(3600.0);
        let start = clock::monotonic();
        while ((clock::monotonic() - start) as f64) < seconds * 1e9 {}
        Ok(fine("waited"))
    }
}

component!(Waits);
