//! The visibility of a process whose return type may be private.
//!
//! If a `pub` function returns a private type, the compiler only warns. If an implementation of a trait
//! has a private associated type, that is an error, unless the implementing type itself contains the
//! private type. So the struct of a visible process gets a type parameter for its outcome. The parameter
//! has a default, and nobody ever writes it.

use super::check::{Checked, Output};
use crate::tokens::{ends_path, is_punct};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Type, Visibility};

impl Checked {
    /// Returns the parameter for the outcome, if one is needed, and the type that always replaces it.
    pub(super) fn outcome_parameter(&self, visibility: &Visibility) -> Option<(Ident, &Type)> {
        let Output::Type(type_) = &self.output else { return None };
        if let Visibility::Inherited = visibility {
            return None;
        }
        let tokens = type_.to_token_stream();
        if !self.may_be_private(tokens.clone()) {
            return None;
        }
        // The name must not hide one of the user's types.
        let fields = self.fields.iter().map(|field| &field.type_);
        let (generics, bounds) = (&self.generics, &self.generics.where_clause);
        let taken = quote!(#(#fields)* #tokens #generics #bounds);
        let mut name = String::from("Output");
        while is_mentioned(&name, taken.clone()) {
            name.push('_');
        }
        Some((Ident::new(&name, Span::mixed_site()), type_))
    }

    /// Returns `true` if a type may be from the user's crate, judging by its tokens.
    fn may_be_private(&self, tokens: TokenStream) -> bool {
        const PUBLIC: [&str; 30] = [
            "alloc",
            "bool",
            "char",
            "core",
            "dyn",
            "f32",
            "f64",
            "i128",
            "i16",
            "i32",
            "i64",
            "i8",
            "isize",
            "std",
            "str",
            "u128",
            "u16",
            "u32",
            "u64",
            "u8",
            "usize",
            "Arc",
            "Box",
            "Infallible",
            "Option",
            "Rc",
            "Result",
            "Send",
            "String",
            "Vec",
        ];
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        tokens.iter().enumerate().any(|(at, token)| match token {
            TokenTree::Ident(ident) => {
                let is_lifetime = at > 0 && is_punct(tokens.get(at - 1), '\'');
                let text = ident.to_string();
                !is_lifetime
                    && !ends_path(&tokens, at)
                    && !PUBLIC.contains(&text.as_str())
                    && !self.is_known(&text)
            }
            TokenTree::Group(group) => self.may_be_private(group.stream()),
            _ => false,
        })
    }

    /// Returns `true` if a type parameter has this name.
    fn is_known(&self, name: &str) -> bool {
        self.generics.type_params().any(|param| param.ident == name)
    }
}

fn is_mentioned(name: &str, tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => is_mentioned(name, group.stream()),
        _ => false,
    })
}
