//! One test for each sentence of the rules that a channel has to do with.

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use asim::prelude::*;

use super::items::{Log, Token, at, receiver, sender};

// ---- rendezvous and buffers

#[test]
fn at_a_rendezvous_whoever_comes_first_waits_for_the_other() {
    for (sends_at, receives_at) in [(1.0, 4.0), (4.0, 1.0)] {
        let (sim, log) = (Simulation::new(), Log::default());
        let (output, input) = channel(&sim, 0);
        sender(&sim, &log, sends_at, output, [7]);
        receiver(&sim, &log, receives_at, input, 1);
        sim.run().unwrap();
        if sends_at < receives_at {
            log.says(["4 got 7", "4 sent 7"]);
        } else {
            log.says(["4 sent 7", "4 got 7"]);
        }
    }
}

#[test]
fn a_rendezvous_holds_nothing_back_and_lets_nobody_run_ahead() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (output, input) = channel(&sim, 0);
    sender(&sim, &log, 0.0, output, [1, 2, 3]);
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move {
        while let Ok(item) = input.recv().await {
            notes.add(&env, format!("got {item}"));
            env.timeout(5.0).await;
        }
    });
    sim.run().unwrap();
    log.says(["0 sent 1", "0 got 1", "5 got 2", "5 sent 2", "10 got 3", "10 sent 3"]);
}

#[test]
fn a_channel_of_capacity_n_lets_the_sender_be_n_items_ahead() {
    for capacity in 0..5 {
        let (sim, log) = (Simulation::new(), Log::default());
        let (output, input) = channel(&sim, capacity);
        sender(&sim, &log, 0.0, output, 0..10);
        sim.run().unwrap();
        log.says((0..capacity).map(|item| format!("0 sent {item}"))); // nobody has received
        let mut expected = 0;
        while let Ok(Some(item)) = input.try_recv() {
            assert_eq!(item, expected);
            expected += 1;
            sim.run().unwrap();
        }
        assert_eq!(expected, 10);
    }
}

#[test]
fn items_come_out_in_the_order_in_which_they_were_sent() {
    for capacity in [0, 1, 3, 100] {
        let sim = Simulation::new();
        let (output, input) = channel(&sim, capacity);
        let env = Environment::clone(&sim);
        sim.spawn(async move {
            for item in 0..50 {
                output.send(item).await.unwrap();
                if item % 7 == 0 {
                    env.timeout(1.0).await;
                }
            }
        });
        let env = Environment::clone(&sim);
        let received = sim.spawn(async move {
            let mut items = Vec::new();
            while let Ok(item) = input.recv().await {
                items.push(item);
                if items.len() % 5 == 0 {
                    env.timeout(2.0).await;
                }
            }
            Ok::<_, String>(items)
        });
        let items = sim.run_until_event(received).unwrap().unwrap();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}

// ---- rule 2: order

#[test]
fn rule_02_ties_at_one_instant_go_in_the_order_of_the_timers() {
    for sender_first in [true, false] {
        let (sim, log) = (Simulation::new(), Log::default());
        let (output, input) = channel(&sim, 0);
        let (mut output, mut input) = (Some(output), Some(input));
        for turn in [sender_first, !sender_first] {
            if turn {
                sender(&sim, &log, 1.0, output.take().unwrap(), [1, 2]);
            } else {
                receiver(&sim, &log, 1.0, input.take().unwrap(), 2);
            }
        }
        sim.run().unwrap();
        // The process that comes second finds the other waiting. It goes on at once, and is the
        // first to wait next.
        if sender_first {
            log.says(["1 got 1", "1 sent 1", "1 sent 2", "1 got 2"]);
        } else {
            log.says(["1 sent 1", "1 got 1", "1 got 2", "1 sent 2"]);
        }
    }
}

#[test]
fn rule_02_several_requests_of_one_port_are_served_in_their_order() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 0);
    let (first, second) = (input.recv(), input.recv());
    assert!(output.try_send('a').is_ok() && output.try_send('b').is_ok());
    assert_eq!(sim.run_until_event(second).unwrap(), Ok('b'));
    assert_eq!(sim.run_until_event(first).unwrap(), Ok('a'));

    let (first, second) = (output.send('c'), output.send('d'));
    assert_eq!(input.try_recv(), Ok(Some('c')));
    assert_eq!(input.try_recv(), Ok(Some('d')));
    assert_eq!(sim.run_until_event(second).unwrap(), Ok(()));
    assert_eq!(sim.run_until_event(first).unwrap(), Ok(()));
}

