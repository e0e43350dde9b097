//! E13: what is kept is damaged: it is set aside and said, never believed, and the round is as any other.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use roundsman_tests::Host;

use crate::after::{assert_clean, assert_next_round, checksummed, host, seal};
use crate::started::start;

/// A name for the damage, and the damage to a file.
type Damage<'d> = (&'d str, &'d dyn Fn(&Path));

/// Two rounds after a file was damaged: the first sets it aside and says so, the second has nothing to say.
#[track_caller]
fn assert_set_aside(host: &Host, file: &str, what: &str) {
    let path = host.path("state").join(file);
    let output = host.run(["run", "--all", "--format", "json"]);
    assert_eq!(output.code, 0, "{what}: {output}");
    let said = format!("{} is damaged and set aside as {}.corrupt", path.display(), path.display());
    assert!(output.stderr.starts_with(&said), "{what}: {output}");
    let verdicts = output.json_lines();
    let itself = verdicts.iter().find(|verdict| verdict["check"] == "roundsman").expect("a verdict on itself");
    assert_eq!(itself["status"], "warning", "{what}: {output}");
    assert!(verdicts.iter().any(|verdict| verdict["check"] == "fast" && verdict["status"] == "ok"), "{what}: {output}");
    assert!(path.with_extension("corrupt").symlink_metadata().is_ok(), "{what}");
    assert_next_round(host);
}

#[test]
fn a_damaged_file_is_set_aside_and_said() {
    for (file, other) in [("results", "state"), ("state", "results")] {
        let host = host();
        assert_next_round(&host);
        let path = host.path("state").join(file);
        let whole = fs::read(&path).expect("a file");
        let middle = whole.len() / 2;
        let flipped = |at: usize| {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            flipped
        };
        let newer = String::from_utf8(whole.clone()).expect("text").replacen(" 1 ", " 3 ", 1).into_bytes();
        let damages: [(&str, Vec<u8>); 8] = [
            ("empty", Vec::new()),
            ("cut in the first line", whole[..10].to_vec()),
            ("cut in the middle", whole[..middle].to_vec()),
            ("cut at the end", whole[..whole.len() - 1].to_vec()),
            ("a bit of the first line", flipped(3)),
            ("a bit of the middle", flipped(middle)),
            ("zeros, as some file systems leave", vec![0; whole.len()]),
            ("another version", newer),
        ];
        for (what, content) in damages {
            fs::write(&path, &content).expect("damaged");
            assert_set_aside(&host, file, what);
            assert_eq!(fs::read(path.with_extension("corrupt")).expect("what was set aside"), content, "{what}");
        }
        assert!(!host.path("state").join(other).with_extension("corrupt").exists(), "the other file was whole");
        assert_clean(&host, &[&format!("{file}.corrupt")]);
    }
}

#[test]
fn what_is_no_file_of_ours_is_set_aside_and_said() {
    let host = host();
    assert_next_round(&host);
    let victim = host.file("victim", fs::read(host.path("state/results")).expect("a file"));
    let path = host.path("state/results");
    let damages: [Damage<'_>; 5] = [
        ("a directory", &|path| fs::create_dir(path).expect("a directory")),
        ("a pipe", &|path| assert!(std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo").success())),
        ("a link", &|path| symlink(&victim, path).expect("a link")),
        ("another user's", &|path| {
            fs::copy(&victim, path).expect("a copy");
            chown(path, Some(65_534), None).expect("an owner");
        }),
        ("writable by all", &|path| {
            fs::copy(&victim, path).expect("a copy");
            fs::set_permissions(path, fs::Permissions::from_mode(0o666)).expect("a mode");
        }),
    ];
    for (what, damage) in damages {
        fs::remove_file(&path).expect("a file");
        damage(&path);
        assert_set_aside(&host, "results", what);
    }
    assert!(victim.is_file());
}

#[test]
fn a_file_of_a_gibibyte_costs_neither_time_nor_memory() {
    let host = host();
    assert_next_round(&host);
    let path = host.path("state/state");
    fs::File::options().write(true).open(&path).expect("a file").set_len(1 << 30).expect("a sparse file");
    let began = Instant::now();
    // In kilobytes: less than the file, and no more than a round needs.
    let shell = "ulimit -v 1048576; exec \"$@\"";
    let output = start(host.command(&["sh", "-c", shell, "sh"]).args(["run", "--all"])).output();
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stderr.contains("is damaged") && output.stderr.contains("trailing characters"), "{output}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_next_round(&host);
}

/// The history is no file with a checksum, and is read line by line.
#[test]
fn a_history_of_gibibytes_costs_neither_time_nor_memory() {
    for (bytes, is_damaged) in [(128 << 20, false), (20 << 30, true)] {
        let host = host();
        assert_next_round(&host);
        let path = host.path("state/changes");
        fs::File::options().write(true).open(&path).expect("a file").set_len(bytes).expect("a sparse file");
        let shell = "ulimit -v 1048576; exec \"$@\"";
        if !is_damaged {
            let shown = host.run_through(&["sh", "-c", shell, "sh"], ["history", "fast"]);
            assert!(shown.code == 0 && shown.stdout.contains("fast"), "{bytes}: {shown}");
        }
        let output = start(host.command(&["sh", "-c", shell, "sh"]).args(["run", "--all"])).output();
        assert_eq!(output.code, 0, "{bytes}: {output}");
        let said =
            output.stderr.contains("is damaged") && output.stderr.contains("bytes were added since a round wrote");
        assert_eq!(said, is_damaged, "{bytes}: {output}");
        assert_eq!(host.path("state/changes.corrupt").exists(), is_damaged, "{bytes}");
        // What a write finds behind the last whole line is cut off with the next change.
        host.drop_in("other", "[check.other]\nwasm = \"missing.wasm\"\nevery = \"1m\"\n");
        assert_eq!(host.run(["run", "--all"]).code, 0);
        let length = fs::metadata(&path).expect("a history").len();
        assert!(length < 1 << 20, "{bytes}: {length}");
        assert!(host.run(["history", "other"]).stdout.contains("other"), "{bytes}");
        host.drop_in("other", "");
        let _ = fs::remove_file(host.path("state/changes.corrupt"));
        assert_next_round(&host);
    }
}

/// A file that would be believed if it were whole: a check that is long overdue, or gone, and an outcome that never was.
#[test]
fn a_forged_outcome_without_its_digest_is_never_shown() {
    let host = host();
    host.drop_in("fast", "[check.fast]\nwasm = \"missing.wasm\"\nevery = \"1m\"\n");
    assert_eq!(host.run(["run", "--all"]).code, 0);
    let mut results = checksummed(&host, "results").expect("results");
    assert_eq!(results["checks"]["fast"]["verdict"]["status"], "Unknown");
    results["checks"]["fast"]["verdict"]["status"] = "Ok".into();
    let forged = seal("results", &results);
    let (line, body) = forged.split_once('\n').expect("a line");
    let (head, digest) = line.rsplit_once(' ').expect("a digest");
    let other: String = digest.chars().map(|digit| if digit == 'f' { '0' } else { 'f' }).collect();
    fs::write(host.path("state/results"), format!("{head} {other}\n{body}")).expect("forged");
    // In this round no check runs that could write a new outcome.
    host.drop_in("fast", "");
    let output = host.run(["run", "--format", "json"]);
    assert!(output.stderr.contains("its checksum differs"), "{output}");
    assert!(!output.stdout.contains("\"check\":\"fast\""), "{output}");
}
