//! `check --verbose`: each call on standard error as it happens.
#![expect(clippy::disallowed_methods, reason = "the program is read while it runs")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use roundsman_tests::{Host, check, guest, program};

fn lines<'o>(stderr: &'o str, begin: &str) -> Vec<&'o str> {
    stderr.lines().filter(|line| line.starts_with(begin)).collect()
}

#[test]
fn each_call_has_its_grant_and_its_answer() {
    let host = Host::new();
    host.file("root/etc/one", "four\n");
    let root = host.path("root");
    let ask = "ask=[{ read = \"/etc/one\" }, { read = \"/etc/two\" }, { read = \"/var/three\" }, { clock = true }, \
               { log = \"half way\", level = \"warning\" }, { command = [\"/bin/sh\", \"-c\", \"echo twelve byte; exit 3\"] }]";
    let output = host.check(
        &guest("probe"),
        &[
            "--verbose",
            "--root",
            root.to_str().expect("UTF-8"),
            "--set",
            ask,
            "--allow-file",
            "/etc/*",
            "--allow-command-pattern",
            "/bin/sh -c *",
        ],
    );
    let said: Vec<&str> = output.stderr.lines().collect();
    let expected = [
        "read /etc/one, by files /etc/*",
        "  5 bytes, after ",
        "read /etc/two, by files /etc/*",
        "  not found, after ",
        "read /var/three",
        "  denied: files /var/three, after ",
        "clock",
        "clock",
        "clock",
        "log warning half way",
        "run /bin/sh -c echo twelve byte; exit 3, by command argv_pattern /bin/sh -c \"*\"",
        "  exit 3, 12 bytes, after ",
    ];
    assert_eq!(said.len(), expected.len(), "{output}");
    for (said, expected) in said.iter().zip(expected) {
        let whole = !expected.ends_with("after ") && said == &expected;
        assert!(whole || (expected.ends_with("after ") && said.starts_with(expected)), "{expected:?}: {output}");
    }
    assert_eq!(output.json()["state"], "done", "{output}");
}

/// The program looks on from another process, and is read while that waits.
#[test]
fn a_command_that_hangs_is_seen_while_it_hangs() {
    let host = Host::new();
    let started = Instant::now();
    let ask = "ask=[{ command = [\"/bin/sleep\", \"47\"] }]";
    let mut child = Command::new(program())
        .args(["check", guest("probe").to_str().expect("UTF-8"), "--verbose", "-t", "6s", "--set", ask])
        .args(["--allow-command", "/bin/sleep 47"])
        .env("ROUNDSMAN_CONFIG", host.path("etc/roundsman.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a line");
    assert_eq!(line, "run /bin/sleep 47, by command argv /bin/sleep 47\n");
    assert!(child.try_wait().expect("a child").is_none(), "it runs on");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let (mut rest, mut stdout) = (String::new(), String::new());
    stderr.read_to_string(&mut rest).expect("the rest");
    child.stdout.take().expect("a pipe").read_to_string(&mut stdout).expect("the verdict");
    assert_eq!(child.wait().expect("an end").code(), Some(3), "{stdout}");
    assert!(stdout.contains("/bin/sleep 47") && stdout.starts_with("UNKNOWN: timeout"), "{stdout}{rest}");
}

#[test]
fn hostile_names_command_no_terminal_and_begin_no_line() {
    let host = Host::new();
    let name = "/x\\nread /etc/shadow, by files /*\\u001b[2J\\u202e";
    let long = "y".repeat(100_000);
    let ask =
        format!("ask=[{{ read = \"{name}\" }}, {{ read = \"/{long}\" }}, {{ log = \"{name}\", level = \"info\" }}]");
    let output = host.check(&guest("probe"), &["--verbose", "--set", &ask]);
    assert_eq!(lines(&output.stderr, "read /etc/shadow"), [""; 0], "{output}");
    assert_eq!(lines(&output.stderr, "read /x\\nread").len(), 1, "{output}");
    assert!(!output.stderr.contains(['\u{1b}', '\u{202e}']) && output.stderr.len() < 3_000, "{output}");
}

#[test]
fn who_looks_on_changes_neither_the_outcome_nor_the_recording() {
    let host = Host::new();
    host.file("root/proc/loadavg", "7.11 6.22 5.33 2/345 6789\n");
    let (root, tape) = (host.path("root"), host.path("tape"));
    let granted = ["--root", root.to_str().expect("UTF-8"), "--allow-file", "/proc/*", "--allow-file", "/sys/*/*/*/*"];
    let quiet = host.check(&check("load"), &[&granted[..], &["--format", "text"]].concat());
    let shown = host.check(
        &check("load"),
        &[&granted[..], &["--format", "text", "--verbose", "--record", tape.to_str().expect("UTF-8")]].concat(),
    );
    assert_eq!((quiet.stdout, quiet.code), (shown.stdout.clone(), shown.code), "{shown}");
    assert_eq!(quiet.stderr, "");
    assert!(fs::read_to_string(&tape).expect("a recording").contains("read /proc/loadavg: 26 bytes"));
    let replay = host.run(["replay", tape.to_str().expect("UTF-8")]);
    assert_eq!((replay.code, replay.stderr.as_str()), (0, ""), "{replay}");
}

/// Far more is told than a pipe holds, and the last word still comes.
#[test]
fn thousands_of_calls_are_told_of() {
    let host = Host::new();
    let ask = "ask=[{ clock = true, repeat = 5000 }]";
    let output = host.check(&guest("probe"), &["--verbose", "--set", ask]);
    assert_eq!((lines(&output.stderr, "clock").len(), output.code), (15_000, 0), "{}", output.stdout);
}
