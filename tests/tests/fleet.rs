//! Configuration of many files: what holds, what a broken one takes with it, and files that are written while rounds start.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use roundsman_tests::{Host, Output};
use serde_json::Value;

/// A check that is OK whatever else the host does.
const MEMORY: &str = "[check.memory]\nwasm = \"memory.wasm\"\nevery = \"1m\"\nseverity = { warning = \"ok\", critical = \"ok\" }\n[check.memory.grant]\nfiles = [\"/proc/meminfo\"]\n";
const LOAD: &str = "[check.load]\nwasm = \"load.wasm\"\nevery = \"1m\"\nseverity = { warning = \"ok\", critical = \"ok\" }\n[check.load.grant]\nfiles = [\"/proc/loadavg\", \"/sys/devices/system/cpu/online\"]\n";

/// The checks of a round by name, each with its status.
fn statuses(output: &Output) -> Vec<(String, String)> {
    let objects = output.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("an object a line"));
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let mut all: Vec<_> = objects.map(|object| (text(&object["check"]), text(&object["status"]))).collect();
    all.retain(|(name, _)| name != "roundsman");
    all.sort();
    all
}

fn round(host: &Host) -> Output {
    host.run(["run", "--all", "--format", "json"])
}

fn pair(name: &str, status: &str) -> (String, String) {
    (name.to_owned(), status.to_owned())
}

/// Each minute the same of a check that does not apply would be most of a log.
#[test]
fn a_check_that_does_not_apply_is_logged_when_that_begins_and_when_it_ends() {
    let host = Host::new();
    let there = host.path("there");
    host.drop_in("memory", &MEMORY.replace("every", &format!("only_if = [\"{}\"]\nevery", there.display())));
    let states = |host: &Host| -> Vec<String> {
        let log = host.log();
        let lines = log.lines().filter(|line| line.split(' ').nth(2) == Some("memory"));
        lines.filter_map(|line| line.split(' ').nth(1).map(str::to_owned)).collect()
    };
    for (is_there, logged) in [
        (false, &["NOT_APPLICABLE"][..]),
        (false, &["NOT_APPLICABLE"]),
        (true, &["NOT_APPLICABLE", "OK"]),
        (true, &["NOT_APPLICABLE", "OK", "OK"]),
        (false, &["NOT_APPLICABLE", "OK", "OK", "NOT_APPLICABLE"]),
        (false, &["NOT_APPLICABLE", "OK", "OK", "NOT_APPLICABLE"]),
    ] {
        if is_there {
            host.file("there", "");
        } else {
            let _ = fs::remove_file(&there);
        }
        let output = round(&host);
        assert_eq!(statuses(&output), [pair("memory", if is_there { "ok" } else { "none" })], "{output}");
        assert_eq!(states(&host), logged, "{output}");
    }
    let json = host.run(["status", "memory", "--format", "json"]).json();
    assert_eq!(json["runs"], serde_json::json!({ "not_applicable": 4, "ok": 2 }), "all are counted: {json}");
}

