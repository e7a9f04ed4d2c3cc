//! The one type of request that all shared things use.
//!
//! ```text
//!            satisfied at the call: 1
//!   (asked) --------------------------> Held -----------------------+
//!      |                                 |                          | taken: 3
//!      |                                 | linked: 2                +----------> Over
//!      |                                 v                          | dropped: 4
//!      +------------------------------> Waiting (or granted) -------+
//!            takes its place in line
//! ```
//!
//! 1. The request itself *holds* what it is given at the call. The table of the thing has no entry for
//!    it.
//! 2. [`Awaited::link`]: a composite takes the request as a branch. The kernel must be able to cancel it
//!    while its owner sleeps. So what it holds moves into an entry of the thing's table.
//! 3. [`Awaited::poll`] or [`Awaited::take`]: the owner takes the output.
//! 4. What the request holds goes back ([`Ask::give_back`]), or its entry leaves the line.
//!
//! [`Ask`] is the part that differs between things. Each thing implements it.

use std::task::{Context, Poll};
use std::{cell::RefMut, fmt, future::IntoFuture, mem, pin::Pin, rc::Rc};

use crate::engine::blocked::CallSite;
use crate::engine::provider::{CancelHandle, Provider};
use crate::engine::wait_name::WaitName;
use crate::engine::{awaiter::Awaiter, kernel::Kernel, misuse::polled_after_end, slab::Key};
use crate::wait::awaited::{Awaited, Wait};
use crate::wait::waitable::Waitable;

/// A thing that requests are made to. It grants a request at the call, or later under a key.
///
/// Once the simulation is dropped, a request is made with a key that is never granted.
pub trait Ask {
    /// The output of the request.
    type Output;

    /// What a granted request holds until its owner takes the output.
    type Held;

    /// Whether what the request holds must go back if nobody takes it. If so, [`give_back`](Self::give_back)
    /// and [`keep`](Self::keep) say how.
    const GIVES_BACK: bool = false;

    /// Returns the thing that has the request's entry. The kernel cancels the request through it.
    fn provider(&self) -> Rc<dyn Provider>;

    /// Returns the kernel of the thing's simulation.
    fn kernel(&self) -> &Rc<Kernel>;

    /// Returns the name of the request, for reports and errors.
    fn name(&self) -> WaitName;

    /// Returns `true` if the request with this key has been granted and not yet taken.
    fn is_granted(&self, request: Key) -> bool;

    /// Removes the entry of the request with this key, if it has been granted. Returns what it held.
    fn take_granted(&self, request: Key) -> Option<Self::Held>;

    /// Does what a poll does in the usual case: takes the request if it is granted; if it waits, notes that
    /// `process` awaits it. Otherwise changes nothing. Things that are asked often do it with one look at the
    /// entry.
    #[inline]
    fn take_or_await(&self, request: Key, process: Awaiter) -> Looked<Self::Held> {
        if let Some(held) = self.take_granted(request) {
            return Looked::Granted(held);
        }
        match self.awaiter(request) {
            Some(mut told) if !told.is_waker() => {
                *told = process;
                Looked::Awaited
            }
            _ => Looked::Unclear,
        }
    }

    /// Turns what the request held into its output, which now belongs to the owner.
    fn hand_over(&self, held: Self::Held) -> Self::Output;

    /// Takes back what the request holds, because nobody has taken it.
    fn give_back(&self, held: Self::Held) {
        drop(held);
    }

    /// Moves what the request holds into an entry, where the kernel can reach it.
    ///
    /// # Errors
    ///
    /// Returns what the request holds if nothing needs to go back.
    fn keep(&self, held: Self::Held) -> Result<Key, Self::Held> {
        Err(held)
    }

    /// Cancels the request with this key, for its owner.
    fn cancel(&self, request: Key);

    /// Returns the awaiter of the request with this key, while the request waits.
    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>>;
}

/// What a look at the entry of a request has found.
#[derive(Debug)]
pub enum Looked<H> {
    /// It was granted, and its entry is gone. This is what it held.
    Granted(H),
    /// It waits, and its awaiter is noted.
    Awaited,
    /// A closer look is needed.
    Unclear,
}

