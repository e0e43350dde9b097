//! A release that a known publisher has signed: its bytes, and what the signature says of them.

use minisign_verify::{Error, Signature};
use semver::Version;
use sha2::{Digest as _, Sha256};

use super::ReleaseError;
use super::fetch::Parcel;
use super::keys::PublisherKeys;
use crate::components::bytes::hex;
use roundsman_grants::escape;

/// The first word of the signed comment, so that a signature over something else is none of a component.
const WORD: &str = "roundsman";

/// Bytes whose signature holds.
#[derive(Debug, Clone)]
pub struct Signed {
    pub bytes: Vec<u8>,
    /// Lower-case hex.
    pub sha256: String,
    /// As it came, to be verified again.
    pub signature: String,
    /// The name of the key in `keys.d`.
    pub publisher: String,
    pub statement: Statement,
}

/// The signed comment: `roundsman name=disk version=1.4.0 not-after=2028-12-01`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub name: String,
    pub version: Version,
    pub not_after: Option<jiff::civil::Date>,
}

impl Signed {
    /// Verifies a parcel; nothing of the component is parsed.
    ///
    /// # Errors
    /// [`ReleaseError::Release`]: no key has signed it, the bytes are others, or the signature says nothing that is usable.
    pub fn verify(parcel: Parcel, keys: &PublisherKeys) -> Result<Self, ReleaseError> {
        let Parcel { bytes, signature: text, from } = parcel;
        let refused = |why: &str| ReleaseError::Release(format!("{from}: {why}"));
        let signature = Signature::decode(&text).map_err(|_| refused("its signature is cut, or none of minisign"))?;
        let key = keys.of(|key| !matches!(key.verify(&bytes, &signature, false), Err(Error::UnexpectedKeyId)));
        let Some(key) = key else {
            return Err(refused(&format!("none of the keys in {} has signed it{}", keys.directory(), keys.none())));
        };
        key.public.verify(&bytes, &signature, false).map_err(|error| match error {
            Error::UnexpectedAlgorithm => refused("its signature is not prehashed: sign without -l"),
            _ => refused(&format!("the signature of `{}` does not hold: bytes or comment were changed", key.publisher)),
        })?;
        let statement = Statement::parse(signature.trusted_comment()).map_err(|why| refused(&why))?;
        if !key.signs(&statement.name) {
            return Err(refused(&format!("`{}` may not sign `{}`: {}", key.publisher, statement.name, key.limits())));
        }
        let sha256 = hex(&Sha256::digest(&bytes));
        Ok(Self { bytes, sha256, signature: text, publisher: key.publisher.clone(), statement })
    }
}

impl Statement {
    fn parse(comment: &str) -> Result<Self, String> {
        let shown = || escape::line(comment);
        let says = "a release is signed with -t 'roundsman name=NAME version=1.2.3 not-after=2028-12-01'";
        let mut words = comment.split_whitespace();
        if words.next() != Some(WORD) {
            return Err(format!("its signed comment is `{}`: {says}", shown()));
        }
        let (mut name, mut version, mut not_after) = (None, None, None);
        for word in words {
            let twice = match word.split_once('=') {
                Some(("name", value)) => name.replace(value).is_some(),
                Some(("version", value)) => {
                    let read =
                        Version::parse(value).map_err(|error| format!("its version `{value}` is none: {error}"))?;
                    version.replace(read).is_some()
                }
                Some(("not-after", value)) => {
                    let read =
                        value.parse().map_err(|_| format!("`not-after={value}` is no day, such as 2028-12-01"))?;
                    not_after.replace(read).is_some()
                }
                // What a later version says is for that version.
                Some(_) => false,
                None => return Err(format!("its signed comment is `{}`: {says}", shown())),
            };
            if twice {
                return Err(format!("its signed comment says something twice: `{}`", shown()));
            }
        }
        match (name, version) {
            (Some(name), Some(version)) if roundsman_config::is_name(name) => {
                Ok(Self { name: name.to_owned(), version, not_after })
            }
            _ => Err(format!("its signed comment is `{}`: {says}", shown())),
        }
    }

    /// Tells whether its last day has passed.
    #[must_use]
    pub fn expired(&self, today: jiff::civil::Date) -> bool {
        self.not_after.is_some_and(|last| last < today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_says_name_version_and_last_day() {
        let statement = Statement::parse("roundsman name=disk version=1.4.0 not-after=2028-12-01 later=x").unwrap();
        assert_eq!((statement.name.as_str(), statement.version.to_string().as_str()), ("disk", "1.4.0"));
        assert!(
            !statement.expired(jiff::civil::date(2028, 12, 1)) && statement.expired(jiff::civil::date(2028, 12, 2))
        );
        assert!(!Statement::parse("roundsman name=disk version=1.4.0").unwrap().expired(jiff::civil::Date::MAX));
    }

    #[test]
    fn a_comment_of_another_form_is_refused() {
        for comment in [
            "",
            "timestamp:1700000000\tfile:disk.wasm",
            "roundsman name=disk",
            "roundsman version=1.0.0",
            "roundsman name=disk version=1.0",
            "roundsman name=../x version=1.0.0",
            "roundsman name=disk name=ssl version=1.0.0",
            "roundsman name=disk version=1.0.0 not-after=soon",
            "roundsman disk version=1.0.0",
        ] {
            assert!(Statement::parse(comment).is_err(), "{comment}");
        }
    }
}
