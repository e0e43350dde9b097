//! Components to run: those that were built, and those assembled here from `tests/guests/wat/`.

use std::fs;
use std::path::PathBuf;

use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{PackageId, Resolve, WorldItem};

use crate::{built, root};

/// The contract's version, as `wit/` says it.
pub const CONTRACT: &str = "0.1.0";

/// Returns a check that ships, `target/checks/NAME.wasm`.
#[must_use]
pub fn check(name: &str) -> PathBuf {
    built(&format!("checks/{name}.wasm"), "checks")
}

/// A component of the test-suite that is Rust, `target/guests/NAME.wasm`.
#[must_use]
pub fn guest(name: &str) -> PathBuf {
    built(&format!("guests/{name}.wasm"), "guests")
}

/// Returns the component of the test-suite that imports WASI and was made by this language's toolchain,
/// `target/wasi/LANGUAGE.wasm`, or the example `python-mdraid`.
#[must_use]
pub fn with_wasi(language: &str) -> PathBuf {
    built(&format!("wasi/{language}.wasm"), "wasi-guests")
}

/// Returns the component that `tests/guests/wat/NAME.wat` describes, against the contract of `wit/`.
#[must_use]
pub fn wat(name: &str) -> Vec<u8> {
    wat_for(name, &World::default())
}

/// WIT that a component is made against.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The contract's version.
    pub version: &'a str,
    /// What the contract has besides what is in `wit/`, as a later version has.
    pub contract: &'a str,
    /// A text of `wit/`, and what stands in its place.
    pub change: (&'a str, &'a str),
    /// Whether the functions are exported by themselves, and not as the interface `guest`.
    pub bare: bool,
    /// More WIT, each a package of its own. The last one holds the world, if this is not empty.
    pub packages: &'a [&'a str],
}

impl Default for World<'_> {
    fn default() -> Self {
        Self { version: CONTRACT, contract: "", change: ("", ""), bare: false, packages: &[] }
    }
}

