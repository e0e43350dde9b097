//! Allocates for ever, as a check does that collects without an end.

use roundsman_test_guests::{Check, Failure, Outcome, component, fine};
use serde_json::{Map, Value};

struct Allocates;

impl Check for Allocates {
    const NAME: &'static str = "allocates";

    fn run(_options: Map<String, Value>) -> Result<Outcome, Failure> {
        let mut kept: Vec<Vec<u8>> = Vec::new();
        loop {
            kept.push(vec![1; 1 << 20]);
            if kept.len() == usize::MAX {
                return Ok(fine("never"));
            }
        }
    }
}

component!(Allocates);
