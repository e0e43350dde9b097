use super::*;
use roundsman_sdk::commands::{Completed, Ending};
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Status, Subcheck};

/// Files of Linux 6.18, path below `/proc`, tab, content.
const RECORDED: &str = include_str!("../tests/proc");
const PACKETS: &str = "00000e32 00000000 00000000\n0000ab99 00000001 00000010\n";

fn host() -> Fake {
    let host = Fake::new();
    host.files_below("/proc", RECORDED).file(SOFTNET, PACKETS).file(NETSTAT, netstat(5));
    host.file(
        "/proc/net/sockstat",
        "sockets: used 43\nTCP: inuse 2 orphan 0 tw 4096 alloc 2 mem 315\nUDP: inuse 0 mem 0\n",
    );
    host
}

fn netstat(overflows: u64) -> String {
    format!(
        "TcpExt: SyncookiesSent ListenOverflows ListenDrops New\nTcpExt: 0 {overflows} 7 1\nIpExt: InOctets\nIpExt: 9\n"
    )
}

fn subcheck<'a>(outcome: &'a Outcome, name: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == name).unwrap()
}

fn value(outcome: &Outcome, name: &str, limit: Option<&str>) -> Option<f64> {
    let labelled = |labels: &[(String, String)]| labels.first().map(|(_, value)| value.as_str()) == limit;
    outcome.metrics.iter().find(|it| it.name == name && labelled(&it.labels)).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Limits>(include_str!("../README.md"));
}

#[test]
fn what_is_in_use_is_told_of_each_limit() {
    let outcome = host().run::<Limits>("{}").unwrap();
    assert_eq!(outcome.summary, "7 limits, tcp_time_wait is the fullest with 50 %");
    assert_eq!(subcheck(&outcome, "open_files").text, "2163 of 2470938, 0 %");
    assert_eq!(subcheck(&outcome, "pids").text, "154 of 32768, 0 %");
    assert_eq!(subcheck(&outcome, "connections_tracked").text, "12 of 262144, 0 %");
    assert_eq!(value(&outcome, "used", Some("tcp_memory")), Some(315.0));
    assert_eq!(value(&outcome, "limit", Some("threads")), Some(193_102.0));
    assert_eq!(value(&outcome, "used_percent", Some("tcp_time_wait")), Some(50.0));
    assert_eq!(value(&outcome, "listen_overflows", None), None, "a first run knows no rate");
}

#[test]
fn what_is_lost_is_a_rate() {
    let host = host();
    host.run::<Limits>("{}").unwrap();
    host.file(NETSTAT, netstat(25)).file(SOFTNET, PACKETS.replace("00000010", "00000024")).set_time(1_767_225_610);
    let outcome = host.run::<Limits>("{}").unwrap();
    assert_eq!(
        (value(&outcome, "listen_overflows", None), value(&outcome, "listen_drops", None)),
        (Some(2.0), Some(0.0))
    );
    assert_eq!(
        (value(&outcome, "packets_dropped", None), value(&outcome, "packets_squeezed", None)),
        (Some(0.0), Some(2.0))
    );
}

#[test]
fn what_the_kernel_does_not_have_is_absent_and_not_zero() {
    let host = host();
    host.remove("/proc/sys/net/netfilter/nf_conntrack_count").remove("/proc/net/sockstat").remove(NETSTAT);
    host.grant_files(&["/proc/*", "/proc/*/*", "/proc/*/*/*", "/proc/*/*/*/*"]);
    let outcome = host.run::<Limits>("{}").unwrap();
    let names: Vec<&str> = outcome.subchecks.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(names, ["open_files", "pids", "threads"]);
}

#[test]
fn a_limit_of_all_that_there_can_be_is_none() {
    let host = host();
    host.file("/proc/sys/fs/file-nr", "2163\t0\t9223372036854775807\n");
    let outcome = host.run::<Limits>("{}").unwrap();
    assert_eq!(subcheck(&outcome, "open_files").text, "2163, without a limit");
    assert_eq!(value(&outcome, "used_percent", Some("open_files")), None);
    host.file("/proc/sys/fs/file-nr", "9007199254740993\t0\t9007199254740993\n");
    assert_eq!(value(&host.run::<Limits>("{}").unwrap(), "used_percent", Some("open_files")), Some(100.0));
}

