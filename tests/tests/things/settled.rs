//! The end of an instant: what waits for it goes on after everything else that happens at that time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use asim::prelude::*;
use futures::{FutureExt, StreamExt, future, stream::FuturesUnordered};

type Log = Rc<RefCell<Vec<(f64, String)>>>;

fn note(log: &Log, env: &Environment, what: &str) {
    log.borrow_mut().push((env.now(), what.to_owned()));
}

#[track_caller]
fn is(log: &Log, expected: &[(f64, &str)]) {
    let found = log.take();
    let found: Vec<(f64, &str)> = found.iter().map(|(time, what)| (*time, &**what)).collect();
    assert_eq!(found, expected);
}

/// Starts a process that notes when a waitable has been triggered.
fn noting<W>(sim: &Simulation, log: &Log, waitable: W, what: &'static str) -> ProcessHandle<()>
where
    W: Waitable + 'static,
    W::Request: 'static,
{
    let (env, log) = (sim.env(), Rc::clone(log));
    let request = waitable.into_boxed();
    sim.spawn(async move {
        drop(request.await);
        note(&log, &env, what);
    })
}

#[test]
fn it_comes_after_what_is_ready_and_what_is_due_and_zero_delays() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (env, noted) = (sim.env(), Rc::clone(&log));
    sim.spawn(async move {
        env.timeout(1.0).await;
        env.settled().await;
        note(&noted, &env, "settled");
    });
    for what in ["due", "due too"] {
        let (env, noted) = (sim.env(), Rc::clone(&log));
        sim.spawn(async move {
            env.timeout(1.0).await;
            note(&noted, &env, what);
            env.timeout(0.0).await;
            env.timeout(0.0).await;
            note(&noted, &env, "zero");
            env.timeout_until(1.0).await;
            note(&noted, &env, "until now");
        });
    }
    noting(&sim, &log, sim.timeout(1.5), "later");
    sim.run().unwrap();
    is(
        &log,
        &[
            (1.0, "due"),
            (1.0, "due too"),
            (1.0, "zero"),
            (1.0, "zero"),
            (1.0, "until now"),
            (1.0, "until now"),
            (1.0, "settled"),
            (1.5, "later"),
        ],
    );
}

#[test]
fn several_go_on_in_the_order_of_the_calls_each_when_the_one_before_is_done() {
    let (sim, log) = (Simulation::new(), Log::default());
    for what in ["one", "two"] {
        let (env, noted) = (sim.env(), Rc::clone(&log));
        let settled = sim.settled();
        sim.spawn(async move {
            settled.await;
            note(&noted, &env, what);
            // The other one comes after all of this.
            env.timeout(0.0).await;
            let (event, heard) = (env.event(), env.clone());
            let (waits, told) = (event.clone(), Rc::clone(&noted));
            env.spawn(async move {
                waits.await;
                heard.timeout(0.0).await;
                note(&told, &heard, "what it set off");
            });
            event.succeed(());
            if what == "one" {
                env.settled().await;
                note(&noted, &env, "one again");
            }
        });
    }
    noting(&sim, &log, sim.settled(), "three");
    sim.run().unwrap();
    is(
        &log,
        &[
            (0.0, "one"),
            (0.0, "what it set off"),
            (0.0, "two"),
            (0.0, "what it set off"),
            (0.0, "three"),
            (0.0, "one again"),
        ],
    );
}

#[test]
fn the_call_takes_the_place_not_the_await() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (env, noted) = (sim.env(), Rc::clone(&log));
    sim.spawn(async move {
        let early = env.settled();
        env.settled().await;
        assert!(early.triggered(), "it came first, although nobody awaits it");
        note(&noted, &env, "second");
        env.timeout(1.0).await;
        early.await;
        note(&noted, &env, "first, awaited later");
    });
    sim.run().unwrap();
    is(&log, &[(0.0, "second"), (1.0, "first, awaited later")]);
}

#[test]
fn one_that_is_dropped_leaves_no_trace() {
    let sim = Simulation::new();
    let (one, two, three) = (sim.settled(), sim.settled(), sim.settled());
    assert_eq!(sim.peek(), Some(0.0));
    drop(two);
    drop(one);
    assert_eq!(sim.peek(), Some(0.0));
    drop(three);
    assert_eq!(sim.peek(), None);
    assert!(!sim.step().unwrap());
    // Dropped by a process, while the loop stops for it.
    let (env, log) = (sim.env(), Log::default());
    noting(&sim, &log, sim.timeout(2.0), "later");
    sim.spawn(async move {
        env.timeout(1.0).await;
        drop(env.settled());
        env.timeout(5.0).await;
    });
    sim.run().unwrap();
    is(&log, &[(2.0, "later")]);
    assert_eq!(sim.now(), 6.0);
}

