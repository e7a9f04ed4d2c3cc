//! A hostile program as data: what its processes do, and what its user code does when it is called.
//!
//! User code is a list of [`Act`]s, which the `Drop` of an item, the `Clone` of a value, a filter, a
//! waker and so on run when the library calls them.

/// The number of a list of acts.
pub type List = usize;

/// A user thing that goes through the library: an item, a local, a cause, a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// What its `Drop` does.
    pub drop: Option<List>,
    /// What its `Clone` and its `Ord` do.
    pub call: Option<List>,
    /// Whether it holds a slot of the resource, if one is free when it is made.
    pub slot: bool,
}

/// What user code does when it is called; nothing here waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Gets from a shelf: 0 is the queue, 1 the store, 2 the priority queue.
    TryGet(usize),
    /// Puts into a shelf.
    TryPut(usize, Token),
    /// Gets from the store with a filter that calls back.
    TryGetWhere(Option<List>),
    /// Acquires a slot and drops it.
    TryAcquire,
    /// Borrows a unit with a filter that calls back, and drops it.
    TryLend(Option<List>),
    /// Takes from the container.
    TryDraw,
    /// Puts into the container.
    TryFill,
    /// Triggers an event, if it can be.
    Succeed(usize, Token),
    /// Cancels an event.
    CancelEvent(usize),
    /// Sets the state.
    Set(u8, Token),
    /// Releases the barrier.
    Open,
    /// Opens the gate.
    OpenGate,
    /// Closes the gate.
    CloseGate,
    /// Makes a request and drops it.
    Drop(Ask),
    /// Makes a request, and parks it for any process.
    Park(Ask),
    /// Drops what was parked last.
    Unpark,
    /// Polls what was parked first, with a waker that runs one list when it wakes and one when it goes.
    Poll(Option<List>, Option<List>),
    /// Interrupts a process with a cause.
    Interrupt(usize, Token),
    /// Cancels a process.
    Cancel(usize),
    /// Starts a script.
    Start(usize),
    /// Starts a script after a delay.
    StartIn(u8, usize),
    /// Drops the port that sends.
    DropOut,
    /// Drops the port that receives.
    DropIn,
    /// Sets the capacity of the resource, or of the preemptive one.
    Capacity(bool, usize),
    /// Schedules a list of acts.
    Schedule(u8, List),
    /// Drops the handle of a process.
    DropHandle(usize),
    /// Panics, unless a panic is under way.
    Panic,
    /// Acquires units of the crew and drops them.
    TryAcquireMany(usize),
    /// Sets the capacity of the crew.
    CrewCapacity(usize),
    /// Sets the capacity of a shelf.
    ShelfCapacity(usize, Option<usize>),
    /// Looks at all items of a shelf, or of the pool (3), and runs a list for each.
    Look(usize, Option<List>),
    /// Gets the best item of the store, by a key that calls back.
    TryGetBest(Option<List>),
    /// Borrows the best unit, by a key that calls back, and drops it.
    TryLendBest(Option<List>),
    /// Puts into the store, and parks the put with those that can be withdrawn.
    ParkPut(Token),
    /// Withdraws the put that was parked last.
    Withdraw,
    /// Gets from the store by a filter that calls back, and parks the get with those whose priority
    /// can be changed.
    ParkGet(Option<List>),
    /// Changes the priorities of all gets and puts that were so parked.
    Prioritize(i32),
    /// Releases one who waits at the barrier.
    ReleaseOne,
    /// Lets one pass the gate.
    LetOnePass,
    /// Looks at what is there to receive, and runs a list.
    Peek(Option<List>),
    /// Puts into the strict container, or takes from it.
    TryCask(bool),
    /// Sets the capacity of the strict container.
    CaskCapacity(u8),
}

