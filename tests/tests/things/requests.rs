//! Every kind of request does what all requests do: the ten names of `asim::Request`, each at every
//! thing that it is made to. A test here runs over all of them. `forms` has the same requests in boxes
//! and mapped, `lent` has them given by `&mut` (rule 13), `user_code` what runs while an output is
//! handed over, and `hostile` what once went wrong for a request, now for one in a box.

use std::any::Any;
use std::cell::RefCell;
use std::fmt::Debug;
use std::future::IntoFuture;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use asim::prelude::*;
use asim::{BoxedWaitable, Filtered, SmallestFirst};

/// What an output says, and the output itself, which may be a slot or a loan that is still held.
type Told = (u32, Box<dyn Any>);

/// What becomes of a grant whose request is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It goes to the next in line.
    GoesBack,
    /// It is final: the put has happened.
    Stays,
    /// All who wait get it together.
    IsForAll,
}

/// A kind of request: how a thing is made of which nothing can be had, how it is asked, and how it
/// grants one request.
trait Kind: 'static {
    type Thing: 'static;
    type Output: 'static;
    type Request: Waitable<Output = Self::Output, Request: 'static>
        + IntoFuture<Output = Self::Output, IntoFuture: Unpin>
        + Debug
        + 'static;

    /// The call that makes the request.
    const NAME: &'static str;
    const FATE: Fate;
    /// Whether a grant waits for a request that comes later.
    const KEEPS: bool = true;
    /// What the thing has after one grant.
    const LEFT: usize = 1;

    fn thing(sim: &Simulation) -> Self::Thing;
    #[track_caller]
    fn ask(thing: &Self::Thing) -> Self::Request;
    fn grant(thing: &Self::Thing, number: u32);
    /// How many wait in the line. `None` if the thing does not tell.
    fn waiting(thing: &Self::Thing) -> Option<usize>;
    /// What the thing has now.
    fn level(thing: &Self::Thing) -> usize;
    fn triggered(request: &Self::Request) -> bool;
    fn told(output: Self::Output) -> Told;
}

macro_rules! kind {
    (
        $kind:ident, $name:literal, $fate:ident $(, keeps: $keeps:literal)? $(, left: $left:literal)?;
        $request:ty => $output:ty, |$won:ident| $told:expr;
        thing: $thing:ty = |$sim:ident| $new:expr;
        ask: |$asked:ident| $ask:expr;
        grant: |$granter:ident, $number:pat_param| $grant:expr;
        waiting: |$line:ident| $waiting:expr;
        level: |$has:ident| $level:expr;
    ) => {
        struct $kind;

        impl Kind for $kind {
            type Thing = $thing;
            type Output = $output;
            type Request = $request;

            const NAME: &'static str = $name;
            const FATE: Fate = Fate::$fate;
            $(const KEEPS: bool = $keeps;)?
            $(const LEFT: usize = $left;)?

            fn thing($sim: &Simulation) -> $thing {
                $new
            }

            fn ask($asked: &$thing) -> $request {
                $ask
            }

            fn grant($granter: &$thing, $number: u32) {
                $grant
            }

            fn waiting($line: &$thing) -> Option<usize> {
                $waiting
            }

            fn level($has: &$thing) -> usize {
                $level
            }

            fn triggered(request: &$request) -> bool {
                request.triggered()
            }

            fn told($won: $output) -> Told {
                $told
            }
        }
    };
}

/// A buffer whose one place is taken.
macro_rules! full {
    ($buffer:ident, $sim:ident) => {{
        let buffer = $buffer::bounded($sim, 1);
        buffer.try_put(0).unwrap();
        buffer
    }};
}

kind! {
    QueueGet, "Queue::get", GoesBack;
    asim::Get<u32> => u32, |item| (item, Box::new(()));
    thing: Queue<u32> = |sim| Queue::unbounded(sim);
    ask: |queue| queue.get();
    grant: |queue, number| queue.try_put(number).unwrap();
    waiting: |queue| Some(queue.getters());
    level: |queue| queue.len();
}

kind! {
    StoreGet, "Store::get", GoesBack;
    asim::Get<u32, Filtered> => u32, |item| (item, Box::new(()));
    thing: Store<u32> = |sim| Store::unbounded(sim);
    ask: |store| store.get_where(|item| *item < 1000);
    grant: |store, number| store.try_put(number).unwrap();
    waiting: |store| Some(store.getters());
    level: |store| store.len();
}

