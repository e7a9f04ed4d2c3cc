//! `Pool` by the rules of its semantics.

use asim::prelude::*;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::counting;

type Log = Rc<RefCell<Vec<String>>>;

/// Borrows a unit for a while, and notes which.
fn borrower(
    sim: &Simulation,
    pool: &Pool<u32>,
    log: &Log,
    name: &'static str,
    time: f64,
) -> ProcessHandle {
    let (env, pool, log) = (Environment::clone(sim), pool.clone(), log.clone());
    sim.spawn(async move {
        let unit = pool.acquire().await;
        log.borrow_mut().push(format!("{} {name} has {}", env.now(), *unit));
        env.timeout(time).await;
    })
}

/// Returns the free units, in the order in which they would be lent.
fn free(pool: &Pool<u32>) -> Vec<u32> {
    let loans: Vec<_> = std::iter::from_fn(|| pool.try_acquire()).collect();
    loans.iter().map(|unit| **unit).collect()
}

#[test]
fn the_unit_that_has_been_free_the_longest_goes_first() {
    let (sim, log) = (Simulation::new(), Log::default());
    let pool = Pool::new(&sim, [1, 2, 3]);
    for (name, time) in [("a", 5.0), ("b", 2.0), ("c", 4.0)] {
        borrower(&sim, &pool, &log, name, time);
    }
    sim.run_until(4.5).unwrap();
    borrower(&sim, &pool, &log, "d", 9.0);
    sim.run_until(6.0).unwrap();
    assert_eq!(*log.borrow(), ["0 a has 1", "0 b has 2", "0 c has 3", "4.5 d has 2"]);
    assert_eq!(free(&pool), [3, 1]);
}

#[test]
fn rule_02_whoever_waits_is_served_in_order_unless_its_filter_refuses() {
    let sim = Simulation::new();
    let pool = Pool::new(&sim, []);
    let even = pool.acquire_where(|unit| unit % 2 == 0);
    let any = pool.acquire();
    pool.add(1);
    pool.add(3);
    pool.add(4);
    assert_eq!(pool.count(), 2);
    let loans = sim.run_until_event(all_of([even, any])).unwrap();
    assert_eq!([*loans[0], *loans[1]], [4, 1]);
}

#[test]
fn a_unit_keeps_what_is_done_to_it() {
    let sim = Simulation::new();
    let pool = Pool::new(&sim, [0_u32]);
    let (env, shared) = (Environment::clone(&sim), pool.clone());
    sim.spawn(async move {
        for _ in 0..3 {
            *shared.acquire().await += 1;
            env.timeout(1.0).await;
        }
    });
    sim.run().unwrap();
    assert_eq!(free(&pool), [3]);
}

#[test]
fn rule_05_what_was_promised_goes_back_to_its_place_and_what_was_lent_to_the_end() {
    let sim = Simulation::new();
    let pool = Pool::new(&sim, [1, 2, 3]);
    let promised = pool.acquire();
    let (env, shared) = (Environment::clone(&sim), pool.clone());
    let interrupted = sim.spawn(async move {
        assert!(env.interruptible(shared.acquire()).await.is_ok());
        let caught = env.interruptible(async {
            let _unit = shared.acquire().await;
            env.timeout(9.0).await;
        });
        assert!(caught.await.is_err());
    });
    sim.run_until(1.0).unwrap(); // it has given 2 back, and borrowed 3
    assert_eq!(free(&pool), [2]);
    drop(promised);
    assert_eq!(free(&pool), [1, 2]);
    interrupted.interrupt(());
    sim.run().unwrap();
    // `free` has borrowed 1 and 2, and given them back before 3 came.
    assert_eq!(free(&pool), [1, 2, 3]);
}

#[test]
fn rule_05_a_grant_that_its_process_has_not_resumed_from_goes_back_when_it_is_interrupted() {
    let (sim, log) = (Simulation::new(), Log::default());
    let pool = Pool::new(&sim, [7]);
    let held = pool.try_acquire().unwrap();
    let (env, shared) = (Environment::clone(&sim), pool.clone());
    let first = sim.spawn(async move {
        assert!(env.interruptible(shared.acquire()).await.is_err());
    });
    borrower(&sim, &pool, &log, "next", 1.0);
    sim.run().unwrap();
    drop(held);
    first.interrupt("at the instant of the grant");
    assert_eq!(pool.count(), 1, "promised until delivery");
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["0 next has 7"]);
    assert_eq!(pool.count(), 0);
}

#[test]
fn rule_05_a_unit_given_back_and_a_race_lost_at_one_time_in_either_order() {
    for back_first in [true, false] {
        let (sim, log) = (Simulation::new(), Log::default());
        let pool = Pool::new(&sim, [7]);
        let held = pool.try_acquire().unwrap();
        let (shared, stop, notes) = (pool.clone(), sim.event::<()>(), log.clone());
        let stopped = stop.clone();
        sim.spawn(async move {
            let won = asim!(match FirstOf(unit = shared.acquire(), stop = stopped).await {
                FirstOf::Unit(unit) => format!("unit {}", *unit),
                FirstOf::Stop(()) => "stop".to_string(),
            });
            notes.borrow_mut().push(won);
        });
        borrower(&sim, &pool, &log, "next", 1.0);
        sim.run().unwrap();
        if back_first {
            drop(held);
            stop.succeed(());
        } else {
            stop.succeed(());
            drop(held);
        }
        sim.run().unwrap();
        let expected =
            if back_first { ["unit 7", "0 next has 7"] } else { ["stop", "0 next has 7"] };
        assert_eq!(*log.borrow(), expected);
        assert_eq!(pool.count(), 0);
    }
}

