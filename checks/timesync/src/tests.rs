use super::*;
use roundsman_sdk::commands::{Completed, Ending};
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Status, Subcheck};

/// Recorded from chrony 4.3, one source that answers and one that never did.
const SYNCHRONISED_TRACKING: &str = include_str!("../tests/chrony-synchronised");
const CHRONY_SOURCES: &str = include_str!("../tests/chrony-sources");
const LONELY: &str = include_str!("../tests/chrony-alone");
/// By hand, in the format of ntpq(8): of ntpd 4.2.8, and of a version with words for the leap indicator.
const VARIABLES: &str = "leap=00, stratum=2, offset=-0.250, rootdelay=12.500,\nrootdisp=3.100\n";
const PEERS: &str = include_str!("../tests/ntpq-peers");

fn host(tracking: &str, sources: &str) -> Fake {
    let host = Fake::new();
    host.command(&named(&TRACKING), tracking).command(&named(&SOURCES), sources);
    host
}

fn named(argv: &[&'static str]) -> Vec<&'static str> {
    [&[argv[0].rsplit('/').next().unwrap()], &argv[1..]].concat()
}

fn find<'a>(outcome: &'a Outcome, name: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == name).unwrap_or_else(|| panic!("no {name}: {outcome:?}"))
}

fn value(outcome: &Outcome, name: &str, source: Option<&str>) -> Option<f64> {
    let of = |labels: &[(String, String)]| labels.first().map(|(_, it)| it.as_str()) == source;
    outcome.metrics.iter().find(|it| it.name == name && of(&it.labels)).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Timesync>(include_str!("../README.md"));
}

#[test]
fn a_clock_that_follows_a_source() {
    let outcome = host(SYNCHRONISED_TRACKING, CHRONY_SOURCES).run::<Timesync>("{}").unwrap();
    assert_eq!(outcome.summary, "the clock follows a source, offset -0.002 ms, stratum 4");
    assert_eq!(value(&outcome, "synchronised", None), Some(1.0));
    assert_eq!(value(&outcome, "offset", None), Some(-0.000_001_703));
    assert_eq!(value(&outcome, "root_dispersion", None), Some(0.000_001_585));
    assert_eq!(find(&outcome, "127.0.0.1").text, "followed, 8 of the last 8 answers, offset 0.000 ms, stratum 3");
    assert_eq!(find(&outcome, "127.0.0.2").text, "not usable, 0 of the last 8 answers, never answered");
    assert_eq!(value(&outcome, "answers", Some("127.0.0.1")), Some(8.0));
    assert_eq!(
        (value(&outcome, "age", Some("127.0.0.1")), value(&outcome, "age", Some("127.0.0.2"))),
        (Some(1.0), None)
    );
    assert_eq!(outcome.status, Status::Ok);
}

