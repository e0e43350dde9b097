//! A computation without any call of the host: a table of 10 MB is parsed. One source for the component and
//! for the native program that it is measured against.

use std::collections::BTreeMap;
use std::fmt::Write;

const SIZE: usize = 10_000_000;
const LINES: usize = 1000;

/// Lines such as `sd17 reads=81243 writes=77 busy=31.25`, the same at each call: a thousand of them again and again,
/// so that making the text costs next to nothing.
pub fn text() -> String {
    let mut lines = String::new();
    let mut seed: u32 = 1;
    for _ in 0..LINES {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (disk, reads, busy) = (seed >> 26, seed >> 8, f64::from(seed >> 18) / 64.0);
        writeln!(lines, "sd{disk} reads={reads} writes={} busy={busy}", reads % 1000).expect("a string takes all");
    }
    lines.repeat(SIZE / lines.len())
}

/// Summarises a table in one line.
pub fn said(text: &str) -> String {
    let mut disks: BTreeMap<&str, (u64, u64, f64)> = BTreeMap::new();
    let mut lines = 0_u64;
    for line in text.lines() {
        let mut columns = line.split_ascii_whitespace();
        let (reads, writes, busy) = disks.entry(columns.next().expect("a name")).or_default();
        for column in columns {
            match column.split_once('=').expect("a key") {
                ("reads", value) => *reads += value.parse::<u64>().expect("a whole number"),
                ("writes", value) => *writes += value.parse::<u64>().expect("a whole number"),
                ("busy", value) => *busy += value.parse::<f64>().expect("a number"),
                (other, _) => panic!("the key {other}"),
            }
        }
        lines += 1;
    }
    let (reads, writes) = disks.values().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    let busiest = disks.iter().max_by(|a, b| a.1.2.total_cmp(&b.1.2)).map_or("", |(name, _)| name);
    format!("{lines} lines, {} disks, {reads} reads, {writes} writes, {busiest} is the busiest", disks.len())
}
