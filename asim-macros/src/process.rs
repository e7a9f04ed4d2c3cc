//! `#[process]` adds to an `async fn` a struct that holds its arguments and can be started.
//!
//! There are three phases: the function is parsed, checked, and expanded. The body stays unparsed, so the
//! editor sees the user's tokens untouched. A function that fails the check is expanded too, to a struct
//! that looks right and does nothing. So a mistake is reported once, and not at every use of the struct.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Signature, Visibility};

mod attributes;
mod check;
mod expand;
mod one_place;
mod options;
mod parameter_type;
mod reach;
#[cfg(test)]
mod tests;

use crate::composition::stray;
use check::Checked;
use options::Options;

pub(crate) fn expand(options: TokenStream, function: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(options, &mut errors);
    let parsed: Function = match syn::parse2(function.clone()) {
        Ok(parsed) => parsed,
        Err(error) => {
            errors.add(Error::new(error.span(), "`#[process]` stands before an `async fn`"));
            let errors = errors.into_compile_errors();
            return quote! { #errors #function };
        }
    };
    let checked = Checked::new(&parsed, options, &mut errors);
    let strays = stray::errors(&parsed.body);
    let function = if strays.is_empty() {
        let is_sound = errors.is_empty() && !checked.is_method;
        let with_one_place = if is_sound { checked.with_one_place(&parsed) } else { None };
        with_one_place.unwrap_or_else(|| function.clone())
    } else {
        stray::composed(function, checked.asim.to_token_stream())
    };
    for stray in strays {
        errors.add(stray);
    }
    let process = (!checked.is_method).then(|| checked.expand(&parsed, errors.is_empty()));
    let errors = errors.into_compile_errors();
    quote! { #errors #function #process }
}

/// A function in the user's code.
struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    signature: Signature,
    /// The body, unparsed.
    body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Function {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: input.parse()?,
        })
    }
}

/// All errors in one function, which are reported together.
#[derive(Default)]
struct Errors(Option<Error>);

impl Errors {
    fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    /// Reports `message` at the whole of `tokens`.
    fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.add(Error::new_spanned(tokens, message));
    }

    fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn into_compile_errors(self) -> Option<TokenStream> {
        self.0.map(Error::into_compile_error)
    }
}
