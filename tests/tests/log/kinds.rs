//! Each kind of happening occurs, with what belongs to it.

use asim::prelude::*;
use asim::{Happening, Kind, Trace};

fn kinds_of(trace: &Trace, process: &str) -> Vec<Kind> {
    trace.of_process(process).map(|happening| happening.kind).collect()
}

fn only(trace: &Trace, kind: Kind) -> Happening {
    let all: Vec<Happening> = trace.of_kind(kind).collect();
    let [only] = &all[..] else { panic!("{all:?}\n{trace}") };
    only.clone()
}

#[process]
async fn worker(env: Environment, delay: f64) -> Result<(), String> {
    env.timeout(delay).await;
    if delay > 1.0 { Err("too long".to_owned()) } else { Ok(()) }
}

use Kind::{
    Cancelled, Ended, Failed, Interrupted, Panicked, Paused, Preempted, Resumed, Started, Stopped,
};

#[test]
fn a_process_starts_waits_and_ends() {
    let sim = Simulation::new();
    let trace = sim.trace();
    sim.process(Worker::new(1.0));
    sim.run().unwrap();
    assert_eq!(kinds_of(&trace, "Worker"), [Started, Resumed, Paused, Resumed, Ended]);
    let paused = only(&trace, Paused);
    assert_eq!((paused.time, paused.request), (0.0, Some("timeout")));
    let line = paused.call_site.expect("a timeout is made at a line");
    assert!(line.file().ends_with("kinds.rs"), "{line}");
    assert_eq!(only(&trace, Ended).time, 1.0);
}

#[test]
fn a_process_fails() {
    let sim = Simulation::new();
    let trace = sim.trace();
    sim.process(Worker::new(2.0));
    sim.run().unwrap_err();
    assert_eq!(kinds_of(&trace, "Worker"), [Started, Resumed, Paused, Resumed, Failed]);
    let joined = sim.process(Worker::new(2.0).named("joined"));
    sim.run_until_event(joined).unwrap().unwrap_err();
    assert_eq!(kinds_of(&trace, "joined"), [Started, Resumed, Paused, Resumed, Failed]);
}

#[test]
fn a_process_is_cancelled_by_another_and_by_itself() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let early = sim.process(Worker::new(1.0).named("early"));
    early.cancel();
    let late = sim.process(Worker::new(1.0).named("late"));
    sim.schedule(0.5, move |_| late.cancel());
    let env = sim.env();
    let itself = sim.spawn(async move {
        env.active_process().expect("a process").cancel();
        env.timeout(1.0).await;
    });
    let itself = itself.process_ref().name().to_owned();
    sim.run().unwrap();
    assert_eq!(kinds_of(&trace, "early"), [Started, Cancelled]);
    assert_eq!(kinds_of(&trace, "late"), [Started, Resumed, Paused, Cancelled]);
    assert_eq!(kinds_of(&trace, &itself), [Started, Resumed, Paused, Cancelled]);
}

#[test]
fn an_interrupt_is_caught_or_ends_the_process() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let env = sim.env();
    let catches = sim.spawn(async move {
        env.interruptible(env.timeout(9.0)).await.unwrap_err();
    });
    let catcher = catches.process_ref().name().to_owned();
    let ends = sim.process(Worker::new(9.0));
    sim.schedule(1.0, move |_| {
        catches.interrupt(());
        ends.interrupt(());
    });
    sim.run().unwrap_err();
    assert_eq!(kinds_of(&trace, &catcher), [Started, Resumed, Paused, Resumed, Interrupted, Ended]);
    assert_eq!(kinds_of(&trace, "Worker"), [Started, Resumed, Paused, Interrupted, Stopped]);
}

