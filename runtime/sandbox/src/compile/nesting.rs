//! Depth of the nesting of a component, judged before the engine reads it: its parsers call themselves at each level, and the stack of
//! a process ends.

use roundsman_contract::report::{Failure, FailureKind};

/// Components in components, and types in types. What is made from WIT has a handful of levels, a composition some more.
const DEEPEST: usize = 200;

/// Magic, version and layer.
pub(crate) const HEADER: usize = 8;
/// Ids of sections, of the component model's binary format.
pub const COMPONENT: u8 = 4;
const TYPE: u8 = 7;
/// In a type, a declaration that is a type itself: of a component, or of an instance.
const NESTED: [[u8; 2]; 2] = [[0x01, 0x41], [0x01, 0x42]];

/// Refuses what nests too deep. What else is wrong with the bytes, the engine says.
///
/// # Errors
/// A failure of kind `invalid`.
pub(crate) fn judge(component: &[u8]) -> Result<(), Failure> {
    // The ends of the components that the place is in.
    let mut ends = vec![component.len()];
    let mut at = HEADER;
    while let Some(end) = ends.last().copied() {
        if at >= end {
            ends.pop();
            continue;
        }
        let Some((content, next)) = section(component, at, end) else { return Ok(()) };
        match component[at] {
            COMPONENT if ends.len() >= DEEPEST => return Err(too_deep("components")),
            COMPONENT => {
                ends.push(next);
                at = content + HEADER;
                continue;
            }
            // Each level takes one of these pairs; a few more may stand there by chance, in a name or an index.
            TYPE if count_nested(&component[content..next]) > DEEPEST => return Err(too_deep("types")),
            _ => {}
        }
        at = next;
    }
    Ok(())
}

/// Finds the begin and the end of the content of the section at this place; `None` if it does not fit.
pub(crate) fn section(bytes: &[u8], at: usize, end: usize) -> Option<(usize, usize)> {
    let (mut size, mut place) = (0_usize, at + 1);
    for shift in (0..35).step_by(7) {
        let byte = *bytes.get(place).filter(|_| place < end)?;
        size |= usize::from(byte & 0x7f).checked_shl(shift)?;
        place += 1;
        if byte & 0x80 == 0 {
            return place.checked_add(size).filter(|next| *next <= end).map(|next| (place, next));
        }
    }
    None
}

fn count_nested(types: &[u8]) -> usize {
    types.windows(2).filter(|pair| NESTED.iter().any(|nested| nested == pair)).count()
}

fn too_deep(what: &str) -> Failure {
    let message = format!("{what} are nested more than {DEEPEST} levels deep, which no check needs");
    Failure::new(FailureKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_built_passes() {
        for name in ["logs", "minimal"] {
            assert!(judge(&roundsman_tests::component::wat(name)).is_ok(), "{name}");
        }
        assert!(judge(&std::fs::read(roundsman_tests::component::check("log")).unwrap()).is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(prop_oneof![Just(4_u8), Just(7), Just(0x80), any::<u8>()], 0..60)) {
            let _ = judge(&bytes);
            let _ = judge(&[b"\0asm\x0d\0\x01\0", &bytes[..]].concat());
        }
    }
}
