//! The public key of a certificate: its kind, and its size in bits.

use super::der::{BIT_STRING, Element, Elements, INTEGER, OID, SEQUENCE};
use crate::parse::ParseError;

/// A public key.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// With so many bits; below 2048 it is weak.
    Rsa(u64),
    /// On a curve that has so many bits; 0 where the curve is not known.
    Ec(u64),
    /// Ed25519 or Ed448.
    Edwards,
    /// Of another kind.
    Other,
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const EDWARDS: [&[u8]; 2] = [&[0x2b, 0x65, 0x70], &[0x2b, 0x65, 0x71]];
const CURVES: [(&[u8], u64); 3] = [
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], 256),
    (&[0x2b, 0x81, 0x04, 0, 0x22], 384),
    (&[0x2b, 0x81, 0x04, 0, 0x23], 521),
];

pub(super) fn read(info: &Element) -> Result<Key, ParseError> {
    let mut inside = info.inside();
    let mut algorithm = inside.expect(SEQUENCE, "the kind of the key")?.inside();
    let kind = algorithm.expect(OID, "the kind of the key")?.content;
    if kind == RSA {
        let bits = inside.expect(BIT_STRING, "the key")?;
        // The first byte counts bits that are not used: none here.
        let mut number = Elements::of(bits.content.get(1..).unwrap_or_default());
        let modulus = number.expect(SEQUENCE, "the key")?.inside().expect(INTEGER, "the modulus of the key")?;
        return Ok(Key::Rsa(bits_of(modulus.content)));
    }
    if kind == EC {
        let curve = algorithm.optional(OID)?.map(|it| it.content);
        return Ok(Key::Ec(CURVES.iter().find(|(oid, _)| Some(*oid) == curve).map_or(0, |(_, bits)| *bits)));
    }
    Ok(if EDWARDS.contains(&kind) { Key::Edwards } else { Key::Other })
}

/// Bits of a number without the zeros before it.
fn bits_of(number: &[u8]) -> u64 {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    match number.get(zeros) {
        Some(first) => (number.len() - zeros) as u64 * 8 - u64::from(first.leading_zeros()),
        None => 0,
    }
}
