//! What the books of a named thing say, compared with a plain count of what was done to the thing.
//!
//! A random driver asks, takes, drops, changes priorities and capacities. After each step it looks which of
//! its requests are triggered, and counts for itself: who waited how long, who left, who was refused, how
//! long each item stayed. It shares nothing with the probes.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::default_trait_access,
    clippy::float_cmp,
    clippy::option_option,
    reason = "these are tests with small numbers"
)]

use std::fmt::Debug;
use std::rc::Rc;

use crate::engine::probe::Probe;
use crate::measure::books::{Books, LineBooks};
use crate::measure::tally::Tally;
use crate::prelude::*;
use crate::wait::priority::HasPriority;
use crate::wait::request::{Ask, Request};

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// What a request has given.
enum Got {
    /// An item, which stays no longer.
    Item(u64),
    /// Something that is held until it is dropped.
    Held(Box<dyn Debug>),
    Nothing,
}

/// A thing that is driven.
trait Driven {
    type Take: Ask;
    type Put: Ask;

    /// Asks for something; the item or amount has this number.
    fn take(&self, number: u64) -> Request<Self::Take>;
    fn put(&self, _number: u64) -> Option<Request<Self::Put>> {
        None
    }
    /// `None` if the thing has no such attempt.
    fn try_take(&self) -> Option<Option<Got>> {
        None
    }
    fn try_put(&self, _number: u64) -> Option<bool> {
        None
    }
    fn got(&self, output: <Self::Take as Ask>::Output) -> Got;
    /// Something else that is done to the thing.
    fn change(&self, random: &mut Random);
    fn set_priority(&self, _request: &Request<Self::Take>, _priority: i32) {}
    /// The requests that wait to take and to put, and the level if there is one.
    fn shown(&self) -> (usize, usize, Option<f64>);
}

/// A request that the driver has made.
struct Asked<A: Ask> {
    request: Request<A>,
    number: u64,
    at: f64,
    /// When it was seen to be granted.
    granted: Option<f64>,
}

/// What the driver has counted of one line.
#[derive(Default, Debug)]
struct Counted {
    waited: Vec<f64>,
    at_once: u64,
    left: Vec<f64>,
    refused: u64,
}

impl Counted {
    fn compare(&self, books: &LineBooks, what: &str) {
        assert_eq!(books.at_once, self.at_once, "{what}: at once");
        assert_eq!(books.refused, self.refused, "{what}: refused");
        same(&books.waited, &self.waited, &format!("{what}: waited"));
        same(&books.left, &self.left, &format!("{what}: left"));
    }
}

fn same(tally: &Tally, values: &[f64], what: &str) {
    assert_eq!(tally.count(), values.len() as u64, "{what}: how many");
    let sum: f64 = values.iter().sum();
    assert!((tally.sum() - sum).abs() < 1e-6 * (1.0 + sum), "{what}: {} for {sum}", tally.sum());
}

struct Driver<'d, D: Driven> {
    sim: &'d Simulation,
    thing: &'d D,
    takes: Vec<Asked<D::Take>>,
    puts: Vec<Asked<D::Put>>,
    /// What is held, and since when.
    held: Vec<(Box<dyn Debug>, f64)>,
    counted: [Counted; 2],
    /// How long items stayed, or things were held.
    stays: Vec<f64>,
    /// When each item came in, by its number.
    came: std::collections::HashMap<u64, f64>,
}

