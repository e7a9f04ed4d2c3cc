//! `PreemptiveResource` by the rules of its semantics.

use asim::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

type Log = Rc<RefCell<Vec<String>>>;

/// Comes at a time, holds for a while, gives up when it is evicted; notes all of it.
#[derive(Clone)]
struct User {
    name: &'static str,
    comes: f64,
    priority: i32,
    holds: f64,
}

fn user(name: &'static str, comes: f64, priority: i32, holds: f64) -> User {
    User { name, comes, priority, holds }
}

fn start(sim: &Simulation, machine: &PreemptiveResource, log: &Log, user: &User) -> ProcessRef {
    let (env, machine, log) = (Environment::clone(sim), machine.clone(), log.clone());
    let handle =
        sim.process(Run { env: env.clone(), machine, log, user: user.clone() }.named(user.name));
    handle.process_ref()
}

struct Run {
    env: Environment,
    machine: PreemptiveResource,
    log: Log,
    user: User,
}

impl Process for Run {
    type Output = ();

    async fn run(self, _env: Environment) {
        let Run { env, machine, log, user: User { name, comes, priority, holds } } = self;
        let note = |what: String| log.borrow_mut().push(format!("{} {name} {what}", env.now()));
        env.timeout(comes).await;
        let usage = async {
            let slot = machine.acquire_with_priority(priority).await;
            note("has it".to_string());
            env.timeout(holds).await;
            slot.release();
        };
        match env.interruptible(usage).await {
            Ok(()) => note("is done".to_string()),
            Err(interrupt) => {
                let Preempted { by, usage_since } =
                    interrupt.cause().expect("nobody else interrupts");
                let by = by.as_ref().map_or("nobody", ProcessRef::name);
                note(format!("lost it to {by} after {}", env.now() - usage_since));
            }
        }
    }
}

fn run(capacity: usize, users: &[User]) -> Vec<String> {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, capacity);
    for user in users {
        start(&sim, &machine, &log, user);
    }
    sim.run().unwrap();
    assert_eq!(machine.count(), 0);
    log.take()
}

#[test]
#[should_panic(expected = "the capacity of a resource is at least 1, not 0")]
fn a_resource_of_no_slots_is_refused() {
    let _ = PreemptiveResource::new(&Simulation::new(), 0);
}

#[test]
fn the_more_urgent_takes_the_slot_and_the_holder_learns_by_whom_and_since_when() {
    let trace = run(1, &[user("low", 1.0, 2, 10.0), user("high", 4.0, 1, 2.0)]);
    assert_eq!(
        trace,
        ["1 low has it", "4 high has it", "4 low lost it to high after 3", "6 high is done"]
    );
}

#[test]
fn equals_and_the_less_urgent_wait() {
    let trace = run(
        1,
        &[
            user("a", 0.0, 1, 5.0),
            user("b", 1.0, 1, 1.0),
            user("c", 1.0, 2, 1.0),
            user("d", 2.0, 1, 1.0),
        ],
    );
    let expected = [
        "0 a has it",
        "5 a is done",
        "5 b has it",
        "6 b is done",
        "6 d has it",
        "7 d is done",
        "7 c has it",
        "8 c is done",
    ];
    assert_eq!(trace, expected);
}

#[test]
fn the_least_urgent_goes_first_and_of_equals_the_latest() {
    let users = [
        user("mid", 0.0, 5, 50.0),
        user("old", 1.0, 9, 50.0),
        user("new", 2.0, 9, 50.0),
        user("x", 3.0, 0, 50.0),
        user("y", 4.0, 0, 50.0),
        user("z", 5.0, 0, 50.0),
        user("last", 6.0, 0, 1.0),
    ];
    let trace = run(3, &users);
    let lost: Vec<_> = trace.iter().filter(|line| line.contains("lost")).collect();
    assert_eq!(
        lost,
        ["3 new lost it to x after 1", "4 old lost it to y after 3", "5 mid lost it to z after 5"]
    );
    assert!(trace.contains(&"53 last has it".to_string()), "equals are not evicted: {trace:?}");
}

