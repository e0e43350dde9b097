//! Shared parts of tests of the whole program: a host made for one test, the built binary, and the components to run.
#![expect(clippy::disallowed_methods, reason = "a test starts the program that it tests")]

mod apart;
pub mod chromium;
pub mod component;
pub mod document;
pub mod exposition;
mod host;
pub mod hook;
pub mod icinga;
pub mod memory;
mod output;
pub mod prometheus;
pub mod publisher;
pub mod scratch;
pub mod server;
mod silent;

pub use apart::{alone, apart, children, processes, state};
pub use component::{check, guest};
pub use host::Host;
pub use output::Output;
pub use silent::Silent;

use std::path::{Path, PathBuf};

/// Returns the root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is a folder of the repository").to_owned()
}

/// Returns the program, as it was built with the tests.
///
/// # Panics
/// If it is not there: a test that cannot run has failed.
#[must_use]
pub fn program() -> PathBuf {
    // Beside this test, which is in `release/deps`: below `target` or `target/TRIPLE`.
    there(std::env::current_exe().expect("this test").parent().expect("deps").with_file_name("roundsman"), "test")
}

/// A file of `target` that a step before the tests has built.
///
/// # Panics
/// As [`program`].
#[must_use]
pub fn built(relative: &str, by: &str) -> PathBuf {
    there(root().join("target").join(relative), by)
}

fn there(path: PathBuf, by: &str) -> PathBuf {
    assert!(path.exists(), "no {}: run `make {by}`", path.display());
    path
}
