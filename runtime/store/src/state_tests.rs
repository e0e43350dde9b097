//! The two files: what is written is read, and what is damaged is set aside.

use super::*;
use crate::sample;
use jiff::Timestamp;
use roundsman_contract::{Range, Status, Unit};
use roundsman_verdict::check_status::Retry;
use roundsman_verdict::check_status::{CheckStatus, Pause, Record, RunCounts, advance};
use roundsman_verdict::judge::{JudgedMetric, State, StateType, Verdict};
use std::collections::BTreeMap;

const RETRY: Retry = Retry { attempts: 3, every: None };

fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(&directory.path().join("state")).expect("a store");
    (directory, store)
}

fn remember(store: &Store, name: &str) {
    let changed = store.change(|memory| {
        memory.private.checks.entry(name.to_owned()).or_default();
        memory.results.checks.insert(name.to_owned(), CheckStatus::pending(sample::verdict()));
    });
    changed.expect("changed").written.expect("written");
}

#[test]
fn what_is_written_is_read() {
    let (_directory, store) = store();
    let state = BTreeMap::from([("offset".to_owned(), vec![0, 255, 10])]);
    store
        .change(|memory| memory.private.checks.entry("log".to_owned()).or_default().set_state(state.clone()))
        .expect("changed");
    let (memory, damage) = store.read().expect("read");
    assert_eq!((memory.private.checks["log"].state(), damage), (state, Vec::new()));
}

#[test]
fn a_change_keeps_what_others_wrote() {
    let (_directory, store) = store();
    for name in ["a", "b"] {
        remember(&store, name);
    }
    let (memory, _) = store.read().expect("read");
    assert_eq!((memory.private.checks.len(), memory.results.checks.len()), (2, 2));
}

#[test]
fn what_was_read_or_written_before_is_read_again_where_somebody_else_wrote() {
    let (_directory, store) = store();
    remember(&store, "a");
    let (mut memory, _) = store.read().expect("read");
    let update = |memory: &mut Memory| {
        let updated = store.update(memory, |memory| memory.results.checks.keys().cloned().collect::<Vec<_>>());
        updated.expect("updated")
    };
    // What only this memory has shows that it was not read.
    memory.results.checks.insert("own".to_owned(), CheckStatus::pending(sample::verdict()));
    assert_eq!(update(&mut memory).value, ["a", "own"]);
    assert_eq!(update(&mut memory).value, ["a", "own"]);
    remember(&store, "b");
    assert_eq!(update(&mut memory).value, ["a", "b", "own"], "both are written by now");
    memory.results.checks.remove("own");
    std::fs::set_permissions(store.path(private::FILE), Permissions::from_mode(0o620)).expect("a mode");
    assert_eq!(update(&mut memory).value, ["a", "b", "own"], "what others may write was read, and set aside");
    // A change that was not written is not remembered.
    std::fs::remove_file(store.path(results::FILE)).expect("a file");
    std::fs::create_dir(store.path("results.tmp")).expect("in its way");
    memory.results.checks.insert("lost".to_owned(), CheckStatus::pending(sample::verdict()));
    assert!(update(&mut memory).written.is_err());
    std::fs::remove_dir(store.path("results.tmp")).expect("out of its way");
    memory.results.checks.insert("lost".to_owned(), CheckStatus::pending(sample::verdict()));
    assert_eq!(update(&mut memory).value, ["a", "b", "own"], "what is counted of them stands in the other file");
    let lost = memory.results.checks.values().filter(|check_status| check_status.outcome_lost);
    assert_eq!(lost.count(), 3);
}

#[test]
fn only_the_results_are_open_to_a_group() {
    let (_directory, store) = store();
    remember(&store, "a");
    let mode = |file| store.path(file).metadata().expect("metadata").mode() & 0o777;
    assert_eq!((mode(results::FILE), mode(private::FILE)), (if group().is_some() { 0o640 } else { 0o600 }, 0o600));
    assert_eq!(results::read(&store.directory).expect("read").expect("written").checks.len(), 1);
}

#[test]
fn a_file_cut_anywhere_is_set_aside_and_said_and_the_other_holds() {
    for (damaged, whole) in [(results::FILE, private::FILE), (private::FILE, results::FILE)] {
        let (_directory, store) = store();
        remember(&store, "log");
        let content = std::fs::read(store.path(damaged)).expect("the file");
        for end in 0..content.len() {
            std::fs::write(store.path(damaged), &content[..end]).expect("cut");
            let (memory, damage) = store.read().expect("read");
            // What is counted is in both files, what was said in one.
            assert!(memory.results.checks.contains_key("log"), "cut at {end}");
            assert_eq!(memory.results.checks["log"].outcome_lost, damaged == results::FILE);
            assert_eq!(memory.private.checks.len(), usize::from(damaged == results::FILE));
            assert!(damage[0].contains(&format!("{damaged}.corrupt")) && damage.len() == 1, "{damage:?}");
            assert_eq!(std::fs::read(store.path(damaged)).expect("still there"), &content[..end]);
            remember(&store, "log");
            assert_eq!(std::fs::read(corrupt(&store.path(damaged))).expect("set aside"), &content[..end]);
            assert!(!corrupt(&store.path(whole)).exists());
            assert_eq!(store.read().expect("read").1, Vec::<String>::new());
        }
    }
}

