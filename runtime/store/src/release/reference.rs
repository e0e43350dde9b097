//! Reference to a release: a file with its signature beside it, here or on a mirror, or an image in a directory or a registry.

use std::path::{Path, PathBuf};

use roundsman_order::fetch::{Image, ImageChoice, ReleasePlace, hex_of_digest};
use semver::Version;

/// A place of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A `.wasm`; its signature has the same name with `.minisig` after it.
    File(PathBuf),
    /// An OCI image layout, and the tag in it.
    Layout { directory: PathBuf, tag: String },
    /// Over the network.
    Remote(ReleasePlace),
}

impl Reference {
    /// Reads a reference as the operator writes it; a path of a file is made absolute.
    ///
    /// # Errors
    /// In words: of no form that is known.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("http://") {
            return Err(format!("`{text}` is answered by anybody on the way: write https://"));
        }
        if text.starts_with("https://") {
            return match text.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#@".contains(&byte)) {
                true if text.ends_with(".wasm") => Ok(Self::Remote(ReleasePlace::Mirror(text.to_owned()))),
                _ => Err(format!("`{text}` is no file of a mirror: that is https://HOST/DIRECTORY/NAME.wasm")),
            };
        }
        if let Some(image) = text.strip_prefix("oci://") {
            let image = registry(image).ok_or_else(|| {
                format!("`{text}` is no image of a registry: that is oci://HOST/REPOSITORY:TAG, or …@sha256:HEX")
            })?;
            return Ok(Self::Remote(ReleasePlace::Registry(image)));
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

impl Reference {
    /// The place where newer releases of the same component are looked for: the other tags of a repository whose tags are
    /// versions; everything else has another release under the same name.
    #[must_use]
    pub fn channel(&self) -> Self {
        match self {
            Self::Remote(ReleasePlace::Registry(image)) if is_version(&image.which) => {
                Self::Remote(ReleasePlace::Registry(Image { which: ImageChoice::Newest, ..image.clone() }))
            }
            other => other.clone(),
        }
    }

    /// Names one version in the channel.
    #[must_use]
    pub fn of_version(self, version: &Version) -> Self {
        match self {
            Self::Remote(ReleasePlace::Registry(Image { which: ImageChoice::Newest, registry, repository })) => {
                let which = ImageChoice::Tag(version.to_string());
                Self::Remote(ReleasePlace::Registry(Image { which, registry, repository }))
            }
            other => other,
        }
    }

    /// Tells whether nothing else can ever be there.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Remote(ReleasePlace::Registry(Image { which: ImageChoice::Digest(_), .. })))
    }
}

fn is_version(which: &ImageChoice) -> bool {
    matches!(which, ImageChoice::Tag(tag) if Version::parse(tag).is_ok())
}

/// Returns the parts of `HOST[:PORT]/REPOSITORY`, and `:TAG` or `@sha256:HEX`.
fn registry(text: &str) -> Option<Image> {
    let all = |text: &str, others: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
    };
    let (registry, rest) = text.split_once('/')?;
    let (repository, which) = match rest.split_once('@') {
        Some((repository, digest)) => {
            hex_of_digest(digest)?;
            (repository, ImageChoice::Digest(digest.to_ascii_lowercase()))
        }
        None => {
            let (repository, tag) = rest.rsplit_once(':')?;
            (repository, all(tag, b"._-").then(|| ImageChoice::Tag(tag.to_owned()))?)
        }
    };
    let is_path =
        all(repository, b"._-/") && repository.split('/').all(|part| all(part, b"._-") && !part.starts_with('.'));
    (all(registry, b".-:[]") && is_path).then(|| Image {
        registry: registry.to_owned(),
        repository: repository.to_owned(),
        which,
    })
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "file://{}", path.to_string_lossy()),
            Self::Layout { directory, tag } => write!(f, "oci:{}:{tag}", directory.to_string_lossy()),
            Self::Remote(ReleasePlace::Mirror(url)) => write!(f, "{url}"),
            Self::Remote(ReleasePlace::Registry(Image { registry, repository, which })) => match which {
                ImageChoice::Tag(tag) => write!(f, "oci://{registry}/{repository}:{tag}"),
                ImageChoice::Digest(digest) => write!(f, "oci://{registry}/{repository}@{digest}"),
                ImageChoice::Newest => write!(f, "oci://{registry}/{repository}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_as_it_is_shown() {
        let digest = format!("oci://registry:5000/checks/disk@sha256:{}", "a".repeat(64));
        for text in [
            "file:///srv/a b/disk.wasm",
            "oci:/srv/layout:disk-1.4.0",
            "https://mirror:8443/checks/disk.wasm",
            "oci://registry:5000/checks/disk:1.4.0",
            &digest,
        ] {
            assert_eq!(Reference::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Reference::parse("/srv/disk.wasm").unwrap().to_string(), "file:///srv/disk.wasm");
    }

    #[test]
    fn what_is_none_says_what_to_write() {
        for (text, said) in [
            ("http://mirror/disk.wasm", "write https://"),
            ("https://mirror/disk", "https://HOST/DIRECTORY/NAME.wasm"),
            ("https://user:secret@mirror/disk.wasm", "https://HOST/DIRECTORY/NAME.wasm"),
            ("oci://registry/checks/disk", "oci://HOST/REPOSITORY:TAG"),
            ("oci://registry/../disk:1", "oci://HOST/REPOSITORY:TAG"),
            ("oci://registry/disk@sha256:12", "oci://HOST/REPOSITORY:TAG"),
            ("oci://registry/disk:1?x", "oci://HOST/REPOSITORY:TAG"),
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
    #[test]
    fn newer_versions_are_other_tags_where_tags_are_versions() {
        let newer =
            |text: &str| Reference::parse(text).unwrap().channel().of_version(&Version::new(1, 10, 0)).to_string();
        assert_eq!(newer("oci://r/disk:1.4.0"), "oci://r/disk:1.10.0");
        for same in ["oci://r/disk:stable", "https://mirror/disk.wasm", "file:///disk.wasm", "oci:/srv:disk-1.4.0"] {
            assert_eq!(newer(same), same);
        }
        let digest = format!("oci://r/disk@sha256:{}", "a".repeat(64));
        assert!(newer(&digest) == digest && Reference::parse(&digest).unwrap().is_fixed());
    }
}
