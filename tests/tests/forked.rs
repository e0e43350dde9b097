//! The processes that a command makes: none that it has no use for.

use std::collections::BTreeMap;

use roundsman_tests::{Host, guest, program};

/// Lists the processes that the program forks, sorted, each by what it is in the end: the name that it gives itself, or the program that it executes.
fn forked<'a>(host: &Host, arguments: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let trace = host.traced("clone,clone3,fork,vfork,prctl,execve", arguments);
    let mut names = BTreeMap::new();
    for line in trace.lines() {
        let (pid, call) = line.split_once(' ').expect("a process and a call");
        let name = names.entry(pid).or_insert_with(String::new);
        let named = call.trim_start().strip_prefix("prctl(PR_SET_NAME, \"");
        let executed = call.trim_start().strip_prefix("execve(\"").filter(|call| call.ends_with(" = 0"));
        if let Some((text, _)) = named.or(executed).and_then(|text| text.split_once('"')) {
            *name = text.trim_start_matches("roundsman-").to_owned();
        }
    }
    let program = program().display().to_string();
    let mut names: Vec<String> = names.into_values().filter(|name| *name != program).collect();
    names.sort();
    names
}

/// A host on which everything is compiled, with one check of the guest `probe`.
fn host(ask: &str, grant: &str) -> Host {
    let host = Host::new();
    let wasm = guest("probe").display().to_string();
    host.drop_in(
        "one",
        &format!(
            "[check.one]\nwasm = \"{wasm}\"\nevery = \"1m\"\n[check.one.config]\nask = [{ask}]\n[check.one.grant]\n{grant}\n"
        ),
    );
    let output = host.run(["run"]);
    assert_eq!(output.code, 0, "{output}");
    host
}

const WORKER: &str = "worke";
const ZYGOTE: &str = "zygot";
const BROKER: &str = "broke";
const READER: &str = "reade";

#[test]
fn what_runs_no_component_forks_nothing() {
    let host = host("", "");
    for command in [
        "status",
        "status one",
        "config",
        "config one",
        "doctor",
        "pause one --for 1h --reason why",
        "resume one",
        "completions bash",
        "man",
        "--version",
    ] {
        assert_eq!(forked(&host, command.split(' ')), [""; 0], "{command}");
    }
    // A command that does fork is seen.
    assert_eq!(forked(&host, ["check", "one"]), [BROKER, WORKER]);
}

#[test]
fn a_check_has_the_processes_that_its_calls_need() {
    for (ask, grant, more) in [
        ("", "", &[][..]),
        // A grant alone costs nothing, nor does a command that is denied.
        ("", "files = [\"/etc/hostname\"]\n[[check.one.grant.command]]\nargv = [\"/bin/true\"]", &[]),
        ("{ command = [\"/bin/true\"] }", "", &[]),
        // A reader is who denies a path.
        ("{ read = \"/etc/hostname\" }", "", &[READER]),
        ("{ log = \"a\" }, { clock = true }, { state_get = \"a\" }", "", &[]),
        ("{ read = \"/etc/hostname\" }", "files = [\"/etc/hostname\"]", &[READER]),
        ("{ command = [\"/bin/true\"] }", "[[check.one.grant.command]]\nargv = [\"/bin/true\"]", &["/bin/true"]),
    ] {
        let host = host(ask, grant);
        let sorted = |own: &[&'static str]| {
            let mut all = [own, more].concat();
            all.sort_unstable();
            all
        };
        assert_eq!(forked(&host, ["check", "one"]), sorted(&[BROKER, WORKER]), "{ask} {grant}");
        assert_eq!(forked(&host, ["run", "--all"]), sorted(&[BROKER, WORKER, ZYGOTE]), "{ask} {grant}");
    }
}

#[test]
fn a_round_in_which_nothing_is_due_has_its_zygote_alone() {
    let host = host("", "");
    assert_eq!(forked(&host, ["run"]), [ZYGOTE]);
}

/// B28: what a program costs to start grows with what the process holds that starts it, by 0.04 ms a MiB.
#[test]
fn who_starts_programs_is_small_however_much_is_configured() {
    let argv = r#"["/bin/sh", "-c", "grep VmRSS /proc/$PPID/status"]"#;
    let grant = format!("[[check.one.grant.command]]\nargv = {argv}");
    let host = host(&format!("{{ command = {argv} }}"), &grant);
    let wasm = guest("probe").display().to_string();
    let other = |number: u32| format!("[check.other-{number}]\nwasm = \"{wasm}\"\nevery = \"1d\"\n");
    host.drop_in("others", &(0..3000).map(other).collect::<String>());
    let output = host.run(["run", "--only", "one", "--format", "json"]);
    let report = output.json_lines().into_iter().find(|line| line["check"] == "one").expect("a report");
    let line = report["details"][0].as_str().expect("a line").to_owned();
    let resident = line.split_once("VmRSS:").expect("its memory").1.trim_start_matches(['\\', 't', ' ']);
    let kibibytes: u64 = resident.split_once(' ').expect("a unit").0.parse().expect("a number");
    assert!((1 << 10..48 << 10).contains(&kibibytes), "{line}");
}
