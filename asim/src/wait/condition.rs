//! Conditions: waiting until something is true of several things at one moment.
//!
//! A condition is evaluated at the call, and again after each change of a thing that it watches, when that
//! change and all that it set off at once are done: the last of the deferred steps (see
//! [`settle`](crate::engine::settle)). So it is never evaluated halfway through a change.
//!
//! A condition is user code. While it is evaluated it is *lent*: nothing is borrowed, and its request may
//! be dropped meanwhile. A change that the condition makes itself does not evaluate it again, as that might
//! never end.

use std::cell::{Cell, RefCell, RefMut};
use std::{fmt, panic::Location, rc::Rc};

use crate::engine::provider::{Provider, Unlinked};
use crate::engine::wait_name::WaitName;
use crate::engine::watching::Watching;
use crate::engine::{awaiter::Awaiter, kernel::Kernel, slab::Key};
use crate::environment::Environment;
use crate::wait::request::{Ask, Request, RequestState};
use crate::wait::watch::{Visit, Watch};

/// The key of a condition's only request.
const REQUEST: Key = Key::new(0, 0);

impl Environment {
    /// Waits until a condition on shared things is true. It watches the things that are named first, and
    /// gets their handles:
    ///
    /// * one: `env.wait_until(&tank, |tank| tank.level() < 5.0)`
    /// * several: `env.wait_until((&tank, &light), |(tank, light)| ..)`, at most six
    /// * a list: `env.wait_until(&lines, |lines| lines.iter().any(|line| line.waiting() < 3))`, a slice, a `Vec`
    ///   or an array, by itself
    ///
    /// The condition is evaluated at this call, and again after each change of a thing that it watches: of
    /// a level, a length, a number of slots, a value, a line. It is evaluated when that change and all that
    /// it set off at once are done, before the next process resumes. Several conditions are evaluated in
    /// the order in which they began to wait. What is true is true at that moment: when the process
    /// resumes, another process may have changed it again.
    ///
    /// A request that is kept (`&mut`) stays granted once the condition was true. Make a new one to ask what is
    /// true now.
    ///
    /// A condition may look at other things and at the time, but it is not evaluated when only those
    /// change. It should not change what it watches. If it panics, the panic goes through the call that
    /// made the change, and the request still waits.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[derive(Clone, PartialEq)]
    /// enum Light {
    ///     Green,
    ///     Red,
    /// }
    ///
    /// #[process]
    /// async fn ship(env: Environment, light: State<Light>, bridge_up: State<bool>) {
    ///     // Both at one time: a green light that turns red before the bridge is up does not count.
    ///     env.wait_until((&light, &bridge_up), |(light, bridge_up)| {
    ///         light.get() == Light::Green && bridge_up.get()
    ///     })
    ///     .await;
    ///     assert_eq!(env.now(), 30.0);
    /// }
    ///
    /// #[process]
    /// async fn keeper(env: Environment, light: State<Light>, bridge_up: State<bool>) {
    ///     env.timeout(10.0).await;
    ///     light.set(Light::Green);
    ///     env.timeout(5.0).await;
    ///     light.set(Light::Red);
    ///     bridge_up.set(true);
    ///     env.timeout(15.0).await;
    ///     light.set(Light::Green);
    /// }
    ///
    /// let sim = Simulation::new();
    /// let (light, bridge_up) = (State::new(&sim, Light::Red), State::new(&sim, false));
    /// sim.process(Ship::new(light.clone(), bridge_up.clone()));
    /// sim.process(Keeper::new(light, bridge_up));
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    ///
    /// A stock that is ordered when it falls below a level:
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn supply(env: Environment, stock: Container) {
    ///     let below = 5.0;
    ///     for _ in 0..2 {
    ///         env.wait_until(&stock, move |stock| stock.level() < below).await;
    ///         env.timeout(2.0).await;
    ///         stock.put(10.0).await;
    ///     }
    /// }
    ///
    /// let sim = Simulation::new();
    /// let stock = Container::new(&sim, 20.0).with_level(12.0);
    /// sim.process(Supply::new(stock.clone()));
    /// sim.run_until_event(stock.get(8.0))?;
    /// sim.run()?;
    /// assert_eq!((sim.now(), stock.level()), (2.0, 14.0));
    /// # Ok::<(), SimError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If a thing belongs to another simulation.
    #[doc(alias = "wait")]
    #[track_caller]
    pub fn wait_until<W: Watch>(
        &self,
        watched: W,
        condition: impl FnMut(&W::Things) -> bool + 'static,
    ) -> ConditionWait {
        let rule = Rule { things: watched.things(), condition, for_each: W::for_each };
        let number = self.kernel().conditions.get();
        self.kernel().conditions.set(number + 1);
        rule.for_each(&mut |_, kernel| self.kernel().check_watched(kernel, WaitName::Condition));
        let core = Rc::new(Core {
            kernel: Rc::clone(self.kernel()),
            number,
            rule: RefCell::new(Some(Box::new(rule))),
            awaiter: RefCell::new(Awaiter::NOBODY),
            stage: Cell::new(Stage::Waiting),
        });
        let state = core.evaluate_or_wait();
        Request::new(ConditionAsk { core }, state, Location::caller())
    }
}

/// A request for a condition: what `Environment::wait_until` returns.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let tank = Container::new(&sim, 10.0);
/// let half_full: asim::ConditionWait = sim.wait_until(&tank, |tank| tank.level() >= 5.0);
/// tank.try_put(4.0).unwrap();
/// assert!(!half_full.triggered());
/// tank.try_put(1.0).unwrap();
/// assert!(half_full.triggered());
/// ```
pub type ConditionWait = Request<ConditionAsk>;

/// A condition that is asked to become true.
#[derive(Debug)]
pub struct ConditionAsk {
    core: Rc<Core>,
}

/// A condition, with the one request that waits for it.
struct Core {
    kernel: Rc<Kernel>,
    /// Its place in the order in which conditions began to wait.
    number: u64,
    /// `None` while it is evaluated, and once the request is over.
    rule: RefCell<Option<Box<dyn Evaluate>>>,
    /// Who is notified while it waits.
    awaiter: RefCell<Awaiter>,
    stage: Cell<Stage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It watches its things.
    Waiting,
    /// It was true, and its owner has not seen this yet.
    True,
    /// Its request is over.
    Over,
}

/// What is evaluated, and the things that it looks at.
struct Rule<T, F> {
    things: T,
    condition: F,
    for_each: fn(&T, Visit<'_>),
}

/// A [`Rule`] of any type.
trait Evaluate {
    fn is_true(&mut self) -> bool;

