use super::*;
use roundsman_sdk::commands::{Completed, Ending};
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Metric, Status, Subcheck};

/// Recorded from restic 0.14 (Debian 12).
const RESTIC: &str = include_str!("../tests/restic-0.14");
/// Recorded from borg 1.2 (Debian 12).
const BORG: &str = include_str!("../tests/borg-1.2");
const ARGV: [&str; 3] = ["/usr/bin/restic", "snapshots", "--json"];
/// Two hours after the newest of both.
const THEN: u64 = 1_796_013_840;

fn run(output: &str, config: &str) -> Result<Outcome, Failure> {
    let host = Fake::new();
    host.command(&ARGV, output).set_time(THEN);
    host.run::<Backup>(config)
}

fn subcheck<'a>(outcome: &'a Outcome, label: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == label).unwrap()
}

fn metric<'a>(outcome: &'a Outcome, name: &str, label: &str) -> Option<&'a Metric> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels[0].1 == label)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Backup>(include_str!("../README.md"));
}

#[test]
fn the_newest_snapshot_of_restic_is_judged_for_each_glob() {
    let outcome = run(RESTIC, r#"{"backups": ["web1 *", "db1 *", "db2 *"]}"#).unwrap();
    assert_eq!(outcome.summary, "3 backups, the newest 2 h 0 min old");
    assert_eq!(subcheck(&outcome, "web1 *").text, "2 backups, the newest 2 h 0 min old, web1 /etc/hostname /etc/hosts");
    assert_eq!(metric(&outcome, "backups", "db1 *").unwrap().value, 1.0);
    let age = metric(&outcome, "age", "web1 *").unwrap();
    assert_eq!((age.value, age.warning.unwrap().high, age.critical.unwrap().high), (7_218.0, 90_000.0, 176_400.0));
    assert!(metric(&outcome, "size", "web1 *").is_none());
    let missing = subcheck(&outcome, "db2 *");
    assert_eq!((missing.status, missing.text.as_str()), (Status::Critical, "there is none"));
}

#[test]
fn later_versions_of_restic_tell_sizes() {
    let later =
        RESTIC.replace("\"username\"", "\"summary\":{\"total_bytes_processed\":18446744073709551615},\"username\"");
    assert_eq!(metric(&run(&later, "{}").unwrap(), "size", "*").unwrap().value, 18_446_744_073_709_551_615.0);
    let renamed = later.replace("total_bytes_processed", "bytes");
    let outcome = run(&renamed, "{}").unwrap();
    assert_eq!(outcome.subchecks[0].status, Status::Unknown);
    assert!(outcome.subchecks[0].text.contains("summary has no \"total_bytes_processed\""), "{:?}", outcome.subchecks);
}

#[test]
fn archives_of_borg_have_local_times() {
    let outcome = run(BORG, "{}").unwrap();
    assert_eq!(metric(&outcome, "age", "*").unwrap().value, 7_204.0);
    assert_eq!(subcheck(&outcome, "*").text, "2 backups, the newest 2 h 0 min old, a2");
}

#[test]
fn backups_may_be_files() {
    let host = Fake::new();
    host.set_time(THEN - 100).file("/backup/db-1.dump", "12345").set_time(THEN).file("/backup/empty", "");
    let outcome = host.run::<Backup>(r#"{"files": ["/backup/db-*"], "backups": ["/backup/db-*.dump"]}"#).unwrap();
    let label = "/backup/db-*.dump";
    assert_eq!(
        (metric(&outcome, "age", label).unwrap().value, metric(&outcome, "size", label).unwrap().value),
        (100.0, 5.0)
    );
    let outcome = host.run::<Backup>(r#"{"files": ["/backup/none-*"]}"#).unwrap();
    assert_eq!(subcheck(&outcome, "*").status, Status::Critical);
}

#[test]
fn an_empty_repository_has_no_backup() {
    for output in ["[]", "{\"archives\": [], \"repository\": {}}"] {
        let outcome = run(output, "{}").unwrap();
        assert_eq!((outcome.summary.as_str(), outcome.subchecks[0].status), ("0 backups", Status::Critical));
    }
}

#[test]
fn what_is_no_list_is_a_failure_with_the_words_of_the_program() {
    for (output, said) in [
        (&RESTIC[..200], "EOF while parsing"),
        ("Fatal: wrong password or no key found\n", "line 1"),
        (&RESTIC.replace("hostname", "host"), "[0] has no \"hostname\""),
        (&BORG.replace("archives", "items"), "has no \"archives\""),
        ("", "EOF"),
    ] {
        let failure = run(output, "{}").unwrap_err();
        assert!(failure.message.contains(said), "{}", failure.message);
    }
    let old = run(&RESTIC.replace("2026-11-30T02:43:43", "yesterday"), "{}").unwrap();
    assert_eq!(old.subchecks[0].status, Status::Unknown);
    assert!(old.subchecks[0].text.contains("is no moment such as"), "{}", old.subchecks[0].text);

    let host = Fake::new();
    let errors = "Fatal: unable to create lock in backend: repository is already locked\n";
    host.command_ends(
        &ARGV,
        Ok(Completed {
            ending: Ending::Code(1),
            standard_output: Vec::new(),
            standard_error: errors.into(),
            duration: 0,
            extra: Vec::new(),
        }),
    );
    let failure = host.run::<Backup>("{}").unwrap_err();
    assert!(failure.message.contains("exit code 1: Fatal: unable to create lock"), "{}", failure.message);
    assert!(run(RESTIC, r#"{"backups": []}"#).unwrap_err().message.contains("has no glob"));
}

/// Recorded from Debian 11 and Debian 13.
#[test]
fn older_and_newer_versions_are_read_alike() {
    for (printed, named, sized) in [
        (include_str!("../tests/restic-0.11"), "vm /tmp/d", false),
        (include_str!("../tests/restic-0.18"), "vm /tmp/d", true),
        (include_str!("../tests/borg-1.1"), "two", false),
        (include_str!("../tests/borg-1.4"), "two", false),
    ] {
        let host = Fake::new();
        // 2026-11-30 11:00 UTC: half an hour to three quarters later.
        host.command(&ARGV, printed).set_time(1_796_036_400);
        let outcome = host.run::<Backup>("{}").unwrap();
        let said = &subcheck(&outcome, "*").text;
        assert!(said.starts_with("2 backups, the newest ") && said.contains(named), "{said}");
        let age = metric(&outcome, "age", "*").unwrap().value;
        assert!((1_700.0..2_800.0).contains(&age), "{age}");
        assert_eq!(metric(&outcome, "size", "*").is_some(), sized, "{said}");
    }
}
