//! Names as the kernel gives them: bytes, of which only UTF-8 is shown as it is.

use std::fmt::Write as _;

/// Returns a name, with `\xNN` for each byte that is not UTF-8.
pub(super) fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_is_not_utf_8_is_escaped() {
        assert_eq!(shown(b"a\xff\n\xc3\xa4\xc3"), "a\\xff\nä\\xc3");
    }

    proptest! {
        #[test]
        fn utf_8_is_itself(text in any::<String>(), bytes in any::<Vec<u8>>()) {
            prop_assert_eq!(shown(text.as_bytes()), text);
            prop_assert_eq!(shown(&bytes).is_empty(), bytes.is_empty());
        }
    }
}
