use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Cause, HostError};

/// As recorded on Debian 12, with round numbers in the lines that are read.
const SERVER: &str = include_str!("../tests/meminfo-server");
/// As recorded in a container without swap.
const CONTAINER: &str = include_str!("../tests/meminfo-container");

fn run(text: &str) -> Result<Outcome, Failure> {
    let host = Fake::new();
    host.file(MEMINFO, text);
    host.run::<Memory>("{}")
}

fn value(outcome: &Outcome, name: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Memory>(include_str!("../README.md"));
}

#[test]
fn a_server_with_swap() {
    let outcome = run(SERVER).unwrap();
    assert_eq!(outcome.summary, "4.0 GiB of 16 GiB used, 12 GiB available; 512 MiB of 2.0 GiB swap used");
    assert_eq!(value(&outcome, "used_percent"), Some(25.0));
    assert_eq!(value(&outcome, "swap_used_percent"), Some(25.0));
    assert_eq!(value(&outcome, "available"), Some(12.0 * 1024.0 * 1024.0 * 1024.0));
}

#[test]
fn without_swap_there_is_no_percentage_of_it() {
    let outcome = run(CONTAINER).unwrap();
    assert!(outcome.summary.ends_with("; no swap"), "{}", outcome.summary);
    assert_eq!(value(&outcome, "swap_used_percent"), None);
    assert_eq!(value(&outcome, "swap_size"), Some(0.0));
}

#[test]
fn broken_text_is_a_failure_that_says_what_and_where() {
    let cases = [
        ("", "there is no line \"MemTotal\""),
        ("<html>", "line 1, column 1: \"<html>\" has no \":\""),
        ("MemTotal: x kB\n", "line 1, column 11: \"x\" is not a whole number"),
        ("MemTotal: 5 MB\n", "line 1, column 11: \"5 MB\" does not end in \"kB\""),
        ("MemTotal: 5 kB\nMemAvailable: 6 kB\n", "line 2, column 15: \"6 kB\" is more than MemTotal"),
        ("MemTotal: -1 kB\n", "line 1, column 11: \"-1\" is out of range for u64"),
        ("MemTotal: 0 kB\nMemAvailable: 0 kB\n", "line 1, column 11: \"0 kB\" is not the memory of a host"),
    ];
    for (text, said) in cases {
        let failure = run(text).unwrap_err();
        assert_eq!(failure.message, format!("/proc/meminfo: {said}"));
        assert_eq!(failure.cause, Cause::Other);
    }
}

#[test]
fn a_text_cut_off_anywhere_before_its_last_number_fails_or_says_the_same() {
    let whole = meminfo::parse(SERVER).unwrap();
    for end in (0..SERVER.len()).filter(|end| SERVER.is_char_boundary(*end)) {
        if let Ok(cut) = meminfo::parse(&SERVER[..end]) {
            assert_eq!(cut, whole, "cut at byte {end}");
        }
    }
}

#[test]
fn what_the_host_refuses_is_passed_on() {
    let host = Fake::new();
    host.grant_files(&["/proc/loadavg"]);
    let failure = host.run::<Memory>("{}").unwrap_err();
    assert!(matches!(failure.cause, Cause::Host(HostError::Denied(_))));
}

#[test]
fn an_option_is_unknown() {
    let failure = Fake::new().run::<Memory>(r#"{"swap": false}"#).unwrap_err();
    assert_eq!(failure.message, "swap: unknown option; this check has no options");
}
