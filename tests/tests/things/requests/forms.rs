//! A request in a box or mapped does what it does without: the same trace, order of resumption and
//! `blocked` text, in every way to wait.

use std::cell::{Cell, RefCell};
use std::future::{IntoFuture, pending, poll_fn};
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::thread;

use asim::BoxedWaitable;
use asim::prelude::*;

use super::*;

/// What can stand before `.await`, as it is, in a box or mapped.
trait Native:
    Waitable<Output: 'static, Request: 'static>
    + IntoFuture<Output = <Self as Waitable>::Output, IntoFuture: 'static>
    + 'static
{
}

impl<W> Native for W where
    W: Waitable<Output: 'static, Request: 'static>
        + IntoFuture<Output = <W as Waitable>::Output, IntoFuture: 'static>
        + 'static
{
}

type Out<W> = <W as Waitable>::Output;

/// A form in which a request is awaited. None changes what happens.
trait Form: 'static {
    type Of<W: Native>: Native + Waitable<Output = Out<W>>;

    fn form<W: Native>(waitable: W) -> Self::Of<W>;
}

struct Bare;

impl Form for Bare {
    type Of<W: Native> = W;

    fn form<W: Native>(waitable: W) -> W {
        waitable
    }
}

struct Boxed;

impl Form for Boxed {
    type Of<W: Native> = BoxedWaitable<'static, Out<W>>;

    fn form<W: Native>(waitable: W) -> Self::Of<W> {
        waitable.into_boxed()
    }
}

struct Mapped;

impl Form for Mapped {
    type Of<W: Native> = asim::Mapped<W::Request, fn(Out<W>) -> Out<W>>;

    fn form<W: Native>(waitable: W) -> Self::Of<W> {
        waitable.mapped(|output| output)
    }
}

struct MappedInBoxes;

impl Form for MappedInBoxes {
    type Of<W: Native> = BoxedWaitable<'static, Out<W>>;

    fn form<W: Native>(waitable: W) -> Self::Of<W> {
        waitable.into_boxed().mapped(|output| output).into_boxed().into_boxed()
    }
}

/// When something is granted, and when whom is interrupted, in tenths.
#[derive(Debug, Clone)]
struct Plan {
    grants: Vec<u32>,
    interrupts: Vec<(u32, u32)>,
    /// Whether the first to ask is the last process.
    backwards: bool,
}

impl Plan {
    /// A plan that looks random, and is the same each time.
    fn numbered(seed: u64) -> Plan {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut below = |bound: u32| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            u32::try_from((state >> 33) % u64::from(bound)).unwrap()
        };
        let mut grants: Vec<u32> = (0..below(9)).map(|_| below(8) * 5).collect();
        grants.sort_unstable();
        let mut interrupts: Vec<(u32, u32)> =
            (0..below(6)).map(|_| (below(8) * 5, below(WAYS))).collect();
        interrupts.sort_unstable();
        Plan { grants, interrupts, backwards: below(2) == 1 }
    }
}

/// A process's part in the trace.
struct Log {
    env: Environment,
    way: u32,
    lines: Rc<RefCell<Vec<String>>>,
}

impl Log {
    fn note(&self, what: &str) {
        self.lines.borrow_mut().push(format!("{} {} {what}", self.env.now(), self.way));
    }

    /// Notes what was had, holds it for some time, and gives it back.
    async fn holds(&self, told: Vec<Told>) {
        let numbers: Vec<u32> = told.iter().map(|(number, _)| *number).collect();
        self.note(&format!("got {numbers:?}"));
        self.env.timeout(0.7).await;
        drop(told);
        self.note("gave back");
    }
}

/// How many ways there are to wait.
const WAYS: u32 = 16;

