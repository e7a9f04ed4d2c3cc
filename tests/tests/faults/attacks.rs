//! Attacks at one instant on conditions, kept requests, all-or-nothing requests and the end of an instant.

use asim::prelude::*;
use std::cell::{Cell, RefCell};
use std::future::IntoFuture;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

fn caught<T>(act: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(act)).ok()
}

#[test]
fn a_condition_that_was_true_within_a_turn_is_granted() {
    let sim = Simulation::new();
    let light = State::new(&sim, 0);
    let wait = sim.wait_until(&light, |light| light.get() == 1);
    light.set(1);
    light.set(0);
    // Each `set` is a change of its own.
    assert!(wait.triggered());
}

#[test]
fn a_conjunction_is_never_true_between_two_sets() {
    let sim = Simulation::new();
    let (a, b) = (State::new(&sim, true), State::new(&sim, false));
    let wait = sim.wait_until((&a, &b), |(a, b)| a.get() && b.get());
    a.set(false);
    b.set(true);
    assert!(!wait.triggered());
    a.set(true);
    assert!(wait.triggered());
}

#[test]
fn granting_one_condition_makes_the_next_false() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let log = Rc::new(RefCell::new(Vec::new()));
    for id in 0..3 {
        let (env, tank, log) = (sim.env(), tank.clone(), log.clone());
        sim.spawn(async move {
            loop {
                env.wait_until(&tank, |tank| tank.level() >= 2.0).await;
                // True when it was evaluated, perhaps not any more.
                if tank.try_get(2.0).is_ok() {
                    log.borrow_mut().push((id, env.now()));
                    return;
                }
            }
        });
    }
    let (env, filler) = (sim.env(), tank.clone());
    sim.spawn(async move {
        for _ in 0..3 {
            env.timeout(1.0).await;
            filler.try_put(2.0).unwrap();
        }
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), [(0, 1.0), (1, 2.0), (2, 3.0)]);
}

#[test]
fn a_condition_may_outlive_all_other_handles_of_its_thing() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let wait = sim.wait_until(&tank, |tank| tank.level() > 1.0);
    let get = tank.get(1.0);
    drop(tank);
    assert!(!wait.triggered() && !get.triggered());
    drop(wait);
    drop(get);
}

#[test]
fn a_condition_leaves_no_cycle() {
    let held = Rc::new(());
    for kind in 0..5 {
        let sim = Simulation::new();
        let tank = Container::new(&sim, 10.0);
        let queue = Queue::<Rc<()>>::unbounded(&sim);
        let (t, h) = (tank.clone(), held.clone());
        let wait = sim.wait_until((&tank, &queue), move |(tank, _)| {
            let _ = (&h, &t);
            tank.level() > 9.0
        });
        match kind {
            0 => drop(wait),
            1 => {
                sim.spawn(async move { wait.await });
                sim.run().unwrap();
            }
            2 => {
                sim.spawn(async move { wait.await });
            }
            3 => {
                let keeps = sim.run_until(1.0);
                drop(sim);
                drop(keeps);
                drop(wait);
                assert_eq!(Rc::strong_count(&held), 1, "kind {kind}");
                continue;
            }
            _ => {
                tank.try_put(10.0).unwrap();
                assert!(wait.triggered());
                drop(sim);
                drop(wait);
                assert_eq!(Rc::strong_count(&held), 1, "kind {kind}");
                continue;
            }
        }
        drop(sim);
        drop((tank, queue));
        assert_eq!(Rc::strong_count(&held), 1, "kind {kind}");
    }
}

