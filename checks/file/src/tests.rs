use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::files::{FileKind, Metadata};
use roundsman_sdk::{Cause, Exceeded, HostError, Status};

const PATH: &str = "/var/lib/backup/status";
const STATUS: &str = include_str!("../tests/backup-status");
/// 2026-01-01 00:00 UTC, when the fake's files were written.
const WRITTEN: u64 = 1_767_225_600;

fn run(config: &str, content: impl AsRef<[u8]>) -> Result<Outcome, Failure> {
    let host = Fake::new();
    host.file(PATH, content).set_time(WRITTEN + 90);
    host.run::<File>(config)
}

fn value(outcome: &Outcome, name: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<File>(include_str!("../README.md"));
}

#[test]
fn size_age_and_lines_of_the_only_file_granted() {
    let outcome = run("{}", STATUS).unwrap();
    assert_eq!(outcome.status, Status::Ok);
    assert_eq!(outcome.summary, format!("{PATH}: {} B, 4 lines", STATUS.len()));
    assert_eq!(outcome.details, STATUS.lines().collect::<Vec<_>>());
    assert_eq!(value(&outcome, "age"), Some(90.0));
    assert_eq!(value(&outcome, "size"), Some(STATUS.len() as f64));
}

#[test]
fn a_file_that_is_missing_is_critical_unless_the_option_says_otherwise() {
    let host = Fake::new();
    let config = r#"{"path": "/var/lib/backup/status"}"#;
    let outcome = host.run::<File>(config).unwrap();
    assert_eq!((outcome.status, outcome.summary.as_str()), (Status::Critical, "/var/lib/backup/status does not exist"));
    let config = r#"{"path": "/var/lib/backup/status", "missing": "ok"}"#;
    assert_eq!(host.run::<File>(config).unwrap().status, Status::Ok);
}

#[test]
fn a_file_that_must_not_be_there_is_judged_and_in_order_where_it_is_not() {
    let config = r#"{"path": "/var/lib/backup/status", "forbidden": "warning"}"#;
    let outcome = run(config, "x\n").unwrap();
    let summary = format!("{PATH}: 2 B, which must not be there, 1 line");
    assert_eq!((outcome.status, outcome.summary), (Status::Warning, summary));
    assert_eq!(Fake::new().run::<File>(config).unwrap().status, Status::Ok);
}

