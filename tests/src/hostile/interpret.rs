//! The processes of a program, as they run.

use super::program::{Act, Ask, List, Op, Token};
use super::user::{Thing, filter, foul, key, plant, waker};
use super::values::Value;
use super::values::{Any, any};
use super::world::{self, Awaited, Condition, Failure, Shared, Started, World};
use asim::ConditionWait;
use asim::prelude::*;
use futures::{FutureExt, StreamExt, future, stream::FuturesUnordered};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::{Arc, atomic};
use std::task::{self, Poll};
use std::time::Duration;

/// How many conditions there are.
pub(super) const CONDITIONS: usize = 13;

/// How many kinds of requests can be kept.
pub(super) const KEPT: usize = 22;

/// Who runs a block, and what it is in.
#[derive(Clone, Copy)]
pub(super) struct Context {
    /// The number of the process; none outside of any.
    who: Option<usize>,
    /// Whether only `interruptible`s and blocks are around it.
    plainly_nested: bool,
    /// Whether somebody awaits it, so that it may be checked when all is at rest.
    is_awaited: bool,
}

impl Context {
    pub(super) const OUTSIDE: Context =
        Context { who: None, plainly_nested: false, is_awaited: false };

    fn inside(self) -> Self {
        Context { plainly_nested: false, ..self }
    }
}

/// A process.
pub(super) struct Life {
    pub(super) world: Rc<World>,
    pub(super) number: usize,
    pub(super) ops: Vec<Op>,
}

impl Process for Life {
    type Output = Result<(), Failure>;

    fn name(&self) -> Cow<'static, str> {
        Cow::Owned(format!("P{}", self.number))
    }

    async fn run(self, _env: Environment) -> Self::Output {
        let mut end = End { world: Rc::clone(&self.world), number: self.number, over: false };
        let context = Context { who: Some(self.number), plainly_nested: true, is_awaited: true };
        let failed = block(Rc::clone(&self.world), context, self.ops).await;
        end.over = true;
        self.world.note(format_args!("P{} ends", self.number));
        if failed { Err(Failure) } else { Ok(()) }
    }
}

/// Notes that a process was dropped half-way.
struct End {
    world: Rc<World>,
    number: usize,
    over: bool,
}

impl Drop for End {
    fn drop(&mut self) {
        if !self.over
            && let Some(started) = self.world.process(self.number)
        {
            let was_guarded = started.guard_dropped.get() == Some(self.world.step.get());
            let is_interrupted = !started.cancelled.get() && !std::thread::panicking();
            if was_guarded && is_interrupted && !self.world.ending.get() {
                foul(format!("P{} is ended though it awaited an interruptible", self.number));
            }
        }
    }
}

/// An `interruptible` that is awaited with only other `interruptible`s around it.
struct Guarded {
    world: Rc<World>,
    process: Option<Rc<Started>>,
    /// At this time something decides a race around it, so that nobody awaits it any more.
    but_at: f64,
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if let Some(process) = &self.process
            && self.world.env.now() < self.but_at
        {
            process.guard_dropped.set(Some(self.world.step.get()));
        }
    }
}

/// Runs a block of statements. Returns `true` if it failed.
pub(super) fn block(
    world: Rc<World>,
    context: Context,
    ops: Vec<Op>,
) -> Pin<Box<dyn Future<Output = bool>>> {
    Box::pin(async move {
        let mut held: Vec<Box<dyn std::any::Any>> = Vec::new();
        for op in &ops {
            let who = context.who;
            match op {
                Op::Fail if context.plainly_nested => return true,
                Op::Fail => {}
                Op::Panic => plant(),
                Op::Hold(token) => held.push(Box::new(world.thing(token))),
                Op::Release if held.is_empty() => {}
                Op::Release => drop(held.remove(0)),
                Op::Do(list) => world.run(*list, "do"),
                op => {
                    let value = wait(&world, context, op).await;
                    world.note(format_args!("{who:?} {}", value.word));
                    held.extend(value.held);
                }
            }
        }
        false
    })
}