kind! {
    SmallestGet, "PriorityQueue::get", GoesBack;
    asim::Get<u32, SmallestFirst> => u32, |item| (item, Box::new(()));
    thing: PriorityQueue<u32> = |sim| PriorityQueue::unbounded(sim);
    ask: |queue| queue.get();
    grant: |queue, number| queue.try_put(number).unwrap();
    waiting: |queue| Some(queue.getters());
    level: |queue| queue.len();
}

kind! {
    QueuePut, "Queue::put", Stays;
    asim::Put<u32> => (), |done| (0, Box::new(done));
    thing: Queue<u32> = |sim| full!(Queue, sim);
    ask: |queue| queue.put(1);
    grant: |queue, _| assert!(queue.try_get().is_some());
    waiting: |queue| Some(queue.putters());
    level: |queue| queue.len();
}

kind! {
    StorePut, "Store::put", Stays;
    asim::Put<u32, Filtered> => (), |done| (0, Box::new(done));
    thing: Store<u32> = |sim| full!(Store, sim);
    ask: |store| store.put(1);
    grant: |store, _| assert!(store.try_get().is_some());
    waiting: |store| Some(store.putters());
    level: |store| store.len();
}

kind! {
    SmallestPut, "PriorityQueue::put", Stays;
    asim::Put<u32, SmallestFirst> => (), |done| (0, Box::new(done));
    thing: PriorityQueue<u32> = |sim| full!(PriorityQueue, sim);
    ask: |queue| queue.put(1);
    grant: |queue, _| assert!(queue.try_get().is_some());
    waiting: |queue| Some(queue.putters());
    level: |queue| queue.len();
}

/// A resource with slots that are kept from those who ask: those who are granted one get it from here.
struct Desk<R> {
    slots: R,
    kept: RefCell<Vec<Slot>>,
}

impl<R> Desk<R> {
    fn with(slots: R, take: impl Fn(&R) -> Option<Slot>) -> Self {
        let kept = std::iter::from_fn(|| take(&slots)).collect();
        Desk { slots, kept: RefCell::new(kept) }
    }

    fn give(&self) {
        let slot = self.kept.borrow_mut().pop().unwrap();
        drop(slot);
    }
}

kind! {
    Acquire, "Resource::acquire", GoesBack;
    asim::Acquire => Slot, |slot| (0, Box::new(slot));
    thing: Desk<Resource> = |sim| Desk::with(Resource::new(sim, 9), Resource::try_acquire);
    ask: |desk| desk.slots.acquire_with_priority(1);
    grant: |desk, _| desk.give();
    waiting: |desk| Some(desk.slots.waiting());
    level: |desk| desk.slots.capacity() - desk.slots.count();
}

kind! {
    AcquirePreemptive, "PreemptiveResource::acquire", GoesBack;
    asim::Acquire => Slot, |slot| (0, Box::new(slot));
    thing: Desk<PreemptiveResource> = |sim| Desk::with(PreemptiveResource::new(sim, 9), |slots| {
        slots.try_acquire_with_priority(-1)
    });
    ask: |desk| desk.slots.acquire();
    grant: |desk, _| desk.give();
    waiting: |desk| Some(desk.slots.waiting());
    level: |desk| desk.slots.capacity() - desk.slots.count();
}

kind! {
    AcquireMany, "Resource::acquire", GoesBack;
    asim::Acquire => Slot, |slot| (0, Box::new(slot));
    thing: Desk<Resource> = |sim| Desk::with(Resource::new(sim, 18), |slots| slots.try_acquire_many(2));
    ask: |desk| desk.slots.acquire_many(2);
    grant: |desk, _| desk.give();
    waiting: |desk| Some(desk.slots.waiting());
    level: |desk| (desk.slots.capacity() - desk.slots.count()) / 2;
}

