//! What a manifest says of an image, and whether bytes are those that a digest names. Pure.

use ring::digest::{SHA256, digest};
use roundsman_order::fetch::hex_of_digest;
use roundsman_order::manifest;
use semver::Version;
use serde_json::Value;

use crate::hex::hex;

/// The signature and the digest of the component.
#[derive(Debug, PartialEq, Eq)]
pub struct SignedLayer {
    pub signature: String,
    pub layer: String,
}

impl SignedLayer {
    /// Reads the manifest of a signed component.
    ///
    /// # Errors
    /// In words: it is no manifest, or that of something that is no signed component.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        // The text of the error would have a part of the answer, which may be what the registry was told.
        let manifest: manifest::ImageManifest = serde_json::from_slice(bytes).map_err(|error| {
            format!("the manifest is none of an image: column {} of line {}", error.column(), error.line())
        })?;
        let (layer, signature) = manifest.component()?;
        hex_of_digest(layer).ok_or("the registry names a digest that is none of SHA-256")?;
        Ok(Self { signature: signature.to_owned(), layer: layer.to_owned() })
    }
}

/// Compares bytes with the digest that they should have.
///
/// # Errors
/// The bytes are others.
pub(crate) fn has_digest(bytes: &[u8], wanted: &str) -> Result<(), String> {
    let hex = hex(digest(&SHA256, bytes).as_ref());
    match hex_of_digest(wanted) {
        Some(wanted) if wanted.eq_ignore_ascii_case(&hex) => Ok(()),
        _ => Err(format!("the registry lies: what it gives for {wanted} has the digest sha256:{hex}")),
    }
}

/// Finds the tag that is the highest version; one before a release, such as `2.0.0-rc.1`, is not meant.
///
/// # Errors
/// No tag is a version.
pub(crate) fn newest(tags: &[u8]) -> Result<String, String> {
    let listed: Value =
        serde_json::from_slice(tags).map_err(|error| format!("the list of tags is no JSON: {error}"))?;
    let tags = listed["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    let versions = tags.iter().filter_map(|tag| {
        let tag = tag.as_str()?;
        Some((Version::parse(tag).ok().filter(|version| version.pre.is_empty())?, tag))
    });
    let newest = versions.max_by(|(one, _), (other, _)| one.cmp(other));
    newest.map(|(_, tag)| tag.to_owned()).ok_or_else(|| "no tag of it is a version such as 1.4.0".to_owned())
}

#[cfg(test)]
mod tests {
    use roundsman_order::manifest::{LAYER, SIGNATURE};

    use super::*;

    #[test]
    fn the_highest_version_is_the_newest() {
        let tags = br#"{"name":"disk","tags":["1.9.0","latest","1.10.0","2.0.0-rc.1","1.2"]}"#;
        assert_eq!(newest(tags), Ok("1.10.0".to_owned()));
        for none in [&br#"{"tags":null}"#[..], br#"{"tags":["latest"]}"#, b"[]", b"{}"] {
            assert!(newest(none).unwrap_err().contains("no tag of it"));
        }
        assert!(newest(b"<html>").is_err());
    }

    #[test]
    fn a_manifest_names_a_component_and_its_signature() {
        let layer = format!("sha256:{}", "a".repeat(64));
        let manifest = |media: &str, digest: &str, annotation: &str| {
            let text = format!(
                r#"{{"layers":[{{"mediaType":"{media}","digest":"{digest}"}}],"annotations":{{"{annotation}":"s"}}}}"#
            );
            SignedLayer::parse(text.as_bytes())
        };
        let good = manifest(LAYER, &layer, SIGNATURE).unwrap();
        assert_eq!((good.signature.as_str(), good.layer), ("s", layer.clone()));
        assert!(manifest("application/tar", &layer, SIGNATURE).unwrap_err().contains("no component"));
        assert!(manifest(LAYER, &layer, "x").unwrap_err().contains("not signed"));
        assert!(manifest(LAYER, "sha256:../../etc", SIGNATURE).unwrap_err().contains("none of SHA-256"));
        assert!(SignedLayer::parse(b"[1]").is_err() && SignedLayer::parse(b"").is_err());
    }

    #[test]
    fn bytes_have_their_digest() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert!(has_digest(b"", empty).is_ok() && has_digest(b"x", empty).unwrap_err().contains("lies"));
    }
}
