//! Process-based discrete-event simulation.
//!
//! A model is a set of *processes*: ordinary `async fn`s that wait in simulated time, share things,
//! race events against each other and interrupt one another. A *simulation* runs them on one clock
//! and jumps from event to event. This page teaches the library in ten minutes; every item's own
//! page has more.
//!
//! # A first process
//!
//! [`#[process]`](macro@process) turns an `async fn` into something that can be started: a struct
//! with the function's name in CamelCase and its arguments but the environment. The
//! [`Environment`] is the process's handle on its simulation. Time is an `f64` in whatever unit the
//! model uses.
//!
//! ```
//! use asim::prelude::*;
//!
//! #[process]
//! async fn car(env: Environment, name: &'static str) {
//!     println!("{name} parks at {}", env.now());
//!     env.timeout(5.0).await;
//!     println!("{name} drives off at {}", env.now());
//! }
//!
//! fn main() -> Result<(), SimError> {
//!     let sim = Simulation::new();
//!     sim.process(Car::new("Ada"));
//!     sim.process(Car::new("Berta"));
//!     sim.run()?;
//!     assert_eq!(sim.now(), 5.0);
//!     Ok(())
//! }
//! ```
//!
//! The environment may also be taken as `env: &Environment`.
//!
//! The function stays what it was, so a process can also call it as a part of itself:
//! `car(env.clone(), "Clara").await`. [`Environment::spawn`] starts a bare async block,
//! [`process_in`](Environment::process_in) starts a process later, and
//! [`schedule`](Environment::schedule) calls a function at a time, for what waits for nothing.
//!
//! # A model's own state
//!
//! What processes know and change together is an ordinary value that they share: an [`Rc`] with a
//! [`Cell`] for a number or a flag, a [`RefCell`] for what is larger. A simulation lives on one
//! thread, so that is all it takes; only do not keep a `RefCell` borrowed over an `.await`, where
//! others run.
//!
//! A part of a process is a plain `async fn`. It needs no macro, and may borrow: it runs inside the
//! process that awaits it.
//!
//! ```
//! use asim::prelude::*;
//! use std::cell::{Cell, RefCell};
//! use std::rc::Rc;
//!
//! #[derive(Default)]
//! struct Shop {
//!     served: Cell<u32>,
//!     sold: RefCell<Vec<&'static str>>,
//! }
//!
//! #[process]
//! async fn customer(env: Environment, shop: Rc<Shop>, wish: &'static str) {
//!     buy(&env, &shop, wish).await;
//!     shop.served.update(|served| served + 1);
//! }
//!
//! /// A part of the customer's visit.
//! async fn buy(env: &Environment, shop: &Shop, wish: &'static str) {
//!     env.timeout(3.0).await;
//!     shop.sold.borrow_mut().push(wish);
//! }
//!
//! let sim = Simulation::new();
//! let shop = Rc::new(Shop::default());
//! sim.process(Customer::new(shop.clone(), "bread"));
//! sim.process(Customer::new(shop.clone(), "salt"));
//! sim.run()?;
//! assert_eq!(shop.served.get(), 2);
//! assert_eq!(*shop.sold.borrow(), ["bread", "salt"]);
//! # Ok::<(), SimError>(())
//! ```
//!
//! [`Rc`]: std::rc::Rc
//! [`Cell`]: std::cell::Cell
//! [`RefCell`]: std::cell::RefCell
//!
//! # Waiting
//!
//! Whatever one waits for is a [`Waitable`]: a [`Timeout`], an [`Event`] that somebody triggers by
//! hand, a process's handle, a request made to a shared thing. All are returned by plain functions
//! that make the request *at the call*; `.await` only waits for it. A request that is dropped is
//! cancelled, and gives back what it was promised.
//!
//! Starting a process gives a [`ProcessHandle`]. Awaiting it joins the process and gives what that
//! returned; dropping it lets the process run on. Joining gives a `Result` also if the process
//! itself cannot fail, as it may have been interrupted or cancelled, or have panicked: [`Stopped`]
//! says so. If
//! nobody else is to name, interrupt or cancel the work, and nothing is done meanwhile, start no
//! process: call its function and await that, `bake(env.clone(), 20.0).await`, which gives just
//! what the function returns.
//!
//! ```
//! use asim::prelude::*;
//!
//! #[process]
//! async fn bake(env: Environment, minutes: f64) -> Result<u32, &'static str> {
//!     env.timeout(minutes).await;
//!     if minutes > 60.0 { Err("burnt") } else { Ok(12) }
//! }
//!
//! #[process]
//! async fn shop(env: Environment, open: Event<u32>) {
//!     let rolls = env.process(Bake::new(20.0)).await; // joins
//!     open.succeed(rolls.unwrap());
//! }
//!
//! #[process]
//! async fn customer(env: Environment, open: Event<u32>) {
//!     let rolls = open.await; // any number of processes may wait for an event
//!     assert_eq!((env.now(), rolls), (20.0, 12));
//! }
//!
//! let sim = Simulation::new();
//! let open = sim.event();
//! sim.process(Shop::new(open.clone()));
//! sim.process(Customer::new(open));
//! sim.run()?;
//! # Ok::<(), SimError>(())
//! ```
//!
//! # Sharing
//!
//! What processes share are cheap handles; clone one for each process.
//!
//! | | |
//! |---|---|
//! | [`Resource`] | some servers: `acquire()` one, hold the [`Slot`], drop or `release()` it |
//! | [`PreemptiveResource`] | the same, but the more urgent evicts the less; `work()` goes on later with what is left |
//! | [`Pool`] | units to be told apart, lent out and given back: `acquire_where(\|truck\| ..)` |
//! | [`Queue`], [`PriorityQueue`] | items in order of arrival, or the smallest first |
//! | [`Store`] | items to be picked with a filter |
//! | [`Container`] | an amount of something: fuel, water, money |
//! | [`Barrier`] | a gate that lets all pass who wait |
//! | [`channel`](channel()) | a wire from one process to one other, which each hold a port; see [`connect`](connect()) |
//! | [`State`] | a value to be set, read, and waited for: `wait_until(\|light\| ..)` |
//!
//! ```
//! use asim::prelude::*;
//!
//! #[process]
//! async fn car(env: Environment, pump: Resource, tank: Container, litres: f64) {
//!     let slot = pump.acquire().await; // first come, first served
//!     tank.get(litres).await;
//!     env.timeout(litres / 10.0).await;
//!     slot.release();
//! }
//!
//! let sim = Simulation::new();
//! let pump = Resource::new(&sim, 1);
//! let tank = Container::new(&sim, 500.0).with_level(100.0);
//! for litres in [30.0, 50.0] {
//!     sim.process(Car::new(pump.clone(), tank.clone(), litres));
//! }
//! sim.run()?;
//! assert_eq!((sim.now(), tank.level()), (8.0, 20.0));
//! # Ok::<(), SimError>(())
//! ```
//!
//! # Racing and joining
//!
//! [`asim!`] waits for the first of several waitables, or for all of them, and names the outcomes.
//! The compiler checks that every outcome is handled. The losers of a race are cancelled at the
//! moment it is decided, and what they had been promised goes back to where it came from: nothing
//! is lost, and nothing needs to be cleaned up.
//!
//! ```
//! use asim::prelude::*;
//!
//! #[process]
//! async fn customer(env: Environment, counter: Resource, patience: f64) {
//!     asim!(match FirstOf(served = counter.acquire(), reneged = env.timeout(patience)).await {
//!         FirstOf::Served(slot) => {
//!             env.timeout(12.0).await;
//!             slot.release();
//!         }
//!         FirstOf::Reneged(()) => println!("gave up at {}", env.now()),
//!     })
//! }
//!
//! #[process]
//! async fn ship(env: Environment, berth: Resource, tide: Event<f64>) {
//!     let docked = asim!(AllOf(berth = berth.acquire(), depth = tide)).await;
//!     assert!(docked.depth > 3.0);
//!     env.timeout(6.0).await;
//!     docked.berth.release();
//! }
//!
//! let sim = Simulation::new();
//! let counter = Resource::new(&sim, 1);
//! sim.process(Customer::new(counter.clone(), 3.0));
//! sim.process(Customer::new(counter, 3.0));
//! let tide = sim.event();
//! sim.process(Ship::new(Resource::new(&sim, 1), tide.clone()));
//! tide.succeed(4.5);
//! sim.run()?;
//! assert_eq!(sim.now(), 12.0);
//! # Ok::<(), SimError>(())
//! ```
//!
//! A result that travels further is an enum (for `AllOf` a struct) of your own:
//! `asim!(FirstOf::<Visit>(served = .., reneged = ..)).await`. For a collection there are
//! [`first_of`](first_of()) and [`all_of`](all_of()); of what may fail, [`try_all_of`](try_all_of())
//! ends at the first failure. Branches may be whole async blocks, and nest.
//!
//! # Interrupting
//!
//! A process is interrupted through its handle or a [`ProcessRef`], and catches the [`Interrupt`]
//! where it says so, round one wait or round a whole block. Where a process must not be interrupted,
//! [`uninterruptible`](Environment::uninterruptible) keeps interrupts waiting.
//!
//! ```
//! use asim::prelude::*;
//!
//! #[process]
//! async fn machine(env: Environment) -> Result<f64, &'static str> {
//!     let mut left = 8.0;
//!     while left > 0.0 {
//!         let started = env.now();
//!         match env.interruptible(env.timeout(left)).await {
//!             Ok(()) => left = 0.0,
//!             Err(breakdown) => {
//!                 left -= env.now() - started;
//!                 env.timeout(*breakdown.cause::<f64>().unwrap()).await; // repair
//!             }
//!         }
//!     }
//!     Ok(env.now())
//! }
//!
//! let sim = Simulation::new();
//! let machine = sim.process(Machine::new());
//! let (env, breaks) = (sim.env(), machine.process_ref());
//! sim.spawn(async move {
//!     env.timeout(3.0).await;
//!     breaks.interrupt(2.0);
//! });
//! assert_eq!(sim.run_until_event(machine)?, Ok(10.0));
//! # Ok::<(), SimError>(())
//! ```
//!
//! # Failing
//!
//! Waiting cannot fail, so there is no `?` for it. A process that can fail returns a `Result`:
//! whoever joins it receives the error, and if nobody does, the run ends with it. So does an
//! interrupt outside `interruptible`, and an event that was [failed](Event::fail) if nobody receives
//! its error. Nothing fails silently. What a join gives can be passed on with `?`, as can an
//! [`Interrupt`] that was caught; the run then names both processes.
//!
//! ```
//! use asim::prelude::*;
//!
//! #[process]
//! async fn pump(env: Environment) -> Result<(), String> {
//!     env.timeout(2.0).await;
//!     Err("ran dry".to_string())
//! }
//!
//! let sim = Simulation::new();
//! sim.process(Pump::new());
//! let error = sim.run().unwrap_err();
//! assert_eq!(error.to_string(), "process `Pump` failed at time 2: ran dry");
//! ```
//!
//! When a model comes to a standstill, [`Simulation::blocked`] says who waits, for what, since when,
//! and which line of the model asked for it.
//!
//! # Running
//!
//! [`run`](Simulation::run) goes on until nothing is left to happen,
//! [`run_until`](Simulation::run_until) to a time (what is due exactly then happens),
//! [`run_until_event`](Simulation::run_until_event) to an event, of which it gives the value,
//! [`run_all`](Simulation::run_all) to the end of the producers, when it tells the others and ends
//! them, and [`step`](Simulation::step) does one thing. [`RealTime`] does the same in step with the
//! clock on the wall. Dropping the simulation ends everything in it.
//!
//! ```
//! use asim::prelude::*;
//!
//! #[process]
//! async fn clock(env: Environment) -> ! {
//!     loop {
//!         env.timeout(1.0).await;
//!     }
//! }
//!
//! let sim = Simulation::starting_at(8.0);
//! sim.process(Clock::new());
//! sim.run_until(17.5)?;
//! assert_eq!(sim.now(), 17.5);
//! # Ok::<(), SimError>(())
//! ```
//!
//! # Who goes first
//!
//! What is due at the same time happens in the order in which it was scheduled: one timer fires,
//! everything that it made ready runs, then the next. Processes resume in the order in which they
//! were triggered. The same program gives the same trace on every machine. The small print, and how
//! it differs from SimPy's and asimpy's, is in [`guide::guarantees`].
//!
//! # Where to go next
//!
//! * [`guide::guarantees`]: what a model can rely on, and who goes first at a tie
//! * [`guide::from_simpy`], [`guide::from_asimpy`]: each name there and the answer here, one model in
//!   both, and the differences that bite
//! * [`guide::simpy_runs`]: how to print what SimPy prints, to the last digit
//! * [`guide::from_hardware`]: the same for processes with ports and channels, as in CSP
//! * [`guide::how_await_works`]: what happens between a call and the moment its `.await` goes on
//!
//! # The map
//!
//! Inside, `kernel` has the clock, processes and all that one can wait for, `shared` what processes
//! share, and the crate `asim-macros` the two macros.
#![deny(unsafe_code)]

