use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use super::{RealTime, Wall};
use crate::engine::wake_queue::WakeQueue;
use crate::prelude::*;
use futures::{
    FutureExt, StreamExt,
    channel::{mpsc, oneshot},
};

/// A wall clock that moves only while somebody sleeps or works slowly.
#[derive(Clone, Default)]
struct Fake {
    now: Rc<Cell<f64>>,
    sleeps: Rc<RefCell<Vec<f64>>>,
    /// The longest time that one sleep lasts.
    soundly: Rc<Cell<Option<f64>>>,
    /// What other threads do, and when: the earliest last.
    outside: Rc<RefCell<Vec<(f64, Act)>>>,
}

/// What another thread does.
type Act = Box<dyn FnOnce() + Send>;

/// Has another thread do something.
fn from_outside(act: impl FnOnce() + Send + 'static) {
    std::thread::spawn(act).join().unwrap();
}

impl Wall for Fake {
    fn now(&self) -> f64 {
        self.now.get()
    }

    fn sleep(&self, until: Option<f64>, queue: &WakeQueue, _: &dyn Fn() -> bool) {
        assert!(!queue.has_outside(), "what was woken is dealt with first");
        let next = self.outside.borrow().last().map(|&(time, _)| time);
        let until = until.unwrap_or(f64::INFINITY);
        if let Some(time) = next.filter(|&time| time < until) {
            let act = self.outside.borrow_mut().pop().unwrap().1;
            self.now.set(self.now.get().max(time));
            from_outside(act);
            return;
        }
        let seconds = until - self.now.get();
        assert!(seconds < f64::INFINITY, "it sleeps for ever");
        assert!(seconds > 0.0, "there is no time to sleep for");
        let slept = self.soundly.get().map_or(seconds, |most| most.min(seconds));
        self.sleeps.borrow_mut().push(slept);
        self.now.set(self.now.get() + slept);
    }
}

impl Fake {
    fn passes(&self, seconds: f64) {
        self.now.set(self.now.get() + seconds);
    }

    /// Has another thread do something at this time, if the run sleeps then. Call it in the order of the
    /// times.
    fn at(&self, time: f64, act: impl FnOnce() + Send + 'static) {
        self.outside.borrow_mut().insert(0, (time, Box::new(act)));
    }

    fn runs<'s>(&self, sim: &'s Simulation, factor: f64) -> RealTime<'s> {
        RealTime::by(Box::new(self.clone()), sim, factor)
    }
}

/// Notes the time on the wall clock when each of these times of the model comes.
fn noted(sim: &Simulation, wall: &Fake, times: &[f64]) -> Rc<RefCell<Vec<(f64, f64)>>> {
    let notes = Rc::new(RefCell::new(Vec::new()));
    for &time in times {
        let (notes, wall) = (Rc::clone(&notes), wall.clone());
        sim.schedule(time, move |env| notes.borrow_mut().push((env.now(), wall.now())));
    }
    notes
}

#[test]
fn what_is_due_happens_when_its_time_has_come_on_the_wall() {
    let (sim, wall) = (Simulation::starting_at(10.0), Fake::default());
    wall.passes(100.0);
    let notes = noted(&sim, &wall, &[1.0, 1.0, 4.0]);
    wall.runs(&sim, 0.5).run().unwrap();
    assert_eq!(*notes.borrow(), [(11.0, 100.5), (11.0, 100.5), (14.0, 102.0)]);
    assert_eq!(*wall.sleeps.borrow(), [0.5, 1.5], "one sleep for each time");
}

#[test]
fn a_sleep_that_ends_early_is_slept_on() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    wall.soundly.set(Some(0.75));
    let notes = noted(&sim, &wall, &[2.0]);
    wall.runs(&sim, 1.0).run().unwrap();
    assert_eq!(*wall.sleeps.borrow(), [0.75, 0.75, 0.5]);
    assert_eq!(*notes.borrow(), [(2.0, 2.0)]);
}

