//! Compilation of a component to machine code; what is wrong with its bytes is said in words of the operator.

mod source_lines;
mod nesting;

use wasmtime::component::Component;

use crate::worker::engine::{Layout, compiling};
use roundsman_contract::report::{Failure, FailureKind};
use roundsman_contract::surface;

/// The first bytes of every WebAssembly file.
const MAGIC: &[u8] = b"\0asm";
/// Version and layer of a core module, after the magic.
const CORE_MODULE: &[u8] = b"\x01\0\0\0";

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
/// A failure of kind `invalid`: not a component, cut off, of another world, of another contract. There is no compiler here.
pub fn compile(layout: Layout, bytes: &[u8]) -> Result<Compiled, Failure> {
    looks_like_a_component(bytes)?;
    nesting::judge(bytes)?;
    let surface = surface::read(bytes).map_err(invalid)?;
    surface::judge(&surface)?;
    let no_engine = |error| Failure::new(FailureKind::Internal, format!("making the compiler: {error:#}"));
    let engine = compiling(layout, source_lines::find(bytes)).map_err(no_engine)?;
    let component = Component::new(&engine, bytes).map_err(|error| not_compiled(&format!("{error:#}")))?;
    let code = component.serialize().map_err(|error| Failure::new(FailureKind::Internal, format!("{error:#}")))?;
    Ok(Compiled { code, imports: surface.imports })
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

/// Proposals that this engine has switched off, by the words of its complaints, with what emits them.
const PROPOSALS: [(&str, &str, &str); 5] = [
    ("exceptions", "exception handling", "build without it: C++ with -fno-exceptions, Rust with panic = \"abort\""),
    ("tail calls", "tail calls", "build without it: clang without -mtail-call, Rust without +tail-call"),
    ("memory64", "64-bit memories", "build it for wasm32, not for wasm64"),
    ("gc", "garbage collection", "Kotlin, Dart, Java and OCaml emit it: write the check in another language"),
    ("threads", "threads", "build without it: clang without -pthread, Rust for wasm32-wasip2 without threads"),
];

/// Returns the failure of what the engine would not compile.
fn not_compiled(why: &str) -> Failure {
    let refuses = |word: &str| {
        ["support is not enabled", "proposal not enabled", "must be enabled", "feature"]
            .iter()
            .any(|rest| why.split(['(', '\n', ';']).any(|part| part.contains(word) && part.contains(rest)))
    };
    match PROPOSALS.iter().find(|(word, ..)| refuses(word)) {
        Some((_, proposal, instead)) => {
            invalid(format!("it uses {proposal}, which is switched off here: {why}")).with_hint(*instead)
        }
        None => invalid(why),
    }
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::engine::SourceLines;

    fn refused(bytes: &[u8]) -> String {
        let failure = compile(Layout::Reserved, bytes).expect_err("no check");
        assert_eq!(failure.kind, FailureKind::Invalid);
        failure.message
    }

    #[test]
    fn what_is_no_component_is_named() {
        assert_eq!(refused(b""), "the file is empty");
        assert!(refused(b"#!/bin/sh\n").starts_with("no WebAssembly"));
        assert_eq!(refused(b"\0asm\x01\0\0\0"), "a core module, not a component");
        assert!(!refused(b"\0asm\x0d\0\x01\0\x07").is_empty());
        assert!(refused(b"\0asm\x0d\0\x01\0").contains("it exports nothing"));
    }

    #[test]
    fn a_proposal_that_is_switched_off_is_named() {
        for (field, proposal) in [
            ("(func $f return_call $f)", "it uses tail calls"),
            ("(memory i64 1)", "it uses 64-bit memories"),
            ("(tag)", "it uses exception handling"),
            ("(type (struct))", "it uses garbage collection"),
            ("(memory 1 1 shared)", "it uses threads"),
        ] {
            let text = format!(
                "(component (core module {field}) (instance $none) (export \"roundsman:check/guest@0.1.0\" (instance $none)))"
            );
            let message = refused(&roundsman_tests::component::text(&text));
            assert!(message.starts_with(proposal), "{field}: {message}");
        }
    }

    /// Each component has a memory of its own, and what passes from one to the other is copied by an adapter.
    #[test]
    fn a_component_that_was_composed_of_two_is_compiled_and_runs() {
        let libc = r#"(core module $libc (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
            (core instance $libc (instantiate $libc))
            (alias core export $libc "memory" (core memory $memory))
            (alias core export $libc "realloc" (core func $realloc))"#;
        let options = "(memory $memory) (realloc $realloc)";
        let text = format!(
            r#"(component
            (component $counts {libc}
                (core module $m (func (export "count") (param i32 i32) (result i32) (local.get 1)))
                (core instance $i (instantiate $m))
                (func (export "count") (param "text" string) (result u32) (canon lift (core func $i "count") {options})))
            (component $asks
                (import "count" (func $count (param "text" string) (result u32)))
                {libc}
                (core func $lowered (canon lower (func $count) {options}))
                (core module $m (import "" "count" (func $count (param i32 i32) (result i32)))
                    (func (export "go") (result i32) (call $count (i32.const 8) (i32.const 42))))
                (core instance $i (instantiate $m (with "" (instance (export "count" (func $lowered))))))
                (func (export "go") (result u32) (canon lift (core func $i "go"))))
            (instance $counts (instantiate $counts))
            (instance $asks (instantiate $asks (with "count" (func $counts "count"))))
            (export "go" (func $asks "go")))"#
        );
        let engine = compiling(Layout::Reserved, SourceLines::None).expect("an engine");
        let bytes = roundsman_tests::component::text(&text);
        assert!(!refused(&bytes).is_empty(), "all but a check");
        // As a worker has it: the engine runs code where it is mapped.
        let compiled = Component::new(&engine, &bytes).and_then(|component| component.serialize()).expect("code");
        let mut file = tempfile::tempfile().expect("a file");
        std::io::Write::write_all(&mut file, &compiled).expect("room for it");
        let mapped = crate::worker::Code::sealed(file.into()).and_then(|code| code.map()).expect("a mapping");
        let component = mapped.load(&engine).expect("a component");
        let mut store = wasmtime::Store::new(&engine, ());
        store.set_fuel(1_000_000).expect("fuel");
        let linker = wasmtime::component::Linker::new(&engine);
        let instance = linker.instantiate(&mut store, &component).expect("an instance");
        let go = instance.get_typed_func::<(), (u32,)>(&mut store, "go").expect("a function");
        assert_eq!(go.call(&mut store, ()).expect("a number"), (42,));
    }
}
