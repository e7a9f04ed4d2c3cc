//! Work on a preemptive resource that goes on after each preemption with what is left of it.
//!
//! Its slot is held in a special way: whoever takes it away triggers an event instead of
//! interrupting the process. So a preemption cannot be mistaken for another interrupt, and the two
//! can come at one time without one hiding the other.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::preemptive::PreemptiveResource;
use super::slots::{Acquire, Slot, Slots};
use crate::kernel::blocked::{Place, What};
use crate::kernel::environment::Environment;
use crate::kernel::event::{Event, EventWait};
use crate::kernel::misuse::polled_after_end;
use crate::kernel::timeout::Timeout;
use crate::kernel::waitable::{Request, Waitable};

static WORK: What = What("PreemptiveResource::work");

impl PreemptiveResource {
    /// Work that takes `duration` with a slot of this resource, and goes on with what is left of it
    /// whenever somebody more urgent has taken the slot away: it lines up again, behind its equals, as
    /// often as it takes. Awaiting it gives what it went through: [`Worked`].
    ///
    /// The first slot is asked for at this call, as by [`acquire`](Self::acquire); the work begins when
    /// it is awaited. A preemption does not interrupt the process. Any other interrupt ends the wait as
    /// always: the slot is given back or the line left. Awaited as `&mut work`, the work remembers what
    /// is [`left`](Work::left), and goes on when it is awaited again.
    ///
    /// If the slot is taken away in the very instant in which the work ends, the work is done: that is
    /// no preemption, whoever was first.
    ///
    /// # Panics
    ///
    /// If the duration is negative or not a number. While it is awaited, if it would end past the last
    /// time that an `f64` can tell.
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
            stage: Stage::Paused,
            location,
        };
        work.ask();
        work
    }
}

/// Work on a [`PreemptiveResource`]: what [`work`](PreemptiveResource::work) returns.
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
    /// Has it had a slot?
    begun: bool,
    stage: Stage,
    location: Place,
}

/// What a piece of work went through.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let machine = PreemptiveResource::new(&sim, 1);
/// let slot = machine.acquire(0);
/// let work = machine.work(1, 3.0);
/// sim.schedule(2.0, move |_| drop(slot));
/// let worked = sim.run_until_event(work)?;
/// assert_eq!((worked.waited, worked.suspended, worked.preemptions), (2.0, 0.0, 0));
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct Worked {
    /// How long it waited until it began.
    pub waited: f64,
    /// How long it waited in line to go on after it had begun.
    pub suspended: f64,
    /// How often its slot was taken away before it was done.
    pub preemptions: usize,
}

enum Stage {
    /// Neither at work nor in line: it has been interrupted, or is done.
    Paused,
    /// In line since then. The event is triggered if the slot is granted and taken away.
    InLine { request: Acquire, lost: Event<()>, since: f64 },
    /// At work since then.
    AtWork { slot: Slot, lost: EventWait<()>, end: Timeout, since: f64 },
}

impl Work {
    /// How much of the work is left to be done.
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

    /// Lines up for a slot.
    fn ask(&mut self) {
        let lost = Event::new(&Environment::new(Rc::clone(self.slots.kernel())));
        let request =
            self.slots.acquire_for_work(self.priority, self.preempts, lost.clone(), self.location);
        self.stage = Stage::InLine { request, lost, since: self.now() };
    }

    /// Neither works on nor stays in line. What it gives back is given back as one.
    fn pause(&mut self) {
        match self.stage {
            Stage::Paused => {}
            Stage::InLine { since, .. } => self.note_wait(since),
            Stage::AtWork { since, .. } => self.left = self.left_at(self.now(), since),
        }
        let stage = std::mem::replace(&mut self.stage, Stage::Paused);
        self.slots.kernel().in_bulk(|| drop(stage));
    }

    fn note_wait(&mut self, since: f64) {
        let waited = self.now() - since;
        if self.begun {
            self.worked.suspended += waited;
        } else {
            self.worked.waited += waited;
        }
    }

    /// What is left of it, at work since then.
    fn left_at(&self, now: f64, since: f64) -> f64 {
        // The sum by which the end is scheduled: at that time it is done to the last bit.
        if now >= since + self.left { 0.0 } else { (self.left - (now - since)).max(0.0) }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Worked> {
        loop {
            let now = self.now();
            match &mut self.stage {
                Stage::Paused if self.begun && self.left <= 0.0 => {
                    return Poll::Ready(self.worked);
                }
                Stage::Paused => self.ask(),
                Stage::InLine { request, lost, since } => {
                    let Poll::Ready(slot) = Pin::new(request).poll(context) else { break };
                    let (lost, since) = (lost.clone(), *since);
                    self.note_wait(since);
                    self.begun = true;
                    let end = match Timeout::new(self.slots.kernel(), self.left) {
                        Ok(end) => end,
                        Err(error) => {
                            panic!("the work asked for at {} cannot end: {error}", self.location)
                        }
                    };
                    let lost = lost.into_request();
                    self.stage = Stage::AtWork { slot, lost, end, since: now };
                }
                Stage::AtWork { slot, lost, end, since } => {
                    let since = *since;
                    let ended = end.is_triggered();
                    let is_revoked = slot.is_revoked();
                    if !ended && !is_revoked && now < since + self.left {
                        let lost = Pin::new(lost).poll(context);
                        let end = Pin::new(end).poll(context);
                        debug_assert!(lost.is_pending() && end.is_pending());
                        break;
                    }
                    self.pause();
                    if self.left > 0.0 {
                        self.worked.preemptions += 1;
                    }
                }
            }
        }
        self.slots.kernel().note_waiting(&WORK, self.location);
        Poll::Pending
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("left", &self.left).finish_non_exhaustive()
    }
}

/// Work that is being awaited. Dropped, it pauses.
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
#[derive(Debug)]
#[must_use = "nothing is worked unless this is awaited (`let _ = ..` drops it, `let working = ..` keeps it)"]
pub struct Working<'w> {
    work: Owned<'w>,
    /// Has it given what it went through?
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
        this.work().slots.kernel().check_owner(&WORK, location);
        if this.given {
            polled_after_end(&WORK, location);
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
