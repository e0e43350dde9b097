//! One certificate (RFC 5280, 4.1).

use super::der::{BOOLEAN, Element, Elements, INTEGER, OCTET_STRING, OID, SEQUENCE};
use super::key::{self, Key};
use super::{name, time};
use crate::parse::ParseError;

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// The common name, or else the other parts: `O=Example, C=DE`.
    pub subject: String,
    /// The same of who signed it.
    pub issuer: String,
    /// Host names and addresses that it is for.
    pub names: Vec<String>,
    /// In hexadecimal digits.
    pub serial: String,
    /// Seconds since 1970 UTC.
    pub not_before: i64,
    /// Seconds since 1970 UTC.
    pub not_after: i64,
    /// Whether it may sign others.
    pub authority: bool,
    /// The public key.
    pub key: Key,
    /// Whether it is signed by means of MD5 or SHA-1.
    pub weak_signature: bool,
    /// The names as they are encoded, to compare.
    raw: (Vec<u8>, Vec<u8>),
}

const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const OTHER_NAMES: &[u8] = &[0x55, 0x1d, 0x11];
/// MD2, MD5 and SHA-1 with RSA, SHA-1 with ECDSA and DSA.
const WEAK: [&[u8]; 5] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1],
    &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3],
];

impl Certificate {
    /// Reads one in DER, as TLS sends it. What follows it, as in a `TRUSTED CERTIFICATE`, is not looked at.
    pub fn from_der(bytes: &[u8]) -> Result<Self, ParseError> {
        let whole = Elements::of(bytes).expect(SEQUENCE, "a certificate")?;
        let mut inside = whole.inside().expect(SEQUENCE, "a certificate")?.inside();
        inside.optional(VERSION)?;
        let serial = inside.expect(INTEGER, "the serial number")?;
        let algorithm = inside.expect(SEQUENCE, "the kind of the signature")?;
        let issuer = inside.expect(SEQUENCE, "the issuer")?;
        let mut validity = inside.expect(SEQUENCE, "the time in which it is valid")?.inside();
        let mut moment = |what: &str| validity.next()?.ok_or_else(|| issuer.error(what));
        let (begin, end) = (moment("it has no beginning")?, moment("it has no end")?);
        let subject = inside.expect(SEQUENCE, "the subject")?;
        let key = inside.expect(SEQUENCE, "the public key")?;
        let mut certificate = Self {
            subject: name::said(&subject)?,
            issuer: name::said(&issuer)?,
            names: Vec::new(),
            serial: serial.content.iter().map(|byte| format!("{byte:02x}")).collect(),
            not_before: time::seconds(&begin)?,
            not_after: time::seconds(&end)?,
            authority: false,
            key: key::read(&key)?,
            weak_signature: WEAK.contains(&algorithm.inside().expect(OID, "the kind of the signature")?.content),
            raw: (subject.whole.to_vec(), issuer.whole.to_vec()),
        };
        for element in inside.all()?.iter().filter(|it| it.tag == EXTENSIONS) {
            for extension in element.inside().expect(SEQUENCE, "the extensions")?.inside().all()? {
                certificate.extend(&extension)?;
            }
        }
        Ok(certificate)
    }

    fn extend(&mut self, extension: &Element) -> Result<(), ParseError> {
        let mut inside = extension.inside();
        let kind = inside.expect(OID, "the kind of an extension")?.content;
        inside.optional(BOOLEAN)?;
        let mut value = inside.expect(OCTET_STRING, "the value of an extension")?.inside();
        if kind == BASIC_CONSTRAINTS {
            let authority = value.expect(SEQUENCE, "whether it may sign others")?.inside().optional(BOOLEAN)?;
            self.authority = authority.is_some_and(|it| it.content != [0]);
        } else if kind == OTHER_NAMES {
            self.names = name::others(&value.expect(SEQUENCE, "the names that it is for")?)?;
        }
        Ok(())
    }

    /// Tells whether its issuer is the subject of `other`. The signature is not looked at.
    pub fn is_issued_by(&self, other: &Self) -> bool {
        self.raw.1 == other.raw.0
    }

    /// Tells whether it names itself as its issuer, as roots do.
    pub fn is_self_issued(&self) -> bool {
        self.raw.0 == self.raw.1
    }
}
