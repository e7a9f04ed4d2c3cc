//! Sockets: a declared port shares its socket with its plug.

use std::{borrow::Cow, cell::OnceCell, panic::Location, rc::Rc};

use crate::engine::{blocked::CallSite, kernel::Kernel};
use crate::environment::Environment;
use crate::shared::channel::channel::Channel;

/// The place for the channel of a declared port. The port holds the socket, and so does its plug
/// until the port is connected.
pub(crate) struct Socket<T> {
    pub(crate) kernel: Rc<Kernel>,
    pub(crate) name: Cow<'static, str>,
    declared: CallSite,
    channel: OnceCell<Rc<Channel<T>>>,
}

impl<T: 'static> Socket<T> {
    #[track_caller]
    pub(crate) fn new(env: &Environment, name: Cow<'static, str>) -> Rc<Self> {
        Rc::new(Socket {
            kernel: Rc::clone(env.kernel()),
            name,
            declared: Location::caller(),
            channel: OnceCell::new(),
        })
    }

    /// Puts the channel in. This happens only once, because it uses up the plug.
    pub(crate) fn connect(&self, channel: Rc<Channel<T>>) {
        self.channel.get_or_init(|| channel);
    }

    /// Returns the channel, if the port has been connected.
    pub(crate) fn get(&self) -> Option<&Rc<Channel<T>>> {
        self.channel.get()
    }

    /// Returns the channel.
    ///
    /// # Panics
    ///
    /// If the port has not been connected.
    #[track_caller]
    pub(crate) fn channel(&self) -> &Rc<Channel<T>> {
        match self.channel.get() {
            Some(channel) => channel,
            None => self.refuse(),
        }
    }

    #[cold]
    #[track_caller]
    fn refuse(&self) -> ! {
        let Socket { name, declared, .. } = self;
        panic!("the port `{name}` is used, but was not connected (it was declared at {declared})")
    }

    /// Returns `true` if only the plug holds the socket, because the port has been dropped.
    pub(crate) fn is_portless(self: &Rc<Self>) -> bool {
        Rc::strong_count(self) == 1
    }
}
