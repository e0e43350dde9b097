//! A struct: its fields are the options.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataStruct, DeriveInput, Field, Fields, Result};

use crate::serde_words::{Default, Words, help, sdk, wrong};

pub fn implement(input: &DeriveInput, data: &DataStruct) -> Result<TokenStream> {
    let Fields::Named(fields) = &data.fields else {
        return wrong(input, "options have names: write a struct with named fields");
    };
    if !input.generics.params.is_empty() {
        return wrong(&input.generics, "options are one type, without generics");
    }
    let words = Words::of(&input.attrs)?;
    if let Some(rename) = &words.rename_all {
        return wrong(rename, "keys are the names of the fields, in snake_case: leave `rename_all` out");
    }
    if !words.deny_unknown_fields {
        return wrong(
            &input.ident,
            "add `#[serde(deny_unknown_fields)]`: a misspelt key would be left out without a word",
        );
    }
    let (sdk, name) = (sdk(), &input.ident);
    let whole = words.default.map(|default| match default {
        Default::OfType => quote!(<#name as ::core::default::Default>::default()),
        Default::Function(path) => quote!(#path()),
    });
    let infos = fields.named.iter().map(|field| info(field, whole.is_some())).collect::<Result<Vec<_>>>()?;
    let keys: Vec<String> =
        fields.named.iter().map(|field| Ok(key(field, &Words::of(&field.attrs)?))).collect::<Result<_>>()?;
    let (idents, types): (Vec<_>, Vec<_>) = fields.named.iter().map(|field| (&field.ident, &field.ty)).unzip();
    let read = fields.named.iter().map(|field| read(field, whole.is_some())).collect::<Result<Vec<_>>>()?;
    let written = fields.named.iter().map(written).collect::<Result<Vec<_>>>()?;
    let defaults = whole.map(|whole| quote!(let defaults: #name = #whole;));
    Ok(quote! {
        impl #sdk::Options for #name {
            fn options() -> ::std::vec::Vec<#sdk::OptionInfo> {
                #defaults
                ::std::vec![#(#infos),*]
            }
        }

        impl #sdk::OptionValue for #name {
            const TYPE: &'static str = "table";

            fn keys() -> ::std::vec::Vec<#sdk::OptionInfo> {
                <Self as #sdk::Options>::options()
            }

            fn write(&self, json: &mut #sdk::JsonWriter) -> bool {
                json.object(|json| { #(#written)* });
                true
            }

            fn read(json: &#sdk::Json) -> ::core::result::Result<Self, #sdk::Wrong> {
                let keys = #sdk::Keys::of(json, &[#(#keys),*])?;
                #(let #idents = keys.given::<#types>(#keys)?;)*
                #defaults
                ::core::result::Result::Ok(Self { #(#read),* })
            }
        }
    })
}

fn info(field: &Field, of_whole: bool) -> Result<TokenStream> {
    let (sdk, ty, words) = (sdk(), &field.ty, Words::of(&field.attrs)?);
    let (Some(ident), key) = (&field.ident, key(field, &words)) else { return wrong(field, "an option has a name") };
    let Some(help) = help(&field.attrs) else {
        return wrong(ident, "an option needs a doc comment: its first paragraph is what an operator reads");
    };
    let default = match words.default {
        Some(Default::OfType) => Some(quote!(&<#ty as ::core::default::Default>::default())),
        Some(Default::Function(path)) => Some(quote!(&#path())),
        None => of_whole.then(|| quote!(&defaults.#ident)),
    };
    Ok(match default {
        Some(default) => quote!(#sdk::OptionInfo::of::<#ty>(#key, #help).or(#default)),
        None => quote!(#sdk::OptionInfo::of::<#ty>(#key, #help).required_unless_optional::<#ty>()),
    })
}

/// Returns the field of what its key gave. What is missing is said last, as serde does.
fn read(field: &Field, of_whole: bool) -> Result<TokenStream> {
    let (sdk, words) = (sdk(), Words::of(&field.attrs)?);
    let (ident, key) = (&field.ident, key(field, &words));
    let default = match words.default {
        Some(Default::OfType) => Some(quote!(::core::default::Default::default())),
        Some(Default::Function(path)) => Some(quote!(#path())),
        None => of_whole.then(|| quote!(defaults.#ident)),
    };
    Ok(match default {
        Some(default) => quote!(#ident: match #ident {
            ::core::option::Option::Some(value) => value,
            ::core::option::Option::None => #default,
        }),
        None => quote!(#ident: #sdk::Keys::required(#ident, #key)?),
    })
}

fn written(field: &Field) -> Result<TokenStream> {
    let key = key(field, &Words::of(&field.attrs)?);
    let ident = &field.ident;
    Ok(quote!(json.key_if(#key, &self.#ident);))
}

fn key(field: &Field, words: &Words) -> String {
    let own = || field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    let key = words.rename.as_ref().map_or_else(own, syn::LitStr::value);
    key.trim_start_matches("r#").to_owned()
}