    /// Visits what watches each thing.
    fn for_each(&self, visit: Visit<'_>);
}

impl<T, F: FnMut(&T) -> bool> Evaluate for Rule<T, F> {
    fn is_true(&mut self) -> bool {
        (self.condition)(&self.things)
    }

    fn for_each(&self, visit: Visit<'_>) {
        (self.for_each)(&self.things, visit);
    }
}

impl Core {
    /// Evaluates the condition at the call. If it is false, it begins to watch.
    fn evaluate_or_wait(self: &Rc<Self>) -> RequestState<()> {
        if self.kernel.closed.get() {
            return RequestState::GONE;
        }
        let mut lent = self.lend();
        let is_true = lent.is_true();
        if !is_true && let Some(rule) = &lent.rule {
            rule.for_each(&mut |watchers, _| watchers.add(self.number, Rc::clone(self) as _));
        }
        if is_true {
            self.stage.set(Stage::Over);
        }
        // Dropped before the return: this may drop what the condition has captured.
        drop(lent);
        if is_true { RequestState::Held(()) } else { RequestState::Waiting(REQUEST) }
    }

    /// Takes the condition out, so that nothing is borrowed while it is evaluated.
    fn lend(&self) -> Lent<'_> {
        Lent { core: self, rule: self.rule.borrow_mut().take() }
    }

    fn is_true(&self) -> bool {
        self.stage.get() == Stage::True
    }

    /// Forgets the changes that the condition itself has made while it was evaluated.
    fn forget_own_changes(&self) {
        let again = self.kernel.tables.borrow_mut().deferred.conditions.remove(&self.number);
        drop(again);
    }
}

/// A condition that is being evaluated. It is put back even if it panics, unless its request is over.
struct Lent<'c> {
    core: &'c Core,
    rule: Option<Box<dyn Evaluate>>,
}

impl Lent<'_> {
    fn is_true(&mut self) -> bool {
        self.rule.as_mut().is_some_and(|rule| rule.is_true())
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let Some(rule) = self.rule.take() else { return };
        if self.core.stage.get() == Stage::Waiting {
            *self.core.rule.borrow_mut() = Some(rule);
        } else {
            stop_watching(self.core.number, rule);
        }
    }
}

/// Ends the watch of a condition, and drops it. This may run user code.
#[allow(clippy::needless_pass_by_value, reason = "it is dropped here")]
fn stop_watching(number: u64, rule: Box<dyn Evaluate>) {
    rule.for_each(&mut |watchers, _| watchers.remove(number));
}

impl Watching for Core {
    fn evaluate(&self) {
        let mut lent = self.lend();
        let is_true = lent.is_true();
        self.forget_own_changes();
        if !is_true || self.stage.get() != Stage::Waiting {
            return;
        }
        self.stage.set(Stage::True);
        let awaiter = self.awaiter.take();
        self.kernel.notify(awaiter);
        // The condition is dropped last, as this may run user code.
        drop(lent);
    }

    fn awaiter(&self) -> Option<Awaiter> {
        (self.stage.get() == Stage::Waiting).then(|| *self.awaiter.borrow())
    }
}

impl Provider for Core {
    fn unlink(&self, _request: Key) -> Unlinked {
        self.stage.set(Stage::Over);
        self.kernel.forget(self.awaiter.take());
        // While it is evaluated, it ends when it comes back.
        if self.rule.borrow().is_some() { Unlinked::Held } else { Unlinked::Gone }
    }

    fn restore(&self, _request: Key) {}

    fn discard(&self, _request: Key) {
        let rule = self.rule.borrow_mut().take();
        if let Some(rule) = rule {
            stop_watching(self.number, rule);
        }
    }

    fn awaiter(&self, _request: Key) -> Option<RefMut<'_, Awaiter>> {
        (self.stage.get() == Stage::Waiting).then(|| self.awaiter.borrow_mut())
    }

    fn serve_one(&self) -> bool {
        false
    }
}

impl Ask for ConditionAsk {
    type Output = ();
    type Held = ();

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.core) as Rc<dyn Provider>
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.core.kernel
    }

    fn name(&self) -> WaitName {
        WaitName::Condition
    }

    fn is_granted(&self, _request: Key) -> bool {
        self.core.is_true()
    }

    fn take_granted(&self, _request: Key) -> Option<()> {
        if !self.core.is_true() {
            return None;
        }
        self.core.stage.set(Stage::Over);
        Some(())
    }

    fn hand_over(&self, (): ()) {}

    fn cancel(&self, request: Key) {
        self.core.kernel.cancel_request(&self.core, request);
    }

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        Provider::awaiter(&*self.core, request)
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("stage", &self.stage.get()).finish_non_exhaustive()
    }
}