#[test]
fn a_condition_that_drops_the_simulation_leaves_no_cycle() {
    let held = Rc::new(());
    {
        let sim = Rc::new(RefCell::new(Some(Simulation::new())));
        let env = sim.borrow().as_ref().unwrap().env();
        let tank = Container::new(&env, 10.0);
        let (owner, h) = (sim.clone(), held.clone());
        let wait = env.wait_until(&tank, move |_| {
            let _ = &h;
            let gone = owner.borrow_mut().take();
            drop(gone);
            false
        });
        assert!(!wait.triggered());
        drop(wait);
        drop(tank);
    }
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn a_hundred_thousand_conditions_on_one_thing() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 1e9);
    let woken = Rc::new(Cell::new(0));
    for id in 0..100_000 {
        let (env, tank, woken) = (sim.env(), tank.clone(), woken.clone());
        sim.spawn(async move {
            env.wait_until(&tank, move |tank| tank.level() > f64::from(id % 2)).await;
            woken.set(woken.get() + 1);
        });
    }
    sim.run().unwrap();
    tank.try_put(1.0).unwrap();
    sim.run().unwrap();
    assert_eq!(woken.get(), 50_000);
    tank.try_put(1.0).unwrap();
    sim.run().unwrap();
    assert_eq!(woken.get(), 100_000);
}

#[test]
fn a_condition_drops_another_that_is_due() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let later = Rc::new(RefCell::new(None));
    let (other, armed) = (later.clone(), Rc::new(Cell::new(false)));
    let on = armed.clone();
    let first = sim.wait_until(&tank, move |tank| {
        if on.get() {
            let gone: Option<asim::ConditionWait> = other.borrow_mut().take();
            drop(gone);
        }
        tank.level() > 0.0
    });
    let evaluated = Rc::new(Cell::new(0));
    let count = evaluated.clone();
    later.replace(Some(sim.wait_until(&tank, move |tank| {
        count.set(count.get() + 1);
        tank.level() > 0.0
    })));
    armed.set(true);
    tank.try_put(1.0).unwrap();
    assert!(first.triggered());
    assert_eq!(evaluated.get(), 1, "dropped before it was its turn");
}

#[test]
fn two_processes_that_wake_each_other_by_conditions_are_found() {
    let sim = Simulation::new();
    sim.set_instant_limit(1000);
    let ball = State::new(&sim, 0);
    for me in 0..2 {
        let (env, ball) = (sim.env(), ball.clone());
        sim.spawn(async move {
            loop {
                env.wait_until(&ball, move |ball| ball.get() == me).await;
                ball.set(1 - me);
            }
        });
    }
    assert!(matches!(sim.run(), Err(SimError::TimeStandsStill { .. })));
}

#[test]
fn a_panic_in_the_first_condition_delays_the_second_only() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let calls = Cell::new(0);
    let first = sim.wait_until(&tank, move |tank| {
        calls.set(calls.get() + 1);
        assert!(calls.get() != 2, "planted");
        tank.level() > 0.0
    });
    let second = sim.wait_until(&tank, |tank| tank.level() > 0.0);
    assert!(caught(|| tank.try_put(1.0)).is_none());
    assert_eq!(tank.level(), 1.0);
    sim.run().unwrap();
    assert!(second.triggered());
    assert!(!first.triggered());
    tank.try_put(1.0).unwrap();
    assert!(first.triggered());
}

#[test]
fn a_kept_request_whose_things_last_handle_goes_stays_quiet() {
    let sim = Simulation::new();
    let env = sim.env();
    let desk = Resource::new(&sim, 1);
    let slot = desk.try_acquire().unwrap();
    let done = Rc::new(Cell::new(false));
    let seen = done.clone();
    sim.spawn(async move {
        let mut turn = desk.acquire();
        drop(desk);
        let (winner, ()) =
            first_of([(&mut turn).mapped(drop).into_boxed(), env.timeout(1.0).into_boxed()]).await;
        assert_eq!(winner, 1);
        drop(env.uninterruptible(&mut turn).await);
        seen.set(true);
    });
    sim.run_until(2.0).unwrap();
    slot.release();
    sim.run().unwrap();
    assert!(done.get());
}

