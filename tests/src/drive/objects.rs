//! The objects of a program, in asim.

use super::kept::{Kept, one, ranked, ranked_put};
use super::values::{RealItem, Value, whole};
use crate::program::{Ask, Fact, Item, Program, ShelfKind, Watched};
use crate::trace::Seen;
use asim::prelude::*;
use asim::{Full, Get, Put};

/// All objects of a program.
pub(super) struct Objects {
    shelves: Vec<Shelf>,
    tanks: Vec<Container>,
    resources: Vec<Resource>,
    preemptives: Vec<PreemptiveResource>,
    barriers: Vec<Barrier>,
    gates: Vec<Gate>,
    events: Vec<Event<u32>>,
}

/// One of the three things that hold items.
enum Shelf {
    Queue(Queue<RealItem>),
    Priority(PriorityQueue<RealItem>),
    Store(Store<RealItem>),
}

/// Makes the same call, whichever of the three the shelf is.
macro_rules! on_any {
    (@ $name:ident = $thing:expr, $call:expr) => {{
        let $name = $thing;
        $call
    }};
    ($shelf:expr, $name:ident => $call:expr) => {
        match $shelf {
            Shelf::Queue($name) => $call,
            Shelf::Priority($name) => $call,
            Shelf::Store($name) => $call,
        }
    };
}

fn nothing((): ()) -> Value {
    Value::seen(Seen::Nothing)
}

#[allow(clippy::needless_pass_by_value, reason = "this is where an item is consumed")]
fn item(real: RealItem) -> Value {
    Value::seen(Seen::Item(real.item))
}

fn get<D>(request: Get<RealItem, D>) -> Box<dyn Kept>
where
    D: asim::__private::Discipline<RealItem> + 'static,
{
    ranked(request, item, Get::set_priority)
}

fn put<D>(request: Put<RealItem, D>) -> Box<dyn Kept>
where
    D: asim::__private::Discipline<RealItem> + 'static,
{
    ranked_put(request, nothing, Put::set_priority, Put::withdraw)
}

fn transfer(request: asim::Transfer) -> Box<dyn Kept> {
    ranked(request, nothing, asim::Transfer::set_priority)
}

impl Shelf {
    fn new(env: &Environment, kind: ShelfKind, capacity: Option<usize>) -> Self {
        match (kind, capacity) {
            (ShelfKind::Queue, Some(most)) => Self::Queue(Queue::bounded(env, most)),
            (ShelfKind::Queue, None) => Self::Queue(Queue::unbounded(env)),
            (ShelfKind::Priority, Some(most)) => Self::Priority(PriorityQueue::bounded(env, most)),
            (ShelfKind::Priority, None) => Self::Priority(PriorityQueue::unbounded(env)),
            (ShelfKind::Store, Some(most)) => Self::Store(Store::bounded(env, most)),
            (ShelfKind::Store, None) => Self::Store(Store::unbounded(env)),
        }
    }
}

/// A thing that a condition can look at.
trait Shows {
    fn shows(&self) -> i64;
}

macro_rules! shows {
    ($($Thing:ty, $thing:ident => $shown:expr;)+) => {
        $(impl Shows for $Thing {
            fn shows(&self) -> i64 {
                let $thing = self;
                $shown
            }
        })+
    };
}

shows! {
    Queue<RealItem>, queue => count(queue.len());
    PriorityQueue<RealItem>, queue => count(queue.len());
    Store<RealItem>, store => count(store.len());
    Container, tank => whole(tank.level());
    Resource, resource => count(resource.count());
    PreemptiveResource, resource => count(resource.count());
    Barrier, barrier => count(barrier.waiting());
    Gate, gate => 10 * i64::from(gate.is_open()) + count(gate.waiting());
    Event<u32>, event => i64::from(event.triggered()) + 2 * i64::from(event.cancelled());
}

fn count(number: usize) -> i64 {
    i64::try_from(number).expect("small numbers")
}

/// What is to be seen of an object from outside.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    pub(super) level: f64,
    pub(super) capacity: Option<f64>,
    pub(super) takers: usize,
    pub(super) putters: usize,
}

/// What was measured of an object.
pub(super) struct Books {
    pub(super) name: String,
    pub(super) level: Option<asim::Level>,
    pub(super) capacity: Option<asim::Level>,
    /// Those who take, and those who put.
    pub(super) lines: Vec<Line>,
    /// How many holds have ended.
    pub(super) ended: Option<u64>,
}

/// What was measured of a line.
pub(super) struct Line {
    pub(super) length: asim::Level,
    pub(super) waited: asim::Tally,
    pub(super) gave_up: asim::Tally,
    /// Served, of them at once, and left.
    pub(super) counts: [u64; 3],
}