#[test]
fn runs_end_after_it() {
    let (sim, log) = (Simulation::new(), Log::default());
    let at = |time: f64| {
        let (env, log) = (sim.env(), Rc::clone(&log));
        sim.spawn(async move {
            env.timeout_until(time).await;
            env.settled().await;
            note(&log, &env, "settled");
        });
    };
    at(1.0);
    at(2.0);
    at(3.0);
    sim.run_before(2.0).unwrap();
    is(&log, &[(1.0, "settled")]);
    // What waits for the end of an instant between two runs goes on in the next, at its start.
    noting(&sim, &log, sim.settled(), "between");
    assert_eq!(sim.peek(), Some(2.0));
    sim.run_until(2.0).unwrap();
    is(&log, &[(2.0, "between"), (2.0, "settled")]);
    noting(&sim, &log, sim.settled(), "again");
    sim.run_until(2.5).unwrap();
    is(&log, &[(2.0, "again")]);
    assert_eq!(sim.now(), 2.5);
    sim.run_until_event(sim.timeout(0.5)).unwrap();
    is(&log, &[]);
    sim.run_until_event(sim.settled()).unwrap();
    assert_eq!(sim.now(), 3.0);
    is(&log, &[(3.0, "settled")]);
    let blocked = noting(&sim, &log, sim.event::<()>(), "never");
    let env = sim.env();
    let producer = sim.spawn(async move { env.timeout(1.0).await });
    let (env, noted) = (sim.env(), Rc::clone(&log));
    sim.spawn(async move {
        env.timeout(1.0).await;
        env.settled().await;
        note(&noted, &env, "settled");
    });
    sim.run_all([producer]).unwrap();
    is(&log, &[(4.0, "settled")]);
    assert!(blocked.done());
}

#[test]
fn a_step_does_one_of_them() {
    let (sim, log) = (Simulation::new(), Log::default());
    noting(&sim, &log, sim.settled(), "one");
    noting(&sim, &log, sim.settled(), "two");
    let _nobody = sim.settled();
    noting(&sim, &log, sim.timeout(1.0), "later");
    for _ in 0..3 {
        assert!(sim.step().unwrap(), "the processes start");
    }
    is(&log, &[]);
    for expected in ["one", "two"] {
        assert_eq!(sim.peek(), Some(0.0));
        assert!(sim.step().unwrap());
        is(&log, &[(0.0, expected)]);
    }
    assert_eq!(sim.peek(), Some(0.0));
    assert!(sim.step().unwrap(), "nobody awaits the third one");
    assert_eq!(sim.peek(), Some(1.0));
    assert!(sim.step().unwrap());
    is(&log, &[(1.0, "later")]);
    assert!(!sim.step().unwrap());
}

#[test]
fn it_loses_and_wins_races() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (env, noted) = (sim.env(), Rc::clone(&log));
    sim.spawn(async move {
        for delay in [0.0, 1.0] {
            asim!(match FirstOf(end = env.settled(), late = env.timeout(delay)).await {
                FirstOf::End(()) => note(&noted, &env, "end"),
                FirstOf::Late(()) => note(&noted, &env, "late"),
            });
        }
        asim!(AllOf(end = env.settled(), late = env.timeout(1.0))).await;
        note(&noted, &env, "all");
        first_of([env.settled(), env.settled()]).await;
        note(&noted, &env, "first of two");
        let event = env.event::<()>();
        let (other, told) = (event.clone(), env.clone());
        env.spawn(async move {
            told.timeout(0.0).await;
            other.succeed(());
        });
        asim!(match FirstOf(end = env.settled(), event = event).await {
            FirstOf::End(()) => unreachable!("the event comes in this instant"),
            FirstOf::Event(()) => note(&noted, &env, "event"),
        });
    });
    sim.run().unwrap();
    is(&log, &[(0.0, "late"), (0.0, "end"), (1.0, "all"), (1.0, "first of two"), (1.0, "event")]);
}

#[test]
fn an_interrupt_takes_it_out_of_the_line_and_by_reference_it_stays() {
    let (sim, log) = (Simulation::new(), Log::default());
    let kept = {
        let (env, noted) = (sim.env(), Rc::clone(&log));
        sim.spawn(async move {
            let mut end = env.settled();
            assert!(env.interruptible(&mut end).await.is_err());
            note(&noted, &env, "interrupted");
            assert!(!end.triggered());
            end.await;
            note(&noted, &env, "settled");
        })
    };
    let given = {
        let (env, noted) = (sim.env(), Rc::clone(&log));
        sim.spawn(async move {
            assert!(env.interruptible(env.settled()).await.is_err());
            note(&noted, &env, "interrupted");
            env.timeout(1.0).await;
        })
    };
    sim.schedule(0.0, move |_| {
        kept.process_ref().interrupt("now");
        given.process_ref().interrupt("now");
    });
    sim.run().unwrap();
    is(&log, &[(0.0, "interrupted"), (0.0, "interrupted"), (0.0, "settled")]);
}

