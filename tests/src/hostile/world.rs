//! What a program's processes and user code share, and what user code does when it is called.

use super::interpret::{self, Context};
use super::program::{Act, List, Program, Token};
use super::user::{Thing, filter, foul, key, plant, waker};
use super::values::{Any, Value};
use asim::__private::Awaited as _;
use asim::prelude::*;
use asim::{Filtered, Get, Put};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{self, Poll};

/// Something that was asked for and that nobody awaits yet.
pub(super) type Parked = Pin<Box<dyn Future<Output = Value>>>;

/// A request that somebody awaits: it must not have been triggered when the kernel is at rest.
pub(super) struct Awaited {
    pub(super) request: RefCell<Any>,
    pub(super) what: String,
}

impl Awaited {
    pub(super) fn poll(&self, context: &mut task::Context<'_>) -> Poll<Value> {
        Pin::new(&mut *self.request.borrow_mut()).poll(context)
    }

    pub(super) fn is_triggered(&self) -> bool {
        // While it is polled nothing is at rest.
        self.request.try_borrow().is_ok_and(|request| request.triggered())
    }
}

/// A condition that has not been granted: it must not be true when the kernel is at rest.
pub(super) struct Condition {
    pub(super) kind: usize,
    /// Whether it has panicked when it was evaluated last, so that nobody knows.
    pub(super) has_panicked: Cell<bool>,
}

/// One of the processes.
pub(super) struct Started {
    pub(super) process: ProcessRef,
    pub(super) handle: RefCell<Option<ProcessHandle<Result<(), Failure>>>>,
    /// Whether it has been cancelled.
    pub(super) cancelled: Cell<bool>,
    /// The step in which an `interruptible` of this process was dropped unfinished.
    pub(super) guard_dropped: Cell<Option<u64>>,
}

/// A process fails with this.
#[derive(Debug, Clone)]
pub(super) struct Failure;

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "the program said so")
    }
}

impl std::error::Error for Failure {}

/// The things that processes share.
pub(super) struct Shared {
    pub(super) queue: Queue<Thing>,
    pub(super) store: Store<Thing>,
    pub(super) heap: PriorityQueue<Thing>,
    pub(super) desk: Resource,
    pub(super) chair: PreemptiveResource,
    /// Three hands, for requests of several units.
    pub(super) crew: Resource,
    pub(super) pool: Pool<Thing>,
    pub(super) tank: Container,
    /// Strictly first come, first served.
    pub(super) cask: Container,
    pub(super) events: [Event<Thing>; 2],
    pub(super) state: State<Thing>,
    pub(super) gate: Barrier,
    pub(super) door: Gate,
    pub(super) out: RefCell<Option<OutPort<Thing>>>,
    pub(super) input: RefCell<Option<InPort<Thing>>>,
}

pub(super) struct World {
    pub(super) env: Environment,
    pub(super) shared: Shared,
    pub(super) program: Program,
    pub(super) started: RefCell<Vec<Rc<Started>>>,
    pub(super) parked: RefCell<Vec<Parked>>,
    pub(super) puts: RefCell<Vec<Put<Thing, Filtered>>>,
    pub(super) gets: RefCell<Vec<Get<Thing, Filtered>>>,
    /// Whether the capacities of the shelves are what they were.
    pub(super) capacities_kept: Cell<bool>,
    pub(super) awaited: RefCell<Vec<Weak<Awaited>>>,
    pub(super) conditions: RefCell<Vec<Weak<Condition>>>,
    pub(super) threads: RefCell<Vec<std::thread::JoinHandle<()>>>,
    pub(super) trace: RefCell<Vec<String>>,
    pub(super) step: Cell<u64>,
    /// While false, user code does nothing.
    pub(super) armed: Cell<bool>,
    /// Whether processes may end in another way than by an interrupt, a panic or `cancel`.
    pub(super) ending: Cell<bool>,
    last: Cell<f64>,
    fuel: Cell<u32>,
    depth: Cell<u32>,
    things: Cell<u32>,
}

thread_local! {
    static WORLD: RefCell<Option<Rc<World>>> = const { RefCell::new(None) };
}

/// Makes this the world of user code in this thread.
pub(super) fn enter(world: Option<Rc<World>>) {
    drop(WORLD.replace(world));
}

/// Runs the list of user code that is called.
pub(super) fn call(list: Option<List>, why: &str) {
    let Ok(Some(world)) = WORLD.try_with(|world| world.borrow().clone()) else { return };
    if let Some(list) = list {
        world.run(list, why);
    }
}