/// The statements that wait.
async fn wait(world: &Rc<World>, context: Context, op: &Op) -> Value {
    let inside = context.inside();
    let request = |request: &Ask| awaited(Rc::clone(world), inside, request.clone());
    match op {
        Op::Await(Ask::Interruptible(inner)) if context.plainly_nested => {
            let process = context.who.and_then(|who| world.process(who));
            let mut guarded = Guarded { world: Rc::clone(world), process, but_at: f64::INFINITY };
            let inner = match &**inner {
                Ask::Block(ops) => {
                    let block = block(Rc::clone(world), context, ops.clone());
                    any(block, |_| Value::word("block"))
                }
                inner => ask(world, inside, inner),
            };
            let value = guard(world, inner).await;
            guarded.process = None;
            value
        }
        Op::Await(ask) => request(ask).await,
        Op::Catch(ops) => {
            let block = block(Rc::clone(world), inside, ops.clone());
            match AssertUnwindSafe(block).catch_unwind().await {
                Ok(_) => Value::word("no panic"),
                Err(_) => Value::word("caught a panic"),
            }
        }
        Op::JoinBoth(one, other) => {
            let (one, other) = futures::join!(request(one), request(other));
            Value::all(vec![one, other])
        }
        Op::Select(one, other) => {
            let either = future::select(Box::pin(request(one)), Box::pin(request(other))).await;
            // Dropped here: a panic of this drop after the block has its value would lose the
            // value.
            let (value, other) = either.factor_first();
            drop(other);
            value
        }
        Op::Unordered(asks) => {
            let all: FuturesUnordered<_> = asks.iter().map(request).collect();
            Value::all(all.collect().await)
        }
        Op::NowOrNever(ask, then_awaited) => {
            let mut wait = Box::pin(request(ask));
            // As `now_or_never`, with a waker that is counted.
            let nobody = waker(None, None);
            match wait.as_mut().poll(&mut task::Context::from_waker(&nobody)) {
                Poll::Ready(value) => value,
                Poll::Pending if *then_awaited => wait.await,
                Poll::Pending => Value::word("never"),
            }
        }
        Op::PollAndPark(asked) => {
            // Nobody awaits it, so it is not checked either.
            let nobody = Context { is_awaited: false, ..inside };
            let mut wait = Box::pin(ask(world, nobody, asked).into_future());
            match futures::poll!(wait.as_mut()) {
                Poll::Ready(value) => value,
                Poll::Pending => {
                    world.parked.borrow_mut().push(wait);
                    Value::word("parked")
                }
            }
        }
        Op::HostileWaker(ask, wake, gone) => {
            let mut wait = Box::pin(request(ask));
            let waker = waker(*wake, *gone);
            let first = wait.as_mut().poll(&mut task::Context::from_waker(&waker));
            drop(waker);
            match first {
                Poll::Ready(value) => value,
                Poll::Pending => wait.await,
            }
        }
        Op::Rounds(asked) => rounds(world, context, asked).await,
        Op::AwaitParked => {
            let last = world.parked.borrow_mut().pop();
            match last {
                Some(parked) => parked.await,
                None => Value::word("nothing"),
            }
        }
        Op::Thread => from_another_thread(world).await,
        _ => Value::word("nothing"),
    }
}

/// An `interruptible` raced by reference, three rounds.
async fn rounds(world: &Rc<World>, context: Context, asked: &Ask) -> Value {
    let process = context.who.filter(|_| context.plainly_nested);
    let process = process.and_then(|who| world.process(who));
    let mut guarded = Guarded { world: Rc::clone(world), process, but_at: 0.0 };
    let inner = ask(world, context.inside(), asked);
    let mut shift = pin!(guard(world, inner).into_future());
    for _ in 0..3 {
        guarded.but_at = world.env.now() + 1.0;
        asim!(match FirstOf(shift = shift.as_mut(), tick = world.env.timeout(1.0)).await {
            FirstOf::Shift(value) => {
                guarded.process = None;
                return value;
            }
            FirstOf::Tick(()) => world.note("tick"),
        });
    }
    guarded.but_at = f64::INFINITY;
    let value = shift.await;
    guarded.process = None;
    value
}