#[test]
fn config_shows_what_holds_and_who_said_so() {
    let host = Host::new();
    host.main("[defaults]\nretry = { attempts = 3 }\n");
    let package = host.drop_in("10-memory", MEMORY);
    let site = host.drop_in("20-site", "[override.memory]\nevery = \"10m\"\n");
    let one = host.run(["config", "memory"]);
    assert_eq!((one.code, one.stderr.as_str()), (0, ""), "{one}");
    for (key, place) in [
        ("wasm = \"memory.wasm\"", format!("{}:2", package.display())),
        ("every = \"10m\"", format!("{}:2", site.display())),
        ("retry.attempts = 3", format!("{}:10", host.path("etc/roundsman.toml").display())),
        ("enabled = true", "default".to_owned()),
        ("files = [\"/proc/meminfo\"]", format!("{}:6", package.display())),
    ] {
        let found = one.stdout.lines().any(|line| line.starts_with(key) && line.ends_with(&format!("  # {place}")));
        assert!(found, "{key}, {place}: {one}");
    }

    // All of it is a main file that says the same.
    let all = host.run(["config"]);
    assert_eq!(all.code, 0, "{all}");
    let alone = host.file("elsewhere/roundsman.toml", &all.stdout);
    let alone = alone.to_str().expect("a path in UTF-8");
    let keys = |output: &Output| {
        let lines =
            output.stdout.lines().map(|line| line.split("  # ").next().unwrap_or_default().trim_end().to_owned());
        lines.collect::<Vec<_>>()
    };
    let again = host.run(["--config", alone, "config"]);
    assert_eq!(keys(&again), keys(&all), "{again}");

    let unknown = host.run(["config", "memry"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (64, ""), "{unknown}");
    assert!(unknown.stderr.contains("there is no check `memry`; did you mean `memory`?"), "{unknown}");
}

#[test]
fn config_shows_no_secret_and_what_was_refused() {
    let host = Host::new();
    let secret = host.file("secret", "hunter2");
    let grant = format!(
        "{MEMORY}[[check.memory.grant.command]]\nargv = [\"/bin/true\"]\nenv = {{ KEY = {{ file = \"{}\" }} }}\n",
        secret.display()
    );
    host.drop_in("memory", &grant);
    host.drop_in("broken", "[check.broken]\nevry = 1\n");
    let all = host.run(["config"]);
    assert_eq!(all.code, 78, "{all}");
    assert!(all.stderr.contains("broken.toml:2:1: unknown key `evry`"), "{all}");
    assert!(all.stdout.contains(&format!("env.KEY = {{ file = \"{}\" }}", secret.display())), "{all}");
    assert!(!all.to_string().contains("hunter2"), "{all}");
    let one = host.run(["config", "broken"]);
    assert_eq!((one.code, one.stdout.as_str()), (78, ""), "{one}");
    assert!(one.stderr.contains("broken.toml:2:1"), "{one}");
    assert_eq!(host.run(["config", "memory"]).code, 0, "another file's check holds");
}

#[test]
fn a_check_does_not_run_without_its_override() {
    let host = Host::new();
    host.drop_in("load", LOAD);
    host.drop_in("memory", MEMORY);
    let site = host.drop_in("site", "[override.memory]\nenabled = false\n");
    assert_eq!(statuses(&round(&host)), [pair("load", "ok")], "it is switched off");

    // A typing error in the override does not switch it on again.
    host.drop_in("site", "[override.memory]\nenable = false\n");
    let broken = round(&host);
    assert_eq!((broken.code, statuses(&broken)), (78, vec![pair("load", "ok"), pair("memory", "unknown")]), "{broken}");
    assert!(broken.stdout.contains("site.toml:2:1: unknown key `enable` in `[override.memory]`"), "{broken}");

    // Nor does a file that tells nothing, as others may write it: what it changed last time is remembered.
    host.drop_in("site", "[override.memory]\nenabled = false\n");
    assert_eq!(round(&host).code, 0);
    fs::set_permissions(&site, Permissions::from_mode(0o666)).expect("a mode");
    let unsafe_file = round(&host);
    assert_eq!(unsafe_file.code, 78, "{unsafe_file}");
    assert_eq!(statuses(&unsafe_file), [pair("load", "ok"), pair("memory", "unknown")], "{unsafe_file}");
    assert!(unsafe_file.stdout.contains("chmod go-w"), "{unsafe_file}");

    fs::remove_file(&site).expect("the drop-in");
    let without = round(&host);
    assert_eq!((without.code, statuses(&without)), (0, vec![pair("load", "ok"), pair("memory", "ok")]), "{without}");
}

#[test]
fn validate_judges_an_override_before_it_is_in_place() {
    let host = Host::new();
    host.drop_in("memory", MEMORY);
    let validate = |text: &str| {
        let file = host.file("elsewhere/site.toml", text);
        host.run(["validate", "--offline", file.to_str().expect("a path in UTF-8"), "--strict"])
    };
    let good = validate("[override.memory.thresholds]\nused_percent = { warning = 50 }\n");
    assert_eq!(good.code, 0, "{good}");
    // The component itself is asked for what only it knows.
    let metric = validate("[override.memory.thresholds]\nused_percents = { warning = 50 }\n");
    assert!(
        metric.code == 78 && metric.stdout.contains("site.toml:2: component `memory` declares no metric"),
        "{metric}"
    );
    let option = validate("[override.memory.config]\ncolour = 1\n");
    assert!(option.code == 78 && option.stdout.contains("colour"), "{option}");
    let grant = validate("[override.memory.grant]\nfiles = [\"/etc/passwd\"]\n");
    assert!(grant.code == 78 && grant.stdout.contains("an override never grants"), "{grant}");
    assert!(grant.stdout.contains("not run for that: memory"), "{grant}");
    let nobody = validate("[override.memry]\nenabled = false\n");
    assert!(
        nobody.code == 78 && nobody.stdout.contains("there is no check of this name; the nearest is `memory`"),
        "{nobody}"
    );
    assert!(host.run(["validate", "--offline"]).code == 0, "none of it is in place");
}

#[test]
fn validate_misses_the_account_of_rounds_on_this_host_only() {
    let host = Host::new();
    host.main("[run]\nuser = \"nobody-has-this-name\"\n");
    let here = host.run(["validate", "--format", "json"]);
    let is_root =
        fs::metadata("/proc/self").map(|stat| std::os::unix::fs::MetadataExt::uid(&stat)).expect("/proc") == 0;
    let findings = here.json()["findings"].as_array().cloned().unwrap_or_default();
    assert_eq!((here.code, findings.len()), (0, usize::from(is_root)), "{here}");
    for finding in &findings {
        assert_eq!(finding["level"], "lint");
        assert!(finding["hint"].as_str().is_some_and(|hint| hint.starts_with("useradd --system")), "{here}");
    }
    assert_eq!(host.run(["validate", "--strict"]).code, if is_root { 78 } else { 0 });
    assert_eq!(host.run(["validate", "--strict", "--offline"]).code, 0);
}

#[test]
fn validate_misses_the_accounts_that_grants_name_on_this_host_only() {
    let host = Host::new();
    host.drop_in("memory", &format!("{MEMORY}user = \"no-such-reader\"\n"));
    let command = "wasm = \"command.wasm\"\nevery = \"1m\"\n[[check.true.grant.command]]\nargv = [\"/bin/true\"]\n";
    host.drop_in("true", &format!("[check.true]\n{command}user = \"no-such-runner\"\n"));
    host.drop_in("root", &format!("[check.root]\n{}user = \"root\"\n", command.replace("true.", "root.")));
    let here = host.run(["validate"]);
    for line in [
        "lint: check `memory`: its grant's user: there is no account `no-such-reader` on this host\n",
        "lint: check `true`: its grant's user: there is no account `no-such-runner` on this host\n",
    ] {
        assert!(here.stdout.contains(line), "{here}");
    }
    assert_eq!(here.stdout.matches("its grant's user").count(), 2, "{here}");
    let offline = host.run(["validate", "--offline"]);
    assert!(!offline.stdout.contains("its grant's user"), "{offline}");
}

/// Ends the editor, also where a test fails beside it.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Does one thing while an editor does another, over and over.
fn beside(edit: impl Fn() + Sync, act: impl FnOnce()) {
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ends.load(Ordering::Relaxed) {
                edit();
            }
        });
        let _ends = Ends(&ends);
        act();
    });
}

