//! Hostile components, one for each row of the threats: each ends as its own failure, in time, and says why.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use roundsman_tests::{Host, Output, component, guest};
use serde_json::Value;

/// Puts a component of `tests/guests/wat` on a host.
fn wat(host: &Host, name: &str) -> PathBuf {
    host.file(&format!("{name}.wasm"), component::wat(name))
}

/// Runs a component of `tests/guests/wat` that fails so.
#[track_caller]
fn fails(name: &str, kind: &str, parts: &[&str]) {
    let host = Host::new();
    host.check(&wat(&host, name), &[]).assert_failure(kind, parts);
}

#[test]
fn the_smallest_check_reports() {
    let host = Host::new();
    let output = host.check(&wat(&host, "minimal"), &[]);
    let report = output.json();
    assert_eq!((output.code, &report["status"]), (0, &Value::from("ok")), "{output}");
    assert_eq!(report["summary"], "it lives", "{output}");
    assert_eq!(
        (&report["metrics"][0]["name"], &report["metrics"][0]["value"]),
        (&"beats".into(), &42.0.into()),
        "{output}"
    );
    assert_eq!(report["failure"], Value::Null, "{output}");
}

// C01, C02: fuel. Its value is in the message, and the key that sets it in the hint.

#[test]
fn a_loop_in_run_is_out_of_fuel() {
    fails("loops-in-run", "limit", &["fuel", "2000000000"]);
}

#[test]
fn a_loop_in_start_is_out_of_fuel() {
    fails("loops-in-start", "limit", &["fuel"]);
}

#[test]
fn a_loop_in_describe_is_out_of_fuel() {
    fails("loops-in-describe", "limit", &["fuel"]);
}

#[test]
fn bulk_writes_cost_fuel_by_the_byte() {
    let start = Instant::now();
    fails("fills", "limit", &["fuel"]);
    assert!(start.elapsed() < Duration::from_secs(10), "fuel did not count the bytes: {:?}", start.elapsed());
}

// C03, C18, B30: host calls.

#[test]
fn a_flood_of_the_log_costs_fuel_by_the_byte() {
    let start = Instant::now();
    let host = Host::new();
    // Seconds of computing on any machine, a busy one too: minutes if the bytes cost nothing.
    let output = host.check(&wat(&host, "floods-log"), &["--timeout", "60s"]);
    output.assert_failure("limit", &["fuel"]);
    assert!(start.elapsed() < Duration::from_secs(60), "fuel did not count the bytes: {:?}", start.elapsed());
    assert!(output.stdout.len() < 200_000, "{} bytes of log in the report", output.stdout.len());
}

#[test]
fn what_the_log_has_no_room_for_is_counted() {
    let host = Host::new();
    let line = "x".repeat(1000);
    let asks = format!("ask=[{{ log = \"{line}\", repeat = 2000 }}]");
    let output = host.check(&guest("probe"), &["--set", &asks]);
    assert_eq!(output.code, 0, "{output}");
    let report = output.json();
    let lines = report["log"].as_array().expect("a log");
    let kept: usize = lines.iter().map(|line| line.to_string().len()).sum();
    assert!(kept < 80 << 10, "limits.log is 64 KiB, kept {kept} bytes");
    assert!(lines.iter().any(|line| line.to_string().contains("dropped")), "no line says what was dropped: {output}");
}

#[test]
fn endless_calls_of_the_clock_end() {
    let host = Host::new();
    let output = host.check(&guest("calls"), &["--set", "call=now", "-t", "5s"]);
    let kind = output.json()["failure"]["kind"].clone();
    assert!(kind == "limit" || kind == "timeout", "{output}");
}

#[test]
fn commands_of_a_run_are_counted() {
    let host = Host::new();
    let output = host.check(&guest("calls"), &["--set", "call=run", "--allow-command", "/bin/true"]);
    output.assert_failure("limit", &["commands", "64"]);
}

#[test]
fn state_of_a_check_is_bounded() {
    let host = Host::new();
    host.check(&guest("calls"), &["--set", "call=set"]).assert_failure("limit", &["state", "64KiB"]);
}

#[test]
fn a_denial_that_is_passed_on_says_what_would_allow_it() {
    let host = Host::new();
    let output = host.check(&guest("calls"), &["--set", "call=read"]);
    output.assert_failure("denied", &["files = [\"/proc/loadavg\"]"]);
    let denial = output.json()["denials"][0].clone();
    assert_eq!((&denial["capability"], &denial["target"]), (&"files".into(), &"/proc/loadavg".into()), "{output}");
}

#[test]
fn a_denial_that_is_swallowed_is_reported() {
    let host = Host::new();
    let output = host.check(&guest("probe"), &["--set", "ask=[{ read = \"/etc/passwd\" }]"]);
    let report = output.json();
    assert_eq!((output.code, &report["failure"]), (0, &Value::Null), "{output}");
    assert_eq!(report["details"][0], "read /etc/passwd: denied files /etc/passwd", "{output}");
    assert_eq!(report["denials"][0]["target"], "/etc/passwd", "{output}");
}

// C04: time.

#[test]
fn a_wait_without_an_end_ends_at_the_timeout() {
    let host = Host::new();
    let start = Instant::now();
    let output = host.check(&guest("waits"), &["-t", "1s"]);
    let kind = output.json()["failure"]["kind"].clone();
    assert!(kind == "timeout" || kind == "limit", "{output}");
    assert!(start.elapsed() < Duration::from_secs(6), "ended after {:?}", start.elapsed());
}

