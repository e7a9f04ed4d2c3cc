//! Events: what somebody triggers by hand, and any number of processes wait for.

use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::error::Error;
use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use super::blocked::{Place, What};
use super::core::Kernel;
use super::environment::Environment;
use super::misuse::polled_after_end;
use super::slab::Key;
use super::source::{Link, Source, Unlinked};
use super::unclaimed::{MayFail, Unclaimed};
use super::wait_list::{Line, WaitList};
use super::waitable::{Request, Wait, Waitable};
use super::watcher::Watcher;
use crate::error::{AlreadyTriggered, SimError};

/// Something that happens once: triggered by hand, awaited by any number of processes, each of
/// which receives a clone of the value. Clone it freely; the clones are the same event.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn passenger(env: Environment, departure: Event<u32>) {
///     let platform = departure.await;
///     assert_eq!((env.now(), platform), (7.0, 3));
/// }
///
/// #[process]
/// async fn announcer(env: Environment, departure: Event<u32>) {
///     env.timeout(7.0).await;
///     departure.succeed(3);
/// }
///
/// let sim = Simulation::new();
/// let departure = sim.event();
/// sim.process(Passenger::new(departure.clone()));
/// sim.process(Passenger::new(departure.clone()));
/// sim.process(Announcer::new(departure));
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
pub struct Event<T: Clone + 'static> {
    core: Rc<Core<T>>,
}

struct Core<T> {
    kernel: Rc<Kernel>,
    /// Set once, when it is triggered. A cell that can be read without a borrow, as cloning the
    /// value is code of the user's.
    value: OnceCell<T>,
    cancelled: Cell<bool>,
    /// That it was failed, until somebody receives the error.
    unclaimed: Cell<Option<Box<Unclaimed<T>>>>,
    waiters: RefCell<Waiters>,
}

struct Waiters {
    list: WaitList<()>,
    line: Line,
}

impl<T: Clone + 'static> Event<T> {
    /// A new event, the same as [`env.event()`](Environment::event).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let done: Event<()> = Event::new(&sim);
    /// assert!(!done.triggered());
    /// ```
    #[must_use]
    pub fn new(env: &Environment) -> Self {
        let waiters = RefCell::new(Waiters { list: WaitList::new(), line: Line::EMPTY });
        let core = Core {
            kernel: Rc::clone(env.kernel()),
            value: OnceCell::new(),
            cancelled: Cell::new(false),
            unclaimed: Cell::new(None),
            waiters,
        };
        Event { core: Rc::new(core) }
    }

    /// Triggers the event: all who wait for it resume, in the order in which they came to wait.
    ///
    /// # Panics
    ///
    /// If it has been triggered or cancelled before: an event happens once. See
    /// [`try_succeed`](Self::try_succeed).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let started = sim.event();
    /// started.succeed("now");
    /// assert_eq!(started.value(), Some("now"));
    /// ```
    #[track_caller]
    pub fn succeed(&self, value: T) {
        if let Err(already) = self.try_succeed(value) {
            panic!("{already}");
        }
    }

    /// Triggers the event, unless it has been triggered or cancelled before.
    ///
    /// # Errors
    ///
    /// Gives the value back if the event has been triggered or cancelled before.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let winner = sim.event();
    /// assert!(winner.try_succeed("Ada").is_ok());
    /// let refused = winner.try_succeed("Berta").unwrap_err();
    /// assert_eq!(refused.into_inner(), "Berta");
    /// assert_eq!(winner.value(), Some("Ada"));
    /// ```
    pub fn try_succeed(&self, value: T) -> Result<(), AlreadyTriggered<T>> {
        self.set(value)?;
        self.tell_waiters();
        Ok(())
    }

    /// The event has its value from now on.
    #[inline]
    fn set(&self, value: T) -> Result<(), AlreadyTriggered<T>> {
        if self.cancelled() {
            return Err(AlreadyTriggered { value, cancelled: true });
        }
        let refused = |value| AlreadyTriggered { value, cancelled: false };
        self.core.value.set(value).map_err(refused)
    }

    fn tell_waiters(&self) {
        let core = &self.core;
        loop {
            let watcher = {
                let waiters = &mut *core.waiters.borrow_mut();
                let Some(key) = waiters.list.first(waiters.line) else { break };
                waiters.list.leave(&mut waiters.line, key);
                waiters.list.remove(key).map_or(Watcher::NOBODY, |((), watcher)| watcher)
            };
            core.kernel.notify(watcher);
        }
        core.kernel.settle();
    }

    /// Cancels the event: it will never be triggered. Whoever waits for it stays blocked, and
    /// [`blocked`](crate::Simulation::blocked) says why. Cancelling a triggered event does nothing.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let delivery: Event<()> = sim.event();
    /// let waiting = delivery.clone();
    /// sim.spawn(async move { waiting.await });
    /// sim.run()?;
    /// delivery.cancel();
    /// assert_eq!(sim.blocked()[0].waiting_for, "an event that was cancelled");
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn cancel(&self) {
        if self.triggered() || self.core.cancelled.replace(true) {
            return;
        }
        let waiters = &mut *self.core.waiters.borrow_mut();
        let mut next = waiters.list.first(waiters.line);
        while let Some(key) = next {
            if let Some(watcher) = waiters.list.watcher(key) {
                self.core.kernel.rename_waiting(*watcher, &CANCELLED);
            }
            next = waiters.list.next(key);
        }
    }

    /// Has it been triggered?
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let event = sim.event();
    /// assert!(!event.triggered());
    /// event.succeed(1);
    /// assert!(event.triggered());
    /// ```
    #[must_use]
    pub fn triggered(&self) -> bool {
        self.core.value.get().is_some()
    }

    /// Has it been cancelled?
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let event: Event<()> = sim.event();
    /// event.cancel();
    /// assert!(event.cancelled());
    /// ```
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.core.cancelled.get()
    }

    /// The value that it was triggered with, if it was.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let event = sim.event();
    /// assert_eq!(event.value(), None);
    /// event.succeed(1);
    /// assert_eq!(event.value(), Some(1));
    /// ```
    #[must_use]
    pub fn value(&self) -> Option<T> {
        self.core.receive()
    }
}

