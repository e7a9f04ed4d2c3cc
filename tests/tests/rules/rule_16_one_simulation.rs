//! Rule 16: a request of one simulation awaited, raced or joined in another is a bug in the model.

use asim::prelude::*;
use futures::FutureExt;
use std::future::IntoFuture;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Returns what a process of one simulation says when it awaits a future of another simulation,
/// made by `ask`.
fn told<F: Future<Output: Sized> + 'static>(ask: impl FnOnce(&Simulation) -> F) -> String {
    let (ours, theirs) = (Simulation::new(), Simulation::new());
    let future = ask(&theirs);
    ours.spawn(async move {
        future.await;
    });
    let panic = catch_unwind(AssertUnwindSafe(|| ours.run())).expect_err("it is refused");
    panic.downcast_ref::<String>().expect("a message").clone()
}

#[track_caller]
fn names_both(what: &str, told: &str) {
    assert!(told.starts_with(&format!("`{what}` (")), "{told}");
    assert!(told.contains("rule_16_one_simulation.rs:"), "it names the line: {told}");
    // Every simulation of a thread has a number.
    let words: String = told.chars().filter(|letter| !letter.is_ascii_digit()).collect();
    assert!(
        words.ends_with(
            "of simulation  is awaited in simulation : what processes share belongs to one simulation"
        ),
        "{told}"
    );
}

#[test]
fn rule_16_what_is_awaited_in_another_simulation_names_both() {
    names_both("timeout", &told(|sim| sim.timeout(1.0).into_future()));
    names_both("settled", &told(|sim| sim.settled().into_future()));
    names_both("timeout(inf)", &told(|sim| sim.timeout(f64::INFINITY).into_future()));
    names_both("an event", &told(|sim| sim.event::<()>().into_future()));
    names_both("the end of a process", &told(|sim| sim.spawn(async {}).into_future()));
    names_both("Queue::get", &told(|sim| Queue::<u8>::unbounded(sim).get().into_future()));
    names_both(
        "Queue::put",
        &told(|sim| {
            let queue = Queue::bounded(sim, 1);
            queue.try_put(1).unwrap();
            queue.put(2).into_future()
        }),
    );
    names_both("Container::get", &told(|sim| Container::new(sim, 9.0).get(1.0).into_future()));
    names_both("Barrier::wait", &told(|sim| Barrier::new(sim).wait().into_future()));
    names_both("Gate::wait", &told(|sim| Gate::new_closed(sim).wait().into_future()));
    names_both(
        "State::wait_until",
        &told(|sim| State::new(sim, 1).wait_until(|_| false).into_future()),
    );
    names_both(
        "InPort::recv",
        &told(|sim| {
            let (output, input) = channel::<u8>(sim, 1);
            let receiving = input.recv().into_future();
            async move {
                let _ports = (output, input);
                let _ = receiving.await;
            }
        }),
    );
    names_both(
        "InPort::ready",
        &told(|sim| {
            let (output, input) = channel::<u8>(sim, 1);
            let ready = input.ready().into_future();
            async move {
                let _ports = (output, input);
                let _ = ready.await;
            }
        }),
    );
    names_both(
        "FirstOf",
        &told(|sim| first_of([sim.timeout(1.0), sim.timeout(2.0)]).into_future()),
    );
    names_both("AllOf", &told(|sim| all_of([sim.timeout(1.0), sim.timeout(2.0)]).into_future()));
    names_both("interruptible", &told(|sim| sim.interruptible(async {})));
    names_both("uninterruptible", &told(|sim| sim.uninterruptible(async {})));
    names_both(
        "PreemptiveResource::work",
        &told(|sim| PreemptiveResource::new(sim, 1).work(1, 5.0).into_future()),
    );
}

