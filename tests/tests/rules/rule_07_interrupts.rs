//! Rule 7. An interrupt is delivered when the process is next resumed, and wins over a grant that
//! the process has not yet resumed from. The innermost `interruptible` on the await path catches
//! it, and the request it was waiting on is cancelled. Several interrupts are delivered in order,
//! one at each resumption, and none is lost.

use std::pin::pin;

use asim::prelude::*;
use futures::StreamExt;
use futures::stream::FuturesUnordered;

use crate::trace::Trace;

/// A process that waits for an event inside `interruptible` and notes what it gets.
fn guarded(
    env: &Environment,
    trace: &Trace,
    name: &'static str,
    event: &Event<()>,
) -> ProcessHandle {
    let (env, note, event) = (env.clone(), trace.clone(), event.clone());
    env.clone().spawn(async move {
        match env.interruptible(event).await {
            Ok(()) => note.note(format_args!("{name} goes on")),
            Err(interrupt) => note.note(format_args!("{name}: {interrupt}")),
        }
    })
}

#[test]
fn rule_07_an_interrupt_is_delivered_at_the_place_that_the_process_already_has() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (event, other) = (sim.event(), sim.event());
    let process = guarded(&sim, &trace, "first", &event);
    guarded(&sim, &trace, "other", &other);
    sim.run().unwrap();
    event.succeed(());
    other.succeed(());
    process.interrupt("stop");
    sim.run().unwrap();
    trace.is(&["0 first: stop", "0 other goes on"]);
}

#[test]
fn rule_07_an_interrupt_is_delivered_else_at_the_end_of_the_ready_line() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (event, other) = (sim.event(), sim.event());
    let process = guarded(&sim, &trace, "first", &event);
    guarded(&sim, &trace, "other", &other);
    sim.run().unwrap();
    other.succeed(());
    process.interrupt("stop");
    event.succeed(());
    sim.run().unwrap();
    trace.is(&["0 other goes on", "0 first: stop"]);
}

#[test]
fn rule_07_an_interrupt_is_delivered_at_the_instant_it_is_made() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let process = guarded(&sim, &trace, "sleeper", &sim.event());
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        env.timeout(2.0).await;
        process.interrupt("stop");
        note.note("interrupted");
        env.timeout(0.0).await;
        note.note("after");
    });
    sim.run().unwrap();
    trace.is(&["2 interrupted", "2 sleeper: stop", "2 after"]);
}

#[test]
fn rule_07_an_interrupt_wins_over_a_grant_which_is_given_back_at_delivery() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::unbounded(&sim);
    let (env, getter, note) = (sim.clone(), queue.clone(), trace.clone());
    let process = sim.spawn(async move {
        let got = env.interruptible(getter.get()).await;
        note.note(format_args!("interrupted: {}, back in: {}", got.is_err(), getter.len()));
    });
    sim.run().unwrap();
    queue.try_put("item").unwrap();
    process.interrupt(());
    assert_eq!(queue.len(), 0, "promised until delivery");
    sim.run().unwrap();
    trace.is(&["0 interrupted: true, back in: 1"]);
}

#[test]
fn rule_07_a_grant_lost_to_an_interrupt_goes_to_the_next_in_line() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::unbounded(&sim);
    let mut processes = Vec::new();
    for name in ["first", "second"] {
        let (env, getter, note) = (sim.clone(), queue.clone(), trace.clone());
        processes.push(sim.spawn(async move {
            match env.interruptible(getter.get()).await {
                Ok(item) => note.note(format_args!("{name} got {item}")),
                Err(_) => note.note(format_args!("{name} was interrupted")),
            }
        }));
    }
    sim.run().unwrap();
    queue.try_put("item").unwrap();
    processes[0].interrupt(());
    sim.run().unwrap();
    trace.is(&["0 first was interrupted", "0 second got item"]);
}

#[test]
fn rule_07_of_a_timer_and_an_interrupt_due_at_one_time_the_one_scheduled_first_wins() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    for (name, sleeper_first) in
        [("sleeper scheduled first", true), ("interrupter scheduled first", false)]
    {
        let timers = [sim.timeout(1.0), sim.timeout(1.0)];
        let [nap, alarm] = if sleeper_first {
            timers
        } else {
            timers.into_iter().rev().collect::<Vec<_>>().try_into().unwrap()
        };
        let (env, note) = (sim.clone(), trace.clone());
        let process = sim.spawn(async move {
            let nap = env.interruptible(nap).await;
            note.note(format_args!(
                "{name}: {}",
                if nap.is_ok() { "slept" } else { "interrupted" }
            ));
        });
        sim.spawn(async move {
            alarm.await;
            process.interrupt(());
        });
        sim.run().unwrap();
    }
    trace.is(&["1 sleeper scheduled first: slept", "2 interrupter scheduled first: interrupted"]);
}

