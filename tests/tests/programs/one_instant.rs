//! All orders at one instant: for each primitive, every order of the things that can
//! hit one waiter at the same time, each checked against the reference model.
//!
//! P0 and P1 hold all that can be held (cancelling P0 grants it to the waiter). P2 is the waiter,
//! and P3 is a rival that asks after it. At time 1 one process does all hits in one go, or one
//! process does each hit.

use asim_tests::compare;
use asim_tests::program::{
    Ask, End, Fact, Program, Shelf, ShelfKind, Step, Tank, Watched, interruptible, urgent,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A primitive to wait for, and what grants it.
struct Primitive {
    name: &'static str,
    program: Program,
    /// What the waiter asks for.
    ask: Ask,
    /// What its rival asks for.
    rival: Ask,
    /// What grants one waiter.
    grant: Step,
    /// What else can hit this waiter and no other kind.
    also: Option<Step>,
    /// What holders do first.
    hold: Vec<Step>,
}

fn objects() -> Program {
    Program { events: 1, ..Program::empty() }
}

fn shelf(kind: ShelfKind) -> Program {
    Program { shelves: vec![Shelf { kind, capacity: Some(1) }], ..objects() }
}

fn tank(level: u32) -> Program {
    Program { tanks: vec![Tank { capacity: 2, level, in_order: false }], ..objects() }
}

fn of(name: &'static str, program: Program, ask: Ask, grant: Step, hold: Vec<Step>) -> Primitive {
    Primitive { name, program, rival: ask.clone(), ask, grant, also: None, hold }
}

#[allow(clippy::too_many_lines, reason = "one entry for each kind of request")]
fn primitives() -> Vec<Primitive> {
    let preemptive = Program { preemptives: vec![2], ..objects() };
    vec![
        of("Queue::get", shelf(ShelfKind::Queue), Ask::Get(0, None), Step::TryPut(0, 0), vec![]),
        of(
            "Queue::put",
            shelf(ShelfKind::Queue),
            Ask::Put(0, 1),
            Step::TryGet(0, None),
            vec![Step::TryPut(0, 0)],
        ),
        of(
            "PriorityQueue::get",
            shelf(ShelfKind::Priority),
            Ask::Get(0, None),
            Step::TryPut(0, 1),
            vec![],
        ),
        of(
            "Store::get_where",
            shelf(ShelfKind::Store),
            Ask::Get(0, Some(1)),
            Step::TryPut(0, 1),
            vec![],
        ),
        of("Container::get", tank(0), Ask::Draw(0, 2), Step::TryFill(0, 2), vec![]),
        of("Container::put", tank(2), Ask::Fill(0, 1), Step::TryDraw(0, 1), vec![]),
        of(
            "Resource::acquire",
            Program { resources: vec![2], ..objects() },
            Ask::Acquire(0, 0),
            Step::Cancel(0),
            vec![Step::TryAcquire(0)],
        ),
        of(
            "Resource::acquire_many",
            Program { resources: vec![3], ..objects() },
            Ask::AcquireMany(0, 2, 0),
            Step::Cancel(0),
            vec![Step::TryAcquireMany(0, 2)],
        ),
        of(
            "acquire_together",
            Program { resources: vec![2, 1], ..objects() },
            Ask::Together([(0, 2), (1, 1)], 0),
            Step::Cancel(0),
            vec![Step::TryAcquire(0)],
        ),
        of(
            "PreemptiveResource::acquire_many, evicting",
            Program { preemptives: vec![3], ..objects() },
            Ask::SeizeMany(0, 2, 0, true),
            Step::Cancel(0),
            vec![Step::Await(Ask::SeizeMany(0, 2, 1, true))],
        ),
        of(
            "PreemptiveResource::acquire",
            preemptive.clone(),
            Ask::Seize(0, 1, true),
            Step::Cancel(0),
            vec![Step::Await(Ask::Seize(0, 1, true))],
        ),
        of(
            "PreemptiveResource::acquire, evicting",
            preemptive.clone(),
            Ask::Seize(0, 0, true),
            Step::Cancel(0),
            vec![Step::Await(Ask::Seize(0, 1, true))],
        ),
        of(
            "without_preemption",
            preemptive,
            Ask::Seize(0, 0, false),
            Step::Cancel(0),
            vec![Step::Await(Ask::Seize(0, 1, true))],
        ),
        of(
            "Barrier::wait",
            Program { barriers: 1, ..objects() },
            Ask::Barrier(0),
            Step::Open(0),
            vec![],
        ),
        of(
            "Barrier::wait, a signal for one",
            Program { barriers: 1, ..objects() },
            Ask::Barrier(0),
            Step::OpenForOne(0),
            vec![],
        ),
        of(
            "Gate::wait",
            Program { gates: vec![false], ..objects() },
            Ask::Gate(0),
            Step::OpenGate(0),
            vec![],
        ),
        Primitive {
            also: Some(Step::CancelEvent(0)),
            ..of(
                "wait_until",
                tank(0),
                Ask::Until(vec![
                    Fact { of: Watched::Tank(0), at_least: true, number: 2 },
                    Fact { of: Watched::Event(0), at_least: false, number: 0 },
                ]),
                Step::TryFill(0, 2),
                vec![],
            )
        },
        Primitive {
            also: Some(Step::CancelEvent(0)),
            ..of("Event", objects(), Ask::Event(0), Step::Succeed(0), vec![])
        },
        // The waiter starts what it joins: see `waiter`.
        of("join", objects(), Ask::Kept(1), Step::Cancel(JOINED), vec![]),
        of(
            "Store::get_where_min_by_key",
            shelf(ShelfKind::Store),
            Ask::GetBest(0, Some(0)),
            Step::TryPut(0, 1),
            vec![Step::TryPut(0, 0)],
        ),
        // The rival asks for less behind it, and does not overtake it.
        Primitive {
            rival: Ask::Draw(0, 1),
            also: Some(Step::TryFill(0, 1)),
            ..of(
                "Container::get, in order",
                in_order(0),
                Ask::Draw(0, 2),
                Step::TryFill(0, 1),
                vec![],
            )
        },
        Primitive {
            rival: Ask::Fill(0, 1),
            also: Some(Step::TryDraw(0, 1)),
            ..of(
                "Container::put, in order",
                in_order(2),
                Ask::Fill(0, 2),
                Step::TryDraw(0, 1),
                vec![],
            )
        },
        // The rival comes later and is more urgent: the first that is granted is its.
        Primitive {
            rival: urgent(Ask::Get(0, None), -1),
            also: Some(Step::TryPut(0, 1)),
            ..of(
                "Queue::get, by priority",
                shelf(ShelfKind::Queue),
                urgent(Ask::Get(0, None), 1),
                Step::TryPut(0, 0),
                vec![],
            )
        },
        Primitive {
            rival: urgent(Ask::Put(0, 1), -1),
            also: Some(Step::TryGet(0, None)),
            ..of(
                "Queue::put, by priority",
                shelf(ShelfKind::Queue),
                urgent(Ask::Put(0, 1), 1),
                Step::TryGet(0, None),
                vec![Step::TryPut(0, 0)],
            )
        },
        Primitive {
            rival: Ask::DrawAs(0, 1, -1),
            also: Some(Step::TryFill(0, 1)),
            ..of(
                "Container::get, by priority",
                tank(0),
                Ask::DrawAs(0, 1, 1),
                Step::TryFill(0, 1),
                vec![],
            )
        },
        Primitive {
            rival: Ask::Acquire(0, -1),
            also: Some(Step::Cancel(1)),
            ..of(
                "Resource::acquire, by priority",
                Program { resources: vec![2], ..objects() },
                Ask::Acquire(0, 1),
                Step::Cancel(0),
                vec![Step::TryAcquire(0)],
            )
        },
        // The instant's end grants it by itself. The event sets off what has to happen before that, and
        // somebody who asks for the end again.
        of(
            "settled",
            objects(),
            Ask::Settled,
            Step::Succeed(0),
            vec![
                Step::Await(Ask::Event(0)),
                Step::Await(Ask::Timeout(0)),
                Step::Await(Ask::Settled),
            ],
        ),
    ]
}

fn in_order(level: u32) -> Program {
    Program { tanks: vec![Tank { capacity: 2, level, in_order: true }], ..objects() }
}

/// The number of the process that a joining waiter starts: after all of `main`'s.
const JOINED: usize = 9;
/// The waiter's number.
const WAITER: usize = 2;

/// The ways to wait for something.
fn waiters(ask: &Ask) -> Vec<Vec<Step>> {
    let x = || ask.clone();
    // At the instant of the hits. Who waits for the end of that instant asks in it.
    let at_one = || Ask::Timeout(u8::from(*ask != Ask::Settled));
    let again = || Step::Await(Ask::FirstOf(vec![interruptible(Ask::Timeout(1)), Ask::Forever]));
    vec![
        vec![Step::Await(x())],
        vec![Step::Await(interruptible(x())), again()],
        vec![Step::Await(Ask::FirstOf(vec![x(), at_one()])), again()],
        vec![Step::Await(interruptible(Ask::FirstOf(vec![at_one(), x()]))), again()],
        vec![Step::Await(interruptible(Ask::AllOf(vec![x(), at_one()]))), again()],
        vec![Step::Await(Ask::FirstOf(vec![interruptible(x()), at_one()])), again()],
        vec![
            Step::Await(Ask::FirstOf(vec![Ask::Block(vec![Step::Await(x())]), at_one()])),
            again(),
        ],
        // Made and dropped at the instant, without ever being awaited.
        vec![Step::Keep(0, x()), Step::Await(interruptible(at_one())), Step::Drop(0), again()],
        // The same with a race.
        vec![
            Step::Keep(0, Ask::FirstOf(vec![Ask::AllOf(vec![x(), Ask::Forever]), x()])),
            Step::Await(interruptible(at_one())),
            Step::Drop(0),
            again(),
        ],
        // Given by `&mut` in a race and in an `interruptible`, and awaited again or dropped.
        vec![
            Step::Keep(0, x()),
            Step::Await(Ask::FirstOf(vec![Ask::Lent(0), at_one()])),
            Step::Await(interruptible(Ask::Lent(0))),
            again(),
        ],
        vec![
            Step::Keep(0, x()),
            Step::Await(interruptible(Ask::AllOf(vec![at_one(), Ask::Lent(0)]))),
            Step::Await(interruptible(Ask::FirstOf(vec![Ask::Lent(0), Ask::Timeout(0)]))),
            Step::Drop(0),
            again(),
        ],
        // Made early, awaited late.
        vec![Step::Keep(0, x()), Step::Await(at_one()), Step::Await(interruptible(Ask::Kept(0)))],
    ]
}

/// What can hit the waiter at the instant. Its timeout and the dropping of the request
/// are its own doing.
fn hits(primitive: &Primitive) -> Vec<Step> {
    let common = vec![
        primitive.grant.clone(),
        Step::Interrupt(WAITER, 1),
        Step::Interrupt(WAITER, 2),
        Step::Cancel(WAITER),
        // A detached process that fails ends the run in the middle of the instant.
        Step::Start(FAILS, None),
    ];
    common.into_iter().chain(primitive.also.clone()).collect()
}

/// The script that fails at once; the others are set up by `program`.
const FAILS: usize = 0;

/// All orders of all choices of at most `most` things.
fn orders(things: usize, most: usize) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    let mut longest = all.clone();
    for _ in 0..most {
        let mut longer = Vec::new();
        for order in &longest {
            for thing in (0..things).filter(|thing| !order.contains(thing)) {
                let mut order = order.clone();
                order.push(thing);
                longer.push(order);
            }
        }
        all.extend(longer.iter().cloned());
        longest = longer;
    }
    all
}

