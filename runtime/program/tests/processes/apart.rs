//! What a program cannot reach, shown with one that tries, and that reaches it where it is not kept from it.

use std::fs;
use std::process::Command;

use roundsman_os::process::network::NetworkFilter;
use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::restrictions::{Restrictions, SignalScope};
use roundsman_os::process::spawn::{Launch, SpawnError, start};
use roundsman_os::process::tree::adopt_orphans;
use roundsman_os::process::user::Account;
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use crate::Scene;
use crate::host::{NOBODY, launch, run, shell, within};

pub const SCENES: &[Scene] = &[
    ("apart_session_keyring", session_keyring),
    ("apart_network", network),
    ("apart_network_by_other_calls", network_by_other_calls),
    ("apart_signals", signals),
    ("apart_processes", processes),
    ("apart_capabilities", capabilities),
    ("apart_capabilities_of_a_set_uid_program", capabilities_of_a_set_uid_program),
];

/// A uid that no account and no other scene has: what it runs is counted.
const LONELY: u32 = 54_321;

fn perl(script: &str) -> Launch {
    launch(&["/usr/bin/perl", "-e", script])
}

fn as_user(uid: u32, launch: Launch) -> Launch {
    Launch { account: Some(Account::of_number(uid)), ..launch }
}

fn restricted(restrictions: Restrictions, launch: Launch) -> Launch {
    Launch { restrictions, ..launch }
}

/// Puts a key into a session keyring of this process's own, and has a program of another user look for it there.
#[expect(unsafe_code, reason = "keyctl and add_key have no safe wrapper")]
fn session_keyring() {
    const SESSION: i32 = -3;
    const SECRET: &str = "s3cr3t-of-this-scene";
    adopt_orphans().unwrap();
    // SAFETY: system calls that read texts which outlive them.
    let key = unsafe {
        assert!(libc::syscall(libc::SYS_keyctl, 1, std::ptr::null::<libc::c_char>()) > 0, "a keyring of our own");
        let (kind, name) = (c"user".as_ptr(), c"roundsman-scene".as_ptr());
        libc::syscall(libc::SYS_add_key, kind, name, SECRET.as_ptr(), SECRET.len(), SESSION)
    };
    assert!(key > 0, "{}", std::io::Error::last_os_error());
    let keyctl = libc::SYS_keyctl;
    let script = format!(
        "my ($kind, $name) = ('user', 'roundsman-scene'); my $key = syscall({keyctl}, 10, {SESSION}, $kind, $name, 0);\n\
         my $text = ' ' x 64; my $length = syscall({keyctl}, 11, $key, $text, 64);\n\
         print $length < 0 ? \"none: $!\" : substr($text, 0, $length);"
    );
    // Without defence: the same user change, and no keyring of its own.
    let undefended = Command::new("/usr/bin/setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/perl", "-e", &script])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(undefended.stdout).unwrap(), SECRET, "without defence it is inherited");
    assert_eq!(run(&as_user(NOBODY, perl(&script))).text(), "none: Required key not available");
    assert_eq!(run(&perl(&script)).text(), "none: Required key not available", "as the same user");
    // Neither by its number, which anybody may guess.
    let by_number = format!("my $t = ' ' x 64; print syscall({keyctl}, 11, {key}, $t, 64) < 0 ? \"none: $!\" : $t;");
    assert!(run(&as_user(NOBODY, perl(&by_number))).text().starts_with("none: "));
}

/// Tries a socket of each family, and says which it got.
const SOCKETS: &str = "for my $family (1 .. 45) { for my $type (1, 2, 3, 5) {\n\
     if (socket(my $s, $family, $type, 0)) { print \"$family \"; last } } }";

fn no_network() -> Restrictions {
    Restrictions { network: Some(NetworkFilter::new()), ..Restrictions::default() }
}

fn network() {
    adopt_orphans().unwrap();
    let free = run(&perl(SOCKETS));
    let got: Vec<&str> = free.text().split_whitespace().collect();
    // UNIX, INET, INET6, NETLINK, PACKET; VSOCK is not built into every kernel.
    for family in ["1", "2", "10", "16", "17"] {
        assert!(got.contains(&family), "without defence: {got:?}");
    }
    assert_eq!(run(&restricted(no_network(), perl(SOCKETS))).text(), "1 16 ");
    // What it starts has no more, under whatever uid.
    let below = restricted(no_network(), shell(&format!("exec /usr/bin/perl -e '{SOCKETS}'")));
    assert_eq!(run(&as_user(NOBODY, below)).text(), "1 16 ");
    // It is told in the ordinary way, so that a program can say what it lacks.
    let told = "socket(my $s, 2, 1, 0) or print $!";
    assert_eq!(run(&restricted(no_network(), perl(told))).text(), "Address family not supported by protocol");
    assert_eq!(run(&restricted(no_network(), launch(&["/bin/cat", "/proc/net/dev"]))).exit, Exit::Code(0));
}

