//! Assertions that hold after every fault.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;

use roundsman_tests::{Host, Output, component, guest};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::started::until;

/// A host with a check that ends at once, and a log whose lines are JSON.
pub fn host() -> Host {
    let host = Host::new();
    main(&host, "");
    host.file("checks/minimal.wasm", component::wat("minimal"));
    host.drop_in("fast", "[check.fast]\nwasm = \"minimal.wasm\"\nevery = \"1m\"\n");
    host
}

/// The main file of such a host, with more of it.
pub fn main(host: &Host, toml: &str) {
    host.main(&format!("format = \"json\"\n\n{toml}"));
}

/// Adds a check that runs the host's own copy of a program, so that whose process it is can be told.
pub fn runs(host: &Host, check: &str, program: &str, args: &[&str]) {
    let path = host.path(program.rsplit('/').next().expect("a name"));
    if !path.exists() {
        copy(Path::new(program), &path);
    }
    let argv: Vec<String> = std::iter::once(path.to_str().expect("UTF-8"))
        .chain(args.iter().copied())
        .map(|arg| format!("'{arg}'"))
        .collect();
    let argv = argv.join(", ");
    host.drop_in(
        check,
        &format!(
            "[check.{check}]\nwasm = \"{}\"\nevery = \"1m\"\n[check.{check}.limits]\ntimeout = \"20s\"\n\
             [check.{check}.config]\npass_on = true\nask = [{{ command = [{argv}] }}]\n\
             [[check.{check}.grant.command]]\nargv = [{argv}]\n",
            guest("probe").display()
        ),
    );
}

/// Copies a program. By another process: what a test has open for writing, whatever another test forks meanwhile has too,
/// and nobody may execute it so long.
#[track_caller]
pub fn copy(program: &Path, to: &Path) {
    let done = Command::new("cp").args([program, to]).status().expect("cp");
    assert!(done.success(), "a copy of {}", program.display());
}

/// The processes that have to do with this host, each as pid, state and command line; those that have ended and were
/// not reaped yet are none.
pub fn processes(host: &Host) -> Vec<String> {
    let place = host.path("");
    let place = place.as_os_str().as_bytes().strip_suffix(b"/").expect("a directory").to_vec();
    let mentions = |content: &[u8]| content.windows(place.len()).any(|window| window == place);
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").expect("/proc").filter_map(Result::ok) {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let read = |file: &str| fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        if !(mentions(&read("environ")) || mentions(&read("cmdline")) || mentions(program.as_os_str().as_bytes())) {
            continue;
        }
        let stat = String::from_utf8_lossy(&read("stat")).into_owned();
        let state = stat.rsplit_once(") ").map_or("X", |(_, rest)| &rest[..1]).to_owned();
        if !"XZ".contains(&state) && pid != std::process::id() {
            found.push(format!("{pid} {state} {}", String::from_utf8_lossy(&read("cmdline")).replace('\0', " ")));
        }
    }
    found
}

/// No process is left, nothing lies about, and what is kept is whole. `beside` are further names in the state directory.
#[track_caller]
pub fn assert_clean(host: &Host, beside: &[&str]) {
    until(&format!("no process is left: {:?}", processes(host)), || processes(host).is_empty());
    const KNOWN: [&str; 7] = ["begun", "changes", "days", "locks", "results", "state", "state.lock"];
    let names = fs::read_dir(host.path("state")).expect("the state directory");
    for entry in names {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let locks_checks = name.strip_prefix("locks.").is_some_and(|number| number.parse::<u64>().is_ok());
        let known = locks_checks || KNOWN.contains(&name.as_str()) || beside.contains(&name.as_str());
        assert!(known, "litter in the state directory: {name}");
    }
    for file in ["results", "state"] {
        checksummed(host, file).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

/// A round of all checks, in which each is OK: as if nothing had happened.
#[track_caller]
pub fn assert_next_round(host: &Host) -> Output {
    let output = host.run(["run", "--all", "--format", "json"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    for verdict in output.json_lines() {
        assert_eq!(verdict["status"], "ok", "{verdict}");
    }
    assert_clean(host, &["results.corrupt", "state.corrupt"]);
    assert_logged(host);
    output
}

/// Tells whether a round printed, for people, a line for this check with this status.
pub fn shows(output: &Output, status: &str, check: &str) -> bool {
    output.stdout.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some(status) && words.next() == Some(check)
    })
}

/// Opens a file that a round keeps: a line with the digest of the rest, which is JSON.
pub fn checksummed(host: &Host, file: &str) -> Result<Value, String> {
    let content = fs::read(host.path("state").join(file)).map_err(|error| error.to_string())?;
    let end = content.iter().position(|byte| *byte == b'\n').ok_or("no line")?;
    let (line, body) = (String::from_utf8_lossy(&content[..end]).into_owned(), &content[end + 1..]);
    let digest: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    if line != format!("roundsman {file} 1 {digest}") {
        return Err(format!("its first line is {line}"));
    }
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

/// The content of a checksummed file, as [`checksummed`] reads it.
pub fn seal(file: &str, body: &Value) -> String {
    let body = body.to_string();
    let digest: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("roundsman {file} 1 {digest}\n{body}")
}

/// When each check was started, as the log has it. Every line of the log is whole.
#[track_caller]
pub fn logged(host: &Host) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let log = host.log();
    assert!(log.is_empty() || log.ends_with('\n'), "the last line is cut: {log}");
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        if let (Some(check), Some(started)) = (line["check"].as_str(), line["started"].as_str()) {
            all.entry(check.to_owned()).or_default().push(started.to_owned());
        }
    }
    all
}

/// Every outcome that is kept was logged, and each run that was counted has its line: a crash may repeat one, not lose it.
#[track_caller]
pub fn assert_logged(host: &Host) {
    let (logged, results) = (logged(host), checksummed(host, "results").expect("results"));
    for (check, check_status) in
        results["checks"].as_object().expect("checks").iter().filter(|(name, _)| *name != "roundsman")
    {
        let lines = logged.get(check).cloned().unwrap_or_default();
        if let Some(started) = check_status["verdict"]["started"].as_str() {
            assert!(
                lines.iter().any(|line| instant(line) == instant(started)),
                "{check} at {started} is not in the log"
            );
        }
        let runs: u64 = check_status["runs"].as_object().expect("runs").values().filter_map(Value::as_u64).sum();
        assert!(lines.len() as u64 >= runs, "{check} ran {runs} times, and the log has {} lines", lines.len());
    }
}

/// The part of a time that both files write: up to the millisecond.
fn instant(time: &str) -> String {
    let (seconds, fraction) = time.trim_end_matches('Z').split_once('.').unwrap_or((time.trim_end_matches('Z'), ""));
    format!("{seconds}.{:0<3}", fraction.chars().take(3).collect::<String>())
}
