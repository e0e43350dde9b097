//! The packages, in a root directory of their own: a copy of this host's in which everything that is written is gone afterwards.
#![expect(clippy::disallowed_methods, reason = "package managers are programs")]

mod judged;
mod life;
mod manager;
mod pages;
mod release;
mod rollout;
mod scratch;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use roundsman_tests::{program, root};

/// Folder in which the packages are made, below `target`; each test copies them.
const MADE: &str = "target/packages-of-tests";
/// The version that is packed besides the one that is.
const NEWER: &str = "0.1.1";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Packs the program that the tests were built with under two versions, once for all tests; a test that is played again in
/// namespaces of its own finds them.
fn packed() -> PathBuf {
    static ONCE: Once = Once::new();
    let into = root().join(MADE);
    if std::env::var_os("ROUNDSMAN_TEST_APART").is_none() {
        ONCE.call_once(|| {
            let _ = fs::remove_dir_all(&into);
            [VERSION, NEWER].iter().for_each(|version| pack(version, &into));
        });
    }
    into
}

fn pack(version: &str, into: &Path) {
    let output = Command::new(root().join("scripts/packages"))
        .arg(program())
        .arg(version)
        .arg(into)
        // What takes longest is of no interest here.
        .env("LEVEL", "1")
        .output()
        .expect("the script");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