/// Waits in one of the ways.
#[allow(clippy::too_many_lines, reason = "it is a list of ways")]
async fn waits<K: Kind, F: Form>(log: &Log, thing: &Rc<K::Thing>)
where
    K::Request: Native + Waitable<Output = K::Output>,
{
    let env = log.env.clone();
    let ask = || F::form(K::ask(thing));
    let told = |output| vec![K::told(output)];
    let all_told = |outputs: Vec<K::Output>| outputs.into_iter().map(K::told).collect();
    match log.way {
        0 => log.holds(told(ask().await)).await,
        1 => {
            asim!(match FirstOf(got = ask(), late = F::form(env.timeout(1.5))).await {
                FirstOf::Got(output) => log.holds(told(output)).await,
                FirstOf::Late(()) => log.note("late"),
            });
        }
        2 => {
            let (which, output) = F::form(first_of([ask(), ask()])).await;
            log.note(&format!("won by {which}"));
            log.holds(told(output)).await;
        }
        3 => {
            let outputs = F::form(all_of([ask(), ask()])).await;
            log.holds(all_told(outputs)).await;
        }
        4 => {
            let plain = async { env.timeout(1.0).await };
            asim!(match FirstOf(late = plain, got = ask()).await {
                FirstOf::Got(output) => log.holds(told(output)).await,
                FirstOf::Late(()) => log.note("late"),
            });
        }
        5 => {
            let nested = [all_of([ask(), ask(), ask()]), all_of([ask(), ask()])].map(F::form);
            let (which, outputs) = F::form(first_of(nested)).await;
            log.note(&format!("won by {which}"));
            log.holds(all_told(outputs)).await;
        }
        6 => {
            // Decided at the call.
            let done = env.event();
            done.succeed(());
            let waits = K::waiting(thing);
            let race = asim!(FirstOf::<Decided<K>>(got = ask(), done = F::form(done)));
            assert_eq!(K::waiting(thing), waits, "the loser is not in line");
            env.timeout(0.5).await;
            match F::form(race).await {
                Decided::Got(output) => log.holds(told(output)).await,
                Decided::Done(()) => log.note("was decided"),
            }
        }
        7 => {
            // Dropped undecided, or decided and not taken.
            let race =
                F::form(first_of([F::form(all_of([ask(), ask()])), F::form(all_of([ask()]))]));
            env.timeout(2.0).await;
            drop(race);
            log.note("dropped");
        }
        8 => {
            let output = ask();
            env.timeout(1.0).await;
            log.holds(told(output.await)).await;
        }
        9 => {
            // The form around a plain future that waits itself.
            let inner = {
                let asks = Rc::clone(thing);
                async move { F::form(K::ask(&asks)).await }
            };
            let plain = F::form(inner);
            let race = asim!(AllOf(plain = plain, got = ask(), time = F::form(env.timeout(0.5))));
            let both = race.await;
            log.holds(vec![K::told(both.plain), K::told(both.got)]).await;
        }
        10 => {
            let part = env.interruptible(F::form(first_of([ask(), ask()])));
            match part.await {
                Ok((which, output)) => {
                    log.note(&format!("won by {which}"));
                    log.holds(told(output)).await;
                }
                Err(_) => log.note("interrupted in its part"),
            }
            log.holds(told(ask().await)).await;
        }
        11 => {
            // A join that is lost while it has something, beside a future that loses with it.
            let idle = async { pending::<()>().await };
            let both = all_of([ask(), ask()]);
            let lost = F::form(asim!(FirstOf::<Idle<K>>(got = both, idle = F::form(idle))));
            asim!(match FirstOf(lost = lost, late = env.timeout(1.0)).await {
                FirstOf::Lost(Idle::Got(outputs)) => log.holds(all_told(outputs)).await,
                FirstOf::Lost(Idle::Idle(())) => unreachable!("it never ends"),
                FirstOf::Late(()) => log.note("late"),
            });
        }
        12 => {
            // A future that stands in line itself, and loses while the join goes on.
            let asks = Rc::clone(thing);
            let idle = async move {
                drop(F::form(K::ask(&asks)).await);
                pending::<()>().await;
            };
            let inner = asim!(FirstOf::<Decided<K>>(got = ask(), done = F::form(idle)));
            let join = asim!(AllOf(inner = F::form(inner), time = env.timeout(3.0))).await;
            if let Decided::Got(output) = join.inner {
                log.holds(told(output)).await;
            }
        }
        13 => {
            // Timers and the end of a process, alone and beside a request.
            let child = env.spawn({
                let env = env.clone();
                async move { env.timeout(1.0).await }
            });
            let timers = [2.0, 1.0, 1.0].map(|delay| F::form(env.timeout(delay)));
            log.note(&format!("won by {}", F::form(first_of(timers)).await.0));
            let ends = asim!(AllOf(child = F::form(child), time = F::form(env.timeout(0.0))));
            asim!(match FirstOf(ends = F::form(ends), got = ask()).await {
                FirstOf::Ends(_) => log.note("all have ended"),
                FirstOf::Got(output) => log.holds(told(output)).await,
            });
        }
        14 => {
            // A join that fails at the first failure.
            let one = || F::form(F::form(ask()).mapped(|output| Ok((0, Some(output)))));
            let late = env.timeout(1.5);
            let late = F::form(async move {
                late.await;
                Err::<(u32, Option<K::Output>), _>("late")
            });
            let both = asim!(TryAllOf(one = one(), other = one(), late = late)).await;
            log.note(both.err().unwrap_or("all came"));
            let both =
                try_all_of([one(), one()].map(|one| one.mapped(|output| output.or(Err(())))));
            let both = both.await.unwrap_or_default();
            log.holds(both.into_iter().filter_map(|(_, output)| output.map(K::told)).collect())
                .await;
        }
        _ => {
            let part = env.uninterruptible(F::form(all_of([ask(), ask()])));
            let race = asim!(FirstOf::<Part<K>>(part = F::form(part), late = env.timeout(2.5)));
            match F::form(race).await {
                Part::Part(outputs) => log.holds(all_told(outputs)).await,
                Part::Late(()) => log.note("late"),
            }
        }
    }
}

