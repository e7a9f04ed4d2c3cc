//! Plugs: with them the ports that processes were given are connected afterwards.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use super::channel::Channel;
#[cfg(doc)]
use super::port::{InPort, OutPort};
use crate::kernel::blocked::Place;
use crate::kernel::core::Kernel;
use crate::kernel::environment::Environment;

/// Stands for an [`OutPort`] that was [declared](OutPort::declare): given to [`connect`] together with
/// an [`InPlug`], it connects the port.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (output, plug): (OutPort<u32>, OutPlug<u32>) = OutPort::declare(&sim, "output");
/// # let (_input, other) = InPort::declare(&sim, "input");
/// # connect(plug, other);
/// # assert!(!output.probe());
/// ```
#[must_use = "its port stays unconnected unless it is given to `connect`"]
pub struct OutPlug<T: 'static> {
    pub(super) socket: Rc<Socket<T>>,
}

/// Stands for an [`InPort`] that was [declared](InPort::declare): given to [`connect`] together with
/// an [`OutPlug`], it connects the port.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (input, plug): (InPort<u32>, InPlug<u32>) = InPort::declare(&sim, "input");
/// # let (_output, other) = OutPort::declare(&sim, "output");
/// # connect(other, plug);
/// # assert!(!input.probe());
/// ```
#[must_use = "its port stays unconnected unless it is given to `connect`"]
pub struct InPlug<T: 'static> {
    pub(super) socket: Rc<Socket<T>>,
}

/// Held by a declared port and, until that is connected, by its plug.
pub(super) struct Socket<T> {
    kernel: Rc<Kernel>,
    pub(super) name: Cow<'static, str>,
    declared: Place,
    pub(super) channel: OnceCell<Rc<Channel<T>>>,
}

/// Connects an [`OutPort`] to an [`InPort`] that were declared before, without a buffer: sender and
/// receiver meet, as with a [`channel`](crate::channel()) of capacity 0.
///
/// A port is connected once and to its counterpart, or the model does not compile: plugs are used up,
/// and there is one type for each direction and item.
///
/// If one of the ports has been dropped meanwhile, the other is told as ever.
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

/// [`connect`], with a buffer for so many items between the ports.
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
    output.channel.get_or_init(|| Rc::clone(&channel));
    input.channel.get_or_init(|| channel);
}

impl<T: 'static> Socket<T> {
    #[track_caller]
    pub(super) fn new(env: &Environment, name: Cow<'static, str>) -> Rc<Self> {
        Rc::new(Socket {
            kernel: Rc::clone(env.kernel()),
            name,
            declared: Location::caller(),
            channel: OnceCell::new(),
        })
    }

    /// The port is used too early, or should have been connected.
    #[cold]
    #[track_caller]
    pub(super) fn refuse(&self) -> ! {
        let Socket { name, declared, .. } = self;
        panic!("the port `{name}` is used, but was not connected (it was declared at {declared})")
    }

    /// The plug asks: is it the only one that is left?
    fn is_portless(self: &Rc<Self>) -> bool {
        Rc::strong_count(self) == 1
    }
}

impl<T: 'static> fmt::Debug for OutPlug<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutPlug").field("name", &self.socket.name).finish_non_exhaustive()
    }
}

impl<T: 'static> fmt::Debug for InPlug<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InPlug").field("name", &self.socket.name).finish_non_exhaustive()
    }
}
