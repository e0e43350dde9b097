//! Components that import WASI because their toolchain does: each language's own, built by the commands that its documents teach,
//! and each hostile use of what WASI has.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use std::sync::Once;
use std::time::{Duration, Instant, SystemTime};

use roundsman_tests::component::with_wasi;
use roundsman_tests::{Host, Output, children};
use serde_json::Value;

const LANGUAGES: [&str; 4] = ["rust", "python", "javascript", "c"];

/// A host that has the compiled code of these components: Python's takes half a minute, so one test compiles it for all.
fn host() -> Host {
    static COMPILED: Once = Once::new();
    let host = Host::new();
    host.keep_code("wasi/code");
    COMPILED.call_once(|| {
        for language in LANGUAGES {
            host.check(&with_wasi(language), &["--set", "do=\"print\""]);
        }
    });
    host
}

/// Runs the component of a language, which does what `act` says.
#[track_caller]
fn run(language: &str, act: &str, more: &[&str]) -> Output {
    let act = format!("do=\"{act}\"");
    host().check(&with_wasi(language), &[&["--set", &act], more].concat())
}

/// The summary of a run that reported.
#[track_caller]
fn summary(language: &str, act: &str) -> String {
    let output = run(language, act, &[]);
    let report = output.json();
    assert_eq!(report["failure"], Value::Null, "{language}: {output}");
    report["summary"].as_str().expect("a summary").to_owned()
}

#[test]
fn output_of_every_language_is_lines_of_the_log() {
    for language in LANGUAGES {
        let output = run(language, "print", &[]);
        let report = output.json();
        let log = report["log"].as_array().expect("a log");
        let said: BTreeSet<&str> = log.iter().filter_map(|line| line["message"].as_str()).collect();
        assert_eq!(said, BTreeSet::from(["to standard error", "to standard output"]), "{language}: {output}");
        assert_eq!(report["summary"], "printed");
    }
}

#[test]
fn the_time_is_that_of_the_host_and_not_of_the_build() {
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs_f64();
    for (language, unit) in [("rust", 1e3), ("python", 1.0), ("javascript", 1e3), ("c", 1.0)] {
        // C counts whole seconds.
        let earliest = now().floor() - 1e-3;
        let told: f64 = summary(language, "time").parse().expect("a number");
        assert!((earliest..=now()).contains(&(told / unit)), "{language}: {told}");
    }
}

/// C11: what one run draws, no other does, though both processes were forked from one.
#[test]
fn two_checks_of_one_round_draw_other_random_numbers() {
    let host = host();
    let acts =
        [("rust", "random"), ("python", "uuid"), ("python", "random"), ("javascript", "random"), ("c", "random")];
    let mut toml = String::new();
    for (number, (language, act)) in acts.iter().enumerate() {
        for twin in ["one", "other"] {
            toml.push_str(&format!(
                "[check.c{number}_{twin}]\nwasm = \"{}\"\nevery = \"1m\"\nconfig = {{ do = \"{act}\" }}\n",
                with_wasi(language).display()
            ));
        }
    }
    host.drop_in("twins", &toml);
    // A round has no time for what takes half a minute to compile.
    assert_eq!(host.run(["compile"]).code, 0);
    let output = host.run(["run", "--all", "--format", "json"]);
    let reports = output.json_lines();
    let drawn: BTreeSet<&str> = reports
        .iter()
        .filter(|report| report["failure"].is_null() && report["check"] != "roundsman")
        .filter_map(|report| report["summary"].as_str())
        .collect();
    assert_eq!(drawn.len(), 2 * acts.len(), "{output}");
}

#[test]
fn a_file_that_was_not_granted_is_not_there() {
    assert!(summary("rust", "open").starts_with("Err("));
    assert!(summary("rust", "directory").starts_with("Err("));
    assert_ne!(summary("c", "open"), "it was opened");
    run("python", "open", &[]).assert_failure("trap", &["FileNotFoundError", "/etc/hostname", "speaks.py, line "]);
}

