//! Recordings: a replay reaches no host, and ends as the run did.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use roundsman_tests::component::{self, check, guest};
use roundsman_tests::{Host, Output, root};

/// Records a run of a component and replays it.
fn recorded(host: &Host, component: &Path, name: &str, args: &[&str]) -> (Output, Output) {
    let file = host.path(name);
    let file = file.to_str().expect("a path in UTF-8");
    let run = host.check(component, &[args, &["--record", file]].concat());
    (run, host.run(["replay", file]))
}

#[track_caller]
fn assert_the_same(host: &Host, component: &Path, name: &str, args: &[&str]) {
    let (run, replay) = recorded(host, component, name, args);
    assert!(replay.code == 0 && replay.stdout.starts_with("the same outcome"), "{name}: {replay}\nrecorded: {run}");
}

#[test]
fn every_shipped_check_replays_to_the_same_outcome() {
    let host = Host::new();
    let names = fs::read_dir(root().join("checks")).expect("a folder of checks");
    let names: Vec<String> =
        names.map(|name| name.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let granted = ["--allow-file", "/proc/*", "--allow-file", "/sys/*/*/*/*", "--allow-filesystem", "mounted"];
        assert_the_same(&host, &check(&name), &name, &granted);
        let tape = host.path(&format!("{name}-learnt"));
        let (component, tape) = (check(&name), tape.to_str().expect("a path in UTF-8"));
        let all =
            host.run(["check", component.to_str().expect("a path in UTF-8"), "--learn", "--yes", "--record", tape]);
        let replay = host.run(["replay", tape]);
        assert!(replay.code == 0, "{name}, with all that it needs, commands too: {replay}\nrecorded: {all}");
        // Nothing is granted: each denial is played too.
        assert_the_same(&host, &check(&name), &format!("{name}-denied"), &[]);
    }
}

/// Calls of a guest that is made of a program of them, of which some are granted.
const CALLS: [&str; 27] = [
    "{ read = \"/proc/loadavg\" }",
    "{ read = \"/proc/uptime\", repeat = 3 }",
    "{ read = \"/etc/hostname\" }",
    "{ read = \"/proc/nothing-there\" }",
    "{ read = \"relative/../path\" }",
    "{ read_at = [\"/proc/meminfo\", 7, 100] }",
    "{ read_glob = \"/proc/[0-9]*/stat\" }",
    "{ read_glob = \"/etc/*\" }",
    "{ stat = \"/proc/loadavg\" }",
    "{ stat_glob = \"/etc/p*\" }",
    "{ usage = \"/\" }",
    "{ usages = [\"/\", \"/nowhere\", \"/proc\"] }",
    "{ mounts = true }",
    "{ granted = true }",
    "{ command = [\"/bin/sh\", \"-c\", \"cat; echo $$ >&2; exit 3\"], input = \"given\" }",
    "{ command = [\"sh\", \"-c\", \"date +%N; exit 0\"] }",
    "{ command = [\"sh\", \"-c\", \"kill -9 $$\"] }",
    "{ command = [\"/bin/ls\", \"/\"] }",
    "{ command = [\"/bin/nothing-there\"] }",
    "{ state_get = \"a\" }",
    "{ state_set = [\"a\", \"more\"] }",
    "{ state_remove = \"a\" }",
    "{ log = \"a line\", level = \"warning\" }",
    "{ log = \"\\u001b[31m\", level = \"debug\" }",
    "{ log = \"no\", level = \"none\" }",
    "{ clock = true, repeat = 2 }",
    "{ read = \"/proc/self/stat\" }",
];

/// Returns the options of a guest by its number: up to eight calls, of which the first error ends every third.
fn program(number: u64) -> Vec<String> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let calls: Vec<&str> = (0..=next(8)).map(|_| CALLS[next(CALLS.len())]).collect();
    vec![format!("ask=[{}]", calls.join(", ")), format!("pass_on={}", number.is_multiple_of(3))]
}