impl<D: Driven> Driver<'_, D> {
    /// Looks which requests were granted by the last step.
    fn look(&mut self) {
        let now = self.sim.now();
        for asked in &mut self.takes {
            if asked.granted.is_none() && asked.request.triggered() {
                asked.granted = Some(now);
                self.counted[0].waited.push(now - asked.at);
            }
        }
        for asked in &mut self.puts {
            if asked.granted.is_none() && asked.request.triggered() {
                asked.granted = Some(now);
                self.came.insert(asked.number, now);
                self.counted[1].waited.push(now - asked.at);
            }
        }
    }

    fn receive(&mut self, got: Got, granted: f64) {
        let now = self.sim.now();
        match got {
            Got::Item(number) => self.stays.push(now - self.came[&number]),
            Got::Held(held) => self.held.push((held, granted)),
            Got::Nothing => {}
        }
    }

    fn step(&mut self, random: &mut Random, number: u64) {
        let now = self.sim.now();
        let which = random.below(64) as usize;
        match random.below(16) {
            0 | 1 => {
                let request = self.thing.take(number);
                if request.triggered() {
                    self.counted[0].at_once += 1;
                }
                self.takes.push(Asked { request, number, at: now, granted: None });
            }
            2 | 3 => {
                if let Some(request) = self.thing.put(number) {
                    if request.triggered() {
                        self.counted[1].at_once += 1;
                    }
                    self.puts.push(Asked { request, number, at: now, granted: None });
                }
            }
            4 => match self.thing.try_take() {
                Some(Some(got)) => {
                    self.look();
                    self.counted[0].at_once += 1;
                    self.counted[0].waited.push(0.0);
                    self.receive(got, now);
                }
                Some(None) => self.counted[0].refused += 1,
                None => {}
            },
            5 => match self.thing.try_put(number) {
                Some(true) => {
                    self.came.insert(number, now);
                    self.counted[1].at_once += 1;
                    self.counted[1].waited.push(0.0);
                }
                Some(false) => self.counted[1].refused += 1,
                None => {}
            },
            // A request is dropped: it leaves, or gives back what it was promised.
            6 if !self.takes.is_empty() => {
                let asked = self.takes.swap_remove(which % self.takes.len());
                match asked.granted {
                    None => self.counted[0].left.push(now - asked.at),
                    Some(granted) if self.is_lending() => self.stays.push(now - granted),
                    Some(_) => {}
                }
                drop(asked.request);
            }
            7 if !self.puts.is_empty() => {
                let asked = self.puts.swap_remove(which % self.puts.len());
                if asked.granted.is_none() {
                    self.counted[1].left.push(now - asked.at);
                }
                drop(asked.request);
            }
            // A granted request gives its output.
            8 | 9 => {
                if let Some(at) = self.takes.iter().position(|asked| asked.granted.is_some()) {
                    let asked = self.takes.swap_remove(at);
                    let output = self.sim.run_until_event(asked.request).unwrap();
                    let got = self.thing.got(output);
                    self.receive(got, asked.granted.unwrap());
                }
            }
            10 if !self.held.is_empty() => {
                let (held, since) = self.held.swap_remove(which % self.held.len());
                self.stays.push(now - since);
                drop(held);
            }
            11 | 12 => match random.below(3) {
                0 | 1 => self.thing.change(random),
                _ if !self.takes.is_empty() => {
                    let priority = random.below(3) as i32;
                    self.thing
                        .set_priority(&self.takes[which % self.takes.len()].request, priority);
                }
                _ => {}
            },
            _ => self.sim.run_until(now + random.below(5) as f64).unwrap(),
        }
        self.look();
    }

    fn is_lending(&self) -> bool {
        let kind = self.probe().kind();
        kind == "Pool" || kind == "Resource"
    }

    fn probe(&self) -> Rc<Probe> {
        Rc::clone(&self.sim.env().kernel().probes.borrow().all()[0])
    }

    fn compare(&self) {
        let probe = self.probe();
        let books: &Books = &probe.books();
        let (takers, putters, level) = self.thing.shown();
        assert_eq!(books.line.length.value(), takers as f64, "the line");
        let waiting = self.takes.iter().filter(|asked| asked.granted.is_none()).count();
        assert_eq!(takers, waiting, "who waits");
        if let Some(level) = level {
            assert_eq!(books.level.as_ref().unwrap().value(), level, "the level");
        }
        self.counted[0].compare(&books.line, "take");
        match &books.put_line {
            Some(line) => {
                assert_eq!(line.length.value(), putters as f64, "the line of puts");
                self.counted[1].compare(line, "put");
            }
            None => assert!(self.puts.is_empty()),
        }
        if let Some(held) = &books.held {
            same(held, &self.stays, "stays");
        }
    }
}

