//! Events: triggered by hand, awaited by any number of processes.

use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::rc::{Rc, Weak};
use std::{error::Error, fmt, future::IntoFuture, panic::Location};

use crate::engine::blocked::Looks;
use crate::engine::failed_events::{MayFail, Unclaimed};
use crate::engine::provider::{Provider, Unlinked};
use crate::engine::thing_view::{From, Thing, View};
use crate::engine::wait_list::{Line, WaitList};
use crate::engine::{
    awaiter::Awaiter, kernel::Kernel, sim_error::SimError, slab::Key, wait_name::WaitName,
    watchers::Watchers,
};
use crate::environment::Environment;
use crate::measure::books::Books;
use crate::trace::record::Side;
use crate::wait::request::{Ask, Request, RequestState};
use crate::wait::watch::Watched;
use crate::wait::{already_triggered::AlreadyTriggered, awaited::Wait, waitable::Waitable};

/// Something that happens once. The model triggers it by hand. Any number of processes can wait for it,
/// and each receives a clone of the value. A clone of an `Event` is the same event.
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
    /// The value, set when the event is triggered. A `OnceCell` can be read without a borrow; that
    /// matters, as cloning the value runs user code.
    value: OnceCell<T>,
    cancelled: Cell<bool>,
    /// Set by `fail`, until somebody receives the error.
    unclaimed: Cell<Option<Box<Unclaimed<T>>>>,
    waiters: RefCell<Waiters>,
    /// Whether the kernel knows the event. It learns of it when somebody waits.
    is_known: Cell<bool>,
    /// The conditions that watch the event.
    watchers: Watchers,
}

struct Waiters {
    list: WaitList<()>,
    line: Line,
}

impl Environment {
    /// Returns a new [`Event`].
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let closing = sim.event::<()>();
    /// closing.succeed(());
    /// ```
    #[must_use]
    pub fn event<T: Clone + 'static>(&self) -> Event<T> {
        Event::new(self)
    }
}

impl<T: Clone + 'static> Event<T> {
    /// Returns a new event, as [`env.event()`](Environment::event) does.
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
            is_known: Cell::new(false),
            watchers: Watchers::default(),
        };
        Event { core: Rc::new(core) }
    }

    /// Gives the event a name. What has a name is measured from then on, and stands under its name in
    /// reports, in the log and in errors. The second thing of a name is called `name 2`.
    ///
    /// # Panics
    ///
    /// If it has a name already.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let start: Event<()> = Event::new(&sim).named("start");
    /// assert_eq!(format!("{start:?}"), "Event(`start`, pending)");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.core.set_name(name.as_ref());
        self
    }

    /// Triggers the event. All processes that wait for it resume, in the order in which they began to
    /// wait.
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
            self.refuse(&already);
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

    #[cold]
    #[track_caller]
    fn refuse(&self, already: &AlreadyTriggered<T>) -> ! {
        match self.core.watchers.name() {
            Some(name) => panic!("{already} (it is `{name}`)"),
            None => panic!("{already}"),
        }
    }

    /// Lets the kernel know the event, so that it finds who waits for it.
    #[inline]
    fn make_known(&self) {
        if !self.core.is_known.replace(true) {
            self.core.kernel.add_thing(&self.core);
        }
    }

    /// Sets the value of the event.
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
        if let Some(probe) = core.watchers.probe() {
            probe.changed(&core.kernel);
        }
        core.watchers.changed(&core.kernel);
        loop {
            let awaiter = {
                let waiters = &mut *core.waiters.borrow_mut();
                let Some(key) = waiters.list.first(waiters.line) else { break };
                waiters.list.leave(&mut waiters.line, key);
                if let Some(probe) = core.watchers.probe() {
                    probe.granted(&core.kernel, Side::Take, key);
                }
                waiters.list.remove(key).map_or(Awaiter::NOBODY, |((), awaiter)| awaiter)
            };
            core.kernel.notify(awaiter);
        }
        core.kernel.settle();
    }

    /// Cancels the event: it will never be triggered. Processes that wait for it stay blocked, and
    /// `blocked` says why. Cancelling a triggered event does nothing.
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
        {
            let waiters = &mut *self.core.waiters.borrow_mut();
            let mut next = waiters.list.first(waiters.line);
            while let Some(key) = next {
                if let Some(awaiter) = waiters.list.awaiter(key) {
                    self.core.kernel.rename_waiting(*awaiter, WaitName::CancelledEvent);
                }
                next = waiters.list.next(key);
            }
        }
        self.core.watchers.changed_now(&self.core.kernel);
    }

    /// Returns `true` if the event has been triggered.
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

    /// Returns `true` if the event has been cancelled.
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

    /// Returns the value that the event was triggered with, if it was triggered.
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
    /// Triggers the event with an error. All processes that wait for it receive the error.
    ///
    /// Somebody must claim the error, as with a process that fails. Waiting for the event claims it, now
    /// or later, and so does reading its [`value`](Self::value). If the last handle of the event is
    /// dropped before that, the run stops at once with `SimError::EventFailed`. If the error is still
    /// unclaimed when the run ends, the run returns it. (`succeed(Err(..))` is not a failure: its value
    /// is like any other.)
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
            self.refuse(&already);
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
            core.kernel.tables.borrow_mut().failed_events.note(event);
        }
        self.tell_waiters();
    }
}

