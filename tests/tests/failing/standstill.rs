//! Why nothing happens: `standstill` says who waits for what, who holds it, and who waits for whom.
//!
//! The texts are compared whole, but for the lines of this file, which are written as `(here)`.

use std::future::Future;

use asim::prelude::*;
use asim::{Standstill, Tie};
use futures::stream::{FuturesUnordered, StreamExt};

/// Starts a process with this name.
fn start(sim: &Simulation, name: &str, body: impl Future<Output = ()> + 'static) -> ProcessHandle {
    struct Body<F>(F);
    impl<F: Future<Output = ()> + 'static> Process for Body<F> {
        type Output = ();
        fn run(self, _env: Environment) -> impl Future<Output = ()> {
            self.0
        }
    }
    sim.process(Body(body).named(name.to_owned()))
}

/// Returns the text with the lines of this file left out.
fn without_lines(text: &str) -> String {
    let mut told = String::new();
    for (number, part) in text.split(concat!("(", file!(), ":")).enumerate() {
        let rest = if number == 0 { part } else { part.split_once(')').unwrap().1 };
        told += if number == 0 { "" } else { "(here)" };
        told += rest;
    }
    told
}

fn told(sim: &Environment) -> String {
    without_lines(&sim.standstill().to_string())
}

/// Asserts what is told, after the words that nothing is left to happen at this time.
#[track_caller]
fn assert_told(sim: &Simulation, expected: &[&str]) -> Standstill {
    sim.run().unwrap();
    let text = told(sim);
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    assert_eq!(lines, expected, "\n{text}\n");
    sim.standstill()
}

// ---- resources

#[test]
fn two_clerks_who_wait_for_each_other() {
    let sim = Simulation::new();
    let printer = Resource::new(&sim, 1).named("printer");
    let stapler = Resource::new(&sim, 1).named("stapler");
    for (name, first, second, at) in
        [("clerk 1", &printer, &stapler, 12.5), ("clerk 3", &stapler, &printer, 12.0)]
    {
        let (env, first, second) = (sim.env(), first.clone(), second.clone());
        start(&sim, name, async move {
            env.timeout(at).await;
            let _first = first.acquire().await;
            env.timeout(1.0).await;
            let _second = second.acquire().await;
        });
    }
    let standstill = assert_told(
        &sim,
        &[
            "nothing is left to happen at time 13.5; 2 processes are blocked:",
            "a deadlock: clerk 1 waits for `stapler`, held by clerk 3 since 12; \
             clerk 3 waits for `printer`, held by clerk 1 since 12.5",
            "clerk 1 has waited since 13.5 for Resource::acquire of `stapler` (here): \
             1 of 1 taken, held by clerk 3 since 12",
            "clerk 3 has waited since 13 for Resource::acquire of `printer` (here): \
             1 of 1 taken, held by clerk 1 since 12.5",
        ],
    );
    // The same as data.
    assert_eq!((standstill.time, standstill.is_complete), (13.5, true));
    assert!(standstill.waits.iter().all(|blocked| blocked.is_stuck));
    let circle = &standstill.circles[0];
    assert_eq!((circle.links.len(), circle.others), (2, 0));
    assert_eq!(circle.links[0].process, "clerk 1");
    let thing = circle.links[0].thing.as_ref().unwrap();
    assert_eq!((thing.kind, thing.name.as_deref()), ("Resource", Some("stapler")));
    assert_eq!(thing.looks.to_string(), "1 of 1 taken");
    assert!(matches!(circle.links[0].tie, Tie::Holds { since, .. } if since == 12.0));
    let asim::Obstacle::Thing { thing, request, .. } = &standstill.waits[0].obstacles[0] else {
        panic!("{standstill}")
    };
    assert_eq!(
        (thing.kind, thing.name.as_deref(), *request),
        ("Resource", Some("stapler"), "Resource::acquire")
    );
    assert_eq!(thing.holders[0].process.as_deref(), Some("clerk 3"));
    assert_eq!(sim.blocked(), standstill.waits);
}

/// Takes the fork on the left, thinks, and takes the fork on the right.
#[process]
async fn philosopher(env: Environment, left: Resource, right: Resource) {
    let _left = left.acquire().await;
    env.timeout(1.0).await;
    let _right = right.acquire().await;
}

#[test]
fn philosophers_of_one_name_have_numbers() {
    let sim = Simulation::new();
    let forks: Vec<_> = (0..3).map(|_| Resource::new(&sim, 1).named("fork")).collect();
    sim.spawn(async {});
    for at in 0..3 {
        sim.process(Philosopher::new(forks[at].clone(), forks[(at + 1) % 3].clone()));
    }
    let standstill = assert_told(
        &sim,
        &[
            "nothing is left to happen at time 1; 3 processes are blocked:",
            "a deadlock: Philosopher #2 waits for `fork 2`, held by Philosopher #3 since 0; \
             Philosopher #3 waits for `fork 3`, held by Philosopher #4 since 0; \
             Philosopher #4 waits for `fork`, held by Philosopher #2 since 0",
            "Philosopher #2 has waited since 1 for Resource::acquire of `fork 2` (here): \
             1 of 1 taken, held by Philosopher #3 since 0",
            "Philosopher #3 has waited since 1 for Resource::acquire of `fork 3` (here): \
             1 of 1 taken, held by Philosopher #4 since 0",
            "Philosopher #4 has waited since 1 for Resource::acquire of `fork` (here): \
             1 of 1 taken, held by Philosopher #2 since 0",
        ],
    );
    assert_eq!(standstill.waits[0].process, "Philosopher");
    assert_eq!(standstill.waits[0].number, Some(2));
}