/// Drives such things. Returns how many items or holders stayed for some time.
fn drive<D: Driven>(make: impl Fn(&Simulation) -> D) -> usize {
    let (mut waited, mut left, mut stayed) = (0, 0, 0);
    for seed in 0..60 {
        let sim = Simulation::new();
        // Whether there is a log makes no difference.
        sim.env().kernel().tracing.set(seed % 2 == 0);
        let thing = make(&sim);
        let mut driver = Driver {
            sim: &sim,
            thing: &thing,
            takes: Vec::new(),
            puts: Vec::new(),
            held: Vec::new(),
            counted: Default::default(),
            stays: Vec::new(),
            came: Default::default(),
        };
        let mut random = Random(seed);
        for step in 1..400 {
            driver.step(&mut random, step);
            driver.compare();
        }
        let long = |times: &[f64]| times.iter().filter(|&&time| time > 0.0).count();
        waited += long(&driver.counted[0].waited);
        left += long(&driver.counted[0].left);
        stayed += long(&driver.stays);
    }
    assert!(waited > 100 && left > 30, "only {waited} waited and {left} left");
    stayed
}

/// The name and the kind of a thing, and what it does to be driven, for the buffers that hold items.
macro_rules! driven_buffer {
    ($Thing:ident, $Order:ty, |$buffer:ident, $number:ident| $take:expr, |$it:ident| $try_take:expr) => {
        impl Driven for $Thing<u64> {
            type Take = crate::__private::GetAsk<u64, $Order>;
            type Put = crate::__private::PutAsk<u64, $Order>;

            fn take(&self, number: u64) -> Request<Self::Take> {
                let ($buffer, $number) = (self, number);
                $take
            }
            fn put(&self, number: u64) -> Option<Request<Self::Put>> {
                Some($Thing::put(self, number))
            }
            fn try_take(&self) -> Option<Option<Got>> {
                let $it = self;
                Some($try_take.map(Got::Item))
            }
            fn try_put(&self, number: u64) -> Option<bool> {
                Some($Thing::try_put(self, number).is_ok())
            }
            fn got(&self, item: u64) -> Got {
                Got::Item(item)
            }
            fn change(&self, random: &mut Random) {
                self.set_capacity(1 + random.below(4) as usize);
            }
            fn set_priority(&self, request: &Request<Self::Take>, priority: i32) {
                if let Some(key) = request.key() {
                    request.ask().set_priority(key, priority);
                }
            }
            fn shown(&self) -> (usize, usize, Option<f64>) {
                (self.getters(), self.putters(), Some(self.len() as f64))
            }
        }
    };
}

driven_buffer!(Queue, crate::Fifo, |queue, _number| queue.get(), |queue| queue.try_get());
driven_buffer!(PriorityQueue, crate::SmallestFirst, |queue, _number| queue.get(), |queue| queue
    .try_get());
driven_buffer!(
    Store,
    crate::Filtered,
    |store, number| match number % 3 {
        0 => store.get(),
        1 => store.get_where(move |item| item % 2 == number % 2),
        _ => store.get_min_by_key(|item| u64::MAX - item),
    },
    |store| store.try_get_where(|item| item % 2 == 0)
);

#[test]
fn queues() {
    assert!(drive(|sim| Queue::bounded(sim, 2).named("queue")) > 100);
}

#[test]
fn priority_queues() {
    assert!(drive(|sim| PriorityQueue::bounded(sim, 2).named("queue")) > 100);
}

#[test]
fn stores() {
    assert!(drive(|sim| Store::bounded(sim, 2).named("store")) > 100);
}

/// A channel that nobody drops an end of.
struct Ports(OutPort<u64>, InPort<u64>, Environment);

impl Driven for Ports {
    type Take = crate::__private::ReceiveAsk<u64>;
    type Put = crate::__private::SendAsk<u64>;

