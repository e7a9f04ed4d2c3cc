//! Rule 7, where interrupts have to wait: the parts of a process that are `uninterruptible`.

use asim::prelude::*;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::counting;

type Log = Rc<RefCell<Vec<String>>>;

/// A simulation, a place for notes, and the interrupts to send.
struct Stage {
    sim: Simulation,
    env: Environment,
    log: Log,
}

fn stage() -> Stage {
    let sim = Simulation::new();
    Stage { env: Environment::clone(&sim), sim, log: Log::default() }
}

impl Stage {
    /// Interrupts a process at these times, each with a text that says when.
    fn interrupt_at(&self, process: &ProcessRef, times: &[f64]) {
        for &time in times {
            let process = process.clone();
            self.sim.schedule(time, move |_| process.interrupt(format!("of {time}")));
        }
    }

    fn run(&self) -> Vec<String> {
        self.sim.run().unwrap();
        self.log.take()
    }
}

/// Waits for a time inside `interruptible`, and notes how the wait ended.
async fn nap(env: &Environment, log: &Log, name: &str, time: f64) {
    let note = match env.interruptible(env.timeout(time)).await {
        Ok(()) => format!("{} {name} ends", env.now()),
        Err(interrupt) => format!("{} {name} got the interrupt: {interrupt}", env.now()),
    };
    log.borrow_mut().push(note);
}

#[test]
fn interrupts_wait_and_are_delivered_in_order_one_at_each_pause_after_the_part() {
    let stage = stage();
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let process = stage.sim.spawn(async move {
        env.uninterruptible(env.timeout(4.0)).await;
        log.borrow_mut().push(format!("{} goes on", env.now()));
        for name in ["a", "b", "c"] {
            nap(&env, &log, name, 9.0).await;
        }
    });
    stage.interrupt_at(&process, &[1.0, 2.0]);
    let expected =
        ["4 goes on", "4 a got the interrupt: of 1", "4 b got the interrupt: of 2", "13 c ends"];
    assert_eq!(stage.run(), expected);
}

#[test]
fn what_waits_does_not_resume_the_process() {
    let stage = stage();
    let env = stage.env.clone();
    let process = stage.sim.spawn(async move {
        env.timeout(1.0).await;
        env.uninterruptible(env.timeout(9.0)).await;
    });
    stage.sim.run_until(3.0).unwrap();
    process.interrupt(());
    assert_eq!(stage.sim.peek(), Some(10.0));
    stage.sim.run_until(4.0).unwrap();
    assert_eq!(stage.sim.blocked()[0].since, 1.0);
    assert_eq!(stage.sim.blocked()[0].waiting_for, "timeout");
}

#[test]
fn the_end_of_the_part_and_an_interrupt_at_one_time_whichever_comes_first() {
    for (interrupt_first, inside) in [(true, true), (false, true), (true, false), (false, false)] {
        let stage = stage();
        let timers = [stage.sim.timeout(4.0), stage.sim.timeout(4.0)];
        let [first, second] = timers;
        let (part, alarm) = if interrupt_first { (second, first) } else { (first, second) };
        let (env, log) = (stage.env.clone(), stage.log.clone());
        let process = stage.sim.spawn(async move {
            let life = async {
                env.uninterruptible(part).await;
                log.borrow_mut().push("part".to_string());
                if inside {
                    env.timeout(5.0).await;
                }
            };
            let caught = env.interruptible(life).await;
            log.borrow_mut().push(format!("{} {}", env.now(), caught.is_err()));
            nap(&env, &log, "nap", 1.0).await;
        });
        stage.sim.spawn(async move {
            alarm.await;
            process.interrupt("tie");
        });
        let expected: &[&str] = if inside {
            &["part", "4 true", "5 nap ends"]
        } else {
            // The guard ends without an interrupt, in either order: the next guard catches it.
            &["part", "4 false", "4 nap got the interrupt: tie"]
        };
        assert_eq!(stage.run(), expected, "interrupt first: {interrupt_first}");
    }
}

