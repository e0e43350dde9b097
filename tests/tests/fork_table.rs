//! The fork table of ARCHITECTURE.md, compared with what the kernel says of each kind of process while it works; and what
//! is in the memory of these processes.
#![expect(clippy::disallowed_methods, reason = "a round that is looked at while it runs")]

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use roundsman_tests::document::{read, table};
use roundsman_tests::memory::holds;
use roundsman_tests::{Host, component, guest};

/// Longest time for a process to appear, and to lock itself.
const PATIENCE: Duration = Duration::from_secs(60);
/// The uids of the default configuration, without an account `roundsman`: see `run.worker_uid` and `run.user`.
const FIRST_WORKER: u32 = 60_720;
const SLOTS: u32 = 200;
const SUBSTITUTE: u32 = 60_719;
/// The uid of a fetcher, without an account `roundsman-fetch`.
const FETCHER: u32 = 60_717;
/// The uid of a sender, without an account `roundsman-net`.
const SENDER: u32 = 60_718;

/// Of a program, in bytes: its variables, and none of the tables that its start filled in, which are 250 KB.
const MOST_WRITABLE: usize = 64 << 10;

/// SIGPIPE is 13.
const PIPE: u64 = 1 << 12;
/// SIGXFSZ is 25.
const XFSZ: u64 = 1 << 24;
/// The two that libc keeps for itself, 32 and 33: its `posix_spawn` may leave them ignored in what it starts.
const SPAWN: u64 = 0b11 << 31;

/// A round under way, ended with all its processes when dropped.
struct Round(Child);

impl Drop for Round {
    fn drop(&mut self) {
        self.0.kill().expect("the round is ours to kill");
        self.0.wait().expect("the round ends");
    }
}

impl Round {
    fn start(host: &Host) -> Self {
        let mut command = host.command(&[]);
        command.arg("run").stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().expect("the program starts"))
    }

    fn process(&self) -> Process {
        Process(self.0.id())
    }
}

#[derive(Debug, Clone, Copy)]
struct Process(u32);

impl Process {
    /// Waits for a child of this process that has this name and is as it will stay.
    #[track_caller]
    fn child(self, name: &str, ready: impl Fn(Self) -> bool) -> Self {
        self.wait_for(name, || self.named(name).into_iter().find(|child| ready(*child)))
    }

    /// Waits until as many children of this process have this name.
    #[track_caller]
    fn children(self, name: &str, count: usize) -> Vec<Self> {
        self.wait_for(name, || Some(self.named(name)).filter(|found| found.len() == count))
    }

    fn named(self, name: &str) -> Vec<Self> {
        roundsman_tests::children(self.0).into_iter().map(Process).filter(|child| child.name() == name).collect()
    }