enum Part<K: Kind> {
    Part(Vec<K::Output>),
    Late(()),
}

enum Decided<K: Kind> {
    Got(K::Output),
    Done(()),
}

enum Idle<K: Kind> {
    Got(Vec<K::Output>),
    Idle(()),
}

/// What happens when processes wait in all ways at once.
fn trace_of<K: Kind, F: Form>(plan: &Plan) -> Vec<String>
where
    K::Request: Native + Waitable<Output = K::Output>,
{
    let sim = Simulation::new();
    let thing = Rc::new(K::thing(&sim));
    let lines = Rc::new(RefCell::new(Vec::new()));
    let mut ways: Vec<u32> = (0..WAYS).collect();
    if plan.backwards {
        ways.reverse();
    }
    let mut processes = Vec::new();
    for way in ways {
        let log = Log { env: sim.env(), way, lines: Rc::clone(&lines) };
        let thing = Rc::clone(&thing);
        let process = sim.spawn(async move {
            let env = log.env.clone();
            match env.interruptible(waits::<K, F>(&log, &thing)).await {
                Ok(()) => log.note("ends"),
                Err(_) => log.note("interrupted"),
            }
        });
        processes.push(process);
    }
    let (env, granter, grants) = (sim.env(), Rc::clone(&thing), plan.grants.clone());
    sim.spawn(async move {
        for (number, at) in (1..).zip(grants) {
            env.timeout(f64::from(at) / 10.0 - env.now()).await;
            K::grant(&granter, number);
        }
    });
    let (env, interrupts) = (sim.env(), plan.interrupts.clone());
    let refs: Vec<ProcessRef> = processes.iter().map(ProcessHandle::process_ref).collect();
    sim.spawn(async move {
        for (at, whom) in interrupts {
            env.timeout(f64::from(at) / 10.0 - env.now()).await;
            refs[whom as usize].interrupt(());
        }
    });
    for tenth in 0..80 {
        sim.run_until(f64::from(tenth) / 10.0).unwrap();
        let mut seen: Vec<String> = sim.blocked().iter().map(ToString::to_string).collect();
        seen.push(format!("{:?} wait, {} there", K::waiting(&thing), K::level(&thing)));
        lines.borrow_mut().extend(seen);
    }
    drop(sim);
    let end = format!("{:?} wait, {} there", K::waiting(&thing), K::level(&thing));
    lines.borrow_mut().push(end);
    lines.take()
}

