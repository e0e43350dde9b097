//! File systems that give no answer (A15, A24, A25): a reader that hangs is left behind, remembered, and not followed.
#![expect(clippy::disallowed_methods, reason = "a round that is killed, and mounts")]

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use roundsman_tests::{Host, Silent, apart, check, children, guest, processes, program, state};
use serde_json::Value;

/// The name of readers, as the kernel cuts it.
const READER: &str = "roundsman-reade";
/// `limits.call` where the time is looked at.
const CALL: Duration = Duration::from_secs(4);

/// A directory to mount on.
fn place(host: &Host, name: &str) -> PathBuf {
    let place = host.file(&format!("{name}/.keep"), "");
    place.parent().expect("a directory").to_owned()
}

/// A host with a dead file system at `dead`, and a check of the guest `probe` that makes these calls.
fn host(ask: &str, limits: &str, grant: &str) -> (Host, Silent) {
    let host = Host::new();
    let silent = Silent::mount(&place(&host, "dead"));
    let (wasm, dead) = (guest("probe").display().to_string(), host.path("dead").display().to_string());
    let drop_in = format!(
        "[check.probe]\nwasm = \"{wasm}\"\nevery = \"1m\"\n[check.probe.limits]\n{limits}\n\
         [check.probe.config]\n{ask}\n[check.probe.grant]\n{grant}\n"
    );
    host.drop_in("probe", &drop_in.replace("DEAD", &dead));
    (host, silent)
}

/// Does a round of all checks: what each said, and how long the longest run was, compiling apart.
#[track_caller]
fn round(host: &Host) -> (Vec<Value>, Duration) {
    let output = host.run(["run", "--all", "--format", "json"]);
    assert_eq!(output.code, 0, "{output}");
    let lines = output.json_lines();
    let longest = lines.iter().filter_map(|line| line["duration_ms"].as_u64()).max();
    (lines, Duration::from_millis(longest.expect("a check")))
}

#[track_caller]
fn of<'a>(lines: &'a [Value], name: &str) -> &'a Value {
    lines.iter().find(|line| line["check"] == name).unwrap_or_else(|| panic!("nothing of {name}: {lines:?}"))
}

/// Returns the last outcome of the check `roundsman`.
fn itself(host: &Host) -> (String, String) {
    let results = fs::read_to_string(host.path("state/results")).expect("the results");
    let (_, body) = results.split_once('\n').expect("a line that says what it is");
    let results: Value = serde_json::from_str(body).expect("JSON");
    let itself = &results["checks"]["roundsman"]["verdict"];
    (itself["status"].as_str().expect("a status").to_lowercase(), itself["details"].to_string())
}

#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "still not: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Without any defence, whoever looks there is there for ever.
#[test]
fn nobody_can_kill_who_waits_for_a_dead_file_system() {
    if !apart("nobody_can_kill_who_waits_for_a_dead_file_system") {
        return;
    }
    let host = Host::new();
    let silent = Silent::mount(&place(&host, "dead"));
    let mut stat = Command::new("stat").arg(host.path("dead/file")).stdout(Stdio::null()).spawn().expect("stat(1)");
    eventually("it waits", || state(stat.id()) == Some('S'));
    std::thread::sleep(Duration::from_millis(100));
    stat.kill().expect("ours to kill");
    eventually("it hangs", || state(stat.id()) == Some('D'));
    assert!(stat.try_wait().expect("ours to wait for").is_none());
    drop(silent);
    stat.wait().expect("its end");
}

