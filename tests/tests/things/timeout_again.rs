//! A timeout that is awaited by `&mut`: if it loses a race, it runs on and can be awaited again.

use std::cell::RefCell;
use std::future::IntoFuture;
use std::rc::Rc;

use asim::prelude::*;

/// What happened, in order, each with its time.
#[derive(Clone)]
struct Log {
    env: Environment,
    lines: Rc<RefCell<Vec<String>>>,
}

impl Log {
    fn new(sim: &Simulation) -> Self {
        Log { env: Environment::clone(sim), lines: Rc::default() }
    }

    fn note(&self, what: &str) {
        self.lines.borrow_mut().push(format!("{} {what}", self.env.now()));
    }

    fn take(&self) -> Vec<String> {
        self.lines.take()
    }
}

/// Runs one process, which gets its environment and the log, and gives what it noted.
fn noted<F: Future<Output = ()> + 'static>(
    process: impl FnOnce(Environment, Log) -> F,
) -> Vec<String> {
    let sim = Simulation::new();
    let log = Log::new(&sim);
    sim.spawn(process(Environment::clone(&sim), log.clone()));
    sim.run().unwrap();
    log.take()
}

/// Which of two came first.
enum Which {
    Timer(()),
    Tick(()),
}

#[test]
fn the_timer_runs_on_while_it_loses_races() {
    let lines = noted(|env, log| async move {
        let mut deadline = env.timeout(5.0);
        loop {
            let over = asim!(match FirstOf(tick = env.timeout(2.0), over = &mut deadline).await {
                FirstOf::Tick(()) => false,
                FirstOf::Over(()) => true,
            });
            log.note(if over { "over" } else { "tick" });
            if over {
                break;
            }
        }
    });
    assert_eq!(lines, ["2 tick", "4 tick", "5 over"]);
}

#[test]
fn it_is_awaited_alone_after_a_lost_race_and_again_when_it_is_over() {
    let lines = noted(|env, log| async move {
        let mut timer = env.timeout(5.0);
        asim!(match FirstOf(timer = &mut timer, tick = env.timeout(2.0)).await {
            FirstOf::Timer(()) => log.note("timer"),
            FirstOf::Tick(()) => log.note("tick"),
        });
        (&mut timer).await;
        log.note("timer");
        (&mut timer).await;
        log.note("again");
        env.timeout(1.0).await;
        (&mut timer).await;
        log.note("and later");
        timer.await;
        log.note("and for the last time");
    });
    assert_eq!(lines, ["2 tick", "5 timer", "5 again", "6 and later", "6 and for the last time"]);
}

#[test]
fn one_that_fired_while_nobody_waited_is_over_at_once() {
    let lines = noted(|env, log| async move {
        let mut timer = env.timeout(1.0);
        asim!(match FirstOf(timer = &mut timer, now = async {}).await {
            FirstOf::Timer(()) => log.note("timer"),
            FirstOf::Now(()) => log.note("now"),
        });
        env.timeout(3.0).await;
        asim!(match FirstOf(timer = &mut timer, other = env.timeout(0.0)).await {
            FirstOf::Timer(()) => log.note("timer"),
            FirstOf::Other(()) => log.note("other"),
        });
        let both = asim!(AllOf(timer = &mut timer, other = env.timeout(1.0))).await;
        let () = both.timer;
        log.note("both");
    });
    assert_eq!(lines, ["0 now", "3 timer", "4 both"]);
}

#[test]
fn at_a_tie_the_one_that_was_made_first_wins_and_the_other_is_over_next_time() {
    let lines = noted(|env, log| async move {
        // Made first, it fires first.
        let mut timer = env.timeout(4.0);
        asim!(match FirstOf(other = env.timeout(4.0), timer = &mut timer).await {
            FirstOf::Timer(()) => log.note("timer"),
            FirstOf::Other(()) => log.note("other"),
        });

        // Made second, it loses, and fires a moment later at the same time.
        let first = env.timeout(4.0);
        let mut timer = env.timeout(4.0);
        asim!(match FirstOf(timer = &mut timer, first = first).await {
            FirstOf::Timer(()) => log.note("timer"),
            FirstOf::First(()) => log.note("first"),
        });
        (&mut timer).await;
        log.note("timer");
        (&mut timer).await;
        log.note("timer, over");
    });
    assert_eq!(lines, ["4 timer", "8 first", "8 timer", "8 timer, over"]);
}

