//! `compose!`: the calls `FirstOf(key = waitable, ..)`, `AllOf(..)` and `TryAllOf(..)` in a stream
//! of tokens become calls of the library; every other token stays as it was.
//!
//! Tokens are rewritten, expressions are never parsed: half-typed code reaches the editor as
//! it was written, and completion works inside it. Only as much syntax is understood as it
//! takes to decide where a type that is generated must be declared so that the patterns that
//! name it can see it. One rule governs that: a generated type never outlives its macro.
//!
//! - [`call`] recognises a composition and its branches;
//! - [`emit`] writes what a composition becomes;
//! - [`place`] recognises where one may stand: `match`, `if let`, `while let`, `let`, `matches!`;
//! - [`pattern`] finds which types a pattern names;
//! - here, the walk over the tokens holds them together;
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

/// Numbers for what one block may hold several of, from all the macros in it.
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
        // In `asim!(let .. = ..);` the semicolon is outside, where it ends the macro only.
        tokens.push(Punct::new(';', Spacing::Alone).into());
    }
    walk.tokens(&tokens, &mut Scope::default())
}

/// The walk over the tokens of one `asim!`.
struct Walk<'n> {
    asim: TokenStream,
    numbers: &'n Numbers,
    /// How many calls have been rewritten: a group without one is left untouched, spans and all.
    rewritten: Cell<usize>,
}

/// A place where unnamed compositions may declare their types, because its patterns can name
/// them. By default there is no pattern, and what is unnamed would have to leave the macro.
#[derive(Default)]
struct Scope {
    /// By kind.
    rooms: [Room; Kind::ALL.len()],
    /// The path to the module that they are declared in, if it is not here.
    path: TokenStream,
    /// The types declared, and the errors found in their compositions.
    items: TokenStream,
    /// A composition in it has no branches, so that no pattern can fit.
    is_void: bool,
}

/// Whether a place has room for a type: one name stands for one type.
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
    /// With room for the types of those kinds.
    fn new(has_room: impl Fn(Kind) -> bool) -> Self {
        Scope { rooms: Kind::ALL.map(|kind| Room::free_if(has_room(kind))), ..Scope::default() }
    }

    /// Takes the room for the type of a composition, if there is room.
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

    /// Whether the type of this name has been declared.
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

    /// What the syntax that starts at `at` becomes, and where it ends, if it concerns us.
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

    /// `FirstOf(..)` or one of its kind, wherever it stands.
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
        // After the call itself has its place: it stands further out than its branches.
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
        // Bound first: temporaries of the awaited expression must not live on in the arms.
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
                // No pattern sees what is made here.
                condition.extend(self.tokens(clause.expression, &mut Scope::default()));
                continue;
            };
            let before = scope.rooms;
            let mut scrutinee = self.scrutinee(clause.expression, &mut scope);
            let declares = before != scope.rooms;
            if declares && !is_punct(clause.expression.first(), '&') {
                // Bound, so that its temporaries end here; and bound where it stands, so that a
                // chain stays a chain and `while let` asks again on each round.
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
    /// What it binds is for all that follows, so it stays the statement that it is, and the types
    /// cannot be in a block round it: they are in a module beside it, which nobody else names.
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
        // Where the compiler would insert an `else`.
        let end = found.value.last().map_or_else(Span::call_site, TokenTree::span);
        let end = quote_spanned!(emit::span_at(end)=> ;);
        // Behind it, as attributes may stand before it.
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

    /// What a pattern takes apart. A composition that is all of it lacks its `.await`.
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

    /// A block that belongs to a place. Where that has declared a type, the block cannot see
    /// those declared further out.
    fn body(&self, body: &Group, place: &Scope, outer: &mut Scope) -> Group {
        if place.is_used() {
            self.group(body, &mut Scope::default())
        } else {
            self.group(body, outer)
        }
    }
}

/// What is wrong with an unnamed `FirstOf` that no pattern can take apart.
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

/// What stands for a place whose patterns would each be one more error.
fn void(errors: &TokenStream) -> TokenStream {
    quote! { { #errors ::core::unreachable!() } }
}

/// The variable for a scrutinee: what a missing arm is reported at.
fn outcome(scrutinee: &[TokenTree]) -> Ident {
    let span = scrutinee.first().map_or_else(Span::call_site, TokenTree::span);
    Ident::new("outcome", emit::span_at(span))
}