/// Compares the traces of all plans.
fn is_the_same<K: Kind, F: Form>(form: &str)
where
    K::Request: Native + Waitable<Output = K::Output>,
{
    for seed in 0..if cfg!(debug_assertions) { 30 } else { 300 } {
        let plan = Plan::numbered(seed);
        let (bare, other) = (trace_of::<K, Bare>(&plan), trace_of::<K, F>(&plan));
        for (bare, other) in bare.iter().zip(&other) {
            assert_eq!(bare, other, "{} {form} in {plan:?}", K::NAME);
        }
        assert_eq!(bare.len(), other.len());
    }
}

/// The form that has all others in it. Each kind in each form would take minutes to compile.
fn is_the_same_in_boxes<K: Kind>()
where
    K::Request: Native + Waitable<Output = K::Output>,
{
    is_the_same::<K, MappedInBoxes>("mapped in boxes");
}

#[test]
fn a_request_in_a_box_or_mapped_does_what_it_does_without() {
    of_every_kind!(is_the_same_in_boxes);
    is_the_same::<QueueGet, Boxed>("boxed");
    is_the_same::<AcquirePreemptive, Mapped>("mapped");
}

// ---- boxes

/// Makes a race of this depth, each race in the box of a branch of the next. `inner` is the innermost.
fn nested<'a>(
    levels: u32,
    queue: &Queue<u32>,
    inner: BoxedWaitable<'a, u32>,
) -> BoxedWaitable<'a, u32> {
    (0..levels).fold(inner, |inner, _| {
        let race = first_of([queue.get().into_boxed(), inner]);
        race.mapped(|(_, levels)| levels + 1).into_boxed()
    })
}

#[test]
fn a_race_of_ten_thousand_levels_is_made_and_decided_without_recursion() {
    // Far too little stack for ten thousand levels.
    let small = thread::Builder::new().stack_size(256 << 10);
    let work = || {
        let sim = Simulation::new();
        let queue = Queue::unbounded(&sim);
        for (decided_at_once, plain) in [(false, false), (false, true), (true, false)] {
            let event = sim.event();
            if decided_at_once {
                event.succeed(0);
            }
            let innermost = (&event).into_boxed();
            let innermost = if plain {
                let futures = [innermost, pending().into_boxed()];
                first_of(futures).mapped(|(_, levels)| levels).into_boxed()
            } else {
                innermost
            };
            let race = nested(10_000, &queue, innermost);
            if !decided_at_once {
                assert_eq!((queue.getters(), race.triggered()), (10_000, false));
                event.succeed(0);
            }
            assert_eq!((queue.getters(), race.triggered()), (0, true));
            // To drop a value that is nested this deep takes stack, whatever is in it.
            mem::forget(race);
        }
    };
    small.spawn(work).unwrap().join().unwrap();
}

