use super::*;
use roundsman_sdk::commands::{Completed, Ending};
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Status, Subcheck};

/// Recorded from multipath-tools 0.9.4 (Debian 12) in a virtual machine, where two disks of three have one path.
const MAPS: &str = include_str!("../tests/maps");
/// The same after one of two paths was taken offline.
const FAILED: &str = include_str!("../tests/maps-failed");
/// After both were.
const NONE: &str = include_str!("../tests/maps-none");
/// After one was removed from the host.
const GONE: &str = include_str!("../tests/maps-gone");
/// Of the daemon of the same host; the fourth path is one of no map.
const PATHS_RAW: &str =
    "35000c50012345678|sda|active|ready\n35000c50012345678|sdd|failed|faulty\n[orphan]|sde|undef|undef\n";

const JSON: [&str; 4] = ["/usr/sbin/multipathd", "show", "maps", "json"];
const DISK: &str = "35000c50012345678";
const SINGLE: &str = r#"{"single": ["0QEMU*"]}"#;

fn run(printed: &str, config: &str) -> Result<Outcome, Failure> {
    let host = Fake::new();
    host.command(&JSON, printed);
    host.run::<Multipath>(config)
}

fn subcheck<'a>(outcome: &'a Outcome, map: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == map).unwrap()
}

fn value(outcome: &Outcome, name: &str, map: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels[0].1 == map).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Multipath>(include_str!("../README.md"));
}

#[test]
fn a_map_with_all_paths_is_in_order_and_one_of_a_single_path_is_critical_unless_it_may() {
    let outcome = run(MAPS, SINGLE).unwrap();
    assert_eq!(outcome.summary, "3 maps, 4 of 4 paths work");
    assert!(outcome.subchecks.iter().all(|it| it.status == Status::Ok), "{:?}", outcome.subchecks);
    assert_eq!(subcheck(&outcome, DISK).text, "2 of 2 paths work");
    assert_eq!((value(&outcome, "usable_paths", DISK), value(&outcome, "path_faults", DISK)), (Some(2.0), Some(0.0)));
    let outcome = run(MAPS, "{}").unwrap();
    assert_eq!(subcheck(&outcome, "0QEMU_QEMU_HARDDISK_LV1").status, Status::Critical);
}

#[test]
fn paths_that_fail_are_named() {
    let outcome = run(FAILED, r#"{"exclude": ["0QEMU*"]}"#).unwrap();
    let disk = subcheck(&outcome, DISK);
    assert_eq!((disk.status, disk.text.as_str()), (Status::Critical, "1 of 2 paths work, sdd failed (faulty)"));
    assert_eq!(value(&outcome, "path_faults", DISK), Some(1.0));
    let outcome = run(FAILED, r#"{"single": ["*"]}"#).unwrap();
    assert_eq!(subcheck(&outcome, DISK).status, Status::Warning);
    let outcome = run(NONE, SINGLE).unwrap();
    let disk = subcheck(&outcome, DISK);
    assert!(disk.status == Status::Critical && disk.text.starts_with("0 of 2 paths work, "), "{}", disk.text);
}

#[test]
fn a_path_that_is_gone_is_in_no_list_and_missed_all_the_same() {
    let outcome = run(GONE, SINGLE).unwrap();
    assert_eq!((subcheck(&outcome, DISK).status, value(&outcome, "paths", DISK)), (Status::Critical, Some(1.0)));
    let outcome = run(MAPS, r#"{"paths": 4, "single": ["*"], "expected": ["3500*", "other"]}"#).unwrap();
    assert_eq!(subcheck(&outcome, DISK).text, "2 of 4 paths work");
    assert_eq!(subcheck(&outcome, DISK).status, Status::Warning);
    assert_eq!(subcheck(&outcome, "other").status, Status::Critical);
    assert!(!outcome.subchecks.iter().any(|it| it.labels[0].1 == "3500*"));
}

#[test]
fn versions_without_json_list_paths() {
    let outcome = run(PATHS_RAW, "{}").unwrap();
    assert_eq!(subcheck(&outcome, DISK).text, "1 of 2 paths work, sdd failed (faulty)");
    assert_eq!((outcome.subchecks.len(), value(&outcome, "path_faults", DISK)), (1, None));
    // Without any path the daemon says this.
    assert_eq!(run("ok\n", "{}").unwrap().summary, "no multipath maps");
}

#[test]
fn a_standby_path_works_and_a_suspended_map_is_told() {
    let ghost = MAPS.replacen("\"chk_st\" : \"ready\"", "\"chk_st\" : \"ghost\"", 1);
    assert_ne!(ghost, MAPS);
    assert_eq!(value(&run(&ghost, "{}").unwrap(), "usable_paths", DISK), Some(2.0));
    let suspended = MAPS.replacen("\"dm_st\" : \"active\"", "\"dm_st\" : \"suspend\"", 1);
    let outcome = run(&suspended, SINGLE).unwrap();
    let disk = subcheck(&outcome, DISK);
    assert_eq!((disk.status, disk.text.as_str()), (Status::Warning, "2 of 2 paths work, suspended"));
}

#[test]
fn what_is_no_list_is_a_failure_though_the_daemon_exits_with_0() {
    for (printed, said) in [
        (&MAPS[..MAPS.len() / 2], "EOF while parsing"),
        ("", "nothing was printed"),
        ("show nonsense \n: not found\nmultipath-tools v0.9.4 (12/19, 2022)\nCLI commands reference:\n", "is no path"),
        (&MAPS.replace("\"maps\"", "\"multipaths\""), "has no \"maps\""),
        (&MAPS.replace("\"name\"", "\"alias\""), "maps[0] has no \"name\""),
    ] {
        let failure = run(printed, "{}").unwrap_err();
        assert!(failure.message.contains(said), "{}", failure.message);
    }
    // A key that a newer version renamed is told of each map.
    let outcome = run(&MAPS.replace("\"chk_st\"", "\"state\""), SINGLE).unwrap();
    let disk = subcheck(&outcome, DISK);
    assert!(disk.status == Status::Unknown && disk.text.ends_with("paths[0] has no \"chk_st\""), "{}", disk.text);
    let host = Fake::new();
    host.command_ends(
        &JSON,
        Ok(Completed {
            ending: Ending::Code(1),
            standard_output: Vec::new(),
            standard_error: Vec::new(),
            duration: 0,
            extra: Vec::new(),
        }),
    );
    let failure = host.run::<Multipath>("{}").unwrap_err();
    assert!(failure.message.ends_with("exit code 1, and printed nothing"), "{}", failure.message);
}

#[test]
fn old_and_new_versions_tell_the_same() {
    // multipath-tools 0.7 (Debian 10, RHEL 7) has neither marginal paths nor the number of a group, and pads no value.
    let newer = ["\"marginal_st\"", "\"group\" :"];
    let lines = MAPS.lines().filter(|line| !newer.iter().any(|key| line.trim_start().starts_with(key)));
    let old = lines.collect::<Vec<_>>().join("\n");
    let old = without_dangling_commas(&old);
    assert_ne!(old, MAPS);
    let [new, old_outcome] = [MAPS, &old].map(|text| run(text, SINGLE).unwrap());
    assert_eq!(format!("{old_outcome:?}"), format!("{new:?}"));
    assert!(run(&old[..old.len() / 2], SINGLE).is_err());
}

/// Takes out the comma of a last member.
fn without_dangling_commas(json: &str) -> String {
    let mut text = String::new();
    for line in json.lines() {
        if line.trim_start().starts_with(['}', ']']) {
            text.truncate(text.trim_end().trim_end_matches(',').len());
            text.push('\n');
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}
