use super::Flow;
use crate::Trace;
use crate::prelude::*;
use crate::report::replay::models_of_tests::start;
use crate::report::replay::recording::Recording;
use crate::report::replay::scene::Place;
use crate::trace::kept::lock;

/// A flow, with names in the place of numbers.
struct Told {
    stations: Vec<String>,
    types: Vec<String>,
    /// From, to, and how often; who goes back after the end has a `<` before the number.
    edges: Vec<String>,
    flow: Flow,
}

fn told(trace: &Trace) -> Told {
    trace.look();
    let kept = &*lock(&trace.kept);
    let recording = Recording::of(kept, u64::MAX);
    let flow = Flow::of(kept, u64::MAX, &recording);
    let place = |place| match place {
        Place::Thing(number) => kept.things()[number as usize - 1].name.to_string(),
        Place::Process(number) => {
            flow.stations.iter().find(|it| it.number == number).unwrap().name.clone()
        }
        Place::Type(number) => format!("({})", recording.types.all[number as usize]),
    };
    let edges = (flow.edges.iter())
        .map(|edge| {
            let way = if edge.is_return { "<" } else { "" };
            format!("{} {} {way}{}", place(edge.from), place(edge.to), edge.count)
        })
        .collect();
    Told {
        stations: flow.stations.iter().map(|station| station.name.clone()).collect(),
        types: flow
            .types
            .iter()
            .map(|type_| recording.types.all[type_.0 as usize].clone())
            .collect(),
        edges,
        flow,
    }
}

#[test]
fn customers_go_from_thing_to_thing_and_home() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let (clerks, vault) =
        (Resource::new(&sim, 2).named("clerks"), Resource::new(&sim, 1).named("vault"));
    let env = sim.env();
    start(&sim, "door", async move {
        for number in 0..5 {
            let (own, clerks, vault) = (env.clone(), clerks.clone(), vault.clone());
            start(&env, format!("customer {number}"), async move {
                let _clerk = clerks.acquire().await;
                own.timeout(3.0).await;
                if number < 2 {
                    let _vault = vault.acquire().await;
                    own.timeout(1.0).await;
                }
            });
            env.timeout(1.0).await;
        }
    });
    sim.run().unwrap();
    let told = told(&trace);
    assert_eq!(told.stations, ["door"]);
    assert_eq!(told.types, ["customer"]);
    assert_eq!(
        told.edges,
        [
            "door (customer) 5",
            "(customer) clerks 5",
            "clerks vault 2",
            "vault (customer) <2",
            "clerks (customer) <3",
        ]
    );
    assert_eq!(told.flow.capacities, [2.0, 1.0]);
    assert_eq!(told.flow.longest, [2, 1]);
    assert_eq!(told.flow.types[0].1, 4);
}

#[test]
fn who_makes_and_takes_items_has_a_place() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let belt = Queue::bounded(&sim, 1).named("belt");
    let robot = Resource::new(&sim, 1).named("robot");
    let (env, to, used) = (sim.env(), belt.clone(), robot.clone());
    start(&sim, "maker", async move {
        for item in 0..4 {
            {
                let _robot = used.acquire().await;
                env.timeout(1.0).await;
            }
            to.put(item).await;
        }
    });
    let env = sim.env();
    start(&sim, "taker", async move {
        loop {
            belt.get().await;
            env.timeout(2.0).await;
        }
    });
    sim.run().unwrap();
    let told = told(&trace);
    assert_eq!(told.stations, ["maker", "taker"]);
    assert_eq!(told.types, [""; 0]);
    assert_eq!(told.edges, ["maker robot 4", "belt taker 4", "maker belt 4"]);
    let holds: Vec<bool> = told.flow.edges.iter().map(|edge| edge.is_hold).collect();
    assert_eq!(holds, [true, false, false]);
}

#[test]
fn cells_that_use_channels_may_be_many() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let (first, mut from) = channel::<u32>(&sim, 0);
    let first = first.named("wire 0");
    for cell in 0..30 {
        let (to, next) = channel::<u32>(&sim, 0);
        let (input, to) = (from, to.named(format!("wire {}", cell + 1)));
        start(&sim, format!("cell {cell}"), async move {
            while let Ok(item) = input.recv().await {
                if to.send(item).await.is_err() {
                    return;
                }
            }
        });
        from = next;
    }
    start(&sim, "source", async move {
        let _ = first.send(1).await;
    });
    start(&sim, "sink", async move { while from.recv().await.is_ok() {} });
    sim.run().unwrap();
    let told = told(&trace);
    assert_eq!(told.stations.len(), 32);
    assert!(told.edges.contains(&"cell 7 wire 8 1".to_owned()), "{:?}", told.edges);
    assert!(told.edges.contains(&"wire 8 cell 8 1".to_owned()), "{:?}", told.edges);
}

#[test]
fn a_crowd_that_nothing_flows_to_is_one_type() {
    let sim = Simulation::new();
    let trace = sim.trace();
    for number in 0..3 {
        let env = sim.env();
        start(&sim, format!("clock {number}"), async move {
            loop {
                env.timeout(1.0).await;
            }
        });
    }
    let (env, clerks) = (sim.env(), Resource::new(&sim, 1).named("clerks"));
    start(&sim, "shifts", async move {
        loop {
            env.timeout(2.0).await;
            clerks.set_capacity(2);
            env.timeout(2.0).await;
            clerks.set_capacity(1);
        }
    });
    sim.run_until(9.0).unwrap();
    let told = told(&trace);
    assert_eq!(
        (&told.types[..], &told.stations[..]),
        (&["clock".to_owned()][..], &["shifts".to_owned()][..])
    );
    assert_eq!(told.edges, ["shifts clerks 4"]);
}

#[test]
fn a_log_that_began_late_has_the_flow_of_who_was_there_and_from_then_on() {
    let sim = Simulation::new();
    let clerks = Resource::new(&sim, 1).named("clerks");
    for number in 0..3 {
        let (env, clerks) = (sim.env(), clerks.clone());
        start(&sim, format!("customer {number}"), async move {
            let _clerk = clerks.acquire().await;
            env.timeout(2.0).await;
        });
    }
    sim.run_until(1.0).unwrap();
    let trace = sim.trace();
    sim.run().unwrap();
    let told = told(&trace);
    assert_eq!((&told.stations[..], &told.types[..]), (&[][..], &["customer".to_owned()][..]));
    assert_eq!(told.edges, ["(customer) clerks 3", "clerks (customer) <3"]);
}
