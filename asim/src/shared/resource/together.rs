//! A request for several resources at once: it is granted all that it needs in one step, or nothing.
//!
//! The request stands in one line only: in that of the first resource in its list that it has to wait
//! for. It has there the place that it would have if it had stood there from the call on. When it comes to
//! its turn, it looks at all its resources. If it has to wait for another one, it goes to that line.
//! So nobody looks through lines of requests that cannot be granted.

use std::{cell::RefCell, cell::RefMut, mem, panic::Location, rc::Rc, rc::Weak};

use crate::engine::provider::{Provider, Unlinked};
use crate::engine::wait_name::WaitName;
use crate::engine::{awaiter::Awaiter, kernel::Kernel, slab::Key};
use crate::shared::resource::acquire::units_of_request;
use crate::shared::resource::state::Joint;
use crate::shared::resource::{holding::Holding, resource::Resource, slot::Slot, slots::Slots};
use crate::wait::priority::HasPriority;
use crate::wait::request::{Ask, Request, RequestState};

/// The key of the one request.
const ITS: Key = Key::new(0, 0);

/// Asks for units of several resources at once, all or nothing. Awaiting the request gives one
/// [`Slot`][slot] for each resource, in the order written. While it waits for one of them, it holds none of the
/// others. It has priority 0; see
/// [`acquire_together_with_priority`](acquire_together_with_priority()).
///
/// The request is granted as soon as it can have all that it needs at one moment: enough units of each
/// resource are free, and nobody stands before it in any of these lines. Its place in each of the lines is
/// that of the call.
///
/// Until then it waits for the first resource in its list that it cannot have. There it stands in line like
/// any other request: nobody behind it overtakes it, and [`waiting`](Resource::waiting) counts it. Its
/// other resources stay free for those behind it. So requests that are made together never wait for
/// each other in a circle, but such a request can wait long: until all its resources are free *at one
/// moment*. If others use them in turn without a pause, that moment may never come. Then acquire them one
/// after the other, in the same order everywhere.
///
/// If several resources become free in one step (a process is cancelled), they are served one after the
/// other, in the order in which they became free. A request that waits for one of them is looked at only
/// in its turn there, and somebody behind it may have taken another one by then.
///
/// A resource may be in the list twice: the request then needs the sum.
///
/// In the measures and in the log, a request that goes on to the line of another of its resources leaves the first
/// line: it is among those who left there, and its waiting time is that in its last line.
///
/// # Panics
///
/// If the list is empty, if a number of units is 0 or their sum is more than `u32::MAX`, or if the resources
/// belong to different simulations.
///
/// ```
/// use asim::prelude::*;
///
/// /// An operation needs a room and two surgeons.
/// #[process]
/// async fn operation(env: Environment, rooms: Resource, surgeons: Resource, starts: f64) {
///     let [room, pair] = acquire_together([(&rooms, 1), (&surgeons, 2)]).await;
///     assert_eq!((env.now(), room.units(), pair.units()), (starts, 1, 2));
///     env.timeout(3.0).await;
///     pair.release();
///     env.timeout(0.5).await; // the room is cleaned
///     room.release();
/// }
///
/// /// A consultation needs one surgeon.
/// #[process]
/// async fn consultation(env: Environment, surgeons: Resource) {
///     let _surgeon = surgeons.acquire().await;
///     env.timeout(1.0).await;
/// }
///
/// let sim = Simulation::new();
/// let (rooms, surgeons) = (Resource::new(&sim, 2), Resource::new(&sim, 3));
/// sim.process(Consultation::new(surgeons.clone()));
/// sim.process(Operation::new(rooms.clone(), surgeons.clone(), 0.0));
/// // One surgeon is free from 1 on. The second operation waits for two, and leaves its room free.
/// sim.process(Operation::new(rooms.clone(), surgeons.clone(), 3.0));
/// sim.run_until(2.0)?;
/// assert_eq!((rooms.count(), surgeons.count()), (1, 2));
/// sim.run()?;
/// assert_eq!(sim.now(), 6.5);
/// # Ok::<(), SimError>(())
/// ```
///
/// [slot]: crate::shared::resource::slot::Slot
#[track_caller]
pub fn acquire_together<const N: usize>(needs: [(&Resource, usize); N]) -> AcquireTogether<N> {
    acquire_together_with_priority(needs, 0)
}

