//! A mount namespace for one host: what is mounted there nobody else sees. Its `/tmp` holds the host and, if the repository
//! or what was built of it is below `/tmp`, those; nothing else.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use roundsman_tests::{Host, program, root};

/// `empty DIRECTORY…` mounts an empty file system over each; the host, the repository and the program, wherever they are, stay
/// in their places, with what is mounted below them. Descriptors lead to what is covered. Bound last, the host is a mount of its own.
const EMPTY: &str = r#"set -e
mount --make-rprivate /
exec 3<"$1" 4<"$2" 5<"$3"
host=$1 repository=$2 program=$3
stays() {
    case $3 in "$1"/*) mkdir -p "$3" && mount --no-canonicalize --rbind "/proc/self/fd/$2" "$3" ;; esac
}
empty() {
    for covered; do
        mount -t tmpfs none "$covered"
        stays "$covered" 4 "$repository"
        stays "$covered" 5 "$program"
        stays "$covered" 3 "$host"
    done
}
empty /tmp
"#;

/// The namespace, gone when dropped.
#[derive(Debug)]
pub struct Den {
    keeper: Child,
}

impl Den {
    /// Makes it; `script` is a shell's, with the host's directory in `$1`, and `empty` to call.
    #[track_caller]
    pub fn of(host: &Host, script: &str) -> Self {
        let script = format!("{EMPTY}{script}\nexec 3<&- 4<&- 5<&-\necho ready\nexec sleep 600");
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &script, "sh"]).arg(host.path(""));
        command.arg(root()).arg(program().parent().expect("a folder"));
        let mut keeper = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("util-linux' unshare");
        let mut line = String::new();
        let stdout = keeper.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("what the script says");
        let den = Self { keeper };
        assert_eq!(line, "ready\n", "the namespace could not be made; these tests run as root");
        den
    }

    /// Returns the command that starts a program in it.
    pub fn through(&self) -> [String; 2] {
        ["nsenter".to_owned(), format!("--mount=/proc/{}/ns/mnt", self.keeper.id())]
    }

    /// Runs a shell's script in it.
    #[track_caller]
    pub fn sh(&self, script: &str) {
        let [nsenter, mount] = self.through();
        let done = Command::new(nsenter).args([&mount, "sh", "-ec", script]).status().expect("util-linux' nsenter");
        assert!(done.success(), "{script}");
    }

    /// Returns the path by which a path of the namespace is seen from here.
    pub fn path(&self, path: &Path) -> PathBuf {
        Path::new(&format!("/proc/{}/root", self.keeper.id())).join(path.strip_prefix("/").expect("an absolute path"))
    }

    /// The names in a directory there.
    pub fn list(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(Path::new(directory))).expect("a directory");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

impl Drop for Den {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
