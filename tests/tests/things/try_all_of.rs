//! `try_all_of` and `asim!(TryAllOf(..))`: joins that fail at the first failure.

use asim::prelude::*;
use std::cell::RefCell;
use std::future::{Future, pending, ready};
use std::rc::Rc;

/// What a process of this body returns, and when.
fn run<T: 'static>(body: impl AsyncFnOnce(Environment) -> T + 'static) -> (T, f64) {
    let sim = Simulation::new();
    let env = sim.env();
    let process = sim.spawn(async move { Ok::<T, String>(body(env).await) });
    let outcome = sim.run_until_event(process);
    (outcome.expect("the body ends").expect("nothing interrupts it"), sim.now())
}

/// Gives the value after some time.
fn after<T>(
    env: &Environment,
    delay: f64,
    result: Result<T, &'static str>,
) -> impl Future<Output = Result<T, &'static str>> {
    let timeout = env.timeout(delay);
    async move {
        timeout.await;
        result
    }
}

#[test]
fn all_values_come_in_the_order_written() {
    let outcome = run(async |env| {
        try_all_of([3.0, 1.0, 2.0].map(|delay| after(&env, delay, Ok(delay)))).await
    });
    assert_eq!(outcome, (Ok(vec![3.0, 1.0, 2.0]), 3.0));
}

#[test]
fn of_nothing_it_gives_nothing_at_once() {
    let outcome = run(async |_| try_all_of(Vec::<Event<Result<u8, String>>>::new()).await);
    assert_eq!(outcome, (Ok(vec![]), 0.0));
}

#[test]
fn the_first_failure_ends_it() {
    let outcome = run(async |env| {
        let branches = [(3.0, Ok(0)), (2.0, Err("late")), (1.0, Err("soon"))];
        try_all_of(branches.map(|(delay, result)| after(&env, delay, result))).await
    });
    assert_eq!(outcome, (Err("soon"), 1.0));
}

#[test]
fn of_failures_in_one_instant_the_first_written_counts() {
    let outcome = run(async |env| {
        let events = [(); 3].map(|()| env.event::<Result<u8, &str>>());
        let [first, second, third] = events.clone();
        env.spawn(async move {
            // This does not call `fail`, because only one of these errors is received.
            third.succeed(Err("third"));
            second.succeed(Err("second"));
            first.succeed(Ok(1));
        });
        try_all_of(&events).await
    });
    assert_eq!(outcome, (Err("second"), 0.0));
}

#[test]
fn what_is_triggered_at_the_call_counts_at_the_first_await() {
    let outcome = run(async |env| {
        let events = [(); 3].map(|()| env.event::<Result<u8, &str>>());
        events[1].succeed(Ok(1));
        events[2].fail("at once");
        let join = try_all_of(&events);
        env.timeout(1.0).await;
        events[0].fail("by now");
        (join.await, try_all_of(&events[1..]).await)
    });
    assert_eq!(outcome, ((Err("by now"), Err("at once")), 1.0));
}

#[test]
fn requests_are_made_at_the_call() {
    let outcome = run(async |env| {
        let shelf = Store::<Result<u8, &str>>::unbounded(&env);
        shelf.put(Ok(1)).await;
        shelf.put(Ok(2)).await;
        let join = try_all_of([shelf.get(), shelf.get()]);
        assert!(shelf.is_empty(), "both items are promised");
        drop(join);
        assert_eq!(shelf.len(), 2, "and back");
        try_all_of([shelf.get(), shelf.get()]).await
    });
    assert_eq!(outcome, (Ok(vec![1, 2]), 0.0));
}

/// A slot, or a failure after some time.
async fn acquire(env: Environment, slots: Resource, delay: f64) -> Result<Slot, &'static str> {
    asim!(match FirstOf(slot = slots.acquire(), late = env.timeout(delay)).await {
        FirstOf::Slot(slot) => Ok(slot),
        FirstOf::Late(()) => Err("late"),
    })
}