/// Asks for units of several resources at once, with a priority in all the lines: see
/// [`acquire_together`](acquire_together()). A smaller number is more urgent.
///
/// # Panics
///
/// As [`acquire_together`](acquire_together()).
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (fork, knife) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
/// let taken = fork.try_acquire();
/// let later = acquire_together_with_priority([(&knife, 1), (&fork, 1)], 2);
/// let first = acquire_together_with_priority([(&fork, 1), (&knife, 1)], 1);
/// drop(taken);
/// assert!(first.triggered() && !later.triggered());
/// ```
#[track_caller]
pub fn acquire_together_with_priority<const N: usize>(
    needs: [(&Resource, usize); N],
    priority: i32,
) -> AcquireTogether<N> {
    let Some((first, _)) = needs.first() else {
        panic!("acquire_together needs one resource or more")
    };
    let kernel = Rc::clone(first.slots().kernel());
    let mut all: Vec<Need> = Vec::with_capacity(N);
    let parts = needs.map(|(resource, units)| {
        let slots = resource.slots();
        kernel.check_together(slots.kernel(), WaitName::AcquireTogether);
        let units = units_of_request(units);
        let need =
            all.iter().position(|need| Rc::ptr_eq(&need.slots, slots)).unwrap_or_else(|| {
                all.push(Need { slots: Rc::clone(slots), units: 0, number: 0, holding: None });
                all.len() - 1
            });
        all[need].units = units_of_request(all[need].units as usize + units as usize);
        Part { need, units }
    });
    let closed = kernel.closed.get();
    let together = Rc::new_cyclic(|me| Together {
        me: Weak::clone(me),
        process: kernel.active.get(),
        kernel,
        state: RefCell::new(State {
            needs: all,
            priority,
            stage: Stage::Over,
            awaiter: Awaiter::NOBODY,
        }),
    });
    let state = if closed { RequestState::GONE } else { RequestState::Waiting(ITS) };
    let ask = TogetherAsk { together: Rc::clone(&together), parts };
    let request = Request::new(ask, state, Location::caller());
    if !closed {
        together.ask();
        together.kernel.settle();
    }
    request
}

/// A request for several resources at once, made by `acquire_together`. Awaiting it gives one
/// [`Slot`] for each resource, in the order written.
///
/// If it is dropped or loses a race, it leaves the line in which it stands, or gives back all that it was
/// granted.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (crane, truck) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
/// let granted: asim::AcquireTogether<2> = acquire_together([(&crane, 1), (&truck, 1)]);
/// assert_eq!((crane.count(), truck.count()), (1, 1));
/// drop(granted);
/// assert_eq!((crane.count(), truck.count()), (0, 0));
/// ```
pub type AcquireTogether<const N: usize> = Request<TogetherAsk<N>>;

/// The resources that an [`AcquireTogether`] asks.
#[derive(Debug)]
pub struct TogetherAsk<const N: usize> {
    together: Rc<Together>,
    parts: [Part; N],
}

/// One entry of the list as it was written.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// The place among the needs.
    need: usize,
    units: u32,
}

/// What the request needs, and how far it has come.
#[derive(Debug)]
struct Together {
    me: Weak<Together>,
    kernel: Rc<Kernel>,
    /// The process that asked; [`Key::NONE`] outside of all processes.
    process: Key,
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    /// One entry for each resource.
    needs: Vec<Need>,
    priority: i32,
    stage: Stage,
    awaiter: Awaiter,
}

#[derive(Debug)]
struct Need {
    slots: Rc<Slots>,
    units: u32,
    /// The place in the order of asking at this resource.
    number: u64,
    /// What it holds of this resource, once it was granted.
    holding: Option<Holding>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It waits for this one of its needs, and has this key in that line.
    Waiting { at: usize, place: Key },
    /// It has all that it needs.
    Granted,
    /// It had all that it needs, which is about to go back, or has gone back.
    GivenUp,
    /// It has left the line of this one of its needs.
    Left { at: usize },
    /// It has given its output, or was cancelled.
    Over,
}

impl Together {
    /// Asks now: it gets its places in the order, and is granted all, or waits.
    fn ask(&self) {
        for need in &mut self.state.borrow_mut().needs {
            need.number = need.slots.next_number();
        }
        self.go_on(None);
    }

    /// Is granted all, or joins the line of the first resource that it has to wait for. Returns `true` if it
    /// is granted all.
    ///
    /// If it is the turn of the request in the line of a resource, `turn` says which one: it is before all
    /// there.
    fn go_on(&self, turn: Option<usize>) -> bool {
        let state = &mut *self.state.borrow_mut();
        let priority = state.priority;
        let turn_at = match (turn, state.stage) {
            (Some(turn), Stage::Waiting { place, .. }) => Some((turn, place)),
            _ => None,
        };
        let short = state.needs.iter().enumerate().position(|(at, need)| {
            if turn == Some(at) {
                !need.slots.has(need.units)
            } else {
                !need.slots.has_for((priority, need.number), need.units)
            }
        });
        if let Some(at) = short {
            if let Some((turn, place)) = turn_at {
                state.needs[turn].slots.note_left(place);
            }
            let need = &state.needs[at];
            let me = Weak::clone(&self.me) as Weak<dyn Joint>;
            let place =
                need.slots.join_joint((priority, need.number), need.units, self.process, me);
            state.stage = Stage::Waiting { at, place };
            return false;
        }
        for (at, need) in state.needs.iter_mut().enumerate() {
            let place = turn_at.filter(|&(turn, _)| turn == at).map(|(_, place)| place);
            need.holding = Some(need.slots.take(need.units, self.process, place));
        }
        state.stage = Stage::Granted;
        true
    }

