//! E15, E16, E17, E18: clocks that jump, forward and backward, zones that become others, and machines that slept.

use std::fs;
use std::time::SystemTime;

use roundsman_tests::Host;
use serde_json::Value;

use crate::after::{assert_clean, checksummed, host, logged, seal, shows};
use crate::den::Den;

/// A host whose check ran, and is not due.
fn ran() -> Host {
    let host = host();
    host.drop_in("fast", "[check.fast]\nwasm = \"minimal.wasm\"\nevery = \"3m\"\n");
    assert_eq!(host.run(["run", "--all"]).code, 0);
    host
}

/// Counts the runs of the check in a few rounds, one after the other.
fn runs_of(host: &Host, through: &[&str]) -> usize {
    let before = logged(host)["fast"].len();
    for _ in 0..3 {
        let output = host.run_through(through, ["run"]);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    }
    assert_clean(host, &[]);
    logged(host)["fast"].len() - before
}

/// All times in both files, moved by some years: as if the clock had been wrong when they were written.
fn moved(host: &Host, years: i64) {
    for file in ["results", "state"] {
        let mut content = checksummed(host, file).expect("what a round kept");
        moved_value(&mut content, years);
        let path = host.path("state").join(file);
        fs::write(path, seal(file, &content)).expect("written");
    }
}

fn moved_value(value: &mut Value, years: i64) {
    match value {
        Value::String(text) if text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T') => {
            let year: i64 = text[..4].parse().expect("a year");
            // Of a leap day there may be none.
            let rest = text[4..].replace("-02-29", "-02-28");
            *text = format!("{:04}{rest}", year + years);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| moved_value(item, years)),
        Value::Object(fields) => fields.values_mut().for_each(|field| moved_value(field, years)),
        _ => {}
    }
}

#[test]
fn a_clock_that_went_back_runs_each_check_at_once_and_then_as_ever() {
    for years in [1, 12, 1000] {
        let host = ran();
        moved(&host, years);
        assert_eq!(runs_of(&host, &[]), 1, "{years} years ahead");
    }
}

#[test]
fn a_clock_that_went_forward_runs_each_check_once() {
    // The last: 1970, as a machine without a clock begins.
    for years in [-1, -12, -56] {
        let host = ran();
        moved(&host, years);
        assert_eq!(runs_of(&host, &[]), 1, "{years} years");
    }
}

/// As after a suspend: the machine has been up for two days more, and the date is what it was.
#[test]
fn a_jump_of_the_uptime_runs_nothing_and_ends_nothing() {
    let host = ran();
    let asleep = ["unshare", "--time", "--boottime", "172800", "--monotonic", "172800", "--fork"];
    assert_eq!(runs_of(&host, &asleep), 0);
    let output = host.run_through(&asleep, ["run", "--all"]);
    assert!(output.code == 0 && shows(&output, "OK", "fast"), "{output}");
    assert_clean(&host, &[]);
}

/// Each round reads the zone anew: the operator may change it, or an upgrade replace its file. Neither has a check run
/// twice.
#[test]
fn a_zone_that_becomes_another_is_followed_by_the_next_round() {
    let host = host();
    let now = hour_of_the_day();
    // Twelve hours from here: far from now in each of the zones.
    let hour = (now + 12) % 24;
    for (name, zone) in [("daily", "local"), ("named", "Europe/Berlin")] {
        host.drop_in(
            name,
            &format!("[check.{name}]\nwasm = \"minimal.wasm\"\ncron = \"0 {hour} * * *\"\ntimezone = \"{zone}\"\n"),
        );
    }
    let zones = "/usr/share/zoneinfo";
    let den = Den::of(&host, &format!("mount -t tmpfs none /etc\nln -s {zones}/Asia/Tokyo /etc/localtime"));
    let [nsenter, mount] = den.through();
    let due = |args: &[&str]| {
        let output = host.run_through(&[&nsenter, &mount], args);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
        ["daily", "named"].map(|name| {
            let output = host.run(["status", name, "--format", "json"]).json();
            let due = output["next_due"].as_str().unwrap_or_else(|| panic!("{output}"));
            due[11..16].to_owned()
        })
    };
    let at = |east: u64| format!("{:02}:00", (hour + 24 - east) % 24);
    let [daily, named] = due(&["run", "--all"]);
    assert!(daily == at(9) && [at(1), at(2)].contains(&named), "{daily}, {named}");

    den.sh(&format!("ln -sf {zones}/Asia/Karachi /etc/localtime"));
    assert_eq!(due(&["run"]), [at(5), named], "the link leads elsewhere");
    den.sh(&format!("mount --bind {zones}/Asia/Dubai {zones}/Europe/Berlin"));
    assert_eq!(due(&["run"]), [at(5), at(4)], "the file is another");
    den.sh("rm /etc/localtime");
    assert_eq!(due(&["run"])[1], at(4), "no zone of its own");
    den.sh("echo no zone > /etc/localtime");
    assert_eq!(due(&["run"])[1], at(4), "no zone at all");

    for name in ["daily", "named"] {
        assert_eq!(logged(&host)[name].len(), 1, "it ran for a zone that changed");
    }
    assert_clean(&host, &[]);
}

/// The hour of the day in UTC.
fn hour_of_the_day() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock that is set");
    now.as_secs() / 3600 % 24
}