#[test]
fn at_a_failure_all_others_are_given_back_in_that_instant() {
    let (counts, at) = run(async |env| {
        let held = [(); 3].map(|()| Resource::new(&env, 1));
        let closed = Resource::new(&env, 1);
        let _holder = closed.try_acquire();
        let queue = Queue::<Result<Slot, &'static str>>::unbounded(&env);
        let branches = held.each_ref().map(|slots| acquire(env.clone(), slots.clone(), 1.0));
        let join = asim!(TryAllOf(
            held = try_all_of(branches),
            item = queue.get(),
            closed = acquire(env.clone(), closed.clone(), 2.0),
        ));
        let outcome = join.await;
        assert_eq!(outcome.map(|_| ()), Err("late"));
        assert!(queue.is_empty());
        queue.put(Err("mine")).await;
        assert_eq!(queue.len(), 1, "nobody waits for it any more");
        held.each_ref().map(Resource::count)
    });
    assert_eq!((counts, at), ([0, 0, 0], 2.0));
}

#[test]
fn losers_leave_their_lines_together() {
    // They leave as one cancellation: what the first gives back does not go to the second.
    let (outcome, at) = run(async |env| {
        let shelf = Store::<Result<u8, &str>>::unbounded(&env);
        let alarm = env.event::<Result<u8, &str>>();
        let (a, b) = (shelf.get(), shelf.get());
        let other = shelf.get();
        let race = env.spawn(async move { Ok::<_, String>(other.await) });
        let join = asim!(TryAllOf(alarm = &alarm, a = a, b = b));
        shelf.put(Ok(1)).await;
        shelf.put(Ok(2)).await;
        alarm.fail("stop");
        assert_eq!(join.await.map(|_| ()), Err("stop"));
        (race.await.expect("nothing fails"), shelf.len())
    });
    assert_eq!((outcome, at), ((Ok(1), 1), 0.0));
}

#[test]
fn losers_are_dropped_in_the_order_written() {
    struct Mark(&'static str, Rc<RefCell<Vec<&'static str>>>);
    impl Drop for Mark {
        fn drop(&mut self) {
            self.1.borrow_mut().push(self.0);
        }
    }
    let (dropped, _) = run(async |env| {
        let dropped = Rc::new(RefCell::new(Vec::new()));
        let mark = |name, done: bool| {
            let mark = Mark(name, dropped.clone());
            async move {
                if done {
                    return Ok(mark);
                }
                pending::<()>().await;
                Err("never")
            }
        };
        let failing = || after::<Mark>(&env, 1.0, Err("now"));
        let join = asim!(TryAllOf(
            a = mark("a", false),
            b = mark("b", true),
            c = failing(),
            d = mark("d", false)
        ));
        assert_eq!(join.await.map(|_| ()), Err("now"));
        let all = vec![mark("e", false), mark("f", true), mark("g", false)];
        let mut all: Vec<std::pin::Pin<Box<dyn Future<Output = _>>>> =
            all.into_iter().map(|mark| Box::pin(mark) as _).collect();
        all.insert(2, Box::pin(failing()));
        assert_eq!(try_all_of(all).await.map(|_| ()), Err("now"));
        dropped.take()
    });
    assert_eq!(dropped, ["a", "b", "d", "e", "f", "g"]);
}

#[process]
async fn member(
    env: Environment,
    delay: f64,
    fails: bool,
    log: Rc<RefCell<Vec<f64>>>,
) -> Result<f64, String> {
    env.timeout(delay).await;
    log.borrow_mut().push(delay);
    if fails { Err(format!("at {delay}")) } else { Ok(delay) }
}

#[test]
fn processes_that_were_joined_run_on() {
    let sim = Simulation::new();
    let log = Rc::new(RefCell::new(Vec::new()));
    let team = [(3.0, false), (1.0, false), (2.0, true)]
        .map(|(delay, fails)| sim.process(Member::new(delay, fails, log.clone())));
    let outcome = sim.run_until_event(try_all_of(team)).expect("it ends");
    assert!(matches!(outcome, Err(Stopped::Failed(error)) if error == "at 2"));
    assert_eq!((sim.now(), &*log.borrow()), (2.0, &vec![1.0, 2.0]));
    sim.run().expect("the other is well");
    assert_eq!(*log.borrow(), [1.0, 2.0, 3.0]);
}

