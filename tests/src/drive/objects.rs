//! The objects of a program, in asim.

use super::values::{RealItem, Value, whole};
use super::{Any, any};
use crate::program::{Ask, Item, Program, ShelfKind};
use crate::trace::Seen;
use asim::Full;
use asim::prelude::*;

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

impl Objects {
    pub(super) fn new(env: &Environment, program: &Program) -> Self {
        let shelves = program.shelves.iter();
        let tanks = program.tanks.iter();
        Self {
            shelves: shelves.map(|shelf| Shelf::new(env, shelf.kind, shelf.capacity)).collect(),
            tanks: tanks
                .map(|tank| Container::new(env, tank.capacity.into()).with_level(tank.level.into()))
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

    /// What everything shows: see [`crate::trace::Line::levels`].
    pub(super) fn levels(&self) -> Vec<i64> {
        let count = |number: usize| i64::try_from(number).expect("small numbers");
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
    pub(super) fn ask(&self, ask: &Ask, new_item: impl FnOnce(u8) -> RealItem) -> Any {
        match *ask {
            Ask::Get(index, wants) => match (&self.shelves[index], wants) {
                (Shelf::Store(store), Some(rank)) => {
                    any(store.get_where(move |real| real.item.rank == rank), item)
                }
                (shelf, _) => on_any!(shelf, queue => any(queue.get(), item)),
            },
            Ask::Put(index, rank) => {
                let real = new_item(rank);
                on_any!(&self.shelves[index], queue => any(queue.put(real), nothing))
            }
            Ask::Draw(index, amount) => any(self.tanks[index].get(amount.into()), nothing),
            Ask::Fill(index, amount) => any(self.tanks[index].put(amount.into()), nothing),
            Ask::Acquire(index, 0) => any(self.resources[index].acquire(), Value::slot),
            Ask::Acquire(index, priority) => {
                let request = self.resources[index].acquire_with_priority(priority);
                any(request, Value::slot)
            }
            Ask::Seize(index, priority, true) => {
                any(self.preemptives[index].acquire_with_priority(priority), Value::slot)
            }
            Ask::Seize(index, priority, false) => {
                let resource = self.preemptives[index].without_preemption();
                any(resource.acquire_with_priority(priority), Value::slot)
            }
            Ask::Event(index) => {
                let event = self.events[index].clone();
                any(event, |number| Value::seen(Seen::Number(number)))
            }
            Ask::Barrier(index) => any(self.barriers[index].wait(), nothing),
            Ask::Gate(index) => any(self.gates[index].wait(), nothing),
            _ => unreachable!("not a request to an object"),
        }
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

    pub(super) fn open_gate(&self, index: usize) {
        self.gates[index].open();
    }

    pub(super) fn close_gate(&self, index: usize) {
        self.gates[index].close();
    }
}
