//! Runs a hostile program to its end, and checks what must hold whatever its user code does.
//!
//! * The only panics are those that the program planted.
//! * When the kernel is at rest, nobody awaits a request that has been triggered, and no waiting
//!   request could be served.
//! * Capacities are never exceeded, and the clock never goes back.
//! * A process that awaits an `interruptible` is not ended by an interrupt.
//! * When all processes and requests have gone, everything is back: slots, units, room, amounts.
//! * In the end no user thing is left alive.

use super::interpret::{self, Context};
use super::program::{Main, Program, Token};
use super::user::{self, Thing, foul, live, note_panics, take_fouls, wakers};
use super::world::{self, Shared, World};
use asim::{InPort, Simulation, Trace};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Runs a program.
///
/// # Errors
/// Returns what did not hold, and the trace up to the end.
pub fn run(program: &Program) -> Result<Vec<String>, (Vec<String>, Vec<String>)> {
    run_with_logs(program, &mut Vec::new())
}

/// Does the same, and keeps its logs, if it has any: first a whole one, then others that begin later.
///
/// # Errors
/// As [`run`].
pub fn run_with_logs(
    program: &Program,
    logs: &mut Vec<Trace>,
) -> Result<Vec<String>, (Vec<String>, Vec<String>)> {
    take_fouls();
    note_panics(true);
    let (things, of_wakers) = (live(), wakers());
    let sim = Simulation::new();
    // The log changes nothing: half of the programs run with it.
    logs.extend(program.is_logged().then(|| sim.trace()));
    let world = World::new(&sim, program);
    world::enter(Some(Rc::clone(&world)));
    for script in 0..program.scripts.len() {
        world.start(None, script);
    }
    for main in &program.main {
        world.note(format_args!("main: {main:?}"));
        caught(|| perform(&sim, &world, main));
        if program.is_logged() {
            logs.push(sim.trace());
        }
        world.ending.set(false);
    }
    if !program.drops_early {
        to_the_end(&sim, &world);
        at_rest(&world);
        all_gone(&sim, &world, things, of_wakers);
    }
    world.note("the simulation is dropped");
    // What processes do when they are dropped is refused quietly; user code goes on.
    world.ending.set(true);
    caught(|| drop(sim));
    caught(|| {
        for list in 0..program.lists.len() {
            world.run(list, "after the end");
        }
    });
    drop_requests(&world);
    world.armed.set(false);
    let trace = world.trace.take();
    world::enter(None);
    let kept = Rc::strong_count(&world) - 1;
    drop(world);
    if live() != things && !program.may_forget() {
        foul(format!("{} things are left, {kept} hold the world", live() - things));
    }
    // What another thread has dropped is not counted here.
    if wakers() != of_wakers && !program.has_threads() {
        foul(format!("{} wakers are left", wakers() - of_wakers));
    }
    note_panics(false);
    let fouls = take_fouls();
    if fouls.is_empty() { Ok(trace) } else { Err((fouls, trace)) }
}

/// Does something that may panic. Notes panics that the program did not plant.
fn caught(act: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(act)).is_err()
}

fn perform(sim: &Simulation, world: &Rc<World>, main: &Main) {
    match main {
        Main::Run => drop(sim.run()),
        Main::Until(delay) => drop(sim.run_until(sim.now() + f64::from(*delay))),
        Main::Steps(count) => (0..*count).for_each(|_| drop(sim.step())),
        Main::Block(ops) => {
            let block = interpret::block(Rc::clone(world), Context::OUTSIDE, ops.clone());
            drop(sim.run_until_event(block));
        }
        Main::All(index) => {
            world.ending.set(true);
            let producer = world.process(*index).map(|started| started.process.clone());
            let ended = sim.run_all(producer).is_ok();
            world.ending.set(false);
            if ended && world.started.borrow().iter().any(|started| !started.process.done()) {
                foul("run_all leaves a process");
            }
        }
        Main::Do(list) => world.run(*list, "main"),
        Main::Before(delay) => drop(sim.run_before(sim.now() + f64::from(*delay))),
    }
}