kind! {
    AcquireTogether, "acquire_together", GoesBack;
    asim::AcquireTogether<2> => [Slot; 2], |slots| (0, Box::new(slots));
    thing: (Desk<Resource>, Resource) = |sim| {
        (Desk::with(Resource::new(sim, 9), Resource::try_acquire), Resource::new(sim, 99))
    };
    ask: |things| acquire_together([(&things.1, 1), (&things.0.slots, 1)]);
    grant: |things, _| things.0.give();
    waiting: |things| Some(things.0.slots.waiting());
    level: |things| {
        let (one, other) = (&things.0.slots, &things.1);
        assert!(other.count() <= one.count(), "one of each, or none");
        one.capacity() - one.count()
    };
}

kind! {
    BestGet, "Store::get", GoesBack;
    asim::Get<u32, Filtered> => u32, |item| (item, Box::new(()));
    thing: Store<u32> = |sim| Store::unbounded(sim);
    ask: |store| store.get_min_by_key(|item| *item);
    grant: |store, number| store.try_put(number).unwrap();
    waiting: |store| Some(store.getters());
    level: |store| store.len();
}

kind! {
    TransferInOrder, "Container::get", GoesBack;
    asim::Transfer => (), |done| (0, Box::new(done));
    thing: Container = |sim| Container::new(sim, 9.0).in_order();
    ask: |container| container.get(1.0).with_priority(2);
    grant: |container, _| container.try_put(1.0).unwrap();
    waiting: |container| Some(container.getters());
    level: |container| whole(container.level());
}

kind! {
    Looking, "InPort::ready", IsForAll;
    asim::Looking<u32> => Result<(), asim::SenderGone>, |seen| (u32::from(seen.is_err()), Box::new(()));
    thing: (OutPort<u32>, InPort<u32>) = |sim| channel(sim, 9);
    ask: |ports| ports.1.ready();
    grant: |ports, number| ports.0.try_send(number).unwrap();
    waiting: |_ports| None;
    level: |ports| usize::from(ports.1.probe());
}

kind! {
    AcquireUnit, "Pool::acquire", GoesBack;
    asim::AcquireUnit<u32> => Loan<u32>, |loan| (*loan, Box::new(loan));
    thing: Pool<u32> = |sim| Pool::new(sim, []);
    ask: |pool| pool.acquire();
    grant: |pool, number| pool.add(number);
    waiting: |pool| Some(pool.waiting());
    level: |pool| pool.capacity() - pool.count();
}

/// A level of at most nine, without what is less than one.
fn whole(level: f64) -> usize {
    (1..=9).filter(|&whole| f64::from(whole) <= level).count()
}

kind! {
    TransferGet, "Container::get", GoesBack;
    asim::Transfer => (), |done| (0, Box::new(done));
    thing: Container = |sim| Container::new(sim, 9.0);
    ask: |container| container.get(1.0);
    grant: |container, _| container.try_put(1.0).unwrap();
    waiting: |container| Some(container.getters());
    level: |container| whole(container.level());
}

kind! {
    TransferPut, "Container::put", Stays, left: 9;
    asim::Transfer => (), |done| (0, Box::new(done));
    thing: Container = |sim| Container::new(sim, 9.0).with_level(9.0);
    ask: |container| container.put(1.0);
    grant: |container, _| container.try_get(1.0).unwrap();
    waiting: |container| Some(container.putters());
    level: |container| whole(container.level());
}

kind! {
    BarrierWait, "Barrier::wait", IsForAll, keeps: false, left: 0;
    asim::BarrierWait => (), |done| (0, Box::new(done));
    thing: Barrier = |sim| Barrier::new(sim);
    ask: |barrier| barrier.wait();
    grant: |barrier, _| barrier.release();
    waiting: |barrier| Some(barrier.waiting());
    level: |_barrier| 0;
}

kind! {
    StateWait, "State::wait_until", IsForAll;
    asim::StateWait<u32> => u32, |value| (value, Box::new(()));
    thing: State<u32> = |sim| State::new(sim, 0);
    ask: |state| state.wait_until(|value| *value > 0);
    grant: |state, number| state.set(number);
    waiting: |state| Some(state.waiting());
    level: |state| state.get() as usize;
}

kind! {
    ConditionWait, "Environment::wait_until", IsForAll;
    asim::ConditionWait => (), |done| (0, Box::new(done));
    thing: (Environment, State<u32>) = |sim| (sim.env(), State::new(sim, 0));
    ask: |watched| watched.0.wait_until(&watched.1, |state| state.get() > 0);
    grant: |watched, number| watched.1.set(number);
    waiting: |_watched| None;
    level: |watched| watched.1.get() as usize;
}

