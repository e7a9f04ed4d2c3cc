//! Waiting for time to pass.

use std::task::{Context, Poll};
use std::{cell::RefMut, fmt, future::IntoFuture, panic::Location, pin::Pin, rc::Rc};

use crate::engine::blocked::CallSite;
use crate::engine::kernel::{Kernel, Tables};
use crate::engine::wait_name::WaitName;
use crate::engine::{
    awaiter::Awaiter, misuse::polled_after_end, provider::CancelHandle, timer_key::TimerKey,
};
use crate::environment::Environment;
use crate::wait::awaited::{Awaited, Wait};
use crate::wait::{invalid_delay::InvalidDelay, invalid_time::InvalidTime, waitable::Waitable};

/// A span of simulated time that runs from the call of `env.timeout` or `env.timeout_until`.
///
/// If it is dropped before its end, it is cancelled: it wakes nobody and does not move the clock.
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
    /// [`TimerKey::OVER`] once the timer is known to have fired, [`TimerKey::GIVEN`] once the timeout has
    /// given its output.
    key: TimerKey,
    location: CallSite,
}

impl Timeout {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the timeout is built where it is kept")]
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

    #[track_caller]
    pub(crate) fn until(kernel: &Rc<Kernel>, time: f64) -> Result<Timeout, InvalidTime> {
        let now = kernel.now.get();
        if time >= now {
            // Adding zero turns -0.0 into 0.0.
            let key = kernel.start_timer_at(time + 0.0);
            return Ok(Timeout { kernel: Rc::clone(kernel), key, location: Location::caller() });
        }
        // In the past, or not a number.
        Err(InvalidTime { time, now })
    }

    /// Returns `true` if the time has passed.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let lunch = sim.timeout(12.0);
    /// sim.run_until(11.0)?;
    /// assert!(!lunch.triggered());
    /// sim.run_until(12.0)?;
    /// assert!(lunch.triggered());
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn triggered(&self) -> bool {
        let tables = self.kernel.tables.borrow();
        self.key != TimerKey::NEVER && !tables.timers.is_pending(&tables.processes, self.key)
    }

    /// Returns the key of the timer.
    pub(crate) fn key(&self) -> TimerKey {
        self.key
    }
}

impl Environment {
    /// Returns a timeout that ends when `delay` has passed, counted from this call. With a delay of zero,
    /// all processes that are ready run first. An infinite timeout never ends.
    ///
    /// # Panics
    ///
    /// If the delay is negative, not a number, or finite but so large that the time would exceed the
    /// largest `f64`. For a delay that depends on data, see [`try_timeout`](Self::try_timeout).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     env.timeout(1.5).await;
    ///     assert_eq!(env.now(), 1.5);
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the timeout is built where it is kept")]
    pub fn timeout(&self, delay: f64) -> Timeout {
        match Timeout::new(self.kernel(), delay) {
            Ok(timeout) => timeout,
            Err(error) => refuse(&error),
        }
    }

    /// Does the same as [`timeout`](Self::timeout), for a delay that depends on data.
    ///
    /// # Errors
    ///
    /// If the delay is negative, not a number, or finite but so large that the time would exceed the
    /// largest `f64`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert!(sim.try_timeout(2.0).is_ok());
    /// assert!(sim.try_timeout(f64::NAN).is_err());
    /// ```
    #[track_caller]
    pub fn try_timeout(&self, delay: f64) -> Result<Timeout, InvalidDelay> {
        Timeout::new(self.kernel(), delay)
    }

    /// Returns a timeout that ends when the clock shows exactly `time`. If the clock shows that time
    /// already, this is a delay of zero. An infinite time never comes.
    ///
    /// Use it for what happens by the clock: a timetable, the end of a shift, the k-th tick. The delay
    /// `time - now` is rounded, and a timeout of that delay may miss the time by a little.
    ///
    /// # Panics
    ///
    /// If the time has passed already or is not a number. For a time that depends on data, see
    /// [`try_timeout_until`](Self::try_timeout_until).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn sampler(env: Environment) {
    ///     for tick in 1..=3 {
    ///         let time = f64::from(tick) / 10.0;
    ///         env.timeout_until(time).await;
    ///         assert_eq!(env.now(), time); // three times `timeout(0.1)` ends at 0.30000000000000004
    ///     }
    /// }
    ///
    /// let sim = Simulation::new();
    /// sim.process(Sampler::new());
    /// sim.run_until(0.3)?;
    /// assert_eq!(sim.peek(), None); // all three ticks have come
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn timeout_until(&self, time: f64) -> Timeout {
        match Timeout::until(self.kernel(), time) {
            Ok(timeout) => timeout,
            Err(error) => refuse(&error),
        }
    }

