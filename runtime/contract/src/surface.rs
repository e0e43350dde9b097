//! Surface of a component: the names of its imports and exports, which tell its contract. Judged before anything is compiled, so that
//! a refusal takes milliseconds and says what is missing.

use wasmparser::{Parser, Payload};

use super::{PACKAGE, VERSION};
use crate::report::{Failure, FailureKind};
use roundsman_grants::escape::{clip, line};

/// The interfaces that a check may import, in the words of `wit/`. `types` is all types, and gives nothing.
pub const CAPABILITIES: [&str; 5] = ["files", "commands", "logging", "clock", "state"];
const TYPES: &str = "types";
/// The interface that every check exports.
pub const GUEST: &str = "guest";
/// Functions that a check exported by themselves before the contract had [`GUEST`].
const BARE: [&str; 3] = ["describe", "validate", "run"];
/// Version of WASI that components may import; it grants nothing.
const WASI_VERSION: &str = "0.2";
/// Names in a message.
const SHOWN: usize = 5;
/// Longest name, in bytes.
const LONGEST_NAME: usize = 200;

/// The names of what a component imports and exports.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Surface {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
}

/// Reads the names, and nothing of what is inside of the component.
///
/// # Errors
/// In words: the bytes are no component.
pub fn read(bytes: &[u8]) -> Result<Surface, String> {
    let mut surface = Surface::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|error| error.to_string())? {
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    surface.imports.push(shown(import.map_err(|error| error.to_string())?.name.name));
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    surface.exports.push(shown(export.map_err(|error| error.to_string())?.name.name));
                }
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(surface)
}

/// A name as it may be shown: nobody has judged yet that it is one. No name of the contract is changed by this.
fn shown(name: &str) -> String {
    clip(&line(name), LONGEST_NAME)
}

