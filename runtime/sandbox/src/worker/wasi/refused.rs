//! Interfaces of WASI that this one has not: a component may import them, as toolchains do for all that they could want, and
//! ends when it calls one.

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, ResourceType};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, IoError};

use super::WithWasi;
use roundsman_contract::report::{Failure, FailureKind};

/// The packages of WASI that the linker has, whole.
const PACKAGES: [&str; 6] =
    ["wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:io/", "wasi:random/", "wasi:sockets/"];

/// Adds what the component imports of other packages, as functions that end the run with their name.
///
/// # Errors
/// The component names an import twice.
pub(crate) fn add(linker: &mut Linker<WithWasi>, component: &Component) -> wasmtime::Result<()> {
    let engine = linker.engine().clone();
    let of_component = component.component_type();
    for (name, item) in of_component.imports(&engine) {
        let is_ours = !name.starts_with("wasi:") || PACKAGES.iter().any(|package| name.starts_with(package));
        if let (false, ComponentItem::ComponentInstance(interface)) = (is_ours, item.ty) {
            add_interface(linker, &engine, name, &interface)?;
        }
    }
    Ok(())
}

fn add_interface(
    linker: &mut Linker<WithWasi>,
    engine: &Engine,
    interface: &str,
    exports: &wasmtime::component::types::ComponentInstance,
) -> wasmtime::Result<()> {
    let mut instance = linker.instance(interface)?;
    for (name, item) in exports.exports(engine) {
        match item.ty {
            ComponentItem::ComponentFunc(_) => {
                let whole = format!("{interface}#{name}");
                instance.func_new(name, move |_, _, _, _| Err(refusal(&whole).into()))?;
            }
            ComponentItem::Resource(_) => instance.resource(name, resource(name), |_, _| Ok(()))?,
            _ => {}
        }
    }
    Ok(())
}

/// Returns the type of a resource: some are those of `wasi:io`, under their own names; of all others there is never one.
fn resource(name: &str) -> ResourceType {
    match name {
        "input-stream" => ResourceType::host::<DynInputStream>(),
        "output-stream" => ResourceType::host::<DynOutputStream>(),
        "pollable" => ResourceType::host::<DynPollable>(),
        "io-error" | "error" => ResourceType::host::<IoError>(),
        _ => ResourceType::host::<()>(),
    }
}

/// Returns the failure of a run that called a function that nobody grants.
fn refusal(function: &str) -> Failure {
    Failure::new(FailureKind::Trap, format!("it called `{function}`, and WASI grants nothing here"))
        .with_hint("read files with `roundsman:check/files`, and ask other hosts with a granted command")
}
