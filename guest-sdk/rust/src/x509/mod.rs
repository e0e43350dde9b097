//! Certificates (X.509, RFC 5280) as far as an operator wants to know of them: whose they are, until when, of which make. Nothing
//! is verified here. A reader of our own, as the crate for it is 120 KB more in a component, and refuses what is in use.
//!
//! ```
//! use roundsman_sdk::x509::{self, Certificate, Key};
//!
//! let pem = include_bytes!("samples/leaf.pem");
//! let all = x509::certificates(pem).unwrap();
//! let leaf: &Certificate = all[0].as_ref().unwrap();
//! assert!(leaf.not_before < leaf.not_after);
//! assert_ne!(leaf.key, Key::Other);
//! assert_eq!(leaf.is_self_issued(), leaf.is_issued_by(leaf));
//! assert!(Certificate::from_der(b"no certificate").is_err());
//! ```

mod certificate;
mod der;
mod key;
mod name;
mod pem;
mod time;

pub use certificate::Certificate;
pub use key::Key;

use crate::parse::ParseError;

/// Returns the certificates of a file, in its order: PEM with any text and keys between them, or one in DER. One that cannot be
/// read hides no other.
pub fn certificates(bytes: &[u8]) -> Result<Vec<Result<Certificate, ParseError>>, ParseError> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.contains("-----BEGIN "));
    let Some(text) = text else {
        return Ok(vec![Ok(Certificate::from_der(bytes)?)]);
    };
    let blocks = pem::blocks(text);
    if blocks.is_empty() {
        return Err(ParseError::whole("there is no certificate in it, but other things in PEM"));
    }
    let read = |block: Result<Vec<u8>, ParseError>| Certificate::from_der(&block?);
    Ok(blocks.into_iter().map(read).collect())
}

#[cfg(test)]
mod tests;
