//! `#[derive(Options)]`: what a check's options are, read off the type that serde fills with them, so that the two cannot
//! differ. Used by way of `roundsman_sdk::Options`, whose page says how.
#![forbid(unsafe_code)]

mod serde_words;
mod table;
mod words;

use proc_macro::TokenStream;
use syn::{Data, DeriveInput, parse_macro_input};

/// Tells the options that a struct holds, or the words that an enum stands for; see `roundsman_sdk::Options`.
#[proc_macro_derive(Options, attributes(serde))]
pub fn options(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let made = match &input.data {
        Data::Struct(data) => table::implement(&input, data),
        Data::Enum(data) => words::implement(&input, data),
        Data::Union(_) => Err(syn::Error::new_spanned(&input, "options are a struct, or an enum of words")),
    };
    made.unwrap_or_else(syn::Error::into_compile_error).into()
}
