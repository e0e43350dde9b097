//! Inheritance of a started program: environment, descriptors, signals, limits, user, terminal.

use std::fs;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use roundsman_os::process::memfd::Memfd;
use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::signals;
use roundsman_os::process::spawn::{environment, start};
use roundsman_os::process::tree::adopt_orphans;
use roundsman_os::process::user::Account;

use crate::Scene;
use crate::host::{NOBODY, Scratch, launch, run, scene, shell, within};

pub const SCENES: &[Scene] = &[
    ("start_environment_is_built", environment_is_built),
    ("_environment_is_built", inner_environment_is_built),
    ("start_no_descriptor_leaks", no_descriptor_leaks),
    ("start_stdin_is_empty_or_the_input", stdin_is_empty_or_the_input),
    ("start_signal_state_is_fresh", signal_state_is_fresh),
    ("_signal_state_is_fresh", inner_signal_state_is_fresh),
    ("start_umask_directory_and_core", umask_directory_and_core),
    ("_umask_directory_and_core", inner_umask_directory_and_core),
    ("start_limits_hold", limits_hold),
    ("start_limits_are_never_raised", limits_are_never_raised),
    ("start_user_and_groups", user_and_groups),
    ("start_setuid_helper_gains_nothing", setuid_helper_gains_nothing),
    ("start_no_terminal", no_terminal),
    ("_no_terminal", inner_no_terminal),
];

fn environment_is_built() {
    let hostile = [
        ("LD_PRELOAD", "/lib/x86_64-linux-gnu/libm.so.6"),
        ("LD_AUDIT", ""),
        ("IFS", "/"),
        ("BASH_ENV", "/etc/shadow"),
        ("ENV", "/etc/shadow"),
        ("PYTHONPATH", "/var/tmp"),
        ("PERL5OPT", "-Mevil"),
        ("GCONV_PATH", "/var/tmp"),
        ("BASH_FUNC_x%%", "() { id; }"),
        ("TZ", "/etc/shadow"),
        ("LANG", "de"),
        ("PATH", "/var/tmp:."),
        ("HOME", "/var/tmp"),
        ("LC_ALL", "de_DE"),
    ];
    assert!(scene("_environment_is_built").envs(hostile).status().unwrap().success());
}

fn inner_environment_is_built() {
    adopt_orphans().unwrap();
    let inherited = Command::new("/usr/bin/env").arg("-0").output().unwrap().stdout;
    assert!(inherited.windows(10).any(|text| text == b"LD_PRELOAD"), "without defence all is inherited");
    let fixed = "HOME=/\0LC_ALL=C.UTF-8\0PATH=/usr/sbin:/usr/bin:/sbin:/bin\0";
    assert_eq!(run(&launch(&["/bin/cat", "/proc/self/environ"])).text(), fixed);
    let mut granted = launch(&["/bin/cat", "/proc/self/environ"]);
    granted.env = environment([("HOME", b"/root".as_slice()), ("X", b"\xff")]).unwrap();
    let said = run(&granted).stdout;
    assert_eq!(
        said,
        fixed.replace("HOME=/", "HOME=/root").into_bytes().into_iter().chain(*b"X=\xff\0").collect::<Vec<_>>()
    );
}

fn no_descriptor_leaks() {
    adopt_orphans().unwrap();
    // As of a parent that knows nothing of close-on-exec: it stays open in this process too.
    let leaked = rustix::fs::open("/etc/shadow", rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap();
    // No glob: it opens the directory that it lists.
    let list =
        "n=0; while [ $n -lt 64 ]; do [ -e /proc/$$/fd/$n ] && echo $n $(readlink /proc/$$/fd/$n); n=$((n+1)); done";
    let inherited = Command::new("/bin/sh").args(["-c", list]).output().unwrap().stdout;
    let shown = format!("{} /etc/shadow", leaked.as_raw_fd());
    assert!(String::from_utf8(inherited).unwrap().contains(&shown), "without defence it is inherited");
    let said = run(&shell(list));
    let lines: Vec<&str> = said.text().lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0], "0 /dev/null");
    assert!(lines[1].starts_with("1 pipe:") && lines[2].starts_with("2 pipe:"), "{lines:?}");
}