/// Puts a program together. The hits are done `before` or after the waiter's own timers
/// of that instant, in one go or by a process each.
fn program(
    primitive: &Primitive,
    waiter: &[Step],
    hits: &[Step],
    before: bool,
    in_one: bool,
) -> Program {
    let mut program = Program { end: End::Dry, ..primitive.program.clone() };
    let forever = || Step::Await(Ask::Forever);
    let is_join = primitive.ask == Ask::Kept(1);
    let mut holder = primitive.hold.clone();
    holder.push(forever());
    let mut waits = waiter.to_vec();
    let mut rival = vec![Step::Await(Ask::FirstOf(vec![primitive.rival.clone(), Ask::Timeout(2)]))];
    if is_join {
        waits.insert(0, Step::Start(1, Some(1)));
        rival = vec![Step::Await(Ask::Timeout(2))];
    }
    if primitive.ask == Ask::Settled {
        // An interrupt that comes before it asks does not end it.
        waits.insert(0, Step::Await(interruptible(Ask::Timeout(1))));
        rival.insert(0, Step::Await(Ask::Timeout(1)));
    }
    let at_one = Step::Await(Ask::Timeout(1));
    let mut hitters: Vec<Vec<Step>> = Vec::new();
    if in_one {
        hitters.push([vec![at_one], hits.to_vec()].concat());
    } else {
        hitters.extend(hits.iter().map(|hit| vec![at_one.clone(), hit.clone()]));
    }
    program.scripts = vec![vec![Step::Fail], vec![forever()], holder, waits, rival];
    let first = program.scripts.len();
    program.scripts.extend(hitters);
    let hitters = first..program.scripts.len();

    let mut starts = vec![2, 2, 3, 4];
    starts.extend(hitters.clone());
    // The number of starts is always the same, so that the number of the joined process is known.
    starts.resize(JOINED, 1);
    // The waiter is always P2, but its timers may be older or younger than those of the hits.
    if before {
        program.scripts[3].insert(0, Step::Await(Ask::Timeout(0)));
        program.scripts[4].insert(0, Step::Await(Ask::Timeout(0)));
    }
    let keep = |(at, script): (usize, usize)| {
        Step::Start(script, Some(u8::try_from(10 + at).expect("few")))
    };
    program.setup = starts.into_iter().enumerate().map(keep).collect();
    program
}

