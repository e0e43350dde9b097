//! The section of docs/authoring.md on a RAID controller, followed in Rust and in Python: each block as it is written, and then what
//! both checks say of the same controllers.
#![expect(clippy::disallowed_methods, reason = "the commands of a document are lines of a shell")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use roundsman_tests::document::only;
use roundsman_tests::{Host, Output, apart, built, program, root};
use serde_json::Value;
use tempfile::TempDir;

/// Where the page has the vendor's program: a folder of this test alone while it runs.
const SBIN: &str = "/usr/local/sbin";

const HEALTHY: &str = "Controller PR-2408, firmware 4.12\nVolume  Level  State       Done\nvd0     raid1  optimal     -\n\
                       vd1     raid6  optimal     -\nDisk    Volume  State    Celsius\n0:0     vd0     online   31\n\
                       0:1     vd0     online   32\n";

/// An author's folder of one language.
struct Project {
    directory: TempDir,
    language: &'static str,
}

impl Project {
    /// Follows the page up to a component.
    fn built(language: &'static str, blocks: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(directory.path().join("bin")).expect("a folder");
        symlink(program(), directory.path().join("bin/roundsman")).expect("a link");
        let project = Self { directory, language };
        let (new, rest): (Vec<_>, Vec<_>) = only(&format!("sh raid new-{language}"))
            .lines()
            // The tests have an environment of Python that was made so.
            .filter(|line| !line.starts_with("python3 -m venv "))
            .map(str::to_owned)
            .partition(|line| line.starts_with("roundsman new "));
        project.shell("", &new.join("\n"));
        assert_eq!(rest, ["cd raid-controller"]);
        match language {
            "rust" => {
                // The versions that are here already, without asking anybody for them, and what was compiled of them.
                fs::copy(root().join("Cargo.lock"), project.path("Cargo.lock")).expect("a copy");
                fs::create_dir_all(root().join("target/wasi/new")).expect("a folder");
                symlink(root().join("target/wasi/new"), project.path("target")).expect("a link");
            }
            _ => symlink(built("python", "test"), project.path(".venv")).expect("a link"),
        }
        for block in blocks {
            let (_, file) = block.rsplit_once(' ').expect("a file");
            fs::write(project.path(file), only(block)).expect("a file");
        }
        let said = project.shell("raid-controller", &only(&format!("sh raid build-{language}")));
        assert!(said.contains(if language == "rust" { "2 passed" } else { "3 passed" }), "{said}");
        project
    }

    fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join("raid-controller").join(file)
    }

    /// Runs lines of a shell as an author does, who has the program in the `PATH`.
    #[track_caller]
    fn shell(&self, folder: &str, lines: &str) -> String {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("/bin/sh");
        command.args(["-ec", lines]).current_dir(self.directory.path().join(folder));
        // The tests are built by a Cargo that tells these to all that it starts.
        for (name, _) in std::env::vars() {
            if name.starts_with("CARGO") && name != "CARGO_HOME" || name.starts_with("RUST") && name != "RUSTUP_HOME" {
                command.env_remove(name);
            }
        }
        let bin = self.directory.path().join("bin");
        command.env("PATH", format!("{}:{path}", bin.display())).env("CARGO_NET_OFFLINE", "true");
        let output = command.output().expect("a shell");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{}: {lines}: {said}", self.language);
        said
    }

    fn component(&self) -> &'static str {
        if self.language == "rust" { "raid_controller.wasm" } else { "raid-controller.wasm" }
    }

    /// Installs it as the page says, below the folder of a host.
    fn install(&self) -> Host {
        let host = Host::new();
        let below = host.path("").display().to_string().trim_end_matches('/').to_owned();
        fs::create_dir_all(root().join("target/wasi/code")).expect("a folder");
        let code = root().join("target/wasi/code");
        host.file(
            "etc/roundsman/roundsman.toml",
            format!(
                "[paths]\nstate = \"{below}/state\"\ncache = {code:?}\nchecks = [\"{below}/usr/local/lib/roundsman/checks\"]\n\
                 [log]\nfile = \"{below}/log\"\n"
            ),
        );
        let drop_in = only("toml raid drop-in.toml").replace("raid_controller.wasm", self.component());
        fs::write(self.path("drop-in.toml"), drop_in).expect("a file");
        for line in only("sh raid install").lines() {
            let line = line
                .replace("sudo ", "")
                .replace(" /usr/", &format!(" '{below}'/usr/"))
                .replace(" /etc/", &format!(" '{below}'/etc/"))
                .replace("raid_controller.wasm", self.component());
            self.shell(
                "raid-controller",
                &format!("export ROUNDSMAN_CONFIG='{below}/etc/roundsman/roundsman.toml'\n{line}"),
            );
        }
        host
    }
}

