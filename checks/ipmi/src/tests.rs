use super::*;
use roundsman_sdk::commands::{Completed, Ending};
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Status, Subcheck};

/// The first line of each was recorded (FreeIPMI 1.6.10, ipmitool 1.8.19, of Debian 12) with the controller that QEMU
/// simulates; the others were written by hand in the form of the manuals.
const SENSORS: &str = "0,Watchdog,Watchdog 2,Nominal,N/A,N/A,'OK'\n\
    4,CPU1 Temp,Temperature,Nominal,54.00,C,'OK'\n7,FAN1,Fan,Critical,0.00,RPM,'At or Below (<=) Lower Critical Threshold'\n\
    9,PS2 Status,Power Supply,Critical,N/A,N/A,'Presence detected' 'Power Supply input lost (AC/DC), bad'\n\
    11,P12V,Voltage,Warning,11.20,V,'At or Below'\n12,P1-DIMMA1,Temperature,N/A,N/A,C,N/A\n13,PW,Power Supply,Nominal,180.00,W,'OK'\n";
const SDR: &str = include_str!("../tests/sdr");
const SEL: &str = "   1 | 11/30/2026 | 02:43:42 | Event Logging Disabled #0x72 | Log area reset/cleared | Asserted\n\
    2 | 11/30/2026 | 03:00:00 | Power Supply #0x85 | Power Supply AC lost | Asserted\n";
const FREE_SEL: &str = "1,Nov-30-2026,02:43:42,SEL,Event Logging Disabled,Nominal,Log Area Reset/Cleared\n\
    2,Nov-30-2026,03:00:00,PS2,Power Supply,Critical,Power Supply input lost (AC/DC)\n";

const TOOL: [&str; 3] = ["/usr/bin/ipmitool", "sdr", "elist"];
const TOOL_SEL: [&str; 3] = ["/usr/bin/ipmitool", "sel", "elist"];

fn run(argv: &[&str], output: &str, config: &str) -> Outcome {
    let host = Fake::new();
    host.command(argv, output);
    host.run::<Ipmi>(config).unwrap()
}

fn subcheck<'a>(outcome: &'a Outcome, label: &str) -> &'a Subcheck {
    let found = outcome.subchecks.iter().find(|it| it.labels[0].1 == label);
    found.unwrap_or_else(|| panic!("no {label} in {:?}", outcome.subchecks))
}

fn value(outcome: &Outcome, name: &str, sensor: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels[0].1 == sensor).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Ipmi>(include_str!("../README.md"));
}

