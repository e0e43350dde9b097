//! The SDK for Python and the example that is written with it: their own tests under plain pytest without Wasm, types, style, and
//! the wheel that a person would publish.
#![expect(clippy::disallowed_methods, reason = "pytest and its like are programs")]

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use roundsman_tests::{built, root};

/// Runs a module of Python in a folder, and returns what it said.
#[track_caller]
fn python(folder: &Path, path: &Path, arguments: &[&str]) -> String {
    let output = Command::new(built("python/bin/python", "test"))
        .arg("-m")
        .args(arguments)
        .current_dir(folder)
        .env("PYTHONPATH", path)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python starts");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{arguments:?} in {}: {said}", folder.display());
    said
}

const PYTEST: [&str; 4] = ["pytest", "-q", "-p", "no:cacheprovider"];

#[test]
fn the_sdk_for_python_passes_its_tests() {
    let sdk = root().join("guest-sdk/python");
    let said = python(&sdk, &sdk, &PYTEST);
    assert!(said.contains(" passed") && !said.contains("skipped"), "{said}");
}

#[test]
fn the_example_passes_its_tests() {
    let said = python(&root().join("examples/python-mdraid"), &root().join("guest-sdk/python"), &PYTEST);
    assert!(said.contains(" passed") && !said.contains("skipped"), "{said}");
}

#[test]
fn types_and_style_are_in_order() {
    let sdk = root().join("guest-sdk/python");
    let cache = tempfile::tempdir().expect("a temporary directory");
    let cache = cache.path().to_str().expect("a path in UTF-8");
    for (folder, files) in [("guest-sdk/python", "roundsman_sdk"), ("examples/python-mdraid", "app.py")] {
        let folder = root().join(folder);
        let checked = python(&folder, &sdk, &["mypy", "--strict", "--cache-dir", cache, files]);
        assert!(checked.contains("no issues found"), "{checked}");
        python(&folder, &sdk, &["ruff", "check", "--no-cache", "."]);
        python(&folder, &sdk, &["ruff", "format", "--no-cache", "--check", "."]);
    }
}

/// Makes the wheel of a copy, as it writes beside its sources, and tests a new project against what is in it.
#[test]
fn the_wheel_is_whole() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (copy, installed) = (directory.path().join("copy"), directory.path().join("installed"));
    let copied = Command::new("cp").arg("-rL").arg(root().join("guest-sdk/python")).arg(&copy).status().expect("cp");
    assert!(copied.success());
    python(&copy, Path::new(""), &["build", "--no-isolation", "--outdir", "dist"]);
    let built: Vec<String> = fs::read_dir(copy.join("dist"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let wheel = format!("dist/roundsman_sdk-{}-py3-none-any.whl", env!("CARGO_PKG_VERSION"));
    assert!(built.iter().any(|name| name.ends_with(".tar.gz")), "no source distribution: {built:?}");
    // Names, licence, versions and the page, as an index would judge them.
    let source = format!("dist/roundsman_sdk-{}.tar.gz", env!("CARGO_PKG_VERSION"));
    let judged = python(&copy, Path::new(""), &["twine", "--no-color", "check", "--strict", &wheel, &source]);
    assert_eq!(judged.matches("PASSED").count(), 2, "{judged}");
    let packed = Command::new("tar").arg("tzf").arg(copy.join(&source)).output().expect("tar");
    let packed = String::from_utf8_lossy(&packed.stdout).into_owned();
    // The licence is in it; its tests are not, as they need the table of cases that lies beside it.
    assert!(packed.contains("/LICENSE\n") && !packed.contains("/tests/"), "{packed}");
    let target = installed.to_str().expect("a path in UTF-8");
    python(&copy, Path::new(""), &["pip", "install", "--quiet", "--no-index", "--no-deps", "--target", target, &wheel]);
    let ours = fs::read_dir(root().join("guest-sdk/python/roundsman_sdk")).expect("the package");
    for entry in ours {
        let name = entry.expect("an entry").file_name();
        assert!(
            name == "__pycache__" || installed.join("roundsman_sdk").join(&name).is_file(),
            "the wheel has no {name:?}"
        );
    }
    let said = python(&root().join("templates/python"), &installed, &[&PYTEST[..], &["-o", "pythonpath=."]].concat());
    assert!(said.contains("2 passed"), "{said}");
}
