//! Limits of what runs at a time, over all rounds of a host. Judged by marks that the commands of the checks write, in the
//! order in which they wrote them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use roundsman_tests::{Host, guest};

/// For whatever a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Says that it began and that it ended. All but `free` wait for a word, and then give what should wait time not to.
const SCRIPT: &str = "echo \"+ $1\" >>\"$2/marks\"\n\
                      if [ \"$1\" != free ]; then\n\
                      while [ ! -e \"$2/go\" ]; do sleep 0.02; done\n\
                      sleep 0.3\n\
                      fi\n\
                      echo \"- $1\" >>\"$2/marks\"\n";

/// A host whose checks all run the script; `toml` is the rest of its main file, `checks` are names with further keys.
fn host(toml: &str, checks: &[(&str, &str)]) -> Host {
    let host = Host::new();
    host.main(toml);
    let script = host.file("script", SCRIPT);
    let marks = host.file("marks", "");
    // Written by the user that the commands run as.
    fs::set_permissions(marks, fs::Permissions::from_mode(0o666)).expect("a mode");
    for (name, keys) in checks {
        let argv = format!("[\"/bin/sh\", \"{}\", \"{name}\", \"{}\"]", script.display(), host.path("").display());
        host.drop_in(
            name,
            &format!(
                "[check.{name}]\nwasm = \"{}\"\nevery = \"5m\"\n{keys}\n\
                 [check.{name}.config]\npass_on = true\nask = [{{ command = {argv} }}]\n\
                 [[check.{name}.grant.command]]\nargv = {argv}\n",
                guest("probe").display()
            ),
        );
    }
    host
}

/// Starts a round of these checks.
fn round(host: &Host, names: &[&str]) -> Child {
    let mut command = host.command(&[]);
    command.arg("run").args(names.iter().flat_map(|name| ["--only", name]));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

/// The marks, in the order in which they were written.
fn marks(host: &Host) -> Vec<String> {
    let text = fs::read_to_string(host.path("marks")).expect("marks");
    text.lines().map(str::to_owned).collect()
}

/// Waits until so many marks are of this kind.
#[track_caller]
fn until(host: &Host, count: usize, kind: &str) {
    let start = Instant::now();
    while marks(host).iter().filter(|mark| mark.starts_with(kind)).count() < count {
        assert!(start.elapsed() < PATIENCE, "no {count} of `{kind}`: {:?}", marks(host));
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Lets all commands end, and the rounds, each of whose checks is OK; returns the marks.
#[track_caller]
fn end(host: &Host, rounds: Vec<Child>) -> Vec<String> {
    host.file("go", "");
    for round in rounds {
        let output = round.wait_with_output().expect("a round");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(text.lines().filter(|line| line.contains("  ")).all(|line| line.starts_with("OK")), "{text}");
    }
    marks(host)
}

/// The most that ran at once of the checks whose names begin so.
fn most(marks: &[String], names: &str) -> usize {
    let (mut now, mut most) = (0_usize, 0);
    for mark in marks {
        match mark.split_once(' ') {
            Some(("+", name)) if name.starts_with(names) => now += 1,
            Some(("-", name)) if name.starts_with(names) => now -= 1,
            _ => {}
        }
        most = most.max(now);
    }
    assert_eq!(now, 0, "each ends: {marks:?}");
    most
}

#[test]
fn the_host_has_no_more_at_work_than_it_may_in_two_rounds_together() {
    let host = host("[run]\nparallel = 2\n", &["a1", "b1", "b2", "b3"].map(|name| (name, "")));
    let first = round(&host, &["a1"]);
    until(&host, 1, "+ a");
    let second = round(&host, &["b1", "b2", "b3"]);
    until(&host, 1, "+ b");
    let marks = end(&host, vec![first, second]);
    assert_eq!((marks.len(), most(&marks, "")), (8, 2), "{marks:?}");
}

#[test]
fn a_group_that_is_full_waits_in_another_round_too_and_holds_up_no_others() {
    // A second seat only: a check that waits for its group takes none.
    let checks = [("san1", "group = \"san\""), ("san2", "group = \"san\""), ("san3", "group = \"san\""), ("free", "")];
    let host = host("[run]\nparallel = 2\n[groups]\nsan = 1\n", &checks);
    let first = round(&host, &["san1"]);
    until(&host, 1, "+ san");
    let second = round(&host, &["san2", "san3", "free"]);
    // It ends while the group is full: those before it in the order do not hold it up.
    until(&host, 1, "- free");
    let marks = end(&host, vec![first, second]);
    assert_eq!((marks.len(), most(&marks, "san")), (8, 1), "{marks:?}");
}

#[test]
fn checks_with_a_long_timeout_share_two_seats_without_being_asked() {
    let long = "limits = { timeout = \"90s\" }";
    let host = host("", &[("long1", long), ("long2", long), ("long3", long), ("long4", long), ("free", "")]);
    let first = round(&host, &["long1", "long2"]);
    until(&host, 2, "+ long");
    let second = round(&host, &["long3", "long4", "free"]);
    until(&host, 1, "- free");
    let marks = end(&host, vec![first, second]);
    assert_eq!((marks.len(), most(&marks, "long")), (10, 2), "{marks:?}");
}
