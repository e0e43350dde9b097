use super::*;
use roundsman_sdk::Status;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Exceeded, HostError, Subcheck};

const LOG: &str = "/var/log/app.log";
const CONFIG: &str = r#"{"critical": ["panic", "I/O error"], "warning": ["(?i)warn"], "ignore": ["test run"]}"#;
const RECORDED: &str = include_str!("../tests/kern.log");

/// A host on which the check ran once already.
fn followed() -> Fake {
    let host = Fake::new();
    host.file(LOG, "panic: long ago\n").grant_files(&["/var/log/app.log*"]);
    assert_eq!(run(&host).summary, "0 new lines in 1 file");
    host
}

fn run_with(host: &Fake, config: &str) -> Result<Outcome, Failure> {
    host.run::<Log>(&config.replacen('{', &format!("{{\"paths\": [{LOG:?}], "), 1))
}

fn run(host: &Fake) -> Outcome {
    run_with(host, CONFIG).unwrap()
}

fn value(outcome: &Outcome, name: &str, level: Option<&str>) -> Option<f64> {
    let fits = |it: &&roundsman_sdk::Metric| {
        it.name == name && level.is_none_or(|level| it.labels.contains(&("level".into(), level.into())))
    };
    outcome.metrics.iter().find(fits).map(|it| it.value)
}

fn only(outcome: &Outcome) -> &Subcheck {
    assert_eq!(outcome.subchecks.len(), 1, "{outcome:?}");
    &outcome.subchecks[0]
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Log>(include_str!("../README.md"));
}

#[test]
fn new_lines_are_judged_once() {
    let host = followed();
    host.append(LOG, RECORDED);
    let outcome = run(&host);
    assert_eq!(outcome.summary, "6 new lines in 1 file, 2 critical, 1 warning");
    assert_eq!(only(&outcome).status, Status::Critical);
    let last = "Nov 22 03:12:09 db1 kernel: Buffer I/O error on dev sdb1, logical block 15, async page read";
    assert!(only(&outcome).text.contains(last), "{}", only(&outcome).text);
    assert_eq!(outcome.details.len(), 3);
    assert!(
        outcome.details[0].starts_with("/var/log/app.log: Nov 22 03:12:08 db1 kernel: blk_update_request: I/O error")
    );
    assert_eq!(value(&outcome, "lines", None), Some(6.0));
    assert_eq!(value(&outcome, "matches", Some("critical")), Some(2.0));
    assert_eq!(value(&outcome, "matches", Some("warning")), Some(1.0));

    let next = run(&host);
    assert_eq!((next.summary.as_str(), only(&next).status), ("0 new lines in 1 file", Status::Ok));
}

#[test]
fn a_cut_off_line_is_judged_when_it_is_whole() {
    let host = followed();
    let cut = RECORDED.find("error on dev").unwrap();
    host.append(LOG, &RECORDED[..cut]);
    assert_eq!(value(&run(&host), "matches", Some("critical")), Some(1.0));
    host.append(LOG, &RECORDED[cut..]);
    assert_eq!(value(&run(&host), "matches", Some("critical")), Some(1.0));
}

#[test]
fn rotation_loses_no_line() {
    let host = followed();
    host.append(LOG, "panic one\n").rename(LOG, "/var/log/app.log.1").file(LOG, "panic two\n");
    let outcome = run(&host);
    assert_eq!(outcome.summary, "2 new lines in 2 files, 2 critical");
    let paths: Vec<&str> = outcome.subchecks.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(paths, [LOG, "/var/log/app.log.1"]);
}

