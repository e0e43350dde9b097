use super::*;
use roundsman_sdk::commands::{Completed, Ending};
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Cause, Exceeded, HostError, Status};

const ARGV: [&str; 2] = ["/usr/bin/probe", "-v"];
const MEMINFO: &str = include_str!("../tests/meminfo");
const LS: &str = include_str!("../tests/ls-lh");

fn completed(ending: Ending, output: &[u8], errors: &[u8]) -> Completed {
    let (standard_output, standard_error) = (output.to_vec(), errors.to_vec());
    Completed { ending, standard_output, standard_error, duration: 1_500_000_000, extra: Vec::new() }
}

/// Runs the only granted command.
fn run(config: &str, completed: Completed) -> Result<Outcome, Failure> {
    let host = Fake::new();
    host.command_ends(&ARGV, Ok(completed));
    host.run::<RunCommand>(config)
}

fn prints(config: &str, output: &str) -> Outcome {
    run(config, completed(Ending::Code(0), output.as_bytes(), b"")).unwrap()
}

fn value(outcome: &Outcome, name: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<RunCommand>(include_str!("../README.md"));
}

#[test]
fn lines_of_a_listing_and_of_meminfo_go_into_details() {
    let ls = prints("{}", LS);
    assert_eq!(ls.status, Status::Ok);
    assert_eq!(ls.summary, format!("exit code 0, {} lines", LS.lines().count()));
    assert_eq!(ls.details, LS.lines().collect::<Vec<_>>());
    let meminfo = prints("{}", MEMINFO);
    assert_eq!(meminfo.details, MEMINFO.lines().collect::<Vec<_>>());
    assert_eq!(value(&meminfo, "duration"), Some(1.5));
}

