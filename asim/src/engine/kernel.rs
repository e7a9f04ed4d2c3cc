//! The kernel: the state of one run.
//!
//! [`Kernel`] is shared by everything that belongs to a run. Its tables are in one `RefCell`, which is
//! never borrowed while user code runs. Most of its methods are in the files that stand above this one.
//! `run_loop` moves time on. Within an instant, everything happens in six steps:
//!
//! 1. *Trigger* (`Kernel::notify`, in `trigger`). A request is granted, and its awaiter is notified. A
//!    process goes to the end of the ready line. A composite counts the branch, which may decide it.
//! 2. *Unlink* (`Kernel::unlink_branches`, in `unlink`). When a composite is decided, its losers leave
//!    their lines at once, through all levels of nesting. From now on they receive nothing.
//! 3. *Restore* (`Provider::restore`). What the losers were promised goes back to its place.
//! 4. *Serve* (`Provider::serve_one`). The providers that got something back serve their lines, one
//!    grant at a time. Each grant is a trigger and begins again at 1.
//! 5. *Discard* (`Discard`). What is over is dropped, and foreign wakers are woken. This runs user code,
//!    so it comes after the others.
//! 6. *Evaluate* (`Watching::evaluate`). The conditions that watch what has changed are evaluated, in the
//!    order in which they began to wait. One that is true is triggered, and that begins again at 1.
//!
//! Steps 3 to 6 are *deferred steps*: they are queued in `deferred`, and `Kernel::settle` (in `settle`)
//! does them before the call that caused them returns. So a cancellation that causes another one never
//! goes deeper into the stack. When a process is ended from outside, its body is dropped before step 3,
//! and its joiner is notified before step 5; these are deferred steps too.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(feature = "report")]
use std::time::Instant;
use std::{collections::VecDeque, sync::Arc, task::Waker};

use crate::engine::blocked::CallSite;
use crate::engine::composite::{BranchScope, Composites};
use crate::engine::slab::{Key, Slab};
use crate::engine::wait_name::WaitName;
use crate::engine::wake_queue::{SharedWaker, WakeQueue, WakerIdentity};
use crate::engine::{
    body::Pages, catch_scope::CatchScope, deferred::Deferred, failed_events::FailedEvents,
    instant_end::InstantEnd, instant_limit::InstantLimit, last_timer::LastTimer, log::Log,
    measures::MeasuredTime, measures::Measures, probes::Probes, process_table::Processes,
    running::next_number, sim_error::SimError, thing_view::Thing, things::Things, timers::Timers,
    under_way::UnderWay, wait_list::WaitList,
};
use crate::random::streams::Streams;

