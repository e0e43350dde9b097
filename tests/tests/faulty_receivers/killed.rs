//! `kill -9` at each stage of a delivery: nothing is lost, and what comes twice is the same to whom it may come twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use roundsman_tests::Host;

use crate::key;
use crate::server::{Fault, Protocol, Server};

/// A host with a receiver for each way of keeping a place: changes, values, and the newest run.
struct Scene {
    host: Host,
    receivers: Vec<(&'static str, Server)>,
}

impl Scene {
    fn new() -> Self {
        let host = Host::new();
        host.main("[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\n[delivery]\ndeadline = \"60s\"\n");
        host.well("disk");
        let receivers = ["webhook", "influx", "icinga"].map(|word| (word, Server::new(Protocol::Http)));
        for (word, receiver) in &receivers {
            let url = format!("url = \"http://127.0.0.1:{}\"\n", receiver.port);
            let only = "only = { checks = [\"disk\"] }\n";
            host.drop_in(&format!("out-{word}"), &format!("[output.{word}]\nformat = \"{word}\"\n{url}{only}"));
        }
        host.round();
        let scene = Self { host, receivers: receivers.into() };
        scene.receivers.iter().for_each(|(_, receiver)| drop(receiver.heard()));
        scene.starts();
        scene
    }

    /// Has the check be the other way.
    fn turn(&self, is_bad: bool) {
        self.host.file("disk", if is_bad { "bad\n" } else { "well\n" });
    }

    /// Has a round of all checks, through another program.
    fn round_through(&self, words: &[&str]) {
        let _ = self.host.command(words).args(["run", "--cron", "--all"]).output().expect("a round");
    }

    /// Does a round that nobody ends, and compares what was heard since the last look with what happened since.
    #[track_caller]
    fn assert_whole(&self, what: &str, is_bad: bool) {
        self.host.run(["run", "--cron", "--all"]);
        let starts = self.starts();
        for (word, receiver) in &self.receivers {
            let heard = receiver.heard();
            let shown = format!("{what}, {word}: {heard:?}");
            match *word {
                "webhook" => {
                    let word = if is_bad { "CRITICAL web1 disk" } else { "OK web1 disk" };
                    let told: Vec<&String> = heard.iter().filter(|request| request.contains(word)).collect();
                    let keys: BTreeSet<Option<String>> = told.iter().map(|request| key(request)).collect();
                    assert!(!told.is_empty() && keys.len() == 1 && told.len() == heard.len(), "{shown}");
                }
                "influx" => {
                    let lines: BTreeSet<&str> = heard.iter().flat_map(|text| text.lines()).collect();
                    let state = if is_bad { "state=2i" } else { "state=0i" };
                    let runs =
                        lines.iter().filter(|line| line.contains("roundsman_check,check=disk") && line.contains(state));
                    // Each run once, by its time: a receiver takes the same line again.
                    let times: BTreeSet<&str> = runs.clone().filter_map(|line| line.rsplit(' ').next()).collect();
                    assert!(times.len() == runs.count() && !times.is_empty(), "{shown}");
                    assert_eq!(times.len(), starts, "{shown}");
                }
                _ => {
                    let status = if is_bad { "\"exit_status\":2" } else { "\"exit_status\":0" };
                    assert!(heard.last().is_some_and(|request| request.contains(status)), "{shown}");
                }
            }
        }
    }