/// A request to a shared thing. `get`, `put`, `acquire`, `wait` and the like return it. Awaiting it gives
/// its output.
///
/// The call makes the request, and the request takes its place in line there. If it is dropped or loses a
/// race, it leaves the line. What it was granted goes back to its old place, and the next in line is
/// served.
///
/// A request that is given by reference (`(&mut request).await`, `FirstOf(a = &mut request, ..)`,
/// `env.interruptible(&mut request)`) outlives the wait: it keeps its place in line after a lost race or an
/// interrupt.
///
/// Each kind has a type name, so that a model can keep a request: `Get`, `Put`, `Acquire`, `AcquireTogether`,
/// `AcquireUnit`, `Transfer`, `BarrierWait`, `GateWait`, `StateWait`, `ConditionWait`, `EventWait`,
/// `Sending`, `Receiving`, `Looking`, `Settled`.
///
/// ```
/// use asim::prelude::*;
///
/// struct Clerk {
///     next: asim::Get<u32>, // a place in the line of a `Queue<u32>`
/// }
///
/// let sim = Simulation::new();
/// let queue = Queue::unbounded(&sim);
/// let clerk = Clerk { next: queue.get() };
/// queue.try_put(7).unwrap();
/// assert_eq!(sim.run_until_event(clerk.next)?, 7);
/// # Ok::<(), SimError>(())
/// ```
///
/// A method that has `&mut self` awaits it by reference, `(&mut self.next).await`, or takes it out of an
/// `Option`: `self.next.take()`.
///
/// # Panics
///
/// If it is polled after it has given its output, or in a process of another simulation.
#[must_use = "a request that is dropped is cancelled, and takes what it was given with it: await it, race it, join it, or use the `try_` form (`let _ = ..` drops it too, `let request = ..` keeps it)"]
pub struct Request<A: Ask> {
    ask: A,
    state: RequestState<A::Held>,
    location: CallSite,
}

/// How far a request has come.
#[derive(Debug, Clone, Copy)]
pub enum RequestState<H> {
    /// It was satisfied at the call, and nobody has taken what it holds.
    Held(H),
    /// It has an entry in the table of the thing, waiting or granted.
    Waiting(Key),
    /// It has given its output, or was cancelled.
    Over,
}

impl<H> RequestState<H> {
    /// The state of a request that is made after its simulation was dropped: it waits for ever.
    pub(crate) const GONE: Self = RequestState::Waiting(Key::NONE);

    /// Returns the same state, moved part by part.
    ///
    /// What a function returns is in memory, and is moved on in large pieces. If a piece was written in
    /// smaller ones just before, the processor waits until all of them have reached its cache. That takes
    /// longer than all the rest of a request that is satisfied at the call.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that the parts stay in registers")]
    pub(crate) fn in_parts(self) -> Self {
        match self {
            RequestState::Held(held) => RequestState::Held(held),
            RequestState::Waiting(key) => RequestState::Waiting(key),
            RequestState::Over => RequestState::Over,
        }
    }
}

impl<A: Ask> Request<A> {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    pub(crate) fn new(ask: A, state: RequestState<A::Held>, location: CallSite) -> Self {
        Request { ask, state, location }
    }

    /// Takes out the state. The request is over, and cancels nothing when it is dropped.
    pub(crate) fn take_state(&mut self) -> RequestState<A::Held> {
        std::mem::replace(&mut self.state, RequestState::Over)
    }

    /// Returns `true` if the request has been granted and its output has not been taken yet.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = Queue::unbounded(&sim);
    /// let (first, second) = (queue.get(), queue.get());
    /// queue.try_put("letter").unwrap();
    /// assert!(first.triggered() && !second.triggered());
    /// ```
    #[must_use]
    pub fn triggered(&self) -> bool {
        match &self.state {
            RequestState::Held(_) => true,
            RequestState::Waiting(key) => self.ask.is_granted(*key),
            RequestState::Over => false,
        }
    }

    /// Returns the thing that is asked.
    pub(crate) fn ask(&self) -> &A {
        &self.ask
    }

    /// Returns how far the request has come.
    pub(crate) fn state(&self) -> &RequestState<A::Held> {
        &self.state
    }

    /// Returns the key of the request's entry, if it has one.
    pub(crate) fn key(&self) -> Option<Key> {
        match self.state {
            RequestState::Waiting(key) => Some(key),
            RequestState::Held(_) | RequestState::Over => None,
        }
    }

    /// Returns `true` if the request has given its output.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, RequestState::Over)
    }

    /// Takes the output, if the request has been granted.
    #[inline]
    fn try_take(&mut self) -> Option<A::Output> {
        match self.state {
            RequestState::Held(_) => {
                let state = mem::replace(&mut self.state, RequestState::Over);
                let RequestState::Held(held) = state else { return None };
                Some(self.ask.hand_over(held))
            }
            RequestState::Waiting(key) => self.take_granted(key),
            RequestState::Over => None,
        }
    }

    #[inline]
    fn take_granted(&mut self, key: Key) -> Option<A::Output> {
        let held = self.ask.take_granted(key)?;
        // Over before it is handed over: that may run user code, which may panic.
        self.state = RequestState::Over;
        Some(self.ask.hand_over(held))
    }

    /// Gives back what the request holds, or takes the request out of the line.
    #[inline(never)]
    fn cancel(&mut self) {
        match mem::replace(&mut self.state, RequestState::Over) {
            RequestState::Over => {}
            RequestState::Held(held) => self.ask.give_back(held),
            RequestState::Waiting(key) => self.ask.cancel(key),
        }
    }
}

