//! The contract in `wit/`, as generated types and imports; nothing here is called natively.
#![allow(unsafe_code, missing_docs, clippy::all)]

wit_bindgen::generate!({
    path: "wit",
    world: "check",
    additional_derives: [PartialEq],
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "roundsman_sdk::bindings",
});
