//! `check --watch`: the check runs again when its component or its configuration changes, and at no other time.
#![expect(clippy::disallowed_methods, reason = "the program is read while it runs")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use roundsman_tests::{Host, component, guest, program};

/// The program at work, with the lines that it writes.
struct Watch {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        BufReader::new(from).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    receiver
}

impl Watch {
    fn start(host: &Host, args: &[&str]) -> Self {
        let mut child = Command::new("env")
            .arg("--default-signal=HUP,INT")
            .arg(program())
            .args(["check", "--watch"])
            .args(args)
            .env("ROUNDSMAN_CONFIG", host.path("etc/roundsman.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let (stdout, stderr) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        Self { child, stdout: lines(stdout), stderr: lines(stderr) }
    }

    /// The next verdict, and what was told before it.
    #[track_caller]
    fn verdict(&self) -> String {
        match self.stdout.recv_timeout(Duration::from_secs(20)) {
            Ok(line) => line,
            Err(error) => panic!("{error}; told: {:?}", self.stderr.try_iter().collect::<Vec<_>>()),
        }
    }

    /// Nothing is run for so long.
    #[track_caller]
    fn is_quiet(&self, time: Duration) {
        assert_eq!(self.stdout.recv_timeout(time), Err(RecvTimeoutError::Timeout));
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    }

    /// Ends it by a signal, and returns its exit code.
    fn end(mut self, name: &str) -> Option<i32> {
        self.signal(name);
        let ends = Instant::now() + Duration::from_secs(10);
        while Instant::now() < ends {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill().expect("killed");
        panic!("it goes on after SIG{name}");
    }

    /// Processor time that it has used, in clock ticks.
    fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("a process");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
        fields[11..13].iter().map(|field| field.parse::<u64>().expect("ticks")).sum()
    }
}

/// A check that says so of itself when it runs.
fn says(host: &Host, name: &str, word: &str) -> Vec<u8> {
    let wat = component::assemble(
        &format!(
            r#"(func (export "run") (param i32 i32) (result i32) (i32.const 2048))
               (data (i32.const 2048) (i32 0 0  0  2304 {})) (data (i32.const 2304) "{word}")"#,
            word.len()
        ),
        &component::World::default(),
    );
    let bytes = wat.expect("a component");
    host.file(name, &bytes);
    bytes
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

const HALF_A_SECOND: Duration = Duration::from_millis(500);

#[test]
fn a_component_that_is_replaced_rewritten_or_away_for_a_while_runs_again_once() {
    let host = Host::new();
    let file = host.path("a.wasm");
    says(&host, "a.wasm", "first");
    let watch = Watch::start(&host, &[text(&file)]);
    assert!(watch.verdict().starts_with("OK: first"));
    watch.is_quiet(HALF_A_SECOND);

    says(&host, "new.wasm", "second");
    fs::rename(host.path("new.wasm"), &file).expect("a rename");
    assert!(watch.verdict().starts_with("OK: second"));
    let told = watch.stderr.recv_timeout(HALF_A_SECOND).expect("a line");
    assert_eq!(told, format!("{} has changed, it runs again", text(&file)));

    // As a linker writes: in pieces, and the file is there from the first on.
    let third = says(&host, "new.wasm", "third");
    fs::write(&file, "").expect("an empty file");
    for piece in third.chunks(third.len() / 8) {
        use std::io::Write as _;
        std::thread::sleep(Duration::from_millis(60));
        fs::File::options().append(true).open(&file).and_then(|mut file| file.write_all(piece)).expect("a piece");
    }
    assert!(watch.verdict().starts_with("OK: third"), "not before it was whole");
    watch.is_quiet(HALF_A_SECOND);

    fs::remove_file(&file).expect("a file");
    watch.is_quiet(2 * HALF_A_SECOND);
    says(&host, "a.wasm", "fourth");
    assert!(watch.verdict().starts_with("OK: fourth"));
    watch.is_quiet(HALF_A_SECOND);
    assert_eq!(watch.end("INT"), Some(0), "that of the last outcome");
}

#[test]
fn what_does_not_compile_is_told_and_the_next_one_runs() {
    let host = Host::new();
    let file = host.path("a.wasm");
    let watch = Watch::start(&host, &[text(&file)]);
    assert!(watch.verdict().starts_with("UNKNOWN: invalid: "), "it is not there yet");
    host.file("a.wasm", "no component");
    assert!(watch.verdict().contains("does not begin with"));
    says(&host, "a.wasm", "at last");
    assert!(watch.verdict().starts_with("OK: at last"));
    host.file("a.wasm", "none again");
    assert!(watch.verdict().starts_with("UNKNOWN: invalid: "));
    assert_eq!(watch.end("TERM"), Some(3), "that of the last outcome");
}

#[test]
fn a_drop_in_that_changes_runs_its_check_again_and_another_file_does_not() {
    let host = Host::new();
    let drop_in = |word: &str| {
        host.drop_in(
            "a",
            &format!("[check.a]\nwasm = {:?}\nevery = \"60s\"\nconfig.summary = \"{word}\"\n", guest("says")),
        );
    };
    drop_in("first");
    let watch = Watch::start(&host, &["a"]);
    assert!(watch.verdict().starts_with("OK: first"));
    host.file("etc/conf.d/.a.toml.swp", "of an editor");
    watch.is_quiet(HALF_A_SECOND);
    drop_in("second");
    assert!(watch.verdict().starts_with("OK: second"));
    host.drop_in("a", "[check.a]\nwasm = 7\n");
    assert!(watch.verdict().starts_with("UNKNOWN"), "what is wrong with it is told");
    drop_in("third");
    assert!(watch.verdict().starts_with("OK: third"));
    fs::remove_file(host.path("etc/conf.d/a.toml")).expect("a drop-in");
    assert!(watch.verdict().contains("there is no check `a`"));
    assert_eq!(watch.end("HUP"), Some(3));
}

#[test]
fn it_waits_without_work_and_ends_with_its_reader_or_by_a_signal_while_a_check_hangs() {
    let host = Host::new();
    let file = host.path("a.wasm");
    says(&host, "a.wasm", "first");
    let watch = Watch::start(&host, &[text(&file)]);
    watch.verdict();
    let before = watch.ticks();
    watch.is_quiet(4 * HALF_A_SECOND);
    let used = watch.ticks() - before;
    assert!(used <= 20, "{used} hundredths of a second in two");
    assert_eq!(watch.end("INT"), Some(0));

    let mut child = Command::new(program())
        .args(["check", "--watch", text(&file)])
        .env("ROUNDSMAN_CONFIG", host.path("etc/roundsman.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    stdout.read_line(&mut String::new()).expect("a verdict");
    drop(stdout);
    assert_eq!(child.wait().expect("an end").code(), Some(0), "nobody reads any more");

    let ask = "ask=[{ command = [\"/bin/sleep\", \"61.5\"] }]";
    let command = ["--set", ask, "--allow-command", "/bin/sleep 61.5", "-t", "60s", "--verbose"];
    let watch = Watch::start(&host, &[&[text(&guest("probe"))], &command[..]].concat());
    let call = watch.stderr.recv_timeout(Duration::from_secs(20)).expect("a call");
    assert_eq!(call, "run /bin/sleep 61.5, by command argv /bin/sleep 61.5");
    let started = Instant::now();
    assert_eq!(watch.end("INT"), Some(3), "there is no outcome yet");
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    let left = Command::new("pgrep").args(["-f", "^/bin/sleep 61.5$"]).output().expect("pgrep");
    assert!(left.stdout.is_empty(), "{}", String::from_utf8_lossy(&left.stdout));
}

#[test]
fn it_goes_with_neither_a_recording_nor_learning() {
    let host = Host::new();
    for with in [&["--record", "/tmp/never"][..], &["--learn", "--yes"]] {
        let output = host.run([&["check", "a.wasm", "--watch"], with].concat());
        assert!(output.code == 3 && output.stdout.contains("cannot be used with"), "{output}");
    }
}
