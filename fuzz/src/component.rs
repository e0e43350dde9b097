//! Components: any bytes are compiled or refused with a reason.

use roundsman_sandbox::compile::compile;
use roundsman_sandbox::worker::engine::Layout;

/// The bytes as a `.wasm` file.
pub fn try_on(input: &[u8]) {
    match compile(Layout::Bounded, input) {
        Ok(compiled) => {
            assert!(!compiled.code.is_empty());
            assert!(compiled.imports.iter().all(|name| name.starts_with("roundsman:check/")), "{:?}", compiled.imports);
        }
        Err(failure) => assert!(!failure.message.is_empty(), "refused and not told why"),
    }
}
