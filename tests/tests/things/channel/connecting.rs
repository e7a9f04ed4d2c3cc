//! Ports that are declared first and connected later.

use std::panic::{AssertUnwindSafe, catch_unwind};

use asim::prelude::*;
use asim::{NotSent, SenderGone};

use super::items::{Log, receiver, sender};

/// What a panic said.
fn panic_of(work: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).expect_err("it panics");
    panic.downcast_ref::<String>().expect("it says why").clone()
}

#[process]
async fn buffer(env: Environment, input: InPort<u32>, output: OutPort<u32>) {
    while let Ok(item) = input.recv().await {
        env.timeout(1.0).await;
        if output.send(item).await.is_err() {
            return;
        }
    }
}

/// A component: its process runs inside, and users see only its plugs.
struct OnePlace {
    input: InPlug<u32>,
    output: OutPlug<u32>,
}

impl OnePlace {
    fn new(env: &Environment, name: &str) -> Self {
        let (inner, input) = InPort::declare(env, format!("{name}.input"));
        let (outer, output) = OutPort::declare(env, format!("{name}.output"));
        env.process(Buffer::new(inner, outer).named(name.to_owned()));
        OnePlace { input, output }
    }
}

#[test]
fn processes_are_started_first_and_connected_then_in_any_order() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (a, b) = (OnePlace::new(&sim, "a"), OnePlace::new(&sim, "b"));
    let (output, out) = OutPort::declare(&sim, "source");
    let (input, inp) = InPort::declare(&sim, "sink");
    sender(&sim, &log, 0.0, output, [1, 2]);
    receiver(&sim, &log, 0.0, input, 3);
    connect(b.output, inp);
    connect(a.output, b.input);
    connect(out, a.input);
    sim.run().unwrap();
    log.says(["0 sent 1", "1 sent 2", "2 got 1", "3 got 2", "3 the sender has gone"]);
}

#[test]
fn connect_makes_a_rendezvous_and_connect_with_capacity_a_buffer() {
    let sim = Simulation::new();
    for capacity in 0..3_u32 {
        let (output, out) = OutPort::declare(&sim, "output");
        let (input, inp) = InPort::declare(&sim, "input");
        if capacity == 0 {
            connect(out, inp);
        } else {
            connect_with_capacity(out, inp, capacity as usize);
        }
        for item in 0..capacity {
            assert!(output.try_send(item).is_ok());
        }
        assert!(matches!(output.try_send(9), Err(NotSent::Full(9))));
        for item in 0..capacity {
            assert_eq!(input.try_recv(), Ok(Some(item)));
        }
        drop(output);
        assert_eq!(input.try_recv(), Err(SenderGone));
    }
}

#[test]
fn a_port_used_before_it_is_connected_names_itself_and_both_lines() {
    let sim = Simulation::new();
    let (output, _out) = OutPort::<u32>::declare(&sim, "adder.sum");
    let declared = line!() - 1;
    let file = file!();
    let said = panic_of(|| drop(output.send(1)));
    assert_eq!(
        said,
        format!(
            "the port `adder.sum` is used, but was not connected (it was declared at {file}:{declared}:26)"
        )
    );
    let (input, plug) = InPort::<u32>::declare(&sim, "adder.left");
    drop(plug); // it never will be
    for said in [
        panic_of(|| drop(input.recv())),
        panic_of(|| assert_eq!(input.try_recv(), Ok(None))),
        panic_of(|| assert!(input.probe())),
        panic_of(|| assert!(output.probe())),
        panic_of(|| drop(output.try_send(1))),
    ] {
        assert!(said.starts_with("the port `adder."), "{said}");
    }
}

#[test]
fn a_port_that_is_not_used_need_not_be_connected() {
    let sim = Simulation::new();
    let a = OnePlace::new(&sim, "a");
    let (output, out) = OutPort::<u32>::declare(&sim, "source");
    connect(out, a.input);
    drop(output);
    sim.run().unwrap(); // it ends before it would have sent
    assert!(sim.blocked().is_empty());
}

#[test]
fn a_port_that_has_gone_before_it_is_connected_is_told_of_then() {
    let sim = Simulation::new();
    let (output, out) = OutPort::<u32>::declare(&sim, "output");
    let (input, inp) = InPort::declare(&sim, "input");
    drop(output);
    connect(out, inp);
    assert_eq!(input.try_recv(), Err(SenderGone));

    let (output, out) = OutPort::declare(&sim, "output");
    let (input, inp) = InPort::declare(&sim, "input");
    drop(input);
    connect_with_capacity(out, inp, 1);
    assert!(matches!(output.try_send(1), Err(NotSent::ReceiverGone(1))));
}

#[test]
fn ports_of_two_simulations_cannot_be_connected() {
    let (here, there) = (Simulation::new(), Simulation::new());
    let (_output, out) = OutPort::<u32>::declare(&here, "here");
    let (_input, inp) = InPort::declare(&there, "there");
    let said = panic_of(|| connect(out, inp));
    assert_eq!(said, "the ports `here` and `there` belong to different simulations");
}

#[test]
fn ports_say_who_they_are() {
    let sim = Simulation::new();
    let (output, out) = OutPort::<u32>::declare(&sim, "output");
    let (input, inp) = InPort::<u32>::declare(&sim, "input");
    assert_eq!(format!("{out:?}"), "OutPlug { name: \"output\", .. }");
    assert_eq!(format!("{inp:?}"), "InPlug { name: \"input\", .. }");
    assert_eq!(format!("{output:?}"), "OutPort { name: \"output\", connected: false, .. }");
    connect(out, inp);
    assert_eq!(format!("{input:?}"), "InPort { name: \"input\", connected: true, .. }");
    let (output, _input) = channel::<u32>(&sim, 0);
    assert_eq!(format!("{output:?}"), "OutPort { connected: true, .. }");
}
