//! `asim!` and `#[process]` in each form that they allow, compiled and run.

use asim::prelude::*;
use std::cell::{Cell, RefCell};
use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;

/// What a process of this body returns.
fn run<T: 'static>(body: impl AsyncFnOnce(Environment) -> T + 'static) -> T {
    let sim = Simulation::new();
    let env = sim.clone();
    let process = sim.spawn(async move { Ok::<T, String>(body(env).await) });
    let outcome = sim.run_until_event(process);
    outcome.expect("the body ends").expect("nothing interrupts it")
}

#[test]
fn a_race_is_matched() {
    let (first, at) = run(async |env| {
        let first = asim!(match FirstOf(late = env.timeout(2.0), soon = env.timeout(1.0)).await {
            FirstOf::Late(()) => "late",
            FirstOf::Soon(()) if env.now() > 1.0 => "too late",
            FirstOf::Soon(()) => "soon",
        });
        (first, env.now())
    });
    assert_eq!((first, at), ("soon", 1.0));
}

#[test]
fn a_race_inside_a_call_is_matched_through_what_the_call_returns() {
    let item = run(async |env| {
        asim!(match env.interruptible(FirstOf(item = ready(3), end = env.timeout(1.0))).await {
            Ok(FirstOf::Item(item)) => item,
            Ok(FirstOf::End(())) | Err(_) => 0,
        })
    });
    assert_eq!(item, 3);
}

