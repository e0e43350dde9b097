//! The output `json`, of which the operator says what is delivered: changes, or where all checks stand. Values are tested with theirs.

use roundsman_tests::Host;
use roundsman_tests::hook::{AWAY, Hook, OK, body};
use serde_json::Value;

fn host(hook: &Hook, keys: &str) -> Host {
    let host = Host::new();
    host.main("[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\n");
    host.well("disk");
    host.well("load");
    let output = format!("[output.lake]\nformat = \"json\"\nurl = \"{}\"\n{keys}", hook.url);
    host.drop_in("out", &output);
    host
}

/// Returns the status of each check, as the request has it.
fn stands(request: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let all = body(request);
    all.as_array().expect("a list").iter().map(|one| (text(&one["check"]), text(&one["status"]))).collect()
}

fn pairs<const N: usize>(of: [(&str, &str); N]) -> Vec<(String, String)> {
    of.map(|(check, status)| (check.to_owned(), status.to_owned())).into()
}

#[test]
fn changes_are_told_once_as_json() {
    let hook = Hook::ok();
    let host = host(&hook, "deliver = \"changes\"\n");
    host.round();
    host.round();
    assert_eq!(hook.heard(), Vec::<String>::new(), "all is well");
    host.file("disk", "bad\n");
    host.round();
    host.round();
    host.file("disk", "well\n");
    host.round();
    let heard: Vec<Value> = hook.heard().iter().map(|request| body(request)).collect();
    let changes: Vec<_> = heard.iter().map(|one| (&one["changes"][0]["event"], &one["changes"][0]["check"])).collect();
    assert_eq!(changes, [(&"trigger".into(), &"disk".into()), (&"resolve".into(), &"disk".into())], "{heard:?}");
    assert_eq!((&heard[0]["schema"], &heard[0]["host"]), (&1.into(), &"web1".into()), "{heard:?}");
}

#[test]
fn where_all_stands_is_sent_by_each_round_and_nothing_of_before() {
    let hook = Hook::new(|number| Some(if number == 1 { AWAY } else { OK }));
    let host = host(&hook, "deliver = \"state\"\n");
    host.round();
    host.file("disk", "bad\n");
    host.round();
    host.file("disk", "well\n");
    host.file("load", "bad\n");
    host.round();
    let heard = hook.heard();
    let [first, _, last] = &heard[..] else { panic!("{heard:?}") };
    assert!(first.contains("\r\nContent-Type: application/json\r\n"), "{first}");
    assert_eq!(stands(first), pairs([("disk", "ok"), ("load", "ok"), ("roundsman", "ok")]));
    assert_eq!(stands(last), pairs([("disk", "ok"), ("load", "critical"), ("roundsman", "ok")]));
    let shown = host.run(["send", "--test", "lake"]);
    assert!(shown.code == 0 && shown.stdout.contains("\"hard_status\":\"critical\""), "{shown}");
}

#[test]
fn those_that_are_chosen_are_sent_and_the_check_of_the_runtime() {
    let hook = Hook::ok();
    let host = host(
        &hook,
        "deliver = \"state\"\nonly = { checks = [\"lo*\"] }\nheaders = { Content-Type = \"application/x-json\" }\n",
    );
    host.round();
    let heard = hook.heard();
    assert_eq!(stands(&heard[0]), pairs([("load", "ok"), ("roundsman", "ok")]));
    assert_eq!(heard[0].matches("Content-Type: ").count(), 1, "{heard:?}");
}
