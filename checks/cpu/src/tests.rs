use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Cause, HostError, Status};

/// `/proc/stat` of Linux 6.18 with two CPUs, and `/proc/pressure/*` of the same host.
const RECORDED: &str = include_str!("../tests/stat");
const CPU: &str =
    "some avg10=99.84 avg60=99.23 avg300=90.45 total=8231014836\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
const IO: &str =
    "some avg10=0.22 avg60=0.68 avg300=0.56 total=108306529\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=24687549\n";

fn host() -> Fake {
    let host = Fake::new();
    host.file(STAT, RECORDED).file("/proc/pressure/cpu", CPU).file("/proc/pressure/io", IO);
    host
}

fn value(outcome: &Outcome, name: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name).map(|it| it.value)
}

fn pressure(outcome: &Outcome, resource: &str, tasks: &str) -> Option<f64> {
    let of = |labels: &[(String, String)]| labels[0].1 == resource && labels[1].1 == tasks;
    outcome.metrics.iter().find(|it| it.name == "pressure_percent" && of(&it.labels)).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Cpu>(include_str!("../README.md"));
}

#[test]
fn a_first_run_knows_no_shares() {
    let outcome = host().run::<Cpu>("{}").unwrap();
    assert_eq!(outcome.summary, "2 CPUs, shares from the next run on");
    assert_eq!(outcome.metrics.len(), 1, "what waits now is known: {:?}", outcome.metrics);
}

#[test]
fn shares_are_of_the_time_since_the_run_before_and_stolen_time_is_not_used() {
    let host = host();
    host.run::<Cpu>("{}").unwrap();
    // 2000 ticks in 10 s: 400 user, 100 system, 900 idle, 100 iowait, 500 stolen; the first CPU works for 500 of 1000.
    let later = RECORDED
        .replace(
            "cpu  1881283 269444 179576 372506 4293 0 1234 2788",
            "cpu  1881683 269444 179676 373406 4393 0 1234 3288",
        )
        .replace("cpu0 939352 133843 89055 189071 2443", "cpu0 939752 133843 89155 189571 2443")
        .replace("cpu1 941930 135600 90521 183435 1849 0 772 1396", "cpu1 941930 135600 90521 183835 1949 0 772 1896")
        .replace("processes 24400", "processes 24500");
    host.file(STAT, later).file("/proc/pressure/cpu", CPU.replace("8231014836", "8232014836"));
    host.set_time(1_767_225_610);
    let outcome = host.run::<Cpu>("{}").unwrap();
    assert_eq!(outcome.summary, "25 % of 2 CPUs used, 5 % waited for disks, 25 % stolen");
    assert_eq!(value(&outcome, "used_percent"), Some(25.0));
    assert_eq!((value(&outcome, "user_percent"), value(&outcome, "system_percent")), (Some(20.0), Some(5.0)));
    assert_eq!((value(&outcome, "iowait_percent"), value(&outcome, "steal_percent")), (Some(5.0), Some(25.0)));
    assert_eq!(value(&outcome, "busiest_percent"), Some(50.0));
    assert_eq!(value(&outcome, "forks"), Some(10.0));
    assert_eq!(pressure(&outcome, "cpu", "some"), Some(10.0));
    assert_eq!(pressure(&outcome, "io", "full"), Some(0.0));
    assert_eq!(pressure(&outcome, "memory", "some"), None, "this kernel has no such file");
}

#[test]
fn a_counter_that_began_anew_and_a_clock_that_stands_leave_nothing_known() {
    let host = host();
    host.run::<Cpu>("{}").unwrap();
    assert_eq!(value(&host.run::<Cpu>("{}").unwrap(), "used_percent"), None);
    host.file(STAT, RECORDED.replace("1234 2788", "1234 1")).set_time(1_767_225_610);
    assert_eq!(value(&host.run::<Cpu>("{}").unwrap(), "used_percent"), None);
}

#[test]
fn a_kernel_without_pressure_has_none_and_an_odd_text_hides_no_other() {
    let host = host();
    host.fail_to_read("/proc/pressure/cpu", HostError::Io("EOPNOTSUPP".into()));
    assert!(host.run::<Cpu>("{}").unwrap().subchecks.is_empty());
    for (odd, said) in [
        ("", "the text is empty"),
        ("many avg10=0.22 total=1\n", "line 1, column 1: \"many\" is neither \"some\" nor \"full\""),
        ("some avg10=0.22\n", "line 1, column 6: \"avg10\" is not \"total\""),
        ("some total=-5\n", "line 1, column 12: \"-5\" is out of range for u64"),
    ] {
        host.file("/proc/pressure/io", odd);
        let outcome = host.run::<Cpu>("{}").unwrap();
        let [part] = &outcome.subchecks[..] else { panic!("{outcome:?}") };
        assert_eq!((part.labels[0].1.as_str(), part.status), ("pressure_io", Status::Unknown));
        assert_eq!(part.text, format!("/proc/pressure/io: {said}"));
    }
}

#[test]
fn a_text_that_is_cut_is_a_failure() {
    for (text, said) in [
        ("", "there is no line \"cpu\""),
        ("intr 1 2 3\n", "there is no line \"cpu\""),
        ("cpu  1 2 3 4 5 6 7\n", "line 1: \"cpu  1 2 3 4 5 6 7\" has 8 columns, not 9 or more"),
        ("cpu  1 2 3 4 5 6 7 x\n", "line 1, column 20: \"x\" is not a whole number"),
    ] {
        let host = host();
        host.file(STAT, text);
        let failure = host.run::<Cpu>("{}").unwrap_err();
        assert_eq!(failure.cause, Cause::own());
        assert!(
            failure.message.starts_with("/proc/stat: ") && failure.message.contains(said.rsplit(": ").next().unwrap()),
            "{}",
            failure.message
        );
    }
}

#[test]
fn a_counter_that_is_none_hides_no_other() {
    let host = host();
    host.file(STAT, RECORDED.replace("processes 24400", "processes 18446744073709551616"));
    let outcome = host.run::<Cpu>("{}").unwrap();
    assert_eq!(outcome.summary, "2 CPUs, shares from the next run on");
    assert!(value(&outcome, "blocked").is_some());
    let part = outcome.subchecks.iter().find(|it| it.labels[0] == ("part".into(), "forks".into())).unwrap();
    assert_eq!(part.status, Status::Unknown);
    assert!(part.failure.as_ref().unwrap().message.contains("out of range"), "{part:?}");
}

#[test]
fn counters_that_cannot_be_kept_are_not_ok() {
    let host = host();
    host.fail_to_keep(HostError::Io("ENOSPC".into()));
    let outcome = host.run::<Cpu>("{}").unwrap();
    let part = outcome.subchecks.iter().find(|it| it.labels[0] == ("part".into(), "rates".into())).unwrap();
    assert_eq!(part.status, Status::Unknown);
    assert!(value(&outcome, "blocked").is_some());
}
