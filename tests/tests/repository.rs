//! Examples, notices of what is linked, and the CI workflow hold what they say.
#![expect(clippy::disallowed_methods, reason = "the notices are written by a script")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use roundsman_tests::document::{quoted, read, table};
use roundsman_tests::{Host, root};

/// The drop-ins of `examples`, by the name that they have without `.toml`, with their text.
fn drop_ins() -> Vec<(String, String)> {
    let entries = fs::read_dir(root().join("examples/conf.d")).expect("the examples");
    let mut all: Vec<(String, String)> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("a drop-in"))
        })
        .collect();
    all.sort();
    all
}

/// Validates what a host has, and expects no error and no lint.
#[track_caller]
fn assert_valid(host: &Host, name: &str) {
    let output = host.run(["validate", "--strict", "--offline"]);
    assert!(output.code == 0 && output.stdout.ends_with(", 0 errors, 0 lints\n"), "{name}: {output}");
}

#[test]
fn each_example_is_valid_by_itself_and_all_are_together() {
    let together = Host::new();
    let main = read("examples/roundsman.toml");
    // A host of the tests has its own table for the log.
    together.main(main.split("\n[log]").next().unwrap_or_default());
    let drop_ins = drop_ins();
    assert!(drop_ins.len() > 5, "{drop_ins:?}");
    for (name, text) in &drop_ins {
        together.drop_in(name, text);
        // An override is of a check in another file.
        if !text.contains("[override.") {
            let alone = Host::new();
            alone.drop_in(name, text);
            assert_valid(&alone, name);
        }
    }
    assert_valid(&together, "all");
    let effective = together.run(["config", "disk"]).stdout;
    assert!(effective.contains("every = \"15m\"") && effective.contains("90-this-host.toml"), "{effective}");
}

#[test]
fn the_main_file_of_the_examples_is_valid() {
    let host = Host::new();
    let file = host.file("etc/example/roundsman.toml", read("examples/roundsman.toml"));
    let file = file.to_str().expect("a path in UTF-8");
    let output = host.run(["validate", "--strict", "--offline", "--config", file]);
    assert_eq!((output.code, output.stdout.as_str()), (0, "0 checks, 0 errors, 0 lints\n"), "{output}");
}

#[test]
fn each_example_is_listed_on_their_page() {
    let listed: Vec<String> =
        table(&read("examples/README.md"), &["file", "shows"]).into_iter().map(|row| row[0].clone()).collect();
    let single = [
        "[roundsman.toml](roundsman.toml)",
        "[ansible/](ansible/README.md)",
        "[python-mdraid](python-mdraid/README.md)",
        "[roundsman-job](roundsman-job)",
        "[zabbix/roundsman.yaml](zabbix/roundsman.yaml)",
    ];
    let mut expected = single.map(str::to_owned).to_vec();
    expected.extend(drop_ins().iter().map(|(name, _)| format!("[conf.d/{name}.toml](conf.d/{name}.toml)")));
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(listed), sorted(expected));
}

#[test]
fn the_third_party_notices_are_of_what_is_linked() {
    let script = root().join("scripts/third-party");
    let output = Command::new(&script).arg("--check").output().expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let notices = read("THIRD-PARTY.txt");
    // Crates that are linked are there; those that only build or test are not.
    for crate_name in ["\nwasmtime ", "\nlibc ", "\nserde_json ", "\nwit-bindgen "] {
        assert!(notices.contains(crate_name), "no {crate_name}");
    }
    for crate_name in ["\nproptest ", "\nserde_derive ", "\ntempfile "] {
        assert!(!notices.contains(crate_name), "{crate_name}");
    }
    let licence = read("LICENSE");
    assert!(notices.contains(licence.lines().last().expect("a line").trim_end()), "no text of the licence itself");
}

/// Beside that, it has a name for each step only, and nothing of its own that a change must pass.
#[test]
fn the_workflow_runs_what_a_change_must_pass() {
    let workflow = read(".github/workflows/ci.yml");
    assert!(workflow.contains("\n      - run: .ci/run\n"), "{workflow}");
    let oldest = read("Cargo.toml");
    let (_, oldest) = oldest.split_once("\nrust-version = \"").expect("the oldest compiler");
    let (oldest, _) = oldest.split_once('"').expect("its end");
    assert!(workflow.contains(&format!("RUSTUP_TOOLCHAIN: {oldest}.0\n")), "not of Rust {oldest}: {workflow}");
}