    #[track_caller]
    fn wait_for<T>(self, name: &str, mut find: impl FnMut() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = find() {
                return found;
            }
            std::thread::sleep(Duration::from_millis(1));
            assert!(start.elapsed() < PATIENCE, "no `{name}` below process {}", self.0);
        }
    }

    fn file(self, name: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{name}", self.0)).unwrap_or_default()
    }

    fn name(self) -> String {
        self.file("comm").trim_end().to_owned()
    }

    /// A line of `/proc/PID/status`.
    fn status(self, key: &str) -> String {
        let status = self.file("status");
        let value = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        value.unwrap_or_default().trim().to_owned()
    }

    /// The set of ignored signals, the first in the lowest bit.
    fn ignored(self) -> u64 {
        u64::from_str_radix(&self.status("SigIgn"), 16).expect("a set of signals")
    }

    fn is_locked(self) -> bool {
        self.status("Seccomp_filters") == "1"
    }

    /// Bytes of its program that can be written where they are mapped.
    fn writable_of_its_program(self) -> usize {
        let program = fs::read_link(format!("/proc/{}/exe", self.0)).expect("a program");
        let maps = self.file("maps");
        let of_it = maps.lines().filter(|line| line.ends_with(&format!(" {}", program.display())));
        let writable = of_it.filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.contains('w')));
        let length = |line: &str| {
            let (from, to) = line.split(' ').next()?.split_once('-')?;
            Some(usize::from_str_radix(to, 16).ok()? - usize::from_str_radix(from, 16).ok()?)
        };
        writable.filter_map(length).sum()
    }

    /// Lists the descriptors by number, each with its kind.
    fn descriptors(self) -> BTreeMap<u32, String> {
        let entries = fs::read_dir(format!("/proc/{}/fd", self.0)).expect("descriptors").filter_map(Result::ok);
        let named = entries.filter_map(|entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            let target = fs::read_link(entry.path()).ok()?.to_string_lossy().into_owned();
            let kind = match target.as_str() {
                "/dev/null" => "null",
                "anon_inode:[pidfd]" => "pidfd",
                "anon_inode:[signalfd]" => "signalfd",
                other if other.starts_with("/memfd:code") || other.ends_with(".code") => "code",
                other if other.starts_with("/memfd:") => "memfd",
                other if other.starts_with("/run/roundsman/uids/") => "slot",
                other if other.contains("/state/locks") => "locks",
                other if other.starts_with('/') => "directory",
                other => other.split(':').next().unwrap_or_default(),
            };
            Some((number, kind.to_owned()))
        });
        named.collect()
    }

    /// Those that a program which it starts gets too. What other tests have open meanwhile is none of them.
    fn handed_on(self) -> BTreeMap<u32, String> {
        const O_CLOEXEC: u32 = 0o2_000_000;
        let stays = |number: &u32| {
            let info = self.file(&format!("fdinfo/{number}"));
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
            flags
                .and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok())
                .is_some_and(|flags| flags & O_CLOEXEC == 0)
        };
        self.descriptors().into_iter().filter(|(number, _)| stays(number)).collect()
    }

    fn has_above_stdio(self, kind: &str) -> bool {
        self.descriptors().range(3..).any(|(_, what)| what == kind)
    }

    /// The soft limit of one resource, by the name that setrlimit(2) has for it.
    fn limit(self, name: &str) -> String {
        let row = match name {
            "CORE" => "Max core file size",
            "CPU" => "Max cpu time",
            "DATA" => "Max data size",
            "FSIZE" => "Max file size",
            "NOFILE" => "Max open files",
            "NPROC" => "Max processes",
            "STACK" => "Max stack size",
            "AS" => "Max address space",
            other => panic!("the table names a limit `{other}`"),
        };
        let limits = self.file("limits");
        let line = limits.lines().find_map(|line| line.strip_prefix(row));
        line.and_then(|rest| rest.split_whitespace().next()).unwrap_or_else(|| panic!("no {row}: {limits}")).to_owned()
    }
}

const LIMITS: [&str; 8] = ["AS", "CORE", "CPU", "DATA", "FSIZE", "NOFILE", "NPROC", "STACK"];

/// Compares one process with its row.
#[track_caller]
fn assert_row(kind: &str, process: Process) {
    let rows = table(&read("ARCHITECTURE.md"), &["process", "uid"]);
    let row = rows.iter().find(|row| row[0] == kind).unwrap_or_else(|| panic!("no row of `{kind}`"));
    let [_, uid, rights, stdio, others, limits, privileges, filters, ignored, _keyring] = &row[..] else {
        panic!("ten cells: {row:?}")
    };
    let descriptors = process.descriptors();
    let first = |range: std::ops::Range<u32>| {
        range.map(|number| descriptors.get(&number).cloned().unwrap_or_default()).collect::<Vec<_>>().join(", ")
    };
    if stdio != "as started" {
        assert_eq!(&first(0..3), stdio, "{kind}: stdin, stdout, stderr");
    }
    // Descriptors that the test itself inherited are handed on to the round, and must end there.
    let inherited = if kind == "round" { Process(std::process::id()).handed_on() } else { BTreeMap::new() };
    let own = descriptors.range(3..).filter(|(number, what)| inherited.get(number) != Some(what));
    let mut rest: Vec<&str> = own.map(|(_, what)| what.as_str()).collect();
    rest.sort_unstable();
    rest.dedup();
    assert_eq!(if rest.is_empty() { "none".to_owned() } else { rest.join(", ") }, *others, "{kind}: descriptors");

    assert_rights(kind, rights, process);
    assert_uid(kind, uid, &process.status("Uid"), &process.status("Groups"));
    assert_limits(kind, limits, process);
    let no_new = if process.status("NoNewPrivs") == "1" { "forbidden" } else { "possible" };
    assert_eq!(no_new, privileges, "{kind}: new privileges");
    assert_eq!(&process.status("Seccomp_filters"), filters, "{kind}: seccomp filters");
    let handed_on = if kind == "round" { Process(std::process::id()).ignored() & !PIPE & !XFSZ | SPAWN } else { 0 };
    let named = match process.ignored() & !handed_on {
        0 => "none",
        PIPE => "PIPE",
        both if both == PIPE | XFSZ => "PIPE, XFSZ",
        other => panic!("{kind}: the set of ignored signals is {other:x}"),
    };
    assert_eq!(named, ignored, "{kind}: ignored signals");
    // SIGHUP, SIGINT and SIGTERM are 1, 2 and 15.
    let blocked = if ["round", "zygote"].contains(&kind) { "0000000000004003" } else { "0000000000000000" };
    assert_eq!(process.status("SigBlk"), blocked, "{kind}: blocked signals");
    assert_eq!(process.status("Threads"), "1", "{kind}: threads");
    // A program of its own, which does not protect what its start filled in.
    if ["fetcher", "sender"].contains(&kind) {
        return;
    }
    let writable = process.writable_of_its_program();
    assert!((1..=MOST_WRITABLE).contains(&writable), "{kind}: {writable} bytes of its program can be written");
}

