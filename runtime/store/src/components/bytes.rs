//! A component's file: found, trusted, read once, and known by its digest.

use std::fmt::Write as _;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::identity::Identity;
use roundsman_config::ComponentPath;
use roundsman_contract::report::{Failure, FailureKind};
use roundsman_grants::escape;
use roundsman_os::process::starved;
use roundsman_os::safe_path::{self, OwnerRule, SafePathError};

/// The component that a check names.
#[derive(Debug, Clone, Copy)]
pub struct NamedComponent<'w> {
    pub component: &'w ComponentPath,
    /// Those of `paths.checks`.
    pub directories: &'w [PathBuf],
    /// The digest that the operator wrote, in lower-case hex.
    pub pin: Option<&'w str>,
    /// The acting user.
    pub uid: u32,
}

/// A component's file that was judged and not opened: nobody else can write it, or it is pinned.
#[derive(Debug, Clone)]
pub struct Looked {
    /// As the operator named it.
    pub path: PathBuf,
    /// Links resolved.
    pub real: String,
    pub identity: Identity,
}

/// The bytes of a component that may be compiled: nobody else could have written them, or a pin says which they are.
#[derive(Debug)]
pub struct Verified {
    pub path: PathBuf,
    /// Of the file that was read.
    pub identity: Identity,
    pub bytes: Vec<u8>,
    /// Lower-case hex.
    pub sha256: String,
}

/// Finds and judges a component, and opens nothing but directories.
///
/// # Errors
/// A failure of kind `invalid`: missing, or writable by others and not pinned.
pub fn look(wanted: NamedComponent<'_>) -> Result<Looked, Failure> {
    let path = find(wanted.component, wanted.directories)?;
    let seen = safe_path::look(&path, wanted.rule()).map_err(|error| refused(&error))?;
    let real = seen.path.to_string_lossy().into_owned();
    Ok(Looked { path, real, identity: Identity::of(&seen.stat) })
}

/// Finds, judges and reads a component of at most `largest` bytes, `compile.component`.
///
/// # Errors
/// As [`look`]; too large, or off its pin.
pub fn read(wanted: NamedComponent<'_>, largest: u64) -> Result<Verified, Failure> {
    let path = find(wanted.component, wanted.directories)?;
    let found = safe_path::find(&path, wanted.rule()).map_err(|error| refused(&error))?;
    let file = found.open().map_err(|error| refused(&error))?;
    let unread = |error: io::Error| {
        Failure::new(FailureKind::Io, format!("reading {}: {}", escape::path(&path), starved::shown(&error)))
    };
    let stat = rustix::fs::fstat(&file).map_err(|error| unread(error.into()))?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells "too large" from "just fits", whatever size the file claims.
    file.take(largest.saturating_add(1)).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > largest {
        return Err(Failure::new(
            FailureKind::Limit,
            format!("compile.component of {largest} bytes is reached: {} is larger", escape::path(&path)),
        )
        .with_hint(format!("[compile]\ncomponent = {}", largest.saturating_mul(2))));
    }
    let sha256 = hex(&Sha256::digest(&bytes));
    on_pin(&path, wanted.pin, &sha256)?;
    Ok(Verified { path, identity: Identity::of(&stat), bytes, sha256 })
}

impl NamedComponent<'_> {
    fn rule(&self) -> OwnerRule {
        if self.pin.is_some() { OwnerRule::Lifted } else { OwnerRule::OwnedBy(self.uid) }
    }
}

/// Compares the digest of a component with the one that the operator wrote, if he wrote one.
///
/// # Errors
/// A failure of kind `invalid`: it is another.
pub(crate) fn on_pin(path: &Path, pin: Option<&str>, sha256: &str) -> Result<(), Failure> {
    match pin {
        Some(pin) if pin != sha256 => Err(invalid(format!("{} is not the pinned component", escape::path(path)))
            .with_hint(format!("put the pinned file back; if you replaced it yourself, its digest is {sha256}"))),
        _ => Ok(()),
    }
}

/// Returns the file that the operator means. A name that is in none of the directories is an error that lists them.
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
    let listed = directories.iter().map(|directory| escape::path(directory)).collect::<Vec<_>>();
    if !name.contains('.') {
        return invalid(format!("no release of `{name}` is pinned in versions.lock"))
            .with_hint("roundsman install REF pins one; a file is named with its ending: wasm = \"NAME.wasm\"");
    }
    invalid(format!("there is no component `{name}` in {}", listed.join(" or ")))
        .with_hint("copy it there, add its directory to `paths.checks`, or write its path with a slash")
}

/// Returns the failure for a path that is not used. It says something about the component, unless the system had no more to
/// give: that is over by the next round, and nothing to be remembered of the component.
fn refused(error: &SafePathError) -> Failure {
    let short = [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::EIO];
    match error {
        SafePathError::Unreachable { source, .. }
            if source.raw_os_error().is_some_and(|number| short.contains(&number)) =>
        {
            Failure::new(FailureKind::Io, error.to_string())
        }
        error => invalid(error.to_string()),
    }
}

fn invalid(message: String) -> Failure {
    Failure::new(FailureKind::Invalid, message)
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns the file name without its ending, to call a component by on the command line.
#[must_use]
pub fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "component".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