/// Sockets past the call `socket`: by io_uring, in pairs, and by calls of another architecture.
fn network_by_other_calls() {
    adopt_orphans().unwrap();
    let uring = "my $p = \"\\0\" x 120; my $r = syscall(425, 4, $p); print $r < 0 ? \"none: $!\" : 'ring'";
    let free = run(&perl(uring)).text().to_owned();
    // Where the host forbids it to everybody there is nothing to refuse.
    assert!(free == "ring" || free == "none: Operation not permitted", "{free}");
    assert_eq!(run(&restricted(no_network(), perl(uring))).text(), "none: Function not implemented");
    let pair = |family: i32| {
        format!(
            "my $p = \"\\0\" x 8; print syscall({}, {family}, 2, 0, $p) < 0 ? \"none: $!\" : 'pair'",
            libc::SYS_socketpair
        )
    };
    assert_eq!(run(&restricted(no_network(), perl(&pair(1)))).text(), "pair");
    // TIPC: the one family besides UNIX that has pairs.
    assert_eq!(
        run(&restricted(no_network(), perl(&pair(30)))).text(),
        "none: Address family not supported by protocol"
    );
    #[cfg(target_arch = "x86_64")]
    {
        // The number of x32, on a kernel that has it or not.
        let x32 = format!("print syscall({}, 2, 1, 0) < 0 ? \"none: $!\" : 'socket'", 0x4000_0000 | libc::SYS_socket);
        assert!(run(&restricted(no_network(), perl(&x32))).text().starts_with("none: "));
        other_architecture();
    }
}

/// A 64-bit program that makes 32-bit calls: `socket(AF_INET, SOCK_STREAM, 0)` by `int 0x80`, directly and by `socketcall`.
#[cfg(target_arch = "x86_64")]
fn other_architecture() {
    let scratch = crate::host::Scratch::new();
    // It exits with the error number of `socket`, 0 where it got one.
    let source = "int main(int argc, char **argv) { int r;\n\
        static unsigned args[3] = { 2, 1, 0 };\n\
        if (argc > 1) __asm__ volatile(\"int $0x80\" : \"=a\"(r) : \"a\"(102), \"b\"(1), \"c\"(args) : \"memory\", \"r8\", \"r9\", \"r10\", \"r11\");\n\
        else __asm__ volatile(\"int $0x80\" : \"=a\"(r) : \"a\"(359), \"b\"(2), \"c\"(1), \"d\"(0) : \"memory\", \"r8\", \"r9\", \"r10\", \"r11\");\n\
        return r < 0 ? -r : 0; }\n";
    let source = scratch.file("other.c", source, 0o644);
    let program = scratch.path().join("other").to_str().unwrap().to_owned();
    let built = Command::new("cc").args(["-no-pie", "-static", "-o", &program, &source]).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    for argv in [&[&*program][..], &[&*program, "multiplexed"]] {
        let Exit::Code(free) = run(&launch(argv)).exit else { panic!("it was killed") };
        // A kernel that runs no 32-bit calls answers ENOSYS.
        assert!(free == 0 || free == libc::ENOSYS, "without defence: {free}");
        let refused = run(&restricted(no_network(), launch(argv))).exit;
        assert_eq!(refused, Exit::Code(libc::EAFNOSUPPORT), "{argv:?}");
    }
}

fn signals() {
    // Another program of the same user, as all of `run.user` are. It is no child of this process, which ends all of its own
    // after each program.
    let sleep = format!("setpriv --reuid={LONELY} --regid={LONELY} --clear-groups sleep 60 >/dev/null 2>&1 & echo $!");
    let bystander = Command::new("/bin/sh").args(["-c", &sleep]).output().unwrap().stdout;
    let victim: i32 = String::from_utf8(bystander).unwrap().trim().parse().unwrap();
    adopt_orphans().unwrap();
    let scoped = || Restrictions { signals: Some(SignalScope::prepare().unwrap()), ..Restrictions::default() };
    let attack =
        |restrictions, script: &str| run(&as_user(LONELY, restricted(restrictions, perl(script)))).text().to_owned();
    let state = || {
        let stat = fs::read_to_string(format!("/proc/{victim}/stat")).unwrap();
        stat.rsplit_once(") ").unwrap().1[..1].to_owned()
    };
    let comm = || fs::read_to_string(format!("/proc/{victim}/comm")).unwrap();
    crate::host::eventually("the bystander sleeps", || comm() == "sleep\n" && state() == "S");
    let stop = format!("kill(STOP => {}) or print \"refused: $!\"", victim);
    assert_eq!(attack(scoped(), &stop), "refused: Operation not permitted");
    // To all that it may signal: the kernel tells no caller whom it left out.
    let stop_all = "kill(STOP => -1); print 'done'";
    assert_eq!(attack(scoped(), stop_all), "done");
    assert_eq!(state(), "S");
    // What it started itself it may end.
    let own = "my $pid = fork() // die; if (!$pid) { sleep 60; exit } kill(KILL => $pid) or die; wait; print $? & 127";
    assert_eq!(attack(scoped(), own), "9");
    assert_eq!(attack(Restrictions::default(), stop_all), "done");
    crate::host::eventually("without defence it is stopped", || state() == "T");
    let victim = rustix::process::Pid::from_raw(victim).unwrap();
    rustix::process::kill_process(victim, rustix::process::Signal::KILL).unwrap();
}