#[test]
fn of_twelve_mounts_one_gives_no_answer() {
    if !apart("of_twelve_mounts_one_gives_no_answer") {
        return;
    }
    let host = Host::new();
    let mut mounts = vec![host.path("dead")];
    let silent = Silent::mount(&place(&host, "dead"));
    for number in 1..12 {
        let place = place(&host, &format!("m{number}"));
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&place).status();
        assert!(done.expect("mount(8)").success());
        mounts.push(place);
    }
    let mut drop_in = format!(
        "[check.disk]\nwasm = \"{}\"\nevery = \"1m\"\n[check.disk.limits]\ncall = \"4s\"\n\
         [check.disk.config]\nexclude_types = []\nexclude_mounts = []\n[check.disk.grant]\nfilesystems = [",
        check("disk").display()
    );
    mounts.iter().for_each(|mount| write!(drop_in, "\"{}\", ", mount.display()).expect("a text"));
    host.drop_in("disk", &(drop_in + "]\n"));

    let all_but_one = |lines: &[Value]| {
        let report = of(lines, "disk");
        assert_eq!((&report["failure"], &report["status"]), (&Value::Null, &"unknown".into()), "{report}");
        let subchecks = report["subchecks"].as_array().expect("a list");
        assert_eq!(subchecks.len(), 12, "{report}");
        let (dead, others): (Vec<_>, Vec<_>) = subchecks.iter().partition(|it| it["status"] == "unknown");
        assert_eq!((dead.len(), others.len()), (1, 11), "{report}");
        assert_eq!(dead[0]["labels"]["mount"], host.path("dead").display().to_string(), "{report}");
        report["log"].to_string()
    };
    let (lines, took) = round(&host);
    assert!(took >= CALL, "{took:?}");
    let log = all_but_one(&lines);
    let readers = processes(READER);
    assert_eq!(readers.len(), 1, "one is left behind");
    assert!(log.contains("hangs since") && log.contains(&format!("reader {}", readers[0])), "{log}");
    let (status, details) = itself(&host);
    assert!(status == "warning" && details.contains("`disk`") && details.contains("hangs since"), "{status} {details}");

    // It was killed, and nobody waits for it any more: the output of the round has ended, no lock is held.
    assert_eq!(state(readers[0]), Some('D'));
    let (lines, _) = round(&host);
    let again = all_but_one(&lines);
    let since = |log: &str| log.split("hangs since ").nth(1).map(|rest| rest[..20].to_owned());
    assert_eq!(since(&again), since(&log));
    assert_eq!(processes(READER), readers, "a second one was sent after it");

    // A run by hand knows it too, and through a pipe the output ends.
    let pipe = format!("'{}' check disk | cat", program().display());
    let shell = Command::new("timeout")
        .args(["10", "sh", "-c", &pipe])
        .env("ROUNDSMAN_CONFIG", host.path("etc/roundsman.toml"))
        .output();
    let shell = shell.expect("a shell");
    assert!(shell.status.success() && !shell.stdout.is_empty(), "{shell:?}");
    assert_eq!(processes(READER), readers);

    // Once it is gone it is forgotten. The mount is gone too, and is no longer among what is granted.
    drop(silent);
    eventually("the reader is let go", || processes(READER).is_empty());
    let (lines, _) = round(&host);
    assert_eq!(of(&lines, "disk")["subchecks"].as_array().expect("a list").len(), 11, "{lines:?}");
    assert_eq!(itself(&host).0, "ok");
}

/// A check of every mount, and a few mounts that answer.
fn of_all_mounts(host: &Host) {
    for number in 0..3 {
        let place = place(host, &format!("alive{number}"));
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&place).status();
        assert!(done.expect("mount(8)").success());
    }
    host.drop_in(
        "disk",
        &format!(
            "[check.disk]\nwasm = \"{}\"\nevery = \"1m\"\n[check.disk.config]\nexclude_types = []\nexclude_mounts = []\n\
             [check.disk.grant]\nfilesystems = \"mounted\"\n",
            check("disk").display()
        ),
    );
}

/// Asserts that those that answer are judged, and returns what is said of the others, by mount.
#[track_caller]
fn alive_are_judged(host: &Host, lines: &[Value], dead: usize) -> Vec<String> {
    let report = of(lines, "disk");
    assert_eq!(report["failure"], Value::Null, "{report}");
    let mount = |it: &Value| it["labels"]["mount"].as_str().unwrap_or_default().to_owned();
    let subchecks = report["subchecks"].as_array().expect("a list");
    let alive = |it: &&Value| mount(it).starts_with(&host.path("alive").display().to_string());
    assert_eq!(subchecks.iter().filter(alive).filter(|it| it["status"] == "ok").count(), 3, "{report}");
    let others = subchecks.iter().filter(|it| mount(it).starts_with(&host.path("dead").display().to_string()));
    let others: Vec<String> = others.map(Value::to_string).collect();
    assert_eq!(others.len(), dead, "{report}");
    assert!(others.iter().all(|it| it.contains("\"unknown\"")), "{report}");
    others
}

