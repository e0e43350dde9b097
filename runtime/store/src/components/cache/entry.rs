//! The form of an entry: the code first, so that it can be mapped, then what is known of the component, then a trailer that
//! says what it is. Pure.

use sha2::{Digest as _, Sha256};

use roundsman_contract::Descriptor;
use roundsman_sandbox::worker::key::CodeKey;

/// The first bytes of the trailer; the last one is the version of this form.
const MAGIC: [u8; 16] = *b"roundsman code 2";
/// Bytes of the trailer: magic, two lengths, three digests.
pub const TRAILER: usize = 16 + 2 * 8 + 3 * 32;
/// Longest code of a component, in bytes: a Python check compiles to 33 MB.
pub const LONGEST_CODE: u64 = 512 << 20;
/// Longest description of a component, in bytes: a descriptor is bounded to 256 KiB, its imports to the contract's few.
pub(crate) const LONGEST_ABOUT: u64 = 1 << 20;

/// Knowledge of a component besides its code.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct About {
    pub descriptor: Descriptor,
    /// Names of interfaces with their versions.
    pub imports: Vec<String>,
}

/// The end of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// Length of the code, in bytes.
    pub code: u64,
    /// Length of what follows it, in bytes.
    pub about: u64,
    /// Of the `.wasm`.
    pub component: [u8; 32],
    pub engine: CodeKey,
    /// Of code and description.
    pub checksum: [u8; 32],
}

impl Trailer {
    #[must_use]
    pub fn encode(&self) -> [u8; TRAILER] {
        let mut bytes = [0; TRAILER];
        let parts: [&[u8]; 6] = [
            &MAGIC,
            &self.code.to_le_bytes(),
            &self.about.to_le_bytes(),
            &self.component,
            &self.engine.0,
            &self.checksum,
        ];
        let mut left = &mut bytes[..];
        for part in parts {
            let (here, rest) = left.split_at_mut(part.len());
            here.copy_from_slice(part);
            left = rest;
        }
        bytes
    }

    /// Reads the trailer of a file of `size` bytes, which must be an entry for this component and engine.
    ///
    /// # Errors
    /// In words: cut off, of another form, for another engine, of another component.
    pub(crate) fn decode(
        bytes: &[u8; TRAILER],
        size: u64,
        component: [u8; 32],
        engine: CodeKey,
    ) -> Result<Self, &'static str> {
        let (magic, rest) = bytes.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err("it is cut off, or of another form");
        }
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| rest[at + byte]));
        let digest = |at: usize| std::array::from_fn(|byte| rest[16 + at * 32 + byte]);
        let trailer = Self {
            code: number(0),
            about: number(8),
            component: digest(0),
            engine: CodeKey(digest(1)),
            checksum: digest(2),
        };
        let length = trailer.code.checked_add(trailer.about).and_then(|sum| sum.checked_add(TRAILER as u64));
        if length != Some(size) || trailer.about > LONGEST_ABOUT {
            return Err("its length is not what it says");
        }
        if trailer.engine != engine {
            return Err("it was made by another build or for another processor");
        }
        if trailer.component != component {
            return Err("it is the code of another component");
        }
        Ok(trailer)
    }
}

/// The checksum of an entry, fed piece by piece.
#[derive(Default)]
pub struct Checksum(Sha256);

impl Checksum {
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// Reads a digest from lower-case hex; `None` where it is none.
#[must_use]
pub(crate) fn digest_of_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut digest = [0; 32];
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGINE: CodeKey = CodeKey([7; 32]);

    fn trailer() -> Trailer {
        Trailer { code: 1000, about: 24, component: [1; 32], engine: ENGINE, checksum: [2; 32] }
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let size = 1024 + TRAILER as u64;
        assert_eq!(Trailer::decode(&trailer().encode(), size, [1; 32], ENGINE), Ok(trailer()));
    }

    #[test]
    fn cut_foreign_and_wrong_ones_are_told_apart() {
        let (bytes, size) = (trailer().encode(), 1024 + TRAILER as u64);
        let decode = |bytes: &_, size, component, engine| Trailer::decode(bytes, size, component, engine).unwrap_err();
        assert_eq!(decode(&[0; TRAILER], size, [1; 32], ENGINE), "it is cut off, or of another form");
        assert_eq!(decode(&bytes, size - 1, [1; 32], ENGINE), "its length is not what it says");
        assert!(decode(&bytes, size, [1; 32], CodeKey([8; 32])).contains("another build"));
        assert!(decode(&bytes, size, [9; 32], ENGINE).contains("another component"));
        let huge = Trailer { code: u64::MAX, ..trailer() }.encode();
        assert_eq!(decode(&huge, size, [1; 32], ENGINE), "its length is not what it says");
    }

    #[test]
    fn a_digest_is_64_characters_of_hex() {
        assert_eq!(digest_of_hex(&"0a".repeat(32)), Some([10; 32]));
        for wrong in ["", "0a", &"0g".repeat(32), &"é".repeat(32)] {
            assert_eq!(digest_of_hex(wrong), None);
        }
    }
}
