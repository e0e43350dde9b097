//! A directory that holds what a host has for the program: configuration, components, state, cache and log.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use tempfile::TempDir;

use crate::{Output, program};

/// Seconds after which a start of the program counts as hung.
const PATIENCE: &str = "120";

/// A trace in which each call is in one line, where it ended: one that another process's came in between is in two.
fn whole_calls(trace: &str) -> String {
    let mut begun: BTreeMap<&str, &str> = BTreeMap::new();
    let mut whole = String::new();
    for line in trace.lines() {
        let process = line.split(' ').next().unwrap_or_default();
        if let Some(beginning) = line.strip_suffix(" <unfinished ...>") {
            begun.insert(process, beginning);
        } else if let Some((beginning, (_, end))) = begun.get(process).copied().zip(line.split_once(" resumed>")) {
            // The arguments are filled up with spaces before the result.
            let (arguments, result) = end.rsplit_once("= ").unwrap_or((end, ""));
            whole.push_str(&format!("{beginning}{} = {result}\n", arguments.trim_end()));
            begun.remove(process);
        } else {
            whole.push_str(&format!("{line}\n"));
        }
    }
    // Calls in which a process was killed.
    begun.values().for_each(|beginning| whole.push_str(&format!("{beginning}\n")));
    whole
}

/// One host, gone when dropped. Its main file names state, cache, log and checks below it.
#[derive(Debug)]
pub struct Host {
    dir: TempDir,
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

impl Host {
    /// Makes a host with a main file and no checks.
    ///
    /// # Panics
    /// If the directory cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("roundsman-test-").tempdir().expect("a temporary directory");
        let host = Self { dir };
        // Started as root, reads and commands of a round run as another user.
        set_mode(host.dir.path(), 0o755);
        host.main("");
        host
    }