#[test]
fn a_grant_inside_the_part_is_not_given_back() {
    let stage = stage();
    let queue = Queue::unbounded(&stage.sim);
    let (env, log, getter) = (stage.env.clone(), stage.log.clone(), queue.clone());
    let process = stage.sim.spawn(async move {
        let got = env.uninterruptible(getter.get()).await;
        log.borrow_mut().push(format!("got {got}"));
        nap(&env, &log, "nap", 1.0).await;
    });
    stage.sim.run().unwrap();
    queue.try_put("item").unwrap();
    process.interrupt("stop");
    assert_eq!(stage.run(), ["got item", "0 nap got the interrupt: stop"]);
}

#[test]
fn where_nothing_is_interruptible_it_ends_the_process_after_the_part() {
    let stage = stage();
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let process = stage.sim.spawn(async move {
        env.uninterruptible(env.timeout(4.0)).await;
        log.borrow_mut().push("part".to_string());
        env.timeout(4.0).await;
        unreachable!();
    });
    stage.interrupt_at(&process, &[1.0]);
    drop(process);
    let error = stage.sim.run().unwrap_err();
    assert!(matches!(error, SimError::Interrupted { time: 4.0, .. }), "{error}");
    assert_eq!(*stage.log.borrow(), ["part"]);
}

#[test]
fn a_process_that_ends_before_its_next_pause_is_not_interrupted_any_more() {
    let stage = stage();
    let (env, gate) = (stage.env.clone(), stage.sim.event::<()>());
    gate.succeed(());
    let process = stage.sim.spawn(async move {
        env.uninterruptible(env.timeout(4.0)).await;
        gate.await; // satisfied at the call
    });
    stage.interrupt_at(&process, &[1.0]);
    drop(process);
    stage.sim.run().unwrap();
}

#[test]
fn nested_parts_end_with_the_outermost() {
    let stage = stage();
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let process = stage.sim.spawn(async move {
        let life = async {
            let part = async {
                env.uninterruptible(env.timeout(2.0)).await;
                env.timeout(2.0).await;
                env.uninterruptible(env.timeout(2.0)).await;
            };
            env.uninterruptible(part).await;
            log.borrow_mut().push(format!("{} part", env.now()));
            env.timeout(9.0).await;
        };
        assert!(env.interruptible(life).await.is_err());
        assert_eq!(env.now(), 6.0);
    });
    stage.interrupt_at(&process, &[1.0]);
    assert_eq!(stage.run(), ["6 part"]);
    assert!(process.done());
}

#[test]
fn of_guards_and_parts_the_innermost_counts() {
    let stage = stage();
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let process = stage.sim.spawn(async move {
        let part = async {
            env.timeout(2.0).await; // "of 1" waits
            nap(&env, &log, "inner", 4.0).await;
            env.timeout(2.0).await; // "of 3" waits
            let deep = async {
                env.uninterruptible(env.timeout(2.0)).await; // "of 5" waits
                env.timeout(2.0).await;
            };
            assert!(env.interruptible(deep).await.is_err());
            log.borrow_mut().push(format!("{} deep", env.now()));
        };
        let outer = env.interruptible(env.uninterruptible(part)).await;
        log.borrow_mut().push(format!("{} {}", env.now(), outer.is_ok()));
        nap(&env, &log, "outer", 1.0).await;
    });
    // "of 3" is delivered as soon as the inner guard can catch it, and "of 5" after that.
    stage.interrupt_at(&process, &[1.0, 3.0, 5.0]);
    let expected =
        ["2 inner got the interrupt: of 1", "6 deep", "6 true", "6 outer got the interrupt: of 5"];
    assert_eq!(stage.run(), expected);
}

#[test]
fn beside_a_part_a_guard_catches_but_none_around_both() {
    let stage = stage();
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let process = stage.sim.spawn(async move {
        let both = async {
            let part = env.uninterruptible(env.timeout(5.0));
            let beside = nap(&env, &log, "beside", 9.0);
            asim!(AllOf(part = part, beside = beside)).await;
            log.borrow_mut().push(format!("{} both", env.now()));
            env.timeout(9.0).await;
        };
        let interrupt = env.interruptible(both).await.unwrap_err();
        log.borrow_mut().push(format!("{} interrupt: {interrupt}", env.now()));
    });
    stage.interrupt_at(&process, &[1.0, 2.0]);
    let expected = ["1 beside got the interrupt: of 1", "5 both", "5 interrupt: of 2"];
    assert_eq!(stage.run(), expected);
}

