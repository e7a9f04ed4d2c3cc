//! Waiting for time to pass.

use std::cell::RefMut;
use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::blocked::{Place, What};
use super::core::Kernel;
use super::misuse::polled_after_end;
use super::source::Link;
use super::timers::TimerKey;
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
#[must_use = "a timeout that is dropped is cancelled: await it, race it or join it (`let _ = ..` drops it too, `let timeout = ..` keeps it)"]
pub struct Timeout {
    kernel: Rc<Kernel>,
    /// [`TimerKey::OVER`] once it is known to have fired, [`TimerKey::GIVEN`] once whoever awaited it
    /// knows.
    key: TimerKey,
    location: Place,
}

static TIMEOUT: What = What("timeout");
static NEVER: What = What("timeout(inf)");

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
            if key != TimerKey::NEVER || !kernel.is_too_late(delay) {
                return Ok(Timeout {
                    kernel: Rc::clone(kernel),
                    key,
                    location: Location::caller(),
                });
            }
        }
        // Negative, not a number, or past the end of time.
        Err(InvalidDelay { delay, now: kernel.now.get() })
    }

    /// The timer.
    pub(super) fn key(&self) -> TimerKey {
        self.key
    }
}

impl Kernel {
    fn start_timer(&self, delay: f64) -> TimerKey {
        let time = self.now.get() + delay;
        if time < f64::INFINITY && !self.closed.get() {
            {
                let books = &mut *self.books.borrow_mut();
                let owner = self.active.get();
                if let Some(key) = books.timers.start_simply(&mut books.processes, owner, time) {
                    self.fresh.set(key);
                    return key;
                }
            }
            self.start_any_timer(time)
        } else {
            TimerKey::NEVER
        }
    }

    /// Would a timer with this delay fire after the last time that there is?
    #[cold]
    fn is_too_late(&self, delay: f64) -> bool {
        delay < f64::INFINITY && self.now.get() + delay == f64::INFINITY
    }

    /// In a function of its own, so that the simple case needs to save no registers.
    #[inline(never)]
    fn start_any_timer(&self, time: f64) -> TimerKey {
        let books = &mut *self.books.borrow_mut();
        let key = books.timers.start(&mut books.processes, self.active.get(), time);
        if key.is_own() {
            self.fresh.set(key);
        }
        key
    }

    /// Somebody else than the active process is to be told of this timer.
    #[inline]
    fn sleep_no_more(&self, key: TimerKey) {
        if self.sleeping.get() == key {
            self.sleeping.set(TimerKey::OVER);
        }
    }

    /// The timer's owner has no use for it any more.
    #[cold]
    #[inline(never)]
    fn cancel_timer(&self, key: TimerKey) {
        let watcher = {
            let books = &mut *self.books.borrow_mut();
            books.timers.cancel(&mut books.processes, key)
        };
        self.forget(watcher);
        self.settle();
    }
}

impl Timeout {
    /// Waits with a waker that is not plainly that of the active process.
    #[cold]
    #[inline(never)]
    fn wait_foreign(&self, context: &Context<'_>) {
        let (kernel, key) = (&*self.kernel, self.key);
        if kernel.fresh.get() == key {
            // It is not as new any more: whoever awaits it next finds a watcher to be replaced.
            kernel.fresh.set(TimerKey::OVER);
        }
        kernel.await_foreign(context, &|| {
            let books = kernel.books.borrow_mut();
            RefMut::filter_map(books, |books| books.timers.watcher(&mut books.processes, key)).ok()
        });
    }
}

impl Drop for Timeout {
    #[inline]
    fn drop(&mut self) {
        if self.key.is_a_timer() {
            self.kernel.cancel_timer(self.key);
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

    const HOLDS: bool = false;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.kernel)
    }

    fn is_triggered(&self) -> bool {
        let books = self.kernel.books.borrow();
        self.key != TimerKey::NEVER && !books.timers.is_pending(&books.processes, self.key)
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        self.kernel.sleep_no_more(self.key);
        let books = &mut *self.kernel.books.borrow_mut();
        match books.timers.watcher(&mut books.processes, self.key) {
            Some(told) => {
                *told = watcher;
                Link::Timer(self.key)
            }
            None => Link::Nothing,
        }
    }

    #[inline]
    fn link_into(&mut self, watcher: Watcher, place: &mut Link) {
        self.kernel.sleep_no_more(self.key);
        let books = &mut *self.kernel.books.borrow_mut();
        if let Some(told) = books.timers.watcher(&mut books.processes, self.key) {
            *told = watcher;
            *place = Link::Timer(self.key);
        }
    }

    #[inline]
    fn lose(mut self: Pin<&mut Self>) {
        self.key = TimerKey::OVER;
    }

    #[inline]
    fn take(mut self: Pin<&mut Self>) {
        self.key = TimerKey::OVER;
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "that a timer has just fired is plain at once")]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.key == self.kernel.fired.get() {
            self.key = TimerKey::GIVEN;
            return Poll::Ready(());
        }
        self.wait(context)
    }
}