/// Each of its mounts would keep a process that nobody can end.
#[test]
fn of_a_server_that_is_gone_a_few_mounts_are_asked_however_many_it_has() {
    if !apart("of_a_server_that_is_gone_a_few_mounts_are_asked_however_many_it_has") {
        return;
    }
    let host = Host::new();
    let mount = |at: usize| Silent::mount_from(&place(&host, &format!("dead{at:03}")), &format!("gone:/share{at}"));
    let _silent: Vec<Silent> = (0..70).map(mount).collect();
    of_all_mounts(&host);
    round(&host);
    for _ in 0..2 {
        let (lines, _) = round(&host);
        let said = alive_are_judged(&host, &lines, 70);
        let unasked = said.iter().filter(|it| it.contains("8 other mounts of gone give no answer; mend that server"));
        assert_eq!(unasked.count(), 62, "{said:?}");
        assert_eq!(said.iter().filter(|it| it.contains("no answer within its time")).count(), 8, "{said:?}");
        assert_eq!(processes(READER).len(), 8, "each is asked once, as long as it hangs");
    }
}

/// Each says more than the default `limits.text` has room for, all together.
#[test]
fn two_hundred_dead_mounts_are_told_as_far_as_there_is_room_and_hide_no_mount_that_is_full() {
    if !apart("two_hundred_dead_mounts_are_told_as_far_as_there_is_room_and_hide_no_mount_that_is_full") {
        return;
    }
    let host = Host::new();
    let mount = |at: usize| Silent::mount_from(&place(&host, &format!("dead{at:03}")), &format!("gone:/share{at}"));
    let _silent: Vec<Silent> = (0..200).map(mount).collect();
    of_all_mounts(&host);
    fs::write(host.path("alive1/full"), vec![1; 1 << 20]).expect("a mebibyte fits");
    for _ in 0..2 {
        let (lines, _) = round(&host);
        let report = of(&lines, "disk");
        assert_eq!((&report["failure"], &report["status"]), (&Value::Null, &"critical".into()), "{report}");
        let of_full = |it: &&Value| it["labels"]["mount"] == host.path("alive1").display().to_string();
        let subchecks = report["subchecks"].as_array().expect("a list");
        assert_eq!(subchecks.iter().find(of_full).expect("it is listed")["status"], "critical", "{report}");
        assert!(subchecks.len() > 70, "{report}");
        assert!(report["details"].to_string().contains("more file systems are not listed"), "{report}");
        let metrics = report["metrics"].as_array().expect("a list");
        let alive = |it: &&Value| it["labels"]["mount"].as_str().is_some_and(|it| it.contains("/alive"));
        let mounts = metrics.iter().filter(alive).map(|it| it["labels"]["mount"].to_string());
        assert_eq!(mounts.collect::<std::collections::BTreeSet<_>>().len(), 3, "{report}");
    }
}

#[test]
fn more_dead_mounts_than_may_be_asked_hold_up_no_other_and_no_process_is_added_in_any_round() {
    if !apart("more_dead_mounts_than_may_be_asked_hold_up_no_other_and_no_process_is_added_in_any_round") {
        return;
    }
    let host = Host::new();
    let silent: Vec<Silent> = (0..70).map(|at| Silent::mount(&place(&host, &format!("dead{at:03}")))).collect();
    of_all_mounts(&host);
    // A slow machine asks fewer of them within `limits.call`, and the others in the next round.
    let mut asked = 0;
    for _ in 0..20 {
        let (lines, _) = round(&host);
        alive_are_judged(&host, &lines, 70);
        asked = processes(READER).len();
        if asked == 64 {
            break;
        }
    }
    assert_eq!(asked, 64);
    for _ in 0..2 {
        let (lines, _) = round(&host);
        let said = alive_are_judged(&host, &lines, 70);
        let unasked = said.iter().filter(|it| it.contains("it was not asked: 64 others give no answer"));
        assert_eq!(unasked.count(), 6, "{said:?}");
        assert_eq!(processes(READER).len(), 64);
    }
    drop(silent);
    eventually("the readers are let go", || processes(READER).is_empty());
    round(&host);
    assert_eq!(itself(&host).0, "ok");
}

