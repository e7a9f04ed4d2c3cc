//! The place where a type is declared, for each place where a composition can be.

use super::check;
use expect_test::expect;

#[test]
fn a_race_that_is_matched_declares_its_enum_beside_the_match() {
    check(
        "match FirstOf(served = counter.acquire(), gave_up = env.timeout(patience)).await {
            FirstOf::Served(slot) => serve(slot),
            FirstOf::GaveUp(()) => {}
        }",
        expect![[r#"
            {
                enum FirstOf<T0, T1> {
                    Served(T0),
                    GaveUp(T1),
                }
                let outcome = asim::__private::first_of(
                        asim::__private::either(
                            asim::__private::branch(counter.acquire()),
                            FirstOf::Served,
                            asim::__private::either(
                                asim::__private::branch(env.timeout(patience)),
                                FirstOf::GaveUp,
                                asim::__private::End,
                            ),
                        ),
                    )
                    .await;
                match outcome {
                    FirstOf::Served(slot) => serve(slot),
                    FirstOf::GaveUp(()) => {}
                }
            }
        "#]],
    );
}

#[test]
fn what_follows_the_call_stays() {
    check(
        "match env.interruptible(FirstOf(item = queue.get(), end = &closing)).await.map(Box::new) {
            Ok(outcome) => match *outcome { FirstOf::Item(item) => item, FirstOf::End(()) => return },
            Err(interrupt) => return,
        }",
        expect![[r#"
            {
                enum FirstOf<T0, T1> {
                    Item(T0),
                    End(T1),
                }
                let outcome = env
                    .interruptible(
                        asim::__private::first_of(
                            asim::__private::either(
                                asim::__private::branch(queue.get()),
                                FirstOf::Item,
                                asim::__private::either(
                                    asim::__private::branch(&closing),
                                    FirstOf::End,
                                    asim::__private::End,
                                ),
                            ),
                        ),
                    )
                    .await
                    .map(Box::new);
                match outcome {
                    Ok(outcome) => {
                        match *outcome {
                            FirstOf::Item(item) => item,
                            FirstOf::End(()) => return,
                        }
                    }
                    Err(interrupt) => return,
                }
            }
        "#]],
    );
}

#[test]
fn a_join_taken_apart_declares_its_struct_where_the_pattern_sees_it() {
    check(
        "let AllOf { berth, tide: mut level } = AllOf(berth = berths.acquire(), tide = tide()).await;",
        expect![[r#"
            let __asim_1::AllOf { berth, tide: mut level } = asim::__private::all_of(
                    asim::__private::both(
                        asim::__private::branch(berths.acquire()),
                        asim::__private::both(
                            asim::__private::branch(tide()),
                            asim::__private::End,
                        ),
                    ),
                    |(output0, (output1, ()))| __asim_1::AllOf {
                        berth: output0,
                        tide: output1,
                    },
                )
                .await;
            mod __asim_1 {
                pub(super) struct AllOf<T0, T1> {
                    pub(super) berth: T0,
                    pub(super) tide: T1,
                }
            }
        "#]],
    );
}

#[test]
fn if_let_keeps_its_else() {
    check(
        "if let FirstOf::Item(item) = FirstOf(item = queue.get(), late = late()).await {
            eat(item);
        } else if hungry {
            complain();
        } else {
            leave();
        }",
        expect![[r#"
            {
                enum FirstOf<T0, T1> {
                    Item(T0),
                    Late(T1),
                }
                if let FirstOf::Item(item) = {
                    let outcome = asim::__private::first_of(
                            asim::__private::either(
                                asim::__private::branch(queue.get()),
                                FirstOf::Item,
                                asim::__private::either(
                                    asim::__private::branch(late()),
                                    FirstOf::Late,
                                    asim::__private::End,
                                ),
                            ),
                        )
                        .await;
                    outcome
                } {
                    eat(item);
                } else if hungry {
                    complain();
                } else {
                    leave();
                }
            }
        "#]],
    );
}

#[test]
fn a_let_chain_stays_one() {
    check(
        "if open && let FirstOf::Item(item) = FirstOf(item = queue.get(), late = late()).await && item > 3 {
            eat(item);
        }",
        expect![[r#"
            {
                enum FirstOf<T0, T1> {
                    Item(T0),
                    Late(T1),
                }
                if open
                    && let FirstOf::Item(item) = {
                        let outcome = asim::__private::first_of(
                                asim::__private::either(
                                    asim::__private::branch(queue.get()),
                                    FirstOf::Item,
                                    asim::__private::either(
                                        asim::__private::branch(late()),
                                        FirstOf::Late,
                                        asim::__private::End,
                                    ),
                                ),
                            )
                            .await;
                        outcome
                    } && item > 3
                {
                    eat(item);
                }
            }
        "#]],
    );
}

#[test]
fn while_let_asks_again_on_each_round() {
    check(
        "'serving: while let FirstOf::Item(item) = FirstOf(item = queue.get(), end = &end).await {
            if last(item) { break 'serving; }
        }",
        expect![[r#"
            {
                enum FirstOf<T0, T1> {
                    Item(T0),
                    End(T1),
                }
                'serving: while let FirstOf::Item(item) = {
                    let outcome = asim::__private::first_of(
                            asim::__private::either(
                                asim::__private::branch(queue.get()),
                                FirstOf::Item,
                                asim::__private::either(
                                    asim::__private::branch(&end),
                                    FirstOf::End,
                                    asim::__private::End,
                                ),
                            ),
                        )
                        .await;
                    outcome
                } {
                    if last(item) {
                        break 'serving;
                    }
                }
            }
        "#]],
    );
}

#[test]
fn what_a_let_binds_comes_out_of_the_block() {
    check(
        "let (FirstOf::Item((mut a, Pair { left, right: b, .. }), _) | FirstOf::Other { a, left, b })
            = FirstOf(item = queue.get(), other = other()).await else { return };",
        expect![[r#"
            let (__asim_1::FirstOf::Item((mut a, Pair { left, right: b, .. }), _)
            | __asim_1::FirstOf::Other { a, left, b }) = asim::__private::first_of(
                    asim::__private::either(
                        asim::__private::branch(queue.get()),
                        __asim_1::FirstOf::Item,
                        asim::__private::either(
                            asim::__private::branch(other()),
                            __asim_1::FirstOf::Other,
                            asim::__private::End,
                        ),
                    ),
                )
                .await else { return };
            mod __asim_1 {
                pub(super) enum FirstOf<T0, T1> {
                    Item(T0),
                    Other(T1),
                }
            }
        "#]],
    );
    check(
        "let FirstOf::Item(_) = FirstOf(item = queue.get(), late = late()).await else { return };",
        expect![[r#"
            let __asim_1::FirstOf::Item(_) = asim::__private::first_of(
                    asim::__private::either(
                        asim::__private::branch(queue.get()),
                        __asim_1::FirstOf::Item,
                        asim::__private::either(
                            asim::__private::branch(late()),
                            __asim_1::FirstOf::Late,
                            asim::__private::End,
                        ),
                    ),
                )
                .await else { return };
            mod __asim_1 {
                pub(super) enum FirstOf<T0, T1> {
                    Item(T0),
                    Late(T1),
                }
            }
        "#]],
    );
    check(
        "let FirstOf::Item(ref mut item) = FirstOf(item = queue.get()).await;",
        expect![[r#"
            let __asim_1::FirstOf::Item(ref mut item) = asim::__private::first_of(
                    asim::__private::either(
                        asim::__private::branch(queue.get()),
                        __asim_1::FirstOf::Item,
                        asim::__private::End,
                    ),
                )
                .await;
            mod __asim_1 {
                pub(super) enum FirstOf<T0> {
                    Item(T0),
                }
            }
        "#]],
    );
}

#[test]
fn a_let_that_is_all_of_the_macro_needs_no_semicolon() {
    check(
        "let both = AllOf(a = x).await",
        expect![[r#"
            let both = {
                struct AllOf<T0> {
                    a: T0,
                }
                asim::__private::all_of(
                    asim::__private::both(asim::__private::branch(x), asim::__private::End),
                    |(output0, ())| AllOf { a: output0 },
                )
            }
                .await;
        "#]],
    );
}

#[test]
fn matches_is_a_place_too() {
    check(
        "let late = matches!(FirstOf(item = queue.get(), late = late()).await, FirstOf::Late(()));",
        expect![[r#"
            let late = {
                enum FirstOf<T0, T1> {
                    Item(T0),
                    Late(T1),
                }
                matches!(
                    asim::__private::first_of(asim::__private::either(asim::__private::branch(queue
                    .get()), FirstOf::Item,
                    asim::__private::either(asim::__private::branch(late()), FirstOf::Late,
                    asim::__private::End))). await, FirstOf::Late(())
                )
            };
        "#]],
    );
}

#[test]
fn several_races_each_have_their_place() {
    check(
        "loop {
            let item = match FirstOf(item = queue.get(), end = &end).await {
                FirstOf::Item(item) => item,
                FirstOf::End(()) => break,
            };
            if let FirstOf::Late(()) = FirstOf(done = work(item), late = late()).await { break; }
        }",
        expect![[r#"
            loop {
                let item = {
                    enum FirstOf<T0, T1> {
                        Item(T0),
                        End(T1),
                    }
                    let outcome = asim::__private::first_of(
                            asim::__private::either(
                                asim::__private::branch(queue.get()),
                                FirstOf::Item,
                                asim::__private::either(
                                    asim::__private::branch(&end),
                                    FirstOf::End,
                                    asim::__private::End,
                                ),
                            ),
                        )
                        .await;
                    match outcome {
                        FirstOf::Item(item) => item,
                        FirstOf::End(()) => break,
                    }
                };
                {
                    enum FirstOf<T0, T1> {
                        Done(T0),
                        Late(T1),
                    }
                    if let FirstOf::Late(()) = {
                        let outcome = asim::__private::first_of(
                                asim::__private::either(
                                    asim::__private::branch(work(item)),
                                    FirstOf::Done,
                                    asim::__private::either(
                                        asim::__private::branch(late()),
                                        FirstOf::Late,
                                        asim::__private::End,
                                    ),
                                ),
                            )
                            .await;
                        outcome
                    } {
                        break;
                    }
                }
            }
        "#]],
    );
}

#[test]
fn braces_in_a_scrutinee_are_not_its_end() {
    check(
        "match FirstOf(a = async { x.await }, b = if c { d } else { e }).await { FirstOf::A(()) | FirstOf::B(()) => {} }
        match async { FirstOf(a = q.get::<A, B>()).await }.await { FirstOf::A(a) => {} }
        if let FirstOf::A(a) = match x { X => FirstOf(a = b).await } { f(a) }",
        expect![[r#"
            {
                enum FirstOf<T0, T1> {
                    A(T0),
                    B(T1),
                }
                let outcome = asim::__private::first_of(
                        asim::__private::either(
                            asim::__private::branch(async { x.await }),
                            FirstOf::A,
                            asim::__private::either(
                                asim::__private::branch(if c { d } else { e }),
                                FirstOf::B,
                                asim::__private::End,
                            ),
                        ),
                    )
                    .await;
                match outcome {
                    FirstOf::A(()) | FirstOf::B(()) => {}
                }
            }
            {
                enum FirstOf<T0> {
                    A(T0),
                }
                let outcome = async {
                    asim::__private::first_of(
                            asim::__private::either(
                                asim::__private::branch(q.get::<A, B>()),
                                FirstOf::A,
                                asim::__private::End,
                            ),
                        )
                        .await
                }
                    .await;
                match outcome {
                    FirstOf::A(a) => {}
                }
            }
            {
                enum FirstOf<T0> {
                    A(T0),
                }
                if let FirstOf::A(a) = {
                    let outcome = match x {
                        X => {
                            asim::__private::first_of(
                                    asim::__private::either(
                                        asim::__private::branch(b),
                                        FirstOf::A,
                                        asim::__private::End,
                                    ),
                                )
                                .await
                        }
                    };
                    outcome
                } {
                    f(a)
                }
            }
        "#]],
    );
}
