//! Printing of tokens for the tests of expansions.

use proc_macro2::TokenStream;

/// Returns the items in `tokens`, formatted.
pub(crate) fn items(tokens: TokenStream) -> String {
    let text = tokens.to_string();
    match syn::parse2::<syn::File>(tokens) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => panic!("no items ({error}):\n{text}"),
    }
}

/// Returns the statements in `tokens`, formatted.
pub(crate) fn statements(tokens: &TokenStream) -> String {
    let function = items(quote::quote! { fn main() { #tokens } });
    let body = function.strip_prefix("fn main() {\n").and_then(|rest| rest.strip_suffix("}\n"));
    let lines = body.unwrap_or_default().lines();
    lines.map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned() + "\n").collect()
}

/// Returns the messages of the errors in `tokens`.
pub(crate) fn errors(tokens: &TokenStream) -> Vec<String> {
    let text = tokens.to_string();
    let rest_of_each = text.split("compile_error ! { \"").skip(1);
    rest_of_each.filter_map(|rest| rest.split("\" }").next().map(str::to_owned)).collect()
}
