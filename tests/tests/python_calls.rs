//! Each call of the SDK for Python, asked of the real host by a component, and what the host refuses.

use std::sync::Once;

use roundsman_tests::component::with_wasi;
use roundsman_tests::{Host, Output};
use serde_json::{Value, json};

/// Makes a host with the component as the check `calls`, and these lines of grants.
fn host(config: &str, grant: &str) -> Host {
    static COMPILED: Once = Once::new();
    let host = Host::new();
    host.keep_code("wasi/code");
    let component = with_wasi("python-sdk");
    // It takes half a minute, so one test compiles it for all.
    COMPILED.call_once(|| drop(host.check(&component, &[])));
    host.file("data/a", "abcdef");
    host.file("data/b", "ghi");
    std::os::unix::fs::symlink("a", host.path("data/link")).expect("a link");
    host.drop_in(
        "calls",
        &format!(
            "[check.calls]\nwasm = {component:?}\nevery = \"1m\"\n[check.calls.config]\n{config}\n[check.calls.grant]\n{grant}\n"
        ),
    );
    host
}

/// Runs acts on a path below the host's own folder.
fn run(host: &Host, acts: &[&str], path: &str) -> Output {
    let path = if path.starts_with('/') { path.to_owned() } else { host.path(path).display().to_string() };
    host.run([
        "check",
        "calls",
        "--format",
        "json",
        "--set",
        &format!("do={acts:?}"),
        "--set",
        &format!("path={path:?}"),
    ])
}

/// Returns what each act answered, and its failure where it has one.
fn answers(output: &Output) -> Vec<Value> {
    let report = output.json();
    assert_eq!(report["failure"], Value::Null, "{output}");
    let part = |part: &Value| match &part["failure"] {
        Value::Null => serde_json::from_str(part["text"].as_str().expect("a text")).expect("JSON"),
        failure => failure.clone(),
    };
    report["subchecks"].as_array().expect("subchecks").iter().map(part).collect()
}

fn all_granted(host: &Host) -> String {
    let below = host.path("").display().to_string();
    format!(
        "files = [\"{below}data/*\"]\nmetadata = [\"{below}*\"]\nfilesystems = \"mounted\"\n\
         command = [{{ id = \"named\", argv = [\"/bin/echo\", \"said\"] }}, {{ argv = [\"/bin/false\"] }}]"
    )
}

/// Makes a host on which everything is granted.
fn open() -> Host {
    let host = host("do = []", "");
    let component = with_wasi("python-sdk");
    host.drop_in(
        "calls",
        &format!("[check.calls]\nwasm = {component:?}\nevery = \"1m\"\nconfig = {{ do = [\"log\"] }}\n[check.calls.grant]\n{}\n", all_granted(&host)),
    );
    host
}

#[test]
fn files_are_read_and_looked_at() {
    let host = open();
    let read = answers(&run(&host, &["read", "read at", "stat"], "data/a"));
    assert_eq!(read[..2], [json!("abcdef"), json!("cde")]);
    assert_eq!((&read[2][0], &read[2][1], &read[2][4]), (&json!("regular"), &json!(6), &json!(0o644)));
    let modified = std::fs::metadata(host.path("data/a")).and_then(|it| it.modified()).expect("a file");
    let seconds = modified.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs_f64();
    assert!((read[2][2].as_f64().expect("seconds") - seconds).abs() < 0.01, "{read:?}");
    let link = answers(&run(&host, &["stat"], "data/link"));
    assert_eq!((&link[0][0], &link[0][5]), (&json!("symlink"), &json!("a")));
    let many = answers(&run(&host, &["read glob", "stat glob"], "data/*"));
    let path = |name: &str| host.path(name).display().to_string();
    // A link to what is granted too is read.
    let content = |name: &str, content: &str| json!([path(name), content]);
    let all = [content("data/a", "b'abcdef'"), content("data/b", "b'ghi'"), content("data/link", "b'abcdef'")];
    assert_eq!(many[0], json!(all));
    assert_eq!(many[1].as_array().map(Vec::len), Some(3), "{many:?}");
}

