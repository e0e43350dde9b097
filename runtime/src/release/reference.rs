//! Where a release is: a file with its signature beside it, or a directory of images as skopeo writes it.

use std::path::{Path, PathBuf};

/// A place that can be read without a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A `.wasm`; its signature has the same name with `.minisig` after it.
    File(PathBuf),
    /// An OCI image layout, and the tag in it.
    Layout { directory: PathBuf, tag: String },
}

impl Reference {
    /// Reads a reference as the operator writes it; a path of a file is made absolute.
    ///
    /// # Errors
    /// In words: of no form that is known, or one that takes a network.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("https://") || text.starts_with("http://") || text.starts_with("oci://") {
            return Err(format!(
                "`{text}` takes a network, which this version does not use: fetch the component and its .minisig, and name \
                 the file; or `skopeo copy` the image to an oci: directory"
            ));
        }
        if let Some(layout) = text.strip_prefix("oci:") {
            return match layout.rsplit_once(':') {
                Some((directory, tag)) if directory.starts_with('/') && !tag.is_empty() && !tag.contains('/') => {
                    Ok(Self::Layout { directory: directory.into(), tag: tag.to_owned() })
                }
                _ => Err(format!("`{text}` is no image in a directory: that is oci:/DIRECTORY:TAG")),
            };
        }
        if text.chars().any(char::is_control) {
            return Err("a reference has no control characters".to_owned());
        }
        let path = text.strip_prefix("file://").unwrap_or(text);
        if text.starts_with("file://") && !path.starts_with('/') {
            return Err(format!("`{text}` names no file: that is file:///DIRECTORY/NAME.wasm"));
        }
        match std::path::absolute(Path::new(path)) {
            Ok(path) if !text.is_empty() => Ok(Self::File(path)),
            _ => Err("an empty reference: write file:///DIRECTORY/NAME.wasm or oci:/DIRECTORY:TAG".to_owned()),
        }
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "file://{}", path.to_string_lossy()),
            Self::Layout { directory, tag } => write!(f, "oci:{}:{tag}", directory.to_string_lossy()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_as_it_is_shown() {
        for text in ["file:///srv/a b/disk.wasm", "oci:/srv/layout:disk-1.4.0"] {
            assert_eq!(Reference::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Reference::parse("/srv/disk.wasm").unwrap().to_string(), "file:///srv/disk.wasm");
    }

    #[test]
    fn what_is_none_says_what_to_write() {
        for (text, said) in [
            ("https://mirror/disk.wasm", "takes a network"),
            ("oci://registry/checks/disk:1", "takes a network"),
            ("oci:srv:tag", "oci:/DIRECTORY:TAG"),
            ("oci:/srv/layout", "oci:/DIRECTORY:TAG"),
            ("oci:/srv:x/y", "oci:/DIRECTORY:TAG"),
            ("file://disk.wasm", "file:///DIRECTORY/NAME.wasm"),
            ("", "empty reference"),
        ] {
            let error = Reference::parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
