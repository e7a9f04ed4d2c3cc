//! Gates: who comes while it is open passes, who comes while it is closed waits.

use std::cell::{RefCell, RefMut};
use std::panic::Location;
use std::rc::Rc;
use std::{fmt, mem};

use crate::engine::awaiter::Awaiter;
use crate::engine::blocked::Looks;
use crate::engine::kernel::Kernel;
use crate::engine::provider::{Provider, Unlinked};
use crate::engine::slab::Key;
use crate::engine::thing_view::{From, Thing, View};
use crate::engine::wait_list::{Line, WaitList};
use crate::engine::wait_name::WaitName;
use crate::engine::watchers::Watchers;
use crate::environment::Environment;
use crate::measure::{books::Books, level::Level};
use crate::trace::record::Side;
use crate::wait::request::{Ask, Request, RequestState};
use crate::wait::watch::Watched;

/// Lets processes pass while it is open, and holds them up while it is closed: a level crossing, a shop
/// door, a lock. All who wait pass when it opens. Clone it freely; the clones are the same gate, and `==`
/// says whether two handles are of the same gate.
///
/// A `Barrier` does not stay open: a request that comes after its `release` waits for the next one. A
/// `State<bool>` can be waited for both ways, but asks a predicate for each request that waits.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn car(env: Environment, crossing: Gate, arrival: f64, departure: f64) {
///     env.timeout(arrival).await;
///     crossing.wait().await;
///     assert_eq!(env.now(), departure);
/// }
///
/// #[process]
/// async fn train(env: Environment, crossing: Gate) {
///     env.timeout(10.0).await;
///     crossing.close();
///     env.timeout(3.0).await;
///     crossing.open();
/// }
///
/// let sim = Simulation::new();
/// let crossing = Gate::new_open(&sim);
/// sim.process(Train::new(crossing.clone()));
/// for (arrival, departure) in [(5.0, 5.0), (11.0, 13.0), (12.0, 13.0), (20.0, 20.0)] {
///     sim.process(Car::new(crossing.clone(), arrival, departure));
/// }
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[derive(Clone)]
pub struct Gate {
    core: Rc<Core>,
}

struct Core {
    kernel: Rc<Kernel>,
    /// What a request is called.
    name: WaitName,
    state: RefCell<State>,
    /// The conditions that watch the gate.
    watchers: Watchers,
}

struct State {
    is_open: bool,
    /// The requests that wait, and those that passed alone and have not been awaited since.
    list: WaitList<Entry>,
    line: Line,
    /// How many requests have ever come into the line.
    arrivals: u64,
    /// The requests with a smaller number pass, even if the gate is closed again before they are served.
    passing: u64,
    /// How many pass alone, one after another, of the requests with a smaller number than `alone_before`.
    alone: usize,
    alone_before: u64,
    /// When somebody was last let pass through the closed gate, whether or not somebody waited.
    released: Option<f64>,
}

/// A request in the list.
struct Entry {
    /// Its place in the order of arrival.
    number: u64,
    /// Whether it passed alone. Then its pass goes to the next in line if its owner does not take it.
    has_passed: bool,
}

impl Gate {
    /// Makes a gate that is open.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let door = Gate::new_open(&sim);
    /// assert!(door.wait().triggered());
    /// ```
    #[must_use]
    pub fn new_open(env: &Environment) -> Self {
        Gate::new(env, true, WaitName::GateWait)
    }

    /// Makes a gate that is closed.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let door = Gate::new_closed(&sim);
    /// assert!(!door.wait().triggered());
    /// ```
    #[must_use]
    pub fn new_closed(env: &Environment) -> Self {
        Gate::new(env, false, WaitName::GateWait)
    }

