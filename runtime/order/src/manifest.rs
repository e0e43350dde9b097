//! The manifest of an OCI image that is a signed component: of a registry, or in a directory.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::fetch::LONGEST_SIGNATURE;

/// The annotation that has the text of the `.minisig`.
pub const SIGNATURE: &str = "roundsman.minisig";
/// The media type of a component.
pub const LAYER: &str = "application/wasm";

/// An image: its parts, and what is said of it.
#[derive(Debug, Deserialize)]
pub struct ImageManifest {
    #[serde(default)]
    layers: Vec<Blob>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// A part of an image, or an image of an index, by its digest.
#[derive(Debug, Deserialize)]
pub struct Blob {
    #[serde(rename = "mediaType", default)]
    pub media_type: String,
    pub digest: String,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

impl ImageManifest {
    /// Returns the digest of the component, and its signature.
    ///
    /// # Errors
    /// In words: it is the manifest of something else, or the signature is missing or too long.
    pub fn component(&self) -> Result<(&str, &str), String> {
        let layer = self.layers.iter().find(|layer| layer.media_type == LAYER);
        let layer = layer.ok_or_else(|| format!("no layer is {LAYER}: it is no component"))?;
        let signature = self.annotations.get(SIGNATURE);
        let signature =
            signature.ok_or_else(|| format!("its manifest has no annotation {SIGNATURE}, so it is not signed"))?;
        if signature.len() as u64 > LONGEST_SIGNATURE {
            return Err(format!("its signature is longer than {LONGEST_SIGNATURE} bytes"));
        }
        Ok((&layer.digest, signature))
    }
}
