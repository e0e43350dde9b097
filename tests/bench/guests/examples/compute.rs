//! Computes, and calls nothing.

use roundsman_bench_guests::table;
use roundsman_sdk::{Check, Descriptor, Failure, NoOptions, Outcome};

struct Compute;

impl Check for Compute {
    type Options = NoOptions;

    fn describe() -> Descriptor {
        Descriptor::new("compute", "0.1.0", "a table of 10 MB of text, parsed")
    }

    fn run(_: NoOptions) -> Result<Outcome, Failure> {
        Ok(Outcome::new(table::said(&table::text())))
    }
}

roundsman_sdk::export!(Compute);
