//! The small part of Rust's syntax that is needed to find positions in unparsed tokens.

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

/// Returns `true` if the two characters that start at `at` are one operator, such as `=>`.
pub(crate) fn is_operator(tokens: &[TokenTree], at: usize, operator: [char; 2]) -> bool {
    let [first, second] = operator;
    let joint = matches!(
        tokens.get(at),
        Some(TokenTree::Punct(punct)) if punct.as_char() == first && punct.spacing() == Spacing::Joint
    );
    joint && is_punct(tokens.get(at + 1), second)
}

/// Returns `true` if the token at `at` comes after `::`, so that it is the rest of a path.
pub(crate) fn ends_path(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2 && is_operator(tokens, at - 2, [':', ':'])
}

/// Returns `true` if the token at `at` is `=` itself and not part of `==`, `=>`, `<=`, `..=` or the like.
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

/// Returns the position of the `>` that closes the `<` at `open`.
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

/// Returns the end of a type inside an expression, if one starts at `at`: the arguments of `::<A, B>`,
/// the start of `<A as B<C, D>>::f`, the type in `x as A<B, C>`.
fn past_written_type(tokens: &[TokenTree], at: usize) -> Option<usize> {
    if is_operator(tokens, at, [':', ':']) && is_punct(tokens.get(at + 2), '<') {
        return Some(closing_angle(tokens, at + 2)? + 1);
    }
    if is_punct(tokens.get(at), '<') {
        let shifts = at > 0 && is_operator(tokens, at - 1, ['<', '<']);
        return (!shifts && starts_operand(tokens, at))
            .then(|| closing_angle(tokens, at))?
            .map(|close| close + 1);
    }
    is_ident(tokens.get(at), "as").then(|| past_type(tokens, at + 1))
}

/// Returns the end of the type at `at`.
fn past_type(tokens: &[TokenTree], mut at: usize) -> usize {
    const PREFIXES: [&str; 5] = ["const", "mut", "dyn", "unsafe", "extern"];
    loop {
        at += match tokens.get(at) {
            Some(TokenTree::Punct(punct)) if punct.as_char() == '\'' => 2,
            Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '&' | '*' | '!') => 1,
            token if PREFIXES.iter().any(|prefix| is_ident(token, prefix)) => 1,
            _ => break,
        };
    }
    loop {
        if is_operator(tokens, at, [':', ':']) {
            at += 2;
        }
        if let Some(TokenTree::Ident(_)) = tokens.get(at) {
            at += 1;
        }
        let angle = if is_operator(tokens, at, [':', ':']) { at + 2 } else { at };
        if is_punct(tokens.get(angle), '<') {
            match closing_angle(tokens, angle) {
                Some(close) => at = close + 1,
                None => return at,
            }
        }
        if let Some(TokenTree::Group(group)) = tokens.get(at)
            && group.delimiter() != Delimiter::Brace
        {
            at += 1;
        }
        if is_operator(tokens, at, ['-', '>']) {
            return past_type(tokens, at + 2);
        }
        if !is_operator(tokens, at, [':', ':']) {
            return at;
        }
    }
}

/// Returns the end of the `|a, b| -> C` of a closure that starts at `at`.
fn past_closure_head(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let is_or = at > 0 && is_operator(tokens, at - 1, ['|', '|']);
    if !is_punct(tokens.get(at), '|') || is_or || !starts_operand(tokens, at) {
        return None;
    }
    let close = (at + 1..tokens.len()).find(|&at| is_punct(tokens.get(at), '|'))?;
    let arrow = is_operator(tokens, close + 1, ['-', '>']);
    Some(if arrow { past_type(tokens, close + 3) } else { close + 1 })
}

/// Returns `true` if an operand starts at `at`, and not an operator after an operand.
fn starts_operand(tokens: &[TokenTree], at: usize) -> bool {
    at == 0 || expects_operand(tokens, at) || starts_body(&tokens[at - 1])
}

/// Splits at the commas, except those inside types and between the parameters of closures.
pub(crate) fn split_at_commas(tokens: &[TokenTree]) -> Vec<&[TokenTree]> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < tokens.len() {
        let inside = past_written_type(tokens, at).or_else(|| past_closure_head(tokens, at));
        if let Some(past) = inside {
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

/// Finds the body in braces that ends the scrutinee or condition that starts at `from`.
///
/// There can be braces inside a scrutinee too. They are blocks, because a struct literal is not allowed
/// there. A block can only be where an operand is expected.
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
            // Not a condition, but the guard of a match arm, or unfinished code.
            return None;
        }
        at = if let Some(past) = past_written_type(tokens, at) {
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

/// Returns `true` if the token before `at` needs an operand after it.
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

#[cfg(test)]
mod tests {
    use super::{TokenTree, body_after, split_at_commas};
    use proc_macro2::TokenStream;

    fn tokens(text: &str) -> Vec<TokenTree> {
        let tokens: TokenStream = text.parse().expect("the test is made of tokens");
        tokens.into_iter().collect()
    }

    #[track_caller]
    fn check_split(parts: &[&str]) {
        let text = |part: &[TokenTree]| part.iter().cloned().collect::<TokenStream>().to_string();
        let all = tokens(&parts.join(", "));
        let split: Vec<_> = split_at_commas(&all).into_iter().map(text).collect();
        let expected: Vec<_> = parts.iter().map(|part| text(&tokens(part))).collect();
        assert_eq!(split, expected);
    }

    #[test]
    fn commas_inside_types_do_not_split() {
        check_split(&[
            "a = <M as T<u8, u16>>::f()",
            "b = <<M as T<A, B>>::C as T<A, B>>::f::<A, B>()",
        ]);
        check_split(&["a = x as Foo<A, B>", "b = &x as &'a mut a::Foo::<A, B>::C", "c"]);
        check_split(&[
            "a = x as *const dyn Fn(A) -> Foo<A, B>",
            "b = x as (A, B)",
            "c = x as fn() -> A<B, C>",
        ]);
        check_split(&["a = f(x) + <A as B<C, D>>::E", "b = if <A as B<C, D>>::F { x } else { y }"]);
    }

    #[test]
    fn commas_between_the_parameters_of_closures_do_not_split() {
        check_split(&["a = |x, y| x + y", "b = move |x: A<B, C>, y| -> A<B, C> { x }", "c = || x"]);
        check_split(&["a = x || |y, z| y", "b = async |x, y| x"]);
    }

    #[test]
    fn operators_are_no_brackets() {
        check_split(&["a = x < y", "b = z > w", "c = x << 2", "d = y >> 3", "e"]);
        check_split(&[
            "a = x | y",
            "b = x | z",
            "c = x || y",
            "d = z || w",
            "e = if let A | B = x { y } else { z }",
            "f",
        ]);
        check_split(&["a = x.await < y", "b = x? < y", "c = x > y"]);
        check_split(&["a = x as u8 & y", "b = x as u8 | y", "c = z | w"]);
    }

    #[test]
    fn half_typed_types_end_where_the_tokens_do() {
        check_split(&["a = x as", "b = y as Foo<A"]);
        check_split(&["a = <M as T<", "b"]);
        check_split(&["a = |x", "b"]);
    }

    #[test]
    fn a_body_comes_after_a_cast() {
        for (text, body) in
            [("x as Foo<A, B> { y }", 8), ("x as u8 { y }", 3), ("<A as B<C, D>>::E { y }", 13)]
        {
            let tokens = tokens(text);
            assert_eq!(body_after(&tokens, 0), Some(body), "{text}");
        }
    }
}
