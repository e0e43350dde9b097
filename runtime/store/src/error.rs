//! Errors of reading and writing the state.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::in_the_way::in_the_way;
use roundsman_grants::escape;
use roundsman_os::process::starved;
use roundsman_os::safe_path::SafePathError;

/// Longest time that another round may hold the lock; it needs milliseconds.
pub(super) const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// Reason why the state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{}: {error}{}{}", escape::path(path), starved::cause(error), in_the_way(path, error))]
    Io { path: PathBuf, error: io::Error },
    #[error("another round has held {} for {} s", escape::path(path), LOCK_PATIENCE.as_secs())]
    Locked { path: PathBuf },
    /// Others could forge what is kept there.
    #[error(
        "anybody who may write to the state directory (paths.state) could forge results and block every round: {0}"
    )]
    Unsafe(SafePathError),
}