#[test]
fn a_hundred_generated_guests_replay_to_the_same() {
    let host = Host::new();
    let granted = [
        ["--allow-file", "/proc/*"],
        ["--allow-file", "/proc/*/stat"],
        ["--allow-metadata", "/etc/*"],
        ["--allow-filesystem", "mounted"],
        ["--allow-command-pattern", "/bin/sh -c *"],
        ["--allow-command", "/bin/nothing-there"],
    ];
    let mut failed = 0;
    for number in 0..100 {
        let options = program(number);
        let mut args = granted.concat();
        options.iter().for_each(|option| args.extend(["--set", option.as_str()]));
        let (run, replay) = recorded(&host, &guest("probe"), &number.to_string(), &args);
        assert!(
            replay.code == 0 && replay.stdout.starts_with("the same outcome"),
            "{options:?}: {replay}\nrecorded: {run}"
        );
        failed += usize::from(run.code == 3);
    }
    assert!((10..90).contains(&failed), "{failed} of 100 failed: both kinds are to be replayed");
}

/// What a generated component does in one step: what it reports is made of what the host answers.
const STEPS: [&str; 8] = [
    "(call $log (i32.const 1) (i32.const 8) (i32.const 8))",
    // The status by the clock, the summary's length by another.
    "(i32.store8 (i32.const 2056) (i32.and (i32.wrap_i64 (i64.shr_u (call $now) (i64.const 20))) (i32.const 1)))",
    "(i32.store (i32.const 2064) (i32.and (i32.wrap_i64 (call $monotonic)) (i32.const 7)))",
    "(i32.store8 (i32.const 2056) (i32.and (call $offset) (i32.const 1)))",
    // The summary from a file that is another one at each look; no answer is a warning.
    "(call $read (i32.const 64) (i32.const 12) (i32.const 4096)) (call $take)",
    "(call $read (i32.const 96) (i32.const 11) (i32.const 4096)) (call $take)",
    "(call $read (i32.const 128) (i32.const 13) (i32.const 4096)) (call $take)",
    "(if (i32.and (i32.wrap_i64 (i64.shr_u (call $now) (i64.const 24))) (i32.const 1)) (then unreachable))",
];

/// Makes a component of its own of up to twelve steps.
fn generated(number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let steps: String = (0..=next(12)).map(|_| STEPS[next(STEPS.len())]).collect();
    let text = format!(
        r#"(import "roundsman:check/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
           (import "roundsman:check/clock@0.1.0" "now" (func $now (result i64)))
           (import "roundsman:check/clock@0.1.0" "monotonic" (func $monotonic (result i64)))
           (import "roundsman:check/clock@0.1.0" "utc-offset" (func $offset (result i32)))
           (import "roundsman:check/files@0.1.0" "read" (func $read (param i32 i32 i32)))
           (memory (export "memory") 1)
           (data (i32.const 8) "guest {number:02}") (data (i32.const 64) "/proc/uptime")
           (data (i32.const 96) "/etc/shadow") (data (i32.const 128) "/proc/nothing")
           (data (i32.const 2048) (i32 0 0  0  8 8  0 0  0 0  0 0  0 0))
           (func $take (if (i32.load8_u (i32.const 4096))
               (then (i32.store8 (i32.const 2056) (i32.const 1)))
               (else (i32.store (i32.const 2060) (i32.load (i32.const 4104)))
                   (i32.store (i32.const 2064) (i32.load (i32.const 4108))))))
           (func (export "run") (param i32 i32) (result i32) {steps} (i32.const 2048))"#
    );
    component::assemble(&text, &component::World::default()).expect("a component")
}

#[test]
fn a_hundred_generated_components_replay_to_the_same() {
    let host = Host::new();
    let mut codes = std::collections::BTreeMap::new();
    for number in 0..100 {
        let file = host.file(&format!("{number}.wasm"), generated(number));
        let (run, replay) = recorded(&host, &file, &number.to_string(), &["--allow-file", "/proc/*"]);
        assert!(
            replay.code == 0 && replay.stdout.starts_with("the same outcome"),
            "{number}: {replay}\nrecorded: {run}"
        );
        *codes.entry(run.code).or_insert(0) += 1;
    }
    assert!([0, 1, 3].iter().all(|code| codes.contains_key(code)), "of each kind there are some: {codes:?}");
}

#[test]
fn outcomes_of_all_kinds_and_failures_of_the_host_replay_to_the_same() {
    let host = Host::new();
    let values = ["1", "-0.0", "\"nan\"", "\"inf\"", "1e308"];
    for (number, value) in values.iter().enumerate() {
        let summary = format!("summary=\"{}\"", "ä\\u001b x".repeat(number * 20));
        let metrics = format!("metrics=[{{ name = \"size\", value = {value}, unit = \"bytes\" }}]");
        assert_the_same(&host, &guest("says"), &number.to_string(), &["--set", &summary, "--set", &metrics]);
    }
    assert_the_same(&host, &guest("panics"), "panics", &[]);
    assert_the_same(&host, &guest("allocates"), "allocates", &[]);
    let calls = ["--set", "call=run", "--allow-command", "/bin/true"];
    assert_the_same(&host, &guest("calls"), "calls", &calls);
}

