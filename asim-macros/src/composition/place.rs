//! The places where a composition's outcome can be matched: the syntax with a pattern and a scrutinee.

use crate::tokens::{
    as_group, body_after, closing_angle, ends_path, is_assignment, is_brace, is_ident, is_operator,
    is_punct,
};
use proc_macro2::{Delimiter, Group, Ident, TokenTree};

/// `match scrutinee { arms }`
pub(super) struct Match<'t> {
    pub(super) keyword: &'t Ident,
    pub(super) scrutinee: &'t [TokenTree],
    pub(super) arms: &'t Group,
    pub(super) next: usize,
}

impl<'t> Match<'t> {
    pub(super) fn at(tokens: &'t [TokenTree], at: usize) -> Option<Self> {
        let keyword = keyword(tokens, at, &["match"])?;
        let body = body_after(tokens, at + 1)?;
        Some(Match {
            keyword,
            scrutinee: &tokens[at + 1..body],
            arms: as_group(tokens.get(body), Delimiter::Brace)?,
            next: body + 1,
        })
    }
}

/// `matches!(scrutinee, pattern)`
pub(super) struct Matches<'t> {
    pub(super) start: &'t [TokenTree],
    pub(super) arguments: &'t Group,
    pub(super) next: usize,
}

impl<'t> Matches<'t> {
    pub(super) fn at(tokens: &'t [TokenTree], at: usize) -> Option<Self> {
        keyword(tokens, at, &["matches"])?;
        if !is_punct(tokens.get(at + 1), '!') {
            return None;
        }
        Some(Matches {
            start: &tokens[at..at + 2],
            arguments: as_group(tokens.get(at + 2), Delimiter::Parenthesis)?,
            next: at + 3,
        })
    }
}

/// `if .. { .. } else ..` or `'label: while .. { .. }`
pub(super) struct Condition<'t> {
    pub(super) label: &'t [TokenTree],
    pub(super) keyword: &'t Ident,
    pub(super) clauses: Vec<Clause<'t>>,
    pub(super) body: &'t Group,
    /// All parts from the first `else` to the end of the last block.
    pub(super) otherwise: &'t [TokenTree],
    pub(super) next: usize,
}

/// A part of a condition: `let pattern = expression`, or tokens without a pattern.
pub(super) struct Clause<'t> {
    pub(super) binding: Option<LetClause<'t>>,
    pub(super) expression: &'t [TokenTree],
}

pub(super) struct LetClause<'t> {
    pub(super) keyword: &'t TokenTree,
    pub(super) pattern: &'t [TokenTree],
    pub(super) equals: &'t TokenTree,
}

impl<'t> Condition<'t> {
    pub(super) fn at(tokens: &'t [TokenTree], at: usize) -> Option<Self> {
        let labelled = is_punct(tokens.get(at), '\'') && is_punct(tokens.get(at + 2), ':');
        let start = if labelled { at + 3 } else { at };
        let words: &[&str] = if labelled { &["while"] } else { &["if", "while"] };
        let keyword = keyword(tokens, start, words)?;
        let body = body_after(tokens, start + 1)?;
        let next = if keyword == "if" { past_else(tokens, body + 1) } else { body + 1 };
        Some(Condition {
            label: &tokens[at..start],
            keyword,
            clauses: clauses(&tokens[start + 1..body]),
            body: as_group(tokens.get(body), Delimiter::Brace)?,
            otherwise: &tokens[body + 1..next],
            next,
        })
    }
}

/// Returns the end of a chain of `else if .. { .. } else { .. }` that may start at `at`.
fn past_else(tokens: &[TokenTree], mut at: usize) -> usize {
    while is_ident(tokens.get(at), "else") {
        if is_brace(tokens.get(at + 1)) {
            return at + 2;
        }
        if !is_ident(tokens.get(at + 1), "if") {
            break;
        }
        match body_after(tokens, at + 2) {
            Some(body) => at = body + 1,
            None => break,
        }
    }
    at
}