fn processes() {
    adopt_orphans().unwrap();
    // Not endless: it says how many it got.
    let bomb = "$| = 1; my $n = 0; while ($n < 400) { my $pid = fork(); defined $pid or last; $pid or do { sleep 60; exit }; $n++ } print $n";
    assert_eq!(run(&as_user(LONELY, perl(bomb))).text(), "400", "without defence");
    let bounded = |count, script: &str| {
        let restrictions = Restrictions { processes: Some(count), ..Restrictions::default() };
        as_user(LONELY, restricted(restrictions, perl(script)))
    };
    // What was ended counts until the kernel has let it go.
    let uid = format!("\nUid:\t{LONELY}\t");
    let has_none = || {
        let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path().join("status")));
        processes.filter_map(|status| fs::read_to_string(status).ok()).all(|status| !status.contains(&uid))
    };
    crate::host::eventually("none of the user's processes is left", has_none);
    // Itself is one of them.
    assert_eq!(run(&bounded(20, bomb)).text(), "19");
    assert_eq!(run(&bounded(1, bomb)).text(), "0");
    // Where the user has more already, it does not begin.
    let sleepers = [(); 2].map(|()| start(&as_user(LONELY, launch(&["/bin/sleep", "60"])), within(5.0)).unwrap());
    match start(&bounded(1, bomb), within(5.0)) {
        Err(SpawnError::Exec(Errno::AGAIN)) => {}
        other => panic!("{other:?}"),
    }
    sleepers.iter().for_each(|sleeper| sleeper.child.kill().unwrap());
}

fn capabilities() {
    adopt_orphans().unwrap();
    let root = |kept: Option<CapabilitySet>| {
        let shown = launch(&["/bin/grep", "^Cap", "/proc/self/status"]);
        let restrictions = Restrictions { capabilities: kept, ..Restrictions::default() };
        let text = run(&as_user(0, restricted(restrictions, shown))).text().to_owned();
        let set = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap();
            u64::from_str_radix(line.trim(), 16).unwrap()
        };
        ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"].map(set)
    };
    let [_, all, ..] = root(None);
    assert!(all.count_ones() > 30, "without defence: {all:x}");
    let two = CapabilitySet::NET_RAW | CapabilitySet::SYSLOG;
    assert_eq!(root(Some(two)), [0, two.bits(), two.bits(), two.bits(), 0]);
    assert_eq!(root(Some(CapabilitySet::empty())), [0; 5]);
    // What it lacks it does not get back, and what it has it can use.
    let tries = "chown(1, 1, '/dev/null/x'); print socket(my $s, 17, 3, 0) ? 'packets ' : \"none: $! \";\n\
                 print $> = 65534, $! ? \" $!\" : '', ' ', $>;";
    let kept = |kept| restricted(Restrictions { capabilities: Some(kept), ..Restrictions::default() }, perl(tries));
    assert!(run(&kept(two)).text().starts_with("packets "));
    let without = run(&kept(CapabilitySet::SYSLOG));
    assert!(without.text().starts_with("none: Operation not permitted "), "{}", without.text());
    assert!(without.text().ends_with(" 0"), "it became another user: {}", without.text());
}

/// What a set-user-ID program of root gives its caller is bounded too.
fn capabilities_of_a_set_uid_program() {
    use std::os::unix::fs::PermissionsExt as _;
    adopt_orphans().unwrap();
    let scratch = crate::host::Scratch::new();
    let helper = scratch.file("helper", fs::read("/bin/grep").unwrap(), 0o755);
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o4755)).unwrap();
    let script = format!("exec '{helper}', 'CapEff', '/proc/self/status'");
    let gains = |capabilities| Launch {
        may_gain_privileges: true,
        restrictions: Restrictions { capabilities, ..Restrictions::default() },
        ..perl(&script)
    };
    let effective = |launch: &Launch| {
        let text = run(launch).text().trim_start_matches("CapEff:").trim().to_owned();
        u64::from_str_radix(&text, 16).unwrap_or_else(|_| panic!("{text}"))
    };
    assert!(effective(&gains(None)).count_ones() > 30, "without defence");
    assert_eq!(effective(&gains(Some(CapabilitySet::KILL))), CapabilitySet::KILL.bits());
}
