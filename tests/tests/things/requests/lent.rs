//! Rule 13, for every kind: a request that is given as `&mut` is merely no longer waited for when the wait
//! loses a race or is interrupted. It keeps its place in line, and what it is granted is promised to it.

use super::*;

/// Holds what was granted, a slot or a unit, to the end.
fn keep<T>(output: T) {
    std::mem::forget(output);
}

/// Makes a grant at each of these times.
fn with_grants<K: Kind>(sim: &Simulation, thing: &Rc<K::Thing>, times: &[f64]) {
    for &time in times {
        let (env, thing) = (sim.env(), Rc::clone(thing));
        sim.spawn(async move {
            env.timeout(time).await;
            K::grant(&thing, 1);
        });
    }
}

fn keeps_its_place_through_lost_races<K: Kind>()
where
    for<'r> &'r mut K::Request: Waitable<Output = K::Output> + IntoFuture<Output = K::Output>,
{
    let sim = Simulation::new();
    let thing = Rc::new(K::thing(&sim));
    let mut first = K::ask(&thing);
    let second = K::ask(&thing);
    let env = sim.env();
    let process = sim.spawn(async move {
        for _ in 0..3 {
            let race = first_of([
                (&mut first).mapped(|_| true).into_boxed(),
                env.timeout(1.0).mapped(|()| false).into_boxed(),
            ]);
            assert_eq!(race.await, (1, false), "{}", K::NAME);
        }
        assert!(!K::triggered(&first), "{}", K::NAME);
        let by_macro = asim!(match FirstOf(got = &mut first, late = env.timeout(9.0)).await {
            FirstOf::Got(got) => {
                keep(got);
                env.now()
            }
            FirstOf::Late(()) => f64::NAN,
        });
        assert_eq!(by_macro, 5.0, "{}", K::NAME);
    });
    with_grants::<K>(&sim, &thing, &[5.0]);
    sim.run().unwrap();
    assert!(process.done(), "{}", K::NAME);
    assert_eq!(K::triggered(&second), K::FATE == Fate::IsForAll, "{}: it stood behind", K::NAME);
}

#[test]
fn rule_13_a_request_keeps_its_place_through_lost_races() {
    of_every_kind!(keeps_its_place_through_lost_races);
}

fn keeps_its_place_through_interrupts<K: Kind>()
where
    for<'r> &'r mut K::Request: Waitable<Output = K::Output> + IntoFuture<Output = K::Output>,
{
    let sim = Simulation::new();
    let thing = Rc::new(K::thing(&sim));
    let mut first = K::ask(&thing);
    let second = K::ask(&thing);
    let env = sim.env();
    let process = sim.spawn(async move {
        for _ in 0..2 {
            assert!(env.interruptible(&mut first).await.is_err(), "{}", K::NAME);
        }
        // Inside a block, and in a join.
        let block = async {
            let join = all_of([&mut first]);
            join.await.len()
        };
        assert!(env.interruptible(block).await.is_err(), "{}", K::NAME);
        keep((&mut first).await);
        assert_eq!(env.now(), 5.0, "{}", K::NAME);
    });
    sim.run().unwrap();
    for _ in 0..3 {
        process.interrupt("alarm");
        sim.run().unwrap();
    }
    assert_eq!(sim.blocked()[0].waiting_for, K::NAME);
    with_grants::<K>(&sim, &thing, &[5.0]);
    sim.run().unwrap();
    assert!(process.done(), "{}", K::NAME);
    assert_eq!(K::triggered(&second), K::FATE == Fate::IsForAll, "{}: it stood behind", K::NAME);
}

#[test]
fn rule_13_a_request_keeps_its_place_through_interrupts() {
    of_every_kind!(keeps_its_place_through_interrupts);
}

