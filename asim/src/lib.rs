//! Process-based discrete-event simulation.
//!
//! A model is a set of *processes*: ordinary `async fn`s that wait in simulated time, share things, race
//! events against each other and interrupt one another. A *simulation* runs them on one clock and jumps
//! from event to event. This page teaches the library in ten minutes. The page of each item has more.
//!
//! # A first process
//!
//! [`#[process]`](macro@process) turns an `async fn` into something that can be started: a struct that
//! has the function's name in CamelCase and holds all its arguments except the environment. The
//! [`Environment`] is the process's handle on its simulation. Time is an `f64` in the model's own unit.
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
//! The environment can also be taken as `env: &Environment`.
//!
//! The function can still be called, so a process can also use it as a part of itself:
//! `car(env.clone(), "Clara").await`. [`Environment::spawn`] starts a bare async block.
//! [`process_in`](Environment::process_in) starts a process later. [`schedule`](Environment::schedule)
//! calls a function at a later time, for an action that waits for nothing. Where these take a delay,
//! [`timeout_until`](Environment::timeout_until), [`process_at`](Environment::process_at) and
//! [`schedule_at`](Environment::schedule_at) take a time, and happen when the clock shows exactly that.
//!
//! # A model's own state
//!
//! State that several processes use is an ordinary shared value: an [`Rc`] with a [`Cell`] for a number
//! or a flag, or with a [`RefCell`] for larger data. That is enough, because a simulation lives on one
//! thread. Only do not keep a `RefCell` borrowed across an `.await`, where other processes run.
//!
//! A part of a process is a plain `async fn`. It needs no macro. It may borrow, because it runs inside
//! the process that awaits it.
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
//! Everything that a process can wait for is a [`Waitable`]: a [`Timeout`], an [`Event`] that the model
//! triggers, a process's handle, a request to a shared thing. Plain functions return waitables, and make
//! the request *at the call*; `.await` only waits for it. A request that is dropped is cancelled, and
//! gives back what it was promised. A request that is awaited as `&mut` outlives the wait: it keeps its place in
//! line through a lost race or an interrupt, and can be awaited again.
//!
//! Starting a process gives a [`ProcessHandle`]. Awaiting the handle joins the process and gives what it
//! returned; dropping the handle lets the process run on. A join gives a `Result` even if the process
//! itself cannot fail, because the process may have been interrupted or cancelled, or may have panicked:
//! [`Stopped`] says which.
//!
//! If you need no handle and do nothing meanwhile, start no process. Just await the function:
//! `bake(env.clone(), 20.0).await` gives exactly what the function returns.
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
//! Processes share cheap handles. Clone a handle for each process.
//!
//! | | |
//! |---|---|
//! | [`Resource`] | some equal servers: `acquire()` a [`Slot`], hold it, drop or `release()` it; `acquire_many(6)` takes six at once, and [`acquire_together`](acquire_together()) takes several resources at once, all or nothing |
//! | [`PreemptiveResource`] | the same, but urgent processes evict less urgent ones; `work()` does the rest of the work later |
//! | [`Pool`] | distinct units that are lent out and given back: `acquire_where(\|truck\| ..)`, or the nearest one: `acquire_min_by_key(\|truck\| ..)` |
//! | [`Queue`], [`PriorityQueue`] | items, first come first served or the smallest first |
//! | [`Store`] | items that a getter can pick with a filter, or by the smallest key |
//! | [`Container`] | an amount of something: fuel, water, money; its sums are exact |
//! | [`Barrier`] | holds processes up until a release lets all of them go together, or only the first |
//! | [`Gate`] | lets processes pass while it is open, and holds them up while it is closed |
//! | [`channel`](channel()) | a wire from one process to another, each with a port; see [`connect`](connect()) |
//! | [`State`] | a value that can be set, read, and waited for: `wait_until(\|light\| ..)` |
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
//! A line goes by priority, the smallest number first, and then by arrival:
//! `tank.get(litres).with_priority(-1)`. [`set_priority`](Request::set_priority) changes it while the request waits.
//! Queues, stores, containers and resources can change their capacity.
//!
//! # Waiting for a condition
//!
//! [`wait_until`](Environment::wait_until) waits until something is true of several things at one moment. It
//! watches the things that it names, and hands them to the condition at each change.
//!
//! ```
//! use asim::prelude::*;
//!
//! #[process]
//! async fn baker(env: Environment, flour: Container, shelf: Queue<&'static str>) {
//!     for _ in 0..2 {
//!         env.wait_until((&flour, &shelf), |(flour, shelf)| flour.level() >= 5.0 && shelf.len() < 3).await;
//!         flour.get(5.0).await;
//!         env.timeout(1.0).await;
//!         shelf.put("bread").await;
//!     }
//! }
//!
//! let sim = Simulation::new();
//! let (flour, shelf) = (Container::new(&sim, 100.0).with_level(8.0), Queue::unbounded(&sim));
//! sim.process(Baker::new(flour.clone(), shelf.clone()));
//! sim.schedule(6.0, move |_| flour.try_put(50.0).unwrap());
//! sim.run()?;
//! assert_eq!((sim.now(), shelf.len()), (7.0, 2));
//! # Ok::<(), SimError>(())
//! ```
//!
//! # Racing and joining
//!
//! [`asim!`] waits for the first of several waitables, or for all of them, and names the outcomes. The
//! compiler checks that every outcome is handled. The losers of a race are cancelled when it is decided,
//! and what they were promised goes back. Nothing is lost, and the model has nothing to clean up.
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
//! A result that leaves the macro has a type of your own, an enum (for `AllOf` a struct):
//! `asim!(FirstOf::<Visit>(served = .., reneged = ..)).await`. For a collection there are
//! [`first_of`](first_of()) and [`all_of`](all_of()), and [`try_all_of`](try_all_of()) ends at the first
//! failure. Branches can be whole async blocks, and can nest.
//!
//! If the kinds of the branches are known only while the model runs, box them. Each is
//! [`mapped`](Waitable::mapped) to one type of output, and [boxed](Waitable::into_boxed):
//!
//! ```
//! use asim::prelude::*;
//!
//! enum Meal {
//!     Dish(&'static str),
//!     Nothing,
//! }
//!
//! async fn guest(env: Environment, buffets: Vec<Queue<&'static str>>, patience: f64) -> Meal {
//!     let mut wishes: Vec<BoxedWaitable<Meal>> = Vec::new();
//!     for buffet in &buffets {
//!         wishes.push(buffet.get().mapped(Meal::Dish).into_boxed());
//!     }
//!     wishes.push(env.timeout(patience).mapped(|()| Meal::Nothing).into_boxed());
//!     first_of(wishes).await.1
//! }
//!
//! let sim = Simulation::new();
//! let buffets = vec![Queue::unbounded(&sim), Queue::unbounded(&sim)];
//! buffets[1].try_put("soup").unwrap();
//! let env = sim.env();
//! sim.spawn(async move {
//!     assert!(matches!(guest(env.clone(), buffets.clone(), 3.0).await, Meal::Dish("soup")));
//!     assert!(matches!(guest(env, buffets, 3.0).await, Meal::Nothing));
//! });
//! sim.run()?;
//! assert_eq!(sim.now(), 3.0);
//! # Ok::<(), SimError>(())
//! ```
//!
//! # Interrupting
//!
//! A process is interrupted through its handle or a [`ProcessRef`]. It catches the [`Interrupt`] where it
//! is marked [`interruptible`](Environment::interruptible): around one wait or around a whole block.
//! Where it must not be interrupted, [`uninterruptible`](Environment::uninterruptible) makes interrupts
//! wait.
//!
//! ```
//! use asim::prelude::*;
//!
//! #[process]
//! async fn machine(env: Environment, line: Queue<&'static str>) -> ! {
//!     loop {
//!         // The work stands still while the machine is repaired.
//!         let mut work = env.pausable_timeout(8.0);
//!         while let Err(breakdown) = env.interruptible(&mut work).await {
//!             repair(&env, &breakdown).await;
//!         }
//!         // The part keeps its place, and goes in only once.
//!         let mut put = line.put("part");
//!         while let Err(breakdown) = env.interruptible(&mut put).await {
//!             repair(&env, &breakdown).await;
//!         }
//!     }
//! }
//!
//! async fn repair(env: &Environment, breakdown: &Interrupt) {
//!     env.timeout(*breakdown.cause::<f64>().expect("it says how long it takes")).await;
//! }
//!
//! let sim = Simulation::new();
//! let line = Queue::unbounded(&sim);
//! let machine = sim.process(Machine::new(line.clone()));
//! sim.schedule(3.0, move |_| machine.interrupt(2.0));
//! assert_eq!(sim.run_until_event(line.get())?, "part");
//! assert_eq!(sim.now(), 10.0);
//! # Ok::<(), SimError>(())
//! ```
//!
//! A helper for requests of all kinds is in [the guide](guide::guarantees#a-request-outlives-a-wait).
//!
//! An interrupt cancels a request that was given by value, but a put that has been accepted stays in. A loop
//! that makes its put anew after each interrupt may put an item twice, if both fall on one time:
//! [a request outlives a wait](guide::guarantees#a-request-outlives-a-wait).
//!
//! # Failing
//!
//! Waiting cannot fail, so it needs no `?`. A process that can fail returns a `Result`. Its joiner
//! receives the error. If nobody joins it, the run ends with the error. The run also ends at an interrupt
//! outside `interruptible`, and at an event that was [failed](Event::fail) if nobody receives its error.
//! Nothing fails silently. `?` can pass on the error of a join, and also an [`Interrupt`] that was
//! caught; the run then names both processes.
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
//! # Running
//!
//! [`run`](Simulation::run) goes on until nothing is left to do;
//! [`run_to_end`](Simulation::run_to_end) reports processes that still wait then.
//! [`run_until`](Simulation::run_until)
//! goes on to a time, and does what is due exactly then; [`run_before`](Simulation::run_before) leaves
//! that to the next run. [`run_until_event`](Simulation::run_until_event)
//! goes on to an event, and returns its value. [`run_all`](Simulation::run_all) goes on until the
//! producers have ended; then it interrupts the other processes, and ends them.
//! [`step`](Simulation::step) does one thing. [`RealTime`] runs a simulation in step with the wall clock, and
//! hears other threads: a process can await what they send.
//! Dropping the simulation ends everything in it.
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
//! # Random numbers
//!
//! [`env.stream("arrivals")`](Environment::stream) is a [`Stream`] of random numbers, and each distribution is a
//! method of it. Its numbers depend only on the seed of the simulation and on its name. So a stream for each
//! purpose keeps what is compared the same: one process more changes the numbers of no other stream. A seed gives
//! the same numbers on every platform and in every build.
//!
//! ```
//! use asim::prelude::*;
//!
//! #[process]
//! async fn source(env: Environment, counter: Resource) -> ! {
//!     let (arrivals, service) = (env.stream("arrivals"), env.stream("service"));
//!     loop {
//!         env.timeout(arrivals.exponential(10.0)).await; // the mean, not the rate
//!         env.process(Customer::new(counter.clone(), service.triangular(4.0, 7.0, 13.0)));
//!     }
//! }
//!
//! #[process]
//! async fn customer(env: Environment, counter: Resource, service: f64) {
//!     let _slot = counter.acquire().await;
//!     env.timeout(service).await;
//! }
//!
//! let sim = Simulation::seeded(42);
//! sim.process(Source::new(Resource::new(&sim, 1)));
//! sim.run_until(480.0)?;
//! # Ok::<(), SimError>(())
//! ```
//!
//! [`arrivals_per`](Stream::arrivals_per) gives arrivals whose rate changes by the hour, and
//! [`nth`](Stream::nth) a stream for each customer.
//!
//! # Measuring
//!
//! What has a name is measured: write `.named("clerks")` where a resource, a queue or another shared thing is made.
//! Values of the model's own go to a [tally](Environment::tally), a value that holds for some time to a
//! [level](Environment::level), and what is only counted to a [counter](Environment::counter).
//! [`report`](Environment::report) gives all of it: as a table when it is printed, and as numbers.
//!
//! ```
//! use asim::prelude::*;
//!
//! #[process]
//! async fn customer(env: Environment, clerks: Resource) {
//!     let arrived = env.now();
//!     let slot = clerks.acquire().await;
//!     env.timeout(4.0).await;
//!     slot.release();
//!     env.tally("visit").add(env.now() - arrived);
//! }
//!
//! let sim = Simulation::new();
//! let clerks = Resource::new(&sim, 2).named("clerks");
//! for _ in 0..3 {
//!     sim.process(Customer::new(clerks.clone()));
//! }
//! sim.run_until(10.0)?;
//! let report = sim.report();
//! println!("{report}");
//! let m = report.resource("clerks").expect("it has a name");
//! assert_eq!((m.utilisation(), m.served, m.waited.most()), (0.6, 3, 4.0));
//! assert_eq!(report.tally("visit").expect("somebody was there").mean(), 16.0 / 3.0);
//! # Ok::<(), SimError>(())
//! ```
//!
//! [`warm_up`](Environment::warm_up) starts all measures again at a time. [`guide::from_model_to_study`] goes on from
//! here.
//!
//! # Many runs
//!
//! One run is one draw. With the feature `experiment`, an `Experiment` makes many replications of a model, on all
//! processors, and gives each result as a mean with its interval. All that has a name becomes a result by itself. With
//! the feature `cli`, it is a program with a command line.
//!
//! ```
//! # #[cfg(feature = "experiment")]
//! # fn shown() -> Result<(), asim::ExperimentError> {
//! use asim::prelude::*;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Bank {
//!     clerks: usize,
//! }
//!
//! #[process]
//! async fn door(env: Environment, clerks: Resource) -> ! {
//!     loop {
//!         env.timeout(env.stream("arrivals").exponential(1.0)).await;
//!         env.process(Customer::new(clerks.clone(), env.stream("service").exponential(2.5)));
//!     }
//! }
//!
//! #[process]
//! async fn customer(env: Environment, clerks: Resource, service: f64) {
//!     let _clerk = clerks.acquire().await;
//!     env.timeout(service).await;
//! }
//!
//! fn bank(rep: &Replication, bank: &Bank) -> Result<(), SimError> {
//!     let sim = rep.simulation(); // with the random numbers of this replication
//!     sim.process(Door::new(Resource::new(&sim, bank.clerks).named("clerks")));
//!     sim.run_until(480.0)
//! }
//!
//! let results = Experiment::new("bank", bank, Bank { clerks: 3 })
//!     .sweep("clerks", 3..=5)
//!     .compare_to("clerks", 3)
//!     .replications(50)
//!     .run()?; // or, as the last line of a program: .main()
//! println!("{results}");
//! let five = &results.scenarios()[2];
//! assert!(five.difference("clerks.waited.mean").expect("it is compared").high() < 0.0);
//! # Ok(())
//! # }
//! # #[cfg(feature = "experiment")]
//! # shown().unwrap();
//! ```
//!
//! [`guide::many_runs`] has all of it.
//!
//! # Looking at it
//!
//! With the feature `report`, a run can be looked at in a browser: a report with pictures, and a replay that plays the
//! run from its log. Each is one file. Keep the log before the model is built.
//!
//! ```
//! # #[cfg(feature = "report")]
//! # fn shown() -> Result<(), asim::SimError> {
//! use asim::prelude::*;
//!
//! #[process]
//! async fn customer(env: Environment, clerks: Resource) {
//!     let _clerk = clerks.acquire().await;
//!     env.timeout(4.0).await;
//! }
//!
//! # let folder = std::env::temp_dir().join(format!("asim-front-page-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder).unwrap();
//! # let (bank, bank_replay) = (folder.join("bank.html"), folder.join("bank-replay.html"));
//! let sim = Simulation::new();
//! let trace = sim.trace();
//! let clerks = Resource::new(&sim, 2).named("clerks");
//! for _ in 0..5 {
//!     sim.process(Customer::new(clerks.clone()));
//! }
//! sim.run()?;
//! sim.report().html(bank)?; // "bank.html"
//! trace.replay(bank_replay)?; // "bank-replay.html"
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok(())
//! # }
//! # #[cfg(feature = "report")]
//! # shown().unwrap();
//! ```
//!
//! [`guide::looking`] says what is in them.
//!
//! # What happened, and why nothing happens
//!
//! [`trace`](Environment::trace) keeps all that happens in memory, and [`trace_to`](Environment::trace_to) writes it to
//! a file: text, JSON lines, or for the viewer Perfetto. [`log`](Environment::log) adds a line of the model's own.
//! [`fingerprint`](Environment::fingerprint) is a hash over all that happens: a test of a model in one line.
//!
//! When a model comes to a standstill, [`standstill`](Environment::standstill) says who waits for what, since when,
//! and who holds it, and which processes wait for each other. [`Simulation::blocked`] is the list behind it.
//!
//! ```
//! use asim::prelude::*;
//!
//! #[process]
//! async fn clerk(env: Environment, first: Resource, second: Resource) {
//!     let _first = first.acquire().await;
//!     env.timeout(1.0).await;
//!     env.log("needs the other one, too");
//!     let _second = second.acquire().await;
//! }
//!
//! let sim = Simulation::new();
//! let story = sim.trace();
//! let (printer, stapler) = (Resource::new(&sim, 1).named("printer"), Resource::new(&sim, 1).named("stapler"));
//! sim.process(Clerk::new(printer.clone(), stapler.clone()).named("Ada"));
//! sim.process(Clerk::new(stapler, printer).named("Berta"));
//! sim.run()?;
//! println!("{story}");
//! assert_eq!(
//!     sim.standstill().circles[0].to_string(),
//!     "a deadlock: Ada waits for `stapler`, held by Berta since 0; \
//!      Berta waits for `printer`, held by Ada since 0"
//! );
//! # Ok::<(), SimError>(())
//! ```
//!
//! # Who goes first
//!
//! Things that are due at the same time happen in the order in which they were scheduled: one timer
//! fires, everything that it made ready runs, then the next timer fires. Processes resume in the order in
//! which they were triggered. The same program gives the same trace on every machine.
//! [`env.settled()`](Environment::settled) waits until everything else of this time has happened.
//! [`guide::guarantees`] has the details, and the differences from SimPy and asimpy.
//!
//! # Where to go next
//!
//! * [`guide::from_model_to_study`]: from a question to its answer, with an emergency department: shifts, warm-up,
//!   replications, a comparison, and how to check a model
//! * [`guide::many_runs`]: experiments: parameters, how many replications, what an interval claims, comparisons, the
//!   journal, many machines
//! * [`guide::looking`]: pictures, the report as a page, and the replay of a run in a browser
//! * [`guide::guarantees`]: what a model can rely on, and who goes first at a tie
//! * [`guide::from_simpy`], [`guide::from_asimpy`], [`guide::from_salabim`], [`guide::from_simmer`]: what each of
//!   their names is called here, one model in both libraries, and the important differences
//! * [`guide::simpy_runs`]: how to print exactly what SimPy prints, to the last digit
//! * [`guide::from_hardware`]: the same for processes with ports and channels, as in CSP
//! * [`guide::how_await_works`]: what happens between a call and the end of its `.await`
//! * [`guide::speed`]: how to build a model that runs fast, and how to write it
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `serde` | measures, reports and their parts can be written and read |
//! | `experiment` | `Experiment`: many runs of a model, its results with their intervals. Switches on `serde` |
//! | `cli` | `Experiment::main`: an experiment as a program. Switches on `experiment` |
//! | `report` | `Report::html`, `Trace::replay`, `Results::html`: pages for a browser; pictures as SVG. Switches on `experiment` |
//! | `mpi` | the same program on many machines. Switches on `cli`. Needs an MPI library and libclang |
//!
//! None is on by default.
//!
//! # The map
//!
//! Each folder imports only from folders below it:
//!
//! | folder | what lives there |
//! |---|---|
//! | `cli`, `launcher` | an experiment as a program: its command line, its progress, its signals |
//! | `mpi` | the copies of a program that an MPI launcher started share the work |
//! | `report` | what can be looked at: pictures, the report as a page, the replay |
//! | `experiment` | many runs: parameters, replications, who makes them, statistics, the journal, results |
//! | `simulation`, `real_time` | the owner of a run, and running in step with the wall clock |
//! | `answers` | what a model asks its simulation for beyond waiting: random numbers, measures and the report, the log, its fingerprint, why nothing happens |
//! | `shared` | the things that processes share: buffers of items, resources, containers, channels, barriers, gates, states |
//! | `process` | describing, starting, naming and joining processes |
//! | `wait` | everything that can be awaited, raced, joined and interrupted |
//! | `environment` | the handle of a simulation that processes get |
//! | `engine` | the run loop, the tables, and the consequences of a trigger, an interrupt or an end |
//! | `measure` | what a run counts: tallies, levels, the books of each named thing |
//! | `trace` | what happened: the records of the log, and where they are written |
//! | `random` | streams of random numbers, and the distributions |
//!
//! Each folder's `mod.rs` gives its reading order. The crate `asim-macros` has the two macros.
#![deny(unsafe_code)]

