//! The check that docs/authoring.md writes, built as a component by the recipe of `make checks`, and run.
#![expect(clippy::disallowed_methods, reason = "the recipe is a script")]

use std::fs;
use std::process::Command;

use roundsman_tests::document::{only, read};
use roundsman_tests::{Host, root};

#[test]
fn the_check_of_the_page_builds_and_runs() {
    // Beside the repository's own crates it would be one of them; elsewhere it takes what they inherit along.
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| directory.path().join(name);
    fs::create_dir(path("src")).expect("a folder");
    let workspace = read("Cargo.toml");
    let (_, profile) = workspace.split_once("[profile.guest]").expect("the profile of components");
    let (profile, _) = profile.split_once("\n[").expect("a table after it");
    let sdk = root().join("guest-sdk/rust").display().to_string();
    let manifest = only("toml crate").replace("../../guest-sdk/rust", &sdk);
    fs::write(path("Cargo.toml"), format!("{manifest}\n[workspace]\n\n[profile.guest]{profile}\n")).expect("a file");
    fs::write(path("src/lib.rs"), only("rust crate")).expect("a file");
    // The same versions, without asking anybody for them.
    fs::copy(root().join("Cargo.lock"), path("Cargo.lock")).expect("a copy");

    let output = Command::new(root().join("scripts/guest-cargo"))
        .args(["build", "--offline", "--manifest-path"])
        .arg(path("Cargo.toml"))
        .output()
        .expect("the script starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let component = root().join("target/guest/wasm32-unknown-unknown/guest/tasks.wasm");
    let report = Host::new().check(&component, &["--allow-file", "/proc/loadavg"]).json();
    assert_eq!((&report["status"], &report["metrics"][0]["name"]), (&"ok".into(), &"tasks".into()), "{report}");
}