#[test]
fn things_without_names_are_told_by_their_lines() {
    let sim = Simulation::new();
    let forks = [Resource::new(&sim, 1), Resource::new(&sim, 1)];
    sim.process(Philosopher::new(forks[0].clone(), forks[1].clone()));
    sim.process(Philosopher::new(forks[1].clone(), forks[0].clone()));
    let error = sim.run_to_end().unwrap_err();
    assert_eq!(
        without_lines(&error.to_string()),
        "nothing is left to happen at time 1; 2 processes are blocked:\
         \n  a deadlock: Philosopher #1 waits for Resource::acquire (here), held by Philosopher #2 since 0; \
         Philosopher #2 waits for Resource::acquire (here), held by Philosopher #1 since 0\
         \n  Philosopher #1 has waited since 1 for Resource::acquire (here): \
         1 of 1 taken, held by Philosopher #2 since 0\
         \n  Philosopher #2 has waited since 1 for Resource::acquire (here): \
         1 of 1 taken, held by Philosopher #1 since 0"
    );
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn all_of_two_forks() {
    let sim = Simulation::new();
    let forks = ["left", "right"].map(|name| Resource::new(&sim, 1).named(name));
    for (name, first, second) in [("Ada", 0, 1), ("Berta", 1, 0)] {
        let (env, first, second) = (sim.env(), forks[first].clone(), forks[second].clone());
        start(&sim, name, async move {
            let late = async move {
                env.timeout(1.0).await;
                second.acquire().await
            };
            let _both = asim!(AllOf(first = first.acquire(), second = late)).await;
        });
    }
    // Promised to a join that is not complete, a fork is held.
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 1; 2 processes are blocked:",
            "a deadlock: Ada waits for `right`, held by Berta since 0; \
             Berta waits for `left`, held by Ada since 0",
            "Ada has waited since 1 for AllOf (here): \
             Resource::acquire of `right` (1 of 1 taken, held by Berta since 0)",
            "Berta has waited since 1 for AllOf (here): \
             Resource::acquire of `left` (1 of 1 taken, held by Ada since 0)",
        ],
    );
}

#[test]
fn all_of_two_forks_asked_for_at_once() {
    let sim = Simulation::new();
    let forks = ["left", "right"].map(|name| Resource::new(&sim, 1).named(name));
    let (left, right) = (forks[0].clone(), forks[1].clone());
    start(&sim, "Ada", async move {
        let _right = right.acquire().await;
        let _both = asim!(AllOf(left = left.acquire(), right = right.acquire())).await;
    });
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 0; 1 process is blocked:",
            "a deadlock: Ada waits for `right`, held by itself since 0",
            "Ada has waited since 0 for AllOf (here): \
             Resource::acquire of `right` (1 of 1 taken, held by Ada since 0)",
        ],
    );
}

#[test]
fn acquire_together_waits_for_one_at_a_time() {
    let sim = Simulation::new();
    let room = Resource::new(&sim, 1).named("room");
    let surgeons = Resource::new(&sim, 3).named("surgeons");
    let (r, s) = (room.clone(), surgeons.clone());
    start(&sim, "long operation", async move {
        let _team = acquire_together([(&r, 1), (&s, 1)]).await;
        std::future::pending::<()>().await;
    });
    start(&sim, "second operation", async move {
        let _team = acquire_together([(&surgeons, 2), (&room, 1)]).await;
    });
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 0; 2 processes are blocked:",
            "long operation has waited since 0 for a future that is not the simulation's",
            "second operation has waited since 0 for acquire_together of `room` (here): \
             1 of 1 taken, held by long operation since 0",
        ],
    );
}

#[test]
fn more_than_the_capacity_can_never_be_granted() {
    let sim = Simulation::new();
    let beds = Resource::new(&sim, 3).named("beds");
    let one = beds.clone();
    start(&sim, "family", async move {
        let _five = beds.acquire_many(5).await;
    });
    start(&sim, "single", async move {
        let _one = one.acquire().await;
    });
    let standstill = assert_told(
        &sim,
        &[
            "nothing is left to happen at time 0; 2 processes are blocked:",
            "family has waited since 0 for Resource::acquire of `beds` (here): \
             0 of 3 taken; can never be granted: wants 5 of 3",
            "single has waited since 0 for Resource::acquire of `beds` (here): \
             0 of 3 taken; behind family in line",
        ],
    );
    assert!(standstill.waits.iter().all(|blocked| blocked.is_stuck));
}

