//! Panics, and says where through the log, as the SDK does.

use roundsman_test_guests::logging::{Level, log};
use roundsman_test_guests::{Check, Failure, Outcome, component};
use serde_json::{Map, Value};

struct Panics;

impl Check for Panics {
    const NAME: &'static str = "panics";

    fn run(options: Map<String, Value>) -> Result<Outcome, Failure> {
        std::panic::set_hook(Box::new(|info| log(Level::Error, &info.to_string())));
        panic!("{}", options.get("message").and_then(Value::as_str).unwrap_or("the drum is empty"));
    }
}

component!(Panics);