#[test]
fn without_preemption_the_urgent_wait_but_go_first() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, 1);
    start(&sim, &machine, &log, &user("holder", 0.0, 9, 4.0));
    start(&sim, &machine, &log, &user("waiting", 1.0, 9, 4.0));
    start(&sim, &machine.without_preemption(), &log, &user("polite", 2.0, 0, 1.0));
    sim.run().unwrap();
    let expected = [
        "0 holder has it",
        "4 holder is done",
        "4 polite has it",
        "5 polite is done",
        "5 waiting has it",
        "9 waiting is done",
    ];
    assert_eq!(*log.borrow(), expected);
}

#[test]
fn a_polite_holder_can_be_evicted_like_any_other() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, 1);
    start(&sim, &machine.without_preemption(), &log, &user("polite", 0.0, 5, 4.0));
    start(&sim, &machine, &log, &user("high", 1.0, 0, 1.0));
    sim.run().unwrap();
    assert!(log.borrow().contains(&"1 polite lost it to high after 1".to_string()));
}

#[test]
fn a_process_does_not_evict_itself() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 2);
    let (env, shared) = (Environment::clone(&sim), machine.clone());
    let other = sim.spawn(async move {
        let _slot = shared.acquire_with_priority(7).await;
        assert!(env.interruptible(env.timeout(9.0)).await.is_err());
    });
    let (env, shared) = (Environment::clone(&sim), machine.clone());
    sim.spawn(async move {
        let own = shared.acquire_with_priority(9).await;
        env.timeout(1.0).await;
        let taken = shared.acquire_with_priority(0).await; // passes over its own, less urgent one
        assert!(!own.revoked() && !taken.revoked());
        let waiting = shared.acquire_with_priority(0);
        own.release();
        drop(waiting.await);
    });
    sim.run().unwrap();
    assert!(other.done());
    assert_eq!((sim.now(), machine.count()), (1.0, 0));
}

#[test]
fn what_was_asked_for_outside_of_all_processes_is_safe() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let outside = machine.acquire_with_priority(9);
    let inside = machine.acquire_with_priority(0);
    assert_eq!(machine.count(), 1);
    drop(outside);
    assert_eq!(machine.count(), 1, "the other one has it now");
    drop(inside);
    assert_eq!(machine.count(), 0);
}

#[test]
fn rule_03_a_grant_that_is_not_yet_awaited_can_be_evicted_and_gives_a_slot_that_is_revoked() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let (env, shared) = (Environment::clone(&sim), machine.clone());
    sim.spawn(async move {
        let granted = shared.acquire_with_priority(5);
        assert!(env.interruptible(env.timeout(9.0)).await.is_err());
        assert_eq!(env.now(), 1.0);
        let slot = granted.await;
        assert!(slot.revoked());
        slot.release();
        assert_eq!(shared.count(), 1, "it has released nothing");
    });
    let (env, shared) = (Environment::clone(&sim), machine.clone());
    sim.spawn(async move {
        env.timeout(1.0).await;
        let _slot = shared.acquire_with_priority(0).await;
        env.timeout(5.0).await;
    });
    sim.run().unwrap();
    assert_eq!((sim.now(), machine.count()), (6.0, 0));
}

/// Only the type is needed: the race is interrupted before it is decided.
#[allow(dead_code)]
enum Race<B> {
    Both(B),
    Stop(()),
}