/// Capabilities that it has, or could take.
#[track_caller]
fn assert_rights(kind: &str, claim: &str, process: Process) {
    let set = |process: Process, key| u64::from_str_radix(&process.status(key), 16).expect("a set of capabilities");
    // Their numbers are in linux/capability.h.
    let number = |name: &str| match name {
        "KILL" => 5,
        "SETGID" => 6,
        "SETUID" => 7,
        other => panic!("{kind}: the table says `{other}`"),
    };
    let expected = match claim {
        "as started" => set(Process(std::process::id()), "CapPrm"),
        "none" => 0,
        names => names.split(", ").map(|name| 1 << number(name)).sum(),
    };
    // Another user than root has none to keep.
    let expected = if own_uid() == 0 { expected } else { 0 };
    assert_eq!(set(process, "CapPrm"), expected, "{kind}: capabilities; the table says {claim}");
}

/// Real, effective, saved and file-system uid; as root also that no group of ours is left.
#[track_caller]
fn assert_uid(kind: &str, claim: &str, uids: &str, groups: &str) {
    let uids: Vec<u32> = uids.split_whitespace().filter_map(|uid| uid.parse().ok()).collect();
    let ours = own_uid();
    let [real, effective, saved, of_files] = uids[..] else { panic!("{kind}: {uids:?}") };
    assert_eq!((saved, of_files), (real, effective), "{kind}: {uids:?}");
    if ours != 0 {
        assert_eq!((real, effective), (ours, ours), "{kind}: started by another user than root, all are that user");
        return;
    }
    let (row, alone) = (FIRST_WORKER..FIRST_WORKER + 2 * SLOTS, real == effective);
    let is = match claim {
        "who started it" => alone && real == ours,
        "`run.user`" => alone && real == SUBSTITUTE,
        "`roundsman-fetch`" => alone && real == FETCHER && groups.is_empty(),
        "`delivery.user`" => alone && real == SENDER && groups.is_empty(),
        "worker" => alone && row.contains(&real) && real.is_multiple_of(2) && groups.is_empty(),
        "broker, effective `run.user`" => row.contains(&real) && !real.is_multiple_of(2) && effective == SUBSTITUTE,
        other => panic!("{kind}: the table says `{other}`"),
    };
    assert!(is, "{kind}: uids {uids:?}, groups `{groups}`, and the table says {claim}");
}

/// The uid of this process: it owns its own entry in `/proc`.
fn own_uid() -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").expect("/proc").uid()
}

/// Those that the table names are so; of the others each is what this test was started with.
#[track_caller]
fn assert_limits(kind: &str, claim: &str, process: Process) {
    let claims: BTreeMap<&str, String> =
        claim.split(", ").filter_map(|one| one.split_once(' ')).map(|(name, value)| (name, in_units(value))).collect();
    for name in LIMITS {
        let expected = claims.get(name).cloned().unwrap_or_else(|| Process(std::process::id()).limit(name));
        assert_eq!(process.limit(name), expected, "{kind}: {name}; the table says {claim}");
    }
    assert!(claims.keys().all(|name| LIMITS.contains(name)), "{kind}: {claim}");
}

