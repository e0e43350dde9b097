//! Layers of isolation: the report on those of this host, and what happens if one is missing.

use std::collections::BTreeMap;

use roundsman_tests::{Host, Output};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};

/// Starts the program where a call fails with `errno`: each time, or with these bits set in this argument.
fn without(call: i64, when: Option<(u8, i32)>, errno: i32, host: &Host, args: &[&str]) -> Output {
    let rules = when.map(|(argument, bits)| {
        let bits = u64::try_from(bits).expect("bits");
        let set = SeccompCmpOp::MaskedEq(bits);
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, set, bits).expect("a condition");
        SeccompRule::new(vec![condition]).expect("a rule")
    });
    let rules = BTreeMap::from([(call, rules.into_iter().collect())]);
    let refuse = SeccompAction::Errno(errno.unsigned_abs());
    let arch = std::env::consts::ARCH.try_into().expect("a processor that the filter knows");
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch).expect("a filter");
    let filter: BpfProgram = filter.try_into().expect("a program");
    std::thread::scope(|scope| {
        let started = scope.spawn(|| {
            apply_filter(&filter).expect("this kernel has seccomp");
            host.run(args)
        });
        started.join().expect("the program ended")
    })
}

/// A host on which one check runs.
fn host() -> Host {
    let host = Host::new();
    host.drop_in(
        "load",
        "[check.load]\nwasm = \"load.wasm\"\nevery = \"1m\"\n[check.load.grant]\nfiles = [\"/proc/loadavg\", \"/sys/devices/system/cpu/online\"]\n",
    );
    host
}

fn status<'a>(report: &'a serde_json::Value, name: &str) -> &'a str {
    let findings = report["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| finding["name"] == name).expect(name);
    finding["status"].as_str().expect("a status")
}

#[test]
fn without_a_main_file_that_holds_no_round_runs() {
    let host = host();
    host.file("etc/roundsman.toml", "[run]\nparallell = 3\n");
    let output = host.run(["doctor"]);
    assert_eq!(output.code, 78, "{output}");
    assert!(output.stdout.starts_with("fatal    config"), "{output}");
    assert!(output.stdout.ends_with("no round runs on this host\n"), "{output}");
    let report = host.run(["doctor", "--format", "json"]).json();
    assert_eq!((&report["ready"], status(&report, "config")), (&false.into(), "fatal"));
}