/// Evaluates a condition, after what it calls back.
pub(super) fn evaluate(condition: &Condition, list: Option<List>) -> bool {
    let Ok(Some(world)) = WORLD.try_with(|world| world.borrow().clone()) else { return false };
    condition.has_panicked.set(true);
    if let Some(list) = list {
        world.run(list, "condition");
    }
    // What it changes itself after it has looked is not seen: the value that is cloned here does nothing.
    let armed = world.armed.replace(false);
    let is_true = world.holds(condition.kind);
    world.armed.set(armed);
    condition.has_panicked.set(false);
    is_true
}

impl World {
    /// Returns whether a condition is true. This clones the state's value.
    pub(super) fn holds(&self, condition: usize) -> bool {
        let shared = &self.shared;
        match condition {
            0 => shared.queue.len() + shared.store.len() >= 2,
            1 => shared.tank.level() < 1.0,
            2 => shared.desk.count() == 0 && shared.door.is_open(),
            3 => shared.state.get().rank == 2,
            4 => shared.events.iter().all(Event::triggered),
            5 => shared.heap.putters() > 0 || shared.pool.waiting() > 0,
            6 => shared.crew.waiting() + shared.chair.waiting() >= 2,
            7 => shared.gate.waiting() >= 2 || shared.door.waiting() > 0,
            8 => shared.cask.getters() + shared.cask.putters() > 0,
            9 => shared.queue.getters() > 0 && shared.store.getters() > 0,
            10 => shared.crew.count() == 0 && shared.chair.count() == 0,
            11 => shared.pool.count() == 0 && shared.state.waiting() == 0,
            _ => shared.heap.is_full() && shared.queue.is_empty(),
        }
    }

    pub(super) fn new(sim: &Simulation, program: &Program) -> Rc<Self> {
        let plain = |rank| Thing::new(rank, &Token::default(), None);
        let (out, input) = channel(sim, 1);
        // Where a log is kept, the things have names: names change nothing.
        let is_named = program.is_logged();
        macro_rules! named {
            ($name:literal, $thing:expr) => {
                if is_named { $thing.named($name) } else { $thing }
            };
        }
        Rc::new(World {
            env: sim.env(),
            shared: Shared {
                queue: named!("queue", Queue::bounded(sim, 1)),
                store: named!("store", Store::bounded(sim, 1)),
                heap: named!("heap", PriorityQueue::bounded(sim, 2)),
                desk: named!("desk", Resource::new(sim, 1)),
                chair: named!("chair", PreemptiveResource::new(sim, 1)),
                crew: named!("crew", Resource::new(sim, 3)),
                pool: named!("pool", Pool::new(sim, [plain(0), plain(1)])),
                tank: named!("tank", Container::new(sim, 2.0).with_level(1.0)),
                cask: named!("cask", Container::new(sim, 2.0).with_level(1.0).in_order()),
                events: [sim.event(), sim.event()],
                state: State::new(sim, plain(0)),
                gate: named!("gate", Barrier::new(sim)),
                door: named!("door", Gate::new_open(sim)),
                out: RefCell::new(Some(out)),
                input: RefCell::new(Some(input)),
            },
            program: program.clone(),
            started: RefCell::default(),
            parked: RefCell::default(),
            puts: RefCell::default(),
            gets: RefCell::default(),
            capacities_kept: Cell::new(true),
            awaited: RefCell::default(),
            conditions: RefCell::default(),
            threads: RefCell::default(),
            trace: RefCell::default(),
            step: Cell::new(0),
            armed: Cell::new(true),
            ending: Cell::new(false),
            last: Cell::new(0.0),
            fuel: Cell::new(60),
            depth: Cell::new(0),
            things: Cell::new(0),
        })
    }

    pub(super) fn note(&self, what: impl std::fmt::Display) {
        let now = self.env.now();
        if now < self.last.replace(now) {
            foul(format!("the clock goes back to {now}"));
        }
        self.step.set(self.step.get() + 1);
        self.trace.borrow_mut().push(format!("{now} {what}"));
        self.look();
    }

    /// What must hold at every moment.
    fn look(&self) {
        let Shared { queue, store, heap, desk, chair, crew, tank, .. } = &self.shared;
        let (lens, caps) = ([queue.len(), store.len(), heap.len()], [1, 1, 2]);
        let capacities_kept = self.capacities_kept.get();
        if lens.iter().zip(caps).any(|(&len, cap)| len > cap && capacities_kept)
            || desk.count() > 2
            || chair.count() > 2
            || crew.count() > 3
            || !(0.0..=2.0).contains(&tank.level())
        {
            foul(format!("a capacity is exceeded: {lens:?} {desk:?} {chair:?} {crew:?} {tank:?}"));
        }
    }