/// Sets up the vendor's program as a script; `None` takes it away.
fn set_up(script: Option<&str>) {
    let program = Path::new(SBIN).join("raidcli");
    let Some(script) = script else { return fs::remove_file(&program).expect("a program") };
    // Renamed into its place: a program that is open for writing cannot be run.
    let new = Path::new(SBIN).join("raidcli.new");
    fs::write(&new, format!("#!/bin/sh\n{script}\n")).expect("a program");
    fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).expect("a mode");
    fs::rename(&new, &program).expect("a program");
}

/// Returns what a report says of the controller, without what it says of itself.
fn said(output: &Output) -> Value {
    let report = output.json();
    let keys = ["status", "summary", "details", "subchecks", "metrics", "failure"];
    keys.into_iter().map(|key| (key.to_owned(), report[key].clone())).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn both_say_the_same_of_each_controller() {
    if !apart("both_say_the_same_of_each_controller") {
        return;
    }
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "mode=0755", "tmpfs", SBIN]).status().expect("mount");
    assert!(mounted.success());
    let prints = |text: &str| format!("cat <<'END'\n{text}END");
    set_up(Some(&prints(HEALTHY)));
    let rust = Project::built("rust", &["rs raid src/lib.rs", "rs raid src/tests.rs", "toml raid drop-in.toml"]);
    let python = Project::built("python", &["python raid app.py", "python raid tests/test_app.py"]);
    let tried = rust.shell("raid-controller", &only("sh raid try"));
    assert!(tried.contains("2 volumes, 2 disks") && tried.contains("raidcli"), "{tried}");
    let hosts = [rust.install(), python.install()];

    let rebuilding = HEALTHY.replace("vd1     raid6  optimal     -", "vd1     raid6  rebuilding  37%");
    let degraded =
        HEALTHY.replace("vd0     raid1  optimal ", "vd0     raid1  degraded").replace("online   31", "failed   -");
    let scenes: [(i32, &str, Option<String>); 11] = [
        (0, "2 volumes, 2 disks", Some(prints(HEALTHY))),
        (1, "37", Some(prints(&rebuilding))),
        (2, "raid1, degraded", Some(prints(&degraded))),
        (1, "61", Some(prints(&HEALTHY.replace("32", "61")))),
        (3, "\"foreign\" is no state of a volume", Some(prints(&HEALTHY.replacen("optimal", "foreign", 1)))),
        (3, "\"hot\" is not a number", Some(prints(&HEALTHY.replace("32", "hot")))),
        (3, "columns, not 4", Some(prints(&HEALTHY.replace("online   32", "online")))),
        (3, "lists 0 volumes and 0 disks", Some("exit 0".to_owned())),
        (3, "not UTF-8", Some("printf '\\377'".to_owned())),
        (3, "exit code 4: no controller", Some("echo no controller >&2; echo more >&2; exit 4".to_owned())),
        (3, "does not exist", None),
    ];
    for (code, words, script) in scenes {
        set_up(script.as_deref());
        let outputs = hosts.each_ref().map(|host| {
            let main = host.path("etc/roundsman/roundsman.toml").display().to_string();
            host.run(["check", "raid-controller", "--config", &main, "--format", "json"])
        });
        assert_eq!(outputs[0].code, code, "{script:?}: {}", outputs[0]);
        assert_eq!(said(&outputs[0]), said(&outputs[1]), "{script:?}");
        assert!(said(&outputs[0]).to_string().replace('\\', "").contains(words), "{words}: {}", outputs[0]);
    }
}
