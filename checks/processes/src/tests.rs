use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Cause, Denial, HostError, Status, Subcheck};

/// Lines of `/proc/PID/stat` of Linux 6.18, each below its pid.
const RECORDED: &str = include_str!("../tests/stat");

fn host() -> Fake {
    let host = Fake::new();
    for line in RECORDED.lines() {
        let pid = line.split(' ').next().unwrap();
        host.file(&format!("/proc/{pid}/stat"), format!("{line}\n"));
        host.file(&format!("/proc/{pid}/status"), format!("Name:\tx\nVmRSS:\t    {pid} kB\n"));
    }
    host.file(UPTIME, "13569.49 3725.06\n");
    host
}

fn value(outcome: &Outcome, name: &str, label: Option<&str>) -> Option<f64> {
    let labelled = |labels: &[(String, String)]| labels.first().map(|(_, value)| value.as_str()) == label;
    outcome.metrics.iter().find(|it| it.name == name && labelled(&it.labels)).map(|it| it.value)
}

fn group<'a>(outcome: &'a Outcome, name: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == name).unwrap()
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Processes>(include_str!("../README.md"));
}

#[test]
fn processes_are_counted_by_state_and_threads_of_the_kernel_apart() {
    let outcome = host().run::<Processes>("{}").unwrap();
    assert_eq!(outcome.summary, "5 processes, 21 threads, 1 running, 0 in uninterruptible sleep, 1 zombie");
    assert_eq!(value(&outcome, "all", None), Some(5.0));
    assert_eq!(value(&outcome, "kernel_threads", None), Some(1.0));
    assert_eq!(value(&outcome, "all_threads", None), Some(21.0));
    assert_eq!(value(&outcome, "in_state", Some("zombie")), Some(1.0));
    assert_eq!(value(&outcome, "in_state", Some("sleeping")), Some(4.0));
    assert_eq!(value(&outcome, "in_state", Some("stopped")), Some(0.0));
    assert!(outcome.subchecks.is_empty() && outcome.status == Status::Ok);
}

#[test]
fn a_name_may_hold_parentheses_blanks_and_bytes_that_are_no_text() {
    let line = b"7 (a) R (\xff) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 900 1 2 3";
    let process = stat::parse(line).unwrap();
    assert_eq!((process.pid, process.name.as_str(), process.state), (7, "a) R (\\xff", 'S'));
    assert_eq!((process.threads, process.ran, process.started, process.of_kernel), (3, 11, 900, false));
}

#[test]
fn a_line_that_is_cut_is_told_and_hides_no_other() {
    let host = host();
    for cut in ["", "1", "1 (sh", "1 (sh) ", "1 (sh) S 0 1 1 0 -1 4194560 1 2 3 4 5", "1 (sh) SS 0"] {
        host.file("/proc/1/stat", cut);
        let outcome = host.run::<Processes>("{}").unwrap();
        assert_eq!(
            (group(&outcome, "stat").status, value(&outcome, "all", None)),
            (Status::Unknown, Some(4.0)),
            "{cut}"
        );
    }
    for (pid, _) in RECORDED.lines().map(|line| line.split_once(' ').unwrap()) {
        host.file(&format!("/proc/{pid}/stat"), "x");
    }
    let failure = host.run::<Processes>("{}").unwrap_err();
    assert_eq!(failure.cause, Cause::own());
    assert!(failure.message.contains("/proc/1/stat: line 1"), "{}", failure.message);
}

#[test]
fn one_that_ends_between_the_list_and_the_look_is_no_process() {
    let host = host();
    host.fail_to_read("/proc/1/stat", HostError::Io("ESRCH".into()));
    let outcome = host.run::<Processes>(r#"{"groups": [{"name": "zombies", "program": "sl*"}]}"#).unwrap();
    assert_eq!(value(&outcome, "all", None), Some(4.0));
    host.fail("/proc/24306/status", HostError::NotFound);
    let outcome = host.run::<Processes>(r#"{"groups": [{"name": "zombies", "program": "sl*"}]}"#).unwrap();
    assert_eq!(value(&outcome, "rss", Some("zombies")), Some(0.0));
}

#[test]
fn groups_take_what_fits_and_too_few_are_critical() {
    let options = r#"{"groups": [
        {"name": "all", "program": "*", "expected": 5},
        {"name": "sshd", "program": "sshd", "expected": 1},
        {"name": "long", "program": "dbus-daemon-launch-helper*"}]}"#;
    let host = host();
    let outcome = host.run::<Processes>(&options.replace("dbus-daemon-launch-helper*", "a-program-with-*")).unwrap();
    assert_eq!(group(&outcome, "all").status, Status::Ok);
    assert_eq!(group(&outcome, "sshd").status, Status::Critical);
    assert_eq!(group(&outcome, "sshd").text, "0 processes, 0 B, 1 expected");
    assert_eq!(group(&outcome, "long").text, "1 process, 300 KiB, oldest 3 h 29 min");
    assert_eq!(value(&outcome, "processes", Some("sshd")), Some(0.0));
    assert_eq!(value(&outcome, "oldest", Some("sshd")), None);
    assert_eq!(value(&outcome, "cpu", Some("all")), None, "a first run knows no rate");
    let said = host.run::<Processes>(options).unwrap_err().message;
    assert!(said.contains("groups[2].program: is longer than the 15 characters"), "{said}");
}

