//! Programs as plain data: what a random test runs, twice.
//!
//! A [`Program`] says which objects there are, what is set up before the run, and
//! what each process does. [`crate::reference`] runs it by the rules and
//! [`crate::drive`] on asim; both write the same kind of [`crate::trace::Trace`].
//! `Display` (see [`crate::print`]) shows a program as something like Rust, and
//! [`Program::as_code`] as the expression that builds it, to paste into a test.

/// How long a process may wait: a few small integers, so that ties are common.
pub type Delay = u8;
/// The place of an object among those of its kind.
pub type Index = usize;
/// The name of a local variable that keeps a request or a handle.
pub type Var = u8;

/// No program starts more processes than this; a start too many is skipped.
pub const MOST_PROCESSES: usize = 10;

/// A whole program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Queues, priority queues and stores.
    pub shelves: Vec<Shelf>,
    /// Containers.
    pub tanks: Vec<Tank>,
    /// The capacities of the resources.
    pub resources: Vec<usize>,
    /// The capacities of the preemptive resources.
    pub preemptives: Vec<usize>,
    /// How many barriers there are.
    pub barriers: usize,
    /// For each gate, whether it is open at the start.
    pub gates: Vec<bool>,
    /// How many events there are.
    pub events: usize,
    /// What a process of each kind does.
    pub scripts: Vec<Vec<Step>>,
    /// What happens before the run, outside any process. Must not await.
    pub setup: Vec<Step>,
    /// How the run ends.
    pub end: End,
}

/// How the run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `run`: when nothing is left to do.
    Dry,
    /// `run_until`.
    At(Delay),
    /// `run_before`.
    Before(Delay),
    /// `run_before` the first time, `step` by `step` to the second, `run` from there.
    Parts(Delay, Delay),
}

/// What kind of thing holds items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShelfKind {
    /// `Queue`.
    Queue,
    /// `PriorityQueue`: the smallest rank first.
    Priority,
    /// `Store`: the only one with filters.
    Store,
}

/// A thing that holds items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// Which of the three.
    pub kind: ShelfKind,
    /// `None` is unbounded.
    pub capacity: Option<usize>,
}

/// A container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tank {
    /// The most it holds.
    pub capacity: u32,
    /// What it holds at the start.
    pub level: u32,
    /// Whether it was made `in_order`.
    pub in_order: bool,
}

/// One statement of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Awaits; slots that come out are held, items are consumed.
    Await(Ask),
    /// Makes a request and keeps it in a variable; what was there is dropped after.
    Keep(Var, Ask),
    /// Drops what a variable keeps.
    Drop(Var),
    /// Releases one of the held slots (counted modulo how many there are).
    Release(Index),
    /// `try_get`, with `Some(rank)` `try_get_where` (stores only).
    TryGet(Index, Option<u8>),
    /// `try_put` of an item of this rank.
    TryPut(Index, u8),
    /// `try_get` of an amount.
    TryDraw(Index, u32),
    /// `try_put` of an amount.
    TryFill(Index, u32),
    /// `try_acquire`. The slot is held.
    TryAcquire(Index),
    /// Makes an event happen, with the number of the process as its value.
    Succeed(Index),
    /// Cancels an event.
    CancelEvent(Index),
    /// Opens a barrier.
    Open(Index),
    /// Opens a barrier for the first that waits. Says whether somebody waits.
    OpenForOne(Index),
    /// Opens a gate.
    OpenGate(Index),
    /// Closes a gate.
    CloseGate(Index),
    /// Starts a process; its handle is kept, or dropped at once.
    Start(Index, Option<Var>),
    /// Interrupts the n-th process that was started (never the one that does it).
    Interrupt(Index, u32),
    /// Cancels the n-th process that was started.
    Cancel(Index),
    /// `set_capacity` of a container.
    Resize(Index, u32),
    /// Ends the block it stands in; the block of a process ends in an error.
    Fail,
    /// `try_acquire_many`. The slot is held.
    TryAcquireMany(Index, usize),
    /// `set_priority` of the request that a variable keeps, if it has one.
    SetPriority(Var, i32),
    /// `set_capacity` of a shelf.
    ShelfCapacity(Index, Option<usize>),
    /// `try_get_where_min_by_key`: refuses this rank, and has the order of [`Item::key`] (stores only).
    TryGetBest(Index, Option<u8>),
    /// `withdraw` of the put that a variable keeps.
    Withdraw(Var),
}