#[test]
fn rule_05_a_process_that_is_ended_gives_all_back_before_anybody_is_served() {
    let sim = Simulation::new();
    let pool = Pool::new(&sim, [1, 2]);
    let shared = pool.clone();
    let holder = sim.spawn(async move {
        let _first = shared.acquire().await;
        let _second = shared.acquire().await;
        let _third = shared.acquire().await; // its own request is not to get its own unit
        unreachable!();
    });
    sim.run().unwrap();
    let two = pool.acquire_where(|unit| *unit == 2);
    let any = pool.acquire();
    holder.cancel();
    let loans = sim.run_until_event(all_of([two, any])).unwrap();
    assert_eq!([*loans[0], *loans[1]], [2, 1]);
}

#[test]
fn units_come_and_go_while_it_runs() {
    let sim = Simulation::new();
    let pool = Pool::new(&sim, [1, 2]);
    let loan = pool.try_acquire().unwrap();
    assert_eq!((pool.count(), pool.capacity()), (1, 2));
    assert_eq!(Loan::remove(loan), 1);
    assert_eq!((pool.count(), pool.capacity()), (0, 1));
    let gone = pool.acquire();
    let waits = pool.acquire();
    pool.add(3);
    assert_eq!((pool.count(), pool.capacity()), (2, 2));
    let removed = sim.run_until_event(gone).map(Loan::remove).unwrap();
    assert_eq!((removed, pool.capacity()), (2, 1));
    assert_eq!(*sim.run_until_event(waits).unwrap(), 3);
    assert_eq!((pool.count(), pool.capacity()), (0, 1));
}

#[test]
fn rule_08_a_loan_may_outlive_the_simulation() {
    struct Unit(Option<Pool<Unit>>, Rc<Cell<u32>>);
    impl Drop for Unit {
        fn drop(&mut self) {
            self.1.set(self.1.get() + 1);
            if let Some(pool) = self.0.take() {
                drop(pool.acquire());
                assert!(pool.capacity() > 0);
                pool.add(Unit(None, self.1.clone()));
            }
        }
    }
    let dropped = Rc::new(Cell::new(0));
    let sim = Simulation::new();
    let pool = Pool::new(&sim, [1, 2].map(|_| Unit(None, dropped.clone())));
    let mut loan = pool.try_acquire().unwrap();
    loan.0 = Some(pool.clone());
    let (shared, env) = (pool.clone(), Environment::clone(&sim));
    sim.spawn(async move {
        let _unit = shared.acquire().await;
        env.timeout(1.0).await;
    });
    let waits = pool.acquire();
    sim.run_until(0.5).unwrap();
    drop(sim);
    assert_eq!(dropped.get(), 0, "the free one stays in the pool, the other two are held");
    drop((loan, waits, pool));
    assert_eq!(dropped.get(), 3);
}

#[test]
fn rule_12_filters_run_with_no_borrow_held_and_may_panic() {
    let sim = Simulation::new();
    let pool = Pool::new(&sim, [1, 2]);
    let (shared, kept) = (pool.clone(), Rc::new(RefCell::new(Vec::new())));
    let loans = kept.clone();
    let picky = pool.acquire_where(move |unit| {
        assert!(*unit != 9, "no nines");
        loans.borrow_mut().extend(shared.try_acquire()); // not while it is being asked
        if *unit < 10 {
            shared.add(*unit + 10);
        }
        drop(shared.acquire_where(|_| false));
        *unit == 2
    });
    assert!(kept.borrow().is_empty());
    assert_eq!(*sim.run_until_event(picky).unwrap(), 2);
    let panics = pool.acquire_where(|unit| {
        assert!(*unit != 9, "no nines");
        false
    });
    let nine = pool.acquire_where(|unit| *unit == 9);
    assert!(catch_unwind(AssertUnwindSafe(|| pool.add(9))).is_err());
    drop(panics);
    drop(pool.acquire_where(|_| false)); // the next call goes on with those behind it
    assert_eq!(*sim.run_until_event(nine).unwrap(), 9);
    assert_eq!(pool.count(), 0);
}

#[test]
fn blocked_names_the_call() {
    let sim = Simulation::new();
    let pool = Pool::<u32>::new(&sim, []);
    sim.spawn(async move { drop(pool.acquire().await) });
    sim.run().unwrap();
    assert_eq!(sim.blocked()[0].waiting_for, "Pool::acquire");
}

#[test]
fn memory_follows_the_units() {
    let sim = Simulation::new();
    let pool = Pool::new(&sim, 0..4_u32);
    let log = Log::default();
    let round = |_| {
        for name in ["a", "b", "c", "d", "e"] {
            borrower(&sim, &pool, &log, name, 1.0);
        }
        sim.run().unwrap();
        log.take();
        pool.add(Loan::remove(pool.try_acquire().unwrap()));
    };
    (0..100).for_each(round);
    let before = counting::in_use();
    (0..5_000).for_each(round);
    assert_eq!((counting::in_use(), pool.capacity()), (before, 4));
}
