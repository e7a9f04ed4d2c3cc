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
    /// [`Key::NONE`] once it is known to have fired.
    key: Key,
    location: Place,
}

static TIMEOUT: What = What("timeout");
static NEVER: What = What("timeout(inf)");

/// The key of a timer that never fires: no slot ever has its index.
const NEVER_FIRES: Key = Key::new(u32::MAX, 0);

impl Timeout {
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "the timeout is built where it is kept, not copied there"
    )]
    #[track_caller]
    pub(crate) fn new(kernel: &Rc<Kernel>, delay: f64) -> Result<Timeout, InvalidDelay> {
        if delay >= 0.0 {
            let key = kernel.start_timer(delay);
            Ok(Timeout { kernel: Rc::clone(kernel), key, location: Location::caller() })
        } else {
            // Negative or not a number.
            Err(InvalidDelay { delay })
        }
    }
}

impl Kernel {
    fn start_timer(&self, delay: f64) -> Key {
        let time = self.now.get() + delay;
        if time < f64::INFINITY && !self.closed.get() {
            self.books.borrow_mut().timers.start(time)
        } else {
            NEVER_FIRES
        }
    }
}

impl Timeout {
    /// Notes a watcher that is not plainly the active process.
    #[cold]
    #[inline(never)]
    fn watch_foreign(&self, context: &Context<'_>, previous: Watcher) {
        let watcher = self.kernel.watcher(context, previous);
        if let Some(told) = self.kernel.books.borrow_mut().timers.watcher(self.key) {
            *told = watcher;
        }
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
        self.key != NEVER_FIRES && !self.kernel.books.borrow().timers.is_pending(self.key)
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
        if this.key == kernel.fired.get() {
            this.key = Key::NONE;
            return Poll::Ready(());
        }
        let mut books = kernel.books.borrow_mut();
        let Some(told) = books.timers.watcher(this.key) else {
            if this.key == NEVER_FIRES {
                kernel.note_waiting(&NEVER, this.location);
                return Poll::Pending;
            }
            // It has fired: there is nothing left to cancel.
            this.key = Key::NONE;
            return Poll::Ready(());
        };
        kernel.note_waiting(&TIMEOUT, this.location);
        if let Some(watcher) = kernel.active_watcher(context, *told) {
            *told = watcher;
        } else {
            let previous = *told;
            drop(books);
            this.watch_foreign(context, previous);
        }
        Poll::Pending
    }
}