#[test]
fn rule_05_an_evicted_grant_that_loses_its_race_restores_nothing() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let stop = sim.event::<()>();
    let (env, shared, stopped) = (Environment::clone(&sim), machine.clone(), stop.clone());
    sim.spawn(async move {
        let both = asim!(AllOf(
            slot = shared.acquire_with_priority(5),
            never = env.timeout(f64::INFINITY)
        ));
        let race = async { asim!(FirstOf::<Race>(both = both, stop = stopped)).await };
        assert!(env.interruptible(race).await.is_err());
    });
    let (env, shared) = (Environment::clone(&sim), machine.clone());
    sim.spawn(async move {
        env.timeout(1.0).await;
        let slot = shared.acquire_with_priority(0).await;
        stop.succeed(());
        assert_eq!(shared.count(), 1);
        assert!(!slot.revoked());
        env.timeout(1.0).await;
        assert_eq!(shared.count(), 1);
    });
    sim.run().unwrap();
    assert_eq!(machine.count(), 0);
}

#[test]
fn rule_05_a_cancelled_holder_serves_the_next_and_can_no_longer_be_evicted() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, 1);
    let holder = start(&sim, &machine, &log, &user("holder", 0.0, 1, 50.0));
    start(&sim, &machine, &log, &user("next", 1.0, 8, 5.0));
    start(&sim, &machine, &log, &user("high", 3.0, 0, 1.0));
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        env.timeout(2.0).await;
        holder.cancel();
    });
    sim.run().unwrap();
    let expected = [
        "0 holder has it",
        "2 next has it",
        "3 high has it",
        "3 next lost it to high after 1",
        "4 high is done",
    ];
    assert_eq!(*log.borrow(), expected);
}

#[test]
fn rule_05_a_slot_that_outlives_its_process_can_be_taken_from_whoever_keeps_it() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let shared = machine.clone();
    let giver = sim.spawn(async move {
        Ok::<_, std::convert::Infallible>(shared.acquire_with_priority(5).await)
    });
    let slot = sim.run_until_event(giver).unwrap().unwrap();
    assert!(!slot.revoked());
    let taken = machine.acquire_with_priority(0);
    assert!(slot.revoked(), "there was nobody to tell");
    assert_eq!(machine.count(), 1);
    drop((slot, taken));
    assert_eq!(machine.count(), 0);
}

#[test]
fn rule_07_an_eviction_at_the_instant_of_the_grant_wins() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, 1);
    start(&sim, &machine, &log, &user("first", 0.0, 0, 2.0));
    // At 2 the slot is released. "granted" gets it, but "high" runs before "granted" does.
    start(&sim, &machine, &log, &user("high", 2.0, 1, 3.0));
    start(&sim, &machine, &log, &user("granted", 1.0, 5, 1.0));
    start(&sim, &machine, &log, &user("waiting", 1.0, 6, 1.0));
    sim.run().unwrap();
    let log = log.borrow();
    assert_eq!(log[0], "0 first has it");
    assert!(log.contains(&"2 high has it".to_string()), "{log:?}");
    assert!(!log.contains(&"2 granted has it".to_string()), "{log:?}");
    assert_eq!(machine.count(), 0);
}

#[test]
fn rule_07_an_eviction_outside_interruptible_ends_the_process_and_the_run_says_so() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    for (comes, priority) in [(0.0, 5), (1.0, 0)] {
        let (env, machine) = (Environment::clone(&sim), machine.clone());
        sim.spawn(async move {
            env.timeout(comes).await;
            let _slot = machine.acquire_with_priority(priority).await;
            env.timeout(3.0).await;
        });
    }
    let error = sim.run().unwrap_err();
    assert!(matches!(error, SimError::Interrupted { time: 1.0, .. }), "{error}");
}

#[test]
fn rule_08_what_is_kept_longer_than_the_simulation_does_no_harm() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let (env, shared) = (Environment::clone(&sim), machine.clone());
    sim.spawn(async move {
        let _slot = shared.acquire_with_priority(9).await;
        env.timeout(f64::INFINITY).await;
    });
    sim.run().unwrap();
    drop(sim);
    assert_eq!(machine.count(), 0);
    drop(machine.acquire_with_priority(0));
    drop(first_of([
        machine.acquire_with_priority(0),
        machine.without_preemption().acquire_with_priority(0),
    ]));
    assert_eq!(machine.count(), 0);
}