/// The number of hits at one time: all choices of three in all orders, or of up to six if the
/// variable says so.
fn most() -> usize {
    std::env::var("ASIM_HITS").map_or(3, |text| text.parse().expect("ASIM_HITS is a number"))
}

/// Checks all orders for one primitive. Returns how many there were.
fn check_all(primitive: &Primitive) -> usize {
    let mut count = 0;
    let hits = hits(primitive);
    for (shape, waiter) in waiters(&primitive.ask).iter().enumerate() {
        if primitive.ask == Ask::Kept(1) && waiter.iter().any(asks_twice) {
            continue; // There is only one handle to join.
        }
        for order in orders(hits.len(), most()) {
            let chosen: Vec<Step> = order.iter().map(|&hit| hits[hit].clone()).collect();
            for (before, in_one) in [(false, true), (true, true), (false, false), (true, false)] {
                // The number of processes is limited, and ties of single hits are less interesting.
                if !in_one && chosen.len() > 2 {
                    continue;
                }
                let program = program(primitive, waiter, &chosen, before, in_one);
                let name = format!("{}, waiter {shape}, hits {chosen:?}", primitive.name);
                let fails = compare::compare(&program).is_err();
                assert!(!fails, "{}", compare::report(&name, &program));
                count += 1;
            }
        }
    }
    count
}

#[test]
fn every_order_of_what_can_hit_a_waiter() {
    let primitives = primitives();
    let (next, count) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(primitive) = primitives.get(next.fetch_add(1, Ordering::Relaxed)) {
                    count.fetch_add(check_all(primitive), Ordering::Relaxed);
                }
            });
        }
    });
    println!("{} orders ran clean", count.into_inner());
}

/// Whether a statement makes the same request twice.
fn asks_twice(step: &Step) -> bool {
    matches!(step, Step::Keep(_, Ask::FirstOf(_)))
}
