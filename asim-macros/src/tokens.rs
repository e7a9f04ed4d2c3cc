//! The little that must be known of Rust's syntax to find one's way in unparsed tokens.

use proc_macro2::{Delimiter, Group, Spacing, TokenTree};

pub(crate) fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

pub(crate) fn is_ident(token: Option<&TokenTree>, name: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == name)
}

pub(crate) fn as_group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

pub(crate) fn is_brace(token: Option<&TokenTree>) -> bool {
    as_group(token, Delimiter::Brace).is_some()
}

/// Whether the two characters that start at `at` are one operator, such as `=>`.
pub(crate) fn is_operator(tokens: &[TokenTree], at: usize, operator: [char; 2]) -> bool {
    let [first, second] = operator;
    let joint = matches!(
        tokens.get(at),
        Some(TokenTree::Punct(punct)) if punct.as_char() == first && punct.spacing() == Spacing::Joint
    );
    joint && is_punct(tokens.get(at + 1), second)
}

/// Whether the token at `at` comes after `::`, so that it is the rest of a path.
pub(crate) fn ends_path(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2 && is_operator(tokens, at - 2, [':', ':'])
}

/// Whether the token at `at` is `=` itself and not part of `==`, `=>`, `<=`, `..=` or the like.
pub(crate) fn is_assignment(tokens: &[TokenTree], at: usize) -> bool {
    let ends_operator = at > 0
        && matches!(
            &tokens[at - 1],
            TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint && punct.as_char() != '\''
        );
    is_punct(tokens.get(at), '=')
        && !ends_operator
        && !is_operator(tokens, at, ['=', '='])
        && !is_operator(tokens, at, ['=', '>'])
}

/// Where the `<` at `open` is closed.
pub(crate) fn closing_angle(tokens: &[TokenTree], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in open..tokens.len() {
        if is_punct(tokens.get(at), '<') {
            depth += 1;
        } else if is_punct(tokens.get(at), '>') {
            let arrow = at > 0 && is_operator(tokens, at - 1, ['-', '>']);
            depth -= usize::from(!arrow);
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// Where the generic arguments that start at `at` with `::<` end, past their `>`.
pub(crate) fn past_turbofish(tokens: &[TokenTree], at: usize) -> Option<usize> {
    if !is_operator(tokens, at, [':', ':']) || !is_punct(tokens.get(at + 2), '<') {
        return None;
    }
    Some(closing_angle(tokens, at + 2)? + 1)
}

/// Splits at the commas, but not at those between generic arguments.
pub(crate) fn split_at_commas(tokens: &[TokenTree]) -> Vec<&[TokenTree]> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < tokens.len() {
        if let Some(past) = past_turbofish(tokens, at) {
            at = past;
            continue;
        }
        if is_punct(tokens.get(at), ',') {
            parts.push(&tokens[start..at]);
            start = at + 1;
        }
        at += 1;
    }
    if start < tokens.len() {
        parts.push(&tokens[start..]);
    }
    parts
}

/// Where the body in braces is that ends the scrutinee or condition starting at `from`.
///
/// Braces may stand inside a scrutinee too. As no struct literal may, they are blocks there,
/// and a block can only stand where an operand is expected.
pub(crate) fn body_after(tokens: &[TokenTree], from: usize) -> Option<usize> {
    let mut at = from;
    let mut generics_end = None;
    while let Some(token) = tokens.get(at) {
        if is_brace(Some(token)) {
            let operand = at == from || generics_end != Some(at) && expects_operand(tokens, at);
            if !operand {
                return Some(at);
            }
        }
        if is_punct(Some(token), ';') || is_operator(tokens, at, ['=', '>']) {
            // Not a condition: a guard of a match arm, or something unfinished.
            return None;
        }
        at = if let Some(past) = past_turbofish(tokens, at) {
            generics_end = Some(past);
            past
        } else if starts_body(token) && !ends_path(tokens, at) {
            body_after(tokens, at + 1)? + 1
        } else {
            at + 1
        };
    }
    None
}

fn starts_body(token: &TokenTree) -> bool {
    let keywords = ["match", "if", "while", "for"];
    keywords.iter().any(|keyword| is_ident(Some(token), keyword))
}

/// Whether what stands at `at` comes after something that lacks an operand.
fn expects_operand(tokens: &[TokenTree], at: usize) -> bool {
    const BEFORE_OPERAND: [&str; 12] = [
        "async", "move", "unsafe", "const", "loop", "else", "return", "break", "in", "try", "gen",
        "yield",
    ];
    match &tokens[at - 1] {
        TokenTree::Punct(punct) => !matches!(punct.as_char(), '?' | '.'),
        TokenTree::Ident(ident) => BEFORE_OPERAND.iter().any(|keyword| ident == keyword),
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    }
}
