//! `roundsman new` and `roundsman wit`, as an author calls them: in an empty folder outside of the repository, and then each
//! language's own commands, which the README of the project has.
#![expect(clippy::disallowed_methods, reason = "an author's commands are programs")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use roundsman_tests::{Host, apart, built, program, root};
use tempfile::TempDir;

/// An author's folder.
struct Author {
    directory: TempDir,
}

impl Author {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    /// Runs a command in a folder of this one, and returns its exit code and what it said.
    fn says(&self, folder: &str, program: &Path, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.path(folder));
        // The tests are built by a Cargo that tells these to all that it starts.
        for (name, _) in env::vars() {
            if name.starts_with("CARGO") && name != "CARGO_HOME" || name.starts_with("RUST") && name != "RUSTUP_HOME" {
                command.env_remove(name);
            }
        }
        let output = command.output().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code(), text)
    }

    #[track_caller]
    fn done(&self, folder: &str, program: &Path, arguments: &[&str]) -> String {
        let (code, said) = self.says(folder, program, arguments);
        assert_eq!(code, Some(0), "{} {arguments:?}: {said}", program.display());
        said
    }

    #[track_caller]
    fn new_project(&self, language: &str) {
        let said = self.done("", &program(), &["new", "raid-health", "--language", language]);
        assert!(said.contains("raid-health/ is made"), "{said}");
    }

    /// Runs what was built, with what the drop-in of the project grants.
    #[track_caller]
    fn check(&self, component: &str) {
        let host = Host::new();
        host.keep_code("wasi/code");
        let folder = self.path("raid-health");
        let drop_in = fs::read_to_string(folder.join("drop-in.toml")).expect("a drop-in");
        let file =
            drop_in.lines().find_map(|line| line.strip_prefix("wasm = ")).expect("a component").trim_matches('"');
        assert!(component.ends_with(file), "the drop-in names {file}, and {component} was built");
        host.file(&format!("checks/{file}"), fs::read(folder.join(component)).expect("a component"));
        host.drop_in("raid-health", &drop_in);
        // A round has no time for what takes half a minute to compile.
        assert_eq!(host.run(["compile"]).code, 0);
        let output = host.run(["run", "--all", "--format", "json"]);
        let report = output.json_lines().remove(0);
        assert_eq!((&report["status"], &report["failure"]), (&"ok".into(), &serde_json::Value::Null), "{output}");
        assert!(output.stdout.contains("\"up\""), "{output}");
        let denied = host.check(&folder.join(component), &[]);
        denied.assert_failure("denied", &["/proc/uptime"]);
    }

    /// Records a run of what was built, and makes a test of it.
    #[track_caller]
    fn made_test(&self, component: &str) -> String {
        let host = Host::new();
        host.keep_code("wasi/code");
        let tape = self.path("tape").display().to_string();
        let granted = ["--allow-file", "/proc/uptime", "--allow-command", "/usr/bin/who", "--record", &tape];
        let run = host.check(&self.path("raid-health").join(component), &granted);
        assert_eq!(run.code, 0, "{run}");
        let made = host.run(["replay", &tape, "--test"]);
        assert!(made.code == 0 && made.stdout.contains(" users are logged in\""), "{made}");
        made.stdout
    }
}

#[test]
fn rust_builds_tests_and_runs() {
    let author = Author::new();
    author.new_project("rust");
    // The versions that are here already, without asking anybody for them.
    fs::copy(root().join("Cargo.lock"), author.path("raid-health/Cargo.lock")).expect("a copy");
    let cargo = Path::new("cargo");
    let target = root().join("target/wasi/new").display().to_string();
    let tests = author.done("raid-health", cargo, &["test", "--offline", "--target-dir", &target]);
    assert!(tests.contains("2 passed"), "{tests}");
    author.done("raid-health", cargo, &["wasm", "--offline", "--target-dir", &target]);
    let built = Path::new(&target).join("wasm32-wasip2/release/raid_health.wasm");
    fs::copy(built, author.path("raid-health/raid_health.wasm")).expect("the component");
    author.check("raid_health.wasm");

    let source = author.path("raid-health/src/lib.rs");
    let with_test = fs::read_to_string(&source).expect("the check") + "\n#[cfg(test)]\nmod recorded;\n";
    fs::write(source, with_test).expect("written");
    fs::write(author.path("raid-health/src/recorded.rs"), author.made_test("raid_health.wasm")).expect("written");
    let tests = author.done("raid-health", cargo, &["test", "--offline", "--target-dir", &target]);
    assert!(tests.contains("recorded::the_recorded_run_ends_as_it_did ... ok"), "{tests}");
}

#[test]
fn python_tests_and_runs() {
    let author = Author::new();
    author.new_project("python");
    let python = built("python/bin/python", "test");
    let tests = author.done("raid-health", &python, &["-m", "pytest", "-q"]);
    assert!(tests.contains("2 passed"), "{tests}");
    let componentize = built("python/bin/componentize-py", "test");
    let arguments = "-d wit -w raid-health componentize -p . -p vendor app -o raid-health.wasm";
    author.done("raid-health", &componentize, &arguments.split(' ').collect::<Vec<_>>());
    author.check("raid-health.wasm");

    fs::write(author.path("raid-health/tests/test_recorded.py"), author.made_test("raid-health.wasm"))
        .expect("written");
    let tests = author.done("raid-health", &python, &["-m", "pytest", "-q"]);
    assert!(tests.contains("3 passed"), "{tests}");
}

