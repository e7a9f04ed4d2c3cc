//! The expansion of `#[process]`, for each kind of function.

#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes its snapshots so")]

use super::expand;
use crate::snapshot;
use expect_test::{Expect, expect};
use proc_macro2::TokenStream;

fn expanded(options: &str, function: &str) -> TokenStream {
    let options = options.parse().expect("the options are made of tokens");
    let function = function.parse().expect("the function is made of tokens");
    expand(options, &function)
}

/// Returns the tokens without the long list of lints that is on each item.
#[expect(clippy::needless_pass_by_value, reason = "a snapshot is written in the call")]
fn check(options: &str, function: &str, expected: Expect) {
    let text = snapshot::items(expanded(options, function));
    let (start, end) = ("#[allow(\n    dead_code,", ")]\n");
    let mut parts = text.split(start);
    let mut without = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        without += part.split_once(end).map_or(part, |(_, rest)| rest);
    }
    expected.assert_eq(&without);
}

/// Returns the errors in the expansion, in their order.
#[track_caller]
fn check_errors(options: &str, function: &str, expected: &[&str]) {
    let expanded = expanded(options, function);
    assert_eq!(snapshot::errors(&expanded), expected, "{expanded}");
}

#[test]
fn arguments_become_fields() {
    check(
        "",
        "/// A customer.
        #[inline]
        #[expect(clippy::unused_async)]
        pub(crate) async fn customer(env: Environment, id: u32, mut patience: f64) {
            patience += 1.0;
        }",
        expect![[r#"
            /// A customer.
            #[inline]
            #[expect(clippy::unused_async)]
            pub(crate) async fn customer(env: Environment, id: u32, mut patience: f64) {
                patience += 1.0;
            }
            /// A customer.
            #[allow(clippy::unused_async)]
            #[must_use = "a process does nothing until `Environment::process` starts it"]
            pub(crate) struct Customer {
                id: u32,
                patience: f64,
            }
            #[allow(clippy::unused_async)]
            impl Customer {
                /// The process `Customer` with these arguments, not yet started.
                pub(crate) fn new(id: u32, patience: f64) -> Self {
                    Self { id, patience }
                }
            }
            #[allow(clippy::unused_async)]
            impl ::asim::Process for Customer {
                type Output = ();
                fn name(&self) -> ::std::borrow::Cow<'static, str> {
                    ::std::borrow::Cow::Borrowed("Customer")
                }
                fn run(
                    self,
                    env: ::asim::Environment,
                ) -> impl ::core::future::Future<Output = Self::Output> + 'static {
                    customer(env, self.id, self.patience)
                }
            }
        "#]],
    );
}

#[test]
fn the_future_has_one_place_for_each_argument() {
    check(
        "",
        "#[inline]
        async fn clerk(env: Environment, mut id: u8, _key: Key) -> Result<u8, Closed> {
            id += 1;
            env.timeout(1.0).await;
            Ok(id)
        }",
        expect![[r##"
            #[allow(unused_braces)]
            #[inline]
            fn clerk(
                env: Environment,
                mut id: u8,
                _key: Key,
            ) -> impl ::core::future::Future<Output = Result<u8, Closed>> {
                async move {
                    #[allow(clippy::no_effect_underscore_binding, clippy::used_underscore_binding)]
                    let _key = _key;
                    #[allow(clippy::used_underscore_binding)]
                    let _ = (&id, &env);
                    #[allow(unreachable_code)]
                    if false {
                        let returned: Result<u8, Closed> = loop {};
                        return returned;
                    }
                    {
                        id += 1;
                        env.timeout(1.0).await;
                        Ok(id)
                    }
                }
            }
            #[must_use = "a process does nothing until `Environment::process` starts it"]
            struct Clerk {
                id: u8,
                _key: Key,
            }
            impl Clerk {
                /// The process `Clerk` with these arguments, not yet started.
                fn new(id: u8, _key: Key) -> Self {
                    Self { id, _key }
                }
            }
            impl ::asim::Process for Clerk {
                type Output = Result<u8, Closed>;
                fn name(&self) -> ::std::borrow::Cow<'static, str> {
                    ::std::borrow::Cow::Borrowed("Clerk")
                }
                fn run(
                    self,
                    env: ::asim::Environment,
                ) -> impl ::core::future::Future<Output = Self::Output> + 'static {
                    clerk(env, self.id, self._key)
                }
            }
        "##]],
    );
}

