//! E01, E03, E04: `kill -9` at any moment.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use roundsman_tests::{Host, alone, state};

use crate::after::{assert_clean, assert_logged, assert_next_round, copy, host, processes, runs};
use crate::den::Den;
use crate::started::{child, command, round, signal, start, until};

/// Kills of each of [`HOSTS`].
const KILLS: u32 = 50;
const HOSTS: u64 = 4;
/// A round of the checks here takes about as long.
const LONGEST: u64 = 500;

/// A row of numbers that is the same each time: xorshift64.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        for (shift, left) in [(13, true), (7, false), (17, true)] {
            self.0 ^= if left { self.0 << shift } else { self.0 >> shift };
        }
        self.0 % bound
    }
}

#[test]
fn two_hundred_kills_leave_nothing_and_lose_nothing() {
    let hosts = (1..=HOSTS)
        .map(|seed| std::thread::spawn(move || kills(&mut Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)))));
    for host in hosts.collect::<Vec<_>>() {
        host.join().expect("all of it holds");
    }
}

fn kills(numbers: &mut Numbers) {
    let host = host();
    runs(&host, "slow", "/bin/sleep", &["0.15"]);
    let den = Den::of(&host, "");
    let [nsenter, mount] = den.through();
    assert_next_round(&host);
    let alone = den.list("/tmp");
    for _ in 0..KILLS {
        let mut round = start(host.command(&[&nsenter, &mount]).args(["run", "--all"]));
        std::thread::sleep(Duration::from_millis(numbers.below(LONGEST)));
        if !round.is_over() {
            round.signal("KILL");
        }
        drop(round);
        // One file of the two is written at a time.
        assert_clean(&host, &["results.tmp", "state.tmp"]);
        assert_logged(&host);
        assert_eq!(den.list("/tmp"), alone, "litter in /tmp");
    }
    assert_next_round(&host);
    assert_clean(&host, &[]);
}

/// A round whose check runs the host's `sleep` below a `setsid` that waits for it.
fn detached() -> Host {
    let host = host();
    copy(Path::new("/bin/sleep"), &host.path("sleep"));
    let sleep = host.path("sleep");
    runs(&host, "daemon", "/usr/bin/setsid", &["--fork", "--wait", sleep.to_str().expect("UTF-8"), "300"]);
    host
}

#[test]
fn the_lock_of_a_killed_round_is_free_at_once_even_where_a_process_outlives_it() {
    if !alone("killed::the_lock_of_a_killed_round_is_free_at_once_even_where_a_process_outlives_it") {
        return;
    }
    let host = detached();
    let round = round(&host, &[]);
    let (broker, setsid) = command(round.pid(), "setsid");
    let sleeper = child(setsid, "sleep");
    // The broker first: who left its session is then nobody's any more. The round must not see it: it would end the rest.
    round.signal("STOP");
    until("the round stands still", || state(round.pid()) == Some('T'));
    signal(broker, "KILL");
    until("the broker is dead", || state(broker) == Some('Z'));
    round.signal("KILL");
    drop(round);
    until("only the sleeper is left", || processes(&host).len() == 1);
    let open = std::fs::read_dir(format!("/proc/{sleeper}/fd")).expect("descriptors").count();
    assert_eq!(open, 3, "it has stdin, stdout and stderr, and no lock of ours");

    host.drop_in("daemon", "");
    let output = host.run(["run", "--all", "--format", "json"]);
    assert_eq!((output.code, output.json_lines().len()), (0, 2), "{output}");
    // Only where a cgroup is usable would it be certain to die: SECURITY.md says so.
    let done = Command::new("/bin/kill").args(["-KILL", &sleeper.to_string()]).status().expect("kill");
    assert!(done.success());
    assert_next_round(&host);
}

#[test]
fn a_killed_broker_is_one_failure_and_nothing_else() {
    let host = detached();
    let round = round(&host, &["--all", "--format", "json"]);
    let (broker, setsid) = command(round.pid(), "setsid");
    child(setsid, "sleep");
    signal(broker, "KILL");
    let output = round.output();
    assert_eq!(output.code, 0, "{output}");
    let verdicts = output.json_lines();
    let one = |name: &str| verdicts.iter().find(|verdict| verdict["check"] == name).expect("a verdict");
    assert_eq!(
        (&one("fast")["status"], &one("daemon")["failure"]["kind"]),
        (&"ok".into(), &"internal".into()),
        "{output}"
    );
    assert!(one("daemon")["failure"]["message"].as_str().is_some_and(|text| text.contains("SIGKILL")), "{output}");
    for left in processes(&host) {
        let pid: u32 = left.split(' ').next().and_then(|pid| pid.parse().ok()).expect("a pid");
        assert!(left.contains("/sleep 300"), "{left}");
        signal(pid, "KILL");
    }
    assert_clean(&host, &[]);
}