    /// Does the same as [`timeout_until`](Self::timeout_until), for a time that depends on data.
    ///
    /// # Errors
    ///
    /// If the time has passed already or is not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::starting_at(8.0);
    /// let departures = [7.5, 8.0, 9.25];
    /// let coming: Vec<_> = departures.iter().filter_map(|&at| sim.try_timeout_until(at).ok()).collect();
    /// assert_eq!(coming.len(), 2); // the first has left
    /// ```
    #[track_caller]
    pub fn try_timeout_until(&self, time: f64) -> Result<Timeout, InvalidTime> {
        Timeout::until(self.kernel(), time)
    }
}

#[cold]
#[track_caller]
fn refuse(error: &dyn fmt::Display) -> ! {
    panic!("{error}")
}

impl Kernel {
    #[inline]
    fn start_timer(&self, delay: f64) -> TimerKey {
        self.start_timer_at(self.now.get() + delay)
    }

    /// Starts a timer for a time that has not passed.
    #[inline]
    fn start_timer_at(&self, time: f64) -> TimerKey {
        let tables = &mut *self.tables.borrow_mut();
        let owner = self.active.get();
        // Not if the time is infinite, nor after the end of the simulation: it has left no cells.
        if let Some(key) = tables.timers.start_simply(&mut tables.processes, owner, time) {
            self.last_timer.start(key);
            return key;
        }
        self.start_any_timer(tables, time)
    }

    /// Returns `true` if this finite delay leads to an infinite time.
    #[cold]
    fn is_too_late(&self, delay: f64) -> bool {
        delay < f64::INFINITY && self.now.get() + delay == f64::INFINITY
    }

    /// Starts a timer in the general case. It is a separate function, so that the simple case saves no
    /// registers.
    #[inline(never)]
    fn start_any_timer(&self, tables: &mut Tables, time: f64) -> TimerKey {
        if time == f64::INFINITY || self.closed.get() {
            return TimerKey::NEVER;
        }
        let key = tables.timers.start(&mut tables.processes, self.active.get(), time);
        if key.is_own() {
            self.last_timer.start(key);
        }
        key
    }

    /// Cancels a timer that its owner does not need any more.
    #[cold]
    #[inline(never)]
    fn cancel_timer(&self, key: TimerKey) {
        self.last_timer.not_fresh(key);
        let awaiter = {
            let tables = &mut *self.tables.borrow_mut();
            tables.timers.cancel(&mut tables.processes, key)
        };
        self.forget(awaiter);
        self.settle();
    }
}

