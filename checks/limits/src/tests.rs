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

const INOTIFY: &str = r#"{"inotify": true}"#;

/// A host with process 1 of root and two of one user, who may have 128 instances and 400 watches.
fn watched() -> Fake {
    let host = host();
    for (pid, uid) in [(1, 0), (20, 1000), (21, 1000)] {
        host.file(&format!("/proc/{pid}/status"), format!("Name:\tx\nUid:\t0\t{uid}\t0\t0\nGid:\t0\t0\t0\t0\n"));
    }
    host.file("/proc/sys/fs/inotify/max_user_instances", "128\n");
    host.file("/proc/sys/fs/inotify/max_user_watches", "400\n");
    host
}

fn find_ends(host: &Fake, ending: Ending, output: &str, errors: &str) {
    let argv: Vec<&str> = [inotify::PROGRAM].into_iter().chain(inotify::FIND[1..].iter().copied()).collect();
    let (standard_output, standard_error) = (output.into(), errors.into());
    host.command_ends(&argv, Ok(Completed { ending, standard_output, standard_error, duration: 0, extra: Vec::new() }));
}

fn watches(file: &str, count: usize) -> String {
    format!("/proc/{file}:inotify\n").repeat(count)
}

#[test]
fn watches_of_inotify_are_those_of_the_user_who_has_most() {
    let host = watched();
    // One of a process that began after the users were read.
    let files = [("1/fdinfo/3", 3), ("20/fdinfo/0", 60), ("21/fdinfo/0", 39), ("21/fdinfo/4", 1), ("9/fdinfo/0", 999)];
    find_ends(&host, Ending::Code(1), &files.map(|(file, count)| watches(file, count)).concat(), "");
    let outcome = host.run::<Limits>(INOTIFY).unwrap();
    assert_eq!(subcheck(&outcome, "inotify_watches").text, "100 of 400, 25 %");
    assert_eq!(subcheck(&outcome, "inotify_instances").text, "3 of 128, 2 %");
    assert_eq!(value(&outcome, "used_percent", Some("inotify_watches")), Some(25.0));
    assert!(host.run::<Limits>("{}").unwrap().subchecks.iter().all(|it| it.labels[0].1 != "inotify_watches"));
    assert_eq!(Fake::new().validate::<Limits>(INOTIFY).unwrap().len(), 4);

    // A process that ends meanwhile is none, and what is amiss elsewhere in /proc hides no process.
    let errors = "find: '/proc/21/fdinfo': No such file or directory\nfind: '/proc/22/fdinfo': No such process\n\
                  find: '/proc/sys/fs/binfmt_misc': No such device\n";
    find_ends(&host, Ending::Code(1), &watches("20/fdinfo/0", 60), errors);
    assert_eq!(subcheck(&host.run::<Limits>(INOTIFY).unwrap(), "inotify_watches").text, "60 of 400, 15 %");

    // grep and find end with 1 where nobody has a watch, as on a small host.
    find_ends(&host, Ending::Code(1), "", "");
    let outcome = host.run::<Limits>(INOTIFY).unwrap();
    assert_eq!(subcheck(&outcome, "inotify_instances").text, "0 of 128, 0 %");
    assert_eq!(subcheck(&outcome, "inotify_watches").text, "0 of 400, 0 %");
}

#[test]
fn watches_that_may_not_be_all_are_unknown() {
    let host = watched();
    let of_20 = watches("20/fdinfo/0", 60);
    for (code, output, errors, said) in [
        (
            1,
            of_20.as_str(),
            "find: '/proc/1/fdinfo': Permission denied\n",
            "not all processes can be looked into, user = \"root\" can: find: ",
        ),
        (1, &of_20, "find: '/usr/bin/grep': No such file or directory\n", "were looked into: find: '/usr/bin/grep'"),
        (1, &of_20, "find: '/usr/bin/grep' terminated by signal 9\n", "were looked into: find: "),
        (1, &of_20, "find: '/proc/1/fdinfo': Cannot allocate memory\n", "were looked into: find: "),
        (2, &of_20, "", "exit code 2"),
        (1, "/proc/20/fdinfo/0:inotify\n/proc/2", "", "line 2"),
        (1, "/proc/20/fdinfo/0:60\n", "", "\"60\" is not \"inotify\""),
    ] {
        find_ends(&host, Ending::Code(code), output, errors);
        let outcome = host.run::<Limits>(INOTIFY).unwrap();
        let unknown = subcheck(&outcome, "inotify_watches");
        assert!(unknown.status == Status::Unknown && unknown.text.contains(said), "{said}: {unknown:?}");
        assert_eq!(subcheck(&outcome, "pids").status, Status::Ok);
    }
    find_ends(&host, Ending::Signal(9), &of_20, "");
    let killed = host.run::<Limits>(INOTIFY).unwrap();
    assert!(subcheck(&killed, "inotify_watches").text.contains("signal 9"), "{killed:?}");

    // With hidepid=2 a reader sees its own processes only, and the program of root's those of all.
    find_ends(&host, Ending::Code(1), &of_20, "");
    host.remove("/proc/1/status");
    let outcome = host.run::<Limits>(INOTIFY).unwrap();
    for limit in ["inotify_instances", "inotify_watches"] {
        let unknown = subcheck(&outcome, limit);
        assert!(unknown.status == Status::Unknown && unknown.text.contains("/proc without hidepid"), "{unknown:?}");
    }
}