/// Judges whether a component is a check that this build can run.
///
/// # Errors
/// A failure of kind `invalid` that says what is missing and how to go on.
pub fn judge(surface: &Surface) -> Result<(), Failure> {
    exports(&surface.exports)?;
    let mut missing = Vec::new();
    for name in &surface.imports {
        match Import::of(name) {
            Import::Known | Import::Wasi => {}
            Import::Lacking(capability) => missing.push(format!("{capability} ({name})")),
            Import::OfAnother { interface, version } => return Err(other_contract(interface, version)),
            Import::OtherWasi => {
                return Err(invalid(format!("it imports `{name}`, and of WASI only {WASI_VERSION} is here")).with_hint(
                    "build it for WASI 0.2: Rust for the target wasm32-wasip2, Python and JavaScript with a version of \
                     componentize that makes components for 0.2",
                ));
            }
            Import::Foreign => {
                return Err(invalid(format!("it imports `{name}`, which is not of the contract `{PACKAGE}`")));
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "needs {}, which roundsman {} lacks; it has {}",
        listed(missing.iter().map(String::as_str)),
        env!("CARGO_PKG_VERSION"),
        CAPABILITIES.join(", ")
    );
    Err(invalid(message).with_hint("install a newer roundsman, or a component that does without"))
}

/// Tells whether any of these imports is WASI.
#[must_use]
pub fn imports_wasi(imports: &[String]) -> bool {
    imports.iter().any(|name| is_wasi(name))
}

fn is_wasi(name: &str) -> bool {
    name.starts_with("wasi:")
}

/// Kind of an import, as this build sees it.
enum Import<'a> {
    Known,
    /// Of this contract, and not in this build.
    Lacking(&'a str),
    /// Of this package, and another contract.
    OfAnother {
        interface: &'a str,
        version: &'a str,
    },
    /// Of the version that is here, and grants nothing.
    Wasi,
    OtherWasi,
    Foreign,
}

impl<'a> Import<'a> {
    fn of(name: &'a str) -> Self {
        match ours(name) {
            Some((interface, version)) if contract_of(version) != contract_of(VERSION) => {
                Self::OfAnother { interface, version }
            }
            Some((interface, _)) if interface == TYPES || CAPABILITIES.contains(&interface) => Self::Known,
            Some((interface, _)) => Self::Lacking(interface),
            None if is_wasi(name) => match name.rsplit_once('@') {
                Some((_, version)) if contract_of(version) == WASI_VERSION => Self::Wasi,
                _ => Self::OtherWasi,
            },
            None => Self::Foreign,
        }
    }
}

/// More exports than the contract's are no error.
fn exports(names: &[String]) -> Result<(), Failure> {
    let guest = names.iter().filter_map(|name| ours(name)).find(|(interface, _)| *interface == GUEST);
    let whole = format!("{PACKAGE}/{GUEST}@{VERSION}");
    match guest {
        Some((_, version)) if contract_of(version) == contract_of(VERSION) => Ok(()),
        Some((interface, version)) => Err(other_contract(interface, version)),
        None if BARE.iter().all(|name| names.iter().any(|export| export == name)) => Err(invalid(format!(
            "made for the contract as it was before release 0.1.0: it exports `describe`, `validate` and `run` by \
             themselves, and not `{whole}`"
        ))
        .with_hint("build it again with today's roundsman-sdk, or against today's `wit/`")),
        None => {
            let has = if names.is_empty() { "nothing".to_owned() } else { listed(names.iter().map(String::as_str)) };
            Err(invalid(format!("a component of another world: it exports {has}, and not `{whole}`"))
                .with_hint(format!("build it against `{PACKAGE}@{VERSION}`, with a world that includes `base`")))
        }
    }
}

fn other_contract(interface: &str, version: &str) -> Failure {
    let (made_for, this) = (contract_of(version), contract_of(VERSION));
    invalid(format!("made for contract {made_for}, this is {this} (`{interface}`)"))
        .with_hint(format!("build it against `{PACKAGE}@{VERSION}`, or install a runtime for contract {made_for}"))
}

/// Returns the interface and the version of a name of this package.
fn ours(name: &str) -> Option<(&str, &str)> {
    let (interface, version) = name.rsplit_once('@').unwrap_or((name, ""));
    let interface = interface.strip_prefix(PACKAGE)?.strip_prefix('/')?;
    Some((interface, version))
}

/// Returns the major and minor version: patches only add interfaces.
fn contract_of(version: &str) -> &str {
    version.rmatch_indices('.').next().map_or(version, |(at, _)| &version[..at])
}

fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let mut shown: Vec<&str> = names.take(SHOWN).collect();
    let more = format!("{more} more");
    if more != "0 more" {
        shown.push(&more);
    }
    shown.join(", ")
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUEST_NOW: &str = "roundsman:check/guest@0.1.0";

    fn refusal(imports: &[&str], exports: &[&str]) -> Failure {
        let names = |all: &[&str]| all.iter().map(|&name| name.to_owned()).collect();
        judge(&Surface { imports: names(imports), exports: names(exports) }).expect_err("no check of this contract")
    }

    #[test]
    fn what_is_of_this_contract_is_taken_at_any_patch() {
        for version in ["0.1.0", "0.1.7"] {
            let name = |interface: &str| format!("roundsman:check/{interface}@{version}");
            let imports = ["types", "files", "state"].map(name).to_vec();
            let surface = Surface { imports, exports: vec![name("guest"), "acme:more/door@9.0.0".to_owned()] };
            assert_eq!(judge(&surface), Ok(()));
        }
    }

    #[test]
    fn capabilities_that_are_lacking_are_all_named() {
        let refused = refusal(
            &["roundsman:check/network@0.1.3", "roundsman:check/files@0.1.3", "roundsman:check/dns@0.1.3"],
            &[GUEST_NOW],
        );
        assert_eq!(
            refused.message,
            format!(
                "needs network (roundsman:check/network@0.1.3), dns (roundsman:check/dns@0.1.3), which roundsman {} \
                 lacks; it has files, commands, logging, clock, state",
                env!("CARGO_PKG_VERSION")
            )
        );
        assert!(refused.hint.unwrap().contains("newer roundsman"));
    }

    #[test]
    fn other_contracts_and_worlds_are_named() {
        let of_next = "made for contract 0.2, this is 0.1 (`files`)";
        assert_eq!(refusal(&["roundsman:check/files@0.2.0"], &[GUEST_NOW]).message, of_next);
        let of_next = refusal(&[], &["roundsman:check/guest@1.0.0"]);
        assert_eq!(of_next.message, "made for contract 1.0, this is 0.1 (`guest`)");
        assert!(of_next.hint.unwrap().contains("a runtime for contract 1.0"));
        let old = refusal(&["roundsman:check/types@0.1.0"], &["describe", "validate", "run"]);
        assert!(old.message.contains("before release 0.1.0") && old.hint.unwrap().starts_with("build it again"));
        let other = refusal(&[], &["hello"]);
        assert_eq!(
            other.message,
            "a component of another world: it exports hello, and not `roundsman:check/guest@0.1.0`"
        );
        assert!(refusal(&[], &[]).message.contains("it exports nothing"));
        let seven = ["a", "b", "c", "d", "e", "f", "g"];
        assert!(refusal(&[], &seven).message.contains("exports a, b, c, d, e, 2 more, and"));
    }

    #[test]
    fn imports_outside_of_the_contract_are_named() {
        for name in ["wasi:clocks/monotonic-clock@0.3.0", "wasi:clocks/monotonic-clock", "wasi:http/handler@1.0.0"] {
            let wasi = refusal(&[name], &[GUEST_NOW]);
            assert_eq!(wasi.message, format!("it imports `{name}`, and of WASI only 0.2 is here"));
            assert!(wasi.hint.unwrap().contains("wasm32-wasip2"));
        }
        let imports = vec!["wasi:cli/exit@0.2.12".to_owned(), "roundsman:check/files@0.1.0".to_owned()];
        assert!(imports_wasi(&imports) && !imports_wasi(&imports[1..]));
        assert_eq!(judge(&Surface { imports, exports: vec![GUEST_NOW.to_owned()] }), Ok(()));
        for name in ["acme:secret/door@1.0.0", "roundsman:checker/files@0.1.0", "files"] {
            assert!(refusal(&[name], &[GUEST_NOW]).message.contains("not of the contract"), "{name}");
        }
    }

    #[test]
    fn no_bytes_panic_and_every_cut_is_told() {
        assert_eq!(read(b"\0asm\x0d\0\x01\0"), Ok(Surface::default()));
        assert!(read(b"\0asm\x0d\0\x01\0\x07").is_err());
        assert!(read(&[0xff; 100]).is_err());
    }
}
