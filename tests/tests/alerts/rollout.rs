//! The rules of a rollout, tried on what rounds showed before a release, with one that traps, and after going back.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use roundsman_tests::Host;
use roundsman_tests::component::{describes, traps};
use roundsman_tests::document::only;
use roundsman_tests::exposition::{Series, samples};
use serde_json::json;

use crate::{promtool, try_rules};

/// Minutes of each part: a good release, one that traps, the good one again.
const PARTS: [usize; 3] = [60, 2000, 100];

/// A function that makes a component which says this of itself.
type Made = fn(&str) -> Vec<u8>;

/// Does a round with each of the releases, and returns what was shown after it.
fn shown() -> [BTreeMap<Series, f64>; 3] {
    let host = Host::new();
    let file = host.path("etc/all.prom");
    host.main(&format!(
        "[run]\nsplay = \"0s\"\n[output.prometheus]\nformat = \"prometheus\"\npath = \"{}\"\n",
        file.display()
    ));
    let component = host.path("etc/probe.wasm");
    host.drop_in("probe", &format!("[check.probe]\nwasm = \"{}\"\nevery = \"1m\"\n", component.display()));
    let releases: [(&str, Made); 3] = [("1.0.0", describes), ("1.1.0", traps), ("1.0.0", describes)];
    releases.map(|(version, made)| {
        let said = json!({ "name": "probe", "version": version, "summary": "a test", "free_metrics": true });
        host.file("etc/probe.wasm", made(&said.to_string()));
        let output = host.run(["run", "--cron", "--all"]);
        assert_eq!(output.code, 0, "{output}");
        samples(&fs::read_to_string(&file).expect("an output"))
    })
}

/// Scrapes of one host, a minute each, of what it showed in each part of the time.
fn scraped(instance: &str, parts: [&BTreeMap<Series, f64>; 3]) -> Vec<String> {
    let all: BTreeMap<&Series, ()> = parts.iter().flat_map(|part| part.keys()).map(|series| (series, ())).collect();
    let line = |(family, labels): &Series| {
        let mut text = format!("{family}{{job=\"node\",instance=\"{instance}\"");
        for (name, value) in labels {
            let _ = write!(text, ",{name}=\"{value}\"");
        }
        text += "}@";
        for (part, minutes) in parts.iter().zip(PARTS) {
            let values = match part.get(&(family.clone(), labels.clone())) {
                Some(value) => format!("{value}+0x{} ", minutes - 1),
                None => format!("stale _x{} ", minutes - 1),
            };
            text += &values;
        }
        text.trim_end().to_owned()
    };
    all.keys().map(|series| line(series)).collect()
}

#[test]
fn a_release_that_traps_is_told_by_its_version_and_a_host_that_runs_another_one_is_found() {
    let rules = only("yaml rollout");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("rules.yml");
    fs::write(&file, &rules).expect("written");
    let said = promtool(&["check", "rules"], &file);
    assert!(said.contains("SUCCESS: 3 rules found"), "{said}");

    let [good, bad, back] = shown();
    let component = |shown: &BTreeMap<Series, f64>| {
        shown.keys().find(|(family, _)| family == "roundsman_component_info").expect("a component").1.clone()
    };
    assert_eq!((&*component(&bad)["version"], &*component(&back)["version"]), ("1.1.0", "1.0.0"));
    let mut series = scraped("canary", [&good, &bad, &back]);
    for other in ["web1", "web2"] {
        series.extend(scraped(other, [&good, &good, &good]));
    }
    let alerts = [
        (30, "ReleaseTraps", ""),
        (30, "ReleaseDrifts", ""),
        (
            62,
            "ReleaseTraps",
            "exp_labels: { name: probe, version: 1.1.0 }\n            exp_annotations: { summary: 'probe 1.1.0 fails as software does in 1 checks: stop its rollout' }",
        ),
        (62, "ReleaseDrifts", ""),
        (
            1600,
            "ReleaseDrifts",
            "exp_labels: { check: probe, name: probe, version: 1.1.0, sha256: DIGEST, job: node, instance: canary }\n            exp_annotations: { summary: 'canary runs probe 1.1.0 as probe, and most hosts another build' }",
        ),
        // It has gone back: what trapped is not what runs, though the traps are in the window still.
        (2065, "ReleaseTraps", ""),
        (2065, "ReleaseDrifts", ""),
    ];
    let mut expected = "    alert_rule_test:\n".to_owned();
    for (minute, alert, fires) in alerts {
        let fires = fires.replace("DIGEST", &component(&bad)["sha256"]);
        let fires = if fires.is_empty() { String::new() } else { format!("          - {fires}\n") };
        let _ =
            write!(expected, "      - eval_time: {minute}m\n        alertname: {alert}\n        exp_alerts:\n{fires}");
    }
    expected += "    promql_expr_test:\n";
    let count = |version: &str, hosts: usize| {
        format!("{{ labels: 'roundsman:release:hosts{{name=\"probe\",version=\"{version}\"}}', value: {hosts} }}")
    };
    for (minute, hosts) in [(30, count("1.0.0", 3)), (70, [count("1.0.0", 2), count("1.1.0", 1)].join(", "))] {
        let _ = writeln!(
            expected,
            "      - {{ expr: 'roundsman:release:hosts', eval_time: {minute}m, exp_samples: [{hosts}] }}"
        );
    }
    try_rules(&rules, &series, &expected);
}