mod answers;
#[cfg(test)]
mod books_tests;
#[cfg(feature = "cli")]
mod cli;
mod engine;
mod environment;
#[cfg(feature = "experiment")]
mod experiment;
pub mod guide;
#[cfg(feature = "cli")]
mod launcher;
mod measure;
#[cfg(any(feature = "mpi", all(test, feature = "cli")))]
#[cfg_attr(not(feature = "mpi"), allow(dead_code, reason = "its tests need less than all of it"))]
mod mpi;
mod process;
mod random;
mod real_time;
#[cfg(feature = "report")]
mod report;
mod shared;
mod simulation;
#[cfg(all(test, feature = "experiment"))]
mod test_folder;
mod trace;
mod wait;

pub use asim_macros::process;

// What a doc comment says here stands before the docs of the item. So the links from an item to what makes
// it are here: in the item's own file they would point upward.

/// Returned by [`Environment::fingerprint`] and [`Fingerprint::of`].
pub use answers::fingerprint::Fingerprint;
/// Returned by [`NamedLevel::enter`].
pub use answers::named_measures::Entered;
/// Returned by [`Environment::tally`], [`Environment::level`] and [`Environment::counter`].
pub use answers::named_measures::{NamedCounter, NamedLevel, NamedTally};
/// Returned by [`Environment::report`].
pub use answers::report::Report;
/// Returned by [`Environment::trace`] and [`Tracing::in_memory`].
pub use answers::trace::{Happenings, Trace};
/// Returned by [`Environment::tracing`].
pub use answers::tracing::Tracing;
/// Listed by [`Simulation::blocked`], in [`SimError::RanDry`] and in [`SimError::Standstill`].
pub use engine::blocked::Blocked;
/// What stands in the way of a process: a part of [`Blocked`].
pub use engine::blocked::{BlockingThing, Holder, Looks, Obstacle};
/// Sent by [`ProcessRef::interrupt`], caught by [`Environment::interruptible`].
pub use engine::interrupt::Interrupt;
pub use engine::outcome::{Never, Outcome};
/// Sent by [`Simulation::run_all`].
pub use engine::run_ended::RunEnded;
pub use engine::sim_error::SimError;
/// Returned by [`Environment::standstill`], and in [`SimError::Standstill`], [`SimError::RanDry`] and
/// [`SimError::TimeStandsStill`].
pub use engine::standstill::Standstill;
/// A deadlock in a [`Standstill`].
pub use engine::standstill::{Circle, Link, Tie};
pub use engine::stopped::Stopped;
pub use environment::Environment;
#[cfg(feature = "experiment")]
pub use experiment::experiment::Experiment;
/// Returned by [`Experiment::run`], [`Experiment::merge`] and [`Experiment::suggest_warm_up`].
#[cfg(feature = "experiment")]
pub use experiment::experiment_error::ExperimentError;
/// Given to the model by an [`Experiment`].
#[cfg(feature = "experiment")]
pub use experiment::replication::replication::Replication;
/// Returned by [`Results::failures`].
#[cfg(feature = "experiment")]
pub use experiment::results::failed_replication::FailedReplication;
/// Returned by [`Experiment::run`] and [`Experiment::merge`].
#[cfg(feature = "experiment")]
pub use experiment::results::results::Results;
/// Returned by [`Results::scenarios`].
#[cfg(feature = "experiment")]
pub use experiment::results::results::ScenarioResults;
/// Returned by [`ScenarioResults::independence`].
#[cfg(feature = "experiment")]
pub use experiment::statistics::independence::Independence;
/// Returned by [`Results::estimate`], [`ScenarioResults::estimate`] and [`ScenarioResults::difference`].
#[cfg(feature = "experiment")]
pub use experiment::statistics::interval::Estimate;
/// Returned by [`ScenarioResults::quantile`].
#[cfg(feature = "experiment")]
pub use experiment::statistics::quantile::QuantileEstimate;
/// Returned by [`Experiment::suggest_warm_up`].
#[cfg(feature = "experiment")]
pub use experiment::warm_up::WarmUp;
/// Returned by [`FailedReplication::kind`].
#[cfg(feature = "experiment")]
pub use experiment::work::outcome::FailureKind;
/// Returned by `"3/16".parse::<Shard>()`.
#[cfg(feature = "experiment")]
pub use experiment::work::shard::NoShard;
/// Given to [`Experiment::shard`].
#[cfg(feature = "experiment")]
pub use experiment::work::shard::Shard;
pub use measure::counter::Counter;
/// Returned by [`NamedLevel::values`].
pub use measure::level::Level;
/// Returned by [`Report::processes`].
pub use measure::processes::ProcessMeasures;
/// Returned by the `measures` of a resource, a queue, a gate and their like.
pub use measure::snapshot::{LineMeasures, ResourceMeasures, StockMeasures};
/// Returned by [`NamedTally::values`].
pub use measure::tally::Tally;
/// Returned by [`Environment::process`], [`Environment::spawn`], [`Environment::process_in`],
/// [`Environment::process_at`], [`Environment::schedule`] and [`Environment::schedule_at`].
pub use process::handle::ProcessHandle;
pub use process::process::{Named, Process};
/// Returned by [`ProcessHandle::process_ref`] and [`Environment::active_process`].
pub use process::process_ref::ProcessRef;
/// Returned by [`Stream::arrivals`] and [`Stream::arrivals_per`].
pub use random::arrivals::Arrivals;
pub use random::discrete::Discrete;
pub use random::empirical::Empirical;
/// Returned by [`Environment::stream`], [`Stream::seeded`], [`Stream::nth`] and [`Stream::antithetic`].
pub use random::stream::Stream;
pub use real_time::RealTime;
#[cfg(feature = "report")]
pub use report::draw::picture::Picture;
pub use shared::barrier::Barrier;
/// Returned by [`Barrier::wait`]. It is a [`Request`].
pub use shared::barrier::BarrierWait;
/// Returned by [`Pool::acquire`] and [`Pool::acquire_where`]. It is a [`Request`].
pub use shared::buffer::acquire_unit::AcquireUnit;
pub use shared::buffer::fifo::Fifo;
pub use shared::buffer::filtered::Filtered;
/// Returned by [`Queue::try_put`], [`PriorityQueue::try_put`] and [`Store::try_put`].
pub use shared::buffer::full::Full;
/// Returned by [`Queue::get`], [`PriorityQueue::get`], [`Store::get`] and [`Store::get_where`]. It is a
/// [`Request`].
pub use shared::buffer::get::Get;
/// A unit of a [`Pool`].
pub use shared::buffer::loan::Loan;
pub use shared::buffer::pool::Pool;
pub use shared::buffer::prioritized::Prioritized;
pub use shared::buffer::priority_queue::PriorityQueue;
/// Returned by [`Queue::put`], [`PriorityQueue::put`] and [`Store::put`]. It is a [`Request`].
pub use shared::buffer::put::Put;
pub use shared::buffer::queue::Queue;
pub use shared::buffer::smallest_first::SmallestFirst;
pub use shared::buffer::store::Store;
pub use shared::channel::connect::{channel, connect, connect_with_capacity};
pub use shared::channel::gone::{NotSent, ReceiverGone, SenderGone};
/// Returned by [`InPort::ready`]. It is a [`Request`].
pub use shared::channel::looking::Looking;
pub use shared::channel::plug::{InPlug, OutPlug};
pub use shared::channel::port::{InPort, OutPort};
/// Returned by [`InPort::recv`]. It is a [`Request`].
pub use shared::channel::receiving::Receiving;
/// Returned by [`OutPort::send`]. It is a [`Request`].
pub use shared::channel::sending::Sending;
/// Returned by [`Container::try_get`] and [`Container::try_put`].
pub use shared::container::amount_error::AmountError;
pub use shared::container::container::Container;
/// Returned by [`Container::get`] and [`Container::put`]. It is a [`Request`].
pub use shared::container::transfer::Transfer;
pub use shared::gate::Gate;
/// Returned by [`Gate::wait`]. It is a [`Request`].
pub use shared::gate::GateWait;
/// Returned by [`Resource::acquire`], [`Resource::acquire_many`], [`PreemptiveResource::acquire`] and
/// [`PreemptiveResource::acquire_many`]. It is a [`Request`].
pub use shared::resource::acquire::Acquire;
/// The cause of the [`Interrupt`] by which a [`PreemptiveResource`] tells a process of its loss.
pub use shared::resource::preempted::Preempted;
pub use shared::resource::preemptive::PreemptiveResource;
pub use shared::resource::resource::Resource;
/// A slot of a [`Resource`] or a [`PreemptiveResource`].
pub use shared::resource::slot::Slot;
/// Returned by [`acquire_together`](acquire_together()). It is a [`Request`].
pub use shared::resource::together::AcquireTogether;
pub use shared::resource::together::{acquire_together, acquire_together_with_priority};
pub use shared::resource::work::{Work, Worked, Working};
pub use shared::state::state::State;
/// Returned by [`State::wait_until`]. It is a [`Request`].
pub use shared::state::state_wait::StateWait;
pub use simulation::Simulation;
/// Kept by a [`Trace`], and given to the function of [`Tracing::for_each`].
pub use trace::happening::{Happening, Who};
/// Fields of a [`Happening`].
pub use trace::record::{Kind, Side};
pub use wait::all_of::{AllOf, all_of};
/// Returned by [`Event::try_succeed`].
pub use wait::already_triggered::AlreadyTriggered;
pub use wait::awaited::Wait;
/// Returned by [`Waitable::into_boxed`].
pub use wait::boxed::BoxedWaitable;
pub use wait::composition::Composition;
/// Returned by [`Environment::wait_until`]. It is a [`Request`].
pub use wait::condition::ConditionWait;
pub use wait::event::Event;
/// Returned by [`Event::wait`]. It is a [`Request`].
pub use wait::event::EventWait;
pub use wait::first_of::{FirstOf, first_of};
/// Returned by [`Environment::interruptible`].
pub use wait::interruptible::Interruptible;
/// Returned by [`Environment::try_timeout`].
pub use wait::invalid_delay::InvalidDelay;
/// Returned by [`Environment::try_timeout_until`].
pub use wait::invalid_time::InvalidTime;
/// Returned by [`Waitable::mapped`].
pub use wait::mapped::Mapped;
/// Returned by [`Environment::pausable_timeout`].
pub use wait::pausable_timeout::PausableTimeout;
/// The one type behind [`Get`], [`Put`], [`Acquire`], [`AcquireTogether`], [`AcquireUnit`], [`Transfer`],
/// [`BarrierWait`], [`StateWait`], [`ConditionWait`], [`EventWait`], [`Sending`], [`Receiving`],
/// [`Looking`] and [`Settled`].
pub use wait::request::Request;
/// Returned by [`Environment::settled`]. It is a [`Request`].
pub use wait::settled::Settled;
/// Returned by [`Environment::timeout`], [`Environment::timeout_until`] and their `try_` forms.
pub use wait::timeout::Timeout;
pub use wait::try_all_of::{TryAllOf, TryComposition, try_all_of};
/// Returned by [`Environment::uninterruptible`].
pub use wait::uninterruptible::Uninterruptible;
pub use wait::waitable::Waitable;
/// Used by [`Environment::wait_until`].
pub use wait::watch::Watch;