#[test]
fn an_odd_file_hides_no_other() {
    let host = host();
    host.file("/proc/sys/fs/file-nr", "2163\t0\n").file(SOFTNET, "x y z\n").file(NETSTAT, "TcpExt: ListenDrops\n");
    host.file("/proc/net/sockstat", "TCP: inuse 2 orphan\n");
    let outcome = host.run::<Limits>("{}").unwrap();
    assert!(subcheck(&outcome, "open_files").text.starts_with("/proc/sys/fs/file-nr: line 1"), "{outcome:?}");
    assert_eq!(
        subcheck(&outcome, "packets").text,
        format!("{SOFTNET}: line 1, column 3: \"y\" is no hex number of 32 bits")
    );
    assert_eq!(subcheck(&outcome, "connections").text, format!("{NETSTAT}: there are no two lines \"TcpExt:\""));
    assert_eq!(subcheck(&outcome, "tcp_orphans").status, Status::Unknown);
    assert_eq!(subcheck(&outcome, "pids").status, Status::Ok);
    let cut = lost::connections("TcpExt: A ListenDrops\nTcpExt: 1\n").unwrap_err();
    assert!(cut.to_string().contains("has 2 columns, not 3 or more"), "{cut}");
}

#[test]
fn watches_of_inotify_are_those_of_the_user_who_has_most() {
    let host = host();
    let options = r#"{"inotify": true}"#;
    let of = |uid: u32| format!("Name:\tx\nUid:\t0\t{uid}\t0\t0\nGid:\t0\t0\t0\t0\n");
    for (pid, uid) in [(1, 0), (20, 1000), (21, 1000)] {
        host.file(&format!("/proc/{pid}/status"), of(uid));
    }
    let argv: Vec<&str> = [inotify::PROGRAM].into_iter().chain(inotify::FIND[1..].iter().copied()).collect();
    let prints = |output: &str, errors: &str| {
        let (standard_output, standard_error) = (output.into(), errors.into());
        let ending = Ending::Code(1);
        host.command_ends(
            &argv,
            Ok(Completed { ending, standard_output, standard_error, duration: 0, extra: Vec::new() }),
        );
    };
    // One of a process that ended before its status was read.
    let files =
        "/proc/1/fdinfo/3:3\n/proc/20/fdinfo/0:60\n/proc/20/fdinfo/1:0\n/proc/21/fdinfo/0:40\n/proc/9/fdinfo/0:999\n";
    prints(files, "");
    host.file("/proc/sys/fs/inotify/max_user_instances", "128\n")
        .file("/proc/sys/fs/inotify/max_user_watches", "400\n");
    let outcome = host.run::<Limits>(options).unwrap();
    assert_eq!(subcheck(&outcome, "inotify_watches").text, "100 of 400, 25 %");
    assert_eq!(subcheck(&outcome, "inotify_instances").text, "2 of 128, 2 %");
    assert_eq!(value(&outcome, "used_percent", Some("inotify_watches")), Some(25.0));
    assert!(host.run::<Limits>("{}").unwrap().subchecks.iter().all(|it| it.labels[0].1 != "inotify_watches"));
    assert_eq!(Fake::new().validate::<Limits>(options).unwrap().len(), 4);

    // A process that ends meanwhile is none; one that may not be looked into may have all of them.
    prints("/proc/20/fdinfo/0:60\n", "find: '/proc/21/fdinfo': No such file or directory\n");
    assert_eq!(subcheck(&host.run::<Limits>(options).unwrap(), "inotify_watches").text, "60 of 400, 15 %");
    for (output, errors, said) in [
        (
            files,
            "find: '/proc/1/fdinfo': Permission denied\n",
            "not all processes can be looked into, user = \"root\" can: find: ",
        ),
        ("", "", "exit code 1"),
        ("/proc/20/fdinfo/0:60\n/proc/2", "", "line 2"),
        ("/proc/20/fdinfo/0:many\n", "", "\"many\" is not a whole number"),
    ] {
        prints(output, errors);
        let outcome = host.run::<Limits>(options).unwrap();
        let unknown = subcheck(&outcome, "inotify_watches");
        assert!(unknown.status == Status::Unknown && unknown.text.contains(said), "{said}: {unknown:?}");
        assert_eq!(subcheck(&outcome, "pids").status, Status::Ok);
    }

    // With hidepid=2 a reader sees its own processes only, and the program of root's those of all.
    prints(files, "");
    host.remove("/proc/1/status");
    let outcome = host.run::<Limits>(options).unwrap();
    for limit in ["inotify_instances", "inotify_watches"] {
        let unknown = subcheck(&outcome, limit);
        assert!(unknown.status == Status::Unknown && unknown.text.contains("/proc without hidepid"), "{unknown:?}");
    }
}