#[test]
fn whoever_is_first_in_line_holds_up_the_others() {
    // The first wants two of three, and the second, behind it in line, has one of those that are missing.
    let sim = Simulation::new();
    let tools = Resource::new(&sim, 3).named("tools");
    for (name, has, wants) in [("Ada", 1, 2), ("Berta", 1, 1)] {
        let (env, tools) = (sim.env(), tools.clone());
        start(&sim, name, async move {
            let _some = tools.acquire_many(has).await;
            env.timeout(1.0).await;
            let _more = tools.acquire_many(wants).await;
        });
    }
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 1; 2 processes are blocked:",
            "a deadlock: Ada waits for `tools`, held by Berta since 0; Berta waits for `tools`, behind Ada in line",
            "Ada has waited since 1 for Resource::acquire of `tools` (here): \
             2 of 3 taken, held by Ada since 0 and Berta since 0; wants 2",
            "Berta has waited since 1 for Resource::acquire of `tools` (here): \
             2 of 3 taken, held by Ada since 0 and Berta since 0; behind Ada in line",
        ],
    );
}

#[test]
fn lines_by_priority() {
    let sim = Simulation::new();
    let (desk, lamp) = (Resource::new(&sim, 1).named("desk"), Resource::new(&sim, 2).named("lamp"));
    let (env, d, l) = (sim.env(), desk.clone(), lamp.clone());
    start(&sim, "Ada", async move {
        let _desk = d.acquire().await;
        env.timeout(2.0).await;
        let _lamps = l.acquire_many(2).with_priority(5).await;
    });
    let (env, d, l) = (sim.env(), desk.clone(), lamp.clone());
    start(&sim, "Berta", async move {
        let _lamp = l.acquire().await;
        env.timeout(1.0).await;
        let _desk = d.acquire().with_priority(7).await;
    });
    let env = sim.env();
    start(&sim, "Clara", async move {
        env.timeout(1.0).await;
        let _desk = desk.acquire().with_priority(-1).await;
    });
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 2; 3 processes are blocked:",
            "a deadlock: Ada waits for `lamp`, held by Berta since 0; \
             Berta waits for `desk`, held by Ada since 0 (and 1 more process in circles with these)",
            "Ada has waited since 2 for Resource::acquire of `lamp` (here): \
             1 of 2 taken, held by Berta since 0; wants 2",
            "Berta has waited since 1 for Resource::acquire of `desk` (here): \
             1 of 1 taken, held by Ada since 0",
            "Clara has waited since 1 for Resource::acquire of `desk` (here): \
             1 of 1 taken, held by Ada since 0",
        ],
    );
}

#[test]
fn a_preempted_resource_is_held_by_the_winner() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1).named("machine");
    let (env, m) = (sim.env(), machine.clone());
    start(&sim, "routine", async move {
        let _slot = m.acquire_with_priority(9).await;
        assert!(env.interruptible(std::future::pending::<()>()).await.is_err());
        let _again = m.acquire_with_priority(9).await;
    });
    let (env, m) = (sim.env(), machine.clone());
    start(&sim, "emergency", async move {
        env.timeout(3.0).await;
        let _slot = m.acquire_with_priority(0).await;
        env.event::<()>().await;
    });
    let env = sim.env();
    start(&sim, "work", async move {
        env.timeout(4.0).await;
        let _ = machine.work(5, 10.0).await;
    });
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 4; 3 processes are blocked:",
            "routine has waited since 3 for PreemptiveResource::acquire of `machine` (here): \
             1 of 1 taken, held by emergency since 3",
            "emergency has waited since 3 for an event (here): \
             nobody else has a handle of it, so it can never come",
            "work has waited since 4 for PreemptiveResource::work of `machine` (here): \
             1 of 1 taken, held by emergency since 3",
        ],
    );
}

#[test]
fn a_slot_may_be_held_outside_of_all_processes() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1).named("desk");
    let _mine = desk.try_acquire().unwrap();
    start(&sim, "Ada", async move {
        let _slot = desk.acquire().await;
    });
    let standstill = assert_told(
        &sim,
        &[
            "at time 0, 1 process is blocked:",
            "Ada has waited since 0 for Resource::acquire of `desk` (here): \
             1 of 1 taken, held by no living process since 0",
        ],
    );
    assert!(!standstill.waits[0].is_stuck, "whoever has the slot can release it");
}

#[test]
fn loans_of_a_pool() {
    let sim = Simulation::new();
    let trucks = Pool::new(&sim, ["red", "blue"]).named("trucks");
    let (env, pool) = (sim.env(), trucks.clone());
    start(&sim, "Ada", async move {
        let _red = pool.acquire_where(|&truck| truck == "red").await;
        env.timeout(1.0).await;
        let _blue = pool.acquire_where(|&truck| truck == "blue").await;
    });
    let (env, pool) = (sim.env(), trucks.clone());
    start(&sim, "Berta", async move {
        let _blue = pool.acquire_where(|&truck| truck == "blue").await;
        env.timeout(2.0).await;
        let _red = pool.acquire_where(|&truck| truck == "red").await;
    });
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 2; 2 processes are blocked:",
            "a deadlock: Ada waits for `trucks`, held by Berta since 0; \
             Berta waits for `trucks`, held by Ada since 0",
            "Ada has waited since 1 for Pool::acquire of `trucks` (here): \
             2 of 2 lent, held by Ada since 0 and Berta since 0",
            "Berta has waited since 2 for Pool::acquire of `trucks` (here): \
             2 of 2 lent, held by Ada since 0 and Berta since 0",
        ],
    );
}

