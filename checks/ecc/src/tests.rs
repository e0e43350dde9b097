use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Metric, Status, Subcheck};

/// Written by hand after the kernel's RAS/main.rst, as the machine at hand has no such hardware.
const TWO: &str = include_str!("../tests/controllers");
/// In the form of kernels before 3.6, which count by rows of chips.
const OLD: &str = include_str!("../tests/controllers-3.2");

fn host(table: &str) -> Fake {
    let host = Fake::new();
    host.files_below(CONTROLLERS, table);
    host
}

fn subcheck<'a>(outcome: &'a Outcome, label: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == label).unwrap()
}

fn metric<'a>(outcome: &'a Outcome, name: &str, label: &str) -> Option<&'a Metric> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels[0].1 == label)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Ecc>(include_str!("../README.md"));
}

#[test]
fn modules_are_named_by_their_labels_and_count_by_themselves() {
    let host = host(TWO);
    let outcome = host.run::<Ecc>("{}").unwrap();
    assert_eq!(outcome.summary, "5 modules at 2 memory controllers");
    let labels: Vec<&str> = outcome.subchecks.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(
        labels,
        ["mc0 CPU1_DIMM_A1", "mc0 CPU1_DIMM_A2", "mc0 module unknown", "mc1 rank0", "mc1 module unknown"]
    );
    assert_eq!(subcheck(&outcome, "mc0 CPU1_DIMM_A1").text, "3 errors corrected, 0 that could not be");
    assert!(metric(&outcome, "correctable_rate", "mc0 CPU1_DIMM_A1").is_none(), "the first run knows no rate");
    let worst = metric(&outcome, "uncorrectable_errors", "mc0 CPU1_DIMM_A1").unwrap();
    assert_eq!((worst.value, worst.critical.unwrap().high), (0.0, 0.0));

    host.file(&format!("{CONTROLLERS}/mc0/dimm0/dimm_ce_count"), "9\n").set_time(1_767_225_660);
    let outcome = host.run::<Ecc>("{}").unwrap();
    let rate = metric(&outcome, "correctable_rate", "mc0 CPU1_DIMM_A1").unwrap();
    assert_eq!((rate.value, rate.warning.unwrap().high), (0.1, 0.0));
    assert_eq!(metric(&outcome, "correctable_rate", "mc1 rank0").unwrap().value, 0.0);
}

#[test]
fn old_kernels_count_by_rows() {
    let outcome = host(OLD).run::<Ecc>("{}").unwrap();
    assert_eq!(metric(&outcome, "uncorrectable_errors", "mc0 csrow0").unwrap().value, 1.0);
    assert_eq!(metric(&outcome, "correctable_errors", "mc0 csrow1").unwrap().value, 0.0);
    assert_eq!(outcome.subchecks.len(), 2);
}

#[test]
fn without_a_driver_nothing_is_known() {
    let failure = Fake::new().run::<Ecc>("{}").unwrap_err();
    assert!(failure.message.contains("load the EDAC driver"), "{}", failure.message);
    let outcome = Fake::new().run::<Ecc>(r#"{"expected": 1}"#).unwrap();
    assert_eq!(
        (outcome.status, outcome.summary.as_str()),
        (Status::Critical, "0 modules at 0 memory controllers, 1 expected")
    );
    let unseen = Fake::new();
    unseen.fail(&format!("{CONTROLLERS}/mc*/ce_count"), HostError::TimedOut);
    let outcome = unseen.run::<Ecc>(r#"{"expected": 1}"#).unwrap();
    assert_eq!((outcome.status, outcome.subchecks[0].status), (Status::Ok, Status::Unknown));
}

#[test]
fn a_count_that_is_none_is_unknown_for_its_module_alone() {
    for text in ["", "-1\n", "3 errors\n", "18446744073709551616\n"] {
        let host = host(TWO);
        host.file(&format!("{CONTROLLERS}/mc0/dimm0/dimm_ce_count"), text);
        let outcome = host.run::<Ecc>("{}").unwrap();
        assert_eq!(subcheck(&outcome, "mc0 CPU1_DIMM_A1").status, Status::Unknown, "{text:?}");
        assert_eq!(subcheck(&outcome, "mc0 CPU1_DIMM_A2").status, Status::Ok);
    }
    // A module that vanishes between two files.
    let host = host(TWO);
    host.fail_to_read(&format!("{CONTROLLERS}/mc0/dimm0/dimm_ue_count"), HostError::NotFound);
    let outcome = host.run::<Ecc>("{}").unwrap();
    assert_eq!(subcheck(&outcome, "mc0 CPU1_DIMM_A1").status, Status::Unknown);
    // Of one label for all, each has a number.
    host.file(&format!("{CONTROLLERS}/mc0/dimm1/dimm_label"), "CPU1_DIMM_A1");
    host.heal(&format!("{CONTROLLERS}/mc0/dimm0/dimm_ue_count"));
    let outcome = host.run::<Ecc>("{}").unwrap();
    assert_eq!(outcome.subchecks[1].labels[0].1, "mc0 CPU1_DIMM_A1 (1)");
}
