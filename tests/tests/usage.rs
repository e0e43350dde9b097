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
