//! A process keeps its first timer with itself: timers that outlive their process, that change hands,
//! and that are awaited in several ways.

use std::cell::{Cell, RefCell};
use std::future::IntoFuture;
use std::pin::pin;
use std::rc::Rc;

use asim::prelude::*;
use futures::StreamExt;
use futures::stream::FuturesUnordered;

type Log = Rc<RefCell<Vec<(f64, &'static str)>>>;

fn note(log: &Log, env: &Environment, what: &'static str) {
    log.borrow_mut().push((env.now(), what));
}

#[process]
async fn maker(env: Environment, to: Queue<Timeout>, delay: f64) {
    to.put(env.timeout(delay)).await;
}

#[test]
fn a_timer_outlives_the_process_that_made_it() {
    for wait_first in [0.0, 2.0, 3.0, 5.0] {
        let sim = Simulation::new();
        let (queue, log) = (Queue::unbounded(&sim), Log::default());
        sim.process(Maker::new(queue.clone(), 3.0));
        let (env, noted) = (sim.clone(), log.clone());
        sim.spawn(async move {
            let timer = queue.get().await;
            env.timeout(wait_first).await;
            timer.await;
            note(&noted, &env, "fired");
        });
        // Other processes take the entry of the maker, with timers of their own.
        for _ in 0..3 {
            sim.process_in(1.0, Busy::new(log.clone()));
        }
        sim.run().unwrap();
        let fired: f64 = f64::max(3.0, wait_first);
        let mut expected = vec![(1.5, "busy"); 3];
        expected.push((fired, "fired"));
        assert_eq!(*log.borrow(), expected, "having waited {wait_first} first");
        assert_eq!(sim.now(), fired);
    }
}

#[process]
async fn busy(env: Environment, log: Log) {
    env.timeout(0.5).await;
    note(&log, &env, "busy");
}

#[test]
fn a_timer_whose_process_has_ended_is_cancelled_like_any_other() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    sim.process(Maker::new(queue.clone(), 1000.0));
    let env = sim.clone();
    sim.spawn(async move {
        let timer = queue.get().await;
        env.timeout(1.0).await;
        drop(timer);
        env.timeout(1.0).await;
    });
    sim.run().unwrap();
    assert_eq!(sim.now(), 2.0);
    assert_eq!(sim.peek(), None);
}

#[test]
fn the_place_of_a_process_is_used_again_once_its_timer_is_over() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let ended = Rc::new(Cell::new(0));
    for round in 0..100 {
        for _ in 0..10 {
            sim.process(Maker::new(queue.clone(), f64::from(round % 7)));
        }
        sim.run_until(f64::from(round)).unwrap();
        // Some timers are dropped early, some are kept until they have fired.
        while queue.len() > 5 {
            drop(queue.try_get());
            ended.set(ended.get() + 1);
        }
    }
    sim.run().unwrap();
    assert_eq!(ended.get() + queue.len(), 1000);
}

#[test]
fn a_fired_timer_of_an_ended_process_is_satisfied_for_a_race() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    sim.process(Maker::new(queue.clone(), 1.0));
    let env = sim.clone();
    let race = sim.spawn(async move {
        let timer = queue.get().await;
        env.timeout(2.0).await;
        let (winner, ()) = first_of([env.timeout(0.0), timer]).await;
        Ok::<_, String>((winner, env.now()))
    });
    assert_eq!(sim.run_until_event(race).unwrap(), Ok((1, 2.0)));
}

#[test]
fn a_timer_that_was_polled_by_its_process_can_go_to_a_foreign_combinator_at_the_same_instant() {
    let sim = Simulation::new();
    let log = Log::default();
    let (env, noted) = (sim.clone(), log.clone());
    sim.spawn(async move {
        let mut first = Box::pin(env.timeout(2.0).into_future());
        assert!(futures::poll!(first.as_mut()).is_pending());
        let mut all = FuturesUnordered::new();
        all.push(first);
        all.push(Box::pin(env.timeout(1.0).into_future()));
        while let Some(()) = all.next().await {
            note(&noted, &env, "one");
        }
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), [(1.0, "one"), (2.0, "one")]);
}

#[test]
fn a_timer_that_was_polled_and_dropped_wakes_nobody_when_the_next_one_fires() {
    let sim = Simulation::new();
    let (env, resumed) = (sim.clone(), Rc::new(Cell::new(0)));
    let queue = Queue::<()>::unbounded(&sim);
    let count = resumed.clone();
    sim.spawn(async move {
        {
            let mut given_up = pin!(env.timeout(2.0).into_future());
            assert!(futures::poll!(given_up.as_mut()).is_pending());
        }
        // Made by the process, but not awaited.
        let idle = env.timeout(1.0);
        let mut get = pin!(queue.get().into_future());
        std::future::poll_fn(|context| {
            count.set(count.get() + 1);
            get.as_mut().poll(context)
        })
        .await;
        drop(idle);
    });
    sim.run().unwrap();
    assert_eq!(resumed.get(), 1);
    assert_eq!(sim.blocked()[0].waiting_for, "Queue::get");
}

#[test]
fn many_timers_of_one_process_fire_in_the_order_of_their_calls() {
    let sim = Simulation::new();
    let log = Rc::new(RefCell::new(Vec::new()));
    let (env, noted) = (sim.clone(), log.clone());
    sim.spawn(async move {
        let timers: Vec<_> = (0..10).map(|_| env.timeout(1.0)).collect();
        // The last timers are handed over first.
        for (number, timer) in timers.into_iter().enumerate().rev() {
            let noted = noted.clone();
            env.spawn(async move {
                timer.await;
                noted.borrow_mut().push(number);
            });
        }
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), (0..10).collect::<Vec<_>>());
}

#[test]
fn the_name_of_a_process_is_not_that_of_the_one_before_it() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    for round in 0..4 {
        let own = sim.process(Maker::new(queue.clone(), 0.0).named(format!("maker {round}")));
        assert_eq!(own.name(), format!("maker {round}"));
        sim.run().unwrap();
        drop(own);
        let plain = sim.process(Maker::new(queue.clone(), 0.0));
        assert_eq!(plain.name(), "Maker");
        sim.run().unwrap();
        drop(plain);
        let env = sim.clone();
        let asked = sim.spawn(async move {
            let name = env.active_process().unwrap().name().to_owned();
            Ok::<_, String>(name)
        });
        assert_ne!(sim.run_until_event(asked).unwrap().unwrap(), format!("maker {round}"));
    }
}
