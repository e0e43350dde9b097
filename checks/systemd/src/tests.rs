use super::*;
use roundsman_sdk::commands::{Completed, Ending};
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Status, Subcheck};

/// Recorded from systemd 252 in a container: the JSON, the table that versions before 246 print for the same words, restarts.
const JSON: &str = include_str!("../tests/list-252.json");
const TABLE: &str = include_str!("../tests/list-252.txt");
const RESTARTED: &str = include_str!("../tests/show-252");

const EXPECTED: &str =
    r#"{"expected": ["works", "flaps.service", "cron", "nosuch.service", "rec.target"], "restarts": true}"#;

fn argv(of: &[&'static str], units: &[&'static str]) -> Vec<&'static str> {
    [&[PROGRAM], &of[1..], units].concat()
}

fn host(list: &str) -> Fake {
    let host = Fake::new();
    host.command(&argv(&LIST, &[]), list);
    let units = ["works.service", "flaps.service", "cron.service", "nosuch.service", "rec.target"];
    host.command(&argv(&SHOW, &units), RESTARTED);
    host
}

fn subcheck<'a>(outcome: &'a Outcome, unit: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == unit).unwrap_or_else(|| panic!("no {unit}: {outcome:?}"))
}

fn value(outcome: &Outcome, name: &str, label: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels[0].1 == label).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Systemd>(include_str!("../README.md"));
}

#[test]
fn a_unit_that_failed_is_critical_and_the_others_are_counted() {
    for list in [JSON, TABLE] {
        let outcome = host(list).run::<Systemd>("{}").unwrap();
        assert_eq!(outcome.summary, "15 units, 7 active, 1 failed", "{outcome:?}");
        let [failed] = &outcome.subchecks[..] else { panic!("{outcome:?}") };
        assert_eq!((failed.labels[0].1.as_str(), failed.status), ("backup.service", Status::Critical));
        assert_eq!(failed.text, "failed (failed)");
        assert_eq!(
            (value(&outcome, "units", "failed"), value(&outcome, "units", "deactivating")),
            (Some(1.0), Some(0.0))
        );
    }
}