async fn from_another_thread(world: &World) -> Value {
    let woken = Arc::new(atomic::AtomicBool::new(false));
    let mut started = false;
    poll_fn(|context| {
        if woken.load(atomic::Ordering::Acquire) {
            return Poll::Ready(());
        }
        if !std::mem::replace(&mut started, true) {
            let (waker, woken) = (context.waker().clone(), Arc::clone(&woken));
            let thread = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_micros(50));
                woken.store(true, atomic::Ordering::Release);
                waker.wake();
            });
            world.threads.borrow_mut().push(thread);
        }
        Poll::Pending
    })
    .await;
    Value::word("woken from afar")
}

/// Awaits something, and registers what it awaits for the check when all is at rest.
async fn awaited(world: Rc<World>, context: Context, asked: Ask) -> Value {
    let request = RefCell::new(ask(&world, context, &asked));
    let awaited = Rc::new(Awaited { request, what: format!("{:?}: {asked:?}", context.who) });
    if context.is_awaited {
        world.awaited.borrow_mut().push(Rc::downgrade(&awaited));
    }
    poll_fn(|context| awaited.poll(context)).await
}

fn guard(world: &World, inner: Any) -> Any {
    fn value(outcome: Result<Value, Interrupt>) -> Value {
        match outcome {
            Ok(value) => value,
            Err(interrupt) => {
                let cause = interrupt.cause::<Thing>().map(|thing| thing.rank);
                Value::with(&format!("interrupted by {cause:?}"), interrupt)
            }
        }
    }
    any(world.env.interruptible(inner), value)
}

fn thing(thing: Thing) -> Value {
    Value::with(&format!("#{}", thing.rank), thing)
}

/// Waits for one of several conditions.
fn condition(world: &World, kind: usize, list: Option<List>) -> ConditionWait {
    let condition = Rc::new(Condition { kind, has_panicked: Cell::new(false) });
    world.conditions.borrow_mut().push(Rc::downgrade(&condition));
    let held = Thing::new(0, &Token { drop: list, ..Token::default() }, None);
    let evaluate = move || {
        let _held = &held;
        world::evaluate(&condition, list)
    };
    let (env, shared) = (&world.env, &world.shared);
    wait_until(env, shared, kind, evaluate)
}

fn wait_until(
    env: &Environment,
    shared: &Shared,
    kind: usize,
    mut evaluate: impl FnMut() -> bool + 'static,
) -> ConditionWait {
    match kind {
        0 => env.wait_until((&shared.queue, &shared.store), move |_| evaluate()),
        1 => env.wait_until(&shared.tank, move |_| evaluate()),
        2 => env.wait_until((&shared.desk, &shared.door), move |_| evaluate()),
        3 => env.wait_until(&shared.state, move |_| evaluate()),
        4 => env.wait_until(&shared.events, move |_| evaluate()),
        5 => env.wait_until((&shared.heap, &shared.pool), move |_| evaluate()),
        6 | 10 => env.wait_until((&shared.crew, &shared.chair), move |_| evaluate()),
        7 => env.wait_until((&shared.gate, &shared.door), move |_| evaluate()),
        8 => env.wait_until(&shared.cask, move |_| evaluate()),
        9 => env.wait_until((&shared.queue, &shared.store), move |_| evaluate()),
        11 => env.wait_until((&shared.pool, &shared.state), move |_| evaluate()),
        _ => env.wait_until((&shared.heap, &shared.queue), move |_| evaluate()),
    }
}

/// Waits for a request by `&mut`, in rounds that it may lose, and then does something else with it.
async fn kept<W>(
    world: Rc<World>,
    mut request: W,
    map: fn(W::Output) -> Value,
    set_priority: fn(&mut W, i32),
    rounds: Vec<u8>,
    end: u8,
) -> Value
where
    W: Waitable<Output: 'static, Request: 'static> + 'static,
    for<'r> &'r mut W: Waitable<Output = W::Output>,
{
    let env = world.env.clone();
    for round in rounds {
        let lent = (&mut request).mapped(map).into_boxed();
        let tick = env.timeout(f64::from(round % 2)).mapped(|()| Value::word("tick")).into_boxed();
        match round / 2 {
            0 => {
                let (winner, value) = first_of([lent, tick]).await;
                if winner == 0 {
                    return value;
                }
            }
            1 => {
                let (winner, value) = first_of([tick, lent]).await;
                if winner == 1 {
                    return value;
                }
            }
            2 => match env.interruptible(lent).await {
                Ok(value) => return value,
                Err(interrupt) => drop(interrupt),
            },
            3 => {
                let settled = env.settled().mapped(|()| Value::word("settled")).into_boxed();
                let both = all_of([lent, settled]).mapped(Value::all).into_boxed();
                let (winner, value) = first_of([both, tick]).await;
                if winner == 0 {
                    return value;
                }
            }
            _ => {
                let mut part = Box::pin(env.uninterruptible(lent).into_future());
                if let Poll::Ready(value) = futures::poll!(part.as_mut()) {
                    return value;
                }
            }
        }
        world.note("kept");
        set_priority(&mut request, i32::from(round % 3));
    }
    match end {
        0 => any(request, map).await,
        1 => Value::word("dropped"),
        2 => {
            world.parked.borrow_mut().push(Box::pin(any(request, map).into_future()));
            Value::word("left to another")
        }
        _ => (&mut request).mapped(map).into_boxed().await,
    }
}

