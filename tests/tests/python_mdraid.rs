//! The job of the check `mdraid` twice, in Rust as it ships and in Python as the example: the same hosts, the same reports.

use std::sync::Once;

use roundsman_tests::component::{check, with_wasi};
use roundsman_tests::document::{blocks, read};
use roundsman_tests::{Host, Output};
use serde_json::Value;

/// Recorded hosts, each with what is said of one array: an exit code, the array, its status, and how its text begins.
const SCENES: [(&str, i32, &str, &str, &str); 5] = [
    ("clean", 0, "data", "ok", "raid5 of 3 disks, clean, 1 spare"),
    ("failed", 2, "md0", "critical", "raid1 of 2 disks, clean, 1 missing, faulty: vdb"),
    ("rebuilding", 1, "md0", "warning", "raid1 of 2 disks, clean, 1 missing, 1 spare, recover "),
    ("spare-rebuilding", 1, "data", "warning", "raid5 of 3 disks, clean, 1 missing, faulty: loop1, 1 spare, recover "),
    ("inactive", 2, "md126", "critical", "inactive, with 1 disk, 1 spare"),
];

/// Makes a host that has the compiled code of Python's component: it takes half a minute, so one test compiles it for all.
fn with_code() -> Host {
    static COMPILED: Once = Once::new();
    let host = Host::new();
    host.keep_code("wasi/code");
    COMPILED.call_once(|| {
        host.check(&with_wasi("python-mdraid"), &[]);
    });
    host
}

/// Makes a host that has both components, each as a check with these options and the grants of the page.
fn host(config: &str) -> Host {
    let host = with_code();
    let page = read("checks/mdraid/README.md");
    let (_, section) = page.split_once("\n## Drop-in").expect("a section \"Drop-in\"");
    let table: toml::Table = blocks(section).remove(0).text.parse().expect("TOML");
    let files = &table["check"]["mdraid"]["grant"]["files"];
    for (name, component) in [("rust", check("mdraid")), ("python", with_wasi("python-mdraid"))] {
        let wasm = component.display();
        host.drop_in(
            name,
            &format!(
                "[check.{name}]\nwasm = \"{wasm}\"\nevery = \"1m\"\n[check.{name}.config]\n{config}\n\
                 [check.{name}.grant]\nfiles = {files}\n"
            ),
        );
    }
    host
}

fn record(host: &Host, scene: &str) {
    for line in read(&format!("checks/mdraid/tests/{scene}.sys")).lines() {
        let (path, text) = line.split_once('\t').expect("a path and a text");
        host.file(&format!("recorded/sys/block/{path}"), format!("{text}\n"));
    }
    host.file("recorded/proc/mdstat", read(&format!("checks/mdraid/tests/{scene}.mdstat")));
    host.file("recorded/run/udev/data/b9:127", "S:disk/by-id/md-name-any:data\nS:md/data\nI:112\n");
}

fn run(host: &Host, name: &str) -> Output {
    let below = host.path("recorded").display().to_string();
    host.run(["check", name, "--root", &below, "--format", "json"])
}

/// Returns what a report says of the host, without what it says of itself.
fn said(output: &Output) -> Value {
    let report = output.json();
    let keys = ["status", "summary", "details", "subchecks", "metrics", "failure"];
    keys.into_iter().map(|key| (key.to_owned(), report[key].clone())).collect::<serde_json::Map<_, _>>().into()
}

fn subcheck<'a>(report: &'a Value, array: &str) -> &'a Value {
    let all = report["subchecks"].as_array().unwrap_or_else(|| panic!("subchecks: {report}"));
    all.iter().find(|it| it["labels"]["array"] == array).unwrap_or_else(|| panic!("no array {array}: {report}"))
}

#[test]
fn both_say_the_same_of_each_recorded_host() {
    for (scene, code, array, status, text) in SCENES {
        let host = host("");
        record(&host, scene);
        let (rust, python) = (run(&host, "rust"), run(&host, "python"));
        assert_eq!((rust.code, python.code), (code, code), "{scene}: {rust} {python}");
        let report = said(&python);
        assert_eq!(said(&rust), report, "{scene}");
        let array = subcheck(&report, array);
        assert_eq!(array["status"], status, "{scene}: {report}");
        assert!(array["text"].as_str().is_some_and(|it| it.starts_with(text)), "{scene}: {array}");
        assert!(report["metrics"].as_array().is_some_and(|all| all.len() >= 5), "{scene}: {report}");
    }
}

#[test]
fn both_know_their_options() {
    let both = host("expected = [\"md0\", \"home\"]\nignore = [\"data\"]");
    record(&both, "spare-rebuilding");
    let (rust, python) = (run(&both, "rust"), run(&both, "python"));
    assert_eq!((said(&rust), python.code), (said(&python), 2), "{rust} {python}");
    assert_eq!(subcheck(&python.json(), "home")["text"], "there is no such array");
    assert!(subcheck(&python.json(), "data")["text"].as_str().is_some_and(|it| it.ends_with(", ignored")), "{python}");
    for name in ["rust", "python"] {
        let wrong = host("expectd = [\"md0\"]");
        wrong.run(["check", name, "--format", "json"]).assert_failure("config", &["expectd"]);
    }
}

#[test]
fn both_keep_an_array_that_cannot_be_judged_apart() {
    let host = host("");
    record(&host, "failed");
    host.file("recorded/sys/block/md127/md/degraded", "many\n");
    for name in ["rust", "python"] {
        let output = run(&host, name);
        let report = output.json();
        let odd = subcheck(&report, "data");
        assert_eq!((output.code, &odd["status"]), (2, &"unknown".into()), "{output}");
        let text = odd["text"].as_str().expect("a text");
        assert!(text.starts_with("/sys/block/md127/md/degraded: ") && text.contains("\"many\" is not a whole number"));
        assert_eq!(subcheck(&report, "md0")["status"], "critical", "{output}");
    }
}

#[test]
fn both_describe_the_same_options_metrics_and_needs() {
    let host = with_code();
    let described = |component: std::path::PathBuf| {
        let output = host.run(["inspect".as_ref(), component.as_os_str(), "--format".as_ref(), "json".as_ref()]);
        let all = output.json();
        ["options", "metrics", "needs", "summary"].map(|key| all[key].clone())
    };
    let [rust, python] = [check("mdraid"), with_wasi("python-mdraid")].map(described);
    assert!(!rust[0].is_null() && !rust[1].is_null() && !rust[2].is_null(), "{rust:?}");
    assert_eq!(rust, python);
}