/// The grant and the interrupt or the timeout come in one instant, in each order.
fn is_granted_in_the_instant_of_the_loss<K: Kind>()
where
    for<'r> &'r mut K::Request: Waitable<Output = K::Output> + IntoFuture<Output = K::Output>,
{
    for granted_first in [true, false] {
        let sim = Simulation::new();
        let thing = Rc::new(K::thing(&sim));
        let mut first = K::ask(&thing);
        let second = K::ask(&thing);
        let env = sim.env();
        let process = sim.spawn(async move {
            let outcome = env.interruptible(&mut first).await;
            assert!(outcome.is_err(), "{}: an interrupt wins over a grant", K::NAME);
            // The repair. Meanwhile the grant waits for its owner.
            env.timeout(2.0).await;
            assert!(K::triggered(&first), "{}", K::NAME);
            keep((&mut first).await);
            assert_eq!(env.now(), 3.0, "{}: it takes no time", K::NAME);
        });
        let (env, granting) = (sim.env(), Rc::clone(&thing));
        let worker = process.process_ref();
        sim.spawn(async move {
            env.timeout(1.0).await;
            if granted_first {
                K::grant(&granting, 1);
                worker.interrupt("breakdown");
            } else {
                worker.interrupt("breakdown");
                K::grant(&granting, 1);
            }
        });
        sim.run().unwrap();
        assert!(process.done(), "{}", K::NAME);
        assert_eq!(K::triggered(&second), K::FATE == Fate::IsForAll, "{}: granted once", K::NAME);
    }
}

#[test]
fn rule_13_what_is_granted_in_the_instant_of_an_interrupt_stays_promised() {
    of_every_kind!(is_granted_in_the_instant_of_the_loss);
}

/// The race is decided by another branch and the request is granted in the same instant.
fn is_granted_in_the_instant_of_the_decision<K: Kind>()
where
    for<'r> &'r mut K::Request: Waitable<Output = K::Output> + IntoFuture<Output = K::Output>,
{
    for granted_first in [true, false] {
        let sim = Simulation::new();
        let thing = Rc::new(K::thing(&sim));
        let mut first = K::ask(&thing);
        let (env, bell) = (sim.env(), sim.event::<()>());
        let rings = bell.clone();
        let process = sim.spawn(async move {
            let got = asim!(match FirstOf(got = &mut first, rung = &rings).await {
                FirstOf::Got(_) => true,
                FirstOf::Rung(()) => false,
            });
            assert_eq!(got, granted_first, "{}", K::NAME);
            if !got {
                assert!(K::triggered(&first), "{}", K::NAME);
                (&mut first).await;
                assert_eq!(env.now(), 1.0, "{}", K::NAME);
            }
        });
        let (env, granting) = (sim.env(), Rc::clone(&thing));
        sim.spawn(async move {
            env.timeout(1.0).await;
            if granted_first {
                K::grant(&granting, 1);
                bell.succeed(());
            } else {
                bell.succeed(());
                K::grant(&granting, 1);
            }
        });
        sim.run().unwrap();
        assert!(process.done(), "{}", K::NAME);
    }
}

#[test]
fn rule_13_what_is_granted_in_the_instant_of_a_lost_race_stays_promised() {
    of_every_kind!(is_granted_in_the_instant_of_the_decision);
}

/// A join of two requests is interrupted when one of them has been granted.
fn stays_granted_in_a_join<K: Kind>()
where
    for<'r> &'r mut K::Request: Waitable<Output = K::Output> + IntoFuture<Output = K::Output>,
{
    if K::FATE == Fate::IsForAll {
        return;
    }
    let sim = Simulation::new();
    let thing = Rc::new(K::thing(&sim));
    let (mut first, mut second) = (K::ask(&thing), K::ask(&thing));
    let third = K::ask(&thing);
    let env = sim.env();
    let process = sim.spawn(async move {
        let both = asim!(AllOf(first = &mut first, second = &mut second)).mapped(drop);
        assert!(env.interruptible(both).await.is_err(), "{}", K::NAME);
        assert!(K::triggered(&first) && !K::triggered(&second), "{}", K::NAME);
        keep(asim!(AllOf(second = &mut second, first = &mut first)).await);
        assert_eq!(env.now(), 7.0, "{}", K::NAME);
    });
    with_grants::<K>(&sim, &thing, &[1.0, 7.0]);
    sim.run_until(3.0).unwrap();
    process.interrupt("alarm");
    sim.run().unwrap();
    assert!(process.done(), "{}", K::NAME);
    assert!(!K::triggered(&third), "{}", K::NAME);
}

#[test]
fn rule_13_a_join_that_is_interrupted_leaves_each_request_as_it_is() {
    of_every_kind!(stays_granted_in_a_join);
}