fn clauses(tokens: &[TokenTree]) -> Vec<Clause<'_>> {
    let mut clauses = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let equals = is_ident(tokens.get(at), "let")
            .then(|| (at + 1..tokens.len()).find(|&at| is_assignment(tokens, at)))
            .flatten();
        let (binding, start) = match equals {
            Some(equals) => {
                let binding = LetClause {
                    keyword: &tokens[at],
                    pattern: &tokens[at + 1..equals],
                    equals: &tokens[equals],
                };
                (Some(binding), equals + 1)
            }
            None => (None, at),
        };
        // A `let` ends at the operator that chains it. Other tokens end where the next `let` starts.
        let end = (start + 1..tokens.len()).find(|&at| match binding {
            Some(_) => is_operator(tokens, at, ['&', '&']),
            None => is_ident(tokens.get(at), "let"),
        });
        let end = end.unwrap_or(tokens.len());
        clauses.push(Clause { binding, expression: &tokens[start..end] });
        at = end;
    }
    clauses
}

/// A statement `let pattern: annotation = value else { .. };`.
pub(super) struct Let<'t> {
    pub(super) keyword: &'t Ident,
    pub(super) pattern: &'t [TokenTree],
    /// The type with its colon; empty if there is none.
    pub(super) annotation: &'t [TokenTree],
    pub(super) equals: &'t TokenTree,
    pub(super) value: &'t [TokenTree],
    pub(super) otherwise: Option<(&'t TokenTree, &'t Group)>,
    pub(super) semicolon: Option<&'t TokenTree>,
    pub(super) next: usize,
}

impl<'t> Let<'t> {
    pub(super) fn at(tokens: &'t [TokenTree], at: usize) -> Option<Self> {
        let keyword = keyword(tokens, at, &["let"])?;
        let ends =
            |at: &usize| is_punct(tokens.get(*at), ';') || is_operator(tokens, *at, ['=', '>']);
        let end = (at..tokens.len()).find(ends).unwrap_or(tokens.len());
        if is_operator(tokens, end, ['=', '>']) {
            // The `if let` of a guard.
            return None;
        }
        let first = (at + 1..end).find(|&at| is_assignment(tokens, at))?;
        let colon = (at + 1..first).find(|&at| is_single_colon(tokens, at));
        // The type may have a `=` in it: `Box<dyn Iterator<Item = u8>>`.
        let equals = match colon {
            Some(colon) => assignment_after_type(tokens, colon + 1, end)?,
            None => first,
        };
        let colon = colon.unwrap_or(equals);
        let diverges = (equals + 1..end)
            .find(|&at| is_ident(tokens.get(at), "else") && !is_brace(tokens.get(at - 1)));
        let otherwise = diverges
            .and_then(|at| Some((&tokens[at], as_group(tokens.get(at + 1), Delimiter::Brace)?)));
        let (value_end, past) = match (diverges, &otherwise) {
            (Some(at), Some(_)) => (at, at + 2),
            _ => (end, end),
        };
        let semicolon = tokens.get(past).filter(|token| is_punct(Some(token), ';'));
        Some(Let {
            keyword,
            pattern: &tokens[at + 1..colon],
            annotation: &tokens[colon..equals],
            equals: &tokens[equals],
            value: &tokens[equals + 1..value_end],
            otherwise,
            semicolon,
            next: past + usize::from(semicolon.is_some()),
        })
    }
}

impl Let<'_> {
    pub(super) fn is_unterminated(&self, tokens: &[TokenTree]) -> bool {
        self.next == tokens.len() && self.semicolon.is_none()
    }
}

fn assignment_after_type(tokens: &[TokenTree], mut at: usize, end: usize) -> Option<usize> {
    while at < end {
        if is_assignment(tokens, at) || is_closed_by_assignment(tokens, at) {
            return Some(at);
        }
        at = match closing_angle(tokens, at) {
            Some(close) if is_punct(tokens.get(at), '<') => close + 1,
            _ => at + 1,
        };
    }
    None
}

/// Returns `true` for the `=` of `let x: Vec<u8>= y`, which looks like a part of `>=`.
fn is_closed_by_assignment(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), '=') && is_punct(tokens.get(at - 1), '>')
}

fn is_single_colon(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':')
        && !is_operator(tokens, at, [':', ':'])
        && !is_operator(tokens, at - 1, [':', ':'])
}

/// Finds the keyword at `at`, unless it is the rest of a path or of a method call.
fn keyword<'t>(tokens: &'t [TokenTree], at: usize, words: &[&str]) -> Option<&'t Ident> {
    let TokenTree::Ident(ident) = tokens.get(at)? else {
        return None;
    };
    let found = words.iter().any(|word| ident == word);
    (found && !ends_path(tokens, at)).then_some(ident)
}
