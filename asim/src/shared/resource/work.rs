//! Work on a preemptive resource: after each preemption it goes on with what is left to do.
//!
//! If work loses its slot, its process is woken and not interrupted. So no model can mistake a preemption
//! for an interrupt. If both come at one time, neither hides the other.
//!
//! The request of the work stays in the list of the resource until the work is done. The resource puts it
//! back in line in the same step in which it takes the slot away. If the work did this when its process
//! resumes, an equal that came later could be served first.

use std::future::{Future, IntoFuture};
use std::task::{Context, Poll};
use std::{fmt, panic::Location, pin::Pin, rc::Rc};

use crate::engine::blocked::CallSite;
use crate::engine::misuse::polled_after_end;
use crate::engine::wait_name::WaitName;
use crate::engine::{provider::Provider, slab::Key};
use crate::shared::resource::holding::Holding;
use crate::shared::resource::{preemptive::PreemptiveResource, slots::Slots, slots::Standing};
use crate::wait::{awaited::Awaited, timeout::Timeout, waitable::Waitable};

impl PreemptiveResource {
    /// Works for `duration` with a slot of this resource, in the model's own unit of time. After
    /// each preemption the work goes on with what is left to do. Awaiting it gives a [`Worked`]: how
    /// long the work waited, and how often it was preempted.
    ///
    /// Work that has lost its slot stands in line again at once, in its old place: before requests of
    /// the same priority that were made after this call. So it goes on before equals that came later.
    ///
    /// This call asks for the first slot, like
    /// [`acquire_with_priority`](Self::acquire_with_priority). The work begins when it is awaited
    /// and has a slot. A preemption does not interrupt the process. An interrupt ends the wait as
    /// always: the work gives its slot back or leaves the line. If you await `&mut work`, the work
    /// remembers how much is [`left`](Work::left), and goes on when you await it again. Then it asks
    /// anew, behind its equals: it has left by the model's own decision, and others may have started.
    ///
    /// If the slot is taken away in the same instant in which the work ends, the work is done, and
    /// no preemption is counted.
    ///
    /// # Panics
    ///
    /// If the duration is negative or not a number. Awaiting the work panics if a finite work would
    /// end later than the largest `f64`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn job(env: Environment, machine: PreemptiveResource) {
    ///     let worked = machine.work(2, 8.0).await;
    ///     assert_eq!((env.now(), worked.preemptions, worked.suspended), (13.0, 2, 5.0));
    /// }
    ///
    /// #[process]
    /// async fn rush_job(env: Environment, machine: PreemptiveResource, duration: f64) {
    ///     machine.work(0, duration).await;
    /// }
    ///
    /// let sim = Simulation::new();
    /// let machine = PreemptiveResource::new(&sim, 1);
    /// sim.process(Job::new(machine.clone()));
    /// sim.process_in(3.0, RushJob::new(machine.clone(), 2.0));
    /// sim.process_in(7.0, RushJob::new(machine, 3.0));
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    ///
    /// The textbooks call this *preempt-resume*. Two equal jobs and an urgent one:
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn job(env: Environment, machine: PreemptiveResource, duration: f64, ends: f64) {
    ///     machine.work(1, duration).await;
    ///     assert_eq!(env.now(), ends);
    /// }
    ///
    /// #[process]
    /// async fn urgent_job(env: Environment, machine: PreemptiveResource) {
    ///     machine.work(0, 1.0).await;
    ///     assert_eq!(env.now(), 3.0);
    /// }
    ///
    /// let sim = Simulation::new();
    /// let machine = PreemptiveResource::new(&sim, 1);
    /// sim.process(Job::new(machine.clone(), 8.0, 9.0));
    /// sim.process_in(1.0, Job::new(machine.clone(), 8.0, 17.0));
    /// sim.process_in(2.0, UrgentJob::new(machine));
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn work(&self, priority: i32, duration: f64) -> Work {
        assert!(duration >= 0.0, "a duration is a number >= 0, not {duration}");
        let location = Location::caller();
        let mut work = Work {
            slots: Rc::clone(self.slots()),
            priority,
            preempts: self.preempts(),
            left: duration,
            worked: Worked::default(),
            begun: false,
            losses: 0,
            state: WorkState::Paused,
            location,
        };
        work.ask();
        work
    }
}

/// Work on a [`PreemptiveResource`], made by [`work`](PreemptiveResource::work).
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (env, machine) = (sim.env(), PreemptiveResource::new(&sim, 1));
/// let operator = sim.spawn(async move {
///     let mut work = machine.work(1, 8.0);
///     while let Err(interrupt) = env.interruptible(&mut work).await {
///         assert_eq!((interrupt.cause(), work.left()), (Some(&"lunch"), 5.0));
///         assert_eq!(machine.count(), 0);
///         env.timeout(1.0).await;
///     }
///     assert_eq!(env.now(), 9.0);
/// });
/// sim.schedule(3.0, move |_| operator.interrupt("lunch"));
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[must_use = "work that is dropped is given up: await it, race it or join it (`let _ = ..` drops it too, `let work = ..` keeps it)"]
pub struct Work {
    slots: Rc<Slots>,
    priority: i32,
    preempts: bool,
    left: f64,
    worked: Worked,
    /// Whether it has had a slot.
    begun: bool,
    /// How often its request has lost its slot, as far as it has seen.
    losses: u32,
    state: WorkState,
    location: CallSite,
}

/// How long work waited, in the model's own unit of time, and how often it was preempted.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let machine = PreemptiveResource::new(&sim, 1);
/// let slot = machine.acquire();
/// let work = machine.work(1, 3.0);
/// sim.schedule(2.0, move |_| drop(slot));
/// let worked = sim.run_until_event(work)?;
/// assert_eq!((worked.waited, worked.suspended, worked.preemptions), (2.0, 0.0, 0));
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct Worked {
    /// How long the work waited before it began.
    pub waited: f64,
    /// How long the work waited after it had begun, to go on after a preemption or an interrupt.
    pub suspended: f64,
    /// How often the work lost its slot before it was done.
    pub preemptions: usize,
}

enum WorkState {
    /// Neither at work nor in line: it has been interrupted, or is done.
    Paused,
    /// In line since this time.
    InLine { place: Place, since: f64 },
    /// At work since this time, with this slot.
    AtWork { place: Place, holding: Holding, end: Timeout, since: f64 },
}

/// The request of the work. Dropping it leaves the line, or gives the slot back.
struct Place {
    slots: Rc<Slots>,
    request: Key,
}

impl Place {
    fn standing(&self) -> Option<Standing> {
        self.slots.standing(self.request)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.slots.kernel().cancel_request(&self.slots, self.request);
    }
}

impl Work {
    /// Returns how much of the duration is left to do.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let mut work = PreemptiveResource::new(&sim, 1).work(0, 8.0);
    /// assert_eq!(work.left(), 8.0);
    /// sim.run_until_event(&mut work)?;
    /// assert_eq!(work.left(), 0.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn left(&self) -> f64 {
        self.left
    }

