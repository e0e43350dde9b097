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
    auths: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    /// The name and the password with a colon between them, in base64. A program may keep them elsewhere.
    auth: Option<String>,
}

/// Reads what a registry is told, in base64; `None` where the file does not name it.
///
/// # Errors
/// In words: others may read the file, it is of another form, or it has no password for the registry that it names.
pub fn password_of(registry: &str, file: &Path) -> Result<Option<Secret>, String> {
    let told = |why: &dyn std::fmt::Display| format!("[install] auth: {why}");
    let bytes = read_secret(file, geteuid().as_raw()).map_err(|error| told(&error))?;
    // The text of the error could hold a part of a password.
    let of_form = serde_json::from_slice::<File>(&bytes);
    let shown = escape::path(file);
    let read = of_form.map_err(|error| {
        told(&format!("{shown} is not what skopeo login --authfile writes, in line {}", error.line()))
    })?;
    choose(registry, read).map_err(|why| told(&format!("{shown} {why}: skopeo login --authfile {shown} {registry}")))
}

fn choose(registry: &str, file: File) -> Result<Option<Secret>, String> {
    let Some((_, entry)) = file.auths.into_iter().find(|(place, _)| host(place) == registry) else { return Ok(None) };
    let auth = entry.auth.filter(|auth| !auth.is_empty());
    let auth = auth.ok_or_else(|| format!("has no `auth` for {registry}"))?;
    let decoded = STANDARD.decode(auth.trim()).ok().filter(|decoded| decoded.contains(&b':'));
    decoded
        .map(|_| Some(Secret(auth.trim().to_owned())))
        .ok_or_else(|| format!("has an `auth` for {registry} that is none"))
}

/// The registry of an entry, which docker may write as a URL.
fn host(place: &str) -> &str {
    let place = place.strip_prefix("https://").unwrap_or(place);
    place.split('/').next().unwrap_or(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(registry: &str, text: &str) -> Result<Option<String>, String> {
        choose(registry, serde_json::from_str(text).unwrap()).map(|found| found.map(|secret| secret.0))
    }

    #[test]
    fn each_registry_is_told_its_own_password() {
        let file =
            r#"{"auths":{"one:5000":{"auth":"dTpw"},"https://two/v1/":{"auth":"eDp5"},"kept":{},"odd":{"auth":"!"}}}"#;
        assert_eq!(chosen("one:5000", file), Ok(Some("dTpw".to_owned())));
        assert_eq!(chosen("two", file), Ok(Some("eDp5".to_owned())));
        assert_eq!(chosen("one", file), Ok(None));
        assert!(chosen("kept", file).unwrap_err().contains("has no `auth`"));
        assert!(chosen("odd", file).unwrap_err().contains("that is none"));
    }
}
