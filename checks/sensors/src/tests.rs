use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::files::{FileKind, Metadata};
use roundsman_sdk::{Cause, HostError, Metric, Status, Subcheck};

/// Chips and zones in the form of the kernel's sysfs-interface.rst and sysfs-api.rst, written by hand as this was made
/// on a host without any: a file in each line, path below its class, tab, content.
const OF_A_SERVER: &str = include_str!("../tests/chips");
const ITS_ZONES: &str = include_str!("../tests/zones");

/// The places that chips lead to.
const PLACES: [(&str, &str); 5] = [
    ("hwmon0", "../../devices/virtual/thermal/thermal_zone0/hwmon0"),
    ("hwmon1", "../../devices/platform/coretemp.0/hwmon/hwmon1"),
    ("hwmon2", "../../devices/pci0000:00/0000:00:1d.0/0000:02:00.0/nvme/nvme0/hwmon2"),
    ("hwmon3", "../../devices/pci0000:00/0000:00:1d.4/0000:03:00.0/nvme/nvme1/hwmon3"),
    ("hwmon4", "../../devices/platform/nct6775.656/hwmon/hwmon4"),
];

fn server() -> Fake {
    let host = Fake::new();
    for (class, lines) in [(CHIPS, OF_A_SERVER), (ZONES, ITS_ZONES)] {
        for line in lines.lines() {
            let (path, text) = line.split_once('\t').unwrap();
            host.file(&format!("{class}/{path}"), format!("{text}\n"));
        }
    }
    for (chip, place) in PLACES {
        link(&host, chip, place);
    }
    host.fail_to_read("/sys/class/thermal/thermal_zone2/temp", HostError::Io("ENODATA".into()));
    host
}

fn link(host: &Fake, chip: &str, place: &str) {
    let (kind, link_target) = (FileKind::Symlink, Some(place.to_owned()));
    let (size, modified, device, inode, owner, group, mode) = (0, 0, 1, 7, 0, 0, 0o777);
    let metadata = Metadata { kind, size, modified, device, inode, owner, group, mode, link_target, extra: Vec::new() };
    host.metadata(&format!("{CHIPS}/{chip}"), metadata);
}

fn run(host: &Fake, config: &str) -> Outcome {
    host.run::<Sensors>(config).unwrap()
}

fn subcheck<'a>(outcome: &'a Outcome, label: &str) -> &'a Subcheck {
    let found = outcome.subchecks.iter().find(|it| it.labels[0].1 == label);
    found.unwrap_or_else(|| panic!("no {label} in {:?}", outcome.subchecks))
}

fn metric<'a>(outcome: &'a Outcome, label: &str) -> Option<&'a Metric> {
    outcome.metrics.iter().find(|it| it.labels[0].1 == label)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Sensors>(include_str!("../README.md"));
}

#[test]
fn sensors_are_named_by_their_device_and_judged_by_their_own_limits() {
    let outcome = run(&server(), "{}");
    let labels: Vec<&str> = outcome.subchecks.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(
        labels,
        [
            "acpitz-thermal_zone0/temp1",
            "coretemp.0/Package id 0",
            "coretemp.0/Core 0",
            "coretemp.0/Core 1",
            "nvme-0000:02:00.0/Composite",
            "nvme-0000:02:00.0/Sensor 1",
            "nvme-0000:03:00.0/Composite",
            "nvme-0000:03:00.0/Sensor 1",
            "nct6775.656/SYSTIN (temp1)",
            "nct6775.656/SYSTIN (temp2)",
            "nct6775.656/fan1",
            "nct6775.656/fan2",
            "thermal/x86_pkg_temp",
        ]
    );
    assert_eq!(outcome.summary, "13 sensors, coretemp.0/Package id 0 is the hottest with 61 °C");
    assert!(outcome.subchecks.iter().all(|it| it.status == Status::Ok), "{:?}", outcome.subchecks);
    let core = metric(&outcome, "coretemp.0/Core 0").unwrap();
    assert_eq!((core.value, core.warning.unwrap().high, core.critical.unwrap().high), (58.0, 84.0, 100.0));
    assert_eq!(subcheck(&outcome, "coretemp.0/Core 0").text, "58.0 °C, max 84, critical 100");
    let fan = metric(&outcome, "nct6775.656/fan1").unwrap();
    assert_eq!((fan.value, fan.warning.unwrap().low), (1180.0, 600.0));
    // A limit of 0 is none, and the alarm that compares with it means nothing.
    let unset = metric(&outcome, "nct6775.656/SYSTIN (temp1)").unwrap();
    assert!(unset.warning.is_none());
    let zone = metric(&outcome, "thermal/x86_pkg_temp").unwrap();
    assert_eq!((zone.warning.unwrap().high, zone.critical.unwrap().high), (95.0, 105.0));
}

#[test]
fn labels_stay_when_the_numbers_move() {
    let host = server();
    let before = run(&host, "{}");
    let moved = Fake::new();
    for line in OF_A_SERVER.lines() {
        let (path, text) = line.split_once('\t').unwrap();
        let path = path.replace("hwmon", "hwmon1");
        moved.file(&format!("{CHIPS}/{path}"), text);
    }
    for (chip, place) in PLACES {
        link(&moved, &chip.replace("hwmon", "hwmon1"), &place.replace("/hwmon", "/hwmon1"));
    }
    let after = run(&moved, "{}");
    for metric in &after.metrics {
        assert!(before.metrics.iter().any(|it| it.labels == metric.labels), "{:?}", metric.labels);
    }
    assert_eq!(after.metrics.len(), before.metrics.len() - 1);
}