#[test]
fn kept_requests_in_a_vec_race_again_and_again() {
    let sim = Simulation::new();
    let env = sim.env();
    let desks: Vec<_> = (0..3).map(|_| Resource::new(&sim, 1)).collect();
    let slots: Vec<_> = desks.iter().map(|desk| desk.try_acquire().unwrap()).collect();
    let seen = desks.clone();
    let worker = sim.spawn(async move {
        let mut turns: Vec<_> = seen.iter().map(Resource::acquire).collect();
        let (winner, slot) = first_of(turns.iter_mut()).await;
        assert_eq!((winner, env.now()), (1, 1.0));
        // Those that lost are still in line; the winner is over.
        assert_eq!(seen.iter().map(Resource::waiting).collect::<Vec<_>>(), [1, 0, 1]);
        drop(turns.remove(1));
        let rest = all_of(turns.iter_mut()).await;
        assert_eq!((rest.len(), env.now()), (2, 3.0));
        drop(slot);
    });
    let env = sim.env();
    let mut slots = slots.into_iter();
    let (a, b, c) = (slots.next(), slots.next(), slots.next());
    sim.spawn(async move {
        env.timeout(1.0).await;
        drop(b);
        env.timeout(1.0).await;
        drop(c);
        env.timeout(1.0).await;
        drop(a);
    });
    sim.run_until_event(worker).unwrap().unwrap();
    assert!(desks.iter().all(|desk| desk.count() == 0 && desk.waiting() == 0));
}

#[test]
fn a_kept_request_that_a_failing_join_has_not_taken_is_still_there() {
    let sim = Simulation::new();
    let env = sim.env();
    let desk = Resource::new(&sim, 1);
    let slot = desk.try_acquire().unwrap();
    let worker = sim.spawn(async move {
        let mut turn = desk.acquire();
        let fails = async {
            env.timeout(1.0).await;
            Err::<(), _>("no")
        };
        let all = try_all_of([
            (&mut turn)
                .mapped(|slot| {
                    drop(slot);
                    Ok::<(), &str>(())
                })
                .into_boxed(),
            Box::pin(fails).into_boxed(),
        ])
        .await;
        assert!(all.is_err());
        assert_eq!(desk.waiting(), 1);
        slot.release();
        assert!(turn.triggered());
        turn.await.release();
        assert_eq!(desk.count(), 0);
    });
    sim.run_until_event(worker).unwrap().unwrap();
}

#[test]
fn an_interrupt_at_the_instant_of_a_grant_leaves_the_kept_request_granted() {
    for order in 0..2 {
        let sim = Simulation::new();
        let env = sim.env();
        let queue = Queue::<u32>::unbounded(&sim);
        let q = queue.clone();
        let worker = sim.spawn(async move {
            let mut get = q.get();
            assert!(env.interruptible(&mut get).await.is_err());
            assert!(get.triggered());
            assert_eq!(get.await, 7);
        });
        sim.run_until(1.0).unwrap();
        if order == 0 {
            queue.try_put(7).unwrap();
            worker.interrupt(());
        } else {
            worker.interrupt(());
            queue.try_put(7).unwrap();
        }
        sim.run_until_event(worker).unwrap().unwrap();
        assert_eq!(queue.getters(), 0);
    }
}