#[test]
fn an_unexpected_code_is_critical_with_the_first_line_of_errors() {
    let seven = || completed(Ending::Code(7), b"half\n", b"\nprobe: no device\nmore\n");
    let outcome = run("{}", seven()).unwrap();
    assert_eq!(outcome.status, Status::Critical);
    let said = "exit code 7 (exits does not name it) with \"probe: no device\" on standard error, 1 line";
    assert_eq!(outcome.summary, said);
    let ran = format!("/usr/bin/probe -v: {said}");
    assert_eq!(
        outcome.details,
        [&ran, "half", "standard error: ", "standard error: probe: no device", "standard error: more"]
    );
    assert_eq!(value(&outcome, "exit_code"), Some(7.0));

    assert_eq!(run(r#"{"exits": {"7": "ok"}}"#, seven()).unwrap().status, Status::Ok);
    assert_eq!(run(r#"{"exits": {"*": "warning"}}"#, seven()).unwrap().status, Status::Warning);
}

#[test]
fn a_signal_is_as_an_unexpected_code() {
    let outcome = run("{}", completed(Ending::Signal(9), b"", b"")).unwrap();
    assert_eq!(outcome.status, Status::Critical);
    assert_eq!(outcome.summary, "signal 9 (ended by a signal), no output");
    assert_eq!(value(&outcome, "exit_code"), None);
}

#[test]
fn what_a_failed_command_printed_is_not_looked_at() {
    let config = r#"{"must_contain": ["ready"], "numbers": [{"name": "n", "pattern": "n=(.*)"}]}"#;
    let outcome = run(config, completed(Ending::Code(1), b"n=x", b"")).unwrap();
    assert_eq!(
        (outcome.summary.as_str(), outcome.subchecks.len()),
        ("exit code 1 (exits does not name it), 1 line", 0)
    );
    let accepted = config.replacen('{', r#"{"exits": {"1": "warning"}, "missing_text": "ok", "#, 1);
    let outcome = run(&accepted, completed(Ending::Code(1), b"n=x", b"")).unwrap();
    assert_eq!(outcome.subchecks[0].text, "n: line 1, column 3: \"x\" is not a number");
    assert_eq!(outcome.status, Status::Warning);
}

#[test]
fn what_could_not_be_run_is_unknown_unless_its_code_is_expected() {
    for (code, said) in [(126, "a program could not be executed"), (127, "a program was not found")] {
        let ended = || completed(Ending::Code(code), b"", b"sh: 1: probe: not found\n");
        let outcome = run(r#"{"exits": {"*": "critical"}}"#, ended()).unwrap();
        assert_eq!(outcome.status, Status::Unknown);
        assert!(
            outcome.summary.starts_with(&format!("exit code {code} ({said}) with \"sh: 1:")),
            "{}",
            outcome.summary
        );
        assert_eq!(run(&format!(r#"{{"exits": {{"{code}": "ok"}}}}"#), ended()).unwrap().status, Status::Ok);
    }
}

#[test]
fn no_output_is_a_fact_with_an_option() {
    assert_eq!(prints("{}", "").summary, "exit code 0, no output");
    assert_eq!(prints("{}", "").status, Status::Ok);
    assert_eq!(prints(r#"{"empty_output": "warning"}"#, "").status, Status::Warning);
}

#[test]
fn text_that_must_and_must_not_be_there() {
    let config = r#"{"must_contain": ["^PASSED$", "temp"], "must_not_contain": ["fail"], "forbidden_text": "warning"}"#;
    let good = prints(config, "PASSED\ntemp 5\n");
    assert_eq!((good.status, good.summary.as_str()), (Status::Ok, "exit code 0, 2 lines"));
    let bad = prints(config, "NOT PASSED\ntemp 5\n1 failed\n");
    assert_eq!(bad.status, Status::Critical);
    let said = "exit code 0, 3 lines, no line matches \"^PASSED$\", \"fail\" matches \"1 failed\"";
    assert_eq!(bad.summary, said);
    assert_eq!(prints(config, "PASSED\ntemp failed\n").status, Status::Warning);
}

#[test]
fn numbers_become_metrics_of_the_operators_name() {
    let config = r#"{"numbers": [
        {"name": "memory", "pattern": "^Mem(?<what>Total|Free): +(?<value>[0-9]+) kB$", "unit": "bytes", "factor": 1024}
    ]}"#;
    let outcome = prints(config, MEMINFO);
    let picked: Vec<&str> =
        outcome.metrics.iter().filter(|it| it.name == "memory").map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(picked, ["Total", "Free"]);
    assert_eq!(value(&outcome, "memory"), Some(24_684_084.0 * 1024.0));
}

#[test]
fn the_summary_is_the_value_and_not_the_command_line() {
    let config =
        r#"{"numbers": [{"name": "dirty", "pattern": "^Dirty: +([0-9]+) kB$", "unit": "bytes", "factor": 1024}]}"#;
    let outcome = prints(config, MEMINFO);
    assert_eq!(
        (outcome.summary.as_str(), outcome.details[0].as_str()),
        ("dirty 50 MiB", "MemTotal:       24684084 kB")
    );
}

#[test]
fn the_summary_is_what_the_operator_wants() {
    for (summary, said) in [
        ("first-line", "PASSED 3 tests"),
        ("^temp", "temp 41.5 C"),
        ("{temp} on the board, {fans} fans", "41.5 \u{b0}C on the board, ? fans"),
        ("no such line", "temp 41.5 \u{b0}C"),
    ] {
        let config = r#"{"numbers": [{"name": "temp", "pattern": "^temp (.*) C$", "unit": "celsius"},
            {"name": "fans", "pattern": "^fans (.*)$", "required": false}], "summary": ""#;
        let outcome = prints(&format!("{config}{summary}\"}}"), "PASSED 3 tests\ntemp 41.5 C\n");
        assert_eq!(outcome.summary, said);
    }
    let named = r#"{"exits": {"1": "warning"}, "summary": "first-line"}"#;
    let outcome = run(named, completed(Ending::Code(1), b"3 updates\n", b"")).unwrap();
    assert_eq!((outcome.status, outcome.summary.as_str()), (Status::Warning, "3 updates, exit code 1, 1 line"));
}

#[test]
fn old_options_are_refused_with_the_new_one_whole() {
    let config = r#"{"expected_exits": [0, 1], "unexpected_exit": "warning"}"#;
    let problems = Fake::new().validate::<RunCommand>(config).unwrap_err();
    let said: Vec<(&str, &str)> = problems.iter().map(|it| (it.key.as_str(), it.message.as_str())).collect();
    let anew = "is replaced: write exits = { 0 = \"ok\", 1 = \"ok\", \"*\" = \"warning\" }";
    assert_eq!(said, [("expected_exits", anew), ("unexpected_exit", anew)]);
    let problems = Fake::new().validate::<RunCommand>(r#"{"format": "influx", "series_prefix": "x_"}"#).unwrap_err();
    assert_eq!(problems[0].message, "is replaced: write other_series = \"x_\"");
}

#[test]
fn a_number_that_was_not_found_is_unknown_beside_the_others_and_the_output_is_shown() {
    let config = r#"{"numbers": [
        {"name": "swap_free", "pattern": "^SwapFree: +([0-9]+) kB$"},
        {"name": "total", "pattern": "^MemTotal: +([0-9]+) kB$"}
    ]}"#;
    let outcome = prints(config, &MEMINFO[..100]);
    assert_eq!(value(&outcome, "total"), Some(24_684_084.0));
    let [broken] = outcome.subchecks.as_slice() else { panic!("{outcome:?}") };
    let said = "swap_free: no line matches \"^SwapFree: +([0-9]+) kB$\"";
    assert!(outcome.summary.starts_with(&format!("{said}, exit code 0, 4 lines")), "{}", outcome.summary);
    assert_eq!((broken.status, broken.text.as_str()), (Status::Unknown, said));
    assert_eq!(outcome.details[0], "/usr/bin/probe -v: exit code 0, 4 lines");
    assert_eq!(outcome.details[1..], MEMINFO[..100].lines().collect::<Vec<_>>());
}

#[test]
fn output_that_is_no_text_is_shown_byte_by_byte() {
    let outcome = run("{}", completed(Ending::Code(0), b"ok \xff\xfe\n", b"")).unwrap();
    assert_eq!(outcome.details, ["ok \\xff\\xfe"]);
}

#[test]
fn details_are_bounded() {
    let outcome = prints(r#"{"lines": 2}"#, "a\nb\nc\n");
    assert_eq!(outcome.details, ["a", "b", "… 1 more line not shown"]);
    assert_eq!(prints(r#"{"lines": 0}"#, "a\n").details, Vec::<String>::new());
}

#[test]
fn the_hosts_limit_is_passed_on() {
    let limit = HostError::Limit(Exceeded { key: "output".into(), value: 1_048_576, extra: Vec::new() });
    let host = Fake::new();
    host.command_ends(&ARGV, Err(limit.clone()));
    let failure = host.run::<RunCommand>("{}").unwrap_err();
    assert_eq!(failure.message, "/usr/bin/probe -v: over limits.output");
    assert_eq!(failure.cause, Cause::Host(limit));
}

#[test]
fn a_command_is_chosen_by_id_or_argv() {
    let host = Fake::new();
    host.grant_command(Some("a"), &["/bin/a"]).grant_command(Some("b"), &["/bin/b", "*"]);
    host.command(&["/bin/a"], "from a\n").command(&["/bin/b", "x"], "from b\n");
    assert_eq!(host.run::<RunCommand>(r#"{"id": "a"}"#).unwrap().details, ["from a"]);
    assert_eq!(host.run::<RunCommand>(r#"{"argv": ["/bin/b", "x"]}"#).unwrap().details, ["from b"]);
    assert!(matches!(host.run::<RunCommand>("{}").unwrap_err().cause, Cause::Options(_)));
    let denied = host.run::<RunCommand>(r#"{"argv": ["/bin/b", "-x"]}"#).unwrap_err();
    assert!(matches!(denied.cause, Cause::Host(HostError::Denied(_))));
    assert_eq!(host.validate::<RunCommand>(r#"{"argv": ["/bin/b", "x"]}"#).unwrap().len(), 1);
}

#[test]
fn options_that_do_not_fit_together_are_named() {
    let config = r#"{"id": "a", "argv": [], "exits": {"256": "ok"}}"#;
    let keys: Vec<String> =
        Fake::new().validate::<RunCommand>(config).unwrap_err().into_iter().map(|it| it.key).collect();
    assert_eq!(keys, ["id", "argv", "exits.256"]);
}

/// Three disks, of which one vanishes before its command runs and one is a link that leads out of the grant.
fn disks() -> Fake {
    let host = Fake::new();
    for disk in ["sda", "sdb", "sdc"] {
        host.file(&format!("/sys/block/{disk}"), "");
    }
    host.fail("/sys/block/sdc", HostError::NotFound);
    host.grant_command(None, &["/usr/sbin/smartctl", "-A", "/dev/sd?"]);
    host
}

const DISKS: &str = r#""each": {"label": "disk", "glob": "/sys/block/sd*", "argument": "/dev/{name}"}"#;

#[test]
fn each_thing_has_a_command_of_its_own_and_one_that_fails_hides_no_other() {
    let host = disks();
    host.command(&["/usr/sbin/smartctl", "-A", "/dev/sda"], "temp 41\n");
    host.command_ends(
        &["/usr/sbin/smartctl", "-A", "/dev/sdb"],
        Ok(completed(Ending::Code(2), b"", b"no such device\n")),
    );
    let config = format!(
        r#"{{{DISKS}, "numbers": [{{"name": "temp", "pattern": "^temp (.*)$", "unit": "celsius"}}, {{"name": "spare", "pattern": "^spare (.*)$"}}]}}"#
    );
    let outcome = host.run::<RunCommand>(&config).unwrap();
    let told: Vec<(&str, Status, &str)> =
        outcome.subchecks.iter().map(|it| (it.labels[0].1.as_str(), it.status, it.text.as_str())).collect();
    let expected = [
        ("sdc", Status::Unknown, "/sys/block/sdc: does not exist"),
        ("sda", Status::Ok, "exit code 0, 1 line, temp 41 \u{b0}C"),
        (
            "sdb",
            Status::Critical,
            "exit code 2 (exits does not name it) with \"no such device\" on standard error, no output",
        ),
        ("sda spare", Status::Unknown, "sda spare: no line matches \"^spare (.*)$\""),
    ];
    assert_eq!(told, expected);
    assert_eq!(outcome.summary, "3 disks, 3 in trouble");
    let temp = outcome.metrics.iter().find(|it| it.name == "temp").unwrap();
    assert_eq!((temp.value, temp.labels.as_slice()), (41.0, [("disk".to_owned(), "sda".to_owned())].as_slice()));
    let codes: Vec<f64> = outcome.metrics.iter().filter(|it| it.name == "exit_code").map(|it| it.value).collect();
    assert_eq!(codes, [0.0, 2.0]);
    assert_eq!(outcome.details[0], "sda: /usr/sbin/smartctl -A /dev/sda: exit code 0, 1 line");
    assert!(outcome.details.contains(&"sdb: standard error: no such device".to_owned()), "{:?}", outcome.details);
    let declared = host.declared::<RunCommand>(&config).unwrap();
    assert!(format!("{declared:?}").contains("labels: [\"disk\"]"), "{declared:?}");
}

#[test]
fn rates_of_many_things_are_kept_apart() {
    let host = disks();
    let config = format!(r#"{{{DISKS}, "numbers": [{{"name": "errors", "pattern": "(\\d+)", "as": "rate"}}]}}"#);
    let run = |at: u64, a: &str, b: &str| -> Vec<f64> {
        host.set_time(at).command(&["/usr/sbin/smartctl", "-A", "/dev/sda"], a);
        host.command(&["/usr/sbin/smartctl", "-A", "/dev/sdb"], b);
        let outcome = host.run::<RunCommand>(&config).unwrap();
        outcome.metrics.iter().filter(|it| it.name == "errors").map(|it| it.value).collect()
    };
    assert!(run(100, "5", "7").iter().all(|it| it.is_nan()));
    assert_eq!(run(110, "15", "27"), [1.0, 2.0]);
}

#[test]
fn where_there_is_no_thing_nothing_is_known() {
    let host = Fake::new();
    host.grant_command(None, &["/usr/sbin/smartctl", "-A", "/dev/sd?"]);
    let outcome = host.run::<RunCommand>(&format!("{{{DISKS}}}")).unwrap();
    assert_eq!(
        (outcome.status, outcome.summary.as_str()),
        (Status::Unknown, "there is none, so nothing was looked at")
    );
}

#[test]
fn what_time_does_not_reach_is_unknown_with_the_limit() {
    let mut time = Time::of_run();
    assert!(time.is_left(), "a host that does not tell");
    let host = Fake::new();
    host.grant_command(None, &["/bin/x", "*"]).time_left(1_000_000_000);
    host.with(|| {
        let mut time = Time::of_run();
        assert!(time.is_left());
        time.spend(|| host.set_time(1_767_225_601));
        assert!(!time.is_left());
    });
    let host = disks();
    host.time_left(0).command(&["/usr/sbin/smartctl", "-A", "/dev/sda"], "");
    let outcome = host.run::<RunCommand>(&format!("{{{DISKS}}}")).unwrap();
    let late = &outcome.subchecks[0];
    assert_eq!(late.status, Status::Unknown);
    assert_eq!(late.text, "not looked at: limits.timeout leaves no time for it; a larger one does");
    time.spend(|| ());
}

#[test]
fn each_needs_a_command_with_one_wildcard() {
    for argv in [&["/bin/x"] as &[&str], &["/bin/x", "*", "?"]] {
        let host = Fake::new();
        host.grant_command(None, argv).file("/sys/block/sda", "");
        let failure = host.run::<RunCommand>(&format!("{{{DISKS}}}")).unwrap_err();
        assert!(failure.message.contains("whose argv_pattern has a wildcard in one argument"), "{}", failure.message);
    }
    let config = r#"{"argv": ["/x"], "each": {"label": "Disk", "glob": "/sys/block", "argument": "/dev"}}"#;
    let problems = Fake::new().validate::<RunCommand>(config).unwrap_err();
    let keys: Vec<&str> = problems.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(keys, ["argv", "each.label", "each.glob", "each.argument"]);
}

#[test]
fn an_error_on_standard_output_with_code_0_is_unknown_with_what_it_says() {
    let config = r#"{"numbers": [{"name": "depth", "pattern": "^depth: (.*)$"}], "must_contain": ["^depth"]}"#;
    let outcome = prints(config, "ERROR: cannot connect to the server\n");
    assert_eq!(outcome.status, Status::Critical);
    assert_eq!(outcome.subchecks[0].status, Status::Unknown);
    assert_eq!(outcome.details[1], "ERROR: cannot connect to the server");
    let json = r#"{"json": [{"name": "depth", "path": "/depth"}, {"name": "age", "path": "/age"}]}"#;
    let outcome = prints(json, "ERROR: cannot connect to the server\n");
    let said = "depth: line 1, column 1: expected value in \"ERROR: cannot connect to the server\"";
    assert_eq!(outcome.subchecks.iter().map(|it| it.text.as_str()).next(), Some(said));
    assert!(outcome.subchecks.iter().all(|it| it.status == Status::Unknown) && outcome.subchecks.len() == 2);
}

#[test]
fn half_a_json_and_a_renamed_key_are_unknown() {
    let config = r#"{"json": [{"name": "depth", "path": "/queue/depth"}]}"#;
    let whole = r#"{"queue": {"depth": 5}}"#;
    assert_eq!(value(&prints(config, whole), "depth"), Some(5.0));
    for at in 0..whole.len() {
        let outcome = prints(config, &whole[..at]);
        assert_eq!((outcome.subchecks[0].status, value(&outcome, "depth")), (Status::Unknown, None), "{at}");
    }
    let renamed = prints(config, r#"{"queue": {"messages": 5}}"#);
    assert_eq!(renamed.subchecks[0].text, "depth: there is nothing at /queue/depth");
}

#[test]
fn numbers_with_units_negative_and_large() {
    let config = r#"{"numbers": [{"name": "n", "pattern": "^n=(.*)$"}], "json": []}"#;
    assert_eq!(value(&prints(config, "n=-12.5"), "n"), Some(-12.5));
    for glued in ["12MB", "5%", "1.5s", "0x10", "1e999", "--1", "\u{661}"] {
        let outcome = prints(config, &format!("n={glued}"));
        assert_eq!((outcome.subchecks[0].status, value(&outcome, "n")), (Status::Unknown, None), "{glued}");
    }
    let json = r#"{"json": [{"name": "n", "path": "/n"}]}"#;
    assert_eq!(value(&prints(json, r#"{"n": 9007199254740992}"#), "n"), Some(9_007_199_254_740_992.0));
    for large in ["9007199254740993", "-9007199254740993", "18446744073709551615"] {
        let outcome = prints(json, &format!("{{\"n\": {large}}}"));
        assert_eq!(outcome.subchecks[0].text, "n: /n: is beyond 2^53, and would be rounded");
    }
}

#[test]
fn ten_thousand_series_are_told_in_linear_time() {
    let text: String = (0..10_000).map(|it| format!("queue{it} {it}\n")).collect();
    let config =
        r#"{"lines": 1, "numbers": [{"name": "depth", "pattern": "^(?<queue>\\S+) (?<value>\\d+)$", "as": "delta"}]}"#;
    let host = Fake::new();
    for _ in 0..2 {
        host.command(&ARGV, &text);
        let outcome = host.run::<RunCommand>(config).unwrap();
        assert_eq!(outcome.metrics.iter().filter(|it| it.name == "depth").count(), 10_000);
    }
}