#[test]
fn each_target_that_the_contributors_page_names_is_in_the_makefile() {
    let makefile = read("Makefile");
    let pages = ["CONTRIBUTING.md", "docs/release.md", "README.md"].map(read).concat();
    let mut named: Vec<String> =
        quoted(&pages).into_iter().filter_map(|text| text.strip_prefix("make ").map(str::to_owned)).collect();
    named.retain(|target| !target.is_empty());
    assert!(named.len() > 6, "{named:?}");
    for target in named {
        let target = target.split(' ').next().unwrap_or_default();
        assert!(makefile.contains(&format!("\n{target}: ")), "the Makefile has no target `{target}`");
    }
}

#[test]
fn each_test_that_needs_root_and_is_left_out_of_the_unit_tests_exists() {
    let makefile = read("Makefile");
    let (_, list) = makefile.split_once("AS_ROOT := ").expect("the list");
    let (list, _) = list.split_once("\n\n").expect("its end");
    let sources = sources(&root().join("runtime"));
    let names: Vec<&str> = list.split_whitespace().filter(|word| *word != "\\").collect();
    assert!(names.len() > 4, "{names:?}");
    for name in names {
        let (place, last) = name.rsplit_once("::").unwrap_or(("", name));
        let place = place.replace("::", "/");
        let defined = [format!("fn {last}("), format!("mod {last};"), format!("mod {last} {{")];
        let is_there = |(path, text): &(PathBuf, String)| {
            path.to_string_lossy().contains(&place) && defined.iter().any(|line| text.contains(line))
        };
        assert!(sources.iter().any(is_there), "no test `{name}`");
    }
}

/// Returns all files of Rust below a folder, each with its text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let of_one = |path: PathBuf| match path.extension() {
        _ if path.is_dir() => sources(&path),
        Some(extension) if extension == "rs" => {
            let text = fs::read_to_string(&path).expect("a source");
            vec![(path, text)]
        }
        _ => Vec::new(),
    };
    entries.flat_map(of_one).collect()
}

/// A copy of the repository, without what was built, in a folder whose path has blanks.
fn copied(into: &Path) -> PathBuf {
    let copy = into.join("a folder of mine").join("the clone");
    fs::create_dir_all(&copy).expect("a folder");
    for entry in fs::read_dir(root()).expect("the repository") {
        let path = entry.expect("an entry").path();
        if !path.ends_with("target") && !path.ends_with(".git") {
            let done = Command::new("cp").arg("-R").args([&path, &copy]).status().expect("cp(1)");
            assert!(done.success(), "{}", path.display());
        }
    }
    copy
}

/// Whoever runs these tests from such a folder builds there what takes long.
#[test]
fn make_and_scripts_work_in_a_folder_whose_path_has_blanks() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let copy = copied(folder.path());
    let run = |program: &str, args: &[&str]| {
        // This test may have been started by make itself, and by cargo.
        let unset = ["MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"];
        let mut command = Command::new("env");
        for name in unset {
            command.args(["-u", name]);
        }
        let output = command.arg(program).args(args).env("CARGO_NET_OFFLINE", "true").current_dir(&copy).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{program} {args:?}: {}{}", said(&output.stdout), said(&output.stderr));
        said(&output.stdout)
    };
    assert!(run("make", &[]).contains("\nrun "), "the list of targets");
    for target in ["test", "lint", "dist", "packages", "program"] {
        assert!(run("make", &["--dry-run", target]).contains("scripts/program-cargo"), "{target}");
    }
    run("scripts/third-party", &["--check"]);

    // Cargo itself takes the flags, in which is the folder.
    run("scripts/program-cargo", &["build", "--release", "--package", "roundsman-perfdata"]);
    let program = PathBuf::from(run("scripts/program-cargo", &["path", "release"]).trim_end());
    assert!(program.starts_with(&copy), "{}", program.display());
    let built = program.parent().expect("a folder");
    assert!(built.join("libroundsman_perfdata.rlib").is_file(), "{}", built.display());

    // A round with what was built here.
    std::os::unix::fs::symlink(roundsman_tests::program(), &program).expect("a link");
    std::os::unix::fs::symlink(root().join("target/checks"), copy.join("target/checks")).expect("a link");
    let round = run("scripts/run-once", &[]);
    assert!(round.lines().last().is_some_and(|line| line.contains(" due")), "{round}");
}