#[test]
fn withdraw_and_set_priority_inside_conditions_filters_and_keys() {
    let sim = Simulation::new();
    let store = Store::bounded(&sim, 1);
    store.try_put(1).unwrap();
    let parked = Rc::new(RefCell::new(Some(store.put(2))));
    let got_back = Rc::new(Cell::new(None));
    // Inside a filter of the same store.
    let (p, g) = (parked.clone(), got_back.clone());
    let get = store.get_where(move |&item| {
        if let Some(put) = p.borrow_mut().take() {
            g.set(put.withdraw());
        }
        item == 9
    });
    assert_eq!(got_back.get(), Some(2));
    assert_eq!((store.len(), store.putters(), get.triggered()), (1, 0, false));
    // Inside a condition, after a change of a line that it watches.
    parked.replace(Some(store.put(3)));
    let (p, g) = (parked.clone(), got_back.clone());
    let armed = Rc::new(Cell::new(false));
    let on = armed.clone();
    let wait = sim.wait_until(&store, move |store| {
        if on.get()
            && let Some(put) = p.borrow_mut().take()
        {
            g.set(put.withdraw());
        }
        store.is_empty() && store.putters() == 0
    });
    armed.set(true);
    assert_eq!(store.try_get(), Some(1));
    // The put is accepted first, as all that the change has set off comes first.
    assert_eq!(got_back.get(), None);
    assert!(!wait.triggered());
    assert_eq!(store.try_get(), Some(3));
    assert!(wait.triggered());
    drop(get);
    // A key that moves the request of another.
    let first = Rc::new(RefCell::new(Some(store.get_where(|&item| item > 100))));
    let f = first.clone();
    let best = store.get_min_by_key(move |&item: &i32| {
        if let Some(get) = f.borrow_mut().as_mut() {
            get.set_priority(5);
        }
        item
    });
    store.try_put(4).unwrap();
    assert!(best.triggered());
    assert_eq!(store.getters(), 1);
    drop(first.take());
}

#[test]
fn dining_philosophers_never_stand_still() {
    let sim = Simulation::new();
    let forks: Vec<_> = (0..5).map(|_| Resource::new(&sim, 1)).collect();
    let meals = Rc::new(RefCell::new([0; 5]));
    for seat in 0..5 {
        let (env, meals) = (sim.env(), meals.clone());
        let (left, right) = (forks[seat].clone(), forks[(seat + 1) % 5].clone());
        sim.spawn(async move {
            for _ in 0..100 {
                let both = acquire_together([(&left, 1), (&right, 1)]).await;
                env.timeout(1.0).await;
                meals.borrow_mut()[seat] += 1;
                drop(both);
            }
        });
    }
    sim.run().unwrap();
    assert_eq!(*meals.borrow(), [100; 5]);
    assert!(forks.iter().all(|fork| fork.count() == 0 && fork.waiting() == 0));
}

#[test]
fn together_at_one_instant_with_interrupt_cancel_and_capacity() {
    for order in 0..6 {
        let sim = Simulation::new();
        let (a, b) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
        let (held_a, held_b) = (a.try_acquire().unwrap(), b.try_acquire().unwrap());
        let env = sim.env();
        let (a2, b2) = (a.clone(), b.clone());
        let worker = sim.spawn(async move {
            let got = env.interruptible(acquire_together([(&a2, 1), (&b2, 1)])).await;
            drop(got);
        });
        let behind = b.acquire();
        sim.run_until(1.0).unwrap();
        let (worker_ref, mut held) = (worker.process_ref(), vec![held_a, held_b]);
        match order {
            0 => {
                held.clear();
                worker.interrupt(());
            }
            1 => {
                worker.interrupt(());
                held.clear();
            }
            2 => {
                held.clear();
                worker_ref.cancel();
            }
            3 => {
                a.set_capacity(0);
                held.clear();
                // It stands at `a`, and leaves `b` free for those behind it, as documented.
                assert_eq!((a.count(), b.count(), a.waiting()), (0, 1, 1));
                a.set_capacity(1);
                assert_eq!((a.count(), b.count(), b.waiting()), (0, 1, 1));
                worker_ref.cancel();
            }
            4 => {
                held.clear();
                a.set_capacity(0);
                worker.interrupt(());
                a.set_capacity(1);
            }
            _ => {
                a.set_capacity(0);
                held.clear();
                worker_ref.cancel();
                assert!(behind.triggered());
                a.set_capacity(1);
            }
        }
        drop(worker);
        let _ = sim.run();
        assert_eq!((a.count(), b.count()), (0, 1), "order {order}");
        assert!(behind.triggered(), "order {order}");
        drop(behind);
        assert_eq!((b.count(), a.waiting(), b.waiting()), (0, 0, 0), "order {order}");
    }
}

