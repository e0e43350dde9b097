//! The alerts that docs/outputs.md writes, checked by promtool, and tried on what rounds of the built program showed.
#![expect(clippy::disallowed_methods, reason = "promtool is started here")]

mod rollout;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use roundsman_tests::Host;
use roundsman_tests::document::only;
use roundsman_tests::exposition::{Series, samples};

/// The instance of the host, as Prometheus names it.
const INSTANCE: &str = "web1:9100";

fn rules() -> String {
    only("yaml alerts")
}

#[track_caller]
fn promtool(args: &[&str], file: &Path) -> String {
    let output = Command::new("promtool").args(args).arg(file).output().expect("promtool, of the package prometheus");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

/// Runs two rounds and returns the series: of one check that is in order, one that failed, one whose failure is still soft.
fn shown() -> BTreeMap<Series, f64> {
    let host = Host::new();
    host.main(&format!(
        "[run]\nsplay = \"0s\"\n[output.prometheus]\nformat = \"prometheus\"\npath = \"{}\"\n",
        host.path("etc/all.prom").display()
    ));
    for (name, program, more) in
        [("good", "true", ""), ("bad", "false", ""), ("soft", "false", "retry = { attempts = 3, every = \"1m\" }\n")]
    {
        let check = format!("[check.{name}]\nwasm = \"command.wasm\"\nevery = \"5m\"\n{more}");
        let grant = format!("[[check.{name}.grant.command]]\nargv = [\"/bin/{program}\"]\n");
        host.drop_in(name, &(check + &grant));
    }
    for _ in 0..2 {
        let output = host.run(["run", "--cron", "--all"]);
        assert_eq!(output.code, 0, "{output}");
    }
    samples(&fs::read_to_string(host.path("etc/all.prom")).expect("an output"))
}

/// Scrapes for two days, a minute each, of what does not change. The clock of promtool begins at 0, when the runtime ran.
fn series(shown: &BTreeMap<Series, f64>) -> Vec<String> {
    let itself = BTreeMap::from([("check".to_owned(), "roundsman".to_owned())]);
    let start = shown[&("roundsman_check_last_run_timestamp_seconds".to_owned(), itself)];
    let line = |((family, labels), value): (&Series, &f64)| {
        let labels: String = labels.iter().fold(String::new(), |mut text, (name, value)| {
            let _ = write!(text, "{name}=\"{value}\",");
            text
        });
        let value = if family.ends_with("_timestamp_seconds") { value - start } else { *value };
        format!("{family}{{{labels}job=\"node\",instance=\"{INSTANCE}\"}}@{value}+0x2880")
    };
    shown.iter().map(line).chain([format!("up{{job=\"node\",instance=\"{INSTANCE}\"}}@1+0x2880")]).collect()
}

/// The unit test of one alert at one time; `fires` are checks, each with the words of the summary.
fn expectation(minute: u32, alert: &str, fires: &[(&str, &str)]) -> String {
    let mut text = format!("      - eval_time: {minute}m\n        alertname: {alert}\n        exp_alerts:\n");
    for (check, summary) in fires {
        let check = if check.is_empty() { String::new() } else { format!("check: {check}, ") };
        let _ = writeln!(
            text,
            "          - exp_labels: {{ {check}job: node, instance: '{INSTANCE}' }}\n            exp_annotations: {{ summary: '{summary}' }}"
        );
    }
    text
}

/// Has promtool try the rules of all hosts on these series.
#[track_caller]
fn try_out(series: &[String], expectations: &[String]) {
    try_rules(&rules(), series, &format!("    alert_rule_test:\n{}", expectations.concat()));
}

/// Has promtool try rules on series; `expected` are its tests as it wants them written.
#[track_caller]
fn try_rules(rules: &str, series: &[String], expected: &str) {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("rules.yml"), rules).expect("written");
    let mut text =
        "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n".to_owned();
    for series in series {
        let (name, values) = series.split_once('@').expect("values");
        let _ = writeln!(text, "      - series: '{name}'\n        values: '{values}'");
    }
    text += expected;
    let file = directory.path().join("tests.yml");
    fs::write(&file, text).expect("written");
    promtool(&["test", "rules"], &file);
}

#[test]
fn promtool_takes_the_rules() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("rules.yml");
    fs::write(&file, rules()).expect("written");
    let said = promtool(&["check", "rules"], &file);
    assert!(said.contains("SUCCESS: 3 rules found"), "{said}");
}

#[test]
fn what_is_wrong_is_found_and_nothing_else() {
    let shown = shown();
    let critical = format!("bad on {INSTANCE} is CRITICAL");
    let stale: Vec<(String, String)> = shown
        .keys()
        .filter(|(family, _)| family == "roundsman_check_overdue_timestamp_seconds")
        .map(|(_, labels)| {
            (labels["check"].clone(), format!("{} on {INSTANCE} does not run any more", labels["check"]))
        })
        .collect();
    assert!(stale.iter().any(|(check, _)| check == "roundsman"), "{shown:?}");
    let stale: Vec<(&str, &str)> = stale.iter().map(|(check, summary)| (check.as_str(), summary.as_str())).collect();
    let expectations = [
        expectation(1, "CheckNotOk", &[("bad", &critical)]),
        expectation(1, "CheckStale", &[]),
        expectation(1, "RoundsmanMissing", &[]),
        // Cron has stopped: nothing changes any more.
        expectation(1440, "CheckStale", &stale),
        expectation(1440, "RoundsmanMissing", &[]),
    ];
    try_out(&series(&shown), &expectations);
}

#[test]
fn a_pause_and_an_acknowledgement_are_quiet() {
    for silence in ["roundsman_check_paused", "roundsman_check_acknowledged"] {
        let mut shown = shown();
        for ((family, _), value) in &mut shown {
            if family == silence {
                *value = 1.0;
            }
        }
        let quiet = [expectation(1, "CheckNotOk", &[]), expectation(1440, "CheckStale", &[])];
        try_out(&series(&shown), &quiet);
    }
}

#[test]
fn a_check_that_is_stale_is_told_once() {
    let mut shown = shown();
    for ((family, labels), value) in &mut shown {
        let family = family.strip_prefix("roundsman_check_");
        if labels["check"] == "bad" && matches!(family, Some("stale" | "state" | "hard_state")) {
            *value = if family == Some("stale") { 1.0 } else { 3.0 };
        }
    }
    try_out(&series(&shown), &[expectation(1, "CheckNotOk", &[])]);
}

#[test]
fn a_host_without_the_file_is_found() {
    let up = series(&BTreeMap::from_iter(shown().into_iter().filter(|((family, labels), _)| {
        family == "roundsman_check_last_run_timestamp_seconds" && labels["check"] == "roundsman"
    })));
    let missing = format!("{INSTANCE} shows no checks");
    try_out(
        &up,
        &[
            expectation(5, "RoundsmanMissing", &[]),
            expectation(15, "RoundsmanMissing", &[("", &missing)]),
            expectation(15, "CheckNotOk", &[]),
        ],
    );
}