/// As an editor that writes in place: cuts the file to nothing, writes in two pieces, and pauses; one text after the other.
fn rewrite(file: &Path, texts: &[String; 2], cut: usize, pauses: [u64; 2]) {
    for (text, pause) in texts.iter().zip(pauses) {
        let mut file = OpenOptions::new().write(true).truncate(true).open(file).expect("the drop-in");
        thread::sleep(Duration::from_millis(3));
        file.write_all(&text.as_bytes()[..cut]).expect("the first half");
        thread::sleep(Duration::from_millis(3));
        file.write_all(&text.as_bytes()[cut..]).expect("the second half");
        drop(file);
        thread::sleep(Duration::from_millis(pause));
    }
}

/// Of both texts the first half is valid by itself: a check without its limits, and without the second check.
fn halves() -> ([String; 2], usize) {
    let first = "[check.a]\nwasm = \"memory.wasm\"\nevery = \"5m\"\nseverity = { warning = \"ok\", critical = \"ok\" }\ngrant = { files = [\"/proc/meminfo\"] }\n";
    let second = |memory: &str| {
        format!("[check.a.limits]\nmemory = \"{memory}\"\n[check.b]\nwasm = \"memory.wasm\"\nevery = \"5m\"\n")
    };
    (["64MiB", "96MiB"].map(|memory| format!("{first}{}", second(memory))), first.len())
}

