//! What a panic leaves to be done.

use std::rc::Rc;

use crate::kernel::core::Kernel;
use crate::kernel::slab::Key;
use crate::kernel::source::{Source, Unlinked};

/// Code of the user's has panicked: the next call that settles anything serves those in line. Not once
/// the simulation is gone: nobody is served then, and what is to be done would keep the source alive,
/// which keeps the kernel.
#[cold]
pub(super) fn serve_later(kernel: &Kernel, source: Rc<dyn Source>) {
    if !kernel.closed.get() {
        kernel.follow_up(source, Key::NONE, Unlinked::Promised);
    }
}
