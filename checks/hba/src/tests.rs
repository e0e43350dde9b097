use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Cause, Denial, HostError, Status, Subcheck};

/// Two ports of one adapter in the format of `scsi_transport_fc.c`, one with its cable out: a file in each line, path below `fc_host`, tab, content.
const TWO_PORTS: &str = include_str!("../tests/two-ports");

fn two_ports() -> Fake {
    let host = Fake::new();
    host.files_below(HOSTS, TWO_PORTS);
    host
}

fn set(host: &Fake, path: &str, text: &str) {
    host.file(&format!("{HOSTS}/{path}"), text);
}

fn subcheck<'a>(outcome: &'a Outcome, port: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == port).unwrap()
}

fn value(outcome: &Outcome, name: &str, port: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels[0].1 == port).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Hba>(include_str!("../README.md"));
}

#[test]
fn each_port_is_a_subcheck_and_one_not_online_is_critical() {
    let outcome = two_ports().run::<Hba>("{}").unwrap();
    assert_eq!((outcome.status, outcome.summary.as_str()), (Status::Ok, "1 of 2 Fibre Channel ports online"));
    let online = subcheck(&outcome, "host1");
    assert_eq!(online.status, Status::Ok);
    assert_eq!(online.text, "Online, 16 Gbit/s, port 0x21000024ff7d8f10, node 0x20000024ff7d8f10");
    let down = subcheck(&outcome, "host2");
    assert_eq!(down.status, Status::Critical);
    assert!(down.text.starts_with("Linkdown, no speed negotiated, "), "{}", down.text);
    assert_eq!(value(&outcome, "online", "host2"), Some(0.0));
    assert_eq!(value(&outcome, "speed", "host1"), Some(16.0));
    assert_eq!(value(&outcome, "speed", "host2"), None);
}

