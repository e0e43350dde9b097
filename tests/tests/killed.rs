//! Leftovers of a round whose processes are killed (B26): direct children die with it, and processes that left its session
//! die by the next round.
#![expect(clippy::disallowed_methods, reason = "rounds that are killed")]

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use roundsman_tests::{Host, children, guest, program, state};

/// A host with a check that waits for a command, which leaves another: forked twice, in a session of its own, without an
/// environment and with no descriptor of ours. And a check without commands. Both sleepers are known by their arguments.
struct Scene {
    _alone: MutexGuard<'static, ()>,
    host: Host,
    direct: String,
    daemon: String,
}

impl Scene {
    fn new(number: u32) -> Self {
        // A round would sweep up processes of another scene.
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let own = std::process::id();
        let (direct, daemon) = (format!("4{number}{own:07}"), format!("5{number}{own:07}"));
        let host = Host::new();
        let wasm = guest("probe").display().to_string();
        let argv = format!(
            "[\"/bin/sh\", \"-c\", \"(setsid env -i setsid -f sleep {daemon} </dev/null >/dev/null 2>&1 &); exec sleep {direct}\"]"
        );
        host.drop_in(
            "waits",
            &format!(
                "[check.waits]\nwasm = \"{wasm}\"\nevery = \"1m\"\n[check.waits.limits]\ntimeout = \"100s\"\n\
                 [check.waits.config]\nask = [{{ command = {argv} }}]\n\
                 [[check.waits.grant.command]]\nargv = {argv}\n"
            ),
        );
        host.drop_in("quiet", &format!("[check.quiet]\nwasm = \"{wasm}\"\nevery = \"1m\"\n"));
        Self { _alone: alone, host, direct, daemon }
    }

    fn start(&self) -> Child {
        self.begin(&["run", "--only", "waits"])
    }

    fn begin(&self, arguments: &[&str]) -> Child {
        // As a shell starts it, though the tests may have been started with these two ignored.
        let mut command = Command::new("/usr/bin/env");
        command.arg("--default-signal=HUP,INT").arg(program()).args(arguments).env_clear();
        command.env("ROUNDSMAN_CONFIG", self.host.path("etc/roundsman.toml")).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        command.spawn().expect("the program starts")
    }

    #[track_caller]
    fn next_round(&self) {
        let output = self.host.run(["run", "--only", "quiet"]);
        assert_eq!(output.code, 0, "{output}");
    }

    /// The lines of the log that tell of a sleeper that was killed, with its pid.
    fn told(&self, pid: u32) -> usize {
        let log = self.host.log();
        log.lines()
            .filter(|line| line.contains(" WARNING roundsman ") && line.contains(&format!("`sleep` (pid {pid})")))
            .count()
    }

    fn begun(&self) -> usize {
        fs::read_dir(self.host.path("state/begun")).map_or(0, Iterator::count)
    }
}

/// Ends the sleepers, also after a failed assertion.
impl Drop for Scene {
    fn drop(&mut self) {
        for pid in [&self.direct, &self.daemon].into_iter().flat_map(|mark| alive(mark)) {
            let _ = Command::new("/bin/kill").args(["-9", &pid.to_string()]).status();
        }
    }
}

/// Sleepers that have this argument. A zombie is dead: who has to bury it may take its time.
fn alive(mark: &str) -> Vec<u32> {
    let pids = fs::read_dir("/proc").expect("/proc").filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_one = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line == format!("sleep\0{mark}\0").into_bytes() && state(pid).is_some_and(|state| state != 'Z')
    };
    pids.filter(is_one).collect()
}

#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "still not: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_next_round_ends_what_a_killed_one_left() {
    let scene = Scene::new(1);
    let mut killed = scene.start();
    eventually("both sleep", || (alive(&scene.direct).len(), alive(&scene.daemon).len()) == (1, 1));

    // A round beside it, which has another one's end to clean up after, leaves them alone.
    fs::write(scene.host.path("state/begun/4194303.1"), "").expect("a file");
    scene.next_round();
    assert_eq!((alive(&scene.direct).len(), alive(&scene.daemon).len(), scene.begun()), (1, 1, 1));

    killed.kill().expect("ours to kill");
    killed.wait().expect("its end");
    eventually("what it had started is dead", || alive(&scene.direct).is_empty());
    // Nobody is left to end what left its session.
    let daemon = alive(&scene.daemon);
    assert_eq!((daemon.len(), scene.told(daemon[0])), (1, 0));
    scene.next_round();
    eventually("the daemon is dead", || alive(&scene.daemon).is_empty());
    assert_eq!(scene.begun(), 0, "litter");
    assert_eq!(scene.told(daemon[0]), 1, "{}", scene.host.log());
    // A sweep that is over is not told again.
    scene.next_round();
    assert_eq!(scene.told(daemon[0]), 1, "{}", scene.host.log());
}

