//! How far a process can be seen, beside what it returns.
//!
//! A function may be `pub` and return a type that is private: the compiler warns of that. For what
//! is implemented of a trait it is an error, unless the implementing type itself has the private
//! type in it. So the struct of a process that others see gets a parameter for its outcome, which
//! nobody ever writes: it has a default.

use super::check::{Checked, Output};
use crate::tokens::{ends_path, is_punct};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Type, Visibility};

impl Checked {
    /// The parameter for the outcome, if there must be one, and what is always put in its place.
    pub(super) fn outcome_parameter(&self, visibility: &Visibility) -> Option<(Ident, &Type)> {
        let Output::Type(type_) = &self.output else { return None };
        if let Visibility::Inherited = visibility {
            return None;
        }
        let tokens = type_.to_token_stream();
        if !self.may_be_private(tokens.clone()) {
            return None;
        }
        // Not one that would hide a type of the user's.
        let fields = self.fields.iter().map(|field| &field.type_);
        let (generics, bounds) = (&self.generics, &self.generics.where_clause);
        let taken = quote!(#(#fields)* #tokens #generics #bounds);
        let mut name = String::from("Output");
        while is_mentioned(&name, taken.clone()) {
            name.push('_');
        }
        Some((Ident::new(&name, Span::mixed_site()), type_))
    }

    /// Whether a type might be of the user's crate, as far as its tokens tell.
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

    /// Whether a type parameter has this name.
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
