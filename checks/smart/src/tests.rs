use super::*;
use roundsman_sdk::commands::{Completed, Ending};
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Status, Subcheck};

/// Recorded from smartctl 7.3 and disks of QEMU: ATA, NVMe, and a device that has no SMART.
const ATA: &str = include_str!("../tests/ata.json");
const NVME: &str = include_str!("../tests/nvme.json");
const NO_DISK: &str = include_str!("../tests/none.json");
/// By hand, with the keys of smartctl(8): a SAS disk behind a controller, and a disk that sleeps.
const SAS: &str = r#"{"smartctl":{"version":[7,4],"exit_status":0},"scsi_model_name":"MAKER SAS900","serial_number":"S1",
"smart_status":{"passed":true},"temperature":{"current":31,"drive_trip":65},"power_on_time":{"hours":50,"minutes":7},
"scsi_grown_defect_list":12,"scsi_percentage_used_endurance_indicator":7,
"scsi_error_counter_log":{"read":{"total_uncorrected_errors":2},"write":{"total_uncorrected_errors":1}}}"#;
const ASLEEP: &str = r#"{"smartctl":{"version":[7,3],"messages":[{"string":"Device is in STANDBY mode, exit(2)",
"severity":"information"}],"exit_status":2},"device":{"name":"/dev/sda"}}"#;

fn host(answers: &[(&str, i32, &str)]) -> Fake {
    let host = Fake::new();
    for (device, code, output) in answers {
        host.file(&format!("/sys/block/{device}"), "");
        set(&host, &format!("/dev/{device}"), *code, output);
    }
    host
}

fn set(host: &Fake, device: &str, code: i32, output: &str) {
    let (standard_output, standard_error) = (output.into(), Vec::new());
    let ended =
        Completed { ending: Ending::Code(code), standard_output, standard_error, duration: 0, extra: Vec::new() };
    host.command_ends(&[&[PROGRAM], &ARGV[1..], &[device]].concat(), Ok(ended));
}

fn find<'a>(outcome: &'a Outcome, disk: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == disk).unwrap_or_else(|| panic!("no {disk}: {outcome:?}"))
}

fn value(outcome: &Outcome, name: &str, disk: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels[0].1 == disk).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Smart>(include_str!("../README.md"));
}

#[test]
fn disks_are_told_by_their_serial_numbers_and_controllers_once() {
    let host = host(&[("sda", 4, ATA), ("nvme0n1", 0, NVME), ("nvme0n2", 0, NVME), ("nvme0c0n1", 0, NVME)]);
    let outcome = host.run::<Smart>("{}").unwrap();
    assert_eq!(outcome.summary, "2 disks, 2 healthy");
    let ata = find(&outcome, "ATA0001");
    assert!(ata.text.starts_with("/dev/sda, QEMU HARDDISK, healthy") && ata.status == Status::Ok, "{}", ata.text);
    assert_eq!(
        (value(&outcome, "healthy", "ATA0001"), value(&outcome, "reallocated", "ATA0001")),
        (Some(1.0), Some(0.0))
    );
    assert_eq!(value(&outcome, "pending", "ATA0001"), None, "this disk does not count them: not 0");
    assert_eq!(value(&outcome, "temperature", "ROUNDS01"), Some(50.0));
    assert_eq!(
        (value(&outcome, "media_errors", "ROUNDS01"), value(&outcome, "wear_percent", "ROUNDS01")),
        (Some(0.0), Some(0.0))
    );
    assert_eq!(value(&outcome, "spare_percent", "ROUNDS01"), None, "0 of a limit of 0 is no account");
}

#[test]
fn a_disk_that_calls_itself_failing_is_critical() {
    let failing = ATA.replace("\"smart_status\":{\"passed\":true}", "\"smart_status\":{\"passed\":false}");
    let below = ATA.replacen("\"when_failed\":\"\"", "\"when_failed\":\"now\"", 1);
    let past = ATA.replacen("\"when_failed\":\"\"", "\"when_failed\":\"past\"", 1);
    let hot = NVME.replace("\"critical_warning\":0", "\"critical_warning\":10");
    for (text, serial, status, said) in [
        (failing, "ATA0001", Status::Critical, "calls itself failing"),
        (below, "ATA0001", Status::Critical, "below its limit: Raw_Read_Error_Rate"),
        (past, "ATA0001", Status::Ok, "healthy"),
        (hot, "ROUNDS01", Status::Critical, "too hot or too cold (bit 1), read-only (bit 3)"),
    ] {
        let outcome = host(&[("sda", 8, &text)]).run::<Smart>("{}").unwrap();
        let disk = find(&outcome, serial);
        assert!(disk.status == status && disk.text.contains(said), "{}", disk.text);
    }
}

#[test]
fn sectors_that_wait_are_a_metric_with_a_threshold() {
    // Some vendors keep another count in the upper half.
    let attribute =
        r#""table":[{"id":197,"name":"Current_Pending_Sector","when_failed":"","raw":{"value":21474836488}},"#;
    let text = ATA.replacen("\"table\":[", attribute, 1);
    let outcome = host(&[("sda", 0, &text)]).run::<Smart>("{}").unwrap();
    assert_eq!(value(&outcome, "pending", "ATA0001"), Some(8.0));
    let pending = outcome.metrics.iter().find(|it| it.name == "pending").unwrap();
    assert_eq!(pending.warning.map(|it| (it.low, it.high)), Some((0.0, 0.0)));
}