#[test]
fn mounts_have_room_and_grants_are_told() {
    let host = open();
    let told = answers(&run(&host, &["usage", "usages", "mounts", "granted"], "/"));
    let sizes: Vec<u64> = ["bytes_free", "bytes_total"].iter().filter_map(|key| told[0][key].as_u64()).collect();
    assert!(sizes.len() == 2 && sizes[0] <= sizes[1] && sizes[1] > 0, "{told:?}");
    assert_eq!(told[1], json!([["/", true], ["/no/mount", false]]));
    assert!(told[2].as_array().expect("mounts").iter().any(|mount| mount[0] == "/"), "{told:?}");
    assert_eq!(told[3][0]["filesystems"], json!(["mounted"]));
    let named = json!({"id": "named", "argv": ["/bin/echo", "said"], "literal": true});
    assert_eq!((&told[3][1][0], &told[3][1][1]["id"]), (&named, &Value::Null));
}

#[test]
fn commands_run_and_state_is_kept() {
    let host = open();
    assert_eq!(answers(&run(&host, &["run by id"], "x")), [json!("said\n")]);
    let ended = answers(&run(&host, &["run"], "/bin/false"));
    assert_eq!(
        (&ended[0]["kind"], &ended[0]["message"]),
        (&json!("check"), &json!("/bin/false: exit code 1, and printed nothing"))
    );
    let twice =
        || answers(&host.run(["check", "calls", "--format", "json", "--keep-state", "--set", "do=[\"state\"]"]));
    assert_eq!((twice(), twice()), (vec![json!([0, true])], vec![json!([1, true])]));
    let log = run(&host, &["log"], "x").json()["log"].clone();
    let levels: Vec<&str> = log.as_array().expect("a log").iter().filter_map(|line| line["level"].as_str()).collect();
    assert_eq!(levels, ["debug", "info", "warning", "error"]);
}

#[test]
fn what_the_host_refuses_is_a_failure_of_its_kind() {
    let host = host("do = [\"log\"]", "");
    let acts = ["read", "read at", "read glob", "stat", "stat glob", "usage", "mounts", "run"];
    let refused = answers(&run(&host, &acts, "/etc/hostname"));
    for (act, failure) in acts.iter().zip(&refused) {
        assert_eq!(failure["kind"], "denied", "{act}: {failure}");
        assert!(
            failure["hint"]
                .as_str()
                .is_some_and(|hint| hint.contains("[[check.calls.grant") || hint.contains("[check.calls.grant]")),
            "{act}: {failure}"
        );
    }
    let gone = answers(&run(&open(), &["read", "stat"], "data/gone"));
    assert!(gone.iter().all(|failure| failure["kind"] == "io"), "{gone:?}");
}

#[test]
fn any_other_exception_is_one_of_the_check_with_its_place_and_its_traceback_in_the_log() {
    let output = run(&open(), &["divide"], "x");
    output.assert_failure("check", &["ZeroDivisionError: division by zero (app.py, line "]);
    let log = output.json()["log"].to_string();
    assert!(log.contains("Traceback (most recent call last)") && log.contains("in run"), "{log}");
}

#[test]
fn options_that_are_wrong_are_said_by_their_keys() {
    let host = open();
    let check = |option: &str| host.run(["check", "calls", "--format", "json", "--set", option]);
    check("worst=\"bad\"")
        .assert_failure("config", &["`worst`", "one of ok, warning, critical, unknown is wanted, not \"bad\""]);
    check("do=\"log\"").assert_failure("config", &["`do`", "a list of texts is wanted"]);
    check("dont=1").assert_failure("config", &["`dont`", "there is no such option; there are do, path, worst"]);
    check("do=[]").assert_failure("check", &["nothing was asked for"]);
    assert_eq!(check("worst=\"warning\"").code, 1);
}
