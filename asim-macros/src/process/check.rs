//! The check of a function that is to become a process, and the parts that the process is made of.

use super::attributes::Attributes;
use super::options::Options;
use super::parameter_type::{Role, make_owned};
use super::{Errors, Function};
use crate::names::camel_case;
use proc_macro2::Ident;
use quote::format_ident;
use syn::spanned::Spanned;
use syn::{
    FnArg, GenericParam, Generics, Pat, PatType, Path, ReturnType, Safety, Signature, Type,
    parse_quote,
};

/// A function that has been checked. Wrong parts are replaced by the nearest right ones.
pub(super) struct Checked {
    pub(super) name: Ident,
    pub(super) attributes: Attributes,
    pub(super) generics: Generics,
    pub(super) fields: Vec<Field>,
    pub(super) arguments: Vec<Argument>,
    pub(super) output: Output,
    pub(super) init: Option<Path>,
    pub(super) asim: Path,
    /// Whether it takes `self`. Then it is in an `impl`, where no struct can be declared.
    pub(super) is_method: bool,
}

pub(super) struct Field {
    pub(super) name: Ident,
    pub(super) type_: Type,
}

/// An argument of the call of the function.
pub(super) enum Argument {
    Environment { by_reference: bool },
    Field(Ident),
}

pub(super) enum Output {
    Unit,
    Never,
    Type(Box<Type>),
}

impl Checked {
    pub(super) fn new(function: &Function, options: Options, errors: &mut Errors) -> Self {
        let signature = &function.signature;
        check_qualifiers(signature, errors);
        let name = options.name.or_else(|| camel_case(&signature.ident)).unwrap_or_else(|| {
            let message = format!(
                "`{}` makes no name for a struct: choose one, `#[process(name = Customer)]`",
                signature.ident
            );
            errors.at(&signature.ident, message);
            Ident::new("Unnamed", signature.ident.span())
        });
        let mut checked = Checked {
            name,
            attributes: Attributes::of(&function.attributes),
            generics: signature.generics.clone(),
            fields: Vec::new(),
            arguments: Vec::new(),
            output: Output::Unit,
            init: options.init,
            asim: options.asim.unwrap_or_else(|| parse_quote!(::asim)),
            is_method: signature.receiver().is_some(),
        };
        checked.add_parameters(signature, errors);
        checked.set_output(&signature.output, errors);
        checked.refuse_lifetimes(errors);
        checked
    }

    fn add_parameters(&mut self, signature: &Signature, errors: &mut Errors) {
        let mut has_environment = false;
        for parameter in &signature.inputs {
            match parameter {
                FnArg::Receiver(receiver) => errors.at(
                    receiver,
                    "a process is a free function: move it out of the `impl`, \
                     and take what it needs of `self` as parameters",
                ),
                FnArg::Typed(PatType { attrs, pat, ty, .. }) => {
                    if let Some(cfg) =
                        attrs.iter().find(|attribute| attribute.path().is_ident("cfg"))
                    {
                        errors.at(
                            cfg,
                            "a process always has the same parameters: put `#[cfg]` on the function",
                        );
                    }
                    match environment(ty, errors) {
                        Some(argument) if !has_environment => {
                            has_environment = true;
                            self.arguments.push(argument);
                        }
                        _ => self.add_field(pat, ty, errors),
                    }
                }
            }
        }
        if let Some(variadic) = &signature.variadic {
            errors.at(variadic, "a process takes a fixed number of parameters");
        }
        if !has_environment {
            let message = "a process takes the environment that it runs in: \
                           write `env: Environment` as its first parameter";
            match signature.inputs.first() {
                Some(FnArg::Typed(first)) => errors.at(first, message),
                _ => errors.at(&signature.ident, message),
            }
        }
    }

    fn add_field(&mut self, pattern: &Pat, type_: &Type, errors: &mut Errors) {
        let name = match pattern {
            Pat::Ident(plain) if plain.by_ref.is_none() && plain.subpat.is_none() => {
                plain.ident.clone()
            }
            pattern => {
                errors.at(
                    pattern,
                    "a parameter of a process becomes a field: give it a plain name, \
                     and take it apart in the body",
                );
                format_ident!("field{}", self.fields.len(), span = pattern.span())
            }
        };
        let mut type_ = type_.clone();
        make_owned(&mut type_, &mut Role::Parameter(&mut self.generics), errors);
        self.arguments.push(Argument::Field(name.clone()));
        self.fields.push(Field { name, type_ });
    }

    fn set_output(&mut self, output: &ReturnType, errors: &mut Errors) {
        self.output = match output {
            ReturnType::Default => Output::Unit,
            ReturnType::Type(_, type_) => match &**type_ {
                Type::Never(_) => Output::Never,
                Type::ImplTrait(opaque) => {
                    errors.at(
                        opaque,
                        "the return type of a process has a name: `()`, `Result<T, E>` or `!`",
                    );
                    Output::Unit
                }
                type_ => {
                    let mut type_ = type_.clone();
                    make_owned(&mut type_, &mut Role::Outcome, errors);
                    Output::Type(Box::new(type_))
                }
            },
        };
    }

    /// Refuses lifetime parameters. If there are other errors, their uses have been refused already.
    fn refuse_lifetimes(&mut self, errors: &mut Errors) {
        if self.generics.lifetimes().next().is_none() {
            return;
        }
        if errors.is_empty() {
            for lifetime in self.generics.lifetimes() {
                errors.at(
                    lifetime,
                    "a process outlives the call that starts it, so it borrows nothing: \
                     remove the lifetime (`env: &Environment` needs none), or write `'static`",
                );
            }
        }
        // Bounds with a removed lifetime would be one more error.
        let params = std::mem::take(&mut self.generics.params).into_iter();
        self.generics.params = params
            .filter_map(|param| match param {
                GenericParam::Lifetime(_) => None,
                GenericParam::Type(mut param) => {
                    param.bounds.clear();
                    Some(GenericParam::Type(param))
                }
                GenericParam::Const(param) => Some(GenericParam::Const(param)),
            })
            .collect();
        self.generics.where_clause = None;
    }
}

fn check_qualifiers(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    if let Some(constness) = &signature.constness {
        errors.at(constness, "a process runs in a simulation: remove `const`");
    }
    if signature.asyncness.is_none() {
        let message = format!("a process is an `async fn`: write `async fn {name}(..)`");
        errors.at(signature.fn_token, message);
    }
    if let Safety::Unsafe(safety) = &signature.safety {
        errors.at(
            safety,
            "the simulation calls the process, and cannot keep its safety promises: \
             remove `unsafe`, and write an `unsafe` block in the body",
        );
    }
    if let Some(abi) = &signature.abi {
        errors.at(abi, "a process is called by the simulation, in Rust: remove `extern`");
    }
}

/// Returns `Some` if the type is `Environment` or `&Environment`.
fn environment(type_: &Type, errors: &mut Errors) -> Option<Argument> {
    match type_ {
        Type::Group(group) => environment(&group.elem, errors),
        Type::Paren(paren) => environment(&paren.elem, errors),
        Type::Path(path) if path.path.segments.last()?.ident == "Environment" => {
            Some(Argument::Environment { by_reference: false })
        }
        Type::Reference(reference) => {
            environment(&reference.elem, errors)?;
            let is_static =
                reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
            if reference.mutability.is_some() || is_static {
                errors.at(reference, "the environment is shared: write `&Environment`");
            }
            Some(Argument::Environment { by_reference: true })
        }
        _ => None,
    }
}
