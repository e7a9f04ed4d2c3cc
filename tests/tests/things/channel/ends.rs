//! The ends of a channel: ports that are dropped, and processes that end, at each stage.

use std::cell::Cell;
use std::rc::Rc;

use asim::prelude::*;
use asim::{NotSent, SenderGone};

use super::items::{Log, Token, at, receiver, sender};

#[test]
fn what_was_sent_is_received_after_the_sender_has_gone_and_then_the_error() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 2);
    assert!(output.try_send('a').is_ok() && output.try_send('b').is_ok());
    let waits = output.send('c');
    drop(output);
    for item in ['a', 'b', 'c'] {
        assert_eq!(sim.run_until_event(input.recv()).unwrap(), Ok(item));
    }
    assert_eq!(sim.run_until_event(waits).unwrap(), Ok(()));
    for _ in 0..2 {
        assert_eq!(sim.run_until_event(input.recv()).unwrap(), Err(SenderGone));
        assert_eq!(input.try_recv(), Err(SenderGone));
    }
}

#[test]
fn a_send_that_waits_at_a_rendezvous_outlives_its_port() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 0);
    let (taken, withdrawn) = (output.send(1), output.send(2));
    drop(output);
    assert_eq!(input.try_recv(), Ok(Some(1)));
    assert_eq!(sim.run_until_event(taken).unwrap(), Ok(()));
    assert!(input.probe());
    drop(withdrawn);
    assert_eq!(input.try_recv(), Err(SenderGone));
}

#[test]
fn a_receive_that_waits_outlives_its_port() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 0);
    let waits = input.recv();
    drop(input);
    assert!(output.probe());
    assert!(output.try_send(1).is_ok());
    // The granted receive may still give its item back. Until it is consumed, the sender is not
    // told.
    let next = output.send(2);
    assert_eq!(format!("{next:?}"), "OutPort::send(pending)");
    assert_eq!(sim.run_until_event(waits).unwrap(), Ok(1));
    assert_eq!(sim.run_until_event(next).unwrap().unwrap_err().into_inner(), 2);
    assert!(matches!(output.try_send(3), Err(NotSent::ReceiverGone(3))));
}

#[test]
fn a_receiver_that_waits_is_told_when_the_port_is_dropped() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (output, input) = channel(&sim, 0);
    receiver(&sim, &log, 0.0, input, 2);
    at(&sim, 3.0, move || drop(output));
    sim.run().unwrap();
    log.says(["3 the sender has gone", "3 the sender has gone"]);
}

#[test]
fn senders_that_wait_are_told_when_the_port_is_dropped() {
    for capacity in [0, 1] {
        let (sim, log) = (Simulation::new(), Log::default());
        let (output, input) = channel(&sim, capacity);
        sender(&sim, &log, 0.0, output, [1, 2, 3]);
        at(&sim, 3.0, move || drop(input));
        sim.run().unwrap();
        match capacity {
            0 => log.says(["3 refused 1", "3 refused 2", "3 refused 3"]),
            _ => log.says(["0 sent 1", "3 refused 2", "3 refused 3"]),
        }
    }
}

/// The ways in which the process that holds a port comes to its end at time 3.
#[derive(Clone, Copy)]
enum End {
    Returns,
    Cancelled,
    Interrupted,
    Never,
}

/// A process that holds something and comes to its end.
fn holder<P: 'static>(sim: &Simulation, port: P, end: End) {
    let env = Environment::clone(sim);
    let handle = sim.spawn(async move {
        let _port = port;
        match end {
            End::Returns => env.timeout(3.0).await,
            _ => env.timeout(100.0).await,
        }
    });
    let env = Environment::clone(sim);
    sim.spawn(async move {
        env.timeout(3.0).await;
        match end {
            End::Cancelled => handle.cancel(),
            End::Interrupted => {
                handle.interrupt("enough");
                assert!(matches!(handle.await, Err(Stopped::Interrupted(_))));
            }
            End::Returns | End::Never => {}
        }
    });
}

#[test]
fn the_peer_is_told_at_the_instant_when_the_process_with_the_port_ends() {
    for end in [End::Returns, End::Cancelled, End::Interrupted, End::Never] {
        let (sim, log) = (Simulation::new(), Log::default());
        let (output, input) = channel::<u32>(&sim, 0);
        holder(&sim, output, end);
        receiver(&sim, &log, 0.0, input, 1);
        let (output, input) = channel::<u32>(&sim, 0);
        holder(&sim, input, end);
        sender(&sim, &log, 0.0, output, [1]);
        sim.run_until(50.0).unwrap();
        match end {
            End::Never => log.says([""; 0]),
            _ => log.says(["3 the sender has gone", "3 refused 1"]),
        }
    }
}

#[test]
fn a_process_that_is_cancelled_while_it_sends_withdraws_the_item_and_its_end() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (output, input) = channel(&sim, 1);
    let process = sender(&sim, &log, 0.0, output, [1, 2]);
    at(&sim, 1.0, move || process.cancel());
    receiver(&sim, &log, 2.0, input, 2);
    sim.run().unwrap();
    log.says(["0 sent 1", "2 got 1", "2 the sender has gone"]);
}