/// Makes a request of one of several kinds, which is kept.
#[allow(clippy::too_many_lines, reason = "a table of all that can be kept")]
fn keep(world: &Rc<World>, kind: usize, rounds: Vec<u8>, end: u8, list: Option<List>) -> Any {
    macro_rules! keep {
        ($request:expr, $map:expr) => {
            keep!($request, $map, |_, _| {})
        };
        ($request:expr, $map:expr, $set_priority:expr) => {{
            let request = $request;
            let kept = kept(Rc::clone(world), request, $map, $set_priority, rounds, end);
            any(Box::pin(kept), |value| value)
        }};
    }
    let (env, shared) = (&world.env, &world.shared);
    let token = Token { drop: list, ..Token::default() };
    let nobody = || any(env.timeout(1.0), |()| Value::word("nobody"));
    match kind {
        0 => keep!(shared.queue.get(), thing, asim::Request::set_priority),
        1 => {
            let get = shared.store.get_where(filter(list, true));
            keep!(get, thing, asim::Request::set_priority)
        }
        2 => keep!(shared.heap.get(), thing, asim::Request::set_priority),
        3 => {
            let put = shared.queue.put(world.thing(&token));
            keep!(put, |()| Value::word("put"), asim::Request::set_priority)
        }
        4 => {
            let acquire = shared.desk.acquire();
            keep!(acquire, |slot| Value::with("slot", slot), asim::Request::set_priority)
        }
        5 => {
            let acquire = shared.chair.acquire();
            keep!(acquire, |slot| Value::with("chair", slot), asim::Request::set_priority)
        }
        6 => {
            let acquire = shared.crew.acquire_many(2);
            keep!(acquire, |slot| Value::with("hands", slot), asim::Request::set_priority)
        }
        7 => {
            let acquire = acquire_together([(&shared.crew, 2), (&shared.desk, 1)]);
            keep!(acquire, |slots| Value::with("together", slots), asim::Request::set_priority)
        }
        8 => {
            let acquire = shared.pool.acquire_where(filter(list, false));
            keep!(acquire, |loan| Value::with("loan", loan), asim::Request::set_priority)
        }
        9 => {
            let get = shared.tank.get(1.0);
            keep!(get, |()| Value::word("drawn"), asim::Request::set_priority)
        }
        10 => {
            let put = shared.cask.put(1.0);
            keep!(put, |()| Value::word("filled"), asim::Request::set_priority)
        }
        11 => keep!(shared.gate.wait(), |()| Value::word("open")),
        12 => keep!(shared.door.wait(), |()| Value::word("passed")),
        13 => {
            let mut accepts = filter(list, true);
            let wait = shared.state.wait_until(move |thing| {
                let _ = accepts(thing);
                thing.rank == 1
            });
            keep!(wait, thing)
        }
        14 => {
            let Some(input) = shared.input.take() else { return nobody() };
            let receiving = input.recv();
            shared.input.replace(Some(input));
            keep!(receiving, |got| Value::with("received", got))
        }
        15 => keep!(env.settled(), |()| Value::word("settled")),
        16 => keep!(env.timeout(1.0), |()| Value::word("late")),
        17..=19 => {
            let kind = (kind * 5 + rounds.len()) % CONDITIONS;
            keep!(condition(world, kind, list), |()| Value::word("true"))
        }
        20 => {
            let Some(input) = shared.input.take() else { return nobody() };
            let looking = input.ready();
            shared.input.replace(Some(input));
            keep!(looking, |there| Value::with("there", there))
        }
        _ => {
            let thing = world.thing(&token);
            let Some(out) = shared.out.take() else { return nobody() };
            let sending = out.send(thing);
            shared.out.replace(Some(out));
            keep!(sending, |sent| Value::with("sent", sent))
        }
    }
}