// ---- rule 3: at the call

#[test]
fn rule_03_what_can_be_satisfied_is_satisfied_at_the_call_and_does_not_pause_the_process() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (output, input) = channel(&sim, 1);
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move {
        output.send(1).await.unwrap();
        assert_eq!(input.recv().await, Ok(1));
        notes.add(&env, "sent and received");
    });
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move { notes.add(&env, "the next") });
    sim.run().unwrap();
    log.says(["0 sent and received", "0 the next"]);
}

#[test]
fn rule_03_a_request_takes_its_place_at_the_call_not_at_the_await() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 0);
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        let request = output.send(1);
        env.timeout(5.0).await;
        assert_eq!(request.await, Ok(()));
    });
    sim.run_until(3.0).unwrap();
    assert_eq!(input.try_recv(), Ok(Some(1)));
    sim.run().unwrap();
}

#[test]
fn rule_03_what_is_promised_has_left_the_channel_and_its_room_is_free() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 1);
    assert!(output.try_send('a').is_ok());
    let waiting = output.send('b');
    let promised = input.recv();
    assert_eq!(format!("{waiting:?}"), "OutPort::send(triggered)");
    assert!(input.probe());
    assert!(output.try_send('c').is_err());
    drop(promised);
    // It waits outside the capacity, and is the next.
    assert_eq!(input.try_recv(), Ok(Some('a')));
    assert!(output.try_send('c').is_err());
    assert_eq!(input.try_recv(), Ok(Some('b')));
    assert!(output.try_send('c').is_ok());
}

// ---- rule 4 and 5: lost races, nothing lost

/// The end of a receiver that raced two channels.
enum Chosen {
    Left(Result<u32, asim::SenderGone>),
    Right(Result<u32, asim::SenderGone>),
}

#[test]
fn rule_04_a_receive_that_loses_at_the_call_gives_back_and_the_send_stays_final() {
    let (sim, log) = (Simulation::new(), Log::default());
    let ((left_out, left_in), (right_out, right_in)) = (channel(&sim, 0), channel(&sim, 0));
    sender(&sim, &log, 0.0, left_out, [1]);
    sender(&sim, &log, 0.0, right_out, [2, 3]);
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move {
        env.timeout(1.0).await;
        for _ in 0..2 {
            let race = asim!(FirstOf::<Chosen>(left = left_in.recv(), right = right_in.recv()));
            match race.await {
                Chosen::Left(item) => notes.add(&env, format!("left {item:?}")),
                Chosen::Right(item) => notes.add(&env, format!("right {item:?}")),
            }
            env.timeout(1.0).await;
        }
        // The item that came back is first, then the send that had to wait for it to go.
        assert_eq!(right_in.recv().await, Ok(2));
        assert_eq!(right_in.recv().await, Ok(3));
    });
    sim.run().unwrap();
    log.says([
        "1 left Ok(1)",
        "1 sent 1",
        "1 sent 2", // accepted, though it lost
        "2 left Err(SenderGone)",
        "3 sent 3",
    ]);
}

#[test]
fn rule_04_a_receive_that_loses_while_it_waits_leaves_the_line() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (output, input) = channel(&sim, 0);
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move {
        asim!(match FirstOf(item = input.recv(), late = env.timeout(2.0)).await {
            FirstOf::Item(item) => panic!("nobody has sent {item:?}"),
            FirstOf::Late(()) => notes.add(&env, "gave up"),
        });
        env.timeout(5.0).await;
        notes.add(&env, format!("got {:?}", input.recv().await));
    });
    sender(&sim, &log, 3.0, output, [1]);
    sim.run().unwrap();
    log.says(["2 gave up", "7 got Ok(1)", "7 sent 1"]);
}

#[test]
fn rule_04_a_send_that_loses_while_it_waits_takes_its_item_with_it() {
    let sim = Simulation::new();
    let living = Rc::new(Cell::new(0));
    let (output, input) = channel(&sim, 0);
    let (env, tokens) = (Environment::clone(&sim), Rc::clone(&living));
    sim.spawn(async move {
        let sending = output.send(Token::new(1, &tokens));
        asim!(match FirstOf(sent = sending, late = env.timeout(2.0)).await {
            FirstOf::Sent(_) => panic!("nobody receives"),
            FirstOf::Late(()) => assert_eq!(tokens.get(), 0),
        });
        output.send(Token::new(2, &tokens)).await.unwrap();
    });
    sim.run_until(5.0).unwrap();
    assert_eq!(input.try_recv().unwrap().unwrap().id, 2);
    sim.run().unwrap();
    assert_eq!(living.get(), 0);
}

