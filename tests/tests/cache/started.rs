//! A host with components and a cache, and what a round of it says.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use roundsman_tests::{Host, Output, component};
use serde_json::Value;

/// Age of a change from which on a file is known by what `stat` says of it.
pub const SETTLED: Duration = Duration::from_millis(2_200);

/// A host with checks of components of `tests/guests/wat`, each below a name of its own.
pub fn host(checks: &[(&str, &str)]) -> Host {
    let host = Host::new();
    for (name, wat) in checks {
        let path = host.file(&format!("checks/{name}.wasm"), component::wat(wat));
        let drop_in = format!("[check.{name}]\nwasm = \"{}\"\nevery = \"1m\"\n", path.display());
        host.drop_in(name, &drop_in);
    }
    host
}

/// A round of all checks.
#[track_caller]
pub fn round(host: &Host) -> (Output, BTreeMap<String, Value>) {
    let output = host.run(["run", "--all", "--format", "json"]);
    let reports = output.json_lines().into_iter();
    let by_name = reports.map(|report| (report["check"].as_str().expect("a name").to_owned(), report)).collect();
    (output, by_name)
}

/// A round in which every check reports this, and which has nothing to tell.
#[track_caller]
pub fn quiet(host: &Host, check: &str, summary: &str) {
    let (output, reports) = round(host);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert_eq!(reports[check]["summary"], summary, "{output}");
}

/// The files of the cache whose names end so.
pub fn kept(host: &Host, ending: &str) -> Vec<PathBuf> {
    let listed = fs::read_dir(host.path("cache")).map(|all| all.map(|entry| entry.expect("an entry").path()));
    let mut all: Vec<PathBuf> = listed.into_iter().flatten().collect();
    all.retain(|path| path.to_string_lossy().ends_with(ending));
    all.sort();
    all
}

/// The one entry.
#[track_caller]
pub fn entry(host: &Host) -> PathBuf {
    let all = kept(host, ".code");
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

/// A round in which the entry is not used, with one line that says why; then all is as before.
#[track_caller]
pub fn mended(host: &Host, why: &str) {
    let (output, reports) = round(host);
    assert_eq!((output.code, reports["one"]["summary"].as_str()), (0, Some("it lives")), "{output}");
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!(lines.len() == 1 && lines[0].contains(why), "not one line with {why:?}: {output}");
    assert_eq!(reports["roundsman"]["status"], "warning", "{output}");
    quiet(host, "one", "it lives");
}
