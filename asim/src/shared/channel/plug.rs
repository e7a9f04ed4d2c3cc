//! Plugs: they connect declared ports that processes may hold already.

use std::{fmt, rc::Rc};

use crate::shared::channel::socket::Socket;

/// The plug of an `OutPort`, made by `OutPort::declare`. `connect` takes it together with an
/// [`InPlug`], and connects the two ports.
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
#[must_use = "its port stays unconnected unless this plug is given to `connect`"]
pub struct OutPlug<T: 'static> {
    pub(crate) socket: Rc<Socket<T>>,
}

/// The plug of an `InPort`, made by `InPort::declare`. `connect` takes it together with an
/// [`OutPlug`], and connects the two ports.
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
#[must_use = "its port stays unconnected unless this plug is given to `connect`"]
pub struct InPlug<T: 'static> {
    pub(crate) socket: Rc<Socket<T>>,
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
