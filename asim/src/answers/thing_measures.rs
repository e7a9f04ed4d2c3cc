//! What was measured of a thing.

use crate::engine::{kernel::Kernel, watchers::Watchers};
use crate::measure::books::Books;
use crate::measure::snapshot::{LineMeasures, ResourceMeasures, StockMeasures};
use crate::shared::barrier::Barrier;
use crate::shared::buffer::{
    pool::Pool, priority_queue::PriorityQueue, queue::Queue, store::Store,
};
use crate::shared::channel::port::{InPort, OutPort};
use crate::shared::container::container::Container;
use crate::shared::gate::Gate;
use crate::shared::resource::{preemptive::PreemptiveResource, resource::Resource};
use crate::shared::state::state::State;
use crate::wait::watch::Watched;

/// Returns the name of a thing and its books as they are now.
#[track_caller]
fn books(thing: Option<(&Watchers, &Kernel)>, kind: &str) -> (String, Books) {
    let Some((probe, kernel)) =
        thing.and_then(|(watchers, kernel)| Some((watchers.probe()?, kernel)))
    else {
        panic!(
            "this {kind} has no name, and only what has a name is measured: write `.named(\"..\")` where it \
             is made"
        );
    };
    (probe.name().to_owned(), probe.books().at(kernel.now.get()))
}

/// Returns what watches a thing. A port may have no channel yet, a thing always has its watchers.
#[allow(clippy::unnecessary_wraps, reason = "as for a port")]
fn watched<T: Watched>(thing: &T) -> Option<(&Watchers, &Kernel)> {
    Some((thing.watchers(), thing.watched_kernel()))
}

/// Implements `measures` for a kind of thing, with an example.
macro_rules! impl_measures {
    ([$($of:tt)*] $Thing:ty, $kind:literal, $watched:path, $Measures:ident, $example:literal) => {
        impl $($of)* $Thing {
            /// Returns what was measured since it got its name, or since all measures have
            /// [started again][reset], up to now.
            ///
            /// [reset]: crate::environment::Environment::reset_measures
            ///
            /// # Panics
            ///
            /// If it has no name: only what has a name is measured.
            ///
            /// ```
            /// use asim::prelude::*;
            ///
            /// let sim = Simulation::new();
            #[doc = $example]
            /// # Ok::<(), SimError>(())
            /// ```
            #[must_use]
            #[track_caller]
            pub fn measures(&self) -> $Measures {
                let (name, books) = books($watched(self), $kind);
                $Measures::new(&name, books)
            }
        }
    };
}

