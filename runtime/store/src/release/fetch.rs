//! Bytes and signature of a release, from where a reference leads, each with a limit. Who owns the files does not matter: the
//! signature does.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use roundsman_order::fetch::{LONGEST_SIGNATURE, ReleasePlace, hex_of_digest};
use roundsman_order::manifest::{Blob, ImageManifest};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::ReleaseError;
use super::fetcher::{self, NotFetched};
use super::reference::Reference;
use crate::components::bytes::hex;
use roundsman_config::InstallSettings;
use roundsman_grants::escape;

/// An index or a manifest.
const LARGEST_MANIFEST: u64 = 1 << 20;
/// Annotation into which skopeo and others write the tag.
const TAG: &str = "org.opencontainers.image.ref.name";
/// Fetched bytes, of which nothing is known yet.
#[derive(Debug)]
pub struct Parcel {
    pub bytes: Vec<u8>,
    pub signature: String,
    /// The reference, for messages.
    pub from: String,
}

#[derive(Debug, Deserialize)]
struct Index {
    #[serde(default)]
    manifests: Vec<Blob>,
}

/// Reads a release, of a component of at most `largest` bytes.
///
/// # Errors
/// [`ReleaseError::Release`]: missing, too large, or of another form. [`ReleaseError::Unavailable`]: its server does not answer.
pub fn fetch(reference: &Reference, largest: u64, settings: &InstallSettings) -> Result<Parcel, ReleaseError> {
    let from = escape::line(&reference.to_string());
    let refused = |why: String| ReleaseError::Release(format!("{from}: {why}"));
    let (bytes, signature) = match reference {
        Reference::File(path) => file(path, largest).map_err(refused)?,
        Reference::Layout { directory, tag } => layout(directory, tag, largest).map_err(refused)?,
        Reference::Remote(place) => remote(place, largest, settings, None, &from)?
            .ok_or_else(|| refused("the release that is known was handed over, and none was".to_owned()))?,
    };
    Ok(Parcel { bytes, signature, from })
}

/// Reads a release where it is another one than that of a signature: of what is known a server is asked for the signature alone.
///
/// # Errors
/// As [`fetch`].
pub fn fetch_other(
    reference: &Reference,
    largest: u64,
    settings: &InstallSettings,
    known: Option<String>,
) -> Result<Option<Parcel>, ReleaseError> {
    let Reference::Remote(place) = reference else { return fetch(reference, largest, settings).map(Some) };
    let from = escape::line(&reference.to_string());
    let fetched = remote(place, largest, settings, known, &from)?;
    Ok(fetched.map(|(bytes, signature)| Parcel { bytes, signature, from }))
}

fn remote(
    place: &ReleasePlace,
    largest: u64,
    settings: &InstallSettings,
    known: Option<String>,
    from: &str,
) -> Result<Option<(Vec<u8>, String)>, ReleaseError> {
    fetcher::fetch(place, largest, settings, known).map_err(|failed| match failed {
        NotFetched::Unavailable(why) => ReleaseError::Unavailable(format!("{from}: {why}")),
        NotFetched::Release(why) => ReleaseError::Release(format!("{from}: {why}")),
    })
}

fn file(path: &Path, largest: u64) -> Result<(Vec<u8>, String), String> {
    let bytes = bounded(path, largest, "[compile] component")?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".minisig");
    let signature = bounded(Path::new(&beside), LONGEST_SIGNATURE, "a signature")
        .map_err(|why| format!("its signature {}: {why}", escape::path(Path::new(&beside))))?;
    Ok((bytes, text(signature)?))
}

fn layout(directory: &Path, tag: &str, largest: u64) -> Result<(Vec<u8>, String), String> {
    let index: Index = json(&bounded(&directory.join("index.json"), LARGEST_MANIFEST, "an index")?, "index.json")?;
    let found = index.manifests.iter().find(|manifest| manifest.annotations.get(TAG).is_some_and(|name| name == tag));
    let found = found.ok_or_else(|| {
        let tags: Vec<&str> =
            index.manifests.iter().filter_map(|one| Some(one.annotations.get(TAG)?.as_str())).collect();
        format!("there is no such tag; there are: {}", escape::line(&tags.join(", ")))
    })?;
    let manifest: ImageManifest = json(&blob(directory, &found.digest, LARGEST_MANIFEST)?, "the manifest")?;
    let (layer, signature) = manifest.component()?;
    Ok((blob(directory, layer, largest)?, signature.to_owned()))
}

/// Returns a blob, which must have the digest that it is called by.
fn blob(directory: &Path, digest: &str, largest: u64) -> Result<Vec<u8>, String> {
    let sha256 =
        hex_of_digest(digest).ok_or_else(|| format!("`{}` is no digest that is known", escape::line(digest)))?;
    let bytes = bounded(&directory.join("blobs/sha256").join(sha256), largest, "[compile] component")?;
    if hex(&Sha256::digest(&bytes)) == sha256 {
        Ok(bytes)
    } else {
        Err(format!("the blob {sha256} has another digest"))
    }
}

fn bounded(path: &Path, largest: u64, what: &str) -> Result<Vec<u8>, String> {
    let unread = |error: io::Error| format!("{}: {error}", escape::path(path));
    let file = regular(path).map_err(unread)?;
    let mut bytes = Vec::new();
    file.take(largest.saturating_add(1)).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > largest {
        return Err(format!("{} is larger than {largest} bytes, the most for {what}", escape::path(path)));
    }
    Ok(bytes)
}

/// A pipe or a device would never end, or wait for ever.
fn regular(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no regular file")) }
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| "its signature is none of minisign".to_owned())
}

fn json<T: for<'de> Deserialize<'de>>(bytes: &[u8], what: &str) -> Result<T, String> {
    // The text of the error would have a part of the file, to which a link may lead that only root reads.
    serde_json::from_slice(bytes).map_err(|error| {
        format!("{what} is not that of an OCI image: column {} of line {}", error.column(), error.line())
    })
}
