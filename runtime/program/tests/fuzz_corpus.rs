//! Runs what is fuzzed on the inputs that were kept: seeds, and each that once found something.

#[path = "../../../fuzz/src/lib.rs"]
mod fuzz;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A hang to an operator, and a thousand times what the slowest takes.
const LONGEST: Duration = Duration::from_secs(1);

/// Gives each input of `fuzz/corpus/TARGET` to it, and each of further directories below the repository.
fn run(target: &str, further: &[&str], try_on: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let directories = [root.join("fuzz/corpus").join(target)].into_iter().chain(further.iter().map(|it| root.join(it)));
    for directory in directories {
        let inputs = inputs(&directory);
        assert!(!inputs.is_empty(), "no input in {}", directory.display());
        for path in inputs {
            let input = fs::read(&path).expect("an input");
            let started = cpu_time();
            try_on(&input);
            let took = cpu_time() - started;
            assert!(took < LONGEST, "{} took {took:?}", path.display());
        }
    }
}

/// Of this thread: a busy machine makes nothing hang.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().expect("a time"), time.tv_nsec.try_into().expect("a time"))
}

/// Returns the files at any depth, as `libFuzzer` takes them.
fn inputs(directory: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() { paths.extend(inputs(&path)) } else { paths.push(path) }
    }
    paths.sort();
    paths
}

#[test]
fn argv() {
    run("argv", &[], fuzz::argv::try_on);
}

#[test]
fn cache() {
    run("cache", &[], fuzz::cache::try_on);
}

#[test]
fn component() {
    run("component", &[], fuzz::component::try_on);
}

#[test]
fn config() {
    run("config", &["tests/cases/config"], fuzz::config::try_on);
}

#[test]
fn messages() {
    run("messages", &[], fuzz::messages::try_on);
}

#[test]
fn paths() {
    run("paths", &[], fuzz::paths::try_on);
}

#[test]
fn state() {
    run("state", &[], fuzz::state::try_on);
}