#[test]
fn a_grant_at_the_same_instant_decides_by_the_order_of_happening() {
    for (giver_first, expected) in [(true, ["5 item", "5 timer"]), (false, ["5 timer", "5 item"])] {
        let sim = Simulation::new();
        let (log, queue) = (Log::new(&sim), Queue::unbounded(&sim));
        let give = |sim: &Simulation| {
            let (env, queue) = (Environment::clone(sim), queue.clone());
            sim.spawn(async move {
                env.timeout(5.0).await;
                queue.put(1).await;
            });
        };
        if giver_first {
            give(&sim);
        }
        let (env, notes, shared) = (Environment::clone(&sim), log.clone(), queue.clone());
        sim.spawn(async move {
            let mut timer = env.timeout(5.0);
            asim!(match FirstOf(timer = &mut timer, item = shared.get()).await {
                FirstOf::Timer(()) => notes.note("timer"),
                FirstOf::Item(_) => {
                    notes.note("item");
                    (&mut timer).await;
                    notes.note("timer");
                    return;
                }
            });
            shared.get().await;
            notes.note("item");
        });
        if !giver_first {
            give(&sim);
        }
        sim.run().unwrap();
        assert_eq!(log.take(), expected);
        assert!(queue.is_empty());
    }
}

#[test]
fn races_inside_joins_and_joins_inside_races_give_it_back() {
    let lines = noted(|env, log| async move {
        let mut timer = env.timeout(6.0);
        let mut second = env.timeout(1.0);
        // Decided at 2 by the race's other branch, and at 3 by the join's.
        let join = asim!(AllOf(
            race = FirstOf::<Which>(timer = &mut timer, tick = env.timeout(2.0)),
            wait = env.timeout(3.0)
        ))
        .await;
        assert!(matches!(join.race, Which::Tick(())));
        log.note("join");
        // The whole join loses: one of its branches is over, the other runs on.
        asim!(match FirstOf(
            join = AllOf(timer = &mut timer, second = &mut second),
            tick = env.timeout(1.0)
        )
        .await
        {
            FirstOf::Join(_) => log.note("join"),
            FirstOf::Tick(()) => log.note("tick"),
        });
        (&mut second).await;
        log.note("second");
        asim!(AllOf(timer = &mut timer, second = &mut second)).await;
        log.note("both");
    });
    assert_eq!(lines, ["3 join", "4 tick", "4 second", "6 both"]);
}

#[test]
fn an_interrupt_leaves_the_timer_running() {
    let sim = Simulation::new();
    let log = Log::new(&sim);
    let (env, notes) = (Environment::clone(&sim), log.clone());
    let process = sim.spawn(async move {
        let mut timer = env.timeout(5.0);
        for _ in 0..3 {
            let wait = (&mut timer).into_future();
            let result = env.interruptible(wait).await;
            notes.note(if result.is_ok() { "timer" } else { "interrupt" });
        }
        let race = async {
            asim!(match FirstOf(timer = &mut timer, never = env.timeout(f64::INFINITY)).await {
                FirstOf::Timer(()) => notes.note("over"),
                FirstOf::Never(()) => unreachable!(),
            });
        };
        env.interruptible(race).await.unwrap();
    });
    let (env, process) = (Environment::clone(&sim), process.process_ref());
    sim.spawn(async move {
        env.timeout(2.0).await;
        process.interrupt("once");
        env.timeout(1.0).await;
        process.interrupt("twice");
    });
    sim.run().unwrap();
    assert_eq!(log.take(), ["2 interrupt", "3 interrupt", "5 timer", "5 over"]);
}

#[test]
fn an_interrupt_at_the_timers_own_instant_takes_nothing_from_it() {
    for interrupt_first in [true, false] {
        let lines = noted(|env, log| async move {
            let me = env.active_process().unwrap();
            // The interrupt finds the timer pending, or fired and not yet seen by its owner.
            let before = interrupt_first.then(|| env.schedule(5.0, move |_| me.interrupt("now")));
            let mut timer = env.timeout(5.0);
            let me = env.active_process().unwrap();
            let _after = before.is_none().then(|| env.schedule(5.0, move |_| me.interrupt("now")));
            let second = env.timeout(5.0);
            let wait = async {
                asim!(AllOf(timer = &mut timer, second = second)).await;
            };
            assert!(env.interruptible(wait).await.is_err());
            log.note("interrupt");
            (&mut timer).await;
            log.note("timer");
            env.timeout(1.0).await;
            log.note("end");
        });
        assert_eq!(lines, ["5 interrupt", "5 timer", "6 end"]);
    }
}