#[test]
fn an_environment_by_reference_is_lent_by_the_future() {
    check(
        "",
        "async fn clerk(env: &asim::Environment, id: u8) -> Result<u8, Closed> {}",
        expect![[r#"
            async fn clerk(env: &asim::Environment, id: u8) -> Result<u8, Closed> {}
            #[must_use = "a process does nothing until `Environment::process` starts it"]
            struct Clerk {
                id: u8,
            }
            impl Clerk {
                /// The process `Clerk` with these arguments, not yet started.
                fn new(id: u8) -> Self {
                    Self { id }
                }
            }
            impl ::asim::Process for Clerk {
                type Output = Result<u8, Closed>;
                fn name(&self) -> ::std::borrow::Cow<'static, str> {
                    ::std::borrow::Cow::Borrowed("Clerk")
                }
                fn run(
                    self,
                    env: ::asim::Environment,
                ) -> impl ::core::future::Future<Output = Self::Output> + 'static {
                    async move { clerk(&env, self.id).await }
                }
            }
        "#]],
    );
}

#[test]
fn generic_parameters_are_the_structs() {
    check(
        "",
        "async fn carry<T: Clone, I: Iterator, const N: usize>(_: Environment, what: [T; N], of: I::Item)
            where T: PartialEq {}",
        expect![[r##"
            #[allow(unused_braces)]
            fn carry<T: Clone, I: Iterator, const N: usize>(
                _: Environment,
                what: [T; N],
                of: I::Item,
            ) -> impl ::core::future::Future<Output = ()>
            where
                T: PartialEq,
            {
                async move {
                    #[allow(clippy::no_effect_underscore_binding, clippy::used_underscore_binding)]
                    let what = what;
                    #[allow(clippy::no_effect_underscore_binding, clippy::used_underscore_binding)]
                    let of = of;
                    #[allow(clippy::used_underscore_binding)]
                    let _ = ();
                    #[allow(unreachable_code)]
                    if false {
                        let returned: () = loop {};
                        return returned;
                    }
                    {}
                }
            }
            #[must_use = "a process does nothing until `Environment::process` starts it"]
            struct Carry<T: Clone, I: Iterator, const N: usize>
            where
                T: PartialEq,
            {
                what: [T; N],
                of: I::Item,
                __parameters: ::core::marker::PhantomData<(fn() -> *const I,)>,
            }
            impl<T: Clone, I: Iterator, const N: usize> Carry<T, I, N>
            where
                T: PartialEq,
            {
                /// The process `Carry` with these arguments, not yet started.
                fn new(what: [T; N], of: I::Item) -> Self {
                    Self {
                        what,
                        of,
                        __parameters: ::core::marker::PhantomData,
                    }
                }
            }
            impl<T: Clone, I: Iterator, const N: usize> ::asim::Process for Carry<T, I, N>
            where
                T: PartialEq,
                T: 'static,
                I: 'static,
            {
                type Output = ();
                fn name(&self) -> ::std::borrow::Cow<'static, str> {
                    ::std::borrow::Cow::Borrowed("Carry")
                }
                fn run(
                    self,
                    env: ::asim::Environment,
                ) -> impl ::core::future::Future<Output = Self::Output> + 'static {
                    carry::<T, I, N>(env, self.what, self.of)
                }
            }
        "##]],
    );
}

