//! Rule 4. A race is decided at the moment its first branch triggers. From then on the losers
//! receive nothing, and what they were promised is given back before the deciding call returns. A
//! request that loses is cancelled. A thing that others may wait for too is only not waited for any
//! more. (For long chains of races and joins see `scale.rs`.)

use std::rc::Rc;

use asim::prelude::*;

use crate::trace::Trace;

enum Race<A, B> {
    A(A),
    B(B),
}

struct Pair<A, B> {
    a: A,
    b: B,
}

#[test]
fn rule_04_a_race_is_decided_when_its_first_branch_triggers_not_when_its_owner_resumes() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (event, queue) = (sim.event::<()>(), Queue::unbounded(&sim));
    let (go, getter, note) = (event.clone(), queue.clone(), trace.clone());
    sim.spawn(async move {
        asim!(match FirstOf(item = getter.get(), event = go).await {
            FirstOf::Item(item) => note.note(format_args!("got {item}")),
            FirstOf::Event(()) => note.note("event"),
        });
    });
    sim.run().unwrap();
    event.succeed(());
    // The owner has not resumed yet.
    queue.try_put("late").unwrap();
    assert_eq!(queue.len(), 1);
    sim.run().unwrap();
    trace.is(&["0 event"]);
    assert_eq!(queue.try_get(), Some("late"));
}

#[test]
fn rule_04_a_race_is_decided_also_while_nobody_awaits_it() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let race = first_of([env.timeout(3.0), env.timeout(2.0)]);
        env.timeout(10.0).await;
        note.note(format_args!("{:?}", race.await));
    });
    sim.run().unwrap();
    trace.is(&["10 (1, ())"]);
}

#[test]
fn rule_04_the_first_of_two_triggers_at_one_instant_wins() {
    for first in [0, 1] {
        let sim = Simulation::new();
        let trace = Trace::of(&sim);
        let events = [sim.event::<()>(), sim.event::<()>()];
        let (race, note) = (first_of(events.clone()), trace.clone());
        sim.spawn(async move { note.note(race.await.0) });
        sim.run().unwrap();
        events[first].succeed(());
        events[1 - first].succeed(());
        sim.run().unwrap();
        trace.is(&[&format!("0 {first}")]);
    }
}

#[test]
fn rule_04_branches_are_made_in_the_order_written_all_of_them() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::unbounded(&sim);
    let made = |name: &'static str| {
        trace.note(format_args!("{name} is made"));
        queue.put(name)
    };
    let race = asim!(FirstOf::<Race>(a = made("a"), b = made("b")));
    trace.is(&["0 a is made", "0 b is made"]);
    // Both puts were accepted when they were made, and that is final.
    drop(race);
    assert_eq!([queue.try_get(), queue.try_get()], [Some("a"), Some("b")]);
}

#[test]
fn rule_04_among_those_satisfied_at_the_call_the_first_written_wins_and_the_others_give_back() {
    let sim = Simulation::new();
    let (apples, pears) = (Queue::unbounded(&sim), Queue::unbounded(&sim));
    apples.try_put("apple").unwrap();
    pears.try_put("pear").unwrap();
    let race = asim!(FirstOf::<Race>(a = pears.get(), b = apples.get()));
    assert_eq!((apples.len(), pears.len()), (1, 0), "given back before the race is even awaited");
    assert!(matches!(sim.run_until_event(race).unwrap(), Race::A("pear")));
}

#[test]
fn rule_04_a_satisfied_request_beats_a_plain_future_written_before_it() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::unbounded(&sim);
    queue.try_put(1).unwrap();
    let note = trace.clone();
    let race = asim!(FirstOf::<Race>(a = async { note.note("polled") }, b = queue.get()));
    assert!(matches!(sim.run_until_event(race).unwrap(), Race::B(1)));
    trace.is(&[]);
}

#[test]
fn rule_04_a_plain_future_is_first_polled_at_the_first_await() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let block = async { note.note("polled") };
        let race = asim!(FirstOf::<Race>(a = block, b = env.timeout(5.0)));
        env.timeout(1.0).await;
        note.note("awaits");
        assert!(matches!(race.await, Race::A(())));
    });
    sim.run().unwrap();
    trace.is(&["1 awaits", "1 polled"]);
}

