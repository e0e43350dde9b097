use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Status, Subcheck};

/// Recorded from Linux 6.1 (Debian 12) in a virtual machine, with a mount of version 3 and some of its other mounts.
const STATS: &str = include_str!("../tests/mountstats");

fn mount(host: &Fake, path: &str, filesystem: &str) {
    let mount = Mount {
        source: "127.0.0.1:/run/exp".into(),
        path: path.into(),
        filesystem: filesystem.into(),
        device: 40,
        root: "/".into(),
        read_only: false,
        filesystem_read_only: false,
        options: Vec::new(),
        filesystem_options: Vec::new(),
        extra: Vec::new(),
    };
    let space = Space {
        bytes_total: 2 << 30,
        bytes_free: 1 << 30,
        bytes_available: 1 << 30,
        inodes_total: 0,
        inodes_free: 0,
        inodes_available: 0,
        read_only: false,
        extra: Vec::new(),
    };
    host.mount(mount, space);
}

fn host() -> Fake {
    let host = Fake::new();
    mount(&host, "/", "ext4");
    mount(&host, "/run/mnt3", "nfs");
    host.file(MOUNTSTATS, STATS);
    host
}

fn subcheck<'a>(outcome: &'a Outcome, label: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == label).unwrap()
}

fn value(outcome: &Outcome, name: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Nfs>(include_str!("../README.md"));
}

#[test]
fn a_mount_that_answers_has_rates_from_the_second_run_on() {
    let host = host();
    let outcome = host.run::<Nfs>("{}").unwrap();
    assert_eq!(outcome.summary, "1 mount of NFS");
    assert_eq!(subcheck(&outcome, "/run/mnt3").text, "1.0 GiB of 2.0 GiB free on 127.0.0.1:/run/exp");
    assert_eq!((value(&outcome, "answers"), value(&outcome, "operations")), (Some(1.0), None));
    // Ten reads more in ten seconds, of which one was sent twice, with 50 ms in all.
    let later = STATS.replace("        READ: 0 0 0 0 0 0 0 0 0", "        READ: 10 11 1 0 0 0 50 60 0");
    assert_ne!(later, STATS);
    host.file(MOUNTSTATS, later).set_time(1_767_225_610);
    let outcome = host.run::<Nfs>("{}").unwrap();
    let values = ["operations", "retransmissions", "timeouts", "response_time"].map(|name| value(&outcome, name));
    assert_eq!(values, [Some(1.0), Some(0.1), Some(0.1), Some(0.005)]);
    assert!(subcheck(&outcome, "/run/mnt3").text.ends_with(", answers in 5.0 ms"));
    // Without a request there is no mean.
    host.set_time(1_767_225_620);
    let outcome = host.run::<Nfs>("{}").unwrap();
    assert_eq!((value(&outcome, "operations"), value(&outcome, "response_time")), (Some(0.0), None));
}

#[test]
fn what_is_counted_is_summed_for_each_mount() {
    let all = parse(STATS).unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].mount.as_str(), all[0].operations, all[0].transmissions, all[0].response_time),
        ("/run/mnt3", 14, 14, 61)
    );
    let four = STATS.replace("/run/mnt3", "/srv/a\\040b").replace("fstype nfs ", "fstype nfs4 ");
    assert_eq!(parse(&four).unwrap()[0].mount, "/srv/a b");
    assert_eq!(parse("").unwrap(), []);
}

#[test]
fn a_mount_without_an_answer_is_critical_where_it_is_expected() {
    let host = host();
    host.fail("/run/mnt3", HostError::TimedOut);
    let outcome = host.run::<Nfs>("{}").unwrap();
    let silent = subcheck(&outcome, "/run/mnt3");
    assert_eq!((silent.status, silent.text.as_str()), (Status::Unknown, "gives no answer: 127.0.0.1:/run/exp"));
    assert_eq!(
        (value(&outcome, "answers"), outcome.summary.as_str()),
        (Some(0.0), "1 mount of NFS, 1 without an answer")
    );
    let outcome = host.run::<Nfs>(r#"{"expected": ["/run/mnt3", "/srv"], "exclude": ["*"]}"#).unwrap();
    assert_eq!(subcheck(&outcome, "/run/mnt3").status, Status::Critical);
    assert_eq!(subcheck(&outcome, "/srv").text, "not mounted");
    assert_eq!(host.run::<Nfs>(r#"{"no_answer": "warning"}"#).unwrap().subchecks[0].status, Status::Warning);
    host.fail("/run/mnt3", HostError::Io("ESTALE".into()));
    let outcome = host.run::<Nfs>(r#"{"expected": ["/run/mnt3"]}"#).unwrap();
    assert_eq!(subcheck(&outcome, "/run/mnt3").text, "fails with ESTALE: 127.0.0.1:/run/exp");
    assert!(host.run::<Nfs>(r#"{"exclude": ["/run/*"]}"#).unwrap().subchecks.is_empty());
}

#[test]
fn counts_that_cannot_be_read_hide_no_mount() {
    let host = host();
    for text in [STATS.replace("GETATTR: 5 5", "GETATTR: five 5"), STATS[..STATS.find("420 560").unwrap()].to_owned()] {
        host.file(MOUNTSTATS, text);
        let outcome = host.run::<Nfs>("{}").unwrap();
        assert_eq!(subcheck(&outcome, "/run/mnt3").status, Status::Ok);
        assert_eq!(subcheck(&outcome, "statistics").status, Status::Unknown);
    }
    host.fail(MOUNTSTATS, HostError::Io("EACCES".into()));
    let outcome = host.run::<Nfs>("{}").unwrap();
    assert_eq!(subcheck(&outcome, "statistics").text, "/proc/1/mountstats: EACCES");
    assert_eq!(Fake::new().run::<Nfs>("{}").unwrap().summary, "0 mounts of NFS");
}

/// Returns the text as Linux before 5.3 wrote it: eight numbers of each operation, without the errors at the end, and fewer of
/// the connection.
fn of_an_old_kernel(text: &str) -> String {
    let old = |line: &str| match line.split_once(": ") {
        Some((name, numbers)) if numbers.split(' ').count() == 9 && name.trim() == name.trim().to_uppercase() => {
            line.rsplit_once(' ').unwrap().0.to_owned()
        }
        _ => line.replace("15 0 15 0 2 0 0", "15 0 15 0"),
    };
    text.lines().map(old).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn old_and_new_kernels_tell_the_same() {
    let old = of_an_old_kernel(STATS);
    assert!(old.contains("     GETATTR: 5 5 0 420 560 0 19 21\n"), "{old}");
    assert_eq!(parse(&old).unwrap(), parse(STATS).unwrap());
    // Cut in the middle of a line of either.
    for text in [STATS, &old] {
        let at = text.find("420 560").unwrap();
        assert!(parse(&text[..at]).is_err());
    }
}
