//! Outputs over the network: what receivers hear of rounds, and that their faults cost no check and no round anything.
#![expect(clippy::disallowed_methods, reason = "a sender is ended by kill(1)")]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use roundsman_tests::Host;
use roundsman_tests::hook::{AWAY, Hook, OK, WRONG, body};
use serde_json::Value;

/// A text that must be seen by the receiver alone.
const SECRET: &str = "s3cr3t-0f-th1s-t3st";

/// Makes a host with checks that are OK while the file `NAME` holds `well`.
fn host(checks: &[&str]) -> Host {
    let host = Host::new();
    host.main("[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\n[delivery]\ndeadline = \"5s\"\n");
    for check in checks {
        host.well(check);
    }
    host
}

fn webhook(host: &Host, name: &str, url: &str, more: &str) {
    host.drop_in(&format!("out-{name}"), &format!("[output.{name}]\nformat = \"webhook\"\nurl = \"{url}\"\n{more}"));
}

fn secret(host: &Host, name: &str, content: &str) -> String {
    let path = host.file(name, content);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a secret");
    path.display().to_string()
}

#[test]
fn a_trouble_is_told_once_and_its_end_once() {
    let (host, hook) = (host(&["disk"]), Hook::ok());
    webhook(&host, "chat", &hook.url, "");
    host.round();
    assert_eq!(hook.texts(), Vec::<String>::new(), "all is well");
    host.file("disk", "bad\n");
    host.round();
    let heard = hook.heard();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].starts_with("POST /hook HTTP/1.1\r\n") && heard[0].contains("\r\nIdempotency-Key: "), "{heard:?}");
    let told = body(&heard[0]);
    assert!(told["text"].as_str().is_some_and(|text| text.starts_with("CRITICAL web1 disk: ")), "{told}");
    let change = &told["changes"][0];
    assert_eq!((change["key"].as_str(), change["event"].as_str()), (Some("web1/disk"), Some("trigger")));
    host.round();
    assert_eq!(hook.texts(), Vec::<String>::new(), "no news");
    host.file("disk", "well\n");
    host.round();
    let told = hook.texts();
    assert!(told.len() == 1 && told[0].starts_with("OK web1 disk (was CRITICAL for "), "{told:?}");
}

#[test]
fn a_new_receiver_hears_of_what_is_bad_in_one_message() {
    let (host, hook) = (host(&["a", "b", "c"]), Hook::ok());
    for check in ["a", "b", "c"] {
        host.file(check, "bad\n");
    }
    host.round();
    webhook(&host, "chat", &hook.url, "");
    host.round();
    let told = hook.texts();
    assert_eq!(told, ["3 changes on web1: CRITICAL a, CRITICAL b, CRITICAL c; now 3 critical in trouble"]);
}

#[test]
fn who_is_away_gets_all_of_it_later_and_is_told_of_meanwhile() {
    let host = host(&["disk"]);
    let hook = Hook::new(|number| Some(if number < 4 { AWAY } else { OK }));
    webhook(&host, "chat", &hook.url, "");
    host.round();
    host.file("disk", "bad\n");
    host.round();
    // The second attempt comes with the next round, the others after a while.
    host.round();
    assert_eq!(hook.heard().len(), 2);
    host.round();
    assert_eq!(hook.heard().len(), 0, "it is left alone for two rounds");
    let ready = |host: &Host| {
        // As if the time had passed.
        let path = host.path("state/deliveries");
        let text = fs::read_to_string(&path).expect("the cursors");
        let mut cursors: Value = serde_json::from_str(text.split_once('\n').expect("a line").1).expect("JSON");
        assert!(cursors["chat"]["not_before"].is_string(), "{cursors}");
        cursors["chat"]["not_before"] = Value::Null;
        let content = cursors.to_string();
        use sha2::Digest as _;
        let digest: String = sha2::Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(&path, format!("roundsman deliveries 1 {digest}\n{content}")).expect("the cursors");
    };
    ready(&host);
    host.round();
    assert_eq!(hook.heard().len(), 1);
    // From the third failure on, cron mails that nothing is delivered.
    let output = host.run(["run", "--cron", "--all"]);
    assert!(output.code == 0 && output.stderr.starts_with("output chat: nothing is delivered since "), "{output}");
    assert!(output.stderr.contains("HTTP status 503"), "{output}");
    let status = host.run(["status", "roundsman", "--format", "text"]);
    assert!(status.stdout.contains("output chat: last success never, 1 waiting"), "{status}");
    ready(&host);
    host.round();
    ready(&host);
    host.file("disk", "well\n");
    host.round();
    let told = hook.texts();
    assert_eq!(told.len(), 4, "{told:?}");
    let begins = ["CRITICAL web1 disk: ", "WARNING web1 roundsman: ", "OK web1 disk (was CRITICAL for "];
    assert!(told[1..].iter().zip(begins).all(|(text, begin)| text.starts_with(begin)), "in their order: {told:?}");
    let output = host.run(["run", "--cron", "--all"]);
    assert!(output.code == 0 && output.stderr.starts_with("over: output chat: nothing is delivered"), "{output}");
}

