//! From the bytes of a component to machine code, with what is wrong with them in words of the operator.

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::contract::{PACKAGE, VERSION};
use crate::report::{Failure, FailureKind};

/// The first bytes of every WebAssembly file.
const MAGIC: &[u8] = b"\0asm";
/// Version and layer of a core module, after the magic.
const CORE_MODULE: &[u8] = b"\x01\0\0\0";
/// The functions that a check exports.
const EXPORTS: [&str; 3] = ["describe", "validate", "run"];

/// Machine code of a component, and what it imports.
#[derive(Debug)]
pub struct Compiled {
    pub code: Vec<u8>,
    /// Names of interfaces with their versions.
    pub imports: Vec<String>,
}

/// Compiles a component, after a look at what it is and what it asks for.
///
/// # Errors
/// A failure of kind `invalid`: not a component, cut off, of another world, of another contract.
pub fn compile(engine: &Engine, bytes: &[u8]) -> Result<Compiled, Failure> {
    looks_like_a_component(bytes)?;
    let component = Component::new(engine, bytes).map_err(|error| invalid(format!("{error:#}")))?;
    let component_type = component.component_type();
    let imports: Vec<String> = component_type.imports(engine).map(|(name, _)| name.to_owned()).collect();
    imports.iter().try_for_each(|name| import(name))?;
    for name in EXPORTS {
        if component.get_export(None, name).is_none() {
            return Err(invalid(format!("a component of another world: it exports no `{name}`"))
                .with_hint(format!("build it against `{PACKAGE}@{VERSION}`, world `check`")));
        }
    }
    let code = component.serialize().map_err(|error| Failure::new(FailureKind::Internal, format!("{error:#}")))?;
    Ok(Compiled { code, imports })
}

fn looks_like_a_component(bytes: &[u8]) -> Result<(), Failure> {
    if bytes.is_empty() {
        return Err(invalid("the file is empty").with_hint("copy the component again"));
    }
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Err(invalid("no WebAssembly: the file does not begin with `\\0asm`"));
    };
    if rest.starts_with(CORE_MODULE) {
        return Err(invalid("a core module, not a component")
            .with_hint("link it with `wasm-component-ld`, or turn it into one with `wasm-tools component new`"));
    }
    Ok(())
}

/// Only the contract's own interfaces are there to be imported.
fn import(name: &str) -> Result<(), Failure> {
    let (interface, version) = name.rsplit_once('@').unwrap_or((name, ""));
    if interface.starts_with("wasi:") {
        return Err(invalid(format!("it imports `{name}`, and no WASI is granted")).with_hint(
            "build without WASI: Rust for the target wasm32-unknown-unknown, Python with `componentize-py … --stub-wasi`",
        ));
    }
    let Some(interface) = interface.strip_prefix(PACKAGE).and_then(|rest| rest.strip_prefix('/')) else {
        return Err(invalid(format!("it imports `{name}`, which is not of the contract `{PACKAGE}`")));
    };
    if contract_of(version) != contract_of(VERSION) {
        let (made_for, this) = (contract_of(version), contract_of(VERSION));
        return Err(invalid(format!("made for contract {made_for}, this is {this} (import `{interface}`)")).with_hint(
            format!("build it against `{PACKAGE}@{VERSION}`, or install a runtime for contract {made_for}"),
        ));
    }
    Ok(())
}

/// Major and minor version: patches only add functions.
fn contract_of(version: &str) -> &str {
    version.rmatch_indices('.').next().map_or(version, |(at, _)| &version[..at])
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::engine;

    fn refused(bytes: &[u8]) -> String {
        let engine = engine::compiling(engine::Layout::Reserved).expect("an engine");
        let failure = compile(&engine, bytes).expect_err("no check");
        assert_eq!(failure.kind, FailureKind::Invalid);
        failure.message
    }

    #[test]
    fn what_is_no_component_is_named() {
        assert_eq!(refused(b""), "the file is empty");
        assert!(refused(b"#!/bin/sh\n").starts_with("no WebAssembly"));
        assert_eq!(refused(b"\0asm\x01\0\0\0"), "a core module, not a component");
        assert!(!refused(b"\0asm\x0d\0\x01\0\x07").is_empty());
        assert!(refused(b"\0asm\x0d\0\x01\0").contains("exports no `describe`"));
    }

    #[test]
    fn imports_outside_of_the_contract_are_named() {
        let wasi = import("wasi:clocks/monotonic-clock@0.2.6").expect_err("no WASI");
        assert!(wasi.hint.expect("a way out").contains("--stub-wasi"));
        let newer = import("roundsman:check/files@0.2.0").expect_err("a newer contract");
        assert_eq!(newer.message, "made for contract 0.2, this is 0.1 (import `files`)");
        assert!(import("acme:secret/door@1.0.0").is_err());
        assert!(import("roundsman:checker/files@0.1.0").is_err());
        assert!(import("roundsman:check/files@0.1.7").is_ok());
    }
}