    fn set_priority(self: &Rc<Self>, priority: i32) {
        let (slots, place) = {
            let state = &mut *self.state.borrow_mut();
            state.priority = priority;
            let Stage::Waiting { at, place } = state.stage else { return };
            (Rc::clone(&state.needs[at].slots), place)
        };
        slots.leave_joint(place);
        self.ask();
        let awaiter = self.awaiter_if_granted();
        self.kernel.notify(awaiter);
        // Those that were behind it may be before it now.
        self.kernel.serve(&slots);
        self.kernel.settle();
    }

    fn awaiter_if_granted(&self) -> Awaiter {
        let state = &mut *self.state.borrow_mut();
        match state.stage {
            Stage::Granted => mem::take(&mut state.awaiter),
            _ => Awaiter::NOBODY,
        }
    }
}

impl Joint for Together {
    fn take_turn(&self) {
        let Stage::Waiting { at: turn, .. } = self.state.borrow().stage else { return };
        if self.go_on(Some(turn)) {
            self.kernel.notify(self.awaiter_if_granted());
        }
    }

    fn awaiter(&self) -> Awaiter {
        self.state.borrow().awaiter
    }
}

impl Provider for Together {
    fn unlink(&self, _request: Key) -> Unlinked {
        let (awaiter, after) = {
            let state = &mut *self.state.borrow_mut();
            let after = match state.stage {
                Stage::Waiting { at, place } => {
                    let holds_up = state.needs[at].slots.leave_joint(place);
                    state.stage = if holds_up { Stage::Left { at } } else { Stage::Over };
                    if holds_up { Unlinked::Promised } else { Unlinked::Gone }
                }
                Stage::Granted => {
                    state.stage = Stage::GivenUp;
                    Unlinked::Promised
                }
                Stage::GivenUp | Stage::Left { .. } | Stage::Over => return Unlinked::Gone,
            };
            (mem::take(&mut state.awaiter), after)
        };
        self.kernel.forget(awaiter);
        after
    }

    fn restore(&self, _request: Key) {
        let state = self.state.borrow();
        if state.stage == Stage::GivenUp {
            for need in &state.needs {
                if let Some(holding) = need.holding {
                    need.slots.put_back(holding);
                }
            }
        }
    }

    fn awaiter(&self, _request: Key) -> Option<RefMut<'_, Awaiter>> {
        let state = self.state.borrow_mut();
        let is_waiting = matches!(state.stage, Stage::Waiting { .. });
        is_waiting.then(|| RefMut::map(state, |state| &mut state.awaiter))
    }

    /// Serves the lines of the resources that it has left or given back, one after the other.
    fn serve_one(&self) -> bool {
        let changed: Vec<Rc<Slots>> = {
            let state = self.state.borrow();
            match state.stage {
                Stage::GivenUp => state.needs.iter().map(|need| Rc::clone(&need.slots)).collect(),
                Stage::Left { at } => vec![Rc::clone(&state.needs[at].slots)],
                _ => return false,
            }
        };
        changed.iter().any(|slots| slots.serve_one())
    }
}

impl<const N: usize> Ask for TogetherAsk<N> {
    type Output = [Slot; N];
    /// What is granted is in [`Together`].
    type Held = ();

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.together) as Rc<dyn Provider>
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.together.kernel
    }

    fn name(&self) -> WaitName {
        WaitName::AcquireTogether
    }

    fn is_granted(&self, _request: Key) -> bool {
        self.together.state.borrow().stage == Stage::Granted
    }

    fn take_granted(&self, _request: Key) -> Option<()> {
        let state = &mut *self.together.state.borrow_mut();
        if state.stage != Stage::Granted {
            return None;
        }
        state.stage = Stage::Over;
        Some(())
    }

    fn hand_over(&self, (): ()) -> [Slot; N] {
        let needs = &self.together.state.borrow().needs;
        self.parts.map(|part| {
            let need = &needs[part.need];
            let holding = need.holding.expect("a granted request holds all that it needs");
            Slot::new(&need.slots, need.slots.split(holding, part.units))
        })
    }

    fn cancel(&self, request: Key) {
        self.together.kernel.cancel_request(&self.together, request);
    }

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        Provider::awaiter(&*self.together, request)
    }
}

impl<const N: usize> HasPriority for TogetherAsk<N> {
    fn set_priority(&self, _request: Key, priority: i32) {
        self.together.set_priority(priority);
    }
}