#[test]
fn a_unit_may_fail_where_an_option_says_so() {
    let outcome = host(JSON).run::<Systemd>(r#"{"failed": "warning"}"#).unwrap();
    assert_eq!(subcheck(&outcome, "backup.service").status, Status::Warning);
    let outcome = host(JSON).run::<Systemd>(r#"{"ignore": ["back*.service"]}"#).unwrap();
    assert_eq!(subcheck(&outcome, "backup.service").status, Status::Ok);
    assert_eq!(subcheck(&outcome, "backup.service").text, "failed, ignored");
}

#[test]
fn what_is_expected_must_be_active() {
    for list in [JSON, TABLE] {
        let outcome = host(list).run::<Systemd>(EXPECTED).unwrap();
        assert_eq!(subcheck(&outcome, "works.service").text, "active (running), 0 restarts");
        assert_eq!(subcheck(&outcome, "works.service").status, Status::Ok);
        let flaps = subcheck(&outcome, "flaps.service");
        assert_eq!((flaps.text.as_str(), flaps.status), ("activating (auto-restart), 3 restarts", Status::Critical));
        let cron = subcheck(&outcome, "cron.service");
        assert_eq!(
            (cron.text.as_str(), cron.status),
            ("not loaded: there is no such unit, or nothing started it", Status::Critical)
        );
        assert_eq!(value(&outcome, "active", "flaps.service"), Some(0.0));
        assert_eq!(
            (value(&outcome, "restarts", "flaps.service"), value(&outcome, "restarts", "rec.target")),
            (Some(3.0), None)
        );
    }
    let globs = host(JSON).run::<Systemd>(r#"{"expected": ["works*", "fl?ps.service"]}"#).unwrap();
    assert_eq!(subcheck(&globs, "works.service").status, Status::Ok);
    assert_eq!(subcheck(&globs, "flaps.service").status, Status::Critical);
}

#[test]
fn a_failed_unit_that_is_expected_is_told_once() {
    let outcome = host(JSON).run::<Systemd>(r#"{"expected": ["backup", "back*"], "ignore": ["*"]}"#).unwrap();
    let named: Vec<_> = outcome.subchecks.iter().filter(|it| it.labels[0].1 == "backup.service").collect();
    assert_eq!((named.len(), named[0].status), (1, Status::Critical));
}

#[test]
fn restarts_that_are_not_told_hide_nothing() {
    let host = host(JSON);
    let units = ["works.service", "flaps.service", "cron.service", "nosuch.service", "rec.target"];
    for (answer, said) in [
        (Err(HostError::TimedOut), "gave no answer within its time"),
        (completed(1, "", "Failed to connect to bus"), "exit code 1: Failed to connect to bus"),
        (completed(0, "NRestarts=3\n", ""), "there is no line \"Id\""),
        (completed(0, "Id=a.service\nNRestarts=three\n", ""), "line 2, column 11: \"three\" is not a whole number"),
    ] {
        host.command_ends(&argv(&SHOW, &units), answer);
        let outcome = host.run::<Systemd>(EXPECTED).unwrap();
        let part = subcheck(&outcome, "restarts");
        assert!(part.text.contains(said) && part.status == Status::Unknown, "{}", part.text);
        assert_eq!(subcheck(&outcome, "works.service").status, Status::Ok);
    }
}

#[test]
fn a_list_that_is_cut_renamed_or_none_is_a_failure() {
    let cut = &JSON[..JSON.len() / 2];
    let renamed = JSON.replacen("\"sub\":", "\"substate\":", 1);
    for (list, said) in [
        (cut, "EOF while parsing"),
        (renamed.as_str(), "[0] has no \"sub\""),
        ("[]", "no units were printed"),
        ("\n", "no units were printed"),
        ("a.service loaded active", "has 3 columns, not 4 or more"),
        ("System has not been booted with systemd", "\"System\" is no name of a unit"),
        ("{}", "\"{}\" is no name of a unit"),
    ] {
        let failure = host(list).run::<Systemd>("{}").unwrap_err();
        assert!(
            failure.message.starts_with("systemctl list-units --all") && failure.message.contains(said),
            "{failure:?}"
        );
    }
    let host = Fake::new();
    host.command_ends(
        &argv(&LIST, &[]),
        completed(1, "", "System has not been booted with systemd as init system\nmore"),
    );
    let message = host.run::<Systemd>("{}").unwrap_err().message;
    assert!(message.ends_with("exit code 1: System has not been booted with systemd as init system"), "{message}");
}

fn completed(code: i32, output: &str, errors: &str) -> Result<Completed, HostError> {
    let (standard_output, standard_error) = (output.into(), errors.into());
    Ok(Completed { ending: Ending::Code(code), standard_output, standard_error, duration: 0, extra: Vec::new() })
}

#[test]
fn the_command_for_restarts_is_needed_where_it_is_asked_for() {
    assert_eq!(Fake::new().validate::<Systemd>(EXPECTED).unwrap().len(), 1);
    assert_eq!(Fake::new().validate::<Systemd>("{}").unwrap().len(), 0);
}

/// Recorded from systemd 247 (Debian 11).
#[test]
fn an_older_systemd_is_read_alike() {
    let host = Fake::new();
    host.command(&argv(&LIST, &[]), include_str!("../tests/list-247.json"));
    let units = ["works.service", "flaps.service", "cron.service", "nosuch.service", "all.target"];
    host.command(&argv(&SHOW, &units), include_str!("../tests/show-247"));
    let outcome = host.run::<Systemd>(&EXPECTED.replace("rec.target", "all.target")).unwrap();
    assert_eq!(outcome.summary, "13 units, 7 active, 3 failed, 5 expected");
    assert_eq!(subcheck(&outcome, "works.service").text, "active (running), 0 restarts");
    assert_eq!(subcheck(&outcome, "flaps.service").text, "activating (auto-restart), 5 restarts");
}