#[test]
fn command_lines_and_control_groups_are_read_where_a_group_needs_them() {
    let host = host();
    host.file("/proc/1/cmdline", "/sbin/init\0splash\0").file("/proc/1/cgroup", "0::/init.scope\n");
    host.file("/proc/300/cgroup", "9:name=systemd:/docker/ab12\n4:memory:/docker/ab12\n0::/\n");
    let outcome = host
        .run::<Processes>(
            r#"{"groups": [{"name": "a", "cmdline": "*init splash"}, {"name": "b", "cgroup": "/docker/*"}]}"#,
        )
        .unwrap();
    assert_eq!(value(&outcome, "processes", Some("a")), Some(1.0));
    assert_eq!(value(&outcome, "processes", Some("b")), Some(1.0));
    let outcome = host.run::<Processes>(r#"{"without_containers": true}"#).unwrap();
    assert_eq!(value(&outcome, "all", None), Some(4.0));
    let needs =
        host.validate::<Processes>(r#"{"groups": [{"name": "a", "cmdline": "x"}], "open_files": true}"#).unwrap();
    assert_eq!(needs.len(), 4);
}

#[test]
fn time_of_cpus_is_a_rate_of_those_that_were_there_before() {
    let host = host();
    let options = r#"{"groups": [{"name": "all", "program": "*"}]}"#;
    host.run::<Processes>(options).unwrap();
    // One goes on for 150 hundredths of a second in 10 s; another ended, and its pid is used again.
    let line = RECORDED.lines().find(|line| line.starts_with("1 ")).unwrap();
    assert!(line.contains(" 261 728 "), "{line}");
    host.file("/proc/1/stat", line.replace(" 261 728 ", " 361 778 "));
    host.set_time(1_767_225_610);
    assert_eq!(value(&host.run::<Processes>(options).unwrap(), "cpu", Some("all")), Some(15.0));
}

#[test]
fn zombies_age_from_run_to_run_until_they_end() {
    let host = host();
    assert_eq!(value(&host.run::<Processes>("{}").unwrap(), "oldest_zombie", None), Some(0.0));
    host.set_time(1_767_225_900);
    let outcome = host.run::<Processes>("{}").unwrap();
    assert_eq!(value(&outcome, "oldest_zombie", None), Some(300.0));
    assert_eq!(outcome.details, ["sleep (24306) is a zombie, for 5 min 0 s at least"]);
    host.remove("/proc/24306/stat");
    let outcome = host.run::<Processes>("{}").unwrap();
    assert_eq!((value(&outcome, "oldest_zombie", None), outcome.details.len()), (Some(0.0), 0));
}

#[test]
fn open_files_are_told_where_the_kernel_tells_them() {
    let host = host();
    host.file("/proc/1/fd", [0; 84]).file("/proc/300/fd", "").remove("/proc/24302/stat").remove("/proc/24306/stat");
    let options = |program| format!(r#"{{"open_files": true, "groups": [{{"name": "g", "program": "{program}"}}]}}"#);
    assert_eq!(value(&host.run::<Processes>(&options("process_api")).unwrap(), "open_files", Some("g")), Some(84.0));
    assert_eq!(value(&host.run::<Processes>(&options("a-program*")).unwrap(), "open_files", Some("g")), None);
}

#[test]
fn what_is_not_granted_is_said() {
    let host = host();
    host.fail(STAT, HostError::Denied(Denial::new("files", STAT, "grant it")));
    assert!(matches!(host.run::<Processes>("{}").unwrap_err().cause, Cause::Host(HostError::Denied(_))));
}

#[test]
fn what_cannot_be_kept_is_not_ok_as_nothing_gets_old() {
    let host = host();
    host.fail_to_keep(HostError::Io("ENOSPC".into()));
    let outcome = host.run::<Processes>(r#"{"groups": [{"name": "sleeping", "program": "sl*"}]}"#).unwrap();
    for part in ["rates", "ages"] {
        assert_eq!(group(&outcome, part).status, Status::Unknown, "{part}");
    }
    assert!(value(&outcome, "oldest_zombie", None).is_some());
}