#[test]
fn of_two_parts_side_by_side_the_last_lets_interrupts_in() {
    let stage = stage();
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let process = stage.sim.spawn(async move {
        let parts = [2.0, 4.0].map(|time| env.uninterruptible(env.timeout(time)));
        let both = async {
            all_of(parts).await;
            log.borrow_mut().push(format!("{} both", env.now()));
            env.timeout(1.0).await;
        };
        assert!(env.interruptible(both).await.is_err());
    });
    stage.interrupt_at(&process, &[1.0]);
    assert_eq!(stage.run(), ["4 both"]);
    assert!(process.done());
}

#[test]
fn a_part_that_has_lost_a_race_is_over_at_the_decision() {
    for plain in [false, true] {
        let stage = stage();
        let (env, log) = (stage.env.clone(), stage.log.clone());
        let process = stage.sim.spawn(async move {
            let part = async {
                let _dropped = scopeguard(&log, "part dropped");
                env.uninterruptible(env.timeout(9.0)).await;
            };
            let race = async {
                let won = if plain {
                    let late = async { env.timeout(2.0).await };
                    asim!(match FirstOf(part = part, late = late).await {
                        FirstOf::Part(()) => "part",
                        FirstOf::Late(()) => "late",
                    })
                } else {
                    asim!(match FirstOf(part = part, late = env.timeout(2.0)).await {
                        FirstOf::Part(()) => "part",
                        FirstOf::Late(()) => "late",
                    })
                };
                log.borrow_mut().push(won.to_string());
                env.timeout(9.0).await;
            };
            let interrupt = env.interruptible(race).await.unwrap_err();
            log.borrow_mut().push(format!("{} interrupt: {interrupt}", env.now()));
        });
        stage.interrupt_at(&process, &[1.0]);
        // A native decides the race while the process sleeps, so the process resumes outside the
        // part. Plain futures decide the race after the process has resumed.
        let expected: &[&str] = if plain {
            &["part dropped", "late", "2 interrupt: of 1"]
        } else {
            &["part dropped", "2 interrupt: of 1"]
        };
        assert_eq!(stage.run(), expected);
    }
}