#[test]
fn rule_04_of_two_plain_futures_the_first_written_wins_and_the_second_is_not_polled() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let note = trace.clone();
    sim.spawn(async move {
        let (a, b) = (async { note.note("a") }, async { note.note("b") });
        assert!(matches!(asim!(FirstOf::<Race>(a = a, b = b)).await, Race::A(())));
    });
    sim.run().unwrap();
    trace.is(&["0 a"]);
}

#[test]
fn rule_04_what_a_loser_was_promised_is_given_back_before_the_deciding_call_returns() {
    let sim = Simulation::new();
    let (queue, event) = (Queue::unbounded(&sim), sim.event::<()>());
    let (getter, go) = (queue.clone(), event.clone());
    sim.spawn(async move {
        // The join holds an item while it waits for an item that never comes.
        let join = asim!(AllOf::<Pair>(a = getter.get(), b = getter.get()));
        assert!(matches!(asim!(FirstOf::<Race>(a = join, b = go)).await, Race::B(())));
    });
    sim.run().unwrap();
    queue.try_put("held").unwrap();
    assert_eq!(queue.len(), 0);
    event.succeed(());
    assert_eq!(queue.len(), 1);
    sim.run().unwrap();
    assert_eq!(queue.len(), 1);
}

#[test]
fn rule_04_what_a_loser_was_promised_goes_to_who_waits_for_it() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (queue, event) = (Queue::unbounded(&sim), sim.event::<()>());
    let (getter, go) = (queue.clone(), event.clone());
    sim.spawn(async move {
        let join = asim!(AllOf::<Pair>(a = getter.get(), b = getter.get()));
        assert!(matches!(asim!(FirstOf::<Race>(a = join, b = go)).await, Race::B(())));
    });
    let (getter, note) = (queue.clone(), trace.clone());
    sim.spawn(async move { note.note(getter.get().await) });
    sim.run().unwrap();
    queue.try_put("one").unwrap();
    event.succeed(());
    sim.run().unwrap();
    trace.is(&["0 one"]);
}

#[test]
fn rule_04_a_plain_future_that_lost_is_dropped_when_its_process_resumes_in_the_same_instant() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let event = sim.event::<()>();
    let (env, go, note) = (sim.clone(), event.clone(), trace.clone());
    sim.spawn(async move {
        let block = async {
            let _held = note.drop_of("the block");
            env.timeout(10.0).await;
        };
        asim!(FirstOf::<Race>(a = block, b = go)).await;
        note.note("goes on");
    });
    sim.run_until(1.0).unwrap();
    event.succeed(());
    trace.note("decided");
    sim.run().unwrap();
    trace.is(&["1 decided", "1 the block is dropped", "1 goes on"]);
    assert_eq!(sim.now(), 1.0, "and its timer with it");
}

#[test]
fn rule_04_a_plain_future_that_lost_is_dropped_even_if_the_race_is_kept() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let block = async {
            let _held = note.drop_of("the block");
            env.timeout(10.0).await;
        };
        let race = asim!(FirstOf::<Race>(a = block, b = env.timeout(1.0)));
        let mut race = std::pin::pin!(race.into_future());
        assert!(matches!(race.as_mut().await, Race::B(())));
        note.note("goes on");
        env.timeout(1.0).await;
        note.note("end");
    });
    sim.run().unwrap();
    trace.is(&["1 the block is dropped", "1 goes on", "2 end"]);
}

#[test]
fn rule_04_a_plain_future_that_lost_inside_a_join_that_waits_on_is_dropped_in_the_same_instant() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let block = async {
            let _held = note.drop_of("the block");
            env.timeout(10.0).await;
        };
        let race = asim!(FirstOf::<Race>(a = block, b = env.timeout(3.0)));
        let both = asim!(AllOf::<Pair>(a = race, b = env.timeout(5.0))).await;
        assert!(matches!(both.a, Race::B(())));
        let () = both.b;
        note.note("both");
    });
    sim.run().unwrap();
    trace.is(&["3 the block is dropped", "5 both"]);
}