kind! {
    EventWait, "an event", IsForAll;
    asim::EventWait<u32> => u32, |value| (value, Box::new(()));
    thing: Event<u32> = |sim| sim.event();
    ask: |event| Waitable::into_request(event);
    grant: |event, number| if !event.triggered() { event.succeed(number) };
    waiting: |_event| None;
    level: |event| usize::from(event.triggered());
}

kind! {
    Sending, "OutPort::send", Stays;
    asim::Sending<u32> => Result<(), asim::ReceiverGone<u32>>, |sent| {
        (u32::from(sent.is_err()), Box::new(()))
    };
    thing: (OutPort<u32>, InPort<u32>) = |sim| {
        let (output, input) = channel(sim, 1);
        output.try_send(0).unwrap();
        (output, input)
    };
    ask: |ports| ports.0.send(1);
    grant: |ports, _| assert!(ports.1.try_recv().unwrap().is_some());
    waiting: |_ports| None;
    level: |ports| usize::from(ports.1.probe());
}

kind! {
    Receiving, "InPort::recv", GoesBack;
    asim::Receiving<u32> => Result<u32, asim::SenderGone>, |item| (item.unwrap(), Box::new(()));
    thing: (OutPort<u32>, InPort<u32>) = |sim| channel(sim, 9);
    ask: |ports| ports.1.recv();
    grant: |ports, number| ports.0.try_send(number).unwrap();
    waiting: |_ports| None;
    level: |ports| usize::from(ports.1.probe());
}

/// Calls a function with each kind.
macro_rules! of_every_kind {
    ($check:ident) => {{
        $check::<QueueGet>();
        $check::<StoreGet>();
        $check::<SmallestGet>();
        $check::<QueuePut>();
        $check::<StorePut>();
        $check::<SmallestPut>();
        $check::<Acquire>();
        $check::<AcquirePreemptive>();
        $check::<AcquireMany>();
        $check::<AcquireTogether>();
        $check::<AcquireUnit>();
        $check::<BestGet>();
        $check::<TransferInOrder>();
        $check::<Looking>();
        $check::<TransferGet>();
        $check::<TransferPut>();
        $check::<BarrierWait>();
        $check::<StateWait>();
        $check::<ConditionWait>();
        $check::<EventWait>();
        $check::<Sending>();
        $check::<Receiving>();
    }};
}

mod forms;
mod hostile;
mod lent;
mod user_code;

/// Polls once, outside of a run.
fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// The message of the panic in which `work` must end.
#[track_caller]
fn message_of<R>(work: impl FnOnce() -> R) -> String {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(_) => panic!("it must panic"),
        Err(panic) => panic.downcast_ref::<String>().expect("a message").clone(),
    }
}

/// What a model keeps: each kind of request has a name.
struct Desired {
    get: asim::Get<u32>,
    stored: asim::Get<u32, asim::Filtered>,
    smallest: asim::Get<u32, asim::SmallestFirst>,
    put: asim::Put<u32>,
    store: asim::Put<u32, asim::Filtered>,
    rank: asim::Put<u32, asim::SmallestFirst>,
    slot: asim::Acquire,
    slots: Vec<asim::Acquire>,
    unit: asim::AcquireUnit<u32>,
    fill: asim::Transfer,
    open: asim::BarrierWait,
    state: asim::StateWait<u32>,
    event: asim::EventWait<u32>,
    send: asim::Sending<u32>,
    receive: asim::Receiving<u32>,
    any: Option<BoxedWaitable<'static, u32>>,
    doubled: asim::Wait<asim::Get<u32>>,
}