// ---- who can still go on

#[test]
fn a_timer_or_a_free_alternative_is_no_deadlock() {
    let sim = Simulation::new();
    let forks = [Resource::new(&sim, 1).named("left"), Resource::new(&sim, 1).named("right")];
    sim.process(Philosopher::new(forks[0].clone(), forks[1].clone()).named("patient"));
    let (env, left, right) = (sim.env(), forks[0].clone(), forks[1].clone());
    start(&sim, "impatient", async move {
        let _right = right.acquire().await;
        env.timeout(1.0).await;
        asim!(match FirstOf(left = left.acquire(), late = env.timeout(5.0)).await {
            FirstOf::Left(_) => unreachable!(),
            FirstOf::Late(()) => {}
        });
    });
    sim.run_until(2.0).unwrap();
    let standstill = sim.standstill();
    assert_eq!(
        without_lines(&standstill.to_string()),
        "at time 2, 2 processes are blocked:\
         \n  patient has waited since 1 for Resource::acquire of `right` (here): \
         1 of 1 taken, held by impatient since 0\
         \n  impatient has waited since 1 for FirstOf (here): \
         Resource::acquire of `left` (1 of 1 taken, held by patient since 0); a time"
    );
    assert!(standstill.waits.iter().all(|blocked| !blocked.is_stuck));
    sim.run_to_end().unwrap();
}

#[test]
fn a_race_is_stuck_if_all_its_branches_are() {
    let sim = Simulation::new();
    let forks = [Resource::new(&sim, 1).named("left"), Resource::new(&sim, 1).named("right")];
    let spoon = Resource::new(&sim, 1).named("spoon");
    for (name, has, wants) in [("Ada", 0, 1), ("Berta", 1, 0)] {
        let (env, has, wants, spoon) =
            (sim.env(), forks[has].clone(), forks[wants].clone(), spoon.clone());
        start(&sim, name, async move {
            let _has = has.acquire().await;
            let _spoon = spoon.try_acquire();
            env.timeout(1.0).await;
            let _one = first_of([wants.acquire(), spoon.acquire()]).await;
        });
    }
    let standstill = assert_told(
        &sim,
        &[
            "nothing is left to happen at time 1; 2 processes are blocked:",
            "a deadlock: Ada waits for `right`, held by Berta since 0; \
             Berta waits for `left`, held by Ada since 0",
            "Ada has waited since 1 for FirstOf (here): \
             Resource::acquire of `right` (1 of 1 taken, held by Berta since 0); \
             Resource::acquire of `spoon` (1 of 1 taken, held by Ada since 0)",
            "Berta has waited since 1 for FirstOf (here): \
             Resource::acquire of `left` (1 of 1 taken, held by Ada since 0); \
             Resource::acquire of `spoon` (1 of 1 taken, held by Ada since 0)",
        ],
    );
    assert!(standstill.waits.iter().all(|blocked| blocked.is_stuck));
}

#[test]
fn a_deadlock_beside_processes_that_go_on() {
    let sim = Simulation::new();
    let forks = [Resource::new(&sim, 1).named("left"), Resource::new(&sim, 1).named("right")];
    sim.process(Philosopher::new(forks[0].clone(), forks[1].clone()).named("Ada"));
    sim.process(Philosopher::new(forks[1].clone(), forks[0].clone()).named("Berta"));
    let (env, orders) = (sim.env(), Queue::<u32>::unbounded(&sim));
    let waiting = orders.clone();
    start(&sim, "clock", async move {
        loop {
            env.timeout(1.0).await;
        }
    });
    start(&sim, "shop", async move {
        waiting.get().await;
    });
    sim.run_until(9.5).unwrap();
    let standstill = sim.standstill();
    assert_eq!(
        without_lines(&standstill.to_string()),
        "at time 9.5, 4 processes are blocked:\
         \n  a deadlock, unless one has handed on what it holds: Ada waits for `right`, held by Berta since 0; \
         Berta waits for `left`, held by Ada since 0\
         \n  Ada has waited since 1 for Resource::acquire of `right` (here): \
         1 of 1 taken, held by Berta since 0\
         \n  Berta has waited since 1 for Resource::acquire of `left` (here): \
         1 of 1 taken, held by Ada since 0\
         \n  clock has waited since 9 for timeout (here)\
         \n  shop has waited since 0 for Queue::get (here): \
         empty; who puts is not known"
    );
    let stuck: Vec<_> = standstill.waits.iter().map(|blocked| blocked.is_stuck).collect();
    assert_eq!(stuck, [true, true, false, false]);
    drop(orders);
}

// ---- joins

