//! The bytes of a configuration file, whole and bounded, from where nobody else can write.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use roundsman_os::process::writers::has_writer;
use roundsman_os::safe_path::{self, OwnerRule, SafePathError, shown};

/// Largest configuration file. A thousand checks written out at length take half of it, and parsing takes some twenty
/// times the size in memory.
const LARGEST_FILE: u64 = 1 << 20;

/// Reason why a file gave no text.
#[derive(Debug, thiserror::Error)]
pub enum ConfigReadError {
    #[error(transparent)]
    Path(#[from] SafePathError),
    #[error("{} cannot be read: {source}", shown(file))]
    Io { file: PathBuf, source: io::Error },
    #[error(
        "{} is larger than {} KiB, the most that a configuration file may have: is it one?",
        shown(.0),
        LARGEST_FILE >> 10
    )]
    TooLarge(PathBuf),
    #[error(
        "{} is written to continuously, so it may be incomplete: write it elsewhere and move it here",
        shown(.0)
    )]
    Changing(PathBuf),
    #[error("{} is not UTF-8 in line {line}: save it as UTF-8 without other encodings in it", shown(file))]
    NotUtf8 { file: PathBuf, line: usize, lossy: String },
}

/// How long nobody has written a file when what is there counts as whole. What is there meanwhile may be valid: nothing,
/// which switches a file off, or the first half of one, a check without its grants or limits.
const QUIET: Duration = Duration::from_millis(50);
/// The same of the names in a directory, where nothing tells whether an editor is between two steps.
const NAMES_QUIET: Duration = Duration::from_millis(250);
/// How long whoever has the file open for writing is waited for since it last wrote: on a busy host it may be stopped
/// between emptying the file and writing it. Some programs never close what they write.
const STALLED: Duration = Duration::from_secs(1);
/// Times that a file is looked at before it is told that somebody writes it all the time.
const ATTEMPTS: usize = 30;

/// Reads a file's text, once nobody is writing it.
///
/// # Errors
/// [`ConfigReadError`] says which file, what is wrong, and the command that mends it where there is one.
pub fn text(file: &Path, rule: OwnerRule) -> Result<String, ConfigReadError> {
    for _ in 0..ATTEMPTS {
        match once(file, rule) {
            Ok(Some(bytes)) => return decoded(file, bytes),
            Ok(None) | Err(ConfigReadError::Path(SafePathError::Replaced(_))) => std::thread::sleep(QUIET),
            Err(error) => return Err(error),
        }
    }
    Err(ConfigReadError::Changing(file.to_owned()))
}

/// Waits until no name in a directory has come or gone for a moment: an editor that moves the old file away before the
/// new one is there would otherwise take its checks away for a round. One in which names change all the time is read
/// as it is.
pub(crate) fn settle(directory: &Path) {
    for _ in 0..ATTEMPTS {
        let modified = directory.metadata().and_then(|stat| stat.modified());
        if !modified.is_ok_and(|modified| is_younger(modified, NAMES_QUIET)) {
            return;
        }
        std::thread::sleep(QUIET);
    }
}

/// Returns the bytes of a file; nothing where it was changed just now or while it was read.
fn once(file: &Path, rule: OwnerRule) -> Result<Option<Vec<u8>>, ConfigReadError> {
    let failed = |source| ConfigReadError::Io { file: file.to_owned(), source };
    let mut opened = safe_path::find(file, rule)?.open()?;
    let before = opened.metadata().map_err(failed)?;
    let mut bytes = Vec::new();
    (&mut opened).take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(ConfigReadError::TooLarge(file.to_owned()));
    }
    let has_writer = has_writer(&opened);
    if has_writer {
        // The kernel empties a file before it dates that, which takes long on a busy disk. Looking for holes waits until it is done.
        let _ = rustix::fs::seek(&opened, rustix::fs::SeekFrom::Hole(0));
    }
    let after = opened.metadata().map_err(failed)?;
    let modified = after.modified().map_err(failed)?;
    let is_same = before.modified().is_ok_and(|before| before == modified) && after.len() == bytes.len() as u64;
    let is_written = is_younger(modified, if has_writer { STALLED } else { QUIET });
    Ok((is_same && !is_written).then_some(bytes))
}

/// A time that is yet to come is no young one: the clock was set back.
fn is_younger(modified: SystemTime, than: Duration) -> bool {
    modified.elapsed().is_ok_and(|age| age < than)
}

fn decoded(file: &Path, bytes: Vec<u8>) -> Result<String, ConfigReadError> {
    String::from_utf8(bytes).map_err(|e| {
        let before = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        ConfigReadError::NotUtf8 {
            file: file.to_owned(),
            line,
            lossy: String::from_utf8_lossy(e.as_bytes()).into_owned(),
        }
    })
}
