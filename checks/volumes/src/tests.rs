use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Metric, Status, Subcheck};

/// Recorded from LVM 2.03.16 (Debian 12) in a virtual machine: a thin pool, a mirror, a snapshot.
const LVS: &str = include_str!("../tests/lvs");
/// The same with the thin pool and the snapshot full.
const LVS_FULL: &str = include_str!("../tests/lvs-full");
/// The same after one of two disks was removed.
const LVS_MISSING: &str = include_str!("../tests/lvs-missing");
const VGS: &str = include_str!("../tests/vgs");
const VGS_MISSING: &str = include_str!("../tests/vgs-missing");
/// Recorded from btrfs-progs 6.2 (Debian 12).
const BTRFS_STATS: &str = include_str!("../tests/btrfs-stats");
const BTRFS_DF: &str = include_str!("../tests/btrfs-df");
/// Written by hand after zpool-list(8) and zpool-status(8): the kernel at hand has no ZFS.
const ZPOOL_LIST: &str = "tank\t1099511627776\t879609302220\t219902325556\tDEGRADED\nold\t-\t-\t-\tUNAVAIL\n";
const ZPOOL_STATUS: &str = include_str!("../tests/zpool-status");

const STATUS: [&str; 3] = ["/usr/sbin/zpool", "status", "-p"];
const STATS: [&str; 6] = ["/usr/bin/btrfs", "--format", "json", "device", "stats", "/srv"];
const DF: [&str; 6] = ["/usr/bin/btrfs", "--format", "json", "filesystem", "df", "/srv"];

fn run(commands: &[(&[&str], &str)], config: &str) -> Outcome {
    let host = Fake::new();
    for (argv, output) in commands {
        host.command(argv, output);
    }
    host.run::<Storage>(config).unwrap()
}

fn subcheck<'a>(outcome: &'a Outcome, label: &str) -> &'a Subcheck {
    let found = outcome.subchecks.iter().find(|it| it.labels[0].1 == label);
    found.unwrap_or_else(|| panic!("no {label} in {:?}", outcome.subchecks))
}

fn metric<'a>(outcome: &'a Outcome, name: &str, label: &str) -> Option<&'a Metric> {
    outcome.metrics.iter().find(|it| it.name == name && it.labels.iter().any(|(_, value)| value == label))
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Storage>(include_str!("../README.md"));
}

#[test]
fn lvm_tells_volumes_and_groups() {
    let outcome = run(&[(&lvm::LVS, LVS), (&lvm::VGS, VGS)], "{}");
    assert_eq!((outcome.status, outcome.summary.as_str()), (Status::Ok, "6 volumes"));
    assert!(outcome.subchecks.iter().all(|it| it.status == Status::Ok), "{:?}", outcome.subchecks);
    assert_eq!(subcheck(&outcome, "lvm/vg0/pool").text, "100 MiB, 60.0% used, 11.3% of metadata used");
    assert_eq!(subcheck(&outcome, "lvm/vg0").text, "248 MiB of 492 MiB free");
    let pool = metric(&outcome, "used_percent", "lvm/vg0/pool").unwrap();
    assert_eq!((pool.value, pool.critical.unwrap().high), (60.0, 90.0));
    let metadata = metric(&outcome, "metadata_percent", "lvm/vg0/pool").unwrap();
    assert_eq!((metadata.value, metadata.warning.unwrap().high), (11.33, 80.0));
    // What a thin volume has is no reason to worry, and a plain one has no percentage.
    assert!(metric(&outcome, "used_percent", "lvm/vg0/thin1").unwrap().critical.is_none());
    assert!(metric(&outcome, "used_percent", "lvm/vg0/root").is_none());
}