impl Line {
    fn new(m: asim::LineMeasures) -> Self {
        let counts = [m.served, m.at_once, m.left];
        Line { length: m.line, waited: m.waited, gave_up: m.gave_up, counts }
    }
}

/// Makes the same call, whatever kind of thing a condition looks at.
macro_rules! on_thing {
    ($objects:expr, $of:expr, $name:ident => $call:expr) => {
        match $of {
            Watched::Shelf(index) => on_any!(&$objects.shelves[index], $name => $call),
            Watched::Tank(index) => on_any!(@ $name = &$objects.tanks[index], $call),
            Watched::Resource(index) => on_any!(@ $name = &$objects.resources[index], $call),
            Watched::Preemptive(index) => on_any!(@ $name = &$objects.preemptives[index], $call),
            Watched::Barrier(index) => on_any!(@ $name = &$objects.barriers[index], $call),
            Watched::Gate(index) => on_any!(@ $name = &$objects.gates[index], $call),
            Watched::Event(index) => on_any!(@ $name = &$objects.events[index], $call),
        }
    };
}

impl Objects {
    pub(super) fn new(env: &Environment, program: &Program) -> Self {
        let shelves = program.shelves.iter();
        let tanks = program.tanks.iter();
        Self {
            shelves: shelves.map(|shelf| Shelf::new(env, shelf.kind, shelf.capacity)).collect(),
            tanks: tanks
                .map(|tank| {
                    let made = Container::new(env, tank.capacity.into());
                    let made = made.with_level(tank.level.into());
                    if tank.in_order { made.in_order() } else { made }
                })
                .collect(),
            resources: program.resources.iter().map(|&most| Resource::new(env, most)).collect(),
            preemptives: program
                .preemptives
                .iter()
                .map(|&most| PreemptiveResource::new(env, most))
                .collect(),
            barriers: (0..program.barriers).map(|_| Barrier::new(env)).collect(),
            gates: program
                .gates
                .iter()
                .map(|&open| if open { Gate::new_open(env) } else { Gate::new_closed(env) })
                .collect(),
            events: (0..program.events).map(|_| Event::new(env)).collect(),
        }
    }

    /// Gives each object a name.
    pub(super) fn named(self) -> Self {
        let named = |shelf, index: usize| match shelf {
            Shelf::Queue(queue) => Shelf::Queue(queue.named(format!("shelf {index}"))),
            Shelf::Priority(queue) => Shelf::Priority(queue.named(format!("shelf {index}"))),
            Shelf::Store(store) => Shelf::Store(store.named(format!("shelf {index}"))),
        };
        let shelves = self.shelves.into_iter().enumerate();
        macro_rules! all_named {
            ($things:ident) => {
                self.$things
                    .into_iter()
                    .enumerate()
                    .map(|(index, thing)| {
                        thing.named(format!(concat!(stringify!($things), " {}"), index))
                    })
                    .collect()
            };
        }
        Self {
            shelves: shelves.map(|(index, shelf)| named(shelf, index)).collect(),
            tanks: all_named!(tanks),
            resources: all_named!(resources),
            preemptives: all_named!(preemptives),
            barriers: all_named!(barriers),
            gates: all_named!(gates),
            events: all_named!(events),
        }
    }

    /// What is to be seen of each object that is measured, in the order of [`books`](Self::books).
    pub(super) fn seen(&self) -> Vec<Shown> {
        let mut all = Vec::new();
        for shelf in &self.shelves {
            all.push(on_any!(shelf, queue => Shown {
                level: queue.len() as f64,
                capacity: queue.capacity().map(|capacity| capacity as f64),
                takers: queue.getters(),
                putters: queue.putters(),
            }));
        }
        for tank in &self.tanks {
            all.push(Shown {
                level: tank.level(),
                capacity: Some(tank.capacity()),
                takers: tank.getters(),
                putters: tank.putters(),
            });
        }
        let mut resource = |count: usize, capacity: usize, takers| {
            let (level, capacity) = (count as f64, Some(capacity as f64));
            all.push(Shown { level, capacity, takers, putters: 0 });
        };
        for it in &self.resources {
            resource(it.count(), it.capacity(), it.waiting());
        }
        for it in &self.preemptives {
            resource(it.count(), it.capacity(), it.waiting());
        }
        for barrier in &self.barriers {
            all.push(Shown { takers: barrier.waiting(), ..Shown::default() });
        }
        for gate in &self.gates {
            let level = f64::from(u8::from(gate.is_open()));
            all.push(Shown { level, takers: gate.waiting(), ..Shown::default() });
        }
        all
    }