#[test]
fn every_kind_has_a_name() {
    let sim = Simulation::new();
    let (queue, store, smallest) =
        (Queue::unbounded(&sim), Store::unbounded(&sim), PriorityQueue::unbounded(&sim));
    let (output, input) = channel(&sim, 1);
    let desk = Resource::new(&sim, 1);
    let event = sim.event();
    let desired = Desired {
        get: queue.get(),
        stored: store.get(),
        smallest: smallest.get(),
        put: queue.put(1),
        store: store.put(2),
        rank: smallest.put(3),
        slot: desk.acquire(),
        slots: vec![desk.acquire(), PreemptiveResource::new(&sim, 1).acquire()],
        unit: Pool::new(&sim, [4]).acquire(),
        fill: Container::new(&sim, 1.0).put(1.0),
        open: Barrier::new(&sim).wait(),
        state: State::new(&sim, 5).wait_until(|_| true),
        event: (&event).into_request(),
        send: output.send(6),
        receive: input.recv(),
        any: Some(queue.get().mapped(|item| 2 * item).into_boxed()),
        doubled: queue.get().into_future(),
    };
    let triggered = [
        desired.get.triggered(),
        desired.stored.triggered(),
        desired.smallest.triggered(),
        desired.put.triggered(),
        desired.store.triggered(),
        desired.rank.triggered(),
        desired.slot.triggered(),
        desired.slots[1].triggered(),
        desired.unit.triggered(),
        desired.fill.triggered(),
        desired.state.triggered(),
        desired.send.triggered(),
        desired.receive.triggered(),
    ];
    assert_eq!(triggered, [true; 13]);
    assert!(!desired.slots[0].triggered() && !desired.open.triggered());
    assert!(!desired.event.triggered() && desired.any.is_some_and(|any| !any.triggered()));
    drop(desired.doubled);
}

fn tells_when_it_is_granted<K: Kind>() {
    let sim = Simulation::new();
    let thing = K::thing(&sim);
    let [first, second, third] = [(); 3].map(|()| K::ask(&thing));
    assert_eq!(format!("{first:?}"), format!("{}(pending)", K::NAME));
    assert!(!K::triggered(&first) && !K::triggered(&second));
    assert_eq!(K::waiting(&thing).unwrap_or(3), 3);
    K::grant(&thing, 1);
    assert_eq!(format!("{first:?}"), format!("{}(triggered)", K::NAME));
    assert!(K::triggered(&first));
    assert_eq!(K::triggered(&second), K::FATE == Fate::IsForAll, "{}", K::NAME);
    drop(first);
    assert_eq!(K::triggered(&second), K::FATE != Fate::Stays, "{}", K::NAME);
    assert_eq!(K::triggered(&third), K::FATE == Fate::IsForAll, "{}", K::NAME);
    drop(second);
    assert_eq!(K::triggered(&third), K::FATE != Fate::Stays, "{}", K::NAME);
    drop(third);
    assert_eq!(K::waiting(&thing).unwrap_or(0), 0, "{}", K::NAME);
    assert_eq!(K::level(&thing), K::LEFT, "{}", K::NAME);
}

#[test]
fn a_request_tells_whether_it_is_granted_and_what_is_dropped_comes_back() {
    of_every_kind!(tells_when_it_is_granted);
}

fn is_granted_at_the_call<K: Kind>() {
    if !K::KEEPS {
        return;
    }
    let sim = Simulation::new();
    let thing = K::thing(&sim);
    K::grant(&thing, 1);
    let level = K::level(&thing);
    let request = K::ask(&thing);
    assert_eq!(format!("{request:?}"), format!("{}(triggered)", K::NAME));
    assert!(K::triggered(&request));
    assert_eq!(K::waiting(&thing).unwrap_or(0), 0, "{}", K::NAME);
    drop(request);
    if K::FATE != Fate::Stays {
        assert_eq!(K::level(&thing), level, "{}", K::NAME);
    }
    let mut wait = K::ask(&thing).into_future();
    let after = poll(&mut wait);
    assert_eq!(after.is_ready(), K::FATE != Fate::Stays, "{}", K::NAME);
}

#[test]
fn a_request_that_is_granted_at_the_call_gives_it_back_too() {
    of_every_kind!(is_granted_at_the_call);
}