#[test]
fn blocked_names_the_call() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let _outside = machine.acquire_with_priority(0);
    sim.spawn(async move { drop(machine.acquire_with_priority(0).await) });
    sim.run().unwrap();
    assert_eq!(sim.blocked()[0].waiting_for, "PreemptiveResource::acquire");
}

/// Who asked for a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asker {
    Process(usize),
    /// Code outside of all processes. Its slot is never taken away.
    Outside,
    /// Work outside of all processes. Its slot can be taken away.
    Work,
}

/// A request of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Wish {
    request: usize,
    priority: i32,
    /// Its place in the order of asking.
    number: usize,
    units: usize,
    asker: Asker,
    preempts: bool,
}

/// The rules of preemption, in the plainest code.
#[derive(Default)]
struct Model {
    capacity: usize,
    held: Vec<Wish>,
    line: Vec<Wish>,
    asked: usize,
}

impl Model {
    fn taken(&self) -> usize {
        self.held.iter().map(|held| held.units).sum()
    }

    fn first(&self) -> Option<Wish> {
        self.line.iter().copied().min_by_key(|waits| (waits.priority, waits.number))
    }

    /// Evicts holders until this number of units are free. If there are fewer that can be evicted, evicts
    /// those, or none if it `must` be all.
    fn evict(&mut self, units: usize, priority: Option<i32>, asker: Asker, must: bool) -> bool {
        let is_safe = |other: Asker| {
            other == Asker::Outside || other == asker && matches!(asker, Asker::Process(_))
        };
        let less_urgent = |other: i32| priority.is_none_or(|priority| other > priority);
        let mut others: Vec<_> = self.held.clone();
        others.retain(|other| less_urgent(other.priority) && !is_safe(other.asker));
        others.sort_by_key(|other| std::cmp::Reverse((other.priority, other.number)));
        if must && others.iter().map(|other| other.units).sum::<usize>() < units {
            return false;
        }
        let mut freed = 0;
        for other in others {
            if freed >= units {
                break;
            }
            freed += other.units;
            self.held.retain(|held| *held != other);
            if other.asker == Asker::Work {
                self.line.push(other);
            }
        }
        true
    }

    /// Evicts for a request, and grants to it.
    fn grant_by_eviction(&mut self, wish: Wish) -> bool {
        if !wish.preempts || wish.units > self.capacity {
            return false;
        }
        let free = self.capacity.saturating_sub(self.taken());
        let is_first = self.first().is_none_or(|first| first.priority > wish.priority);
        let usable = if is_first { free } else { 0 };
        let needed = wish.units - usable + self.taken().saturating_sub(self.capacity);
        if !self.evict(needed, Some(wish.priority), wish.asker, true) {
            return false;
        }
        self.held.push(wish);
        self.serve();
        true
    }

    fn acquire(&mut self, wish: Wish) {
        let wish = Wish { number: self.asked, ..wish };
        self.asked += 1;
        let is_first = self.first().is_none_or(|first| first.priority > wish.priority);
        if is_first && self.taken() + wish.units <= self.capacity {
            self.held.push(wish);
        } else if !self.grant_by_eviction(wish) {
            self.line.push(wish);
        }
    }

    fn serve(&mut self) {
        while let Some(first) = self.first()
            && self.taken() + first.units <= self.capacity
        {
            self.line.retain(|waits| *waits != first);
            self.held.push(first);
        }
    }

    fn drop(&mut self, request: usize) {
        self.line.retain(|waits| waits.request != request);
        self.held.retain(|held| held.request != request);
        self.serve();
    }

    fn release_one(&mut self, request: usize) {
        if let Some(held) = self.held.iter_mut().find(|held| held.request == request) {
            held.units -= 1;
        }
        self.serve();
    }

