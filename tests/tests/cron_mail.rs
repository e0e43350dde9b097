//! Mail from cron: none, except for each fault of the runtime, once when it begins and once when it ends.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use roundsman_tests::Host;
use serde_json::Value;

const GOOD: &str =
    "[check.good]\nwasm = \"command.wasm\"\nevery = \"1m\"\n[[check.good.grant.command]]\nargv = [\"/bin/true\"]\n";
const LATE: &str =
    "[check.late]\nwasm = \"command.wasm\"\nevery = \"1m\"\n[[check.late.grant.command]]\nargv = [\"/bin/true\"]\n";

/// Rounds by cron begin at once.
const SOON: &str = "[run]\nsplay = \"0s\"\n";

fn host() -> Host {
    let host = Host::new();
    host.main(SOON);
    host.drop_in("good", GOOD);
    host
}

/// The exit code of a round by cron, and its mail.
#[track_caller]
fn mail(host: &Host) -> (i32, String) {
    let output = host.run(["run", "--cron", "--all"]);
    assert_eq!(output.stdout, "", "{output}");
    (output.code, output.stderr)
}

const SILENT: (i32, String) = (0, String::new());

#[test]
fn checks_that_fail_are_no_mail() {
    let host = host();
    let failing = GOOD.replace("good", "bad").replace("/bin/true", "/bin/false");
    host.drop_in("bad", &(failing + &GOOD.replace("good", "missing").replace("/bin/true", "/no/such")));
    assert_eq!(mail(&host), SILENT);
    let log = host.log();
    for line in ["CRITICAL bad ", "UNKNOWN missing ", "OK good "] {
        assert!(log.contains(line), "{log}");
    }
}

#[test]
fn a_bad_drop_in_is_one_mail_and_one_more_when_it_is_mended() {
    let host = host();
    assert_eq!(mail(&host), SILENT);
    let path = host.drop_in("late", "[check.late]\nwasm = \"command.wasm\"\nevry = \"1m\"\n");
    let (code, first) = mail(&host);
    let said = format!("{}:3:1:", path.display());
    assert!(code == 78 && first.starts_with(&said) && first.contains("`every`"), "{code} {first}");
    assert_eq!(mail(&host), (78, String::new()));
    // Another mistake in its place is other news, and the first one's end.
    host.drop_in("late", "[check.late]\nwasm = 1\nevery = \"1m\"\n");
    let (code, second) = mail(&host);
    assert!(code == 78 && second.contains(":2:") && second.contains(&format!("over: {said}")), "{code} {second}");
    host.drop_in("late", LATE);
    let (code, over) = mail(&host);
    assert!(code == 0 && over.starts_with("over: ") && over.contains(":2:"), "{code} {over}");
    assert_eq!(mail(&host), SILENT);
    // The good one ran in each round.
    assert_eq!(host.log().matches(" OK good ").count(), 6, "{}", host.log());
    assert_eq!(host.log().matches(" roundsman state_type=- ").count(), 4, "{}", host.log());
}

/// As if `conf.d` was not mounted, or emptied.
#[test]
fn that_no_check_is_configured_is_one_mail_and_a_warning() {
    let host = Host::new();
    host.main(SOON);
    let (code, begun) = mail(&host);
    assert!(code == 0 && begun.starts_with("no check is configured: "), "{code} {begun}");
    assert_eq!(mail(&host), SILENT);
    let itself = host.run(["status", "roundsman"]);
    assert!(itself.code == 1 && itself.stdout.contains("no check is configured"), "{itself}");
    host.drop_in("good", GOOD);
    let (code, over) = mail(&host);
    assert!(code == 0 && over.starts_with("over: no check is configured"), "{code} {over}");
    assert_eq!(mail(&host), SILENT);
}

#[test]
fn a_round_by_hand_takes_no_mail_away() {
    let host = host();
    assert_eq!(mail(&host), SILENT);
    let by_hand = |host: &Host| host.run(["run", "--only", "good"]);
    host.drop_in("late", "[check.late]\nwasm = \"command.wasm\"\nevry = \"1m\"\n");
    assert!(by_hand(&host).stderr.contains("`evry`"));
    let (code, begun) = mail(&host);
    assert!(code == 78 && begun.contains("`evry`"), "{code} {begun}");
    assert_eq!(mail(&host), (78, String::new()));
    host.drop_in("late", LATE);
    assert_eq!(by_hand(&host).code, 0);
    let (code, over) = mail(&host);
    assert!(code == 0 && over.starts_with("over: ") && over.contains("`evry`"), "{code} {over}");
    assert_eq!(mail(&host), SILENT);
    // The log has each once, whoever saw it first.
    assert_eq!(host.log().matches(" roundsman state_type=- ").count(), 2, "{}", host.log());
}

#[test]
fn a_password_in_a_line_that_is_wrong_is_for_root_alone() {
    let host = host();
    host.main(&format!(
        "{SOON}[output.prometheus]\nformat = \"prometheus\"\npath = \"{}\"\n",
        host.path("etc/all.prom").display()
    ));
    let drop_in = host.drop_in("late", &LATE.replace("[[", "pasword = \"se-cret\"\n[["));
    let (code, first) = mail(&host);
    assert!(code == 78 && first.contains("4 | pasword = \"se-cret\"\n"), "it shows where: {first}");
    fs::remove_file(drop_in).expect("removed");
    let (code, over) = mail(&host);
    assert!(code == 0 && over.starts_with("over: ") && over.contains("`pasword`"), "{code} {over}");
    let results = fs::read_to_string(host.path("state/results")).expect("the results");
    let shown = fs::read_to_string(host.path("etc/all.prom")).expect("an output");
    for (what, text) in [("mail of the end", over), ("log", host.log()), ("results", results), ("output", shown)] {
        assert!(!text.contains("se-cret"), "{what}: {text}");
    }
}