    fn now(&self) -> f64 {
        self.slots.kernel().now.get()
    }

    /// Asks for a slot.
    fn ask(&mut self) {
        let request = self.slots.join_for_work(self.priority, self.preempts);
        let place = Place { slots: Rc::clone(&self.slots), request };
        self.losses = 0;
        self.state = WorkState::InLine { place, since: self.now() };
        self.slots.evict_for(request);
        self.slots.watchers.changed_now(self.slots.kernel());
    }

    /// Stops the work, or leaves the line. Drops all that the work holds as one cancellation.
    fn pause(&mut self) {
        match self.state {
            WorkState::Paused => {}
            WorkState::InLine { since, .. } => self.note_wait(since),
            WorkState::AtWork { since, .. } => self.left = self.left_at(self.now(), since),
        }
        let state = std::mem::replace(&mut self.state, WorkState::Paused);
        self.slots.kernel().in_bulk(|| drop(state));
    }

    fn note_wait(&mut self, since: f64) {
        let waited = self.now() - since;
        if self.begun {
            self.worked.suspended += waited;
        } else {
            self.worked.waited += waited;
        }
    }

    /// Returns how much is left at the time `now`, if the work has gone on since the time `since`.
    fn left_at(&self, now: f64, since: f64) -> f64 {
        // The end is scheduled with the same sum, so nothing is left at that time, not even by
        // rounding.
        if now >= since + self.left { 0.0 } else { (self.left - (now - since)).max(0.0) }
    }

