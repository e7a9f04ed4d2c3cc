//! Rule 2. What is due at the same time fires in the order in which it was scheduled. One timer
//! fires, everything it made ready runs, then the next fires, also at equal times. Processes resume
//! in the order in which they were triggered (wakes from outside the simulation join that order when
//! they are noticed). The same program gives the same trace.

use asim::prelude::*;
use futures::channel::oneshot;

use crate::trace::Trace;

/// A process that notes its name once `waitable` is satisfied.
fn noting<W>(env: &Environment, trace: &Trace, name: &'static str, waitable: W) -> ProcessHandle
where
    W: Waitable + IntoFuture + 'static,
{
    let note = trace.clone();
    env.spawn(async move {
        waitable.await;
        note.note(name);
    })
}

#[test]
fn rule_02_what_is_due_at_the_same_time_fires_in_the_order_in_which_it_was_scheduled() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    // Scheduled here for three times, in mixed order.
    for (name, delay) in [("a", 2.0), ("b", 1.0), ("c", 2.0), ("d", 1.0), ("e", 0.0), ("f", 2.0)] {
        noting(&sim, &trace, name, sim.timeout(delay));
    }
    sim.run().unwrap();
    trace.is(&["0 e", "1 b", "1 d", "2 a", "2 c", "2 f"]);
}

#[test]
fn rule_02_what_was_scheduled_earlier_fires_earlier_also_with_a_longer_delay() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        env.timeout(1.0).await;
        noting(&env, &note, "scheduled at 1 for 4", env.timeout(3.0));
    });
    noting(&sim, &trace, "scheduled at 0 for 4", sim.timeout(4.0));
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        env.timeout(2.0).await;
        noting(&env, &note, "scheduled at 2 for 4", env.timeout(2.0));
    });
    sim.run().unwrap();
    trace.is(&["4 scheduled at 0 for 4", "4 scheduled at 1 for 4", "4 scheduled at 2 for 4"]);
}

#[test]
fn rule_02_thousands_of_equal_times_keep_their_order() {
    let sim = Simulation::new();
    let order = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    for i in 0..5000_u32 {
        let (timeout, order) = (sim.timeout(f64::from(i % 3)), order.clone());
        // Every fifth is cancelled.
        let process = sim.spawn(async move {
            timeout.await;
            order.borrow_mut().push((i % 3, i));
        });
        if i % 5 == 0 {
            process.cancel();
        }
    }
    sim.run().unwrap();
    let order = order.borrow();
    assert_eq!(order.len(), 4000);
    assert!(order.is_sorted());
}

#[test]
fn rule_02_everything_a_timer_made_ready_runs_before_the_next_fires_also_at_equal_times() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let event = sim.event::<()>();
    let (env, first, go) = (sim.clone(), trace.clone(), event.clone());
    sim.spawn(async move {
        env.timeout(1.0).await;
        first.note("first timer");
        go.succeed(());
    });
    noting(&sim, &trace, "second timer", sim.timeout(1.0));
    noting(&sim, &trace, "what the first made ready", event);
    sim.run().unwrap();
    // The second's timer is older than the first's, which is made when that process starts.
    trace.is(&["1 second timer", "1 first timer", "1 what the first made ready"]);

    let event = sim.event::<()>();
    let (go, first) = (event.clone(), trace.clone());
    let timer = sim.timeout(1.0);
    sim.spawn(async move {
        timer.await;
        first.note("first timer");
        go.succeed(());
    });
    noting(&sim, &trace, "second timer", sim.timeout(1.0));
    noting(&sim, &trace, "what the first made ready", event);
    sim.run().unwrap();
    trace.is(&["2 first timer", "2 what the first made ready", "2 second timer"]);
}

#[test]
fn rule_02_processes_resume_in_the_order_in_which_they_were_triggered() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let events: Vec<Event<()>> = (0..3).map(|_| sim.event()).collect();
    for (name, event) in ["a", "b", "c"].into_iter().zip(&events) {
        noting(&sim, &trace, name, event.clone());
    }
    sim.run().unwrap();
    for event in [2, 0, 1] {
        events[event].succeed(());
    }
    sim.run().unwrap();
    trace.is(&["0 c", "0 a", "0 b"]);
}

