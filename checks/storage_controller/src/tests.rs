use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Metric, Status, Subcheck};

/// All written by hand in the form that the vendors' manuals document, as the machine at hand has no such controller.
const CALL: &str = include_str!("../tests/storcli-call");
const DRIVES: &str = include_str!("../tests/storcli-drives");
const SSACLI: &str = include_str!("../tests/ssacli");
const ARCCONF: &str = include_str!("../tests/arcconf");

const STORCLI: [&str; 5] = ["/opt/MegaRAID/storcli/storcli64", "/call", "show", "all", "J"];
const PERCCLI: [&str; 5] = ["/opt/MegaRAID/perccli/perccli64", "/call/eall/sall", "show", "all", "J"];
const SSA: [&str; 6] = ["/usr/sbin/ssacli", "ctrl", "all", "show", "config", "detail"];
const ARC: [&str; 3] = ["/usr/sbin/arcconf", "getconfig", "1"];

fn run(commands: &[(&[&str], &str)], config: &str) -> Outcome {
    let host = Fake::new();
    for (argv, output) in commands {
        host.command(argv, output);
    }
    host.run::<StorageController>(config).unwrap()
}

fn subcheck<'a>(outcome: &'a Outcome, label: &str) -> &'a Subcheck {
    let found = outcome.subchecks.iter().find(|it| it.labels[0].1 == label);
    found.unwrap_or_else(|| panic!("no {label} in {:?}", outcome.subchecks))
}

fn all(outcome: &Outcome) -> Vec<(&str, Status, &str)> {
    outcome.subchecks.iter().map(|it| (it.labels[0].1.as_str(), it.status, it.text.as_str())).collect()
}

fn metric<'a>(outcome: &'a Outcome, name: &str, label: &str) -> Option<&'a Metric> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels[0].1 == label)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<StorageController>(include_str!("../README.md"));
}