#[test]
fn a_full_pool_and_a_lost_snapshot_are_critical() {
    let outcome = run(&[(&lvm::LVS, LVS_FULL)], "{}");
    assert!(subcheck(&outcome, "lvm/vg0/pool").text.ends_with(", out_of_data"));
    assert_eq!(subcheck(&outcome, "lvm/vg0/pool").status, Status::Critical);
    assert_eq!(subcheck(&outcome, "lvm/vg0/snap").status, Status::Critical);
    assert_eq!(outcome.summary, "5 volumes, 2 not in order");
    let ignored = run(&[(&lvm::LVS, LVS_FULL)], r#"{"ignore": ["*/snap"], "exclude": ["*/pool"]}"#);
    assert!(ignored.subchecks.iter().all(|it| it.status == Status::Ok), "{:?}", ignored.subchecks);
}

#[test]
fn with_a_disk_missing_copies_are_degraded_and_the_rest_is_lost() {
    let outcome = run(&[(&lvm::LVS, LVS_MISSING), (&lvm::VGS, VGS_MISSING)], "{}");
    let of = |label: &str| subcheck(&outcome, label).status;
    assert_eq!(of("lvm/vg0/mirror"), Status::Warning);
    assert_eq!(of("lvm/vg0/thin1"), Status::Critical);
    assert_eq!(of("lvm/vg0/root"), Status::Ok);
    assert_eq!(subcheck(&outcome, "lvm/vg0").text, "248 MiB of 492 MiB free, 1 devices are missing");
    // Versions that do not tell the health have it in the attributes.
    let old = LVS_MISSING.replace("\"lv_health_status\"", "\"x\"");
    assert_eq!(subcheck(&run(&[(&lvm::LVS, &old)], "{}"), "lvm/vg0/mirror").status, Status::Warning);
    let syncing = LVS.replace("\"copy_percent\":\"100.00\"", "\"copy_percent\":\"12.50\"");
    let outcome = run(&[(&lvm::LVS, &syncing)], "{}");
    let mirror = subcheck(&outcome, "lvm/vg0/mirror");
    assert_eq!((mirror.status, mirror.text.as_str()), (Status::Warning, "40 MiB, 12.5% synchronised"));
}

#[test]
fn a_spare_has_no_counts_and_may_say_more() {
    for (spare, expected) in [
        ("sde       INUSE     currently in use", None),
        ("sde       UNAVAIL   cannot open", Some("spare sde UNAVAIL")),
        ("sde       FAULTED   corrupted data", Some("spare sde FAULTED")),
    ] {
        let status = ZPOOL_STATUS.replace("sde       AVAIL", spare);
        let outcome = run(&[(&zfs::LIST, ZPOOL_LIST), (&STATUS, &status)], "{}");
        let tank = subcheck(&outcome, "zfs/tank");
        assert_eq!((tank.status, tank.failure.is_none()), (Status::Warning, true), "{}", tank.text);
        assert_eq!(tank.text.split(", ").find(|it| it.contains("sde")), expected, "{}", tank.text);
    }
}

#[test]
fn zfs_tells_pools_and_their_devices() {
    let outcome = run(&[(&zfs::LIST, ZPOOL_LIST), (&STATUS, ZPOOL_STATUS)], "{}");
    let tank = subcheck(&outcome, "zfs/tank");
    assert_eq!(tank.status, Status::Warning);
    assert_eq!(
        tank.text,
        "DEGRADED, 819 GiB of 1.0 TiB used, 80%, resilver in progress, mirror-0 DEGRADED, sdb UNAVAIL, 7 errors of sdc"
    );
    assert_eq!(metric(&outcome, "device_errors", "sdc").unwrap().value, 7.0);
    assert_eq!(metric(&outcome, "free_bytes", "zfs/tank").unwrap().value, 219_902_325_556.0);
    let old = subcheck(&outcome, "zfs/old");
    assert_eq!(
        (old.status, old.text.as_str()),
        (Status::Critical, "UNAVAIL, sdd UNAVAIL, errors: 2 data errors, use '-v' for a list")
    );
    assert!(metric(&outcome, "size", "zfs/old").is_none());
    let none = run(&[(&zfs::LIST, ""), (&STATUS, "no pools available\n")], r#"{"expected": ["zfs/tank"]}"#);
    assert_eq!((none.summary.as_str(), subcheck(&none, "zfs/tank").status), ("0 volumes", Status::Critical));
}

#[test]
fn btrfs_tells_errors_in_both_formats() {
    let outcome = run(&[(&STATS, BTRFS_STATS), (&DF, BTRFS_DF)], "{}");
    let srv = subcheck(&outcome, "btrfs/srv");
    assert_eq!(
        srv.text,
        "no errors, Data RAID1: 19 MiB of 64 MiB allocated used, Metadata RAID1: 160 KiB of 32 MiB allocated used"
    );
    assert_eq!(metric(&outcome, "device_errors", "/dev/loop3").unwrap().value, 0.0);
    let numbers = BTRFS_STATS.replacen("\"corruption_errs\": \"0\"", "\"corruption_errs\": 4", 1);
    let outcome = run(&[(&STATS, &numbers)], "{}");
    assert_eq!(subcheck(&outcome, "btrfs/srv").text, "4 errors of /dev/loop2");
    assert_eq!(subcheck(&outcome, "btrfs/srv").status, Status::Warning);
    let old = "[/dev/sda].write_io_errs    2\n[/dev/sda].read_io_errs     1\n";
    let argv = ["/bin/btrfs", "device", "stats", "/"];
    assert_eq!(metric(&run(&[(&argv, old)], "{}"), "device_errors", "/dev/sda").unwrap().value, 3.0);
}

#[test]
fn a_command_that_tells_nothing_hides_no_other() {
    let host = Fake::new();
    host.command(&lvm::LVS, LVS).command_ends(&STATUS, Err(HostError::TimedOut));
    let outcome = host.run::<Storage>(r#"{"expected": ["zfs/tank"]}"#).unwrap();
    assert_eq!(subcheck(&outcome, "/usr/sbin/zpool status -p").status, Status::Unknown);
    assert_eq!(subcheck(&outcome, "zfs/tank").status, Status::Unknown);
    assert_eq!(subcheck(&outcome, "lvm/vg0/root").status, Status::Ok);
    for (argv, output, said) in [
        (&lvm::LVS[..], &LVS[..LVS.len() / 2], "EOF"),
        (&lvm::LVS, "{\"report\": []}", "the report is empty"),
        (&lvm::LVS, &LVS.replace("\"lv\":", "\"volumes\":"), "has no \"lv\""),
        (&lvm::VGS, "  No volume groups found\n", ""),
        (&STATUS, &ZPOOL_STATUS[..ZPOOL_STATUS.find("errors:").unwrap()], "was cut off"),
        (&STATUS, "The ZFS modules are not loaded.\n", "stands before any pool"),
        (&zfs::LIST, "tank\t1T\t800G\tONLINE\n", "has 4 columns"),
        (&STATS, &BTRFS_STATS.replace("_errs", "_errors"), "has no \"write_io_errs\""),
        (&STATS, "{\"device-stats\": []}", "no device is listed"),
        (&DF, "ERROR: output format json is unsupported for this command\n", ""),
        (&["/usr/bin/true"], "", "is none of the commands"),
    ] {
        let outcome = run(&[(argv, output)], "{}");
        let failed =
            outcome.subchecks.iter().find(|it| it.labels[0].0 == "command").unwrap_or_else(|| panic!("{argv:?}"));
        assert!(failed.status == Status::Unknown && failed.text.contains(said), "{}", failed.text);
    }
}

#[test]
fn what_cannot_be_read_of_one_volume_is_unknown_for_it_alone() {
    let odd = LVS.replacen("\"lv_size\":\"104857600\"", "\"lv_size\":\"100.00m\"", 1).replace("12.00", "12,00");
    let outcome = run(&[(&lvm::LVS, &odd)], "{}");
    assert!(subcheck(&outcome, "lvm/vg0/pool").text.contains("\"100.00m\" is not a whole number"));
    assert_eq!(subcheck(&outcome, "lvm/vg0/thin1").status, Status::Unknown);
    assert_eq!(subcheck(&outcome, "lvm/vg0/root").status, Status::Ok);
    let short = ZPOOL_STATUS.replace("     7", "  1.2K");
    let outcome = run(&[(&STATUS, &short)], "{}");
    assert!(subcheck(&outcome, "zfs/tank").text.contains("\"1.2K\" is not a whole number"), "{:?}", outcome.subchecks);
}

#[test]
fn old_and_new_versions_of_zfs_tell_the_same() {
    // OpenZFS 0.8 tells a resilver without what was issued, and 2.3 aligns the list otherwise.
    let scan = "219902325556 scanned at 104857600/s, 109951162778 issued at 52428800/s, 879609302220 total";
    assert!(ZPOOL_STATUS.contains(scan));
    let old = ZPOOL_STATUS.replace(scan, "219902325556 scanned out of 879609302220 at 104857600/s, 4h4m to go");
    let wide = ZPOOL_STATUS
        .replace("NAME        STATE", "NAME                    STATE")
        .replace("     0     0", "       0       0");
    let new = run(&[(&zfs::LIST, ZPOOL_LIST), (&STATUS, ZPOOL_STATUS)], "{}");
    for text in [old, wide] {
        assert_ne!(text, ZPOOL_STATUS);
        let outcome = run(&[(&zfs::LIST, ZPOOL_LIST), (&STATUS, &text)], "{}");
        assert_eq!(format!("{outcome:?}"), format!("{new:?}"));
        let cut = run(&[(&zfs::LIST, ZPOOL_LIST), (&STATUS, &text[..text.len() / 3])], "{}");
        assert!(cut.subchecks.iter().any(|it| it.status == Status::Unknown && it.text.contains("cut off")), "{cut:?}");
    }
}
