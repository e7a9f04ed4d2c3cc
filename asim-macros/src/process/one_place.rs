//! One place for each argument.
//!
//! The future of an `async fn` has two places for each argument: one for the call, and one for the body,
//! to which the argument is moved at the first poll. The future of an `async` block has one. A model may
//! have a million processes, so the function that is left in the user's code is not an `async fn` any
//! more, but returns the future of such a block. Whoever calls it sees no difference:
//!
//! ```text
//! async fn f(env: Environment, a: A) -> R {    fn f(env: Environment, a: A) -> impl Future<Output = R> {
//!     body                                         async move { let _ = (&a, &env); { body } }
//! }                                            }
//! ```
//!
//! The block mentions each argument first, so that it holds all of them as a whole, used or not, and drops
//! them in the order of an `async fn`: the last one first, after all that is in the body.

use super::Function;
use super::check::{Argument, Checked, Output};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Ident, ReturnType, parse_quote_spanned};

impl Checked {
    /// Returns the function with one place for each argument. Returns `None` if it stays as it is
    /// written: it borrows its environment, or has an attribute that may need to see an `async fn`.
    pub(super) fn with_one_place(&self, function: &Function) -> Option<TokenStream> {
        let owns_all = self.arguments.iter().all(|argument| {
            matches!(argument, Argument::Field(_) | Argument::Environment { by_reference: false })
        });
        if !owns_all || !function.attributes.iter().all(is_indifferent) {
            return None;
        }
        let Function { attributes, visibility, signature, body } = function;
        let asim = &self.asim;
        let output = match (&self.output, &signature.output) {
            (Output::Never, _) => quote!(#asim::Never),
            (_, ReturnType::Type(_, type_)) => quote!(#type_),
            (_, ReturnType::Default) => quote!(()),
        };
        let mut signature = signature.clone();
        // An error in the body that concerns all of it is at this word.
        let span = signature.asyncness.take().map_or_else(Span::mixed_site, |word| word.span);
        let written = std::mem::replace(&mut signature.output, ReturnType::Default);
        let at_output = match &written {
            ReturnType::Default => signature.ident.span(),
            written @ ReturnType::Type(..) => written.span(),
        };
        let at_output = at_output.resolved_at(Span::mixed_site());
        signature.output =
            parse_quote_spanned!(at_output => -> impl ::core::future::Future<Output = #output>);
        let names: Vec<Ident> = signature.inputs.iter().filter_map(name).collect();
        // What the body does not name is moved to a variable that is not used, so that the compiler
        // warns as it would for the argument.
        let (used, unused): (Vec<&Ident>, Vec<&Ident>) =
            names.iter().partition(|name| mentions(body.clone(), name));
        let held = used.into_iter().rev().map(mentioned);
        let moved = unused.iter().copied().map(mentioned);
        // The block begins with a `return` that never happens, of the type that is written in the
        // signature. Otherwise the compiler would guess the type from the first value in the body.
        let returned = Ident::new("returned", at_output);
        let start = quote_spanned! { Span::mixed_site() =>
            #(
                #[allow(clippy::no_effect_underscore_binding, clippy::used_underscore_binding)]
                let #unused = #moved;
            )*
            #[allow(clippy::used_underscore_binding)]
            let _ = (#(&#held,)*);
            #[allow(unreachable_code)]
            if false {
                let #returned: #output = loop {};
                return #returned;
            }
        };
        let block = quote_spanned!(span => async move { #start #body });
        // A body of one line would seem to be in braces that it does not need.
        Some(quote! {
            #[allow(unused_braces)]
            #(#attributes)* #visibility #signature { #block }
        })
    }
}

/// Returns the argument as it is mentioned by this macro, and not by the user.
fn mentioned(name: &Ident) -> Ident {
    let mut mentioned = name.clone();
    mentioned.set_span(Span::mixed_site().resolved_at(name.span()));
    mentioned
}

/// Returns `true` if an attribute means the same on a function that is not `async`.
fn is_indifferent(attribute: &Attribute) -> bool {
    ["doc", "allow", "warn", "deny", "inline", "cold", "deprecated", "cfg"]
        .iter()
        .any(|name| attribute.path().is_ident(name))
}

fn name(argument: &syn::FnArg) -> Option<Ident> {
    match argument {
        syn::FnArg::Typed(syn::PatType { pat, .. }) => match &**pat {
            syn::Pat::Ident(plain) => Some(plain.ident.clone()),
            _ => None,
        },
        syn::FnArg::Receiver(_) => None,
    }
}

/// Returns `true` if the name stands anywhere in these tokens, or in a text among them that may be a
/// format string.
fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Literal(literal) => literal.to_string().contains(&name.to_string()),
        TokenTree::Punct(_) => false,
    })
}