#[test]
fn a_circle_of_joins() {
    let sim = Simulation::new();
    let handles: [Queue<ProcessHandle>; 2] = [Queue::unbounded(&sim), Queue::unbounded(&sim)];
    let [first, second] = [0, 1].map(|at| {
        let handles = handles[at].clone();
        start(&sim, ["Ada", "Berta"][at], async move {
            let other = handles.get().await;
            other.await.unwrap();
        })
    });
    handles[0].try_put(second).ok().unwrap();
    handles[1].try_put(first).ok().unwrap();
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 0; 2 processes are blocked:",
            "a deadlock: Ada waits for the end of Berta; Berta waits for the end of Ada",
            "Ada has waited since 0 for the end of Berta (here)",
            "Berta has waited since 0 for the end of Ada (here)",
        ],
    );
}

#[test]
fn a_process_that_joins_itself() {
    let sim = Simulation::new();
    let handles: Queue<ProcessHandle> = Queue::unbounded(&sim);
    let own = handles.clone();
    let handle = start(&sim, "Ada", async move {
        let itself = own.get().await;
        itself.await.unwrap();
    });
    handles.try_put(handle).ok().unwrap();
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 0; 1 process is blocked:",
            "a deadlock: Ada waits for its own end",
            "Ada has waited since 0 for its own end (here): it can never come",
        ],
    );
}

#[test]
fn a_handle_that_a_race_joins() {
    let sim = Simulation::new();
    let orders = Queue::<u32>::unbounded(&sim);
    let o = orders.clone();
    let clerk = start(&sim, "clerk", async move {
        o.get().await;
    });
    let env = sim.env();
    start(&sim, "boss", async move {
        let never = env.timeout(f64::INFINITY);
        let () = asim!(match FirstOf(done = clerk, never = never).await {
            FirstOf::Done(_) | FirstOf::Never(()) => {}
        });
    });
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 0; 2 processes are blocked:",
            "clerk has waited since 0 for Queue::get (here): \
             empty; who puts is not known",
            "boss has waited since 0 for FirstOf (here): the end of clerk",
        ],
    );
}

// ---- what anybody can give

#[test]
fn a_mutual_exclusion_through_a_queue_of_tokens_has_no_holder() {
    let sim = Simulation::new();
    let tokens = ["printer", "stapler"].map(|name| {
        let tokens = Queue::unbounded(&sim).named(name);
        tokens.try_put(()).unwrap();
        tokens
    });
    for (name, first, second) in [("Ada", 0, 1), ("Berta", 1, 0)] {
        let (env, first, second) = (sim.env(), tokens[first].clone(), tokens[second].clone());
        start(&sim, name, async move {
            first.get().await;
            env.timeout(1.0).await;
            second.get().await;
            second.put(()).await;
            first.put(()).await;
        });
    }
    let standstill = assert_told(
        &sim,
        &[
            "nothing is left to happen at time 1; 2 processes are blocked:",
            "Ada has waited since 1 for Queue::get of `stapler` (here): \
             empty; who puts is not known",
            "Berta has waited since 1 for Queue::get of `printer` (here): \
             empty; who puts is not known",
        ],
    );
    assert!(standstill.waits.iter().all(|blocked| blocked.is_stuck));
}

#[test]
fn a_lost_wake_up() {
    let sim = Simulation::new();
    let start_signal = Barrier::new(&sim).named("start");
    let (env, signal) = (sim.env(), start_signal.clone());
    start(&sim, "late runner", async move {
        env.timeout(3.0).await;
        signal.wait().await;
    });
    sim.schedule(2.0, move |_| start_signal.release());
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 3; 1 process is blocked:",
            "late runner has waited since 3 for Barrier::wait of `start` (here): \
             last released at 2; who releases it is not known",
        ],
    );
}

#[test]
fn a_barrier_that_lacks_one() {
    let sim = Simulation::new();
    let barrier = Barrier::new(&sim);
    for name in ["Ada", "Berta"] {
        let barrier = barrier.clone();
        start(&sim, name, async move {
            let wait = barrier.wait();
            if barrier.waiting() == 3 {
                barrier.release();
            }
            wait.await;
        });
    }
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 0; 2 processes are blocked:",
            "Ada has waited since 0 for Barrier::wait (here): \
             never released so far; who releases it is not known",
            "Berta has waited since 0 for Barrier::wait (here): \
             never released so far; who releases it is not known",
        ],
    );
}

