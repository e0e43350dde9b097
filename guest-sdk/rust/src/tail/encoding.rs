//! How the text of a file is written.

use crate::text::shown;

/// Text in units of one or of two bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Encoding {
    /// UTF-8, or whatever else has `\n` in one byte.
    Bytes,
    /// UTF-16 with its mark at the start of the file.
    Utf16 { big_endian: bool },
}

impl Encoding {
    /// Bytes at the start of a file that tell it.
    pub(super) const TOLD_BY: u64 = 3;

    /// By the first bytes of the file.
    pub(super) fn of(start: &[u8]) -> Self {
        match start {
            [0xff, 0xfe, ..] => Self::Utf16 { big_endian: false },
            [0xfe, 0xff, ..] => Self::Utf16 { big_endian: true },
            _ => Self::Bytes,
        }
    }

    /// Returns bytes of one unit.
    pub(super) fn unit(self) -> usize {
        match self {
            Self::Bytes => 1,
            Self::Utf16 { .. } => 2,
        }
    }

    /// Returns bytes of the mark at the start of a file; it belongs to no line.
    pub(super) fn mark(self, start: &[u8]) -> usize {
        match self {
            Self::Bytes if start.starts_with(b"\xef\xbb\xbf") => 3,
            Self::Bytes => 0,
            Self::Utf16 { .. } => 2,
        }
    }

    /// Where the line at `from` ends: behind its end of line. `bytes` begin at a whole unit.
    pub(super) fn end_of_line(self, bytes: &[u8], from: usize) -> Option<usize> {
        let Self::Utf16 { big_endian } = self else {
            return bytes[from..].iter().position(|byte| *byte == b'\n').map(|at| from + at + 1);
        };
        let end = if big_endian { [0, b'\n'] } else { [b'\n', 0] };
        bytes[from..].chunks_exact(2).position(|unit| unit == end).map(|at| from + at * 2 + 2)
    }

    /// Returns a line without its end, as text. NUL is left out: a program that goes on writing at its old place after the
    /// file was truncated leaves a hole of them before its next line, and UTF-16 that does not say so is full of them.
    pub(super) fn line(self, bytes: &[u8]) -> String {
        let text = match self {
            Self::Bytes => shown(bytes).into_owned(),
            Self::Utf16 { big_endian } => utf16(bytes, big_endian),
        };
        let text = if text.contains('\0') { text.replace('\0', "") } else { text };
        let end = text.trim_end_matches('\n');
        end.strip_suffix('\r').unwrap_or(end).to_owned()
    }
}

fn utf16(bytes: &[u8], big_endian: bool) -> String {
    let unit = |it: &[u8]| {
        let pair = [it[0], it[1]];
        if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    };
    let mut text = String::new();
    for decoded in char::decode_utf16(bytes.chunks_exact(2).map(unit)) {
        match decoded {
            Ok(it) => text.push(it),
            Err(error) => text.push_str(&format!("\\u{{{:x}}}", error.unpaired_surrogate())),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_tells_and_is_no_text() {
        let little = Encoding::of(b"\xff\xfea\0");
        assert_eq!(little, Encoding::Utf16 { big_endian: false });
        assert_eq!((little.unit(), little.mark(b"\xff\xfea")), (2, 2));
        assert_eq!(Encoding::of(b"\xfe\xff\0a"), Encoding::Utf16 { big_endian: true });
        assert_eq!(Encoding::of(b"\xef\xbb\xbfa").mark(b"\xef\xbb\xbfa"), 3);
        assert_eq!((Encoding::of(b""), Encoding::of(b"\xff").mark(b"\xff")), (Encoding::Bytes, 0));
    }

    #[test]
    fn lines_of_two_bytes_end_at_whole_units() {
        let little = Encoding::Utf16 { big_endian: false };
        // U+0A00 U+000A: the first holds the byte of an end of line, and is none.
        let bytes = [0x00, 0x0a, 0x0a, 0x00, b'x', 0];
        assert_eq!(little.end_of_line(&bytes, 0), Some(4));
        assert_eq!(little.end_of_line(&bytes, 4), None);
        assert_eq!(little.line(b"a\0\xe4\0\r\0\n\0"), "a\u{e4}");
        assert_eq!(Encoding::Utf16 { big_endian: true }.line(b"\0a\xd8\x00"), "a\\u{d800}");
    }

    #[test]
    fn nul_is_no_text() {
        assert_eq!(Encoding::Bytes.line(b"\0\0\0panic\r"), "panic");
        assert_eq!(Encoding::Bytes.line(b"\0p\0a\0n\0i\0c\0\r\0"), "panic");
        assert_eq!(Encoding::Bytes.line(b"a\xff"), "a\\xff");
    }
}
