//! Faults that asim once had, and similar ones: none of them may come back.

use asim::AmountError;
use asim::prelude::*;
use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use std::cell::{Cell, OnceCell, RefCell};
use std::future::IntoFuture;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;

type Log = Rc<RefCell<Vec<String>>>;

// ---- what is awaited again catches again

#[test]
fn an_interruptible_that_is_raced_by_reference_catches_after_a_lost_round() {
    let sim = Simulation::new();
    let caught = Rc::new(Cell::new(None));
    let (env, seen) = (sim.env(), caught.clone());
    let worker = sim.spawn(async move {
        let mut shift = pin!(env.interruptible(env.timeout(8.0)));
        loop {
            let over =
                asim!(match FirstOf(shift = shift.as_mut(), tick = env.timeout(1.0)).await {
                    FirstOf::Shift(end) => Some(end),
                    FirstOf::Tick(()) => None,
                });
            if let Some(end) = over {
                assert!(end.is_err());
                seen.set(Some(env.now()));
                break;
            }
        }
    });
    sim.run_until(2.5).unwrap();
    worker.interrupt("strike");
    drop(worker);
    sim.run().unwrap();
    assert_eq!(caught.get(), Some(2.5));
}

#[test]
fn an_interruptible_that_moves_into_another_is_inside_that_one() {
    let sim = Simulation::new();
    let env = sim.env();
    let worker = sim.spawn(async move {
        let mut nap = Box::pin(env.interruptible(env.timeout(9.0)));
        // Polled on its own first, and then inside another.
        assert!(nap.as_mut().now_or_never().is_none());
        env.timeout(1.0).await;
        let outer = env.interruptible(async {
            let inner = nap.await;
            assert!(inner.is_err(), "the innermost catches it");
            env.timeout(1.0).await;
        });
        assert!(outer.await.is_ok());
        Ok::<_, String>(env.now())
    });
    sim.run_until(3.0).unwrap();
    worker.interrupt("now");
    assert_eq!(sim.run_until_event(worker).unwrap(), Ok(4.0));
}

#[test]
fn a_kept_inner_interruptible_does_not_hide_the_outer_one() {
    let sim = Simulation::new();
    let env = sim.env();
    let worker = sim.spawn(async move {
        let mut kept = Vec::new();
        let outer = env.interruptible(async {
            for _ in 0..3 {
                let mut nap = Box::pin(env.interruptible(env.timeout(50.0)));
                let lost = asim!(matches!(
                    FirstOf(nap = nap.as_mut(), tick = env.timeout(1.0)).await,
                    FirstOf::Tick(())
                ));
                assert!(lost);
                kept.push(nap);
            }
            env.timeout(9.0).await;
        });
        assert!(outer.await.is_err());
        assert_eq!(env.now(), 5.0);
        // The interruptibles that were kept still work like new ones.
        let first = kept.remove(0).await;
        assert_eq!(first.unwrap_err().cause(), Some(&"again"));
        Ok::<_, String>(env.now())
    });
    sim.run_until(5.0).unwrap();
    worker.interrupt("once");
    sim.run_until(7.0).unwrap();
    worker.interrupt("again");
    assert_eq!(sim.run_until_event(worker).unwrap(), Ok(7.0));
}

#[test]
fn one_that_is_polled_once_and_kept_does_not_hide_the_outer_one() {
    let sim = Simulation::new();
    let env = sim.env();
    let worker = sim.spawn(async move {
        let mut kept = Box::pin(env.interruptible(env.timeout(50.0)));
        let outer = env.interruptible(async {
            // This happens in the same resumption in which the outer one begins to wait.
            assert!(kept.as_mut().now_or_never().is_none());
            env.timeout(9.0).await;
        });
        assert!(outer.await.is_err());
        Ok::<_, String>(env.now())
    });
    sim.run_until(2.0).unwrap();
    worker.interrupt("now");
    assert_eq!(sim.run_until_event(worker).unwrap(), Ok(2.0));
}