    /// What was measured of each object.
    pub(super) fn books(&self) -> Vec<Books> {
        let mut all = Vec::new();
        let stock = |m: asim::StockMeasures| Books {
            name: m.name,
            level: Some(m.level),
            capacity: m.capacity,
            lines: vec![Line::new(m.get), Line::new(m.put)],
            ended: None,
        };
        for shelf in &self.shelves {
            all.push(on_any!(shelf, queue => stock(queue.measures())));
        }
        all.extend(self.tanks.iter().map(|tank| stock(tank.measures())));
        let resource = |m: asim::ResourceMeasures| Books {
            name: m.name,
            level: Some(m.in_use),
            capacity: Some(m.capacity),
            lines: vec![Line {
                length: m.line,
                waited: m.waited,
                gave_up: m.gave_up,
                counts: [m.served, m.at_once, m.left],
            }],
            ended: Some(m.held.count()),
        };
        all.extend(self.resources.iter().map(|it| resource(it.measures())));
        all.extend(self.preemptives.iter().map(|it| resource(it.measures())));
        let line = |name: String, m: asim::LineMeasures| Books {
            name,
            level: m.open.clone(),
            capacity: None,
            lines: vec![Line::new(m)],
            ended: None,
        };
        for (index, barrier) in self.barriers.iter().enumerate() {
            all.push(line(format!("barriers {index}"), barrier.measures()));
        }
        for (index, gate) in self.gates.iter().enumerate() {
            all.push(line(format!("gates {index}"), gate.measures()));
        }
        all
    }

    /// What everything shows: see [`crate::trace::Line::levels`].
    pub(super) fn levels(&self) -> Vec<i64> {
        let mut levels = Vec::new();
        for shelf in &self.shelves {
            let (len, empty) = on_any!(shelf, queue => (queue.len(), queue.is_empty()));
            assert_eq!(len == 0, empty);
            levels.push(count(len));
        }
        levels.extend(self.tanks.iter().map(|tank| whole(tank.level())));
        levels.extend(self.resources.iter().map(|resource| count(resource.count())));
        levels.extend(self.preemptives.iter().map(|resource| count(resource.count())));
        for gate in &self.gates {
            levels.extend([i64::from(gate.is_open()), count(gate.waiting())]);
        }
        levels.extend(self.events.iter().map(|event| {
            assert_eq!(event.triggered(), event.value().is_some());
            i64::from(event.triggered()) + 2 * i64::from(event.cancelled())
        }));
        levels
    }

    /// A request to one of the objects; `new_item` is only called for a put.
    pub(super) fn ask(
        &self,
        env: &Environment,
        ask: &Ask,
        new_item: impl FnOnce(u8) -> RealItem,
    ) -> Box<dyn Kept> {
        match *ask {
            Ask::Urgent(ref inner, priority) => {
                let mut request = self.ask(env, inner, new_item);
                request.set_priority(priority);
                request
            }
            Ask::Get(index, wants) => match (&self.shelves[index], wants) {
                (Shelf::Store(store), Some(rank)) => {
                    get(store.get_where(move |real| real.item.rank == rank))
                }
                (shelf, _) => on_any!(shelf, queue => get(queue.get())),
            },
            Ask::GetBest(index, refused) => match &self.shelves[index] {
                Shelf::Store(store) => get(match refused {
                    None => store.get_min_by_key(|real| real.item.key()),
                    Some(rank) => store.get_where_min_by_key(
                        move |real| real.item.rank != rank,
                        |real| f64::from(real.item.key()),
                    ),
                }),
                _ => self.ask(env, &Ask::Get(index, None), new_item),
            },
            Ask::Put(index, rank) => {
                let real = new_item(rank);
                on_any!(&self.shelves[index], queue => put(queue.put(real)))
            }
            Ask::Draw(index, amount) => transfer(self.tanks[index].get(amount.into())),
            Ask::Fill(index, amount) => transfer(self.tanks[index].put(amount.into())),
            Ask::DrawAs(index, amount, priority) => {
                transfer(self.tanks[index].get(amount.into()).with_priority(priority))
            }
            Ask::FillAs(index, amount, priority) => {
                transfer(self.tanks[index].put(amount.into()).with_priority(priority))
            }
            Ask::Acquire(..)
            | Ask::AcquireMany(..)
            | Ask::Seize(..)
            | Ask::SeizeMany(..)
            | Ask::Together(..) => self.ask_slots(ask),
            Ask::Event(index) => {
                let event = self.events[index].wait();
                one(event, |number| Value::seen(Seen::Number(number)))
            }
            Ask::Barrier(index) => one(self.barriers[index].wait(), nothing),
            Ask::Gate(index) => one(self.gates[index].wait(), nothing),
            Ask::Until(ref facts) => one(self.until(env, facts), nothing),
            _ => unreachable!("not a request to an object"),
        }
    }

