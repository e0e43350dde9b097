//! `kill -9` at each stage of a delivery: nothing is lost, and what comes twice is the same to whom it may come twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use roundsman_tests::Host;

use crate::key;
use crate::kinds::KINDS;
use crate::scene::{Way, place};
use crate::server::{Fault, Server};

/// One for each way of keeping a place, by each way of delivering.
const WORDS: [&str; 6] = ["webhook", "influx", "icinga", "mail", "zabbix", "zabbix-sender"];

/// Those of our sender.
const BY_US: [&str; 4] = ["webhook", "influx", "icinga", "zabbix"];

/// A host with a receiver for each way of keeping a place: changes, values, and the newest run; by our sender and by programs.
struct Scene {
    host: Host,
    receivers: Vec<(&'static str, Server)>,
}

impl Scene {
    fn new(deadline: &str) -> Self {
        let host = Host::new();
        host.main(&format!("[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\n[delivery]\ndeadline = \"{deadline}\"\n"));
        host.well("disk");
        let kinds = WORDS.map(|word| KINDS.iter().find(|kind| kind.word == word).expect("a kind"));
        let receivers = kinds.map(|kind| (kind.word, Server::new(kind.protocol)));
        for (kind, (word, receiver)) in kinds.iter().zip(&receivers) {
            let place = place(kind, receiver.port, Way::There);
            let only = "only = { checks = [\"disk\"] }\n";
            host.drop_in(&format!("out-{word}"), &format!("[output.{word}]\nformat = \"{word}\"\n{place}{only}"));
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
                "webhook" | "mail" => {
                    let word = if is_bad { "CRITICAL web1 disk" } else { "OK web1 disk" };
                    let told: Vec<&String> = heard.iter().filter(|request| request.contains(word)).collect();
                    let keys: BTreeSet<Option<String>> = told.iter().map(|request| key(request)).collect();
                    assert!(keys.iter().all(Option::is_some), "{shown}");
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
                "zabbix" | "zabbix-sender" => {
                    // Each run by its time, which Zabbix keeps with the value.
                    let wanted = if is_bad { "2" } else { "0" };
                    let times: BTreeSet<String> =
                        heard.iter().flat_map(|packet| states_of_zabbix(packet, wanted)).collect();
                    assert_eq!(times.len(), starts, "{shown}");
                }
                _ => {
                    let status = if is_bad { "\"exit_status\":2" } else { "\"exit_status\":0" };
                    assert!(heard.last().is_some_and(|request| request.contains(status)), "{shown}");
                }
            }
        }
    }

    /// Returns what is kept of the outputs.
    fn cursors(&self) -> serde_json::Value {
        let kept = fs::read_to_string(self.host.path("state/deliveries")).expect("the cursors");
        serde_json::from_str(kept.split_once('\n').expect("a line").1).expect("JSON")
    }

    /// Counts the runs of the check that were logged since the last look.
    fn starts(&self) -> usize {
        let log = self.host.path("roundsman.log");
        let text = fs::read_to_string(&log).expect("the log");
        fs::remove_file(&log).expect("the log");
        text.lines().filter(|line| line.contains(" disk ")).count()
    }
}

/// Returns the times of the states of the check in a packet, of those that are this.
fn states_of_zabbix(packet: &str, wanted: &str) -> Vec<String> {
    let packet: serde_json::Value = serde_json::from_str(packet).expect("JSON");
    let items = packet["data"].as_array().expect("values").iter();
    let states = items.filter(|item| item["key"] == "roundsman.state[\"disk\"]" && item["value"] == wanted);
    states.map(|item| format!("{} {}", item["clock"], item["ns"])).collect()
}

/// Senders and programs, before they connect; senders that have a connection and did not write to it.
#[test]
fn whoever_delivers_and_is_killed_before_it_sends_a_request_loses_nothing() {
    // A program whose part was killed is waited for until then.
    let scene = Scene::new("20s");
    for (call, is_bad, words) in [("connect", true, &WORDS[..]), ("setsockopt", false, &BY_US)] {
        scene.turn(is_bad);
        let before: Vec<usize> = scene.receivers.iter().map(|(_, receiver)| receiver.connections()).collect();
        let (trace, inject) = (format!("trace={call}"), format!("inject={call}:signal=KILL:when=1"));
        scene.round_through(&["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
        let kept = scene.cursors();
        for ((word, receiver), before) in
            scene.receivers.iter().zip(before).filter(|((word, _), _)| words.contains(word))
        {
            assert_eq!(kept[word]["failures"], 1, "{call}: {word}: {kept}");
            assert_eq!(receiver.connections() > before, call == "setsockopt", "{call}: {word}");
            assert_eq!(receiver.heard(), Vec::<String>::new(), "{call}: {word}");
        }
        scene.assert_whole(call, is_bad);
    }
}

/// Lists what delivers for a round.
fn senders(round: u32) -> Vec<u32> {
    let name = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let is_one = |pid: &u32| ["roundsman-net\n", "roundsman-deliv\n"].contains(&name(pid).as_str());
    roundsman_tests::children(round).into_iter().filter(is_one).collect()
}

fn kill(pids: impl IntoIterator<Item = u32>) {
    for pid in pids {
        let done = Command::new("kill").args(["-KILL", &pid.to_string()]).status().expect("kill, of procps");
        assert!(done.success());
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
    let scene = Scene::new("60s");
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
    let scene = Scene::new("60s");
    scene.turn(true);
    scene.receivers.iter().for_each(|(_, receiver)| receiver.have(Fault::Hangs));
    let mut round = scene.host.command(&[]).args(["run", "--cron", "--all"]).spawn().expect("a round");
    // A server of mail that hangs has heard no mail: its program was started with the others.
    let heard_by = |(word, receiver): &(&str, Server)| if *word == "mail" { Vec::new() } else { receiver.wait() };
    let heard: Vec<Vec<String>> = scene.receivers.iter().map(heard_by).collect();
    kill(senders(round.id()));
    assert!(round.wait().expect("its end").success(), "a sender's end is no fault of the round");
    let kept = scene.cursors().to_string();
    assert_eq!(kept.matches("SIGKILL").count(), WORDS.len(), "{kept}");
    scene.receivers.iter().for_each(|(_, receiver)| receiver.have(Fault::None));
    let hooked = key(&heard[0][0]);
    scene.host.run(["run", "--cron", "--all"]);
    let again = scene.receivers[0].1.heard();
    assert!(again.len() == 1 && key(&again[0]) == hooked, "the same message: {heard:?} {again:?}");
    let lines = scene.receivers[1].1.heard().concat();
    assert_eq!(lines.matches("roundsman_check,check=disk,host=web1 state=2i").count(), 2, "{lines}");
    let runs = scene.receivers[2].1.heard();
    assert!(runs.len() == 1 && runs[0].contains("\"exit_status\":2"), "the newest run alone: {runs:?}");
    let mails = scene.receivers[3].1.heard();
    assert!(mails.len() == 1 && mails[0].contains("Subject: CRITICAL web1 disk"), "{mails:?}");
    for (word, receiver) in &scene.receivers[4..] {
        let packets = receiver.heard();
        let times: BTreeSet<String> = packets.iter().flat_map(|packet| states_of_zabbix(packet, "2")).collect();
        assert_eq!(times.len(), 2, "{word}: {packets:?}");
    }
}
