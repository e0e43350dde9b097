//! Values at a real Zabbix proxy: by its trapper's protocol, and by the real `zabbix_sender`.
#![expect(clippy::disallowed_methods, reason = "sqlite3 reads what the proxy has stored")]

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use roundsman_tests::built;
use roundsman_tests::server::{Server, zabbix_proxy};
use roundsman_tests::{Host, root};
use serde_json::Value;

/// Keys of the items that the proxy has, of the host `web1`.
const ITEMS: [&str; 8] = [
    "roundsman.checks",
    "roundsman.metrics",
    "roundsman.state[\"disk\"]",
    "roundsman.text[\"disk\"]",
    "roundsman.state[\"roundsman\"]",
    "roundsman.text[\"roundsman\"]",
    "roundsman.metric[\"memory\",\"total_bytes\",\"\"]",
    "roundsman.state[\"memory\"]",
];

fn host() -> Host {
    let host = Host::new();
    host.main("[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\n[delivery]\ndeadline = \"10s\"\n");
    for check in ["disk", "other"] {
        host.well(check);
    }
    let memory =
        "[check.memory]\nwasm = \"memory.wasm\"\nevery = \"1m\"\n[check.memory.grant]\nfiles = [\"/proc/meminfo\"]\n";
    host.drop_in("memory", memory);
    host
}

/// Waits until the proxy has stored so many values of an item, and returns them, oldest first.
#[track_caller]
fn values(proxy: &Server, key: &str, count: usize) -> Vec<String> {
    let query = format!(
        "SELECT value FROM proxy_history JOIN items USING (itemid) WHERE key_ = '{key}' ORDER BY clock, proxy_history.ns"
    );
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let output = Command::new("sqlite3")
            .args(["-readonly", "-cmd", ".timeout 5000"])
            .arg(proxy.file("db"))
            .arg(&query)
            .stdin(Stdio::null())
            .output()
            .expect("sqlite3");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let values: Vec<String> = text.lines().map(str::to_owned).collect();
        if values.len() >= count {
            return values;
        }
        assert!(Instant::now() < end, "{key}: {values:?} {}\n{}", String::from_utf8_lossy(&output.stderr), proxy.log());
        sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_trapper_has_each_run_and_what_there_is_to_discover() {
    let proxy = zabbix_proxy("web1", &ITEMS);
    let host = host();
    host.drop_in(
        "out-zabbix",
        &format!(
            "[output.zabbix]\nformat = \"zabbix\"\nurl = [\"zabbix://127.0.0.1:1\", \"zabbix://127.0.0.1:{}\"]\n",
            proxy.port
        ),
    );
    host.round();
    host.file("disk", "bad\n");
    host.round();
    assert_eq!(values(&proxy, "roundsman.state[\"disk\"]", 2), ["0", "2"]);
    let texts = values(&proxy, "roundsman.text[\"disk\"]", 2);
    assert!(texts[1].starts_with("CRITICAL: "), "{texts:?}");
    let total: f64 =
        values(&proxy, "roundsman.metric[\"memory\",\"total_bytes\",\"\"]", 2)[0].parse().expect("a number");
    assert!(total > 1e6, "{total}");
    let found = values(&proxy, "roundsman.checks", 1);
    assert_eq!(
        found,
        ["[{\"{#CHECK}\":\"disk\"},{\"{#CHECK}\":\"memory\"},{\"{#CHECK}\":\"other\"}]"],
        "once, as nothing changed"
    );
    let metrics = values(&proxy, "roundsman.metrics", 1);
    assert!(
        metrics[0].contains("\"{#CHECK}\":\"memory\",\"{#LABELS}\":\"\",\"{#METRIC}\":\"total_bytes\""),
        "{metrics:?}"
    );
    // The items of `other` are not there yet, which is expected after a discovery.
    let status = host.run(["status", "roundsman", "--format", "text"]);
    assert!(!status.stdout.contains("dropped"), "{status}");
    // Nobody is alerted of what is paused.
    host.run(["pause", "disk", "--for", "1h", "--reason", "moved"]);
    host.round();
    assert_eq!(values(&proxy, "roundsman.state[\"disk\"]", 3), ["0", "2", "0"]);
    assert!(values(&proxy, "roundsman.text[\"disk\"]", 3)[2].starts_with("PAUSED until "));
}

#[test]
fn a_host_that_zabbix_does_not_have_is_told_and_its_values_wait() {
    let proxy = zabbix_proxy("web1", &ITEMS);
    let host = host();
    let output = |name: &str| {
        let url = format!("url = \"zabbix://127.0.0.1:{}\"\n", proxy.port);
        host.drop_in("out-zabbix", &format!("[output.zabbix]\nformat = \"zabbix\"\nhost = \"{name}\"\n{url}"));
    };
    output("{host}.example");
    host.round();
    let shown = host.run(["send", "--test", "zabbix"]);
    assert!(shown.code == 74 && shown.stderr.contains("Zabbix took none of the values: it needs a host"), "{shown}");
    assert!(shown.stdout.contains("< {\"response\":\"success\"") && shown.stdout.contains("web1.example"), "{shown}");
    output("{host}");
    host.round();
    assert_eq!(values(&proxy, "roundsman.state[\"disk\"]", 2), ["0", "0"], "also that of the round before");
}

#[test]
fn zabbix_sender_sends_the_same_and_what_it_says_is_read() {
    let mut proxy = zabbix_proxy("web1", &ITEMS);
    let host = host();
    let sender = built("debian/zabbix-agent/usr/bin/zabbix_sender", "test");
    let output = |server: &str| {
        let argv = [&sender.display().to_string(), "-z", server, "-p", &proxy.port.to_string(), "-T", "-N", "-i", "-"];
        let argv: Vec<String> = argv.iter().map(|word| format!("\"{word}\"")).collect();
        host.drop_in(
            "out-zabbix",
            &format!("[output.zabbix]\nformat = \"zabbix-sender\"\ncommand = {{ argv = [{}] }}\n", argv.join(", ")),
        );
    };
    output("127.0.0.1");
    host.round();
    assert_eq!(values(&proxy, "roundsman.state[\"disk\"]", 1), ["0"]);
    assert!(values(&proxy, "roundsman.checks", 1)[0].contains("\"{#CHECK}\":\"disk\""));
    // Exit code 1: not sent.
    proxy.stop();
    host.round();
    let cursors = std::fs::read_to_string(host.path("state/deliveries")).expect("the cursors");
    assert!(cursors.contains("exit code 1"), "{cursors}");
    proxy.resume();
    host.round();
    assert_eq!(values(&proxy, "roundsman.state[\"disk\"]", 3), ["0", "0", "0"]);
}

/// Collects the texts that a key of a template has, wherever it stands.
fn collect(value: &Value, wanted: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| match value {
            Value::String(text) if key == wanted => found.push(text.clone()),
            _ => collect(value, wanted, found),
        }),
        Value::Array(values) => values.iter().for_each(|value| collect(value, wanted, found)),
        _ => {}
    }
}

