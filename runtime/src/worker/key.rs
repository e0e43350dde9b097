//! Which compiled code this build runs on this processor.

use std::hash::{Hash as _, Hasher};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

/// That of another build, or for another processor or layout of memories, is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(pub [u8; 32]);

impl Key {
    /// The key of the code that this engine compiles, and of which it runs no other. What the runtime makes of a component
    /// may change with its own version too.
    #[must_use]
    pub fn of(engine: &Engine) -> Self {
        let mut digest = Digested(Sha256::new_with_prefix(env!("CARGO_PKG_VERSION")));
        engine.precompile_compatibility_hash().hash(&mut digest);
        Self(digest.0.finalize().into())
    }
}

/// Hashes into more than the 64 bits that the standard library's hashes have.
struct Digested(Sha256);

impl Hasher for Digested {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.clone().finalize().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::engine::{Layout, engine};

    #[test]
    fn the_key_is_the_same_for_the_same_engine_and_another_for_another_layout() {
        let key_of = |layout| Key::of(&engine(layout).expect("an engine"));
        assert_eq!(key_of(Layout::Reserved), key_of(Layout::Reserved));
        assert_ne!(key_of(Layout::Reserved), key_of(Layout::Bounded));
    }
}
