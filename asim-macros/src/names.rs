//! Names in `snake_case` turned into names of types and variants.

use proc_macro2::Ident;

/// Turns `unloaded_ship` into `UnloadedShip`, with the same span.
///
/// Returns `None` if the rest of the name cannot be the name of a type: `_1`, `self_`.
pub(crate) fn camel_case(name: &Ident) -> Option<Ident> {
    let name_text = name.to_string();
    let words = name_text.trim_start_matches("r#").split('_');
    let camel: String = words.map(capitalised).collect();
    let mut ident = syn::parse_str::<Ident>(&camel).ok()?;
    ident.set_span(name.span());
    Some(ident)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::camel_case;
    use proc_macro2::{Ident, Span};

    fn camel(name: &str) -> Option<String> {
        let name = match name.strip_prefix("r#") {
            Some(raw) => Ident::new_raw(raw, Span::call_site()),
            None => Ident::new(name, Span::call_site()),
        };
        camel_case(&name).map(|ident| ident.to_string())
    }

    #[test]
    fn words_are_capitalised_and_joined() {
        assert_eq!(camel("unloaded_ship").as_deref(), Some("UnloadedShip"));
        assert_eq!(camel("_a1_2").as_deref(), Some("A12"));
        assert_eq!(camel("größe_x").as_deref(), Some("GrößeX"));
        assert_eq!(camel("HTTPServer").as_deref(), Some("HTTPServer"));
        assert_eq!(camel("r#type").as_deref(), Some("Type"));
    }

    #[test]
    fn what_cannot_name_a_type_is_refused() {
        assert_eq!(camel("_1"), None);
        assert_eq!(camel("__"), None);
        assert_eq!(camel("self_"), None);
    }
}