#[test]
fn a_wait_that_was_polled_and_dropped_wakes_nobody() {
    let sim = Simulation::new();
    let log = Log::new(&sim);
    let (env, notes) = (Environment::clone(&sim), log.clone());
    let sleeper = sim.spawn(async move {
        let mut timer = env.timeout(3.0);
        {
            // The wait is polled once, by hand, and dropped in the same turn.
            let mut wait = Box::pin((&mut timer).into_future());
            let once = std::future::poll_fn(|context| {
                std::task::Poll::Ready(wait.as_mut().poll(context).is_pending())
            });
            assert!(once.await);
        }
        let mut polls = 0;
        let counted = std::future::poll_fn(|_| {
            polls += 1;
            if polls < 2 { std::task::Poll::<()>::Pending } else { std::task::Poll::Ready(()) }
        });
        counted.await;
        notes.note("woken");
    });
    sim.run().unwrap();
    assert_eq!(log.take(), [""; 0], "nothing wakes it");
    assert!(!sleeper.done());
    assert_eq!(sim.now(), 3.0, "the timer itself ran on, as its owner lives");
}

#[test]
fn a_wait_that_was_interrupted_wakes_nobody() {
    for raced in [false, true] {
        let lines = noted(|env, log| async move {
            let me = env.active_process().unwrap();
            env.schedule(1.0, move |_| me.interrupt("now"));
            let mut timer = env.timeout(3.0);
            let wait = async {
                if raced {
                    asim!(match FirstOf(timer = &mut timer, late = env.timeout(9.0)).await {
                        FirstOf::Timer(()) | FirstOf::Late(()) => {}
                    });
                } else {
                    (&mut timer).await;
                }
            };
            assert!(env.interruptible(wait).await.is_err());
            // This race takes the entry of the dropped one. It notes how often its branch is
            // polled.
            let polled = std::future::poll_fn(|_| {
                log.note("polled");
                std::task::Poll::<()>::Pending
            });
            asim!(match FirstOf(polled = polled, late = env.timeout(7.0)).await {
                FirstOf::Polled(()) => log.note("which never ends"),
                FirstOf::Late(()) => log.note("late"),
            });
        });
        assert_eq!(lines, ["1 polled", "8 late"]);
    }
}

#[test]
fn another_process_and_another_crates_join_can_wait_for_it() {
    let sim = Simulation::new();
    let log = Log::new(&sim);
    let mut timer = sim.timeout(4.0); // made outside of all processes
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move {
        let mut second = env.timeout(2.0);
        futures::join!((&mut timer).into_future(), (&mut second).into_future());
        notes.note("both");
        futures::join!((&mut timer).into_future(), env.timeout(1.0).into_future());
        notes.note("again");

        let mut third = env.timeout(5.0);
        {
            let wait = (&mut third).into_future();
            let tick = env.timeout(1.0).into_future();
            futures::pin_mut!(wait, tick);
            futures::future::select(wait, tick).await;
        }
        notes.note("selected");
        let joined = env.spawn({
            let (env, notes) = (env.clone(), notes.clone());
            async move {
                third.await;
                notes.note("moved");
                env.timeout(1.0).await;
            }
        });
        joined.await.unwrap();
        notes.note("joined");
    });
    sim.run().unwrap();
    assert_eq!(log.take(), ["4 both", "5 again", "6 selected", "10 moved", "11 joined"]);
}

#[test]
fn dropped_it_is_cancelled_as_ever() {
    let sim = Simulation::new();
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        let mut timer = env.timeout(100.0);
        asim!(match FirstOf(timer = &mut timer, tick = env.timeout(1.0)).await {
            FirstOf::Timer(()) => unreachable!(),
            FirstOf::Tick(()) => {}
        });
        drop(timer);
    });
    sim.run().unwrap();
    assert_eq!(sim.now(), 1.0);
}

#[test]
fn an_infinite_one_never_fires_and_blocked_names_it() {
    let sim = Simulation::new();
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        let mut timer = env.timeout(f64::INFINITY);
        asim!(match FirstOf(timer = &mut timer, tick = env.timeout(1.0)).await {
            FirstOf::Timer(()) => unreachable!(),
            FirstOf::Tick(()) => {}
        });
        (&mut timer).await;
    });
    sim.run().unwrap();
    assert_eq!((sim.now(), sim.blocked().len()), (1.0, 1));
    assert_eq!(sim.blocked()[0].waiting_for, "timeout(inf)");
}

#[test]
fn the_simulation_may_go_while_it_is_waited_for() {
    let sim = Simulation::new();
    let mut kept = sim.timeout(7.0);
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        let mut timer = env.timeout(5.0);
        asim!(match FirstOf(timer = &mut timer, tick = env.timeout(9.0)).await {
            FirstOf::Timer(()) | FirstOf::Tick(()) => {}
        });
    });
    sim.run_until(1.0).unwrap();
    drop(sim);
    drop((&mut kept).into_future());
}
