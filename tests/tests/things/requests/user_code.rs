//! User code that runs while the output of a request is handed over: the function of `mapped`, and the
//! `Clone` of a value that several wait for. It may panic or call back.

use std::cell::{Cell, RefCell};
use std::future::{IntoFuture, pending};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use asim::BoxedWaitable;
use asim::prelude::*;
use futures::FutureExt;

use super::*;

/// Whether a future panics when it is awaited.
async fn panics<F: Future>(future: F) -> bool {
    AssertUnwindSafe(future).catch_unwind().await.is_err()
}

/// Something to wait for that panics when its output is handed over, in several ways. `ask` makes the
/// request whose output panics, `other` one that is never granted.
fn ways<'a>(
    ask: &dyn Fn() -> BoxedWaitable<'a, u32>,
    other: &dyn Fn() -> BoxedWaitable<'a, u32>,
) -> Vec<BoxedWaitable<'a, u32>> {
    let never = || pending().into_boxed();
    let race = |branches: Vec<BoxedWaitable<'a, u32>>| first_of(branches).mapped(|(_, n)| n);
    let join = |branches: Vec<BoxedWaitable<'a, u32>>| all_of(branches).mapped(|all| all[0]);
    vec![
        ask(),
        ask().mapped(|number| number).into_boxed(),
        race(vec![ask(), other()]).into_boxed(),
        race(vec![other(), ask()]).into_boxed(),
        race(vec![never(), other(), ask()]).into_boxed(),
        join(vec![ask()]).into_boxed(),
        join(vec![race(vec![other(), ask()]).into_boxed(), async { 1 }.into_boxed()]).into_boxed(),
        race(vec![other(), join(vec![async { 1 }.into_boxed(), ask()]).into_boxed()]).into_boxed(),
    ]
}

fn is_mapped_by_what_panics<K: Kind>() {
    let count = ways(&|| pending().into_boxed(), &|| pending().into_boxed()).len();
    for way in 0..count {
        let sim = Simulation::new();
        let (thing, others) = (Rc::new(K::thing(&sim)), Rc::new(K::thing(&sim)));
        let (env, asked, lost) = (sim.env(), Rc::clone(&thing), Rc::clone(&others));
        let done = Rc::new(Cell::new(false));
        let tells = Rc::clone(&done);
        sim.spawn(async move {
            let ask = || K::ask(&asked).mapped(|_| panic!("no idea what it is")).into_boxed();
            let other = || K::ask(&lost).mapped(|_| 0).into_boxed();
            let mut wait = ways(&ask, &other).swap_remove(way).into_future();
            assert!(panics(&mut wait).await, "{} {way}", K::NAME);
            assert_eq!(K::waiting(&lost).unwrap_or(0), 0, "{} {way}", K::NAME);
            for _ in 0..2 {
                assert!(panics(&mut wait).await, "{} {way}", K::NAME);
            }
            drop(wait);
            env.timeout(1.0).await;
            tells.set(true);
        });
        sim.run().unwrap();
        let waits = usize::from(![0, 1, 5].contains(&way));
        assert_eq!(K::waiting(&others).unwrap_or(waits), waits);
        K::grant(&thing, 1);
        sim.run().unwrap();
        assert!(done.get(), "{} {way}", K::NAME);
        // What was handed over was dropped with the panic: a slot, a unit or an amount is not stuck.
        assert_eq!(K::waiting(&thing).unwrap_or(0), 0);
        assert_eq!(K::waiting(&others).unwrap_or(0), 0);
        let is_for_all = K::FATE == Fate::IsForAll && K::KEEPS;
        let mut next = K::ask(&thing).into_future();
        let again = [
            "Resource::acquire",
            "PreemptiveResource::acquire",
            "Pool::acquire",
            "acquire_together",
        ];
        assert_eq!(
            poll(&mut next).is_ready(),
            is_for_all || again.contains(&K::NAME),
            "{}",
            K::NAME
        );
        assert!(sim.blocked().is_empty());
    }
}