/// The template that ships has an item for each value, spelt as the output spells it: a proxy with these and no others takes all.
#[test]
fn the_items_of_the_template_are_what_is_sent() {
    let read = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let file = root().join("examples/zabbix/roundsman.yaml");
    let output = Command::new("python3").args(["-c", read]).arg(file).output().expect("python3");
    let template: Value = serde_json::from_slice(&output.stdout).expect("the template is YAML");
    let texts = |key: &str| {
        let mut found = Vec::new();
        collect(&template, key, &mut found);
        found
    };
    let written = texts("key");
    for expression in texts("expression") {
        let (_, of) = expression.split_once("/Roundsman/").expect("the item of a trigger");
        assert!(written.iter().any(|key| of.starts_with(key)), "{expression}: {written:?}");
    }
    let mut uuids = texts("uuid");
    assert!(
        uuids.iter().all(|uuid| uuid.len() == 32 && uuid.bytes().all(|byte| byte.is_ascii_hexdigit())),
        "{uuids:?}"
    );
    let count = uuids.len();
    uuids.sort();
    uuids.dedup();
    assert_eq!(uuids.len(), count, "each is there once");

    let filled =
        |key: &String| key.replace("{#CHECK}", "memory").replace("{#METRIC}", "total_bytes").replace("{#LABELS}", "");
    let keys: Vec<String> = written.iter().map(filled).collect();
    assert_eq!(keys.len(), 7, "{keys:?}");
    let proxy = zabbix_proxy("web1", &keys.iter().map(String::as_str).collect::<Vec<_>>());
    let host = host();
    let url = format!("[output.zabbix]\nformat = \"zabbix\"\nurl = \"zabbix://127.0.0.1:{}\"\n", proxy.port);
    host.drop_in("out-zabbix", &url);
    host.round();
    host.round();
    for key in &keys {
        values(&proxy, key, 1);
    }
}