#[test]
fn an_interrupt_wins_over_it_before_the_process_has_resumed() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (env, noted) = (sim.env(), Rc::clone(&log));
    let waiter = sim.spawn(async move {
        match env.interruptible(first_of([env.settled(), env.settled()])).await {
            Ok(_) => note(&noted, &env, "settled"),
            Err(_) => note(&noted, &env, "interrupted"),
        }
        env.settled().await;
        note(&noted, &env, "settled");
    });
    assert!(sim.step().unwrap(), "it starts");
    assert!(sim.step().unwrap(), "the race is decided, and the process is ready");
    is(&log, &[]);
    waiter.process_ref().interrupt("late");
    sim.run().unwrap();
    is(&log, &[(0.0, "interrupted"), (0.0, "settled")]);
}

#[test]
fn foreign_combinators_may_wait_for_it() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (env, noted) = (sim.env(), Rc::clone(&log));
    sim.spawn(async move {
        future::join(env.settled().into_future(), env.timeout(1.0).into_future()).await;
        note(&noted, &env, "joined");
        let mut all: FuturesUnordered<_> =
            (0..3).map(|_| env.settled().into_future().boxed_local()).collect();
        all.push(env.timeout(0.0).into_future().boxed_local());
        while all.next().await.is_some() {
            note(&noted, &env, "one");
        }
        let pending = env.settled().into_future().now_or_never();
        assert!(pending.is_none());
    });
    noting(&sim, &log, sim.timeout(2.0), "later");
    sim.run().unwrap();
    is(
        &log,
        &[(1.0, "joined"), (1.0, "one"), (1.0, "one"), (1.0, "one"), (1.0, "one"), (2.0, "later")],
    );
}

#[test]
fn what_user_code_asks_for_in_a_drop_or_a_waker_counts() {
    struct Asks(Environment, Rc<Cell<Option<asim::Settled>>>);
    impl Drop for Asks {
        fn drop(&mut self) {
            self.1.set(Some(self.0.settled()));
        }
    }
    let (sim, log) = (Simulation::new(), Log::default());
    let kept = Rc::new(Cell::new(None));
    let queue = Queue::unbounded(&sim);
    queue.try_put(Asks(sim.env(), Rc::clone(&kept))).ok().unwrap();
    let (env, taken) = (sim.env(), Rc::clone(&kept));
    let waiter = sim.spawn(async move {
        let _item = queue.get().await;
        env.timeout(10.0).await;
    });
    sim.schedule(1.0, move |_| waiter.process_ref().cancel());
    let (env, noted) = (sim.env(), Rc::clone(&log));
    sim.schedule(1.0, move |_| {
        env.clone().spawn(async move {
            taken.take().unwrap().await;
            note(&noted, &env, "settled");
        });
    });
    noting(&sim, &log, sim.timeout(1.0), "due");
    noting(&sim, &log, sim.timeout(2.0), "later");
    sim.run().unwrap();
    is(&log, &[(1.0, "due"), (1.0, "settled"), (2.0, "later")]);
}

#[test]
fn it_says_what_blocks() {
    let sim = Simulation::new();
    let (env, event) = (sim.env(), sim.event::<()>());
    sim.spawn(async move {
        asim!(AllOf(end = env.settled(), event = event)).await;
    });
    let env = sim.env();
    sim.spawn(async move { env.settled().await });
    sim.step().unwrap();
    sim.step().unwrap();
    let blocked = sim.blocked();
    assert_eq!(blocked[1].waiting_for, "settled");
    assert!(blocked[1].location.unwrap().file().ends_with("settled.rs"));
    sim.run().unwrap();
    assert_eq!(sim.blocked().len(), 1);
}

#[test]
fn after_the_end_it_never_comes() {
    let sim = Simulation::new();
    let env = sim.env();
    let early = sim.settled();
    drop(sim);
    let late = env.settled();
    assert!(!early.triggered() && !late.triggered());
    assert!(late.into_future().now_or_never().is_none());
}

#[test]
fn many_that_wait_for_one_end_and_half_of_them_leave() {
    const MANY: u32 = 200_000;
    let sim = Simulation::new();
    let count = Rc::new(Cell::new(0));
    for number in 0..MANY {
        let (env, count) = (sim.env(), Rc::clone(&count));
        sim.spawn(async move {
            asim!(match FirstOf(end = env.settled(), late = env.timeout(0.0)).await {
                FirstOf::End(()) => unreachable!("the timeout is due in this instant"),
                FirstOf::Late(()) => {}
            });
            if number % 2 == 0 {
                env.settled().await;
                assert_eq!(count.get(), number / 2, "in the order of the calls");
                count.set(count.get() + 1);
            }
        });
    }
    sim.run().unwrap();
    assert_eq!(count.get(), MANY / 2);
}