/// It waits in the kernel as a reader does, and one for each round would be left behind.
#[test]
fn a_command_that_hangs_is_not_started_again_while_it_does() {
    if !apart("a_command_that_hangs_is_not_started_again_while_it_does") {
        return;
    }
    let host = Host::new();
    let silent = Silent::mount(&place(&host, "dead"));
    let (wasm, dead) = (check("command").display().to_string(), host.path("dead/x").display().to_string());
    host.drop_in(
        "asks",
        &format!(
            "[check.asks]\nwasm = \"{wasm}\"\nevery = \"1m\"\n[check.asks.limits]\ntimeout = \"2s\"\n\
             [[check.asks.grant.command]]\nargv = [\"/usr/bin/stat\", \"{dead}\"]\n"
        ),
    );
    let hangs = || processes("stat").into_iter().filter(|pid| state(*pid) == Some('D')).collect::<Vec<u32>>();
    let (lines, _) = round(&host);
    assert_eq!(of(&lines, "asks")["failure"]["kind"], "timeout", "{lines:?}");
    let left = hangs();
    assert_eq!(left.len(), 1, "one is left behind");
    let (status, details) = itself(&host);
    let process = format!("`/usr/bin/stat {dead}` hangs since ");
    assert!(status == "warning" && details.contains(&process) && details.contains(&format!("process {}", left[0])));

    let (lines, _) = round(&host);
    let report = of(&lines, "asks");
    assert_eq!(report["status"], "unknown", "{report}");
    let said = report.to_string();
    assert!(said.contains(&process) && said.contains("SIGKILL does not end it, and no other is started"), "{report}");
    assert_eq!(hangs(), left);

    drop(silent);
    eventually("it is let go", || hangs().is_empty());
    let (lines, _) = round(&host);
    assert!(!of(&lines, "asks").to_string().contains("hangs since"), "{lines:?}");
    assert_eq!(itself(&host).0, "ok");
}

/// As a program that sends, on a home directory whose server is gone.
#[test]
fn a_command_of_an_output_that_hangs_is_not_started_again_while_it_does() {
    if !apart("a_command_of_an_output_that_hangs_is_not_started_again_while_it_does") {
        return;
    }
    let host = Host::new();
    let silent = Silent::mount(&place(&host, "dead"));
    let (wasm, dead) = (guest("probe").display().to_string(), host.path("dead/x").display().to_string());
    host.main("[delivery]\ndeadline = \"6s\"\n");
    host.drop_in(
        "sends",
        &format!(
            "[check.one]\nwasm = \"{wasm}\"\nevery = \"1m\"\n\
             [output.sends]\nformat = \"influx\"\ncommand = {{ argv = [\"/usr/bin/stat\", \"{dead}\"] }}\n"
        ),
    );
    let hangs = || processes("stat").into_iter().filter(|pid| state(*pid) == Some('D')).collect::<Vec<u32>>();
    let cursor = || {
        let text = fs::read_to_string(host.path("state/deliveries")).expect("the cursors");
        let body = text.split_once('\n').expect("a line").1;
        serde_json::from_str::<Value>(body).expect("JSON")["sends"].clone()
    };
    round(&host);
    let left = hangs();
    assert_eq!(left.len(), 1, "one is left behind: {}", cursor());
    let reason = cursor()["reason"].to_string();
    assert!(reason.contains("hangs since ") && reason.contains(&format!("process {}", left[0])), "{reason}");
    assert!(reason.contains("SIGKILL does not end it, and no other is started while it is there"), "{reason}");

    round(&host);
    assert_eq!((hangs(), &cursor()["failures"]), (left, &2.into()), "{}", cursor());

    drop(silent);
    eventually("it is let go", || hangs().is_empty());
    round(&host);
    assert_eq!(cursor()["hanging"], Value::Null, "{}", cursor());
}