#[test]
fn run_until_ends_when_that_time_has_come() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let notes = noted(&sim, &wall, &[1.0, 3.0, 3.5]);
    let real_time = wall.runs(&sim, 2.0);
    real_time.run_until(3.0).unwrap();
    assert_eq!((sim.now(), wall.now(), notes.borrow().len()), (3.0, 6.0, 2));
    real_time.run_until(3.25).unwrap();
    assert_eq!((sim.now(), wall.now()), (3.25, 6.5));
    assert!(matches!(real_time.run_until(1.0), Err(SimError::TimeInPast { .. })));
    real_time.run_until(f64::INFINITY).unwrap();
    assert_eq!((sim.now(), wall.now(), notes.borrow().len()), (3.5, 7.0, 3));
    assert!(matches!(real_time.run_until(f64::NAN), Err(SimError::TimeInPast { .. })));
}

#[test]
fn run_until_event_and_step_keep_in_step() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let notes = noted(&sim, &wall, &[1.0, 5.0]);
    let real_time = wall.runs(&sim, 1.0);
    assert!(real_time.step().unwrap());
    assert_eq!(*notes.borrow(), [(1.0, 1.0)]);
    real_time.run_until_event(sim.timeout(2.0)).unwrap();
    assert_eq!((sim.now(), wall.now()), (3.0, 3.0));
    let never = sim.event::<()>();
    assert!(matches!(real_time.run_until_event(never), Err(SimError::RanDry { .. })));
    assert_eq!(*notes.borrow(), [(1.0, 1.0), (5.0, 5.0)]);
    assert!(!real_time.step().unwrap());
}

#[test]
fn a_strict_run_that_is_more_than_a_unit_behind_fails_and_can_go_on() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let slow = wall.clone();
    sim.schedule(1.0, move |_| slow.passes(2.5));
    let notes = noted(&sim, &wall, &[2.0, 2.5, 9.0]);
    let mut real_time = wall.runs(&sim, 1.0);
    let error = real_time.run().unwrap_err();
    assert!(matches!(error, SimError::TooSlow { time: 2.0, behind: 1.5 }), "{error:?}");
    assert_eq!(error.to_string(), "too slow for real time: 1.500 s behind at time 2");
    assert_eq!((sim.now(), notes.borrow().len()), (1.0, 0), "nothing has been skipped");
    real_time.sync();
    real_time.run().unwrap();
    assert_eq!(*notes.borrow(), [(2.0, 4.5), (2.5, 5.0), (9.0, 11.5)]);
}

#[test]
fn just_one_unit_behind_is_not_too_slow() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let slow = wall.clone();
    sim.schedule(1.0, move |_| slow.passes(2.0));
    let notes = noted(&sim, &wall, &[2.0, 5.0]);
    wall.runs(&sim, 1.0).run().unwrap();
    assert_eq!(*notes.borrow(), [(2.0, 3.0), (5.0, 5.0)], "it catches up");
}

#[test]
fn a_lenient_run_is_late_until_it_has_caught_up() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let slow = wall.clone();
    sim.schedule(1.0, move |_| slow.passes(10.0));
    let notes = noted(&sim, &wall, &[2.0, 3.0, 20.0]);
    wall.runs(&sim, 1.0).lenient().run().unwrap();
    assert_eq!(*notes.borrow(), [(2.0, 11.0), (3.0, 11.0), (20.0, 20.0)]);
}

#[test]
fn failures_end_it_as_they_end_any_run() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let kept = sim.schedule(1.0, |_| Err::<(), _>("kept"));
    drop(sim.schedule(2.0, |_| Err::<(), _>("dropped")));
    let real_time = wall.runs(&sim, 1.0);
    assert!(real_time.run().unwrap_err().to_string().ends_with("dropped"));
    assert!(real_time.run().unwrap_err().to_string().ends_with("kept"));
    real_time.run().unwrap();
    drop(kept);
}

#[test]
#[should_panic(expected = "a factor of real time is a finite number > 0, not 0")]
fn a_factor_of_zero_is_refused() {
    let _ = RealTime::new(&Simulation::new(), 0.0);
}

// ---- the outside