#[test]
fn freeipmi_tells_states_and_readings() {
    let outcome = run(&freeipmi::SENSORS, SENSORS, "{}");
    assert_eq!(outcome.summary, "6 sensors");
    assert_eq!(value(&outcome, "temperature", "CPU1 Temp"), Some(54.0));
    assert_eq!(
        (value(&outcome, "fan_speed", "FAN1"), subcheck(&outcome, "FAN1").status),
        (Some(0.0), Status::Critical)
    );
    assert_eq!(subcheck(&outcome, "FAN1").text, "Fan: 0.00 RPM");
    let supply = subcheck(&outcome, "PS2 Status");
    assert_eq!(supply.status, Status::Critical);
    assert_eq!(supply.text, "Power Supply: Presence detected' 'Power Supply input lost (AC/DC), bad");
    assert_eq!((value(&outcome, "voltage", "P12V"), subcheck(&outcome, "P12V").status), (Some(11.2), Status::Warning));
    assert_eq!(value(&outcome, "power", "PW"), Some(180.0));
    let outcome = run(&freeipmi::SENSORS, SENSORS, r#"{"ignore": ["P*"], "expected": ["P1-DIMM*", "CPU1*"]}"#);
    assert_eq!(subcheck(&outcome, "PS2 Status").status, Status::Ok);
    assert_eq!(subcheck(&outcome, "P1-DIMM*").status, Status::Critical);
}

#[test]
fn ipmitool_tells_the_same_and_two_of_one_name_are_told_apart() {
    let outcome = run(&TOOL, SDR, "{}");
    assert_eq!(outcome.summary, "6 sensors");
    assert_eq!(
        (value(&outcome, "temperature", "Temp (05h)"), value(&outcome, "temperature", "Temp (06h)")),
        (Some(30.0), Some(81.0))
    );
    assert_eq!(
        (subcheck(&outcome, "Temp (06h)").status, subcheck(&outcome, "FAN1").status),
        (Status::Warning, Status::Critical)
    );
    assert_eq!(
        (subcheck(&outcome, "PS2 Status").text.as_str(), subcheck(&outcome, "Watchdog").text.as_str()),
        ("Presence detected", "ok")
    );
    assert!(!outcome.subchecks.iter().any(|it| it.labels[0].1 == "DIMM A2"));
}

#[test]
fn only_events_since_the_run_before_are_new() {
    for (argv, log, more) in [
        (
            &TOOL_SEL[..],
            SEL,
            "   a | 12/01/2026 | 03:00:00 | Temperature #0x30 | Upper Critical going high | Asserted\n",
        ),
        (
            &freeipmi::EVENTS,
            FREE_SEL,
            "10,Dec-01-2026,03:00:00,CPU1 Temp,Temperature,Critical,Upper Critical - going high\n",
        ),
    ] {
        let host = Fake::new();
        host.command(argv, log);
        let first = host.run::<Ipmi>("{}").unwrap();
        assert_eq!((first.summary.as_str(), subcheck(&first, "log").status), ("0 sensors, 0 new events", Status::Ok));
        host.command(argv, format!("{log}{more}"));
        let second = host.run::<Ipmi>("{}").unwrap();
        let told = subcheck(&second, "log");
        assert!(told.status == Status::Warning && told.text.to_lowercase().contains("upper critical"), "{}", told.text);
        assert_eq!((second.details.len(), second.summary.as_str()), (1, "0 sensors, 1 new event"));
        assert_eq!(subcheck(&host.run::<Ipmi>("{}").unwrap(), "log").status, Status::Ok);
        // A log that was cleared begins anew, and what is in it is new.
        host.command(argv, log);
        let cleared = host.run::<Ipmi>(r#"{"events": "critical"}"#).unwrap();
        assert_eq!((subcheck(&cleared, "log").status, cleared.details.len()), (Status::Critical, 1));
    }
    assert_eq!(run(&TOOL_SEL, "SEL has no entries\n", "{}").summary, "0 sensors, 0 new events");
}

#[test]
fn what_is_no_list_is_unknown_and_hides_no_other() {
    let host = Fake::new();
    host.command(&TOOL, SDR).command_ends(
        &TOOL_SEL,
        Ok(Completed {
            ending: Ending::Code(1),
            standard_output: Vec::new(),
            standard_error: "Could not open device at /dev/ipmi0: No such file or directory\n".into(),
            duration: 0,
            extra: Vec::new(),
        }),
    );
    let outcome = host.run::<Ipmi>("{}").unwrap();
    assert!(subcheck(&outcome, "/usr/bin/ipmitool sel elist").text.contains("Could not open device at /dev/ipmi0"));
    assert_eq!(subcheck(&outcome, "CPU1 Temp").status, Status::Ok);
    for (argv, output, said) in [
        (&freeipmi::SENSORS[..], "ID,Name,Type,State,Reading,Units,Event\n", "grant --no-header-output"),
        (
            &freeipmi::SENSORS,
            "0,Watchdog,Watchdog 2,N/A,N/A,'OK'\n",
            "grant --comma-separated-output --output-sensor-state",
        ),
        (&TOOL, "Get Device ID command failed\n", "is no sensor"),
        (&TOOL_SEL, "SEL Information\nVersion : 1.5\n", "is no event"),
        (&["/usr/bin/true"], "", "is none of the commands"),
    ] {
        let outcome = run(argv, output, "{}");
        assert!(outcome.subchecks[0].text.contains(said), "{:?}", outcome.subchecks);
        assert_eq!(outcome.subchecks[0].status, Status::Unknown);
    }
    let odd = SENSORS.replace("54.00", "54,00").replace("Nominal,180.00", "Odd,180.00");
    let outcome = run(&freeipmi::SENSORS, &odd, "{}");
    assert!(subcheck(&outcome, "PW").text.contains("\"Odd\" is no state of a sensor"));
    assert_eq!(subcheck(&outcome, "FAN1").status, Status::Critical);
}

#[test]
fn old_and_new_versions_of_ipmitool_tell_the_same() {
    // 1.8.19 writes dates and times as the locale has them, with the zone.
    let new = SEL.replace("11/30/2026 | 02:43:42", "11/30/26 | 02:43:42 UTC");
    assert_ne!(new, SEL);
    let event = "   a | 12/01/26 | 03:00:00 UTC | Temperature #0x30 | Upper Critical going high | Asserted\n";
    let host = Fake::new();
    host.command(&TOOL_SEL, &*new);
    assert_eq!(host.run::<Ipmi>("{}").unwrap().summary, run(&TOOL_SEL, SEL, "{}").summary);
    host.command(&TOOL_SEL, format!("{new}{event}"));
    let told = host.run::<Ipmi>("{}").unwrap();
    let log = subcheck(&told, "log");
    assert!(log.status == Status::Warning && log.text.contains("03:00:00 UTC"), "{}", log.text);
}
