//! `status`, `pause` and `resume`: what an operator and a monitoring agent are told between rounds.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use roundsman_tests::{Host, Output, guest};

/// A check that says what its options say.
fn says(name: &str, options: &str) -> String {
    format!("[check.{name}]\nwasm = \"says.wasm\"\nevery = \"5m\"\n[check.{name}.config]\n{options}\n")
}

fn host() -> Host {
    let host = Host::new();
    host.file("checks/says.wasm", std::fs::read(guest("says")).expect("a component"));
    host.drop_in("fine", &says("fine", "summary = \"all is well\""));
    host.drop_in("full", &says("full", "summary = \"no room\"\nstatus = \"critical\""));
    host
}

#[track_caller]
fn round(host: &Host, args: &[&str]) -> Output {
    let output = host.run(["run"].iter().chain(args));
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    output
}

#[track_caller]
fn status(host: &Host, args: &[&str]) -> Output {
    host.run(["status"].iter().chain(args))
}

/// The words of the line of a check.
#[track_caller]
fn line(output: &Output, name: &str) -> Vec<String> {
    let line = output.stdout.lines().find(|line| line.split_whitespace().nth(1) == Some(name));
    let line = line.unwrap_or_else(|| panic!("no line of {name}: {output}"));
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_table_says_the_worst_first_and_runs_nothing() {
    let host = host();
    let nothing = status(&host, &[]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (0, "STATUS  CHECK  FOR  SAYS\n0 checks\n"), "{nothing}");
    assert!(nothing.stderr.contains("no round has ended yet"), "{nothing}");
    round(&host, &[]);
    let log = host.log();
    let output = status(&host, &[]);
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(output.code, 0, "whatever they said: {output}");
    assert!(lines[0].starts_with("STATUS    CHECK  FOR"), "{output}");
    assert!(lines[1].starts_with("CRITICAL  full ") && lines[1].ends_with("  no room"), "{output}");
    assert!(lines[2].starts_with("OK        fine ") && lines[2].ends_with("  all is well"), "{output}");
    assert!(lines[3].starts_with("2 checks, 1 critical; last round ") && lines[3].contains("; next: f"), "{output}");
    assert_eq!((lines.len(), host.log()), (4, log));

    let wide = line(&status(&host, &["--wide"]), "full");
    assert!(wide.contains(&"hard".to_owned()) && wide.ends_with(&["no".to_owned(), "room".to_owned()]), "{wide:?}");
    let next = line(&status(&host, &["--next"]), "full");
    assert!(next[2] == "in" && next[5].contains('T') && next[6..] == ["5", "min"], "{next:?}");
}

#[test]
fn a_new_check_is_pending_and_a_soft_state_is_told_as_one() {
    let host = host();
    host.drop_in("soft", &(says("soft", "status = \"warning\"").replace("every", "retry = { attempts = 3 }\nevery")));
    let seldom = "[check.seldom]\nwasm = \"says.wasm\"\nevery = \"1h\"\n";
    host.drop_in("seldom", seldom);
    round(&host, &[]);
    let output = status(&host, &[]);
    assert_eq!(line(&output, "seldom")[0], "PENDING", "{output}");
    assert!(output.stdout.contains("(soft 1) "), "{output}");
    let json = status(&host, &["soft", "--format", "json"]);
    assert_eq!((json.code, &json.json()["state_type"], &json.json()["hard_status"]), (1, &"soft".into(), &().into()));
    round(&host, &["--only", "soft"]);
    round(&host, &["--only", "soft"]);
    let json = status(&host, &["soft", "--format", "json"]).json();
    assert_eq!(
        (&json["state_type"], &json["hard_status"], &json["runs"]["warning"]),
        (&"hard".into(), &"warning".into(), &3.into())
    );
}

#[test]
fn one_check_is_a_plugin() {
    let host = host();
    host.drop_in("warns", &says("warns", "status = \"warning\""));
    host.drop_in("seldom", "[check.seldom]\nwasm = \"says.wasm\"\nevery = \"1h\"\n");
    host.drop_in("elsewhere", "[check.elsewhere]\nwasm = \"says.wasm\"\nevery = \"5m\"\nonly_if = [\"/no/such\"]\n");
    host.drop_in("off", "[check.off]\nwasm = \"says.wasm\"\nevery = \"5m\"\nenabled = false\n");
    round(&host, &[]);
    for (name, code, first) in [
        ("fine", 0, "OK: all is well\n"),
        ("warns", 1, "WARNING: "),
        ("full", 2, "CRITICAL: no room\n"),
        ("seldom", 3, "PENDING: not run yet\n"),
        ("elsewhere", 0, "NOT_APPLICABLE: "),
        ("off", 3, "UNKNOWN: `off` is not run on this host: `enabled = false`\n"),
        ("roundsman", 0, "OK: 4 of 5 checks run\n"),
        ("ful", 3, "UNKNOWN: there is no check `ful`; did you mean `full`?\n"),
    ] {
        let output = status(&host, &[name]);
        assert!(output.code == code && output.stdout.starts_with(first), "{name}: {output}");
    }
    // Seen by no round yet.
    host.drop_in("new", &says("new", ""));
    assert_eq!(status(&host, &["new"]).code, 3);
    // A plugin reports every error on standard output.
    for args in [&["fine", "--no-such-option"][..], &["fine", "--wide"], &["fine", "--config", "/no/such"]] {
        let output = status(&host, args);
        assert!(output.code == 3 && output.stdout.starts_with("UNKNOWN: "), "{output}");
    }
    for args in [&["--no-such-option"][..], &["--format", "nagios"]] {
        assert_eq!(status(&host, args).code, 64, "{args:?}");
    }
    let text = status(&host, &["full", "--format", "text"]);
    assert!(
        text.code == 2 && text.stdout.contains("\nstate: hard, for ") && text.stdout.contains("\nnext run: "),
        "{text}"
    );
    let values = says("values", "metrics = [{ name = \"size\", value = 5, unit = \"bytes\" }]");
    host.drop_in("values", &values);
    round(&host, &[]);
    assert!(status(&host, &["values"]).stdout.contains(" | size=5B"), "performance data");
}

#[test]
fn all_checks_as_json_a_line_each() {
    let host = host();
    round(&host, &[]);
    let lines = status(&host, &["--format", "json"]).json_lines();
    let names: Vec<&str> = lines.iter().filter_map(|line| line["check"].as_str()).collect();
    assert_eq!(names, ["fine", "full", "roundsman"]);
    assert_eq!(
        (&lines[1]["status"], &lines[1]["skipped"], &lines[1]["pause"]),
        (&"critical".into(), &0.into(), &().into())
    );
    assert!(lines[1]["since"].is_string() && lines[1]["overdue"].is_string(), "{}", lines[1]);
}

#[test]
fn a_damaged_file_is_no_answer() {
    let host = host();
    round(&host, &[]);
    let results = host.path("state/results");
    let mut content = std::fs::read(&results).expect("the results");
    let middle = content.len() / 2;
    content[middle] ^= 1;
    std::fs::write(&results, content).expect("written");
    let output = status(&host, &[]);
    assert!(output.code == 74 && output.stdout.is_empty() && output.stderr.contains("damaged"), "{output}");
    let output = status(&host, &["fine"]);
    assert!(output.code == 3 && output.stdout.starts_with("UNKNOWN: "), "{output}");
}

#[test]
fn who_may_not_read_the_results_is_told_who_may() {
    let host = host();
    round(&host, &[]);
    let state = std::fs::metadata(host.path("state")).expect("the state directory");
    let results = std::fs::metadata(host.path("state/results")).expect("the results");
    assert_eq!((state.mode() & 0o7, results.mode() & 0o7), (0, 0));
    // As the package's drop-ins often are: the operator's secret.
    std::fs::set_permissions(host.path("etc/conf.d/full.toml"), std::fs::Permissions::from_mode(0o600))
        .expect("a mode");
    let denied = host.run_as_nobody(["status", "full"]);
    assert!(denied.code == 3 && denied.stdout.contains("group `roundsman`"), "{denied}");
    assert_eq!(host.run_as_nobody(["status"]).code, 74);
    // Rights of the group, if there is one: here, of 65534.
    for (path, mode) in [("state", 0o750), ("state/results", 0o640)] {
        std::os::unix::fs::chown(host.path(path), None, Some(65534)).expect("root");
        std::fs::set_permissions(host.path(path), std::fs::Permissions::from_mode(mode)).expect("a mode");
    }
    let allowed = host.run_as_nobody(["status", "full"]);
    assert_eq!((allowed.code, allowed.stdout.as_str()), (2, "CRITICAL: no room\n"), "{allowed}");
    assert_eq!(host.run_as_nobody(["status"]).code, 0);
    let denied = host.run_as_nobody(["pause", "fine", "--for", "1h", "--reason", "mine"]);
    assert_eq!(denied.code, 74, "{denied}");
}

#[test]
fn a_paused_check_is_not_run_and_everyone_is_told_why() {
    let host = host();
    host.main(&format!(
        "[output.prometheus]\nformat = \"prometheus\"\npath = \"{}\"\n",
        host.path("etc/all.prom").display()
    ));
    round(&host, &[]);
    let output = host.run(["pause", "full", "--for", "2h", "--reason", "new\ndisks"]);
    assert!(output.code == 0 && output.stdout.starts_with("`full` is paused until 2"), "{output}");
    assert!(output.stdout.ends_with("Z: new\\ndisks\n"), "{output}");
    let before = host.log();
    round(&host, &["--all"]);
    let only = round(&host, &["--only", "full"]);
    assert!(only.stdout.contains("`full` is paused until ") && only.stdout.contains("roundsman resume full"), "{only}");
    assert!(!host.log()[before.len()..].contains(" full "), "{}", host.log());

    let output = status(&host, &["full"]);
    assert!(output.code == 0 && output.stdout.starts_with("PAUSED until 2"), "nobody is alerted: {output}");
    assert!(output.stdout.ends_with("Z: new\\ndisks; before: CRITICAL: no room\n"), "{output}");
    let text = status(&host, &["full", "--format", "text"]);
    assert!(text.code == 0 && text.stdout.contains("\nsilence: paused by root at 2"), "{text}");
    assert!(status(&host, &[]).stdout.contains("1 paused"), "the table");
    let json = status(&host, &["full", "--format", "json"]).json();
    assert_eq!((&json["state"], &json["status"]), (&"paused".into(), &"critical".into()));
    assert_eq!((&json["pause"]["reason"], &json["pause"]["by"]), (&"new\ndisks".into(), &"root".into()));
    let file = std::fs::read_to_string(host.path("etc/all.prom")).expect("the textfile");
    assert!(file.contains("roundsman_check_paused{check=\"full\"} 1\n"), "{file}");

    let output = host.run(["resume", "full"]);
    assert_eq!((output.code, output.stdout.as_str()), (0, "`full` is paused no more\n"), "{output}");
    assert_eq!(host.run(["resume", "full"]).stdout, "`full` was neither paused nor acknowledged\n");
    round(&host, &["--all"]);
    assert!(host.log()[before.len()..].contains(" full "), "{}", host.log());
}

#[test]
fn the_last_status_of_a_paused_check_is_told_where_that_is_wanted() {
    let host = host();
    host.main("[run]\npaused = \"last\"\n[texts]\ntimezone = \"Asia/Kolkata\"\n");
    round(&host, &[]);
    assert_eq!(host.run(["pause", "full", "--until", "2999-01-01", "--reason", "new disks"]).code, 0);
    let output = status(&host, &["full"]);
    assert!(output.code == 2 && output.stdout.starts_with("CRITICAL: paused until 299"), "{output}");
    assert!(output.stdout.ends_with("+05:30: new disks; no room\n"), "{output}");
    let json = status(&host, &["full", "--format", "json"]).json();
    assert!(json["pause"]["until"].as_str().is_some_and(|until| until.ends_with("Z")), "what programs read is UTC");
}

#[test]
fn an_acknowledged_check_runs_on_and_says_who_knows() {
    let host = host();
    host.main(&format!(
        "[output.prometheus]\nformat = \"prometheus\"\npath = \"{}\"\n",
        host.path("etc/all.prom").display()
    ));
    host.drop_in("worse", &says("worse", "summary = \"slow\"\nstatus = \"warning\""));
    round(&host, &["--all"]);
    let args = ["ack", "full", "worse", "--reason", "disk\u{1b} ordered"];
    let output = host.run_through(&["env", "SUDO_USER=alice"], args);
    let said =
        "`full` is acknowledged by alice: disk\\x1b ordered\n`worse` is acknowledged by alice: disk\\x1b ordered\n";
    // Where somebody logged in, the kernel knows better than the environment.
    let by = if std::fs::read_to_string("/proc/self/loginuid").is_ok_and(|uid| uid.trim() != "4294967295") {
        "root"
    } else {
        "alice"
    };
    assert_eq!((output.code, output.stdout.as_str()), (0, said.replace("alice", by).as_str()), "{output}");
    let before = host.log().len();
    round(&host, &["--all"]);
    assert!(host.log()[before..].contains(" full "), "it runs");
    let output = status(&host, &["full"]);
    let line = format!("CRITICAL: no room (acknowledged by {by}: disk\\x1b ordered)\n");
    assert_eq!((output.code, output.stdout.as_str()), (2, line.as_str()), "{output}");
    let json = status(&host, &["full", "--format", "json"]).json();
    assert_eq!((&json["acknowledged"]["by"], &json["acknowledged"]["sticky"]), (&by.into(), &false.into()));
    let file = std::fs::read_to_string(host.path("etc/all.prom")).expect("the textfile");
    assert!(file.contains("roundsman_check_acknowledged{check=\"full\"} 1\n"), "{file}");
    let problems = status(&host, &["--problems"]).stdout;
    assert!(
        !problems.contains("CRITICAL  full") && problems.contains(&format!("full: acknowledged by {by} at 2")),
        "{problems}"
    );

    host.drop_in("worse", &says("worse", "summary = \"dead\"\nstatus = \"critical\""));
    host.drop_in("full", &says("full", "summary = \"room again\""));
    round(&host, &["--all"]);
    assert!(status(&host, &["--problems"]).stdout.contains("CRITICAL  worse"), "worse than what is known");
    for name in ["full", "worse"] {
        assert_eq!(
            status(&host, &[name, "--format", "json"]).json()["acknowledged"],
            serde_json::Value::Null,
            "{name}"
        );
    }
    let output = host.run(["ack", "full", "worse", "--reason", "x"]);
    assert!(output.code == 64 && output.stderr.contains("`full` has no problem to acknowledge"), "{output}");
    assert!(output.stdout.starts_with("`worse` is acknowledged"), "the other is: {output}");
    assert_eq!(host.run(["resume", "worse"]).stdout, "`worse` is acknowledged no more\n");
}

#[test]
fn an_event_is_held_until_it_is_cleared() {
    let host = host();
    let event =
        |options: &str| says("event", options).replace("every", "hold = \"cleared\"\nretry = { attempts = 3 }\nevery");
    host.drop_in("event", &event("summary = \"disk failure\"\nstatus = \"critical\""));
    round(&host, &["--all"]);
    host.drop_in("event", &event("summary = \"no lines\""));
    round(&host, &["--all"]);
    let output = status(&host, &["event"]);
    assert_eq!((output.code, output.stdout.as_str()), (2, "CRITICAL: disk failure\n"), "{output}");
    let json = status(&host, &["event", "--format", "json"]).json();
    assert_eq!((&json["state_type"], &json["hard_status"]), (&"hard".into(), &"critical".into()));
    assert_eq!((&json["held"]["until"], &json["runs"]["ok"]), (&().into(), &1.into()));
    assert!(status(&host, &["event", "--format", "text"]).stdout.contains("\nheld: found last at 2"));
    let output = host.run(["clear", "event", "full"]);
    assert!(output.code == 64 && output.stderr.contains("`full` has no event to clear"), "{output}");
    assert_eq!(output.stdout, "`event` is cleared\n");
    let output = status(&host, &["event"]);
    assert!(output.code == 0 && output.stdout.starts_with("OK: cleared by "), "{output}");
    round(&host, &["--all"]);
    assert_eq!(status(&host, &["event"]).stdout, "OK: no lines\n");
}

#[test]
fn a_pause_ends_by_itself() {
    let host = host();
    round(&host, &[]);
    assert_eq!(host.run(["pause", "full", "--for", "5s", "--reason", "soon over"]).code, 0);
    assert!(!round(&host, &["--all"]).stdout.contains("CRITICAL  full"));
    std::thread::sleep(std::time::Duration::from_secs(5));
    assert!(round(&host, &["--all"]).stdout.contains("CRITICAL  full"));
    let json = status(&host, &["full", "--format", "json"]).json();
    assert_eq!((&json["state"], &json["pause"]), (&"done".into(), &().into()));
}

#[test]
fn a_check_can_be_paused_before_its_first_run() {
    let host = host();
    assert_eq!(host.run(["pause", "full", "--for", "1h", "--reason", "not yet"]).code, 0);
    round(&host, &["--all"]);
    let output = status(&host, &["full"]);
    assert!(output.code == 0 && output.stdout.starts_with("PAUSED until 2"), "{output}");
    assert!(output.stdout.ends_with(": not yet; before: PENDING: not run yet\n"), "{output}");
}

#[test]
fn what_cannot_be_paused_is_told() {
    let host = host();
    for (args, part) in [
        (&["ful", "--for", "1h", "--reason", "x"][..], "did you mean `full`?"),
        (&["roundsman", "--for", "1h", "--reason", "x"], "is the runtime itself"),
        (&["full", "--for", "1h", "--reason", " "], "say why"),
        (&["full", "--for", "soon", "--reason", "x"], "--for"),
        (&["full", "--for", "0s", "--reason", "x"], "that is over at once"),
        (&["full", "--for", "1h"], "--reason"),
        (&["full", "--reason", "x"], "--for"),
        (&["full", "--for", "1h", "--until", "18:00", "--reason", "x"], "--until"),
        (&["full", "--until", "soon", "--reason", "x"], "write 18:00"),
        (&["full", "--until", "2020-01-01", "--reason", "x"], "that is over"),
        (&["fine", "ful", "--for", "1h", "--reason", "x"], "did you mean `full`?"),
    ] {
        let output = host.run(["pause"].iter().chain(args));
        assert!(output.code == 64 && output.stderr.contains(part), "{args:?}: {output}");
    }
    assert_eq!(host.run(["resume", "ful"]).code, 64);
    let other = self::host();
    assert_eq!(other.run(["pause", "fine", "ful", "--for", "1h", "--reason", "x"]).code, 64);
    assert_eq!(other.run(["resume", "fine"]).stdout, "`fine` was neither paused nor acknowledged\n", "all or none");
    // A state that cannot be written.
    host.file("state", "no directory");
    assert_eq!(host.run(["pause", "full", "--for", "1h", "--reason", "x"]).code, 74);
}

/// Returns what `script`, in which `$0` is the program, prints on a terminal that has so many columns.
#[track_caller]
fn on_a_terminal(host: &Host, columns: u32, script: &str, args: &[&str]) -> String {
    let script = script.replace("$0", "$0 $*");
    let script = format!("exec script -qec \"stty cols {columns}; {script}\" /dev/null");
    let output = host.run_through(&["sh", "-c", &script], args);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    output.stdout.replace("\r\n", "\n")
}

#[test]
fn a_terminal_is_given_colour_and_no_more_than_it_has_room_for() {
    let host = host();
    let long = "0123456789".repeat(10);
    host.drop_in("fine", &says("fine", &format!("summary = \"磁盘 {long}\"")));
    round(&host, &[]);
    let widest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    let whole = status(&host, &[]).stdout;
    assert!(whole.contains(&long) && !whole.contains('\u{1b}') && whole.lines().count() == 4, "{whole}");

    let plain = on_a_terminal(&host, 44, "NO_COLOR=1 exec $0", &["status"]);
    assert!(!plain.contains('\u{1b}') && widest(&plain) <= 44, "{plain}");
    // Two of its letters take two columns each; what stands beneath goes on in a line of its own.
    let lines: Vec<&str> = plain.lines().collect();
    assert!(lines[2].ends_with('…') && lines[2].chars().count() == 42, "{plain}");
    assert!(lines[3].starts_with("2 checks, 1 critical; last round ") && lines[4].starts_with("next: f"), "{plain}");
    assert_eq!(lines.len(), 5, "{plain}");

    let coloured = on_a_terminal(&host, 40, "exec $0", &["status"]);
    assert!(coloured.contains("\n\u{1b}[31mCRITICAL\u{1b}[0m  full "), "{coloured}");
    assert!(coloured.contains("\n\u{1b}[32mOK      \u{1b}[0m  fine "), "{coloured}");
    assert!(on_a_terminal(&host, 40, "NO_COLOR= exec $0", &["status"]).contains("\u{1b}[31m"), "empty is unset");

    for (columns, script) in [
        (40, "NO_COLOR=1 COLUMNS=60 exec $0"),
        (0, "NO_COLOR=1 COLUMNS=60 exec $0"),
        (60, "NO_COLOR=1 COLUMNS=many exec $0"),
    ] {
        let told = on_a_terminal(&host, columns, script, &["status"]);
        assert_eq!(told.lines().nth(2).map(|line| line.chars().count()), Some(58), "{told}");
    }
    for (columns, script) in [(0, "NO_COLOR=1 exec $0"), (40, "NO_COLOR=1 exec $0 --wide")] {
        let uncut = on_a_terminal(&host, columns, script, &["status"]);
        assert!(uncut.contains(&long), "nobody knows the width, or nobody wants it kept: {uncut}");
    }
    let run = on_a_terminal(&host, 40, "exec $0", &["run", "--all"]);
    assert!(
        run.contains("\u{1b}[31mCRITICAL\u{1b}[0m  full  ") && run.contains("…\n") && !run.contains(&long),
        "{run}"
    );
}