#[test]
fn what_may_be_lost_is_not_known() {
    let host = followed();
    host.rename(LOG, "/var/log/elsewhere").file(LOG, "x\n");
    let outcome = run(&host);
    let summary = "1 new line in 1 file, lines may be lost";
    assert_eq!((outcome.status, outcome.summary.as_str()), (Status::Unknown, summary));
    let said = "/var/log/app.log: is gone, and no granted file goes on where it ended; lines may be lost";
    assert!(outcome.details[0].starts_with(said), "{:?}", outcome.details);
    assert_eq!(run(&host).status, Status::Ok);

    for (status, word) in [(Status::Ok, "ok"), (Status::Critical, "critical")] {
        let host = followed();
        host.remove(LOG).file(LOG, "x\n");
        let config = CONFIG.replacen('{', &format!("{{\"lost\": \"{word}\", "), 1);
        let outcome = run_with(&host, &config).unwrap();
        assert_eq!(outcome.status, status);
        assert!(outcome.details[0].contains("was written anew"), "{:?}", outcome.details);
    }
}

#[test]
fn a_rotated_file_that_was_compressed_before_it_was_read_is_said() {
    let host = followed();
    host.append(LOG, "panic\n")
        .remove(LOG)
        .file(LOG, "")
        .file("/var/log/app.log.1.gz", include_bytes!("../tests/app.log.1.gz"));
    let outcome = run(&host);
    assert_eq!(
        (outcome.status, outcome.summary.as_str()),
        (Status::Unknown, "0 new lines in 1 file, lines may be lost")
    );
    assert!(outcome.details[0].contains("was compressed before all of it was read"), "{:?}", outcome.details);
}

#[test]
fn the_last_line_of_a_process_that_died_is_looked_at() {
    let host = followed();
    host.append(LOG, "panic: out of");
    assert_eq!(only(&run(&host)).status, Status::Ok);
    let outcome = run(&host);
    assert_eq!(only(&outcome).status, Status::Critical);
    assert_eq!(only(&outcome).text, "0 new lines, one that is not finished, 1 critical, the last \"panic: out of\"");
    assert_eq!(only(&run(&host)).status, Status::Ok);
}

#[test]
fn text_in_utf_16_and_behind_nuls_is_looked_at() {
    let written = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let host = Fake::new();
    host.file(LOG, written("\u{feff}begin\r\n")).grant_files(&["/var/log/app.log*"]);
    run(&host);
    host.append(LOG, written("panic: \u{4e0a}\r\n"));
    assert!(only(&run(&host)).text.ends_with("the last \"panic: \u{4e0a}\""));

    let host = followed();
    let config = r#"{"critical": ["^panic"]}"#;
    run_with(&host, config).unwrap();
    host.append(LOG, [vec![0; 5000], b"panic\n".to_vec()].concat());
    assert_eq!(value(&run_with(&host, config).unwrap(), "matches", Some("critical")), Some(1.0));
}

#[test]
fn what_is_missing_or_unreadable_has_options() {
    let host = Fake::new();
    assert_eq!(only(&run(&host)).text, "/var/log/app.log: does not exist");
    assert_eq!(only(&run(&host)).status, Status::Warning);
    host.file(LOG, "").fail(LOG, HostError::Io("EIO".into()));
    assert_eq!(only(&run(&host)).text, "/var/log/app.log: EIO");
    assert_eq!(only(&run(&host)).status, Status::Unknown);
    let config = CONFIG.replacen('{', "{\"unreadable\": \"ok\", ", 1);
    assert_eq!(only(&run_with(&host, &config).unwrap()).status, Status::Ok);
}

#[test]
fn what_cannot_be_kept_hides_no_line() {
    let host = followed();
    let full = HostError::Limit(Exceeded { key: "state".into(), value: 1024, extra: Vec::new() });
    host.append(LOG, "panic\n").fail_to_keep(full);
    for _ in 0..2 {
        let outcome = run(&host);
        let statuses: Vec<Status> = outcome.subchecks.iter().map(|it| it.status).collect();
        assert_eq!(statuses, [Status::Critical, Status::Unknown]);
        assert!(outcome.subchecks[1].text.ends_with("over limits.state"), "{}", outcome.subchecks[1].text);
    }
}