#[test]
fn what_a_receiver_does_not_take_is_dropped_and_told() {
    let host = host(&["disk"]);
    let hook = Hook::new(|number| Some(if number == 0 { WRONG } else { OK }));
    webhook(&host, "chat", &hook.url, "");
    host.round();
    host.file("disk", "bad\n");
    host.round();
    assert_eq!(hook.heard().len(), 1);
    let output = host.run(["run", "--cron", "--all"]);
    assert!(
        output.code == 0 && output.stderr.contains("output chat: a message was dropped: HTTP status 400"),
        "{output}"
    );
    assert_eq!(hook.heard().len(), 1, "that the runtime has a fault is told, the message itself not again");
}

#[test]
fn a_round_that_is_killed_while_it_delivers_loses_no_message() {
    let host = host(&["disk"]);
    let hook = Hook::new(|number| if number == 0 { None } else { Some(OK) });
    webhook(&host, "chat", &hook.url, "");
    host.round();
    host.file("disk", "bad\n");
    host.run_and_kill_after(&["run", "--cron", "--all"], &hook.heard);
    host.round();
    let told = hook.texts();
    assert!(told.len() == 1 && told[0].starts_with("CRITICAL web1 disk: "), "{told:?}");
}

#[test]
fn secrets_are_sent_and_shown_to_nobody_else() {
    let (host, hook) = (host(&["disk"]), Hook::ok());
    let token = secret(&host, "secrets/token", &format!("{SECRET}\n"));
    let url = secret(&host, "secrets/url", &format!("{}/{SECRET}\n", hook.url));
    host.drop_in(
        "out-chat",
        &format!(
            "[output.chat]\nformat = \"webhook\"\nurl = {{ file = \"{url}\" }}\nauth = {{ bearer = {{ file = \"{token}\" }} }}\n\
             insecure = true\nsign = {{ header = \"X-Signature-256\", secret = {{ file = \"{token}\" }} }}\n\
             body = '{{\"text\": {{{{text}}}}, \"to\": {{{{key}}}}}}'\n"
        ),
    );
    host.round();
    host.file("disk", "bad\n");
    host.round();
    let heard = hook.heard();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].starts_with(&format!("POST /hook/{SECRET} HTTP/1.1\r\n")), "{heard:?}");
    assert!(heard[0].contains(&format!("\r\nAuthorization: Bearer {SECRET}\r\n")), "{heard:?}");
    assert!(heard[0].contains("\r\nX-Signature-256: sha256="), "{heard:?}");
    assert_eq!(body(&heard[0])["to"], "web1/disk");
    let shown = host.run(["send", "--test", "chat"]);
    assert!(shown.code == 0 && shown.stdout.contains("> Authorization: ***\n"), "{shown}");
    assert!(shown.stdout.contains("< 200\n") && !shown.stdout.contains(SECRET), "{shown}");
    let config = host.run(["config"]);
    assert!(config.code == 0 && !config.stdout.contains(SECRET), "{config}");
    for file in ["state/deliveries", "state/state", "state/results", "roundsman.log"] {
        let text = fs::read_to_string(host.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(!text.contains(SECRET), "{file}");
    }
    // One that others can read is none.
    fs::set_permissions(&url, fs::Permissions::from_mode(0o644)).expect("a mode");
    let shown = host.run(["send", "--test", "chat"]);
    assert!(shown.code == 74 && shown.stderr.contains("can be read by others (mode 0644): chmod 600"), "{shown}");
}

#[test]
fn a_sender_is_another_user_that_nobody_looks_into() {
    let host = host(&["disk"]);
    let hook = Hook::new(|_| None);
    let token = secret(&host, "secrets/token", SECRET);
    webhook(&host, "chat", &hook.url, &format!("insecure = true\nauth = {{ bearer = {{ file = \"{token}\" }} }}\n"));
    host.file("disk", "bad\n");
    // Long enough to look at it, however busy the machine is: it is ended when it was looked at.
    host.main("[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\n[delivery]\ndeadline = \"300s\"\n");
    thread::scope(|scope| {
        let running = scope.spawn(|| host.round());
        hook.heard.recv_timeout(Duration::from_secs(200)).expect("a request");
        let sender = sender_of(&host).expect("a sender at work");
        let read = |file: &str| fs::read_to_string(format!("/proc/{sender}/{file}")).unwrap_or_default();
        let status = read("status");
        let line = |key: &str| status.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
        assert_eq!(line("Uid:"), "Uid:\t60718\t60718\t60718\t60718", "{status}");
        assert_eq!(line("Groups:").trim(), "Groups:", "{status}");
        assert_eq!(line("CapEff:"), "CapEff:\t0000000000000000", "{status}");
        assert_eq!(
            (line("Threads:").as_str(), line("NoNewPrivs:").as_str(), line("Seccomp:").as_str()),
            ("Threads:\t1", "NoNewPrivs:\t1", "Seccomp:\t2")
        );
        let limits = read("limits");
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap_or_default();
        assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{limits}");
        assert_eq!(
            fs::metadata(format!("/proc/{sender}/environ"))
                .map(|stat| std::os::unix::fs::MetadataExt::uid(&stat))
                .expect("environ"),
            0,
            "not dumpable: root's"
        );
        assert!(!read("cmdline").contains(SECRET) && !read("environ").contains(SECRET));
        for link in fs::read_dir(format!("/proc/{sender}/fd")).expect("descriptors") {
            let target = fs::read_link(link.expect("a descriptor").path()).unwrap_or_default();
            assert!(!target.to_string_lossy().contains(SECRET), "{}", target.display());
        }
        let ended = Command::new("kill").args(["-KILL", &sender.to_string()]).status().expect("kill, of procps");
        assert!(ended.success());
        running.join().expect("a round");
    });
}

