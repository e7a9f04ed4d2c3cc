//! The functions that make a channel: at once with both ports, or later between declared ports.

use std::rc::Rc;

use crate::environment::Environment;
use crate::shared::channel::channel::Channel;
use crate::shared::channel::plug::{InPlug, OutPlug};
use crate::shared::channel::port::{InPort, OutPort};

/// Makes a channel for items of type `T`, and its two ports.
///
/// With capacity 0, sender and receiver meet (a *rendezvous*): a send is accepted when a receive
/// takes its item. With capacity *n*, a send is also accepted while fewer than *n* items are in the
/// channel. Items come out in the order in which they were sent.
///
/// If a port is needed before its other end is known, use [`OutPort::declare`] and [`connect`].
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn source(env: Environment, output: OutPort<u32>) {
///     for item in 0..3 {
///         env.timeout(1.0).await;
///         output.send(item).await.expect("the sink takes them all");
///     }
/// }
///
/// #[process]
/// async fn sink(env: Environment, input: InPort<u32>) -> Result<Vec<u32>, String> {
///     let mut items = Vec::new();
///     while let Ok(item) = input.recv().await {
///         items.push(item);
///     }
///     Ok(items) // the source has ended, and its port with it
/// }
///
/// let sim = Simulation::new();
/// let (output, input) = channel(&sim, 0);
/// sim.process(Source::new(output));
/// let sink = sim.process(Sink::new(input));
/// assert_eq!(sim.run_until_event(sink)?, Ok(vec![0, 1, 2]));
/// # Ok::<(), SimError>(())
/// ```
#[must_use]
pub fn channel<T: 'static>(env: &Environment, capacity: usize) -> (OutPort<T>, InPort<T>) {
    let channel = Channel::new(env.kernel(), capacity);
    (OutPort::connected(Rc::clone(&channel)), InPort::connected(channel))
}

/// Connects a declared [`OutPort`] to a declared [`InPort`], without a buffer: sender and receiver
/// meet, as in a [`channel`] of capacity 0.
///
/// A port can be connected only once, and only to a port of the other direction with the same type
/// of items. The compiler checks this: connecting uses up the plugs, and each direction and item
/// type has its own type of plug.
///
/// If one of the ports has been dropped already, its end of the new channel has gone.
///
/// # Panics
///
/// If the ports belong to different simulations.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn source(env: Environment, output: OutPort<u32>) {
///     for item in 0..3 {
///         env.timeout(1.0).await;
///         output.send(item).await.expect("it is taken");
///     }
/// }
///
/// #[process]
/// async fn sink(env: Environment, input: InPort<u32>) {
///     while let Ok(item) = input.recv().await {
///         println!("{} at {}", item, env.now());
///     }
/// }
///
/// let sim = Simulation::new();
/// let (output, out) = OutPort::declare(&sim, "source.output");
/// sim.process(Source::new(output));
/// let (input, sink) = InPort::declare(&sim, "sink.input");
/// sim.process(Sink::new(input));
///
/// connect(out, sink);
/// sim.run()?;
/// assert_eq!(sim.now(), 3.0);
/// # Ok::<(), SimError>(())
/// ```
#[track_caller]
pub fn connect<T: 'static>(output: OutPlug<T>, input: InPlug<T>) {
    connect_with_capacity(output, input, 0);
}

/// Connects two declared ports like [`connect`], with a buffer for `capacity` items between them.
///
/// # Panics
///
/// If the ports belong to different simulations.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (output, out) = OutPort::declare(&sim, "output");
/// let (input, inp) = InPort::declare(&sim, "input");
/// connect_with_capacity(out, inp, 1);
/// assert!(output.try_send('a').is_ok());
/// assert!(output.try_send('b').is_err());
/// assert_eq!(input.try_recv(), Ok(Some('a')));
/// ```
#[track_caller]
#[allow(clippy::needless_pass_by_value, reason = "a plug is connected once")]
pub fn connect_with_capacity<T: 'static>(output: OutPlug<T>, input: InPlug<T>, capacity: usize) {
    let (output, input) = (&output.socket, &input.socket);
    assert!(
        Rc::ptr_eq(&output.kernel, &input.kernel),
        "the ports `{}` and `{}` belong to different simulations",
        output.name,
        input.name
    );
    let channel = Channel::new(&output.kernel, capacity);
    if output.is_portless() {
        channel.drop_out();
    }
    if input.is_portless() {
        channel.drop_in();
    }
    output.connect(Rc::clone(&channel));
    input.connect(channel);
}
