//! What a pattern binds, and which generated types it names.

use super::call::Kind;
use crate::tokens::{ends_path, is_brace, is_ident, is_operator, is_punct, past_turbofish};
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// Whether the pattern is `_`.
pub(super) fn is_wildcard(pattern: &[TokenTree]) -> bool {
    pattern.len() == 1 && is_ident(pattern.first(), "_")
}

/// Whether the type that `kind` generates is named somewhere in the pattern.
pub(super) fn names(pattern: &[TokenTree], kind: Kind) -> bool {
    pattern.iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == kind.name(),
        TokenTree::Group(group) => names(&tokens_of(group), kind),
        _ => false,
    })
}

/// Whether the type is named in the patterns of a match: anywhere but in an arm's block.
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

/// A variable that a pattern binds.
pub(super) struct Binding {
    mutable: Option<Ident>,
    pub(super) name: Ident,
}

impl ToTokens for Binding {
    fn to_tokens(&self, out: &mut TokenStream) {
        self.mutable.to_tokens(out);
        self.name.to_tokens(out);
    }
}

/// How a pattern refers to what it matches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Borrow {
    None,
    Shared,
    Mutable,
}

pub(super) struct Bindings {
    /// The pattern without the `mut`s that its variables need only further out.
    pub(super) pattern: TokenStream,
    pub(super) variables: Vec<Binding>,
    pub(super) borrow: Borrow,
}

/// Finds the variables of a pattern in its tokens.
pub(super) fn bindings(pattern: &[TokenTree]) -> Bindings {
    let mut found =
        Bindings { pattern: TokenStream::new(), variables: Vec::new(), borrow: Borrow::None };
    found.pattern = found.search(pattern);
    found
}

impl Bindings {
    fn search(&mut self, tokens: &[TokenTree]) -> TokenStream {
        let mut out = TokenStream::new();
        let mut mutable = None;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if let Some(past) = past_turbofish(tokens, at) {
                out.extend(tokens[at..past].iter().cloned());
                at = past;
                continue;
            }
            match token {
                TokenTree::Ident(word) if word == "mut" => {
                    if is_ident(at.checked_sub(1).and_then(|before| tokens.get(before)), "ref") {
                        self.borrow = Borrow::Mutable;
                        out.extend(quote!(#word));
                    } else if is_punct(at.checked_sub(1).and_then(|before| tokens.get(before)), '&')
                    {
                        out.extend(quote!(#word));
                    } else {
                        mutable = Some(word.clone());
                    }
                }
                TokenTree::Ident(word) => {
                    if word == "ref" {
                        self.borrow = self.borrow.max(Borrow::Shared);
                    } else if is_variable(tokens, at, word) {
                        let mutable = mutable.take();
                        if !self.variables.iter().any(|known| known.name == *word) {
                            self.variables.push(Binding { mutable, name: word.clone() });
                        }
                    }
                    out.extend([token.clone()]);
                }
                TokenTree::Group(group)
                    if !is_punct(at.checked_sub(1).and_then(|before| tokens.get(before)), '!') =>
                {
                    let inner = self.search(&tokens_of(group));
                    let mut searched = Group::new(group.delimiter(), inner);
                    searched.set_span(group.span());
                    out.extend([TokenTree::Group(searched)]);
                }
                other => out.extend([other.clone()]),
            }
            at += 1;
        }
        out
    }
}

/// Whether the word at `at` is a variable and not a path, a field's name or a keyword.
///
/// A constant and a variable cannot be told apart by their place, only by their case.
fn is_variable(tokens: &[TokenTree], at: usize, word: &Ident) -> bool {
    const KEYWORDS: [&str; 9] =
        ["_", "ref", "true", "false", "self", "super", "crate", "const", "box"];
    let text = word.to_string();
    let next = tokens.get(at + 1);
    !KEYWORDS.contains(&text.as_str())
        && !text.trim_start_matches("r#").starts_with(char::is_uppercase)
        && !ends_path(tokens, at)
        && !matches!(next, Some(TokenTree::Group(_)))
        && !is_punct(next, ':')
        && !is_punct(next, '!')
}

fn tokens_of(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}