/// The state of one run, shared by its simulation, its environments and all that belongs to it.
pub struct Kernel {
    /// The number by which messages name the simulation.
    pub(crate) number: u64,
    /// The clock.
    pub(crate) now: Cell<f64>,
    /// When it was made, on the wall's clock.
    #[cfg(feature = "report")]
    pub(crate) made: Instant,
    /// The process that is being polled; [`Key::NONE`] between two polls.
    pub(crate) active: Cell<Key>,
    /// The timers that were started and fired last.
    pub(crate) last_timer: LastTimer,
    /// The last thing that the active process started to wait for. The line that made the request is in
    /// [`waiting_at`](Self::waiting_at), which does not lie beside it: if a pair is written in halves
    /// and read as a whole, the processor stalls.
    pub(crate) waiting_for: Cell<WaitName>,
    /// The innermost catch scope or mask that is being polled.
    pub(crate) catch_scope: Cell<Key>,
    /// The innermost composite whose branch is being polled.
    pub(crate) branch_scope: Cell<BranchScope>,
    /// The number of resumptions so far: it tells what came about in the current one.
    pub(crate) resumption: Cell<u64>,
    /// The line that made the request named in [`waiting_for`](Self::waiting_for).
    pub(crate) waiting_at: Cell<Option<CallSite>>,
    /// Whether the first interrupt of the active process is in delivery: until a catch scope takes it.
    /// Read at every poll of a catch scope.
    pub(crate) delivering: Cell<bool>,
    /// How many masks there are.
    pub(crate) masks: Cell<usize>,
    /// Set once the simulation is dropped, also in [`under_way`](Self::under_way). Later calls are refused
    /// quietly.
    pub(crate) closed: Cell<bool>,
    /// Set while somebody runs the simulation: nobody else can run it then.
    pub(crate) running: Cell<bool>,
    /// Whether the tables' `failures` holds anything.
    pub(crate) failed: Cell<bool>,
    /// Whether the loop must look at something after this turn: a failure, a new shared waker.
    pub(crate) stops: Cell<bool>,
    /// What makes grants wait or settle. Read at every grant, therefore not in the tables.
    pub(crate) under_way: UnderWay,
    /// Whether a discard is under way.
    pub(crate) discarding: Cell<bool>,
    /// The number of the last interrupt.
    pub(crate) interrupts: Cell<u64>,
    /// How many conditions have begun to wait.
    pub(crate) conditions: Cell<u64>,
    /// How often processes may be resumed at one instant.
    pub(crate) limit: InstantLimit,
    /// The random numbers.
    pub(crate) streams: Streams,
    /// The waker of the processes that await only natives.
    pub(crate) shared_waker: RefCell<SharedWaker>,
    /// Where the run loop keeps the shared waker that it polls with; null if no loop is under way. It is
    /// only compared.
    pub(crate) polled_with: Cell<*const Waker>,
    /// What distinguishes the shared waker from others.
    pub(crate) shared_identity: Cell<WakerIdentity>,
    /// The processes that wakers have woken.
    pub(crate) wake_queue: Arc<WakeQueue>,
    /// The requests that wait for the end of the present instant.
    pub(crate) instant_end: RefCell<InstantEnd>,
    /// The memory of the processes' bodies.
    pub(crate) pages: Pages,
    /// What processes can wait for.
    pub(crate) things: RefCell<Things>,
    /// The things that have a name.
    pub(crate) probes: RefCell<Probes>,
    /// The measures that the model itself makes.
    pub(crate) measures: RefCell<Measures>,
    /// From when to when all this is measured.
    pub(crate) measured: MeasuredTime,
    /// Whether somebody wants to know what happens.
    pub(crate) tracing: Cell<bool>,
    /// What has happened since the last look, and who gets it.
    pub(crate) log: Log,
    pub(crate) tables: RefCell<Tables>,
}

/// The interrupts of each simulation have numbers of a range of their own, so that no two in the program
/// have the same: they may go to other threads and meet there.
static INTERRUPTS: AtomicU64 = AtomicU64::new(0);
const RANGE: u64 = 1 << 32;

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kernel").field("now", &self.now.get()).finish_non_exhaustive()
    }
}

/// The tables of the kernel.
pub struct Tables {
    pub(crate) timers: Timers,
    pub(crate) processes: Processes,
    pub(crate) composites: Composites,
    pub(crate) catch_scopes: WaitList<CatchScope>,
    /// The entry of a catch scope of the active process that has gone in this resumption, or
    /// [`Key::NONE`]. It stays in the line, alone, for the next catch scope (see `nesting`).
    pub(crate) idle_scope: Key,
    /// Wakers of foreign futures that wait for a request of this simulation.
    pub(crate) wakers: Slab<Option<Waker>>,
    pub(crate) deferred: Deferred,
    /// Errors that end the run as soon as the current process pauses.
    pub(crate) failures: VecDeque<SimError>,
    /// Events with errors that may be unclaimed.
    pub(crate) failed_events: FailedEvents,
}

impl std::fmt::Debug for Tables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tables").finish_non_exhaustive()
    }
}