    fn take(&self, _number: u64) -> Request<Self::Take> {
        self.1.recv()
    }
    fn put(&self, number: u64) -> Option<Request<Self::Put>> {
        Some(self.0.send(number))
    }
    fn try_take(&self) -> Option<Option<Got>> {
        Some(self.1.try_recv().unwrap().map(Got::Item))
    }
    fn try_put(&self, number: u64) -> Option<bool> {
        Some(self.0.try_send(number).is_ok())
    }
    fn got(&self, item: Result<u64, crate::SenderGone>) -> Got {
        Got::Item(item.unwrap())
    }
    fn change(&self, _random: &mut Random) {
        self.1.peek(|_| ());
        drop(self.1.ready());
    }
    fn shown(&self) -> (usize, usize, Option<f64>) {
        let probe = Rc::clone(&self.2.kernel().probes.borrow().all()[0]);
        let putters = probe.books().put_line.as_ref().unwrap().length.value();
        let takers = probe.books().line.length.value();
        (takers as usize, putters as usize, None)
    }
}

#[test]
fn channels() {
    for capacity in [0, 1, 3] {
        drive(|sim| {
            let (output, input) = channel(sim, capacity);
            Ports(output.named("wire"), input, sim.env())
        });
    }
}

impl Driven for Pool<u64> {
    type Take = crate::__private::UnitAsk<u64>;
    type Put = crate::__private::GateAsk;

    fn take(&self, number: u64) -> Request<Self::Take> {
        if number.is_multiple_of(2) {
            self.acquire()
        } else {
            self.acquire_where(|unit| unit % 2 == 1)
        }
    }
    fn try_take(&self) -> Option<Option<Got>> {
        Some(self.try_acquire().map(|loan| Got::Held(Box::new(loan))))
    }
    fn got(&self, loan: Loan<u64>) -> Got {
        Got::Held(Box::new(loan))
    }
    fn change(&self, random: &mut Random) {
        self.add(random.below(10));
    }
    fn shown(&self) -> (usize, usize, Option<f64>) {
        (self.waiting(), 0, Some(self.count() as f64))
    }
}

#[test]
fn pools() {
    assert!(drive(|sim| Pool::new(sim, 0..3).named("pool")) > 100);
}

impl Driven for Resource {
    type Take = crate::__private::SlotAsk;
    type Put = crate::__private::GateAsk;

    fn take(&self, number: u64) -> Request<Self::Take> {
        self.acquire_many(1 + number as usize % 2)
    }
    fn try_take(&self) -> Option<Option<Got>> {
        Some(self.try_acquire().map(|slot| Got::Held(Box::new(slot))))
    }
    fn got(&self, slot: Slot) -> Got {
        Got::Held(Box::new(slot))
    }
    fn change(&self, random: &mut Random) {
        self.set_capacity(2 + random.below(4) as usize);
    }
    fn shown(&self) -> (usize, usize, Option<f64>) {
        (self.waiting(), 0, Some(self.count() as f64))
    }
}

#[test]
fn resources() {
    assert!(drive(|sim| Resource::new(sim, 3).named("resource")) > 100);
}

impl Driven for Container {
    type Take = crate::__private::AmountAsk;
    type Put = crate::__private::AmountAsk;

    fn take(&self, number: u64) -> Request<Self::Take> {
        self.get(1.0 + (number % 5) as f64)
    }
    fn put(&self, number: u64) -> Option<Request<Self::Put>> {
        Some(Container::put(self, 1.0 + (number % 5) as f64))
    }
    fn try_take(&self) -> Option<Option<Got>> {
        Some(self.try_get(2.5).ok().map(|()| Got::Nothing))
    }
    fn try_put(&self, number: u64) -> Option<bool> {
        Some(Container::try_put(self, 1.0 + (number % 3) as f64).is_ok())
    }
    fn got(&self, (): ()) -> Got {
        Got::Nothing
    }
    fn change(&self, random: &mut Random) {
        self.set_capacity(6.0 + random.below(10) as f64);
    }
    fn set_priority(&self, request: &Request<Self::Take>, priority: i32) {
        if let Some(key) = request.key() {
            request.ask().set_priority(key, priority);
        }
    }
    fn shown(&self) -> (usize, usize, Option<f64>) {
        (self.getters(), self.putters(), Some(self.level()))
    }
}