// C05, C06, C28: memory.

#[test]
fn memory_that_grows_for_ever_ends_at_the_limit() {
    fails("grows-memory", "limit", &["memory", "128MiB"]);
}

#[test]
fn a_check_that_collects_for_ever_ends_at_the_limit() {
    let host = Host::new();
    host.check(&guest("allocates"), &[]).assert_failure("limit", &["memory", "128MiB"]);
}

#[test]
fn memory_that_starts_too_large_is_over_the_limit() {
    fails("starts-large", "limit", &["memory"]);
}

#[test]
fn a_table_counts_as_memory() {
    fails("grows-table", "limit", &["memory"]);
}

/// What the runtime counts is below the limit, what the process needs meanwhile is not.
#[test]
fn a_table_that_the_process_has_no_room_for_is_over_the_limit_too() {
    let host = Host::new();
    let output = host.check(&host.file("table.wasm", component::wat("doubles-table")), &[]);
    output.assert_failure("limit", &["memory", "its process could get no more"]);
    assert!(!output.stdout.contains("BACKTRACE"), "{output}");
}

#[test]
fn many_instances_end_at_a_limit() {
    let host = Host::new();
    let many = |count| host.file("many.wasm", component::with_instances(component::wat("minimal"), count));
    host.check(&many(900), &[]).assert_failure("limit", &["instance"]);
    // More than the format allows.
    host.check(&many(20_000), &[]).assert_failure("invalid", &["instance"]);
}

/// A component with 90 of these fields; the format allows a hundred.
#[track_caller]
fn ninety(field: &str) -> Output {
    many(field, 90)
}

fn many(field: &str, count: usize) -> Output {
    let host = Host::new();
    let fields = format!("{field}\n").repeat(count);
    let many = component::assemble(&fields, &component::World::default()).expect("a component");
    host.check(&host.file("many.wasm", many), &[])
}

#[test]
fn many_memories_end_at_a_limit() {
    ninety("(memory 1)").assert_failure("limit", &["memory count"]);
    // Composed components have several: together they may have what one may.
    many("(memory 600)", 4).assert_failure("limit", &["limits.memory of 128MiB is reached"]);
}

#[test]
fn many_tables_end_at_a_limit() {
    ninety("(table 1 funcref)").assert_failure("limit", &["table count"]);
}

// C07

#[test]
fn a_recursion_exhausts_its_own_stack() {
    fails("recurses", "trap", &["call stack exhausted"]);
}

// C22: what another run left.

#[test]
fn fresh_memory_is_empty_whoever_had_such_memory_before() {
    let host = Host::new();
    let wasm = wat(&host, "fresh-memory").display().to_string();
    let check = |number: u32| format!("[check.fresh-{number}]\nwasm = \"{wasm}\"\nevery = \"1m\"\n");
    host.drop_in("fresh", &(0..8).map(check).collect::<String>());
    for _ in 0..3 {
        // One looks right after another has filled its own, and some at the same time.
        for report in host.run(["run", "--all", "--format", "json"]).json_lines() {
            assert_eq!((&report["failure"], &report["status"]), (&Value::Null, &"ok".into()), "{report}");
        }
    }
}

// C24: addresses.

#[test]
fn a_shell_that_leaves_few_addresses_is_enough() {
    let host = Host::new();
    let wasm = wat(&host, "fresh-memory").display().to_string();
    for kibibytes in [1 << 18, 1 << 20, 4 << 20, 8 << 20, 63 << 20, 65 << 20] {
        let through = ["sh", "-c", &format!("ulimit -v {kibibytes}; exec \"$0\" \"$@\"")];
        let output = host.run_through(&through, ["check", &wasm, "--format", "json"]);
        assert_eq!((output.code, &output.json()["failure"]), (0, &Value::Null), "{kibibytes} KiB: {output}");
    }
}

// C08, C28: what the host would have to copy.

#[test]
fn a_huge_text_is_not_copied() {
    fails("logs-huge-text", "limit", &[]);
}

#[test]
fn one_text_a_thousand_times_is_not_copied() {
    fails("repeats-one-text", "limit", &[]);
}

// C09: values that the canonical ABI does not allow.

#[test]
fn a_text_that_is_not_utf8_traps() {
    fails("logs-bad-utf8", "trap", &["utf-8"]);
}

#[test]
fn a_text_beyond_memory_traps() {
    fails("logs-beyond-memory", "trap", &["out of bounds"]);
}

#[test]
fn an_unknown_level_traps() {
    fails("logs-bad-level", "trap", &[]);
}

#[test]
fn an_outcome_beyond_memory_traps() {
    fails("returns-bad-pointer", "trap", &[]);
}

#[test]
fn a_misaligned_outcome_traps() {
    fails("returns-misaligned", "trap", &["align"]);
}

#[test]
fn an_unknown_status_traps() {
    fails("returns-bad-status", "trap", &[]);
}

#[test]
fn a_list_longer_than_memory_traps() {
    fails("returns-endless-list", "trap", &[]);
}

#[test]
fn options_that_have_no_place_trap() {
    fails("allocates-nowhere", "trap", &[]);
}

// C16, and a fault of an honest check.

#[test]
fn an_end_without_a_result_is_a_trap() {
    fails("gives-up", "trap", &["unreachable"]);
}

#[test]
fn a_panic_reaches_the_operator_with_its_place() {
    let host = Host::new();
    host.check(&guest("panics"), &[]).assert_failure("trap", &["the drum is empty", "panics.rs:1"]);
}