#[test]
fn who_fails_when_the_join_has_given_up_fails_unclaimed() {
    let sim = Simulation::new();
    let log = Rc::new(RefCell::new(Vec::new()));
    let team = [1.0, 2.0].map(|delay| sim.process(Member::new(delay, true, log.clone())));
    let outcome = sim.run_until_event(try_all_of(team)).expect("it ends");
    assert!(matches!(outcome, Err(Stopped::Failed(error)) if error == "at 1"));
    let error = sim.run().expect_err("nobody claims the second failure");
    assert!(error.to_string().contains("at 2"), "{error}");
}

#[test]
fn a_process_that_is_cancelled_or_interrupted_is_a_failure() {
    let sim = Simulation::new();
    let log = Rc::new(RefCell::new(Vec::new()));
    for cancel in [true, false] {
        let team = [3.0, 4.0].map(|delay| sim.process(Member::new(delay, false, log.clone())));
        let [_, second] = team.each_ref().map(ProcessHandle::process_ref);
        let env = sim.env();
        sim.spawn(async move {
            env.timeout(1.0).await;
            if cancel { second.cancel() } else { second.interrupt("out") }
        });
        let outcome = sim.run_until_event(try_all_of(team)).expect("it ends");
        match outcome.expect_err("one was stopped") {
            Stopped::Cancelled => assert!(cancel),
            Stopped::Interrupted(interrupt) => assert_eq!(interrupt.cause(), Some(&"out")),
            other => panic!("{other}"),
        }
    }
    assert_eq!(sim.now(), 2.0);
}

#[test]
fn a_join_may_lose_a_race_and_be_interrupted() {
    let (sum, at) = run(async |env| {
        let queue = Queue::<Result<u8, String>>::unbounded(&env);
        let both = || try_all_of([queue.get(), queue.get()]);
        asim!(match FirstOf(both = both(), late = env.timeout(1.0)).await {
            FirstOf::Both(_) => unreachable!("there is nothing"),
            FirstOf::Late(()) => {}
        });
        let me = env.active_process().expect("this is a process");
        let (env_, queue_) = (env.clone(), queue.clone());
        env.spawn(async move {
            env_.timeout(1.0).await;
            queue_.put(Ok(1)).await;
            me.interrupt("stop");
        });
        let interrupted = env.interruptible(both()).await;
        assert_eq!(interrupted.expect_err("it is interrupted").cause(), Some(&"stop"));
        assert_eq!(queue.len(), 1, "the item is back");
        queue.put(Ok(2)).await;
        let items = asim!(match FirstOf(both = both(), late = env.timeout(1.0)).await {
            FirstOf::Both(items) => items,
            FirstOf::Late(()) => unreachable!("there are two"),
        });
        items.map(|items| items.iter().sum::<u8>())
    });
    assert_eq!((sum, at), (Ok(3), 2.0));
}

#[test]
fn a_resumption_for_one_branch_leaves_the_others_in_line() {
    let (order, _) = run(async |env| {
        let queue = Queue::<Result<u8, String>>::unbounded(&env);
        let tick = env.event::<Result<u8, String>>();
        let join = try_all_of([queue.get(), queue.get()]);
        let behind = queue.get();
        let all = async { asim!(AllOf(join = join, tick = &tick)).await.join };
        let (feeder, tick) = (queue.clone(), tick.clone());
        env.spawn(async move {
            tick.succeed(Ok(0));
            for item in 1..=3 {
                feeder.put(Ok(item)).await;
            }
        });
        (all.await, behind.await)
    });
    assert_eq!(order, (Ok(vec![1, 2]), Ok(3)));
}