impl<T: Clone + 'static> Clone for Event<T> {
    fn clone(&self) -> Self {
        Event { core: Rc::clone(&self.core) }
    }
}

/// Two handles are equal if they are of the same event, whatever its value.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (start, stop) = (sim.event::<()>(), sim.event::<()>());
/// assert!(start == start.clone() && start != stop);
/// ```
impl<T: Clone + 'static> Watched for Event<T> {
    fn watchers(&self) -> &Watchers {
        // A condition is about to wait for it.
        self.make_known();
        &self.core.watchers
    }

    fn watched_kernel(&self) -> &Kernel {
        &self.core.kernel
    }
}

impl<T: Clone + 'static> PartialEq for Event<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.core, &other.core)
    }
}

impl<T: Clone + 'static> Eq for Event<T> {}

impl<T: Clone + 'static> fmt::Debug for Event<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match (self.triggered(), self.cancelled()) {
            (true, _) => "triggered",
            (false, true) => "cancelled",
            (false, false) => "pending",
        };
        match self.core.watchers.name() {
            Some(name) => write!(f, "Event(`{name}`, {state})"),
            None => write!(f, "Event({state})"),
        }
    }
}

/// What the probe is told.
impl<T> Core<T> {
    /// Gives the event a name. It is measured from now on.
    #[track_caller]
    fn set_name(&self, name: &str) {
        let waiters = self.waiters.borrow();
        let books = Books::new(self.kernel.now.get());
        let probe = self.watchers.set_name(&self.kernel, name, "Event", books);
        let waiting = waiters.list.iter(waiters.line).map(|(key, ())| key);
        probe.adopt(&self.kernel, Side::Take, waiting);
    }

    /// Compares the books of a named event with the event.
    #[inline]
    fn check(&self) {
        #[cfg(debug_assertions)]
        if let Some(probe) = self.watchers.probe() {
            probe.check(self.waiters.borrow().line.len(), 0, None);
        }
    }
}

impl<T: Clone> Core<T> {
    /// Returns the value. This claims the error that may be in it.
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
    /// Stops the run if nobody has received the error: nobody can any more.
    fn drop(&mut self) {
        if self.unclaimed.get_mut().is_some()
            && !self.kernel.closed.get()
            && let Some(failure) = self.claim()
        {
            self.kernel.fail(failure);
        }
    }
}

impl<T> Thing for Core<T> {
    fn show(&self, view: &mut View) {
        let (what, from) = if self.cancelled.get() {
            (WaitName::CancelledEvent, From::Nobody)
        } else {
            (WaitName::Event, From::Anybody)
        };
        self.watchers.show("event", Looks::Unsaid, view);
        view.counts_references();
        let waiters = self.waiters.borrow();
        let awaiters = waiters.list.awaiters(waiters.line).map(|((), awaiter)| awaiter);
        view.plain_line(what, from, awaiters);
    }
}