#[test]
fn rule_07_the_innermost_interruptible_catches_it() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let process = sim.spawn(async move {
        let outer = env.interruptible(async {
            let inner = env.interruptible(env.timeout(5.0)).await;
            note.note(format_args!("inner: {}", inner.is_err()));
            env.timeout(5.0).await;
        });
        let outer = outer.await;
        note.note(format_args!("outer: {}", outer.is_err()));
    });
    sim.run_until(1.0).unwrap();
    process.interrupt(());
    sim.run_until(2.0).unwrap();
    process.interrupt(());
    sim.run().unwrap();
    trace.is(&["1 inner: true", "2 outer: true"]);
    assert_eq!(sim.now(), 2.0);
}

#[test]
fn rule_07_of_several_side_by_side_the_first_written_catches_it() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let process = sim.spawn(async move {
        let nap = |name: &'static str| {
            let (env, note) = (&env, &note);
            async move {
                let nap = env.interruptible(env.timeout(5.0)).await;
                note.note(format_args!("{name} interrupted: {}", nap.is_err()));
            }
        };
        all_of([nap("first"), nap("second"), nap("third")]).await;
    });
    sim.run_until(1.0).unwrap();
    process.interrupt(());
    sim.run_until(2.0).unwrap();
    process.interrupt(());
    sim.run().unwrap();
    trace.is(&[
        "1 first interrupted: true",
        "2 second interrupted: true",
        "5 third interrupted: false",
    ]);
}

#[test]
fn rule_07_it_is_caught_inside_a_foreign_join() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let process = sim.spawn(async move {
        let (timer, nap) =
            futures::join!(env.timeout(3.0).into_future(), env.interruptible(env.timeout(9.0)));
        let () = timer;
        note.note(format_args!("interrupted: {}", nap.is_err()));
    });
    sim.run_until(1.0).unwrap();
    process.interrupt(());
    sim.run().unwrap();
    trace.is(&["3 interrupted: true"]);
    assert_eq!(sim.now(), 3.0);
}

#[test]
fn rule_07_it_is_caught_inside_a_foreign_select() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let process = sim.spawn(async move {
        let timer = pin!(env.timeout(3.0).into_future());
        let nap = pin!(env.interruptible(env.timeout(9.0)));
        match futures::future::select(timer, nap).await {
            futures::future::Either::Left(_) => note.note("timer"),
            futures::future::Either::Right((nap, _)) => {
                note.note(format_args!("interrupted: {}", nap.is_err()));
            }
        }
    });
    sim.run_until(1.0).unwrap();
    process.interrupt(());
    sim.run().unwrap();
    trace.is(&["1 interrupted: true"]);
    assert_eq!(sim.now(), 1.0);
}

#[test]
fn rule_07_it_is_caught_inside_a_set_of_futures_that_polls_only_what_was_woken() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let process = sim.spawn(async move {
        let mut naps: FuturesUnordered<_> = [1, 2, 3]
            .map(|id| {
                let env = &env;
                async move { (id, env.interruptible(env.timeout(9.0)).await.is_err()) }
            })
            .into_iter()
            .collect();
        while let Some((id, interrupted)) = naps.next().await {
            note.note(format_args!("{id} {interrupted}"));
        }
    });
    sim.run_until(1.0).unwrap();
    process.interrupt(());
    sim.run_until(2.0).unwrap();
    process.interrupt(());
    sim.run().unwrap();
    let trace = trace.take();
    assert_eq!(trace.iter().filter(|line| line.ends_with("true")).count(), 2, "{trace:?}");
    assert!(
        trace[0].starts_with("1 ") && trace[1].starts_with("2 ") && trace[2].starts_with("9 "),
        "{trace:?}"
    );
}

#[test]
fn rule_07_the_request_it_was_waiting_on_is_cancelled() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let (env, getter) = (sim.clone(), queue.clone());
    let process = sim.spawn(async move {
        assert!(env.interruptible(getter.get()).await.is_err());
        env.timeout(5.0).await;
    });
    sim.run_until(1.0).unwrap();
    process.interrupt(());
    sim.run_until(2.0).unwrap();
    queue.try_put("item").unwrap();
    assert_eq!(queue.len(), 1, "nobody stands in the line");
}

#[test]
fn rule_07_what_it_guards_is_dropped_whole() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let clerk = Resource::new(&sim, 1);
    let (env, held, note) = (sim.clone(), clerk.clone(), trace.clone());
    let process = sim.spawn(async move {
        let visit = async {
            let _noted = note.drop_of("the visit");
            let _slot = held.acquire().await;
            env.timeout(9.0).await;
        };
        assert!(env.interruptible(visit).await.is_err());
        note.note(format_args!("slots taken: {}", held.count()));
    });
    sim.run_until(1.0).unwrap();
    assert_eq!(clerk.count(), 1);
    process.interrupt(());
    sim.run().unwrap();
    trace.is(&["1 the visit is dropped", "1 slots taken: 0"]);
    assert_eq!(sim.now(), 1.0);
}