#[test]
fn containers() {
    drive(|sim| Container::new(sim, 10.0).with_level(5.0).named("tank"));
    drive(|sim| Container::new(sim, 10.0).named("tank").in_order());
}

impl Driven for Gate {
    type Take = crate::__private::GateAsk;
    type Put = crate::__private::GateAsk;

    fn take(&self, _number: u64) -> Request<Self::Take> {
        self.wait()
    }
    fn got(&self, (): ()) -> Got {
        Got::Nothing
    }
    fn change(&self, random: &mut Random) {
        match random.below(4) {
            0 => self.open(),
            1 => {
                self.let_one_pass();
            }
            _ => self.close(),
        }
    }
    fn shown(&self) -> (usize, usize, Option<f64>) {
        (self.waiting(), 0, Some(f64::from(u8::from(self.is_open()))))
    }
}

impl Driven for Barrier {
    type Take = crate::__private::GateAsk;
    type Put = crate::__private::GateAsk;

    fn take(&self, _number: u64) -> Request<Self::Take> {
        self.wait()
    }
    fn got(&self, (): ()) -> Got {
        Got::Nothing
    }
    fn change(&self, random: &mut Random) {
        if random.below(2) == 0 {
            self.release();
        } else {
            self.release_one();
        }
    }
    fn shown(&self) -> (usize, usize, Option<f64>) {
        (self.waiting(), 0, None)
    }
}

#[test]
fn gates_and_barriers() {
    drive(|sim| Gate::new_closed(sim).named("gate"));
    drive(|sim| Barrier::new(sim).named("barrier"));
}

impl Driven for State<u64> {
    type Take = crate::__private::StateAsk<u64>;
    type Put = crate::__private::GateAsk;

    fn take(&self, number: u64) -> Request<Self::Take> {
        self.wait_until(move |value| value % 4 == number % 4)
    }
    fn got(&self, _value: u64) -> Got {
        Got::Nothing
    }
    fn change(&self, random: &mut Random) {
        self.set(random.below(9));
    }
    fn shown(&self) -> (usize, usize, Option<f64>) {
        (self.waiting(), 0, Some(self.get() as f64))
    }
}

#[test]
fn states() {
    drive(|sim| State::new(sim, 1).named("state").measured_by(|value| *value as f64));
    drive(|sim| State::new(sim, 1).measured_by(|value| *value as f64).named("state"));
}

// ---- single cases

/// Returns a copy of the books of the thing with this name.
fn books(env: &Environment, name: &str) -> Books {
    let probes = env.kernel().probes.borrow();
    let probe = probes.all().iter().find(|probe| probe.name() == name).expect("it has a name");
    Books::clone(&probe.books())
}

#[test]
fn an_event_counts_who_waits_for_it_and_its_trigger() {
    let sim = Simulation::new();
    let start = sim.event().named("start");
    let (first, second) = (start.wait(), start.wait());
    sim.run_until(3.0).unwrap();
    drop(first);
    sim.run_until(5.0).unwrap();
    start.succeed(());
    let at_once = start.wait();
    let books = books(&sim, "start");
    assert_eq!((books.line.waited.count(), books.line.waited.sum()), (2, 5.0));
    assert_eq!((books.line.left.count(), books.line.left.sum()), (1, 3.0));
    assert_eq!((books.line.at_once, books.changes, books.line.length.value()), (1, 1, 0.0));
    drop((second, at_once));
}

