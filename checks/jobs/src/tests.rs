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

/// Recorded from systemd 252 in a container: a timer whose service did its work, and others; the second in the zone of Berlin.
const TIMERS: &str = include_str!("../tests/timers-252");
const BERLIN: &str = include_str!("../tests/timers-252-berlin");

/// The time at which they ran: 2026-11-30 10:02:13 UTC.
const RAN: u64 = 1_796_032_933;

/// Makes a host whose systemd prints this, 9 min and some seconds after its timers ran.
fn with_timers(printed: &str) -> Fake {
    let host = Fake::new();
    let argv: Vec<&str> = [timers::PROGRAM].into_iter().chain(timers::SHOW[1..].iter().copied()).collect();
    host.command(&argv, printed).set_time(RAN + 600);
    host
}

const ALL: &str = r#"{"timers": ["*"], "jobs": [{"name": "good.timer", "every": "1d"}]}"#;

#[test]
fn timers_of_systemd_are_jobs() {
    let outcome = with_timers(TIMERS).run::<Jobs>(ALL).unwrap();
    assert_eq!(outcome.summary, "6 jobs, 2 failed, 1 running");
    let said = |name| (subcheck(&outcome, name).status, subcheck(&outcome, name).text.as_str());
    assert_eq!(said("good.timer"), (Status::Ok, "succeeded 9 min 59 s ago, exit code 0, took 1 s"));
    assert_eq!(said("bad.timer"), (Status::Ok, "has not succeeded yet, exit code 3, took 0 s"));
    assert_eq!(said("killed.timer"), (Status::Warning, "has not succeeded yet, ended by timeout, took 1 s"));
    assert_eq!(said("hangs.timer"), (Status::Ok, "has not succeeded yet, running for 10 min 0 s"));
    assert_eq!(said("never.timer"), (Status::Ok, "has not succeeded yet"));
    assert_eq!(said("systemd-tmpfiles-clean.timer"), (Status::Ok, "has not succeeded yet, the timer is inactive"));
    assert_eq!(metric(&outcome, "success_age", "good.timer").unwrap().critical.unwrap().high, 172_800.0);
    assert_eq!(metric(&outcome, "exit_code", "bad.timer").unwrap().value, 3.0);
    assert!(metric(&outcome, "exit_code", "killed.timer").is_none(), "15 is a signal, and no exit code");
    assert_eq!(metric(&outcome, "running_for", "hangs.timer").unwrap().value, 600.0);
}