#[test]
fn storcli_tells_controller_volumes_disks_and_battery() {
    let outcome = run(&[(&STORCLI, CALL)], "{}");
    assert_eq!(outcome.summary, "2 volumes and 3 disks, 2 not in order");
    let expected = [
        ("c0", Status::Ok, "Optimal"),
        ("c0/volume 239", Status::Ok, "RAID1 Optl"),
        ("c0/volume 238", Status::Critical, "RAID6 Dgrd"),
        ("c0/disk 252:0", Status::Ok, "Onln"),
        ("c0/disk 252:1", Status::Warning, "Rbld"),
        ("c0/disk 3", Status::Ok, "GHS"),
        ("c0/battery", Status::Ok, "Optimal"),
    ];
    assert_eq!(all(&outcome), expected);
    assert_eq!(metric(&outcome, "temperature", "c0/battery").unwrap().value, 29.0);
    let ignored = run(&[(&STORCLI, CALL)], r#"{"ignore": ["c0/volume 238", "*:1"], "expected": ["c1", "c0/disk *"]}"#);
    assert_eq!(subcheck(&ignored, "c0/volume 238").status, Status::Ok);
    assert_eq!((subcheck(&ignored, "c1").status, ignored.subchecks.len()), (Status::Critical, 8));
}

#[test]
fn the_long_list_of_disks_tells_what_they_foretell() {
    let outcome = run(&[(&STORCLI, CALL), (&PERCCLI, DRIVES)], "{}");
    let disk = subcheck(&outcome, "c0/disk 252:1");
    assert_eq!(
        (disk.status, disk.text.as_str()),
        (Status::Warning, "Rbld, the disk says that it will fail, 14 media errors, 3 failures foretold")
    );
    let foretold = metric(&outcome, "predictive_failures", "c0/disk 252:1").unwrap();
    assert_eq!((foretold.value, foretold.warning.unwrap().high), (3.0, 0.0));
    assert_eq!(metric(&outcome, "temperature", "c0/disk 252:0").unwrap().value, 28.0);
    assert_eq!(metric(&outcome, "other_errors", "c0/disk 252:0").unwrap().value, 2.0);
    assert!(metric(&outcome, "temperature", "c0/disk 252:1").is_none());
}

#[test]
fn ssacli_tells_the_same_as_text() {
    let outcome = run(&[(&SSA, SSACLI)], "{}");
    let expected = [
        ("slot 0", Status::Warning, "OK, cache status: Temporarily Disabled"),
        ("slot 0/battery", Status::Warning, "Recharging"),
        ("slot 0/volume 1", Status::Critical, "Interim Recovery Mode"),
        ("slot 0/disk 1I:1:1", Status::Ok, "OK"),
        ("slot 0/disk 1I:1:2", Status::Critical, "Failed"),
        ("slot 0/disk 1I:1:3", Status::Warning, "Predictive Failure"),
    ];
    assert_eq!(all(&outcome), expected);
    assert_eq!(metric(&outcome, "temperature", "slot 0/disk 1I:1:1").unwrap().value, 35.0);
    assert_eq!(metric(&outcome, "temperature", "slot 0").unwrap().value, 51.0);
}

#[test]
fn arcconf_tells_the_same_in_another_order() {
    let outcome = run(&[(&ARC, ARCCONF)], "{}");
    let expected = [
        ("controller", Status::Ok, "Optimal"),
        ("battery", Status::Ok, "Not Installed"),
        ("volume 0", Status::Critical, "Degraded"),
        ("disk 0:0", Status::Ok, "Online"),
        ("disk 0:1", Status::Critical, "Failed, the disk says that it will fail, 2 failures foretold"),
    ];
    assert_eq!(all(&outcome), expected);
    assert_eq!(metric(&outcome, "temperature", "disk 0:0").unwrap().value, 31.0);
}

#[test]
fn an_error_that_is_printed_with_exit_0_is_none_of_a_controller_in_order() {
    let failed = r#"{"Controllers":[{"Command Status":{"Controller":0,"Status":"Failure","Description":"Controller 0 not found"}}]}"#;
    for (argv, output, said) in [
        (&STORCLI[..], failed, "c0: Controller 0 not found"),
        (&STORCLI, &CALL[..CALL.len() / 2], "EOF"),
        (&STORCLI, &CALL.replace("\"Controllers\"", "\"Adapters\""), "has no \"Controllers\""),
        (&SSA, "\nError: No controllers detected.\n", "No controllers detected"),
        (&SSA, "", "no controller is listed"),
        (&ARC, "Controllers found: 0\nInvalid controller number.\n", "tells of no controller"),
        (&["/usr/bin/true"], "", "is none of storcli"),
    ] {
        let outcome = run(&[(argv, output)], "{}");
        let broken = &outcome.subchecks[0];
        assert!(broken.status == Status::Unknown && broken.text.contains(said), "{}", broken.text);
    }
}

#[test]
fn one_odd_thing_hides_no_other() {
    let odd = CALL.replacen("\"State\":\"Onln\"", "\"Status\":\"Onln\"", 1).replace("\"29C\"", "\"warm\"");
    let outcome = run(&[(&STORCLI, &odd)], "{}");
    assert!(subcheck(&outcome, "c0/disk 252:0").text.contains("has no \"State\""), "{:?}", all(&outcome));
    assert!(subcheck(&outcome, "c0/battery").text.contains("\"warm\" is no temperature"));
    assert_eq!(subcheck(&outcome, "c0/volume 239").status, Status::Ok);
    let renamed = CALL.replace("Controller Status", "Health");
    assert_eq!(subcheck(&run(&[(&STORCLI, &renamed)], "{}"), "c0").status, Status::Unknown);
    // A text that was cut off before the state of a disk.
    let cut = &SSACLI[..SSACLI.find("Status: OK\n         Drive Type").unwrap()];
    let outcome = run(&[(&SSA, cut)], r#"{"expected": ["slot 0/disk 1I:1:1"]}"#);
    assert_eq!(subcheck(&outcome, "slot 0/disk 1I:1:1").status, Status::Critical);
}

#[test]
fn storcli_ends_with_another_code_where_something_failed_and_tells_all_the_same() {
    let host = Fake::new();
    let ends = |output: &str| {
        Ok(Completed {
            ending: Ending::Code(6),
            standard_output: output.into(),
            standard_error: Vec::new(),
            duration: 0,
            extra: Vec::new(),
        })
    };
    host.command_ends(&STORCLI, ends(CALL)).command_ends(&SSA, ends("")).command_ends(&ARC, Err(HostError::TimedOut));
    let outcome = host.run::<StorageController>("{}").unwrap();
    assert_eq!(subcheck(&outcome, "c0").status, Status::Ok);
    assert_eq!(outcome.subchecks.iter().filter(|it| it.labels[0].0 == "command").count(), 2);
}