/// Something to await: a request is made where it is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// `env.timeout(delay)`.
    Timeout(Delay),
    /// `env.timeout(INFINITY)`.
    Forever,
    /// `get`, with `Some(rank)` `get_where` (stores only).
    Get(Index, Option<u8>),
    /// `put` of an item of this rank.
    Put(Index, u8),
    /// `Container::get`.
    Draw(Index, u32),
    /// `Container::put`.
    Fill(Index, u32),
    /// `Resource::acquire_with_priority`.
    Acquire(Index, i32),
    /// `PreemptiveResource::acquire_with_priority`, with `false` that of its `without_preemption`.
    Seize(Index, i32, bool),
    /// An event.
    Event(Index),
    /// `Barrier::wait`.
    Barrier(Index),
    /// `Gate::wait`.
    Gate(Index),
    /// `env.wait_until`: all of these facts, one or two, are true at one moment.
    Until(Vec<Fact>),
    /// `&mut` of what a variable keeps, which stays there until it has given its output. If it cannot be
    /// lent (a composite, a future) or is not there, this counts as `Timeout(1)`.
    Lent(Var),
    /// `Container::get` with this priority.
    DrawAs(Index, u32, i32),
    /// `Container::put` with this priority.
    FillAs(Index, u32, i32),
    /// What a variable keeps: a request, or the handle of a process to join. An
    /// empty variable counts as `Timeout(1)`.
    Kept(Var),
    /// A race.
    FirstOf(Vec<Ask>),
    /// A join of all.
    AllOf(Vec<Ask>),
    /// An async block.
    Block(Vec<Step>),
    /// `env.interruptible(..)`.
    Interruptible(Box<Ask>),
    /// `Resource::acquire_many_with_priority`: the units, and the priority.
    AcquireMany(Index, usize, i32),
    /// `PreemptiveResource::acquire_many_with_priority`, with `false` that of its `without_preemption`.
    SeizeMany(Index, usize, i32, bool),
    /// `acquire_together_with_priority` of two resources, which may be the same.
    Together([(Index, usize); 2], i32),
    /// `env.timeout_until(time)`, or of now if that time has passed.
    At(Delay),
    /// `env.settled()`.
    Settled,
    /// `get_where_min_by_key`: refuses this rank, and has the order of [`Item::key`] (stores only).
    GetBest(Index, Option<u8>),
    /// `with_priority` of a get or a put.
    Urgent(Box<Ask>, i32),
}

impl Ask {
    /// Adds the variables of which it lends the requests. (A block has variables of its own.)
    pub fn lends(&self, vars: &mut Vec<Var>) {
        match self {
            Self::Lent(var) => vars.push(*var),
            Self::FirstOf(branches) | Self::AllOf(branches) => {
                for branch in branches {
                    branch.lends(vars);
                }
            }
            Self::Interruptible(inner) => inner.lends(vars),
            _ => {}
        }
    }
}

/// Something that a condition says of an object: what it shows is at least, or at most, this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it looks at.
    pub of: Watched,
    /// At least, otherwise at most.
    pub at_least: bool,
    /// What the number is compared with.
    pub number: i64,
}

impl Fact {
    /// Whether it is true of what the object shows.
    #[must_use]
    pub fn holds(self, shown: i64) -> bool {
        if self.at_least { shown >= self.number } else { shown <= self.number }
    }
}

/// What a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// The length of a queue, a priority queue or a store.
    Shelf(Index),
    /// The level of a container.
    Tank(Index),
    /// The number of slots that are taken.
    Resource(Index),
    /// The same of a preemptive resource.
    Preemptive(Index),
    /// How many wait at a barrier.
    Barrier(Index),
    /// How many wait at a gate, and 10 more if it is open.
    Gate(Index),
    /// 1 if an event was triggered, 2 if it was cancelled.
    Event(Index),
}

impl Program {
    /// A program without objects, which does nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            shelves: Vec::new(),
            tanks: Vec::new(),
            resources: Vec::new(),
            preemptives: Vec::new(),
            barriers: 0,
            gates: Vec::new(),
            events: 0,
            scripts: Vec::new(),
            setup: Vec::new(),
            end: End::Dry,
        }
    }

    /// The Rust expression that builds this program, given `use Step::*, Ask::*`
    /// and the like.
    #[must_use]
    pub fn as_code(&self) -> String {
        format!("{self:?}")
            .replace('[', "vec![")
            .replace("Interruptible(", "interruptible(")
            .replace("Urgent(", "urgent(")
    }
}

/// `Ask::Interruptible` without the box.
#[must_use]
pub fn interruptible(ask: Ask) -> Ask {
    Ask::Interruptible(Box::new(ask))
}

/// `Ask::Urgent` without the box.
#[must_use]
pub fn urgent(ask: Ask, priority: i32) -> Ask {
    Ask::Urgent(Box::new(ask), priority)
}

/// An item that is put somewhere: its rank orders it, its number names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// What a priority queue sorts by and a store's filter looks at.
    pub rank: u8,
    /// The number of the item in the run.
    pub serial: u32,
}

impl Item {
    /// What the best item has least of: not the order of the ranks.
    #[must_use]
    pub fn key(self) -> u8 {
        (self.rank + 1) % 3
    }
}