#[test]
fn a_race_of_two_hundred_levels_gives_its_output() {
    for plain in [false, true] {
        let sim = Simulation::new();
        let (queue, event) = (Queue::unbounded(&sim), sim.event());
        let innermost = (&event).into_boxed();
        let innermost = if plain { async { innermost.await }.into_boxed() } else { innermost };
        let race = nested(200, &queue, innermost);
        let got = Rc::new(Cell::new(0));
        let told = Rc::clone(&got);
        sim.spawn(async move { told.set(race.await) });
        sim.run_until(1.0).unwrap();
        event.succeed(0);
        sim.run_until(2.0).unwrap();
        assert_eq!((got.get(), queue.getters()), (200, 0));
        drop(nested(200, &queue, sim.timeout(1.0).mapped(|()| 0).into_boxed()));
        assert_eq!(queue.getters(), 0);
    }
}

#[test]
fn a_box_that_was_polled_can_be_moved() {
    let sim = Simulation::new();
    let (env, queue) = (sim.env(), Queue::unbounded(&sim));
    let handle = queue.clone();
    sim.spawn(async move {
        let bytes = [7_u8; 64];
        let plain = async {
            let inside = bytes;
            let borrowed = &inside;
            env.timeout(1.0).await;
            u32::from(borrowed[3])
        };
        let race = first_of([plain.into_boxed(), queue.get().into_boxed()]).into_boxed();
        let mut place = Some(race.into_future());
        poll_fn(|context| {
            let race = place.as_mut().unwrap();
            assert!(Pin::new(race).poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        let mut moved = Box::new(place.take());
        assert_eq!(mem::take(&mut *moved).unwrap().await, (0, 7));
    });
    sim.run().unwrap();
    assert!(sim.blocked().is_empty());
    assert_eq!(handle.getters(), 0);
}

#[test]
fn a_box_can_borrow() {
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        let rounds = Cell::new(0);
        let mut timer = env.timeout(2.5);
        let mut child = env.spawn({
            let env = env.clone();
            async move { env.timeout(5.0).await }
        });
        loop {
            let round = async {
                rounds.set(rounds.get() + 1);
                env.timeout(1.0).await;
            };
            let branches = [
                (&mut timer).into_boxed(),
                (&mut child).mapped(drop).into_boxed(),
                round.into_boxed(),
            ];
            if first_of(branches).into_boxed().await.0 == 0 {
                break;
            }
        }
        assert_eq!((rounds.get(), env.now()), (3, 2.5));
        child.await.unwrap();
        assert_eq!(env.now(), 5.0);
    });
    sim.run().unwrap();
    assert!(sim.blocked().is_empty());
}

enum Child<T> {
    Told(()),
    Ended(T),
}

/// A race is decided at the call, and the process that lost in it fails while something around the race
/// is awaited. Its handle is there until the race is taken, so the error waits in it.
fn ends_beside_a_handle_that_lost<F: Form>() -> (String, f64) {
    let sim = Simulation::new();
    let env = sim.env();
    let ended = Rc::new(Cell::new(f64::NAN));
    let tells = Rc::clone(&ended);
    sim.spawn(async move {
        let child = env.spawn(async { Err::<(), _>("lost") });
        let told = env.event();
        told.succeed(());
        let race = asim!(FirstOf::<Child<_>>(told = F::form(told), ended = F::form(child)));
        let timer = env.timeout(2.0);
        let nap = async move { timer.await };
        match asim!(AllOf(race = F::form(race), nap = F::form(nap))).await.race {
            Child::Told(()) => tells.set(env.now()),
            Child::Ended(_) => unreachable!("the first wins"),
        }
    });
    (format!("{:?}", sim.run().map_err(|error| error.to_string())), ended.get())
}

#[test]
fn a_box_keeps_a_handle_that_lost_as_long_as_it_is_kept_without() {
    let bare = ends_beside_a_handle_that_lost::<Bare>();
    assert_eq!(bare.1, 2.0);
    assert_eq!(ends_beside_a_handle_that_lost::<Boxed>(), bare);
    assert_eq!(ends_beside_a_handle_that_lost::<Mapped>(), bare);
    assert_eq!(ends_beside_a_handle_that_lost::<MappedInBoxes>(), bare);
}
