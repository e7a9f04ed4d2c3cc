//! The table of the guide's page `simpy_runs`: with this number of zero timeouts, a process goes on
//! when SimPy's does. `tests/python/what_the_guide_says.py` asks SimPy the same.

use std::cell::RefCell;
use std::rc::Rc;

use asim::prelude::*;

type Log = Rc<RefCell<Vec<&'static str>>>;

/// Returns how many turns of other processes come between the act at time 1 and the process that it
/// lets go on.
fn turns<A: Future<Output = ()> + 'static, W: Future<Output = ()> + 'static>(
    zero_timeouts: usize,
    model: impl FnOnce(&Simulation) -> (A, W),
) -> usize {
    let (sim, log) = (Simulation::new(), Log::default());
    let (act, wait) = model(&sim);
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move {
        env.timeout(1.0).await;
        notes.borrow_mut().push("act");
        act.await;
    });
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move {
        env.timeout(1.0).await;
        for _ in 0..4 {
            notes.borrow_mut().push("turn");
            env.timeout(0.0).await;
        }
    });
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move {
        wait.await;
        for _ in 0..zero_timeouts {
            env.timeout(0.0).await;
        }
        notes.borrow_mut().push("on");
    });
    sim.run().unwrap();
    let log = log.take();
    let place = |what| log.iter().position(|noted| *noted == what).unwrap();
    place("on") - place("act") - 1
}

#[test]
fn what_had_to_wait_goes_on_when_simpys_does() {
    assert_eq!(
        turns(2, |sim| {
            let desk = Resource::new(sim, 1);
            let slot = desk.try_acquire().unwrap();
            (async move { slot.release() }, async move { desk.acquire().await.release() })
        }),
        2
    );
    assert_eq!(
        turns(2, |sim| {
            let queue = Queue::unbounded(sim);
            let getter = queue.clone();
            (async move { queue.put(1).await }, async move {
                let _item: i32 = getter.get().await;
            })
        }),
        2
    );
    assert_eq!(
        turns(2, |sim| {
            let queue = Queue::bounded(sim, 1);
            queue.try_put(1).unwrap();
            let putter = queue.clone();
            (
                async move {
                    let _item: i32 = queue.get().await;
                },
                async move { putter.put(2).await },
            )
        }),
        2
    );
    assert_eq!(
        turns(2, |sim| {
            let tank = Container::new(sim, 10.0).with_level(5.0);
            let getter = tank.clone();
            (async move { tank.put(5.0).await }, async move { getter.get(9.0).await })
        }),
        2
    );
    assert_eq!(
        turns(1, |sim| {
            let event = sim.event();
            let waiter = event.clone();
            (async move { event.succeed(()) }, async move { waiter.await })
        }),
        1
    );
    assert_eq!(
        turns(2, |sim| {
            let (env, event) = (Environment::clone(sim), sim.event());
            let waiter = event.clone();
            let race = async move {
                asim!(match FirstOf(event = waiter, late = env.timeout(9.0)).await {
                    FirstOf::Event(()) | FirstOf::Late(()) => {}
                });
            };
            (async move { event.succeed(()) }, race)
        }),
        2
    );
}

#[test]
fn without_them_it_goes_on_before_all_others() {
    assert_eq!(
        turns(0, |sim| {
            let queue = Queue::unbounded(sim);
            let getter = queue.clone();
            (async move { queue.put(1).await }, async move {
                let _item: i32 = getter.get().await;
            })
        }),
        0
    );
}