impl<T: Clone + 'static, E> Event<Result<T, E>>
where
    E: Clone + Into<Box<dyn Error + Send + Sync>> + 'static,
{
    /// Triggers the event with an error: all who wait for it receive it.
    ///
    /// It is claimed or loud, as that of a process is: whoever waits for the event now or later, or
    /// reads its [`value`](Self::value), claims it. If the last handle of the event is dropped and
    /// nobody has, the run stops at once with [`SimError::EventFailed`](crate::SimError::EventFailed);
    /// if nobody has when the run ends, it is returned then. (`succeed(Err(..))` is no failure, but a
    /// value like any other.)
    ///
    /// # Panics
    ///
    /// If it has been triggered or cancelled before.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let delivery: Event<Result<u32, &str>> = sim.event();
    /// delivery.fail("lost");
    /// assert_eq!(delivery.value(), Some(Err("lost")));
    ///
    /// let delivery: Event<Result<u32, &str>> = sim.event();
    /// delivery.fail("lost again");
    /// let error = sim.run().unwrap_err();
    /// assert!(error.to_string().starts_with("an event failed at time 0 and nobody received it: lost again"));
    /// ```
    #[track_caller]
    pub fn fail(&self, error: E) {
        if let Err(already) = self.set(Err(error)) {
            panic!("{already}");
        }
        let core = &self.core;
        if !core.kernel.closed.get() {
            let unclaimed = Unclaimed {
                time: core.kernel.now.get(),
                location: Location::caller(),
                error: |value: &Result<T, E>| value.as_ref().err().cloned().map(E::into),
            };
            core.unclaimed.set(Some(Box::new(unclaimed)));
            let event = Rc::downgrade(core) as Weak<dyn MayFail>;
            core.kernel.books.borrow_mut().note_failed_event(event);
        }
        self.tell_waiters();
    }
}

impl<T: Clone + 'static> Clone for Event<T> {
    fn clone(&self) -> Self {
        Event { core: Rc::clone(&self.core) }
    }
}

impl<T: Clone + 'static> fmt::Debug for Event<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match (self.triggered(), self.cancelled()) {
            (true, _) => "triggered",
            (false, true) => "cancelled",
            (false, false) => "pending",
        };
        write!(f, "Event({state})")
    }
}

impl<T: Clone> Core<T> {
    /// The value, for somebody who so claims the error that may be in it.
    #[inline]
    fn receive(&self) -> Option<T> {
        let value = self.value.get()?;
        drop(self.unclaimed.take());
        Some(value.clone())
    }
}

impl<T> MayFail for Core<T> {
    fn is_unclaimed(&self) -> bool {
        let unclaimed = self.unclaimed.take();
        let is_some = unclaimed.is_some();
        self.unclaimed.set(unclaimed);
        is_some
    }

    fn claim(&self) -> Option<SimError> {
        self.unclaimed.take()?.failure(self.value.get()?)
    }
}