#[test]
fn options_name_the_struct_its_hook_and_the_library() {
    check(
        "name = Teller, init = hooks::start, crate = crate::sim",
        "async fn clerk(env: Environment) -> ! {}",
        expect![[r##"
            #[allow(unused_braces)]
            fn clerk(env: Environment) -> impl ::core::future::Future<Output = crate::sim::Never> {
                async move {
                    #[allow(clippy::no_effect_underscore_binding, clippy::used_underscore_binding)]
                    let env = env;
                    #[allow(clippy::used_underscore_binding)]
                    let _ = ();
                    #[allow(unreachable_code)]
                    if false {
                        let returned: crate::sim::Never = loop {};
                        return returned;
                    }
                    {}
                }
            }
            #[must_use = "a process does nothing until `Environment::process` starts it"]
            struct Teller {}
            impl Teller {
                /// The process `Teller` with these arguments, not yet started.
                fn new() -> Self {
                    Self {}
                }
            }
            impl crate::sim::Process for Teller {
                type Output = crate::sim::Never;
                fn name(&self) -> ::std::borrow::Cow<'static, str> {
                    ::std::borrow::Cow::Borrowed("Teller")
                }
                fn init(&mut self, env: &crate::sim::Environment) {
                    hooks::start(self, env)
                }
                fn run(
                    self,
                    env: crate::sim::Environment,
                ) -> impl ::core::future::Future<Output = Self::Output> + 'static {
                    clerk(env)
                }
            }
        "##]],
    );
}

#[test]
fn a_process_that_others_see_has_a_parameter_for_an_outcome_that_they_may_not() {
    check(
        "",
        "pub async fn clerk<const N: usize>(env: Environment) -> Result<Receipt, String> {}",
        expect![[r##"
            #[allow(unused_braces)]
            pub fn clerk<const N: usize>(
                env: Environment,
            ) -> impl ::core::future::Future<Output = Result<Receipt, String>> {
                async move {
                    #[allow(clippy::no_effect_underscore_binding, clippy::used_underscore_binding)]
                    let env = env;
                    #[allow(clippy::used_underscore_binding)]
                    let _ = ();
                    #[allow(unreachable_code)]
                    if false {
                        let returned: Result<Receipt, String> = loop {};
                        return returned;
                    }
                    {}
                }
            }
            #[must_use = "a process does nothing until `Environment::process` starts it"]
            pub struct Clerk<const N: usize, Output = Result<Receipt, String>> {
                __parameters: ::core::marker::PhantomData<(fn() -> *const Output,)>,
            }
            impl<const N: usize> Clerk<N, Result<Receipt, String>> {
                /// The process `Clerk` with these arguments, not yet started.
                pub fn new() -> Self {
                    Self {
                        __parameters: ::core::marker::PhantomData,
                    }
                }
            }
            impl<const N: usize> ::asim::Process for Clerk<N, Result<Receipt, String>> {
                type Output = Result<Receipt, String>;
                fn name(&self) -> ::std::borrow::Cow<'static, str> {
                    ::std::borrow::Cow::Borrowed("Clerk")
                }
                fn run(
                    self,
                    env: ::asim::Environment,
                ) -> impl ::core::future::Future<Output = Self::Output> + 'static {
                    clerk::<N>(env)
                }
            }
        "##]],
    );
    let plain = |function| !expanded("", function).to_string().contains("__parameters");
    assert!(plain("pub async fn f(env: Environment) -> Result<u8, ::a::Closed> {}"));
    assert!(plain("pub async fn f(env: Environment) -> Result<&'static str, std::fmt::Error> {}"));
    assert!(plain("pub async fn f<T>(env: Environment, a: T) -> Result<Vec<T>, Box<dyn Send>> {}"));
    assert!(plain("async fn f(env: Environment) -> Result<Output, String> {}"));
    let other = "pub(crate) async fn f(env: Environment, a: Output) -> Result<Other, String> {}";
    assert!(expanded("", other).to_string().contains("F < Output_ = Result < Other , String > >"));
}

