//! What a composition becomes: calls of `asim`'s hidden module, and the type of its outcome.

use super::call::{Branch, Call, Kind};
use crate::tokens::{ends_path, is_punct};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};

/// The path of an item of `asim::__private`, reported at `span`.
fn private(asim: &TokenStream, name: &str, span: Span) -> TokenStream {
    let span = span_at(span);
    let asim = asim.clone().into_iter().map(|mut token| {
        // `$crate` must go on being looked up where it came from.
        token.set_span(token.span().located_at(span));
        token
    });
    let name = Ident::new(name, span);
    quote_spanned! {span=> #(#asim)*::__private::#name }
}

/// The place of the user's `span`, with names that cannot collide with the user's.
pub(super) fn span_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// The branches, in the expression that makes their requests in the order written.
pub(super) fn expression(
    asim: &TokenStream,
    call: &Call<'_>,
    values: &[TokenStream],
) -> TokenStream {
    match call.kind {
        Kind::FirstOf => first_of(asim, call, values),
        Kind::AllOf => all_of(asim, call, values),
    }
}

/// `first_of(either(branch(x), FirstOf::Served, either(.., End)))`
fn first_of(asim: &TokenStream, call: &Call<'_>, values: &[TokenStream]) -> TokenStream {
    let span = call.name.span();
    let output = output_type(call);
    if call.branches.is_empty() {
        // Nothing that could happen first; an error has said so.
        return quote!(::core::future::pending::<#output>());
    }
    let end = private(asim, "End", span);
    let branches = call.branches.iter().zip(values).rev();
    let list = branches.fold(end, |rest, (branch, value)| {
        let either = private(asim, "either", span);
        let request = request(asim, value);
        let variant = variant(call, branch);
        quote_spanned! {span_at(span)=> #either(#request, #variant, #rest) }
    });
    let first_of = private(asim, "first_of", span);
    quote_spanned! {span_at(span)=> #first_of(#list) }
}

/// The function that makes the outcome of a branch's output.
fn variant(call: &Call<'_>, branch: &Branch) -> TokenStream {
    let output_type = output_type(call);
    let member = &branch.member;
    if call.own_type.is_none() {
        return quote!(#output_type::#member);
    }
    // What does not fit the caller's own variant is reported at the key, in terms of its type.
    let output = Ident::new("output", span_at(branch.key.span()));
    quote!(|#output| #output_type::#member(#output))
}

/// `all_of(both(branch(x), both(.., End)), |(a, (b, ()))| AllOf { berth: a, tide: b })`
fn all_of(asim: &TokenStream, call: &Call<'_>, values: &[TokenStream]) -> TokenStream {
    let span = call.name.span();
    let output = output_type(call);
    let end = private(asim, "End", span);
    let list = values.iter().rev().fold(end, |rest, value| {
        let both = private(asim, "both", span);
        let request = request(asim, value);
        quote_spanned! {span_at(span)=> #both(#request, #rest) }
    });
    let fields: Vec<_> = call.branches.iter().map(|branch| &branch.member).collect();
    let outputs: Vec<_> = (call.branches.iter().enumerate())
        .map(|(number, branch)| format_ident!("output{number}", span = span_at(branch.key.span())))
        .collect();
    let outputs_nested =
        outputs.iter().rev().fold(quote!(()), |rest, output| quote!((#output, #rest)));
    let all_of = private(asim, "all_of", span);
    quote_spanned! {span_at(span)=>
        #all_of(#list, |#outputs_nested| #output { #(#fields: #outputs),* })
    }
}

/// One call of its own, at the user's expression, so that what cannot be awaited is reported there.
fn request(asim: &TokenStream, value: &TokenStream) -> TokenStream {
    let span = value.clone().into_iter().next().map_or_else(Span::mixed_site, |token| token.span());
    let branch = private(asim, "branch", span);
    quote_spanned! {span_at(span)=> #branch(#value) }
}

/// The type that the outcome has, as it can stand before `::Variant` and `{ .. }`.
fn output_type(call: &Call<'_>) -> TokenStream {
    match call.own_type {
        None => {
            let name = call.name;
            quote!(#name)
        }
        Some(own_type) => with_turbofish(own_type),
    }
}

/// `Visit<u32>` becomes `Visit::<u32>`.
fn with_turbofish(own_type: &[TokenTree]) -> TokenStream {
    let mut out = TokenStream::new();
    let mut depth = 0_usize;
    for (at, token) in own_type.iter().enumerate() {
        if is_punct(Some(token), '<') {
            if depth == 0 && at > 0 && !ends_path(own_type, at) {
                out.extend(quote_spanned!(token.span()=> ::));
            }
            depth += 1;
        } else if is_punct(Some(token), '>') {
            depth = depth.saturating_sub(1);
        }
        out.extend([token.clone()]);
    }
    out
}

/// The type of an unnamed composition's outcome.
pub(super) fn declaration(call: &Call<'_>) -> TokenStream {
    let name = call.name;
    let span = span_at(name.span());
    let members: Vec<_> = call.branches.iter().map(|branch| &branch.member).collect();
    let types: Vec<_> =
        (0..members.len()).map(|number| format_ident!("T{number}", span = span)).collect();
    let attributes = quote_spanned! {span=>
        #[derive(::core::fmt::Debug)]
        #[allow(dead_code, clippy::all, clippy::pedantic)]
    };
    let body = match call.kind {
        Kind::FirstOf => quote_spanned!(span=> enum #name<#(#types),*> { #(#members(#types)),* }),
        Kind::AllOf => quote_spanned!(span=> struct #name<#(#types),*> { #(#members: #types),* }),
    };
    quote! { #attributes #body }
}
