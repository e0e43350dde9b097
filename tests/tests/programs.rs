//! Ends of programs, as an operator reads them after one round: each in its own words, none mistaken for another.

use std::collections::BTreeMap;

use roundsman_tests::Host;
use serde_json::Value;

/// One round of checks that run one shell script each, by name.
fn round(scripts: &[(&str, &str)], further: &str) -> (i32, BTreeMap<String, Value>) {
    let host = Host::new();
    let check = |(name, argv): &(&str, &str)| {
        format!(
            "[check.{name}]\nwasm = \"command.wasm\"\nevery = \"1m\"\n[[check.{name}.grant.command]]\nargv = {argv}\n"
        )
    };
    host.drop_in("programs", &(scripts.iter().map(check).collect::<String>() + further));
    let output = host.run(["run", "--format", "json"]);
    let reports =
        output.json_lines().into_iter().map(|report| (report["check"].as_str().unwrap_or("").to_owned(), report));
    (output.code, reports.collect())
}

fn said(report: &Value) -> &str {
    report["summary"].as_str().unwrap_or("")
}

#[test]
fn each_end_of_a_program_has_its_own_words() {
    let (code, reports) = round(
        &[
            ("missing", r#"["/no/such/program"]"#),
            ("seven", r#"["/bin/sh", "-c", "exit 7"]"#),
            ("killed", r#"["/bin/sh", "-c", "kill -9 $$"]"#),
            ("not-utf8", r#"["/usr/bin/printf", 'a\377\033[2Jb']"#),
            ("silent", r#"["/bin/true"]"#),
        ],
        "",
    );
    assert_eq!((code, reports.len()), (0, 6), "with the runtime's own: {reports:?}");

    let missing = &reports["missing"];
    assert_eq!((&missing["status"], &missing["failure"]["kind"]), (&"unknown".into(), &"io".into()), "{missing}");
    assert!(said(missing).contains("/no/such/program: does not exist"), "{missing}");

    assert_eq!(reports["seven"]["status"], "critical");
    assert!(said(&reports["seven"]).contains("exit code 7 (exits does not name it)"), "{}", reports["seven"]);
    assert_eq!(reports["killed"]["status"], "critical");
    assert!(said(&reports["killed"]).contains("signal 9 (ended by a signal)"), "{}", reports["killed"]);

    let not_utf8 = &reports["not-utf8"];
    assert_eq!(
        (&not_utf8["status"], &not_utf8["details"][0]),
        (&"ok".into(), &"a\\xff\u{1b}[2Jb".into()),
        "{not_utf8}"
    );
    assert_eq!(reports["silent"]["status"], "ok");
    assert!(said(&reports["silent"]).contains("no output"), "{}", reports["silent"]);
}

#[test]
fn a_threshold_on_what_is_not_declared_names_the_nearest_and_its_place() {
    let (code, reports) = round(
        &[],
        "[check.memory]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n[check.memory.grant]\nfiles = [\"/proc/meminfo\"]\n\
         [check.memory.thresholds]\nused_percen = { warning = 80 }\n",
    );
    let failure = &reports["memory"]["failure"];
    let message = failure["message"].as_str().unwrap_or("");
    assert_eq!((code, &failure["kind"]), (0, &"config".into()), "{failure}");
    for part in ["programs.toml:7", "used_percen", "used_percent"] {
        assert!(message.contains(part), "{part} in {message}");
    }
}