#[test]
fn a_join_is_a_struct() {
    let sum = run(async |env| {
        let both = asim!(AllOf(a = ready(1), r#type = ready(2), rest = env.timeout(1.0))).await;
        let () = both.rest;
        let AllOf(x, y) = AllOf(both.a, both.r#type);
        x + y
    });
    assert_eq!(sum, 3);
}

/// A user type with the name of a macro word: without keys, the macro leaves it alone.
struct AllOf(u8, u8);

#[test]
fn tuple_structs_of_these_names_stay_the_users() {
    asim! {
        let AllOf(a, b) = AllOf(1, 2);
        let sum = match AllOf(a, b) { AllOf(x, y) => x + y };
    }
    assert_eq!(sum, 3);
}

#[test]
fn what_a_let_binds_comes_out() {
    let sum = run(async |env| {
        asim!(let FirstOf::A(mut a) = FirstOf(a = ready(5), b = env.timeout(1.0)).await else { return 0 });
        asim! {
            let AllOf { one, mut two } = AllOf(one = ready(1), two = ready(2)).await;
            let (FirstOf::X(ref x) | FirstOf::Y(ref x)) = FirstOf(x = ready(7), y = ready(8)).await;
            let FirstOf::A(_) = FirstOf(a = ready(5), b = env.timeout(1.0)).await else { return 0 };
            let _ = FirstOf(a = ready(5), b = env.timeout(1.0)).await;
            FirstOf(a = ready(5), b = env.timeout(1.0)).await;
        }
        asim!(let both = AllOf(three = ready(3)).await);
        a += 1;
        two += 1;
        a + one + two + x + both.three
    });
    assert_eq!(sum, 6 + 1 + 3 + 7 + 3);
}

#[test]
fn conditions_may_be_chained_and_have_an_else() {
    let word = run(async |env| {
        asim! {
            if env.now() == 0.0 && let FirstOf::A(a) = FirstOf(a = ready(3), b = env.timeout(1.0)).await && a > 3 {
                "large"
            } else if let FirstOf::Word(word) = FirstOf(word = ready("word")).await {
                word
            } else {
                "none"
            }
        }
    });
    assert_eq!(word, "word");
}

#[test]
fn while_let_asks_again_on_each_round() {
    let seen = run(async |env| {
        let next = Cell::new(0);
        let mut seen = Vec::new();
        asim! {
            'ticking: while let FirstOf::Tick(tick) = FirstOf(tick = ready(next.get()), end = env.timeout(9.0)).await {
                next.set(tick + 1);
                seen.push(tick);
                if tick == 3 {
                    break 'ticking;
                }
            }
        }
        seen
    });
    assert_eq!(seen, [0, 1, 2, 3]);
}

#[test]
fn matches_takes_a_race() {
    let late = run(async |env| {
        asim!(!matches!(FirstOf(item = ready(1), late = env.timeout(1.0)).await, FirstOf::Item(1)))
    });
    assert!(!late);
}

#[test]
fn compositions_nest() {
    let (sum, word) = run(async |env| {
        asim! {
            let sum = match FirstOf(docked = AllOf(berth = ready(1), tug = ready(2)), late = env.timeout(1.0)).await {
                FirstOf::Docked(AllOf { berth, tug }) => berth + tug,
                FirstOf::Late(()) => 0,
            };
            let word = match FirstOf(
                visit = FirstOf::<Visit<u8>>(served = ready(3), reneged = env.timeout(1.0)),
                block = async { match FirstOf(c = env.timeout(5.0)).await { FirstOf::C(()) => "block" } },
            )
            .await
            {
                FirstOf::Visit(Visit::Served(_)) => "served",
                FirstOf::Visit(Visit::Reneged(())) => "reneged",
                FirstOf::Block(word) => word,
            };
        }
        (sum, word)
    });
    assert_eq!((sum, word), (3, "served"));
}

#[derive(Debug, PartialEq)]
enum Visit<T> {
    Served(T),
    Reneged(()),
}

struct Docked {
    berth: u8,
    tug: u16,
}

#[test]
fn results_of_ones_own_types_escape() {
    let visit = run(async |env| {
        asim!(FirstOf::<Visit<u8>>(reneged = env.timeout(1.0), served = ready(3))).await
    });
    assert_eq!(visit, Visit::Served(3));
    let docked = run(async |_| asim!(AllOf::<Docked>(berth = ready(3), tug = ready(4))).await);
    assert_eq!((docked.berth, docked.tug), (3, 4));
}

/// A temporary that counts when it is dropped.
struct Guard(Rc<RefCell<u8>>);

impl Guard {
    fn count(&self) -> Ready<u8> {
        ready(*self.0.borrow())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        *self.0.borrow_mut() += 1;
    }
}

#[test]
fn temporaries_of_the_awaited_expression_end_before_the_arms() {
    let dropped = Rc::new(RefCell::new(0));
    let guard = {
        let dropped = dropped.clone();
        move || Guard(dropped.clone())
    };
    run(async move |env| {
        asim! {
            match FirstOf(a = guard().count(), b = env.timeout(1.0)).await {
                FirstOf::A(n) => assert_eq!((n, *dropped.borrow()), (0, 1)),
                FirstOf::B(()) => unreachable!(),
            }
            if let FirstOf::A(n) = FirstOf(a = guard().count(), b = env.timeout(1.0)).await {
                assert_eq!((n, *dropped.borrow()), (1, 2));
            }
            while let FirstOf::A(n) = FirstOf(a = guard().count(), b = env.timeout(1.0)).await && n < 3 {
                assert_eq!((n, *dropped.borrow()), (2, 3));
            }
            assert_eq!(*dropped.borrow(), 4);
        }
    });
}

#[test]
fn there_may_be_thirty_two_branches() {
    let first = run(async |env| {
        let t = |delay: u8| {
            let timeout = env.timeout(delay.into());
            async move {
                timeout.await;
                delay
            }
        };
        asim! {
            let all = AllOf(
                a1 = t(1), a2 = t(2), a3 = t(3), a4 = t(4), a5 = t(5), a6 = t(6), a7 = t(7), a8 = t(8),
                b1 = t(1), b2 = t(2), b3 = t(3), b4 = t(4), b5 = t(5), b6 = t(6), b7 = t(7), b8 = t(8),
                c1 = t(1), c2 = t(2), c3 = t(3), c4 = t(4), c5 = t(5), c6 = t(6), c7 = t(7), c8 = t(8),
                d1 = t(1), d2 = t(2), d3 = t(3), d4 = t(4), d5 = t(5), d6 = t(6), d7 = t(7), d8 = t(8),
            ).await;
            assert_eq!((all.a1, all.d8, env.now()), (1, 8, 8.0));
            match FirstOf(
                a1 = t(9), a2 = t(2), a3 = t(3), a4 = t(4), a5 = t(5), a6 = t(6), a7 = t(7), a8 = t(8),
                b1 = t(9), b2 = t(2), b3 = t(3), b4 = t(4), b5 = t(5), b6 = t(6), b7 = t(7), b8 = t(8),
                c1 = t(9), c2 = t(2), c3 = t(3), c4 = t(4), c5 = t(5), c6 = t(6), c7 = t(7), c8 = t(8),
                d1 = t(9), d2 = t(2), d3 = t(3), d4 = t(4), d5 = t(5), d6 = t(6), d7 = t(7), d8 = t(1),
            ).await {
                FirstOf::D8(delay) => delay,
                _ => 0,
            }
        }
    });
    assert_eq!(first, 1);
}

/// Waits a little longer than the given delay.
#[process]
async fn patient(env: Environment, mut minutes: f64) {
    minutes += 1.0;
    env.timeout(minutes).await;
}

#[process(name = Doctor, init = prepare)]
async fn treat(env: &Environment, minutes: f64) -> Result<f64, String> {
    // The function of a process can be awaited in another process like any async function.
    patient(env.clone(), minutes).await;
    Ok(env.now())
}

fn prepare(doctor: &mut Doctor, env: &Environment) {
    doctor.minutes += env.now();
}

#[test]
fn a_process_is_its_function_with_the_arguments_kept() {
    let sim = Simulation::starting_at(10.0);
    let doctor = sim.process(Doctor::new(5.0));
    assert_eq!(doctor.name().to_string(), "Doctor");
    assert_eq!(sim.run_until_event(doctor).expect("nothing fails"), Ok(26.0));
}

/// Clippy warns about the function itself (allowed here), and about nothing in the generated code.
#[process(name = Census)]
#[allow(
    non_snake_case,
    clippy::fn_params_excessive_bools,
    clippy::many_single_char_names,
    clippy::too_many_arguments,
    clippy::type_complexity
)]
async fn count(
    env: Environment,
    N: u32,
    a: u32,
    b: u32,
    c: bool,
    d: bool,
    e: bool,
    f: bool,
    g: Vec<Box<dyn Fn(u8, u8) -> Result<Vec<u8>, (u8, u16)>>>,
) -> Result<u32, String> {
    env.timeout(1.0).await;
    let bools = [c, d, e, f].map(u32::from);
    Ok(N + a + b + bools.iter().sum::<u32>() + u32::from(g.is_empty()))
}