#[test]
fn a_replay_has_what_was_read_though_the_host_has_changed() {
    let host = Host::new();
    let proc = host.file("root/proc/loadavg", "7.11 6.22 5.33 2/345 6789\n");
    let root = host.path("root");
    let (file, root) = (host.path("tape"), root.to_str().expect("a path in UTF-8"));
    let file = file.to_str().expect("a path in UTF-8");
    let granted =
        ["--allow-file", "/proc/*", "--allow-file", "/sys/*/*/*/*", "--root", root, "--record", file, "--verbose"];
    let run = host.check(&check("load"), &granted);
    assert!(run.stdout.contains("7.11"), "{run}");
    assert!(run.stderr.contains("read /proc/loadavg, by files /proc/*\n  26 bytes, after "), "{run}");
    assert_eq!(fs::metadata(file).expect("a recording").permissions().mode() & 0o7777, 0o600);
    fs::remove_file(proc).expect("a file");
    let replay = host.run(["replay", file]);
    assert!(replay.code == 0, "{replay}");

    let other = check("memory");
    let other = host.run(["replay", file, other.to_str().expect("a path in UTF-8")]);
    assert_eq!(other.code, 65, "{other}");
    assert!(other.stdout.contains("the recorded run asked `"), "{other}");

    let text = host.file("text.wasm", "text");
    let none = host.run(["replay", file, text.to_str().expect("a path in UTF-8")]);
    assert!(none.code == 65 && none.stdout.contains("now:      failed, invalid: "), "{none}");
    assert!(none.stdout.contains("recorded: OK: ") && none.stdout.contains("no WebAssembly"), "{none}");

    let again = host.check(&check("load"), &granted);
    assert!(again.code == 3 && again.to_string().contains("it is there already"), "{again}");
}

#[test]
fn a_recording_of_another_contract_or_none_at_all_is_refused_in_words() {
    let host = Host::new();
    let file = host.path("tape");
    let path = file.to_str().expect("a path in UTF-8");
    host.check(&guest("says"), &["--set", "status=ok", "--record", path]);
    let text = fs::read_to_string(&file).expect("a recording");
    for (name, content, why) in [
        ("later", text.replace("\"contract\": \"0.1.0\"", "\"contract\": \"0.7.0\""), "contract 0.7.0"),
        ("earlier", text.replace("recording 2", "recording 1"), "plays a `roundsman recording 2`"),
        ("altered", text.replacen("\"check\": \"says\"", "\"check\": \"other\"", 1), "changed since"),
        ("grown", text.clone() + "{}", "no whole recording"),
        ("cut", text[..text.len() / 2].to_owned(), "no whole recording"),
        ("foreign", "{\"form\": 1}".to_owned(), "no whole recording"),
    ] {
        assert_ne!(content, text);
        let file = host.file(name, content);
        let replay = host.run(["replay", file.to_str().expect("a path in UTF-8")]);
        assert!(replay.code == 65 && replay.stderr.contains(why), "{name}: {replay}");
    }
    let replay = host.run(["replay", "/nowhere"]);
    assert!(replay.code == 65 && replay.stderr.contains("/nowhere"), "{replay}");
}

#[test]
fn what_is_redacted_is_in_no_part_of_the_file_and_the_run_replays() {
    let host = Host::new();
    let (secret, tape) =
        (host.file("root/etc/db1.example", "db1.example is up, db22.example is not\n"), host.path("tape"));
    let (root, tape) = (host.path("root"), tape.to_str().expect("a path in UTF-8"));
    let ask = "ask=[{ read = \"/etc/db1.example\" }, { command = [\"/bin/echo\", \"db1.example\"] }]";
    let granted = ["--allow-file", "/etc/*", "--allow-command", "/bin/echo db1.example", "--set", ask];
    let record =
        ["--root", root.to_str().expect("a path in UTF-8"), "--record", tape, "--redact", "db[0-9]+\\.example"];
    let run = host.check(&guest("probe"), &[&granted[..], &record].concat());
    assert!(run.code == 0 && run.stdout.contains("db22.example is not"), "{run}");
    fs::remove_file(secret).expect("a file");

    let file: serde_json::Value = serde_json::from_slice(&fs::read(tape).expect("a recording")).expect("JSON");
    assert_eq!(file["grants"], serde_json::json!(["command argv /bin/echo xxxxxxxxxx1", "files /etc/*"]));
    let encoded = host.file("encoded", file["run"].as_str().expect("a run"));
    let decoded = host.path("decoded");
    let decode = format!("base64 --decode '{}' > '{}'", encoded.display(), decoded.display());
    assert_eq!(host.run_by("sh", ["-c", &decode]).code, 0);
    let decoded = fs::read(decoded).expect("a run");
    for text in [&decoded, &fs::read(tape).expect("a recording")] {
        assert!(!text.windows(9).any(|part| part == b"1.example"), "{}", text.escape_ascii());
    }
    let replay = host.run(["replay", tape]);
    assert!(replay.code == 0 && replay.stdout.starts_with("the same outcome"), "{replay}");
}