#[test]
fn a_panic_is_the_last_line_of_its_process_and_the_file_is_whole() {
    let path = super::temporary("panic.log");
    let to = path.clone();
    let thread = std::thread::spawn(move || {
        let sim = Simulation::new();
        sim.trace_to(to).unwrap();
        sim.schedule(1.0, |_| panic!("on purpose"));
        sim.process(Worker::new(2.0));
        sim.run().unwrap();
    });
    thread.join().unwrap_err();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().rev().take(2).collect();
    assert!(lines[0].contains("Worker #2") && lines[0].contains("has not ended"), "{text}");
    assert!(lines[1].contains("#1") && lines[1].ends_with("panics"), "{text}");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_panic_that_is_caught_is_in_the_log() {
    let sim = Simulation::new();
    let trace = sim.trace();
    sim.schedule(1.0, |_| panic!("on purpose"));
    let run = std::panic::AssertUnwindSafe(|| sim.run());
    std::panic::catch_unwind(run).unwrap_err();
    assert_eq!(only(&trace, Panicked).time, 1.0);
    sim.schedule(1.0, |env| env.log("goes on"));
    sim.run().unwrap();
    assert_eq!(only(&trace, Kind::Logged).time, 2.0);
}

#[test]
fn an_evicted_holder_is_preempted() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let machine = PreemptiveResource::new(&sim, 1).named("machine");
    for (delay, priority) in [(0.0, 2), (1.0, 1)] {
        let (env, machine) = (sim.env(), machine.clone());
        sim.spawn(async move {
            env.timeout(delay).await;
            let work = async {
                let _slot = machine.acquire_with_priority(priority).await;
                env.timeout(3.0).await;
            };
            let _ = env.interruptible(work).await;
        });
    }
    sim.run().unwrap();
    let preempted = only(&trace, Preempted);
    assert_eq!((preempted.time, preempted.thing.as_deref()), (1.0, Some("machine")));
    assert_eq!(preempted.process.expect("it had a holder").number, 1);
    let interrupted = only(&trace, Interrupted);
    assert_eq!(interrupted.process.expect("a process").number, 1);
}

#[test]
fn a_standstill_is_the_end_of_the_log() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let clerks = Resource::new(&sim, 1).named("clerks");
    for _ in 0..2 {
        let clerks = clerks.clone();
        let env = sim.env();
        sim.spawn(async move {
            let _slot = clerks.acquire().await;
            env.timeout(f64::INFINITY).await;
        });
    }
    let started_only = sim.schedule(f64::INFINITY, |_| ());
    sim.run().unwrap();
    drop(sim);
    drop(started_only);
    let left: Vec<_> = trace.of_kind(Kind::Unfinished).map(|left| left.request).collect();
    assert_eq!(left, [Some("timeout(inf)"), Some("Resource::acquire"), None], "{trace}");
    let text = trace.to_string();
    assert!(text.ends_with("has not ended\n"), "{text}");
    assert!(text.contains("has not ended: it waits for Resource::acquire ("), "{text}");
    assert_eq!(trace.iter().skip_while(|it| it.kind != Kind::Unfinished).count(), 3);
}

#[test]
fn a_capacity_that_changes_is_in_the_log() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let clerks = Resource::new(&sim, 2).named("clerks");
    clerks.set_capacity(5);
    let capacities: Vec<_> = trace.of_kind(Kind::Capacity).map(|it| it.level).collect();
    assert_eq!(capacities, [Some(2.0), Some(5.0)]);
}

#[test]
fn a_process_that_starts_later_resumes_at_its_time() {
    let sim = Simulation::starting_at(1.0);
    let trace = sim.trace();
    sim.process_in(4.0, Worker::new(1.0).named(String::from("late")));
    sim.run().unwrap();
    let times: Vec<(f64, Kind)> = trace.iter().map(|it| (it.time, it.kind)).collect();
    assert_eq!(
        times,
        [(1.0, Started), (5.0, Resumed), (5.0, Paused), (6.0, Resumed), (6.0, Ended)]
    );
}

#[test]
fn what_is_held_on_after_the_end_is_released_by_its_process() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let clerks = Resource::new(&sim, 1).named("clerks");
    let held = std::rc::Rc::new(std::cell::RefCell::new(None));
    let (to, of) = (held.clone(), clerks.clone());
    let handle = sim.spawn(async move {
        *to.borrow_mut() = Some(of.acquire().await);
    });
    sim.run().unwrap();
    sim.run().unwrap(); // the log has been handed over
    drop(held.take());
    let released = only(&trace, Kind::Released);
    assert_eq!(released.process.expect("its handle is alive").number, 1);
    drop(handle);
    sim.run().unwrap();
    assert_eq!(clerks.count(), 0);
}

