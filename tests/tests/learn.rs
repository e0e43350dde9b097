//! `check --learn`: a run with what a component says it needs, and never more.
#![expect(clippy::disallowed_methods, reason = "a person at a terminal is played by script(1)")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use roundsman_tests::{Host, Output, check, guest, program};

const NEEDS: &str = "needs=[{ capability = \"files\", pattern = \"/etc/*\", reason = \"to \\u001b[31mlook\" }, \
                     { capability = \"files\", pattern = \"/proc/loadavg\", reason = \"the load\" }, \
                     { capability = \"commands\", argv_pattern = [\"/bin/sh\", \"-c\", \"*\"], reason = \"to do things\" }]";

fn learn(host: &Host, component: &Path, args: &[&str]) -> Output {
    let component = component.to_str().expect("a path in UTF-8");
    host.run(["check", component, "--learn"].iter().chain(args))
}

/// Runs the probe, which makes these calls.
fn probed(host: &Host, ask: &str, args: &[&str]) -> Output {
    learn(host, &guest("probe"), &[&["--set", NEEDS, "--set", ask], args].concat())
}

fn grant(page: &Output, check: &str) -> toml::Table {
    let table: toml::Table = page.stdout.parse().unwrap_or_else(|error| panic!("{error}: {page}"));
    table["check"][check]["grant"].as_table().expect("a table").clone()
}

#[test]
fn a_shipped_check_learns_what_it_reads_and_runs_with_that_alone() {
    let host = Host::new();
    let page = learn(&host, &check("load"), &["--yes"]);
    assert!(page.code < 3 && page.stdout.starts_with("# load: "), "{page}");
    let learnt = grant(&page, "load");
    let files: Vec<&str> =
        learnt["files"].as_array().expect("a list").iter().filter_map(|file| file.as_str()).collect();
    assert!(files.contains(&"/proc/loadavg") && learnt.len() == 1, "{page}");

    let allowed = files.iter().flat_map(|file| ["--allow-file", *file]).collect::<Vec<_>>();
    let again = host.check(&check("load"), &allowed).json();
    assert_eq!(again["denials"].as_array().map(Vec::len), Some(0), "{again}");
    assert_ne!(again["status"], "unknown", "{again}");
}

#[test]
fn a_component_that_asks_for_all_of_etc_and_a_shell_is_shown_and_gets_no_more() {
    let host = Host::new();
    let marker = host.path("marker");
    let ask = format!("ask=[{{ command = [\"sh\", \"-c\", \"echo made > {}\"] }}]", marker.display());
    let refused = probed(&host, &ask, &[]);
    assert!(refused.code == 3 && refused.stdout.contains("write --yes"), "{refused}");
    for part in [
        "files /etc/*: to ",
        "command pattern /bin/sh -c *: to do things",
        "look: `/bin/sh` runs what its arguments name",
    ] {
        assert!(refused.stderr.contains(part), "{part}: {refused}");
    }
    assert!(!refused.stderr.contains('\u{1b}'), "{refused}");
    assert!(!marker.exists(), "nothing ran before it was allowed");

    let ask = "ask=[{ read = \"/etc/shadow\" }, { read = \"/etc/passwd\" }, { read = \"/proc/uptime\" }, \
               { command = [\"sh\", \"-c\", \"echo seen\"] }, { command = [\"/bin/ls\"] }, \
               { command = [\"sh\", \"-c\", \"cat\"], input = \"x\" }]";
    let page = probed(&host, ask, &["--yes"]);
    assert_eq!(page.code, 0, "{page}");
    let learnt = grant(&page, "probe");
    assert_eq!(learnt["files"].to_string(), "[\"/etc/passwd\"]", "{page}");
    assert_eq!(learnt["command"][0]["argv"].to_string(), "[\"/bin/sh\", \"-c\", \"echo seen\"]", "{page}");
    assert_eq!(learnt["command"].as_array().map(Vec::len), Some(1), "{page}");
    for part in [
        "# Look: `/bin/sh -c` runs a text",
        "# denied: files /etc/shadow",
        "# denied: files /proc/uptime",
        "# denied: commands /bin/ls",
        "# denied: commands sh -c cat",
        "# not used: files /proc/loadavg: the load",
    ] {
        assert!(page.stdout.contains(part), "{part}: {page}");
    }
    assert!(!page.stdout.contains("# not used: files /etc/*"), "{page}");
}

#[test]
fn what_root_learns_is_run_as_the_account_of_rounds() {
    let host = Host::new();
    let open = host.path("open");
    fs::create_dir(&open).expect("a directory");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).expect("a mode");
    let ask = format!("ask=[{{ command = [\"sh\", \"-c\", \"id -u > {}/uid\"] }}]", open.display());
    let page = probed(&host, &ask, &["--yes"]);
    assert_eq!(page.code, 0, "{page}");
    let uid = fs::read_to_string(open.join("uid")).expect("a file");
    assert!(!["", "0"].contains(&uid.trim()), "it ran as {uid}");
}

#[test]
fn a_person_at_a_terminal_is_asked_and_no_is_no() {
    let host = Host::new();
    for (answer, is_run, part) in
        [("y\n", true, "[check.load.grant]"), ("n\n", false, "not allowed"), ("\n", false, "not allowed")]
    {
        // `script` gives it a terminal.
        let command = format!("'{}' check '{}' --learn", program().display(), check("load").display());
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .env("ROUNDSMAN_CONFIG", host.path("etc/roundsman.toml"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script of util-linux");
        std::io::Write::write_all(&mut child.stdin.take().expect("its input"), answer.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("its end");
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains("load needs, for this one run") && shown.contains("Allow this? [y/N]"), "{shown}");
        assert!(
            (output.status.code() < Some(3)) == is_run && shown.contains(part),
            "{answer:?}: {:?} {shown}",
            output.status
        );
    }
}

#[test]
fn a_check_of_the_configuration_asks_only_for_what_is_not_granted() {
    let host = Host::new();
    host.drop_in(
        "one",
        "[check.one]\nwasm = \"load.wasm\"\nevery = \"1m\"\n[check.one.grant]\nfiles = [\"/proc/*\", \"/proc/loadavg\"]\n",
    );
    let refused = host.run(["check", "one", "--learn"]);
    assert!(refused.code == 3 && refused.stdout.contains("write --yes"), "{refused}");
    assert!(refused.stderr.contains("cpu/online") && !refused.stderr.contains("loadavg"), "{refused}");
    let page = host.run(["check", "one", "--learn", "--yes"]);
    let learnt = grant(&page, "one");
    assert!(page.code < 3 && !learnt["files"].to_string().contains('*'), "{page}");

    let all = "files = [\"/proc/loadavg\", \"/sys/devices/system/cpu/online\"]";
    host.drop_in("one", &format!("[check.one]\nwasm = \"load.wasm\"\nevery = \"1m\"\n[check.one.grant]\n{all}\n"));
    let page = host.run(["check", "one", "--learn"]);
    assert!(page.code < 3 && page.stdout.contains(all), "nothing is left to ask: {page}");
}