#[test]
fn one_that_is_kept_in_a_set_that_is_not_awaited_does_not_hide_the_outer_one() {
    let sim = Simulation::new();
    let env = sim.env();
    let worker = sim.spawn(async move {
        let mut set = FuturesUnordered::new();
        set.push(env.interruptible(env.timeout(50.0)));
        let mut caught = 0;
        for _ in 0..3 {
            let outer = env.interruptible(async {
                assert!(set.next().now_or_never().is_none());
                env.timeout(9.0).await;
            });
            caught += u32::from(outer.await.is_err());
        }
        assert_eq!(caught, 3);
        Ok::<_, String>(env.now())
    });
    for time in [1.0, 2.0, 3.0] {
        sim.run_until(time).unwrap();
        worker.interrupt("now");
    }
    assert_eq!(sim.run_until_event(worker).unwrap(), Ok(3.0));
}

#[test]
fn an_uninterruptible_that_is_kept_holds_nothing_up() {
    let sim = Simulation::new();
    let env = sim.env();
    let worker = sim.spawn(async move {
        let mut kept = Box::pin(env.uninterruptible(env.timeout(50.0)));
        let lost = asim!(matches!(
            FirstOf(kept = kept.as_mut(), tick = env.timeout(1.0)).await,
            FirstOf::Tick(())
        ));
        assert!(lost);
        assert!(env.interruptible(env.timeout(9.0)).await.is_err());
        Ok::<_, String>(env.now())
    });
    sim.run_until(2.0).unwrap();
    worker.interrupt("now");
    assert_eq!(sim.run_until_event(worker).unwrap(), Ok(2.0));
}

#[test]
fn an_interruptible_that_goes_to_another_process_catches_there() {
    let sim = Simulation::new();
    let handed: Queue<Pin<Box<dyn Future<Output = bool>>>> = Queue::unbounded(&sim);
    let (env, give) = (sim.env(), handed.clone());
    sim.spawn(async move {
        let own = env.clone();
        let mut nap: Pin<Box<dyn Future<Output = bool>>> =
            Box::pin(async move { own.interruptible(own.timeout(50.0)).await.is_err() });
        assert!(nap.as_mut().now_or_never().is_none());
        env.timeout(1.0).await;
        give.put(nap).await;
        env.timeout(50.0).await;
    });
    let taker = sim.spawn(async move { Ok::<_, String>(handed.get().await.await) });
    sim.run_until(2.0).unwrap();
    taker.interrupt("now");
    assert_eq!(sim.run_until_event(taker).unwrap(), Ok(true));
    assert_eq!(sim.now(), 2.0);
}

// ---- a panic that a process catches

#[test]
fn a_panic_caught_inside_a_race_blinds_no_interruptible() {
    let sim = Simulation::new();
    let env = sim.env();
    let first = sim.spawn(async move {
        for _ in 0..2 {
            let race = async {
                asim!(
                    match FirstOf(late = env.timeout(9.0), bad = async { panic!("bad") }).await {
                        FirstOf::Late(()) | FirstOf::Bad(()) => {}
                    }
                );
            };
            assert!(AssertUnwindSafe(race).catch_unwind().await.is_err());
            let part = env.interruptible(async { panic!("bad") });
            assert!(AssertUnwindSafe(part).catch_unwind().await.is_err());
            let part = env.uninterruptible(async { panic!("bad") });
            assert!(AssertUnwindSafe(part).catch_unwind().await.is_err());
        }
        assert!(env.interruptible(env.timeout(5.0)).await.is_err());
        Ok::<_, String>(env.now())
    });
    let env = sim.env();
    let other = sim.spawn(async move {
        assert!(env.interruptible(env.timeout(5.0)).await.is_err());
        Ok::<_, String>(env.now())
    });
    sim.run_until(3.0).unwrap();
    first.interrupt("hello");
    other.interrupt("hello");
    assert_eq!(sim.run_until_event(other).unwrap(), Ok(3.0));
    assert_eq!(sim.run_until_event(first).unwrap(), Ok(3.0));
}