#[test]
fn settled_comes_after_timeouts_of_its_instant_in_every_way_of_running() {
    for way in 0..4 {
        let sim = Simulation::new();
        let log = Rc::new(RefCell::new(Vec::new()));
        let (env, l) = (sim.env(), log.clone());
        let first = sim.spawn(async move {
            env.timeout(1.0).await;
            let (winner, ()) =
                first_of([env.settled().into_boxed(), env.timeout(0.0).into_boxed()]).await;
            l.borrow_mut().push(format!("race {winner}"));
            env.settled().await;
            l.borrow_mut().push("settled".into());
        });
        let (env, l) = (sim.env(), log.clone());
        sim.spawn(async move {
            env.timeout(1.0).await;
            env.timeout(0.0).await;
            env.timeout(0.0).await;
            l.borrow_mut().push("late".into());
            env.timeout(1.0).await;
            l.borrow_mut().push("next".into());
        });
        match way {
            0 => sim.run().unwrap(),
            1 => while sim.step().unwrap() {},
            2 => {
                sim.run_before(1.0).unwrap();
                assert!(log.borrow().is_empty());
                assert_eq!(sim.now(), 1.0);
                sim.run_before(1.0).unwrap();
                assert!(log.borrow().is_empty());
                sim.run_until_event(first).unwrap().unwrap();
                assert_eq!(log.borrow().len(), 3);
                sim.run().unwrap();
            }
            _ => {
                sim.run_until_event(sim.settled()).unwrap();
                assert_eq!(sim.now(), 0.0);
                sim.run_until(1.0).unwrap();
                assert_eq!(log.borrow().len(), 3);
                sim.run().unwrap();
            }
        }
        assert_eq!(*log.borrow(), ["race 1", "late", "settled", "next"], "way {way}");
    }
}

#[test]
fn run_before_with_a_settled_that_waits_does_nothing_at_its_end() {
    let sim = Simulation::new();
    let fired = Rc::new(Cell::new(false));
    let (env, f) = (sim.env(), fired.clone());
    sim.spawn(async move {
        env.timeout(2.0).await;
        f.set(true);
    });
    sim.run_before(2.0).unwrap();
    let settled = sim.settled();
    sim.run_before(2.0).unwrap();
    assert!(!fired.get() && !settled.triggered());
    assert_eq!(sim.peek(), Some(2.0));
    sim.run_until(2.0).unwrap();
    assert!(fired.get() && settled.triggered());
}

#[test]
fn peek_knows_of_a_settled_that_waits() {
    let sim = Simulation::new();
    let _late = sim.timeout(5.0);
    let settled = sim.settled();
    assert_eq!(sim.peek(), Some(0.0));
    assert!(sim.step().unwrap());
    assert!(settled.triggered());
    assert_eq!(sim.now(), 0.0);
}

#[test]
fn everything_new_is_quiet_after_the_end() {
    let sim = Simulation::new();
    let env = sim.env();
    let tank = Container::new(&sim, 2.0).in_order();
    let desk = Resource::new(&sim, 1);
    let queue = Queue::<u8>::bounded(&sim, 1);
    let (barrier, gate) = (Barrier::new(&sim), Gate::new_closed(&sim));
    let (out, input) = channel::<u8>(&sim, 1);
    let mut waiting = desk.acquire_many(1);
    let put = queue.put(1);
    let mut more = queue.put(2);
    let wait = env.wait_until(&tank, |tank| tank.level() > 1.0);
    let settled = env.settled();
    drop(sim);
    tank.try_put(2.0).ok();
    tank.set_capacity(1.0);
    desk.set_capacity(3);
    queue.set_capacity(5);
    assert!(!wait.triggered());
    assert!(!settled.triggered());
    more.set_priority(3);
    waiting.set_priority(3);
    drop(put);
    assert_eq!(more.withdraw(), Some(2), "it was not accepted");
    drop(acquire_together([(&desk, 1)]));
    drop(barrier.wait());
    assert!(!barrier.release_one());
    gate.let_one_pass();
    drop(input.ready());
    input.peek(|_| ());
    drop(out.try_send(1));
    drop(env.wait_until(&tank, |_| true));
    drop(env.wait_until(&tank, |_| unreachable!("not evaluated")));
    drop(env.settled());
    drop(env.pausable_timeout(1.0));
    queue.for_each(|_| ());
    drop((wait, settled, waiting));
}