#[test]
fn a_clock_without_a_source_is_a_warning_after_a_while() {
    let host = host(LONELY, CHRONY_SOURCES);
    let outcome = host.run::<Timesync>("{}").unwrap();
    assert_eq!(
        (outcome.status, outcome.summary.as_str()),
        (Status::Ok, "the clock follows no source, for 0 s at least")
    );
    assert_eq!((value(&outcome, "synchronised", None), value(&outcome, "offset", None)), (Some(0.0), None));
    let start = 1_767_225_600;
    for (seconds, status) in [(1199, Status::Ok), (1200, Status::Warning)] {
        host.set_time(start + seconds);
        assert_eq!(host.run::<Timesync>("{}").unwrap().status, status);
    }
    assert_eq!(host.run::<Timesync>(r#"{"grace_minutes": 60}"#).unwrap().status, Status::Ok);
    host.command(&named(&TRACKING), SYNCHRONISED_TRACKING);
    assert_eq!(host.run::<Timesync>("{}").unwrap().status, Status::Ok);
    host.command(&named(&TRACKING), LONELY);
    assert_eq!(host.run::<Timesync>("{}").unwrap().status, Status::Ok, "it begins anew");
}

#[test]
fn too_few_sources_that_answer_are_a_warning() {
    let host = host(SYNCHRONISED_TRACKING, CHRONY_SOURCES);
    let outcome = host.run::<Timesync>(r#"{"expected": 2}"#).unwrap();
    assert_eq!(find(&outcome, "sources").text, "1 of 2 expected sources answer");
    assert_eq!(find(&outcome, "sources").status, Status::Warning);
    assert_eq!(host.run::<Timesync>(r#"{"expected": 1}"#).unwrap().subchecks.len(), 2);
}

#[test]
fn ntpd_is_asked_by_ntpq() {
    let host = Fake::new();
    host.command(&named(&NTPQ_VARIABLES), VARIABLES).command(&named(&NTPQ_PEERS), PEERS);
    let outcome = host.run::<Timesync>(r#"{"from": "ntpq"}"#).unwrap();
    assert_eq!((value(&outcome, "offset", None), value(&outcome, "stratum", None)), (Some(-0.000_25), Some(2.0)));
    assert_eq!(value(&outcome, "root_delay", None), Some(0.0125));
    assert_eq!(find(&outcome, "192.0.2.1").text, "followed, 8 of the last 8 answers, offset 0.151 ms, stratum 1");
    assert_eq!(value(&outcome, "age", Some("192.0.2.2")), None, "13m is for people");
    assert_eq!(find(&outcome, "2001:db8::1").text, "not usable, 0 of the last 8 answers, never answered");
    // Some versions print the line of status too.
    let with_status = format!("associd=0 status=0615 leap_none, sync_ntp, 1 event, clock_sync,\n{VARIABLES}");
    host.command(&named(&NTPQ_VARIABLES), with_status);
    assert_eq!(value(&host.run::<Timesync>(r#"{"from": "ntpq"}"#).unwrap(), "stratum", None), Some(2.0));
    for alarm in ["leap=11, stratum=16\n", "leap=leap_alarm, stratum=16\n"] {
        host.command(&named(&NTPQ_VARIABLES), alarm);
        assert_eq!(value(&host.run::<Timesync>(r#"{"from": "ntpq"}"#).unwrap(), "synchronised", None), Some(0.0));
    }
}

#[test]
fn timedatectl_tells_yes_or_no() {
    let host = Fake::new();
    for (text, is) in [("yes", 1.0), ("no", 0.0)] {
        let shown = format!("Timezone=Etc/UTC\nLocalRTC=no\nCanNTP=yes\nNTP=yes\nNTPSynchronized={text}\n");
        host.command(&named(&TIMEDATECTL), shown);
        let outcome = host.run::<Timesync>(r#"{"from": "timedatectl"}"#).unwrap();
        assert_eq!((value(&outcome, "synchronised", None), outcome.subchecks.len()), (Some(is), 0));
    }
    host.command(&named(&TIMEDATECTL), "Timezone=Etc/UTC\n");
    let failure = host.run::<Timesync>(r#"{"from": "timedatectl"}"#).unwrap_err();
    let said = "timedatectl show: there is no line \"NTPSynchronized\"; it printed \"Timezone=Etc/UTC\"";
    assert_eq!(failure.message, said);
}

#[test]
fn what_chronyc_prints_otherwise_is_a_failure_with_its_words() {
    for (text, said) in [
        ("", "0 lines, not one: is this chronyc -c?"),
        ("506 Cannot talk to daemon\n", "a line has 1 values, not 14: is this chronyc -c?"),
        ("7F000001,127.0.0.1,4,1796007640.1,-0.0", "a line has 5 values, not 14: is this chronyc -c?"),
        (
            "7F000001,127.0.0.1,4,1.1,x,0.0,0.0,-0.006,0.007,0.330,0.0,0.0,1.0,Normal\n",
            "line 1, column 26: \"x\" is not a number",
        ),
        (
            "7F000001,127.0.0.1,4,1.1,0.0,0.0,0.0,-0.006,0.007,0.330,0.0,0.0,1.0,Odd\n",
            "line 1, column 69: \"Odd\" is no state of a clock",
        ),
    ] {
        let failure = host(text, CHRONY_SOURCES).run::<Timesync>("{}").unwrap_err();
        assert!(failure.message.starts_with(&format!("chronyc -n -c tracking: {said}")), "{}", failure.message);
    }
    let host = Fake::new();
    let (standard_output, standard_error) = (b"506 Cannot talk to daemon\n".to_vec(), Vec::new());
    let ended = Completed { ending: Ending::Code(1), standard_output, standard_error, duration: 0, extra: Vec::new() };
    host.command_ends(&named(&TRACKING), Ok(ended));
    let failure = host.run::<Timesync>("{}").unwrap_err();
    assert_eq!(failure.message, "chronyc -n -c tracking: exit code 1: 506 Cannot talk to daemon");
}

#[test]
fn sources_that_are_not_told_hide_nothing() {
    for sources in
        ["^,*,127.0.0.1,3,0,377,1\n", "^,!,127.0.0.1,3,0,377,1,0.0,0.0,0.0\n", "^,*,127.0.0.1,3,0,888,1,0.0,0.0,0.0\n"]
    {
        let outcome = host(SYNCHRONISED_TRACKING, sources).run::<Timesync>("{}").unwrap();
        assert_eq!(
            (find(&outcome, "sources").status, value(&outcome, "synchronised", None)),
            (Status::Unknown, Some(1.0))
        );
    }
    let host = host(SYNCHRONISED_TRACKING, "");
    host.command_ends(&named(&SOURCES), Err(HostError::TimedOut));
    let outcome = host.run::<Timesync>("{}").unwrap();
    assert!(find(&outcome, "sources").text.ends_with("gave no answer within its time"));
}

#[test]
fn a_clock_whose_time_without_a_source_cannot_be_kept_is_not_ok() {
    let host = host(LONELY, CHRONY_SOURCES);
    host.fail_to_keep(HostError::Io("ENOSPC".into()));
    let outcome = host.run::<Timesync>("{}").unwrap();
    assert_eq!(find(&outcome, "unsynchronised").status, Status::Unknown);
}

/// Recorded from chrony 4.0 (Debian 11) and 4.6 (Debian 13), one source that answers and one that never did.
#[test]
fn older_and_newer_chrony_are_read_alike() {
    for (tracking, sources, offset) in [
        (include_str!("../tests/chrony-4.0-tracking"), include_str!("../tests/chrony-4.0-sources"), -0.000_001_532),
        (include_str!("../tests/chrony-4.6-tracking"), include_str!("../tests/chrony-4.6-sources"), -0.000_001_380),
    ] {
        let outcome = host(tracking, sources).run::<Timesync>("{}").unwrap();
        assert_eq!((value(&outcome, "synchronised", None), value(&outcome, "offset", None)), (Some(1.0), Some(offset)));
        assert_eq!(value(&outcome, "answers", Some("127.0.0.1")), Some(8.0));
        assert_eq!(find(&outcome, "192.0.2.1").text, "not usable, 0 of the last 8 answers, never answered");
    }
}
