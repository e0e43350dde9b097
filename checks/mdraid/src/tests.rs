use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Status, Subcheck};

/// Recorded with mdadm 4.2 on Linux 6.1, a raid1 (`md0`) and a raid5 with a spare (`md127`, named `data`): files below
/// `/sys/block` with path, tab, content, and `/proc/mdstat`.
const CLEAN: [&str; 2] = [include_str!("../tests/clean.sys"), include_str!("../tests/clean.mdstat")];
const FAILED: [&str; 2] = [include_str!("../tests/failed.sys"), include_str!("../tests/failed.mdstat")];
const REBUILDING: [&str; 2] = [include_str!("../tests/rebuilding.sys"), include_str!("../tests/rebuilding.mdstat")];
const SPARE: [&str; 2] =
    [include_str!("../tests/spare-rebuilding.sys"), include_str!("../tests/spare-rebuilding.mdstat")];
const INACTIVE: [&str; 2] = [include_str!("../tests/inactive.sys"), include_str!("../tests/inactive.mdstat")];

fn host([sys, mdstat]: [&str; 2]) -> Fake {
    let host = Fake::new();
    host.files_below(BLOCK, sys).file(MDSTAT, mdstat);
    // As udev keeps them; a name that is a number alone is none.
    host.file("/run/udev/data/b9:127", "S:disk/by-id/md-name-any:data\nS:md/data\nI:112\nE:MD_LEVEL=raid5\n");
    host.file("/run/udev/data/b9:0", "S:md/0\nI:113\n");
    host
}

fn array<'a>(outcome: &'a Outcome, name: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == name).unwrap_or_else(|| panic!("no {name}: {outcome:?}"))
}

fn judged(outcome: &Outcome, name: &str) -> (Status, String) {
    (array(outcome, name).status, array(outcome, name).text.clone())
}

fn value(outcome: &Outcome, name: &str, array: &str) -> Option<f64> {
    let of = |labels: &[(String, String)]| labels.iter().any(|(label, value)| label == "array" && value == array);
    outcome.metrics.iter().find(|it| it.name == name && of(&it.labels)).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Mdraid>(include_str!("../README.md"));
}

#[test]
fn arrays_in_order_are_told_by_the_names_that_they_were_given() {
    let outcome = host(CLEAN).run::<Mdraid>("{}").unwrap();
    assert_eq!((outcome.status, outcome.summary.as_str()), (Status::Ok, "2 arrays"));
    assert_eq!(judged(&outcome, "md0"), (Status::Ok, "raid1 of 2 disks, clean".into()));
    assert_eq!(judged(&outcome, "data"), (Status::Ok, "raid5 of 3 disks, clean, 1 spare".into()));
    assert_eq!((value(&outcome, "spares", "data"), value(&outcome, "degraded", "data")), (Some(1.0), Some(0.0)));
    assert_eq!(value(&outcome, "sync_percent", "md0"), None);
}