#[test]
fn rule_02_the_waiters_of_an_event_resume_in_the_order_in_which_they_asked() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let event = sim.event::<()>();
    for name in ["a", "b", "c", "d"] {
        let process = noting(&sim, &trace, name, event.clone());
        if name == "b" {
            process.cancel();
        }
    }
    sim.run().unwrap();
    event.succeed(());
    sim.run().unwrap();
    trace.is(&["0 a", "0 c", "0 d"]);
}

#[test]
fn rule_02_a_new_process_starts_after_what_is_already_ready() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let inner = note.clone();
        env.spawn(async move { inner.note("started by the first") });
        note.note("the first goes on");
    });
    let note = trace.clone();
    sim.spawn(async move { note.note("the second") });
    sim.run().unwrap();
    trace.is(&["0 the first goes on", "0 the second", "0 started by the first"]);
}

#[test]
fn rule_02_a_process_has_one_place_in_the_ready_line() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (a, b) = (sim.event::<()>(), sim.event::<()>());
    let (wait_a, wait_b, note) = (a.clone(), b.clone(), trace.clone());
    sim.spawn(async move {
        // Two separate waits of one process, through a foreign combinator.
        futures::join!(wait_a.into_future(), wait_b.into_future());
        note.note("both");
    });
    let other = sim.event::<()>();
    noting(&sim, &trace, "other", other.clone());
    sim.run().unwrap();
    a.succeed(());
    other.succeed(());
    b.succeed(());
    let mut steps = 0;
    while sim.step().unwrap() {
        steps += 1;
    }
    trace.is(&["0 both", "0 other"]);
    assert_eq!(steps, 2);
}

#[test]
fn rule_02_wakes_from_outside_join_the_order_when_they_are_noticed() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (sender, receiver) = oneshot::channel::<()>();
    let note = trace.clone();
    sim.spawn(async move {
        receiver.await.unwrap();
        note.note("woken from outside");
    });
    let (before, after) = (sim.event::<()>(), sim.event::<()>());
    noting(&sim, &trace, "triggered before", before.clone());
    noting(&sim, &trace, "triggered after", after.clone());
    sim.run().unwrap();
    before.succeed(());
    sender.send(()).unwrap();
    after.succeed(());
    sim.run().unwrap();
    trace.is(&["0 triggered before", "0 woken from outside", "0 triggered after"]);
}

#[test]
fn rule_02_a_join_that_was_given_up_keeps_no_place_in_the_order() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (over, event, other) = (sim.event::<()>(), sim.event::<()>(), sim.event::<()>());
    let (env, ends, waits, note) = (sim.clone(), over.clone(), event.clone(), trace.clone());
    let process = sim.spawn(async move {
        let mut job = env.spawn(async move { ends.await });
        assert!(env.interruptible(&mut job).await.is_err());
        waits.await;
        note.note("who gave up the join");
        job.await.unwrap();
    });
    noting(&sim, &trace, "other", other.clone());
    sim.run().unwrap();
    process.interrupt(());
    sim.run().unwrap();
    over.succeed(());
    assert!(sim.step().unwrap(), "the job ends");
    other.succeed(());
    event.succeed(());
    sim.run().unwrap();
    trace.is(&["0 other", "0 who gave up the join"]);
}

/// A small shop with many ties, driven by pseudo-random numbers.
fn shop() -> Vec<String> {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue: Queue<u32> = Queue::bounded(&sim, 2);
    let mut seed = 1_u32;
    let mut draw = move |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed >> 16 & 0xff & (below - 1)
    };
    for id in 0..40_u32 {
        let (env, queue, note) = (sim.clone(), queue.clone(), trace.clone());
        let (arrives, patience) = (f64::from(draw(16)), f64::from(draw(4)));
        sim.spawn(async move {
            env.timeout(arrives).await;
            asim!(match FirstOf(put = queue.put(id), gone = env.timeout(patience)).await {
                FirstOf::Put(()) => note.note(format_args!("{id} in")),
                FirstOf::Gone(()) => note.note(format_args!("{id} gone")),
            });
        });
    }
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        loop {
            let id = queue.get().await;
            env.timeout(1.0).await;
            note.note(format_args!("{id} served"));
        }
    });
    sim.run().unwrap();
    trace.take()
}

#[test]
fn rule_02_the_same_program_gives_the_same_trace() {
    let first = shop();
    assert_eq!(first, shop());
    // The same on every platform: a known checksum of the trace.
    let sum = first
        .iter()
        .flat_map(|line| line.bytes())
        .fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    assert_eq!((first.len(), sum), (59, 3_287_178_771), "{first:#?}");
}
