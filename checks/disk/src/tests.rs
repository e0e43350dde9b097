use super::*;
use roundsman_sdk::Status;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Subcheck};

const GIB: u64 = 1 << 30;

fn space(total: u64, free: u64, available: u64) -> Space {
    Space {
        bytes_total: total,
        bytes_free: free,
        bytes_available: available,
        inodes_total: 1000,
        inodes_free: 900,
        inodes_available: 900,
        read_only: false,
        extra: Vec::new(),
    }
}

/// Adds a line as `/proc/self/mounts` has it, `source path type options`, with this space. The options are those of the mount
/// and, where a fifth word does not name others, of the file system too.
fn mount(host: &Fake, line: &str, space: Space) {
    let words: Vec<&str> = line.split(' ').collect();
    let options = |words: &str| words.split(',').map(str::to_owned).collect::<Vec<String>>();
    let of_mount = options(words[3]);
    let of_filesystem =
        words.get(4).filter(|word| word.contains('r')).map_or_else(|| of_mount.clone(), |it| options(it));
    let read_only = |options: &[String]| options.iter().any(|it| it == "ro");
    let mount = Mount {
        source: words[0].into(),
        path: words[1].into(),
        filesystem: words[2].into(),
        // Each source is a device of its own.
        device: words[0]
            .bytes()
            .chain(words[1].bytes().filter(|_| !words[0].starts_with("/dev/")))
            .fold(0, |device: u64, byte| device.wrapping_mul(31).wrapping_add(u64::from(byte))),
        root: "/".into(),
        read_only: read_only(&of_mount),
        filesystem_read_only: read_only(&of_filesystem),
        options: of_mount.clone(),
        filesystem_options: of_filesystem.clone(),
        extra: Vec::new(),
    };
    let read_only = mount.read_only || mount.filesystem_read_only;
    host.mount(mount, Space { read_only, ..space });
}

/// The mounts of a recorded Debian host, with these spaces for what holds data.
fn server() -> Fake {
    let host = Fake::new();
    for line in include_str!("../tests/mounts").lines() {
        let space = match line.split(' ').nth(1) {
            Some("/") => space(20 * GIB, 5 * GIB, 4 * GIB),
            Some("/data") => space(100 * GIB, 90 * GIB, 90 * GIB),
            Some("/snap/core/1") => space(GIB, 0, 0),
            Some(_) if line.contains(" ext4 ") || line.contains(" tmpfs ") => space(GIB, GIB, GIB),
            _ => Space { inodes_total: 0, ..space(0, 0, 0) },
        };
        mount(&host, line, space);
    }
    host
}

fn value(outcome: &Outcome, name: &str, at: &str) -> Option<f64> {
    let wanted = |it: &&roundsman_sdk::Metric| it.name == name && it.labels == [("mount".into(), at.into())];
    outcome.metrics.iter().find(wanted).map(|it| it.value)
}

fn subcheck<'a>(outcome: &'a Outcome, at: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == at).unwrap()
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Disk>(include_str!("../README.md"));
}

#[test]
fn a_server_shows_what_holds_data() {
    let outcome = server().run::<Disk>("{}").unwrap();
    let mounts: Vec<&str> = outcome.subchecks.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(mounts, ["/run", "/", "/data", "/tmp"]);
    assert_eq!(outcome.summary, "4 file systems, / is the fullest with 79% used");
    assert_eq!(subcheck(&outcome, "/").text, "15 GiB of 20 GiB used, 4.0 GiB free, ext4 on /dev/sda1");
    assert!(outcome.subchecks.iter().all(|it| it.status == Status::Ok));
    let used = value(&outcome, "used_percent", "/").unwrap();
    assert!((used - 15.0 / 19.0 * 100.0).abs() < 1e-9, "{used}");
    assert_eq!(value(&outcome, "free_bytes", "/data"), Some((90 * GIB) as f64));
    assert_eq!(value(&outcome, "inodes_used_percent", "/"), Some(10.0));
}

#[test]
fn where_inodes_are_not_fixed_there_is_no_percentage_of_them() {
    let host = Fake::new();
    mount(&host, "/dev/sdb /btrfs btrfs rw", Space { inodes_total: 0, inodes_free: 0, ..space(GIB, GIB, GIB) });
    let outcome = host.run::<Disk>("{}").unwrap();
    assert_eq!(value(&outcome, "inodes_used_percent", "/btrfs"), None);
    assert_eq!(value(&outcome, "used_percent", "/btrfs"), Some(0.0));
}

