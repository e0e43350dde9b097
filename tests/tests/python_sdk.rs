//! The SDK for Python, by its own tests: under plain pytest, without Wasm.
#![expect(clippy::disallowed_methods, reason = "pytest is a program")]

use std::process::Command;

use roundsman_tests::{built, root};

#[test]
fn the_sdk_for_python_passes_its_tests() {
    let output = Command::new(built("python/bin/python", "test"))
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"])
        .current_dir(root().join("guest-sdk/python"))
        .env("PYTHONPATH", ".")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python starts");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && said.contains(" passed"), "{said}");
}