fn stdin_is_empty_or_the_input() {
    adopt_orphans().unwrap();
    assert_eq!(run(&launch(&["/usr/bin/wc", "-c"])).text(), "0\n");
    let input = vec![b'x'; 1 << 20];
    let mut fed = launch(&["/usr/bin/wc", "-c"]);
    fed.input = Some(Memfd::with("input", &input).unwrap());
    assert_eq!(run(&fed).text(), "1048576\n");
    // It never reads: nobody waits for it.
    let mut deaf = launch(&["/bin/true"]);
    deaf.input = Some(Memfd::with("input", &input).unwrap());
    assert_eq!(run(&deaf).exit, Exit::Code(0));
}

fn signal_state_is_fresh() {
    let inner = scene("_signal_state_is_fresh");
    let mut hostile = Command::new("/usr/bin/env");
    hostile.args(["--ignore-signal=TERM", "--ignore-signal=CHLD", "--ignore-signal=HUP"]);
    hostile.args(["--block-signal=USR1", "--block-signal=ALRM"]).arg(inner.get_program()).args(inner.get_args());
    assert!(hostile.status().unwrap().success());
}

fn inner_signal_state_is_fresh() {
    const SHOW: [&str; 2] = ["/bin/cat", "/proc/self/status"];
    let set = |status: &[u8], key: &str| {
        let status = std::str::from_utf8(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        u64::from_str_radix(line.trim(), 16).unwrap()
    };
    signals::for_a_parent().unwrap();
    adopt_orphans().unwrap();
    let inherited = Command::new(SHOW[0]).arg(SHOW[1]).output().unwrap().stdout;
    // Bit n - 1 of signal n: SIGHUP is 1, SIGUSR1 10, SIGALRM 14, SIGTERM 15.
    assert_eq!(set(&inherited, "SigIgn:") & 0x4001, 0x4001, "without defence inherited");
    assert_eq!(set(&inherited, "SigBlk:"), 0x2200, "without defence inherited");
    let fresh = run(&launch(&SHOW)).stdout;
    for key in ["SigBlk:", "SigIgn:", "SigCgt:"] {
        assert_eq!(set(&fresh, key), 0, "{key}");
    }
    assert_eq!(run(&shell("exit 7")).exit, Exit::Code(7));
    assert_eq!(run(&shell("kill -TERM $$; echo survived")).exit, Exit::Signal(libc::SIGTERM));
}

fn umask_directory_and_core() {
    let scratch = Scratch::new();
    let exe = std::env::current_exe().unwrap();
    let gone = scratch.path().join("gone");
    fs::create_dir(&gone).unwrap();
    let script =
        "umask 000; ulimit -S -c unlimited 2>/dev/null; rmdir \"$PWD\"; exec \"$0\" --scene _umask_directory_and_core";
    let status = Command::new("/bin/sh").args(["-c", script]).arg(exe).current_dir(&gone).status();
    assert!(status.unwrap().success());
}

fn inner_umask_directory_and_core() {
    adopt_orphans().unwrap();
    assert!(std::env::current_dir().is_err(), "the directory is gone");
    let script = "umask; ulimit -c; readlink /proc/$$/cwd";
    let inherited = Command::new("/bin/sh").args(["-c", script]).output().unwrap().stdout;
    assert!(inherited.starts_with(b"0000\n"), "without defence inherited");
    assert_eq!(run(&shell(script)).text(), "0077\n0\n/\n");
}

fn limits_hold() {
    adopt_orphans().unwrap();
    let scratch = Scratch::new();
    assert_eq!(run(&shell("ulimit -n")).text(), "1024\n");

    let big = scratch.path().join("big");
    let big = big.to_str().unwrap();
    assert!(Command::new("/usr/bin/truncate").args(["-s", "1G", big]).status().unwrap().success());
    assert_eq!(run(&launch(&["/usr/bin/truncate", "-s", "1G", &format!("{big}2")])).exit, Exit::Signal(libc::SIGXFSZ));

    let mut spins = shell("while :; do :; done");
    spins.cpu = Duration::from_millis(600);
    assert_eq!(run(&spins).exit, Exit::Signal(libc::SIGXCPU));
    let mut stubborn = shell("trap '' XCPU; while :; do :; done");
    stubborn.cpu = Duration::from_secs(1);
    assert_eq!(run(&stubborn).exit, Exit::Signal(libc::SIGKILL));

    let mut hungry = launch(&["/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=512M", "count=1"]);
    assert_eq!(run(&hungry).exit, Exit::Code(0));
    hungry.memory = Some(128 << 20);
    let ran = run(&hungry);
    assert_eq!(ran.exit, Exit::Code(1));
    assert!(String::from_utf8(ran.stderr).unwrap().contains("memory exhausted"));
}

fn limits_are_never_raised() {
    adopt_orphans().unwrap();
    let low = rustix::process::Rlimit { current: Some(100), maximum: Some(200) };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, low).unwrap();
    Account::of_number(NOBODY).become_for_good().unwrap();
    assert_eq!(run(&shell("ulimit -Sn; ulimit -Hn")).text(), "200\n200\n");
}

