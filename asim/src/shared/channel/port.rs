//! Ports: the two ends of a channel, each held by one process.

use std::{borrow::Cow, fmt, panic::Location, rc::Rc};

use crate::engine::{kernel::Kernel, watchers::Watchers};
use crate::environment::Environment;
use crate::shared::channel::gone::{NotSent, SenderGone};
use crate::shared::channel::plug::{InPlug, OutPlug};
use crate::shared::channel::{
    channel::Channel, looking::Looking, receiving::Receiving, sending::Sending, socket::Socket,
};
use crate::trace::record::Side;

/// The sending end of a `channel`.
///
/// A channel has one port at each end. A port can be moved into a process, but not cloned. When the
/// sending port is dropped, which also happens when its process ends, the receiver still gets all
/// items that were sent. After that, every receive gives an error.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (output, input) = channel(&sim, 2);
/// assert!(output.try_send('a').is_ok());
/// drop(output);
/// assert_eq!(input.try_recv(), Ok(Some('a')));
/// assert!(input.try_recv().is_err());
/// ```
pub struct OutPort<T: 'static> {
    wire: Wire<T>,
}

/// The receiving end of a `channel`.
///
/// A channel has one port at each end. A port can be moved into a process, but not cloned. When the
/// receiving port is dropped, which also happens when its process ends, every send gives an error,
/// and the items left in the channel are dropped.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (output, input) = channel(&sim, 2);
/// drop(input);
/// assert_eq!(output.try_send('a').unwrap_err().into_inner(), 'a');
/// ```
pub struct InPort<T: 'static> {
    wire: Wire<T>,
}

/// What a port is joined to.
enum Wire<T> {
    /// The port was made together with its channel.
    Channel(Rc<Channel<T>>),
    /// The port was declared. Its channel is in the socket once its plug has been connected.
    Socket(Rc<Socket<T>>),
}

impl<T: 'static> Wire<T> {
    /// Returns the channel, if the port has one already.
    fn get(&self) -> Option<&Rc<Channel<T>>> {
        match self {
            Wire::Channel(channel) => Some(channel),
            Wire::Socket(socket) => socket.get(),
        }
    }

    /// Returns the channel.
    ///
    /// # Panics
    ///
    /// If the port was declared and has not been connected.
    #[inline]
    #[track_caller]
    fn channel(&self) -> &Rc<Channel<T>> {
        match self {
            Wire::Channel(channel) => channel,
            Wire::Socket(socket) => socket.channel(),
        }
    }

    /// Returns the watchers of the channel, if there is one already.
    fn watchers(&self) -> Option<(&Watchers, &Kernel)> {
        self.get().map(|channel| (&channel.watchers, &*channel.kernel))
    }

    /// Gives the channel a name, now or when the port is connected.
    #[track_caller]
    fn set_name(&self, name: &str) {
        match self {
            Wire::Channel(channel) => channel.set_name(name),
            Wire::Socket(socket) => socket.set_name(name),
        }
    }

    fn fmt(&self, port: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_struct(port);
        if let Wire::Socket(socket) = self {
            tuple.field("name", &socket.name);
        }
        if let Some(name) = self.get().and_then(|channel| channel.watchers.name()) {
            tuple.field("wire", &name);
        }
        tuple.field("connected", &self.get().is_some()).finish_non_exhaustive()
    }
}

