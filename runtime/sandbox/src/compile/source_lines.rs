//! Lines of source that a component carries beside its code: for these the compiler keeps the places of instructions.

use super::nesting::{COMPONENT, HEADER, section};
use crate::worker::engine::SourceLines;

/// Ids of sections: of a module in a component, and of what a name tells in a module.
const MODULE: u8 = 1;
const CUSTOM: u8 = 0;
/// The place in the header that tells a component from a module.
const LAYER: usize = 6;
/// The section that says which instruction is of which line, in DWARF, with the length of its name before it.
const LINES: &[u8] = b"\x0b.debug_line";

/// Tells whether a module of the component carries lines of its source. Components nest no deeper than was judged.
#[must_use]
pub fn find(component: &[u8]) -> SourceLines {
    if carries_lines(component) { SourceLines::Carried } else { SourceLines::None }
}

fn carries_lines(bytes: &[u8]) -> bool {
    let is_component = bytes.get(LAYER) == Some(&1);
    let mut at = HEADER;
    while at < bytes.len() {
        let Some((content, next)) = section(bytes, at, bytes.len()) else { return false };
        let content = &bytes[content..next];
        let found = match (is_component, bytes[at]) {
            (true, MODULE | COMPONENT) => carries_lines(content),
            (false, CUSTOM) => content.starts_with(LINES),
            _ => false,
        };
        if found {
            return true;
        }
        at = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(fields: &str) -> SourceLines {
        find(&roundsman_tests::component::text(&format!("(component {fields})")))
    }

    #[test]
    fn lines_are_found_in_any_module() {
        let module = r#"(core module (@custom ".debug_line" "x"))"#;
        assert_eq!(of(module), SourceLines::Carried);
        assert_eq!(of(&format!("(core module) (component {module})")), SourceLines::Carried);
        assert_eq!(of(r#"(@custom ".debug_line" "x") (core module (@custom ".debug_lines" "x"))"#), SourceLines::None);
        assert_eq!(find(&std::fs::read(roundsman_tests::component::check("log")).unwrap()), SourceLines::None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(prop_oneof![Just(1_u8), Just(4), Just(0x80), any::<u8>()], 0..60)) {
            let _ = find(&bytes);
            let _ = find(&[b"\0asm\x0d\0\x01\0", &bytes[..]].concat());
        }
    }
}
