//! Each output of `cases/` through the whole check, against the fake host.

use super::*;
use std::collections::BTreeMap;

use roundsman_sdk::commands::{Completed, Ending};
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Cause, Exceeded, HostError, Metric, Range, Status, Subcheck};
use serde::Deserialize;

const ARGV: [&str; 2] = ["/usr/lib/nagios/plugins/check_x", "-v"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

/// An output and what is to come of it.
#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    options: toml::Table,
    #[serde(default)]
    exit: i32,
    signal: Option<i32>,
    #[serde(default)]
    stdout: String,
    stdout_hex: Option<String>,
    #[serde(default)]
    stderr: String,
    stderr_hex: Option<String>,
    #[serde(flatten)]
    expected: Expected,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
struct Expected {
    failure: Option<String>,
    status: Option<Status>,
    summary: Option<String>,
    details: Vec<String>,
    subchecks: Vec<String>,
    metrics: Vec<String>,
    log: Vec<String>,
    yields: bool,
}

impl Case {
    /// Runs the check on the example, and returns what it reports.
    fn run(&self) -> Expected {
        let host = Fake::new();
        host.set_time(1_000_000);
        let ending = self.signal.map_or(Ending::Code(self.exit), Ending::Signal);
        let standard_output = bytes(&self.stdout, &self.stdout_hex);
        let standard_error = bytes(&self.stderr, &self.stderr_hex);
        let completed = Completed { ending, standard_output, standard_error, duration: 1_500_000_000, extra: vec![] };
        host.command_ends(&ARGV, Ok(completed));
        let outcome = match host.run::<Plugin>(&serde_json::to_string(&self.options).unwrap()) {
            Ok(outcome) => outcome,
            Err(failure) => return Expected { failure: Some(failure.message), ..Expected::default() },
        };
        let (own, printed): (Vec<&Metric>, Vec<&Metric>) =
            outcome.metrics.iter().partition(|it| ["duration", "exit_code"].contains(&it.name.as_str()));
        let own: Vec<(&str, f64)> = own.iter().map(|it| (it.name.as_str(), it.value)).collect();
        assert_eq!(own, [("duration", 1.5), ("exit_code", f64::from(self.exit))], "{}", self.name);
        Expected {
            failure: None,
            status: Some(outcome.status),
            summary: Some(outcome.summary),
            details: outcome.details,
            subchecks: outcome.subchecks.iter().map(subcheck).collect(),
            metrics: printed.into_iter().map(metric).collect(),
            log: host.log(),
            yields: outcome.extra.contains(&("yields".into(), "thresholds".into())),
        }
    }
}

fn subcheck(subcheck: &Subcheck) -> String {
    let labels: Vec<&str> = subcheck.labels.iter().map(|(_, value)| value.as_str()).collect();
    let status = serde_json::to_string(&subcheck.status).unwrap();
    format!("{} {}: {}", status.trim_matches('"'), labels.join(","), subcheck.text)
}

fn bytes(text: &str, hex: &Option<String>) -> Vec<u8> {
    match hex {
        Some(hex) => hex.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect(),
        None => text.as_bytes().to_vec(),
    }
}

/// A metric as the cases write it.
fn metric(metric: &Metric) -> String {
    let extra: BTreeMap<&str, &str> = metric.extra.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let mut labels = metric.labels.clone();
    labels.sort();
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    let mut text = format!("{}{{{}}} {}", metric.name, labels.join(","), metric.value);
    let range = |range: Range| format!("{}{}..{}", if range.inside { "@" } else { "" }, range.low, range.high);
    for (key, value) in [
        (" unit=", extra.get("shown.unit").map(|it| it.to_string())),
        (" w=", extra.get("shown.warning").map(|it| it.to_string())),
        (" c=", extra.get("shown.critical").map(|it| it.to_string())),
        (" W=", metric.warning.map(range)),
        (" C=", metric.critical.map(range)),
        (" min=", metric.min.map(|it| it.to_string())),
        (" max=", metric.max.map(|it| it.to_string())),
        (" <- ", extra.get("shown.item").map(|it| it.to_string())),
    ] {
        if let Some(value) = value {
            text.push_str(&format!("{key}{value}"));
        }
    }
    text
}

fn cases(file: &str) {
    let cases = toml::from_str::<File>(file).unwrap().case;
    assert!(!cases.is_empty());
    let wrong: Vec<String> = cases
        .iter()
        .map(|case| (case, case.run()))
        .filter(|(case, found)| *found != case.expected)
        .map(|(case, found)| format!("{}\n  expected {:?}\n  found    {found:?}", case.name, case.expected))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn exit_codes_and_signals() {
    cases(include_str!("../cases/exit.toml"));
}

#[test]
fn text() {
    cases(include_str!("../cases/text.toml"));
}

#[test]
fn where_performance_data_begins() {
    cases(include_str!("../cases/separator.toml"));
}

#[test]
fn items() {
    cases(include_str!("../cases/items.toml"));
}

#[test]
fn labels() {
    cases(include_str!("../cases/labels.toml"));
}

#[test]
fn units() {
    cases(include_str!("../cases/units.toml"));
}

#[test]
fn options_of_reading() {
    cases(include_str!("../cases/options.toml"));
}

#[test]
fn local_checks_of_checkmk() {
    cases(include_str!("../cases/checkmk.toml"));
}

#[test]
fn what_plugins_of_debian_printed() {
    cases(include_str!("../cases/recorded.toml"));
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Plugin>(include_str!("../README.md"));
}

#[test]
fn each_exit_code_has_its_status() {
    for code in 0..=255 {
        let host = Fake::new();
        let completed = Completed {
            ending: Ending::Code(code),
            standard_output: b"x".to_vec(),
            standard_error: vec![],
            duration: 0,
            extra: vec![],
        };
        let outcome = host.command_ends(&ARGV, Ok(completed)).run::<Plugin>("{}").unwrap();
        let expected = [Status::Ok, Status::Warning, Status::Critical].get(code as usize).copied();
        assert_eq!(outcome.status, expected.unwrap_or(Status::Unknown), "{code}");
        assert_eq!(outcome.summary.contains(&format!("exit code {code}")), code > 3, "{}", outcome.summary);
    }
}

#[test]
fn what_the_host_ended_is_its_own_failure() {
    let limit = HostError::Limit(Exceeded { key: "output".into(), value: 1_048_576, extra: vec![] });
    for error in [HostError::TimedOut, limit] {
        let host = Fake::new();
        let failure = host.command_ends(&ARGV, Err(error.clone())).run::<Plugin>("{}").unwrap_err();
        assert_eq!(failure.cause, Cause::Host(error));
    }
}

#[test]
fn one_command_is_granted() {
    let none = Fake::new().run::<Plugin>("{}").unwrap_err();
    assert!(matches!(none.cause, Cause::Host(HostError::Denied(_))), "{none:?}");
    let host = Fake::new();
    host.grant_command(None, &["/a"]).grant_command(None, &["/b", "x"]);
    let two = host.run::<Plugin>("{}").unwrap_err();
    assert_eq!(two.message, "2 commands are granted (/a; /b x): make a check of each plugin");
}

#[test]
fn options_that_are_wrong_are_named() {
    let config = r#"{"units": {"V": {"unit": "number", "factor": 0}}, "max_series": 0, "format": "checkmk",
                     "status_from": "thresholds", "judge_perfdata": true}"#;
    let keys = |config: &str| -> Vec<String> {
        Fake::new().validate::<Plugin>(config).unwrap_err().into_iter().map(|it| it.key).collect()
    };
    assert_eq!(keys(config), ["units.V.factor", "max_series", "status_from", "judge_perfdata"]);
    assert_eq!(keys(r#"{"format": "icinga", "units": {"V": {"unit": "volt"}}}"#), ["format", "units.V.unit"]);
}

/// The examples of the README, as cases: `(options, case)`.
fn examples() -> Vec<Case> {
    let readme = include_str!("../README.md");
    let blocks = readme.split("```example\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(example).collect()
}

fn example(block: &str) -> Case {
    let (options, rest) = block.split_once("exit ").unwrap();
    let (exit, rest) = rest.split_once(": ").unwrap();
    let (stdout, rest) = rest.split_once('\n').unwrap();
    let mut lines = rest.lines();
    let (status, summary) = lines.next().unwrap().split_once(": ").unwrap();
    let mut expected = Expected::default();
    match status {
        "failure" => expected.failure = Some(summary.to_owned()),
        _ => {
            expected.status = Some(serde_json::from_str(&format!("\"{status}\"")).unwrap());
            expected.summary = Some(summary.to_owned());
        }
    }
    for line in lines {
        if line == "yields to a threshold" {
            expected.yields = true;
        } else if let Some(detail) = line.strip_prefix("detail ") {
            expected.details.push(detail.to_owned());
        } else if line.split(' ').next().unwrap().ends_with('}') {
            expected.metrics.push(line.to_owned());
        } else {
            expected.subchecks.push(line.to_owned());
        }
    }
    Case {
        name: options.trim().to_owned(),
        options: toml::from_str(options).unwrap(),
        exit: exit.parse().unwrap(),
        signal: None,
        stdout: stdout.to_owned(),
        stdout_hex: None,
        stderr: String::new(),
        stderr_hex: None,
        expected,
    }
}

#[test]
fn each_option_has_an_example_in_the_readme_that_is_true() {
    let examples = examples();
    for option in <Options as roundsman_sdk::Options>::options() {
        let told = option.to_string();
        let key = told.split(':').next().unwrap();
        assert!(examples.iter().any(|example| example.options.contains_key(key)), "{told}");
    }
    for example in examples {
        assert_eq!(example.run(), example.expected, "{}", example.name);
    }
}