    pub(super) fn thing(&self, token: &Token) -> Thing {
        let rank = self.things.get();
        self.things.set(rank + 1);
        let slot = if token.slot { self.shared.desk.try_acquire() } else { None };
        Thing::new(rank, token, slot)
    }

    /// Returns the process with this index, if there is one.
    pub(super) fn process(&self, index: usize) -> Option<Rc<Started>> {
        self.started.borrow().get(index).cloned()
    }

    pub(super) fn start(self: &Rc<Self>, delay: Option<u8>, script: usize) {
        let number = self.started.borrow().len();
        let Some(ops) = self.program.scripts.get(script).filter(|_| number < 12) else { return };
        let life = interpret::Life { world: Rc::clone(self), number, ops: ops.clone() };
        let handle = match delay {
            None => self.env.process(life),
            Some(delay) => self.env.process_in(f64::from(delay), life),
        };
        self.started.borrow_mut().push(Rc::new(Started {
            process: handle.process_ref(),
            // Nobody holds the handles of some processes.
            handle: RefCell::new(Some(handle).filter(|_| number % 3 != 2)),
            cancelled: Cell::new(false),
            guard_dropped: Cell::new(None),
        }));
    }

    /// Runs a list of acts, unless the program has run enough of them, or is nested too deep.
    pub(super) fn run(self: &Rc<Self>, list: List, why: &str) {
        struct Up<'w>(&'w Cell<u32>);
        impl Drop for Up<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        if !self.armed.get() || self.depth.get() > 6 {
            return;
        }
        self.depth.set(self.depth.get() + 1);
        let _up = Up(&self.depth);
        for act in self.program.lists.get(list).into_iter().flatten() {
            if self.fuel.get() == 0 {
                return;
            }
            self.fuel.set(self.fuel.get() - 1);
            self.act(act, why);
        }
    }

    #[allow(clippy::too_many_lines, reason = "a table of all that user code can do")]
    pub(super) fn act(self: &Rc<Self>, act: &Act, why: &str) {
        let Shared { queue, store, heap, desk, pool, tank, events, state, gate, door, .. } =
            &self.shared;
        self.note(format_args!("{why}: {act:?}"));
        match act {
            Act::TryGet(shelf) => {
                let (len, got) = match shelf {
                    0 => (queue.len(), queue.try_get()),
                    1 => (store.len(), store.try_get()),
                    _ => (heap.len(), heap.try_get()),
                };
                // A closed shelf has all its items outside the capacity.
                if got.is_some() && len == 0 && self.capacities_kept.get() {
                    foul("an item is got of a store that is said to be empty");
                }
            }
            Act::TryPut(shelf, token) => {
                let thing = self.thing(token);
                drop(match shelf {
                    0 => queue.try_put(thing),
                    1 => store.try_put(thing),
                    _ => heap.try_put(thing),
                });
            }
            Act::TryGetWhere(list) => drop(store.try_get_where(filter(*list, true))),
            Act::TryAcquire => drop(desk.try_acquire()),
            Act::TryLend(list) => drop(pool.try_acquire_where(filter(*list, false))),
            Act::TryDraw => drop(tank.try_get(1.0)),
            Act::TryFill => drop(tank.try_put(1.0)),
            Act::Succeed(event, token) => drop(events[*event].try_succeed(self.thing(token))),
            Act::CancelEvent(event) => events[*event].cancel(),
            Act::Set(rank, token) => {
                let mut thing = self.thing(token);
                thing.rank = u32::from(*rank);
                state.set(thing);
            }
            Act::Open => gate.release(),
            Act::OpenGate => door.open(),
            Act::CloseGate => door.close(),
            Act::Drop(ask) => drop(interpret::ask(self, Context::OUTSIDE, ask)),
            Act::Park(ask) => {
                let parked = interpret::ask(self, Context::OUTSIDE, ask);
                self.parked.borrow_mut().push(Box::pin(parked.into_future()));
            }
            Act::Unpark => {
                let last = self.parked.borrow_mut().pop();
                drop(last);
            }
            Act::Poll(wake, gone) => self.poll_parked(&waker(*wake, *gone)),
            Act::Interrupt(index, token) => {
                if let Some(started) = self.process(*index)
                    && self.env.active_process().as_ref() != Some(&started.process)
                {
                    started.process.interrupt(self.thing(token));
                }
            }
            Act::Cancel(index) => {
                if let Some(started) = self.process(*index) {
                    started.cancelled.set(true);
                    started.process.cancel();
                }
            }
            Act::Start(script) => self.start(None, *script),
            Act::StartIn(delay, script) => self.start(Some(*delay), *script),
            Act::DropOut => {
                let out = self.shared.out.take();
                drop(out);
            }
            Act::DropIn => {
                let input = self.shared.input.take();
                drop(input);
            }
            Act::ReleaseOne => {
                let waited = gate.waiting() > 0;
                // Those who were released while something is dropped go on when that is over.
                if gate.release_one() && !waited {
                    foul("somebody is released, and nobody waits");
                }
            }
            Act::LetOnePass => drop(door.let_one_pass()),
            Act::Peek(list) => {
                // The port is taken out for the call, which may call back into this code.
                if let Some(input) = self.shared.input.take() {
                    struct Back<'w>(&'w World, Option<InPort<Thing>>);
                    impl Drop for Back<'_> {
                        fn drop(&mut self) {
                            self.0.shared.input.replace(self.1.take());
                        }
                    }
                    let back = Back(self, Some(input));
                    if let Some(input) = &back.1 {
                        let _ = input.peek(|_| call(*list, "peek"));
                    }
                }
            }
            Act::TryCask(true) => drop(self.shared.cask.try_put(1.0)),
            Act::TryCask(false) => drop(self.shared.cask.try_get(1.0)),
            Act::CaskCapacity(most) => self.shared.cask.set_capacity(1.0 + f64::from(*most)),
            Act::TryAcquireMany(units) => drop(self.shared.crew.try_acquire_many(*units)),
            Act::CrewCapacity(capacity) => self.shared.crew.set_capacity(*capacity),
            Act::Capacity(true, capacity) => desk.set_capacity(*capacity),
            Act::Capacity(false, capacity) => self.shared.chair.set_capacity(*capacity),
            Act::Schedule(delay, list) => {
                let list = *list;
                drop(self.env.schedule(f64::from(*delay), move |_| call(Some(list), "schedule")));
            }
            Act::DropHandle(index) => {
                let handle = self.process(*index).and_then(|started| started.handle.take());
                drop(handle);
            }
            Act::Panic => plant(),
            Act::ShelfCapacity(shelf, capacity) => {
                self.capacities_kept.set(false);
                match shelf {
                    0 => queue.set_capacity(*capacity),
                    1 => store.set_capacity(*capacity),
                    _ => heap.set_capacity(*capacity),
                }
            }
            Act::Look(shelf, list) => {
                let look = |_: &Thing| call(*list, "look");
                match shelf {
                    0 => queue.for_each(look),
                    1 => store.for_each(look),
                    2 => heap.for_each(look),
                    _ => pool.for_each(look),
                }
            }
            Act::TryGetBest(list) => drop(store.try_get_min_by_key(key(*list))),
            Act::TryLendBest(list) => drop(pool.try_acquire_min_by_key(key(*list))),
            Act::ParkPut(token) => {
                let put = store.put(self.thing(token));
                self.puts.borrow_mut().push(put);
            }
            Act::Withdraw => {
                let last = self.puts.borrow_mut().pop();
                drop(last.and_then(Put::withdraw));
            }
            Act::ParkGet(list) => {
                let get = store.get_where(filter(*list, true));
                self.gets.borrow_mut().push(get);
            }
            Act::Prioritize(priority) => {
                // They are taken out for the calls, which may call back into this code.
                let (mut puts, mut gets) = (self.puts.take(), self.gets.take());
                for put in &mut puts {
                    put.set_priority(*priority);
                }
                for get in &mut gets {
                    get.set_priority(*priority);
                }
                self.puts.borrow_mut().append(&mut puts);
                self.gets.borrow_mut().append(&mut gets);
            }
        }
        self.look();
    }

    fn poll_parked(&self, waker: &task::Waker) {
        let first = {
            let mut parked = self.parked.borrow_mut();
            if parked.is_empty() { None } else { Some(parked.remove(0)) }
        };
        let Some(mut first) = first else { return };
        if first.as_mut().poll(&mut task::Context::from_waker(waker)).is_pending() {
            self.parked.borrow_mut().push(first);
        }
    }
}