    /// A condition on one thing, or on two of any kinds.
    fn until(&self, env: &Environment, facts: &[Fact]) -> asim::ConditionWait {
        match *facts {
            [] => {
                let nothing = Event::<()>::new(env);
                env.wait_until(&nothing, |_| true)
            }
            [fact] => on_thing!(self, fact.of, thing => {
                env.wait_until(thing, move |thing| fact.holds(thing.shows()))
            }),
            [one, other, ..] => on_thing!(self, one.of, thing => {
                on_thing!(self, other.of, another => {
                    env.wait_until((thing, another), move |(thing, another)| {
                        one.holds(thing.shows()) && other.holds(another.shows())
                    })
                })
            }),
        }
    }

    /// A request for slots of a resource.
    fn ask_slots(&self, ask: &Ask) -> Box<dyn Kept> {
        let preemptive = |index: usize, preempts: bool| {
            let resource = &self.preemptives[index];
            if preempts { resource.clone() } else { resource.without_preemption() }
        };
        let slots =
            |acquire: asim::Acquire| ranked(acquire, Value::slot, asim::Acquire::set_priority);
        match *ask {
            Ask::Acquire(index, 0) => slots(self.resources[index].acquire()),
            Ask::Acquire(index, priority) => {
                slots(self.resources[index].acquire_with_priority(priority))
            }
            Ask::AcquireMany(index, units, 0) => slots(self.resources[index].acquire_many(units)),
            Ask::AcquireMany(index, units, priority) => {
                slots(self.resources[index].acquire_many_with_priority(units, priority))
            }
            Ask::Seize(index, priority, preempts) => {
                slots(preemptive(index, preempts).acquire_with_priority(priority))
            }
            Ask::SeizeMany(index, units, priority, preempts) => {
                let resource = preemptive(index, preempts);
                slots(resource.acquire_many_with_priority(units, priority))
            }
            Ask::Together(needs, priority) => {
                let needs = needs.map(|(index, units)| (&self.resources[index], units));
                let acquire = match priority {
                    0 => acquire_together(needs),
                    _ => acquire_together_with_priority(needs, priority),
                };
                ranked(acquire, Value::both_slots, |acquire, priority| {
                    acquire.set_priority(priority);
                })
            }
            _ => unreachable!("not a request for slots"),
        }
    }

    pub(super) fn try_acquire_many(
        &self,
        index: usize,
        units: usize,
    ) -> Option<Box<dyn std::any::Any>> {
        let slot = self.resources[index].try_acquire_many(units)?;
        assert_eq!(slot.units(), units);
        Some(Box::new(slot))
    }

    pub(super) fn set_capacity(&self, index: usize, capacity: Option<usize>) {
        on_any!(&self.shelves[index], queue => queue.set_capacity(capacity));
    }

    pub(super) fn try_get_best(&self, index: usize, refused: Option<u8>) -> Option<Item> {
        let Shelf::Store(store) = &self.shelves[index] else { return self.try_get(index, None) };
        let accepts = move |real: &RealItem| refused != Some(real.item.rank);
        let real = store.try_get_where_min_by_key(accepts, |real| real.item.key());
        real.map(|real| real.item)
    }

    pub(super) fn try_get(&self, index: usize, wants: Option<u8>) -> Option<Item> {
        let real = match (&self.shelves[index], wants) {
            (Shelf::Store(store), Some(rank)) => {
                store.try_get_where(move |real| real.item.rank == rank)
            }
            (shelf, _) => on_any!(shelf, queue => queue.try_get()),
        };
        real.map(|real| real.item)
    }

    /// Gives the item back if it was refused.
    pub(super) fn try_put(&self, index: usize, real: RealItem) -> Result<(), RealItem> {
        on_any!(&self.shelves[index], queue => queue.try_put(real).map_err(Full::into_inner))
    }

    pub(super) fn try_draw(&self, index: usize, amount: u32) -> bool {
        self.tanks[index].try_get(amount.into()).is_ok()
    }

    pub(super) fn resize(&self, index: usize, capacity: u32) {
        self.tanks[index].set_capacity(capacity.into());
    }

    pub(super) fn try_fill(&self, index: usize, amount: u32) -> bool {
        self.tanks[index].try_put(amount.into()).is_ok()
    }

    pub(super) fn try_acquire(&self, index: usize) -> Option<Box<dyn std::any::Any>> {
        let slot = self.resources[index].try_acquire()?;
        Some(Box::new(slot))
    }

    pub(super) fn succeed(&self, index: usize, number: u32) -> bool {
        self.events[index].try_succeed(number).is_ok()
    }

    pub(super) fn cancel_event(&self, index: usize) {
        self.events[index].cancel();
    }

    pub(super) fn open(&self, index: usize) {
        self.barriers[index].release();
    }

    pub(super) fn open_for_one(&self, index: usize) -> bool {
        self.barriers[index].release_one()
    }

    pub(super) fn open_gate(&self, index: usize) {
        self.gates[index].open();
    }

    pub(super) fn close_gate(&self, index: usize) {
        self.gates[index].close();
    }
}
