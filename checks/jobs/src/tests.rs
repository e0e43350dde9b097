use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Metric, Status, Subcheck};

/// 2026-01-01 00:00 UTC, as the fake has it.
const NOW: i64 = 1_767_225_600;

/// Adds a job: when each of its files says, in seconds before now, and the exit code.
fn job(host: &Fake, name: &str, start: i64, ended: Option<(i64, &str)>, success: Option<i64>) {
    let at = |before: i64| format!("{}\n", NOW - before);
    host.file(&format!("/var/lib/roundsman-jobs/{name}.start"), at(start));
    if let Some((end, code)) = ended {
        host.file(&format!("/var/lib/roundsman-jobs/{name}.end"), at(end));
        host.file(&format!("/var/lib/roundsman-jobs/{name}.exit"), format!("{code}\n"));
    }
    if let Some(success) = success {
        host.file(&format!("/var/lib/roundsman-jobs/{name}.success"), at(success));
    }
}

const BACKUP: &str = r#"{"jobs": [{"name": "backup", "every": "1d"}]}"#;

fn subcheck<'a>(outcome: &'a Outcome, label: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == label).unwrap()
}

fn metric<'a>(outcome: &'a Outcome, name: &str, label: &str) -> Option<&'a Metric> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels[0].1 == label)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Jobs>(include_str!("../README.md"));
}

#[test]
fn a_job_shows_its_last_success_exit_and_duration() {
    let host = Fake::new();
    job(&host, "backup", 4_000, Some((3_600, "0")), Some(3_600));
    job(&host, "reports", 700, Some((600, "3")), Some(90_000));
    let outcome = host.run::<Jobs>(BACKUP).unwrap();
    assert_eq!((outcome.status, outcome.summary.as_str()), (Status::Ok, "2 jobs, 1 failed"));
    assert_eq!(subcheck(&outcome, "backup").text, "succeeded 1 h 0 min ago, exit code 0, took 6 min 40 s");
    let age = metric(&outcome, "success_age", "backup").unwrap();
    assert_eq!((age.value, age.critical.unwrap().high), (3_600.0, 172_800.0));
    assert!(metric(&outcome, "success_age", "reports").unwrap().critical.is_none());
    let exit = metric(&outcome, "exit_code", "reports").unwrap();
    assert_eq!((exit.value, exit.warning.unwrap().high), (3.0, 0.0));
    assert_eq!(metric(&outcome, "duration", "reports").unwrap().value, 100.0);
}

#[test]
fn a_run_that_did_not_end_is_running_or_was_ended_from_outside() {
    let host = Fake::new();
    job(&host, "backup", 60, Some((80_000, "0")), Some(80_000));
    let outcome = host.run::<Jobs>(BACKUP).unwrap();
    assert_eq!(metric(&outcome, "running_for", "backup").unwrap().value, 60.0);
    assert!(metric(&outcome, "duration", "backup").is_none());
    assert_eq!(outcome.summary, "1 job, 1 running");
}

#[test]
fn a_job_that_must_run_and_never_succeeded_is_critical() {
    let host = Fake::new();
    let outcome = host.run::<Jobs>(BACKUP).unwrap();
    let never = subcheck(&outcome, "backup");
    assert_eq!((never.status, never.text.as_str()), (Status::Critical, "has never run under roundsman-job"));
    // Its first run may take its time.
    job(&host, "backup", 60, None, None);
    assert_eq!(subcheck(&host.run::<Jobs>(BACKUP).unwrap(), "backup").status, Status::Ok);
    job(&host, "backup", 172_801, None, None);
    assert_eq!(subcheck(&host.run::<Jobs>(BACKUP).unwrap(), "backup").status, Status::Critical);
    job(&host, "backup", 60, Some((50, "1")), None);
    assert_eq!(subcheck(&host.run::<Jobs>(BACKUP).unwrap(), "backup").status, Status::Critical);
    assert_eq!(subcheck(&host.run::<Jobs>("{}").unwrap(), "backup").status, Status::Ok);
    assert!(host.run::<Jobs>(r#"{"exclude": ["back*"]}"#).unwrap().subchecks.is_empty());
}

#[test]
fn a_file_that_is_half_written_is_unknown_for_its_job_alone() {
    let host = Fake::new();
    job(&host, "backup", 60, Some((50, "0")), Some(50));
    job(&host, "reports", 60, Some((50, "0")), Some(50));
    for text in ["", "17672", "yesterday\n", "99999999999999999999\n"] {
        host.file("/var/lib/roundsman-jobs/reports.end", text);
        let outcome = host.run::<Jobs>("{}").unwrap();
        assert_eq!(subcheck(&outcome, "backup").status, Status::Ok);
        let is = subcheck(&outcome, "reports");
        assert_eq!(is.status == Status::Unknown, text != "17672", "{text:?}: {}", is.text);
    }
    host.file("/var/lib/roundsman-jobs/reports.exit", "256\n");
    assert_eq!(subcheck(&host.run::<Jobs>("{}").unwrap(), "reports").status, Status::Unknown);
    // It vanished between the list and the look.
    host.file("/var/lib/roundsman-jobs/reports.end", "1767225550\n");
    host.fail_to_read("/var/lib/roundsman-jobs/reports.exit", HostError::NotFound);
    assert_eq!(subcheck(&host.run::<Jobs>("{}").unwrap(), "reports").status, Status::Ok);
}

#[test]
fn options_that_cannot_be_meant_are_refused_by_their_keys() {
    let config = r#"{"jobs": [{"name": "a", "every": "daily"}, {"name": "a", "every": "1d"}]}"#;
    let failure = Fake::new().run::<Jobs>(config).unwrap_err();
    assert!(failure.message.contains("jobs[0].every: \"daily\" is no duration"), "{}", failure.message);
    assert!(failure.message.contains("jobs[1].name: \"a\" is there twice"), "{}", failure.message);
    let needs = Fake::new().validate::<Jobs>(r#"{"directory": "/srv/jobs"}"#).unwrap();
    assert_eq!(needs.len(), 4);
}