#[test]
fn requests_of_another_simulation_are_refused_by_reference_too() {
    let (here, there) = (Simulation::new(), Simulation::new());
    let desk = Resource::new(&there, 1);
    let desk2 = Resource::new(&here, 1);
    let tank = Container::new(&there, 1.0);
    assert!(caught(|| drop(here.wait_until(&tank, |_| true))).is_none());
    assert!(caught(|| drop(acquire_together([(&desk, 1), (&desk2, 1)]))).is_none());
    assert_eq!((desk.count(), desk2.count()), (0, 0));
    assert_eq!((desk.waiting(), desk2.waiting()), (0, 0));
    let mut turn = desk.acquire();
    let mut settled = there.settled();
    assert!(caught(|| drop(here.run_until_event(&mut turn))).is_none());
    assert!(caught(|| drop(here.run_until_event(&mut settled))).is_none());
    assert!(
        caught(|| drop(first_of([
            (&mut turn).mapped(drop).into_boxed(),
            here.timeout(1.0).into_boxed()
        ])))
        .is_none()
    );
    assert!(turn.triggered());
    assert_eq!((desk.count(), desk.waiting()), (1, 0));
    drop(turn);
    assert_eq!(desk.count(), 0);
}

#[test]
fn a_loop_of_settled_is_found_by_the_limit_of_an_instant() {
    for kind in 0..3 {
        let sim = Simulation::new();
        sim.set_instant_limit(1000);
        let env = sim.env();
        let tank = Container::new(&sim, 1.0);
        sim.spawn(async move {
            loop {
                match kind {
                    0 => env.settled().await,
                    1 => {
                        first_of([env.settled().into_boxed(), env.timeout(1.0).into_boxed()]).await;
                    }
                    _ => {
                        let mut settled = env.settled();
                        (&mut settled).await;
                        tank.try_put(1.0).unwrap();
                        tank.try_get(1.0).unwrap();
                    }
                }
            }
        });
        assert!(matches!(sim.run(), Err(SimError::TimeStandsStill { .. })), "kind {kind}");
    }
}

#[test]
fn two_kept_requests_granted_in_one_step_give_one_and_keep_one() {
    let sim = Simulation::new();
    let (a, b) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
    let (env, a1, b1) = (sim.env(), a.clone(), b.clone());
    let holder = sim.spawn(async move {
        let _both = (a1.acquire().await, b1.acquire().await);
        env.timeout(f64::INFINITY).await;
    });
    let (env, a2, b2) = (sim.env(), a.clone(), b.clone());
    let worker = sim.spawn(async move {
        env.timeout(1.0).await;
        let (mut one, mut other) = (a2.acquire(), b2.acquire());
        let (winner, slot) = first_of([&mut one, &mut other]).await;
        let rest = if winner == 0 { &mut other } else { &mut one };
        assert!(rest.triggered());
        assert_eq!((a2.count(), b2.count()), (1, 1));
        drop(slot);
        drop(one);
        drop(other);
        assert_eq!((a2.count(), b2.count()), (0, 0));
    });
    sim.run_until(2.0).unwrap();
    holder.cancel();
    sim.run_until_event(worker).unwrap().unwrap();
}

#[test]
fn a_kept_branch_of_a_join_that_loses_stays_granted() {
    let sim = Simulation::new();
    let (env, queue) = (sim.env(), Queue::unbounded(&sim));
    let q = queue.clone();
    let worker = sim.spawn(async move {
        let (mut one, mut other) = (q.get(), q.get());
        let both = all_of([&mut one, &mut other]).mapped(|_| 0).into_boxed();
        let (winner, _) = first_of([both, env.timeout(1.0).mapped(|()| 1).into_boxed()]).await;
        assert_eq!(winner, 1);
        assert!(one.triggered() && !other.triggered());
        assert_eq!((q.len(), q.getters()), (0, 1));
        assert_eq!(first_of([&mut other, &mut one]).await, (1, 7));
        drop(other);
        assert_eq!(q.getters(), 0);
    });
    queue.try_put(7).unwrap();
    sim.run_until_event(worker).unwrap().unwrap();
}