impl<A: Ask> Drop for Request<A> {
    #[inline]
    fn drop(&mut self) {
        match self.state {
            RequestState::Over => {}
            RequestState::Held(_) if !A::GIVES_BACK => {}
            RequestState::Held(_) | RequestState::Waiting(_) => self.cancel(),
        }
    }
}

/// No field is pinned.
impl<A: Ask> Unpin for Request<A> {}

impl<A: Ask> fmt::Debug for Request<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            RequestState::Over => "over",
            _ if self.triggered() => "triggered",
            _ => "pending",
        };
        write!(f, "{}({state})", self.ask.name().text())
    }
}

impl<A: Ask> Waitable for Request<A> {
    type Output = A::Output;
    type Request = Self;

    fn into_request(self) -> Self {
        self
    }
}

impl<A: Ask> IntoFuture for Request<A> {
    type Output = A::Output;
    type IntoFuture = Wait<Self>;

    #[inline]
    fn into_future(self) -> Wait<Self> {
        Wait::new(self)
    }
}

impl<A: Ask> Awaited for Request<A> {
    type Output = A::Output;

    fn has_kernel() -> bool {
        true
    }

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(self.ask.kernel())
    }

    fn is_triggered(&self) -> bool {
        self.triggered()
    }

    fn link(&mut self, awaiter: Awaiter) -> CancelHandle {
        let key = match mem::replace(&mut self.state, RequestState::Over) {
            RequestState::Over => return CancelHandle::Nothing,
            RequestState::Waiting(key) => key,
            RequestState::Held(held) => match self.ask.keep(held) {
                Ok(key) => key,
                Err(held) => {
                    self.state = RequestState::Held(held);
                    return CancelHandle::Nothing;
                }
            },
        };
        self.state = RequestState::Waiting(key);
        if let Some(mut told) = self.ask.awaiter(key) {
            *told = awaiter;
        }
        CancelHandle::Request { provider: self.ask.provider(), key, borrowed: false }
    }

    fn take(self: Pin<&mut Self>) -> A::Output {
        self.get_mut().try_take().expect("a triggered request is taken once")
    }

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<A::Output> {
        let this = self.get_mut();
        let location = this.location;
        this.poll_at(context, location)
    }
}

impl<A: Ask> Request<A> {
    /// Polls the request for a wait that began at `location`.
    #[inline]
    pub(crate) fn poll_at(
        &mut self,
        context: &mut Context<'_>,
        location: CallSite,
    ) -> Poll<A::Output> {
        // Polled with the waker of this simulation's own loop, so by one of its processes.
        if !self.ask.kernel().is_loop_waker(context.waker()) {
            return self.poll_elsewhere(context, location);
        }
        if let RequestState::Held(_) = self.state
            && let Some(output) = self.try_take()
        {
            return Poll::Ready(output);
        }
        self.poll_waiting(context, location)
    }

    /// The rest of [`poll_at`](Self::poll_at): the request was not satisfied at the call. Not inlined, so
    /// that the usual case stays short in the body of each process.
    #[inline(never)]
    fn poll_waiting(&mut self, context: &Context<'_>, location: CallSite) -> Poll<A::Output> {
        let RequestState::Waiting(key) = self.state else {
            polled_after_end(self.ask.name(), location)
        };
        let kernel = self.ask.kernel();
        match self.ask.take_or_await(key, Awaiter::process(kernel.active.get())) {
            Looked::Granted(held) => {
                // Over before it is handed over: that may run user code, which may panic.
                self.state = RequestState::Over;
                Poll::Ready(self.ask.hand_over(held))
            }
            Looked::Awaited => {
                kernel.note_waiting(self.ask.name(), location);
                Poll::Pending
            }
            Looked::Unclear => self.poll_with_care(context, location),
        }
    }

    /// Polls the request in another simulation, outside of all, or with the waker of a foreign combinator.
    #[cold]
    #[inline(never)]
    fn poll_elsewhere(&mut self, context: &Context<'_>, location: CallSite) -> Poll<A::Output> {
        self.ask.kernel().check_owner(self.ask.name(), location);
        self.poll_with_care(context, location)
    }

    /// Polls the request, whoever does so and whatever its state.
    #[cold]
    #[inline(never)]
    fn poll_with_care(&mut self, context: &Context<'_>, location: CallSite) -> Poll<A::Output> {
        if let Some(output) = self.try_take() {
            return Poll::Ready(output);
        }
        let RequestState::Waiting(key) = self.state else {
            polled_after_end(self.ask.name(), location)
        };
        let ask = &self.ask;
        ask.kernel().await_request(context, ask.name(), location, || ask.awaiter(key));
        Poll::Pending
    }
}
