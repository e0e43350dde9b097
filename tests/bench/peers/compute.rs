//! The computation of the component `compute`, native.

#[path = "../guests/src/table.rs"]
mod table;

fn main() {
    println!("OK: {}", table::said(&table::text()));
}