/// Notes something when it is dropped.
fn scopeguard(log: &Log, what: &'static str) -> impl Drop {
    struct Noting(Log, &'static str);
    impl Drop for Noting {
        fn drop(&mut self) {
            self.0.borrow_mut().push(self.1.to_string());
        }
    }
    Noting(log.clone(), what)
}

#[test]
fn a_part_that_has_lost_inside_a_join_that_goes_on_is_over_too() {
    let stage = stage();
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let process = stage.sim.spawn(async move {
        let part = env.uninterruptible(env.timeout(9.0));
        let race = asim!(FirstOf::<Race>(part = part, late = env.timeout(2.0)));
        let join = async {
            asim!(AllOf(race = race, never = env.timeout(f64::INFINITY))).await;
        };
        let interrupt = env.interruptible(join).await.unwrap_err();
        log.borrow_mut().push(format!("{} interrupt: {interrupt}", env.now()));
    });
    stage.interrupt_at(&process, &[1.0]);
    assert_eq!(stage.run(), ["2 interrupt: of 1"]);
}

/// Only the type is needed: the race is interrupted before its outcome is looked at.
#[allow(dead_code)]
enum Race {
    Part(()),
    Late(()),
}

#[test]
fn a_part_entered_while_interrupts_are_due_holds_them_up() {
    let stage = stage();
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let process = stage.sim.spawn(async move {
        nap(&env, &log, "first", 9.0).await;
        env.uninterruptible(env.timeout(3.0)).await; // tidies up
        log.borrow_mut().push(format!("{} tidy", env.now()));
        nap(&env, &log, "second", 9.0).await;
    });
    stage.interrupt_at(&process, &[1.0, 1.0]);
    stage.sim.run_until(0.5).unwrap();
    // Both are done in one go, before the process can resume.
    process.interrupt("a");
    process.interrupt("b");
    let expected =
        ["0.5 first got the interrupt: a", "3.5 tidy", "3.5 second got the interrupt: b"];
    stage.sim.run_until(0.75).unwrap();
    stage.sim.run_until(4.0).unwrap();
    assert_eq!(stage.log.borrow()[..3], expected);
    process.cancel();
}

#[test]
fn a_part_that_begins_in_the_very_resumption_of_a_delivery_is_not_dropped_by_it() {
    let stage = stage();
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let bell = stage.sim.event::<()>();
    let rung = bell.clone();
    let process = stage.sim.spawn(async move {
        let life = async {
            // The inner guard is dropped without another poll, because `Either` polls the bell
            // first.
            let inner = Box::pin(env.interruptible(env.timeout(9.0)));
            Either { first: Box::pin(async { rung.await }), second: Some(inner) }.await;
            env.uninterruptible(env.timeout(3.0)).await;
            log.borrow_mut().push(format!("{} part", env.now()));
            env.timeout(1.0).await;
        };
        let interrupt = env.interruptible(life).await.unwrap_err();
        log.borrow_mut().push(format!("{} interrupt: {interrupt}", env.now()));
    });
    stage.sim.schedule(1.0, move |_| {
        bell.succeed(());
        process.interrupt("stop");
    });
    assert_eq!(stage.run(), ["4 part", "4 interrupt: stop"]);
}

/// Polls the first, and the second only if that is not ready: a foreign race.
struct Either<A, B> {
    first: Pin<Box<A>>,
    second: Option<Pin<Box<B>>>,
}

impl<A: Future<Output = ()>, B: Future> Future for Either<A, B> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.first.as_mut().poll(context).is_ready() {
            self.second = None;
            return Poll::Ready(());
        }
        let second = self.second.as_mut().map(|second| second.as_mut().poll(context));
        if second.is_some_and(|second| second.is_ready()) { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[test]
fn a_process_that_begins_with_such_a_part_is_not_interrupted_in_it() {
    let stage = stage();
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let process = stage.sim.spawn(async move {
        env.uninterruptible(env.timeout(3.0)).await;
        nap(&env, &log, "nap", 1.0).await;
    });
    process.interrupt("early");
    assert_eq!(stage.run(), ["3 nap got the interrupt: early"]);
}

#[test]
fn a_part_that_another_process_drops_lets_the_interrupts_in() {
    type Parked = Rc<RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>>;
    let stage = stage();
    let (env, log, parked) = (stage.env.clone(), stage.log.clone(), Parked::default());
    let kept = parked.clone();
    let process = stage.sim.spawn(async move {
        let inner = env.clone();
        let part = async move { inner.uninterruptible(inner.timeout(9.0)).await };
        *kept.borrow_mut() = Some(Box::pin(part));
        std::future::poll_fn(|context| {
            let poll = kept.borrow_mut().as_mut().unwrap().as_mut().poll(context);
            assert!(poll.is_pending());
            Poll::Ready(())
        })
        .await;
        nap(&env, &log, "nap", 100.0).await;
    });
    stage.interrupt_at(&process, &[1.0]);
    // The guard is not around the part, so it catches the first; the second finds only the part.
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let other = stage.sim.spawn(async move {
        let part = pin!(env.uninterruptible(env.timeout(9.0)));
        assert!(futures::poll!(part).is_pending());
        env.timeout(5.0).await;
        log.borrow_mut().push("ends".to_string());
    });
    stage.interrupt_at(&other, &[2.0]);
    stage.sim.schedule(3.0, move |_| drop(parked.take()));
    assert_eq!(stage.run(), ["1 nap got the interrupt: of 1", "ends"]);
}

#[test]
fn a_dropped_part_of_a_sleeping_process_hands_the_interrupt_to_it_at_once() {
    type Parked = Rc<RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>>;
    let stage = stage();
    let (env, log, parked) = (stage.env.clone(), stage.log.clone(), Parked::default());
    let kept = parked.clone();
    let process = stage.sim.spawn(async move {
        let life = async {
            let inner = env.clone();
            let part = async move { inner.uninterruptible(inner.timeout(9.0)).await };
            *kept.borrow_mut() = Some(Box::pin(part));
            std::future::poll_fn(|context| {
                let poll = kept.borrow_mut().as_mut().map(|part| part.as_mut().poll(context));
                assert!(poll.is_none_or(|poll| poll.is_pending()));
                Poll::<()>::Pending
            })
            .await;
        };
        let interrupt = env.interruptible(life).await.unwrap_err();
        log.borrow_mut().push(format!("{} interrupt: {interrupt}", env.now()));
    });
    stage.interrupt_at(&process, &[1.0]);
    stage.sim.schedule(3.0, move |_| drop(parked.take()));
    assert_eq!(stage.run(), ["3 interrupt: of 1"]);
}

#[test]
fn interrupts_that_waited_reach_guards_inside_foreign_combinators() {
    let stage = stage();
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let process = stage.sim.spawn(async move {
        let jobs: FuturesUnordered<Pin<Box<dyn Future<Output = ()>>>> = FuturesUnordered::new();
        for name in ["a", "b"] {
            let (env, log) = (&env, &log);
            jobs.push(Box::pin(async move {
                let guarded = async {
                    env.uninterruptible(env.timeout(4.0)).await;
                    env.timeout(9.0).await;
                };
                let caught = env.interruptible(guarded).await.is_err();
                log.borrow_mut().push(format!("{} {name} {caught}", env.now()));
            }));
        }
        jobs.collect::<Vec<()>>().await;
    });
    stage.interrupt_at(&process, &[1.0, 2.0]);
    assert_eq!(stage.run(), ["4 a true", "4 b true"]);
    assert!(process.done());
}

#[test]
fn two_interrupts_at_once_reach_two_guards_inside_a_foreign_combinator() {
    let stage = stage();
    let (env, log) = (stage.env.clone(), stage.log.clone());
    let process = stage.sim.spawn(async move {
        let mut naps: FuturesUnordered<_> =
            ["a", "b"].map(|name| nap(&env, &log, name, 9.0)).into_iter().collect();
        while naps.next().await.is_some() {}
    });
    stage.sim.run_until(1.0).unwrap();
    process.interrupt("x");
    process.interrupt("y");
    let mut log = stage.run();
    log.sort();
    assert_eq!(log, ["1 a got the interrupt: x", "1 b got the interrupt: y"]);
}

#[test]
fn a_slot_is_taken_away_at_once_and_only_the_news_waits() {
    let stage = stage();
    let machine = PreemptiveResource::new(&stage.sim, 1);
    let (env, log, shared) = (stage.env.clone(), stage.log.clone(), machine.clone());
    stage.sim.spawn(async move {
        let slot = shared.acquire_with_priority(5).await;
        env.uninterruptible(env.timeout(4.0)).await;
        assert!(slot.revoked());
        let interrupt = env.interruptible(env.timeout(1.0)).await.unwrap_err();
        assert!(interrupt.cause::<Preempted>().is_some());
        log.borrow_mut().push(format!("{} learns", env.now()));
    });
    let (env, log) = (stage.env.clone(), stage.log.clone());
    stage.sim.spawn(async move {
        env.timeout(1.0).await;
        machine.acquire_with_priority(1).await.release();
        log.borrow_mut().push(format!("{} urgent", env.now()));
    });
    assert_eq!(stage.run(), ["1 urgent", "4 learns"]);
}

#[test]
fn cancelling_does_not_wait() {
    let stage = stage();
    let env = stage.env.clone();
    let process = stage.sim.spawn(async move { env.uninterruptible(env.timeout(4.0)).await });
    stage.sim.run_until(1.0).unwrap();
    process.interrupt(());
    process.cancel();
    assert!(process.done());
    stage.sim.run().unwrap();
    assert_eq!(stage.sim.now(), 1.0);
}

#[test]
fn rule_08_outside_of_processes_and_beyond_the_simulation_it_is_harmless() {
    let stage = stage();
    let part = stage.env.uninterruptible(stage.sim.timeout(2.0));
    stage.sim.run_until_event(part).unwrap();
    let env = stage.env.clone();
    let process = stage.sim.spawn(async move {
        env.uninterruptible(env.timeout(4.0)).await;
    });
    stage.sim.run_until(3.0).unwrap();
    process.interrupt("never heard");
    let later = stage.env.uninterruptible(stage.sim.timeout(2.0));
    let Stage { sim, env, .. } = stage;
    drop(sim);
    drop((later, env.uninterruptible(env.timeout(1.0))));
}

#[test]
fn memory_stays_flat() {
    let stage = stage();
    let env = stage.env.clone();
    let process = stage.sim.spawn(async move {
        while env.now() >= 0.0 {
            env.uninterruptible(env.timeout(1.0)).await;
            assert!(env.interruptible(env.timeout(1.0)).await.is_err());
        }
    });
    let mut round = |n: u32| {
        stage.sim.run_until(f64::from(n) + 0.5).unwrap();
        process.interrupt(n);
    };
    (0..1_000).for_each(&mut round);
    let before = counting::in_use();
    (1_000..10_000).for_each(&mut round);
    assert_eq!(counting::in_use(), before);
}

/// What one random life needs.
#[derive(Clone)]
struct Random {
    env: Environment,
    state: Rc<RefCell<u32>>,
    received: Rc<RefCell<Vec<u32>>>,
    /// Whether parts can lose races. Only then may a part be dropped before its end.
    races: bool,
}

impl Random {
    /// A random number below `end` (xorshift).
    fn below(&self, end: u32) -> u32 {
        let mut state = self.state.borrow_mut();
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        *state % end
    }

    /// Waits, guards, parts, joins and races, nested at random.
    fn nest(&self, depth: u32) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(async move {
            let env = &self.env;
            let choice = if depth == 0 { 0 } else { self.below(6) };
            match choice {
                0 => env.timeout(f64::from(self.below(3))).await,
                1 => self.guarded(depth).await,
                2 => {
                    let part = async {
                        let unfinished = Unfinished { races: self.races };
                        self.nest(depth - 1).await;
                        std::mem::forget(unfinished);
                    };
                    env.uninterruptible(part).await;
                }
                3 => {
                    self.nest(depth - 1).await;
                    self.nest(depth - 1).await;
                }
                4 if self.races => {
                    let late = env.timeout(f64::from(self.below(4)));
                    asim!(match FirstOf(nest = self.nest(depth - 1), late = late).await {
                        FirstOf::Nest(()) | FirstOf::Late(()) => {}
                    });
                }
                _ => {
                    let (a, b) = (self.nest(depth - 1), self.nest(depth - 1));
                    asim!(AllOf(a = a, b = b)).await;
                }
            }
        })
    }

    async fn guarded(&self, depth: u32) {
        if let Err(interrupt) = self.env.interruptible(self.nest(depth - 1)).await {
            self.received.borrow_mut().push(*interrupt.cause().unwrap());
        }
    }
}

/// A part that has begun and not ended.
struct Unfinished {
    races: bool,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        assert!(self.races, "a part was dropped by an interrupt");
    }
}