/// The fields of a core module that stand where a file does not define its own: a check that reports one metric.
/// The numbers are the canonical ABI's layout of a text and of `result<outcome, failure>`. What belongs to the interface
/// `guest` is named without it.
const FIELDS: [(&str, &str); 5] = [
    ("memory", r#"(memory (export "memory") 1)"#),
    ("cabi_realloc", r#"(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 32768))"#),
    (
        "describe",
        r#"(func (export "describe") (result i32) (i32.const 1024))
           (data (i32.const 1024) (i32 1152 75))
           (data (i32.const 1152) "{\22name\22:\22minimal\22,\22version\22:\220.1.0\22,\22summary\22:\22a test\22,\22free_metrics\22:true}")"#,
    ),
    (
        "validate",
        r#"(func (export "validate") (param i32 i32) (result i32) (i32.const 1280))
           (data (i32.const 1280) (i32 1288 2) "{}")"#,
    ),
    (
        "run",
        r#"(func (export "run") (param i32 i32) (result i32) (i32.const 2048))
           (data (i32.const 2048) (i32 0 0  0  2304 8  0 0  0 0  2432 1  0 0))
           (data (i32.const 2304) "it lives" "beats")
           (data (i32.const 2432) (i32 2312 5) (f64 42) (i32 0 0 0  0  0 0)
               (i32 0 0) (f64 0 0) (i32 0 0)  (i32 0 0) (f64 0 0) (i32 0 0)
               (i32 0 0) (f64 0)  (i32 0 0) (f64 0)  (i32 0 0))"#,
    ),
];

/// Returns the component that `tests/guests/wat/NAME.wat` describes, made against another world.
///
/// # Panics
/// If the file is missing or wrong.
#[must_use]
pub fn wat_for(name: &str, world: &World) -> Vec<u8> {
    let path = root().join(format!("tests/guests/wat/{name}.wat"));
    let own = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assemble(&own, world).unwrap_or_else(|error| panic!("{}: {error:#}", path.display()))
}

/// Returns a component or module from its text.
///
/// # Panics
/// If the text is wrong.
#[must_use]
pub fn text(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns a check that imports the clock of a version of WASI besides the contract.
#[must_use]
pub fn wasi(version: &str) -> Vec<u8> {
    let clocks = "package wasi:clocks@0.2.6; interface monotonic-clock { now: func() -> u64; }";
    let world = "package test:more; world more { include roundsman:check/check@0.1.0; \
                 import wasi:clocks/monotonic-clock@0.2.6; }";
    let [clocks, world] = [clocks, world].map(|text| text.replace("@0.2.6", &format!("@{version}")));
    let path = root().join("tests/guests/wat/asks-wasi.wat");
    let own = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let own = own.replace("@0.2.6", &format!("@{version}"));
    let made = assemble(&own, &World { packages: &[&clocks, &world], ..World::default() });
    made.unwrap_or_else(|error| panic!("{}: {error:#}", path.display()))
}

/// Returns a check that also imports a capability of a later version of the contract.
#[must_use]
pub fn network(version: &str) -> Vec<u8> {
    let contract = "/// Asks other hosts.\ninterface network { ping: func(host: string) -> bool; }\n";
    let world = "package test:later; world later { include roundsman:check/check@0.1.0; \
                 import roundsman:check/network@0.1.0; }";
    wat_for("asks-network", &World { version, contract, packages: &[world], ..World::default() })
}

/// Returns a check that says of itself what this JSON says, and reports.
///
/// # Panics
/// If the tools do not take it.
#[must_use]
pub fn describes(json: &str) -> Vec<u8> {
    described(json, "")
}

/// Makes a check that says of itself what this JSON says, and traps whenever it runs.
///
/// # Panics
/// As [`describes`].
#[must_use]
pub fn traps(json: &str) -> Vec<u8> {
    described(json, r#"(func (export "run") (param i32 i32) (result i32) unreachable)"#)
}

fn described(json: &str, more: &str) -> Vec<u8> {
    let (length, text) = (json.len(), json.replace('"', "\\22"));
    let own = format!(
        r#"(func (export "describe") (result i32) (i32.const 1024))
           (data (i32.const 1024) (i32 8192 {length}))
           (data (i32.const 8192) "{text}")
           {more}"#
    );
    assemble(&own, &World::default()).unwrap_or_else(|error| panic!("{json}: {error:#}"))
}

/// Returns a check that reports, and imports every function of a world of its own.
///
/// # Errors
/// What the tools say of the world.
pub fn imports_all(world: &str) -> anyhow::Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    push_contract(&mut resolve, &World::default())?;
    let package = resolve.push_source("mine.wit", world)?;
    let id = resolve.select_world(&[package], None)?;
    let mut imports = String::new();
    for (name, item) in &resolve.worlds[id].imports {
        let WorldItem::Interface { id, .. } = item else { continue };
        for function in resolve.interfaces[*id].functions.values() {
            let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
            let types = |types: &[WasmType]| types.iter().map(|it| word(*it)).collect::<Vec<_>>().join(" ");
            let (parameters, results) = (types(&signature.params), types(&signature.results));
            let interface = resolve.name_world_key(name);
            imports.push_str(&format!(
                "(import \"{interface}\" \"{}\" (func (param {parameters}) (result {results})))\n",
                function.name
            ));
        }
    }
    assemble(&imports, &World { packages: &[world], ..World::default() })
}

/// Returns a type of core WebAssembly, by its word.
fn word(kind: WasmType) -> &'static str {
    match kind {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
    }
}

/// Returns a component from fields of a core module, filled up with `FIELDS`.
///
/// # Errors
/// What the tools say of the text, or of a module that does not fit the world.
pub fn assemble(own: &str, world: &World) -> anyhow::Result<Vec<u8>> {
    let mut text = format!("(module\n{}\n", own.replace(&format!("@{CONTRACT}"), &format!("@{}", world.version)));
    for (export, field) in FIELDS {
        if !own.contains(&format!("(export \"{export}\")")) {
            text.push_str(field);
        }
    }
    text.push(')');
    for function in ["describe", "validate", "run"] {
        if world.bare {
            break;
        }
        let whole = format!("(export \"roundsman:check/guest@{}#{function}\")", world.version);
        text = text.replace(&format!("(export \"{function}\")"), &whole);
    }
    let mut module = wat::parse_str(&text)?;

    let mut resolve = Resolve::default();
    let mut package = push_contract(&mut resolve, world)?;
    for text in world.packages {
        package =
            resolve.push_source("more.wit", &text.replace(&format!("@{CONTRACT}"), &format!("@{}", world.version)))?;
    }
    let name = if world.packages.is_empty() { Some("check") } else { None };
    let world = resolve.select_world(&[package], name)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().module(&module)?.validate(true).encode()
}

/// Returns the component, with so many instances more of an empty module.
///
/// # Panics
/// If the component is none.
#[must_use]
pub fn with_instances(mut component: Vec<u8>, count: u32) -> Vec<u8> {
    const CORE_MODULE: u8 = 1;
    const CORE_INSTANCES: u8 = 2;
    let (mut modules, mut depth) = (0, 0);
    for payload in Parser::new(0).parse_all(&component) {
        match payload.expect("a valid component") {
            Payload::ModuleSection { .. } => {
                modules += u32::from(depth == 0);
                depth += 1;
            }
            Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
    }
    // Each: instantiate (0), the module's index, no arguments (0).
    let mut instances = leb128(count);
    for _ in 0..count {
        instances.push(0);
        instances.extend(leb128(modules));
        instances.push(0);
    }
    for (id, content) in [(CORE_MODULE, b"\0asm\x01\0\0\0".to_vec()), (CORE_INSTANCES, instances)] {
        component.push(id);
        component.extend(leb128(content.len().try_into().expect("a small section")));
        component.extend(content);
    }
    component
}

/// Returns an unsigned number as WebAssembly writes it, seven bits a byte.
fn leb128(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Adds `wit/`, as if it were of this version, with what that has besides. Its files are parts of one package, so one text does as well.
fn push_contract(resolve: &mut Resolve, world: &World) -> anyhow::Result<PackageId> {
    let mut text = format!("package roundsman:check@{};\n{}", world.version, world.contract);
    for entry in fs::read_dir(root().join("wit"))? {
        let file = fs::read_to_string(entry?.path())?;
        text.push_str(&file.replace(&format!("package roundsman:check@{CONTRACT};"), ""));
    }
    let (of_wit, instead) = world.change;
    if !of_wit.is_empty() {
        anyhow::ensure!(text.contains(of_wit), "`{of_wit}` is not in wit/");
        text = text.replace(of_wit, instead);
    }
    resolve.push_source("wit", &text)
}
