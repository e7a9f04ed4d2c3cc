//! `ready` and `peek`: to see what would be received, without taking it.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use asim::SenderGone;
use asim::prelude::*;

use super::items::{Log, Token, at, sender};

#[test]
fn a_sender_is_freed_at_the_receive_and_not_when_its_item_is_seen() {
    for capacity in [0, 1] {
        let (sim, log) = (Simulation::new(), Log::default());
        let (output, input) = channel(&sim, capacity);
        sender(&sim, &log, 2.0, output, [1, 2]);
        let (env, note) = (sim.env(), log.clone());
        sim.spawn(async move {
            assert_eq!(input.ready().await, Ok(()));
            note.add(&env, format!("sees {:?}", input.peek(|&item| item)));
            env.timeout(3.25).await;
            note.add(&env, format!("has {:?}", input.recv().await));
            env.timeout(1.0).await;
            assert_eq!(input.ready().await, Ok(()));
            assert_eq!(input.recv().await, Ok(2));
            assert_eq!(input.ready().await, Err(SenderGone));
            note.add(&env, "the end");
        });
        sim.run().unwrap();
        if capacity == 0 {
            log.says([
                "2 sees Some(1)",
                "5.25 has Ok(1)",
                "5.25 sent 1",
                "6.25 sent 2",
                "6.25 the end",
            ]);
        } else {
            log.says([
                "2 sent 1",
                "2 sees Some(1)",
                "5.25 has Ok(1)",
                "5.25 sent 2",
                "6.25 the end",
            ]);
        }
    }
}

#[test]
fn a_race_of_two_readies_with_two_senders_takes_one_item_only() {
    let sim = Simulation::new();
    let ((left, a), (right, b)) = (channel(&sim, 0), channel(&sim, 0));
    let (first, second) = (left.send('a'), right.send('b'));
    sim.spawn(async move {
        asim!(match FirstOf(a = a.ready(), b = b.ready()).await {
            FirstOf::A(seen) => assert_eq!((seen, a.recv().await), (Ok(()), Ok('a'))),
            FirstOf::B(_) => unreachable!("a is written first"),
        });
        std::future::pending::<()>().await;
        drop((a, b));
    });
    sim.run().unwrap();
    assert!(first.triggered() && !second.triggered());
}

#[test]
fn an_item_goes_to_who_receives_before_anybody_is_told_that_it_is_there() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 1);
    let (ready, received) = (input.ready(), input.recv());
    output.try_send(1).unwrap();
    assert!(received.triggered() && !ready.triggered());
    drop(received); // it comes back
    assert!(ready.triggered() && input.probe());
    assert_eq!(input.try_recv(), Ok(Some(1)));
    assert!(ready.triggered(), "it was there");
    assert!(!input.ready().triggered());
}

#[test]
fn another_process_may_take_the_item_first() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (output, input) = channel(&sim, 0);
    let input = Rc::new(input);
    for name in ["one", "other"] {
        let (env, input, log) = (sim.env(), Rc::clone(&input), log.clone());
        sim.spawn(async move {
            input.ready().await.unwrap();
            log.add(&env, format!("{name} {:?}", input.try_recv()));
        });
    }
    drop(input);
    sender(&sim, &log, 1.0, output, [7]);
    sim.run().unwrap();
    log.says(["1 one Ok(Some(7))", "1 other Ok(None)", "1 sent 7"]);
}

#[test]
fn rule_05_a_look_that_is_dropped_or_loses_takes_nothing() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 0);
    let sent = output.send('a');
    drop(input.ready());
    drop(first_of([input.ready(), input.ready()]));
    let waiting = input.recv();
    drop(waiting);
    assert_eq!(sim.run_until_event(first_of([input.ready(), input.ready()])).unwrap(), (0, Ok(())));
    assert!(sent.triggered(), "the receive has accepted it");
    assert_eq!(input.peek(|&item| item), Some('a'));
}

#[test]
fn rule_07_an_interrupt_of_a_look_leaves_the_item_where_it_is() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 0);
    let (env, output) = (sim.env(), Rc::new(output));
    let victim = sim.spawn(async move {
        assert!(env.interruptible(input.ready()).await.is_err());
        assert_eq!(input.try_recv(), Ok(Some('a')));
    });
    let (victim, sends) = (victim.process_ref(), Rc::clone(&output));
    at(&sim, 1.0, move || {
        let sent = sends.send('a');
        victim.interrupt(());
        std::mem::forget(sent);
    });
    sim.run().unwrap();
    assert!(sim.blocked().is_empty());
}

