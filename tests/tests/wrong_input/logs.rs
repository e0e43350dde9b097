//! A log whose lines are no text, have no end, or stop in the middle: what alarms is found behind them.

use roundsman_tests::Host;
use serde_json::Value;

use crate::each;
use crate::spoil;

const ALARM: &str = "sda: I/O error, sector 42\n";

/// What stands before the line that alarms, and what it is.
fn oddities() -> Vec<(&'static str, Vec<u8>)> {
    let mut long = vec![b'x'; 200_000];
    long.push(b'\n');
    vec![
        ("nothing", Vec::new()),
        ("empty lines", b"\n\n\n".to_vec()),
        ("CRLF", b"fine\r\nfine\r\n".to_vec()),
        ("NUL", vec![0; 5_000]),
        ("rubbish", [spoil::rubbish(), b"\n".to_vec()].concat()),
        ("a line of 200 kB", long),
        ("10,000 lines", "fine\n".repeat(10_000).into_bytes()),
        ("every byte", (0..=255).chain([b'\n']).collect()),
    ]
}

#[test]
fn a_line_that_alarms_is_found_behind_anything() {
    each(&oddities(), |(input, before)| {
        let host = Host::new();
        let path = host.file("app.log", "old: I/O error\n");
        let path = path.to_str().expect("UTF-8");
        host.drop_in(
            "it",
            &format!(
                "[check.it]\nwasm = \"log.wasm\"\nevery = \"1m\"\n[check.it.config]\ncritical = ['I/O error']\n\
                 [check.it.grant]\nfiles = [{path:?}]\n"
            ),
        );
        let run = || host.run(["check", "it", "--keep-state", "--format", "json"]).json();
        let mut faults = Vec::new();
        let mut judge = |when: &str, seen: Value, status: &str| {
            if seen["status"] != status || !seen["failure"].is_null() {
                faults.push(format!("{input}, {when}: {seen}"));
            }
        };
        judge("first", run(), "ok");
        let grown = [b"old: I/O error\n", before.as_slice(), ALARM.as_bytes()].concat();
        host.file("app.log", &grown);
        judge("with the line", run(), "critical");
        judge("again", run(), "ok");
        // Half of the line, then the rest.
        host.file("app.log", [grown.as_slice(), b"sdb: I/O er"].concat());
        judge("half", run(), "ok");
        host.file("app.log", [grown.as_slice(), b"sdb: I/O error\n"].concat());
        judge("whole", run(), "critical");
        faults
    });
}

#[test]
fn a_log_that_is_no_file_any_more_is_never_ok() {
    let host = Host::new();
    let path = host.file("logs/app.log", "fine\n");
    let grant = path.to_str().expect("UTF-8");
    host.drop_in(
        "it",
        &format!("[check.it]\nwasm = \"log.wasm\"\nevery = \"1m\"\n[check.it.config]\ncritical = ['x']\n[check.it.grant]\nfiles = [{grant:?}]\n"),
    );
    let status = || host.run(["check", "it", "--keep-state", "--format", "json"]).json()["status"].clone();
    assert_eq!(status(), "ok");
    std::fs::remove_file(&path).expect("a file");
    assert_ne!(status(), "ok", "it is gone");
    std::fs::create_dir(&path).expect("a directory");
    assert_ne!(status(), "ok", "a directory is there");
}
