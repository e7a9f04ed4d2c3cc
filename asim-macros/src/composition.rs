//! `compose!`: the calls `FirstOf(key = waitable, ..)` and `AllOf(key = waitable, ..)` in a
//! stream of tokens become calls of the library; every other token stays as it was.
//!
//! Tokens are rewritten, expressions are never parsed: half-typed code reaches the editor as
//! it was written, and completion works inside it. Only as much syntax is understood as it
//! takes to decide where a type that is generated must be declared so that the patterns that
//! name it can see it. One rule governs that: a generated type never outlives its macro.
//!
//! - [`call`] recognises a composition and its branches;
//! - [`emit`] writes what a composition becomes;
//! - [`place`] recognises where one may stand: `match`, `if let`, `while let`, `let`, `matches!`;
//! - [`pattern`] finds what a pattern binds and names;
//! - here, the walk over the tokens holds them together.

use proc_macro2::{Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use std::cell::Cell;

mod call;
mod emit;
mod pattern;
mod place;
#[cfg(test)]
mod tests;

use crate::tokens::is_punct;
use call::{Call, Kind};
use pattern::{Bindings, Borrow};
use place::{Condition, Let, Match, Matches};

/// Expands `[path::of::asim] tokens..`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut input = input.into_iter();
    let Some(TokenTree::Group(asim)) = input.next() else {
        let message = "`compose!` starts with the path of `asim` in brackets: use `asim!`";
        return syn::Error::new(Span::call_site(), message).into_compile_error();
    };
    let walk = Walk { asim: asim.stream(), rewritten: Cell::new(0) };
    let mut tokens: Vec<_> = input.collect();
    if Let::at(&tokens, 0).is_some_and(|found| found.is_unterminated(&tokens)) {
        // In `asim!(let .. = ..);` the semicolon is outside, where it ends the macro only.
        tokens.push(Punct::new(';', Spacing::Alone).into());
    }
    walk.tokens(&tokens, &mut Scope::default())
}

/// The walk over the tokens of one `asim!`.
struct Walk {
    asim: TokenStream,
    /// How many calls have been rewritten: a group without one is left untouched, spans and all.
    rewritten: Cell<usize>,
}

/// A place where unnamed compositions may declare their types, because its patterns can name
/// them. By default there is no pattern, and what is unnamed would have to leave the macro.
#[derive(Default)]
struct Scope {
    first_of: Room,
    all_of: Room,
    /// The types declared, and the errors found in their compositions.
    items: TokenStream,
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
    fn new(first_of: bool, all_of: bool) -> Self {
        Scope {
            first_of: Room::free_if(first_of),
            all_of: Room::free_if(all_of),
            items: TokenStream::new(),
        }
    }

    /// Takes the room for the type of a composition, if there is room.
    fn admit(&mut self, kind: Kind) -> bool {
        let room = match kind {
            Kind::FirstOf => &mut self.first_of,
            Kind::AllOf => &mut self.all_of,
        };
        let free = *room == Room::Free;
        if free {
            *room = Room::Taken;
        }
        free
    }

    fn is_used(&self) -> bool {
        !self.items.is_empty()
    }
}

impl Walk {
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