#[test]
fn neither_a_pause_nor_a_count_is_lost_with_the_outcomes() {
    let (_directory, store) = store();
    let counted = CheckStatus {
        verdict: Verdict {
            attempt: 2,
            state_type: StateType::Soft,
            status: Some(Status::Critical),
            ..sample::verdict()
        },
        hard: Some(Status::Ok),
        since: sample::verdict().started,
        runs: RunCounts::from_iter([("ok", 7)]),
        skipped: 3,
        pause: Some(Box::new(Pause { until: Timestamp::MAX, reason: "new disks".to_owned(), by: None, at: None })),
        ..CheckStatus::pending(sample::verdict())
    };
    let new = CheckStatus::pending(Verdict { started: None, ..sample::verdict() });
    let checks = [("disk", counted.clone()), ("new", new)].map(|(name, check_status)| (name.to_owned(), check_status));
    store.change(|memory| memory.results.checks = checks.into()).expect("changed").written.expect("written");
    for damage in [Some("roundsman results 1 \0"), Some(""), None] {
        let path = store.path(results::FILE);
        match damage {
            Some(damage) => std::fs::write(&path, damage).expect("damaged"),
            None => std::fs::remove_file(&path).expect("removed"),
        }
        let (memory, said) = store.read().expect("read");
        assert_eq!(said.len(), usize::from(damage.is_some()), "{said:?}");
        let lost = &memory.results.checks["disk"];
        assert_eq!(Record::of(lost), Record::of(&counted));
        let shown = lost.as_of(Timestamp::now());
        assert_eq!((shown.status, shown.state), (Some(Status::Unknown), State::Paused), "nothing is known of it");
        assert!(!memory.results.checks["new"].outcome_lost, "it had none");
        let next = advance(Some(lost), Verdict { status: Some(Status::Critical), ..sample::verdict() }, RETRY);
        assert_eq!((next.verdict.state_type, next.verdict.attempt), (StateType::Hard, 3));
        assert_eq!((next.outcome_lost, next.pause.is_some(), next.since), (false, true, counted.since));
        store.change(|_| ()).expect("changed").written.expect("written");
        let shown = results::read(&store.directory).expect("read").expect("written");
        assert!(shown.checks["disk"].pause.is_some(), "who may read only the results sees it too");
    }
}

#[test]
fn what_the_version_after_this_one_stored_outlives_a_change_of_this_one() {
    let (_directory, store) = store();
    let pause = Pause { until: Timestamp::MAX, reason: "new disks".to_owned(), by: None, at: None };
    let paused = CheckStatus { pause: Some(Box::new(pause)), ..CheckStatus::pending(sample::verdict()) };
    store.change(|memory| drop(memory.results.checks.insert("disk".to_owned(), paused))).expect("changed");
    let newer = |file: &str, form: ChecksummedForm, change: &dyn Fn(&mut serde_json::Value)| {
        let mut whole =
            look::<serde_json::Value>(&store.path(file), form, Trust::Ours).expect("read").expect("whole").value;
        change(&mut whole);
        let content = checksummed::seal(ChecksummedForm { schema: form.schema + 1, ..form }, &whole).expect("sealed");
        std::fs::write(store.path(file), content).expect("written");
    };
    newer(results::FILE, results::FORM, &|whole| {
        whole["fleet"] = "fra".into();
        whole["checks"]["disk"]["muted"] = serde_json::json!({ "by": "alice" });
        whole["checks"]["disk"]["pause"]["ticket"] = 4711.into();
        whole["checks"]["disk"]["verdict"]["cost"] = 3.into();
    });
    newer(private::FILE, private::FORM, &|whole| whole["records"]["disk"]["seen"] = true.into());
    assert!(results::read(&store.directory).expect("read").expect("whole").checks["disk"].pause.is_some());
    let (memory, damage) = store.read().expect("read");
    assert_eq!((damage, memory.results.checks["disk"].pause.is_some()), (Vec::new(), true));
    remember(&store, "other");
    let read = |file: &str, form: ChecksummedForm| {
        let whole = look::<serde_json::Value>(&store.path(file), form, Trust::Ours).expect("read").expect("whole");
        (whole.value, whole.line)
    };
    let (results, line) = read(results::FILE, results::FORM);
    assert!(line.starts_with("roundsman results 1 "), "it is ours again: {line}");
    assert_eq!((&results["fleet"], &results["checks"]["disk"]["muted"]["by"]), (&"fra".into(), &"alice".into()));
    assert_eq!(results["checks"]["disk"]["pause"]["ticket"], 4711);
    assert_eq!(results["checks"]["disk"]["verdict"]["cost"], 3, "the same run");
    assert_eq!(read(private::FILE, private::FORM).0["records"]["disk"]["seen"], true);
}

