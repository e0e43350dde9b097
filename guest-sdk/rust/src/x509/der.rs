//! Elements of DER (X.690): a tag, a length, and content that may hold elements again.

use crate::parse::ParseError;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Elements that follow one another.
#[derive(Clone, Copy)]
pub(super) struct Elements<'a> {
    rest: &'a [u8],
    /// Their place in the whole, in bytes, for errors.
    at: usize,
}

/// One element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// With its tag and length.
    pub(super) whole: &'a [u8],
    at: usize,
}

impl<'a> Elements<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    /// Returns the next one; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Element<'a>>, ParseError> {
        let Some((tag, behind)) = self.rest.split_first() else { return Ok(None) };
        let cut = || error(self.at, "the certificate is cut off here");
        let (first, behind) = behind.split_first().ok_or_else(cut)?;
        let (length, behind) = match first {
            0..=0x7f => (usize::from(*first), behind),
            // At most 4 bytes of length: more than any certificate has.
            0x81..=0x84 => {
                let (bytes, behind) = behind.split_at_checked(usize::from(first - 0x80)).ok_or_else(cut)?;
                (bytes.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte)) as usize, behind)
            }
            _ => return Err(error(self.at, "this length is not of DER")),
        };
        let (content, rest) = behind.split_at_checked(length).ok_or_else(cut)?;
        let size = self.rest.len() - rest.len();
        let element = Element { tag: *tag, content, whole: &self.rest[..size], at: self.at };
        (self.rest, self.at) = (rest, self.at + size);
        Ok(Some(element))
    }

    /// Returns the next one, which must be there, of this kind.
    pub(super) fn expect(&mut self, tag: u8, what: &str) -> Result<Element<'a>, ParseError> {
        let at = self.at;
        match self.next()? {
            Some(element) if element.tag == tag => Ok(element),
            _ => Err(error(at, &format!("{what} is not here"))),
        }
    }

    /// Returns the next one, if it is of this kind.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, ParseError> {
        if self.rest.first() == Some(&tag) { self.next() } else { Ok(None) }
    }

    /// Returns all that are left.
    pub(super) fn all(mut self) -> Result<Vec<Element<'a>>, ParseError> {
        let mut all = Vec::new();
        while let Some(element) = self.next()? {
            all.push(element);
        }
        Ok(all)
    }
}

impl<'a> Element<'a> {
    /// Returns the elements that its content is.
    pub(super) fn inside(&self) -> Elements<'a> {
        Elements { rest: self.content, at: self.at + self.whole.len() - self.content.len() }
    }

    pub(super) fn error(&self, what: &str) -> ParseError {
        error(self.at, what)
    }
}

fn error(at: usize, what: &str) -> ParseError {
    ParseError::whole(format!("byte {at}: {what}"))
}