// ---- user code runs while nothing is borrowed

#[test]
fn a_panicking_process_lets_go_of_causes_that_hold_slots() {
    for keep_handle in [false, true] {
        let sim = Simulation::new();
        let desk = Resource::new(&sim, 1);
        let env = sim.env();
        let process = sim.spawn(async move {
            let _ = env.interruptible(env.timeout(5.0)).await;
            panic!("the model's own");
        });
        let line = desk.clone();
        let slot = desk.try_acquire().unwrap();
        sim.spawn(async move { drop(line.acquire().await) });
        sim.run_until(1.0).unwrap();
        process.interrupt("one");
        process.interrupt(slot);
        let kept = keep_handle.then_some(process);
        let run = catch_unwind(AssertUnwindSafe(|| sim.run()));
        assert_eq!(run.unwrap_err().downcast_ref(), Some(&"the model's own"));
        sim.run().unwrap();
        if let Some(process) = kept {
            assert!(matches!(sim.run_until_event(process), Ok(Err(Stopped::Panicked))));
            sim.run().unwrap();
        }
        assert_eq!((desk.count(), desk.waiting()), (0, 0));
    }
}

#[test]
fn a_join_that_is_dropped_lets_go_of_the_last_slot() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1);
    let (handed, other) = (sim.event::<Rc<Slot>>(), sim.event::<Rc<Slot>>());
    let both = all_of([handed.clone(), other.clone()]);
    handed.succeed(Rc::new(desk.try_acquire().unwrap()));
    drop(handed);
    let served = Rc::new(Cell::new(None));
    let (env, line, at) = (sim.env(), desk.clone(), served.clone());
    sim.spawn(async move {
        let _slot = line.acquire().await;
        at.set(Some(env.now()));
    });
    sim.run_until(1.0).unwrap();
    drop(both);
    sim.run().unwrap();
    assert_eq!((served.get(), desk.count()), (Some(1.0), 0));
}

#[test]
fn a_race_that_is_won_lets_go_of_the_last_slot() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1);
    let handed = sim.event::<Rc<Slot>>();
    let (env, winner) = (sim.env(), handed.clone());
    let worker = sim.spawn(async move {
        let slot = asim!(match FirstOf(slot = winner, late = env.timeout(5.0)).await {
            FirstOf::Slot(slot) => slot,
            FirstOf::Late(()) => unreachable!(),
        });
        drop(slot);
        Ok::<_, String>(())
    });
    sim.run_until(1.0).unwrap();
    handed.succeed(Rc::new(desk.try_acquire().unwrap()));
    drop(handed);
    sim.run_until_event(worker).unwrap().unwrap();
    assert_eq!(desk.count(), 0);
}

thread_local! {
    static GONE: RefCell<Vec<(u32, u32)>> = const { RefCell::new(Vec::new()) };
}

#[derive(Clone, Default)]
struct Shared(Rc<OnceCell<State<Looking>>>);

/// A value that looks at its state when it goes.
#[derive(Clone)]
struct Looking(u32, Option<Shared>);

impl Drop for Looking {
    fn drop(&mut self) {
        if let Some(state) = self.1.take().and_then(|shared| shared.0.get().cloned()) {
            let now = state.get().0;
            GONE.with_borrow_mut(|gone| gone.push((self.0, now)));
        }
    }
}

#[test]
fn a_states_value_that_is_superseded_goes_while_nothing_is_borrowed() {
    let sim = Simulation::new();
    let shared = Shared::default();
    let state = State::new(&sim, Looking(0, None));
    assert!(shared.0.set(state.clone()).is_ok());
    let again = state.clone();
    let _wait = state.wait_until(move |value| {
        if value.0 == 1 {
            again.set(Looking(2, None));
        }
        false
    });
    state.set(Looking(1, Some(shared)));
    assert_eq!(state.get().0, 2);
    assert_eq!(GONE.take(), [(1, 2)]);
}

// ---- the ends of processes

