//! A real round in which all checks but one are hostile: that one reports as if it were alone.

use std::collections::BTreeMap;

use roundsman_tests::{Host, component};
use serde_json::Value;

/// Components of `tests/guests/wat`, and the kind of failure that each ends with.
const HOSTILE: [(&str, &str); 9] = [
    ("loops-in-run", "limit"),
    ("loops-in-start", "limit"),
    ("fills", "limit"),
    ("floods-log", "limit"),
    ("grows-memory", "limit"),
    ("logs-beyond-memory", "trap"),
    ("recurses", "trap"),
    ("returns-bad-pointer", "trap"),
    ("returns-endless-list", "trap"),
];

#[test]
fn a_good_check_among_hostile_ones_reports() {
    let host = Host::new();
    let mut drop_in = String::new();
    for name in HOSTILE.iter().map(|(name, _)| *name).chain(["minimal"]) {
        let path = host.file(&format!("checks/{name}.wasm"), component::wat(name));
        // None may end by time on a slow machine: fuel, memory and the log are what bounds them.
        let wasm = path.display();
        drop_in += &format!("[check.{name}]\nwasm = \"{wasm}\"\nevery = \"1m\"\nlimits.timeout = \"50s\"\n");
    }
    host.drop_in("all", &drop_in);
    let output = host.run(["run", "--format", "json"]);
    assert_eq!(output.code, 0, "{output}");
    let verdicts = output.json_lines();
    let by_name: BTreeMap<&str, &Value> =
        verdicts.iter().map(|verdict| (verdict["check"].as_str().expect("a name"), verdict)).collect();
    // The hostile ones, the good one, and the runtime itself.
    assert_eq!(by_name.len(), HOSTILE.len() + 2, "{output}");
    for (name, kind) in HOSTILE {
        let verdict = by_name[name];
        assert_eq!((&verdict["status"], &verdict["failure"]["kind"]), (&"unknown".into(), &kind.into()), "{verdict}");
    }
    let good = by_name["minimal"];
    assert_eq!((&good["status"], &good["summary"]), (&"ok".into(), &"it lives".into()), "{good}");
}
