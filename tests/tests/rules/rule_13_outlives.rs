//! Rule 13. A request outlives a wait. Given by value, it is cancelled when the wait loses a race or is
//! interrupted. Given as `&mut`, it keeps its place in line, may be granted meanwhile, and can be awaited
//! again, asked or dropped. (`things/requests/lent.rs` has the same for every kind of request.)

use asim::prelude::*;

use crate::trace::Trace;

#[test]
fn rule_13_by_value_a_request_goes_with_the_wait() {
    let sim = Simulation::new();
    let (env, line) = (sim.env(), Queue::<u32>::unbounded(&sim));
    let asked = line.clone();
    let process = sim.spawn(async move {
        first_of([asked.get().mapped(drop).into_boxed(), env.timeout(1.0).into_boxed()]).await;
        assert_eq!(asked.getters(), 0);
        assert!(env.interruptible(asked.get()).await.is_err());
        assert_eq!(asked.getters(), 0);
    });
    sim.run_until(2.0).unwrap();
    assert_eq!(line.getters(), 1);
    process.interrupt("go");
    sim.run().unwrap();
    assert!(process.done());
}

/// The breakdown comes in the instant in which the waiting put is accepted: the part is delivered once.
#[test]
fn rule_13_a_worker_repairs_and_delivers_the_part_once() {
    #[process]
    async fn worker(env: Environment, line: Queue<u32>, trace: Trace) {
        for part in 0..3 {
            let mut put = line.put(part);
            while env.interruptible(&mut put).await.is_err() {
                trace.note(format_args!("breakdown, part {part} is in: {}", put.triggered()));
                env.timeout(5.0).await;
            }
            trace.note(format_args!("part {part} delivered"));
        }
    }
    for accepted_first in [true, false] {
        let sim = Simulation::new();
        let trace = Trace::of(&sim);
        let line = Queue::bounded(&sim, 1);
        let worker = sim.process(Worker::new(line.clone(), trace.clone()));
        sim.run_until(2.0).unwrap();
        trace.is(&["0 part 0 delivered"]);
        if accepted_first {
            assert_eq!(line.try_get(), Some(0));
            worker.interrupt("breakdown");
        } else {
            worker.interrupt("breakdown");
            assert_eq!(line.try_get(), Some(0));
        }
        sim.run_until(3.0).unwrap();
        trace.is(&["2 breakdown, part 1 is in: true"]);
        sim.run_until(10.0).unwrap();
        trace.is(&["7 part 1 delivered"]);
        assert_eq!(line.try_get(), Some(1));
        sim.run().unwrap();
        assert_eq!(line.try_get(), Some(2), "no part came twice");
        assert_eq!(line.try_get(), None);
    }
}

#[test]
fn rule_13_a_patient_keeps_the_place_through_several_waits() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let doctor = Resource::new(&sim, 1);
    let busy = doctor.try_acquire().unwrap();
    for name in ["Ada", "Ben"] {
        let (env, doctor, note) = (sim.env(), doctor.clone(), trace.clone());
        sim.spawn(async move {
            let mut turn = doctor.acquire();
            let slot = loop {
                let next =
                    asim!(match FirstOf(turn = &mut turn, restless = env.timeout(3.0)).await {
                        FirstOf::Turn(slot) => Some(slot),
                        FirstOf::Restless(()) => None,
                    });
                match next {
                    Some(slot) => break slot,
                    None => note.note(format_args!("{name} walks about")),
                }
            };
            note.note(format_args!("{name} is seen"));
            env.timeout(1.0).await;
            slot.release();
        });
    }
    sim.run_until(7.0).unwrap();
    drop(busy);
    sim.run().unwrap();
    trace.is(&[
        "3 Ada walks about",
        "3 Ben walks about",
        "6 Ada walks about",
        "6 Ben walks about",
        "7 Ada is seen",
        "8 Ben is seen",
    ]);
}

/// It is granted while nobody waits for it, and what it holds is promised.
#[test]
fn rule_13_what_is_granted_meanwhile_is_promised() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let (env, asked) = (sim.env(), queue.clone());
    let process = sim.spawn(async move {
        let mut get = asked.get();
        assert!(env.interruptible(&mut get).await.is_err());
        env.timeout(2.0).await;
        assert!(get.triggered());
        assert_eq!((asked.len(), asked.try_get()), (0, None), "nobody else can have it");
        assert_eq!((&mut get).await, 7);
        assert!(!get.triggered(), "it has given its output");
    });
    sim.run().unwrap();
    process.interrupt("alarm");
    sim.run_until(1.0).unwrap();
    queue.try_put(7).unwrap();
    sim.run().unwrap();
    assert!(process.done());
}