#[test]
fn a_disk_that_sleeps_is_not_woken_and_is_in_order() {
    let outcome = host(&[("sda", 2, ASLEEP)]).run::<Smart>(r#"{"expected": ["ATA0001"]}"#).unwrap();
    assert_eq!((outcome.summary.as_str(), outcome.subchecks.len()), ("1 disk, 0 healthy, 1 asleep", 1));
    assert_eq!(find(&outcome, "/dev/sda").text, "/dev/sda: asleep, not woken");
    assert_eq!(find(&outcome, "/dev/sda").status, Status::Ok);
}

#[test]
fn disks_behind_a_controller_are_named_by_the_operator() {
    let host = Fake::new();
    let of = |kind: &'static str| [&[PROGRAM], &ARGV[1..], &["-d", kind, "/dev/bus/0"]].concat();
    host.command(&of("megaraid,4"), SAS).command(&of("megaraid,5"), SAS);
    let options = r#"{"disks": [{"device": "/dev/bus/0", "type": "megaraid,4", "name": "slot 4"},
                                {"device": "/dev/bus/0", "type": "megaraid,5"}], "expected": ["slot 4", "S1", "S2"]}"#;
    let outcome = host.run::<Smart>(options).unwrap();
    let said = "/dev/bus/0, MAKER SAS900, healthy, 12 reallocated, 3 media errors, 31 °C, 7 % worn, on for 2 d 2 h";
    assert_eq!(find(&outcome, "slot 4").text, said);
    assert_eq!(
        (value(&outcome, "media_errors", "S1"), value(&outcome, "powered_on", "S1")),
        (Some(3.0), Some(180_000.0))
    );
    assert_eq!(find(&outcome, "S2").status, Status::Critical);
    assert_eq!(host.validate::<Smart>(options).unwrap().len(), 2);
}

#[test]
fn two_disks_that_give_one_serial_number_are_kept_apart() {
    let outcome = host(&[("sda", 0, ATA), ("sdb", 0, ATA)]).run::<Smart>("{}").unwrap();
    assert_eq!(find(&outcome, "ATA0001 (/dev/sdb)").status, Status::Ok);
}

#[test]
fn what_is_no_disk_cut_or_renamed_is_unknown_and_hides_no_other() {
    for (code, text, said) in [
        (1, NO_DISK.to_owned(), "exit code 1: /dev/vda: Unable to detect device type"),
        (0, ATA[..ATA.len() / 2].to_owned(), "EOF while parsing"),
        (0, ATA.replace("\"exit_status\"", "\"status\""), "smartctl has no \"exit_status\""),
        (0, NVME.replace("\"critical_warning\":0", "\"critical_warning\":\"none\""), "is no whole number"),
        (
            0,
            NVME.replace("\"media_errors\":0", "\"media_errors\":18446744073709551616"),
            "media_errors is no whole number",
        ),
        (2, "Usage: smartctl [options] device\n".to_owned(), "expected value"),
        (127, String::new(), "exit code 127, and printed nothing"),
    ] {
        let outcome = host(&[("sda", 0, ATA), ("sdb", code, &text)]).run::<Smart>("{}").unwrap();
        let broken = find(&outcome, "/dev/sdb");
        assert!(broken.status == Status::Unknown && broken.text.contains(said), "{}", broken.text);
        assert_eq!(find(&outcome, "ATA0001").status, Status::Ok);
    }
    let host = host(&[("sda", 0, ATA)]);
    host.command_ends(&[&[PROGRAM], &ARGV[1..], &["/dev/sda"]].concat(), Err(HostError::TimedOut));
    assert!(host.run::<Smart>("{}").unwrap().subchecks[0].text.ends_with("gave no answer within its time"));
    assert_eq!(host.run::<Smart>(r#"{"ignore": ["/dev/sda"]}"#).unwrap().summary, "no disks");
}

#[test]
fn a_disk_that_does_not_tell_its_health_is_unknown() {
    let text = ATA.replace("\"smart_status\"", "\"status\"");
    let outcome = host(&[("sda", 0, &text)]).run::<Smart>("{}").unwrap();
    assert_eq!(find(&outcome, "ATA0001").status, Status::Unknown);
    assert_eq!(find(&outcome, "ATA0001").text, "/dev/sda: does not tell whether it is healthy");
}

/// Recorded from smartctl 7.2 (Debian 11) and 7.4 (Debian 13), of a disk of a virtual machine.
#[test]
fn older_and_newer_smartctl_say_alike_that_a_device_has_no_smart() {
    let said = |text| host(&[("vda", 1, text)]).run::<Smart>("{}").unwrap();
    for text in [include_str!("../tests/none-7.2.json"), include_str!("../tests/none-7.4.json")] {
        assert_eq!(said(text).summary, said(NO_DISK).summary);
    }
}