/// `192 MiB` in bytes, `60 s` in seconds.
fn in_units(value: &str) -> String {
    let (number, factor) = match value.split_once(' ') {
        Some((number, "MiB")) => (number, 1 << 20),
        Some((number, "s")) => (number, 1),
        None => (value, 1),
        Some(_) => panic!("a unit that is none: {value}"),
    };
    (number.parse::<u64>().expect("a number") * factor).to_string()
}

/// A check that has read a file, and waits for its command.
#[test]
fn round_zygote_broker_reader_worker_and_command_are_as_the_table_says() {
    let host = Host::new();
    host.drop_in(
        "probe",
        &format!(
            "[check.probe]\nwasm = \"{}\"\nevery = \"1m\"\n[check.probe.limits]\ntimeout = \"60s\"\n\
             [check.probe.config]\nask = [{{ read = \"/proc/mounts\" }}, {{ command = [\"/bin/sleep\", \"50\"] }}]\n\
             [check.probe.grant]\nfiles = [\"/proc/mounts\"]\n\
             [[check.probe.grant.command]]\nargv = [\"/bin/sleep\", \"50\"]\n",
            guest("probe").display()
        ),
    );
    // With the code that was just compiled, and with what is kept of it.
    for _ in 0..2 {
        assert_rows_of_a_check(&host);
    }
}

fn assert_rows_of_a_check(host: &Host) {
    let round = Round::start(host);
    let broker = round.process().child("roundsman-broke", |broker| !broker.file("comm").is_empty());
    // Until it sleeps it has libraries and locales open, which are its own and not what it was given.
    let command = broker.child("sleep", |sleep| sleep.status("State").starts_with('S'));
    // The command's stdin is the broker's for a moment longer.
    let broker = round.process().child("roundsman-broke", |broker| !broker.has_above_stdio("null"));
    assert_row("round", round.process());
    assert_row("zygote", round.process().child("roundsman-zygot", |_| true));
    assert_row("broker", broker);
    assert_row("reader", broker.child("roundsman-reade", |_| true));
    assert_row("worker", round.process().child("roundsman-worke", Process::is_locked));
    assert_row("command", command);
}

/// A round started in a session that holds a key, and a command of another user that looks for it.
#[test]
fn the_session_keyring_of_a_command_is_as_the_table_says() {
    let host = Host::new();
    let name = format!("roundsman-fork-table-{}", std::process::id());
    let argv = "[\"/bin/cat\", \"/proc/keys\"]";
    host.drop_in(
        "probe",
        &format!(
            "[check.probe]\nwasm = \"{}\"\nevery = \"1m\"\n[check.probe.config]\nask = [{{ command = {argv} }}]\n\
             [[check.probe.grant.command]]\nargv = {argv}\n",
            guest("probe").display()
        ),
    );
    let (keyctl, add_key) = (libc::SYS_keyctl, libc::SYS_add_key);
    let session = format!(
        "my @key = ('user', '{name}', 'secret'); syscall({keyctl}, 1, 0) > 0 || die $!;\n\
         syscall({add_key}, @key, 6, -3) > 0 || die $!; exec @ARGV"
    );
    let into_session = ["/usr/bin/perl", "-e", &session];
    let undefended = Command::new(into_session[0])
        .args(&into_session[1..])
        .args(["/usr/bin/setpriv", "--reuid=60599", "--regid=60599", "--clear-groups", "/bin/cat", "/proc/keys"])
        .output()
        .expect("perl and setpriv");
    assert!(String::from_utf8_lossy(&undefended.stdout).contains(&name), "without defence another user sees it");
    let output = host.run_through(&into_session, ["check", "probe", "--format", "json"]);
    assert!(output.stdout.contains("/proc/keys: ") && output.stdout.contains("keyring"), "{output}");

    let rows = table(&read("ARCHITECTURE.md"), &["process", "uid"]);
    let cell = |kind: &str| rows.iter().find(|row| row[0] == kind).and_then(|row| row.last()).cloned();
    assert_eq!(cell("command").as_deref(), Some("its own"));
    assert_eq!(cell("broker").as_deref(), Some("as started"));
    assert!(!output.stdout.contains(&name), "{output}");
}

