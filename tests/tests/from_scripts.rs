//! docs/from-scripts.md: each script is run as it was before, and beside it the check that became of it, on the same host.
#![expect(clippy::disallowed_methods, reason = "scripts and the tools that build are programs")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use roundsman_tests::document::{blocks, only, read};
use roundsman_tests::{Host, built, root};
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    directory
}

fn says(program: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = Command::new(program).args(arguments).output().expect("a program");
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Builds a check in Python by the world that a new project has.
fn python(directory: &TempDir) -> PathBuf {
    let component = directory.path().join("made.wasm");
    let output = Command::new(built("python/bin/componentize-py", "test"))
        .args([
            "-d",
            "wit",
            "-d",
            "templates/python/wit",
            "-w",
            "local:sample-check/sample-check",
            "componentize",
            "-p",
        ])
        .arg(directory.path())
        .args(["-p", "guest-sdk/python", "app", "-o"])
        .arg(&component)
        .current_dir(root())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("componentize-py starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    component
}

/// Builds a check in Rust with the profile of components.
fn rust(source: &str) -> PathBuf {
    let workspace = read("Cargo.toml");
    let (_, profile) = workspace.split_once("[profile.guest]").expect("the profile of components");
    let (profile, _) = profile.split_once("\n[").expect("a table after it");
    let sdk = root().join("guest-sdk/rust");
    let manifest = format!(
        "[package]\nname = \"script-blocked\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [lib]\nname = \"blocked\"\ncrate-type = [\"cdylib\", \"rlib\"]\n\
         [dependencies]\nroundsman-sdk = {{ path = {sdk:?} }}\n[workspace]\n[profile.guest]{profile}\n"
    );
    let directory = folder(&[("Cargo.toml", &manifest), ("src/lib.rs", source)]);
    // The same versions, without asking anybody for them.
    fs::copy(root().join("Cargo.lock"), directory.path().join("Cargo.lock")).expect("a copy");
    let output = Command::new(root().join("scripts/guest-cargo"))
        .args(["build", "--offline", "--manifest-path"])
        .arg(directory.path().join("Cargo.toml"))
        .output()
        .expect("the script starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    root().join("target/guest/wasm32-unknown-unknown/guest/blocked.wasm")
}

/// Makes a host with the drop-in of the page, and the component that it names.
fn host(drop_in: &str, component: &Path) -> Host {
    let host = Host::new();
    host.keep_code("wasi/code");
    let file = drop_in.lines().find_map(|line| line.strip_prefix("wasm  = ")).expect("a component").trim_matches('"');
    host.file(&format!("checks/{file}"), fs::read(component).expect("a component"));
    host.drop_in("moved", drop_in);
    host
}

#[test]
fn a_shell_script() {
    let script = only("sh before-shell");
    let directory = folder(&[("script", &script), ("eager", &script.replace("-ge 80", "-ge 0"))]);
    let quiet = says("/bin/bash", &[text(&directory.path().join("script"))]);
    assert_eq!(quiet, (Some(0), String::new()));
    let (_, said) = says("/bin/bash", &[text(&directory.path().join("eager"))]);
    let (_, most) = said.trim_end().split_once(" of ").expect("a number of files");

    let app = folder(&[("app.py", &only("python after-shell"))]);
    let python = python(&app);
    let drop_in = only("toml after-shell");
    let calm = host(&drop_in, &python);
    let output = calm.run(["check", "open-files", "--format", "json"]);
    assert_eq!(output.code, 0, "{output}");
    let summary = output.json()["summary"].as_str().expect("a summary").to_owned();
    assert!(summary.ends_with(&format!(" of {most}")), "{summary}, and the script says {said}");
    let eager = host(&drop_in.replace("warning = 80", "warning = \"@0:\""), &python);
    assert_eq!(eager.run(["check", "open-files"]).code, 1);
    // What the page says of another form.
    calm.file("recorded/proc/sys/fs/file-nr", "many\n");
    let other = calm.run(["check", "open-files", "--root", text(&calm.path("recorded")), "--format", "json"]);
    other.assert_failure("check", &["\"many\" is not a whole number"]);
}

#[test]
fn a_nagios_plugin() {
    let before = only("python before-plugin");
    let component = rust(&only("rust after-plugin"));
    let drop_in = only("toml after-plugin");
    // Without its own table of thresholds the check has those of the plugin.
    let (head, rest) = drop_in.split_once("[check.blocked.thresholds]").expect("thresholds");
    let (_, grant) = rest.split_once("\n\n").expect("a grant");
    let (defaults, operator) = (host(&format!("{head}{grant}"), &component), host(&drop_in, &component));
    for (blocked, code, with_thresholds) in [(0, 0, 0), (7, 1, 0), (25, 2, 1), (50, 2, 2)] {
        let stat = format!("cpu  1 2 3\nintr 1 2\nctxt 4\nprocs_running 2\nprocs_blocked {blocked}\nsoftirq 1\n");
        let recorded = folder(&[("proc/stat", &stat)]);
        let plugin = before.replace("/proc/stat", text(&recorded.path().join("proc/stat")));
        let plugin = folder(&[("check_blocked", &plugin)]);
        let (exit, said) = says("/usr/bin/python3", &[text(&plugin.path().join("check_blocked"))]);
        assert_eq!(exit, Some(code), "{said}");
        assert!(said.contains(&format!("{blocked} processes wait | blocked={blocked};5;20;0")), "{said}");

        let check = |host: &Host| host.run(["check", "blocked", "--root", text(recorded.path())]);
        let (as_before, moved) = (check(&defaults), check(&operator));
        assert_eq!((as_before.code, moved.code), (code, with_thresholds), "{blocked}: {as_before} {moved}");
        assert!(as_before.stdout.contains(&format!("{blocked} processes wait")), "{as_before}");
        assert!(as_before.stdout.contains(&format!("blocked={blocked};5;20")), "{as_before}");
    }
}

#[test]
fn a_zipapp() {
    let page = read("docs/from-scripts.md");
    let modules: Vec<(String, String)> = blocks(&page)
        .into_iter()
        .filter_map(|block| Some((block.mark.strip_prefix("python before-zipapp ")?.to_owned(), block.text)))
        .collect();
    let files: Vec<(&str, &str)> = modules.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(files.len(), 2);
    let sources = folder(&files);
    let app = folder(&[]).path().with_extension("pyz");
    let made =
        says("/usr/bin/python3", &["-m", "zipapp", text(sources.path()), "-o", text(&app), "-m", "monitor:main"]);
    assert_eq!(made.0, Some(0), "{}", made.1);
    let (code, said) = says("/usr/bin/python3", &[text(&app)]);
    fs::remove_file(&app).expect("the zipapp");
    assert!(code == Some(0) && said.contains("'total ") && said.contains("'MemTotal: "), "{said}");

    let app = folder(&[("app.py", &only("python after-zipapp"))]);
    let after = host(&only("toml after-zipapp"), &python(&app));
    let output = after.run(["check", "monitor", "--format", "json"]);
    let report = output.json();
    assert_eq!(report["failure"], serde_json::Value::Null, "{output}");
    let details = report["details"].as_array().expect("details");
    let total = details.first().and_then(|line| line.as_str()).expect("a line");
    assert!(total.starts_with("total ") && said.contains(&format!("'{total}'")), "{output}");
    assert!(report["metrics"][0]["value"].as_f64().is_some_and(|bytes| bytes > 1e6), "{output}");
}