#[test]
fn rule_07_a_process_that_has_not_started_runs_to_its_first_await_first() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let process = sim.spawn(async move {
        note.note("started");
        let nap = env.interruptible(env.timeout(5.0)).await;
        note.note(format_args!("interrupted: {}", nap.is_err()));
    });
    process.interrupt(());
    sim.run().unwrap();
    trace.is(&["0 started", "0 interrupted: true"]);
}

#[test]
fn rule_07_an_unguarded_process_that_has_not_started_also_runs_to_its_first_await() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let process = sim.spawn(async move {
        note.note("started");
        env.timeout(5.0).await;
        note.note("never");
    });
    process.interrupt("early");
    assert!(matches!(sim.run_until_event(process).unwrap(), Err(Stopped::Interrupted(_))));
    trace.is(&["0 started"]);
}

#[test]
fn rule_07_interrupting_a_finished_process_does_nothing() {
    let sim = Simulation::new();
    let handle = sim.spawn(async { Ok::<_, String>(7) });
    sim.run().unwrap();
    handle.interrupt(());
    sim.run().unwrap();
    assert_eq!(sim.run_until_event(handle).unwrap(), Ok(7));
    let detached = sim.spawn(async {}).process_ref();
    sim.run().unwrap();
    // Another process may have the entry by now.
    let env = sim.clone();
    let other = sim.spawn(async move { env.timeout(1.0).await });
    detached.interrupt(());
    detached.cancel();
    sim.run().unwrap();
    assert!(other.done());
    assert_eq!(sim.now(), 1.0);
}

#[test]
fn rule_07_several_interrupts_are_delivered_in_order_one_at_each_resumption() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let process = sim.spawn(async move {
        for nap in 0..4 {
            match env.interruptible(env.timeout(5.0)).await {
                Ok(()) => note.note(format_args!("{nap}: slept")),
                Err(interrupt) => {
                    note.note(format_args!("{nap}: {}", interrupt.cause::<u32>().unwrap()));
                }
            }
        }
    });
    sim.run_until(1.0).unwrap();
    for cause in [10_u32, 20, 30] {
        process.interrupt(cause);
    }
    let note = trace.clone();
    sim.spawn(async move { note.note("whoever is ready meanwhile") });
    sim.run().unwrap();
    trace.is(&["1 0: 10", "1 whoever is ready meanwhile", "1 1: 20", "1 2: 30", "6 3: slept"]);
}

#[test]
fn rule_07_the_second_of_two_interrupts_meets_the_next_guard_even_if_the_first_was_caught_further_in()
 {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let process = sim.spawn(async move {
        let outer = env.interruptible(async {
            let inner = env.interruptible(env.timeout(5.0)).await;
            note.note(format_args!("inner: {}", inner.unwrap_err()));
            env.timeout(5.0).await;
        });
        note.note(format_args!("outer: {}", outer.await.unwrap_err()));
    });
    sim.run_until(1.0).unwrap();
    process.interrupt("a");
    process.interrupt("b");
    sim.run().unwrap();
    trace.is(&["1 inner: a", "1 outer: b"]);
}

#[test]
fn rule_07_an_interrupt_that_comes_while_one_is_handled_is_not_lost() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let queue: Queue<()> = Queue::unbounded(&sim);
    let (back, pings) = (sim.event::<ProcessRef>(), queue.clone());
    let target = back.clone();
    let process = sim.spawn(async move {
        for _ in 0..3 {
            let nap = env.interruptible(env.timeout(9.0)).await;
            note.note(nap.unwrap_err());
            pings.put(()).await; // whereupon the other interrupts again, at this instant
        }
    });
    sim.spawn(async move {
        let target = target.await;
        for cause in ["first", "second", "third"] {
            target.interrupt(cause);
            queue.get().await;
        }
    });
    sim.run_until(1.0).unwrap();
    back.succeed(process.process_ref());
    sim.run().unwrap();
    trace.is(&["1 first", "1 second", "1 third"]);
}

#[test]
fn rule_07_an_unguarded_interrupt_ends_the_process() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let process = sim.spawn(async move {
        let _noted = note.drop_of("the process");
        env.timeout(5.0).await;
    });
    sim.run_until(1.0).unwrap();
    process.interrupt("stop");
    let stopped = sim.run_until_event(process).unwrap().unwrap_err();
    let Stopped::Interrupted(interrupt) = stopped else { panic!("{stopped:?}") };
    assert_eq!(interrupt.cause::<&str>(), Some(&"stop"));
    trace.is(&["1 the process is dropped"]);
}