#[test]
fn a_host_that_runs_a_round_is_ready() {
    let host = host();
    let output = host.run(["doctor"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert!(output.stdout.contains("ok       code      can be made executable\n"), "{output}");
    assert!(output.stdout.lines().last().expect("lines").starts_with("a round runs, with "), "{output}");
    assert!(!host.path("state").exists(), "looking makes nothing");

    let report = host.run(["doctor", "--format", "json"]).json();
    assert_eq!((&report["schema"], &report["ready"]), (&1.into(), &true.into()));
    for name in ["kernel", "calls", "code", "seccomp", "state", "cache", "log"] {
        assert_eq!(status(&report, name), "ok", "{name}: {report}");
    }
}

#[test]
fn a_wrong_main_file_is_told_and_the_defaults_are_looked_at() {
    let host = Host::new();
    host.main("[rum]\n");
    let output = host.run(["doctor"]);
    assert!(output.stderr.contains("nearest is `run`") && output.stderr.contains("defaults"), "{output}");
    assert!(output.stdout.contains(" state "), "{output}");
}

#[test]
fn without_landlock_a_round_runs_and_says_so() {
    let host = host();
    let landlock = |args: &[&str]| without(libc::SYS_landlock_create_ruleset, None, libc::ENOSYS, &host, args);
    let report = landlock(&["doctor", "--format", "json"]);
    assert_eq!((report.code, status(&report.json(), "landlock")), (0, "lacking"), "{report}");

    let told = "the layer `landlock` is missing: one layer less";
    let round = landlock(&["run"]);
    assert_eq!(round.code, 0, "{round}");
    assert!(round.stdout.contains(" load ") && !round.stdout.contains("UNKNOWN"), "{round}");
    assert_eq!(round.stderr.matches(told).count(), 1, "{round}");
    // Said under cron when it begins and when it ends, whoever saw it before; in the log when it begins.
    let mail = landlock(&["run", "--cron"]).stderr;
    assert!(mail.starts_with(told), "{mail}");
    assert_eq!(landlock(&["run", "--cron"]).stderr, "");
    let lines: Vec<String> = host.log().lines().filter(|line| line.contains(told)).map(str::to_owned).collect();
    assert!(matches!(&lines[..], [line] if line.contains(" WARNING roundsman state_type=- ")), "{}", host.log());
    let over = host.run(["run", "--cron"]);
    assert!(over.stderr.starts_with("over: the layer `landlock`"), "{over}");
}

#[test]
fn a_layer_that_is_required_and_missing_stops_the_round() {
    let host = host();
    host.main("[run]\nrequire = [\"landlock\"]\n");
    assert_eq!(host.run(["run"]).code, 0, "this host has it");
    let lines = host.log();
    let landlock = |args: &[&str]| without(libc::SYS_landlock_create_ruleset, None, libc::ENOSYS, &host, args);
    let doctor = landlock(&["doctor"]);
    assert_eq!(doctor.code, 69, "{doctor}");
    assert!(doctor.stdout.contains("fatal    landlock  missing: "), "{doctor}");
    let round = landlock(&["run"]);
    assert_eq!((round.code, round.stdout.as_str()), (69, ""), "{round}");
    assert!(round.stderr.contains("the layer `landlock` is missing and required"), "{round}");
    assert_eq!(host.log(), lines, "nothing ran");
}

#[test]
fn workers_with_uids_of_their_own_take_root() {
    let host = host();
    host.main("[run]\nrequire = [\"uid\"]\n");
    for args in [&["run"][..], &["doctor"]] {
        let output = host.run_as_nobody(args);
        assert_eq!(output.code, 69, "{output}");
        assert!(format!("{output}").contains("start as root"), "{output}");
    }
    assert_eq!(host.log(), "", "nothing ran");
    assert!(!host.path("state").exists(), "nothing was kept");
}

/// Root of a container or a unit without the capabilities, and of a user namespace that knows no other uid.
#[test]
fn root_that_may_not_change_users_runs_nothing() {
    let bound = |capability: &str| {
        let capabilities = format!("-{capability}");
        ["/usr/bin/setpriv".to_owned(), format!("--bounding-set={capabilities}"), format!("--inh-caps={capabilities}")]
            .to_vec()
    };
    let namespace = ["/usr/bin/unshare", "--user", "--map-root-user"].map(str::to_owned).to_vec();
    for through in [bound("setuid"), bound("setgid"), bound("kill"), namespace] {
        let host = host();
        let through: Vec<&str> = through.iter().map(String::as_str).collect();
        for args in [&["doctor"][..], &["run"], &["run", "--cron"]] {
            let output = host.run_through(&through, args);
            assert_eq!(output.code, 69, "{through:?}: {output}");
            assert!(format!("{output}").contains("CAP_SETUID, CAP_SETGID and CAP_KILL"), "{through:?}: {output}");
        }
        let mail = host.run_through(&through, ["run", "--cron"]);
        assert!(mail.stderr.contains("the layer `uid` is missing and required"), "{mail}");
        let check = host.run_through(&through, ["check", "load"]);
        assert!(check.code == 3 && check.stdout.starts_with("UNKNOWN: the layer `uid` is missing"), "{check}");
        assert_eq!(host.log(), "", "nothing ran");
    }
    // Told that this is meant, it runs without that layer, and says so.
    let host = host();
    host.main("[run]\nrequire = []\n");
    let through = bound("setuid");
    let output = host.run_through(&through.iter().map(String::as_str).collect::<Vec<_>>(), ["run"]);
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output.stderr.contains("the layer `uid` is missing: a worker that was taken over has the rights"),
        "{output}"
    );
    let log = host.log();
    let ran = log.lines().any(|line| line.contains(" load state_type=") && line.contains(" failure=- "));
    assert!(ran, "{log}");
}

#[test]
fn a_system_call_that_is_missing_is_named() {
    let host = host();
    for (call, name) in [(libc::SYS_openat2, "openat2"), (libc::SYS_pidfd_open, "pidfd_open")] {
        for errno in [libc::ENOSYS, libc::EPERM] {
            for args in [&["doctor"][..], &["run"]] {
                let output = without(call, None, errno, &host, args);
                assert_eq!(output.code, 69, "{output}");
                assert!(format!("{output}").contains(&format!("lacks or forbids {name}")), "{output}");
            }
        }
    }
    let output = without(libc::SYS_close_range, None, libc::ENOSYS, &host, &["run"]);
    assert_eq!(output.code, 69, "{output}");
    assert!(output.stderr.contains("close_range") && output.stderr.contains("Linux 5.14"), "{output}");
    assert_eq!(host.log(), "", "nothing ran");
}

// C25
#[test]
fn a_host_where_code_cannot_be_made_executable() {
    let host = host();
    let hardened = |args: &[&str]| without(libc::SYS_mprotect, Some((2, libc::PROT_EXEC)), libc::EPERM, &host, args);
    assert_eq!(host.run(["run"]).code, 0, "this host allows it");
    for (args, text) in [(&["run"][..], "cannot make code executable"), (&["doctor"], "cannot be made executable")] {
        let output = hardened(args);
        assert_eq!(output.code, 69, "{output}");
        assert!(format!("{output}").contains(text) && format!("{output}").contains("execmem"), "{output}");
    }
    let check = hardened(&["check", "load"]);
    assert_eq!(check.code, 3, "{check}");
    assert!(check.stdout.contains("cannot make code executable"), "{check}");
}

/// What `doctor` says of a place is what a round finds: it had said that a round runs.
#[test]
fn a_state_that_cannot_be_made_stops_the_round_and_doctor_says_so() {
    for (place, why) in [("a file", "ENOTDIR"), ("a link", "ENOENT"), ("a file above", "ENOTDIR")] {
        let host = host();
        let state = host.path("elsewhere");
        match place {
            "a link" => std::os::unix::fs::symlink("nowhere", &state).expect("a link"),
            _ => std::fs::write(&state, "").expect("a file"),
        }
        let named = if place == "a file above" { state.join("state") } else { state };
        host.file("etc/roundsman.toml", format!("[paths]\nstate = \"{}\"\n", named.display()));
        let round = host.run(["run"]);
        assert!(round.code == 74 && round.stderr.contains("nothing is run: "), "{place}: {round}");
        let doctor = host.run(["doctor"]);
        assert_eq!(doctor.code, 69, "{place}: {doctor}");
        let line = doctor.stdout.lines().find(|line| line.starts_with("fatal    state")).unwrap_or_default();
        assert!(line.contains(why) && doctor.stdout.contains("no round runs on this host"), "{place}: {doctor}");
        let check = host.run(["check", "load"]);
        assert!(check.code == 3 && check.stdout.matches("set `paths.state`").count() == 1, "{place}: {check}");
    }
}