/// A request that was lent, was granted, and is dropped: the grant goes on as always.
fn goes_back_when_it_is_dropped<K: Kind>()
where
    for<'r> &'r mut K::Request: Waitable<Output = K::Output> + IntoFuture<Output = K::Output>,
{
    let sim = Simulation::new();
    let thing = Rc::new(K::thing(&sim));
    let mut first = K::ask(&thing);
    let second = K::ask(&thing);
    let env = sim.env();
    sim.spawn(async move {
        assert!(env.interruptible(&mut first).await.is_err());
        env.timeout(1.0).await;
        drop(first);
    })
    .interrupt(1);
    sim.run_until(0.5).unwrap();
    K::grant(&thing, 1);
    assert_eq!(K::triggered(&second), K::FATE == Fate::IsForAll, "{}", K::NAME);
    sim.run().unwrap();
    assert_eq!(K::triggered(&second), K::FATE != Fate::Stays, "{}", K::NAME);
}

#[test]
fn rule_13_a_lent_request_that_is_dropped_gives_back() {
    of_every_kind!(goes_back_when_it_is_dropped);
}

/// In a foreign combinator the awaiter is a waker, which is freed with the wait.
fn goes_where_a_future_is_wanted<K: Kind>()
where
    for<'r> &'r mut K::Request:
        Waitable<Output = K::Output> + IntoFuture<Output = K::Output, IntoFuture: Unpin>,
{
    let sim = Simulation::new();
    let thing = Rc::new(K::thing(&sim));
    let mut first = K::ask(&thing);
    let env = sim.env();
    let process = sim.spawn(async move {
        {
            let mut wait = (&mut first).into_future();
            let mut nap = env.timeout(1.0).into_future();
            std::future::poll_fn(|context| {
                assert!(Pin::new(&mut wait).poll(context).is_pending());
                Pin::new(&mut nap).poll(context)
            })
            .await;
        }
        env.timeout(3.0).await;
        drop((&mut first).await);
        assert_eq!(env.now(), 4.0, "{}", K::NAME);
    });
    with_grants::<K>(&sim, &thing, &[2.0]);
    sim.run().unwrap();
    assert!(process.done(), "{}", K::NAME);
}

#[test]
fn rule_13_a_lent_request_goes_where_a_future_is_wanted() {
    of_every_kind!(goes_where_a_future_is_wanted);
}

fn gives_its_output_once<K: Kind>()
where
    for<'r> &'r mut K::Request: Waitable<Output = K::Output, Request: Debug> + IntoFuture,
{
    let sim = Simulation::new();
    let thing = Rc::new(K::thing(&sim));
    let mut request = K::ask(&thing);
    assert_eq!(
        format!("{:?}", (&mut request).into_request()),
        format!("&mut {}(pending)", K::NAME)
    );
    K::grant(&thing, 1);
    drop(sim.run_until_event(&mut request).unwrap());
    let told = message_of(|| drop((&mut request).into_request()));
    assert!(told.starts_with(&format!("`{}` ({}:", K::NAME, file!())), "{told}");
    assert!(told.ends_with("was polled after it had given its output"), "{told}");
}

#[test]
fn rule_13_a_request_that_has_given_its_output_is_not_awaited_again() {
    of_every_kind!(gives_its_output_once);
}

/// A process that has lent its request is cancelled, or its simulation is dropped.
fn is_dropped_with_its_process<K: Kind>()
where
    for<'r> &'r mut K::Request: Waitable<Output = K::Output> + IntoFuture<Output = K::Output>,
{
    let sim = Simulation::new();
    let thing = Rc::new(K::thing(&sim));
    let waits = || {
        let (asked, env) = (Rc::clone(&thing), sim.env());
        sim.spawn(async move {
            let mut request = K::ask(&asked);
            let race =
                first_of([(&mut request).mapped(drop).into_boxed(), env.timeout(9.0).into_boxed()]);
            race.await;
        })
    };
    let (first, second) = (waits(), waits());
    sim.run_until(1.0).unwrap();
    first.cancel();
    assert_eq!(K::waiting(&thing).unwrap_or(1), 1, "{}", K::NAME);
    K::grant(&thing, 1);
    sim.run_until(2.0).unwrap();
    assert!(second.done(), "{}", K::NAME);
    let third = waits();
    sim.run_until(3.0).unwrap();
    drop(sim);
    drop(third);
}

#[test]
fn rule_13_a_lent_request_goes_with_its_process() {
    of_every_kind!(is_dropped_with_its_process);
}
