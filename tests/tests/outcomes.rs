//! Outcomes that lie, break the contract or carry control characters: judged by the host, refused, or escaped.

use roundsman_tests::{Host, Output, guest};
use serde_json::Value;

/// Runs the component that reports what it is told.
#[track_caller]
fn says(settings: &[&str], further: &[&str]) -> Output {
    let host = Host::new();
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let args: Vec<&str> = settings.chain(further.iter().copied()).collect();
    host.check(&guest("says"), &args)
}

/// The same as a monitoring plugin.
#[track_caller]
fn says_plainly(settings: &[&str]) -> Output {
    let host = Host::new();
    let guest = guest("says");
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    host.run(["check", guest.to_str().expect("a path in UTF-8")].into_iter().chain(settings))
}

// C29

#[test]
fn a_summary_that_lies_stands_behind_the_verdict() {
    let lies = [
        "summary=\"OK: all is well\"",
        "status=ok",
        "metrics=[{ name = \"size\", value = 11, unit = \"bytes\", critical = { low = 0, high = 10 } }]",
    ];
    let output = says_plainly(&lies);
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stdout.starts_with("CRITICAL: size 11 B (critical 10); OK: all is well"), "{output}");
    let report = says(&lies, &[]).json();
    assert_eq!((&report["status"], &report["breaches"][0]["metric"]), (&"critical".into(), &"size".into()));
}

#[test]
fn a_subcheck_raises_the_outcome() {
    let output = says_plainly(&["subchecks=[{ labels = [[\"item\", \"a\"]], status = \"warning\", text = \"worn\" }]"]);
    assert_eq!(output.code, 1, "{output}");
    assert!(output.stdout.starts_with("WARNING: "), "{output}");
}

// C17: numbers

#[test]
fn nan_is_no_value() {
    let output = says(
        &["metrics=[{ name = \"size\", value = \"nan\", unit = \"bytes\", critical = { low = 0, high = 1 } }]"],
        &[],
    );
    assert_eq!(output.code, 0, "a value that is not there breaches nothing: {output}");
    assert_eq!(output.json()["metrics"][0]["value"], Value::Null, "{output}");
}

#[test]
fn infinity_breaches_and_is_never_printed_as_a_number() {
    for (value, level) in [("inf", 2), ("-inf", 2)] {
        let metric = format!(
            "metrics=[{{ name = \"size\", value = \"{value}\", unit = \"bytes\", critical = {{ low = 0, high = 1 }} }}]"
        );
        assert_eq!(says(&[&metric], &[]).code, level);
        let output = says_plainly(&[&metric]);
        let perfdata = output.stdout.split_once('|').map_or("", |(_, perfdata)| perfdata);
        assert!(!perfdata.contains("inf"), "perfdata has no infinities: {output}");
    }
}

#[test]
fn a_range_of_no_numbers_is_invalid() {
    let metric = "metrics=[{ name = \"size\", value = 1, unit = \"bytes\", critical = { low = \"nan\", high = 1 } }]";
    says(&[metric], &[]).assert_failure("invalid", &["size"]);
}

// C17: sizes

#[test]
fn a_hundred_thousand_metrics_are_over_the_limit() {
    let metric = "metrics=[{ name = \"size\", value = 1, unit = \"bytes\", copies = 100000 }]";
    says(&[metric], &[]).assert_failure("limit", &["metrics", "10000"]);
}

#[test]
fn a_summary_of_a_megabyte_is_over_the_limit() {
    says(&["summary=0123456789abcdef", "repeat=65536"], &[]).assert_failure("limit", &["text", "64KiB"]);
}

// C17: the contract

#[test]
fn an_undeclared_metric_is_invalid() {
    says(&["metrics=[{ name = \"weight\", value = 1 }]"], &[]).assert_failure("invalid", &["weight", "not declared"]);
}

#[test]
fn another_unit_than_declared_is_invalid() {
    says(&["metrics=[{ name = \"size\", value = 1, unit = \"seconds\" }]"], &[])
        .assert_failure("invalid", &["size", "seconds"]);
}

#[test]
fn another_kind_than_declared_is_invalid() {
    let metric = "metrics=[{ name = \"size\", value = 1, unit = \"bytes\", kind = \"counter\" }]";
    says(&[metric], &[]).assert_failure("invalid", &["size", "counter"]);
}

#[test]
fn an_undeclared_label_is_invalid() {
    let metric = "metrics=[{ name = \"size\", value = 1, unit = \"bytes\", labels = [[\"colour\", \"red\"]] }]";
    says(&[metric], &[]).assert_failure("invalid", &["size", "colour"]);
}

#[test]
fn a_label_twice_is_invalid() {
    let metric =
        "metrics=[{ name = \"size\", value = 1, unit = \"bytes\", labels = [[\"item\", \"a\"], [\"item\", \"b\"]] }]";
    says(&[metric], &[]).assert_failure("invalid", &["size", "item"]);
}

#[test]
fn a_series_twice_is_invalid() {
    let metric = "{ name = \"size\", value = 1, unit = \"bytes\" }";
    says(&[&format!("metrics=[{metric}, {metric}]")], &[]).assert_failure("invalid", &["size", "twice"]);
}

// C17: characters. In each text field: a newline, a separator, an escape sequence, a C1 control, a bidi override.