fn is_polled_again<K: Kind>() {
    let sim = Simulation::new();
    let thing = K::thing(&sim);
    let mut wait = K::ask(&thing).into_future();
    let line = line!() - 1;
    assert!(poll(&mut wait).is_pending());
    K::grant(&thing, 1);
    let Poll::Ready(output) = poll(&mut wait) else { panic!("{} is granted", K::NAME) };
    for _ in 0..2 {
        let told = message_of(|| poll(&mut wait));
        assert!(told.starts_with(&format!("`{}` ({}:{line}:", K::NAME, file!())), "{told}");
        assert!(told.ends_with("was polled after it had given its output"), "{told}");
    }
    drop((wait, output));

    // In a box, in another, and mapped.
    let mut boxed = K::ask(&thing).mapped(K::told).into_boxed().into_boxed().into_future();
    K::grant(&thing, 2);
    if K::waiting(&thing) == Some(0) {
        assert!(poll(&mut boxed).is_ready(), "{}", K::NAME);
        let told = message_of(|| poll(&mut boxed));
        assert!(told.starts_with(&format!("`{}` (", K::NAME)), "{told}");
    }
}

#[test]
fn a_request_that_is_polled_after_its_output_panics_with_the_line_of_the_call() {
    of_every_kind!(is_polled_again);
}

fn outlives_its_simulation<K: Kind>() {
    // Made before, and granted or not.
    let sim = Simulation::new();
    let thing = K::thing(&sim);
    let mut granted = K::ask(&thing).into_future();
    let boxed_granted = K::ask(&thing).into_boxed();
    K::grant(&thing, 1);
    K::grant(&thing, 2);
    let waits = K::ask(&thing);
    let waits_at_all = !K::triggered(&waits);
    let mut boxed = K::ask(&thing).into_boxed().into_future();
    drop(sim);
    assert_eq!(K::triggered(&waits), !waits_at_all);
    assert!(poll(&mut granted).is_ready(), "{}", K::NAME);
    assert_eq!(poll(&mut boxed).is_pending(), waits_at_all, "{}", K::NAME);
    assert!(poll(&mut boxed_granted.into_future()).is_ready(), "{}", K::NAME);
    let mut waits = waits.into_future();
    assert_eq!(poll(&mut waits).is_pending(), waits_at_all, "{}", K::NAME);
    drop((granted, waits, boxed));
    assert_eq!(K::waiting(&thing).unwrap_or(0), 0, "{}", K::NAME);

    // Made after.
    let sim = Simulation::new();
    let thing = K::thing(&sim);
    drop(sim);
    let refused = K::NAME == "OutPort::send";
    let request = K::ask(&thing);
    assert_eq!(K::triggered(&request), refused, "{}", K::NAME);
    assert_eq!(K::waiting(&thing).unwrap_or(0), 0, "{}", K::NAME);
    let mut wait = request.into_future();
    assert_eq!(poll(&mut wait).is_ready(), refused, "{}", K::NAME);
    let mut others = first_of([K::ask(&thing), K::ask(&thing)]).into_future();
    assert_eq!(poll(&mut others).is_ready(), refused, "{}", K::NAME);
    let mut all = all_of([K::ask(&thing).into_boxed(), K::ask(&thing).into_boxed()]).into_future();
    assert_eq!(poll(&mut all).is_ready(), refused, "{}", K::NAME);
    drop((wait, others, all, K::ask(&thing)));
    drop(thing);

    // Polled by a process of a simulation that lives on.
    let sim = Simulation::new();
    let thing = K::thing(&sim);
    drop(sim);
    let request = K::ask(&thing);
    let other = Simulation::new();
    other.spawn(async move {
        request.await;
    });
    let told = message_of(|| other.run());
    assert!(told.contains(", which is gone, is awaited in simulation"), "{told}");
}

#[test]
fn a_request_outlives_its_simulation() {
    of_every_kind!(outlives_its_simulation);
}

fn is_awaited_elsewhere<K: Kind>() {
    let (ours, theirs) = (Simulation::new(), Simulation::new());
    let thing = K::thing(&theirs);
    let names_both = |told: &str| {
        assert!(told.starts_with(&format!("`{}` ({}:", K::NAME, file!())), "{told}");
        let words: Vec<&str> = told.split("simulation ").collect();
        assert_eq!(words.len(), 3, "{told}");
        assert!(told.ends_with("what processes share belongs to one simulation"), "{told}");
    };
    let run = |process: Pin<Box<dyn Future<Output = ()>>>| {
        let simulation = Simulation::new();
        simulation.spawn(process);
        message_of(|| simulation.run())
    };
    let request = K::ask(&thing);
    names_both(&run(Box::pin(async move { drop(request.await) })));
    let request = K::ask(&thing).mapped(K::told).into_boxed().mapped(drop);
    names_both(&run(Box::pin(async move { request.await })));
    let request = K::ask(&thing);
    let race =
        message_of(|| first_of([request.into_boxed(), K::ask(&K::thing(&ours)).into_boxed()]));
    assert!(race.contains("the branches of one composition belong to simulations"), "{race}");
    // Also one that is granted.
    let request = K::ask(&thing);
    K::grant(&thing, 1);
    let told = run(Box::pin(async move { drop(request.await) }));
    names_both(&told);
}