type Notes = Rc<RefCell<Vec<(f64, &'static str)>>>;

/// A process that notes each order and when it came.
fn server(sim: &Simulation) -> (mpsc::UnboundedSender<&'static str>, Notes, ProcessHandle<()>) {
    let (sender, mut orders) = mpsc::unbounded();
    let (env, notes) = (sim.env(), Notes::default());
    let told = Rc::clone(&notes);
    let server = sim.spawn(async move {
        while let Some(order) = orders.next().await {
            told.borrow_mut().push((env.now(), order));
        }
        told.borrow_mut().push((env.now(), "closed"));
    });
    (sender, notes, server)
}

fn tick(sim: &Simulation, notes: &Notes, time: f64, what: &'static str) {
    let notes = Rc::clone(notes);
    sim.schedule(time, move |env| notes.borrow_mut().push((env.now(), what)));
}

#[test]
fn rule_18_a_sleep_is_woken_and_the_clock_shows_the_time_on_the_wall() {
    let (sim, wall) = (Simulation::starting_at(10.0), Fake::default());
    let (sender, notes, _server) = server(&sim);
    tick(&sim, &notes, 1.0, "tick");
    wall.at(0.05, move || sender.unbounded_send("tea").unwrap());
    wall.runs(&sim, 2.0).run().unwrap();
    // (The sender is gone with the thread.)
    assert_eq!(*notes.borrow(), [(10.025, "tea"), (10.025, "closed"), (11.0, "tick")]);
    assert_eq!(wall.now(), 2.0);
}

#[test]
fn rule_18_timers_due_by_then_fire_first() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let (sender, notes, _server) = server(&sim);
    let (slow, told) = (wall.clone(), Rc::clone(&notes));
    // While the model computes, an order comes and the time of three timers.
    sim.schedule(1.0, move |env| {
        from_outside(move || sender.unbounded_send("tea").unwrap());
        slow.passes(2.5);
        told.borrow_mut().push((env.now(), "computed"));
    });
    for (time, what) in [(1.0, "one"), (2.0, "two"), (3.5, "three"), (4.0, "four")] {
        tick(&sim, &notes, time, what);
    }
    wall.runs(&sim, 1.0).lenient().run().unwrap();
    assert_eq!(
        *notes.borrow(),
        [
            (1.0, "computed"),
            (1.0, "one"),
            (2.0, "two"),
            (3.5, "three"),
            (3.5, "tea"),
            (3.5, "closed"),
            (4.0, "four")
        ]
    );
}

#[test]
fn rule_18_a_run_that_only_waits_for_requests_waits() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let (sender, notes, server) = server(&sim);
    let (second, third) = (sender.clone(), sender.clone());
    wall.at(5.0, move || sender.unbounded_send("tea").unwrap());
    wall.at(7.5, move || second.unbounded_send("milk").unwrap());
    wall.at(9.0, move || drop(third));
    wall.runs(&sim, 1.0).run().unwrap();
    assert!(server.done());
    assert_eq!(*notes.borrow(), [(5.0, "tea"), (7.5, "milk"), (9.0, "closed")]);
    assert!(wall.sleeps.borrow().is_empty());
}

#[test]
fn rule_18_run_until_ends_at_its_time_while_the_outside_holds_on() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let (sender, notes, server) = server(&sim);
    let (sent, late) = (sender.clone(), sender.clone());
    wall.at(1.0, move || sent.unbounded_send("tea").unwrap());
    wall.at(6.0, move || late.unbounded_send("milk").unwrap());
    let real_time = wall.runs(&sim, 1.0);
    real_time.run_until(4.0).unwrap();
    assert_eq!((sim.now(), wall.now(), server.done()), (4.0, 4.0, false));
    real_time.run_until(5.0).unwrap();
    // Sent between two runs: it is noticed when the next run looks.
    wall.passes(0.5);
    from_outside({
        let sender = sender.clone();
        move || sender.unbounded_send("salt").unwrap()
    });
    real_time.run_until(7.0).unwrap();
    assert_eq!(*notes.borrow(), [(1.0, "tea"), (5.5, "salt"), (6.0, "milk")]);
    drop(sender);
    real_time.run().unwrap();
    assert!(server.done());
}

#[test]
fn rule_18_step_waits_for_the_outside_too() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let (sender, notes, _server) = server(&sim);
    let real_time = wall.runs(&sim, 1.0);
    assert!(real_time.step().unwrap(), "the process starts");
    wall.at(3.0, move || sender.unbounded_send("tea").unwrap());
    assert!(real_time.step().unwrap());
    assert_eq!(*notes.borrow(), [(3.0, "tea"), (3.0, "closed")]);
    assert!(!real_time.step().unwrap());
}

