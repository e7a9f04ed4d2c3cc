//! A composition in the user's code: `FirstOf(key = waitable, ..)`, `AllOf::<Docked>(..)`.

use crate::names::camel_case;
use crate::tokens::{
    as_group, closing_angle, ends_path, is_assignment, is_brace, is_ident, is_operator, is_punct,
    split_at_commas,
};
use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Error;

/// The limit of branches. Nobody reads more, and each branch nests the generated types deeper.
pub(super) const MOST_BRANCHES: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "they have the names that the user writes")]
pub(super) enum Kind {
    FirstOf,
    AllOf,
    TryAllOf,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Kind::FirstOf, Kind::AllOf, Kind::TryAllOf];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::FirstOf => "FirstOf",
            Kind::AllOf => "AllOf",
            Kind::TryAllOf => "TryAllOf",
        }
    }

    /// The function that takes a collection instead.
    fn function(self) -> &'static str {
        match self {
            Kind::FirstOf => "first_of",
            Kind::AllOf => "all_of",
            Kind::TryAllOf => "try_all_of",
        }
    }
}

/// One `key = waitable`.
pub(super) struct Branch {
    pub(super) key: Ident,
    /// The variant or the field for its output.
    pub(super) member: Ident,
    pub(super) value: Vec<TokenTree>,
}

pub(super) struct Call<'t> {
    pub(super) kind: Kind,
    pub(super) name: &'t Ident,
    /// The `Visit` of `FirstOf::<Visit>(..)`.
    pub(super) own_type: Option<&'t [TokenTree]>,
    pub(super) branches: Vec<Branch>,
    /// Whether it has a `key =`, so that it must be a composition.
    pub(super) has_keys: bool,
    /// The errors in the branches. The correct branches are in `branches` all the same.
    pub(super) errors: Vec<Error>,
    start: usize,
    pub(super) next: usize,
}

impl<'t> Call<'t> {
    /// Finds the call that starts at `at`. A pattern or the user's own type is not a call.
    pub(super) fn at(tokens: &'t [TokenTree], at: usize) -> Option<Self> {
        let TokenTree::Ident(name) = &tokens[at] else {
            return None;
        };
        let kind = Kind::ALL.into_iter().find(|kind| name == kind.name())?;
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        let is_item = is_ident(before, "fn") || is_ident(before, "struct");
        if is_item || ends_path(tokens, at) || is_punct(before, '.') {
            return None;
        }
        let mut open = at + 1;
        let mut own_type = None;
        if is_operator(tokens, open, [':', ':']) && is_punct(tokens.get(open + 2), '<') {
            let close = closing_angle(tokens, open + 2)?;
            own_type = Some(&tokens[open + 3..close]);
            open = close + 1;
        }
        let group = as_group(tokens.get(open), Delimiter::Parenthesis)?;
        let next = open + 1;
        let arguments: Vec<TokenTree> = group.stream().into_iter().collect();
        let parts = split_at_commas(&arguments);
        let keyed = parts.iter().any(|part| key_of(part).is_some());
        let empty = parts.is_empty() && !is_pattern(tokens, at, next);
        if !keyed && !empty && !is_await(tokens, next) {
            return None;
        }
        let mut call = Call {
            kind,
            name,
            own_type,
            branches: Vec::new(),
            has_keys: parts.iter().any(|part| key_of(part).is_some_and(|keyed| keyed.equals)),
            errors: Vec::new(),
            start: at,
            next,
        };
        for part in &parts {
            call.add(part);
        }
        call.count(parts.len());
        Some(call)
    }