/// Panics when it is dropped, unless something panics already.
struct Panics;

impl Drop for Panics {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "in drop");
    }
}

#[test]
fn a_process_whose_drop_panics_is_over_and_its_joiner_is_told() {
    for by_interrupt in [false, true] {
        let sim = Simulation::new();
        let env = sim.env();
        let handle = sim.spawn(async move {
            let _local = Panics;
            env.timeout(9.0).await;
        });
        let (process, told) = (handle.process_ref(), Rc::new(Cell::new(false)));
        let tell = told.clone();
        sim.spawn(async move {
            assert!(handle.await.is_err());
            tell.set(true);
        });
        sim.run_until(1.0).unwrap();
        let end = catch_unwind(AssertUnwindSafe(|| {
            if by_interrupt {
                process.interrupt(());
                let _ = sim.run_until(2.0);
            } else {
                process.cancel();
            }
        }));
        assert!(end.is_err());
        assert!(process.done());
        sim.run().unwrap();
        assert_eq!((told.get(), sim.blocked().len()), (true, 0));
    }
}

#[test]
fn those_that_a_drop_that_panics_has_cancelled_end_with_the_next_call() {
    /// Cancels another process, and then panics.
    struct CancelsAndPanics(ProcessRef);
    impl Drop for CancelsAndPanics {
        fn drop(&mut self) {
            self.0.cancel();
            assert!(std::thread::panicking(), "in drop");
        }
    }
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1);
    let (env, shared) = (sim.env(), desk.clone());
    let second = sim.spawn(async move {
        let _slot = shared.acquire().await;
        env.timeout(9.0).await;
    });
    let (env, guard) = (sim.env(), CancelsAndPanics(second.process_ref()));
    let first = sim.spawn(async move {
        let _guard = guard;
        env.timeout(9.0).await;
    });
    sim.run_until(1.0).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| first.cancel())).is_err());
    assert!(first.done() && second.done());
    sim.run().unwrap();
    assert_eq!((desk.count(), sim.blocked().len()), (0, 0));
}

#[test]
fn a_run_of_producers_leaves_nobody_that_a_drop_starts() {
    /// Starts another process when it is dropped, as often as the number says.
    struct Starts(Environment, u32);
    impl Drop for Starts {
        fn drop(&mut self) {
            if self.1 > 0 {
                let next = Starts(self.0.clone(), self.1 - 1);
                let env = self.0.clone();
                self.0.spawn(async move {
                    let _next = next;
                    env.timeout(9.0).await;
                });
            }
        }
    }
    let sim = Simulation::new();
    let (env, starts) = (sim.env(), Starts(sim.env(), 3));
    sim.spawn(async move {
        let _starts = starts;
        env.timeout(f64::INFINITY).await;
    });
    let env = sim.env();
    let producer = sim.spawn(async move { env.timeout(2.0).await });
    sim.run_all([producer]).unwrap();
    assert_eq!(sim.blocked().len(), 0);
    assert_eq!(sim.peek(), None);
}

#[test]
fn a_failure_that_the_end_of_a_run_gives_away_is_loud() {
    let sim = Simulation::new();
    let env = sim.env();
    let failing = sim.spawn(async move {
        env.timeout(1.0).await;
        Err::<(), _>("out of oil")
    });
    let env = sim.env();
    sim.spawn(async move {
        let _failing = failing;
        env.timeout(f64::INFINITY).await;
    });
    let env = sim.env();
    let producer = sim.spawn(async move { env.timeout(2.0).await });
    let error = sim.run_all([producer]).unwrap_err();
    assert!(error.to_string().contains("out of oil"), "{error}");
}

// ---- orders

