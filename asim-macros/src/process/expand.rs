//! The struct of a process, and its implementations.

use super::Function;
use super::attributes::Attributes;
use super::check::{Argument, Checked, Output};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericParam, Visibility, parse_quote};

impl Checked {
    /// Expands the items beside the function. If it is not `sound`, the process just never ends.
    pub(super) fn expand(&self, function: &Function, sound: bool) -> TokenStream {
        let struct_ = self.struct_(function);
        let constructor = self.constructor(function);
        let implementation = self.implementation(function, sound);
        quote! { #struct_ #constructor #implementation }
    }

    fn struct_(&self, function: &Function) -> TokenStream {
        let Checked { name, attributes, .. } = self;
        let visibility = &function.visibility;
        let mut generics = self.generics.clone();
        if let Some((outcome, type_)) = self.outcome_parameter(visibility) {
            generics.params.push(parse_quote!(#outcome = #type_));
        }
        let where_clause = &generics.where_clause;
        let Attributes { about, everywhere } = attributes;
        let allow = allow();
        let (names, types) = self.fields();
        let marker = self.marker(visibility).map(|(name, type_)| quote!(#name: #type_,));
        quote! {
            #(#about)*
            #(#everywhere)*
            #allow
            #[must_use = "a process does nothing until `Environment::process` starts it"]
            #visibility struct #name #generics #where_clause {
                #(#names: #types,)*
                #marker
            }
        }
    }

    fn constructor(&self, function: &Function) -> TokenStream {
        let name = &self.name;
        let visibility = &function.visibility;
        let (impl_generics, _, where_clause) = self.generics.split_for_impl();
        let self_type = self.self_type(visibility);
        let (allow, everywhere) = (allow(), &self.attributes.everywhere);
        let (names, types) = self.fields();
        let marker =
            self.marker(visibility).map(|(name, _)| quote!(#name: ::core::marker::PhantomData,));
        let new = Ident::new("new", name.span());
        let doc = format!(" The process `{name}` with these arguments, not yet started.");
        quote! {
            #(#everywhere)*
            #allow
            impl #impl_generics #self_type #where_clause {
                #[doc = #doc]
                #visibility fn #new(#(#names: #types),*) -> Self {
                    Self { #(#names,)* #marker }
                }
            }
        }
    }

    fn implementation(&self, function: &Function, sound: bool) -> TokenStream {
        let Checked { name, asim, .. } = self;
        let mut generics = self.generics.clone();
        // A process outlives the call that starts it, so its type parameters must do so too.
        let parameters: Vec<_> = generics.type_params().map(|param| param.ident.clone()).collect();
        if !parameters.is_empty() {
            let predicates = &mut generics.make_where_clause().predicates;
            predicates.extend(
                parameters
                    .iter()
                    .map(|name| -> syn::WherePredicate { parse_quote!(#name: 'static) }),
            );
        }
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        let self_type = self.self_type(&function.visibility);
        let (allow, everywhere) = (allow(), &self.attributes.everywhere);
        let output = match &self.output {
            Output::Unit => quote!(()),
            Output::Never => quote!(#asim::Never),
            Output::Type(type_) => quote!(#type_),
        };
        let name_text = name.to_string();
        let name_text = name_text.trim_start_matches("r#");
        let environment = Ident::new("env", Span::mixed_site());
        let init = self.init.as_ref().map(|path| {
            quote! {
                fn init(&mut self, #environment: &#asim::Environment) {
                    #path(self, #environment)
                }
            }
        });
        let future = if sound {
            self.call(function, &environment)
        } else {
            quote!(::core::future::pending())
        };
        quote! {
            #(#everywhere)*
            #allow
            impl #impl_generics #asim::Process for #self_type #where_clause {
                type Output = #output;

                fn name(&self) -> ::std::borrow::Cow<'static, str> {
                    ::std::borrow::Cow::Borrowed(#name_text)
                }

                #init

                fn run(
                    self,
                    #environment: #asim::Environment,
                ) -> impl ::core::future::Future<Output = Self::Output> + 'static {
                    #future
                }
            }
        }
    }

    /// Returns the struct with all its generic arguments.
    fn self_type(&self, visibility: &Visibility) -> TokenStream {
        let name = &self.name;
        let mut arguments: Vec<_> = self.parameters().map(ToTokens::to_token_stream).collect();
        let outcome = self.outcome_parameter(visibility);
        arguments.extend(outcome.map(|(_, type_)| type_.to_token_stream()));
        let arguments = (!arguments.is_empty()).then(|| quote!(<#(#arguments),*>));
        quote!(#name #arguments)
    }

    /// Returns the names of its generic parameters.
    fn parameters(&self) -> impl Iterator<Item = &Ident> {
        self.generics.params.iter().filter_map(|param| match param {
            GenericParam::Type(param) => Some(&param.ident),
            GenericParam::Const(param) => Some(&param.ident),
            GenericParam::Lifetime(_) => None,
        })
    }

    /// Calls the function with the fields.
    fn call(&self, function: &Function, environment: &Ident) -> TokenStream {
        let name = &function.signature.ident;
        let parameters: Vec<_> = self.parameters().collect();
        // Written out, because the arguments need not determine them.
        let turbofish = (!parameters.is_empty()).then(|| quote!(::<#(#parameters),*>));
        let arguments = self.arguments.iter().map(|argument| match argument {
            Argument::Environment { by_reference: false } => quote!(#environment),
            Argument::Environment { by_reference: true } => quote!(&#environment),
            Argument::Field(name) => quote!(self.#name),
        });
        let call = quote!(#name #turbofish(#(#arguments),*));
        let borrows = self
            .arguments
            .iter()
            .any(|argument| matches!(argument, Argument::Environment { by_reference: true }));
        if borrows { quote!(async move { #call.await }) } else { call }
    }

    fn fields(&self) -> (Vec<&Ident>, Vec<&syn::Type>) {
        self.fields.iter().map(|field| (&field.name, &field.type_)).unzip()
    }

    /// Returns a field for the generic parameters that no other field mentions, if there are any.
    fn marker(&self, visibility: &Visibility) -> Option<(Ident, TokenStream)> {
        let fields = self.fields.iter().map(|field| &field.type_);
        let fields: Vec<TokenTree> = quote!(#(#fields,)*).into_iter().collect();
        let outcome = self.outcome_parameter(visibility).map(|(name, _)| name);
        let parameters = self.generics.type_params().map(|param| param.ident.clone());
        let unmentioned: Vec<_> = parameters
            .filter(|parameter| !is_mentioned(parameter, &fields))
            .chain(outcome)
            .collect();
        let type_ = quote!(::core::marker::PhantomData<(#(fn() -> *const #unmentioned,)*)>);
        (!unmentioned.is_empty()).then(|| (Ident::new("__parameters", Span::mixed_site()), type_))
    }
}

/// Returns `true` if a type mentions a type parameter itself: `T::Item` alone does not bind `T`.
fn is_mentioned(parameter: &Ident, tokens: &[TokenTree]) -> bool {
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Ident(ident) => {
            let next = tokens.get(at + 1).map(|next| next.to_token_stream().to_string());
            ident == parameter && next.as_deref() != Some(":")
        }
        TokenTree::Group(group) => {
            is_mentioned(parameter, &group.stream().into_iter().collect::<Vec<_>>())
        }
        _ => false,
    })
}

/// Lints on the user's code must not fire on generated code.
fn allow() -> TokenStream {
    quote! {
        #[allow(
            dead_code,
            deprecated,
            missing_copy_implementations,
            missing_debug_implementations,
            missing_docs,
            non_snake_case,
            non_upper_case_globals,
            private_bounds,
            private_interfaces,
            unnameable_types,
            unreachable_pub,
            unused_qualifications,
            clippy::all,
            clippy::nursery,
            clippy::pedantic
        )]
    }
}