#[test]
fn a_process_that_is_cancelled_with_an_item_in_its_hands_leaves_it_to_nobody() {
    let sim = Simulation::new();
    let living = Rc::new(Cell::new(0));
    let (output, input) = channel(&sim, 0);
    let process = sim.spawn(async move {
        let _ = input.recv().await;
    });
    sim.run().unwrap();
    assert!(output.try_send(Token::new(1, &living)).is_ok()); // promised, and never consumed
    process.cancel();
    assert_eq!(living.get(), 0);
    let refused = output.try_send(Token::new(2, &living)).unwrap_err();
    assert!(matches!(refused, NotSent::ReceiverGone(Token { id: 2, .. })));
}

#[test]
fn a_process_that_was_never_started_drops_its_ports_with_it() {
    #[process]
    async fn sink(env: Environment, input: InPort<u32>) {
        while input.recv().await.is_ok() {
            env.timeout(1.0).await;
        }
    }
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 0);
    drop(Sink::new(input));
    assert!(matches!(output.try_send(1), Err(NotSent::ReceiverGone(1))));
    let (output, input) = channel(&sim, 0);
    sim.process(Sink::new(input)).cancel(); // before it has run
    assert!(matches!(output.try_send(1), Err(NotSent::ReceiverGone(1))));
}

#[test]
fn a_receiver_hears_of_the_end_only_when_nothing_can_come_back_any_more() {
    let sim = Simulation::new();
    for consumed in [true, false] {
        let (output, input) = channel(&sim, 1);
        assert!(output.try_send(1).is_ok());
        let (promised, waits) = (input.recv(), input.recv());
        drop(output);
        assert_eq!(format!("{waits:?}"), "InPort::recv(pending)");
        if consumed {
            assert_eq!(sim.run_until_event(promised).unwrap(), Ok(1));
            assert_eq!(sim.run_until_event(waits).unwrap(), Err(SenderGone));
        } else {
            drop(promised);
            assert_eq!(sim.run_until_event(waits).unwrap(), Ok(1));
        }
    }
}

#[test]
fn what_is_left_in_a_channel_without_a_receiver_is_dropped_at_once() {
    let sim = Simulation::new();
    let living = Rc::new(Cell::new(0));
    let (output, input) = channel(&sim, 3);
    for id in 0..3 {
        assert!(output.try_send(Token::new(id, &living)).is_ok());
    }
    let request = input.recv();
    drop(input);
    assert_eq!(living.get(), 3, "what was promised may come back, and be received then");
    drop(request);
    assert_eq!(living.get(), 0);

    // A slot that was in the channel is free again.
    let server = Resource::new(&sim, 1);
    let (output, input) = channel(&sim, 1);
    assert!(output.try_send(server.try_acquire()).is_ok());
    assert_eq!(server.count(), 1);
    drop(input);
    assert_eq!(server.count(), 0);
    drop(output);
}

#[test]
fn both_ends_may_go_at_one_instant_in_either_order() {
    for out_first in [true, false] {
        let sim = Simulation::new();
        let living = Rc::new(Cell::new(0));
        let (output, input) = channel(&sim, 0);
        let first = output.send(Token::new(1, &living));
        let (receiving, sending) = (input.recv(), output.send(Token::new(2, &living)));
        if out_first {
            drop(output);
            drop(input);
        } else {
            drop(input);
            drop(output);
        }
        assert!(sim.run_until_event(first).unwrap().is_ok());
        assert_eq!(sim.run_until_event(receiving).unwrap().unwrap().id, 1);
        assert_eq!(sim.run_until_event(sending).unwrap().unwrap_err().into_inner().id, 2);
        assert_eq!(living.get(), 0);
    }
}

#[test]
fn a_refused_send_that_loses_its_race_takes_its_item_with_it() {
    let sim = Simulation::new();
    let living = Rc::new(Cell::new(0));
    let (output, input) = channel(&sim, 0);
    let (env, tokens) = (Environment::clone(&sim), Rc::clone(&living));
    let (bell, ring) = (sim.event::<()>(), sim.event::<()>());
    let (quiet, rings) = (bell.clone(), ring.clone());
    sim.spawn(async move {
        let sending = output.send(Token::new(1, &tokens));
        // The send is refused while the join still waits for its other branch.
        let join = asim!(AllOf(sent = sending, quiet = quiet));
        asim!(match FirstOf(join = join, ring = rings).await {
            FirstOf::Join(_) => panic!("nobody rings for it"),
            FirstOf::Ring(()) => assert_eq!((env.now(), tokens.get()), (2.0, 0)),
        });
    });
    at(&sim, 1.0, move || drop(input));
    let tokens = Rc::clone(&living);
    at(&sim, 2.0, move || {
        assert_eq!(tokens.get(), 1);
        ring.succeed(());
        assert_eq!(tokens.get(), 0);
    });
    sim.run().unwrap();
    drop(bell);
    assert_eq!(living.get(), 0);
}

#[test]
fn the_end_goes_down_a_chain_of_processes_at_one_instant() {
    #[process]
    async fn buffer(env: Environment, input: InPort<u32>, output: OutPort<u32>) {
        while let Ok(item) = input.recv().await {
            env.timeout(0.0).await;
            output.send(item).await.expect("the next lives as long as this");
        }
    }
    let (sim, log) = (Simulation::new(), Log::default());
    let (output, mut input) = channel(&sim, 0);
    for _ in 0..10 {
        let (out, next) = channel(&sim, 0);
        sim.process(Buffer::new(std::mem::replace(&mut input, next), out));
    }
    sender(&sim, &log, 4.0, output, [1]);
    receiver(&sim, &log, 0.0, input, 2);
    sim.run().unwrap();
    log.says(["4 sent 1", "4 got 1", "4 the sender has gone"]);
    assert!(sim.blocked().is_empty());
}
