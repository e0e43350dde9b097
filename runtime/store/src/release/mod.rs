//! Releases of components: fetched, verified against the keys of publishers, kept by digest. Nothing parses a component before
//! its signature holds, and what runs is what was verified: the digest is pinned.

pub mod difference;
pub mod fetch;
pub mod fetcher;
pub mod keys;
mod passwords;
pub mod reference;
pub mod seen;
pub mod shelf;
pub mod signed;
pub mod uses;

/// Reason why a release is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The release is not what it should be.
    #[error("{0}")]
    Release(String),
    /// A server does not answer, or cannot be asked; later it may be otherwise.
    #[error("{0}")]
    Unavailable(String),
    /// Others may write a file that is trusted, or it cannot be read.
    #[error("{0}")]
    Trust(String),
    /// Something could not be kept.
    #[error("{0}")]
    NotStored(String),
    /// Another command holds the lock.
    #[error("{0}")]
    Locked(String),
}
