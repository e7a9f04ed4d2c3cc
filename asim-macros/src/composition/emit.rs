//! The replacement of a composition: calls of `asim`'s hidden module, and the type of the outcome.

use super::call::{Branch, Call, Kind};
use crate::tokens::{ends_path, is_punct};
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};

/// Returns the path of an item of `asim::__private`, with errors reported at `span`.
fn private(asim: &TokenStream, name: &str, span: Span) -> TokenStream {
    let span = span_at(span);
    let asim = asim.clone().into_iter().map(|mut token| {
        // `$crate` must still be resolved where it came from.
        token.set_span(token.span().located_at(span));
        token
    });
    let name = Ident::new(name, span);
    quote_spanned! {span=> #(#asim)*::__private::#name }
}

/// Returns the location of the user's `span`, with names that cannot collide with the user's.
pub(super) fn span_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// Returns the expression that makes the requests of the branches, in the order written.
///
/// `path` is the module that declares the type of an unnamed composition, if it is not here.
pub(super) fn expression(
    asim: &TokenStream,
    call: &Call<'_>,
    path: &TokenStream,
    values: &[TokenStream],
) -> TokenStream {
    let output = output_type(call, path);
    match call.kind {
        Kind::FirstOf => first_of(asim, call, &output, values),
        Kind::AllOf | Kind::TryAllOf => all_of(asim, call, &output, values),
    }
}

/// `first_of(either(branch(x), FirstOf::Served, either(.., End)))`
fn first_of(
    asim: &TokenStream,
    call: &Call<'_>,
    output: &TokenStream,
    values: &[TokenStream],
) -> TokenStream {
    let span = call.name.span();
    if call.branches.is_empty() {
        // There is no branch; an error has said so.
        return quote!(::core::future::pending::<#output>());
    }
    let branches = call.branches.iter().zip(values);
    let end = private(asim, "End", span);
    let list = list(asim, span, &end, branches, |(branch, value), rest| {
        let either = private(asim, "either", span);
        let request = request(asim, value);
        let variant = variant(call, output, branch);
        quote_spanned! {span_at(span)=> #either(#request, #variant, #rest) }
    });
    let first_of = private(asim, "first_of", span);
    quote_spanned! {span_at(span)=> #first_of(#list) }
}

/// The most branches of one list. More are a chain of lists, as the compiler limits the depth of types.
const LINK: usize = 8;

/// Makes a list of branches with `add`, which gets a branch and the rest up to `end`.
fn list<B>(
    asim: &TokenStream,
    span: Span,
    end: &TokenStream,
    branches: impl Iterator<Item = B>,
    add: impl Fn(B, TokenStream) -> TokenStream,
) -> TokenStream {
    let mut branches: Vec<B> = branches.collect();
    let mut chain = None;
    loop {
        let last = branches.split_off(branches.len().saturating_sub(1) / LINK * LINK);
        let list = last.into_iter().rev().fold(end.clone(), |rest, branch| add(branch, rest));
        let tail = match chain {
            None => list,
            Some(tail) => {
                let chain = private(asim, "chain", span);
                quote_spanned! {span_at(span)=> #chain(#list, #tail) }
            }
        };
        if branches.is_empty() {
            return tail;
        }
        chain = Some(tail);
    }
}

/// Returns the function that turns a branch's output into the outcome.
fn variant(call: &Call<'_>, output_type: &TokenStream, branch: &Branch) -> TokenStream {
    let member = &branch.member;
    if call.own_type.is_none() {
        return quote!(#output_type::#member);
    }
    // If the output does not fit the caller's own variant, the error is at the key and names the type.
    let output = Ident::new("output", span_at(branch.key.span()));
    quote!(|#output| #output_type::#member(#output))
}

/// `all_of(both(branch(x), both(.., End)), |(a, (b, ()))| AllOf { berth: a, tide: b })`. For `TryAllOf`:
/// `try_all_of(try_both(fallible(branch(x)), .., try_end()), ..)`.
fn all_of(
    asim: &TokenStream,
    call: &Call<'_>,
    output: &TokenStream,
    values: &[TokenStream],
) -> TokenStream {
    let span = call.name.span();
    let tries = call.kind == Kind::TryAllOf;
    let end = if tries {
        let try_end = private(asim, "try_end", span);
        quote_spanned!(span_at(span)=> #try_end())
    } else {
        private(asim, "End", span)
    };
    let list = list(asim, span, &end, values.iter(), |value, rest| {
        let both = private(asim, if tries { "try_both" } else { "both" }, span);
        let mut request = request(asim, value);
        if tries {
            let span = first_span(value);
            let fallible = private(asim, "fallible", span);
            request = quote_spanned! {span_at(span)=> #fallible(#request) };
        }
        quote_spanned! {span_at(span)=> #both(#request, #rest) }
    });
    let fields: Vec<_> = call.branches.iter().map(|branch| &branch.member).collect();
    let outputs: Vec<_> = (call.branches.iter().enumerate())
        .map(|(number, branch)| format_ident!("output{number}", span = span_at(branch.key.span())))
        .collect();
    let nested = |outputs: &[Ident]| {
        outputs.iter().rev().fold(quote!(()), |rest, output| quote!((#output, #rest)))
    };
    let mut parts = outputs.chunks(LINK).map(nested).rev();
    let last = parts.next().unwrap_or_else(|| quote!(()));
    let outputs_nested = parts.fold(last, |rest, part| quote!((#part, #rest)));
    let all_of = private(asim, if tries { "try_all_of" } else { "all_of" }, span);
    quote_spanned! {span_at(span)=>
        #all_of(#list, |#outputs_nested| #output { #(#fields: #outputs),* })
    }
}

/// Wraps an expression in a call at its own span, so that a value that cannot be awaited is reported
/// there.
fn request(asim: &TokenStream, value: &TokenStream) -> TokenStream {
    let span = first_span(value);
    let branch = private(asim, "branch", span);
    quote_spanned! {span_at(span)=> #branch(#value) }
}

/// Returns the span of the start of a branch's expression.
fn first_span(value: &TokenStream) -> Span {
    value.clone().into_iter().next().map_or_else(Span::mixed_site, |token| token.span())
}

/// Returns the type of the outcome, in the form that can be before `::Variant` and `{ .. }`.
fn output_type(call: &Call<'_>, path: &TokenStream) -> TokenStream {
    match call.own_type {
        None => {
            let name = call.name;
            quote!(#path #name)
        }
        Some(own_type) => with_turbofish(own_type),
    }
}

/// Turns `Visit<u32>` into `Visit::<u32>`.
fn with_turbofish(own_type: &[TokenTree]) -> TokenStream {
    // A type that another macro has parsed comes in a group without delimiters. The path is inside it.
    if let [TokenTree::Group(group)] = own_type
        && group.delimiter() == Delimiter::None
    {
        return with_turbofish(&group.stream().into_iter().collect::<Vec<_>>());
    }
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

/// Declares the type of an unnamed composition's outcome, here or for a module beside its place.
pub(super) fn declaration(call: &Call<'_>, in_module: bool) -> TokenStream {
    let name = call.name;
    let span = span_at(name.span());
    let members: Vec<_> = call.branches.iter().map(|branch| &branch.member).collect();
    let types: Vec<_> =
        (0..members.len()).map(|number| format_ident!("T{number}", span = span)).collect();
    let visibility = in_module.then(|| quote_spanned!(span=> pub(super)));
    let attributes = quote_spanned! {span=>
        #[derive(::core::fmt::Debug)]
        #[allow(dead_code, clippy::all, clippy::pedantic)]
    };
    let body = match call.kind {
        Kind::FirstOf => {
            quote_spanned!(span=> #visibility enum #name<#(#types),*> { #(#members(#types)),* })
        }
        Kind::AllOf | Kind::TryAllOf => quote_spanned! {span=>
            #visibility struct #name<#(#types),*> { #(#visibility #members: #types),* }
        },
    };
    quote! { #attributes #body }
}
