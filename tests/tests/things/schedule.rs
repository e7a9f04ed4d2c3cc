//! Callbacks at a time, and processes that start later.

use asim::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::counting;

type Log = Rc<RefCell<Vec<String>>>;

/// A process that notes when it starts, when it was initialised, and when it ends.
struct Noted {
    log: Log,
    name: &'static str,
    initialised: Option<f64>,
}

fn noted(log: &Log, name: &'static str) -> Noted {
    Noted { log: log.clone(), name, initialised: None }
}

impl Process for Noted {
    type Output = Result<f64, &'static str>;

    fn init(&mut self, env: &Environment) {
        self.initialised = Some(env.now());
    }

    async fn run(self, env: Environment) -> Result<f64, &'static str> {
        let Noted { log, name, initialised } = self;
        assert_eq!(initialised, Some(env.now()));
        log.borrow_mut().push(format!("{} {name} starts", env.now()));
        let woken = env.interruptible(env.timeout(2.0)).await;
        let how = if woken.is_ok() { "ends" } else { "is interrupted" };
        log.borrow_mut().push(format!("{} {name} {how}", env.now()));
        Ok(env.now())
    }
}

fn note(log: &Log, what: &'static str) -> impl FnOnce(&Environment) + 'static {
    let log = log.clone();
    move |env| log.borrow_mut().push(format!("{} {what}", env.now()))
}

#[test]
fn rule_02_what_is_scheduled_for_one_time_happens_in_the_order_of_the_calls() {
    let (sim, log) = (Simulation::new(), Log::default());
    sim.schedule(2.0, note(&log, "a"));
    sim.process_in(2.0, noted(&log, "b"));
    sim.schedule(1.0, note(&log, "c"));
    sim.schedule(2.0, note(&log, "d"));
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 c", "2 a", "2 b starts", "2 d", "4 b ends"]);
}

#[test]
fn rule_02_a_delay_of_zero_comes_after_what_is_ready_and_before_later_timers_of_now() {
    let (sim, log) = (Simulation::new(), Log::default());
    sim.schedule(0.0, note(&log, "first"));
    sim.process(noted(&log, "process"));
    let env = Environment::clone(&sim);
    let notes = log.clone();
    sim.schedule(0.0, move |_| {
        env.schedule(0.0, note(&notes, "third"));
        env.process(noted(&notes, "caused"));
        note(&notes, "second")(&env);
    });
    sim.run_until(1.0).unwrap();
    let expected = ["0 process starts", "0 first", "0 second", "0 caused starts", "0 third"];
    assert_eq!(*log.borrow(), expected);
}

#[test]
fn the_delay_counts_from_the_call_whenever_the_run_goes_on() {
    let (sim, log) = (Simulation::starting_at(10.0), Log::default());
    let first = sim.schedule(5.0, note(&log, "call"));
    assert_eq!(sim.peek(), Some(15.0));
    sim.run_until(14.0).unwrap();
    assert!(!first.done() && sim.blocked().is_empty());
    assert_eq!(sim.run_until_event(first).unwrap(), Ok(()));
    assert_eq!(*log.borrow(), ["15 call"]);
}

#[test]
fn a_callback_is_the_active_process_and_has_a_name() {
    let sim = Simulation::new();
    let called = Rc::new(Cell::new(false));
    let flag = called.clone();
    sim.schedule(1.0, move |env| {
        let name = env.active_process().unwrap().name().to_string();
        let function = "a_callback_is_the_active_process_and_has_a_name";
        assert!(name.starts_with(&format!("{function} (scheduled at ")), "{name}");
        flag.set(true);
    });
    sim.run().unwrap();
    assert!(called.get());
}

#[test]
fn rule_01_what_is_cancelled_before_its_time_is_as_if_it_had_never_been() {
    let (sim, log) = (Simulation::new(), Log::default());
    let call = sim.schedule(5.0, note(&log, "call"));
    let process = sim.process_in(6.0, noted(&log, "process"));
    sim.schedule(3.0, note(&log, "kept"));
    call.cancel();
    assert!(call.done());
    let canceller = process.process_ref();
    sim.schedule(4.0, move |_| canceller.cancel());
    assert_eq!(sim.run_until_event(process).unwrap(), Err(Stopped::Cancelled));
    sim.run().unwrap();
    assert_eq!((log.take(), sim.now()), (vec!["3 kept".to_string()], 4.0));
}

#[test]
fn rule_02_a_cancellation_and_a_start_at_one_time_come_in_their_order() {
    for cancelled_first in [true, false] {
        let (sim, log) = (Simulation::new(), Log::default());
        let late = Rc::new(RefCell::new(None::<ProcessRef>));
        let shared = late.clone();
        let cancel = move |_: &Environment| shared.borrow().as_ref().unwrap().cancel();
        if cancelled_first {
            sim.schedule(1.0, cancel);
            *late.borrow_mut() = Some(sim.process_in(1.0, noted(&log, "process")).process_ref());
        } else {
            *late.borrow_mut() = Some(sim.process_in(1.0, noted(&log, "process")).process_ref());
            sim.schedule(1.0, cancel);
        }
        sim.run().unwrap();
        let expected: &[&str] = if cancelled_first { &[] } else { &["1 process starts"] };
        assert_eq!(*log.borrow(), expected);
        assert_eq!(sim.now(), 1.0);
    }
}

#[test]
fn dropping_the_handle_changes_nothing() {
    let (sim, log) = (Simulation::new(), Log::default());
    drop(sim.schedule(1.0, note(&log, "call")));
    drop(sim.process_in(1.0, noted(&log, "process")));
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 call", "1 process starts", "3 process ends"]);
}

#[test]
fn a_process_that_has_not_started_can_be_joined_and_raced() {
    let (sim, log) = (Simulation::new(), Log::default());
    let mut late = sim.process_in(5.0, noted(&log, "late"));
    let env = Environment::clone(&sim);
    let joiner = sim.spawn(async move {
        asim!(match FirstOf(late = &mut late, tired = env.timeout(1.0)).await {
            FirstOf::Late(_) => unreachable!(),
            FirstOf::Tired(()) => assert!(!late.done()),
        });
        assert_eq!(late.await, Ok(7.0));
    });
    sim.run().unwrap();
    assert!(joiner.done());
}

#[test]
fn rule_07_an_interrupt_before_the_start_neither_starts_it_nor_is_lost() {
    let (sim, log) = (Simulation::new(), Log::default());
    let late = sim.process_in(5.0, noted(&log, "late"));
    late.interrupt("early");
    sim.run_until(4.0).unwrap();
    assert!(log.borrow().is_empty());
    let refused = late.process_ref();
    sim.run().unwrap();
    refused.interrupt("late");
    assert_eq!(*log.borrow(), ["5 late starts", "5 late is interrupted"]);
}

#[test]
fn rule_10_an_error_of_a_callback_is_claimed_or_loud() {
    let sim = Simulation::new();
    sim.schedule(2.0, |env| if env.now() > 1.0 { Err("too late") } else { Ok(()) });
    let error = sim.run().unwrap_err();
    let SimError::ProcessFailed { process, time: 2.0, source, .. } = error else { panic!() };
    assert!(
        process.starts_with("rule_10_an_error_of_a_callback_is_claimed_or_loud (scheduled at ")
    );
    assert_eq!(source.to_string(), "too late");
    let claimed = sim.schedule(1.0, |_| Err::<(), _>("too late"));
    assert_eq!(sim.run_until_event(claimed).unwrap(), Err(Stopped::Failed("too late")));
}

#[test]
fn an_infinite_delay_never_comes() {
    let (sim, log) = (Simulation::new(), Log::default());
    let never = sim.schedule(f64::INFINITY, note(&log, "call"));
    sim.process_in(f64::INFINITY, noted(&log, "process"));
    sim.run().unwrap();
    assert_eq!((sim.now(), sim.peek(), never.done()), (0.0, None, false));
    never.cancel();
    assert!(never.done() && log.borrow().is_empty());
}

#[test]
#[should_panic(expected = "a delay is a number >= 0, not -1")]
fn a_negative_delay_is_refused() {
    Simulation::new().schedule(-1.0, |_| {});
}

#[test]
#[should_panic(expected = "a delay is a number >= 0, not NaN")]
fn a_delay_that_is_not_a_number_is_refused() {
    let log = Log::default();
    Simulation::new().process_in(f64::NAN, noted(&log, "never"));
}

#[test]
fn rule_08_nothing_is_called_after_the_simulation_is_gone() {
    /// Schedules, starts and interrupts when it is dropped.
    struct Last(Environment, ProcessRef);
    impl Drop for Last {
        fn drop(&mut self) {
            let refused = self.0.schedule(0.0, |_| panic!("called"));
            refused.interrupt("nobody");
            refused.cancel();
            self.1.interrupt("nobody");
            self.0.process_in(0.0, noted(&Log::default(), "never")).cancel();
        }
    }
    let (sim, log) = (Simulation::new(), Log::default());
    let kept = sim.schedule(1.0, note(&log, "call"));
    let last = Last(Environment::clone(&sim), kept.process_ref());
    sim.schedule(2.0, move |_| drop(last));
    drop(sim);
    assert!(kept.done() && log.borrow().is_empty());
}

#[test]
fn rule_01_memory_follows_what_is_scheduled() {
    let sim = Simulation::new();
    let round = |n: u32| {
        let kept = sim.schedule(1.0, |_| {});
        let cancelled = sim.schedule(1e9, |_| {});
        let late = sim.process_in(f64::from(n % 3), noted(&Log::default(), "late"));
        late.cancel();
        cancelled.cancel();
        drop((kept, cancelled, late));
        sim.run_until(f64::from(n)).unwrap();
    };
    (0..1_000).for_each(round);
    let before = counting::in_use();
    (1_000..20_000).for_each(round);
    // Some lists may have grown.
    assert!(counting::in_use() <= before + 4096, "from {before} to {}", counting::in_use());
}
