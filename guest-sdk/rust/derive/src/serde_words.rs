//! What the attributes of serde say that matters here. What would make the options others than the fields is refused.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, Expr, ExprPath, Lit, LitStr, Meta, Result, Token};

/// Where a default comes from.
pub enum Default {
    /// `#[serde(default)]`.
    OfType,
    /// `#[serde(default = "path")]`.
    Function(ExprPath),
}

/// The attributes of a struct, an enum, a field or a variant.
#[derive(Default)]
pub struct Words {
    pub default: Option<Default>,
    pub rename: Option<LitStr>,
    pub rename_all: Option<LitStr>,
    pub deny_unknown_fields: bool,
}

impl Words {
    pub fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut words = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| words.take(&meta))?;
        }
        Ok(words)
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let valued = meta.input.peek(Token![=]);
        if meta.path.is_ident("default") {
            self.default = Some(match valued {
                true => Default::Function(meta.value()?.parse::<LitStr>()?.parse()?),
                false => Default::OfType,
            });
        } else if meta.path.is_ident("rename") && valued {
            self.rename = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("rename_all") && valued {
            self.rename_all = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("deny_unknown_fields") {
            self.deny_unknown_fields = true;
        } else {
            let why = "options know `default`, `rename`, `rename_all` and `deny_unknown_fields` of serde: by anything else an \
                       operator would meet other options than are described";
            return Err(meta.error(why));
        }
        Ok(())
    }
}

/// Returns the first paragraph of a doc comment, in one line and without the full stop at its end.
pub fn help(attributes: &[Attribute]) -> Option<String> {
    let lines =
        attributes.iter().filter(|it| it.path().is_ident("doc")).filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(meta) => match &meta.value {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Str(text) => Some(text.value().trim().to_owned()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        });
    let text = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let text = text.strip_suffix('.').unwrap_or(&text);
    (!text.is_empty()).then(|| text.to_owned())
}

/// Returns the one name by which generated code reaches the SDK.
pub fn sdk() -> TokenStream {
    quote!(::roundsman_sdk)
}

/// Returns an error at `tokens`.
pub fn wrong<T>(tokens: impl quote::ToTokens, message: &str) -> Result<T> {
    Err(Error::new_spanned(tokens, message))
}