    /// Counts the losses of the slot since the last call. Returns `true` if there were any.
    fn note_losses(&mut self, standing: Option<Standing>) -> bool {
        let losses = standing.map_or(self.losses, |standing| standing.losses);
        let new = losses - self.losses;
        self.losses = losses;
        self.worked.preemptions += new as usize;
        new > 0
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Worked> {
        loop {
            match &self.state {
                WorkState::Paused if self.begun && self.left <= 0.0 => {
                    return Poll::Ready(self.worked);
                }
                WorkState::Paused => self.ask(),
                WorkState::InLine { .. } => {
                    if self.poll_in_line(context).is_pending() {
                        break;
                    }
                }
                WorkState::AtWork { .. } => {
                    if self.poll_at_work(context).is_pending() {
                        break;
                    }
                }
            }
        }
        self.slots.kernel().note_waiting(WaitName::PreemptiveWork, self.location);
        Poll::Pending
    }

    /// Waits for a slot. Ready if the state has changed.
    fn poll_in_line(&mut self, context: &Context<'_>) -> Poll<()> {
        let WorkState::InLine { place, since } = &self.state else { return Poll::Ready(()) };
        let (since, request, standing) = (*since, place.request, place.standing());
        if self.note_losses(standing) {
            // It was granted a slot and has lost it already.
            self.note_wait(since);
            self.begun = true;
            let now = self.now();
            if let WorkState::InLine { since, .. } = &mut self.state {
                *since = now;
            }
            self.slots.evict_for(request);
            return Poll::Ready(());
        }
        if let Some(holding) = standing.and_then(|standing| standing.holding) {
            self.note_wait(since);
            self.begun = true;
            self.start(holding);
            return Poll::Ready(());
        }
        let slots = &self.slots;
        let awaiter = || slots.awaiter(request);
        slots.kernel().await_request(context, WaitName::PreemptiveWork, self.location, awaiter);
        // Noting a foreign waker may run user code.
        if slots.standing(request) == standing { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Starts to work, or to go on.
    fn start(&mut self, holding: Holding) {
        let end = match Timeout::new(self.slots.kernel(), self.left) {
            Ok(end) => end,
            Err(error) => panic!("the work asked for at {} cannot end: {error}", self.location),
        };
        let since = self.now();
        if let WorkState::InLine { place, .. } =
            std::mem::replace(&mut self.state, WorkState::Paused)
        {
            self.state = WorkState::AtWork { place, holding, end, since };
        }
    }

    /// Waits for the end of the work or the loss of the slot. Ready if the state has changed.
    fn poll_at_work(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let now = self.now();
        let WorkState::AtWork { place, holding, end, since } = &mut self.state else {
            return Poll::Ready(());
        };
        let (request, standing) = (place.request, place.standing());
        if end.is_triggered() || now >= *since + self.left {
            self.pause();
            return Poll::Ready(());
        }
        if standing.is_some_and(|standing| standing.holding != Some(*holding)) {
            self.suspend();
            return Poll::Ready(());
        }
        let end = Pin::new(end).poll(context);
        debug_assert!(end.is_pending());
        let slots = &self.slots;
        let awaiter = || slots.awaiter_of_work(request);
        slots.kernel().await_request(context, WaitName::PreemptiveWork, self.location, awaiter);
        // Noting a foreign waker may run user code.
        if slots.standing(request) == standing { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Waits in line again, after the slot was lost.
    fn suspend(&mut self) {
        let now = self.now();
        if let WorkState::AtWork { place, end, since, .. } =
            std::mem::replace(&mut self.state, WorkState::Paused)
        {
            drop(end);
            self.left = self.left_at(now, since);
            let (request, standing) = (place.request, place.standing());
            self.state = WorkState::InLine { place, since: now };
            self.note_losses(standing);
            self.slots.evict_for(request);
        }
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("left", &self.left).finish_non_exhaustive()
    }
}

/// The future behind the `.await` of a [`Work`] or a `&mut Work`. If it is dropped, the work
/// pauses.
///
/// ```
/// use asim::prelude::*;
/// use std::future::IntoFuture;
///
/// let sim = Simulation::new();
/// let machine = PreemptiveResource::new(&sim, 1);
/// let working: asim::Working<'static> = machine.work(0, 2.0).into_future();
/// sim.run_until_event(working)?;
/// assert_eq!(sim.now(), 2.0);
/// # Ok::<(), SimError>(())
/// ```
///
/// # Panics
///
/// If it is polled after it has given its output, or in a process of another simulation.
#[derive(Debug)]
#[must_use = "no work is done unless this is awaited (`let _ = ..` drops it, `let working = ..` keeps it)"]
pub struct Working<'w> {
    work: Owned<'w>,
    /// Whether it has given its output.
    given: bool,
}

#[derive(Debug)]
enum Owned<'w> {
    Here(Work),
    Elsewhere(&'w mut Work),
}

impl Working<'_> {
    fn work(&mut self) -> &mut Work {
        match &mut self.work {
            Owned::Here(work) => work,
            Owned::Elsewhere(work) => work,
        }
    }
}

impl Future for Working<'_> {
    type Output = Worked;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Worked> {
        let this = self.get_mut();
        let location = this.work().location;
        this.work().slots.kernel().check_owner(WaitName::PreemptiveWork, location);
        if this.given {
            polled_after_end(WaitName::PreemptiveWork, location);
        }
        let poll = this.work().poll(context);
        this.given = poll.is_ready();
        poll
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.work().pause();
    }
}

impl Waitable for Work {
    type Output = Worked;
    type Request = <Working<'static> as Waitable>::Request;

    fn into_request(self) -> Self::Request {
        self.into_future().into_request()
    }
}

impl<'w> Waitable for &'w mut Work {
    type Output = Worked;
    type Request = <Working<'w> as Waitable>::Request;

    fn into_request(self) -> Self::Request {
        self.into_future().into_request()
    }
}

impl IntoFuture for Work {
    type Output = Worked;
    type IntoFuture = Working<'static>;

    fn into_future(self) -> Working<'static> {
        Working { work: Owned::Here(self), given: false }
    }
}

impl<'w> IntoFuture for &'w mut Work {
    type Output = Worked;
    type IntoFuture = Working<'w>;

    fn into_future(self) -> Working<'w> {
        Working { work: Owned::Elsewhere(self), given: false }
    }
}
