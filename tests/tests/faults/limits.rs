//! E19, E20, E21, E30: a host that gives no more memory, descriptors or processes, and a program that is replaced.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use roundsman_tests::{Host, guest};

use crate::after::{assert_clean, assert_next_round, copy, host, runs, shows};
use crate::started::{command, start};

/// A cgroup with a limit of memory, removed when dropped: of version 1 or 2, whichever has the controller.
struct Cgroup(PathBuf);

impl Cgroup {
    fn of(bytes: u64) -> Self {
        let name = format!("roundsman-test-{}", std::process::id());
        let one = Path::new("/sys/fs/cgroup/memory");
        let (place, file) =
            if one.is_dir() { (one, "memory.limit_in_bytes") } else { (Path::new("/sys/fs/cgroup"), "memory.max") };
        let group = Self(place.join(name));
        fs::create_dir(&group.0).expect("a cgroup; these tests run as root");
        fs::write(group.0.join(file), bytes.to_string()).expect("a limit of memory");
        group
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn a_worker_that_the_system_ends_for_want_of_memory_is_one_failure() {
    let host = host();
    host.drop_in(
        "large",
        &format!(
            "[check.large]\nwasm = \"{}\"\nevery = \"1m\"\n[check.large.limits]\nmemory = \"1GiB\"\nfuel = 50_000_000_000\n\
             timeout = \"60s\"\n",
            guest("allocates").display()
        ),
    );
    let group = Cgroup::of(128 << 20);
    let script = format!("echo $$ >'{}/cgroup.procs' && exec \"$@\"", group.0.display());
    let output = host.run_through(&["sh", "-c", &script, "sh"], ["run", "--all", "--format", "json"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    let verdicts = output.json_lines();
    let one = |name: &str| verdicts.iter().find(|verdict| verdict["check"] == name).expect("a verdict");
    let failure = &one("large")["failure"];
    assert_eq!(failure["kind"], "internal", "{output}");
    assert!(failure["message"].as_str().is_some_and(|text| text.contains("killed by SIGKILL")), "{output}");
    assert_eq!(one("fast")["status"], "ok", "{output}");
    assert_clean(&host, &[]);
    host.drop_in("large", "");
    assert_next_round(&host);
}

#[test]
fn few_descriptors_are_an_error_that_says_so() {
    // With 3 and less the system's loader does not find the libraries of any program, and says so.
    for (limit, enough) in [(4, false), (5, false), (8, false), (16, false), (64, true), (256, true)] {
        let host = host();
        let began = Instant::now();
        let nofile = format!("--nofile={limit}:{limit}");
        let output = host.run_through(&["prlimit", &nofile], ["run", "--all"]);
        assert!(began.elapsed() < Duration::from_secs(10), "{limit}: {:?}", began.elapsed());
        assert!(!output.stderr.contains("panicked"), "{limit}: {output}");
        if enough {
            assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{limit}: {output}");
        } else if output.code == 0 {
            let said = shows(&output, "OK", "fast") || output.stdout.contains("(os error 24)");
            assert!(said, "{limit}: {output}");
        } else {
            assert!([69, 70, 74, 78].contains(&output.code), "{limit}: {output}");
            assert!(output.stderr.contains("(os error 24)"), "{limit}: {output}");
        }
        assert_next_round(&host);
    }
}

#[test]
fn no_more_processes_are_an_error_that_says_so() {
    let host = host();
    // A round that is not root's, as root is not bound.
    for (path, is_file) in [("state", false), ("cache", false), ("roundsman.log", true)] {
        let path = host.path(path);
        if is_file {
            fs::write(&path, "").expect("a file")
        } else {
            fs::create_dir(&path).expect("a directory")
        }
        std::os::unix::fs::chown(&path, Some(65_534), Some(65_534)).expect("an owner");
    }
    let program = host.path("roundsman");
    copy(&roundsman_tests::program(), &program);
    let nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    let run = |limit: &str| {
        let script = format!("shift; exec {nobody} {limit} '{}' \"$@\"", program.display());
        host.run_through(&["sh", "-c", &script, "sh"], ["run", "--all"])
    };
    let output = run("prlimit --nproc=1:1");
    assert_eq!(output.code, 0, "{output}");
    assert!(shows(&output, "UNKNOWN", "fast") && output.stdout.contains("starting its processes"), "{output}");
    let output = run("");
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert!(shows(&output, "OK", "fast"), "{output}");
}

/// As of `ulimit` in who started it: what would end by a signal says why before it begins, and what fails later names the limit.
#[test]
fn a_limit_of_who_started_it_is_named() {
    let host = host();
    for (limit, named) in [
        ("--stack=65536:65536", "the stack of this process may take 64 KiB, and it needs 1024: raise `ulimit -s`"),
        ("--as=67108864:67108864", "this process may take 65536 KiB of memory, and it needs "),
        ("--data=1000000:1000000", "raise `ulimit -d`, or `LimitDATA=`"),
    ] {
        let through = ["prlimit", limit];
        for args in [&["run", "--all"][..], &["status"], &["validate"], &["doctor"]] {
            let output = host.run_through(&through, args);
            assert!(output.code == 69 && output.stderr.contains(named), "{limit}: {output}");
        }
        for args in [["check", "fast"], ["status", "fast"]] {
            let output = host.run_through(&through, args);
            assert!(output.code == 3 && output.stdout.starts_with("UNKNOWN: "), "{limit}: {output}");
            assert!(output.stdout.contains(named), "{limit}: {output}");
        }
    }
    what_a_check_gets_is_less_than_its_limit(&host);
    // A soft limit is no wall.
    let output = host.run_through(&["prlimit", "--stack=65536:8388608"], ["run", "--all"]);
    assert!(output.code == 0 && shows(&output, "OK", "fast"), "{output}");
    // How many are open is another number where who started it left some open, and at each step another message.
    for limit in 4..24 {
        let output = host.run_through(&["prlimit", &format!("--nofile={limit}:{limit}")], ["run", "--all"]);
        let said = format!("{output}").contains(&format!("this process may open {limit} files (raise `ulimit -n`"));
        assert!(said || shows(&output, "OK", "fast"), "{limit}: {output}");
    }
    let output = host.run_through(&["prlimit", "--fsize=0:0"], ["run", "--all"]);
    assert!(output.stderr.contains("this process may write files of at most 0 bytes (raise `ulimit -f`"), "{output}");
    assert_next_round(&host);
}

/// Raising `limits.memory` would not help.
fn what_a_check_gets_is_less_than_its_limit(host: &Host) {
    let check = format!(
        "[check.large]\nwasm = \"{}\"\nevery = \"1m\"\n[check.large.limits]\nmemory = \"256MiB\"\n\
         fuel = 50_000_000_000\ntimeout = \"60s\"\n",
        guest("allocates").display()
    );
    host.drop_in("large", &check);
    let enough = host.run(["run", "--all"]);
    assert!(enough.stdout.contains("limits.memory of 256MiB is reached"), "{enough}");
    for (limit, named) in [("--data=100000000:100000000", "`ulimit -d`"), ("--as=250000000:250000000", "`ulimit -v`")] {
        let output = host.run_through(&["prlimit", limit], ["run", "--all"]);
        let large = output.stdout.lines().find(|line| line.contains(" large "));
        let large = large.unwrap_or_else(|| panic!("{limit}: {output}"));
        let words = format!("(raise {named}");
        assert!(large.contains("could get no more memory") && large.contains(&words), "{limit}: {output}");
        assert!(!large.contains("limits.memory") && shows(&output, "OK", "fast"), "{limit}: {output}");
    }
    fs::remove_file(host.path("etc/conf.d/large.toml")).expect("the drop-in");
}

/// As of `ulimit -f` in who started it: what is written last is the state, and nothing is killed without a word.
#[test]
fn a_largest_file_that_is_too_small_is_an_error_that_says_so() {
    for limit in [0, 1, 100, 300] {
        let host = host();
        let fsize = format!("--fsize={limit}:{limit}");
        let output = host.run_through(&["prlimit", &fsize], ["run", "--all"]);
        assert!(output.code == 74 && output.stderr.contains("File too large"), "{limit}: {output}");
        let mail = host.run_through(&["prlimit", &fsize], ["run", "--cron"]);
        assert!(mail.code == 74 && mail.stderr.contains("File too large"), "{limit}: {mail}");
        assert_next_round(&host);
    }
}

/// The worker is forked from the round, never executed anew: it is the same build whatever the package manager does.
#[test]
fn a_program_that_is_replaced_under_a_round_goes_on_as_it_was() {
    let host = host();
    let program = host.path("roundsman");
    copy(&roundsman_tests::program(), &program);
    runs(&host, "first", "/bin/sleep", &["1"]);
    host.drop_in("later", "[check.later]\nwasm = \"minimal.wasm\"\nevery = \"1m\"\n");
    crate::after::main(&host, "[run]\nparallel = 1\n");
    let script = format!("shift; exec '{}' \"$@\"", program.display());
    let round = start(host.command(&["sh", "-c", &script, "sh"]).args(["run", "--all"]));
    command(round.pid(), "sleep");
    // As dpkg does it: a new file under the old name, and what is written there is no program.
    fs::write(host.path("roundsman.new"), "#!/bin/sh\nexit 1\n").expect("a file");
    fs::rename(host.path("roundsman.new"), &program).expect("replaced");
    let output = round.output();
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert!(["first", "later", "fast"].iter().all(|check| shows(&output, "OK", check)), "{output}");
    fs::remove_file(&program).expect("a file");
    assert_clean(&host, &[]);
}