#[test]
fn in_random_nests_none_is_lost_or_doubled_or_overtakes_and_no_part_is_broken_off() {
    for seed in 1..=2_000_u32 {
        let sim = Simulation::new();
        let random = Random {
            env: Environment::clone(&sim),
            state: Rc::new(RefCell::new(seed.wrapping_mul(0x9E37_79B9) | 1)),
            received: Rc::default(),
            races: seed % 2 == 0,
        };
        let life = random.clone();
        let sent = 1 + random.below(8);
        let process = sim.spawn(async move {
            while life.received.borrow().len() < sent as usize {
                life.guarded(1 + life.below(5)).await;
                // This pauses even if `guarded` did not.
                if let Err(interrupt) = life.env.interruptible(life.env.timeout(1.0)).await {
                    life.received.borrow_mut().push(*interrupt.cause().unwrap());
                }
            }
        });
        // The interrupts are sent in order, many at one time, and at times when other things are
        // due.
        let mut time = 0;
        for number in 0..sent {
            time += random.below(3);
            let process = process.process_ref();
            sim.schedule(f64::from(time), move |_| process.interrupt(number));
        }
        sim.run().unwrap();
        assert!(process.done(), "seed {seed}");
        let expected: Vec<u32> = (0..sent).collect();
        assert_eq!(*random.received.borrow(), expected, "seed {seed}");
    }
}
