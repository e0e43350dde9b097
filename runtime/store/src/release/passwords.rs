//! Passwords of registries, as `skopeo login --authfile FILE` and docker write them. A fetcher is told that of its registry, and
//! no other.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::geteuid;
use serde::Deserialize;

use roundsman_grants::escape;
use roundsman_order::Secret;
use roundsman_os::secret::read_secret;

#[derive(Debug, Deserialize)]
struct File {
    /// None are left after a logout.
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    /// The name and the password with a colon between them, in base64. A program may keep them elsewhere.
    auth: Option<String>,
}

/// Reads what a registry is told of a repository, in base64; `None` where the file names neither.
///
/// # Errors
/// In words: others may read the file, it is of another form, or it has no password for the registry that it names.
pub(crate) fn password_of(registry: &str, repository: &str, file: &Path) -> Result<Option<Secret>, String> {
    let told = |why: &dyn std::fmt::Display| format!("[install] auth: {why}");
    let bytes = read_secret(file, geteuid().as_raw()).map_err(|error| told(&error))?;
    // The text of the error could hold a part of a password.
    let of_form = serde_json::from_slice::<File>(&bytes);
    let shown = escape::path(file);
    let read = of_form.map_err(|error| {
        told(&format!("{shown} is not what skopeo login --authfile writes, in line {}", error.line()))
    })?;
    choose(registry, repository, read)
        .map_err(|why| told(&format!("{shown} {why}: skopeo login --authfile {shown} {registry}")))
}

fn choose(registry: &str, repository: &str, file: File) -> Result<Option<Secret>, String> {
    let here = file.auths.into_iter().filter(|(place, _)| is_of(place, registry, repository));
    // The entry of a part of a registry counts before that of all of it.
    let Some((_, entry)) = here.max_by_key(|(place, _)| place.len()) else { return Ok(None) };
    let auth = entry.auth.filter(|auth| !auth.is_empty());
    let auth = auth.ok_or_else(|| format!("has no `auth` for {registry}"))?;
    let decoded = STANDARD.decode(auth.trim()).ok().filter(|decoded| decoded.contains(&b':'));
    decoded
        .map(|_| Some(Secret(auth.trim().to_owned())))
        .ok_or_else(|| format!("has an `auth` for {registry} that is none"))
}

/// Tells whether an entry is of this repository: of its registry, which docker may write as a URL, or of a part of that.
fn is_of(place: &str, registry: &str, repository: &str) -> bool {
    if let Some(url) = place.strip_prefix("https://") {
        return url.split('/').next() == Some(registry);
    }
    let Some(rest) = place.strip_prefix(registry) else { return false };
    let Some(part) = rest.strip_prefix('/') else { return rest.is_empty() };
    repository.strip_prefix(part).is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(registry: &str, text: &str) -> Result<Option<String>, String> {
        choose(registry, "checks/disk", serde_json::from_str(text).unwrap()).map(|found| found.map(|secret| secret.0))
    }

    #[test]
    fn each_registry_is_told_its_own_password() {
        let file =
            r#"{"auths":{"one:5000":{"auth":"dTpw"},"https://two/v1/":{"auth":"eDp5"},"kept":{},"odd":{"auth":"!"}}}"#;
        assert_eq!(chosen("one:5000", file), Ok(Some("dTpw".to_owned())));
        assert_eq!(chosen("two", file), Ok(Some("eDp5".to_owned())));
        assert_eq!(chosen("one", file), Ok(None));
        let parts = r#"{"auths":{"one/a":{"auth":"YTph"},"one/checks":{"auth":"Yjpi"},"one":{"auth":"Yzpj"}}}"#;
        assert_eq!(chosen("one", parts), Ok(Some("Yjpi".to_owned())));
        assert_eq!(chosen("one", r#"{"auths":{"one/check":{"auth":"YTph"}}}"#), Ok(None));
        assert_eq!(chosen("one", "{}"), Ok(None));
        assert!(chosen("kept", file).unwrap_err().contains("has no `auth`"));
        assert!(chosen("odd", file).unwrap_err().contains("that is none"));
    }
}
