use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Cause, HostError, Status};

const RECORDED: &str = "12.44 8.95 0.53 3/83 9597\n";

fn run(loadavg: &str, online: &str) -> Result<Outcome, Failure> {
    let host = Fake::new();
    host.file(LOADAVG, loadavg).file(ONLINE, online);
    host.run::<Load>("{}")
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Load>(include_str!("../README.md"));
}

#[test]
fn averages_in_all_and_for_each_cpu() {
    let outcome = run(RECORDED, "0-3\n").unwrap();
    assert_eq!(outcome.summary, "load 12.44, 8.95, 0.53 on 4 CPUs; 3 runnable tasks");
    let value = |name: &str| outcome.metrics.iter().find(|it| it.name == name).map(|it| it.value);
    assert_eq!(value("load1"), Some(12.44));
    assert_eq!(value("load1_per_cpu"), Some(3.11));
    assert_eq!(value("tasks"), Some(83.0));
}

#[test]
fn lists_of_cpus() {
    for (text, count) in [("0\n", 1), ("0-1\n", 2), ("0-3,8,10-11\n", 7), ("0-4095", 4096)] {
        assert_eq!(cpus::parse(text), Ok(count), "{text}");
    }
    for wrong in ["", "\n", "a", "3-1", "0-", "0,,2", "0-1-2", "-1", "0 1"] {
        assert!(cpus::parse(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_line_that_is_not_whole_is_a_failure_that_says_what_and_where() {
    for (text, said) in [
        ("", "the text is empty"),
        ("0.41 0.95\n", "line 1, column 1: \"0.41 0.95\" has 2 columns, not 5"),
        ("0.40 0.90 0.50 1/83 9\nx\n", "line 2, column 1: \"x\" stands in a second line, where there is one only"),
    ] {
        let failure = run(text, "0").unwrap_err();
        assert_eq!(failure.message, format!("/proc/loadavg: {said}"));
        assert_eq!(failure.cause, Cause::own());
    }
}

#[test]
fn a_number_that_cannot_be_told_says_so_and_hides_no_other() {
    for (text, part, said) in [
        ("0,41 0.95 0.53 1/83 9597\n", "load1", "line 1, column 1: \"0,41\" has no \".\""),
        ("0.41 -0.95 0.53 1/83 9597\n", "load5", "line 1, column 6: \"-0\" is out of range for u32"),
        ("0.41 0.95 inf 1/83 9597\n", "load15", "line 1, column 11: \"inf\" has no \".\""),
        ("0.41 0.9x 0.53 1/83 9597\n", "load5", "line 1, column 8: \"9x\" is not a whole number"),
        ("0.41 0.95 0.5 1/83 9597\n", "load15", "line 1, column 11: \"0.5\" has not two decimals"),
        ("0.41 0.95 0.53 183 9597\n", "tasks", "line 1, column 16: \"183\" has no \"/\""),
        ("0.41 0.95 0.53 1/ 9597\n", "tasks", "line 1, column 18: an empty text is not a whole number"),
    ] {
        let outcome = run(text, "0").unwrap();
        let [broken] = outcome.subchecks.as_slice() else { panic!("{outcome:?}") };
        assert_eq!((broken.labels[0].1.as_str(), broken.status), (part, Status::Unknown));
        assert_eq!(broken.text, format!("/proc/loadavg: {said}"));
        assert_eq!(outcome.metrics.len(), 7, "{text}");
    }
}

#[test]
fn without_the_number_of_cpus_the_load_is_told_all_the_same() {
    for (online, said) in [
        ("", "line 1, column 1: an empty text is not a whole number"),
        ("3-1\n", "line 1, column 1: \"3-1\" is a range that goes backwards"),
    ] {
        let outcome = run(RECORDED, online).unwrap();
        assert_eq!(outcome.summary, "load 12.44, 8.95, 0.53; 3 runnable tasks");
        assert_eq!((outcome.metrics.len(), outcome.subchecks.len()), (5, 1));
        assert_eq!(outcome.subchecks[0].text, format!("{ONLINE}: {said}"));
    }
    let host = Fake::new();
    host.file(LOADAVG, RECORDED).file(ONLINE, "").fail(ONLINE, HostError::TimedOut);
    assert_eq!(host.run::<Load>("{}").unwrap().subchecks[0].text, format!("{ONLINE}: gave no answer within its time"));
    host.grant_files(&[LOADAVG]);
    assert!(matches!(host.run::<Load>("{}").unwrap_err().cause, Cause::Host(HostError::Denied(_))));
}

#[test]
fn a_text_cut_off_before_its_last_column_is_a_failure() {
    let last = RECORDED.rfind(' ').unwrap();
    for end in 0..=last {
        assert!(loadavg::parse(&RECORDED[..end]).is_err(), "cut at byte {end}");
    }
}