#[test]
fn a_file_system_that_became_read_only_is_critical_unless_it_may_be() {
    let host = Fake::new();
    mount(&host, "/dev/sdb /srv ext4 ro,relatime", space(GIB, GIB, GIB));
    let outcome = host.run::<Disk>("{}").unwrap();
    assert_eq!(subcheck(&outcome, "/srv").status, Status::Critical);
    assert!(subcheck(&outcome, "/srv").text.ends_with(", read-only"));
    assert_eq!(outcome.summary, "1 file system, /srv is the fullest with 0% used, 1 unexpectedly read-only");
    let outcome = host.run::<Disk>(r#"{"read_only": ["/s*"]}"#).unwrap();
    assert_eq!(subcheck(&outcome, "/srv").status, Status::Ok);
}

#[test]
fn what_has_no_device_is_read_only_by_intent() {
    let host = Fake::new();
    mount(&host, "server:/export /mnt nfs4 ro,relatime", space(GIB, GIB, GIB));
    let outcome = host.run::<Disk>("{}").unwrap();
    assert_eq!(subcheck(&outcome, "/mnt").status, Status::Ok);
    assert!(subcheck(&outcome, "/mnt").text.ends_with(", read-only"));
}

#[test]
fn one_that_hangs_does_not_hide_the_others() {
    let host = server();
    host.fail("/data", HostError::TimedOut);
    let outcome = host.run::<Disk>("{}").unwrap();
    assert_eq!(subcheck(&outcome, "/data").text, "/data: gave no answer within its time");
    assert_eq!(subcheck(&outcome, "/data").status, Status::Unknown);
    assert_eq!(subcheck(&outcome, "/").status, Status::Ok);
    assert!(outcome.summary.ends_with(", 1 without an answer"), "{}", outcome.summary);
    let outcome = host.run::<Disk>(r#"{"no_answer": "critical"}"#).unwrap();
    assert_eq!(subcheck(&outcome, "/data").status, Status::Critical);
}

#[test]
fn what_may_wait_for_others_is_asked_last() {
    let host = Fake::new();
    for line in [
        "server:/a /a nfs4 rw",
        "/dev/sdb /b ext4 rw",
        "/dev/fuse /c fuse.sshfs rw",
        "tank/d /d zfs rw",
        "//server/e /e cifs rw",
        "tmpfs /f tmpfs rw",
    ] {
        mount(&host, line, space(GIB, GIB, GIB));
    }
    let outcome = host.run::<Disk>("{}").unwrap();
    let mounts: Vec<&str> = outcome.subchecks.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(mounts, ["/b", "/d", "/f", "/a", "/c", "/e"]);
}

#[test]
fn what_is_expected_and_not_mounted_is_critical() {
    let outcome = server().run::<Disk>(r#"{"expected": ["/data", "/archive", "/run"]}"#).unwrap();
    assert_eq!(subcheck(&outcome, "/archive").text, "not mounted");
    assert_eq!(subcheck(&outcome, "/archive").status, Status::Critical);
    assert_eq!(subcheck(&outcome, "/run").status, Status::Ok);
    assert!(outcome.summary.ends_with(", 1 not mounted"), "{}", outcome.summary);
}

#[test]
fn options_exclude_types_and_places() {
    let outcome =
        server().run::<Disk>(r#"{"exclude_types": ["tmpfs", "*proc", "squashfs"], "exclude_mounts": ["/d*"]}"#);
    let mounts: Vec<String> = outcome.unwrap().subchecks.into_iter().map(|it| it.labels[0].1.clone()).collect();
    assert_eq!(mounts, ["/"]);
}

#[test]
fn a_place_mounted_twice_counts_once() {
    let host = Fake::new();
    mount(&host, "/dev/sdb /srv ext4 rw", space(GIB, GIB, GIB));
    mount(&host, "/dev/sdc /srv ext4 rw", space(2 * GIB, GIB, GIB));
    mount(&host, "/dev/sdc /bind ext4 ro", space(2 * GIB, GIB, GIB));
    let outcome = host.run::<Disk>("{}").unwrap();
    assert_eq!(outcome.subchecks.len(), 1);
    assert_eq!(value(&outcome, "size", "/srv"), Some((2 * GIB) as f64));
}

#[test]
fn where_nothing_is_looked_at_nothing_is_known() {
    let none = Fake::new().run::<Disk>("{}").unwrap_err();
    assert!(none.message.contains("none is mounted here"), "{}", none.message);
    let host = Fake::new();
    mount(&host, "proc /proc proc rw", Space { inodes_total: 0, ..space(0, 0, 0) });
    let spaceless = host.run::<Disk>(r#"{ "exclude_mounts": [] }"#).unwrap_err();
    assert!(spaceless.message.contains("1 mount, and none with space"), "{}", spaceless.message);
    let excluded = server().run::<Disk>(r#"{ "exclude_mounts": ["*"] }"#).unwrap_err();
    assert!(excluded.message.contains("leave all of them out"), "{}", excluded.message);
}

#[test]
fn numbers_that_cannot_be_are_not_negative() {
    let host = Fake::new();
    mount(&host, "/dev/sdb /srv ext4 rw", space(GIB, 2 * GIB, 3 * GIB));
    assert_eq!(value(&host.run::<Disk>("{}").unwrap(), "used_percent", "/srv"), Some(0.0));
}

#[test]
fn a_mount_that_is_read_only_by_its_own_options_is_no_fault() {
    let host = Fake::new();
    mount(&host, "/dev/sda2 /boot ext4 ro,relatime rw", space(GIB, GIB, GIB));
    let outcome = host.run::<Disk>("{}").unwrap();
    assert_eq!(subcheck(&outcome, "/boot").status, Status::Ok);
    assert!(subcheck(&outcome, "/boot").text.ends_with(", read-only"));
}

#[test]
fn what_the_kernel_has_given_up_is_critical_though_it_says_rw() {
    for word in ["emergency_ro", "shutdown"] {
        let host = Fake::new();
        mount(&host, &format!("/dev/sdb /srv ext4 rw,relatime rw,{word}"), space(GIB, GIB, GIB));
        let outcome = host.run::<Disk>("{}").unwrap();
        assert_eq!(subcheck(&outcome, "/srv").status, Status::Critical, "{word}");
        assert!(subcheck(&outcome, "/srv").text.ends_with(&format!(", given up by the kernel ({word})")));
    }
}

/// XFS that was shut down after errors has no word for it, and answers so.
#[test]
fn one_that_answers_with_an_error_of_its_device_is_critical() {
    for number in ["EIO", "ENXIO", "EUCLEAN"] {
        let host = server();
        host.fail("/data", HostError::Io(number.into()));
        let outcome = host.run::<Disk>("{}").unwrap();
        assert_eq!(subcheck(&outcome, "/data").status, Status::Critical, "{number}");
        assert!(
            subcheck(&outcome, "/data").text.starts_with(number) && outcome.summary.ends_with("1 given up or broken")
        );
        assert_eq!(subcheck(&outcome, "/").status, Status::Ok);
    }
}

#[test]
fn images_are_full_and_read_only_by_their_nature_whatever_their_type() {
    let host = Fake::new();
    let image = Space { inodes_free: 0, ..space(GIB, 0, 0) };
    mount(&host, "composefs / overlay ro,relatime", image.clone());
    mount(&host, "/dev/loop3 /snap/core fuse.snapfuse ro,nodev", image.clone());
    mount(&host, "/dev/sdb /srv ext4 ro,relatime", space(GIB, 0, 0));
    let outcome = host.run::<Disk>("{}").unwrap();
    // A full ext4 that became read-only has inodes left, and is none.
    let mounts: Vec<&str> = outcome.subchecks.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(mounts, ["/srv"]);
    assert_eq!(subcheck(&outcome, "/srv").status, Status::Critical);
    // So has erofs, of which composefs is made: it does not count them.
    let uncounted = Space { inodes_total: u64::MAX, inodes_free: u64::MAX - 3, ..space(GIB, 0, 0) };
    mount(&host, "composefs /sysroot overlay ro,relatime", uncounted);
    // What can be written is full at times, and has no inode then, or never tells of one.
    mount(&host, "/dev/sdc /full xfs ro,relatime", image.clone());
    mount(&host, "/dev/sdd /pool btrfs ro,relatime", Space { inodes_total: 0, ..image.clone() });
    let outcome = host.run::<Disk>("{}").unwrap();
    let mounts: Vec<&str> = outcome.subchecks.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(mounts, ["/srv", "/full", "/pool"]);
    assert!(outcome.subchecks.iter().all(|it| it.status == Status::Critical));
    let outcome = host.run::<Disk>(r#"{"expected": ["/snap/core"]}"#).unwrap();
    assert_eq!(subcheck(&outcome, "/snap/core").status, Status::Ok);
    assert_eq!(value(&outcome, "used_percent", "/snap/core"), None);
}

#[test]
fn what_cannot_be_looked_at_is_a_part_of_its_own_with_the_remedy() {
    let host = server();
    for (line, error) in [
        ("/dev/sdc /home/a/data ext4 rw", HostError::Io("EACCES".into())),
        ("portal /home/b/doc fuse.portal rw", HostError::Io("EACCES".into())),
        ("/dev/sdd /hidden ext4 rw", HostError::NotFound),
        ("/dev/sde /mnt/\\xff ext4 rw", HostError::NotFound),
    ] {
        let path = line.split(' ').nth(1).unwrap();
        mount(&host, line, space(GIB, GIB, GIB));
        host.fail(path, error);
    }
    let outcome = host.run::<Disk>("{}").unwrap();
    let of = |path: &str| outcome.subchecks.iter().find(|it| it.labels[0].1 == path);
    assert!(of("/hidden").is_none() && of("/home/b/doc").is_none());
    for (path, remedy) in [("/home/a/data", "grant.user"), ("/mnt/\\xff", "not UTF-8")] {
        let part = of(path).unwrap();
        assert_eq!(part.status, Status::Unknown);
        let failure = part.failure.as_ref().unwrap();
        assert!(failure.message.contains(remedy) && failure.message.contains("exclude_mounts"), "{}", failure.message);
    }
    assert_eq!(of("/").unwrap().status, Status::Ok);
    assert!(outcome.summary.ends_with("2 that cannot be looked at"), "{}", outcome.summary);
    let outcome = host.run::<Disk>(r#"{"exclude_mounts": ["/home/*", "/mnt/*"]}"#).unwrap();
    assert!(outcome.subchecks.iter().all(|it| it.failure.is_none()));
}

#[test]
fn many_mounts_stay_within_the_bounds_of_an_outcome_and_trouble_comes_first() {
    let host = Fake::new();
    for number in 0..2000 {
        let options = if number == 1999 { "ro" } else { "rw" };
        let path = format!("/srv/{}/{number}", "long-name".repeat(8));
        mount(&host, &format!("/dev/disk{number} {path} ext4 {options}"), space(GIB, GIB, GIB));
    }
    let outcome = host.run::<Disk>("{}").unwrap();
    // As the host counts them: texts are of one bound, labels of another.
    let texts =
        outcome.subchecks.iter().map(|it| it.text.len() + 1).chain(outcome.details.iter().map(|it| it.len() + 1));
    assert!(texts.sum::<usize>() < 64 << 10);
    let label = |it: &Subcheck| it.labels[0].0.len() + it.labels[0].1.len() + 64;
    assert!(outcome.subchecks.iter().map(label).sum::<usize>() < 512 << 10);
    assert!(outcome.subchecks.iter().any(|it| it.status == Status::Critical));
    assert_eq!(outcome.metrics.len(), 8000);
    assert!(outcome.details[0].contains("more file systems are not listed"), "{:?}", outcome.details);
    assert!(outcome.summary.starts_with("2000 file systems"), "{}", outcome.summary);
}

/// A host with one mount and these counts of errors, by device.
fn with_errors(counts: &[(&str, &str)]) -> Outcome {
    let host = Fake::new();
    mount(&host, "/dev/sda1 / ext4 rw", space(20 * GIB, 5 * GIB, 4 * GIB));
    host.grant_files(&[errors::PATTERN]);
    for (device, count) in counts {
        host.file(&format!("/sys/fs/ext4/{device}/errors_count"), *count);
    }
    host.run::<Disk>("{}").unwrap()
}

#[test]
fn errors_that_ext4_recorded_are_not_ok_whatever_the_mount_says() {
    let outcome = with_errors(&[("sda1", "3\n"), ("dm-0", "0\n")]);
    let errors: Vec<_> =
        outcome.metrics.iter().filter(|it| it.name == "errors").map(|it| (it.labels[0].1.clone(), it.value)).collect();
    assert_eq!(errors, [("dm-0".to_owned(), 0.0), ("sda1".to_owned(), 3.0)]);
    assert!(outcome.metrics.iter().filter(|it| it.name == "errors").all(|it| it.warning == Some(Range::up_to(0.0))));
    let told: Vec<_> = outcome.subchecks.iter().filter(|it| it.labels[0].0 == "device").collect();
    assert!(matches!(told[..], [one] if one.labels[0].1 == "sda1" && one.text.starts_with("3 errors")), "{told:?}");
}

#[test]
fn a_count_that_is_no_number_is_unknown_and_hides_no_mount() {
    let outcome = with_errors(&[("sda1", "many")]);
    let device = outcome.subchecks.iter().find(|it| it.labels[0].0 == "device").unwrap();
    assert_eq!(device.status, Status::Unknown);
    assert!(value(&outcome, "used_percent", "/").is_some());
}

#[test]
fn without_the_grant_no_file_is_asked_for() {
    let host = Fake::new();
    mount(&host, "/dev/sda1 / ext4 rw", space(20 * GIB, 5 * GIB, 4 * GIB));
    let outcome = host.run::<Disk>("{}").unwrap();
    assert!(outcome.metrics.iter().all(|it| it.name != "errors"));
}