#[test]
fn a_closed_gate_a_state_a_container_and_full_and_empty_buffers() {
    let sim = Simulation::new();
    let (env, gate, light) = (sim.env(), Gate::new_closed(&sim), State::new(&sim, 'r'));
    let tank = Container::new(&sim, 10.0).with_level(3.0);
    let belt = Queue::bounded(&sim, 1);
    belt.try_put(1).unwrap();
    let ranking = PriorityQueue::<u32>::unbounded(&sim);
    let shelf = Store::unbounded(&sim);
    shelf.try_put(7).unwrap();
    let door = State::new(&sim, false);
    let (g, l, t) = (gate.clone(), light.clone(), tank.clone());
    start(&sim, "gate", async move { g.wait().await });
    start(&sim, "state", async move {
        l.wait_until(|&colour| colour == 'g').await;
    });
    start(&sim, "get", async move { t.get(5.0).await });
    let t = tank.clone();
    start(&sim, "put", async move { t.put(8.0).await });
    start(&sim, "queue", async move { belt.put(2).await });
    start(&sim, "ranking", async move {
        ranking.get().await;
    });
    start(&sim, "store", async move {
        shelf.get_where(|&item| item == 8).await;
    });
    start(&sim, "condition", async move {
        env.wait_until((&tank, &door), |(tank, door)| tank.level() > 5.0 && door.get()).await;
    });
    drop((gate, light));
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 0; 8 processes are blocked:",
            "gate has waited since 0 for Gate::wait (here): closed; who opens it is not known",
            "state has waited since 0 for State::wait_until (here): \
             no value so far is accepted; who sets it is not known",
            "get has waited since 0 for Container::get (here): \
             level 3 of 10; wants 5; who puts is not known",
            "put has waited since 0 for Container::put (here): \
             level 3 of 10; wants 8; who gets is not known",
            "queue has waited since 0 for Queue::put (here): full, 1 of 1; who gets is not known",
            "ranking has waited since 0 for PriorityQueue::get (here): empty; who puts is not known",
            "store has waited since 0 for Store::get (here): 1 in it; who puts is not known",
            "condition has waited since 0 for Environment::wait_until (here): \
             Container: level 3 of 10; State",
        ],
    );
}

#[test]
fn events_that_somebody_can_trigger_and_events_that_nobody_can() {
    let sim = Simulation::new();
    let (known, cancelled) = (sim.event::<()>(), sim.event::<()>());
    let (k, c, lost) = (known.clone(), cancelled.clone(), sim.event::<()>());
    start(&sim, "Ada", async move { k.await });
    start(&sim, "Berta", async move { lost.await });
    start(&sim, "Clara", async move { c.await });
    let env = sim.env();
    start(&sim, "Dora", async move {
        asim!(match FirstOf(lost = env.event::<()>(), other = env.event::<()>()).await {
            FirstOf::Lost(()) | FirstOf::Other(()) => {}
        });
    });
    let env = sim.env();
    start(&sim, "Emma", async move {
        // It holds a handle itself.
        let event = env.event::<()>();
        event.wait().await;
    });
    sim.run().unwrap();
    cancelled.cancel();
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 0; 5 processes are blocked:",
            "Ada has waited since 0 for an event (here): who triggers it is not known",
            "Berta has waited since 0 for an event (here): \
             nobody else has a handle of it, so it can never come",
            "Clara has waited since 0 for an event that was cancelled (here): it can never come",
            "Dora has waited since 0 for FirstOf (here): \
             an event (nobody else has a handle of it, so it can never come); \
             an event (nobody else has a handle of it, so it can never come)",
            "Emma has waited since 0 for an event (here): who triggers it is not known",
        ],
    );
    // One that is lost is stuck, whoever else can go on.
    let env = sim.env();
    start(&sim, "clock", async move { env.timeout(100.0).await });
    sim.run_until(1.0).unwrap();
    let stuck: Vec<_> = sim.blocked().iter().map(|blocked| blocked.is_stuck).collect();
    assert_eq!(stuck, [false, true, true, true, false, false]);
    known.succeed(());
}

#[test]
fn a_circle_of_channels() {
    let sim = Simulation::new();
    let (to_berta, from_ada) = channel::<u32>(&sim, 0);
    let to_berta = to_berta.named("to Berta");
    let (to_ada, from_berta) = channel::<u32>(&sim, 0);
    start(&sim, "Ada", async move {
        from_berta.recv().await.unwrap();
        to_berta.send(1).await.unwrap();
        from_berta.recv().await.unwrap();
        from_berta.recv().await.unwrap();
        to_berta.send(1).await.unwrap();
    });
    start(&sim, "Berta", async move {
        to_ada.send(1).await.unwrap();
        from_ada.recv().await.unwrap();
        to_ada.send(1).await.unwrap();
        from_ada.recv().await.unwrap();
    });
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 0; 2 processes are blocked:",
            "a deadlock: Ada waits for InPort::recv (here), whose other end Berta has used; \
             Berta waits for `to Berta`, whose other end Ada has used",
            "Ada has waited since 0 for InPort::recv (here): \
             its sender was used by Berta, which waits, too",
            "Berta has waited since 0 for InPort::recv of `to Berta` (here): \
             its sender was used by Ada, which waits, too",
        ],
    );
}

#[test]
fn a_channel_whose_other_end_was_never_used() {
    let sim = Simulation::new();
    let (output, input) = channel::<u32>(&sim, 0);
    let (second, source) = channel::<u32>(&sim, 1);
    start(&sim, "sink", async move {
        input.recv().await.unwrap();
        drop(second);
    });
    let env = sim.env();
    start(&sim, "source", async move {
        source.recv().await.unwrap();
        output.send(1).await.unwrap();
        drop(env);
    });
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 0; 2 processes are blocked:",
            "sink has waited since 0 for InPort::recv (here): \
             who sends is not known",
            "source has waited since 0 for InPort::recv (here): empty; who sends is not known",
        ],
    );
}