    /// Returns `true` if it has no branch, which has been reported.
    pub(super) fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    fn add(&mut self, part: &[TokenTree]) {
        let Some(Keyed { key, equals, value }) = key_of(part) else {
            self.refuse_part(part);
            return;
        };
        if part.first().is_some_and(|first| is_punct(Some(first), '#')) {
            self.error(
                part[..2].iter().cloned().collect::<TokenStream>(),
                "a branch takes no attributes",
            );
        }
        if !equals {
            let message = format!("a branch is written with `=`: `{key} = waitable`");
            self.error(key, message);
        }
        if syn::parse2::<Ident>(quote!(#key)).is_err() {
            // A few keywords cannot be raw either.
            let raw = syn::parse_str::<Ident>(&format!("r#{key}")).is_ok();
            let or_raw = if raw { format!(", or write `r#{key}`") } else { String::new() };
            let message = format!("`{key}` is a keyword: choose another name{or_raw}");
            self.error(key, message);
            return;
        }
        let member = match self.kind {
            Kind::AllOf | Kind::TryAllOf => Some(key.clone()),
            Kind::FirstOf => camel_case(key),
        };
        let Some(member) = member else {
            let message = format!("`{key}` makes no name for a variant: choose another name");
            self.error(key, message);
            return;
        };
        if let Some(first) = self.branches.iter().find(|first| first.member == member) {
            let first = first.key.clone();
            let message = if first == *key {
                format!("the key `{key}` is used twice")
            } else {
                format!("the key `{key}` makes the variant `{member}`, as `{first}` does")
            };
            let mut error = Error::new(key.span(), message);
            error.combine(Error::new(first.span(), format!("`{first}` is first used here")));
            self.errors.push(error);
            return;
        }
        let mut value = value.to_vec();
        if value.is_empty() {
            let message = format!("`{key}` has nothing to wait for: write `{key} = waitable`");
            self.error(key, message);
            // A waitable value, so that this stays the only error.
            value = quote!(::core::future::pending::<()>()).into_iter().collect();
        }
        self.branches.push(Branch { key: key.clone(), member, value });
    }

    fn refuse_part(&mut self, part: &[TokenTree]) {
        let name = self.kind.name();
        let message = format!("each branch has a name: write `{name}(key = waitable, ..)`");
        self.error(part.iter().cloned().collect::<TokenStream>(), message);
    }

    fn count(&mut self, branches: usize) {
        let (name, function) = (self.kind.name(), self.kind.function());
        if branches == 0 {
            let instead = match self.kind {
                Kind::FirstOf => String::new(),
                Kind::AllOf | Kind::TryAllOf => {
                    format!("; `{function}` takes a collection, which may be empty")
                }
            };
            let message = format!(
                "`{name}` has nothing to wait for: write `{name}(key = waitable, ..)`{instead}"
            );
            self.error(self.name, message);
        }
        if let Some(branch) = self.branches.get(MOST_BRANCHES) {
            let message = format!(
                "`{name}` takes at most {MOST_BRANCHES} branches: \
                 `{function}` takes a collection of any size"
            );
            self.error(branch.key.clone(), message);
        }
    }

    fn error(&mut self, at: impl ToTokens, message: impl std::fmt::Display) {
        self.errors.push(Error::new_spanned(at, message));
    }

    /// Returns `true` if it is a statement whose outcome nobody sees: `FirstOf(..).await;`.
    pub(super) fn is_discarded(&self, tokens: &[TokenTree]) -> bool {
        let starts = match self.start.checked_sub(1) {
            None => true,
            Some(before) => is_punct(tokens.get(before), ';') || is_brace(tokens.get(before)),
        };
        starts && is_await(tokens, self.next) && is_punct(tokens.get(self.next + 2), ';')
    }
}

/// Returns `true` if the tokens from `at` to `next` are a pattern, judging by their neighbours.
fn is_pattern(tokens: &[TokenTree], at: usize, next: usize) -> bool {
    at > 0 && is_ident(tokens.get(at - 1), "let")
        || is_operator(tokens, next, ['=', '>'])
        || is_ident(tokens.get(next), "if")
}

fn is_await(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), '.') && is_ident(tokens.get(at + 1), "await")
}

struct Keyed<'t> {
    key: &'t Ident,
    /// Whether a `=` followed, and not a mistaken `:`.
    equals: bool,
    value: &'t [TokenTree],
}

/// Finds the key of a branch, after attributes that should not be there.
fn key_of(part: &[TokenTree]) -> Option<Keyed<'_>> {
    let mut at = 0;
    while is_punct(part.get(at), '#') && as_group(part.get(at + 1), Delimiter::Bracket).is_some() {
        at += 2;
    }
    let Some(TokenTree::Ident(key)) = part.get(at) else {
        return None;
    };
    let colon = matches!(
        part.get(at + 1),
        Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == Spacing::Alone
    );
    let equals = is_assignment(part, at + 1);
    (equals || colon).then(|| Keyed { key, equals, value: &part[at + 2..] })
}
