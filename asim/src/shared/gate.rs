//! Gates: who comes while it is open passes, who comes while it is closed waits.

use std::cell::{RefCell, RefMut};
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use crate::engine::awaiter::Awaiter;
use crate::engine::blocked::WaitName;
use crate::engine::kernel::Kernel;
use crate::engine::provider::{Provider, Unlinked};
use crate::engine::slab::Key;
use crate::engine::wait_list::{Line, WaitList};
use crate::environment::Environment;
use crate::wait::request::{Ask, Request, RequestState};

static WAIT: WaitName = WaitName("Gate::wait");

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
    name: &'static WaitName,
    state: RefCell<State>,
}

struct State {
    is_open: bool,
    /// The requests that wait, each with its number in the order of arrival.
    list: WaitList<u64>,
    line: Line,
    /// How many requests have ever come into the line.
    arrivals: u64,
    /// The requests with a smaller number pass, even if the gate is closed again before they are served.
    passing: u64,
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
        Gate::new(env, true, &WAIT)
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
        Gate::new(env, false, &WAIT)
    }

    /// Makes a gate whose requests have this name.
    pub(crate) fn new(env: &Environment, is_open: bool, name: &'static WaitName) -> Self {
        let list = WaitList::new();
        let state = State { is_open, list, line: Line::EMPTY, arrivals: 0, passing: 0 };
        let (kernel, state) = (Rc::clone(env.kernel()), RefCell::new(state));
        Gate { core: Rc::new(Core { kernel, name, state }) }
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
                RequestState::Waiting(state.list.join(&mut state.line, number))
            }
        };
        Request::new(GateAsk { gate: self.clone() }, state, Location::caller())
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
        self.let_pass();
    }

    /// Lets all pass who wait now, in the order in which they came. The gate stays as it is.
    pub(crate) fn let_pass(&self) {
        {
            let state = &mut *self.core.state.borrow_mut();
            state.passing = state.arrivals;
        }
        self.core.kernel.serve(&self.core);
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

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_open() { "open" } else { "closed" };
        write!(f, "Gate({word}, {} waiting)", self.waiting())
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

impl Provider for Core {
    fn unlink(&self, request: Key) -> Unlinked {
        let awaiter = self.state.borrow_mut().remove(request);
        self.kernel.forget(awaiter.unwrap_or_default());
        Unlinked::Gone
    }

    fn restore(&self, _request: Key) {}

    fn serve_one(&self) -> bool {
        let awaiter = {
            let state = &mut *self.state.borrow_mut();
            let Some(key) = state.list.first(state.line) else { return false };
            if state.list.get(key).is_none_or(|&number| number >= state.passing) {
                return false;
            }
            // Nothing is promised to it, so it needs no entry any more.
            state.remove(key).unwrap_or_default()
        };
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

    fn name(&self) -> &'static WaitName {
        self.gate.core.name
    }

    /// The entry of a request is removed when it passes.
    fn is_granted(&self, request: Key) -> bool {
        request.is_somebody() && self.gate.core.state.borrow().list.get(request).is_none()
    }

    fn take_granted(&self, request: Key) -> Option<()> {
        self.is_granted(request).then_some(())
    }

    fn hand_over(&self, (): ()) {}

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        let state = self.gate.core.state.borrow_mut();
        RefMut::filter_map(state, |state| state.list.waiting_awaiter(request)).ok()
    }
}