#[test]
fn rule_04_at_one_instant_the_first_trigger_wins_on_either_side() {
    // The receiver's patience ends at the instant at which the item comes: all orders of the two.
    for item_first in [true, false] {
        let (sim, log) = (Simulation::new(), Log::default());
        let (output, input) = channel(&sim, 0);
        let race = |input: InPort<u32>| {
            let (env, log) = (Environment::clone(&sim), log.clone());
            sim.spawn(async move {
                asim!(match FirstOf(item = input.recv(), late = env.timeout(2.0)).await {
                    FirstOf::Item(item) => log.add(&env, format!("got {item:?}")),
                    FirstOf::Late(()) => log.add(&env, "late"),
                });
                log.add(&env, format!("then {:?}", input.try_recv()));
            });
        };
        if item_first {
            sender(&sim, &log, 2.0, output, [1]);
            race(input);
            sim.run().unwrap();
            log.says(["2 sent 1", "2 got Ok(1)", "2 then Err(SenderGone)"]);
        } else {
            race(input);
            sender(&sim, &log, 2.0, output, [1]);
            sim.run().unwrap();
            log.says(["2 late", "2 then Ok(None)", "2 refused 1"]);
        }
    }
}

#[test]
fn rule_05_what_is_given_back_goes_to_its_place_and_to_whoever_waits_next() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 4);
    for item in 0..4 {
        assert!(output.try_send(item).is_ok());
    }
    let (zero, one, two) = (input.recv(), input.recv(), input.recv());
    drop(one);
    drop(zero);
    assert_eq!(input.try_recv(), Ok(Some(0)));
    assert_eq!(input.try_recv(), Ok(Some(1)));
    drop(two);
    assert_eq!(input.try_recv(), Ok(Some(2)));
    assert_eq!(input.try_recv(), Ok(Some(3)));

    let (granted, waits) = (input.recv(), input.recv());
    assert!(output.try_send(4).is_ok());
    drop(granted);
    assert_eq!(sim.run_until_event(waits).unwrap(), Ok(4));
}

#[test]
fn rule_05_at_a_rendezvous_no_send_passes_the_item_given_back() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 0);
    let first = output.send(1);
    drop(input.recv());
    assert!(input.probe());
    let second = output.send(2);
    assert!(matches!(output.try_send(3), Err(asim::NotSent::Full(3))));
    assert_eq!(format!("{second:?}"), "OutPort::send(pending)");
    // The next receive takes the item that was given back. This makes no room for a send.
    assert_eq!(input.try_recv(), Ok(Some(1)));
    assert_eq!(format!("{second:?}"), "OutPort::send(pending)");
    assert_eq!(input.try_recv(), Ok(Some(2)));
    assert_eq!(sim.run_until_event(first).unwrap(), Ok(()));
    assert_eq!(sim.run_until_event(second).unwrap(), Ok(()));
}

#[test]
fn rule_05_the_capacity_is_not_exceeded_when_items_come_back_to_a_full_channel() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 1);
    let (a, b) = (input.recv(), input.recv());
    assert!(output.try_send(1).is_ok() && output.try_send(2).is_ok()); // both promised
    drop((a, b));
    assert!(output.try_send(3).is_err());
    assert_eq!(input.try_recv(), Ok(Some(1)));
    assert!(output.try_send(3).is_err());
    assert_eq!(input.try_recv(), Ok(Some(2)));
    assert!(output.try_send(3).is_ok());
}

#[test]
fn rule_05_a_send_is_final_once_it_is_accepted() {
    let sim = Simulation::new();
    for capacity in [0, 1] {
        let (output, input) = channel(&sim, capacity);
        let waiting = (capacity == 0).then(|| input.recv());
        drop(output.send('a'));
        let got = match waiting {
            Some(request) => sim.run_until_event(request).unwrap(),
            None => input.try_recv().map(Option::unwrap),
        };
        assert_eq!(got, Ok('a'));
    }
}

