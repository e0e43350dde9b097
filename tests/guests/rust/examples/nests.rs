//! Does not return, from a function that another one called: it panics, computes or calls itself without an end.

use std::hint::black_box;

use roundsman_test_guests::{Check, Failure, Outcome, component, fine};
use serde_json::{Map, Value};

struct Nests;

impl Check for Nests {
    const NAME: &'static str = "nests";

    fn run(options: Map<String, Value>) -> Result<Outcome, Failure> {
        let size = match options.get("how").and_then(Value::as_str) {
            Some("panic") => outer(&options),
            Some("compute") => computes(0),
            Some("recurse") => recurses(0),
            _ => 0,
        };
        Ok(fine(&format!("{size} levels")))
    }
}

#[inline(never)]
fn outer(options: &Map<String, Value>) -> u64 {
    1 + inner(black_box(options))
}

#[inline(never)]
fn inner(options: &Map<String, Value>) -> u64 {
    options.get("levels").and_then(Value::as_u64).expect("an option `levels`")
}

#[inline(never)]
fn computes(mut number: u64) -> u64 {
    while black_box(true) {
        number = black_box(number).wrapping_add(1);
    }
    number
}

#[inline(never)]
fn recurses(level: u64) -> u64 {
    let deeper = if black_box(true) { recurses(level.wrapping_add(1)) } else { 0 };
    black_box(deeper).wrapping_add(1)
}

component!(Nests);