#[test]
fn a_mapped_request_whose_function_panics_is_over_and_nothing_is_stuck() {
    of_every_kind!(is_mapped_by_what_panics);
}

type Act = Rc<RefCell<Option<Box<dyn FnOnce()>>>>;

/// A value that does something the next time it is cloned.
struct Value(u32, Act);

impl Clone for Value {
    fn clone(&self) -> Self {
        let act = self.1.borrow_mut().take();
        if let Some(act) = act {
            act();
        }
        Value(self.0, Rc::clone(&self.1))
    }
}

/// Runs each way to wait for a value whose next clone acts, with the queue that has the losers.
fn hands_over(
    kind: &str,
    act: impl Fn(&Environment, &Queue<u32>) -> Box<dyn FnOnce()>,
    check: impl Fn(bool, &Queue<u32>),
) {
    let count = ways(&|| pending().into_boxed(), &|| pending().into_boxed()).len();
    for way in 0..count {
        let sim = Simulation::new();
        let (event, queue) = (sim.event::<Value>(), Queue::unbounded(&sim));
        let next_clone = Act::default();
        let state = State::new(&sim, Value(0, Rc::clone(&next_clone)));
        let (kept, waits) = (event.clone(), state.clone());
        let (losers, is_event) = (queue.clone(), kind == "event");
        let outcome = Rc::new(Cell::new(None));
        let tells = Rc::clone(&outcome);
        sim.spawn(async move {
            let ask = || {
                if is_event {
                    (&kept).mapped(|value| value.0).into_boxed()
                } else {
                    waits.wait_until(|value| value.0 > 0).mapped(|value| value.0).into_boxed()
                }
            };
            let other = || losers.get().into_boxed();
            let mut wait = ways(&ask, &other).swap_remove(way).into_future();
            let panicked = panics(&mut wait).await;
            assert!(panics(&mut wait).await, "it is over, {way}");
            tells.set(Some(panicked));
        });
        // Another waiter gets its value all the same.
        let (second, got) = (Rc::new(Cell::new(0)), (event.clone(), state.clone()));
        let seen = Rc::clone(&second);
        sim.spawn(async move {
            let value =
                if is_event { got.0.await } else { got.1.wait_until(|value| value.0 > 0).await };
            seen.set(value.0);
        });
        sim.run().unwrap();
        *next_clone.borrow_mut() = Some(act(&sim, &queue));
        if is_event {
            event.succeed(Value(5, Rc::clone(&next_clone)));
        } else {
            state.set(Value(5, Rc::clone(&next_clone)));
        }
        sim.run().unwrap();
        check(outcome.get().expect("it goes on"), &queue);
        assert_eq!((second.get(), queue.getters()), (5, 0), "{kind} {way}");
        assert!(sim.blocked().is_empty(), "{kind} {way}");
    }
}

#[test]
fn a_value_whose_clone_panics_is_not_had_and_the_others_have_it() {
    for kind in ["event", "state"] {
        hands_over(kind, |_, _| Box::new(|| panic!("no copy")), |panicked, _| assert!(panicked));
    }
}

#[test]
fn a_value_whose_clone_calls_back_is_had() {
    for kind in ["event", "state"] {
        let calls_back = |env: &Environment, queue: &Queue<u32>| {
            let (env, queue) = (env.clone(), queue.clone());
            Box::new(move || {
                queue.try_put(1).unwrap();
                drop(first_of([queue.get(), queue.get()]));
                env.spawn(async {}).cancel();
                let event = env.event::<()>();
                let mut wait = all_of([&event, &event]).into_boxed().into_future();
                event.succeed(());
                assert!(poll(&mut wait).is_ready());
            }) as Box<dyn FnOnce()>
        };
        hands_over(kind, calls_back, |panicked, queue| {
            assert!(!panicked);
            assert_eq!(queue.len(), 1, "no loser has taken it");
        });
    }
}