#[test]
fn a_process_may_have_many_parameters() {
    let sim = Simulation::new();
    let census = sim.process(Census::new(1, 2, 3, true, true, false, false, Vec::new()));
    assert_eq!(sim.run_until_event(census).expect("nothing fails"), Ok(9));
}

trait Makes<A, B> {
    type Made;

    fn make(value: A) -> Ready<A>;
}

struct Maker<T>(T);

impl<A, B> Makes<A, B> for Maker<B> {
    type Made = (A, B);

    fn make(value: A) -> Ready<A> {
        ready(value)
    }
}

type Boxed<T, U> = Pin<Box<dyn Future<Output = (T, U)>>>;

#[test]
fn commas_inside_types_end_no_branch() {
    run(async |env| {
        asim! {
            let all = AllOf(
                qualified = <Maker<u16> as Makes<u8, u16>>::make(3),
                twice = ready(<<Maker<u16> as Makes<u8, u16>>::Made as Into<(u8, u16)>>::into((1, 2))),
                cast = Box::pin(ready((1_u8, 2_u16))) as Boxed<u8, u16>,
                timeout = env.timeout(1.0),
            ).await;
            let AllOf { boxed, }: AllOf<Vec<Box<dyn Iterator<Item = u8>>>> = AllOf(
                boxed = ready(vec![Box::new([1_u8].into_iter()) as Box<dyn Iterator<Item = u8>>]),
            ).await;
        }
        assert_eq!((all.qualified, all.twice, all.cast), (3, (1, 2), (1, 2)));
        assert_eq!(boxed.len(), 1);
        let () = all.timeout;
    });
}