/// Who adopts what a check leaves has nothing to bury: in a container the first process may never do so.
#[test]
fn a_check_leaves_no_process_behind() {
    let scene = Scene::new(9);
    let wasm = guest("probe").display().to_string();
    scene.host.drop_in(
        "quiet",
        &format!(
            "[check.quiet]\nwasm = \"{wasm}\"\nevery = \"1m\"\n[check.quiet.config]\nask = [{{ read = \"/etc/hostname\" }}]\n\
             [check.quiet.grant]\nfiles = [\"/etc/hostname\"]\n"
        ),
    );
    // PR_SET_CHILD_SUBREAPER is 36.
    let adopt = format!(
        "syscall({}, 36, 1, 0, 0, 0) == 0 or die $!; system(@ARGV); select(undef, undef, undef, 0.2);\n\
         open(my $f, '<', \"/proc/$$/task/$$/children\") or die $!; print 'left: ', <$f>, '.';",
        libc::SYS_prctl
    );
    for args in [&["check", "quiet"][..], &["run", "--only", "quiet"]] {
        let output = scene.host.run_through(&["/usr/bin/perl", "-e", &adopt], args);
        assert!(output.stdout.contains("1 calls made") && output.stdout.ends_with("left: ."), "{output}");
    }
}

/// As NRPE and others end a plugin that takes too long: it alone, or its process group.
#[test]
fn the_next_round_ends_what_a_killed_check_left() {
    for (number, target) in [(4, ""), (5, "-")] {
        let scene = Scene::new(number);
        let mut killed = scene.begin(&["check", "waits"]);
        eventually("both sleep", || (alive(&scene.direct).len(), alive(&scene.daemon).len()) == (1, 1));
        assert_eq!(scene.begun(), 1);
        // Rounds leave a check alone that somebody else runs.
        scene.next_round();
        assert_eq!((alive(&scene.direct).len(), alive(&scene.daemon).len(), scene.begun()), (1, 1, 1));

        signal("KILL", &format!("{target}{}", killed.id()));
        killed.wait().expect("its end");
        eventually("what it had started itself is dead", || alive(&scene.direct).is_empty());
        let daemon = alive(&scene.daemon);
        assert_eq!(daemon.len(), 1, "nobody is left to end what left its session");
        scene.next_round();
        eventually("the daemon is dead", || alive(&scene.daemon).is_empty());
        assert_eq!((scene.begun(), scene.told(daemon[0])), (0, 1), "{}", scene.host.log());
    }
}

#[test]
fn a_check_that_is_asked_to_end_ends_with_all_that_it_started() {
    for (number, name) in [(6, "TERM"), (7, "INT"), (8, "HUP")] {
        let scene = Scene::new(number);
        let asked = scene.begin(&["check", "waits"]);
        eventually("both sleep", || (alive(&scene.direct).len(), alive(&scene.daemon).len()) == (1, 1));
        signal(name, &asked.id().to_string());
        let output = asked.wait_with_output().expect("its end");
        assert_eq!((alive(&scene.direct).len(), alive(&scene.daemon).len(), scene.begun()), (0, 0, 0), "{name}");
        assert_eq!(output.status.code(), Some(3), "{name}");
        let said = String::from_utf8(output.stdout).expect("text");
        assert!(said.starts_with(&format!("UNKNOWN: SIG{name} came before the check had ended")), "{said}");
    }
}

fn signal(name: &str, target: &str) {
    let done = Command::new("/bin/kill").args([&format!("-{name}"), "--", target]).status().expect("kill(1)");
    assert!(done.success(), "{name} to {target}");
}

#[test]
fn killed_at_any_moment_nothing_outlives_the_next_round() {
    let scene = Scene::new(2);
    // How long it takes until the commands run depends on the host.
    let began = Instant::now();
    let mut whole = scene.start();
    eventually("both sleep", || (alive(&scene.direct).len(), alive(&scene.daemon).len()) == (1, 1));
    let until_commands = began.elapsed();
    whole.kill().expect("ours to kill");
    whole.wait().expect("its end");

    let mut survivors = 0;
    for moment in 0..20 {
        let mut killed = scene.start();
        // More of them around the start of the commands than before.
        std::thread::sleep(until_commands * (10 + moment) / 24);
        killed.kill().expect("ours to kill");
        killed.wait().expect("its end");
        eventually("what it had started is dead", || alive(&scene.direct).is_empty());
        survivors += alive(&scene.daemon).len();
        scene.next_round();
        eventually("the daemon is dead", || alive(&scene.daemon).is_empty());
        assert_eq!(scene.begun(), 0, "litter");
    }
    assert!(survivors > 0, "no round was killed while a daemon ran");
}

#[test]
fn a_round_ends_what_a_killed_broker_left() {
    let scene = Scene::new(3);
    let mut round = scene.start();
    eventually("both sleep", || (alive(&scene.direct).len(), alive(&scene.daemon).len()) == (1, 1));
    let comm = |pid: u32| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let daemon = alive(&scene.daemon)[0];
    let broker =
        children(round.id()).into_iter().find(|pid| comm(*pid).starts_with("roundsman-broke")).expect("a broker");
    assert!(Command::new("/bin/kill").args(["-9", &broker.to_string()]).status().expect("kill(1)").success());
    round.wait().expect("its end");
    eventually("both are dead", || alive(&scene.direct).is_empty() && alive(&scene.daemon).is_empty());
    assert_eq!(scene.told(daemon), 1, "{}", scene.host.log());
    assert!(scene.host.log().contains(" waits ") && scene.begun() == 0, "{}", scene.host.log());
}