#[test]
fn a_replay_that_redacting_broke_says_so() {
    let host = Host::new();
    let tape = host.path("tape");
    let tape = tape.to_str().expect("a path in UTF-8");
    let record = ["--allow-file", "/proc/*", "--allow-file", "/sys/*/*/*/*", "--record", tape, "--redact", "[0-9.]+"];
    assert!(host.check(&check("load"), &record).code < 3);
    let replay = host.run(["replay", tape]);
    assert!(replay.code == 65 && replay.stdout.contains("were replaced when it was written"), "{replay}");
    for (pattern, why) in [("(", "no regular expression"), ("x*", "matches the empty text")] {
        let run = host.check(&check("load"), &["--record", "/nowhere/at/all", "--redact", pattern]);
        assert!(run.code == 3 && run.stdout.contains(why), "{run}");
    }
}

/// What is longer than a recording holds is told when it is recorded and when it is replayed, and costs no verdict.
#[test]
fn a_run_of_more_calls_than_a_recording_holds_is_told() {
    let host = Host::new();
    host.file("root/etc/large", vec![b'x'; 1 << 20]);
    let (root, tape) = (host.path("root"), host.path("tape"));
    let tape = tape.to_str().expect("a path in UTF-8");
    let limits = "[check.large.limits]\nread = \"128MiB\"\ntext = \"4MiB\"\nfuel = 20000000000\ntimeout = \"100s\"\n";
    let drop_in = format!(
        "[check.large]\nwasm = {:?}\nevery = \"5m\"\nconfig.ask = [{{ read = \"/etc/large\", repeat = 66 }}]\n{limits}\
         [check.large.grant]\nfiles = [\"/etc/*\"]\n",
        guest("probe")
    );
    host.drop_in("large", &drop_in);
    let run = host.run(["check", "large", "--root", root.to_str().expect("a path in UTF-8"), "--record", tape]);
    assert!(run.code == 0 && run.stderr.contains("more calls than a recording holds, 64 MiB"), "{run}");
    assert!(fs::metadata(tape).expect("a recording").len() < 128 << 20);
    let replay = host.run(["replay", tape]);
    assert!(replay.code == 65 && replay.stdout.contains("was recorded no further, as it was too long"), "{replay}");
}

#[test]
fn where_no_recording_can_be_written_nothing_is_run_and_nothing_replaced() {
    let host = Host::new();
    let there = host.file("there", "of somebody");
    std::os::unix::fs::symlink(&there, host.path("link")).expect("a link");
    std::os::unix::fs::symlink(host.path("later"), host.path("dangling")).expect("a link");
    for (name, why) in [
        ("there", "it is there already"),
        ("link", "it is there already"),
        ("dangling", "it is there already"),
        ("etc", "it is there already"),
        ("nowhere/tape", "No such file or directory"),
    ] {
        let file = host.path(name);
        let args = ["--verbose", "--allow-file", "/proc/*", "--record", file.to_str().expect("a path in UTF-8")];
        let run = host.check(&check("load"), &args);
        assert!(run.code == 3 && run.stdout.contains(why) && run.stderr.is_empty(), "{name}: {run}");
    }
    assert_eq!(fs::read_to_string(there).expect("a file"), "of somebody");
    assert!(!host.path("later").exists());
    let pattern = host.check(&check("load"), &["--record", "/tmp/never", "--redact", "("]);
    assert!(pattern.code == 3 && pattern.stdout.contains("no regular expression"), "{pattern}");
    assert!(!Path::new("/tmp/never").exists());
}
