//! Ports: the two ends of a channel, each held by one process.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use super::channel::Channel;
use super::plug::{InPlug, OutPlug, Socket};
use super::receiving::Receiving;
use super::sending::Sending;
use crate::error::{NotSent, SenderGone};
use crate::kernel::environment::Environment;

/// The sending end of a [`channel`](crate::channel()).
///
/// A channel has one of each end: a port can be moved into a process, but not cloned. Dropping it,
/// also by the end of the process that holds it, tells the receiver, who still gets what was sent.
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

/// The receiving end of a [`channel`](crate::channel()).
///
/// A channel has one of each end: a port can be moved into a process, but not cloned. Dropping it,
/// also by the end of the process that holds it, tells the sender. What is left in the channel then
/// is dropped.
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
    /// From the first.
    Channel(Rc<Channel<T>>),
    /// Once its plug has been connected.
    Socket(Rc<Socket<T>>),
}

impl<T: 'static> Wire<T> {
    fn get(&self) -> Option<&Rc<Channel<T>>> {
        match self {
            Wire::Channel(channel) => Some(channel),
            Wire::Socket(socket) => socket.channel.get(),
        }
    }

    /// # Panics
    ///
    /// If it leads nowhere.
    #[inline]
    #[track_caller]
    fn channel(&self) -> &Rc<Channel<T>> {
        match self {
            Wire::Channel(channel) => channel,
            Wire::Socket(socket) => match socket.channel.get() {
                Some(channel) => channel,
                None => socket.refuse(),
            },
        }
    }

    fn fmt(&self, port: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_struct(port);
        if let Wire::Socket(socket) = self {
            tuple.field("name", &socket.name);
        }
        tuple.field("connected", &self.get().is_some()).finish_non_exhaustive()
    }
}

impl<T: 'static> OutPort<T> {
    pub(super) fn connected(channel: Rc<Channel<T>>) -> Self {
        OutPort { wire: Wire::Channel(channel) }
    }

    /// A port that is connected later, and the plug to do it with: the port is for a process, the
    /// plug for whoever puts the model together. The name is for messages.
    ///
    /// Processes that were started before their ports are connected run only when the simulation
    /// does, so the order in which a model is put together does not matter. A port that is used while
    /// it is not connected panics and names the port and the line that declared it: no check can tell
    /// beforehand which ports a process will use, and one that it does not use need not be connected.
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
    /// /// What one sees of a buffer from outside.
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

    /// Sends an item: at the call if somebody waits for it or there is room, else as soon as there
    /// is. If the receiver has gone, or goes before that, the item comes back in the error.
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
        Sending::new(self.wire.channel(), item, Location::caller())
    }

    /// Sends an item if somebody waits for it or there is room.
    ///
    /// # Errors
    ///
    /// Gives the item back if not, or if the receiver has gone.
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
        channel.kernel.settle();
        result
    }

    /// Does a receiver wait at the other end?
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
    pub(super) fn connected(channel: Rc<Channel<T>>) -> Self {
        InPort { wire: Wire::Channel(channel) }
    }

    /// A port that is connected later, and the plug to do it with: see [`OutPort::declare`].
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
    /// A port that is used, and was not connected:
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

    /// Asks for the next item. The place in the line is taken at the call. When the sender has gone
    /// and everything that it sent has been received, the answer is an error, now and ever after.
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
        Receiving::new(self.wire.channel(), Location::caller())
    }

    /// The next item, if there is one that is not promised: in the channel, or with a sender who
    /// waits.
    ///
    /// # Errors
    ///
    /// If the sender has gone and everything that it sent has been received.
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

    /// Is there an item to be received: in the channel, or with a sender who waits? It is not taken.
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
