//! An enum: each variant is a word.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataEnum, DeriveInput, Fields, Result, Variant};

use crate::serde_words::{Words, sdk, wrong};

pub fn implement(input: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    let style = Words::of(&input.attrs)?.rename_all;
    let style = match style.as_ref().map(syn::LitStr::value).as_deref() {
        Some("snake_case") => '_',
        Some("kebab-case") => '-',
        _ => {
            return wrong(
                &input.ident,
                "add `#[serde(rename_all = \"snake_case\")]`: words of options are written like this",
            );
        }
    };
    let words = data.variants.iter().map(|variant| word(variant, style)).collect::<Result<Vec<_>>>()?;
    let variants: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let Some(last) = variants.last() else { return wrong(&input.ident, "an option of no word can have no value") };
    let places = 0..variants.len();
    let (sdk, name) = (sdk(), &input.ident);
    Ok(quote! {
        impl #sdk::OptionValue for #name {
            const TYPE: &'static str = "text";
            const VALUES: &'static [&'static str] = &[#(#words),*];

            fn write(&self, json: &mut #sdk::JsonWriter) -> bool {
                json.text(match self { #(Self::#variants => #words),* });
                true
            }

            fn read(json: &#sdk::Json) -> ::core::result::Result<Self, #sdk::Wrong> {
                ::core::result::Result::Ok(match json.word_of(<Self as #sdk::OptionValue>::VALUES)? {
                    #(#places => Self::#variants,)*
                    _ => Self::#last,
                })
            }
        }
    })
}

fn word(variant: &Variant, separator: char) -> Result<String> {
    if !matches!(variant.fields, Fields::Unit) {
        return wrong(variant, "a word has nothing beside it");
    }
    if let Some(rename) = Words::of(&variant.attrs)?.rename {
        return Ok(rename.value());
    }
    let mut word = String::new();
    for letter in variant.ident.to_string().chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push(separator);
        }
        word.extend(letter.to_lowercase());
    }
    Ok(word)
}
