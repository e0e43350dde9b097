//! An image of a registry, as the distribution specification of OCI has it: manifest, then the one layer that is a component.

use roundsman_order::fetch::{Image, Which};

use super::Release;
use super::challenge::Challenge;
use super::get::{Getter, Got};
use super::image::{Manifest, has_digest, newest};

/// A manifest, a list of tags, or a token, in bytes.
const LARGEST: u64 = 1 << 20;
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Fetches an image.
///
/// # Errors
/// In words: the registry does not have it, or gives something else.
pub fn release(getter: &mut Getter<'_>, image: &Image, largest: u64) -> Result<Release, String> {
    let mut repository =
        Repository { getter, base: format!("https://{}/v2/{}", image.registry, image.repository), token: None };
    let reference = match &image.which {
        Which::Tag(tag) => tag.clone(),
        Which::Digest(digest) => digest.clone(),
        Which::Newest => {
            let tags = repository.get("tags/list?n=10000", "application/json", LARGEST)?.found()?;
            newest(&tags)?
        }
    };
    let manifest = repository.get(&format!("manifests/{reference}"), MANIFEST, LARGEST)?.found()?;
    if let Which::Digest(digest) = &image.which {
        has_digest(&manifest, digest)?;
    }
    let manifest = Manifest::parse(&manifest)?;
    let bytes = repository.blob(&manifest.layer, largest)?;
    has_digest(&bytes, &manifest.layer)?;
    Ok(Release { bytes, signature: manifest.signature })
}

struct Repository<'g, 'o> {
    getter: &'g mut Getter<'o>,
    base: String,
    /// The header `Authorization`, once the registry has asked for it.
    token: Option<String>,
}

impl Repository<'_, '_> {
    fn get(&mut self, what: &str, accept: &str, largest: u64) -> Result<Got, String> {
        let got = self.once(what, accept, largest)?;
        let asked = got.response.challenge.as_deref().filter(|_| got.response.status == 401);
        let Some(challenge) = asked.filter(|_| self.token.is_none()).and_then(Challenge::parse) else {
            return Ok(got);
        };
        let answer = self.getter.get(&challenge.url(), &[], LARGEST)?.found()?;
        let answer: serde_json::Value =
            serde_json::from_slice(&answer).map_err(|error| format!("{}: no token: {error}", challenge.realm))?;
        let token = answer["token"].as_str().or_else(|| answer["access_token"].as_str());
        let token = token.ok_or_else(|| format!("{}: its answer has no `token`", challenge.realm))?;
        self.token = Some(format!("Bearer {token}"));
        self.once(what, accept, largest)
    }

    fn once(&mut self, what: &str, accept: &str, largest: u64) -> Result<Got, String> {
        let mut headers = vec![("Accept", accept)];
        headers.extend(self.token.as_deref().map(|token| ("Authorization", token)));
        self.getter.get(&format!("{}/{what}", self.base), &headers, largest)
    }

    /// Fetches a blob. Registries often keep them elsewhere: that is followed once, and what the registry knows us by is not
    /// told there.
    fn blob(&mut self, digest: &str, largest: u64) -> Result<Vec<u8>, String> {
        let got = self.get(&format!("blobs/{digest}"), "*/*", largest)?;
        match (got.response.status, &got.response.location) {
            (301 | 302 | 303 | 307 | 308, Some(to)) => {
                let to = if to.starts_with('/') { format!("{}{to}", self.origin()) } else { to.clone() };
                self.getter.get(&to, &[], largest)?.found()
            }
            _ => got.found(),
        }
    }

    /// The registry without a path.
    fn origin(&self) -> &str {
        self.base.split_once("/v2/").map_or(self.base.as_str(), |(origin, _)| origin)
    }
}
