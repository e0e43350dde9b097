//! Icinga reads the output of `--format nagios` of the built program, and finds the same as `--format json`.

use roundsman_tests::icinga::{items, parse};
use roundsman_tests::{Host, Output, check, guest, root};
use serde_json::Value;

/// Compares performance data with the metrics of the JSON of the same run, series by series.
#[track_caller]
fn assert_alike(nagios: &Output, json: &Output) {
    let (read, json) = (parse(&items(&nagios.stdout)), json.json());
    let metrics: Vec<&Value> =
        json["metrics"].as_array().expect("metrics").iter().filter(|metric| !metric["value"].is_null()).collect();
    assert_eq!((read.len(), nagios.code), (metrics.len(), code(&json["status"])), "{nagios}\n{json}");
    for metric in metrics {
        let values = metric["labels"].as_object().expect("labels").values().map(|value| value.as_str().expect("text"));
        let mut parts: Vec<String> = vec![values.collect::<Vec<_>>().join(","), text(&metric["name"])];
        parts.retain(|part| !part.is_empty());
        let label = parts.join(":");
        let item = read.iter().find(|item| item["label"] == label.as_str());
        let item = item.unwrap_or_else(|| panic!("no {label} in {nagios}"));
        for key in ["value", "min", "max"] {
            assert_eq!(item[key].as_f64(), metric[key].as_f64(), "{key} of {label}: {nagios}");
        }
        // A range is a text in JSON; Icinga keeps those that are one number.
        for (theirs, ours) in [("warn", "warning"), ("crit", "critical")] {
            let number = metric[ours].as_str().and_then(|range| range.parse::<f64>().ok());
            assert_eq!(item[theirs].as_f64(), number, "{ours} of {label}: {nagios}");
        }
    }
}

fn code(status: &Value) -> i32 {
    ["ok", "warning", "critical", "unknown"].iter().position(|word| status == word).expect("a status") as i32
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[test]
fn a_shipped_check_of_recorded_files() {
    let host = Host::new();
    let record = std::fs::read(root().join("checks/memory/tests/meminfo-server")).expect("a record");
    host.file("recorded/proc/meminfo", record);
    let memory = check("memory");
    let run = |format: &str| {
        let recorded = host.path("recorded").display().to_string();
        let args = ["--allow-file", "/proc/meminfo", "--root", &recorded, "-w", "used_percent=1", "-c", "used=1KiB:"];
        host.check(&memory, &[&args[..], &["--format", format]].concat())
    };
    let nagios = run("nagios");
    assert_alike(&nagios, &run("json"));
    let read = parse(&items(&nagios.stdout));
    let used = read.iter().find(|item| item["label"] == "used_percent").expect("a series");
    assert_eq!((&used["warn"], &used["crit"], &used["unit"]), (&1.into(), &Value::Null, &"percent".into()), "{nagios}");
}

#[test]
fn whatever_a_component_reports() {
    let metrics = [
        r#"{ name = "size", value = 97.5, unit = "bytes", labels = [["item", "/data"]], critical = { low = 0, high = 90 } }"#,
        r#"{ name = "size", value = 12, unit = "bytes", labels = [["item", "/"]], warning = { low = 10, high = "inf" } }"#,
        r#"{ name = "size", value = -1e-7, unit = "bytes", labels = [["item", "a"]], warning = { low = "-inf", high = 0.25 } }"#,
        r#"{ name = "size", value = 41.5, unit = "bytes", labels = [["item", "b"]], critical = { low = 60, high = 90, inside = true } }"#,
        r#"{ name = "size", value = "nan", unit = "bytes", labels = [["item", "c"]] }"#,
        r#"{ name = "hits", value = 18014398509481984, unit = "number", kind = "counter", warning = { low = 0, high = 1e16 } }"#,
    ];
    let (host, guest) = (Host::new(), guest("says"));
    let said = format!("metrics=[{}]", metrics.join(", "));
    let lines = r#"details=["a | b=1", "c|d=2\n| e=3"]"#;
    let run = |format: &str| host.check(&guest, &["--set", &said, "--set", lines, "--format", format]);
    let nagios = run("nagios");
    assert_alike(&nagios, &run("json"));
    assert_eq!(nagios.stdout.matches('|').count(), 1, "{nagios}");
}