#[test]
fn rule_07_a_guard_catches_nothing_before_it_is_awaited() {
    let sim = Simulation::new();
    let env = sim.clone();
    let process = sim.spawn(async move {
        let nap = env.interruptible(env.timeout(9.0));
        env.timeout(5.0).await;
        nap.await.ok();
    });
    sim.run_until(1.0).unwrap();
    process.interrupt(());
    assert!(matches!(sim.run_until_event(process).unwrap(), Err(Stopped::Interrupted(_))));
}

#[test]
fn rule_07_a_guard_made_in_the_very_resumption_does_not_catch_what_came_before_it() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let event = sim.event::<()>();
    let (env, go, note) = (sim.clone(), event.clone(), trace.clone());
    let process = sim.spawn(async move {
        let new = async {
            go.await;
            let nap = env.interruptible(env.timeout(5.0)).await;
            note.note(format_args!("the new one: {}", nap.is_err()));
        };
        let old = async {
            let nap = env.interruptible(env.timeout(5.0)).await;
            note.note(format_args!("the old one: {}", nap.is_err()));
        };
        let both = asim!(AllOf(new = new, old = old)).await;
        ((), ()) = (both.new, both.old);
    });
    sim.run_until(1.0).unwrap();
    event.succeed(());
    process.interrupt(());
    sim.run().unwrap();
    trace.is(&["1 the old one: true", "6 the new one: false"]);
}

#[test]
fn rule_07_an_interrupt_whose_guard_goes_before_it_is_reached_is_delivered_at_the_next_resumption()
{
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let event = sim.event::<()>();
    let (env, go, note) = (sim.clone(), event.clone(), trace.clone());
    let process = sim.spawn(async move {
        // This branch is polled first. It ends the race in the same resumption that would deliver
        // the interrupt.
        let wins = async { go.await };
        let loses = async { env.interruptible(env.timeout(9.0)).await.is_err() };
        asim!(match FirstOf(wins = wins, loses = loses).await {
            FirstOf::Wins(()) => note.note("the race is over"),
            FirstOf::Loses(_) => unreachable!(),
        });
        let nap = env.interruptible(env.timeout(5.0)).await;
        note.note(format_args!("{:?}", nap.unwrap_err()));
    });
    sim.run_until(1.0).unwrap();
    event.succeed(());
    process.interrupt("not lost");
    sim.run().unwrap();
    trace.is(&["1 the race is over", "1 Interrupt(not lost)"]);
}

#[test]
fn rule_07_a_guard_catches_nothing_once_it_is_over() {
    let sim = Simulation::new();
    let env = sim.clone();
    let process = sim.spawn(async move {
        env.interruptible(env.timeout(0.0)).await.unwrap();
        env.timeout(5.0).await;
    });
    sim.run_until(1.0).unwrap();
    process.interrupt(());
    assert!(matches!(sim.run_until_event(process).unwrap(), Err(Stopped::Interrupted(_))));
}

#[test]
fn rule_07_a_guard_in_a_branch_that_has_lost_catches_nothing() {
    let sim = Simulation::new();
    let event = sim.event::<()>();
    let (env, go) = (sim.clone(), event.clone());
    let process = sim.spawn(async move {
        let nap = async { env.interruptible(env.timeout(9.0)).await.is_err() };
        asim!(match FirstOf(nap = nap, go = go).await {
            FirstOf::Nap(_) | FirstOf::Go(()) => {}
        });
        unreachable!("the interrupt wins over the race, which nothing guards");
    });
    sim.run_until(1.0).unwrap();
    event.succeed(());
    process.interrupt(());
    assert!(matches!(sim.run_until_event(process).unwrap(), Err(Stopped::Interrupted(_))));
}

#[test]
fn rule_07_a_guard_around_a_decided_race_gives_back_what_the_race_has_won() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::unbounded(&sim);
    let (env, getter, note) = (sim.clone(), queue.clone(), trace.clone());
    let process = sim.spawn(async move {
        let nap = async { env.interruptible(env.timeout(9.0)).await.is_err() };
        let race = async {
            asim!(match FirstOf(nap = nap, item = getter.get()).await {
                FirstOf::Nap(_) => "nap",
                FirstOf::Item(_) => "item",
            })
        };
        let outcome = env.interruptible(race).await;
        note.note(format_args!("{:?}", outcome.is_err()));
    });
    sim.run_until(1.0).unwrap();
    queue.try_put("item").unwrap();
    process.interrupt(());
    sim.run().unwrap();
    trace.is(&["1 true"]);
    assert_eq!(queue.len(), 1);
}

#[test]
#[should_panic(expected = "cannot interrupt itself")]
fn rule_07_a_process_cannot_interrupt_itself() {
    let sim = Simulation::new();
    let env = sim.clone();
    sim.spawn(async move {
        env.active_process().unwrap().interrupt(());
    });
    sim.run().unwrap();
}
