//! What a process may hold: owned values, and references for ever.

use super::Errors;
use proc_macro2::Span;
use quote::format_ident;
use syn::{
    GenericArgument, Generics, Lifetime, PathArguments, Type, TypeParamBound, TypeReference,
    parse_quote, parse_quote_spanned, spanned::Spanned,
};

/// Refuses what a field cannot have, and makes of it what a field could have.
///
/// What is bound by its own `for<'a>`, as the arguments of `fn(&str)` and `dyn Fn(&str)`, is
/// no concern of the process.
pub(super) fn make_owned(type_: &mut Type, generics: &mut Generics, errors: &mut Errors) {
    match type_ {
        Type::Reference(reference) => {
            if !reference.lifetime.as_ref().is_some_and(is_static) {
                let message = format!(
                    "a process outlives the call that starts it, so it borrows nothing: \
                     write {}",
                    owned_instead(reference)
                );
                errors.at(&*reference, message);
                reference.lifetime = Some(for_ever());
            }
            make_owned(&mut reference.elem, generics, errors);
        }
        Type::ImplTrait(opaque) => {
            errors.at(
                &*opaque,
                "a parameter of a process becomes a field, whose type has a name: \
                 write a generic parameter instead, `async fn name<T: ..>(.., parameter: T)`",
            );
            let name = format_ident!("Opaque{}", generics.params.len(), span = Span::mixed_site());
            let bounds = &opaque.bounds;
            generics.params.push(parse_quote!(#name: #bounds));
            *type_ = parse_quote_spanned!(opaque.span()=> #name);
        }
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                if let TypeParamBound::Lifetime(lifetime) = bound {
                    make_static(lifetime, errors);
                }
            }
        }
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else {
                    continue;
                };
                for argument in &mut arguments.args {
                    match argument {
                        GenericArgument::Lifetime(lifetime) => make_static(lifetime, errors),
                        GenericArgument::Type(type_) => make_owned(type_, generics, errors),
                        _ => {}
                    }
                }
            }
        }
        Type::Tuple(tuple) => {
            for type_ in &mut tuple.elems {
                make_owned(type_, generics, errors);
            }
        }
        Type::Array(array) => make_owned(&mut array.elem, generics, errors),
        Type::Slice(slice) => make_owned(&mut slice.elem, generics, errors),
        Type::Paren(paren) => make_owned(&mut paren.elem, generics, errors),
        Type::Group(group) => make_owned(&mut group.elem, generics, errors),
        _ => {}
    }
}

fn make_static(lifetime: &mut Lifetime, errors: &mut Errors) {
    if !is_static(lifetime) {
        errors.at(
            &*lifetime,
            "a process outlives the call that starts it, so it borrows nothing: \
             write `'static`, or a type that owns its data",
        );
        *lifetime = for_ever();
    }
}

fn is_static(lifetime: &Lifetime) -> bool {
    lifetime.ident == "static"
}

fn for_ever() -> Lifetime {
    Lifetime::new("'static", Span::call_site())
}

/// What to write instead of a reference.
fn owned_instead(reference: &TypeReference) -> String {
    match &*reference.elem {
        Type::Path(path) if path.path.is_ident("str") => "`String` or `&'static str`".into(),
        Type::Path(path) => match path.path.segments.last() {
            Some(segment) if segment.arguments.is_none() => {
                format!("`{}`, or `Rc<{}>` to share it", segment.ident, segment.ident)
            }
            _ => "the type itself, or an `Rc` to share it".into(),
        },
        Type::Slice(_) => "a `Vec`, or an `Rc<[..]>` to share it".into(),
        Type::TraitObject(_) => "a `Box<dyn ..>`, or an `Rc<dyn ..>` to share it".into(),
        _ => "the type itself, or an `Rc` to share it".into(),
    }
}
