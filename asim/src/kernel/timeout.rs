//! Waiting for time to pass.

use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::blocked::{Place, What};
use super::core::Kernel;
use super::slab::Key;
use super::source::Link;
use super::waitable::{Request, Wait, Waitable};
use super::watcher::Watcher;
use crate::error::InvalidDelay;

/// A span of simulated time, running since the call of
/// [`env.timeout`](crate::Environment::timeout).
///
/// Dropped before it is over, it is as if it had never been: it neither wakes anyone nor keeps the
/// clock going.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn oven(env: Environment) {
///     let baking = env.timeout(30.0); // runs from here on
///     env.timeout(10.0).await;
///     baking.await;
///     assert_eq!(env.now(), 30.0);
/// }
///
/// let sim = Simulation::new();
/// sim.process(Oven::new());
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[must_use = "a timeout is awaited, raced or joined; dropped, it is cancelled"]
pub struct Timeout {
    kernel: Rc<Kernel>,
    /// [`Key::NONE`] if it never fires, or has.
    key: Key,
    /// Has it been seen to have fired?
    fired: bool,
    location: Place,
}

static TIMEOUT: What = What("timeout");
static NEVER: What = What("timeout(inf)");

impl Timeout {
    #[inline]
    #[track_caller]
    pub(crate) fn new(kernel: &Rc<Kernel>, delay: f64) -> Result<Timeout, InvalidDelay> {
        if delay.is_nan() || delay < 0.0 {
            return Err(InvalidDelay { delay });
        }
        let time = kernel.now.get() + delay;
        let key = if time < f64::INFINITY && !kernel.closed.get() {
            kernel.books.borrow_mut().timers.start(time)
        } else {
            Key::NONE
        };
        Ok(Timeout { kernel: Rc::clone(kernel), key, fired: false, location: Location::caller() })
    }
}

impl Drop for Timeout {
    #[inline]
    fn drop(&mut self) {
        if self.key != Key::NONE {
            let watcher = self.kernel.books.borrow_mut().timers.cancel(self.key);
            self.kernel.forget(watcher);
        }
    }
}

impl fmt::Debug for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("pending", &!self.is_triggered()).finish_non_exhaustive()
    }
}

impl Waitable for Timeout {
    type Output = ();
    type Request = Timeout;

    fn into_request(self) -> Timeout {
        self
    }
}

impl IntoFuture for Timeout {
    type Output = ();
    type IntoFuture = Wait<Timeout>;

    #[inline]
    fn into_future(self) -> Wait<Timeout> {
        Wait::new(self)
    }
}

impl Request for Timeout {
    type Output = ();

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.kernel)
    }

    fn is_triggered(&self) -> bool {
        self.fired || (self.key != Key::NONE && !self.kernel.books.borrow().timers.is_pending(self.key))
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        match self.kernel.books.borrow_mut().timers.watcher(self.key) {
            Some(told) => {
                *told = watcher;
                Link::Timer(self.key)
            }
            None => Link::Nothing,
        }
    }

    fn take(self: Pin<&mut Self>) {}

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let kernel = &*this.kernel;
        if this.key == Key::NONE {
            return this.poll_never(context);
        }
        let previous = {
            let books = &mut *kernel.books.borrow_mut();
            let Some(told) = books.timers.watcher(this.key) else {
                // It has fired: there is nothing left to cancel.
                this.key = Key::NONE;
                this.fired = true;
                return Poll::Ready(());
            };
            if let Some(watcher) = kernel.active_watcher(context, *told) {
                *told = watcher;
                kernel.note_waiting(&TIMEOUT, this.location);
                return Poll::Pending;
            }
            *told
        };
        let watcher = kernel.watcher(context, previous);
        if let Some(told) = kernel.books.borrow_mut().timers.watcher(this.key) {
            *told = watcher;
        }
        kernel.note_waiting(&TIMEOUT, this.location);
        Poll::Pending
    }
}

impl Timeout {
    /// A timeout that never fires, or has.
    #[cold]
    fn poll_never(&self, context: &Context<'_>) -> Poll<()> {
        if self.fired {
            return Poll::Ready(());
        }
        let watcher = self.kernel.watcher(context, Watcher::NOBODY);
        self.kernel.note_waiting(&NEVER, self.location);
        self.kernel.forget(watcher);
        Poll::Pending
    }
}