const THREE: u8 = 3;

/// Another macro that expands to a pattern.
macro_rules! pair {
    ($left:ident, $right:pat) => {
        ($left, $right)
    };
}

/// Another macro that expands to a statement. Several of them stand in one block.
macro_rules! first {
    ($name:ident = $waitable:expr) => {
        asim!(let FirstOf::Made($name) = FirstOf(made = $waitable).await);
    };
}

#[derive(Debug, PartialEq)]
enum Weather<T> {
    Calm,
    Windy(T),
}
use Weather::{Calm, Windy};

#[test]
#[expect(non_snake_case, reason = "that is what is tested")]
fn a_let_binds_whatever_its_pattern_binds() {
    let sum = run(async |env| {
        asim! {
            // Variables that look like constants, constants, and both in one pattern.
            let FirstOf::A(Slot) = FirstOf(a = ready(5_u8), b = env.timeout(1.0)).await else { return 0 };
            let FirstOf::A((THREE, N @ 1..=3)) = FirstOf(a = ready((3, 2)), b = env.timeout(1.0)).await else {
                return 0;
            };
            let FirstOf::A((THREE, Option::<u8>::None, None, Calm)) =
                FirstOf(a = ready((3, None, None::<u8>, Calm::<u16>)), b = env.timeout(1.0)).await
            else {
                return 0;
            };
            let FirstOf::A((X, Windy(Y))) = FirstOf(a = ready((1_u8, Windy(2_u8)))).await
            else {
                return 0;
            };
        }
        Slot + N + X + Y
    });
    assert_eq!(sum, 5 + 2 + 3);
}

#[test]
fn a_let_binds_what_a_macro_in_its_pattern_binds() {
    let sum = run(async |env| {
        asim! {
            let FirstOf::A(pair!(left, pair!(right, _))) = FirstOf(a = ready((5_u8, (2, 1)))).await;
            let pair!(x, FirstOf::B(())) = (3, FirstOf(b = env.timeout(1.0)).await);
            let pair!(_both, FirstOf::A(y)) = (1, FirstOf(a = ready(4)).await);
        }
        left + right + x + y
    });
    assert_eq!(sum, 5 + 2 + 3 + 4);
}

#[test]
fn a_let_may_refer_to_what_it_waited_for() {
    let texts = run(async |env| {
        asim! {
            let FirstOf::A(ref a) = FirstOf(a = ready(String::from("a"))).await;
            let FirstOf::A(ref mut b) = FirstOf(a = ready(String::from("b")), c = env.timeout(1.0)).await else {
                return Vec::new();
            };
            let AllOf { ref c, mut d } = AllOf(c = ready(String::from("c")), d = ready(String::from("d"))).await;
            let FirstOf::E(e) = &FirstOf(e = ready(String::from("e"))).await;
            let FirstOf::F(f) = &mut FirstOf(f = ready(String::from("f"))).await;
        }
        b.push('!');
        d.push('!');
        f.push('!');
        vec![a.clone(), b.clone(), c.clone(), d, e.clone(), f.clone()]
    });
    assert_eq!(texts, ["a", "b!", "c", "d!", "e", "f!"]);
}