    /// Makes a gate whose requests have this name.
    pub(crate) fn new(env: &Environment, is_open: bool, name: WaitName) -> Self {
        let list = WaitList::new();
        let state = State {
            is_open,
            list,
            line: Line::EMPTY,
            arrivals: 0,
            passing: 0,
            alone: 0,
            alone_before: 0,
            released: None,
        };
        let (kernel, state) = (Rc::clone(env.kernel()), RefCell::new(state));
        let core = Rc::new(Core { kernel, name, state, watchers: Watchers::default() });
        core.kernel.add_thing(&core);
        Gate { core }
    }

    /// Gives the gate a name. What has a name is measured from then on, and stands under its name in
    /// reports, in the log and in errors. The second thing of a name is called `name 2`.
    ///
    /// Its level is 1 while it is open, and 0 while it is closed.
    ///
    /// # Panics
    ///
    /// If it has a name already.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let door = Gate::new_open(&sim).named("door");
    /// assert_eq!(format!("{door:?}"), "Gate(`door`, open, 0 waiting)");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.core.set_name(name.as_ref());
        self
    }

    /// Waits until the gate is open: not at all if it is open at this call.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, door) = (sim.env(), Gate::new_open(&sim));
    /// sim.spawn(async move {
    ///     let passes = door.wait();
    ///     door.close();
    ///     passes.await; // it was open at the call
    ///     assert_eq!(env.now(), 0.0);
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn wait(&self) -> GateWait {
        let state = if self.core.kernel.closed.get() {
            RequestState::GONE
        } else {
            let state = &mut *self.core.state.borrow_mut();
            if state.is_open {
                RequestState::Held(())
            } else {
                let number = state.arrivals;
                state.arrivals += 1;
                let entry = Entry { number, has_passed: false };
                RequestState::Waiting(state.list.join(&mut state.line, entry))
            }
        };
        if let Some(probe) = self.core.watchers.probe() {
            match state {
                RequestState::Held(()) => probe.at_once(&self.core.kernel, Side::Take),
                RequestState::Waiting(key) => probe.waits(&self.core.kernel, Side::Take, key),
                RequestState::Over => {}
            }
        }
        let wait = Request::new(GateAsk { gate: self.clone() }, state, Location::caller());
        self.core.watchers.changed_now(&self.core.kernel);
        self.core.check();
        wait
    }

    /// Opens the gate. All who wait now pass, in the order in which they came, even if the gate is closed
    /// again before they resume. Does nothing if the gate is open.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let lock = Gate::new_closed(&sim);
    /// let (first, second) = (lock.wait(), lock.wait());
    /// lock.open();
    /// lock.close();
    /// assert!(first.triggered() && second.triggered());
    /// assert!(!lock.wait().triggered());
    /// ```
    pub fn open(&self) {
        self.core.state.borrow_mut().is_open = true;
        self.core.tell_level();
        self.core.watchers.changed(&self.core.kernel);
        self.let_pass();
        self.core.kernel.settle();
    }

    /// Lets all pass who wait now, in the order in which they came. The gate stays as it is.
    pub(crate) fn let_pass(&self) {
        {
            let state = &mut *self.core.state.borrow_mut();
            state.passing = state.arrivals;
            state.released = Some(self.core.kernel.now.get());
        }
        self.core.kernel.serve(&self.core);
        self.core.check();
    }

    /// Lets only the first of those who wait pass. The gate stays as it is. Returns `false`, and does
    /// nothing, if nobody waits.
    ///
    /// If the one who passed does not take it, because it is interrupted or loses a race before it
    /// resumes, the next in line passes. (A request that is awaited as `&mut` keeps the pass.)
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let turnstile = Gate::new_closed(&sim);
    /// let (first, second) = (turnstile.wait(), turnstile.wait());
    /// assert!(turnstile.let_one_pass());
    /// assert!(first.triggered() && !second.triggered());
    /// drop(first); // turns round
    /// assert!(second.triggered());
    /// ```
    #[allow(clippy::must_use_candidate, reason = "a signal that nobody hears is no mistake")]
    pub fn let_one_pass(&self) -> bool {
        let somebody_waits = {
            let state = &mut *self.core.state.borrow_mut();
            let somebody_waits = state.line.len() > state.alone;
            state.released = Some(self.core.kernel.now.get());
            if somebody_waits {
                state.alone += 1;
                state.alone_before = state.arrivals;
            }
            somebody_waits
        };
        self.core.kernel.serve(&self.core);
        self.core.check();
        somebody_waits
    }

    /// Closes the gate. Whoever asks from now on waits until it opens again. Does nothing if the gate is
    /// closed.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let door = Gate::new_open(&sim);
    /// door.close();
    /// let customer = door.wait();
    /// assert_eq!(door.waiting(), 1);
    /// ```
    pub fn close(&self) {
        self.core.state.borrow_mut().is_open = false;
        self.core.tell_level();
        self.core.watchers.changed_now(&self.core.kernel);
    }

    /// Returns `true` if the gate is open.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let door = Gate::new_open(&sim);
    /// assert!(door.is_open());
    /// door.close();
    /// assert!(!door.is_open());
    /// ```
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.core.state.borrow().is_open
    }

    /// Returns how many requests wait for the gate to open.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let door = Gate::new_closed(&sim);
    /// let first = door.wait();
    /// let _second = door.wait();
    /// assert_eq!(door.waiting(), 2);
    /// drop(first);
    /// assert_eq!(door.waiting(), 1);
    /// ```
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.core.state.borrow().line.len()
    }
}