const EVIL: &str = r"a\nOK: b | c=1;;;;\u001b[2J\u009b31m\u202e\u0000\r'end";

#[test]
fn no_text_reaches_a_terminal_unescaped() {
    let fields = [
        format!("summary=\"{EVIL}\""),
        format!("details=[\"{EVIL}\"]"),
        format!("subchecks=[{{ labels = [[\"item\", \"{EVIL}\"]], status = \"critical\", text = \"{EVIL}\" }}]"),
        format!("metrics=[{{ name = \"size\", value = 1, unit = \"bytes\", labels = [[\"item\", \"{EVIL}\"]] }}]"),
    ];
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let output = says_plainly(&fields);
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stdout.starts_with("CRITICAL: "), "{output}");
    assert_eq!(output.stdout.matches('|').count(), 1, "one separator, before the numbers: {output}");
    assert!(output.stdout.lines().next().is_some_and(|first| first.contains('|')), "on the first line: {output}");
    assert!(!output.stdout.lines().any(|line| line.starts_with("OK: b")), "a text became a line: {output}");
    assert_no_control(&output.stdout);
    assert_no_control(&says(&fields, &[]).stdout);
    assert_no_control(&says(&fields, &["--format", "text"]).stdout);
}

#[test]
fn a_failure_and_a_log_are_escaped_too() {
    let host = Host::new();
    let asks = format!("ask=[{{ log = \"{EVIL}\", level = \"error\" }}, {{ read = \"/nowhere/{EVIL}\" }}]");
    for format in ["json", "text", "nagios"] {
        let output = host.check(&guest("probe"), &["--set", &asks, "--set", "pass_on=true", "--format", format]);
        assert_eq!(output.code, 3, "{output}");
        assert_no_control(&output.stdout);
        assert_no_control(&output.stderr);
    }
    assert_no_control(&host.log());
}

/// Checks that a text moves no cursor, ends no line early and does not turn its direction.
#[track_caller]
fn assert_no_control(text: &str) {
    let bidi = |character: char| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let found = text.chars().find(|&character| (character.is_control() && character != '\n') || bidi(character));
    assert_eq!(found, None, "in {text:?}");
}

// O08

#[test]
fn a_check_that_remembers_is_not_ok_where_it_cannot_read_what_it_remembers() {
    let host = Host::new();
    host.file("checks/probe.wasm", std::fs::read(guest("probe")).expect("a component"));
    let check = |name: &str, ask: &str| {
        host.drop_in(
            name,
            &format!("[check.{name}]\nwasm = \"probe.wasm\"\nevery = \"1m\"\n[check.{name}.config]\nask = [{ask}]\n"),
        );
    };
    check("remembers", "{ state_set = [\"a\", \"b\"] }");
    check("forgets", "{ clock = true }");
    assert_eq!(host.run(["run", "--all"]).code, 0);
    for name in ["remembers", "forgets"] {
        let output = host.run(["check", name]);
        assert_eq!(output.code, 0, "{output}");
    }
    let output = host.run_as_nobody(["check", "forgets"]);
    assert_eq!(output.code, 0, "{output}");
    let output = host.run_as_nobody(["check", "remembers"]);
    assert!(output.code == 3 && output.stdout.starts_with("UNKNOWN: io: it ran without its state"), "{output}");
    assert!(output.stdout.contains("sudo roundsman check remembers"), "{output}");
}

#[test]
fn a_file_by_itself_that_remembers_is_not_ok_and_says_that_each_run_is_its_first() {
    let host = Host::new();
    let probe = guest("probe");
    let probe = probe.to_str().expect("a path in UTF-8");
    let output = host.run(["check", probe, "--set", "ask=[{ state_set = [\"a\", \"b\"] }]"]);
    assert!(output.code == 3 && output.stdout.contains("a check that is run from its file keeps no state"), "{output}");
    assert!(output.stdout.contains("roundsman check probe --keep-state"), "{output}");
    assert!(output.stdout.contains("by itself it found: 1 calls made"), "{output}");
    let output = host.run(["check", probe, "--set", "ask=[{ clock = true }]"]);
    assert!(output.code == 0 && !output.stdout.contains("keeps no state"), "{output}");
}

#[test]
fn a_check_that_no_round_has_run_and_that_keeps_nothing_is_not_ok() {
    let host = Host::new();
    host.file("checks/probe.wasm", std::fs::read(guest("probe")).expect("a component"));
    host.drop_in(
        "remembers",
        "[check.remembers]\nwasm = \"probe.wasm\"\nevery = \"1m\"\n[check.remembers.config]\n\
         ask = [{ state_set = [\"a\", \"b\"] }]\n",
    );
    for _ in 0..2 {
        let output = host.run(["check", "remembers"]);
        assert!(output.code == 3 && output.stdout.starts_with("UNKNOWN: check: no round has run it"), "{output}");
        assert!(output.stdout.contains("roundsman check remembers --keep-state"), "{output}");
    }
    // The first run that is kept; the next compares with it, whether it keeps anything or not.
    for args in [&["check", "remembers", "--keep-state"][..], &["check", "remembers"]] {
        let output = host.run(args.iter().copied());
        assert_eq!(output.code, 0, "{output}");
    }
}