impl Kernel {
    pub(crate) fn new(now: f64) -> Rc<Kernel> {
        let wake_queue = Arc::new(WakeQueue::new());
        let shared_waker = SharedWaker::new(&wake_queue);
        Rc::new(Kernel {
            number: next_number(),
            #[cfg(feature = "report")]
            made: Instant::now(),
            now: Cell::new(now),
            active: Cell::new(Key::NONE),
            last_timer: LastTimer::new(),
            waiting_for: Cell::new(WaitName::Foreign),
            waiting_at: Cell::new(None),
            catch_scope: Cell::new(Key::NONE),
            branch_scope: Cell::new(None),
            resumption: Cell::new(0),
            delivering: Cell::new(false),
            masks: Cell::new(0),
            closed: Cell::new(false),
            running: Cell::new(false),
            failed: Cell::new(false),
            stops: Cell::new(false),
            under_way: UnderWay::nothing(),
            discarding: Cell::new(false),
            interrupts: Cell::new(INTERRUPTS.fetch_add(RANGE, Ordering::Relaxed)),
            conditions: Cell::new(0),
            limit: InstantLimit::new(now),
            streams: Streams::default(),
            polled_with: Cell::new(std::ptr::null()),
            shared_identity: Cell::new(shared_waker.identity()),
            shared_waker: RefCell::new(shared_waker),
            wake_queue,
            instant_end: RefCell::new(InstantEnd::new()),
            pages: Pages::new(),
            things: RefCell::new(Things::default()),
            probes: RefCell::new(Probes::default()),
            measures: RefCell::new(Measures::default()),
            measured: MeasuredTime::new(now),
            tracing: Cell::new(false),
            log: Log::new(),
            tables: RefCell::new(Tables {
                timers: Timers::new(),
                processes: Processes::new(),
                composites: Composites::new(),
                catch_scopes: WaitList::new(),
                idle_scope: Key::NONE,
                wakers: Slab::new(),
                deferred: Deferred::default(),
                failures: VecDeque::new(),
                failed_events: FailedEvents::default(),
            }),
        })
    }

    /// Notes a thing that processes can wait for, so that it is found when somebody asks who waits.
    #[inline]
    pub(crate) fn add_thing<T: Thing + 'static>(&self, thing: &Rc<T>) {
        if !self.closed.get() {
            self.things.borrow_mut().add(Rc::downgrade(thing) as Weak<dyn Thing>);
        }
    }

    /// Returns the number of a process, in the order of their starts; 0 if it is none or gone.
    pub(crate) fn number_of(&self, process: Key) -> u32 {
        self.tables.borrow().processes.number(process).unwrap_or(0)
    }

    /// Drops everything when the simulation is dropped. Later calls are refused.
    pub(crate) fn close(&self) {
        /// Drops what the first drops have deferred, and the wakers of requests that outlive the
        /// simulation. Does so even if one of the first drops panics.
        struct Rest<'k>(&'k Kernel);
        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                let left = {
                    let tables = &mut *self.0.tables.borrow_mut();
                    let deferred = std::mem::take(&mut tables.deferred);
                    // Their entries stay: requests that outlive the simulation free them.
                    let wakers: Vec<Waker> =
                        tables.wakers.values_mut().filter_map(Option::take).collect();
                    (deferred, wakers)
                };
                drop(left);
            }
        }
        self.closed.set(true);
        self.tracing.set(false);
        self.under_way.close();
        self.active.set(Key::NONE);
        self.wake_queue.close();
        self.pages.release();
        self.things.take();
        let _rest = Rest(self);
        let left = {
            let tables = &mut *self.tables.borrow_mut();
            let processes = std::mem::replace(&mut tables.processes, Processes::new());
            let timers = std::mem::replace(&mut tables.timers, Timers::new());
            let deferred = std::mem::take(&mut tables.deferred);
            let failures = std::mem::take(&mut tables.failures);
            tables.failed_events = FailedEvents::default();
            (processes, timers, deferred, failures, self.log.close())
        };
        drop(left);
    }
}