#[test]
fn kept_timeouts_and_joins_happen_while_nobody_waits() {
    let sim = Simulation::new();
    let env = sim.env();
    let worker = sim.spawn(async move {
        let mut alarm = env.timeout(2.0);
        let inner = env.clone();
        let mut fails = env.spawn(async move {
            inner.timeout(2.0).await;
            Err::<(), _>("broken")
        });
        let lost = first_of([
            (&mut alarm).mapped(drop).into_boxed(),
            (&mut fails).mapped(drop).into_boxed(),
            env.timeout(1.0).into_boxed(),
        ])
        .await;
        assert_eq!(lost.0, 2);
        env.timeout(4.0).await;
        assert!(alarm.triggered());
        let waited = first_of([env.timeout(0.0).into_boxed(), (&mut alarm).into_boxed()]).await;
        assert_eq!((waited.0, env.now()), (1, 5.0));
        assert!(matches!((&mut fails).await, Err(Stopped::Failed("broken"))));
    });
    sim.run_until_event(worker).unwrap().unwrap();
    sim.run().unwrap();
}

#[test]
fn a_request_polled_in_one_process_tells_the_other_that_got_it() {
    let sim = Simulation::new();
    let (tank, gate) = (Container::new(&sim, 5.0), Gate::new_closed(&sim));
    let log = Rc::new(RefCell::new(Vec::new()));
    let hand = Rc::new(RefCell::new(None));
    let (env, h, t, g) = (sim.env(), hand.clone(), tank.clone(), gate.clone());
    sim.spawn(async move {
        let mut kept = (t.get(1.0), g.wait(), env.wait_until(&t, |tank| tank.level() >= 1.0));
        assert!(futures::poll!((&mut kept.0).into_future()).is_pending());
        assert!(futures::poll!((&mut kept.1).into_future()).is_pending());
        assert!(futures::poll!((&mut kept.2).into_future()).is_pending());
        h.replace(Some(kept));
        env.timeout(10.0).await;
        assert_eq!(env.now(), 10.0);
    });
    let (env, l) = (sim.env(), log.clone());
    sim.spawn(async move {
        env.timeout(1.0).await;
        let (mut get, mut pass, mut level) = hand.borrow_mut().take().unwrap();
        (&mut pass).await;
        l.borrow_mut().push(("passed", env.now()));
        (&mut get).await;
        l.borrow_mut().push(("got", env.now()));
        (&mut level).await;
        l.borrow_mut().push(("level", env.now()));
    });
    let env = sim.env();
    sim.spawn(async move {
        env.timeout(2.0).await;
        assert!(gate.let_one_pass());
        env.timeout(1.0).await;
        tank.try_put(1.0).unwrap();
        assert_eq!(tank.level(), 0.0, "the get takes it before the condition sees it");
        env.timeout(1.0).await;
        tank.try_put(1.0).unwrap();
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), [("passed", 2.0), ("got", 3.0), ("level", 4.0)]);
}

#[test]
fn one_that_is_released_and_interrupted_in_one_instant_passes_it_on() {
    for first in [true, false] {
        let sim = Simulation::new();
        let call = Barrier::new(&sim);
        let (env, c) = (sim.env(), call.clone());
        let worker = sim.spawn(async move {
            assert!(env.interruptible(c.wait()).await.is_err());
        });
        sim.run_until(1.0).unwrap();
        let behind = call.wait();
        if first {
            worker.interrupt(());
            assert!(call.release_one());
        } else {
            assert!(call.release_one());
            worker.interrupt(());
        }
        assert!(!behind.triggered());
        sim.run_until_event(worker).unwrap().unwrap();
        assert!(behind.triggered());
        assert!(!call.release_one());
    }
}

