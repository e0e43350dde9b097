//! A component's file: found, trusted, read once, and known by its digest.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::config::ComponentPath;
use crate::config::safe_path::{self, Rule};
use crate::report::{Failure, FailureKind};

/// The bytes of a component that may be compiled: nobody else could have written them, or a pin says which they are.
#[derive(Debug)]
pub struct Verified {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    /// Lower-case hex.
    pub sha256: String,
}

/// Finds and reads a component. `directories` are those of `paths.checks`, `largest` is `compile.component` in bytes,
/// `uid` the acting user, `pin` the digest that the operator wrote.
///
/// # Errors
/// A failure of kind `invalid`: missing, too large, writable by others and not pinned, or off its pin.
pub fn read(
    component: &ComponentPath,
    directories: &[PathBuf],
    pin: Option<&str>,
    largest: u64,
    uid: u32,
) -> Result<Verified, Failure> {
    let path = find(component, directories)?;
    let rule = if pin.is_some() { Rule::Lifted } else { Rule::OwnedBy(uid) };
    let found = safe_path::find(&path, rule).map_err(|error| invalid(format!("{error}")))?;
    let file = found.open().map_err(|error| invalid(format!("{error}")))?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells "too large" from "just fits", whatever size the file claims.
    file.take(largest.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| invalid(format!("reading {}: {error}", path.display())))?;
    if bytes.len() as u64 > largest {
        return Err(Failure::new(
            FailureKind::Limit,
            format!("compile.component of {largest} bytes is reached: {} is larger", path.display()),
        )
        .with_hint(format!("[compile]\ncomponent = {}", largest.saturating_mul(2))));
    }
    let sha256 = hex(&Sha256::digest(&bytes));
    match pin {
        Some(pin) if pin != sha256 => Err(invalid(format!("{} is not the pinned component", path.display()))
            .with_hint(format!("put the pinned file back; if you replaced it yourself, its digest is {sha256}"))),
        _ => Ok(Verified { path, bytes, sha256 }),
    }
}

/// The file that the operator means. A name that is in none of the directories is an error that lists them.
fn find(component: &ComponentPath, directories: &[PathBuf]) -> Result<PathBuf, Failure> {
    match component {
        ComponentPath::At(path) => Ok(path.clone()),
        ComponentPath::Named(name) => directories
            .iter()
            .map(|directory| directory.join(name))
            .find(|path| path.symlink_metadata().is_ok())
            .ok_or_else(|| missing(name, directories)),
    }
}

fn missing(name: &str, directories: &[PathBuf]) -> Failure {
    let listed = directories.iter().map(|directory| directory.display().to_string()).collect::<Vec<_>>();
    invalid(format!("there is no component `{name}` in {}", listed.join(" or ")))
        .with_hint("copy it there, add its directory to `paths.checks`, or write its path with a slash")
}

fn invalid(message: String) -> Failure {
    Failure::new(FailureKind::Invalid, message)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The file name without its ending, to call a component by on the command line.
#[must_use]
pub fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "component".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
