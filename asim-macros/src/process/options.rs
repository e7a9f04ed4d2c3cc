//! The options of `#[process(..)]`.

use super::Errors;
use crate::tokens::split_at_commas;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Error, LitStr, Path, Token};

#[derive(Default)]
pub(super) struct Options {
    /// `name = Teller`
    pub(super) name: Option<Ident>,
    /// `init = path`
    pub(super) init: Option<Path>,
    /// `crate = path`
    pub(super) asim: Option<Path>,
}

impl Options {
    pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Options::default();
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        // One by one, so that an error in one does not affect the others.
        for part in split_at_commas(&tokens) {
            let part = part.iter().cloned().collect();
            let result = (|input: ParseStream<'_>| options.add(input)).parse2(part);
            if let Err(error) = result {
                errors.add(error);
            }
        }
        options
    }

    fn add(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let option = input.call(Ident::parse_any)?;
        if option == "name" {
            let name = value(input, &option, "Teller", Ident::parse)?;
            set(&mut self.name, &option, name)
        } else if option == "init" {
            let path = value(input, &option, "path::of::function", Path::parse)?;
            set(&mut self.init, &option, path)
        } else if option == "crate" {
            let path = value(input, &option, "path::of::asim", Path::parse_mod_style)?;
            set(&mut self.asim, &option, path)
        } else {
            // The rest of this option needs no error of its own.
            input.parse::<TokenStream>()?;
            let message = format!(
                "there is no option `{option}`: `#[process]` takes `name = Teller`, \
                 `init = path::of::function` and `crate = path::of::asim`"
            );
            Err(Error::new(option.span(), message))
        }
    }
}

/// Parses the value after `option =`.
fn value<T>(
    input: ParseStream<'_>,
    option: &Ident,
    example: &str,
    parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<T> {
    let wrong = |at| Error::new(at, format!("write `{option} = {example}`"));
    if input.is_empty() {
        return Err(wrong(option.span()));
    }
    input.parse::<Token![=]>().map_err(|error| wrong(error.span()))?;
    if input.is_empty() {
        return Err(wrong(option.span()));
    }
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        let message = format!("write it without quotes: `{option} = {}`", text.value());
        return Err(Error::new(text.span(), message));
    }
    let value = parse(input).map_err(|error| wrong(error.span()))?;
    if !input.is_empty() {
        return Err(wrong(input.span()));
    }
    Ok(value)
}

fn set<T>(place: &mut Option<T>, option: &Ident, value: T) -> syn::Result<()> {
    if place.is_some() {
        return Err(Error::new(option.span(), format!("`{option}` is given twice")));
    }
    *place = Some(value);
    Ok(())
}