impl<T: 'static> OutPort<T> {
    /// Returns the watchers of the channel, if there is one already.
    pub(crate) fn watchers(&self) -> Option<(&Watchers, &Kernel)> {
        self.wire.watchers()
    }

    /// Makes a port of an existing channel.
    pub(crate) fn connected(channel: Rc<Channel<T>>) -> Self {
        OutPort { wire: Wire::Channel(channel) }
    }

    /// Makes a port that is connected later, and the plug that connects it. The port is for a
    /// process, the plug for the code that puts the model together. Messages about the port show
    /// its name.
    ///
    /// A port may be connected after its process has been started, because the process runs only
    /// when the simulation runs. Using a port that is not connected panics, and the message names
    /// the port and the line that declared it. A port that is never used need not be connected.
    /// Nothing is checked before the port is used, because no check can tell which ports a process
    /// will use.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn buffer(env: Environment, input: InPort<u32>, output: OutPort<u32>) {
    ///     while let Ok(item) = input.recv().await {
    ///         if output.send(item).await.is_err() {
    ///             return;
    ///         }
    ///     }
    /// }
    ///
    /// /// A buffer as it is seen from outside.
    /// struct OnePlace {
    ///     input: InPlug<u32>,
    ///     output: OutPlug<u32>,
    /// }
    ///
    /// impl OnePlace {
    ///     fn new(env: &Environment) -> Self {
    ///         let (inner, input) = InPort::declare(env, "buffer.input");
    ///         let (outer, output) = OutPort::declare(env, "buffer.output");
    ///         env.process(Buffer::new(inner, outer));
    ///         OnePlace { input, output }
    ///     }
    /// }
    ///
    /// let sim = Simulation::new();
    /// let (a, b) = (OnePlace::new(&sim), OnePlace::new(&sim));
    /// connect(a.output, b.input);
    /// # let (source, plug) = OutPort::declare(&sim, "source");
    /// # connect(plug, a.input);
    /// # let (sink, plug) = InPort::declare(&sim, "sink");
    /// # connect(b.output, plug);
    /// # sim.spawn(async move { source.send(7).await });
    /// # assert_eq!(sim.run_until_event(sink.recv())?, Ok(7));
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn declare(
        env: &Environment,
        name: impl Into<Cow<'static, str>>,
    ) -> (OutPort<T>, OutPlug<T>) {
        let socket = Socket::new(env, name.into());
        (OutPort { wire: Wire::Socket(Rc::clone(&socket)) }, OutPlug { socket })
    }

    /// Gives the channel a name. What has a name is measured from then on, and stands under its name in
    /// reports, in the log and in errors. The second thing of a name is called `name 2`. Either of its ports
    /// may give it the name, but only one of them. A port that was declared may give it before it is
    /// connected. (The name with which a port is declared is for messages about the port.)
    ///
    /// Items are measured as in a queue. A request that only looks ([`ready`](InPort::ready)) is not counted
    /// in the line.
    ///
    /// # Panics
    ///
    /// If the channel has a name already. If both of its ports were named before they were connected, then
    /// when they are connected.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (output, input) = channel::<u32>(&sim, 2);
    /// let output = output.named("wire");
    /// assert_eq!(format!("{input:?}"), r#"InPort { wire: "wire", connected: true, .. }"#);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.wire.set_name(name.as_ref());
        self
    }

    /// Sends an item. The item is accepted at the call if a receiver waits or there is room,
    /// otherwise as soon as one of the two is true. If the receiver has gone, or goes before that,
    /// awaiting the request gives a `ReceiverGone` with the item.
    ///
    /// # Panics
    ///
    /// If the port was declared and has not been connected.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (output, input) = channel(&sim, 0);
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     env.timeout(4.0).await;
    ///     assert_eq!(input.recv().await, Ok("hello"));
    /// });
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     assert_eq!(output.send("hello").await, Ok(()));
    ///     assert_eq!(env.now(), 4.0); // they have met
    ///     let refused = output.send("anybody?").await.unwrap_err();
    ///     assert_eq!(refused.into_inner(), "anybody?");
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    #[inline]
    pub fn send(&self, item: T) -> Sending<T> {
        self.wire.channel().send(item, Location::caller())
    }

    /// Sends an item if a receiver waits or there is room now. (One that only waits by `ready` is no receiver.)
    ///
    /// # Errors
    ///
    /// Returns the item in [`NotSent::Full`] if no receiver waits and there is no room, and in
    /// [`NotSent::ReceiverGone`] if the receiver has gone.
    ///
    /// # Panics
    ///
    /// If the port was declared and has not been connected.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (output, input) = channel(&sim, 0);
    /// assert_eq!(output.try_send('a').unwrap_err().into_inner(), 'a'); // nobody waits
    /// let request = input.recv();
    /// assert!(output.try_send('b').is_ok());
    /// assert_eq!(sim.run_until_event(request)?, Ok('b'));
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn try_send(&self, item: T) -> Result<(), NotSent<T>> {
        let channel = self.wire.channel();
        let result = channel.send_at_once(item);
        if result.is_err() {
            channel.tell_refused(Side::Put);
        }
        channel.kernel.settle();
        channel.check();
        result
    }

    /// Returns `true` if a receiver waits at the other end. One that only waits by `ready` is no receiver.
    ///
    /// # Panics
    ///
    /// If the port was declared and has not been connected.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (output, input) = channel::<u32>(&sim, 0);
    /// assert!(!output.probe());
    /// let _request = input.recv();
    /// assert!(output.probe());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn probe(&self) -> bool {
        self.wire.channel().is_awaited()
    }
}