#[test]
fn a_ready_ends_when_the_sender_goes_also_without_its_port() {
    let sim = Simulation::new();
    let (output, input) = channel::<u32>(&sim, 2);
    let (ready, later) = (input.ready(), input.ready());
    drop(input);
    assert!(output.try_send(1).is_err() && !ready.triggered());
    drop(output);
    assert!(ready.triggered());
    assert_eq!(sim.run_until_event(later).unwrap(), Err(SenderGone));
    // What is promised may come back, so nothing is said before it is consumed.
    let (output, input) = channel(&sim, 1);
    output.try_send(1).unwrap();
    let promised = input.recv();
    let (ready, other) = (input.ready(), input.ready());
    drop(output);
    assert!(!ready.triggered());
    drop(promised);
    assert!(ready.triggered());
    assert_eq!(sim.run_until_event(other).unwrap(), Ok(()));
    assert_eq!(input.try_recv(), Ok(Some(1)));
    assert_eq!(sim.run_until_event(input.ready()).unwrap(), Err(SenderGone));
    assert_eq!(input.peek(|_| ()), None);
}

#[test]
fn blocked_names_the_call_of_ready() {
    let sim = Simulation::new();
    let (_output, input) = channel::<u32>(&sim, 0);
    sim.spawn(async move { input.ready().await });
    sim.run().unwrap();
    assert_eq!(sim.blocked()[0].waiting_for, "InPort::ready");
}

#[test]
fn rule_12_a_look_at_an_item_may_call_back() {
    for capacity in [0, 2] {
        let sim = Simulation::new();
        let (output, input) = channel(&sim, capacity);
        let (first, second) = (output.send(1), output.send(2));
        let mut received = None;
        let third = input.peek(|&item| {
            assert_eq!((item, input.probe(), input.ready().triggered()), (1, true, true));
            assert_eq!((input.try_recv(), input.peek(|_| ())), (Ok(None), None));
            let waiting = input.recv(); // waits until the item is back
            assert!(!waiting.triggered() && output.probe());
            received = Some(waiting);
            output.send(3)
        });
        let received = received.unwrap();
        assert!(received.triggered() && first.triggered());
        assert_eq!(sim.run_until_event(received).unwrap(), Ok(1));
        assert_eq!(input.try_recv(), Ok(Some(2)));
        assert_eq!(input.try_recv(), Ok(Some(3)));
        assert!(second.triggered() && third.unwrap().triggered());
    }
}

#[test]
fn rule_12_what_is_looked_at_counts_for_the_capacity() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 1);
    output.try_send(1).unwrap();
    input.peek(|_| assert_eq!(output.try_send(2).unwrap_err().into_inner(), 2));
    assert_eq!(input.try_recv(), Ok(Some(1)));
}

#[test]
fn rule_12_a_look_that_panics_leaves_the_item_in_its_place() {
    for capacity in [0, 2] {
        let (sim, living) = (Simulation::new(), Rc::new(Cell::new(0)));
        let (output, input) = channel(&sim, capacity);
        let sends = [1, 2].map(|id| output.send(Token::new(id, &living)));
        let waiting = RefCell::new(None);
        let panic = catch_unwind(AssertUnwindSafe(|| {
            input.peek(|_| {
                *waiting.borrow_mut() = Some(input.recv());
                panic!("the look fails");
            })
        }));
        assert!(panic.is_err());
        // The next call that settles serves the receive.
        assert_eq!(input.peek(|item| item.id), None);
        drop(input.recv());
        let waiting = waiting.take().unwrap();
        assert_eq!(sim.run_until_event(waiting).unwrap().map(|item| item.id), Ok(1));
        assert_eq!(input.try_recv().map(|item| item.unwrap().id), Ok(2));
        drop(sends);
        assert_eq!(living.get(), 0);
    }
}

#[test]
fn rule_12_a_send_may_be_withdrawn_while_its_item_is_looked_at() {
    let (sim, living) = (Simulation::new(), Rc::new(Cell::new(0)));
    let (output, input) = channel(&sim, 0);
    let [first, second] = [1, 2].map(|id| output.send(Token::new(id, &living)));
    let mut waiting = None;
    input.peek(|item| {
        drop(first);
        drop(output); // a port goes too; the second send keeps its end alive
        assert_eq!((item.id, living.get()), (1, 2), "it lives as long as it is looked at");
        waiting = Some(input.recv());
    });
    assert_eq!(living.get(), 1);
    let waiting = waiting.unwrap();
    assert!(waiting.triggered() && second.triggered());
    assert_eq!(sim.run_until_event(waiting).unwrap().map(|item| item.id), Ok(2));
    assert_eq!(input.try_recv().map(|_| ()), Err(SenderGone));
    assert_eq!(living.get(), 0);
}

#[test]
fn rule_08_looks_outlive_their_simulation_without_harm() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 2);
    let ready = input.ready();
    output.try_send(1).unwrap();
    let (_, other) = channel::<u32>(&sim, 0);
    drop(sim);
    assert!(ready.triggered());
    assert!(!input.ready().triggered() && !other.ready().triggered());
    assert_eq!(input.peek(|&item| item), Some(1));
}
