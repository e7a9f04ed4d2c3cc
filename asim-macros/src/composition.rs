//! `compose!` replaces the calls `FirstOf(key = waitable, ..)`, `AllOf(..)` and `TryAllOf(..)` in a
//! stream of tokens by calls of the library. Every other token stays as it is.
//!
//! Tokens are rewritten, and expressions are never parsed. So half-typed code reaches the editor as it
//! was written, and completion works inside it. The macro understands only as much syntax as it needs to
//! find where a generated type must be declared, so that the patterns that name the type can see it. One
//! rule governs that: a generated type never outlives its macro.
//!
//! - [`call`] recognises a composition and its branches;
//! - [`emit`] writes the replacement of a composition;
//! - [`place`] recognises where a composition can be matched: `match`, `if let`, `while let`, `let`,
//!   `matches!`;
//! - [`pattern`] finds the types that a pattern names;
//! - this file walks over the tokens and calls the others;
//! - [`stray`] finds the compositions that are outside of `asim!`.

use proc_macro2::{Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

mod call;
mod emit;
mod pattern;
mod place;
pub(crate) mod stray;
#[cfg(test)]
mod tests;

use crate::tokens::is_punct;
use call::{Call, Kind};
use place::{Condition, Let, Match, Matches};

/// Numbers that are unique among all the macros in a block.
pub(crate) struct Numbers(AtomicU32);

impl Numbers {
    pub(crate) const fn new() -> Self {
        Numbers(AtomicU32::new(1))
    }

    fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Expands `[path::of::asim] tokens..`.
pub(crate) fn expand(input: TokenStream, numbers: &Numbers) -> TokenStream {
    let mut input = input.into_iter();
    let Some(TokenTree::Group(asim)) = input.next() else {
        let message = "`compose!` starts with the path of `asim` in brackets: use `asim!`";
        return syn::Error::new(Span::call_site(), message).into_compile_error();
    };
    let walk = Walk { asim: asim.stream(), numbers, rewritten: Cell::new(0) };
    let mut tokens: Vec<_> = input.collect();
    if Let::at(&tokens, 0).is_some_and(|found| found.is_unterminated(&tokens)) {
        // In `asim!(let .. = ..);` the semicolon is outside, and ends only the macro call.
        tokens.push(Punct::new(';', Spacing::Alone).into());
    }
    walk.tokens(&tokens, &mut Scope::default())
}

/// The walk over the tokens of one `asim!`.
struct Walk<'n> {
    asim: TokenStream,
    numbers: &'n Numbers,
    /// The number of rewritten calls. A group without one is left untouched, with its spans.
    rewritten: Cell<usize>,
}

/// A place where unnamed compositions can declare their types, because its patterns can name them. The
/// default has no pattern: there an unnamed composition would have to leave the macro.
#[derive(Default)]
struct Scope {
    /// The room for a type of each kind.
    rooms: [Room; Kind::ALL.len()],
    /// The path to the module that the types are declared in, if it is not here.
    path: TokenStream,
    /// The declared types, and the errors found in their compositions.
    items: TokenStream,
    /// Whether a composition here has no branches, so that no pattern can fit.
    is_void: bool,
}

/// Whether a place has room for a type. There is room for one type of each name.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Room {
    #[default]
    None,
    Free,
    Taken,
}

impl Room {
    fn free_if(condition: bool) -> Self {
        if condition { Room::Free } else { Room::None }
    }
}

impl Scope {
    /// Makes a place that has room for the types of those kinds.
    fn new(has_room: impl Fn(Kind) -> bool) -> Self {
        Scope { rooms: Kind::ALL.map(|kind| Room::free_if(has_room(kind))), ..Scope::default() }
    }

    /// Takes the room for the type of a composition, and returns `true`, if there is room.
    fn admit(&mut self, kind: Kind) -> bool {
        let room = &mut self.rooms[kind as usize];
        let free = *room == Room::Free;
        if free {
            *room = Room::Taken;
        }
        free
    }

    fn is_taken(&self, kind: Kind) -> bool {
        self.rooms[kind as usize] == Room::Taken
    }

    fn is_used(&self) -> bool {
        !self.items.is_empty()
    }

    /// Returns `true` if the type of this name has been declared here.
    fn declares(&self, name: &Ident) -> bool {
        Kind::ALL.into_iter().any(|kind| self.is_taken(kind) && name == kind.name())
    }
}