/// The round has read it, so whoever is forked from the round has it; workers and brokers have nothing but of their own check.
#[test]
fn what_one_check_is_configured_with_is_in_no_process_of_another() {
    let host = Host::new();
    // Put together here, so that no program holds it.
    let canary = format!("/{}", ["of", "one", "check"].join("+"));
    for (name, path) in [("secretive", canary.as_str()), ("other", "/proc/loadavg")] {
        host.drop_in(
            name,
            &format!(
                "[check.{name}]\nwasm = \"{}\"\nevery = \"1m\"\n[check.{name}.limits]\ntimeout = \"60s\"\n\
                 [check.{name}.config]\nask = [{{ read = \"{path}\" }}, {{ command = [\"/bin/sleep\", \"50\"] }}]\n\
                 [check.{name}.grant]\nfiles = [\"{path}\"]\n\
                 [[check.{name}.grant.command]]\nargv = [\"/bin/sleep\", \"50\"]\n",
                guest("probe").display()
            ),
        );
    }
    let round = Round::start(&host);
    let brokers = round.process().children("roundsman-broke", 2);
    for broker in &brokers {
        broker.child("sleep", |_| true);
    }
    let holding = |processes: &[Process]| processes.iter().filter(|process| holds(process.0, &canary)).count();
    assert_eq!(holding(&[round.process()]), 1, "the text is not to be found");
    assert_eq!(holding(&brokers), 1, "its own broker alone");
    assert_eq!(holding(&round.process().children("roundsman-worke", 2)), 1, "its own worker alone");
    assert_eq!(holding(&round.process().children("roundsman-zygot", 1)), 0, "the zygote");
}

#[test]
fn a_worker_that_asks_a_component_is_as_the_table_says() {
    let host = Host::new();
    let file = host.file("loops.wasm", component::wat("loops-in-describe"));
    host.drop_in("loops", &format!("[check.loops]\nwasm = \"{}\"\nevery = \"1m\"\n", file.display()));
    let round = Round::start(&host);
    let worker = round.process().child("roundsman-ask", Process::is_locked);
    stopped(worker, || assert_row("worker that asks", worker));
}

#[test]
fn a_compile_worker_is_as_the_table_says() {
    let host = Host::new();
    host.drop_in("log", "[check.log]\nwasm = \"log.wasm\"\nevery = \"1m\"\n");
    let round = Round::start(&host);
    let worker = round.process().child("roundsman-compi", Process::is_locked);
    stopped(worker, || assert_row("compile worker", worker));
}

/// A fetcher whose server takes the connection and says nothing.
#[test]
fn a_fetcher_is_as_the_table_says() {
    let host = Host::new();
    // The kernel takes it, and nobody reads what is asked.
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let reference = format!("https://{}/disk.wasm", server.local_addr().expect("an address"));
    let mut command = host.command(&[]);
    command.args(["install", &reference]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let install = Round(command.spawn().expect("the program starts"));
    let asks = |fetcher: Process| fetcher.is_locked() && fetcher.has_above_stdio("socket");
    assert_row("fetcher", install.process().child("roundsman-net", asks));
}

/// A sender whose receiver takes the connection and says nothing.
#[test]
fn a_sender_is_as_the_table_says() {
    let host = Host::new();
    let receiver = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", receiver.local_addr().expect("an address"));
    host.drop_in("out", &format!("[output.alive]\nformat = \"ping\"\nurl = \"{url}\"\n"));
    let round = Round::start(&host);
    let asks = |sender: Process| sender.is_locked() && sender.has_above_stdio("socket");
    assert_row("sender", round.process().child("roundsman-net", asks));
}

/// Process that runs the command of an output, which does not end.
#[test]
fn a_deliverer_and_its_command_are_as_the_table_says() {
    let host = Host::new();
    host.main("[delivery]\ndeadline = \"65s\"\n");
    host.drop_in("out", "[output.values]\nformat = \"influx\"\ncommand = { argv = [\"/bin/sleep\", \"50\"] }\n");
    let round = Round::start(&host);
    let deliverer = round.process().child("roundsman-deliv", |_| true);
    deliverer.child("sleep", |sleep| sleep.status("State").starts_with('S'));
    // The command's stdin is its own a moment longer.
    let deliverer = round.process().child("roundsman-deliv", |deliverer| !deliverer.has_above_stdio("null"));
    assert_row("deliverer", deliverer);
}

/// Looks at a process that would soon be over.
fn stopped(process: Process, look: impl FnOnce()) {
    let signal = |name: &str| {
        let done = Command::new("/bin/kill").args([name, &process.0.to_string()]).status().expect("kill");
        assert!(done.success(), "the process was over before it was looked at");
    };
    signal("-STOP");
    look();
    signal("-CONT");
}