/// 127 checks with as many metrics as the default limits allow: the file is larger than any number of bytes that was thought
/// to be enough.
#[test]
fn as_many_outcomes_as_there_are_checks_are_read() {
    #[derive(Serialize)]
    struct Shared<'s> {
        written: Option<Timestamp>,
        checks: BTreeMap<String, &'s CheckStatus>,
    }
    let (_directory, store) = store();
    let label = |index: usize| format!("{index:060}");
    let range = Some(Range { low: 0.0, high: 9.0, inside: false });
    let metric = |index| sample::metric("size", 1.5, Unit::Bytes, &[("item", &label(index))]);
    let metrics = (0..10_000).map(|index| JudgedMetric { warning: range, critical: range, ..metric(index) });
    let one = CheckStatus::pending(Verdict { metrics: metrics.collect(), ..sample::verdict() });
    let checks = (0..127).map(|number| (format!("check{number}"), &one)).collect();
    let written = store.keep(
        results::FILE,
        results::FORM,
        (&Shared { written: None, checks }, &Unknown::default()),
        Readers::Owner,
    );
    written.expect("written");
    assert!(store.path(results::FILE).metadata().expect("a file").len() > 256 << 20);
    let read = results::read(&store.directory).expect("read").expect("written");
    assert_eq!(read.checks.len(), 127);
    assert!(read.checks.values().all(|check_status| check_status.verdict.metrics.len() == 10_000));
}

#[test]
fn a_directory_that_others_may_write_keeps_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::set_permissions(directory.path(), Permissions::from_mode(0o777)).expect("a mode");
    let error = Store::open(directory.path()).expect_err("refused").to_string();
    assert!(error.contains("chmod"), "{error}");
}

#[test]
fn what_is_no_file_of_ours_is_set_aside_at_once() {
    for file in [results::FILE, private::FILE] {
        let plants: [&dyn Fn(&Path); 4] = [
            &|path| {
                rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe")
            },
            &|path| std::fs::create_dir(path).expect("a directory"),
            &|path| std::os::unix::fs::symlink("/etc/hostname", path).expect("a link"),
            &|path| drop(std::os::unix::net::UnixListener::bind(path).expect("a socket")),
        ];
        let (_directory, store) = store();
        for plant in plants {
            plant(&store.path(file));
            let (_, damage) = store.read().expect("read");
            assert!(damage.len() == 1 && damage[0].contains("no regular file"), "{damage:?}");
            remember(&store, "a");
            assert_eq!(store.read().expect("read").1, Vec::<String>::new());
            assert!(corrupt(&store.path(file)).symlink_metadata().is_ok());
            std::fs::remove_file(store.path(file)).expect("a file");
        }
    }
}

#[test]
fn what_others_may_write_is_not_believed() {
    let (_directory, store) = store();
    remember(&store, "a");
    std::fs::set_permissions(store.path(private::FILE), Permissions::from_mode(0o620)).expect("a mode");
    let (memory, damage) = store.read().expect("read");
    assert!(memory.private.checks.is_empty() && damage[0].contains("0620"), "{damage:?}");
}

#[test]
fn a_lock_file_that_was_replaced_is_no_lock() {
    let (_directory, store) = store();
    let path = store.path("state.lock");
    let first = store.lock().expect("locked");
    std::fs::remove_file(&path).expect("a lock");
    let second = locks::open(&path).expect("opened");
    assert!(!locks::is_there(&first, &path).expect("looked") && locks::is_there(&second, &path).expect("looked"));
}

#[test]
fn the_history_stays_within_its_size_and_its_days_outlive_it() {
    let (_directory, store) = store();
    let store = store.with_history(64 << 10);
    let at = |hour: i64| Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(500_000 + hour);
    for hour in 0..200 {
        let status = if hour % 2 == 0 { Status::Critical } else { Status::Ok };
        let verdict =
            Verdict { status: Some(status), started: Some(at(hour)), summary: "x".repeat(400), ..sample::verdict() };
        let changed = store.change(|memory| {
            let before = memory.results.checks.get("disk").cloned();
            let check_status = advance(before.as_ref(), verdict, Retry { attempts: 1, every: None });
            memory.results.checks.insert("disk".to_owned(), check_status);
            memory.private.claims_history(at(hour).to_zoned(jiff::tz::TimeZone::UTC).date())
        });
        let changed = changed.expect("changed");
        changed.written.expect("written");
        if changed.value {
            store.tend(at(hour)).expect("tended");
        }
    }
    let length: u64 = std::fs::read_dir(&store.directory)
        .expect("a listing")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(changes::FILE))
        .map(|entry| entry.metadata().expect("metadata").len())
        .sum();
    assert!(length < (64 << 10) + (64 << 10) / 4, "{length} bytes");
    let kept = changes::after(&store.directory, 0).expect("readable");
    assert_eq!(kept.entries.last().map(|entry| entry.sequence), Some(200));
    assert!(kept.first.is_some_and(|first| first > 20), "{:?}", kept.first);
    let days = days::read(&store.directory).expect("readable").expect("counted");
    assert!(days.through > 150 && days.checks.contains_key("disk"), "{days:?}");
}