    /// Returns the path of `relative` on this host.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    /// Writes a file that all may read, and the directories above it.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn file(&self, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        let mut above = self.dir.path().to_owned();
        for part in Path::new(relative).parent().into_iter().flat_map(Path::components) {
            above.push(part);
            if !above.exists() {
                fs::create_dir(&above).expect("a directory");
                set_mode(&above, 0o755);
            }
        }
        fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        set_mode(&path, 0o644);
        path
    }

    /// Keeps compiled code in `target/RELATIVE`, for components that take half a minute each to compile.
    pub fn keep_code(&self, relative: &str) {
        let dir = crate::root().join("target").join(relative);
        fs::create_dir_all(&dir).expect("a directory");
        self.main_with(&dir, "");
    }

    /// Writes the main file: `[paths]` and `[log]` below this host, then `toml`.
    pub fn main(&self, toml: &str) -> PathBuf {
        self.main_with(&self.path("cache"), toml)
    }

    fn main_with(&self, cache: &Path, toml: &str) -> PathBuf {
        let (dir, cache) = (self.dir.path().display(), cache.display());
        let checks = crate::root().join("target/checks");
        let paths = format!(
            "[paths]\nstate = \"{dir}/state\"\ncache = \"{cache}\"\nchecks = [\"{dir}/checks\", \"{}\"]\n\n\
             [log]\nfile = \"{dir}/roundsman.log\"\n\n",
            checks.display()
        );
        long_ago(self.file("etc/roundsman.toml", paths + toml))
    }

    /// Writes a drop-in, `conf.d/NAME.toml`.
    pub fn drop_in(&self, name: &str, toml: &str) -> PathBuf {
        long_ago(self.file(&format!("etc/conf.d/{name}.toml"), toml))
    }

    /// Writes a check of the component `command` that is OK while the file of its name holds `well`, as it does now.
    pub fn well(&self, check: &str) {
        let file = self.file(check, "well\n").display().to_string();
        let grant = format!("[[check.{check}.grant.command]]\nargv = [\"/bin/grep\", \"-q\", \"well\", \"{file}\"]\n");
        self.drop_in(check, &format!("[check.{check}]\nwasm = \"command.wasm\"\nevery = \"1m\"\n{grant}"));
    }

    /// Does a round of all checks under cron, which has nothing to mail.
    ///
    /// # Panics
    /// If it prints anything, or fails.
    #[track_caller]
    pub fn round(&self) {
        let output = self.run(["run", "--cron", "--all"]);
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (0, "", ""), "{output}");
    }

    /// Returns the log file, if there is one yet.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("roundsman.log")).unwrap_or_default()
    }

    /// Starts the program as cron would, with no standard input and this host's configuration, and waits for its end.
    ///
    /// # Panics
    /// If it does not end, or ends by a signal.
    #[track_caller]
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        self.start(&[], &program(), args)
    }

    /// Starts the program, and kills it by SIGKILL when something is heard.
    ///
    /// # Panics
    /// If it cannot be started, or nothing is heard.
    pub fn run_and_kill_after<T>(&self, args: &[&str], heard: &std::sync::mpsc::Receiver<T>) {
        let mut command = Command::new(program());
        command.args(args).env("ROUNDSMAN_CONFIG", self.path("etc/roundsman.toml"));
        let mut child = command.stdin(Stdio::null()).spawn().expect("the program");
        heard.recv_timeout(std::time::Duration::from_secs(60)).expect("something is heard");
        child.kill().expect("killed");
        child.wait().expect("its end");
    }

    /// The same as a user who owns nothing here; who is not root already is one.
    ///
    /// # Panics
    /// As [`Host::run`].
    #[track_caller]
    pub fn run_as_nobody<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        const NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        let program = program();
        if fs::metadata(self.dir.path()).expect("this host").uid() != 0 {
            return self.start(&[], &program, args);
        }
        // Where the repository is in a directory of root's own, others do not reach what is built there.
        let copy = self.path("roundsman");
        fs::copy(&program, &copy).expect("a copy of the program");
        set_mode(&copy, 0o755);
        self.start(&NOBODY, &copy, args)
    }

    /// Returns the program, to be started through other programs, or none: for a test that looks at it, or ends it, while it
    /// runs.
    #[must_use]
    pub fn command(&self, through: &[&str]) -> Command {
        self.command_of(through, &program())
    }

    /// Works as [`Host::run`], through other programs.
    ///
    /// # Panics
    /// As [`Host::run`].
    #[track_caller]
    pub fn run_through<A: AsRef<OsStr>>(&self, through: &[&str], args: impl IntoIterator<Item = A>) -> Output {
        self.start(through, &program(), args)
    }

    /// Works as [`Host::run`], but of another program, which starts ours.
    ///
    /// # Panics
    /// As [`Host::run`].
    #[track_caller]
    pub fn run_by<A: AsRef<OsStr>>(&self, program: &str, args: impl IntoIterator<Item = A>) -> Output {
        self.start(&[], Path::new(program), args)
    }

    /// These system calls of the program and of all that it forks, one a line, as strace writes them.
    ///
    /// # Panics
    /// Without strace, or where the program fails.
    #[must_use]
    #[track_caller]
    pub fn traced<A: AsRef<OsStr>>(&self, calls: &str, args: impl IntoIterator<Item = A>) -> String {
        let trace = self.path("trace");
        let status = Command::new("strace")
            .args(["-f", "-qq", "-e", &format!("trace={calls}"), "-o"])
            .arg(&trace)
            .arg(program())
            .args(args)
            .env("ROUNDSMAN_CONFIG", self.path("etc/roundsman.toml"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("strace starts: `make test` installs it");
        assert!(status.success(), "{status}");
        whole_calls(&fs::read_to_string(trace).expect("a trace"))
    }

    fn command_of(&self, through: &[&str], program: &Path) -> Command {
        // Tests that were started in the background, or by nohup, ignore these, and so would what they start.
        let mut command = Command::new("env");
        command
            .arg("--default-signal=HUP,INT")
            .args(through)
            .arg(program)
            .env_clear()
            .env("ROUNDSMAN_CONFIG", self.path("etc/roundsman.toml"));
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir("/").stdin(Stdio::null());
        command
    }

    #[track_caller]
    fn start<A: AsRef<OsStr>>(&self, through: &[&str], program: &Path, args: impl IntoIterator<Item = A>) -> Output {
        let in_time = ["timeout", "--signal=KILL", PATIENCE];
        let through: Vec<&str> = in_time.iter().chain(through).copied().collect();
        let output = self.command_of(&through, program).args(args).output().expect("coreutils' timeout");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let Some(code) = output.status.code() else {
            panic!("no end after {PATIENCE} s\nstdout: {stdout}\nstderr: {stderr}");
        };
        Output { code, stdout, stderr }
    }

    /// Returns `roundsman check COMPONENT ARGS…`, with `--format json` where the arguments name no format.
    #[track_caller]
    pub fn check(&self, component: &Path, args: &[&str]) -> Output {
        let component = component.to_str().expect("a path in UTF-8");
        let format: &[&str] = if args.contains(&"--format") { &[] } else { &["--format", "json"] };
        self.run(["check", component].iter().chain(format).chain(args))
    }
}

/// Makes a file, and the names in its directory, as old as what nobody is writing: no command waits for it.
fn long_ago(path: PathBuf) -> PathBuf {
    for path in [Some(&*path), path.parent()].into_iter().flatten() {
        let opened = fs::File::open(path).expect("a file or a directory");
        opened.set_modified(SystemTime::UNIX_EPOCH).expect("a time");
    }
    path
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_call_that_another_came_in_between_is_one_line() {
        let trace = "1 mprotect(0x1000, 4096, PROT_READ <unfinished ...>\n2 fork( <unfinished ...>\n\
                     1 <... mprotect resumed>)           = 0\n2 open(\"a\") = 3\n2 <... fork resumed>)  = 7\n";
        let whole = "1 mprotect(0x1000, 4096, PROT_READ) = 0\n2 open(\"a\") = 3\n2 fork() = 7\n";
        assert_eq!(super::whole_calls(trace), whole);
    }
}