#[test]
fn a_pattern_that_matches_no_file_looks_at_nothing_and_says_so() {
    let host = Fake::new();
    host.grant_files(&["/l/*.log", "/l/*.log.*"]);
    let named = host.run::<Log>(&CONFIG.replacen('{', "{\"paths\": [\"/l/*.log\"], ", 1)).unwrap();
    assert_eq!((only(&named).text.as_str(), only(&named).status), ("/l/*.log: no file matches", Status::Warning));
    assert_eq!(host.run::<Log>(CONFIG).unwrap().subchecks, []);
}

#[test]
fn more_than_may_be_read_is_said() {
    let host = followed();
    let config = CONFIG.replacen('{', "{\"max_bytes\": 100, ", 1);
    host.append(LOG, "nothing\n".repeat(100)).append(LOG, "panic\n");
    let outcome = run_with(&host, &config).unwrap();
    assert_eq!(outcome.summary, "12 new lines in 1 file, 1 critical, 712 B not looked at");
    host.append(LOG, "nothing\n".repeat(100));
    assert_eq!(only(&run_with(&host, &config).unwrap()).status, Status::Warning);
}

#[test]
fn all_that_is_granted_is_followed_where_no_path_is_named() {
    let host = Fake::new();
    host.file("/l/a", "").file("/l/b", "").grant_files(&["/l/*"]);
    host.run::<Log>(CONFIG).unwrap();
    host.append("/l/b", "panic\n");
    assert_eq!(host.run::<Log>(CONFIG).unwrap().summary, "1 new line in 2 files, 1 critical");
    let failure = Fake::new().run::<Log>(CONFIG).unwrap_err();
    assert_eq!(failure.message, "paths: names no file, and none is granted");
}

#[test]
fn options_that_judge_nothing_are_wrong() {
    let problems = Fake::new().validate::<Log>(r#"{"max_bytes": 0, "ignore": ["("]}"#).unwrap_err();
    assert_eq!(problems[0].key, "ignore[0]");
    let problems = Fake::new().validate::<Log>(r#"{"max_bytes": 0}"#).unwrap_err();
    let keys: Vec<&str> = problems.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(keys, ["critical", "max_bytes"]);
}

#[test]
fn a_line_that_says_that_it_is_over_ends_what_is_held_unless_something_came_after_it() {
    let config = CONFIG.replacen('{', r#"{"recovered": ["array is clean"], "#, 1);
    let other = "/var/log/app.log.other";
    for (lines, of_other, over) in [
        ("array is clean\n", "", true),
        ("panic\narray is clean\n", "", true),
        ("array is clean\npanic\n", "", false),
        ("array is clean\nwarned\n", "", false),
        ("array is clean, says a test run\n", "", false),
        ("panic: array is clean\n", "", false),
        ("nothing\n", "", false),
        ("array is clean\n", "panic\n", false),
        ("array is clean\n", "nothing\n", true),
    ] {
        let host = followed();
        host.file(other, "");
        let run =
            || host.run::<Log>(&config.replacen('{', &format!("{{\"paths\": [{LOG:?}, {other:?}], "), 1)).unwrap();
        run();
        host.append(LOG, lines);
        host.append(other, of_other);
        let outcome = run();
        assert_eq!(outcome.extra.iter().any(|(key, _)| key == "recovered"), over, "{lines:?} {of_other:?} {outcome:?}");
        assert_eq!(outcome.summary.ends_with("says that it is over"), over, "{outcome:?}");
        let told = if lines.contains("panic") || of_other.contains("panic") { Status::Critical } else { Status::Ok };
        let worst = outcome.subchecks.iter().map(|one| one.status).fold(Status::Ok, Status::worse);
        assert!(worst == told || lines.contains("warned"), "{outcome:?}");
    }
}

#[test]
fn what_may_have_been_missed_ends_nothing() {
    let config = CONFIG.replacen('{', r#"{"recovered": ["array is clean"], "max_bytes": 30, "#, 1);
    let host = followed();
    run_with(&host, &config).unwrap();
    host.append(LOG, format!("{}array is clean\n", "something else\n".repeat(10)));
    let outcome = run_with(&host, &config).unwrap();
    assert!(value(&outcome, "skipped", None) > Some(0.0) && outcome.extra.is_empty(), "{outcome:?}");
}
