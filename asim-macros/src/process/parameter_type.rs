//! The types that a process can hold: owned values and `'static` references.

use super::Errors;
use proc_macro2::Span;
use quote::{format_ident, quote};
use syn::{
    GenericArgument, Generics, Lifetime, Path, PathArguments, Type, TypeImplTrait, TypeParamBound,
    TypeReference, parse_quote, parse_quote_spanned, spanned::Spanned,
};

/// The use of a type.
pub(super) enum Role<'g> {
    /// A parameter of a process with these generics.
    Parameter(&'g mut Generics),
    /// The return type of the process.
    Outcome,
}

/// Refuses borrows and `impl Trait` in the type of a field or an outcome, and replaces them by allowed
/// types.
///
/// Lifetimes that the type binds itself, as in `fn(&str)` and `dyn Fn(&str)`, are allowed.
pub(super) fn make_owned(type_: &mut Type, role: &mut Role<'_>, errors: &mut Errors) {
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
            make_owned(&mut reference.elem, role, errors);
        }
        Type::ImplTrait(opaque) => *type_ = named_instead(opaque, role, errors),
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                match bound {
                    TypeParamBound::Lifetime(lifetime) => make_static(lifetime, errors),
                    TypeParamBound::Trait(bound) => make_path_owned(&mut bound.path, role, errors),
                    _ => {}
                }
            }
        }
        Type::Path(path) => {
            if let Some(self_type) = &mut path.qself {
                make_owned(&mut self_type.ty, role, errors);
            }
            make_path_owned(&mut path.path, role, errors);
        }
        Type::Tuple(tuple) => {
            for type_ in &mut tuple.elems {
                make_owned(type_, role, errors);
            }
        }
        Type::Array(array) => make_owned(&mut array.elem, role, errors),
        Type::Slice(slice) => make_owned(&mut slice.elem, role, errors),
        Type::Ptr(pointer) => make_owned(&mut pointer.elem, role, errors),
        Type::Paren(paren) => make_owned(&mut paren.elem, role, errors),
        Type::Group(group) => make_owned(&mut group.elem, role, errors),
        _ => {}
    }
}

/// Checks the arguments of a path in `<..>`. Those in parentheses may borrow.
fn make_path_owned(path: &mut Path, role: &mut Role<'_>, errors: &mut Errors) {
    for segment in &mut path.segments {
        let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else {
            continue;
        };
        for argument in &mut arguments.args {
            match argument {
                GenericArgument::Lifetime(lifetime) => make_static(lifetime, errors),
                GenericArgument::Type(type_) => make_owned(type_, role, errors),
                GenericArgument::AssocType(argument) => make_owned(&mut argument.ty, role, errors),
                _ => {}
            }
        }
    }
}

/// Refuses an `impl Trait`, and returns a type that replaces it.
fn named_instead(opaque: &TypeImplTrait, role: &mut Role<'_>, errors: &mut Errors) -> Type {
    match role {
        Role::Parameter(generics) => {
            errors.at(
                opaque,
                "a parameter of a process becomes a field, whose type has a name: \
                 write a generic parameter instead, `async fn name<T: ..>(.., parameter: T)`",
            );
            let name = format_ident!("Opaque{}", generics.params.len(), span = Span::mixed_site());
            let bounds = &opaque.bounds;
            generics.params.push(parse_quote!(#name: #bounds));
            parse_quote_spanned!(opaque.span()=> #name)
        }
        Role::Outcome => {
            let bounds = &opaque.bounds;
            let bounds = quote!(#bounds).to_string().replace(" :: ", "::");
            let message = format!(
                "the return type of a process has a name: write the type itself, or `Box<dyn {bounds}>`"
            );
            errors.at(opaque, message);
            parse_quote!(::core::convert::Infallible)
        }
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

/// Returns what to write instead of a reference.
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