#[test]
fn rule_16_what_is_granted_at_the_call_names_both_too() {
    let filled = |sim: &Simulation| {
        let queue = Queue::bounded(sim, 2);
        queue.try_put(1).unwrap();
        queue
    };
    names_both("Queue::get", &told(|sim| filled(sim).get().into_future()));
    names_both("Queue::put", &told(|sim| filled(sim).put(2).into_future()));
    names_both("FirstOf", &told(|sim| first_of([filled(sim).get()]).into_future()));
    names_both("AllOf", &told(|sim| all_of([filled(sim).get()]).into_future()));
    names_both(
        "OutPort::send",
        &told(|sim| {
            let (output, input) = channel(sim, 1);
            let sending = output.send(1).into_future();
            async move {
                let _ports = (output, input);
                let _ = sending.await;
            }
        }),
    );
    names_both("Resource::acquire", &told(|sim| Resource::new(sim, 1).acquire().into_future()));
    names_both(
        "acquire_together",
        &told(|sim| acquire_together([(&Resource::new(sim, 1), 1)]).into_future()),
    );
    names_both("Container::put", &told(|sim| Container::new(sim, 9.0).put(1.0).into_future()));
    names_both("Gate::wait", &told(|sim| Gate::new_open(sim).wait().into_future()));
    names_both(
        "an event",
        &told(|sim| {
            let event = sim.event();
            event.succeed(1);
            event.into_future()
        }),
    );
}

#[test]
fn rule_16_a_simulation_that_is_gone_is_named_too() {
    let ours = Simulation::new();
    let theirs = Simulation::new();
    let (event, queue) = (theirs.event::<()>(), Queue::<u8>::unbounded(&theirs));
    let barrier = Barrier::new(&theirs);
    drop(theirs);
    for wait in [event.into_future().boxed_local(), barrier.wait().into_future().boxed_local()] {
        ours.spawn(wait);
        let panic = catch_unwind(AssertUnwindSafe(|| ours.run())).expect_err("it is refused");
        let told = panic.downcast_ref::<String>().expect("a message");
        assert!(
            told.contains("of simulation 2, which is gone, is awaited in simulation 1"),
            "{told}"
        );
    }
    let panic = catch_unwind(AssertUnwindSafe(|| ours.run_until_event(queue.get())));
    let panic = panic.expect_err("it is refused");
    let told = panic.downcast_ref::<String>().expect("a message");
    assert!(told.contains("`Queue::get`") && told.contains("which is gone"), "{told}");
}

#[test]
fn rule_16_a_race_of_two_simulations_names_both() {
    let (one, another) = (Simulation::new(), Simulation::new());
    let races = [
        catch_unwind(AssertUnwindSafe(|| drop(first_of([one.timeout(1.0), another.timeout(1.0)])))),
        catch_unwind(AssertUnwindSafe(|| drop(all_of([another.timeout(1.0), one.timeout(1.0)])))),
    ];
    for (race, numbers) in races.into_iter().zip(["1 and 2", "2 and 1"]) {
        let panic = race.expect_err("it is refused");
        let told = panic.downcast_ref::<String>().expect("a message");
        assert!(told.contains(&format!("belong to simulations {numbers}")), "{told}");
    }
}

#[test]
fn rule_16_a_process_may_set_up_and_run_another_simulation() {
    let outer = Simulation::new();
    let env = outer.env();
    outer.spawn(async move {
        env.timeout(1.0).await;
        let inner = Simulation::new();
        let queue = Queue::unbounded(&inner);
        assert!(queue.try_put(7).is_ok());
        let shared = queue.clone();
        let work = inner.spawn(async move { Ok::<_, String>(shared.get().await) });
        assert_eq!(inner.run_until_event(work).unwrap(), Ok(7));
        assert!(queue.is_empty());
        env.timeout(1.0).await;
    });
    outer.run().unwrap();
    assert_eq!(outer.now(), 2.0);
}

#[test]
fn rule_16_what_is_polled_by_hand_outside_of_all_runs_is_nobodys_business() {
    let (one, another) = (Simulation::new(), Simulation::new());
    let get = Queue::<u8>::unbounded(&one).get().into_future();
    assert!(get.now_or_never().is_none());
    drop(another);
}
