//! The attributes of a function that also apply to the generated code.

use crate::tokens::split_at_commas;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Meta, parse_quote};

/// The attributes that describe the whole process, and not only the function.
#[derive(Default)]
pub(super) struct Attributes {
    /// `#[doc]` and `#[deprecated]`: only for the struct.
    pub(super) about: Vec<Attribute>,
    /// `#[cfg]` and `#[allow]`: for all generated code.
    pub(super) everywhere: Vec<Attribute>,
}

impl Attributes {
    pub(super) fn of(function: &[Attribute]) -> Self {
        let mut attributes = Attributes::default();
        for attribute in function {
            attributes.add(attribute, &|meta| quote!(#meta));
        }
        attributes
    }

    /// Adds an attribute if it applies. `around` wraps it.
    fn add(&mut self, attribute: &Attribute, around: &dyn Fn(TokenStream) -> TokenStream) {
        let path = attribute.path();
        let is = |name| path.is_ident(name);
        if is("doc") || is("deprecated") {
            self.about.push(wrapped(&attribute.meta, around));
        } else if is("cfg") || is("allow") {
            self.everywhere.push(wrapped(&attribute.meta, around));
        } else if let Meta::List(list) = &attribute.meta {
            let arguments = &list.tokens;
            if is("expect") {
                // A lint that is expected in the function need not fire in the generated code.
                self.everywhere.push(wrapped(quote!(allow(#arguments)), around));
            } else if is("cfg_attr") {
                self.add_conditional(arguments.clone(), around);
            }
        }
    }

    /// Adds the attributes of a `cfg_attr(condition, ..)` that apply.
    fn add_conditional(
        &mut self,
        arguments: TokenStream,
        around: &dyn Fn(TokenStream) -> TokenStream,
    ) {
        let arguments: Vec<TokenTree> = arguments.into_iter().collect();
        let Some((condition, attributes)) = split_at_commas(&arguments)
            .split_first()
            .map(|(condition, attributes)| (condition.to_vec(), attributes.to_vec()))
        else {
            return;
        };
        for attribute in attributes {
            if let Ok(meta) = syn::parse2::<Meta>(attribute.iter().cloned().collect()) {
                let attribute = parse_quote!(#[#meta]);
                self.add(&attribute, &|meta| around(quote!(cfg_attr(#(#condition)*, #meta))));
            }
        }
    }
}

fn wrapped(meta: impl ToTokens, around: &dyn Fn(TokenStream) -> TokenStream) -> Attribute {
    let meta = around(meta.to_token_stream());
    parse_quote!(#[#meta])
}
