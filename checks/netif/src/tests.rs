use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Status, Subcheck};

/// `/proc/net/dev` of Linux 6.18, and files below `/sys/class/net` of the same host with a second card: path, tab, content.
const DEV: &str = include_str!("../tests/dev");
const SYS: &str = include_str!("../tests/sys");

fn host() -> Fake {
    let host = Fake::new();
    host.file(COUNTERS, DEV).files_below(INTERFACES, SYS);
    for none in ["eth1", "lo", "veth12ab"] {
        host.file(&format!("{INTERFACES}/{none}/speed"), "");
        host.fail_to_read(&format!("{INTERFACES}/{none}/speed"), HostError::Io("EINVAL".into()));
    }
    host
}

fn set(host: &Fake, path: &str, text: &str) {
    host.file(&format!("{INTERFACES}/{path}"), text);
}

fn subcheck<'a>(outcome: &'a Outcome, name: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == name).unwrap()
}

fn value(outcome: &Outcome, name: &str, interface: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels[0].1 == interface).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Netif>(include_str!("../README.md"));
}

#[test]
fn interfaces_are_told_and_passing_ones_are_not() {
    let outcome = host().run::<Netif>("{}").unwrap();
    assert_eq!(outcome.summary, "1 of 2 interfaces up");
    assert_eq!(subcheck(&outcome, "eth0").text, "up, 10000 Mbit/s");
    assert_eq!(subcheck(&outcome, "eth1").text, "switched off");
    assert_eq!(outcome.subchecks.len(), 2);
    assert_eq!((value(&outcome, "up", "eth0"), value(&outcome, "up", "eth1")), (Some(1.0), Some(0.0)));
    assert_eq!(value(&outcome, "carrier_changes", "eth0"), Some(2.0));
    assert_eq!(value(&outcome, "received_rate", "eth0"), None, "a first run knows no rate");
    assert_eq!(value(&outcome, "speed", "eth1"), None);
    let all = host().run::<Netif>(r#"{"ignore": []}"#).unwrap();
    assert_eq!(all.subchecks.len(), 4);
    assert_eq!(subcheck(&all, "lo").text, "unknown");
    assert_eq!(value(&all, "up", "lo"), Some(1.0));
}

#[test]
fn counters_become_rates_and_a_share_of_the_speed() {
    let host = host();
    host.run::<Netif>("{}").unwrap();
    host.file(COUNTERS, DEV.replace("1030895876   36408    0    0", "2280895876   46408    7    9"));
    host.set_time(1_767_225_610);
    let outcome = host.run::<Netif>("{}").unwrap();
    assert_eq!(value(&outcome, "received_rate", "eth0"), Some(125e6));
    assert_eq!(value(&outcome, "packets_received_rate", "eth0"), Some(1000.0));
    assert_eq!(value(&outcome, "receive_error_rate", "eth0"), Some(0.7));
    assert_eq!(value(&outcome, "receive_drop_rate", "eth0"), Some(0.9));
    assert_eq!(value(&outcome, "sent_rate", "eth0"), Some(0.0));
    assert_eq!(value(&outcome, "used_percent", "eth0"), Some(10.0));
    assert_eq!(subcheck(&outcome, "eth0").text, "up, 10000 Mbit/s, 119 MiB/s in, 0 B/s out, 10 % used");
    // The driver was loaded anew.
    host.file(COUNTERS, DEV).set_time(1_767_225_620);
    assert_eq!(value(&host.run::<Netif>("{}").unwrap(), "received_rate", "eth0"), None);
}

#[test]
fn one_that_was_up_and_is_down_is_a_warning_until_it_is_switched_off() {
    let host = host();
    host.run::<Netif>("{}").unwrap();
    set(&host, "eth0/operstate", "down\n");
    for _ in 0..2 {
        let outcome = host.run::<Netif>("{}").unwrap();
        assert_eq!((outcome.status, subcheck(&outcome, "eth0").status), (Status::Ok, Status::Warning));
        assert_eq!(subcheck(&outcome, "eth0").text, "down, was up before, 10000 Mbit/s");
    }
    let outcome = host.run::<Netif>(r#"{"may_be_down": ["eth*"]}"#).unwrap();
    assert_eq!(subcheck(&outcome, "eth0").status, Status::Ok);
    set(&host, "eth0/flags", "0x1002\n");
    assert_eq!(subcheck(&host.run::<Netif>("{}").unwrap(), "eth0").status, Status::Ok);
    set(&host, "eth0/flags", "0x1003\n");
    assert_eq!(subcheck(&host.run::<Netif>("{}").unwrap(), "eth0").status, Status::Ok, "it never was up since");
}

#[test]
fn what_is_expected_must_be_there_and_up() {
    let outcome = host().run::<Netif>(r#"{"expected": ["eth0", "eth1", "bond0", "lo"]}"#).unwrap();
    let status = |name: &str| subcheck(&outcome, name).status;
    assert_eq!(status("eth0"), Status::Ok);
    assert_eq!(status("eth1"), Status::Critical);
    assert_eq!(status("bond0"), Status::Critical);
    assert_eq!(status("lo"), Status::Ok);
    assert_eq!(subcheck(&outcome, "bond0").text, "there is no such interface");
}

#[test]
fn speeds_that_mean_none_are_none() {
    for (text, speed) in [("-1\n", None), ("4294967295\n", None), ("0\n", None), ("100000\n", Some(100_000.0))] {
        let host = host();
        set(&host, "eth0/speed", text);
        assert_eq!(value(&host.run::<Netif>("{}").unwrap(), "speed", "eth0"), speed, "{text}");
    }
}

#[test]
fn one_that_vanishes_between_two_files_is_gone_and_one_that_is_odd_hides_no_other() {
    let host = host();
    host.remove(&format!("{INTERFACES}/eth1/flags"));
    assert_eq!(host.run::<Netif>("{}").unwrap().subchecks.len(), 1);
    set(&host, "eth0/speed", "fast\n");
    let outcome = host.run::<Netif>(r#"{"ignore": []}"#).unwrap();
    assert_eq!(subcheck(&outcome, "eth0").status, Status::Unknown);
    assert!(subcheck(&outcome, "eth0").text.starts_with("/sys/class/net/eth0/speed: "), "{outcome:?}");
    assert_eq!(subcheck(&outcome, "lo").status, Status::Ok);
}

#[test]
fn a_table_that_is_cut_or_has_columns_renamed_is_a_failure() {
    for (text, said) in [
        ("", "the text names no interface, not even \"lo\""),
        ("Inter-| Receive\n face |bytes\n", "the text names no interface, not even \"lo\""),
        ("a\nb\nno interface\n", "line 3, column 1: \"no interface\" has no \":\""),
        ("a\nb\nlo: 1 2 3\n", "line 3, column 1: \"lo: 1 2 3\" has not 16 numbers"),
        ("a\nb\nlo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 -16\n", "line 3, column 41: \"-16\" is out of range for u64"),
    ] {
        let host = host();
        host.file(COUNTERS, text);
        assert_eq!(host.run::<Netif>("{}").unwrap_err().message, format!("{COUNTERS}: {said}"));
    }
    // Beyond 2^53, and a name with a colon.
    let text = "a\nb\neth0:1: 18446744073709551615 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n";
    assert_eq!(
        counters::parse(text).unwrap()[0],
        ("eth0:1".into(), [u64::MAX, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
    );
}

#[test]
fn what_cannot_be_kept_is_not_ok_as_nothing_is_compared() {
    let host = host();
    host.fail_to_keep(HostError::Io("ENOSPC".into()));
    let outcome = host.run::<Netif>("{}").unwrap();
    for part in ["rates", "seen_up"] {
        assert_eq!(subcheck(&outcome, part).status, Status::Unknown, "{part}");
    }
}
