//! The generated types that a pattern names.

use super::call::Kind;
use crate::tokens::{ends_path, is_brace, is_ident, is_operator};
use proc_macro2::{Group, Ident, TokenStream, TokenTree};

/// Returns `true` if the pattern is `_`.
pub(super) fn is_wildcard(pattern: &[TokenTree]) -> bool {
    pattern.len() == 1 && is_ident(pattern.first(), "_")
}

/// Returns `true` if the pattern names the type that `kind` generates.
pub(super) fn names(pattern: &[TokenTree], kind: Kind) -> bool {
    pattern.iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == kind.name(),
        TokenTree::Group(group) => names(&tokens_of(group), kind),
        _ => false,
    })
}

/// Returns `true` if the patterns of a match name the type. All tokens count except the blocks of arms.
pub(super) fn arms_name(arms: &Group, kind: Kind) -> bool {
    let tokens = tokens_of(arms);
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Ident(ident) => ident == kind.name() && is_brace(tokens.get(at + 1)),
        TokenTree::Group(group) => {
            let is_block =
                at >= 2 && is_operator(&tokens, at - 2, ['=', '>']) && is_brace(Some(token));
            !is_block && names_with_fields(group, kind)
        }
        _ => false,
    })
}

fn names_with_fields(group: &Group, kind: Kind) -> bool {
    let tokens = tokens_of(group);
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Ident(ident) => ident == kind.name() && is_brace(tokens.get(at + 1)),
        TokenTree::Group(group) => names_with_fields(group, kind),
        _ => false,
    })
}

/// Returns the tokens with the full path before each generated type.
///
/// Variables are not looked for, as a constant and a variable look alike in a pattern.
pub(super) fn qualified(
    tokens: &[TokenTree],
    path: &TokenStream,
    is_generated: &dyn Fn(&Ident) -> bool,
) -> TokenStream {
    let mut out = TokenStream::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) if is_generated(ident) && !ends_path(tokens, at) => {
                // With the user's span, so that the pattern is one stretch of the source.
                out.extend(path.clone().into_iter().map(|mut token| {
                    token.set_span(ident.span());
                    token
                }));
                out.extend([token.clone()]);
            }
            TokenTree::Group(group) => {
                let inner = qualified(&tokens_of(group), path, is_generated);
                let mut searched = Group::new(group.delimiter(), inner);
                searched.set_span(group.span());
                out.extend([TokenTree::Group(searched)]);
            }
            other => out.extend([other.clone()]),
        }
    }
    out
}

fn tokens_of(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}
