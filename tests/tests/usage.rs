//! Messages besides outcomes: of a command that cannot begin, and of the runtime's own steps.

use roundsman_tests::Host;

const LOAD: &str = "[check.load]\nwasm = \"load.wasm\"\nevery = \"1m\"\nseverity = { warning = \"ok\", critical = \"ok\" }\n\
                    grant.files = [\"/proc/loadavg\", \"/sys/devices/system/cpu/online\"]\n";

/// A host with that check.
fn loaded() -> Host {
    let host = Host::new();
    host.drop_in("load", LOAD);
    host
}

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
    let host = loaded();
    let told = |level: &str| host.run_through(&["env", &format!("ROUNDSMAN_LOG={level}")], ["run", "--all"]);
    let unasked = told("");
    assert_eq!((unasked.code, unasked.stderr.as_str()), (0, ""), "{unasked}");
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
    let help = "ROUNDSMAN_LOG=loud\\x1b[2J: nothing is told; write ROUNDSMAN_LOG=debug\n";
    assert_eq!((wrong.code, wrong.stderr.as_str()), (0, help), "{wrong}");
}

/// Its stderr is full, its reader gone or asleep: what a check is answered does not change.
#[test]
fn who_does_not_listen_to_the_runtime_costs_no_outcome() {
    let host = loaded();
    for stderr in ["/dev/full", ">(exec 2>&-; true)", ">(exec sleep 20 >/dev/null 2>&1)"] {
        // A pipe of the last kind is filled up before.
        let full = "exec 3>&2; if [ -p /dev/fd/2 ]; then timeout 1 head -c 65536 /dev/zero >&2; fi; exec \"$0\" \"$@\"";
        let script = format!("exec 2> {stderr}; {full}");
        let through = ["env", "ROUNDSMAN_LOG=debug", "timeout", "30", "bash", "-c", &script];
        let round = host.run_through(&through, ["run", "--all"]);
        assert!(round.code == 0 && round.stdout.contains("1 of 1 due"), "{stderr}: {round}");
        let check = host.run_through(&through, ["check", "load"]);
        assert!(check.code == 0 && check.stdout.starts_with("OK: "), "{stderr}: {check}");
    }
}