mod error;
pub mod guide;
mod kernel;
mod shared;

pub use asim_macros::process;

pub use error::{
    AlreadyTriggered, AmountError, Full, InvalidDelay, NotSent, ReceiverGone, SenderGone, SimError,
};
pub use kernel::all_of::{AllOf, all_of};
pub use kernel::blocked::Blocked;
pub use kernel::composition::Composition;
pub use kernel::ending::RunEnded;
pub use kernel::environment::Environment;
pub use kernel::event::Event;
pub use kernel::first_of::{FirstOf, first_of};
pub use kernel::handle::{ProcessHandle, ProcessRef, Stopped};
pub use kernel::interrupt::Interrupt;
pub use kernel::interruptible::Interruptible;
pub use kernel::process::{Named, Never, Outcome, Process};
pub use kernel::real_time::RealTime;
pub use kernel::simulation::Simulation;
pub use kernel::timeout::Timeout;
pub use kernel::try_all_of::{TryAllOf, TryComposition, try_all_of};
pub use kernel::uninterruptible::Uninterruptible;
pub use kernel::waitable::{Wait, Waitable};
pub use shared::barrier::{Barrier, BarrierWait};
pub use shared::channel::channel;
pub use shared::container::{Container, Transfer};
pub use shared::get::Get;
pub use shared::plug::{InPlug, OutPlug, connect, connect_with_capacity};
pub use shared::pool::{AcquireUnit, Loan, Pool};
pub use shared::port::{InPort, OutPort};
pub use shared::preemptive::{Preempted, PreemptiveResource};
pub use shared::prioritized::Prioritized;
pub use shared::priority_queue::PriorityQueue;
pub use shared::put::Put;
pub use shared::queue::Queue;
pub use shared::receiving::Receiving;
pub use shared::resource::Resource;
pub use shared::sending::Sending;
pub use shared::slots::{Acquire, Slot};
pub use shared::state::{State, StateWait};
pub use shared::store::Store;
pub use shared::work::{Work, Worked, Working};