#[test]
fn a_panic_in_every_closure_leaves_nothing_behind() {
    let sim = Simulation::new();
    let held = Rc::new(());
    let store = Store::bounded(&sim, 2);
    let pool = Pool::new(&sim, [1]);
    drop(store.put(1));
    let boom = |held: &Rc<()>| {
        let held = held.clone();
        move |_: &i32| -> bool { panic!("planted {}", Rc::strong_count(&held)) }
    };
    let key = |held: &Rc<()>| {
        let held = held.clone();
        move |_: &i32| -> i32 { panic!("planted {}", Rc::strong_count(&held)) }
    };
    assert!(caught(|| drop(store.get_where(boom(&held)))).is_none());
    assert!(caught(|| drop(store.get_min_by_key(key(&held)))).is_none());
    assert!(caught(|| store.try_get_min_by_key(key(&held))).is_none());
    assert!(caught(|| drop(pool.acquire_where(boom(&held)))).is_none());
    assert!(caught(|| drop(pool.acquire_min_by_key(key(&held)))).is_none());
    assert!(caught(|| store.for_each(|_| panic!("planted"))).is_none());
    assert!(caught(|| pool.for_each(|_| panic!("planted"))).is_none());
    let (out, input) = channel::<i32>(&sim, 1);
    out.try_send(5).unwrap();
    assert!(caught(|| input.peek(|_| panic!("planted"))).is_none());
    let mut h = Some(held.clone());
    let tank = Container::new(&sim, 1.0);
    let panics = caught(|| {
        drop(
            sim.wait_until((&tank, &store), move |_| -> bool { panic!("planted {:?}", h.take()) }),
        );
    });
    assert!(panics.is_none());
    assert_eq!(input.try_recv().unwrap(), Some(5));
    assert_eq!((store.len(), store.getters(), pool.waiting(), pool.count()), (1, 0, 0, 0));
    assert_eq!(store.try_get(), Some(1));
    assert!(pool.try_acquire().is_some());
    tank.try_put(1.0).unwrap();
    assert_eq!(Rc::strong_count(&held), 1);
    sim.run().unwrap();
}

#[test]
fn a_condition_watches_one_thing_twice_and_none_at_all() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 5.0);
    let twice = sim.wait_until((&tank, &tank), |(a, b)| a.level() + b.level() >= 4.0);
    let none: [Container; 0] = [];
    let never = sim.wait_until(&none, |_| false);
    tank.try_put(2.0).unwrap();
    assert!(twice.triggered() && !never.triggered());
    drop(twice);
    drop(never);
}

#[test]
fn changes_of_priority_at_one_instant_in_drops_and_conditions() {
    struct Moves(Rc<RefCell<Option<asim::Acquire>>>, i32);
    impl Drop for Moves {
        fn drop(&mut self) {
            if let Some(turn) = self.0.borrow_mut().as_mut() {
                turn.set_priority(self.1);
            }
        }
    }
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1);
    let slot = desk.try_acquire().unwrap();
    let first = Rc::new(RefCell::new(Some(desk.acquire())));
    let second = desk.acquire();
    let store = Store::unbounded(&sim);
    drop(store.put(Moves(first.clone(), 1)));
    let wait = sim.wait_until((&desk, &store), {
        let first = first.clone();
        move |(desk, store)| {
            if store.is_empty()
                && let Ok(mut first) = first.try_borrow_mut()
                && let Some(turn) = first.as_mut()
            {
                turn.set_priority(-1);
            }
            desk.count() == 0
        }
    });
    assert!(!wait.triggered());
    // The store changes and is seen empty: the condition moves the first forward. Then the drop of the
    // item moves it back.
    drop(store.try_get());
    slot.release();
    assert!(second.triggered());
    assert!(!first.borrow().as_ref().unwrap().triggered());
    drop(second);
    assert!(first.borrow().as_ref().unwrap().triggered());
    drop(first.take());
    assert!(wait.triggered());
}