#[test]
fn an_empty_file_is_a_fact_with_an_option() {
    let outcome = run("{}", "").unwrap();
    assert_eq!((outcome.status, outcome.summary.as_str()), (Status::Ok, "/var/lib/backup/status: empty, 0 lines"));
    assert_eq!(run(r#"{"empty": "critical"}"#, "").unwrap().status, Status::Critical);
}

#[test]
fn text_that_must_and_must_not_be_there() {
    let config =
        r#"{"must_contain": ["^result: success$"], "must_not_contain": ["error"], "forbidden_text": "warning"}"#;
    assert_eq!(run(config, STATUS).unwrap().status, Status::Ok);
    let bad = run(config, "result: failure\n1 error\n").unwrap();
    assert_eq!(bad.status, Status::Critical);
    let said = "no line matches \"^result: success$\", \"error\" matches \"1 error\"";
    assert_eq!(bad.summary, format!("{PATH}: 24 B, 2 lines, {said}"));
}

#[test]
fn numbers_and_what_breaks_them() {
    let config = r#"{"numbers": [{"name": "saved", "pattern": "^bytes: (.*)$", "unit": "bytes"}]}"#;
    let whole = run(config, STATUS).unwrap();
    assert_eq!(value(&whole, "saved"), Some(1_073_741_824.0));
    assert_eq!(whole.summary, format!("saved 1.0 GiB, {PATH}: {} B, 4 lines", STATUS.len()));
    for (text, said) in [
        ("bytes: 1G\n", "saved: line 1, column 8: \"1G\" is not a number"),
        (&STATUS[..20], "saved: no line matches \"^bytes: (.*)$\""),
    ] {
        let outcome = run(config, text).unwrap();
        let [broken] = outcome.subchecks.as_slice() else { panic!("{outcome:?}") };
        assert_eq!((broken.status, broken.text.as_str()), (Status::Unknown, said));
        assert!(outcome.summary.starts_with(&format!("{said}, {PATH}: ")), "{}", outcome.summary);
        assert_eq!(outcome.details, text.lines().collect::<Vec<_>>());
    }
}

#[test]
fn bytes_that_are_no_text_are_shown() {
    assert_eq!(run("{}", b"\xffa").unwrap().details, ["\\xffa"]);
}

#[test]
fn what_is_no_regular_file_is_a_failure() {
    let host = Fake::new();
    host.metadata(PATH, metadata(FileKind::Directory));
    assert_eq!(host.run::<File>("{}").unwrap_err().message, format!("{PATH} is not a regular file"));
}

fn metadata(kind: FileKind) -> Metadata {
    Metadata {
        kind,
        size: 5_000_000_000,
        modified: i64::try_from(WRITTEN).unwrap() * 1_000_000_000,
        device: 1,
        inode: 1,
        owner: 0,
        group: 0,
        mode: 0o600,
        link_target: None,
        extra: Vec::new(),
    }
}

#[test]
fn size_and_age_alone_read_nothing() {
    let host = Fake::new();
    host.metadata(PATH, metadata(FileKind::Regular)).set_time(WRITTEN - 5);
    let outcome = host.run::<File>(r#"{"lines": 0}"#).unwrap();
    assert_eq!(outcome.summary, format!("{PATH}: 4.7 GiB"));
    assert_eq!(value(&outcome, "age"), Some(-5.0));
    assert_eq!(value(&outcome, "lines"), None);
}

#[test]
fn a_text_that_cannot_be_read_hides_neither_size_nor_age() {
    let host = Fake::new();
    host.file(PATH, "12345")
        .set_time(WRITTEN + 90)
        .fail_to_read(PATH, HostError::Limit(Exceeded { key: "file".into(), value: 1_048_576, extra: Vec::new() }));
    let outcome = host.run::<File>("{}").unwrap();
    assert_eq!(outcome.summary, format!("{PATH}: 5 B, its text could not be read"));
    assert_eq!((value(&outcome, "size"), value(&outcome, "age")), (Some(5.0), Some(90.0)));
    let [part] = outcome.subchecks.as_slice() else { panic!("{outcome:?}") };
    assert_eq!((part.status, part.text.as_str()), (Status::Unknown, format!("{PATH}: over limits.file").as_str()));
}

#[test]
fn what_the_host_refuses_is_passed_on() {
    let host = Fake::new();
    host.file(PATH, "").fail(PATH, HostError::TimedOut);
    assert_eq!(host.run::<File>("{}").unwrap_err().cause, Cause::Host(HostError::TimedOut));
}

#[test]
fn which_file_must_be_clear() {
    let host = Fake::new();
    host.grant_files(&["/a", "/b"]);
    let failure = host.run::<File>("{}").unwrap_err();
    assert_eq!(failure.message, "path: is needed: 2 paths are granted, not a single one");
    let needs = host.validate::<File>(r#"{"path": "/a", "lines": 0}"#).unwrap();
    assert_eq!(needs, [Need::metadata("/a", "the options ask for its size and age only")]);
}

/// Dumps of three nights, the newest of which is still being written.
fn dumps() -> Fake {
    let host = Fake::new();
    for (path, size, hours) in [("a.sql", 100, 48), ("b.sql", 200, 24), ("c.sql", 7, 0)] {
        let modified = (i64::try_from(WRITTEN).unwrap() - hours * 3600) * 1_000_000_000;
        host.file(&format!("/dumps/{path}"), "dump\n-- Dump completed\n");
        host.metadata(&format!("/dumps/{path}"), Metadata { size, modified, ..metadata(FileKind::Regular) });
    }
    host.metadata("/dumps/old", Metadata { ..metadata(FileKind::Directory) });
    host.set_time(WRITTEN + 60).grant_files(&["/dumps/*"]);
    host
}

#[test]
fn of_many_files_the_newest_counts() {
    let outcome = dumps().run::<File>("{}").unwrap();
    assert_eq!(outcome.summary, "/dumps/c.sql: 7 B; 3 files, 307 B");
    let told = ["age", "size", "oldest_age", "files", "total_size", "lines"].map(|name| value(&outcome, name));
    assert_eq!(told, [Some(60.0), Some(7.0), Some(48.0 * 3600.0 + 60.0), Some(3.0), Some(307.0), None]);
}

#[test]
fn what_is_still_being_written_is_left_out() {
    let host = dumps();
    let config = r#"{"path": "/dumps/*.sql", "settle": "10m", "must_contain": ["completed$"]}"#;
    let outcome = host.run::<File>(config).unwrap();
    assert_eq!((outcome.status, outcome.summary.as_str()), (Status::Ok, "/dumps/b.sql: 23 B, 2 lines; 2 files, 300 B"));
    assert_eq!(value(&outcome, "age"), Some(24.0 * 3600.0 + 60.0));
    let fresh = host.run::<File>(r#"{"path": "/dumps/c*", "settle": "10m", "missing": "warning"}"#).unwrap();
    let said = "/dumps/c*: no file matches but 1 file that may still be written";
    assert_eq!((fresh.status, fresh.summary.as_str(), value(&fresh, "files")), (Status::Warning, said, Some(0.0)));
    let one = host.run::<File>(r#"{"path": "/dumps/c.sql", "settle": "10m"}"#).unwrap();
    assert_eq!(one.status, Status::Critical);
}

#[test]
fn no_match_is_missing_and_one_that_must_not_be_there_is_forbidden() {
    let host = dumps();
    let none = host.run::<File>(r#"{"path": "/dumps/*.gz"}"#).unwrap();
    assert_eq!((none.status, none.summary.as_str()), (Status::Critical, "/dumps/*.gz: no file matches"));
    let config = r#"{"path": "/dumps/*.sql", "forbidden": "warning"}"#;
    assert_eq!(host.run::<File>(config).unwrap().status, Status::Warning);
    assert_eq!(host.run::<File>(&config.replace("sql", "gz")).unwrap().status, Status::Ok);
}

#[test]
fn one_that_vanishes_or_cannot_be_looked_at_hides_no_other() {
    let host = dumps();
    host.fail("/dumps/a.sql", HostError::NotFound).fail("/dumps/b.sql", HostError::Io("EACCES".into()));
    let outcome = host.run::<File>("{}").unwrap();
    assert_eq!((outcome.summary.as_str(), value(&outcome, "files")), ("/dumps/c.sql: 7 B", Some(1.0)));
    let [part] = outcome.subchecks.as_slice() else { panic!("{outcome:?}") };
    assert_eq!((part.status, part.text.as_str()), (Status::Unknown, "/dumps/b.sql: EACCES"));
    host.heal("/dumps/a.sql").fail_to_read("/dumps/c.sql", HostError::NotFound);
    let outcome = host.run::<File>(r#"{"summary": "first-line"}"#).unwrap();
    assert_eq!(outcome.summary, "dump, /dumps/a.sql: 23 B, 2 lines");
}

#[test]
fn rows_and_moments_of_a_file() {
    let config =
        r#"{"rows": {"header": true, "labels": ["job"], "numbers": {"last": {"as": "since"}}}, "summary": "^job"}"#;
    let host = Fake::new();
    host.file(PATH, "job last\nhome 2026-01-01T00:00:00Z\nroot never\n").set_time(WRITTEN + 90);
    let outcome = host.run::<File>(config).unwrap();
    assert_eq!(value(&outcome, "last"), Some(90.0));
    let told: Vec<Status> = outcome.subchecks.iter().map(|it| it.status).collect();
    assert_eq!(told, [Status::Ok, Status::Unknown]);
    assert!(outcome.summary.starts_with("job last, "), "{}", outcome.summary);
}

#[test]
fn the_old_spelling_of_a_prefix_is_refused_with_the_new_one_whole() {
    let problems = Fake::new().validate::<File>(r#"{"path": "/a", "format": "prometheus", "series_prefix": "x_"}"#);
    let problems = problems.unwrap_err();
    let said: Vec<(&str, &str)> = problems.iter().map(|it| (it.key.as_str(), it.message.as_str())).collect();
    assert_eq!(said, [("series_prefix", "is replaced: write other_series = \"x_\"")]);
}
