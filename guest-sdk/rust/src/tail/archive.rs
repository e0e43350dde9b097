//! Rotated files that were compressed: what they hold is not read, but they prove how long it was.

use serde::{Deserialize, Serialize};

use super::entry::Entry;
use crate::Error;

/// Bytes at the start of a file that tell who compressed it.
const STARTS: [&[u8]; 7] =
    [GZIP, b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"BZh", b"\x04\x22\x4d\x18", b"\x1f\x9d", b"PK\x03\x04"];
const GZIP: &[u8] = b"\x1f\x8b\x08";
/// The longest of them.
const START: u64 = 6;

/// A compressed file, as the next run knows it again: an inode alone is used for the next one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Archive {
    device: u64,
    inode: u64,
    size: u64,
    modified: i64,
}

impl Archive {
    /// Returns how the next run would know this file again.
    pub(super) fn of(entry: &Entry) -> Self {
        Self { device: entry.device, inode: entry.inode, size: entry.size, modified: entry.modified }
    }
}

/// Tells whether a file is compressed.
pub(super) fn is_compressed(entry: &Entry) -> Result<bool, Error> {
    let start = entry.read_at(0, START)?;
    Ok(STARTS.iter().any(|it| start.starts_with(it)))
}

/// Returns the checksum and the length, modulo 2^32, of what was compressed, where the format says so: the end of a gzip member
/// (RFC 1952).
pub(super) fn sum_within(entry: &Entry) -> Result<Option<Sum>, Error> {
    if entry.size < 18 || !entry.read_at(0, START)?.starts_with(GZIP) {
        return Ok(None);
    }
    let end: Result<[u8; 8], _> = entry.read_at(entry.size - 8, 8)?.try_into();
    Ok(end.ok().map(|[a, b, c, d, length @ ..]| Sum {
        crc: u32::from_le_bytes([a, b, c, d]),
        length: u32::from_le_bytes(length),
    }))
}

/// Checksum and length that gzip keeps of a text.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Sum {
    crc: u32,
    /// Modulo 2^32.
    pub(super) length: u32,
}

impl Sum {
    /// Returns the sum of a text and what follows it.
    pub(super) fn and(self, bytes: &[u8]) -> Self {
        let crc = !bytes.iter().fold(!self.crc, |crc, byte| {
            let crc = crc ^ u32::from(*byte);
            let crc = (crc >> 4) ^ NIBBLES[crc as usize & 15];
            (crc >> 4) ^ NIBBLES[crc as usize & 15]
        });
        Self { crc, length: self.length.wrapping_add(bytes.len() as u32) }
    }

    /// As it ends a gzip member.
    #[cfg(test)]
    pub(super) fn to_bytes(self) -> [u8; 8] {
        (u64::from(self.length) << 32 | u64::from(self.crc)).to_le_bytes()
    }
}

/// CRC-32 of four bits each: a table for whole bytes would be 1 KB more of a component.
const NIBBLES: [u32; 16] = {
    let mut table = [0; 16];
    let mut n = 0;
    while n < 16 {
        let mut crc = n as u32;
        let mut bit = 0;
        while bit < 4 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[n] = crc;
        n += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf 'old\none\n' | gzip -n`, with its last eight bytes.
    const RECORDED: &[u8] = &[
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0xcf, 0x49, 0xe1, 0xca, 0xcf, 0x4b, 0xe5,
        0x02, 0x00, 0x81, 0x69, 0x79, 0x20, 0x08, 0x00, 0x00, 0x00,
    ];

    #[test]
    fn the_sum_is_that_of_gzip() {
        assert_eq!(Sum::default().and(b"old\n").and(b"one\n").to_bytes(), RECORDED[RECORDED.len() - 8..]);
    }
}