/// Waits for the first of several waitables (`FirstOf`), for all of them (`AllOf`), or for all of
/// them unless one fails (`TryAllOf`), and names the outcomes.
///
/// The macro rewrites the calls `FirstOf(name = waitable, ..)`, `AllOf(name = waitable, ..)` and
/// `TryAllOf(name = waitable, ..)` wherever they are inside it, and changes nothing else. The types that
/// it generates exist only inside it. So:
///
/// * A race is matched inside the macro. Each branch has a variant, with the branch's name in CamelCase:
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
///   `if let`, `while let` and `let .. else` work in the same way. An arm belongs to the function around
///   the macro: `return`, `break`, `continue` and `?` do in an arm what they do outside of the macro.
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
/// * A join is an expression. Its output is a struct with the names as fields:
///
///   ```
///   # use asim::prelude::*;
///   # async fn example(env: Environment, left: Queue<u32>, right: Queue<u32>) {
///   let pair = asim!(AllOf(left = left.get(), right = right.get())).await;
///   println!("{}", pair.left + pair.right);
///   # }
///   ```
///
/// * A join of `Result`s fails at the first failure, as [`try_all_of`] does. Its output is a `Result` of
///   such a struct.
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
/// * A result that leaves the macro has a type of your own:
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
/// All requests are made, in the order written. If several are satisfied at once, the first written wins.
/// When the race is decided, the losing requests are cancelled. An [`Event`] or a process that lost goes
/// on without this waiter.
#[macro_export]
macro_rules! asim {
    ($($tokens:tt)*) => {
        $crate::__private::compose! { [$crate] $($tokens)* }
    };
}