#[test]
fn rule_04_to_lose_is_to_be_cancelled_for_a_request() {
    let sim = Simulation::new();
    let (queue, full) = (Queue::unbounded(&sim), Queue::bounded(&sim, 1));
    full.try_put("in").unwrap();
    let clerk = Resource::new(&sim, 1);
    let held = clerk.try_acquire();
    let (env, getter, putter, clerk2) = (sim.clone(), queue.clone(), full.clone(), clerk.clone());
    sim.spawn(async move {
        assert!(matches!(
            asim!(FirstOf::<Race>(a = getter.get(), b = env.timeout(1.0))).await,
            Race::B(())
        ));
        assert!(matches!(
            asim!(FirstOf::<Race>(a = putter.put("lost"), b = env.timeout(1.0))).await,
            Race::B(())
        ));
        assert!(matches!(
            asim!(FirstOf::<Race>(a = clerk2.acquire(), b = env.timeout(1.0))).await,
            Race::B(())
        ));
    });
    sim.run().unwrap();
    queue.try_put("item").unwrap();
    assert_eq!(queue.len(), 1);
    assert_eq!((full.try_get(), full.try_get()), (Some("in"), None));
    drop(held);
    assert_eq!(clerk.count(), 0);
}

#[test]
fn rule_04_a_shared_event_that_loses_stays_alive() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let event = sim.event();
    let (env, shared, note) = (sim.clone(), event.clone(), trace.clone());
    sim.spawn(async move {
        assert!(matches!(
            asim!(FirstOf::<Race>(a = &shared, b = env.timeout(1.0))).await,
            Race::B(())
        ));
        note.note("lost");
        note.note(shared.await);
    });
    let (shared, note) = (event.clone(), trace.clone());
    sim.spawn(async move { note.note(format_args!("another: {}", shared.await)) });
    sim.run_until(2.0).unwrap();
    assert!(!event.cancelled());
    event.succeed("triggered");
    sim.run().unwrap();
    trace.is(&["1 lost", "2 another: triggered", "2 triggered"]);
}

#[test]
fn rule_04_a_joined_process_that_loses_runs_on() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let (work, note) = (env.clone(), note.clone());
        let job = env.spawn(async move {
            work.timeout(5.0).await;
            note.note("done");
        });
        assert!(matches!(asim!(FirstOf::<Race>(a = job, b = env.timeout(1.0))).await, Race::B(())));
    });
    sim.run().unwrap();
    trace.is(&["5 done"]);
}

#[test]
fn rule_04_a_join_that_lost_can_be_tried_again() {
    let sim = Simulation::new();
    let env = sim.clone();
    sim.spawn(async move {
        let work = env.clone();
        let mut job = env.spawn(async move {
            work.timeout(5.0).await;
            Ok::<_, String>("result")
        });
        assert!(matches!(
            asim!(FirstOf::<Race>(a = &mut job, b = env.timeout(1.0))).await,
            Race::B(())
        ));
        assert_eq!(job.await, Ok("result"));
        assert_eq!(env.now(), 5.0);
    });
    sim.run().unwrap();
}

#[test]
fn rule_04_a_join_gives_its_outputs_in_the_order_written() {
    let sim = Simulation::new();
    let queues: Vec<Queue<u32>> = (0..3).map(|_| Queue::unbounded(&sim)).collect();
    let all = all_of(queues.iter().map(Queue::get));
    for i in [2, 0, 1] {
        queues[i as usize].try_put(i).unwrap();
    }
    assert_eq!(sim.run_until_event(all).unwrap(), [0, 1, 2]);
    assert_eq!(sim.run_until_event(all_of(Vec::<Timeout>::new())).unwrap(), []);
}

#[test]
fn rule_04_a_join_is_decided_by_its_last_branch() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        all_of([3.0, 1.0, 2.0].map(|delay| env.timeout(delay))).await;
        note.note("all");
        // Plain futures and requests, together.
        let block = async {
            env.timeout(2.0).await;
            "block"
        };
        let both = asim!(AllOf(block = block, timer = env.timeout(1.0))).await;
        note.note(both.block);
        let () = both.timer;
    });
    sim.run().unwrap();
    trace.is(&["3 all", "5 block"]);
}

#[test]
fn rule_04_races_and_joins_nest() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let quick = || all_of([env.timeout(2.0), env.timeout(1.0)]);
        let slow = || all_of([env.timeout(1.0), env.timeout(9.0)]);
        let (winner, _) = first_of([slow(), quick(), slow()]).await;
        note.note(winner);
        let wins: Vec<_> = all_of([first_of([slow(), quick()]), first_of([quick(), slow()])]).await;
        note.note(format_args!("{:?}", wins.iter().map(|(winner, _)| winner).collect::<Vec<_>>()));
    });
    sim.run().unwrap();
    trace.is(&["2 1", "4 [1, 0]"]);
    assert_eq!(sim.now(), 4.0, "the losers' timers are gone, through all levels");
}

