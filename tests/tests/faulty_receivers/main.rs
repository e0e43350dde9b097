//! Each kind of receiver with each fault: what is said of it, what is kept for it, and what it is sent when it is well again.
#![expect(clippy::disallowed_methods, reason = "receivers on threads of the test, and the programs that deliver")]

mod killed;
mod kinds;
mod order;
mod otlp;
mod scene;
mod secrets;
mod server;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use roundsman_tests::Host;
use roundsman_tests::server::free_port;

use crate::kinds::{KINDS, Kind};
use crate::scene::{Scene, Way, certificate, told};
use crate::server::{Fault, Protocol, closed_port};

/// Fate of a request to a receiver with a fault, and its reason.
#[derive(Clone, Copy)]
enum Becomes {
    /// It waits.
    Later(&'static str),
    /// It is never sent again.
    Dropped(&'static str),
    /// The receiver has it: its protocol has no such fault.
    Taken,
}

use Becomes::{Dropped, Later, Taken};

/// Has every receiver a fault while the check turns bad, and none when it is well again.
#[track_caller]
fn assert_fault(deadline: &str, way: Way<'_>, fault: Fault, becomes: impl Fn(&Kind) -> Becomes) {
    let scene = Scene::new(deadline);
    scene.lead(way);
    scene.have(fault);
    scene.host.file("disk", "bad\n");
    scene.round();
    let cursors = scene.cursors();
    let before: Vec<Vec<String>> = scene.receivers.iter().map(|(_, receiver)| receiver.heard()).collect();
    for kind in &KINDS {
        let cursor = &cursors[kind.word];
        let (failures, reason, dropped) = (&cursor["failures"], &cursor["reason"], &cursor["dropped"]);
        let has = |text: &serde_json::Value, why: &str| text.to_string().contains(&why.replace('"', "\\\""));
        let is_so = match becomes(kind) {
            Later(why) => failures == 1 && has(reason, why) && has(dropped, "{}"),
            Dropped(why) => failures == 0 && has(dropped, why),
            Taken => failures == 0 && has(dropped, "{}"),
        };
        assert!(is_so, "{}: {cursor}", kind.word);
    }
    scene.have(Fault::None);
    scene.lead(Way::There);
    scene.host.file("disk", "well\n");
    scene.round();
    let cursors = scene.cursors();
    for ((kind, receiver), before) in scene.receivers.iter().zip(&before) {
        let after = receiver.heard();
        let (all, shown) = (told(kind, &after), format!("{}: {before:?}\n{after:?}", kind.word));
        match becomes(kind) {
            Later(_) => assert_eq!(all, kind.later, "{shown}"),
            Dropped(_) => assert_eq!(all, kind.dropped, "{shown}"),
            Taken => assert_eq!(all.1, 1, "{shown}"),
        }
        let cursor = &cursors[kind.word];
        let is_heard = cursor["last_success"].is_string() || after.is_empty();
        assert!(cursor["failures"] == 0 && is_heard, "{}: {cursor}", kind.word);
        if kind.word == "webhook" && !before.is_empty() && !after.is_empty() {
            let keys = |heard: &[String]| heard.iter().filter_map(|request| key(request)).collect::<Vec<_>>();
            assert_eq!(
                keys(before)[0] == keys(&after)[0],
                matches!(becomes(kind), Later(_)),
                "told by its key: {shown}"
            );
        }
    }
}

/// Returns the text by which a receiver knows a message that it has already.
fn key(request: &str) -> Option<String> {
    let of_line = |line: &str| {
        let key = line.strip_prefix("Idempotency-Key: ").or_else(|| line.strip_prefix("Message-ID: "));
        key.map(str::to_owned)
    };
    request.lines().find_map(of_line)
}

/// Tries a fault of HTTP, which other protocols have not; a server of mail has one that is like it.
#[track_caller]
fn assert_status(status: &'static str, becomes: Becomes, of_object: Option<Becomes>) {
    assert_fault("60s", Way::There, Fault::Says(status), |kind| match (kind.protocol, kind.word) {
        (Protocol::Http, "icinga") => of_object.unwrap_or(becomes),
        (Protocol::Http, _) => becomes,
        (Protocol::Trapper, _) => Taken,
        // Of msmtp 69, whatever the server's code.
        (Protocol::Smtp, _) => Later("the command ended with exit code 69"),
    });
}

/// The table has every format that is delivered: a wrong one is told which there are.
#[test]
fn each_kind_is_tried() {
    let host = Host::new();
    host.drop_in("out", "[output.x]\nformat = \"none\"\nurl = \"https://x/\"\n");
    let said = host.run(["validate"]).stdout + &host.run(["validate"]).stderr;
    let line = said.lines().find(|line| line.contains("one of ")).unwrap_or_else(|| panic!("{said}"));
    let others = ["prometheus", "checkmk", "html"];
    for word in line.split('"').skip(1).step_by(2).filter(|word| !others.contains(word)) {
        assert!(KINDS.iter().any(|kind| kind.word == word), "{word} is not tried: {line}");
    }
}

#[test]
fn who_refuses_the_connection_gets_it_later() {
    assert_fault("60s", Way::Port(closed_port()), Fault::None, |kind| match kind.word {
        "mail" => Later("exit code 75"),
        "zabbix-sender" => Later("exit code 1"),
        _ => Later("nobody listens there; start the receiver, or mend `url`"),
    });
}

#[test]
fn who_hangs_gets_it_later() {
    assert_silent(Fault::Hangs);
}

#[test]
fn who_answers_byte_by_byte_beyond_the_deadline_gets_it_later() {
    assert_silent(Fault::Drips);
}

#[track_caller]
fn assert_silent(fault: Fault) {
    assert_fault("6s", Way::There, fault, |kind| match kind.word {
        "mail" | "zabbix-sender" => Later("the command did not end in time"),
        _ => Later("no answer in time: look at the receiver, or raise `delivery.deadline`"),
    });
}

#[test]
fn who_closes_in_the_middle_of_its_answer_gets_it_later() {
    assert_fault("60s", Way::There, Fault::Closes, |kind| match kind.word {
        "mail" => Later("exit code"),
        "zabbix-sender" => Later(""),
        _ => Later("the connection was closed before an answer"),
    });
}

#[test]
fn who_does_not_let_us_in_gets_it_later() {
    assert_status("401 Unauthorized\r\n", Later("HTTP status 401: the receiver does not let us in; mend `auth`"), None);
}

#[test]
fn who_does_not_take_a_request_never_gets_it() {
    assert_status("400 Bad Request\r\n", Dropped("HTTP status 400: the receiver does not take this request"), None);
}

#[test]
fn who_is_in_trouble_gets_it_later() {
    assert_status("500 Oh\r\n", Later("HTTP status 500: the receiver is in trouble itself"), None);
    assert_status("503 Oh\r\n", Later("HTTP status 503: the receiver is in trouble itself"), None);
}

#[test]
fn an_object_that_is_not_there_is_told() {
    assert_status(
        "404 Not Found\r\n",
        Later("HTTP status 404: there is nothing at this `url`"),
        Some(Dropped("the receiver does not know the object; make it there")),
    );
}

/// A program that listens with TLS; it ends with this.
struct Listening(Child);

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn who_has_the_certificate_of_another_name_gets_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::set_permissions(directory.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
    let (certificate, key) = certificate(directory.path(), "elsewhere.example");
    let port = free_port();
    let mut command = Command::new("openssl");
    command.args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-cert", &certificate, "-key", &key, "-www"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _server = Listening(command.spawn().expect("openssl"));
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_fault("60s", Way::Tls(port, certificate.as_ref()), Fault::None, |kind| match kind.protocol {
        Protocol::Http => Later("; use a name of the certificate in `url`, or mend the certificate"),
        // It speaks no TLS, and what it hears is no answer of its protocol.
        Protocol::Trapper => Later(""),
        Protocol::Smtp => Later("exit code"),
    });
}

/// Seconds, and a date of HTTP, as a receiver writes them.
#[test]
fn who_asks_to_be_left_alone_is_asked_when_the_time_is_over() {
    for wait in ["3600", "Tue, 01 Jan 2999 00:00:00 GMT"] {
        let scene = Scene::new("60s");
        let status: &'static str = format!("429 Too Many Requests\r\nRetry-After: {wait}\r\n").leak();
        scene.have(Fault::Says(status));
        scene.host.file("disk", "bad\n");
        scene.round();
        scene.have(Fault::None);
        let of_http = || scene.receivers.iter().filter(|(kind, _)| kind.protocol == Protocol::Http);
        let cursors = scene.cursors();
        for (kind, receiver) in of_http() {
            assert!(!receiver.heard().is_empty(), "{}", kind.word);
            let cursor = &cursors[kind.word];
            assert!(cursor["reason"].to_string().contains("429: the receiver asks for fewer requests"), "{cursor}");
        }
        scene.host.file("disk", "well\n");
        scene.round();
        for (kind, receiver) in of_http() {
            assert_eq!(receiver.heard(), Vec::<String>::new(), "{}: it is not asked before", kind.word);
        }
        scene.wait();
        scene.round();
        for (kind, receiver) in of_http() {
            let all = told(kind, &receiver.heard());
            assert!(all.0 == kind.later.0 && all.1 >= 1, "{} after {wait}: {all:?}", kind.word);
        }
    }
}

/// A receiver of parts takes what is well, and says no to the rest.
#[test]
fn half_of_a_request_is_taken_and_the_rest_is_dropped_and_told() {
    let scene = Scene::new("60s");
    scene.host.well("load");
    for (kind, receiver) in &scene.receivers {
        let _ = receiver.heard();
        let file = scene.host.path(&format!("etc/conf.d/out-{}.toml", kind.word));
        let text = std::fs::read_to_string(file).expect("an output").replace("[\"disk\"]", "[\"disk\", \"load\"]");
        scene.host.drop_in(&format!("out-{}", kind.word), &text);
    }
    scene.host.file("disk", "bad\n");
    scene.host.file("load", "bad\n");
    // As if the discovery had been an hour ago: until then values that are refused are expected.
    scene.change(|cursor| {
        if cursor["discovery"].is_object() {
            cursor["discovery"]["at"] = "2020-01-01T00:00:00Z".into();
        }
    });
    scene.have(Fault::Refuses("disk"));
    scene.round();
    let cursors = scene.cursors();
    for (kind, receiver) in scene
        .receivers
        .iter()
        .filter(|(kind, _)| !matches!(kind.word, "ping" | "mail" | "zabbix" | "zabbix-sender" | "json-state"))
    {
        let heard = receiver.heard();
        let taken: Vec<&String> = heard.iter().filter(|request| !request.contains("disk")).collect();
        assert!(taken.iter().any(|request| request.contains("load")), "{}: {heard:?}", kind.word);
        let cursor = &cursors[kind.word];
        assert!(cursor["failures"] == 0 && cursor["dropped"].to_string().contains("HTTP status 400"), "{cursor}");
    }
    let mailed = scene.round();
    for word in ["webhook", "influx", "json", "json-changes", "otlp", "alertmanager"] {
        let told = format!(
            "output {word}: a message was dropped: HTTP status 400: the receiver does not take this request; to see its answer: roundsman send --test {word}\n"
        );
        assert!(mailed.stderr.contains(&told), "{mailed}");
    }
    let told =
        "output icinga: the receiver does not take disk: HTTP status 400: the receiver does not take this request";
    assert!(mailed.stderr.contains(told), "{mailed}");
    assert!(cursors["mail"]["reason"].to_string().contains("550 there is no such user"), "{}", cursors["mail"]);
}

/// Twelve rounds in which receivers are asked, a quarter of an hour apart at last: that is how long three hours are to them.
#[test]
fn who_is_away_for_three_hours_gets_all_of_it_in_order_when_it_is_back() {
    let scene = Scene::new("60s");
    scene.lead(Way::Port(closed_port()));
    for round in 0..12 {
        scene.host.file("disk", if round % 2 == 0 { "bad\n" } else { "well\n" });
        scene.round();
        scene.wait();
    }
    assert_eq!(scene.cursors()["webhook"]["failures"], 12);
    let status = scene.host.run(["status", "roundsman", "--format", "text"]);
    for kind in &KINDS {
        let told = format!("output {}: nothing is delivered since ", kind.word);
        assert!(status.stdout.contains(&told), "{}: {status}", kind.word);
    }
    scene.lead(Way::There);
    scene.round();
    for (kind, receiver) in &scene.receivers {
        let heard = receiver.heard();
        let all = told(kind, &heard);
        let expected = match kind.word {
            // More than five changes are one message, about the last trouble and its end.
            "webhook" | "json-changes" => (1, 1),
            "mail" => (0, 0),
            // The newest alone.
            "ping" | "icinga" | "alertmanager" | "json-state" => (0, 1),
            _ => (6, 7),
        };
        assert_eq!(all, expected, "{}: {heard:?}", kind.word);
        if let Some(times) = times(kind.word, &heard.concat()) {
            assert!(times.len() == 13 && times.is_sorted(), "{}: the oldest first: {times:?}", kind.word);
        }
        let many = "2 changes on web1: CRITICAL disk, OK disk; now nothing in trouble";
        let is_change = matches!(kind.word, "webhook" | "json-changes" | "mail");
        assert_eq!(heard.concat().contains(many), is_change, "{}: {heard:?}", kind.word);
    }
}

/// Returns the times of the runs of the check in the order in which they came; `None` of what has none, or is tried elsewhere.
fn times(word: &str, heard: &str) -> Option<Vec<String>> {
    let after = |what: &str, text: &str| text.split_once(what).map_or("", |(_, rest)| rest).to_owned();
    match word {
        "influx" => {
            let lines = heard.lines().filter(|line| line.starts_with("roundsman_check,check=disk,"));
            Some(lines.map(|line| line.rsplit(' ').next().unwrap_or_default().to_owned()).collect())
        }
        "json" => {
            let outcomes = heard.split("\"check\":\"disk\"").skip(1);
            Some(outcomes.map(|text| after("\"started\":\"", text).chars().take(24).collect()).collect())
        }
        "zabbix" | "zabbix-sender" => {
            let states = heard.split("\"roundsman.state[\\\"disk\\\"]\"").skip(1);
            Some(states.map(|text| after("\"clock\":", text).chars().take(10).collect()).collect())
        }
        _ => None,
    }
}
