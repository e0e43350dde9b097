use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Denial, HostError, Status, Subcheck};

/// `/proc/diskstats` of Linux 6.18, with a line of 11 counters as Linux before 4.18 writes it, a partition and a volume.
const RECORDED: &str = include_str!("../tests/diskstats");

fn host() -> Fake {
    let host = Fake::new();
    host.file(STATISTICS, RECORDED).file("/sys/block/dm-0/dm/name", "vg0-root\n");
    for name in ["loop0", "vda", "sda", "dm-0", "zram0"] {
        host.file(&format!("/sys/block/{name}"), "");
    }
    host
}

fn subcheck<'a>(outcome: &'a Outcome, name: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == name).unwrap()
}

fn value(outcome: &Outcome, name: &str, disk: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels[0].1 == disk).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Diskio>(include_str!("../README.md"));
}

#[test]
fn a_first_run_has_disks_and_no_rates() {
    let outcome = host().run::<Diskio>("{}").unwrap();
    assert_eq!(outcome.summary, "3 disks, rates from the next run on");
    let names: Vec<&str> = outcome.subchecks.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(names, ["vda", "sda", "vg0-root"], "no partition, nothing without a disk in it");
    assert_eq!(subcheck(&outcome, "vda").text, "0 requests under way");
    assert!(outcome.metrics.is_empty(), "{:?}", outcome.metrics);
}

#[test]
fn counters_become_rates_and_times() {
    let host = host();
    host.run::<Diskio>("{}").unwrap();
    // In 10 s: 100 reads of 8 sectors in 500 ms, no write, 2.5 s busy, 3 s weighted.
    let later = "277306 46047 74496778 285094 604034 517320 244655984 1976069 2 180068 2341446";
    host.file(
        STATISTICS,
        RECORDED.replace("277206 46047 74495978 284594 604034 517320 244655984 1976069 0 177568 2338446", later),
    );
    host.set_time(1_767_225_610);
    let outcome = host.run::<Diskio>("{}").unwrap();
    assert_eq!(outcome.summary, "3 disks, vda is the busiest with 25 %");
    assert_eq!(value(&outcome, "busy_percent", "vda"), Some(25.0));
    assert_eq!(value(&outcome, "queue", "vda"), Some(0.3));
    assert_eq!(value(&outcome, "read_await", "vda"), Some(0.005));
    assert_eq!(value(&outcome, "write_await", "vda"), None, "nothing was written: not 0");
    assert_eq!(value(&outcome, "read_rate", "vda"), Some(40_960.0));
    assert_eq!(value(&outcome, "write_rate", "vda"), Some(0.0));
    assert_eq!((value(&outcome, "reads", "vda"), value(&outcome, "writes", "vda")), (Some(10.0), Some(0.0)));
    assert_eq!(
        subcheck(&outcome, "vda").text,
        "25 % busy, 40 KiB/s read, 0 B/s written, 5.0 ms a read, 2 requests under way"
    );
    assert_eq!(value(&outcome, "busy_percent", "vg0-root"), Some(0.0));
}

#[test]
fn counters_that_began_anew_have_no_rate() {
    let host = host();
    host.run::<Diskio>("{}").unwrap();
    host.file(STATISTICS, RECORDED.replace("277206 46047 74495978 284594", "1 1 1 1")).set_time(1_767_225_610);
    let outcome = host.run::<Diskio>("{}").unwrap();
    assert_eq!((value(&outcome, "reads", "vda"), value(&outcome, "writes", "vda")), (None, Some(0.0)));
}

#[test]
fn what_is_expected_and_not_there_is_critical() {
    let outcome = host().run::<Diskio>(r#"{"expected": ["vg0-*", "zram0", "sdb"]}"#).unwrap();
    assert_eq!(subcheck(&outcome, "sdb").status, Status::Critical);
    assert_eq!(subcheck(&outcome, "zram0").status, Status::Ok);
    assert_eq!(outcome.subchecks.len(), 5);
}

#[test]
fn an_odd_line_hides_no_other_and_nothing_at_all_is_a_failure() {
    let host = host();
    for odd in
        ["x", "8 0 sdb 1 2 3", "8 0 sdb -1 0 0 0 0 0 0 0 0 0 0", "8 0 sdb 1 2 99999999999999999999 4 5 6 7 8 9 10 11"]
    {
        host.file(STATISTICS, format!("{RECORDED}{odd}\n"));
        let outcome = host.run::<Diskio>("{}").unwrap();
        assert_eq!((outcome.subchecks.len(), subcheck(&outcome, "diskstats").status), (4, Status::Unknown), "{odd}");
    }
    host.file(STATISTICS, "");
    assert_eq!(host.run::<Diskio>("{}").unwrap_err().message, "/proc/diskstats: the text is empty");
    host.file(STATISTICS, RECORDED).fail(DISKS, HostError::Denied(Denial::new("metadata", DISKS, "grant it")));
    assert_eq!(host.run::<Diskio>("{}").unwrap_err().message, "/sys/block/*: not granted");
}

#[test]
fn a_host_without_disks_is_told_as_such() {
    let host = Fake::new();
    host.file(STATISTICS, " 7 0 loop0 129 3 2076 4 90 42 234 12 0 12 28\n").file("/sys/block/loop0", "");
    assert_eq!(host.run::<Diskio>("{}").unwrap().summary, "0 disks, rates from the next run on");
}
