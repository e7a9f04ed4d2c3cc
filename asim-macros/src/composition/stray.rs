//! Strays: compositions in the body of a process that are outside of `asim!`.

use super::call::{Call, Kind};
use super::{Numbers, Scope, Walk};
use crate::tokens::{as_group, is_ident, is_punct};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use std::cell::Cell;
use syn::Error;

/// Returns an error for each composition of a body that is outside of `asim!`.
pub(crate) fn errors(body: &TokenStream) -> Vec<Error> {
    let mut errors = Vec::new();
    search(&body.clone().into_iter().collect::<Vec<_>>(), &mut errors);
    errors
}

fn search(tokens: &[TokenTree], errors: &mut Vec<Error>) {
    let mut at = 0;
    while at < tokens.len() {
        if let Some(call) = Call::at(tokens, at).filter(|call| call.has_keys) {
            errors.push(Error::new(call.name.span(), message(&call)));
            at = call.next;
        } else if let Some(past) = past_macro(tokens, at) {
            at = past;
        } else {
            if let TokenTree::Group(group) = &tokens[at] {
                search(&group.stream().into_iter().collect::<Vec<_>>(), errors);
            }
            at += 1;
        }
    }
}

/// Returns the end of a macro call at `at` that may be `asim!`, or may pass its tokens on to `asim!`.
fn past_macro(tokens: &[TokenTree], at: usize) -> Option<usize> {
    const OTHERS: [&str; 8] =
        ["assert", "assert_eq", "assert_ne", "dbg", "format", "matches", "println", "vec"];
    let TokenTree::Ident(name) = &tokens[at] else { return None };
    if !is_punct(tokens.get(at + 1), '!') || OTHERS.iter().any(|other| name == other) {
        return None;
    }
    let named = matches!(tokens.get(at + 2), Some(TokenTree::Ident(_)));
    let group = at + 2 + usize::from(named);
    matches!(tokens.get(group), Some(TokenTree::Group(_))).then_some(group + 1)
}

fn message(call: &Call<'_>) -> String {
    let name = call.kind.name();
    let own_type = call.own_type.map(|own_type| own_type.iter().cloned().collect::<TokenStream>());
    let instead = match (call.kind, own_type) {
        (_, Some(own_type)) => {
            let own_type = own_type.to_string().replace(" :: ", "::");
            let own_type = own_type.replace(" < ", "<").replace(" >", ">");
            format!("asim!({name}::<{own_type}>(..)).await")
        }
        (Kind::FirstOf, None) => format!("asim!(match {name}(..).await {{ .. }})"),
        (Kind::AllOf | Kind::TryAllOf, None) => format!("asim!({name}(..)).await"),
    };
    format!("`{name}(key = waitable, ..)` is understood by `asim!` only: write `{instead}`")
}

/// Returns the function with its compositions expanded, so that there are no further errors in it. If
/// they cannot be expanded where they are, the body is left out.
pub(crate) fn composed(function: &TokenStream, asim: TokenStream) -> TokenStream {
    let numbers = Numbers::new();
    let walk = Walk { asim, numbers: &numbers, rewritten: Cell::new(0) };
    let mut tokens: Vec<TokenTree> = function.clone().into_iter().collect();
    let mut allow = TokenStream::new();
    let body = as_group(tokens.last(), Delimiter::Brace).cloned();
    if let (Some(body), Some(last)) = (body, tokens.last_mut()) {
        let mut composed = walk.group(&body, &mut Scope::default());
        if has_errors(composed.stream()) {
            composed = Group::new(Delimiter::Brace, quote!(::core::unreachable!()));
            allow = quote!(#[allow(unused_mut, unused_variables)]);
        }
        *last = composed.into();
    }
    quote!(#allow #(#tokens)*)
}

fn has_errors(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => has_errors(group.stream()),
        token => is_ident(Some(&token), "compile_error"),
    })
}
