//! Names of subjects and issuers, and the other names that a certificate is for.

use super::der::{Element, OID, SEQUENCE, SET};
use crate::parse::ParseError;
use crate::text::shown;

/// Parts of a name by their identifiers (RFC 4519), the most telling first.
const PARTS: [(&[u8], &str); 5] =
    [(&[0x55, 4, 3], "CN"), (&[0x55, 4, 10], "O"), (&[0x55, 4, 11], "OU"), (&[0x55, 4, 7], "L"), (&[0x55, 4, 6], "C")];

const DNS: u8 = 0x82;
const ADDRESS: u8 = 0x87;

/// Returns the common name, or else all parts that have a short word: `O=Example, C=DE`. Empty where it has none.
pub(super) fn said(name: &Element) -> Result<String, ParseError> {
    let mut parts: Vec<(&str, String)> = Vec::new();
    for set in name.inside().all()?.iter().filter(|it| it.tag == SET) {
        for pair in set.inside().all()?.iter().filter(|it| it.tag == SEQUENCE) {
            let mut inside = pair.inside();
            let kind = inside.expect(OID, "the kind of a part of a name")?;
            let value = inside.next()?.ok_or_else(|| pair.error("a part of a name has no value"))?;
            parts.extend(PARTS.iter().find(|(oid, _)| *oid == kind.content).map(|(_, word)| (*word, text(&value))));
        }
    }
    if let Some((_, name)) = parts.iter().find(|(word, _)| *word == "CN") {
        return Ok(name.clone());
    }
    let parts: Vec<String> = parts.iter().map(|(word, value)| format!("{word}={value}")).collect();
    Ok(parts.join(", "))
}

/// Host names and addresses of the extension `subjectAltName`; others are left out.
pub(super) fn others(names: &Element) -> Result<Vec<String>, ParseError> {
    let name = |element: &Element| match (element.tag, element.content) {
        (DNS, host) => Some(shown(host).into_owned()),
        (ADDRESS, address) => match (<[u8; 4]>::try_from(address), <[u8; 16]>::try_from(address)) {
            (Ok(four), _) => Some(std::net::Ipv4Addr::from(four).to_string()),
            (_, Ok(six)) => Some(std::net::Ipv6Addr::from(six).to_string()),
            _ => None,
        },
        _ => None,
    };
    Ok(names.inside().all()?.iter().filter_map(name).collect())
}

/// UTF-8, or one of the older kinds: BMPString is UTF-16, T61String was used as Latin-1.
fn text(value: &Element) -> String {
    const T61: u8 = 0x14;
    const BMP: u8 = 0x1e;
    match value.tag {
        T61 => value.content.iter().map(|byte| char::from(*byte)).collect(),
        BMP => {
            let units = value.content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => shown(value.content).into_owned(),
    }
}