#[test]
fn a_let_keeps_its_attributes() {
    let x = run(async |env| {
        asim! {
            #[expect(unused_variables, reason = "the attribute is the let's")]
            let FirstOf::A(a) = FirstOf(a = ready(1), b = env.timeout(1.0)).await else { return 0 };
            #[cfg(not(test))]
            let FirstOf::A(x) = FirstOf(a = ready(2), b = env.timeout(1.0)).await else { return 0 };
            #[cfg(test)]
            let FirstOf::A(x) = FirstOf(a = ready(3), b = env.timeout(1.0)).await else { return 0 };
        }
        x
    });
    assert_eq!(x, 3);
}

#[test]
fn lets_of_one_block_do_not_collide() {
    async fn sum<T: Into<u32>>(x: T, y: T) -> u32 {
        first!(a = ready(x));
        first!(b = ready(y));
        for i in 0..2 {
            asim!(let FirstOf::Made(_x) = FirstOf(made = ready(i)).await);
        }
        a.into() + b.into()
    }
    assert_eq!(run(async |_| sum(3_u8, 4).await), 7);
}

#[test]
fn what_a_let_does_not_bind_is_dropped_by_it() {
    let dropped = Rc::new(RefCell::new(0));
    let guard = {
        let dropped = dropped.clone();
        move || Guard(dropped.clone())
    };
    run(async move |env| {
        asim! {
            let FirstOf::A((_kept, _)) = FirstOf(a = ready((guard(), guard())), b = env.timeout(1.0)).await else {
                unreachable!("a is ready");
            };
            assert_eq!(*dropped.borrow(), 1);
            let FirstOf::B(()) = FirstOf(a = ready(guard()), b = env.timeout(1.0)).await else {
                assert_eq!(*dropped.borrow(), 2);
                return;
            };
        }
    });
}

#[test]
fn whichever_of_many_branches_wins_the_others_are_cancelled() {
    for winner in 0..17 {
        let sim = Simulation::new();
        let queues: Vec<_> = (0..17).map(|_| Queue::<usize>::unbounded(&sim)).collect();
        let (env, q) = (sim.env(), queues.clone());
        let race = sim.spawn(async move {
            let in_time = env.timeout(2.0);
            let item = asim!(match FirstOf(
                a0 = q[0].get(),
                a1 = q[1].get(),
                a2 = q[2].get(),
                a3 = q[3].get(),
                a4 = q[4].get(),
                a5 = q[5].get(),
                a6 = q[6].get(),
                a7 = q[7].get(),
                a8 = q[8].get(),
                a9 = q[9].get(),
                b0 = q[10].get(),
                b1 = q[11].get(),
                b2 = q[12].get(),
                b3 = q[13].get(),
                b4 = q[14].get(),
                b5 = q[15].get(),
                b6 = q[16].get(),
                late = in_time,
            )
            .await
            {
                FirstOf::A0(n)
                | FirstOf::A1(n)
                | FirstOf::A2(n)
                | FirstOf::A3(n)
                | FirstOf::A4(n)
                | FirstOf::A5(n)
                | FirstOf::A6(n)
                | FirstOf::A7(n)
                | FirstOf::A8(n)
                | FirstOf::A9(n)
                | FirstOf::B0(n)
                | FirstOf::B1(n)
                | FirstOf::B2(n)
                | FirstOf::B3(n)
                | FirstOf::B4(n)
                | FirstOf::B5(n)
                | FirstOf::B6(n) => n,
                FirstOf::Late(()) => unreachable!("there is an item"),
            });
            Ok::<_, String>(item)
        });
        let (env, q) = (sim.env(), queues.clone());
        sim.spawn(async move {
            env.timeout(1.0).await;
            q[winner].put(winner).await;
            for queue in &q {
                queue.put(100).await;
            }
        });
        assert_eq!(sim.run_until_event(race).expect("the race ends"), Ok(winner));
        assert!(queues.iter().all(|queue| queue.len() == 1));
        assert_eq!(sim.now(), 1.0);
    }
}
