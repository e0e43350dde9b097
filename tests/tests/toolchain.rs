//! The scripts that decide what builds components and the program decide as they say, on machines that are played here.
#![expect(clippy::disallowed_methods, reason = "the script is a program")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use roundsman_tests::root;
use tempfile::TempDir;

const HOST: &str = "x86_64-unknown-linux-gnu";
const STATIC: &str = "x86_64-unknown-linux-musl";

/// A copy of the scripts, among tools that answer as they would on some machine.
struct Machine {
    dir: TempDir,
}

impl Machine {
    /// `has_target`: whether Rust has the target that is wanted. `rustup`: what rustup does.
    fn new(has_target: bool, rustup: &str) -> Self {
        let machine = Self { dir: tempfile::tempdir().expect("a temporary directory") };
        for name in
            ["guest-cargo", "program-cargo", "install-needs", "path-flags"].map(|name| format!("scripts/{name}"))
        {
            let script = fs::read(root().join(&name)).expect("the script");
            machine.program(&format!("a repository/{name}"), &script);
        }
        let libdir = if has_target { machine.dir.path().to_owned() } else { PathBuf::from("/nowhere") };
        let rustc = format!(
            "if [ \"$1\" = -vV ]; then echo host: {HOST}; echo commit-hash: c0ffee; else echo {}; fi",
            libdir.display()
        );
        machine.program("bin/rustc", format!("#!/bin/sh\n{rustc}\n").as_bytes());
        machine.program("bin/musl-gcc", b"#!/bin/sh\n");
        machine.program(
            "bin/rustup",
            format!("#!/bin/sh\necho asked >> {}\n{rustup}\n", machine.asked().display()).as_bytes(),
        );
        machine
    }

