//! The key of compiled code: which code this build runs on this processor.

use std::hash::{Hash as _, Hasher};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

use roundsman_contract::{self as contract, surface};

/// Key of compiled code: it differs for another build, processor or layout of memories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeKey(pub [u8; 32]);

impl CodeKey {
    /// Returns the key of the code that an engine of this layout compiles here, and of which this one, which has no compiler,
    /// runs no other. What the runtime makes of a component may change with its own version too, and with what of the contract
    /// it has.
    #[must_use]
    pub fn of(engine: &Engine) -> Self {
        let mut digest = Digested(Sha256::new_with_prefix(env!("CARGO_PKG_VERSION")));
        (contract::PACKAGE, contract::VERSION, surface::GUEST, surface::CAPABILITIES).hash(&mut digest);
        engine.precompile_compatibility_hash().hash(&mut digest);
        processor().hash(&mut digest);
        Self(digest.0.finalize().into())
    }
}

/// Lists the features that the compiler uses if this processor has them, by its own names. Code names them too, and is not
/// loaded if one is missing.
fn processor() -> Vec<(&'static str, bool)> {
    #[cfg(target_arch = "x86_64")]
    return vec![
        ("has_cmpxchg16b", is_x86_feature_detected!("cmpxchg16b")),
        ("has_sse3", is_x86_feature_detected!("sse3")),
        ("has_ssse3", is_x86_feature_detected!("ssse3")),
        ("has_sse41", is_x86_feature_detected!("sse4.1")),
        ("has_sse42", is_x86_feature_detected!("sse4.2")),
        ("has_popcnt", is_x86_feature_detected!("popcnt")),
        ("has_avx", is_x86_feature_detected!("avx")),
        ("has_avx2", is_x86_feature_detected!("avx2")),
        ("has_fma", is_x86_feature_detected!("fma")),
        ("has_avx_vnni", is_x86_feature_detected!("avxvnni")),
        ("has_bmi1", is_x86_feature_detected!("bmi1")),
        ("has_bmi2", is_x86_feature_detected!("bmi2")),
        ("has_avx512bitalg", is_x86_feature_detected!("avx512bitalg")),
        ("has_avx512dq", is_x86_feature_detected!("avx512dq")),
        ("has_avx512f", is_x86_feature_detected!("avx512f")),
        ("has_avx512vbmi", is_x86_feature_detected!("avx512vbmi")),
        ("has_avx512vl", is_x86_feature_detected!("avx512vl")),
        ("has_avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ("has_lzcnt", is_x86_feature_detected!("lzcnt")),
    ];
    #[cfg(target_arch = "aarch64")]
    return vec![
        ("has_lse", std::arch::is_aarch64_feature_detected!("lse")),
        ("has_pauth", std::arch::is_aarch64_feature_detected!("paca")),
        ("has_fp16", std::arch::is_aarch64_feature_detected!("fp16")),
        ("has_dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
        ("has_i8mm", std::arch::is_aarch64_feature_detected!("i8mm")),
    ];
    #[allow(unreachable_code, reason = "of the other processors the engine is told nothing")]
    Vec::new()
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
    use crate::worker::engine::{Layout, SourceLines, compiling, running};

    #[test]
    fn the_key_is_the_same_for_the_same_engine_and_another_for_another_layout() {
        let key_of = |layout| CodeKey::of(&running(layout).expect("an engine"));
        assert_eq!(key_of(Layout::Reserved), key_of(Layout::Reserved));
        assert_ne!(key_of(Layout::Reserved), key_of(Layout::Bounded));
    }

    /// Another version of the engine may look at more.
    #[test]
    fn all_that_the_compiler_looks_at_is_in_the_key() {
        let engine = compiling(Layout::Reserved, SourceLines::None).expect("an engine");
        let code = engine.precompile_component(b"\0asm\x0d\0\x01\0").expect("an empty component");
        let names = String::from_utf8_lossy(&code).into_owned();
        let said: Vec<&str> = names.match_indices("has_").map(|(at, _)| word(&names[at..])).collect();
        let known: Vec<&str> = processor().into_iter().map(|(name, _)| name).collect();
        assert!(said.len() >= known.len(), "{said:?}");
        assert!(said.iter().all(|name| known.contains(name)), "{said:?}");
    }

    fn word(text: &str) -> &str {
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
    }
}