impl Timeout {
    /// Waits with a waker that may not be that of the active process.
    #[cold]
    #[inline(never)]
    fn wait_foreign(&self, context: &Context<'_>) {
        let (kernel, key) = (&*self.kernel, self.key);
        kernel.last_timer.not_fresh(key);
        kernel.await_foreign(context, &|| {
            let tables = kernel.tables.borrow_mut();
            RefMut::filter_map(tables, |tables| tables.timers.awaiter(&mut tables.processes, key))
                .ok()
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

impl Awaited for Timeout {
    type Output = ();

    fn holds() -> bool {
        false
    }

    fn has_kernel() -> bool {
        true
    }

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.kernel)
    }

    fn is_triggered(&self) -> bool {
        self.triggered()
    }

    fn link(&mut self, awaiter: Awaiter) -> CancelHandle {
        self.link_in(&mut self.kernel.tables.borrow_mut(), awaiter).unwrap_or_default()
    }

    fn is_in_tables() -> bool {
        true
    }

    #[inline]
    fn link_in(&self, tables: &mut Tables, awaiter: Awaiter) -> Option<CancelHandle> {
        self.kernel.last_timer.not_fresh(self.key);
        match tables.timers.awaiter(&mut tables.processes, self.key) {
            Some(told) => {
                *told = awaiter;
                Some(CancelHandle::Timer(self.key))
            }
            None => (self.key == TimerKey::NEVER).then_some(CancelHandle::Nothing),
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
    #[allow(clippy::inline_always, reason = "the usual case is one comparison")]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.kernel.last_timer.has_fired(self.key) {
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
        // A copy of the loop's waker would do, too, but then the general case does the same.
        if kernel.last_timer.is_fresh(self.key) && kernel.is_loop_waker(context.waker()) {
            kernel.note_waiting(WaitName::Timeout, self.location);
            kernel.last_timer.sleep();
            return Poll::Pending;
        }
        self.wait_for_any(context)
    }

    /// Waits in the general case. It is a separate function, so that the usual case saves no registers.
    #[inline(never)]
    fn wait_for_any(&mut self, context: &Context<'_>) -> Poll<()> {
        let this = self;
        let kernel = &*this.kernel;
        kernel.last_timer.not_fresh(this.key);
        let mut borrow = kernel.tables.borrow_mut();
        let tables = &mut *borrow;
        let Some(told) = tables.timers.awaiter(&mut tables.processes, this.key) else {
            if this.key == TimerKey::NEVER {
                kernel.check_owner(WaitName::Never, this.location);
                kernel.note_waiting(WaitName::Never, this.location);
                return Poll::Pending;
            }
            if this.key == TimerKey::GIVEN {
                polled_after_end(WaitName::Timeout, this.location);
            }
            // It has fired: there is nothing left to cancel.
            this.key = TimerKey::GIVEN;
            return Poll::Ready(());
        };
        kernel.note_waiting(WaitName::Timeout, this.location);
        if let Some(awaiter) = kernel.active_awaiter(context, *told) {
            *told = awaiter;
        } else {
            drop(borrow);
            this.wait_foreign(context);
        }
        Poll::Pending
    }
}

// ---- waiting by reference

/// Waits for a timeout and keeps it. If the wait loses a race, the timer runs on, and the process can
/// wait for it again. Once the timeout is over, waiting for it takes no time.
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

/// A wait that leaves the timeout with its owner. If dropped, it is no longer notified. An implementation
/// detail.
#[must_use = "a wait that is dropped is given up: await it, race it or join it (`let _ = ..` drops it too, `let wait = ..` keeps it)"]
#[derive(Debug)]
pub struct BorrowedTimeout<'t> {
    timeout: &'t mut Timeout,
    /// Whether it has given its output.
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
            // The active process may just have begun to wait for this timer.
            self.timeout.kernel.last_timer.not_fresh(self.timeout.key);
            self.timeout.kernel.unlink(CancelHandle::BorrowedTimer(self.timeout.key));
            self.timeout.kernel.settle();
        }
    }
}

impl Awaited for BorrowedTimeout<'_> {
    type Output = ();

    fn holds() -> bool {
        false
    }

    fn has_kernel() -> bool {
        true
    }

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.timeout.kernel)
    }

    fn is_triggered(&self) -> bool {
        self.is_over() || self.timeout.is_triggered()
    }

    fn link(&mut self, awaiter: Awaiter) -> CancelHandle {
        match self.timeout.link(awaiter) {
            CancelHandle::Timer(key) => CancelHandle::BorrowedTimer(key),
            handle => handle,
        }
    }

    fn is_in_tables() -> bool {
        true
    }

    fn link_in(&self, tables: &mut Tables, awaiter: Awaiter) -> Option<CancelHandle> {
        match self.timeout.link_in(tables, awaiter)? {
            CancelHandle::Timer(key) => Some(CancelHandle::BorrowedTimer(key)),
            handle => Some(handle),
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
            polled_after_end(WaitName::Timeout, this.timeout.location);
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
        // A timeout lies in the future of the process that awaits it, and is moved with it when the
        // process starts. It has the kernel, the timer and the call site. Awaiting it adds nothing.
        assert_eq!(size_of::<Timeout>(), 24);
        assert_eq!(size_of::<Wait<Timeout>>(), 24);
    }
}