/// For the expansions of the macros, and for types in public signatures. Not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use asim_macros::compose;

    pub use crate::engine::provider::{CancelHandle, Provider, Unlinked};
    pub use crate::engine::{
        awaiter::Awaiter, kernel::Kernel, kernel::Tables, outcome::Returns, slab::Key,
        timer_key::TimerKey, wait_name::WaitName, watchers::Watchers,
    };
    pub use crate::process::handle::Joining;
    pub use crate::random::whole_number::WholeNumber;
    pub use crate::shared::{
        buffer::acquire_unit::UnitAsk, buffer::discipline::Discipline, buffer::fifo::FifoShelf,
        buffer::filtered::Want, buffer::get::GetAsk, buffer::pick::Pick, buffer::put::PutAsk,
        buffer::smallest_first::Ranked, channel::looking::LookAsk, channel::receiving::ReceiveAsk,
        channel::sending::SendAsk, container::transfer::AmountAsk, gate::GateAsk,
        resource::acquire::SlotAsk, resource::holding::Holding, resource::together::TogetherAsk,
        state::state_wait::StateAsk,
    };
    pub use crate::wait::all_of::{All, AllWritten, join as all_of};
    pub use crate::wait::borrowed::BorrowedRequest;
    pub use crate::wait::branches::{
        Branch, Branches, End, Gives, Outputs, Triggered, both, either,
    };
    pub use crate::wait::chain::{Chain, chain};
    pub use crate::wait::first_of::{First, FirstWritten, race as first_of};
    pub use crate::wait::priority::HasPriority;
    pub use crate::wait::request::{Ask, Looked, RequestState};
    pub use crate::wait::try_all_of::{
        Fallible, Trials, TryBoth, TryBranch, TryEach, TryJoined, TryList, fallible, try_both,
        try_end, try_join as try_all_of,
    };
    pub use crate::wait::{
        awaited::Awaited, composition::Decision, condition::ConditionAsk, each::Each,
        event::EventAsk, pausable_timeout::PausableWait, progress::Progress, settled::SettledAsk,
        timeout::BorrowedTimeout, watch::Visit, watch::Watched,
    };

    /// Makes the request of one branch.
    #[track_caller]
    pub fn branch<W: crate::Waitable<Request = R>, R>(waitable: W) -> R {
        waitable.into_request()
    }
}

pub mod prelude {
    //! The names that a model uses.
    //!
    //! ```
    //! use asim::prelude::*;
    //!
    //! let sim = Simulation::new();
    //! assert_eq!(sim.now(), 0.0);
    //! ```
    pub use crate::{
        Barrier, BoxedWaitable, Container, Discrete, Empirical, Environment, Event, Fingerprint,
        Gate, InPlug, InPort, Interrupt, Loan, NamedCounter, NamedLevel, NamedTally, OutPlug,
        OutPort, Outcome, Pool, Preempted, PreemptiveResource, Prioritized, PriorityQueue, Process,
        ProcessHandle, ProcessRef, Queue, Report, Resource, RunEnded, SimError, Simulation, Slot,
        State, Stopped, Store, Stream, Tally, Timeout, Waitable, acquire_together,
        acquire_together_with_priority, all_of, asim, channel, connect, connect_with_capacity,
        first_of, process, try_all_of,
    };
    #[cfg(feature = "experiment")]
    pub use crate::{Experiment, Replication};
}