/// Runs until nothing is left to happen, whatever panics and fails.
fn to_the_end(sim: &Simulation, world: &World) {
    for _ in 0..300 {
        let threads = world.threads.take();
        let waited = !threads.is_empty();
        for thread in threads {
            drop(thread.join());
        }
        let mut is_ok = false;
        let panicked = caught(|| is_ok = sim.run().is_ok());
        if !panicked && is_ok && !waited && world.threads.borrow().is_empty() {
            return;
        }
    }
    foul("it does not come to an end");
}

/// Checks that no waiting request could be served.
fn at_rest(world: &World) {
    for awaited in world.awaited.borrow().iter().filter_map(std::rc::Weak::upgrade) {
        if awaited.is_triggered() {
            foul(format!("awaited, triggered, and not told: {}", awaited.what));
        }
    }
    let armed = world.armed.replace(false);
    for condition in world.conditions.borrow().iter().filter_map(std::rc::Weak::upgrade) {
        if !condition.has_panicked.get() && world.holds(condition.kind) {
            foul(format!("condition {} is true, and still waits", condition.kind));
        }
    }
    world.armed.set(armed);
    let Shared { queue, store, heap, desk, chair, crew, tank, cask, door, .. } = &world.shared;
    let lines = [
        ("queue", queue.getters(), queue.len(), queue.putters(), queue.is_full()),
        ("heap", heap.getters(), heap.len(), heap.putters(), heap.is_full()),
        ("store", store.getters(), store.len(), store.putters(), store.is_full()),
    ];
    for line in lines {
        let (name, getters, len, putters, is_full) = line;
        let may_refuse = name == "store" && world.program.has_filters();
        // A filter that panics whenever it is asked keeps the line from being served to its end.
        let may_panic = may_refuse && world.program.may_forget();
        if (getters > 0 && len > 0 && !may_refuse) || (putters > 0 && !is_full && !may_panic) {
            foul(format!("somebody waits who could be served: {line:?}"));
        }
    }
    if desk.waiting() > 0 && desk.count() < desk.capacity()
        // Requests for these may be for 2 and for 3 units.
        || chair.waiting() > 0 && chair.count() + 2 <= chair.capacity()
        || crew.waiting() > 0 && crew.count() + 3 <= crew.capacity()
    {
        foul(format!("somebody waits for a free slot: {desk:?} {chair:?} {crew:?}"));
    }
    if tank.getters() > 0 && tank.level() >= 1.0 {
        foul(format!("somebody waits for what is in {tank:?}"));
    }
    if cask.getters() > 0 && cask.level() >= 1.0
        || cask.putters() > 0 && cask.level() + 1.0 <= cask.capacity()
        || tank.putters() > 0 && tank.level() < 2.0
    {
        foul(format!("somebody waits who could be served: {cask:?} {tank:?}"));
    }
    if door.waiting() > 0 && door.is_open() {
        foul(format!("somebody waits at an open gate: {door:?}"));
    }
}

/// Drops what was parked, and the handles, whatever panics.
fn drop_requests(world: &World) {
    for _ in 0..100 {
        let (put, get) = (world.puts.borrow_mut().pop(), world.gets.borrow_mut().pop());
        if put.is_none() && get.is_none() {
            break;
        }
        caught(|| drop(put));
        caught(|| drop(get));
    }
    for _ in 0..100 {
        let last = world.parked.borrow_mut().pop();
        let handle = world.started.borrow().iter().find_map(|started| started.handle.take());
        if last.is_none() && handle.is_none() {
            return;
        }
        caught(|| drop(last));
        caught(|| drop(handle));
    }
    foul("what is parked does not come to an end");
}