#[test]
fn what_is_given_back_goes_on_with_its_stay() {
    for thing in 0..2 {
        let sim = Simulation::new();
        let env = sim.env();
        if thing == 0 {
            let queue = Queue::unbounded(&sim).named("thing");
            sim.run_until(2.0).unwrap();
            queue.try_put(7).unwrap();
            sim.run_until(5.0).unwrap();
            drop(queue.get());
            assert_eq!(books(&env, "thing").level.unwrap().value(), 1.0);
            sim.run_until(10.0).unwrap();
            assert_eq!(queue.try_get(), Some(7));
        } else {
            let (output, input) = channel(&sim, 1);
            let input = input.named("thing");
            sim.run_until(2.0).unwrap();
            output.try_send(7).unwrap();
            sim.run_until(5.0).unwrap();
            drop(input.recv());
            assert_eq!(books(&env, "thing").level.unwrap().value(), 1.0);
            sim.run_until(10.0).unwrap();
            assert_eq!(input.try_recv(), Ok(Some(7)));
        }
        let held = books(&env, "thing").held.unwrap();
        assert_eq!((held.count(), held.sum()), (1, 8.0));
    }
}

#[test]
fn what_goes_straight_to_a_getter_has_stayed_for_no_time() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim).named("queue");
    let getter = queue.clone();
    sim.spawn(async move { assert_eq!(getter.get().await, 1) });
    sim.run_until(4.0).unwrap();
    queue.try_put(1).unwrap();
    sim.run().unwrap();
    let books = books(&sim, "queue");
    let held = books.held.unwrap();
    assert_eq!((held.count(), held.sum(), books.line.waited.sum()), (1, 0.0, 4.0));
    assert_eq!(books.level.unwrap().at(4.0).most(), 0.0);
}

#[test]
fn who_loses_a_race_is_cancelled_or_withdraws_has_left() {
    let sim = Simulation::new();
    let queue = Queue::<u32>::bounded(&sim, 1).named("queue");
    queue.try_put(0).unwrap();
    let (env, late) = (sim.env(), queue.clone());
    sim.spawn(async move {
        let (which, ()) =
            first_of([BoxedWaitable::new(late.put(1)), BoxedWaitable::new(env.timeout(3.0))]).await;
        assert_eq!(which, 1);
    });
    let cancelled = queue.clone();
    let process = sim.spawn(async move { cancelled.put(2).await });
    let put = queue.put(3);
    sim.run_until(4.0).unwrap();
    process.cancel();
    assert_eq!(put.withdraw(), Some(3));
    let line = books(&sim, "queue").put_line.unwrap();
    assert_eq!((line.left.count(), line.left.sum()), (3, 3.0 + 4.0 + 4.0));
    assert_eq!((line.waited.count(), line.length.value()), (1, 0.0));
}

#[test]
fn amounts_in_and_out_are_those_that_stay_so() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 100.0).with_level(20.0).named("tank");
    tank.try_put(30.0).unwrap();
    drop(tank.get(50.0)); // and is given back
    tank.try_get(15.0).unwrap();
    sim.run_until_event(tank.get(5.0)).unwrap();
    assert!(tank.try_get(31.0).is_err() && tank.try_put(71.0).is_err());
    let books = books(&sim, "tank");
    assert_eq!((books.amount_in, books.amount_out), (30.0, 20.0));
    assert_eq!(books.level.unwrap().value(), 30.0);
    assert_eq!((books.line.refused, books.put_line.unwrap().refused), (1, 1));
}

#[test]
fn a_name_may_come_late() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(1).unwrap();
    let put = queue.put(2);
    sim.run_until(5.0).unwrap();
    let queue = queue.named("queue");
    sim.run_until(7.0).unwrap();
    assert_eq!(queue.try_get(), Some(1));
    assert!(put.triggered());
    sim.run_until(8.0).unwrap();
    assert_eq!(queue.try_get(), Some(2));
    let books = books(&sim, "queue");
    let (line, held) = (books.put_line.unwrap(), books.held.unwrap());
    assert_eq!((line.waited.count(), line.waited.sum(), line.length.value()), (1, 2.0, 0.0));
    assert_eq!((held.count(), held.sum()), (2, 2.0 + 1.0));
}