#[test]
fn an_interrupt_of_a_process_that_has_not_started_has_the_place_of_its_call() {
    let sim = Simulation::new();
    let log = Log::default();
    let worker = |name: &'static str| {
        let (env, log) = (sim.env(), log.clone());
        sim.spawn(async move {
            log.borrow_mut().push(format!("{name} starts"));
            assert!(env.interruptible(env.timeout(9.0)).await.is_err());
            log.borrow_mut().push(format!("{name} is interrupted"));
        })
    };
    let second = worker("p2");
    sim.run_until(1.0).unwrap();
    let first = worker("p1");
    first.interrupt("before it starts");
    second.interrupt("after that");
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["p2 starts", "p1 starts", "p1 is interrupted", "p2 is interrupted"]);
}

#[process]
async fn late(env: Environment, log: Log) {
    log.borrow_mut().push(format!("starts at {}", env.now()));
    let nap = env.interruptible(env.timeout(9.0)).await;
    log.borrow_mut().push(format!("interrupted: {} at {}", nap.is_err(), env.now()));
}

#[test]
fn a_scheduled_process_is_not_started_by_an_interrupt() {
    let sim = Simulation::new();
    let log = Log::default();
    let late = sim.process_in(4.0, Late::new(log.clone()));
    late.interrupt("early");
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["starts at 4", "interrupted: true at 4"]);
}

// ---- numbers

#[test]
fn a_time_past_the_end_of_time_is_refused() {
    let sim = Simulation::starting_at(1e308);
    assert!(sim.try_timeout(1e308).is_err());
    assert!(sim.try_timeout(f64::INFINITY).is_ok());
    let panic = catch_unwind(AssertUnwindSafe(|| drop(sim.timeout(1e308)))).unwrap_err();
    let told = panic.downcast_ref::<String>().unwrap();
    assert_eq!(told, "a delay of 1e308 from time 1e308 on leads past the end of time");
    assert!(catch_unwind(AssertUnwindSafe(|| drop(sim.schedule(1e308, |_| ())))).is_err());
    let machine = PreemptiveResource::new(&sim, 1);
    let work = catch_unwind(AssertUnwindSafe(|| sim.run_until_event(machine.work(1, 1e308))));
    let told = work.unwrap_err();
    let told = told.downcast_ref::<String>().unwrap();
    assert!(told.contains("own_defects.rs") && told.contains("past the end of time"), "{told}");
}

#[test]
fn two_large_puts_make_no_endless_container() {
    let sim = Simulation::new();
    let account = Container::new(&sim, f64::INFINITY);
    let (first, second) = (account.put(1e308), account.put(1e308));
    assert_eq!((account.level(), account.putters()), (1e308, 1));
    drop((first, second));
    account.try_get(1e308).unwrap();
    assert!(matches!(account.try_get(1.0), Err(AmountError::NotEnough { .. })));
}

// ---- what is polled after its end

/// Polls a future to its end, and then once more.
fn polled_again<F: IntoFuture>(sim: &Simulation, future: F) -> String
where
    F::IntoFuture: 'static,
{
    let mut future = Box::pin(future.into_future());
    let twice = async move {
        let _ = future.as_mut().await;
        let _ = future.await;
    };
    let panic = catch_unwind(AssertUnwindSafe(|| sim.run_until_event(twice)));
    panic.map(drop).expect_err("it panics").downcast_ref::<String>().expect("a message").clone()
}