/// C15: what each language's own library tries ends in its own words, and no way leads out.
#[test]
fn no_library_finds_a_way_out() {
    let ways = [
        ("write", "NotFound"),
        ("connect", "PermissionDenied"),
        ("listen", "PermissionDenied"),
        ("send", "PermissionDenied"),
        ("name", "failed to lookup address"),
        ("program", "Unsupported"),
        ("thread", "Unsupported"),
    ];
    for (act, said) in ways {
        let summary = summary("rust", act);
        assert!(summary.starts_with("Err(") && summary.contains(said), "{act}: {summary}");
    }
    // Those that were no error would stand between the brackets.
    let attempts = summary("python", "attempts");
    assert!(attempts.starts_with("[] listen: PermissionError send: PermissionError"), "{attempts}");
    for way in ["name", "http", "thread", "program", "fork", "write", "list"] {
        assert!(attempts.contains(&format!(" {way}: ")), "{way}: {attempts}");
    }
    for act in ["write", "list"] {
        assert_eq!(summary("c", act), "Capabilities insufficient", "{act}");
    }
    let output = run("javascript", "attempts", &[]);
    output.assert_failure("trap", &["it called `wasi:http/", "WASI grants nothing"]);
    assert!(output.json()["log"].to_string().contains("random: "), "{output}");
}

/// While a component is described it learns nothing of the host, in no language.
#[test]
fn the_clock_stands_at_0_in_describe() {
    let host = host();
    for language in LANGUAGES {
        let output = host.run(["inspect", &with_wasi(language).display().to_string(), "--format", "json"]);
        let summary = output.json()["summary"].as_str().unwrap_or_default().to_lowercase();
        let expected = if language == "javascript" { "clock 0" } else { "clock 0, file false" };
        assert_eq!(summary, expected, "{language}: {output}");
    }
}

#[test]
fn arguments_variables_and_input_are_empty() {
    assert_eq!(summary("rust", "environment"), "0 0");
    assert_eq!(summary("rust", "input"), "Ok(\"\")");
    assert_eq!(summary("c", "environment"), "no PATH");
    assert!(!summary("python", "environment").contains("PATH"));
}

#[test]
fn what_a_component_dies_of_has_its_place() {
    run("rust", "panic", &[]).assert_failure("trap", &["panicked at src/lib.rs:", "no such disk"]);
    run("python", "raise", &[])
        .assert_failure("trap", &["ValueError: invalid literal", "(speaks.py, line ", ", in raised"]);
    run("javascript", "throw", &[]).assert_failure("trap", &["can't access property", "(initializer.js:", ", in "]);
    run("c", "abort", &[]).assert_failure("trap", &["assertion failed: x > 0"]);
}

#[test]
fn who_exits_has_not_reported() {
    run("rust", "exit", &[]).assert_failure("check", &["exited with code"]);
    run("python", "exit", &[]).assert_failure("check", &["exited with code 1", "giving up"]);
    run("c", "exit", &[]).assert_failure("check", &["exited with code", "giving up"]);
}

#[test]
fn sleep_ends_by_itself_or_at_the_timeout() {
    for language in LANGUAGES {
        assert!(summary(language, "sleep").starts_with("slept"), "{language}");
        let started = Instant::now();
        run(language, "sleep forever", &["--timeout", "2s"]).assert_failure("timeout", &[]);
        assert!(started.elapsed() < Duration::from_secs(60), "{language}: {:?}", started.elapsed());
    }
}