// ---- rule 6: waking everyone

#[test]
fn rule_06_whatever_makes_room_lets_the_next_send_in() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 1);
    assert!(output.try_send(1).is_ok());
    let (two, three, four) = (output.send(2), output.send(3), output.send(4));
    assert_eq!(input.try_recv(), Ok(Some(1)));
    assert_eq!(sim.run_until_event(two).unwrap(), Ok(()));
    assert_eq!(sim.run_until_event(input.recv()).unwrap(), Ok(2));
    assert_eq!(sim.run_until_event(three).unwrap(), Ok(()));
    drop(four);
    assert_eq!(input.try_recv(), Ok(Some(3)));
    assert_eq!(input.try_recv(), Ok(None));
}

#[test]
fn rule_06_a_receiver_that_waits_is_served_by_every_kind_of_send() {
    let sim = Simulation::new();
    for capacity in [0, 1] {
        let (output, input) = channel(&sim, capacity);
        let (a, b) = (input.recv(), input.recv());
        assert!(output.probe());
        drop(output.send(1));
        assert!(output.try_send(2).is_ok());
        assert!(!output.probe());
        assert_eq!(sim.run_until_event(a).unwrap(), Ok(1));
        assert_eq!(sim.run_until_event(b).unwrap(), Ok(2));
    }
}

// ---- rule 7: interrupts

#[test]
fn rule_07_an_interrupt_wins_over_an_item_not_yet_resumed_from_which_is_given_back() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (output, input) = channel(&sim, 0);
    let (env, notes) = (Environment::clone(&sim), log.clone());
    let receiver = sim.spawn(async move {
        let interrupt = env.interruptible(input.recv()).await.unwrap_err();
        notes.add(&env, interrupt);
        notes.add(&env, format!("got {:?}", input.recv().await));
    });
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        env.timeout(1.0).await;
        assert!(output.try_send(1).is_ok());
        receiver.interrupt("stop");
        assert!(output.try_send(2).is_err());
        env.timeout(9.0).await;
    });
    sim.run().unwrap();
    log.says(["1 stop", "1 got Ok(1)"]);
}

#[test]
fn rule_07_an_interrupted_send_is_withdrawn_if_it_waits_and_final_if_it_was_accepted() {
    for accepted in [false, true] {
        let (sim, log) = (Simulation::new(), Log::default());
        let (output, input) = channel(&sim, 0);
        let (env, notes) = (Environment::clone(&sim), log.clone());
        let sender = sim.spawn(async move {
            match env.interruptible(output.send(1)).await {
                Ok(answer) => panic!("{answer:?}"),
                Err(interrupt) => notes.add(&env, interrupt),
            }
            env.timeout(9.0).await;
        });
        let notes = log.clone();
        let env = Environment::clone(&sim);
        sim.spawn(async move {
            env.timeout(1.0).await;
            let request = accepted.then(|| input.recv());
            sender.interrupt("stop");
            env.timeout(1.0).await;
            match request {
                Some(request) => notes.add(&env, format!("{:?}", request.await)),
                None => notes.add(&env, format!("{:?}", input.try_recv())),
            }
        });
        sim.run().unwrap();
        log.says(["1 stop", if accepted { "2 Ok(1)" } else { "2 Ok(None)" }]);
    }
}

// ---- rule 8: teardown