#[test]
fn whatever_is_polled_after_its_end_says_what_and_where() {
    let sim = Simulation::new();
    let (queue, tank, desk) =
        (Queue::bounded(&sim, 2), Container::new(&sim, 9.0), Resource::new(&sim, 1));
    queue.try_put(1).unwrap();
    let (event, barrier, state) = (sim.event(), Barrier::new(&sim), State::new(&sim, 1));
    event.succeed(1);
    let waiting = barrier.wait();
    barrier.release();
    let (output, input) = channel(&sim, 1);
    let sending = output.send(1);
    let machine = PreemptiveResource::new(&sim, 1);
    let mut borrowed = sim.timeout(1.0);
    let told = [
        ("Queue::get", polled_again(&sim, queue.get())),
        ("Queue::put", polled_again(&sim, queue.put(2))),
        ("Container::put", polled_again(&sim, tank.put(1.0))),
        ("Container::get", polled_again(&sim, tank.get(1.0))),
        ("Resource::acquire", polled_again(&sim, desk.acquire())),
        ("acquire_together", polled_again(&sim, acquire_together([(&desk, 1)]))),
        ("an event", polled_again(&sim, event)),
        ("Barrier::wait", polled_again(&sim, waiting)),
        ("Gate::wait", polled_again(&sim, Gate::new_open(&sim).wait())),
        ("State::wait_until", polled_again(&sim, state.wait_until(|_| true))),
        ("OutPort::send", polled_again(&sim, sending)),
        ("InPort::ready", polled_again(&sim, input.ready())),
        ("InPort::recv", polled_again(&sim, input.recv())),
        ("timeout", polled_again(&sim, sim.timeout(1.0))),
        ("settled", polled_again(&sim, sim.settled())),
        ("the end of a process", polled_again(&sim, sim.spawn(async {}))),
        ("FirstOf", polled_again(&sim, first_of([sim.timeout(1.0)]))),
        ("AllOf", polled_again(&sim, all_of([sim.timeout(1.0)]))),
        ("interruptible", polled_again(&sim, sim.interruptible(async {}))),
        ("uninterruptible", polled_again(&sim, sim.uninterruptible(async {}))),
        ("PreemptiveResource::work", polled_again(&sim, machine.work(1, 1.0))),
    ];
    for (what, told) in told {
        assert!(told.starts_with(&format!("`{what}` (")), "{what}: {told}");
        assert!(told.contains("own_defects.rs:"), "{what}: {told}");
        assert!(told.ends_with(") was polled after it had given its output"), "{what}: {told}");
    }
    sim.run().unwrap();
    {
        let mut wait = (&mut borrowed).into_future();
        let mut wait = Pin::new(&mut wait);
        assert!(wait.as_mut().now_or_never().is_some());
        assert!(catch_unwind(AssertUnwindSafe(|| wait.now_or_never())).is_err());
    }
    assert!(
        (&mut borrowed).into_future().now_or_never().is_some(),
        "a timer that is over stays so"
    );
}

/// Does nothing, but is counted.
struct Counted;

impl std::task::Wake for Counted {
    fn wake(self: std::sync::Arc<Self>) {}
}

/// A join that somebody has parked.
type Parked = Rc<RefCell<Option<Pin<Box<dyn Future<Output = Joined>>>>>>;
type Joined = Result<(), Stopped<std::convert::Infallible>>;

/// Polls a join when it is dropped, as its own process ends.
struct JoinsInDrop(Parked);

impl Drop for JoinsInDrop {
    fn drop(&mut self) {
        let join = self.0.take();
        assert!(join.and_then(FutureExt::now_or_never).is_some(), "the process is over");
    }
}

#[test]
fn a_join_that_is_taken_while_its_process_is_being_ended_keeps_no_waker() {
    let sim = Simulation::new();
    let (env, parked) = (sim.env(), Parked::default());
    let local = JoinsInDrop(parked.clone());
    let process = sim.spawn(async move {
        let _local = local;
        env.timeout(9.0).await;
    });
    let (name, counted) = (process.process_ref(), std::sync::Arc::new(Counted));
    sim.run_until(1.0).unwrap();
    let mut join = Box::pin(process.into_future());
    let waker = std::task::Waker::from(counted.clone());
    assert!(join.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    drop(waker);
    assert_eq!(std::sync::Arc::strong_count(&counted), 2, "the end of the process keeps a waker");
    parked.replace(Some(join as _));
    name.cancel();
    sim.run().unwrap();
    assert_eq!(std::sync::Arc::strong_count(&counted), 1);
}

// ---- what was refused at the call leaves the line if a drop panics

#[test]
fn a_wait_for_a_value_whose_drop_panics_at_the_call_leaves_the_line() {
    /// Panics when it is dropped, but not a second time.
    #[derive(Clone)]
    struct Bomb(Rc<Cell<bool>>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(!self.0.replace(false), "planted");
        }
    }
    let sim = Simulation::new();
    let (armed, safe) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
    let state = State::new(&sim, Bomb(armed.clone()));
    let (inner, held) = (state.clone(), Rc::new(()));
    let kept = held.clone();
    let wait = catch_unwind(AssertUnwindSafe(|| {
        state.wait_until(move |_| {
            assert!(Rc::strong_count(&kept) > 1);
            // The value that is looked at is now the last copy of the old one.
            inner.set(Bomb(safe.clone()));
            armed.set(true);
            false
        })
    }));
    assert!(wait.is_err());
    assert_eq!(state.waiting(), 0);
    assert_eq!(Rc::strong_count(&held), 1);
}