#[test]
fn rule_04_losers_leave_their_lines_through_all_levels() {
    let sim = Simulation::new();
    let (queue, event) = (Queue::unbounded(&sim), sim.event());
    let (getter, go) = (queue.clone(), event.clone());
    sim.spawn(async move {
        let pair = || all_of([getter.get(), getter.get()]);
        let deep = first_of([first_of([pair(), pair()]), first_of([pair(), pair()])]);
        assert!(matches!(asim!(FirstOf::<Race>(a = deep, b = go)).await, Race::B(())));
    });
    sim.run().unwrap();
    // The first pair gets this item, and waits for a second one, which would decide the race.
    for item in 0..1 {
        queue.try_put(item).unwrap();
    }
    event.succeed(());
    assert_eq!(queue.len(), 1);
    queue.try_put(1).unwrap();
    assert_eq!([queue.try_get(), queue.try_get()], [Some(0), Some(1)]);
    sim.run().unwrap();
}

#[test]
fn rule_04_one_trigger_that_frees_another_branch_of_the_same_race_is_settled_first() {
    // Two slots come free. The first one decides the race; the loser must not get the second one.
    let sim = Simulation::new();
    let clerk = Resource::new(&sim, 2);
    let slots = [clerk.try_acquire(), clerk.try_acquire()];
    let contender = clerk.clone();
    sim.spawn(async move {
        let (winner, slot) = first_of([contender.acquire(), contender.acquire()]).await;
        assert_eq!(winner, 0);
        assert_eq!(contender.count(), 1);
        slot.release();
    });
    sim.run().unwrap();
    drop(slots);
    assert_eq!(clerk.count(), 1);
    sim.run().unwrap();
    assert_eq!(clerk.count(), 0);
}

#[test]
#[should_panic(expected = "first_of needs something to wait for")]
fn rule_04_a_race_of_nobody_is_refused() {
    let _race = first_of(Vec::<Timeout>::new());
}

#[test]
fn rule_04_the_winners_output_is_taken_before_the_plain_losers_are_dropped() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (output, input) = channel(&sim, 1);
    let (first, second) = (input.recv(), Rc::new(input.recv()));
    let (env, look, note) = (sim.clone(), Rc::clone(&second), trace.clone());
    sim.spawn(async move {
        let loser = note.clone();
        let block = async move {
            struct AtDrop<F: Fn()>(F);
            impl<F: Fn()> Drop for AtDrop<F> {
                fn drop(&mut self) {
                    (self.0)();
                }
            }
            let _at_drop = AtDrop(|| loser.note(format_args!("{look:?}")));
            env.timeout(9.0).await;
        };
        asim!(FirstOf::<Race>(a = block, b = first)).await;
    });
    sim.run_until(1.0).unwrap();
    output.try_send(1).unwrap();
    drop(output);
    // While the item is promised to the first it may come back, and the second waits for it.
    assert_eq!(format!("{second:?}"), "InPort::recv(pending)");
    sim.run().unwrap();
    trace.is(&["1 InPort::recv(triggered)"]);
}

#[test]
fn rule_04_a_join_that_lost_and_is_kept_decides_no_other_race() {
    let sim = Simulation::new();
    let env = sim.clone();
    let process = sim.spawn(async move {
        let work = env.clone();
        let mut job = env.spawn(async move { work.timeout(5.0).await });
        let event = env.event();
        event.succeed(());
        // A race decided at the call, inside a join that is not.
        let race = asim!(FirstOf::<Race>(a = event, b = &mut job));
        let both = asim!(AllOf::<Pair>(a = race, b = env.timeout(1.0))).await;
        assert!(matches!(both.a, Race::A(())));
        let () = both.b;
        // Later races take the entry of that race.
        let later = || first_of([env.timeout(50.0), env.timeout(100.0), env.timeout(100.0)]);
        let races = [later(), later(), later()];
        for race in races {
            assert_eq!(race.await, (0, ()));
            assert_eq!(env.now(), 51.0);
        }
        job.await.unwrap();
    });
    sim.run().unwrap();
    assert!(process.done());
}

#[test]
#[should_panic(expected = "the branches of one composition belong to simulations 1 and 2")]
fn rule_04_the_branches_of_one_race_belong_to_one_simulation() {
    let (one, another) = (Simulation::new(), Simulation::new());
    let _race = first_of([one.timeout(1.0), another.timeout(1.0)]);
}