#[test]
fn rule_08_what_is_asked_when_the_simulation_is_gone_is_refused_quietly() {
    let sim = Simulation::new();
    let living = Rc::new(Cell::new(0));
    let (output, input) = channel(&sim, 1);
    assert!(output.try_send(Token::new(1, &living)).is_ok());
    let requests = (output.send(Token::new(2, &living)), input.recv(), input.recv());
    drop(sim);
    let refused = output.try_send(Token::new(3, &living)).unwrap_err();
    assert_eq!(refused.into_inner().id, 3);
    drop(requests);
    assert_eq!(input.try_recv().unwrap().unwrap().id, 1);
    drop((output.send(Token::new(4, &living)), input.recv()));
    drop((output, input));
    assert_eq!(living.get(), 0);

    let sim = Simulation::new();
    let (output, _input) = channel(&sim, 5);
    drop(sim);
    let mut sending = Box::pin(output.send(Token::new(1, &living)).into_future());
    match sending.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Err(refused)) => assert_eq!(refused.into_inner().id, 1),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rule_08_a_process_that_sends_and_receives_in_its_drop_is_refused_quietly() {
    struct Guard(OutPort<Token>, InPort<Token>, Rc<Cell<usize>>);
    impl Drop for Guard {
        fn drop(&mut self) {
            assert!(self.0.try_send(Token::new(9, &self.2)).is_err());
            drop(self.0.send(Token::new(9, &self.2)));
            drop(self.1.recv());
            assert!(!matches!(self.1.try_recv(), Ok(Some(_))));
        }
    }
    let sim = Simulation::new();
    let living = Rc::new(Cell::new(0));
    let ((out_a, in_a), (out_b, in_b)) = (channel(&sim, 0), channel(&sim, 0));
    for guard in [Guard(out_a, in_b, Rc::clone(&living)), Guard(out_b, in_a, Rc::clone(&living))] {
        let tokens = Rc::clone(&living);
        sim.spawn(async move {
            guard.1.recv().await.unwrap();
            drop((guard, tokens));
        });
    }
    sim.run().unwrap();
    assert_eq!(sim.blocked().len(), 2);
    drop(sim);
    assert_eq!(living.get(), 0);
}

// ---- rule 9: foreign combinators

#[test]
fn rule_09_ports_work_inside_combinators_of_other_crates() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 0);
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        let sends = async {
            env.timeout(1.0).await;
            for item in 0..5 {
                output.send(item).await.unwrap();
            }
        };
        let receives = async {
            for item in 0..5 {
                assert_eq!(input.recv().await, Ok(item));
            }
        };
        futures::join!(receives, sends);
        assert_eq!(env.now(), 1.0);
    });
    sim.run().unwrap();
    assert!(sim.blocked().is_empty());
}

// ---- rule 12: user code

/// An item that, when it is dropped, works on the channel that it was in.
struct Meddler {
    id: u32,
    output: Rc<RefCell<Option<OutPort<Meddler>>>>,
    log: Rc<RefCell<Vec<String>>>,
}

impl Drop for Meddler {
    fn drop(&mut self) {
        let Some(output) = &*self.output.borrow() else { return };
        let another = Meddler { id: 0, output: Rc::default(), log: Rc::clone(&self.log) };
        let said = format!("{} {} {:?}", self.id, output.probe(), output.try_send(another));
        self.log.borrow_mut().push(said);
    }
}

#[test]
fn rule_12_items_may_use_their_channel_when_they_are_dropped() {
    let sim = Simulation::new();
    let log = Rc::new(RefCell::new(Vec::new()));
    let (output, input) = channel(&sim, 2);
    let shared = Rc::new(RefCell::new(Some(output)));
    let meddler = |id| Meddler { id, output: Rc::clone(&shared), log: Rc::clone(&log) };
    let output = shared.borrow();
    let output = output.as_ref().unwrap();
    assert!(output.try_send(meddler(1)).is_ok());
    assert!(output.try_send(meddler(2)).is_ok());
    let waits = output.send(meddler(3));
    drop(waits); // a withdrawn send drops its item
    drop(input); // what is left is dropped
    assert_eq!(
        *log.borrow(),
        [
            "3 false Err(the channel has no room for the item, and nobody waits for it)",
            "1 false Err(the receiver has gone)",
            "2 false Err(the receiver has gone)",
        ]
    );
}

/// Runs something when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn rule_12_what_a_process_does_in_its_drop_does_not_overtake_those_who_wait() {
    // It gives back an item for a waiting receive. But all that it holds goes back as one: until
    // then nobody is served.
    for sends in [false, true] {
        let sim = Simulation::new();
        let (output, input) = channel(&sim, 1);
        let (output, input) = (Rc::new(output), Rc::new(input));
        assert!(output.try_send(1).is_ok());
        let (sender, receiver) = (Rc::clone(&output), Rc::clone(&input));
        let process = sim.spawn(async move {
            let _guard = OnDrop(|| {
                if sends {
                    assert!(sender.try_send(2).is_err());
                    drop(sender.send(2));
                } else {
                    assert_eq!(receiver.try_recv(), Ok(None));
                    let waits = receiver.recv();
                    assert_eq!(format!("{waits:?}"), "InPort::recv(pending)");
                }
            });
            let _promised = receiver.recv();
            std::future::pending::<()>().await;
        });
        sim.run().unwrap();
        let waits = input.recv();
        process.cancel();
        assert_eq!(sim.run_until_event(waits).unwrap(), Ok(1));
    }

    // It makes room for a waiting send.
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 1);
    let (output, input) = (Rc::new(output), Rc::new(input));
    assert!(output.try_send(1).is_ok());
    let waits = output.send(2);
    let (sender, receiver) = (Rc::clone(&output), Rc::clone(&input));
    let process = sim.spawn(async move {
        let _guard = OnDrop(|| {
            assert_eq!(receiver.try_recv(), Ok(Some(1)));
            assert!(sender.try_send(3).is_err());
            let waits = sender.send(4);
            assert_eq!(format!("{waits:?}"), "OutPort::send(pending)");
        });
        std::future::pending::<()>().await;
    });
    sim.run().unwrap();
    process.cancel();
    assert_eq!(sim.run_until_event(waits).unwrap(), Ok(()));
    assert_eq!(input.try_recv(), Ok(Some(2)));
    assert_eq!(input.try_recv(), Ok(None));
}