// ---- where it waits

#[test]
fn inside_interruptible_uninterruptible_and_nested_compositions() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1).named("desk");
    let (env, d) = (sim.env(), desk.clone());
    start(&sim, "Ada", async move {
        let _desk = d.acquire().await;
        let _ = env.interruptible(d.acquire()).await;
    });
    let (env, d) = (sim.env(), desk.clone());
    start(&sim, "Berta", async move {
        let _ = env.uninterruptible(d.acquire()).await;
    });
    let orders = Queue::<u32>::unbounded(&sim).named("orders");
    start(&sim, "Clara", async move {
        let inner = all_of([desk.acquire(), desk.acquire()]);
        let late = async { std::future::pending::<()>().await };
        asim!(match FirstOf(both = inner, order = orders.get(), late = late).await {
            FirstOf::Both(_) | FirstOf::Order(_) | FirstOf::Late(()) => {}
        });
    });
    assert_told(
        &sim,
        &[
            "nothing is left to happen at time 0; 3 processes are blocked:",
            "a deadlock: Ada waits for `desk`, held by itself since 0",
            "Ada has waited since 0 for Resource::acquire of `desk` (here): \
             1 of 1 taken, held by Ada since 0",
            "Berta has waited since 0 for Resource::acquire of `desk` (here): \
             1 of 1 taken, held by Ada since 0",
            "Clara has waited since 0 for FirstOf (here): \
             Resource::acquire of `desk` (1 of 1 taken, held by Ada since 0); \
             Resource::acquire of `desk` (1 of 1 taken, held by Ada since 0); \
             Queue::get of `orders` (empty; who puts is not known)",
        ],
    );
}

#[test]
fn inside_a_combinator_of_another_crate() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1).named("desk");
    let orders = Queue::<u32>::unbounded(&sim);
    let (d, o) = (desk.clone(), orders.clone());
    start(&sim, "join", async move {
        let _mine = d.acquire().await;
        let _both = futures::join!(async { o.get().await }, async { d.acquire().await });
    });
    let d = desk.clone();
    start(&sim, "unordered", async move {
        let mut all: FuturesUnordered<_> =
            [d.acquire()].into_iter().map(IntoFuture::into_future).collect();
        all.next().await;
    });
    let standstill = assert_told(
        &sim,
        &[
            "at time 0, 2 processes are blocked:",
            "join has waited since 0 for Resource::acquire (here): \
             Resource::acquire of `desk` (1 of 1 taken, held by join since 0); \
             Queue::get (empty; who puts is not known)",
            "unordered has waited since 0 for a future that is not the simulation's: \
             Resource::acquire of `desk` (1 of 1 taken, held by join since 0)",
        ],
    );
    // Others may have a copy of its waker.
    assert!(!standstill.waits[1].is_stuck);
}

#[test]
fn a_process_can_ask_in_the_middle_of_a_run() {
    let sim = Simulation::new();
    let orders = Queue::<u32>::unbounded(&sim);
    let o = orders.clone();
    start(&sim, "shop", async move {
        o.get().await;
    });
    let env = sim.env();
    let watchdog = start(&sim, "watchdog", async move {
        env.timeout(5.0).await;
        let text = told(&env);
        assert_eq!(
            text,
            "at time 5, 1 process is blocked:\
             \n  shop has waited since 0 for Queue::get (here): empty; who puts is not known"
        );
        orders.put(1).await;
    });
    sim.run_to_end().unwrap();
    assert!(watchdog.done());
    assert_eq!(told(&sim), "nothing is left to happen at time 5; no process is blocked");
}

#[test]
fn user_code_can_ask_while_a_thing_lends_what_it_has() {
    let sim = Simulation::new();
    let shelf = Store::unbounded(&sim);
    let (env, waiting) = (sim.env(), shelf.clone());
    start(&sim, "picker", async move {
        let picked =
            waiting.get_where(move |&item| env.standstill().waits.len() < 9 && item == 2).await;
        assert_eq!(picked, 2);
    });
    sim.run().unwrap();
    for item in [1, 2] {
        shelf.try_put(item).unwrap();
    }
    sim.run_to_end().unwrap();
}

// ---- errors

#[test]
fn a_run_that_goes_dry_says_why() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1).named("desk");
    let d = desk.clone();
    let ada = start(&sim, "Ada", async move {
        let _desk = d.acquire().await;
        let _again = d.acquire().await;
    });
    let error = sim.run_until_event(ada).unwrap_err();
    let SimError::RanDry { location, .. } = &error else { panic!("{error}") };
    assert_eq!(
        without_lines(&error.to_string()),
        format!(
            "the agenda ran dry at time 0 before the end of a process (asked for at {}); \
             1 process is blocked:\
             \n  a deadlock: Ada waits for `desk`, held by itself since 0\
             \n  Ada has waited since 0 for Resource::acquire of `desk` (here): \
             1 of 1 taken, held by Ada since 0",
            location.unwrap()
        )
    );
}

