//! The sample configuration and the recipe of `make run`: one round on this host, a line for each check, nothing left.
#![expect(clippy::disallowed_methods, reason = "the recipe is a script")]

use std::fs;
use std::process::Command;

use roundsman_tests::root;

#[test]
fn one_round_of_the_sample_configuration() {
    let tmp = tempfile::tempdir().expect("a temporary directory");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(tmp.path(), mode).expect("a mode");

    let script = root().join("scripts/run-once");
    let output = Command::new(script).env("TMPDIR", tmp.path()).output().expect("the script starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");

    for name in checks_of_the_sample() {
        let line = stdout.lines().find(|line| line.split_whitespace().nth(1) == Some(&name));
        let line = line.unwrap_or_else(|| panic!("no line for {name}:\n{stdout}{stderr}"));
        let status = line.split_whitespace().next().expect("a status");
        match name.as_str() {
            "bigfile" => assert!(status == "UNKNOWN" && line.contains("output"), "{line}"),
            "listing" | "meminfo" => assert_eq!(status, "OK", "{line}"),
            // Of the state of this host nothing is known, but that they could look at it.
            _ => assert!(["OK", "WARNING", "CRITICAL"].contains(&status), "{line}"),
        }
    }
    assert_eq!(fs::read_dir(tmp.path()).expect("a directory").count(), 0, "the script's directory is left");
}

/// The names in the headers `[check.NAME]`.
fn checks_of_the_sample() -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("dist/conf.d")).expect("the sample configuration") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a drop-in");
        let headers = text.lines().filter_map(|line| line.strip_prefix("[check.")?.strip_suffix(']'));
        names.extend(headers.filter(|name| !name.contains('.')).map(str::to_owned));
    }
    assert!(names.len() > 6, "the sample configuration has {names:?}");
    names
}