/// Makes a request.
#[allow(clippy::too_many_lines, reason = "a table of all that can be asked for")]
pub(super) fn ask(world: &Rc<World>, context: Context, ask: &Ask) -> Any {
    let (env, shared) = (&world.env, &world.shared);
    let inside = context.inside();
    let branches = |asks: &[Ask]| {
        asks.iter().map(|branch| self::ask(world, inside, branch)).collect::<Vec<_>>()
    };
    let nobody = || any(env.timeout(1.0), |()| Value::word("nobody"));
    match ask {
        Ask::Timeout(delay) => any(env.timeout(f64::from(*delay)), |()| Value::word("late")),
        Ask::UntilTime(time) => match env.try_timeout_until(f64::from(*time)) {
            Ok(timeout) => any(timeout, |()| Value::word("in time")),
            Err(_) => any(env.timeout(0.0), |()| Value::word("past")),
        },
        Ask::Settled => any(env.settled(), |()| Value::word("settled")),
        Ask::Never => any(env.timeout(f64::INFINITY), |()| Value::word("never")),
        Ask::Get(0) => any(shared.queue.get(), thing),
        Ask::Get(1) => any(shared.store.get(), thing),
        Ask::Get(_) => any(shared.heap.get(), thing),
        Ask::GetWhere(list, odd) => any(shared.store.get_where(filter(*list, *odd)), thing),
        Ask::Put(shelf, token) => {
            let put = |()| Value::word("put");
            let thing = world.thing(token);
            match shelf {
                0 => any(shared.queue.put(thing), put),
                1 => any(shared.store.put(thing), put),
                _ => any(shared.heap.put(thing), put),
            }
        }
        Ask::Acquire(priority) => {
            any(shared.desk.acquire_with_priority(*priority), |it| Value::with("slot", it))
        }
        Ask::Seize(priority) => {
            any(shared.chair.acquire_with_priority(*priority), |slot| Value::with("chair", slot))
        }
        Ask::AcquireMany(units, priority) => {
            let acquire = shared.crew.acquire_many_with_priority(*units, *priority);
            any(acquire, |slot| Value::with("hands", slot))
        }
        Ask::SeizeMany(units, priority) => {
            let acquire = shared.chair.acquire_many_with_priority(*units, *priority);
            any(acquire, |slot| Value::with("chairs", slot))
        }
        Ask::Together(units, crew_first, priority) => {
            let mut needs = [(&shared.crew, *units), (&shared.desk, 1)];
            if !crew_first {
                needs.reverse();
            }
            let acquire = acquire_together_with_priority(needs, *priority);
            any(acquire, |slots| Value::with("together", slots))
        }
        Ask::Turn(priority, delay, next) => {
            let (env, delay, next) = (env.clone(), f64::from(*delay), *next);
            let mut turn = shared.desk.acquire_with_priority(*priority);
            let take = async move {
                asim!(match FirstOf(slot = &mut turn, late = env.timeout(delay)).await {
                    FirstOf::Slot(slot) => return slot,
                    FirstOf::Late(()) => {}
                });
                turn.set_priority(next);
                turn.await
            };
            any(take, |slot| Value::with("turn", slot))
        }
        Ask::Work(priority, duration) => {
            let work = shared.chair.work(*priority, f64::from(*duration));
            any(work, |_| Value::word("worked"))
        }
        Ask::Lend(list, odd) => {
            let acquire = shared.pool.acquire_where(filter(*list, *odd));
            any(acquire, |loan| Value::with("loan", loan))
        }
        Ask::GetBest(list, priority) => {
            let get = shared.store.get_min_by_key(key(*list)).with_priority(*priority);
            any(get, thing)
        }
        Ask::LendBest(list, odd) => {
            let best = shared.pool.acquire_where_min_by_key(filter(*list, *odd), key(*list));
            any(best, |loan| Value::with("loan", loan))
        }
        Ask::PutUrgent(shelf, token, priority) => {
            let put = |()| Value::word("put");
            let thing = world.thing(token);
            match shelf {
                0 => any(shared.queue.put(thing).with_priority(*priority), put),
                1 => any(shared.store.put(thing).with_priority(*priority), put),
                _ => any(shared.heap.put(thing).with_priority(*priority), put),
            }
        }
        Ask::Draw => any(shared.tank.get(1.0), |()| Value::word("drawn")),
        Ask::Fill => any(shared.tank.put(1.0), |()| Value::word("filled")),
        Ask::Event(event) => any(&shared.events[*event], thing),
        Ask::OwnEvent(token) => {
            let (handed, other) = (env.event(), shared.events[0].clone());
            let both = all_of([handed.clone(), other]);
            handed.succeed(world.thing(token));
            any(both, |things| Value::all(things.into_iter().map(thing).collect()))
        }
        Ask::Until(list, rank) => {
            let (rank, list) = (u32::from(*rank), *list);
            let mut accepts = filter(list, true);
            let wait = shared.state.wait_until(move |thing| {
                let _ = accepts(thing);
                thing.rank == rank
            });
            any(wait, thing)
        }
        Ask::Barrier => any(shared.gate.wait(), |()| Value::word("open")),
        Ask::Gate => any(shared.door.wait(), |()| Value::word("passed")),
        Ask::Join(index) => {
            let started = world.process(*index);
            match started.and_then(|started| started.handle.take()) {
                Some(handle) => any(handle, |end| match end {
                    Err(Stopped::Interrupted(interrupt)) => Value::with("interrupted", interrupt),
                    Err(end) => Value::word(end.to_string()),
                    Ok(()) => Value::word("returned"),
                }),
                None => nobody(),
            }
        }
        Ask::Send(token) => {
            let thing = world.thing(token);
            // The port is taken out for the call, which may call back into this code.
            let Some(out) = shared.out.take() else { return nobody() };
            let sending = out.send(thing);
            shared.out.replace(Some(out));
            any(sending, |sent| Value::with("sent", sent))
        }
        Ask::Receive => {
            let Some(input) = shared.input.take() else { return nobody() };
            let receiving = input.recv();
            shared.input.replace(Some(input));
            any(receiving, |got| Value::with("received", got))
        }
        Ask::Condition(kind, list) => any(condition(world, *kind, *list), |()| Value::word("true")),
        Ask::Kept(kind, rounds, end, list) => keep(world, *kind, rounds.clone(), *end, *list),
        Ask::Ready(list) => {
            let Some(input) = shared.input.take() else { return nobody() };
            let looking = input.ready();
            shared.input.replace(Some(input));
            let (list, world) = (*list, Rc::clone(world));
            let look = async move {
                let there = looking.await;
                world.act(&Act::Peek(list), "ready");
                there
            };
            any(Box::pin(look), |there| Value::with("there", there))
        }
        Ask::Transfer(strict, puts, priority) => {
            let container = if *strict { &shared.cask } else { &shared.tank };
            let transfer = if *puts { container.put(1.0) } else { container.get(1.0) };
            any(transfer.with_priority(*priority), |()| Value::word("moved"))
        }
        Ask::TryAllOf(asks) => {
            let even = |value: Value| {
                if value.word.len().is_multiple_of(2) { Ok(value) } else { Err(value) }
            };
            let branches = branches(asks).into_iter().map(|branch| branch.mapped(even));
            any(try_all_of(branches), |all| match all {
                Ok(values) => Value::all(values),
                Err(value) => value,
            })
        }
        Ask::FirstOf(asks) => any(first_of(branches(asks)), Value::first),
        Ask::AllOf(asks) => any(all_of(branches(asks)), Value::all),
        Ask::Block(ops) => {
            let block = block(Rc::clone(world), inside, ops.clone());
            any(block, |_| Value::word("block"))
        }
        Ask::Interruptible(inner) => guard(world, self::ask(world, inside, inner)),
        Ask::Uninterruptible(inner) => {
            any(env.uninterruptible(self::ask(world, inside, inner)), |value| value)
        }
    }
}