#[process]
async fn visitor(env: Environment, stays: f64) {
    let _here = env.level("inside").enter();
    env.timeout(stays).await;
}

#[test]
fn a_level_of_the_model_is_in_the_log_as_a_thing_is() {
    let sim = Simulation::new();
    let inside = sim.level("inside");
    inside.set(5.0);
    let trace = sim.trace();
    let clerks = Resource::new(&sim, 2).named("clerks");
    sim.process(Visitor::new(2.0));
    sim.schedule(1.0, |env| {
        env.level("inside").set(6.0); // as it is: no change
        env.level("temperature").set(-0.5); // a new one, and not whole
    });
    sim.run().unwrap();
    inside.add(1.0);
    drop(clerks.try_acquire());

    let changes = |name: &str| -> Vec<(f64, Option<u32>, Kind, Option<f64>)> {
        let of_thing = trace.of_thing(name);
        of_thing.map(|it| (it.time, it.process.map(|it| it.number), it.kind, it.level)).collect()
    };
    assert_eq!(
        changes("inside"),
        [
            (0.0, None, Kind::Level, Some(5.0)), // what there was when the log began
            (0.0, Some(1), Kind::Level, Some(6.0)),
            (2.0, Some(1), Kind::Level, Some(5.0)),
            (2.0, None, Kind::Level, Some(6.0)),
        ]
    );
    assert_eq!(
        changes("temperature"),
        [(1.0, Some(2), Kind::Level, Some(0.0)), (1.0, Some(2), Kind::Level, Some(-0.5))]
    );
    // The numbers of things and of levels are those of one list.
    let clerks: Vec<Kind> = trace.of_thing("clerks").map(|it| it.kind).collect();
    assert_eq!(clerks.first(), Some(&Kind::Capacity));
    assert_eq!(clerks.last(), Some(&Kind::Level));
    let mut text = trace.to_string();
    text.retain(|letter| letter != ' ');
    assert!(text.contains("Visitor#1insidelevel5\n"), "{trace}");
}

#[process]
async fn surgery(env: Environment, room: Resource, surgeons: Resource) {
    let _both = acquire_together([(&room, 1), (&surgeons, 2)]).await;
    env.timeout(1.0).await;
}

#[test]
fn what_is_granted_together_is_granted_to_who_has_asked() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let room = Resource::new(&sim, 2).named("room");
    let surgeons = Resource::new(&sim, 2).named("surgeons");
    sim.process(Surgery::new(room.clone(), surgeons.clone()).named("first"));
    // It waits for the surgeons. The end of the first one grants it both, also the room that was free.
    sim.process(Surgery::new(room, surgeons).named("second"));
    sim.run().unwrap();
    let granted: Vec<_> = (trace.of_kind(Kind::Granted))
        .map(|it| (it.time, it.process.unwrap().name.to_string(), it.thing.unwrap().to_string()))
        .collect();
    let expected = |time, who: &str, thing: &str| (time, who.to_owned(), thing.to_owned());
    assert_eq!(
        granted,
        [
            expected(0.0, "first", "room"),
            expected(0.0, "first", "surgeons"),
            expected(1.0, "second", "room"),
            expected(1.0, "second", "surgeons"),
        ],
        "{trace}"
    );
}

#[test]
fn the_first_level_of_a_state_is_in_the_log_wherever_its_measure_is_said() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let number = |storm: &bool| f64::from(u8::from(*storm));
    let named_first = State::new(&sim, false).named("one").measured_by(number);
    let measured_first = State::new(&sim, false).measured_by(number).named("other");
    sim.run_until(5.0).unwrap();
    named_first.set(true);
    measured_first.set(true);
    let levels = |name: &str| -> Vec<(f64, f64)> {
        trace.of_thing(name).filter_map(|it| Some((it.time, it.level?))).collect()
    };
    assert_eq!(levels("one"), [(0.0, 0.0), (5.0, 1.0)]);
    assert_eq!(levels("other"), [(0.0, 0.0), (5.0, 1.0)]);
}