impl Walk<'_> {
    fn tokens(&self, tokens: &[TokenTree], scope: &mut Scope) -> TokenStream {
        let mut out = TokenStream::new();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if let Some((expansion, next)) = self.known_syntax(tokens, at, scope) {
                out.extend(expansion);
                at = next;
            } else {
                out.extend([match token {
                    TokenTree::Group(group) => self.group(group, scope).into(),
                    other => other.clone(),
                }]);
                at += 1;
            }
        }
        out
    }

    fn group(&self, group: &Group, scope: &mut Scope) -> Group {
        let before = self.rewritten.get();
        let tokens: Vec<_> = group.stream().into_iter().collect();
        let stream = self.tokens(&tokens, scope);
        if self.rewritten.get() == before {
            return group.clone();
        }
        let mut rewritten = Group::new(group.delimiter(), stream);
        rewritten.set_span(group.span());
        rewritten
    }

    /// Returns the replacement of the syntax that starts at `at`, and the end of that syntax. `None` if
    /// it needs no replacement.
    fn known_syntax(
        &self,
        tokens: &[TokenTree],
        at: usize,
        scope: &mut Scope,
    ) -> Option<(TokenStream, usize)> {
        if let Some(call) = Call::at(tokens, at) {
            let discarded = call.is_discarded(tokens);
            Some((self.call(&call, discarded, scope), call.next))
        } else if let Some(found) = Match::at(tokens, at) {
            Some((self.match_(&found, scope), found.next))
        } else if let Some(found) = Condition::at(tokens, at) {
            Some((self.condition(&found, scope), found.next))
        } else if let Some(found) = Let::at(tokens, at) {
            Some((self.let_(&found, scope), found.next))
        } else {
            let found = Matches::at(tokens, at)?;
            Some((self.matches_(&found), found.next))
        }
    }

    /// `FirstOf(..)`, `AllOf(..)` or `TryAllOf(..)`, at any place.
    fn call(&self, call: &Call<'_>, discarded: bool, scope: &mut Scope) -> TokenStream {
        self.rewritten.set(self.rewritten.get() + 1);
        let named = call.own_type.is_some();
        let mut errors: TokenStream =
            call.errors.iter().map(syn::Error::to_compile_error).collect();
        let declared_outside = !named && !discarded && scope.admit(call.kind);
        let leaves = !named && !declared_outside && !discarded && call.kind == Kind::FirstOf;
        if leaves && !call.is_empty() {
            errors.extend(no_place_for(call, scope));
        }
        // After the call itself has taken its room, because it is further out than its branches.
        let values: Vec<_> =
            call.branches.iter().map(|branch| self.tokens(&branch.value, scope)).collect();
        if declared_outside {
            scope.is_void |= call.is_empty();
            let declaration = emit::declaration(call, !scope.path.is_empty());
            scope.items.extend(quote! { #errors #declaration });
            return emit::expression(&self.asim, call, &scope.path, &values);
        }
        let here = TokenStream::new();
        let expression = emit::expression(&self.asim, call, &here, &values);
        let declaration = (!named).then(|| emit::declaration(call, false));
        if named && errors.is_empty() {
            return expression;
        }
        quote! { { #errors #declaration #expression } }
    }

    /// `match FirstOf(..).await { .. }`
    fn match_(&self, found: &Match<'_>, outer: &mut Scope) -> TokenStream {
        let mut scope =
            Scope::new(|kind| kind == Kind::FirstOf || pattern::arms_name(found.arms, kind));
        let scrutinee = self.scrutinee(found.scrutinee, &mut scope);
        let arms = self.body(found.arms, &scope, outer);
        let keyword = found.keyword;
        if !scope.is_used() {
            return quote! { #keyword #scrutinee #arms };
        }
        let items = &scope.items;
        if scope.is_void {
            return void(items);
        }
        let outcome = outcome(found.scrutinee);
        // Bound first, as temporaries of the awaited expression must not live on in the arms.
        quote! { { #items let #outcome = #scrutinee; #keyword #outcome #arms } }
    }

    /// `if let .. = FirstOf(..).await { .. } else { .. }`, `while let .. = ..`, chains of them.
    fn condition(&self, found: &Condition<'_>, outer: &mut Scope) -> TokenStream {
        let patterns = found.clauses.iter().filter_map(|clause| clause.binding.as_ref());
        let names = |kind| patterns.clone().any(|binding| pattern::names(binding.pattern, kind));
        let mut scope = Scope::new(|kind| kind == Kind::FirstOf || names(kind));
        let mut condition = TokenStream::new();
        for clause in &found.clauses {
            let Some(binding) = &clause.binding else {
                // No pattern sees the types of this clause.
                condition.extend(self.tokens(clause.expression, &mut Scope::default()));
                continue;
            };
            let before = scope.rooms;
            let mut scrutinee = self.scrutinee(clause.expression, &mut scope);
            let declares = before != scope.rooms;
            if declares && !is_punct(clause.expression.first(), '&') {
                // Bound, so that its temporaries end here. Bound inside the condition, so that a chain
                // stays a chain and `while let` evaluates it on each round.
                let outcome = outcome(clause.expression);
                scrutinee = quote! { { let #outcome = #scrutinee; #outcome } };
            }
            let place::LetClause { keyword, pattern, equals } = binding;
            condition.extend(quote! { #keyword #(#pattern)* #equals #scrutinee });
        }
        let body = self.body(found.body, &scope, outer);
        let otherwise = if scope.is_used() {
            self.tokens(found.otherwise, &mut Scope::default())
        } else {
            self.tokens(found.otherwise, outer)
        };
        let (label, keyword) = (found.label, found.keyword);
        let whole = quote! { #(#label)* #keyword #condition #body #otherwise };
        if !scope.is_used() {
            return whole;
        }
        let items = &scope.items;
        if scope.is_void {
            return void(items);
        }
        quote! { { #items #whole } }
    }

    /// `let .. = FirstOf(..).await else { .. };`
    ///
    /// The code that follows sees its bindings, so the statement stays a statement. Its types cannot be
    /// in a block around it. They are in a module beside it, which nothing else names.
    fn let_(&self, found: &Let<'_>, outer: &mut Scope) -> TokenStream {
        let &Let { keyword, pattern, annotation, equals, semicolon, .. } = found;
        let names = |kind| pattern::names(pattern, kind);
        let module = format_ident!("__asim_{}", self.numbers.next(), span = Span::mixed_site());
        let mut scope = Scope::new(|kind| {
            names(kind) || kind == Kind::FirstOf && pattern::is_wildcard(pattern)
        });
        scope.path = quote!(#module::);
        let value = if Kind::ALL.into_iter().any(names) {
            self.scrutinee(found.value, &mut scope)
        } else {
            self.tokens(found.value, &mut scope)
        };
        let otherwise = found.otherwise.map(|(keyword, body)| {
            let body = self.body(body, &scope, outer);
            quote! { #keyword #body }
        });
        if !scope.is_used() {
            return quote! {
                #keyword #(#pattern)* #(#annotation)* #equals #value #otherwise #semicolon
            };
        }
        let is_generated = |ident: &Ident| scope.declares(ident);
        let pattern = pattern::qualified(pattern, &scope.path, &is_generated);
        let annotation = pattern::qualified(annotation, &scope.path, &is_generated);
        let items = &scope.items;
        // At the place where the compiler suggests an `else`.
        let end = found.value.last().map_or_else(Span::call_site, TokenTree::span);
        let end = quote_spanned!(emit::span_at(end)=> ;);
        // The module comes after the statement, as attributes may be before the statement.
        quote! {
            #keyword #pattern #annotation #equals #value #otherwise #end
            mod #module { #items }
        }
    }

    /// `matches!(FirstOf(..).await, FirstOf::Served(_))`
    fn matches_(&self, found: &Matches<'_>) -> TokenStream {
        let mut scope =
            Scope::new(|kind| kind == Kind::FirstOf || pattern::arms_name(found.arguments, kind));
        let arguments = self.group(found.arguments, &mut scope);
        let start = found.start;
        let whole = quote! { #(#start)* #arguments };
        if !scope.is_used() {
            return whole;
        }
        let items = &scope.items;
        if scope.is_void {
            return void(items);
        }
        quote! { { #items #whole } }
    }

    /// The expression that a pattern matches. If it is just a composition, its `.await` is missing.
    fn scrutinee(&self, tokens: &[TokenTree], scope: &mut Scope) -> TokenStream {
        let mut scrutinee = self.tokens(tokens, scope);
        let bare = (!tokens.is_empty()).then(|| Call::at(tokens, 0)).flatten();
        if let Some(call) = bare.filter(|call| call.next == tokens.len()) {
            let name = call.kind.name();
            let message = format!("there is no outcome yet: write `{name}(..).await`");
            let error = syn::Error::new(call.name.span(), message).into_compile_error();
            if !call.is_empty() {
                scope.items.extend(error);
            }
            scrutinee.extend(quote!(.await));
        }
        scrutinee
    }

    /// A block that belongs to a place. If the place has declared a type, the block cannot see the types
    /// declared further out.
    fn body(&self, body: &Group, place: &Scope, outer: &mut Scope) -> Group {
        if place.is_used() {
            self.group(body, &mut Scope::default())
        } else {
            self.group(body, outer)
        }
    }
}

/// The error of an unnamed `FirstOf` that no pattern can match.
fn no_place_for(call: &Call<'_>, scope: &Scope) -> TokenStream {
    let message = if scope.is_taken(Kind::FirstOf) {
        "two unnamed `FirstOf` cannot be told apart in the patterns of one place: \
         give this one an enum of your own, `FirstOf::<Inner>(..)`"
    } else {
        "the outcome of an unnamed `FirstOf` cannot leave `asim!`: \
         match on it inside, `asim!(match FirstOf(..).await { .. })`, \
         or give it an enum of your own, `FirstOf::<Visit>(..)`"
    };
    syn::Error::new(call.name.span(), message).into_compile_error()
}

/// The replacement of a place in which each pattern would be one more error.
fn void(errors: &TokenStream) -> TokenStream {
    quote! { { #errors ::core::unreachable!() } }
}

/// The variable for a scrutinee. The compiler reports a missing arm at its span.
fn outcome(scrutinee: &[TokenTree]) -> Ident {
    let span = scrutinee.first().map_or_else(Span::call_site, TokenTree::span);
    Ident::new("outcome", emit::span_at(span))
}