    /// Counts the runs of the check that were logged since the last look.
    fn starts(&self) -> usize {
        let log = self.host.path("roundsman.log");
        let text = fs::read_to_string(&log).expect("the log");
        fs::remove_file(&log).expect("the log");
        text.lines().filter(|line| line.contains(" disk ")).count()
    }
}

const RENAMES: &str = "rename,renameat,renameat2";

/// Lists the calls of a round by which it notes how far receivers are, each with which of its kind it is.
fn calls(scene: &Scene, words: &[&str], is_one: fn(&str) -> bool) -> Vec<(String, u32)> {
    let trace = scene.host.path("trace");
    let path = trace.display().to_string();
    let words: Vec<&str> = ["strace", "-qq", "-o", &path].into_iter().chain(words.iter().copied()).collect();
    scene.round_through(&words);
    let (mut counts, mut found) = (BTreeMap::new(), Vec::new());
    for line in fs::read_to_string(&trace).expect("a trace").lines().filter(|line| line.contains('(')) {
        let name = line.split('(').next().unwrap_or_default();
        let count = counts.entry(name.to_owned()).or_insert(0);
        *count += 1;
        found.extend(is_one(line).then(|| (name.to_owned(), *count)));
    }
    found
}

/// The round, at each of its calls on the file in which it notes how far receivers are.
#[test]
fn a_round_that_is_killed_at_any_note_of_a_delivery_loses_nothing() {
    let scene = Scene::new();
    let paths = ["deliveries", "deliveries.tmp"].map(|file| scene.host.path("state").join(file).display().to_string());
    let on_files: Vec<&str> = paths.iter().flat_map(|path| ["-P", path.as_str()]).collect();
    scene.turn(true);
    let of_files = calls(&scene, &on_files, |_| true);
    // By names in a directory that is open.
    let renames = calls(&scene, &["-e", &format!("trace={RENAMES}")], |line| line.contains("deliveries"));
    scene.assert_whole("a trace", true);
    assert!(of_files.len() >= 8 && !renames.is_empty(), "{of_files:?} {renames:?}");
    let (mut is_bad, mut ended) = (true, 0);
    let stages = of_files.iter().map(|call| (call, &on_files[..])).chain(renames.iter().map(|call| (call, &[][..])));
    for ((call, at), only) in stages {
        is_bad = !is_bad;
        scene.turn(is_bad);
        let inject = format!("inject={call}:signal=KILL:when={at}");
        let strace = ["strace", "-qq", "-o", "/dev/null", "-e", &inject];
        let through: Vec<&str> = strace.iter().chain(only).copied().collect();
        let output = scene.host.command(&through).args(["run", "--cron", "--all"]).output().expect("a round");
        ended += u32::from(!output.status.success());
        scene.assert_whole(&format!("{call} {at}"), is_bad);
    }
    assert!(ended >= 5, "{ended} were ended");
}

/// Senders, once the receiver has heard them and before it answers.
#[test]
fn senders_that_are_killed_before_they_have_an_answer_lose_nothing() {
    let scene = Scene::new();
    scene.turn(true);
    scene.receivers.iter().for_each(|(_, receiver)| receiver.have(Fault::Hangs));
    let mut command = scene.host.command(&[]);
    let round = command.args(["run", "--cron", "--all"]).spawn().expect("a round");
    let senders = || {
        let all = roundsman_tests::children(round.id()).into_iter();
        all.filter(|pid| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default() == "roundsman-net\n")
            .collect::<Vec<u32>>()
    };
    let heard: Vec<Vec<String>> = scene.receivers.iter().map(|(_, receiver)| receiver.wait()).collect();
    for pid in senders() {
        let done = Command::new("kill").args(["-KILL", &pid.to_string()]).status().expect("kill, of procps");
        assert!(done.success());
    }
    let mut round = round;
    assert!(round.wait().expect("its end").success(), "a sender's end is no fault of the round");
    let kept = fs::read_to_string(scene.host.path("state/deliveries")).expect("the cursors");
    assert_eq!(kept.matches("SIGKILL").count(), 3, "{kept}");
    scene.receivers.iter().for_each(|(_, receiver)| receiver.have(Fault::None));
    let hooked = key(&heard[0][0]);
    scene.host.run(["run", "--cron", "--all"]);
    let again = scene.receivers[0].1.heard();
    assert!(again.len() == 1 && key(&again[0]) == hooked, "the same message: {heard:?} {again:?}");
    let lines = scene.receivers[1].1.heard().concat();
    assert_eq!(lines.matches("roundsman_check,check=disk,host=web1 state=2i").count(), 2, "{lines}");
    let runs = scene.receivers[2].1.heard();
    assert!(runs.len() == 1 && runs[0].contains("\"exit_status\":2"), "the newest run alone: {runs:?}");
}