impl Timeout {
    #[inline(never)]
    fn wait(&mut self, context: &Context<'_>) -> Poll<()> {
        let kernel = &*self.kernel;
        if self.key == kernel.fresh.get()
            && self.key.index() == kernel.active.get().index()
            && kernel.is_shared_waker(context.waker())
        {
            kernel.note_waiting(&TIMEOUT, self.location);
            kernel.sleeping.set(self.key);
            return Poll::Pending;
        }
        self.wait_for_any(context)
    }

    /// In a function of its own, so that the usual case needs to save no registers.
    #[inline(never)]
    fn wait_for_any(&mut self, context: &Context<'_>) -> Poll<()> {
        let this = self;
        let kernel = &*this.kernel;
        kernel.sleep_no_more(this.key);
        let mut borrow = kernel.books.borrow_mut();
        let books = &mut *borrow;
        let Some(told) = books.timers.watcher(&mut books.processes, this.key) else {
            if this.key == TimerKey::NEVER {
                kernel.check_owner(&NEVER, this.location);
                kernel.note_waiting(&NEVER, this.location);
                return Poll::Pending;
            }
            if this.key == TimerKey::GIVEN {
                polled_after_end(&TIMEOUT, this.location);
            }
            // It has fired: there is nothing left to cancel.
            this.key = TimerKey::GIVEN;
            return Poll::Ready(());
        };
        kernel.note_waiting(&TIMEOUT, this.location);
        if let Some(watcher) = kernel.active_watcher(context, *told) {
            *told = watcher;
        } else {
            drop(borrow);
            this.wait_foreign(context);
        }
        Poll::Pending
    }
}

// ---- waiting for it without giving it away

/// Waits for a timeout and keeps it, so that a wait that loses a race can be tried again: the timer
/// runs on. Once it is over it stays so, and waiting for it again takes no time.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn shop(env: Environment, orders: Queue<u32>) {
///     let mut closing_time = env.timeout(8.0);
///     let mut taken = 0;
///     let mut open = true;
///     while open {
///         asim!(match FirstOf(order = orders.get(), closed = &mut closing_time).await {
///             FirstOf::Order(_) => taken += 1,
///             FirstOf::Closed(()) => open = false,
///         })
///     }
///     assert_eq!((env.now(), taken), (8.0, 2));
/// }
///
/// #[process]
/// async fn customers(env: Environment, orders: Queue<u32>) {
///     for order in 0..5 {
///         env.timeout(3.0).await;
///         orders.put(order).await;
///     }
/// }
///
/// let sim = Simulation::new();
/// let orders = Queue::unbounded(&sim);
/// sim.process(Shop::new(orders.clone()));
/// sim.process(Customers::new(orders));
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
impl<'t> Waitable for &'t mut Timeout {
    type Output = ();
    type Request = BorrowedTimeout<'t>;

    fn into_request(self) -> BorrowedTimeout<'t> {
        BorrowedTimeout { timeout: self, given: false }
    }
}

impl<'t> IntoFuture for &'t mut Timeout {
    type Output = ();
    type IntoFuture = Wait<BorrowedTimeout<'t>>;

    fn into_future(self) -> Wait<BorrowedTimeout<'t>> {
        Wait::new(self.into_request())
    }
}

/// A wait that leaves the timeout with its owner. Given up, it is told of nothing any more. An
/// implementation detail.
#[must_use = "a wait that is dropped is given up: await it, race it or join it (`let _ = ..` drops it too, `let wait = ..` keeps it)"]
#[derive(Debug)]
pub struct BorrowedTimeout<'t> {
    timeout: &'t mut Timeout,
    /// Has it given its output?
    given: bool,
}

impl BorrowedTimeout<'_> {
    fn is_over(&self) -> bool {
        self.timeout.key == TimerKey::OVER
    }
}

impl Drop for BorrowedTimeout<'_> {
    fn drop(&mut self) {
        if !self.is_over() {
            // It may be what the active process has just come to wait for.
            self.timeout.kernel.sleep_no_more(self.timeout.key);
            self.timeout.kernel.unlink(Link::Borrowed(self.timeout.key));
            self.timeout.kernel.settle();
        }
    }
}

impl Request for BorrowedTimeout<'_> {
    type Output = ();

    const HOLDS: bool = false;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.timeout.kernel)
    }

    fn is_triggered(&self) -> bool {
        self.is_over() || self.timeout.is_triggered()
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        match self.timeout.link(watcher) {
            Link::Timer(key) => Link::Borrowed(key),
            link => link,
        }
    }

    fn take(self: Pin<&mut Self>) {
        let this = self.get_mut();
        this.given = true;
        this.timeout.key = TimerKey::OVER;
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.given {
            polled_after_end(&TIMEOUT, this.timeout.location);
        }
        if this.is_over() || Pin::new(&mut *this.timeout).poll(context).is_ready() {
            this.given = true;
            this.timeout.key = TimerKey::OVER;
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::{Timeout, Wait};

    #[test]
    fn a_timeout_is_three_words() {
        // It lies in the future of whoever awaits it, which is moved there when it is made: the
        // kernel, the timer, and the line that asked. To await it adds nothing.
        assert_eq!(size_of::<Timeout>(), 24);
        assert_eq!(size_of::<Wait<Timeout>>(), 24);
    }
}