/// Waits for the first of several waitables (`FirstOf`), for all of them (`AllOf`), or for all of
/// them unless one fails (`TryAllOf`), and names the outcomes.
///
/// The macro rewrites the calls `FirstOf(name = waitable, ..)`, `AllOf(name = waitable, ..)` and
/// `TryAllOf(name = waitable, ..)` wherever they stand in it, and touches nothing else. The types
/// that it generates do not outlive it, so:
///
/// * A race is matched inside the macro, with one variant for each branch, its name in CamelCase:
///
///   ```
///   # use asim::prelude::*;
///   # async fn example(env: Environment, queue: Queue<u32>) {
///   asim!(match FirstOf(item = queue.get(), late = env.timeout(3.0)).await {
///       FirstOf::Item(item) => println!("got {item}"),
///       FirstOf::Late(()) => println!("gave up"),
///   })
///   # }
///   ```
///
///   `if let`, `while let` and `let .. else` work alike. An arm is code of the function that the
///   macro stands in: `return`, `break`, `continue` and `?` do there what they do outside of it.
///
///   ```
///   # use asim::prelude::*;
///   async fn sum(env: &Environment, numbers: Queue<Result<u32, String>>) -> Result<u32, String> {
///       let mut sum = 0;
///       loop {
///           asim!(match FirstOf(next = numbers.get(), late = env.timeout(3.0)).await {
///               FirstOf::Next(Ok(0)) => continue,
///               FirstOf::Next(number) => sum += number?,
///               FirstOf::Late(()) if sum > 0 => break,
///               FirstOf::Late(()) => return Err("nothing came".to_string()),
///           })
///       }
///       Ok(sum)
///   }
///   # let sim = Simulation::new();
///   # let numbers = Queue::unbounded(&sim);
///   # assert!(sim.run_until_event(sum(&sim, numbers.clone())).unwrap().is_err());
///   # for number in [Ok(0), Ok(2), Ok(3)] { numbers.try_put(number).unwrap(); }
///   # assert_eq!(sim.run_until_event(sum(&sim, numbers.clone())).unwrap(), Ok(5));
///   # numbers.try_put(Err("bad".to_string())).unwrap();
///   # assert!(sim.run_until_event(sum(&sim, numbers)).unwrap().is_err());
///   ```
///
/// * A join is an expression, and its output a struct with the names as fields:
///
///   ```
///   # use asim::prelude::*;
///   # async fn example(env: Environment, left: Queue<u32>, right: Queue<u32>) {
///   let pair = asim!(AllOf(left = left.get(), right = right.get())).await;
///   println!("{}", pair.left + pair.right);
///   # }
///   ```
///
/// * A join of what gives `Result`s fails at the first failure, as [`try_all_of`] does: its output
///   is a `Result` of such a struct.
///
///   ```
///   # use asim::prelude::*;
///   # type Delivery = Event<Result<u32, String>>;
///   async fn assemble(frame: Delivery, engine: Delivery) -> Result<u32, String> {
///       let parts = asim!(TryAllOf(frame = frame, engine = engine)).await?;
///       Ok(parts.frame + parts.engine)
///   }
///   # let sim = Simulation::new();
///   # let (frame, engine) = (sim.event(), sim.event());
///   # engine.fail("lost".to_string());
///   # assert_eq!(sim.run_until_event(assemble(frame, engine)).unwrap(), Err("lost".to_string()));
///   ```
///
/// * A result that travels further is of a type of your own:
///
///   ```
///   # use asim::prelude::*;
///   /// How a customer's visit ended.
///   enum Visit {
///       Served(Slot),
///       Reneged(()),
///   }
///
///   async fn visit(env: &Environment, counter: &Resource) -> Visit {
///       asim!(FirstOf::<Visit>(served = counter.acquire(), reneged = env.timeout(3.0))).await
///   }
///   ```
///
/// The requests are made in the order written, all of them. Among those that are satisfied at once
/// the first written wins. When the race is decided, the losing requests are cancelled; an [`Event`]
/// or a process that lost is merely no longer waited for.
#[macro_export]
macro_rules! asim {
    ($($tokens:tt)*) => {
        $crate::__private::compose! { [$crate] $($tokens)* }
    };
}

