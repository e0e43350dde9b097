//! Orders to fetch one release, and the line before its bytes.

use serde::{Deserialize, Serialize};

use crate::Secret;

/// Longest signature that is taken, in bytes: four lines, of which only the comment has no length.
pub const LONGEST_SIGNATURE: u64 = 8 << 10;

/// Longest line of JSON before the bytes of a component.
pub const LONGEST_HEAD: usize = 32 << 10;

/// Order to a fetcher: all that it is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchOrder {
    pub version: u32,
    /// Milliseconds from its start.
    pub deadline_ms: u64,
    pub place: ReleasePlace,
    /// Most bytes of the component.
    pub largest: u64,
    /// Authorities that are trusted, as PEM; `None` for those of the host.
    pub ca: Option<String>,
    pub proxy: Option<Secret>,
    /// Name and password for the registry, in base64; nobody else is told.
    #[serde(default)]
    pub auth: Option<Secret>,
    /// The text of the signature of the release that is here; its bytes need not come again.
    #[serde(default)]
    pub known: Option<String>,
}

impl FetchOrder {
    /// Tells whether a release with this signature is here. It is over all bytes, so there are no others.
    #[must_use]
    pub fn knows(&self, signature: &str) -> bool {
        self.known.as_deref() == Some(signature)
    }
}

/// Place of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleasePlace {
    /// The URL of a `.wasm`, with its signature beside it.
    Mirror(String),
    Registry(Image),
}

/// An image of a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Host, and port if it is not 443.
    pub registry: String,
    pub repository: String,
    pub which: ImageChoice,
}

/// The image that is meant among those of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageChoice {
    Tag(String),
    /// `sha256:` and hex, of the manifest.
    Digest(String),
    /// The tag that is the highest version.
    Newest,
}

/// Reads `sha256:` and 64 digits of hex, and returns these; `None` if it is no such digest.
#[must_use]
pub fn hex_of_digest(text: &str) -> Option<&str> {
    let hex = text.strip_prefix("sha256:")?;
    (hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hex)
}

/// A release that was fetched: a line of JSON on standard output, behind which so many bytes of the component follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    pub length: u64,
    /// The text of the `.minisig`.
    pub signature: String,
    /// Whether it is the release that is known, whose bytes are left out.
    #[serde(default)]
    pub known: bool,
}