#[test]
fn a_reset_forgets_nobody() {
    let sim = Simulation::new();
    let beds = Pool::new(&sim, ["only"]).named("beds");
    let bed = beds.try_acquire();
    let waits = beds.acquire();
    sim.run_until(5.0).unwrap();
    sim.env().kernel().probes.borrow().all()[0].reset(5.0);
    sim.run_until(6.0).unwrap();
    drop(bed);
    let books = books(&sim, "beds");
    assert_eq!((books.held.unwrap().sum(), books.line.waited.sum()), (6.0, 6.0));
    assert_eq!((books.level.unwrap().value(), books.line.length.value()), (1.0, 0.0));
    drop(waits);
}

#[test]
fn a_loan_says_who_has_it_and_since_when() {
    let sim = Simulation::new();
    let fleet = Pool::new(&sim, ["north", "south"]);
    let (env, shared) = (sim.env(), fleet.clone());
    let first = sim.spawn(async move {
        env.timeout(2.0).await;
        let _truck = shared.acquire().await;
        let _other = shared.acquire();
        env.timeout(f64::INFINITY).await;
    });
    let (env, shared) = (sim.env(), fleet.clone());
    sim.spawn(async move {
        env.timeout(3.0).await;
        let _truck = shared.acquire().await;
        env.timeout(f64::INFINITY).await;
    });
    sim.run().unwrap();
    let view = fleet.holds();
    assert_eq!(view.len(), 2);
    assert!(view.iter().all(|hold| hold.since == 2.0 && hold.process == view[0].process));
    sim.run_until(9.0).unwrap();
    first.cancel();
    let view = fleet.holds();
    assert!(view.len() == 1 && view[0].since == 9.0);
}

#[test]
fn both_ends_of_a_channel_cannot_name_it() {
    let sim = Simulation::new();
    let (output, out) = OutPort::<u32>::declare(&sim, "output");
    let (input, inp) = InPort::declare(&sim, "input");
    let output = output.named("wire");
    connect(out, inp);
    drop(output.send(1));
    assert_eq!(books(&sim, "wire").put_line.unwrap().left.count(), 1);
    let named = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| input.named("other")));
    let message = named.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(*message, "`wire` has a name already, and cannot be named `other` too");
}

#[test]
fn misuse_names_the_thing() {
    fn message(misuse: impl FnOnce()) -> String {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(misuse)).unwrap_err();
        *panic.downcast::<String>().unwrap()
    }
    let sim = Simulation::new();
    let start = sim.event().named("start");
    start.succeed(());
    let expected = "the event has been triggered already: an event happens once (it is `start`)";
    assert_eq!(message(|| start.succeed(())), expected);
    let tank = Container::new(&sim, 10.0).named("tank");
    let expected =
        "an amount of 11 can never be granted: the capacity of the container `tank` is 10";
    assert_eq!(message(|| drop(tank.get(11.0))), expected);
    let oven = State::new(&sim, 1.0_f64).named("oven").measured_by(|heat| 1.0 / *heat);
    let expected = "`oven` is measured by a finite number, not inf";
    assert_eq!(message(|| oven.set(0.0)), expected);
    assert_eq!(oven.get(), 1.0, "it was not set");
}

#[test]
fn what_outlives_the_simulation_does_no_harm() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1).named("queue");
    let tank = Container::new(&sim, 10.0).named("tank");
    let gate = Gate::new_closed(&sim).named("gate");
    let state = State::new(&sim, 1).named("state");
    let pool = Pool::new(&sim, [1]).named("pool");
    let (output, input) = channel(&sim, 1);
    let output = output.named("wire");
    let event = sim.event::<()>().named("event");
    let got = (queue.get(), pool.try_acquire(), input.recv(), gate.wait(), event.wait());
    drop(sim);
    drop((queue.get(), queue.put(1), tank.get(1.0), tank.put(2.0), pool.acquire(), event.wait()));
    drop((gate.wait(), state.wait_until(|value| *value == 2), output.send(1), input.recv()));
    assert!(queue.try_put(2).is_err() && output.try_send(3).is_err());
    gate.open();
    state.set(2);
    event.succeed(());
    drop(got);
}