    fn set_priority(&mut self, request: usize, priority: i32) {
        let number = self.asked;
        self.asked += 1;
        for wish in self.held.iter_mut().chain(&mut self.line) {
            if wish.request == request {
                (wish.priority, wish.number) = (priority, number);
            }
        }
        self.serve();
        if let Some(at) = self.line.iter().position(|waits| waits.request == request) {
            let wish = self.line.remove(at);
            if !self.grant_by_eviction(wish) {
                self.line.push(wish);
            }
        }
    }

    fn set_capacity(&mut self, capacity: usize, asker: Asker, preempts: bool) {
        self.capacity = capacity;
        if preempts {
            let surplus = self.taken().saturating_sub(capacity);
            self.evict(surplus, None, asker, false);
        }
        self.serve();
    }
}

#[derive(Clone, Copy, Debug)]
enum Do {
    Acquire(Wish),
    TryAcquire(Wish),
    SetCapacity(usize, bool),
    End,
}

enum Asked {
    Waits(asim::Acquire),
    Has(Slot),
    Works(#[allow(dead_code, reason = "held, not awaited")] asim::Work),
    Dropped,
}

/// Does what it is told, and survives that it loses its slots.
async fn obey(
    env: Environment,
    machine: PreemptiveResource,
    told: Queue<Do>,
    asked: Rc<RefCell<Vec<Asked>>>,
) {
    loop {
        match env.interruptible(told.get()).await {
            Ok(Do::End) => break,
            Ok(what) => act(&machine, what, &asked),
            Err(interrupt) => assert!(interrupt.cause::<Preempted>().is_some()),
        }
    }
}

fn act(machine: &PreemptiveResource, what: Do, asked: &RefCell<Vec<Asked>>) {
    let handle = |preempts| if preempts { machine.clone() } else { machine.without_preemption() };
    match what {
        Do::Acquire(Wish { request, priority, preempts, units, .. }) => {
            let acquire = match units {
                1 => handle(preempts).acquire_with_priority(priority),
                _ => handle(preempts).acquire_many_with_priority(units, priority),
            };
            assert_eq!(asked.borrow().len(), request);
            asked.borrow_mut().push(Asked::Waits(acquire));
        }
        Do::TryAcquire(Wish { request, priority, preempts, units, .. }) => {
            let slot = match units {
                1 => handle(preempts).try_acquire_with_priority(priority),
                _ => handle(preempts).try_acquire_many(units),
            };
            assert_eq!(asked.borrow().len(), request);
            asked.borrow_mut().push(slot.map_or(Asked::Dropped, Asked::Has));
        }
        Do::SetCapacity(capacity, preempts) => handle(preempts).set_capacity(capacity),
        Do::End => unreachable!("it ends by itself"),
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table of all that can happen")]
fn whatever_is_asked_for_given_back_and_changed_the_right_ones_lose_their_slots() {
    use futures::FutureExt;

    for seed in 1..=300_u64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut random = |end: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap() % end
        };
        let sim = Simulation::new();
        let capacity = 1 + random(12);
        let machine = PreemptiveResource::new(&sim, capacity);
        let mut model = Model { capacity, ..Model::default() };
        let asked = Rc::new(RefCell::new(Vec::new()));
        let start = || {
            let told = Queue::unbounded(&sim);
            sim.spawn(obey(sim.env(), machine.clone(), told.clone(), asked.clone()));
            told
        };
        let mut processes: Vec<_> = (0..3).map(|number| (number, start())).collect();
        let mut started = 3;
        // Some runs have few priorities, so that many are equal. In some runs one process does most
        // of it.
        let (ranks, eager, most_units) = (1 + random(9), random(4), 1 + random(4));
        for _ in 0..200 {
            let at = if eager > 1 { random(3) } else { random(30) / 28 };
            let (number, told) = &processes[at];
            let (number, preempts) = (*number, random(5) > 0);
            let priority = i32::try_from(random(ranks)).unwrap();
            let request = asked.borrow().len();
            let units = 1 + random(most_units);
            let asker = Asker::Process(number);
            let wish = Wish { request, priority, number: 0, units, asker, preempts };
            let outside = Wish { asker: Asker::Outside, ..wish };
            match random(23) {
                0 => {
                    let (capacity, inside) = (random(13), random(2) == 0);
                    let what = Do::SetCapacity(capacity, preempts);
                    if inside {
                        told.try_put(what).unwrap();
                    } else {
                        act(&machine, what, &asked);
                    }
                    let asker = if inside { Asker::Process(number) } else { Asker::Outside };
                    model.set_capacity(capacity, asker, preempts);
                }
                1 => {
                    told.try_put(Do::End).unwrap();
                    processes[at] = (started, start());
                    started += 1;
                }
                2 => {
                    act(&machine, Do::Acquire(outside), &asked);
                    model.acquire(outside);
                }
                3 => {
                    asked.borrow_mut().push(Asked::Works(machine.work(priority, 1.0)));
                    let asker = Asker::Work;
                    model.acquire(Wish { asker, units: 1, preempts: true, ..wish });
                }
                10 => {
                    // `try_acquire_many` has no form with a priority.
                    let priority = if units > 1 { 0 } else { priority };
                    let wish = if random(2) == 0 { outside } else { wish };
                    let wish = Wish { priority, ..wish };
                    if wish.asker == Asker::Outside {
                        act(&machine, Do::TryAcquire(wish), &asked);
                    } else {
                        told.try_put(Do::TryAcquire(wish)).unwrap();
                    }
                    model.acquire(wish);
                    // What is not granted at the call leaves nothing in line.
                    model.line.retain(|waits| waits.request != request);
                }
                20 | 21 if request > 0 => {
                    let request = random(request);
                    if let Asked::Waits(acquire) = &mut asked.borrow_mut()[request] {
                        acquire.set_priority(priority);
                        model.set_priority(request, priority);
                    }
                }
                22 if request > 0 => {
                    let request = random(request);
                    if let Asked::Has(slot) = &mut asked.borrow_mut()[request]
                        && slot.units() > 1
                    {
                        slot.release_some(1);
                        model.release_one(request);
                    }
                }
                4..=9 if request > 0 => {
                    let request = random(request);
                    let dropped =
                        std::mem::replace(&mut asked.borrow_mut()[request], Asked::Dropped);
                    drop(dropped);
                    model.drop(request);
                }
                _ => {
                    told.try_put(Do::Acquire(wish)).unwrap();
                    model.acquire(wish);
                }
            }
            sim.run().unwrap();
            let shown = (machine.count(), machine.waiting());
            assert_eq!(shown, (model.taken(), model.line.len()), "seed {seed}");
            // Some requests are not taken when they are granted.
            let keeps = |request: usize| !(seed + request as u64).is_multiple_of(3);
            for (request, asked) in asked.borrow_mut().iter_mut().enumerate() {
                if let Asked::Waits(waits) = asked
                    && keeps(request)
                    && let Some(slot) = (&mut *waits).into_future().now_or_never()
                {
                    *asked = Asked::Has(slot);
                }
                let held = model.held.iter().find(|held| held.request == request);
                match asked {
                    Asked::Has(slot) => {
                        assert_eq!(slot.units(), held.map_or(0, |held| held.units), "seed {seed}");
                        assert_eq!(slot.revoked(), held.is_none(), "seed {seed}");
                    }
                    Asked::Waits(waits) if held.is_some() => assert!(waits.triggered()),
                    Asked::Waits(_) | Asked::Works(_) => {}
                    Asked::Dropped => assert!(held.is_none(), "seed {seed}"),
                }
            }
        }
    }
}