#[test]
fn a_disk_that_failed_makes_its_array_critical() {
    let outcome = host(FAILED).run::<Mdraid>("{}").unwrap();
    assert_eq!(judged(&outcome, "md0"), (Status::Critical, "raid1 of 2 disks, clean, 1 missing, faulty: vdb".into()));
    assert_eq!(array(&outcome, "data").status, Status::Ok);
    assert_eq!((value(&outcome, "degraded", "md0"), value(&outcome, "faulty", "md0")), (Some(1.0), Some(1.0)));
    let ignored = host(FAILED).run::<Mdraid>(r#"{"ignore": ["md0"]}"#).unwrap();
    assert_eq!(array(&ignored, "md0").status, Status::Ok);
}

#[test]
fn an_array_that_is_mended_is_a_warning_with_its_progress() {
    let outcome = host(REBUILDING).run::<Mdraid>("{}").unwrap();
    let (status, text) = judged(&outcome, "md0");
    assert_eq!(status, Status::Warning);
    assert!(text.starts_with("raid1 of 2 disks, clean, 1 missing, 1 spare, recover "), "{text}");
    let outcome = host(SPARE).run::<Mdraid>("{}").unwrap();
    let (status, text) = judged(&outcome, "data");
    assert_eq!(status, Status::Warning);
    assert!(text.contains("1 missing, faulty: loop1, 1 spare, recover ") && text.ends_with(" %"), "{text}");
    assert!(value(&outcome, "sync_percent", "data").is_some_and(|it| it < 10.0));
}

#[test]
fn a_failed_disk_whose_place_was_taken_is_a_warning() {
    let host = host(SPARE);
    for (file, text) in [("degraded", "0"), ("sync_action", "idle"), ("sync_completed", "none")] {
        host.file(&format!("{BLOCK}/md127/md/{file}"), format!("{text}\n"));
    }
    host.file(&format!("{BLOCK}/md127/md/dev-loop3/state"), "in_sync\n");
    let outcome = host.run::<Mdraid>("{}").unwrap();
    assert_eq!(judged(&outcome, "data"), (Status::Warning, "raid5 of 3 disks, clean, faulty: loop1".into()));
}

#[test]
fn an_array_that_was_assembled_of_too_few_disks_is_critical() {
    let outcome = host(INACTIVE).run::<Mdraid>("{}").unwrap();
    assert_eq!(judged(&outcome, "md126"), (Status::Critical, "inactive, with 1 disk, 1 spare".into()));
    assert_eq!(outcome.subchecks.len(), 2, "md127 is a device that is left of an array");
}

#[test]
fn a_container_of_firmware_is_no_array_and_is_inactive_always() {
    let host = host(CLEAN);
    host.file(&format!("{BLOCK}/md126/md/array_state"), "inactive\n");
    host.file(&format!("{BLOCK}/md126/md/metadata_version"), "external:imsm\n");
    host.file(&format!("{BLOCK}/md126/md/raid_disks"), "0\n").file(&format!("{BLOCK}/md126/md/level"), "container\n");
    let outcome = host.run::<Mdraid>("{}").unwrap();
    assert_eq!(judged(&outcome, "md126"), (Status::Ok, "a container of arrays".into()));
}

#[test]
fn what_is_expected_must_be_there() {
    let outcome = host(CLEAN).run::<Mdraid>(r#"{"expected": ["md0", "data", "home"]}"#).unwrap();
    assert_eq!(judged(&outcome, "home"), (Status::Critical, "there is no such array".into()));
    let none = Fake::new();
    none.file(MDSTAT, "Personalities : \nunused devices: <none>\n");
    assert_eq!(none.run::<Mdraid>("{}").unwrap().summary, "no arrays");
    none.remove(MDSTAT).grant_files(&[MDSTAT, "/sys/block/md*/md/*", "/sys/block/md*/md/*/*"]);
    assert_eq!(none.run::<Mdraid>(r#"{"expected": ["md0"]}"#).unwrap().subchecks[0].status, Status::Critical);
}

#[test]
fn an_array_that_mdstat_lists_and_sysfs_does_not_is_unknown() {
    let host = Fake::new();
    host.file(MDSTAT, CLEAN[1]);
    let outcome = host.run::<Mdraid>("{}").unwrap();
    assert_eq!((outcome.subchecks.len(), array(&outcome, "md127").status), (2, Status::Unknown));
    host.file(MDSTAT, "something else\n");
    assert!(host.run::<Mdraid>("{}").unwrap_err().message.starts_with("/proc/mdstat: there is no line"));
}

#[test]
fn an_array_that_vanishes_is_none_and_an_odd_file_hides_no_other() {
    let host = host(CLEAN);
    host.file(&format!("{BLOCK}/md0/md/degraded"), "many\n");
    let outcome = host.run::<Mdraid>("{}").unwrap();
    assert_eq!(array(&outcome, "md0").status, Status::Unknown);
    assert!(array(&outcome, "md0").text.starts_with("/sys/block/md0/md/degraded: line 1"), "{outcome:?}");
    assert_eq!(array(&outcome, "data").status, Status::Ok);
    host.file(MDSTAT, "Personalities : \n").remove(&format!("{BLOCK}/md0/md/array_state"));
    assert_eq!(host.run::<Mdraid>("{}").unwrap().subchecks.len(), 1);
}
