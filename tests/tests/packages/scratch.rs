//! A root directory in which packages are installed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use roundsman_tests::{Output, root};
use tempfile::TempDir;

use super::MADE;

/// Another root directory over this host's, for processes that see no others.
pub struct Scratch {
    dir: TempDir,
}

impl Scratch {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let scratch = Self { dir };
        let over = scratch.dir.path().join("over");
        fs::create_dir(&over).expect("a directory");
        run("mount", &["-t", "tmpfs", "none", over.to_str().unwrap()]);
        for part in ["upper", "work", "root"] {
            fs::create_dir(over.join(part)).expect("a directory");
        }
        let layers = format!("lowerdir=/,upperdir={0}/upper,workdir={0}/work", over.display());
        let top = scratch.path("");
        run("mount", &["-t", "overlay", "none", "-o", &layers, top.to_str().unwrap()]);
        for part in ["run", "tmp", "dev", "packages"] {
            fs::create_dir_all(scratch.path(part)).expect("a directory");
            run("mount", &["-t", "tmpfs", "none", scratch.path(part).to_str().unwrap()]);
        }
        run("mount", &["-t", "sysfs", "-o", "ro", "none", scratch.path("sys").to_str().unwrap()]);
        // Devices of its own: nothing that is done here reaches those of this host.
        for (name, minor) in [("null", "3"), ("zero", "5"), ("full", "7"), ("random", "8"), ("urandom", "9")] {
            run("mknod", &["-m", "666", scratch.path("dev").join(name).to_str().unwrap(), "c", "1", minor]);
        }
        std::os::unix::fs::symlink("/proc/self/fd", scratch.path("dev/fd")).expect("a link");
        for file in fs::read_dir(root().join(MADE)).expect("packages") {
            let file = file.expect("an entry");
            fs::copy(file.path(), scratch.path("packages").join(file.file_name())).expect("copied");
        }
        // Whatever else this host has of the program.
        for part in ["etc/roundsman", "usr/lib/roundsman", "var/lib/roundsman", "var/cache/roundsman"] {
            let _ = fs::remove_dir_all(scratch.path(part));
        }
        for part in ["usr/bin/roundsman", "etc/cron.d/roundsman", "var/log/roundsman.log"] {
            let _ = fs::remove_file(scratch.path(part));
        }
        scratch
    }

    pub fn path(&self, part: &str) -> PathBuf {
        self.dir.path().join("over/root").join(part.trim_start_matches('/'))
    }

    pub fn read(&self, part: &str) -> String {
        fs::read_to_string(self.path(part)).unwrap_or_else(|error| panic!("{part}: {error}"))
    }

    /// Makes a command for that root, as the first process of all that it sees.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new("unshare");
        let top = format!("--root={}", self.path("").display());
        command.args(["--pid", "--fork", "--kill-child", "--mount-proc", &top, "/bin/sh", "-c", line]);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    pub fn run(&self, line: &str) -> Output {
        let output = self.command(line).output().expect("unshare(1)");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code().unwrap_or_else(|| panic!("{line}: {}", output.status));
        Output { code, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    #[track_caller]
    pub fn succeeds(&self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(output.code, 0, "{line}: {output}");
        output.stdout
    }

    /// Has a real cron daemon run until a round has written the log, and returns its lines.
    pub fn cron_runs_a_round(&self) -> String {
        let before = fs::read_to_string(self.path("/var/log/roundsman.log")).unwrap_or_default();
        let mut cron = self.command("exec cron -f").spawn().expect("cron");
        let begun = Instant::now();
        let lines = loop {
            let log = fs::read_to_string(self.path("/var/log/roundsman.log")).unwrap_or_default();
            let new = log.strip_prefix(&before).unwrap_or(&log).to_owned();
            if ["disk", "load", "memory"].iter().all(|name| new.contains(&format!(" {name} state_type="))) {
                break new;
            }
            assert!(begun.elapsed() < Duration::from_secs(100), "no round in time: {log}");
            std::thread::sleep(Duration::from_millis(200));
        };
        // The round that wrote them may still be storing.
        std::thread::sleep(Duration::from_secs(2));
        cron.kill().expect("killed");
        cron.wait().expect("its end");
        lines
    }
}

/// Nothing is removed through a mount.
impl Drop for Scratch {
    fn drop(&mut self) {
        let over = self.dir.path().join("over");
        if !Command::new("umount").arg("--recursive").arg("--lazy").arg(over).status().is_ok_and(|end| end.success()) {
            self.dir.disable_cleanup(true);
        }
    }
}

pub fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().expect(program);
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}