fn user_and_groups() {
    adopt_orphans().unwrap();
    let script = "grep -E '^(Uid|Gid|Groups|CapEff|NoNewPrivs)' /proc/self/status";
    let mut other = shell(script);
    other.account = Some(Account { uid: NOBODY, gid: 12, groups: vec![4] });
    assert_eq!(
        run(&other).text(),
        "Uid:\t65534\t65534\t65534\t65534\nGid:\t12\t12\t12\t12\nGroups:\t4 \nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n"
    );
    // The tie to the parent is made after the change of user, which would cut it.
    let mut tied = start(&{ other }, within(5.0)).unwrap();
    tied.child.wait().unwrap();
    Account::of_number(NOBODY).become_for_good().unwrap();
    let mut denied = shell("echo ran");
    denied.account = Some(Account::of_number(0));
    let error = start(&denied, within(5.0)).unwrap_err();
    assert_eq!(error.to_string(), "changing its groups: EPERM (operation not permitted)");
}

fn setuid_helper_gains_nothing() {
    adopt_orphans().unwrap();
    let scratch = Scratch::new();
    let helper = scratch.path().join("id");
    fs::copy("/usr/bin/id", &helper).unwrap();
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o4755)).unwrap();
    let mut id = launch(&[helper.to_str().unwrap(), "-u"]);
    id.account = Some(Account::of_number(NOBODY));
    id.may_gain_privileges = true;
    assert_eq!(run(&id).text(), "0\n", "where it is granted it works");
    id.may_gain_privileges = false;
    assert_eq!(run(&id).text(), "65534\n");
}

fn no_terminal() {
    let exe = std::env::current_exe().unwrap();
    let status = Command::new("/usr/bin/script")
        .args(["-qec", &format!("'{}' --scene _no_terminal", exe.display()), "/dev/null"])
        .status();
    assert!(status.unwrap().success());
}

fn inner_no_terminal() {
    adopt_orphans().unwrap();
    let inherited = Command::new("/bin/sh").args(["-c", "exec 3</dev/tty"]).status().unwrap();
    assert!(inherited.success(), "without defence it has a terminal");
    let ran = run(&shell("exec 3</dev/tty"));
    assert_ne!(ran.exit, Exit::Code(0));
    assert!(String::from_utf8(ran.stderr).unwrap().contains("No such device"));
    // The number of the controlling terminal, 0 for none: proc_pid_stat(5).
    assert_eq!(run(&shell("cut -d' ' -f7 /proc/$$/stat")).text(), "0\n");
}
