//! An image of a registry, as the distribution specification of OCI has it: manifest, then the one layer that is a component.

use roundsman_order::fetch::{FetchOrder, Image, ImageChoice};

use super::challenge::{Challenge, Realm};
use super::get::{Getter, Got};
use super::image::{SignedLayer, has_digest, newest};
use super::{Failed, Release};

/// A manifest, a list of tags, or a token, in bytes.
const LARGEST: u64 = 1 << 20;
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Fetches an image.
///
/// # Errors
/// [`Failed`].
pub(crate) fn release(getter: &mut Getter<'_>, image: &Image, order: &FetchOrder) -> Result<Release, Failed> {
    let base = format!("https://{}/v2/{}", image.registry, image.repository);
    let password = order.auth.as_ref().map(|auth| format!("Basic {}", auth.0));
    let mut repository = Repository { getter, base, password, authorization: None };
    let reference = match &image.which {
        ImageChoice::Tag(tag) => tag.clone(),
        ImageChoice::Digest(digest) => digest.clone(),
        ImageChoice::Newest => {
            let tags = repository.get("tags/list?n=10000", "application/json", LARGEST)?.found()?;
            newest(&tags)?
        }
    };
    let manifest = repository.get(&format!("manifests/{reference}"), MANIFEST, LARGEST)?.found()?;
    if let ImageChoice::Digest(digest) = &image.which {
        has_digest(&manifest, digest)?;
    }
    let manifest = SignedLayer::parse(&manifest)?;
    if order.knows(&manifest.signature) {
        return Ok(Release { bytes: None, signature: manifest.signature });
    }
    let bytes = repository.blob(&manifest.layer, order.largest)?;
    has_digest(&bytes, &manifest.layer)?;
    Ok(Release { bytes: Some(bytes), signature: manifest.signature })
}

struct Repository<'g, 'o> {
    getter: &'g mut Getter<'o>,
    base: String,
    /// As a header `Authorization`, where the operator has one for this registry.
    password: Option<String>,
    /// The header `Authorization`, once the registry has asked for it.
    authorization: Option<String>,
}

impl Repository<'_, '_> {
    fn get(&mut self, what: &str, accept: &str, largest: u64) -> Result<Got, Failed> {
        let got = self.once(what, accept, largest)?;
        let asked = got.response.challenge.as_deref().filter(|_| got.response.status == 401);
        self.authorization = match asked.filter(|_| self.authorization.is_none()).and_then(Challenge::parse) {
            Some(Challenge::Password) if self.password.is_some() => self.password.clone(),
            Some(Challenge::Token(realm)) => Some(self.token(&realm)?),
            Some(Challenge::Password) | None => return Ok(got),
        };
        self.once(what, accept, largest)
    }

    /// Asks for a token where the registry says, as docker does: who has a password tells it there.
    fn token(&mut self, realm: &Realm) -> Result<String, Failed> {
        let password: Vec<(&str, &str)> = self.password.iter().map(|it| ("Authorization", it.as_str())).collect();
        let answer = self.getter.get(&realm.url(), &password, LARGEST)?.found()?;
        let answer: serde_json::Value =
            serde_json::from_slice(&answer).map_err(|error| format!("{}: no token: {error}", realm.realm))?;
        let token = answer["token"].as_str().or_else(|| answer["access_token"].as_str());
        let token = token.ok_or_else(|| format!("{}: its answer has no `token`", realm.realm))?;
        Ok(format!("Bearer {token}"))
    }

    fn once(&mut self, what: &str, accept: &str, largest: u64) -> Result<Got, Failed> {
        let mut headers = vec![("Accept", accept)];
        headers.extend(self.authorization.as_deref().map(|it| ("Authorization", it)));
        self.getter.get(&format!("{}/{what}", self.base), &headers, largest)
    }

    /// Fetches a blob. Registries often keep them elsewhere: that is followed once, and what the registry knows us by is not
    /// told there.
    fn blob(&mut self, digest: &str, largest: u64) -> Result<Vec<u8>, Failed> {
        let got = self.get(&format!("blobs/{digest}"), "*/*", largest)?;
        match (got.response.status, &got.response.location) {
            (301 | 302 | 303 | 307 | 308, Some(to)) => {
                let to = if to.starts_with('/') { format!("{}{to}", self.origin()) } else { to.clone() };
                self.getter.get(&to, &[], largest)?.found()
            }
            _ => got.found(),
        }
    }

    /// Returns the registry without a path.
    fn origin(&self) -> &str {
        self.base.split_once("/v2/").map_or(self.base.as_str(), |(origin, _)| origin)
    }
}