#[test]
fn javascript_tests_builds_and_runs() {
    let author = Author::new();
    author.new_project("javascript");
    // As `npm install` does, which the tests have done once.
    let modules = built("javascript/node_modules", "test");
    std::os::unix::fs::symlink(modules, author.path("raid-health/node_modules")).expect("a link");
    let tests = author.done("raid-health", Path::new("npm"), &["test"]);
    assert!(tests.contains("pass 3") && tests.contains("fail 0"), "{tests}");
    author.done("raid-health", Path::new("npm"), &["run", "build"]);
    author.check("raid-health.wasm");
}

#[test]
fn c_tests_builds_and_runs() {
    let author = Author::new();
    author.new_project("c");
    assert!(author.done("raid-health", Path::new("make"), &["test"]).contains("ok"));
    author.done("raid-health", Path::new("make"), &[]);
    author.check("raid-health.wasm");
}

#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let author = Author::new();
    std::os::unix::fs::symlink(program(), author.path("roundsman")).expect("a link");
    let lines = format!("PATH=$PWD:$PATH\n{}", roundsman_tests::document::only("sh author"));
    let said = author.done("", Path::new("sh"), &["-ec", &lines]);
    assert!(said.contains("# raid-health") && said.contains("cargo wasm"), "{said}");
}

#[test]
fn nothing_that_is_there_is_written_over() {
    let author = Author::new();
    author.new_project("c");
    let (code, said) = author.says("", &program(), &["new", "raid-health"]);
    assert_eq!(code, Some(74), "{said}");
    assert!(said.contains("raid-health: is there already; take another name"), "{said}");
    assert_eq!(author.says("", &program(), &["new", "x", "--language", "c", "--registry"]).0, Some(64));
    assert!(author.done("", &program(), &["wit", "contract"]).contains("contract has the contract"));
    let same =
        |name: &str| fs::read(author.path("contract").join(name)).ok() == fs::read(root().join("wit").join(name)).ok();
    assert!(["types.wit", "world.wit", "guest.wit"].into_iter().all(same));
    let (code, said) = author.says("", &program(), &["wit", "contract"]);
    assert!(code == Some(74) && said.contains(".wit: is there already, and is not written over"), "{said}");
    // Beside other files the contract is whole, or not there at all.
    fs::create_dir(author.path("other")).expect("a folder");
    fs::write(author.path("other/mine.txt"), "mine").expect("a file");
    fs::write(author.path("other/world.wit"), "mine").expect("a file");
    assert_eq!(author.says("", &program(), &["wit", "other"]).0, Some(74));
    let left: Vec<_> = fs::read_dir(author.path("other")).expect("a folder").collect();
    assert!(left.len() == 2 && fs::read(author.path("other/world.wit")).expect("a file") == b"mine", "{left:?}");
    fs::remove_file(author.path("other/world.wit")).expect("a file");
    author.done("", &program(), &["wit", "other"]);
    assert!(same("world.wit") && author.path("other/mine.txt").is_file());
    let (code, said) = author.says("", &program(), &["wit", "other/mine.txt"]);
    assert!(code == Some(74) && said.contains("other/mine.txt: making the folder: "), "{said}");
}

#[test]
fn what_cannot_be_a_name_is_refused_in_words() {
    let author = Author::new();
    let long = "x".repeat(300);
    for name in ["a b", "..", "Raid", "gr\u{f6}\u{df}e", "Raid/../x", "a/b", "", "x\ny", "\u{1b}[2J", &long] {
        let (code, said) = author.says("", &program(), &["new", name]);
        assert!(code == Some(64) && said.contains(": a name is small letters and digits, in words joined"), "{said}");
        assert!(!said.contains('\u{1b}') && said.lines().count() == 1, "{said:?}");
    }
    for name in ["fn", "async", "world", "serde", "roundsman-sdk"] {
        let (code, said) = author.says("", &program(), &["new", name]);
        assert!(code == Some(64) && said.contains("join it with another one by `-`"), "{name}: {said}");
    }
    let (code, said) = author.says("", &program(), &["new", "x", "--language", "perl"]);
    assert!(code == Some(64) && said.contains("rust, python, javascript, c"), "{said}");
    assert_eq!(fs::read_dir(author.path("")).expect("a folder").count(), 0);
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    if !apart("what_cannot_be_written_leaves_nothing_behind") {
        return;
    }
    let author = Author::new();
    let mount = |options: &str, place: &str| {
        fs::create_dir(author.path(place)).expect("a folder");
        let path = author.path(place).display().to_string();
        author.done("", Path::new("mount"), &["-t", "tmpfs", "-o", options, "tmpfs", &path]);
    };
    mount("size=16k", "small");
    mount("ro", "ro");
    for language in ["rust", "python", "javascript", "c"] {
        let (code, said) = author.says("small", &program(), &["new", "raid-health", "--language", language]);
        assert_eq!(code, Some(74), "{said}");
        assert!(said.contains("raid-health: nothing of it was kept: ") && said.contains("No space left"), "{said}");
        assert_eq!(fs::read_dir(author.path("small")).expect("a folder").count(), 0, "{language}");
    }
    let (code, said) = author.says("ro", &program(), &["new", "raid-health"]);
    assert!(code == Some(74) && said.contains("raid-health: making the folder: Read-only file system"), "{said}");
    assert_eq!(author.says("ro", &program(), &["wit", "contract"]).0, Some(74));
}

#[test]
fn a_new_project_takes_no_time() {
    let author = Author::new();
    let started = std::time::Instant::now();
    author.new_project("rust");
    assert!(started.elapsed().as_secs_f64() < 2.0, "{:?}", started.elapsed());
}