#[test]
fn rule_05_an_item_given_back_in_a_drop_is_not_overtaken_whatever_the_channel_is_called() {
    // The item was promised at the call, or to a receive that had waited; the channel has a name, or none.
    for (is_named, has_waited) in [(false, false), (false, true), (true, false), (true, true)] {
        let sim = Simulation::new();
        let (mut output, input) = channel(&sim, 1);
        if is_named {
            output = output.named("letters");
        }
        let (output, input) = (Rc::new(output), Rc::new(input));
        if !has_waited {
            assert!(output.try_send(1).is_ok());
        }
        let (sender, receiver) = (Rc::clone(&output), Rc::clone(&input));
        let process = sim.spawn(async move {
            let _guard = OnDrop(|| assert!(sender.try_send(2).is_err()));
            let _promised = receiver.recv();
            std::future::pending::<()>().await;
        });
        sim.run().unwrap();
        if has_waited {
            assert!(output.try_send(1).is_ok());
        }
        let waits = input.recv();
        process.cancel();
        let next = sim.run_until_event(waits).unwrap();
        assert_eq!(next, Ok(1), "named: {is_named}, waited: {has_waited}");
    }
}

#[test]
fn blocked_names_the_port_and_the_line() {
    let sim = Simulation::new();
    let ((out_a, in_a), (out_b, in_b)) = (channel::<u32>(&sim, 0), channel::<u32>(&sim, 0));
    sim.spawn(async move {
        let _ = out_a.send(1).await;
        drop(in_b);
    });
    let line = line!() - 3;
    sim.spawn(async move {
        let _ = in_a.recv().await;
        let _ = in_a.recv().await;
        drop(out_b);
    });
    sim.run().unwrap();
    assert!(sim.blocked().is_empty(), "the sender ended, so the receiver did");

    let (out_a, in_a) = channel::<u32>(&sim, 0);
    let (out_b, in_b) = channel::<u32>(&sim, 0);
    sim.spawn(async move {
        let _ = out_a.send(1).await;
        drop(in_b);
    });
    sim.spawn(async move {
        let _ = out_b.send(1).await;
        drop(in_a);
    });
    sim.run().unwrap();
    let blocked = sim.blocked();
    assert_eq!(blocked.len(), 2);
    assert_eq!(blocked[0].waiting_for, "OutPort::send");
    let location = blocked[0].location.unwrap();
    assert!(location.file().ends_with("rules.rs") && location.line() > line);

    let (_output, input) = channel::<u32>(&sim, 0);
    sim.spawn(async move { input.recv().await });
    sim.run().unwrap();
    assert!(sim.blocked().iter().any(|blocked| blocked.waiting_for == "InPort::recv"));
}

#[test]
fn a_port_can_be_sent_through_a_channel() {
    let sim = Simulation::new();
    let (output, input) = channel::<InPort<u32>>(&sim, 0);
    let (inner_out, inner_in) = channel(&sim, 0);
    at(&sim, 1.0, move || assert!(output.try_send(inner_in).is_ok()));
    sim.spawn(async move { inner_out.send(7).await });
    let env = Environment::clone(&sim);
    let got = sim.spawn(async move {
        let port = input.recv().await?;
        assert_eq!(env.now(), 1.0);
        port.recv().await
    });
    assert_eq!(sim.run_until_event(got).unwrap(), Ok(7));
}