#[test]
fn a_log_that_cannot_be_written_is_a_fault_and_loses_no_outcome() {
    let host = host();
    host.main(&format!(
        "{SOON}[output.prometheus]\nformat = \"prometheus\"\npath = \"{}\"\n",
        host.path("etc/all.prom").display()
    ));
    let main = fs::read_to_string(host.path("etc/roundsman.toml")).expect("the main file");
    let full = main.replace(&host.path("roundsman.log").display().to_string(), "/dev/full");
    host.file("etc/roundsman.toml", full);
    let (code, first) = mail(&host);
    assert_eq!(code, 74, "{first}");
    assert!(first.starts_with("/dev/full: ") && first.contains("make room there"), "{first}");
    assert_eq!(mail(&host), (74, String::new()), "it lasts, and is no news");
    let shown = fs::read_to_string(host.path("etc/all.prom")).expect("an output");
    for line in
        ["state{check=\"good\"} 0", "state{check=\"roundsman\"} 2", "runs_total{check=\"good\",result=\"ok\"} 2"]
    {
        assert!(shown.contains(&format!("roundsman_check_{line}\n")), "{line} in {shown}");
    }
    host.file("etc/roundsman.toml", main);
    let (code, over) = mail(&host);
    assert!(code == 0 && over == format!("over: {first}"), "{code} {over}");
    assert_eq!(mail(&host), SILENT);
}

#[test]
fn state_that_cannot_be_kept_is_told_in_each_round_as_nothing_remembers_that_it_was() {
    let host = host();
    assert_eq!(mail(&host), SILENT);
    fs::set_permissions(host.path("state"), fs::Permissions::from_mode(0o777)).expect("a mode");
    for _ in 0..2 {
        let (code, said) = mail(&host);
        let state = host.path("state").display().to_string();
        let told = format!(
            "roundsman run: nothing is run: anybody who may write to the state directory (paths.state) could \
             forge results and block every round: {state} is writable by its group and everyone (mode 0777): \
             chmod go-w {state}\n"
        );
        assert_eq!((code, said), (74, told));
    }
    // Every other command that starts a worker says the same, and doctor says why.
    for (args, code) in [(&["compile"][..], 74), (&["validate"], 74), (&["check", "good"], 3), (&["doctor"], 69)] {
        let output = host.run(args);
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(output.code == code && said.contains("(mode 0777): chmod go-w "), "{args:?}: {output}");
    }
    fs::set_permissions(host.path("state"), fs::Permissions::from_mode(0o750)).expect("a mode");
    assert_eq!(mail(&host), SILENT);
    // Where others may write, nothing ran meanwhile: what is kept could be forged.
    assert_eq!(host.log().matches(" OK good ").count(), 2, "{}", host.log());
}

#[test]
fn the_runtimes_own_check_is_in_what_a_round_prints() {
    let host = host();
    assert!(!host.run(["run"]).stdout.contains("roundsman"), "it has nothing to say");
    host.drop_in("late", "[check.late]\nwasm = 1\n");
    let output = host.run(["run"]);
    let line = output.stdout.lines().find(|line| line.starts_with("WARNING  roundsman  "));
    assert!(line.is_some_and(|line| line.ends_with("1 fault")), "{output}");
    assert!(output.stdout.ends_with(" s\n") && output.stdout.contains(", 1 warning, "), "{output}");
    let output = host.run(["run", "--format", "json"]);
    let itself = output.json_lines().pop().expect("a line");
    assert_eq!((&itself["check"], &itself["status"]), (&"roundsman".into(), &"warning".into()), "{itself}");
    assert!(itself["details"][0].as_str().is_some_and(|line| line.contains("late.toml:2:")), "{itself}");
}

#[test]
fn a_log_of_json_has_the_object_of_run_in_each_line_and_faults_too() {
    let host = host();
    let main = fs::read_to_string(host.path("etc/roundsman.toml")).expect("the main file");
    host.file("etc/roundsman.toml", main.replace("[log]\n", "[log]\nformat = \"json\"\n"));
    let bad = r#"["/usr/bin/printf", 'a\n\033[2J"b\n']"#;
    host.drop_in("bad", &GOOD.replace("good", "odd").replace("[\"/bin/true\"]", bad));
    host.drop_in("late", "[check.late]\nwasm = 1\n");
    assert_eq!(mail(&host).0, 78);
    let log = host.log();
    assert!(!log.contains('\u{1b}'), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let of =
        |check: &str| lines.iter().find(|line| line["check"] == check).unwrap_or_else(|| panic!("{check} in {log}"));
    for key in
        ["state_type", "duration_ms", "fuel_used", "memory_peak_bytes", "denials", "started", "failure", "attempt"]
    {
        assert!(of("odd").get(key).is_some(), "{key} in {log}");
    }
    assert_eq!((&of("good")["status"], &of("roundsman")["status"]), (&"ok".into(), &"warning".into()), "{log}");
    assert_eq!(of("late")["failure"]["kind"], "config", "{log}");
    assert_eq!(fs::metadata(host.path("roundsman.log")).expect("a log").permissions().mode() & 0o7777, 0o640);
}