impl<T> Provider for Core<T> {
    fn unlink(&self, request: Key) -> Unlinked {
        let removed = {
            let waiters = &mut *self.waiters.borrow_mut();
            waiters.list.leave(&mut waiters.line, request);
            waiters.list.remove(request)
        };
        if let Some(((), awaiter)) = removed {
            if let Some(probe) = self.watchers.probe() {
                probe.left(&self.kernel, Side::Take, request);
            }
            self.kernel.forget(awaiter);
        }
        Unlinked::Gone
    }

    fn restore(&self, _request: Key) {}

    #[inline]
    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        let waiters = self.waiters.borrow_mut();
        RefMut::filter_map(waiters, |waiters| waiters.list.waiting_awaiter(request)).ok()
    }

    fn serve_one(&self) -> bool {
        false
    }
}

/// One request for an event: what `Event::wait` returns. Awaiting it gives a clone of the value.
///
/// ```
/// use asim::prelude::*;
///
/// struct Passenger {
///     departure: asim::EventWait<u32>,
/// }
///
/// let sim = Simulation::new();
/// let departure = sim.event();
/// let passenger = Passenger { departure: departure.wait() };
/// departure.succeed(3);
/// assert_eq!(sim.run_until_event(passenger.departure)?, 3);
/// # Ok::<(), SimError>(())
/// ```
pub type EventWait<T> = Request<EventAsk<T>>;

/// An event that is asked for its value.
#[derive(Debug)]
pub struct EventAsk<T: Clone + 'static> {
    event: Event<T>,
}

impl<T: Clone + 'static> Event<T> {
    /// Asks for the event: a request to keep, race or join. Awaiting the event itself does the same.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let departure = sim.event();
    /// let wait: asim::EventWait<&str> = departure.wait();
    /// departure.succeed("platform 3");
    /// assert_eq!(sim.run_until_event(wait)?, "platform 3");
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn wait(&self) -> EventWait<T> {
        let state = if self.triggered() {
            RequestState::Held(())
        } else {
            self.make_known();
            let waiters = &mut *self.core.waiters.borrow_mut();
            RequestState::Waiting(waiters.list.join(&mut waiters.line, ()))
        };
        if let Some(probe) = self.core.watchers.probe() {
            match state {
                RequestState::Waiting(key) => probe.waits(&self.core.kernel, Side::Take, key),
                _ => probe.at_once(&self.core.kernel, Side::Take),
            }
        }
        self.core.check();
        Request::new(EventAsk { event: self.clone() }, state, Location::caller())
    }
}

impl<T: Clone + 'static> Ask for EventAsk<T> {
    type Output = T;
    type Held = ();

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.event.core) as Rc<dyn Provider>
    }

    fn cancel(&self, request: Key) {
        self.event.core.kernel.cancel_request(&self.event.core, request);
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.event.core.kernel
    }

    fn name(&self) -> WaitName {
        if self.event.cancelled() { WaitName::CancelledEvent } else { WaitName::Event }
    }

    fn is_granted(&self, _request: Key) -> bool {
        self.event.triggered()
    }

    /// The trigger has already taken the request out of the line.
    fn take_granted(&self, _request: Key) -> Option<()> {
        self.event.triggered().then_some(())
    }

    fn hand_over(&self, (): ()) -> T {
        self.event.core.receive().expect("a triggered event has a value")
    }

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        self.event.core.awaiter(request)
    }
}

impl<T: Clone + 'static> Waitable for Event<T> {
    type Output = T;
    type Request = EventWait<T>;

    #[track_caller]
    fn into_request(self) -> EventWait<T> {
        self.wait()
    }
}

impl<T: Clone + 'static> Waitable for &Event<T> {
    type Output = T;
    type Request = EventWait<T>;

    #[track_caller]
    fn into_request(self) -> EventWait<T> {
        self.wait()
    }
}

impl<T: Clone + 'static> IntoFuture for Event<T> {
    type Output = T;
    type IntoFuture = Wait<EventWait<T>>;

    #[track_caller]
    fn into_future(self) -> Self::IntoFuture {
        Wait::new(self.wait())
    }
}

impl<T: Clone + 'static> IntoFuture for &Event<T> {
    type Output = T;
    type IntoFuture = Wait<EventWait<T>>;

    #[track_caller]
    fn into_future(self) -> Self::IntoFuture {
        Wait::new(self.wait())
    }
}