#[test]
fn within_a_run_only_the_dead_path_is_given_up() {
    if !apart("within_a_run_only_the_dead_path_is_given_up") {
        return;
    }
    let (host, _silent) = host(
        "ask = [{ read = \"/proc/uptime\" }, { read = \"DEAD/a\" }, { read = \"DEAD/a\" }, { read = \"/proc/uptime\" }, \
         { read_glob = \"DEAD/*\" }, { stat = \"DEAD/z\" }, { read = \"DEAD/a\" }]",
        "call = \"1s\"",
        "files = [\"/proc/uptime\", \"DEAD/*\"]",
    );
    let (lines, took) = round(&host);
    let report = of(&lines, "probe");
    let details: Vec<&str> = report["details"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let silent: Vec<usize> = (0..details.len()).filter(|at| details[*at].ends_with(": timed-out")).collect();
    assert_eq!((silent, details.len()), (vec![1, 2, 4, 5, 6], 7), "{report}");
    // Three paths were asked, each once.
    assert!(took >= Duration::from_secs(3), "{took:?}");
    let readers = processes(READER);
    assert_eq!(readers.len(), 3);
    round(&host);
    assert_eq!(processes(READER), readers);
}

/// Another check that may not look there does not learn that it hangs.
#[test]
fn what_hangs_is_denied_all_the_same_where_no_grant_matches() {
    if !apart("what_hangs_is_denied_all_the_same_where_no_grant_matches") {
        return;
    }
    let (host, _silent) =
        host("ask = [{ read = \"DEAD/a\" }]\npass_on = true", "call = \"1s\"", "files = [\"DEAD/a\"]");
    let (dead, wasm) = (host.path("dead/a").display().to_string(), guest("probe").display().to_string());
    let (lines, _) = round(&host);
    let failure = &of(&lines, "probe")["failure"];
    assert_eq!(failure["kind"], "timeout");
    assert!(failure["hint"].as_str().expect("a hint").contains("hangs since"), "{failure}");
    for (name, grant) in [("may", format!("files = [\"{dead}\"]")), ("may-not", String::new())] {
        host.drop_in(
            name,
            &format!(
                "[check.{name}]\nwasm = \"{wasm}\"\nevery = \"1m\"\n[check.{name}.config]\nask = [{{ read = \"{dead}\" }}]\n\
                 [check.{name}.grant]\n{grant}\n"
            ),
        );
    }
    let (lines, _) = round(&host);
    let said = |name: &str| of(&lines, name)["details"][0].as_str().unwrap_or_default().to_owned();
    assert_eq!(said("may"), format!("read {dead}: timed-out"));
    assert_eq!(said("may-not"), format!("read {dead}: denied files {dead}"));
    assert_eq!(processes(READER).len(), 1, "one for all checks");
}

#[test]
fn a_new_reader_has_what_the_last_one_left() {
    if !apart("a_new_reader_has_what_the_last_one_left") {
        return;
    }
    let (host, _silent) = host(
        "ask = [{ read = \"DIR/data\" }, { read = \"DEAD/a\" }, { read = \"DIR/data\" }, { stat = \"DEAD/b\" }, \
         { stat = \"DIR/data\" }, { stat = \"DIR/data\" }]",
        "call = \"500ms\"\nread = \"6KiB\"\nentries = 5",
        "files = [\"DIR/data\", \"DEAD/*\"]",
    );
    let data = host.file("dir/data", vec![b'x'; 4 << 10]);
    let file = host.path("etc/conf.d/probe.toml");
    let text = fs::read_to_string(&file).expect("the drop-in");
    host.drop_in("probe", &text.replace("DIR", &data.parent().expect("a directory").display().to_string()));
    let (lines, _) = round(&host);
    let report = of(&lines, "probe");
    let details: Vec<String> = report["details"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|line| line.as_str()?.rsplit_once(": ").map(|(_, answer)| answer.chars().take(20).collect()))
        .collect();
    let x = "x".repeat(20);
    let stat = "FileKind::Regular si";
    assert_eq!(details, [&x, "timed-out", "limit read 6144", "timed-out", stat, "limit entries 5"], "{report}");
}

#[test]
fn a_killed_round_leaves_every_lock() {
    if !apart("a_killed_round_leaves_every_lock") {
        return;
    }
    let (host, _silent) = patient();
    let mut killed = hindered(&host);
    let brokers = processes("roundsman-broke");
    assert_eq!(brokers.len(), 1);
    killed.kill().expect("ours to kill");
    killed.wait().expect("its end");
    eventually("broker and worker are dead", || {
        processes("roundsman-broke").is_empty() && processes("roundsman-worke").is_empty()
    });
    let readers = processes(READER);
    assert_eq!(readers.len(), 1);
    eventually("the reader hangs", || state(readers[0]) == Some('D'));

    assert_let_go(&host);
}

/// Its reader is killed with it, and hangs with all that it was given.
#[test]
fn a_killed_broker_leaves_its_round_to_go_on() {
    if !apart("a_killed_broker_leaves_its_round_to_go_on") {
        return;
    }
    let (host, _silent) = patient();
    let wasm = guest("probe").display().to_string();
    host.drop_in("other", &format!("[check.other]\nwasm = \"{wasm}\"\nevery = \"1m\"\n"));
    let mut round = hindered(&host);
    let broker = || processes("roundsman-broke").into_iter().find(|pid| children(*pid) == processes(READER));
    let broker = broker().expect("a broker with a reader").to_string();
    assert!(Command::new("/bin/kill").args(["-9", &broker]).status().expect("kill(1)").success());
    eventually("the round has ended", || round.try_wait().expect("ours to wait for").is_some());
    let readers = processes(READER);
    assert_eq!((readers.len(), state(readers[0])), (1, Some('D')));
    let log = host.log();
    let line =
        |name: &str| log.lines().find(|line| line.contains(&format!(" {name} "))).unwrap_or_else(|| panic!("{log}"));
    assert!(line("probe").contains("failure=internal"), "{log}");
    assert!(line("other").contains("failure=-"), "{log}");

    assert_let_go(&host);
}

/// As an operator, a hook or the kernel without memory may kill it.
#[test]
fn a_killed_reader_is_replaced_and_the_log_says_how_it_ended() {
    if !apart("a_killed_reader_is_replaced_and_the_log_says_how_it_ended") {
        return;
    }
    let host = Host::new();
    let wasm = guest("probe").display().to_string();
    host.drop_in(
        "probe",
        &format!(
            "[check.probe]\nwasm = \"{wasm}\"\nevery = \"1m\"\n[check.probe.limits]\nentries = 100000\ntimeout = \"100s\"\n\
             [check.probe.config]\nask = [{{ stat = \"/etc/passwd\", repeat = 5000 }}, {{ stat = \"/etc/passwd\" }}]\n\
             [check.probe.grant]\nmetadata = [\"/etc/passwd\"]\n"
        ),
    );
    let mut command = Command::new(program());
    command
        .args(["run", "--all", "--format", "json"])
        .env_clear()
        .env("ROUNDSMAN_CONFIG", host.path("etc/roundsman.toml"));
    let round = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let round = round.expect("the program starts");
    eventually("a reader is at work", || !processes(READER).is_empty());
    let reader = processes(READER)[0].to_string();
    assert!(Command::new("/bin/kill").args(["-9", &reader]).status().expect("kill(1)").success());
    let output = round.wait_with_output().expect("its end");
    let lines: Vec<Value> =
        String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let report = of(&lines, "probe");
    assert_eq!((&report["failure"], &report["status"]), (&Value::Null, &"ok".into()), "{report}");
    let said = report["details"].to_string();
    assert!(said.matches("size").count() == 2 && !said.contains("other"), "{report}");
    let why = "the process that reads files was killed by SIGKILL before it answered; another one was asked";
    assert!(report["log"].to_string().contains(why), "{report}");
}

/// A host with a check that waits for the dead file system as long as nobody ends it.
fn patient() -> (Host, Silent) {
    host("ask = [{ read = \"DEAD/a\" }]", "call = \"50s\"\ntimeout = \"60s\"", "files = [\"DEAD/*\"]")
}

/// A round of such a host, in which a reader waits.
fn hindered(host: &Host) -> Child {
    let mut command = Command::new(program());
    command.args(["run", "--all"]).env_clear().env("ROUNDSMAN_CONFIG", host.path("etc/roundsman.toml"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
    let round = command.spawn().expect("the program starts");
    eventually("the reader waits", || processes(READER).iter().any(|pid| state(pid) == Some('S') && waits(*pid)));
    round
}

/// Checks that what still hangs holds up no further round, and has no lock.
#[track_caller]
fn assert_let_go(host: &Host) {
    let text = fs::read_to_string(host.path("etc/conf.d/probe.toml")).expect("the drop-in");
    host.drop_in("probe", &text.replace("50s", "1s"));
    let (lines, took) = round(host);
    assert_eq!(of(&lines, "probe")["failure"], Value::Null, "{lines:?}");
    assert!(took < Duration::from_secs(50), "{took:?}");
    assert!(!itself(host).1.contains("is running"), "a lock was held");
}

/// Tells whether a process waits for the FUSE file system.
fn waits(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/wchan")).is_ok_and(|place| place == "request_wait_answer")
}

#[test]
fn a_path_of_only_if_that_hangs_costs_one_call() {
    if !apart("a_path_of_only_if_that_hangs_costs_one_call") {
        return;
    }
    let (host, _silent) = host("ask = []", "call = \"1s\"", "");
    let (wasm, dead) = (guest("probe").display().to_string(), host.path("dead/x").display().to_string());
    host.drop_in(
        "probe",
        &format!(
            "[check.only]\nwasm = \"{wasm}\"\nevery = \"1m\"\nonly_if = [\"{dead}\"]\n\
             [check.only.limits]\ncall = \"1s\"\n[check.other]\nwasm = \"{wasm}\"\nevery = \"1m\"\n"
        ),
    );
    for _ in 0..2 {
        let (lines, _) = round(&host);
        let failure = &of(&lines, "only")["failure"];
        assert_eq!((&failure["kind"], &of(&lines, "other")["status"]), (&"timeout".into(), &"ok".into()), "{lines:?}");
        assert!(failure["message"].as_str().expect("a text").contains(&format!("only_if: {dead}")), "{failure}");
        assert!(failure["hint"].as_str().expect("a hint").contains("hangs since"), "{failure}");
        assert_eq!(processes(READER).len(), 1);
    }
}

/// Beneath `--root`, `only_if` is about what is there.
#[test]
fn only_if_is_looked_at_below_the_root() {
    let host = Host::new();
    let wasm = guest("probe").display().to_string();
    for name in ["there", "gone"] {
        host.drop_in(
            name,
            &format!("[check.{name}]\nwasm = \"{wasm}\"\nevery = \"1m\"\nonly_if = [\"/srv/{name}\"]\n"),
        );
    }
    // A link that leads nowhere is something all the same.
    host.file("root/srv/.keep", "");
    std::os::unix::fs::symlink("/nowhere", host.path("root/srv/there")).expect("a link");
    let root = host.path("root").display().to_string();
    let state = |name: &str, more: &[&str]| {
        host.run(["check", name, "--format", "json"].iter().chain(more)).json()["state"].clone()
    };
    assert_eq!(state("there", &["--root", &root]), "done");
    assert_eq!(state("gone", &["--root", &root]), "not_applicable");
    assert_eq!(state("there", &[]), "not_applicable");
}