impl_measures!(
    [] Resource,
    "resource",
    watched,
    ResourceMeasures,
    "let clerks = Resource::new(&sim, 2).named(\"clerks\");
let slot = clerks.try_acquire();
sim.run_until(6.0)?;
drop(slot);
sim.run_until(10.0)?;
let m = clerks.measures();
assert_eq!((m.in_use.mean(), m.utilisation(), m.held.mean()), (0.6, 0.3, 6.0));"
);
impl_measures!(
    [] PreemptiveResource,
    "resource",
    watched,
    ResourceMeasures,
    "let machine = PreemptiveResource::new(&sim, 1).named(\"machine\");
for (start, priority) in [(0.0, 1), (4.0, 0)] {
    let (env, machine) = (sim.env(), machine.clone());
    sim.spawn(async move {
        env.timeout(start).await;
        let slot = machine.acquire_with_priority(priority).await;
        let _ = env.interruptible(env.timeout(10.0)).await;
        drop(slot);
    });
}
sim.run()?;
let m = machine.measures();
assert_eq!((m.served, m.preempted, m.held.least(), m.held.most()), (2, 1, 4.0, 10.0));"
);
impl_measures!(
    [<T: 'static>] Pool<T>,
    "pool",
    watched,
    ResourceMeasures,
    "let trucks = Pool::new(&sim, [\"Ada\", \"Bob\"]).named(\"trucks\");
let loan = trucks.try_acquire();
sim.run_until(6.0)?;
drop(loan);
sim.run_until(10.0)?;
let m = trucks.measures();
assert_eq!((m.in_use.mean(), m.utilisation(), m.held.mean()), (0.6, 0.3, 6.0));"
);
impl_measures!(
    [<T: 'static>] Queue<T>,
    "queue",
    watched,
    StockMeasures,
    "let orders = Queue::unbounded(&sim).named(\"orders\");
orders.try_put(\"a pizza\").expect(\"there is room\");
sim.run_until(4.0)?;
assert_eq!(orders.try_get(), Some(\"a pizza\"));
sim.run_until(10.0)?;
let m = orders.measures();
assert_eq!((m.level.mean(), m.stayed.mean(), m.get.served), (0.4, 4.0, 1));"
);
impl_measures!(
    [<T: Ord + 'static>] PriorityQueue<T>,
    "queue",
    watched,
    StockMeasures,
    "let orders = PriorityQueue::unbounded(&sim).named(\"orders\");
orders.try_put(3).expect(\"there is room\");
sim.run_until(4.0)?;
assert_eq!(orders.try_get(), Some(3));
let m = orders.measures();
assert_eq!((m.level.mean(), m.stayed.mean(), m.put.served), (1.0, 4.0, 1));"
);
impl_measures!(
    [<T: 'static>] Store<T>,
    "store",
    watched,
    StockMeasures,
    "let shelf = Store::unbounded(&sim).named(\"shelf\");
let wish = shelf.get_where(|item| *item == \"shoes\");
sim.run_until(4.0)?;
shelf.try_put(\"shoes\").expect(\"there is room\");
let m = shelf.measures();
assert_eq!((m.get.served, m.get.waited.mean(), m.get.line.mean()), (1, 4.0, 1.0));
# drop(wish);"
);
impl_measures!(
    [] Container,
    "container",
    watched,
    StockMeasures,
    "let tank = Container::new(&sim, 500.0).with_level(100.0).named(\"tank\");
sim.run_until(5.0)?;
tank.try_get(62.5).expect(\"there is enough\");
sim.run_until(10.0)?;
let m = tank.measures();
assert_eq!((m.level.mean(), m.level.least(), m.amount_out), (68.75, 37.5, 62.5));"
);
impl_measures!(
    [] Gate,
    "gate",
    watched,
    LineMeasures,
    "let gate = Gate::new_closed(&sim).named(\"gate\");
let waiting = gate.wait();
sim.run_until(3.0)?;
gate.open();
sim.run_until(4.0)?;
let m = gate.measures();
assert_eq!((m.served, m.waited.mean(), m.line.mean()), (1, 3.0, 0.75));
# drop(waiting);"
);
impl_measures!(
    [] Barrier,
    "barrier",
    watched,
    LineMeasures,
    "let barrier = Barrier::new(&sim).named(\"barrier\");
let (_one, _other) = (barrier.wait(), barrier.wait());
sim.run_until(3.0)?;
barrier.release();
let m = barrier.measures();
assert_eq!((m.served, m.waited.mean(), m.line.most()), (2, 3.0, 2.0));"
);
impl_measures!(
    [<T: 'static>] OutPort<T>,
    "channel",
    OutPort::watchers,
    StockMeasures,
    "let (output, input) = channel(&sim, 5);
let (output, input) = (output.named(\"wire\"), input);
output.try_send(\"a parcel\").expect(\"there is room\");
sim.run_until(4.0)?;
assert_eq!(input.try_recv(), Ok(Some(\"a parcel\")));
let m = output.measures();
assert_eq!((m.put.served, m.stayed.mean(), m.level.mean()), (1, 4.0, 1.0));"
);
impl_measures!(
    [<T: 'static>] InPort<T>,
    "channel",
    InPort::watchers,
    StockMeasures,
    "let (output, input) = channel(&sim, 5);
let (output, input) = (output.named(\"wire\"), input);
output.try_send(\"a parcel\").expect(\"there is room\");
sim.run_until(4.0)?;
assert_eq!(input.try_recv(), Ok(Some(\"a parcel\")));
let m = input.measures();
assert_eq!((m.put.served, m.stayed.mean(), m.level.mean()), (1, 4.0, 1.0));"
);
impl_measures!(
    [<T: Clone + 'static>] State<T>,
    "state",
    watched,
    LineMeasures,
    "let light = State::new(&sim, \"red\").named(\"light\");
let _green = light.wait_until(|light| *light == \"green\");
sim.run_until(3.0)?;
light.set(\"green\");
let m = light.measures();
assert_eq!((m.served, m.waited.mean(), m.changes), (1, 3.0, 1));"
);