impl<T> Drop for Core<T> {
    /// Nobody can receive an error any more.
    fn drop(&mut self) {
        if self.unclaimed.get_mut().is_some()
            && !self.kernel.closed.get()
            && let Some(failure) = self.claim()
        {
            self.kernel.fail(failure);
        }
    }
}

impl<T> Source for Core<T> {
    fn unlink(&self, request: Key) -> Unlinked {
        let removed = {
            let waiters = &mut *self.waiters.borrow_mut();
            waiters.list.leave(&mut waiters.line, request);
            waiters.list.remove(request)
        };
        if let Some(((), watcher)) = removed {
            self.kernel.forget(watcher);
        }
        Unlinked::Gone
    }

    fn restore(&self, _request: Key) {}

    fn serve_one(&self) -> bool {
        false
    }
}

static EVENT: What = What("an event");
static CANCELLED: What = What("an event that was cancelled");

/// One process's wait for an event. An implementation detail.
#[must_use = "a wait that is dropped is given up: await it, race it or join it (`let _ = ..` drops it too, `let wait = ..` keeps it)"]
pub struct EventWait<T: Clone + 'static> {
    event: Event<T>,
    /// Its place in the line; [`Key::NONE`] if the event had happened before, [`Key::OVER`] once it has
    /// given the value.
    key: Key,
    location: Place,
}

impl<T: Clone + 'static> EventWait<T> {
    #[track_caller]
    fn new(event: Event<T>) -> Self {
        let key = if event.triggered() {
            Key::NONE
        } else {
            let waiters = &mut *event.core.waiters.borrow_mut();
            waiters.list.join(&mut waiters.line, ())
        };
        EventWait { event, key, location: Location::caller() }
    }

    fn watch(&self, watcher: Watcher) {
        if let Some(told) = self.event.core.waiters.borrow_mut().list.watcher(self.key) {
            *told = watcher;
        }
    }
}

impl<T: Clone + 'static> Drop for EventWait<T> {
    fn drop(&mut self) {
        if self.key.is_somebody() {
            self.event.core.kernel.cancel_request(&self.event.core, self.key);
        }
    }
}

impl<T: Clone + 'static> fmt::Debug for EventWait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventWait").field(&self.event).finish()
    }
}

impl<T: Clone + 'static> Waitable for Event<T> {
    type Output = T;
    type Request = EventWait<T>;

    #[track_caller]
    fn into_request(self) -> EventWait<T> {
        EventWait::new(self)
    }
}

impl<T: Clone + 'static> Waitable for &Event<T> {
    type Output = T;
    type Request = EventWait<T>;

    #[track_caller]
    fn into_request(self) -> EventWait<T> {
        EventWait::new(self.clone())
    }
}

impl<T: Clone + 'static> IntoFuture for Event<T> {
    type Output = T;
    type IntoFuture = Wait<EventWait<T>>;

    #[track_caller]
    fn into_future(self) -> Self::IntoFuture {
        Wait::new(EventWait::new(self))
    }
}

impl<T: Clone + 'static> IntoFuture for &Event<T> {
    type Output = T;
    type IntoFuture = Wait<EventWait<T>>;

    #[track_caller]
    fn into_future(self) -> Self::IntoFuture {
        Wait::new(EventWait::new(self.clone()))
    }
}

impl<T: Clone + 'static> Request for EventWait<T> {
    type Output = T;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.event.core.kernel)
    }

    fn is_triggered(&self) -> bool {
        self.event.triggered()
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        if self.event.triggered() {
            return Link::Nothing;
        }
        self.watch(watcher);
        Link::Request(Rc::clone(&self.event.core) as Rc<dyn Source>, self.key)
    }

    fn take(self: Pin<&mut Self>) -> T {
        self.event.core.receive().expect("a triggered event has a value")
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        if this.key == Key::OVER {
            polled_after_end(&EVENT, this.location);
        }
        let kernel = &this.event.core.kernel;
        kernel.check_owner(&EVENT, this.location);
        if let Some(value) = this.event.core.receive() {
            // Its place in line went when the event was triggered.
            this.key = Key::OVER;
            return Poll::Ready(value);
        }
        let what = if this.event.cancelled() { &CANCELLED } else { &EVENT };
        let (waiters, key) = (&this.event.core.waiters, this.key);
        kernel.await_request(context, what, this.location, || {
            RefMut::filter_map(waiters.borrow_mut(), |waiters| waiters.list.waiting_watcher(key))
                .ok()
        });
        Poll::Pending
    }
}