#[test]
fn time_that_stands_still_shows_who_waits_meanwhile() {
    let sim = Simulation::new();
    sim.set_instant_limit(100);
    let orders = Queue::<u32>::unbounded(&sim);
    start(&sim, "shop", async move {
        orders.get().await;
    });
    let env = sim.env();
    start(&sim, "spinner", async move {
        loop {
            env.timeout(0.0).await;
        }
    });
    let error = sim.run().unwrap_err();
    assert_eq!(
        without_lines(&error.to_string()),
        "time stands still at 0: more than 100 resumptions at one instant, by spinner; \
         meanwhile, 1 process is blocked:\
         \n  shop has waited since 0 for Queue::get (here): empty; who puts is not known"
    );
}

#[test]
fn an_interrupt_that_ends_a_process_says_where_it_waited() {
    for is_kept in [false, true] {
        let sim = Simulation::new();
        let orders = Queue::<u32>::unbounded(&sim);
        let line = line!() + 2;
        let shop = start(&sim, "shop", async move {
            orders.get().await;
        });
        let shop_ref = shop.process_ref();
        sim.schedule(2.0, move |_| shop_ref.interrupt("closing time"));
        let kept = is_kept.then_some(shop);
        let error = sim.run().unwrap_err();
        let SimError::Interrupted { waiting_for, location, .. } = &error else { panic!("{error}") };
        assert_eq!((*waiting_for, location.unwrap().line()), (Some("Queue::get"), line));
        assert_eq!(
            error.to_string(),
            format!(
                "process `shop` was interrupted at time 2 and did not handle it: closing time \
                 (it waited for Queue::get, asked for at {})",
                location.unwrap()
            )
        );
        drop(kept);
    }
}

#[test]
fn it_can_be_asked_after_every_error() {
    let sim = Simulation::new();
    let orders = Queue::<u32>::unbounded(&sim);
    start(&sim, "shop", async move {
        orders.get().await;
    });
    let _ = sim.spawn(async { Err::<(), _>("broken") });
    assert!(matches!(sim.run(), Err(SimError::ProcessFailed { .. })));
    assert_eq!(sim.standstill().waits.len(), 1);
    let panicking = start(&sim, "panicking", async { panic!("on purpose") });
    let run = std::panic::AssertUnwindSafe(|| sim.run());
    assert!(std::panic::catch_unwind(run).is_err());
    assert_eq!(sim.standstill().waits.len(), 1);
    drop(panicking);
}

// ---- large numbers

#[test]
fn the_first_hundred_are_listed_and_the_others_are_counted() {
    let sim = Simulation::new();
    let (desk, orders) = (Resource::new(&sim, 1).named("desk"), Queue::<u32>::unbounded(&sim));
    for at in 0..12_345 {
        let (desk, orders) = (desk.clone(), orders.clone());
        sim.spawn(async move {
            if at % 3 == 0 {
                orders.get().await;
            } else {
                let _slot = desk.acquire().await;
                std::future::pending::<()>().await;
            }
        });
    }
    sim.run().unwrap();
    let text = sim.standstill().to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 102);
    assert_eq!(lines[0], "nothing is left to happen at time 0; 12,345 processes are blocked:");
    assert_eq!(
        lines[101],
        "  and 12,245 more: 8,164 for Resource::acquire of `desk`, 4,081 for Queue::get"
    );
}

/// Nests compositions deep, and joins processes in a long chain and in a long circle.
#[test]
fn nothing_is_recursive() {
    const COUNT: usize = 50_000;
    let sim = Simulation::new();
    let handles: Queue<ProcessHandle> = Queue::unbounded(&sim);
    for at in 0..COUNT {
        let waiting = handles.clone();
        let handle = start(&sim, &format!("p{at}"), async move {
            // Each joins the one before it, and the first joins the last.
            waiting.get().await.await.unwrap();
        });
        if at + 1 == COUNT {
            // The first to get one gets that of the last.
            let first = handle;
            let mut others = Vec::new();
            while let Some(other) = handles.try_get() {
                others.push(other);
            }
            handles.try_put(first).ok().unwrap();
            for other in others {
                handles.try_put(other).ok().unwrap();
            }
        } else {
            handles.try_put(handle).ok().unwrap();
        }
    }
    sim.run().unwrap();
    let standstill = sim.standstill();
    assert_eq!((standstill.waits.len(), standstill.circles.len()), (COUNT, 1));
    assert_eq!(standstill.circles[0].links.len(), COUNT);
    let text = standstill.to_string();
    assert!(text.contains("; and so on, through 49,980 more processes"), "{text}");
}

#[test]
fn a_request_deep_in_compositions_is_found() {
    let sim = Simulation::new();
    let orders = Queue::<u32>::unbounded(&sim);
    start(&sim, "deep", async move {
        let mut all: BoxedWaitable<'static, ()> = orders.get().mapped(drop).into_boxed();
        for _ in 0..200 {
            all = first_of([all]).mapped(drop).into_boxed();
        }
        all.await;
    });
    sim.run().unwrap();
    let standstill = sim.standstill();
    assert_eq!(standstill.waits[0].obstacles.len(), 1);
    assert!(standstill.waits[0].is_stuck);
}
