//! The expansion of a composition itself.

use super::{check, check_untouched, expanded};
use expect_test::expect;

#[test]
fn a_join_is_an_expression() {
    check(
        "let both = AllOf(berth = berths.acquire(), tide = tide()).await;",
        expect![[r#"
            let both = {
                struct AllOf<T0, T1> {
                    berth: T0,
                    tide: T1,
                }
                asim::__private::all_of(
                    asim::__private::both(
                        asim::__private::branch(berths.acquire()),
                        asim::__private::both(
                            asim::__private::branch(tide()),
                            asim::__private::End,
                        ),
                    ),
                    |(output0, (output1, ()))| AllOf {
                        berth: output0,
                        tide: output1,
                    },
                )
            }
                .await;
        "#]],
    );
}

#[test]
fn the_callers_own_types_need_no_declaration() {
    check(
        "FirstOf::<Visit>(served = counter.acquire(), late = late()).await",
        expect![[r#"
            asim::__private::first_of(
                    asim::__private::either(
                        asim::__private::branch(counter.acquire()),
                        |output| Visit::Served(output),
                        asim::__private::either(
                            asim::__private::branch(late()),
                            |output| Visit::Late(output),
                            asim::__private::End,
                        ),
                    ),
                )
                .await
        "#]],
    );
    check(
        "AllOf::<model::Docked<'static, u8>>(berth = a, tide = b).await",
        expect![[r#"
            asim::__private::all_of(
                    asim::__private::both(
                        asim::__private::branch(a),
                        asim::__private::both(asim::__private::branch(b), asim::__private::End),
                    ),
                    |(output0, (output1, ()))| model::Docked::<'static, u8> {
                        berth: output0,
                        tide: output1,
                    },
                )
                .await
        "#]],
    );
}

#[test]
fn keys_may_be_raw_and_lists_may_end_in_a_comma() {
    check(
        "match FirstOf(r#type = a, r#in = b,).await { FirstOf::Type(x) => x, FirstOf::In(x) => x }",
        expect![[r#"
            {
                enum FirstOf<T0, T1> {
                    Type(T0),
                    In(T1),
                }
                let outcome = asim::__private::first_of(
                        asim::__private::either(
                            asim::__private::branch(a),
                            FirstOf::Type,
                            asim::__private::either(
                                asim::__private::branch(b),
                                FirstOf::In,
                                asim::__private::End,
                            ),
                        ),
                    )
                    .await;
                match outcome {
                    FirstOf::Type(x) => x,
                    FirstOf::In(x) => x,
                }
            }
        "#]],
    );
    check(
        "AllOf(r#type = a,).await.r#type",
        expect![[r#"
            {
                struct AllOf<T0> {
                    r#type: T0,
                }
                asim::__private::all_of(
                    asim::__private::both(asim::__private::branch(a), asim::__private::End),
                    |(output0, ())| AllOf { r#type: output0 },
                )
            }
                .await
                .r#type
        "#]],
    );
}

#[test]
fn half_typed_code_reaches_the_editor_as_it_is() {
    let text = expanded("match FirstOf(a = q., b = ).await { FirstOf:: }").to_string();
    expect![[r#"{ :: core :: compile_error ! { "`b` has nothing to wait for: write `b = waitable`" } # [derive (:: core :: fmt :: Debug)] # [allow (dead_code , clippy :: all , clippy :: pedantic)] enum FirstOf < T0 , T1 > { A (T0) , B (T1) } let outcome = asim :: __private :: first_of (asim :: __private :: either (asim :: __private :: branch (q .) , FirstOf :: A , asim :: __private :: either (asim :: __private :: branch (:: core :: future :: pending :: < () > ()) , FirstOf :: B , asim :: __private :: End))) . await ; match outcome { FirstOf :: } }"#]].assert_eq(&text);
}

#[test]
fn everything_else_stays_untouched() {
    check_untouched("let FirstOf(x, y) = FirstOf(1, 2); match pair { FirstOf(x, _) => x, }");
    check_untouched("match x { FirstOf::Served(slot) if slot == y => {} _ => {} }");
    check_untouched("fn FirstOf(a: u8) {} struct AllOf(u8); match x { FirstOf() => AllOf(1) }");
    check_untouched("struct AllOf { a: u8 } let all = AllOf { a: 1 }; self.FirstOf(a == b)");
    check_untouched(
        "if x < y && matches!(z, Some(_)) { a } else { b } 'a: while let Some(b) = c {}",
    );
    check_untouched("let x: Vec<u8> = q.collect::<Vec<u8>>(); let Some(y) = z else { return };");
}

#[test]
fn compositions_nest() {
    check(
        "match FirstOf(docked = AllOf(berth = a, tug = b), late = c).await {
            FirstOf::Docked(docked) => docked.berth,
            FirstOf::Late(()) => return,
        }",
        expect![[r#"
            {
                enum FirstOf<T0, T1> {
                    Docked(T0),
                    Late(T1),
                }
                let outcome = asim::__private::first_of(
                        asim::__private::either(
                            asim::__private::branch({
                                struct AllOf<T0, T1> {
                                    berth: T0,
                                    tug: T1,
                                }
                                asim::__private::all_of(
                                    asim::__private::both(
                                        asim::__private::branch(a),
                                        asim::__private::both(
                                            asim::__private::branch(b),
                                            asim::__private::End,
                                        ),
                                    ),
                                    |(output0, (output1, ()))| AllOf {
                                        berth: output0,
                                        tug: output1,
                                    },
                                )
                            }),
                            FirstOf::Docked,
                            asim::__private::either(
                                asim::__private::branch(c),
                                FirstOf::Late,
                                asim::__private::End,
                            ),
                        ),
                    )
                    .await;
                match outcome {
                    FirstOf::Docked(docked) => docked.berth,
                    FirstOf::Late(()) => return,
                }
            }
        "#]],
    );
    check(
        "if let FirstOf::Docked(AllOf { berth, tug }) = FirstOf(docked = AllOf(berth = a, tug = b)).await {}",
        expect![[r#"
            {
                struct AllOf<T0, T1> {
                    berth: T0,
                    tug: T1,
                }
                enum FirstOf<T0> {
                    Docked(T0),
                }
                if let FirstOf::Docked(AllOf { berth, tug }) = {
                    let outcome = asim::__private::first_of(
                            asim::__private::either(
                                asim::__private::branch(
                                    asim::__private::all_of(
                                        asim::__private::both(
                                            asim::__private::branch(a),
                                            asim::__private::both(
                                                asim::__private::branch(b),
                                                asim::__private::End,
                                            ),
                                        ),
                                        |(output0, (output1, ()))| AllOf {
                                            berth: output0,
                                            tug: output1,
                                        },
                                    ),
                                ),
                                FirstOf::Docked,
                                asim::__private::End,
                            ),
                        )
                        .await;
                    outcome
                } {}
            }
        "#]],
    );
}

#[test]
fn an_outcome_that_nobody_sees_may_be_dropped() {
    check(
        "FirstOf(rung = bell.wait(), late = late()).await;",
        expect![[r#"
            {
                enum FirstOf<T0, T1> {
                    Rung(T0),
                    Late(T1),
                }
                asim::__private::first_of(
                    asim::__private::either(
                        asim::__private::branch(bell.wait()),
                        FirstOf::Rung,
                        asim::__private::either(
                            asim::__private::branch(late()),
                            FirstOf::Late,
                            asim::__private::End,
                        ),
                    ),
                )
            }
                .await;
        "#]],
    );
    check(
        "let _ = FirstOf(rung = bell.wait(), late = late()).await;",
        expect![[r#"
            let _ = asim::__private::first_of(
                    asim::__private::either(
                        asim::__private::branch(bell.wait()),
                        __asim_1::FirstOf::Rung,
                        asim::__private::either(
                            asim::__private::branch(late()),
                            __asim_1::FirstOf::Late,
                            asim::__private::End,
                        ),
                    ),
                )
                .await;
            mod __asim_1 {
                pub(super) enum FirstOf<T0, T1> {
                    Rung(T0),
                    Late(T1),
                }
            }
        "#]],
    );
}

#[test]
fn a_generated_type_asks_nothing_of_what_it_holds_and_fires_no_lint() {
    let text = crate::snapshot::statements(&expanded("let both = AllOf(a = x).await;"));
    let declaration: Vec<_> = text.lines().skip(1).take(5).map(str::trim).collect();
    expect![[r#"
        #[derive(::core::fmt::Debug)]
        #[allow(dead_code, clippy::all, clippy::pedantic)]
        struct AllOf<T0> {
        a: T0,
        }"#]]
    .assert_eq(&declaration.join("\n"));
}

#[test]
fn a_join_that_may_fail_is_an_expression_too() {
    check(
        "let TryAllOf { a, .. } = TryAllOf(a = x, b = y).await?; TryAllOf::<Docked>(a = x)",
        expect![[r#"
            let __asim_1::TryAllOf { a, .. } = asim::__private::try_all_of(
                    asim::__private::try_both(
                        asim::__private::fallible(asim::__private::branch(x)),
                        asim::__private::try_both(
                            asim::__private::fallible(asim::__private::branch(y)),
                            asim::__private::try_end(),
                        ),
                    ),
                    |(output0, (output1, ()))| __asim_1::TryAllOf {
                        a: output0,
                        b: output1,
                    },
                )
                .await?;
            mod __asim_1 {
                pub(super) struct TryAllOf<T0, T1> {
                    pub(super) a: T0,
                    pub(super) b: T1,
                }
            }
            asim::__private::try_all_of(
                asim::__private::try_both(
                    asim::__private::fallible(asim::__private::branch(x)),
                    asim::__private::try_end(),
                ),
                |(output0, ())| Docked { a: output0 },
            )
        "#]],
    );
}

#[test]
fn many_branches_are_a_chain_of_lists() {
    check(
        "AllOf::<Many>(a = a, b = b, c = c, d = d, e = e, f = f, g = g, h = h, i = i)",
        expect![[r#"
            asim::__private::all_of(
                asim::__private::chain(
                    asim::__private::both(
                        asim::__private::branch(a),
                        asim::__private::both(
                            asim::__private::branch(b),
                            asim::__private::both(
                                asim::__private::branch(c),
                                asim::__private::both(
                                    asim::__private::branch(d),
                                    asim::__private::both(
                                        asim::__private::branch(e),
                                        asim::__private::both(
                                            asim::__private::branch(f),
                                            asim::__private::both(
                                                asim::__private::branch(g),
                                                asim::__private::both(
                                                    asim::__private::branch(h),
                                                    asim::__private::End,
                                                ),
                                            ),
                                        ),
                                    ),
                                ),
                            ),
                        ),
                    ),
                    asim::__private::both(asim::__private::branch(i), asim::__private::End),
                ),
                |
                    (
                        (
                            output0,
                            (
                                output1,
                                (
                                    output2,
                                    (output3, (output4, (output5, (output6, (output7, ()))))),
                                ),
                            ),
                        ),
                        (output8, ()),
                    )|
                Many {
                    a: output0,
                    b: output1,
                    c: output2,
                    d: output3,
                    e: output4,
                    f: output5,
                    g: output6,
                    h: output7,
                    i: output8,
                },
            )
        "#]],
    );
}