/// For the macros' expansions, and to name what public signatures mention; not to be used.
#[doc(hidden)]
pub mod __private {
    pub use asim_macros::compose;

    pub use crate::kernel::all_of::{Both, Joined, Outputs, both, join as all_of};
    pub use crate::kernel::blocked::What;
    pub use crate::kernel::chain::{Chain, chain};
    pub use crate::kernel::composition::{Branches, End, Gives, Progress, Triggered};
    pub use crate::kernel::core::Kernel;
    pub use crate::kernel::each::Each;
    pub use crate::kernel::event::EventWait;
    pub use crate::kernel::first_of::{Either, either, race as first_of};
    pub use crate::kernel::handle::Joining;
    pub use crate::kernel::process::Returns;
    pub use crate::kernel::slab::Key;
    pub use crate::kernel::source::{Link, Source, Unlinked};
    pub use crate::kernel::timeout::BorrowedTimeout;
    pub use crate::kernel::timers::TimerKey;
    pub use crate::kernel::try_all_of::{
        Fallible, Trials, TryBoth, TryBranch, TryEach, TryJoined, TryList, fallible, try_both,
        try_end, try_join as try_all_of,
    };
    pub use crate::kernel::waitable::{Plain, Request};
    pub use crate::kernel::watcher::Watcher;
    pub use crate::shared::buffer::Shelf;
    pub use crate::shared::priority_queue::Smallest;
    pub use crate::shared::queue::InOrder;
    pub use crate::shared::store::Pick;

    /// Makes one branch's request.
    #[track_caller]
    pub fn branch<W: crate::Waitable<Request = R>, R>(waitable: W) -> R {
        waitable.into_request()
    }
}

pub mod prelude {
    //! What a model uses.
    //!
    //! ```
    //! use asim::prelude::*;
    //!
    //! let sim = Simulation::new();
    //! assert_eq!(sim.now(), 0.0);
    //! ```
    pub use crate::{
        Barrier, Container, Environment, Event, InPlug, InPort, Interrupt, Loan, OutPlug, OutPort,
        Outcome, Pool, Preempted, PreemptiveResource, Prioritized, PriorityQueue, Process,
        ProcessHandle, ProcessRef, Queue, Resource, RunEnded, SimError, Simulation, Slot, State,
        Stopped, Store, Timeout, Waitable, all_of, asim, channel, connect, connect_with_capacity,
        first_of, process, try_all_of,
    };
}
