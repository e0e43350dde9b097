//! What a monitoring system gets of a command that cannot begin.

use roundsman_tests::Host;

#[test]
fn what_a_plugin_cannot_begin_is_one_line_that_says_what_to_write() {
    let host = Host::new();
    let missing = host.run(["--config", "/nonex", "check", "memory"]);
    let help = "UNKNOWN: no configuration: /nonex does not exist; an empty file takes every default: install -D -m 0644 /dev/null /nonex\n";
    assert_eq!((missing.code, missing.stdout.as_str()), (3, help), "{missing}");
    let nameless = host.run(["check"]);
    let usage = "UNKNOWN: usage: the following required arguments were not provided: <NAME|FILE.wasm>\n";
    assert_eq!((nameless.code, nameless.stdout.as_str()), (3, usage), "{nameless}");
}

#[test]
fn the_runtime_tells_what_it_does_to_who_asks_and_nothing_of_what_a_check_was_given() {
    let host = Host::new();
    host.drop_in("load", "[check.load]\nwasm = \"load.wasm\"\nevery = \"1m\"\ngrant.files = [\"/proc/loadavg\"]\n");
    let told = |level: &str| host.run_through(&["env", &format!("ROUNDSMAN_LOG={level}")], ["run", "--all"]);
    for nothing in ["", "info"] {
        let round = told(nothing);
        assert_eq!((round.code, round.stderr.as_str()), (0, ""), "{round}");
    }
    let round = told("debug");
    let steps =
        ["read the configuration", "decided on isolation", "chose what is due", "runs", "ended", "logs and stores"];
    let mut rest = round.stderr.as_str();
    for step in steps {
        let (_, after) = rest.split_once(step).unwrap_or_else(|| panic!("no `{step}` in {round}"));
        rest = after;
    }
    assert!(round.code == 0 && round.stderr.contains("check=\"load\""), "{round}");
    assert!(!round.stderr.contains("/proc/loadavg"), "{round}");
    let wrong = told("loud\u{1b}[2J");
    let help = "ROUNDSMAN_LOG=loud\\x1b[2J: write error, warn, info, debug or trace; nothing is told\n";
    assert_eq!((wrong.code, wrong.stderr.as_str()), (0, help), "{wrong}");
}