impl PartialEq for Gate {
    /// Returns `true` if both are handles of the same gate.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let door = Gate::new_open(&sim);
    /// assert_eq!(door, door.clone());
    /// assert_ne!(door, Gate::new_open(&sim));
    /// ```
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.core, &other.core)
    }
}

impl Eq for Gate {}

impl Watched for Gate {
    fn watchers(&self) -> &Watchers {
        &self.core.watchers
    }

    fn watched_kernel(&self) -> &Kernel {
        &self.core.kernel
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate(")?;
        if let Some(name) = self.core.watchers.name() {
            write!(f, "`{name}`, ")?;
        }
        let word = if self.is_open() { "open" } else { "closed" };
        write!(f, "{word}, {} waiting)", self.waiting())
    }
}

impl State {
    /// Takes a request out of the line and the list. The caller notifies or forgets the awaiter.
    fn remove(&mut self, request: Key) -> Option<Awaiter> {
        self.list.leave(&mut self.line, request);
        let (_, awaiter) = self.list.remove(request)?;
        Some(awaiter)
    }
}

/// What the probe is told.
impl Core {
    /// Gives the gate or the barrier a name. It is measured from now on.
    #[track_caller]
    pub(crate) fn set_name(&self, name: &str) {
        let (now, state) = (self.kernel.now.get(), self.state.borrow());
        let mut books = Books::new(now);
        let is_barrier = self.name == WaitName::BarrierWait;
        if !is_barrier {
            books.level = Some(Level::new(now, f64::from(u8::from(state.is_open))));
        }
        let kind = if is_barrier { "Barrier" } else { "Gate" };
        let probe = self.watchers.set_name(&self.kernel, name, kind, books);
        probe.adopt(&self.kernel, Side::Take, state.list.iter(state.line).map(|(key, _)| key));
    }

    /// Tells whether the gate is open.
    fn tell_level(&self) {
        if let Some(probe) = self.watchers.probe() {
            probe.level(&self.kernel, f64::from(u8::from(self.state.borrow().is_open)));
        }
    }