impl<T: 'static> InPort<T> {
    /// Returns the watchers of the channel, if there is one already.
    pub(crate) fn watchers(&self) -> Option<(&Watchers, &Kernel)> {
        self.wire.watchers()
    }

    /// Makes a port of an existing channel.
    pub(crate) fn connected(channel: Rc<Channel<T>>) -> Self {
        InPort { wire: Wire::Channel(channel) }
    }

    /// Makes a port that is connected later, and the plug that connects it: see [`OutPort::declare`].
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (input, plug) = InPort::declare(&sim, "probe.input");
    /// let (output, other) = OutPort::declare(&sim, "machine.output");
    /// connect(other, plug);
    /// let sent = output.send(1);
    /// assert_eq!(input.try_recv(), Ok(Some(1)));
    /// # drop(sent);
    /// ```
    ///
    /// Using a port that is not connected panics:
    ///
    /// ```should_panic
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (input, _plug) = InPort::<u32>::declare(&sim, "sink.input");
    /// sim.spawn(async move { input.recv().await });
    /// sim.run().unwrap(); // the port `sink.input` is used, but was not connected ..
    /// ```
    #[track_caller]
    pub fn declare(
        env: &Environment,
        name: impl Into<Cow<'static, str>>,
    ) -> (InPort<T>, InPlug<T>) {
        let socket = Socket::new(env, name.into());
        (InPort { wire: Wire::Socket(Rc::clone(&socket)) }, InPlug { socket })
    }

    /// Gives the channel a name. What has a name is measured from then on, and stands under its name in
    /// reports, in the log and in errors. The second thing of a name is called `name 2`. Either of its ports
    /// may give it the name, but only one of them. A port that was declared may give it before it is
    /// connected. (The name with which a port is declared is for messages about the port.)
    ///
    /// Items are measured as in a queue. A request that only looks ([`ready`](InPort::ready)) is not counted
    /// in the line.
    ///
    /// # Panics
    ///
    /// If the channel has a name already. If both of its ports were named before they were connected, then
    /// when they are connected.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (output, input) = channel::<u32>(&sim, 2);
    /// let input = input.named("wire");
    /// assert_eq!(format!("{output:?}"), r#"OutPort { wire: "wire", connected: true, .. }"#);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.wire.set_name(name.as_ref());
        self
    }

    /// Asks for the next item. The request takes its place in line at the call. When the sender has
    /// gone and all its items have been received, every request gives [`SenderGone`].
    ///
    /// # Panics
    ///
    /// If the port was declared and has not been connected.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (output, input) = channel(&sim, 1);
    /// sim.spawn(async move {
    ///     output.send('a').await.unwrap();
    ///     output.send('b').await.unwrap();
    /// });
    /// sim.spawn(async move {
    ///     assert_eq!(input.recv().await, Ok('a'));
    ///     assert_eq!(input.recv().await, Ok('b'));
    ///     assert!(input.recv().await.is_err());
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    #[inline]
    pub fn recv(&self) -> Receiving<T> {
        self.wire.channel().recv(Location::caller())
    }

    /// Takes the next item that is not promised, from the channel or from a waiting send. Returns
    /// `Ok(None)` if there is none now.
    ///
    /// # Errors
    ///
    /// Returns [`SenderGone`] if the sender has gone and all its items have been received.
    ///
    /// # Panics
    ///
    /// If the port was declared and has not been connected.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (output, input) = channel(&sim, 0);
    /// assert_eq!(input.try_recv(), Ok(None));
    /// let request = output.send('a');
    /// assert_eq!(input.try_recv(), Ok(Some('a')));
    /// drop((request, output));
    /// assert!(input.try_recv().is_err());
    /// ```
    #[track_caller]
    pub fn try_recv(&self) -> Result<Option<T>, SenderGone> {
        self.wire.channel().try_recv()
    }

    /// Waits until there is something to receive: an item in the channel, or a send that waits. Takes
    /// nothing: the sender is freed by the receive that follows. When the sender has gone and all its items
    /// have been received, the request gives [`SenderGone`], as a receive does.
    ///
    /// With it a process waits at several channels, and then takes one item from one of them. (A race of
    /// two receives can take two: if both senders wait, both items are accepted, and one of them comes
    /// back to its channel.)
    ///
    /// If processes share a port, another one may receive the item before the one that waited resumes. A
    /// sender that still waits may give up. So what follows uses `try_recv`, or a `recv` that may wait.
    /// The request does not keep its port alive: once the port is dropped there is nothing to receive, and
    /// the request waits until the sending port is dropped too.
    ///
    /// # Panics
    ///
    /// If the port was declared and has not been connected.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// /// Merges two streams of items into one. Each sender waits until its own item is taken.
    /// #[process]
    /// async fn arbiter(env: Environment, a: InPort<u32>, b: InPort<u32>, output: OutPort<u32>) {
    ///     loop {
    ///         let item = asim!(match FirstOf(a = a.ready(), b = b.ready()).await {
    ///             FirstOf::A(Ok(())) => a.recv().await,
    ///             FirstOf::B(Ok(())) => b.recv().await,
    ///             FirstOf::A(Err(_)) => b.recv().await, // only b is left
    ///             FirstOf::B(Err(_)) => a.recv().await,
    ///         });
    ///         let Ok(item) = item else { return };
    ///         env.timeout(1.0).await;
    ///         output.send(item).await.expect("the sink takes them all");
    ///     }
    /// }
    ///
    /// #[process]
    /// async fn source(env: Environment, output: OutPort<u32>, items: [u32; 2], freed: [f64; 2]) {
    ///     for (item, freed) in items.into_iter().zip(freed) {
    ///         output.send(item).await.expect("the arbiter takes them all");
    ///         assert_eq!(env.now(), freed);
    ///     }
    /// }
    ///
    /// let sim = Simulation::new();
    /// let ((left, a), (right, b)) = (channel(&sim, 0), channel(&sim, 0));
    /// let (output, sink) = channel(&sim, 0);
    /// sim.process(Source::new(left, [1, 2], [0.0, 1.0]));
    /// sim.process(Source::new(right, [10, 20], [2.0, 3.0]));
    /// sim.process(Arbiter::new(a, b, output));
    /// let mut merged = Vec::new();
    /// while let Ok(item) = sim.run_until_event(sink.recv())? {
    ///     merged.push(item);
    /// }
    /// assert_eq!(merged, [1, 2, 10, 20]);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn ready(&self) -> Looking<T> {
        self.wire.channel().ready(Location::caller())
    }

    /// Lets `look` look at the item that would be received next, without taking it, and returns what
    /// `look` returns. Returns `None` if there is nothing to receive now. In a channel of capacity 0 the
    /// item is that of the send that waits; its sender goes on waiting. It may give up before the receive:
    /// where senders do that, look again after every wait.
    ///
    /// While `look` runs nothing can be received: a `recv` made meanwhile waits until the look is over, and
    /// `try_recv` and `peek` find nothing.
    ///
    /// # Panics
    ///
    /// If the port was declared and has not been connected.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// /// Sends each parcel on to the belt that its first letter says.
    /// #[process]
    /// async fn switch(env: Environment, input: InPort<String>, belts: [OutPort<String>; 2]) {
    ///     while input.ready().await.is_ok() {
    ///         let look = |parcel: &String| usize::from(parcel.starts_with('b'));
    ///         let Some(to) = input.peek(look) else { continue };
    ///         env.timeout(0.5).await; // the parcel is still on the sender's side
    ///         let parcel = input.recv().await.unwrap();
    ///         belts[to].send(parcel).await.unwrap();
    ///     }
    /// }
    ///
    /// let sim = Simulation::new();
    /// let (output, input) = channel(&sim, 0);
    /// let ((left, a), (right, b)) = (channel(&sim, 9), channel(&sim, 9));
    /// sim.process(Switch::new(input, [left, right]));
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     output.send("beer".to_string()).await.unwrap();
    ///     assert_eq!(env.now(), 0.5);
    ///     output.send("apples".to_string()).await.unwrap();
    /// });
    /// sim.run()?;
    /// assert_eq!(b.peek(|parcel| parcel.len()), Some(4));
    /// assert_eq!(a.try_recv(), Ok(Some("apples".to_string())));
    /// assert_eq!(a.peek(|parcel| parcel.len()), None);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn peek<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        self.wire.channel().peek(look)
    }

    /// Returns `true` if there is an item to receive, in the channel or in a waiting send. Does not
    /// take the item.
    ///
    /// # Panics
    ///
    /// If the port was declared and has not been connected.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (output, input) = channel(&sim, 0);
    /// assert!(!input.probe());
    /// let _request = output.send('a');
    /// assert!(input.probe());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn probe(&self) -> bool {
        self.wire.channel().offers()
    }
}

impl<T: 'static> Drop for OutPort<T> {
    fn drop(&mut self) {
        if let Some(channel) = self.wire.get() {
            channel.drop_out();
        }
    }
}

impl<T: 'static> Drop for InPort<T> {
    fn drop(&mut self) {
        if let Some(channel) = self.wire.get() {
            channel.drop_in();
        }
    }
}

impl<T: 'static> fmt::Debug for OutPort<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wire.fmt("OutPort", f)
    }
}

impl<T: 'static> fmt::Debug for InPort<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wire.fmt("InPort", f)
    }
}