#[test]
fn a_written_join_names_its_values() {
    struct Docked {
        berth: u8,
        tide: &'static str,
    }
    async fn dock(env: &Environment) -> Result<u8, &'static str> {
        let docked =
            asim!(TryAllOf(berth = after(env, 1.0, Ok(3)), tide = after(env, 2.0, Ok("high"))))
                .await?;
        assert_eq!((docked.berth, docked.tide), (3, "high"));
        asim!(let TryAllOf { berth, .. } = TryAllOf(berth = ready(Ok(4)), tide = ready(Ok(()))).await?);
        let own = asim!(TryAllOf::<Docked>(berth = ready(Ok(5)), tide = ready(Ok("low")))).await?;
        assert_eq!(own.tide, "low");
        let nested = asim! {
            match FirstOf(
                docked = TryAllOf(berth = ready(Ok(6)), both = async { Ok(AllOf(a = ready(7), b = ready(8)).await) }),
                late = env.timeout(1.0),
            )
            .await
            {
                FirstOf::Docked(Ok(TryAllOf { berth, both })) => berth + both.a + both.b,
                FirstOf::Docked(Err(error)) => return Err(error),
                FirstOf::Late(()) => 0,
            }
        };
        asim! {
            if let Err("no tug") = TryAllOf(berth = ready(Ok(1)), tug = ready(Err::<u8, _>("no tug"))).await {
                return Ok(docked.berth + berth + own.berth + nested);
            }
        }
        Err("there was a tug")
    }
    assert_eq!(run(async |env| dock(&env).await), (Ok(3 + 4 + 5 + 21), 2.0));
}

#[test]
fn a_written_join_may_have_many_branches() {
    let outcome = run(async |env| {
        let each = |n: u8| after(&env, f64::from(n), if n == 11 { Err("eleven") } else { Ok(n) });
        let all = asim!(TryAllOf(
            a = each(1),
            b = each(2),
            c = each(3),
            d = each(4),
            e = each(5),
            f = each(6),
            g = each(7),
            h = each(8),
            i = each(9),
            j = each(10),
        ))
        .await?;
        assert_eq!((all.a, all.h, all.i, all.j, env.now()), (1, 8, 9, 10, 10.0));
        let all = asim!(TryAllOf(
            a = each(1),
            b = each(2),
            c = each(3),
            d = each(4),
            e = each(5),
            f = each(6),
            g = each(7),
            h = each(8),
            i = each(11),
            j = each(12),
        ))
        .await?;
        Ok(all.a)
    });
    assert_eq!(outcome, (Err("eleven"), 21.0));
}

#[test]
fn it_tells_what_it_waits_for() {
    let sim = Simulation::new();
    let never = sim.event::<Result<u8, String>>();
    sim.spawn(async move {
        let _ = try_all_of([&never, &never]).await;
    });
    sim.run().expect("nothing fails");
    let blocked = sim.blocked();
    assert_eq!(blocked.len(), 1);
    assert_eq!(blocked[0].waiting_for, "TryAllOf");
    assert!(blocked[0].location.is_some_and(|location| location.file().ends_with("try_all_of.rs")));
}

#[test]
#[should_panic(expected = "was polled after it had given its output")]
fn it_gives_its_output_once() {
    run(async |_| {
        let mut join = try_all_of([ready(Ok::<u8, String>(1))]);
        let _ = (&mut join).await;
        let _ = (&mut join).await;
    });
}

#[test]
#[should_panic(expected = "the branches of one composition belong to simulations 1 and 2")]
fn its_branches_belong_to_one_simulation() {
    let (one, other) = (Simulation::new(), Simulation::new());
    drop(try_all_of([one.event::<Result<u8, String>>(), other.event()]));
}

#[test]
fn it_may_be_dropped_after_its_simulation() {
    let sim = Simulation::new();
    let queue = Queue::<Result<u8, String>>::unbounded(&sim);
    let join = try_all_of([queue.get(), queue.get()]);
    let written = asim!(TryAllOf(a = queue.get(), b = queue.get()));
    drop(sim);
    drop((join, written));
    assert_eq!(queue.len(), 0);
}
