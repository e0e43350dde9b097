//! A round under way.

use std::fs;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use roundsman_tests::{Host, Output, children};

/// For whatever a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A start of the program, killed when dropped.
#[derive(Debug)]
pub struct Started(Child);

/// Starts a round as cron would, with its output kept.
pub fn round(host: &Host, args: &[&str]) -> Started {
    start(host.command(&[]).arg("run").args(args))
}

/// Starts a program with its output kept.
pub fn start(command: &mut Command) -> Started {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Started(command.spawn().expect("the program starts"))
}

/// Waits until something is so.
#[track_caller]
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "not in {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

impl Started {
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Sends a signal by its name, to the process itself.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    pub fn is_over(&mut self) -> bool {
        self.0.try_wait().expect("a child").is_some()
    }

    /// Waits for the end, which need not be by itself.
    pub fn end(mut self) -> (ExitStatus, String, String) {
        let output = std::mem::replace(&mut self.0, Command::new("true").spawn().expect("true")).wait_with_output();
        let output = output.expect("the program's output");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status, text(&output.stdout), text(&output.stderr))
    }

    /// Waits for an end by itself.
    #[track_caller]
    pub fn output(self) -> Output {
        let (status, stdout, stderr) = self.end();
        let code = status.code().unwrap_or_else(|| panic!("{status}\nstdout: {stdout}\nstderr: {stderr}"));
        Output { code, stdout, stderr }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for a child of a process, by the name that the system shows.
#[track_caller]
pub fn child(of: u32, name: &str) -> u32 {
    let found = || children(of).into_iter().find(|pid| is_called(*pid, name));
    until(&format!("a `{name}` below process {of}"), || found().is_some());
    found().unwrap_or_else(|| panic!("`{name}` was gone at once"))
}

/// Waits for a granted program of this name below a round: its broker and itself.
#[track_caller]
pub fn command(round: u32, name: &str) -> (u32, u32) {
    let found = || {
        let brokers = children(round).into_iter();
        brokers
            .flat_map(|broker| children(broker).into_iter().map(move |pid| (broker, pid)))
            .find(|(_, pid)| is_called(*pid, name))
    };
    until(&format!("`{name}` below a broker of round {round}"), || found().is_some());
    found().unwrap_or_else(|| panic!("`{name}` was gone at once"))
}

/// Tells whether a process has this name, as the system shows it.
pub fn is_called(pid: u32, name: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim() == name)
}

/// Sends a signal by its name.
#[track_caller]
pub fn signal(pid: u32, name: &str) {
    let done = Command::new("/bin/kill").args([&format!("-{name}"), &pid.to_string()]).status().expect("kill");
    assert!(done.success(), "process {pid} was over before it got {name}");
}
