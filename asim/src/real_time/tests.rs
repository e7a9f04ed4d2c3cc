use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::{RealTime, Wall};
use crate::prelude::*;

/// A wall clock that moves only while somebody sleeps or works slowly.
#[derive(Clone, Default)]
struct Fake {
    now: Rc<Cell<f64>>,
    sleeps: Rc<RefCell<Vec<f64>>>,
    /// The longest time that one sleep lasts.
    soundly: Rc<Cell<Option<f64>>>,
}

impl Wall for Fake {
    fn now(&self) -> f64 {
        self.now.get()
    }

    fn sleep(&self, seconds: f64) {
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
