//! E08, E09, E11: disks that are full, of bytes or of inodes, or cannot be written.

use std::fs;
use std::path::PathBuf;

use roundsman_tests::{Host, Output};
use serde_json::Value;

use crate::after::{assert_clean, assert_next_round, host, logged, main, processes, runs, shows};
use crate::den::Den;

/// A host whose state is on a small disk of its own.
struct Small {
    host: Host,
    den: Den,
    through: [String; 2],
}

impl Small {
    fn new(options: &str) -> Self {
        let host = host();
        runs(&host, "other", "/bin/true", &[]);
        fs::create_dir(host.path("state")).expect("a directory");
        let den = Den::of(&host, &format!("mount -t tmpfs -o mode=0750,{options} none \"$1/state\""));
        let through = den.through();
        Self { host, den, through }
    }

    #[track_caller]
    fn run(&self) -> Output {
        let [nsenter, mount] = &self.through;
        self.host.run_through(&[nsenter, mount], ["run", "--all", "--format", "json"])
    }

    /// Reads the files on the disk that matter, byte for byte.
    fn kept(&self) -> [Vec<u8>; 2] {
        ["results", "state"].map(|file| fs::read(self.state().join(file)).unwrap_or_default())
    }

    fn state(&self) -> PathBuf {
        self.den.path(&self.host.path("state"))
    }

    fn names(&self) -> Vec<String> {
        self.den.list(self.host.path("state").to_str().expect("UTF-8"))
    }

    /// A round in which nothing can be stored.
    #[track_caller]
    fn assert_lost_but_shown(&self) {
        let (before, names) = (self.kept(), self.names());
        let output = self.run();
        assert_eq!(output.code, 74, "{output}");
        let state = self.host.path("state/");
        assert!(output.stderr.contains(state.to_str().expect("UTF-8")), "no path is named: {output}");
        let verdicts = output.json_lines();
        for name in ["fast", "other"] {
            let verdict = verdicts.iter().find(|verdict| verdict["check"] == name);
            assert!(verdict.is_some_and(|verdict| verdict["status"] == "ok"), "{name} is not shown: {output}");
        }
        let itself = verdicts.iter().find(|verdict| verdict["check"] == "roundsman");
        assert!(itself.is_some_and(|itself| itself["status"] == "critical"), "{output}");
        assert!(self.kept() == before, "what was kept has changed");
        assert_eq!(self.names(), names, "litter");
        assert!(processes(&self.host).is_empty());
    }

    /// A round as any other.
    #[track_caller]
    fn assert_normal(&self) {
        let output = self.run();
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
        assert!(
            !self.names().iter().any(|name| name.ends_with(".tmp") || name.ends_with(".corrupt")),
            "{:?}",
            self.names()
        );
    }
}

#[test]
fn a_disk_full_of_bytes_keeps_the_old_state() {
    let small = Small::new("size=64k");
    small.assert_normal();
    small.den.sh(&format!("cat /dev/zero >'{}/fill' 2>/dev/null || :", small.host.path("state").display()));
    small.assert_lost_but_shown();
    small.assert_lost_but_shown();
    small.den.sh(&format!("rm '{}/fill'", small.host.path("state").display()));
    small.assert_normal();
}

#[test]
fn a_disk_full_of_inodes_keeps_the_old_state() {
    let small = Small::new("nr_inodes=40");
    small.assert_normal();
    let fill = format!(
        "cd '{}'; mkdir fill; n=0; while touch fill/$n; do n=$((n + 1)); done 2>/dev/null",
        small.host.path("state").display()
    );
    small.den.sh(&fill);
    small.assert_lost_but_shown();
    small.den.sh(&format!("rm -r '{}/fill'", small.host.path("state").display()));
    small.assert_normal();
}

#[test]
fn a_disk_that_became_read_only_keeps_the_old_state() {
    let small = Small::new("size=1m");
    small.assert_normal();
    small.den.sh(&format!("mount -o remount,ro '{}'", small.host.path("state").display()));
    small.assert_lost_but_shown();
    small.den.sh(&format!("mount -o remount,rw '{}'", small.host.path("state").display()));
    small.assert_normal();
}

#[test]
fn a_whole_host_that_is_read_only_still_shows_its_checks() {
    let host = host();
    assert_next_round(&host);
    let den = Den::of(&host, "mount -o remount,bind,ro \"$1\"");
    let [nsenter, mount] = den.through();
    let before =
        ["state/results", "state/state", "roundsman.log"].map(|file| fs::read(host.path(file)).expect("a file"));
    let output = host.run_through(&[&nsenter, &mount], ["run", "--all"]);
    assert_eq!(output.code, 74, "{output}");
    assert!(shows(&output, "OK", "fast"), "{output}");
    for file in ["state/", "roundsman.log"] {
        assert!(output.stderr.contains(host.path(file).to_str().expect("UTF-8")), "{file} is not named: {output}");
    }
    let after =
        ["state/results", "state/state", "roundsman.log"].map(|file| fs::read(host.path(file)).expect("a file"));
    assert!(before == after);
    assert_next_round(&host);
}

#[test]
fn a_full_log_loses_lines_and_no_outcome() {
    let host = host();
    let toml = fs::read_to_string(host.path("etc/roundsman.toml")).expect("the main file");
    host.file("etc/roundsman.toml", toml.replace(host.path("roundsman.log").to_str().expect("UTF-8"), "/dev/full"));
    let output = host.run(["run", "--all"]);
    assert_eq!(output.code, 74, "{output}");
    assert!(shows(&output, "OK", "fast") && output.stderr.contains("/dev/full"), "{output}");
    assert_clean(&host, &[]);
    let results = crate::after::checksummed(&host, "results").expect("results");
    assert_eq!(results["checks"]["fast"]["verdict"]["status"], "Ok", "the outcome is kept");
    assert_eq!(results["checks"]["roundsman"]["verdict"]["status"], "Critical", "and the fault is said");
    main(&host, "");
    let next = host.run(["run", "--all"]);
    assert_eq!((next.code, next.stderr.as_str()), (0, ""), "{next}");
}

/// A line that has no room whole is not there in part: what is written later does not stand behind half a line.
#[test]
fn a_line_is_in_the_log_whole_or_not_at_all() {
    let host = host();
    for number in 0..40 {
        host.drop_in(
            &format!("more{number}"),
            &format!("[check.more{number}]\nwasm = \"minimal.wasm\"\nevery = \"1m\"\n"),
        );
    }
    fs::create_dir(host.path("log")).expect("a directory");
    let toml = fs::read_to_string(host.path("etc/roundsman.toml")).expect("the main file");
    host.file("etc/roundsman.toml", toml.replace("/roundsman.log\"", "/log/roundsman.log\""));
    let den = Den::of(&host, "mount -t tmpfs -o mode=0755,size=16k none \"$1/log\"");
    let [nsenter, mount] = den.through();
    let output = host.run_through(&[&nsenter, &mount], ["run", "--all"]);
    assert_eq!(output.code, 74, "{output}");
    let log = fs::read_to_string(den.path(&host.path("log/roundsman.log"))).expect("a log");
    assert!(log.ends_with('\n') && log.len() > 8 << 10, "{} bytes: {log}", log.len());
    for line in log.lines() {
        let _: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
    assert!(logged(&host).is_empty(), "the log is elsewhere");
    den.sh(&format!(": >'{}'", host.path("log/roundsman.log").display()));
    host.drop_in("more0", "");
    for number in 1..40 {
        host.drop_in(&format!("more{number}"), "");
    }
    let output = host.run_through(&[&nsenter, &mount], ["run", "--all"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
}
