//! The request to wait for a value.

use std::{cell::RefMut, rc::Rc};

use crate::engine::blocked::CallSite;
use crate::engine::wait_name::WaitName;
use crate::engine::{awaiter::Awaiter, kernel::Kernel, provider::Provider, slab::Key};
use crate::shared::state::core::{Core, Predicate, copy};
use crate::wait::request::{Ask, Request, RequestState};

/// A request to wait for a value, made by `State::wait_until`. Awaiting it gives the value that the
/// predicate accepted.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let signal = State::new(&sim, 'a');
/// let c_or_d = first_of(['c', 'd'].map(|letter| signal.wait_until(move |now| *now == letter)));
/// signal.set('b');
/// signal.set('d');
/// assert_eq!(sim.run_until_event(c_or_d)?, (1, 'd'));
/// # Ok::<(), SimError>(())
/// ```
pub type StateWait<T> = Request<StateAsk<T>>;

/// The state whose value a [`StateWait`] waits for.
#[derive(Debug)]
pub struct StateAsk<T: Clone + 'static> {
    core: Rc<Core<T>>,
}

impl<T: Clone + 'static> Core<T> {
    /// Waits until the predicate accepts a value.
    pub(crate) fn wait_until(
        self: &Rc<Self>,
        predicate: Predicate<T>,
        location: CallSite,
    ) -> StateWait<T> {
        let state = if self.kernel.closed.get() {
            drop(predicate);
            RequestState::GONE
        } else {
            match self.ask_or_wait(predicate) {
                Ok(value) => RequestState::Held(value),
                Err(request) => RequestState::Waiting(request),
            }
        };
        // The request is made before other predicates are asked about values that this predicate
        // has set. If one of them panics, this request is dropped and so leaves the line.
        let wait = Request::new(StateAsk { core: Rc::clone(self) }, state, location);
        self.watchers.changed(&self.kernel);
        self.show();
        wait
    }
}

impl<T: Clone + 'static> Ask for StateAsk<T> {
    type Output = T;

    /// The value that was accepted at the call.
    type Held = Rc<T>;

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.core) as Rc<dyn Provider>
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.core.kernel
    }

    fn name(&self) -> WaitName {
        WaitName::StateWait
    }

    fn is_granted(&self, request: Key) -> bool {
        self.core.is_triggered(request)
    }

    fn take_granted(&self, request: Key) -> Option<Rc<T>> {
        self.core.take_triggered(request)
    }

    fn hand_over(&self, value: Rc<T>) -> T {
        Rc::try_unwrap(value).unwrap_or_else(copy)
    }

    fn cancel(&self, request: Key) {
        self.core.kernel.cancel_request(&self.core, request);
    }

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        self.core.awaiter(request)
    }
}