#[test]
fn a_port_is_ignored_by_host_or_by_its_name_in_the_fabric() {
    for ignore in ["host2", "0x21000024ff7d8f11"] {
        let outcome = two_ports().run::<Hba>(&format!("{{\"ignore\": [{ignore:?}]}}")).unwrap();
        assert_eq!(subcheck(&outcome, "host2").status, Status::Ok);
        assert!(subcheck(&outcome, "host2").text.ends_with(", ignored"));
    }
    let outcome = two_ports().run::<Hba>(r#"{"ignore": ["host9"]}"#).unwrap();
    assert_eq!(outcome.details, ["host9 is ignored, and there is no such port"]);
}

#[test]
fn fewer_ports_than_expected_are_critical() {
    let none = Fake::new().run::<Hba>("{}").unwrap();
    assert_eq!((none.status, none.summary.as_str()), (Status::Ok, "no Fibre Channel ports"));
    let none = Fake::new().run::<Hba>(r#"{"expected": 2}"#).unwrap();
    assert_eq!((none.status, none.summary.as_str()), (Status::Critical, "no Fibre Channel ports, 2 expected"));
    assert_eq!(two_ports().run::<Hba>(r#"{"expected": 3}"#).unwrap().status, Status::Critical);
    let enough = two_ports().run::<Hba>(r#"{"expected": 2}"#).unwrap();
    assert_eq!((enough.status, enough.summary.as_str()), (Status::Ok, "1 of 2 Fibre Channel ports online, 2 expected"));
}

#[test]
fn error_counters_become_rates() {
    let host = two_ports();
    host.set_time(1000);
    assert_eq!(value(&host.run::<Hba>("{}").unwrap(), "invalid_word_rate", "host1"), None);
    set(&host, "host1/statistics/invalid_tx_word_count", "0x3d\n");
    set(&host, "host1/statistics/link_failure_count", "0x0\n");
    host.set_time(1060);
    let outcome = host.run::<Hba>("{}").unwrap();
    assert_eq!(value(&outcome, "invalid_word_rate", "host1"), Some(0.5));
    assert_eq!(value(&outcome, "loss_of_sync_rate", "host1"), Some(0.0));
    assert_eq!(value(&outcome, "link_failure_rate", "host1"), None, "the counter was reset");
    assert_eq!(value(&outcome, "link_failure_rate", "host2"), Some(0.0));
    assert_eq!(value(&outcome, "error_frame_rate", "host1"), None, "the driver does not keep it");
}

#[test]
fn one_broken_file_makes_its_port_unknown_and_hides_no_other() {
    let host = two_ports();
    set(&host, "host1/speed", "16 Gb\n");
    set(&host, "host1/statistics/invalid_crc_count", "0x\n");
    set(&host, "host2/port_state", "");
    let outcome = host.run::<Hba>("{}").unwrap();
    let broken = subcheck(&outcome, "host1");
    assert_eq!(broken.status, Status::Unknown);
    assert!(broken.text.contains("speed: line 1, column 1: \"16 Gb\" does not end in \" Gbit\""), "{}", broken.text);
    let said = "statistics/invalid_crc_count: line 1, column 1: \"0x\" is not a hex number that begins with 0x";
    assert!(broken.text.contains(said), "{}", broken.text);
    assert_eq!(subcheck(&outcome, "host2").status, Status::Unknown);
    assert_eq!(value(&outcome, "online", "host2"), None);

    host.fail(&format!("{HOSTS}/host1/port_state"), HostError::Io("EIO".into()));
    set(&host, "host2/port_state", "Linkdown\n");
    let outcome = host.run::<Hba>("{}").unwrap();
    assert!(subcheck(&outcome, "host1").text.starts_with("/sys/class/fc_host/host1/port_state: EIO, "));
    assert_eq!(subcheck(&outcome, "host2").status, Status::Critical);
}

#[test]
fn every_file_may_be_cut_off() {
    for line in TWO_PORTS.lines() {
        let (path, text) = line.split_once('\t').unwrap();
        for end in 0..text.len() {
            let host = two_ports();
            set(&host, path, &text[..end]);
            let outcome = host.run::<Hba>("{}").unwrap();
            assert_eq!(outcome.subchecks.len(), 2, "{path} cut at byte {end}");
        }
    }
}

#[test]
fn speeds_and_counters_and_nothing_else() {
    assert_eq!(port::speed("2 Gbit\n"), Ok(Some(2)));
    assert_eq!(port::speed("Not Negotiated\n"), Ok(None));
    for wrong in ["", "Gbit", "16", "16 Mbit", "-", "inf Gbit"] {
        assert!(port::speed(wrong).is_err(), "{wrong:?}");
    }
    assert_eq!(port::count("0x1f\n"), Ok(Some(31)));
    assert_eq!(port::count("0xffffffffffffffff\n"), Ok(None));
    assert!(port::count("31\n").is_err() && port::state(" \n").is_err());
}

#[test]
fn what_cannot_be_looked_at_of_all_ports_hides_nothing_else() {
    let host = two_ports();
    let pattern = "/sys/class/fc_host/*/statistics/*";
    host.fail(pattern, HostError::TimedOut);
    let outcome = host.run::<Hba>("{}").unwrap();
    let part = outcome.subchecks.iter().find(|it| it.labels[0] == ("part".into(), pattern.into())).unwrap();
    assert_eq!(
        (part.status, part.text.as_str()),
        (Status::Unknown, format!("{pattern}: gave no answer within its time").as_str())
    );
    assert_eq!(outcome.subchecks.len(), 3);
    assert_eq!(value(&outcome, "online", "host1"), Some(1.0));

    let host = Fake::new();
    host.fail("/sys/class/fc_host/*/port_state", HostError::TimedOut);
    let outcome = host.run::<Hba>(r#"{"expected": 2}"#).unwrap();
    assert_eq!((outcome.status, outcome.subchecks[0].status), (Status::Ok, Status::Unknown));
}

#[test]
fn rates_that_cannot_be_kept_hide_no_state() {
    let host = two_ports();
    host.fail_to_keep(HostError::Io("ENOSPC".into()));
    let outcome = host.run::<Hba>("{}").unwrap();
    let part = outcome.subchecks.iter().find(|it| it.labels[0] == ("part".into(), "rates".into())).unwrap();
    assert_eq!((part.status, outcome.subchecks.len()), (Status::Unknown, 3));
}

#[test]
fn what_the_host_refuses_as_a_whole_is_passed_on() {
    let host = Fake::new();
    let denied = Denial::new("files", HOSTS, "");
    host.fail("/sys/class/fc_host/*/port_state", HostError::Denied(denied.clone()));
    assert_eq!(host.run::<Hba>("{}").unwrap_err().cause, Cause::Host(HostError::Denied(denied)));
}