#[test]
fn a_request_that_is_awaited_in_another_simulation_names_both() {
    of_every_kind!(is_awaited_elsewhere);
}

fn loses_a_race<K: Kind>() {
    let sim = Simulation::new();
    let thing = Rc::new(K::thing(&sim));
    let (env, asked) = (sim.env(), Rc::clone(&thing));
    // The timeout wins: the request leaves the line.
    sim.spawn(async move {
        first_of([
            env.timeout(1.0).into_boxed(),
            K::ask(&asked).mapped(drop).into_boxed(),
            K::ask(&asked).mapped(drop).into_boxed(),
        ])
        .await;
    });
    sim.run_until(0.5).unwrap();
    assert_eq!(K::waiting(&thing).unwrap_or(2), 2, "{}", K::NAME);
    sim.run_until(1.0).unwrap();
    assert_eq!(K::waiting(&thing).unwrap_or(0), 0, "{}", K::NAME);

    // Both could be had at the call, and one wins: what the other was promised is there for the next.
    if K::KEEPS && K::FATE == Fate::GoesBack {
        K::grant(&thing, 1);
        K::grant(&thing, 2);
        let race = first_of([K::ask(&thing), K::ask(&thing), K::ask(&thing)]);
        let next = K::ask(&thing);
        assert!(K::triggered(&next), "{}: the loser gives back before the race is made", K::NAME);
        let after = K::ask(&thing);
        drop(race);
        assert!(K::triggered(&after), "{}: the winner was never taken", K::NAME);
    }
}

#[test]
fn a_request_that_loses_leaves_the_line_and_gives_back() {
    of_every_kind!(loses_a_race);
}

/// What a request outlives here: only the thing, or the simulation too, before it or after it.
fn leaves_nothing<K: Kind>(order: [usize; 4]) {
    let sim = Simulation::new();
    let thing = Rc::new(K::thing(&sim));
    let (granted, waits) = (K::ask(&thing), K::ask(&thing).into_boxed());
    let race = first_of([K::ask(&thing).into_boxed(), K::ask(&thing).into_boxed()]).into_boxed();
    K::grant(&thing, 1);
    let (asked, env) = (Rc::clone(&thing), sim.env());
    sim.spawn(async move {
        let (first, second) = (K::ask(&asked).mapped(drop), K::ask(&asked).mapped(drop));
        drop(asked);
        asim!(AllOf(first = first, second = second, time = env.timeout(f64::INFINITY))).await;
    });
    sim.run_until(1.0).unwrap();
    let mut granted = granted.into_future();
    let requests: Box<dyn Any> = Box::new((waits, race));
    let mut all: [Option<Box<dyn Any>>; 3] =
        [Some(Box::new(sim)), Some(Box::new(thing)), Some(requests)];
    for which in order {
        match all.get_mut(which) {
            Some(one) => drop(one.take()),
            None => assert!(poll(&mut granted).is_ready(), "{} {order:?}", K::NAME),
        }
    }
}

fn leaves_nothing_in_any_order<K: Kind>() {
    for code in 0..256_usize {
        let order = [code % 4, code / 4 % 4, code / 16 % 4, code / 64];
        if !(0..4).all(|which| order.contains(&which)) {
            continue;
        }
        // What a thread needs once is there after the first time.
        leaves_nothing::<K>(order);
        let before = crate::counting::in_use();
        leaves_nothing::<K>(order);
        assert_eq!(crate::counting::in_use(), before, "{} {order:?}", K::NAME);
    }
}

#[test]
fn requests_things_and_simulations_are_freed_in_any_order() {
    of_every_kind!(leaves_nothing_in_any_order);
}