/// Ends all processes and drops all requests: then everything is back.
#[allow(clippy::too_many_lines, reason = "one check for each thing")]
fn all_gone(sim: &Simulation, world: &World, things: usize, of_wakers: isize) {
    world.note("all are cancelled");
    world.armed.set(false);
    world.ending.set(true);
    let all: Vec<_> = world.started.borrow().iter().map(Rc::clone).collect();
    for started in all {
        caught(|| started.process.cancel());
        if !started.process.done() {
            foul(format!("{:?} is not done", started.process));
        }
    }
    drop_requests(world);
    // Callbacks that were scheduled are processes too.
    to_the_end(sim, world);
    let program = &world.program;
    let kept = wakers() != of_wakers && !program.has_threads();
    if kept {
        foul(format!("{} wakers are kept for nothing", wakers() - of_wakers));
    }
    if !sim.blocked().is_empty() {
        foul(format!("blocked: {:?}", sim.blocked()));
    }
    let Shared {
        queue,
        store,
        heap,
        desk,
        chair,
        crew,
        pool,
        tank,
        cask,
        events,
        gate,
        door,
        out,
        input,
        ..
    } = &world.shared;
    let waiting = [
        queue.getters(),
        queue.putters(),
        store.getters(),
        store.putters(),
        heap.getters(),
        heap.putters(),
        desk.waiting(),
        desk.count(),
        chair.waiting(),
        chair.count(),
        pool.count(),
        tank.getters(),
        tank.putters(),
        gate.waiting(),
        door.waiting(),
        crew.waiting(),
        crew.count(),
        cask.getters(),
        cask.putters(),
        pool.waiting(),
        world.shared.state.waiting(),
    ];
    if world.conditions.borrow().iter().any(|condition| condition.strong_count() > 0) {
        foul("a condition is kept for nothing");
    }
    // An item or a value of an event may hold a slot.
    let held = desk.count();
    if !world.capacities_kept.get() {
        queue.set_capacity(1);
        store.set_capacity(1);
        heap.set_capacity(2);
    }
    let drained = |next: &dyn Fn() -> Option<Thing>| std::iter::from_fn(next).count();
    let lens = [queue.len(), store.len(), heap.len()];
    let found =
        [drained(&|| queue.try_get()), drained(&|| store.try_get()), drained(&|| heap.try_get())];
    // More than `len` may be found only if a shelf is full: items may wait outside the capacity.
    if lens
        .iter()
        .zip(found)
        .zip([1, 1, 2])
        .any(|((&len, found), capacity)| found < len || (found > len && len < capacity))
    {
        foul(format!("{lens:?} items are said to be there, {found:?} are"));
    }
    let (out, input) = (out.take(), input.take());
    while let Some(Ok(Some(_))) = input.as_ref().map(InPort::try_recv) {}
    let plain = || Thing::new(0, &Token::default(), None);
    let rooms = [
        (0..9).take_while(|_| queue.try_put(plain()).is_ok()).count(),
        (0..9).take_while(|_| store.try_put(plain()).is_ok()).count(),
        (0..9).take_while(|_| heap.try_put(plain()).is_ok()).count(),
    ];
    if let (Some(out), Some(_)) = (&out, &input)
        && (out.try_send(plain()).is_err() || out.try_send(plain()).is_ok())
    {
        foul("the channel has no room, or too much");
    }
    if rooms != [1, 1, 2] {
        foul(format!("room is missing, or too much: {rooms:?}"));
    }
    let values = events.iter().filter(|event| event.triggered()).count();
    let of_values = if values > 0 { held } else { 0 };
    let lost = waiting.iter().enumerate().any(|(at, &count)| count > 0 && at != 7);
    if (lost) || desk.count() > of_values.max(1) {
        foul(format!("somebody or something is still there: {waiting:?}"));
    }
    if tank.level() < 2.0 && tank.try_put(2.0 - tank.level()).is_err() {
        foul(format!("an amount is still promised: {tank:?}"));
    }
    // The items put back, the two units, the state's value, and those of the events.
    drop((out, input));
    let expected = things + 4 + 2 + 1 + values;
    let now = user::live();
    if now != expected && !program.may_forget() {
        foul(format!("{now} things live rather than {expected}"));
    }
}