#[test]
fn a_mistaken_function_still_has_its_struct() {
    check(
        "",
        "fn customer<'a>(name: &'a str, (x, y): (u8, u8), draw: impl Fn() -> f64, plan: Plan<'_>) {}",
        expect![[r#"
            ::core::compile_error! {
                "a process is an `async fn`: write `async fn customer(..)`"
            }
            ::core::compile_error! {
                "a process outlives the call that starts it, so it borrows nothing: write `String` or `&'static str`"
            }
            ::core::compile_error! {
                "a parameter of a process becomes a field: give it a plain name, and take it apart in the body"
            }
            ::core::compile_error! {
                "a parameter of a process becomes a field, whose type has a name: write a generic parameter instead, `async fn name<T: ..>(.., parameter: T)`"
            }
            ::core::compile_error! {
                "a process outlives the call that starts it, so it borrows nothing: write `'static`, or a type that owns its data"
            }
            ::core::compile_error! {
                "a process takes the environment that it runs in: write `env: Environment` as its first parameter"
            }
            fn customer<'a>(
                name: &'a str,
                (x, y): (u8, u8),
                draw: impl Fn() -> f64,
                plan: Plan<'_>,
            ) {}
            #[must_use = "a process does nothing until `Environment::process` starts it"]
            struct Customer<Opaque1> {
                name: &'static str,
                field1: (u8, u8),
                draw: Opaque1,
                plan: Plan<'static>,
            }
            impl<Opaque1> Customer<Opaque1> {
                /// The process `Customer` with these arguments, not yet started.
                fn new(
                    name: &'static str,
                    field1: (u8, u8),
                    draw: Opaque1,
                    plan: Plan<'static>,
                ) -> Self {
                    Self { name, field1, draw, plan }
                }
            }
            impl<Opaque1> ::asim::Process for Customer<Opaque1>
            where
                Opaque1: 'static,
            {
                type Output = ();
                fn name(&self) -> ::std::borrow::Cow<'static, str> {
                    ::std::borrow::Cow::Borrowed("Customer")
                }
                fn run(
                    self,
                    env: ::asim::Environment,
                ) -> impl ::core::future::Future<Output = Self::Output> + 'static {
                    ::core::future::pending()
                }
            }
        "#]],
    );
}