// ---- who has a place in the ready line does not sleep

#[test]
fn a_process_that_was_made_ready_while_it_ran_is_resumed_though_it_waits_for_a_timeout() {
    let sim = Simulation::new();
    let env = sim.env();
    let event: Event<()> = sim.event();
    sim.spawn(async move {
        let waiter = event.clone();
        let trigger = async {
            env.timeout(1.0).await;
            event.succeed(());
        };
        asim!(match FirstOf(trigger = trigger, waiter = async { waiter.await }).await {
            FirstOf::Trigger(()) => {}
            FirstOf::Waiter(()) => unreachable!("it comes later in the order written"),
        });
        env.timeout(2.0).await;
    });
    sim.run_until(0.5).unwrap();
    assert!(sim.step().unwrap());
    assert!(sim.blocked().is_empty(), "it is ready: it waited for the event that it triggered");
    assert!(sim.step().unwrap());
    assert_eq!((sim.now(), sim.blocked().len()), (1.0, 1));
    sim.run().unwrap();
    assert_eq!(sim.now(), 3.0);
}

// ---- a change that ends in a panic is a change

#[test]
fn a_condition_sees_an_item_that_was_put_though_its_order_panicked() {
    #[derive(PartialEq, Eq)]
    struct Touchy(u32);
    impl PartialOrd for Touchy {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Touchy {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            assert!(self.0 != 7 && other.0 != 7, "planted");
            self.0.cmp(&other.0)
        }
    }
    let sim = Simulation::new();
    let heap = PriorityQueue::unbounded(&sim);
    drop(heap.put(Touchy(1)));
    let both = sim.wait_until(&heap, |heap| heap.len() == 2);
    assert!(catch_unwind(AssertUnwindSafe(|| heap.try_put(Touchy(7)))).is_err());
    assert_eq!(heap.len(), 2);
    sim.run().unwrap();
    assert!(both.triggered());
}

// ---- a process that waits for its own timer and for something else

#[test]
fn another_timer_that_resumes_a_sleeper_leaves_it_its_own_timer() {
    use std::future::{IntoFuture, poll_fn};
    use std::task::Poll;
    // The own timer is polled once, and stays registered while another timer resumes the process.
    for is_race in [false, true] {
        let sim = Simulation::new();
        let env = sim.env();
        let process = sim.spawn(async move {
            let mut own = Box::pin(env.timeout(3.0).into_future());
            let mut other = if is_race {
                let never = env.event::<()>().mapped(drop);
                let race = first_of([env.timeout(1.0).into_boxed(), never.into_boxed()]);
                race.mapped(drop).into_boxed().into_future()
            } else {
                env.timeout(1.0).into_boxed().into_future()
            };
            poll_fn(|context| {
                assert!(other.poll_unpin(context).is_pending() || env.now() == 1.0);
                if env.now() == 0.0 {
                    assert!(own.as_mut().poll(context).is_pending());
                    return Poll::Pending;
                }
                Poll::Ready(())
            })
            .await;
            poll_fn(|_| if env.now() < 3.0 { Poll::Pending } else { Poll::Ready(()) }).await;
            Ok::<_, String>(env.now())
        });
        sim.run_until(9.0).unwrap();
        assert!(process.done(), "race: {is_race}");
        assert_eq!(sim.run_until_event(process).unwrap(), Ok(3.0));
    }
}