/// The sender of a round of this host, found by its parent.
fn sender_of(host: &Host) -> Option<u32> {
    let of_host = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:\t")).unwrap_or_default();
        let environ = fs::read(format!("/proc/{parent}/environ")).unwrap_or_default();
        String::from_utf8_lossy(&environ).contains(&host.path("etc").display().to_string())
    };
    roundsman_tests::processes("roundsman-net").into_iter().find(of_host)
}

#[test]
fn a_dead_mans_switch_hears_of_each_round_that_is_stored() {
    let (host, hook) = (host(&["disk"]), Hook::ok());
    host.drop_in("alive", &format!("[output.alive]\nformat = \"ping\"\nurl = \"{}/{{host}}?create=1\"\n", hook.url));
    host.round();
    host.round();
    let heard = hook.heard();
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(heard.iter().all(|request| request.starts_with("GET /hook/web1?create=1 HTTP/1.1\r\n")), "{heard:?}");
    // A round that cannot be stored is none.
    let lock = fs::File::options().write(true).open(host.path("state/state.lock")).expect("the lock");
    lock.lock().expect("locked");
    let output = host.run(["run", "--cron", "--all"]);
    assert_eq!((output.code, hook.heard().len()), (75, 0), "{output}");
}

#[test]
fn send_says_what_is_wrong_with_a_receiver() {
    let host = host(&["disk"]);
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    webhook(&host, "chat", &format!("http://{gone}/"), "");
    let output = host.run(["send", "--test", "chat"]);
    assert!(output.code == 74 && output.stderr.starts_with("output chat: connecting to 127.0.0.1:"), "{output}");
    let output = host.run(["send", "--test", "chet"]);
    assert!(
        output.code == 64 && output.stderr.contains("there is no output `chet` with a `url` or a `command`"),
        "{output}"
    );
}

#[test]
fn a_command_gets_each_message_and_its_exit_code_says_whether_it_has_it() {
    let host = host(&["disk"]);
    for file in ["told", "code"] {
        let path = host.file(file, if file == "code" { "75" } else { "" });
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("a mode");
    }
    let path = |file: &str| host.path(file).display().to_string();
    let script = format!("cat >> {}; echo >> {}; exit $(cat {})", path("told"), path("told"), path("code"));
    host.drop_in(
        "out-bus",
        &format!(
            "[output.bus]\nformat = \"webhook\"\ncommand = {{ argv = [\"/bin/sh\", \"-c\", \"{script}\"], delivered = [3] }}\n\
             body = '{{{{text}}}}'\n"
        ),
    );
    let told = || fs::read_to_string(host.path("told")).expect("what was told");
    host.round();
    assert_eq!(told(), "");
    host.file("disk", "bad\n");
    host.round();
    assert_eq!(told().lines().count(), 1, "{}", told());
    host.file("code", "3");
    host.round();
    assert!(
        told().lines().count() == 2 && told().lines().all(|line| line.starts_with("\"CRITICAL web1 disk: ")),
        "{}",
        told()
    );
    host.round();
    assert_eq!(told().lines().count(), 2, "it has it: {}", told());
    let shown = host.run(["send", "--test", "bus"]);
    assert!(shown.code == 0 && shown.stdout.starts_with("> \"CRITICAL web1 disk: "), "{shown}");
    // What does not end is ended at the deadline, and waits.
    host.file("disk", "well\n");
    host.drop_in(
        "out-bus",
        "[output.bus]\nformat = \"webhook\"\ncommand = { argv = [\"/bin/sleep\", \"1000\"] }\nbody = '{{text}}'\n",
    );
    let begun = Instant::now();
    host.round();
    assert!(begun.elapsed() < Duration::from_secs(200), "{:?}", begun.elapsed());
    let cursors = fs::read_to_string(host.path("state/deliveries")).expect("the cursors");
    assert!(cursors.contains("the command did not end in time"), "{cursors}");
}