#[test]
fn a_timer_that_jobs_names_is_looked_at_and_no_other() {
    let config = r#"{"jobs": [{"name": "good.timer", "every": "1d"}, {"name": "gone.timer", "every": "1d"}]}"#;
    let outcome = with_timers(TIMERS).run::<Jobs>(config).unwrap();
    assert_eq!(outcome.summary, "1 job");
    assert_eq!(
        (subcheck(&outcome, "gone.timer").status, subcheck(&outcome, "gone.timer").text.as_str()),
        (Status::Critical, "systemd has no such timer")
    );
    assert_eq!(Fake::new().validate::<Jobs>(config).unwrap().len(), 1);
    assert!(Fake::new().validate::<Jobs>("{}").unwrap().is_empty());
    let some = with_timers(TIMERS)
        .run::<Jobs>(r#"{"timers": ["*"], "exclude": ["systemd-*", "bad.*", "good.*", "killed.*"]}"#)
        .unwrap();
    assert_eq!(some.summary, "2 jobs, 1 running");
}

#[test]
fn the_last_success_outlives_a_failure_and_a_start_of_the_host() {
    let host = with_timers(TIMERS);
    host.run::<Jobs>(ALL).unwrap();
    let argv: Vec<&str> = [timers::PROGRAM].into_iter().chain(timers::SHOW[1..].iter().copied()).collect();
    let fails = "Unit=good.service\nId=good.timer\nActiveState=active\n\nResult=exit-code\nExecMainStatus=1\n\
                 ExecMainStartTimestamp=Mon 2026-11-30 10:05:00 UTC\nExecMainExitTimestamp=Mon 2026-11-30 10:05:02 UTC\n\
                 Id=good.service\nActiveState=failed\n";
    host.command(&argv, fails);
    let said = subcheck(&host.run::<Jobs>(ALL).unwrap(), "good.timer").text.clone();
    assert!(said.starts_with("succeeded ") && said.ends_with(", exit code 1, took 2 s"), "{said}");
    // Since the host began anew, systemd knows of no run.
    let booted =
        |line: &str| line.split_once("Timestamp=").map_or(line.to_owned(), |(key, _)| format!("{key}Timestamp="));
    host.command(&argv, TIMERS.lines().map(booted).collect::<Vec<_>>().join("\n"));
    host.set_time(RAN + 3 * 86_400);
    let outcome = host.run::<Jobs>(ALL).unwrap();
    let age = metric(&outcome, "success_age", "good.timer").unwrap();
    assert!(age.value > 172_800.0 && metric(&outcome, "exit_code", "good.timer").is_none(), "{outcome:?}");
}

/// A program before the main one that fails leaves no time of the main one, and no exit code but 0.
#[test]
fn a_service_that_fails_before_or_after_its_main_program_has_failed() {
    let started = "Mon 2026-11-30 10:05:00 UTC";
    for (result, status, start, said) in [
        ("exit-code", 0, "", Some("ended by exit-code")),
        ("resources", 0, "", Some("ended by resources")),
        ("timeout", 0, "", Some("ended by timeout")),
        ("exit-code", 0, started, Some("ended by exit-code, took 0 s")),
        ("exit-code", 3, started, None),
        ("success", 0, "", None),
    ] {
        let printed = format!(
            "Unit=good.service\nId=good.timer\nActiveState=active\n\nResult={result}\nExecMainStatus={status}\n\
             ExecMainStartTimestamp={start}\nExecMainExitTimestamp={start}\nId=good.service\nActiveState=failed\n"
        );
        let outcome = with_timers(&printed).run::<Jobs>(r#"{"timers": ["*"]}"#).unwrap();
        let good = subcheck(&outcome, "good.timer");
        assert_eq!(good.text.contains("ended by"), said.is_some(), "{result} {status}: {good:?}");
        assert_eq!(good.status, said.map_or(Status::Ok, |_| Status::Warning), "{result} {status}: {good:?}");
        assert_eq!(good.text.split_once(", ").map(|(_, it)| it).filter(|_| said.is_some()), said, "{good:?}");
        let code = metric(&outcome, "exit_code", "good.timer").map(|it| it.value);
        assert_eq!(code, (status == 3).then_some(3.0), "{result} {status}");
    }
}

#[test]
fn times_of_a_zone_are_those_of_the_host() {
    let utc = |text: &str| timers::parse(text, 3600, |_| true).unwrap();
    let good = |text: &str| utc(text).into_iter().find(|it| it.name == "good.timer").unwrap();
    let (utc, berlin) = (good(TIMERS), good(BERLIN));
    assert_eq!(utc.end.unwrap() - utc.start.unwrap(), berlin.end.unwrap() - berlin.start.unwrap());
    assert!((utc.end.unwrap() - berlin.end.unwrap()).abs() < 5, "{:?} {:?}", utc.end, berlin.end);
}

#[test]
fn what_systemd_does_not_tell_hides_no_other_job() {
    let cut = &TIMERS[..TIMERS.find("Id=killed.service").unwrap()];
    for (printed, said) in [
        ("", "no units were printed"),
        ("Failed to connect to bus: No such file or directory\n", "there is no line \"Id\""),
        (cut, ""),
        (&TIMERS.replace("Result=", "Outcome="), "there is no line \"Result\""),
        (&TIMERS.replace("Mon 2026-11-30 10", "today 10"), "is no moment such as"),
    ] {
        let host = with_timers(printed);
        job(&host, "reports", 700 - (RAN as i64 + 600 - NOW), Some((600 - (RAN as i64 + 600 - NOW), "0")), None);
        let outcome = host.run::<Jobs>(ALL).unwrap();
        assert_eq!(subcheck(&outcome, "reports").status, Status::Ok);
        assert!(outcome.subchecks.iter().any(|it| it.text.contains(said)), "{said}: {outcome:?}");
    }
    let host = Fake::new();
    let denied = host.run::<Jobs>(ALL).unwrap();
    assert_eq!(subcheck(&denied, "timers").status, Status::Unknown);
    assert!(
        denied.subchecks.iter().all(|it| it.labels[0].1 != "good.timer"),
        "what is not known is not said to be gone"
    );
}

#[test]
fn timers_of_an_older_systemd_are_read_alike() {
    // Recorded from systemd 247 (Debian 11); 2026-11-30 11:00 UTC.
    let host = with_timers(include_str!("../tests/timers-247"));
    host.set_time(1_796_036_400);
    let outcome = host.run::<Jobs>(ALL).unwrap();
    assert_eq!(outcome.summary, "5 jobs, 2 failed, 1 running");
    assert_eq!(subcheck(&outcome, "good.timer").text, "succeeded 30 min 32 s ago, exit code 0, took 1 s");
    assert_eq!(subcheck(&outcome, "killed.timer").text, "has not succeeded yet, ended by timeout, took 1 s");
}