/// C15: each socket is refused in the words of the language, each call of http by its name.
#[test]
fn sockets_are_refused() {
    for act in ["tcp", "udp"] {
        assert!(summary("rust", act).contains("access-denied"), "{act}");
    }
    assert!(summary("rust", "lookup").contains("permanent-resolver-failure"));
    run("python", "socket", &[]).assert_failure("trap", &["PermissionError"]);
    run("rust", "http", &[]).assert_failure("trap", &["it called `wasi:http/types@0.2", "WASI grants nothing"]);
    run("javascript", "fetch", &[]).assert_failure("trap", &["it called `wasi:http/"]);
    assert!(summary("rust", "thread").starts_with("Err("));
}

/// C11, C30: whatever WASI could be asked for without an end, ends.
#[test]
fn no_use_of_wasi_is_without_an_end() {
    run("rust", "huge random", &[]).assert_failure("trap", &[]);
    for act in ["random for ever", "time for ever"] {
        // A tenth of the usual fuel: on a busy host the timeout would be first.
        let host = host();
        let wasm = with_wasi("rust").display().to_string();
        host.drop_in(
            "endless",
            &format!(
                "[check.endless]\nwasm = \"{wasm}\"\nevery = \"1m\"\nconfig = {{ do = \"{act}\" }}\n\
                 limits = {{ fuel = 100_000_000, timeout = \"60s\" }}\n"
            ),
        );
        host.run(["check", "endless", "--format", "json"]).assert_failure("limit", &["limits.fuel"]);
    }
    run("rust", "many timers", &[]).assert_failure("trap", &[]);
    run("rust", "many pollables", &["--timeout", "2s"]).assert_failure("timeout", &[]);
    run("rust", "huge zeroes", &[]).assert_failure("trap", &[]);
    for language in ["python", "c"] {
        assert_eq!(summary(language, "much random"), "1048576", "{language}");
    }
}

/// C30: output has the limits of the log, and costs fuel.
#[test]
fn floods_of_output_are_cut_and_counted() {
    for (language, act) in [
        ("rust", "flood"),
        ("rust", "flood without lines"),
        ("python", "flood"),
        ("javascript", "flood"),
        ("c", "flood"),
    ] {
        let output = run(language, act, &["--timeout", "60s"]);
        let report = output.json();
        let flooded = report["summary"] == "flooded" || report["failure"]["kind"] == "limit";
        assert!(flooded, "{language}: {}", output.code);
        assert!(output.stdout.len() < 1 << 20, "{language}: {} bytes", output.stdout.len());
        let last = report["log"].as_array().and_then(|log| log.last()).expect("a line").to_string();
        let dropped = last.split("\"message\":\"").nth(1).and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
        assert!(dropped.is_some_and(|lines| lines > 1_000) && last.contains("limits.log"), "{language}: {last}");
    }
}

/// C31: no runtime for tasks brings threads along. Under the filter of system calls a second one would be killed; here each
/// process of a round is looked at.
#[test]
fn no_process_of_a_round_with_wasi_has_a_second_thread() {
    let host = host();
    let mut toml = String::new();
    for language in ["rust", "python", "c"] {
        toml.push_str(&format!(
            "[check.{language}]\nwasm = \"{}\"\nevery = \"1m\"\nconfig = {{ do = \"sleep forever\" }}\nlimits = {{ timeout = \"8s\" }}\n",
            with_wasi(language).display()
        ));
    }
    host.drop_in("sleepers", &toml);
    let mut round = host.command(&[]).args(["run", "--all"]).stdout(Stdio::null()).spawn().expect("the round starts");
    let (mut seen, mut most) = (BTreeSet::new(), 0);
    while round.try_wait().expect("the round").is_none() {
        let here: Vec<u32> = std::iter::once(round.id()).chain(children(round.id())).collect();
        let workers = here.iter().filter(|pid| named(**pid).starts_with("roundsman-worke")).count();
        most = most.max(workers);
        for pid in here {
            let threads = fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
            assert!(threads <= 1, "{} has {threads} threads", named(pid));
            seen.insert(named(pid));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(most >= 2, "not two workers at a time were seen: {seen:?}");
}

fn named(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim_end().to_owned()
}
