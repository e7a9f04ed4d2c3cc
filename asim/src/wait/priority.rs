//! The priority of a request: its place in line.

use crate::engine::slab::Key;
use crate::wait::request::{Ask, Request, RequestState};

/// A thing whose requests stand in a line that goes by priority. An implementation detail.
#[diagnostic::on_unimplemented(
    message = "a request of this kind has no priority",
    note = "priorities are for requests that wait for their turn: `get`, `put`, `acquire` and the like"
)]
pub trait HasPriority: Ask {
    /// Moves the request with this key behind those that have the same priority, if it waits, and serves
    /// the line.
    fn set_priority(&self, request: Key, priority: i32);

    /// Notes the priority of a request that was granted at the call. Most things need no note of it.
    fn set_priority_of_held(&self, _held: &Self::Held, _priority: i32) {}
}

impl<A: Ask> Request<A> {
    /// Returns the request with this priority. A smaller number is more urgent; a request has priority 0
    /// if nothing else is said. It takes its place behind those of the same priority, and goes before all
    /// that are less urgent.
    ///
    /// The call before has asked with priority 0. So a request that was granted there needs no place in line,
    /// and an `acquire()` of a `PreemptiveResource` may have evicted somebody: there, and where a large
    /// request waits, ask by `acquire_with_priority`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let doctor = Resource::new(&sim, 1);
    /// let busy = doctor.acquire();
    /// let cold = doctor.acquire().with_priority(3);
    /// let fracture = doctor.acquire().with_priority(1);
    /// drop(busy);
    /// assert!(fracture.triggered() && !cold.triggered());
    /// ```
    pub fn with_priority(mut self, priority: i32) -> Self
    where
        A: HasPriority,
    {
        self.set_priority(priority);
        self
    }

    /// Changes the priority of the request. If it waits, it moves behind those of the same priority. (This
    /// is so as well if it had this priority before.) Then the line is served.
    ///
    /// The owner of the request changes it, between two waits: it awaits the request as `&mut`, in a race with
    /// what may change the priority.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let doctor = Resource::new(&sim, 1);
    /// let busy = doctor.acquire();
    /// let (first, mut second) = (doctor.acquire(), doctor.acquire());
    /// second.set_priority(-1); // it has become worse
    /// drop(busy);
    /// assert!(second.triggered() && !first.triggered());
    /// ```
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn patient(env: Environment, doctor: Resource) {
    ///     let mut turn = doctor.acquire().with_priority(5);
    ///     let slot = asim!(match FirstOf(turn = &mut turn, worse = env.timeout(10.0)).await {
    ///         FirstOf::Turn(slot) => slot,
    ///         FirstOf::Worse(()) => {
    ///             turn.set_priority(1);
    ///             turn.await
    ///         }
    ///     });
    ///     slot.release();
    /// }
    ///
    /// let sim = Simulation::new();
    /// sim.process(Patient::new(Resource::new(&sim, 1)));
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn set_priority(&mut self, priority: i32)
    where
        A: HasPriority,
    {
        // Nothing is granted any more.
        if self.ask().kernel().closed.get() {
            return;
        }
        match self.state() {
            RequestState::Held(held) => self.ask().set_priority_of_held(held, priority),
            RequestState::Waiting(key) => self.ask().set_priority(*key, priority),
            RequestState::Over => {}
        }
    }
}