#[test]
fn flags_of_a_chip_are_judged_unless_they_are_ignored() {
    let host = server();
    host.file("/sys/class/hwmon/hwmon1/temp2_crit_alarm", "1\n").file("/sys/class/hwmon/hwmon4/fan1_alarm", "1\n");
    let outcome = run(&host, "{}");
    let core = subcheck(&outcome, "coretemp.0/Core 0");
    assert_eq!((core.status, core.text.ends_with(", the chip says that it is too hot")), (Status::Critical, true));
    assert_eq!(subcheck(&outcome, "nct6775.656/fan1").status, Status::Warning);
    let outcome = run(&host, r#"{"ignore_alarms": ["coretemp*", "*/fan1"]}"#);
    assert!(outcome.subchecks.iter().all(|it| it.status == Status::Ok));
    assert!(subcheck(&outcome, "coretemp.0/Core 0").text.ends_with("too hot, ignored"));
}

#[test]
fn a_sensor_without_a_value_is_no_zero_and_expected_ones_are_missed() {
    let host = server();
    host.fail_to_read("/sys/class/hwmon/hwmon4/fan1_input", HostError::Io("ENODATA".into()));
    let outcome = run(&host, r#"{"expected": ["nct6775.656/fan1", "k10temp*", "coretemp.0/*"]}"#);
    assert!(metric(&outcome, "nct6775.656/fan1").is_none());
    let missed = subcheck(&outcome, "nct6775.656/fan1");
    assert_eq!((missed.status, missed.text.as_str()), (Status::Critical, "gives no value"));
    assert_eq!(subcheck(&outcome, "k10temp*").text, "is not there");
    assert!(!outcome.subchecks.iter().any(|it| it.labels[0].1 == "coretemp.0/*"));
    assert_eq!(outcome.details, ["without a value now: nct6775.656/fan1, thermal/iwlwifi_1"]);
    let outcome = run(&host, r#"{"exclude": ["nct*", "thermal/*"]}"#);
    assert!(outcome.details.is_empty() && outcome.summary.starts_with("8 sensors"), "{}", outcome.summary);
}

#[test]
fn what_cannot_be_asked_or_read_is_unknown_and_hides_no_other() {
    let host = server();
    host.fail_to_read("/sys/class/hwmon/hwmon1/temp1_input", HostError::Io("EIO".into()));
    host.file("/sys/class/hwmon/hwmon1/temp2_input", "58,0\n").file("/sys/class/hwmon/hwmon1/temp3_input", "-274000\n");
    let outcome = run(&host, "{}");
    assert_eq!(subcheck(&outcome, "coretemp.0/Package id 0").text, "/sys/class/hwmon/hwmon1/temp1_input: EIO");
    let odd = subcheck(&outcome, "coretemp.0/Core 0");
    assert_eq!(odd.status, Status::Unknown);
    assert!(odd.text.contains("temp2_input: line 1, column 1: \"58,0\" is not a whole number"), "{}", odd.text);
    assert!(metric(&outcome, "coretemp.0/Core 1").is_none());
    assert_eq!(subcheck(&outcome, "nct6775.656/fan1").status, Status::Ok);
    assert_eq!(outcome.summary, "10 sensors, thermal/x86_pkg_temp is the hottest with 61 °C");
}

#[test]
fn a_limit_that_the_chip_has_not_is_none() {
    let host = server();
    // As disks with NVMe answer, and as some chips tell that a fan has none.
    host.fail_to_read("/sys/class/hwmon/hwmon1/temp1_max", HostError::Io("EIO".into()));
    host.file("/sys/class/hwmon/hwmon2/fan1_min", "-1\n");
    let outcome = run(&host, "{}");
    assert!(outcome.subchecks.iter().all(|it| it.failure.is_none()), "{:?}", outcome.subchecks);
    assert!(metric(&outcome, "coretemp.0/Package id 0").is_some());
}

#[test]
fn a_chip_that_vanishes_between_two_files_is_no_fault() {
    let host = server();
    for file in ["temp1_input", "temp1_max", "temp2_input"] {
        host.fail_to_read(&format!("/sys/class/hwmon/hwmon3/{file}"), HostError::Io("ENODEV".into()));
    }
    let outcome = run(&host, "{}");
    assert!(outcome.subchecks.iter().all(|it| it.status == Status::Ok), "{:?}", outcome.subchecks);
    assert!(metric(&outcome, "nvme-0000:03:00.0/Composite").is_none());
}

#[test]
fn a_host_without_sensors_says_so() {
    let host = Fake::new();
    assert_eq!(run(&host, "{}").summary, "no sensors");
    host.fail(&format!("{CHIPS}/*/temp*_input"), HostError::TimedOut);
    let outcome = run(&host, r#"{"expected": ["*"]}"#);
    assert!(outcome.subchecks.iter().all(|it| it.status == Status::Unknown), "{:?}", outcome.subchecks);
    host.fail(&format!("{CHIPS}/*/name"), HostError::Denied(roundsman_sdk::Denial::new("files", "x", "hint")));
    let failure = host.run::<Sensors>("{}").unwrap_err();
    assert!(matches!(failure.cause, Cause::Host(HostError::Denied(_))));
}
