//! Barriers: all who wait go on together.

use std::cell::{RefCell, RefMut};
use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::kernel::blocked::{Place, What};
use crate::kernel::core::Kernel;
use crate::kernel::environment::Environment;
use crate::kernel::misuse::polled_after_end;
use crate::kernel::slab::Key;
use crate::kernel::source::{Link, Source, Unlinked};
use crate::kernel::wait_list::{Line, WaitList};
use crate::kernel::waitable::{Request, Wait, Waitable};
use crate::kernel::watcher::Watcher;

static WAIT: What = What("Barrier::wait");

/// Holds up all who come to it until somebody releases them, together. It can be used again and
/// again: whoever comes after a release waits for the next. Clone it freely; the clones are the
/// same barrier.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn runner(env: Environment, start: Barrier) {
///     start.wait().await;
///     assert_eq!(env.now(), 10.0);
/// }
///
/// #[process]
/// async fn starter(env: Environment, start: Barrier) {
///     env.timeout(10.0).await;
///     assert_eq!(start.waiting(), 3);
///     start.release();
/// }
///
/// let sim = Simulation::new();
/// let start = Barrier::new(&sim);
/// for _ in 0..3 {
///     sim.process(Runner::new(start.clone()));
/// }
/// sim.process(Starter::new(start));
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[derive(Clone)]
pub struct Barrier {
    core: Rc<Core>,
}

struct Core {
    kernel: Rc<Kernel>,
    state: RefCell<State>,
}

struct State {
    /// Each with its number in the order of arrival.
    list: WaitList<u64>,
    line: Line,
    arrivals: u64,
    /// Those with a smaller number may go.
    released: u64,
}

impl Barrier {
    /// A barrier at which nobody waits.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert_eq!(Barrier::new(&sim).waiting(), 0);
    /// ```
    #[must_use]
    pub fn new(env: &Environment) -> Self {
        let state = State { list: WaitList::new(), line: Line::EMPTY, arrivals: 0, released: 0 };
        Barrier {
            core: Rc::new(Core { kernel: Rc::clone(env.kernel()), state: RefCell::new(state) }),
        }
    }

    /// Waits for the next [`release`](Self::release), counted from this call.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, gate) = (sim.env(), Barrier::new(&sim));
    /// sim.spawn(async move {
    ///     let wait = gate.wait();
    ///     gate.release();
    ///     wait.await; // released already
    ///     assert_eq!(env.now(), 0.0);
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn wait(&self) -> BarrierWait {
        let stage = if self.core.kernel.closed.get() {
            Stage::Gone
        } else {
            let state = &mut *self.core.state.borrow_mut();
            let number = state.arrivals;
            state.arrivals += 1;
            Stage::Waiting(state.list.join(&mut state.line, number))
        };
        BarrierWait { core: Rc::clone(&self.core), stage, location: Location::caller() }
    }

    /// Lets all go who wait now, in the order in which they came.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let gate = Barrier::new(&sim);
    /// let _waits = [gate.wait(), gate.wait()];
    /// gate.release();
    /// assert_eq!(gate.waiting(), 0);
    /// ```
    pub fn release(&self) {
        {
            let state = &mut *self.core.state.borrow_mut();
            state.released = state.arrivals;
        }
        if !self.core.kernel.closed.get() {
            self.core.kernel.serve(&self.core);
        }
    }

    /// How many wait for the next release.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let gate = Barrier::new(&sim);
    /// let first = gate.wait();
    /// let _second = gate.wait();
    /// assert_eq!(gate.waiting(), 2);
    /// drop(first);
    /// assert_eq!(gate.waiting(), 1);
    /// ```
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.core.state.borrow().line.len()
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Barrier({} waiting)", self.waiting())
    }
}

impl State {
    /// Takes a request out for good: who is to be told.
    fn remove(&mut self, request: Key) -> Option<Watcher> {
        self.list.leave(&mut self.line, request);
        let (_, watcher) = self.list.remove(request)?;
        Some(watcher)
    }
}

impl Source for Core {
    fn unlink(&self, request: Key) -> Unlinked {
        let watcher = self.state.borrow_mut().remove(request);
        self.kernel.forget(watcher.unwrap_or_default());
        Unlinked::Gone
    }

    fn restore(&self, _request: Key) {}

    fn serve_one(&self) -> bool {
        let watcher = {
            let state = &mut *self.state.borrow_mut();
            let Some(key) = state.list.first(state.line) else { return false };
            if state.list.get(key).is_none_or(|&number| number >= state.released) {
                return false;
            }
            // Nothing is promised to it, so its place need not be kept.
            state.remove(key).unwrap_or_default()
        };
        self.kernel.notify(watcher);
        true
    }
}

/// One process's wait at a [`Barrier`]: what [`Barrier::wait`] returns.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (env, gate) = (sim.env(), Barrier::new(&sim));
/// sim.spawn(async move {
///     asim!(match FirstOf(open = gate.wait(), tired = env.timeout(5.0)).await {
///         FirstOf::Open(()) => unreachable!("nobody opens it"),
///         FirstOf::Tired(()) => assert_eq!(gate.waiting(), 0),
///     })
/// });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[must_use = "a wait that is dropped is given up: await it, race it or join it (`let _ = ..` drops it too, `let wait = ..` keeps it)"]
pub struct BarrierWait {
    core: Rc<Core>,
    stage: Stage,
    location: Place,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// In line, or released if its place is gone.
    Waiting(Key),
    /// It cannot be released any more: the simulation was gone.
    Gone,
    /// Its owner has seen the release.
    Over,
}

impl Drop for BarrierWait {
    fn drop(&mut self) {
        if let Stage::Waiting(key) = self.stage {
            self.core.kernel.cancel_request(&self.core, key);
        }
    }
}

impl fmt::Debug for BarrierWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierWait")
            .field("released", &self.is_triggered())
            .finish_non_exhaustive()
    }
}

impl Waitable for BarrierWait {
    type Output = ();
    type Request = BarrierWait;

    fn into_request(self) -> BarrierWait {
        self
    }
}

impl IntoFuture for BarrierWait {
    type Output = ();
    type IntoFuture = Wait<BarrierWait>;

    fn into_future(self) -> Wait<BarrierWait> {
        Wait::new(self)
    }
}

impl Request for BarrierWait {
    type Output = ();

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.core.kernel)
    }

    fn is_triggered(&self) -> bool {
        match self.stage {
            Stage::Waiting(key) => self.core.state.borrow().list.get(key).is_none(),
            Stage::Gone | Stage::Over => false,
        }
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        let Stage::Waiting(key) = self.stage else { return Link::Nothing };
        match self.core.state.borrow_mut().list.watcher(key) {
            Some(told) => *told = watcher,
            None => return Link::Nothing,
        }
        Link::Request(Rc::clone(&self.core) as Rc<dyn Source>, key)
    }

    fn take(self: Pin<&mut Self>) {
        self.get_mut().stage = Stage::Over;
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let core = &*this.core;
        core.kernel.check_owner(&WAIT, this.location);
        let key = match this.stage {
            Stage::Waiting(key) => key,
            Stage::Gone => return Poll::Pending,
            Stage::Over => polled_after_end(&WAIT, this.location),
        };
        if core.state.borrow().list.get(key).is_none() {
            this.stage = Stage::Over;
            return Poll::Ready(());
        }
        core.kernel.await_request(context, &WAIT, this.location, || {
            RefMut::filter_map(core.state.borrow_mut(), |state| state.list.waiting_watcher(key))
                .ok()
        });
        Poll::Pending
    }
}