    /// Compares the books of a named gate with the gate.
    #[inline]
    fn check(&self) {
        #[cfg(debug_assertions)]
        if let Some(probe) = self.watchers.probe() {
            let state = self.state.borrow();
            probe.check(state.line.len(), 0, Some(f64::from(u8::from(state.is_open))));
        }
    }
}

impl Thing for Core {
    fn show(&self, view: &mut View) {
        let state = self.state.borrow();
        let (kind, looks) = match self.name {
            WaitName::BarrierWait => ("Barrier", Looks::Released { last: state.released }),
            _ if state.is_open => ("Gate", Looks::Open),
            _ => ("Gate", Looks::Closed),
        };
        self.watchers.show(kind, looks, view);
        view.counts_references();
        let awaiters = state.list.awaiters(state.line).map(|(_, awaiter)| awaiter);
        view.plain_line(self.name, From::Anybody, awaiters);
    }
}

impl Provider for Core {
    fn unlink(&self, request: Key) -> Unlinked {
        let awaiter = {
            let state = &mut *self.state.borrow_mut();
            if state.list.get(request).is_some_and(|entry| entry.has_passed) {
                return Unlinked::Promised;
            }
            state.remove(request)
        };
        if let Some(probe) = self.watchers.probe() {
            probe.left(&self.kernel, Side::Take, request);
        }
        self.watchers.changed(&self.kernel);
        self.kernel.forget(awaiter.unwrap_or_default());
        Unlinked::Gone
    }

    /// The pass of one who passed alone goes to those who wait now.
    fn restore(&self, request: Key) {
        let state = &mut *self.state.borrow_mut();
        if state.remove(request).is_some() && !state.line.is_empty() {
            state.alone += 1;
            state.alone_before = state.arrivals;
        }
    }

    #[inline]
    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        let state = self.state.borrow_mut();
        RefMut::filter_map(state, |state| state.list.waiting_awaiter(request)).ok()
    }

    fn serve_one(&self) -> bool {
        let (request, awaiter) = {
            let state = &mut *self.state.borrow_mut();
            let first = state.list.first(state.line);
            let Some((key, number)) =
                first.and_then(|key| Some((key, state.list.get(key)?.number)))
            else {
                state.alone = 0;
                return false;
            };
            if number < state.passing {
                // Nothing is promised to it, so it needs no entry any more.
                (key, state.remove(key).unwrap_or_default())
            } else if state.alone > 0 && number < state.alone_before {
                state.alone -= 1;
                state.list.leave(&mut state.line, key);
                if let Some(entry) = state.list.get_mut(key) {
                    entry.has_passed = true;
                }
                (key, state.list.awaiter(key).map(mem::take).unwrap_or_default())
            } else {
                state.alone = 0;
                return false;
            }
        };
        if let Some(probe) = self.watchers.probe() {
            probe.granted(&self.kernel, Side::Take, request);
        }
        self.watchers.changed(&self.kernel);
        self.kernel.notify(awaiter);
        true
    }
}

/// A request to pass a [`Gate`]: what [`Gate::wait`] returns.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (env, door) = (sim.env(), Gate::new_closed(&sim));
/// sim.spawn(async move {
///     asim!(match FirstOf(inside = door.wait(), tired = env.timeout(5.0)).await {
///         FirstOf::Inside(()) => unreachable!("nobody opens it"),
///         FirstOf::Tired(()) => assert_eq!(door.waiting(), 0),
///     })
/// });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
pub type GateWait = Request<GateAsk>;

/// A gate that is asked to let one request pass.
#[derive(Debug)]
pub struct GateAsk {
    gate: Gate,
}

impl Ask for GateAsk {
    type Output = ();
    type Held = ();

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.gate.core) as Rc<dyn Provider>
    }

    fn cancel(&self, request: Key) {
        self.gate.core.kernel.cancel_request(&self.gate.core, request);
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.gate.core.kernel
    }

    fn name(&self) -> WaitName {
        self.gate.core.name
    }

    /// The entry of a request is removed when it passes, unless it passes alone.
    fn is_granted(&self, request: Key) -> bool {
        let state = self.gate.core.state.borrow();
        request.is_somebody() && state.list.get(request).is_none_or(|entry| entry.has_passed)
    }

    fn take_granted(&self, request: Key) -> Option<()> {
        if !self.is_granted(request) {
            return None;
        }
        self.gate.core.state.borrow_mut().remove(request);
        Some(())
    }

    fn hand_over(&self, (): ()) {}

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        self.gate.core.awaiter(request)
    }
}