    /// `FirstOf(..)` or `AllOf(..)`, wherever it stands.
    fn call(&self, call: &Call<'_>, discarded: bool, scope: &mut Scope) -> TokenStream {
        self.rewritten.set(self.rewritten.get() + 1);
        let named = call.own_type.is_some();
        let mut errors: TokenStream =
            call.errors.iter().map(syn::Error::to_compile_error).collect();
        let declared_outside = !named && !discarded && scope.admit(call.kind);
        if !named && !declared_outside && call.kind == Kind::FirstOf && !discarded {
            errors.extend(no_place_for(call, scope));
        }
        // After the call itself has its place: it stands further out than its branches.
        let values: Vec<_> =
            call.branches.iter().map(|branch| self.tokens(&branch.value, scope)).collect();
        let expression = emit::expression(&self.asim, call, &values);
        if declared_outside {
            let declaration = emit::declaration(call);
            scope.items.extend(quote! { #errors #declaration });
            return expression;
        }
        let declaration = (!named).then(|| emit::declaration(call));
        if named && errors.is_empty() {
            return expression;
        }
        quote! { { #errors #declaration #expression } }
    }

    /// `match FirstOf(..).await { .. }`
    fn match_(&self, found: &Match<'_>, outer: &mut Scope) -> TokenStream {
        let mut scope = Scope::new(true, pattern::arms_name(found.arms, Kind::AllOf));
        let scrutinee = self.scrutinee(found.scrutinee, &mut scope);
        let arms = self.body(found.arms, &scope, outer);
        let keyword = found.keyword;
        if !scope.is_used() {
            return quote! { #keyword #scrutinee #arms };
        }
        let items = &scope.items;
        let outcome = outcome(found.scrutinee);
        // Bound first: temporaries of the awaited expression must not live on in the arms.
        quote! { { #items let #outcome = #scrutinee; #keyword #outcome #arms } }
    }

    /// `if let .. = FirstOf(..).await { .. } else { .. }`, `while let .. = ..`, chains of them.
    fn condition(&self, found: &Condition<'_>, outer: &mut Scope) -> TokenStream {
        let mut patterns = found.clauses.iter().filter_map(|clause| clause.binding.as_ref());
        let names_all_of = patterns.any(|binding| pattern::names(binding.pattern, Kind::AllOf));
        let mut scope = Scope::new(true, names_all_of);
        let mut condition = TokenStream::new();
        for clause in &found.clauses {
            let Some(binding) = &clause.binding else {
                // No pattern sees what is made here.
                condition.extend(self.tokens(clause.expression, &mut Scope::default()));
                continue;
            };
            let before = (scope.first_of, scope.all_of);
            let mut scrutinee = self.scrutinee(clause.expression, &mut scope);
            let declares = before != (scope.first_of, scope.all_of);
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
        quote! { { #items #whole } }
    }

    /// `let .. = FirstOf(..).await else { .. };`
    fn let_(&self, found: &Let<'_>, outer: &mut Scope) -> TokenStream {
        let &Let { keyword, pattern, annotation, equals, semicolon, .. } = found;
        let names_first_of = pattern::names(pattern, Kind::FirstOf);
        let names_all_of = pattern::names(pattern, Kind::AllOf);
        let mut scope = Scope::new(names_first_of || pattern::is_wildcard(pattern), names_all_of);
        let value = if names_first_of || names_all_of {
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
        let items = &scope.items;
        let outcome = outcome(found.value);
        let Bindings { pattern, variables, borrow } = pattern::bindings(pattern);
        // Where the compiler would insert an `else`.
        let end = found.value.last().map_or_else(Span::call_site, TokenTree::span);
        let end = quote_spanned!(emit::span_at(end)=> ;);
        let take_apart =
            quote! { #keyword #pattern #(#annotation)* #equals #outcome #otherwise #end };
        let names: Vec<_> = variables.iter().map(|variable| &variable.name).collect();
        // The type stays in the block; what the pattern binds comes out.
        match borrow {
            Borrow::None if variables.is_empty() => {
                quote! { { #items let #outcome = #value; #take_apart } }
            }
            Borrow::None => quote! {
                let (#(#variables,)*) = {
                    #items
                    let #outcome = #value;
                    #take_apart
                    (#(#names,)*)
                };
            },
            // What is referred to has to live as long as the variables.
            Borrow::Shared | Borrow::Mutable => {
                let mutable = (borrow == Borrow::Mutable).then(|| quote!(mut));
                quote! {
                    let #mutable #outcome;
                    let (#(#variables,)*) = {
                        #items
                        #outcome = #value;
                        #take_apart
                        (#(#names,)*)
                    };
                }
            }
        }
    }

    /// `matches!(FirstOf(..).await, FirstOf::Served(_))`
    fn matches_(&self, found: &Matches<'_>) -> TokenStream {
        let mut scope = Scope::new(true, false);
        let arguments = self.group(found.arguments, &mut scope);
        let start = found.start;
        let whole = quote! { #(#start)* #arguments };
        if !scope.is_used() {
            return whole;
        }
        let items = &scope.items;
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
            scope.items.extend(error);
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
    let message = if scope.first_of == Room::Taken {
        "two unnamed `FirstOf` cannot be told apart in the patterns of one place: \
         give this one an enum of your own, `FirstOf::<Inner>(..)`"
    } else {
        "the outcome of an unnamed `FirstOf` cannot leave `asim!`: \
         match on it inside, `asim!(match FirstOf(..).await { .. })`, \
         or give it an enum of your own, `FirstOf::<Visit>(..)`"
    };
    syn::Error::new(call.name.span(), message).into_compile_error()
}

/// The variable for a scrutinee: what a missing arm is reported at.
fn outcome(scrutinee: &[TokenTree]) -> Ident {
    let span = scrutinee.first().map_or_else(Span::call_site, TokenTree::span);
    Ident::new("outcome", emit::span_at(span))
}