#[test]
fn each_reading_sees_a_whole_file_or_refuses_it() {
    let host = Host::new();
    let (texts, cut) = halves();
    let file = host.drop_in("edited", &texts[0]);
    let wholes = texts.clone().map(|text| {
        host.drop_in("edited", &text);
        host.run(["config"]).stdout
    });
    assert_ne!(wholes[0], wholes[1]);
    fs::write(&file, &texts[0][..cut]).expect("half a file");
    let half = host.run(["config"]);
    assert!(
        half.code == 0 && !wholes.contains(&half.stdout),
        "half a file is valid, and another configuration: {half}"
    );

    // How many of so many readings saw a whole file.
    let readings = |pauses, times| {
        host.drop_in("edited", &texts[0]);
        let mut whole = 0;
        beside(
            || rewrite(&file, &texts, cut, pauses),
            || {
                for _ in 0..times {
                    let seen = host.run(["config"]);
                    if seen.code == 0 {
                        assert!(wholes.contains(&seen.stdout), "neither the old nor the new: {seen}");
                        whole += 1;
                    } else {
                        assert_eq!(seen.code, 78, "{seen}");
                        assert!(!seen.stdout.contains("[check."), "{seen}");
                        assert!(seen.stderr.contains("edited.toml is written to continuously"), "{seen}");
                    }
                }
            },
        );
        whole
    };
    let seen = readings([120, 200], 100);
    assert!(seen >= 75, "{seen} of 100");
    assert!(readings([1, 2], 3) < 3, "one that never pauses is refused");
}

#[test]
fn an_editor_that_a_busy_host_stops_is_waited_for() {
    let host = Host::new();
    let file = host.drop_in("memory", MEMORY);
    let whole = host.run(["config", "memory"]);
    let emptied = OpenOptions::new().write(true).truncate(true).open(&file).expect("the drop-in");
    let seen = thread::scope(|scope| {
        let seen = scope.spawn(|| host.run(["config", "memory"]));
        // Six times as long as a file that nobody has open has to be left alone.
        thread::sleep(Duration::from_millis(300));
        { emptied }.write_all(MEMORY.as_bytes()).expect("the new text");
        seen.join().expect("a command")
    });
    assert_eq!((seen.code, seen.stdout), (0, whole.stdout), "{}", seen.stderr);
}

#[test]
fn rounds_beside_an_editor_run_whole_checks_or_none() {
    let host = Host::new();
    let (texts, cut) = halves();
    host.drop_in("load", LOAD);
    let file = host.drop_in("edited", &texts[0]);
    // `b` reads what it has no grant for: it shows that it is there.
    let whole = [pair("a", "ok"), pair("b", "unknown"), pair("load", "ok")];
    assert_eq!(statuses(&round(&host)), whole);
    beside(
        || rewrite(&file, &texts, cut, [100, 20]),
        || {
            let mut ran = 0;
            for _ in 0..100 {
                let output = round(&host);
                let seen = statuses(&output);
                if output.code == 0 {
                    ran += 1;
                    assert_eq!(seen, whole, "{output}");
                    assert!(output.stdout.contains("denied"), "{output}");
                } else {
                    // Those that it gave last time, and the others run.
                    assert_eq!(output.code, 78, "{output}");
                    assert_eq!(seen, [pair("a", "unknown"), pair("b", "unknown"), pair("load", "ok")], "{output}");
                }
            }
            assert!(ran >= 10, "{ran} of 100 rounds met a whole file");
        },
    );
}

#[test]
fn a_file_that_is_replaced_is_never_missing() {
    let host = Host::new();
    let file = host.drop_in("memory", MEMORY);
    let copy = file.with_extension("toml~");
    beside(
        || {
            // As an editor that keeps a copy does: away with the old one, then the new one is written.
            fs::rename(&file, &copy).expect("the old file");
            thread::sleep(Duration::from_millis(5));
            fs::write(&file, MEMORY).expect("the new file");
            fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("a mode");
            thread::sleep(Duration::from_millis(400));
        },
        || {
            let seen: Vec<Output> = (0..20).map(|_| host.run(["config", "memory"])).collect();
            let missing = seen.iter().filter(|output| output.code != 0).collect::<Vec<_>>();
            assert!(missing.is_empty(), "{} of 20, the first: {}", missing.len(), missing[0]);
        },
    );
}