/// Something to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A delay.
    Timeout(u8),
    /// An infinite delay.
    Never,
    /// An item of a shelf.
    Get(usize),
    /// An item of the store, by a filter that calls back.
    GetWhere(Option<List>, bool),
    /// Room in a shelf.
    Put(usize, Token),
    /// A slot, with a priority.
    Acquire(i32),
    /// A slot of the preemptive resource.
    Seize(i32),
    /// Work on the preemptive resource.
    Work(i32, u8),
    /// A unit, by a filter that calls back.
    Lend(Option<List>, bool),
    /// An amount of the container.
    Draw,
    /// Room in the container.
    Fill,
    /// An event.
    Event(usize),
    /// An event of its own, which has happened and which nobody else holds.
    OwnEvent(Token),
    /// A value of the state, by a predicate that calls back.
    Until(Option<List>, u8),
    /// The barrier.
    Barrier,
    /// The gate.
    Gate,
    /// The end of a process.
    Join(usize),
    /// A send through the channel.
    Send(Token),
    /// A receive.
    Receive,
    /// A race.
    FirstOf(Vec<Ask>),
    /// A join.
    AllOf(Vec<Ask>),
    /// An async block.
    Block(Vec<Op>),
    /// A part that can be interrupted.
    Interruptible(Box<Ask>),
    /// A part that cannot.
    Uninterruptible(Box<Ask>),
    /// Units of the crew, with a priority.
    AcquireMany(usize, i32),
    /// Units of the preemptive resource, with a priority.
    SeizeMany(usize, i32),
    /// Units of the crew and a slot of the resource together, in either order, with a priority.
    Together(usize, bool, i32),
    /// A slot, by reference: first in a race with a delay, then alone. The priority changes in between.
    Turn(i32, u8, i32),
    /// A time, or now if it has passed.
    UntilTime(u8),
    /// The end of the instant.
    Settled,
    /// The best item of the store, by a key that calls back, with a priority.
    GetBest(Option<List>, i32),
    /// The best unit, by a filter and a key that call back.
    LendBest(Option<List>, bool),
    /// Room in a shelf, with a priority.
    PutUrgent(usize, Token, i32),
    /// One of several conditions on shared things, which calls back when it is evaluated.
    Condition(usize, Option<List>),
    /// A request of one of several kinds by `&mut`: some rounds, and then an end.
    Kept(usize, Vec<u8>, u8, Option<List>),
    /// Something to receive, at which it looks.
    Ready(Option<List>),
    /// A get or put of the container or of the strict one, with a priority.
    Transfer(bool, bool, i32),
    /// A join that fails at the first failure.
    TryAllOf(Vec<Ask>),
}

/// A statement of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Awaits something and holds what it gives.
    Await(Ask),
    /// Holds a token.
    Hold(Token),
    /// Drops what is held, the first of it.
    Release,
    /// Runs a list of acts.
    Do(List),
    /// A block whose panics are caught.
    Catch(Vec<Op>),
    /// `futures::join!`
    JoinBoth(Ask, Ask),
    /// `futures::future::select`
    Select(Ask, Ask),
    /// `FuturesUnordered`
    Unordered(Vec<Ask>),
    /// Polled once with a waker that does nothing, and then awaited if the flag is set.
    NowOrNever(Ask, bool),
    /// Polled once, then parked.
    PollAndPark(Ask),
    /// Polled with a waker that runs these lists (when it wakes, when it goes), then awaited.
    HostileWaker(Ask, Option<List>, Option<List>),
    /// An `interruptible` raced by reference, round after round.
    Rounds(Ask),
    /// Awaits what was parked last.
    AwaitParked,
    /// Woken by another thread.
    Thread,
    /// Fails, if only blocks and interruptible parts are around it.
    Fail,
    /// Panics, unless a panic is under way.
    Panic,
}

/// What the owner of the simulation does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Main {
    /// Runs to the end.
    Run,
    /// Runs for this time.
    Until(u8),
    /// Takes this number of steps.
    Steps(u8),
    /// Runs until a block of its own is over, outside of any process.
    Block(Vec<Op>),
    /// Runs to the end of one process, and ends all others.
    All(usize),
    /// Runs a list of acts.
    Do(List),
    /// Runs for this time, but does nothing that is due at its end.
    Before(u8),
}

/// A whole program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// What user code does.
    pub lists: Vec<Vec<Act>>,
    /// What processes do; one of each is started at the beginning.
    pub scripts: Vec<Vec<Op>>,
    /// What the owner of the simulation does.
    pub main: Vec<Main>,
    /// Whether the simulation is dropped when `main` ends, instead of being run to the end.
    pub drops_early: bool,
}

impl Program {
    /// Returns `true` if the compiler may forget a value: it does not drop what a function returns,
    /// or what an `.await` gives, if a later drop panics.
    #[must_use]
    pub fn may_forget(&self) -> bool {
        format!("{self:?}").contains("Panic")
    }

    /// Whether its log is kept. It changes nothing: half of the programs run with it.
    #[must_use]
    pub fn is_logged(&self) -> bool {
        self.scripts.len() % 2 == 1
    }

    /// Returns `true` if other threads wake its processes, so that two runs of it may differ.
    #[must_use]
    pub fn has_threads(&self) -> bool {
        format!("{self:?}").contains("Thread")
    }

    /// Returns `true` if there are filters, so that a getter may wait beside an item that it does
    /// not want.
    #[must_use]
    pub fn has_filters(&self) -> bool {
        let text = format!("{self:?}");
        // A key refuses nothing, but it may panic whenever it is asked for.
        let key_may_panic = text.contains("GetBest") && text.contains("Panic");
        text.contains("GetWhere")
            || text.contains("ParkGet")
            || text.contains("Kept(1,")
            || key_may_panic
    }
}
