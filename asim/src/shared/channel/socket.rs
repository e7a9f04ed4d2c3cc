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
    /// The name that the channel gets.
    label: OnceCell<String>,
    channel: OnceCell<Rc<Channel<T>>>,
}

impl<T: 'static> Socket<T> {
    #[track_caller]
    pub(crate) fn new(env: &Environment, name: Cow<'static, str>) -> Rc<Self> {
        Rc::new(Socket {
            kernel: Rc::clone(env.kernel()),
            name,
            declared: Location::caller(),
            label: OnceCell::new(),
            channel: OnceCell::new(),
        })
    }

    /// Puts the channel in. This happens only once, because it uses up the plug.
    #[track_caller]
    pub(crate) fn connect(&self, channel: Rc<Channel<T>>) {
        if let Some(name) = self.label.get() {
            channel.set_name(name);
        }
        self.channel.get_or_init(|| channel);
    }

    /// Gives the channel a name, now or when the port is connected.
    #[track_caller]
    pub(crate) fn set_name(&self, name: &str) {
        if let Some(channel) = self.channel.get() {
            return channel.set_name(name);
        }
        if let Err(name) = self.label.set(name.to_owned()) {
            let first = self.label.get().map_or("", String::as_str);
            panic!("`{first}` has a name already, and cannot be named `{name}` too");
        }
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