    fn program(&self, name: &str, content: &[u8]) {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, content).expect("a program");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    }

    fn asked(&self) -> PathBuf {
        self.dir.path().join("asked")
    }

    fn times_rustup_was_asked(&self) -> usize {
        fs::read_to_string(self.asked()).map_or(0, |times| times.lines().count())
    }

    /// Returns what the script decides, or its message.
    fn decides(&self, by_hand: Option<&str>) -> Result<String, String> {
        let mut command = Command::new(self.dir.path().join("a repository/scripts/guest-cargo"));
        command.arg("toolchain").env("PATH", format!("{}:/usr/bin:/bin", self.bin().display()));
        command.env_remove("GUEST_TOOLCHAIN").envs(by_hand.map(|name| ("GUEST_TOOLCHAIN", name)));
        let output = command.output().expect("the script starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// The target of the program.
    fn targets(&self, by_hand: Option<&str>) -> String {
        let mut command = Command::new(self.dir.path().join("a repository/scripts/program-cargo"));
        command.arg("target").env("PATH", format!("{}:/usr/bin:/bin", self.bin().display()));
        command.env_remove("PROGRAM_TARGET").envs(by_hand.map(|name| ("PROGRAM_TARGET", name)));
        let output = command.output().expect("the script starts");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn bin(&self) -> PathBuf {
        Path::new(self.dir.path()).join("bin")
    }
}

#[test]
fn the_target_is_there() {
    let machine = Machine::new(true, "exit 1");
    assert_eq!(machine.decides(None), Ok("rustup".into()));
    assert_eq!(machine.times_rustup_was_asked(), 0);
}

#[test]
fn rustup_adds_the_target() {
    assert_eq!(Machine::new(false, "exit 0").decides(None), Ok("rustup".into()));
}

#[test]
fn rustup_fails_and_is_not_asked_again() {
    let machine = Machine::new(false, "exit 1");
    assert_eq!(machine.decides(None), Ok("debian".into()));
    assert_eq!(machine.decides(None), Ok("debian".into()));
    assert_eq!(machine.times_rustup_was_asked(), 1);
}

#[test]
fn a_toolchain_named_by_hand_is_taken() {
    let machine = Machine::new(true, "exit 1");
    assert_eq!(machine.decides(Some("debian")), Ok("debian".into()));
    assert_eq!(machine.decides(None), Ok("rustup".into()), "what was said by hand is not remembered");
    assert_eq!(machine.decides(Some("gentoo")), Err("guest-cargo: no such toolchain: gentoo".into()));
}

#[test]
fn the_program_is_static_where_it_can_be() {
    let there = Machine::new(true, "exit 1");
    assert_eq!((there.targets(None).as_str(), there.times_rustup_was_asked()), (STATIC, 0));
    assert_eq!(Machine::new(false, "exit 0").targets(None), STATIC);
    assert_eq!(there.targets(Some(HOST)), HOST);
    assert_eq!(there.targets(None), STATIC, "what was said by hand is not remembered");
}

#[test]
fn the_program_is_for_the_host_where_rustup_fails_which_is_not_asked_again() {
    let machine = Machine::new(false, "exit 1");
    assert_eq!(machine.targets(None), HOST);
    assert_eq!(machine.targets(None), HOST);
    assert_eq!(machine.times_rustup_was_asked(), 1);
}

#[test]
fn nothing_is_added_where_that_is_forbidden() {
    let machine = Machine::new(false, "exit 0");
    let mut command = Command::new(machine.dir.path().join("a repository/scripts/program-cargo"));
    command.arg("target").env("PATH", format!("{}:/usr/bin:/bin", machine.bin().display())).env("NO_INSTALL", "1");
    let output = command.env_remove("PROGRAM_TARGET").output().expect("the script starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), HOST, "{output:?}");
    assert_eq!(machine.times_rustup_was_asked(), 0);
}

/// In the order in which they came: each line that the script said, and each command that changes the machine.
#[test]
fn what_will_be_installed_is_listed_before_any_of_it_is() {
    let machine = Machine::new(true, "exit 1");
    machine.program("bin/cargo", b"#!/bin/sh\n");
    let npm = "#!/bin/sh\necho DOES npm \"$@\" >&2\n[ \"$1\" = pack ] || exit 0\n\
               mkdir package && touch package/axe.min.js && tar -czf axe.tgz package && rm -r package\n";
    machine.program("bin/npm", npm.as_bytes());
    machine.program("bin/dpkg-query", b"#!/bin/sh\necho not-installed\n");
    machine.program(
        "bin/apt-get",
        b"#!/bin/sh\necho DOES apt-get \"$@\" >&2\n[ \"$2\" != download ] || touch \"$3.deb\"\n",
    );
    machine.program("bin/dpkg-deb", b"#!/bin/sh\necho DOES dpkg-deb \"$@\" >&2\n");
    machine.program("bin/sudo", b"#!/bin/sh\nexec \"$@\"\n");
    let python = "#!/bin/sh\necho DOES python3 \"$@\" >&2\nmkdir -p target/python/bin\n\
                  ln -sf \"$0\" target/python/bin/python\n";
    machine.program("bin/python3", python.as_bytes());
    let mut command = Command::new(machine.dir.path().join("a repository/scripts/install-needs"));
    let output = command.arg("test").env("PATH", format!("{}:/usr/bin:/bin", machine.bin().display())).output();
    let output = output.expect("the script starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    // Whether there is a module of Python is asked, and changes nothing.
    let lines: Vec<&str> = said.lines().filter(|line| !line.contains("import ensurepip")).collect();
    let [packages, files, page, modules, npm, rest @ ..] = &lines[..] else { panic!("{said}") };
    let listed = packages.strip_prefix("install-needs: will be installed with apt-get: ").expect("a list");
    assert!(listed.contains("prometheus") && listed.contains("strace"), "{said}");
    assert!(files.starts_with("install-needs: will be unpacked into target/debian: "), "{said}");
    assert!(page.starts_with("install-needs: will be fetched with npm, into target/npm: axe-core@"), "{said}");
    assert!(
        modules.starts_with("install-needs: will be installed with pip, into target/python: componentize-py"),
        "{said}"
    );
    assert!(npm.starts_with("install-needs: will be installed with npm, into target/javascript: @byte"), "{said}");
    let done: Vec<&&str> = rest.iter().filter(|line| line.starts_with("DOES ")).collect();
    assert!(done.len() >= 4, "{said}");
    assert!(done.iter().any(|line| line.ends_with(listed) && line.contains(" install ")), "not what is listed: {said}");
}

/// Returns the flags that a script gives the compiler for a target.
fn flags(machine: &Machine, script: &str, target: &str) -> toml::Value {
    machine.program("bin/cargo", b"#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    let mut command = Command::new(machine.dir.path().join("a repository/scripts").join(script));
    command.arg("build").env("PATH", format!("{}:/usr/bin:/bin", machine.bin().display()));
    command.env_remove("PROGRAM_TARGET").env_remove("GUEST_TOOLCHAIN").env("CARGO_HOME", "/home/of two/.cargo");
    let output = command.output().expect("the script");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let config = said.lines().find(|line| line.starts_with("target.")).unwrap_or_else(|| panic!("{said}"));
    config.parse::<toml::Table>().expect("TOML")["target"][target]["rustflags"].clone()
}

/// With rust-src, the compiler names files of the library by where they are, and without it by the commit.
#[test]
fn the_toolchains_library_is_named_alike_with_and_without_its_source() {
    let machine = Machine::new(true, "exit 1");
    let library = machine.dir.path().join("lib/rustlib/src/rust");
    fs::create_dir_all(&library).expect("a folder");
    machine.program(&format!("lib/rustlib/{HOST}/bin/wasm-component-ld"), b"#!/bin/sh\n");
    let source = format!("--remap-path-prefix={}=/rustc/c0ffee", library.display());
    for (script, target) in [("program-cargo", STATIC), ("guest-cargo", "wasm32-unknown-unknown")] {
        let flags = flags(&machine, script, target);
        let all = flags.as_array().expect("a list");
        assert!(all.contains(&toml::Value::from(source.clone())), "{script}: {flags}");
    }
}

/// Messages of a crate that panics would name the folder, and a flag that is split at a blank would be two.
#[test]
fn folders_are_left_out_of_messages_also_where_a_path_has_a_blank() {
    let machine = Machine::new(true, "exit 1");
    machine.program("bin/cargo", b"#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    let repository = machine.dir.path().join("a repository");
    let mut command = Command::new(repository.join("scripts/program-cargo"));
    command.args(["build", "--release"]).env("PATH", format!("{}:/usr/bin:/bin", machine.bin().display()));
    let output =
        command.env("CARGO_HOME", "/home/of two/.cargo").env_remove("PROGRAM_TARGET").output().expect("the script");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let [command, option, config, release] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
    assert_eq!([command, option, release], ["build", "--config", "--release"]);
    let flags: toml::Table = config.parse().expect("TOML");
    let built = format!("--remap-path-prefix={}/target=/target", repository.display());
    let wanted = toml::Value::from(vec!["--remap-path-prefix=/home/of two/.cargo=/cargo".to_owned(), built]);
    assert_eq!(flags["target"]["x86_64-unknown-linux-musl"]["rustflags"], wanted);
}
