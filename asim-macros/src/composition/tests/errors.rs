//! Each error is reported once, and the rest is expanded.

use super::{check, check_errors};
use expect_test::expect;

#[test]
fn every_duplicate_key_is_reported_and_the_rest_expanded() {
    check(
        "match FirstOf(a = x, b = y, a = z, a_ = w).await { FirstOf::A(x) | FirstOf::B(x) => x }",
        expect![[r#"
            {
                ::core::compile_error! {
                    "the key `a` is used twice"
                }
                ::core::compile_error! {
                    "`a` is first used here"
                }
                ::core::compile_error! {
                    "the key `a_` makes the variant `A`, as `a` does"
                }
                ::core::compile_error! {
                    "`a` is first used here"
                }
                enum FirstOf<T0, T1> {
                    A(T0),
                    B(T1),
                }
                let outcome = asim::__private::first_of(
                        asim::__private::either(
                            asim::__private::branch(x),
                            FirstOf::A,
                            asim::__private::either(
                                asim::__private::branch(y),
                                FirstOf::B,
                                asim::__private::End,
                            ),
                        ),
                    )
                    .await;
                match outcome {
                    FirstOf::A(x) | FirstOf::B(x) => x,
                }
            }
        "#]],
    );
}

#[test]
fn an_outcome_cannot_leave() {
    const LEAVES: &str = "the outcome of an unnamed `FirstOf` cannot leave `asim!`: match on it \
        inside, `asim!(match FirstOf(..).await { .. })`, or give it an enum of your own, \
        `FirstOf::<Visit>(..)`";
    check_errors("FirstOf(a = x).await", &[LEAVES]);
    check_errors("let first = FirstOf(a = x).await;", &[LEAVES]);
    check_errors("match x { X => FirstOf(a = x).await, Y => y }", &[LEAVES]);
    check_errors("f(FirstOf(a = x), FirstOf(a = y))", &[LEAVES, LEAVES]);
    check_errors("if x && FirstOf(a = x).await == y {}", &[LEAVES]);
}

#[test]
fn malformed_branches_are_refused_one_by_one() {
    check_errors(
        "AllOf(x, y: q, type = z, #[cfg(a)] b = c, d = , e = f, e = g, self = h).await",
        &[
            "each branch has a name: write `AllOf(key = waitable, ..)`",
            "a branch is written with `=`: `y = waitable`",
            "`type` is a keyword: choose another name, or write `r#type`",
            "a branch takes no attributes",
            "`d` has nothing to wait for: write `d = waitable`",
            "the key `e` is used twice",
            "`e` is first used here",
            "`self` is a keyword: choose another name",
        ],
    );
}

#[test]
fn nothing_to_wait_for_is_one_error() {
    const RACE: &str = "`FirstOf` has nothing to wait for: write `FirstOf(key = waitable, ..)`";
    const JOIN: &str = "`AllOf` has nothing to wait for: write `AllOf(key = waitable, ..)`; \
        `all_of` takes a collection, which may be empty";
    check_errors("FirstOf()", &[RACE]);
    check_errors("FirstOf().await", &[RACE]);
    check_errors("FirstOf::<Visit>()", &[RACE]);
    check_errors("match FirstOf() { FirstOf::A(x) => x }", &[RACE]);
    check_errors("match FirstOf().await { FirstOf::A(x) => x }", &[RACE]);
    check_errors("let FirstOf::A(x) = FirstOf() else { return };", &[RACE]);
    check_errors("if let FirstOf::A(x) = FirstOf() {}", &[RACE]);
    check_errors("matches!(FirstOf(), FirstOf::A(x))", &[RACE]);
    check_errors("AllOf()", &[JOIN]);
    check_errors("AllOf().await.berth", &[JOIN]);
    check_errors("let both = AllOf();", &[JOIN]);
    check_errors("let AllOf { a } = AllOf();", &[JOIN]);
    check_errors("match FirstOf(a = AllOf()).await { FirstOf::A(x) => x }", &[JOIN]);
}