#[test]
fn what_is_no_function_stays_as_it_is() {
    check(
        "",
        "struct Customer { id: u8 }",
        expect![[r#"
        ::core::compile_error! {
            "`#[process]` stands before an `async fn`"
        }
        struct Customer {
            id: u8,
        }
    "#]],
    );
}

#[test]
fn a_method_stays_alone() {
    check(
        "",
        "async fn customer(&self, env: Environment) {}",
        expect![[r#"
        ::core::compile_error! {
            "a process is a free function: move it out of the `impl`, and take what it needs of `self` as parameters"
        }
        async fn customer(&self, env: Environment) {}
    "#]],
    );
}

#[test]
fn what_borrows_for_its_own_callers_is_no_reference() {
    check_errors(
        "",
        "async fn f(env: Environment, a: fn(&str), b: Box<dyn Fn(&u8) -> &u8>, c: &'static [&'static str]) {}",
        &[],
    );
}

#[test]
fn references_inside_types_are_found() {
    const BORROWS: &str =
        "a process outlives the call that starts it, so it borrows nothing: write";
    let by_lifetime = format!("{BORROWS} `'static`, or a type that owns its data");
    let by_reference = format!("{BORROWS} `u8`, or `Rc<u8>` to share it");
    check_errors(
        "",
        "async fn f(env: Environment, a: Option<&u8>, b: (u8, [&u8; 3]), c: Box<dyn Draw + '_>, d: Cow<'_, str>) {}",
        &[&by_reference, &by_reference, &by_lifetime, &by_lifetime],
    );
}

#[test]
fn what_hides_in_an_outcome_is_told_from_what_hides_in_a_parameter() {
    const PARAMETER: &str = "a parameter of a process becomes a field, whose type has a name: \
        write a generic parameter instead, `async fn name<T: ..>(.., parameter: T)`";
    const OUTCOME: &str = "the return type of a process has a name: write the type itself, or";
    check_errors(
        "",
        "async fn f(env: Environment, a: Option<impl Fn(&u8)>, b: Box<dyn Draw<impl Sized>>)
            -> Result<impl Display, Box<dyn Iterator<Item = impl Error + Send>>> {}",
        &[
            PARAMETER,
            PARAMETER,
            &format!("{OUTCOME} `Box<dyn Display>`"),
            &format!("{OUTCOME} `Box<dyn Error + Send>`"),
        ],
    );
}

#[test]
fn references_are_found_inside_the_bounds_of_objects() {
    check_errors(
        "",
        "async fn f(env: Environment, a: Box<dyn Iterator<Item = &'a u8>>, b: <&u8 as Draw>::Drawn) {}",
        &[
            "a process outlives the call that starts it, so it borrows nothing: write `u8`, or `Rc<u8>` to share it",
            "a process outlives the call that starts it, so it borrows nothing: write `u8`, or `Rc<u8>` to share it",
        ],
    );
}

#[test]
fn compositions_outside_of_asim_are_found() {
    const RACE: &str = "`FirstOf(key = waitable, ..)` is understood by `asim!` only: \
        write `asim!(match FirstOf(..).await { .. })`";
    const JOIN: &str = "`AllOf(key = waitable, ..)` is understood by `asim!` only: \
        write `asim!(AllOf(..)).await`";
    let check = |body: &str, errors: &[&str]| {
        check_errors("", &format!("async fn f(env: Environment) {{ {body} }}"), errors);
    };
    check("match FirstOf(a = x, b = AllOf(c = y)).await { FirstOf::A(()) => {} }", &[RACE]);
    check("let x = FirstOf(a = x); loop { AllOf(a = x).await; }", &[RACE, JOIN]);
    check(
        "if let Visit::A(x) = FirstOf::<Visit>(a = y).await {}",
        &["`FirstOf(key = waitable, ..)` is understood by `asim!` only: \
           write `asim!(FirstOf::<Visit>(..)).await`"],
    );
    check(
        "env.spawn(async { TryAllOf(a = x).await });",
        &["`TryAllOf(key = waitable, ..)` is understood by `asim!` only: \
           write `asim!(TryAllOf(..)).await`"],
    );
    check("assert!(matches!(FirstOf(a = x).await, FirstOf::A(())));", &[RACE]);
    check("asim!(match FirstOf(a = x).await { FirstOf::A(()) => {} });", &[]);
    check("let x = a::b::asim! { AllOf(a = x) }.await; race!(FirstOf(a = x));", &[]);
    check("macro_rules! race { () => { asim!(FirstOf(a = x)) } }", &[]);
    check(
        "let FirstOf(x) = FirstOf(1, y == z); FirstOf(); self.AllOf(a = b); m::AllOf(a = b);",
        &[],
    );
    check("fn AllOf(a: u8) {} struct FirstOf(u8); AllOf(x).await; AllOf().await", &[]);
}

#[test]
fn mistaken_options_are_reported_one_by_one() {
    check_errors(
        "name, name = \"Teller\", init = , crate = 3, colour = red, name = Teller, name = Clerk",
        "async fn clerk(env: Environment) {}",
        &[
            "write `name = Teller`",
            "write it without quotes: `name = Teller`",
            "write `init = path::of::function`",
            "write `crate = path::of::asim`",
            "there is no option `colour`: `#[process]` takes `name = Teller`, \
             `init = path::of::function` and `crate = path::of::asim`",
            "`name` is given twice",
        ],
    );
}