#[test]
fn rule_18_run_until_event_waits_for_what_the_outside_sends() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let (sender, receiver) = oneshot::channel();
    let (other, notes, _server) = server(&sim);
    tick(&sim, &notes, 1.0, "tick");
    tick(&sim, &notes, 3.0, "tick");
    wall.at(0.5, move || other.unbounded_send("tea").unwrap());
    wall.at(2.5, move || sender.send("now").unwrap());
    let real_time = wall.runs(&sim, 1.0);
    assert_eq!(real_time.run_until_event(receiver).unwrap(), Ok("now"));
    assert_eq!((sim.now(), wall.now()), (2.5, 2.5));
    assert_eq!(*notes.borrow(), [(0.5, "tea"), (0.5, "closed"), (1.0, "tick")]);
    // Nobody outside can trigger what waits for a request of the model.
    let queue = Queue::<u32>::unbounded(&sim);
    let error = real_time.run_until_event(async { queue.get().await }).unwrap_err();
    assert!(matches!(error, SimError::RanDry { .. }), "{error:?}");
    // Nor what has dropped its waker.
    let (sender, receiver) = oneshot::channel::<()>();
    std::mem::forget(sender);
    let mut receiver = Some(receiver);
    let forgetful = poll_fn(|context| {
        if let Some(mut receiver) = receiver.take() {
            assert!(receiver.poll_unpin(context).is_pending());
        }
        Poll::<()>::Pending
    });
    assert!(matches!(real_time.run_until_event(forgetful), Err(SimError::RanDry { .. })));
}

#[test]
fn rule_18_a_wake_of_the_model_itself_takes_effect_at_once() {
    let (sim, wall, notes) = (Simulation::new(), Fake::default(), Notes::default());
    let kept = Arc::new(Mutex::new(None::<Waker>));
    let (env, told, keeps) = (sim.env(), Rc::clone(&notes), Arc::clone(&kept));
    sim.spawn(async move {
        let mut polls = 0;
        poll_fn(|context| {
            polls += 1;
            *keeps.lock().unwrap() = Some(context.waker().clone());
            if polls == 1 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        told.borrow_mut().push((env.now(), "woken"));
    });
    let slow = wall.clone();
    sim.schedule(1.0, move |_| {
        let outside = Arc::clone(&kept);
        from_outside(move || outside.lock().unwrap().as_ref().unwrap().wake_by_ref());
        slow.passes(0.5);
        // The process is noted already. It must not wait until the clock shows the time on the wall.
        kept.lock().unwrap().take().unwrap().wake();
    });
    tick(&sim, &notes, 1.25, "tick");
    wall.runs(&sim, 1.0).run().unwrap();
    assert_eq!(*notes.borrow(), [(1.0, "woken"), (1.25, "tick")]);
}

#[test]
fn rule_18_the_wakers_of_ended_processes_hold_nobody_up() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let (sender, _notes, server) = server(&sim);
    sim.schedule(2.0, {
        let server = server.process_ref();
        move |_| server.cancel()
    });
    let (kept, receiver) = oneshot::channel::<()>();
    let receiver = Rc::new(RefCell::new(receiver));
    let (env, shared) = (sim.env(), Rc::clone(&receiver));
    let returned = sim.spawn(async move {
        asim!(match FirstOf(
            sent = poll_fn(|cx| shared.borrow_mut().poll_unpin(cx)),
            late = env.timeout(1.0)
        )
        .await
        {
            FirstOf::Sent(_) => unreachable!(),
            FirstOf::Late(()) => {}
        });
    });
    wall.runs(&sim, 1.0).run().unwrap();
    assert!(server.done() && returned.done());
    assert_eq!((sim.now(), wall.now()), (2.0, 2.0), "it has ended, although wakers are alive");
    drop((sender, kept, receiver));
}

#[test]
fn rule_18_a_plain_run_hears_the_outside_as_before() {
    let (sim, wall) = (Simulation::new(), Fake::default());
    let (sender, notes, _server) = server(&sim);
    sim.run().unwrap();
    let real_time = wall.runs(&sim, 1.0);
    real_time.run_until(1.0).unwrap();
    wall.passes(3.0);
    from_outside(move || sender.unbounded_send("tea").unwrap());
    sim.run().unwrap();
    assert_eq!(*notes.borrow(), [(1.0, "tea"), (1.0, "closed")]);
}
