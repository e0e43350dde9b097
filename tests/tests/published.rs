//! The crates that an author depends on are whole: packed together as they would be published, each is built from what is in its
//! package, and their pages are made without a warning.
#![expect(clippy::disallowed_methods, reason = "Cargo packs and documents")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use roundsman_tests::root;

const CRATES: [&str; 3] = ["roundsman-grants", "roundsman-sdk-derive", "roundsman-sdk"];

/// Held by who has the folder that they are built in.
static FOLDER: Mutex<()> = Mutex::new(());

/// Runs Cargo on the crates, as an author's own would, in a folder that new projects are built in too.
#[track_caller]
fn cargo(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).args(["--offline", "--target-dir", "target/wasi/new"]).current_dir(root());
    for name in CRATES {
        command.args(["--package", name]);
    }
    // The tests are built by a Cargo that tells these to all that it starts.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_") && name != "CARGO_HOME") {
        command.env_remove(name);
    }
    let output = command.env("RUSTDOCFLAGS", "--deny warnings").output().expect("Cargo");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

/// Removes what Cargo has unpacked of our packages before, and what it knows of building that: it takes both again for the same
/// version, however the package has changed since.
fn forget_unpacked() {
    let built = root().join("target/wasi/new/debug/.fingerprint");
    for known in fs::read_dir(built).into_iter().flatten() {
        let known = known.expect("an entry");
        if known.file_name().to_string_lossy().starts_with("roundsman-") {
            fs::remove_dir_all(known.path()).expect("removed");
        }
    }
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").expect("a home directory")).join(".cargo"),
        PathBuf::from,
    );
    let Ok(sources) = fs::read_dir(home.join("registry/src")) else { return };
    for source in sources {
        let source = source.expect("an entry").path();
        for name in CRATES {
            // Most sources have none of them.
            let _ = fs::remove_dir_all(source.join(format!("{name}-{}", env!("CARGO_PKG_VERSION"))));
        }
    }
}

#[test]
fn crates_can_be_published_together() {
    let _alone = FOLDER.lock();
    forget_unpacked();
    // A clone that is worked in has changes.
    cargo(&["package", "--quiet", "--allow-dirty"]);
    for name in CRATES {
        let package = format!("target/wasi/new/package/{name}-{}.crate", env!("CARGO_PKG_VERSION"));
        let output = Command::new("tar").args(["tzf", &package]).current_dir(root()).output().expect("tar");
        let files = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(files.contains("/src/lib.rs\n") && files.contains("/LICENSE\n"), "{package}: {files}");
        assert!(name != "roundsman-sdk" || files.contains("/wit/guest.wit\n"), "no contract in {package}: {files}");
    }
}

#[test]
fn their_pages_are_made_without_a_warning() {
    let _alone = FOLDER.lock();
    cargo(&["doc", "--quiet", "--no-deps"]);
}
