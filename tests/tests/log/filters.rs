//! A log that leaves things, processes or kinds out, and one that keeps the last happenings only.

use asim::Kind;
use asim::prelude::*;

#[process]
async fn customer(env: Environment, first: Resource, second: Resource) {
    for thing in [first, second] {
        let _slot = thing.acquire().await;
        env.timeout(1.0).await;
    }
}

fn run(sim: &Simulation) {
    let (clerks, tills) =
        (Resource::new(sim, 1).named("clerks"), Resource::new(sim, 1).named("tills"));
    sim.process(Customer::new(clerks.clone(), tills.clone()).named("Ada"));
    sim.process(Customer::new(clerks, tills).named("Berta"));
    sim.run().unwrap();
}

#[test]
fn each_part_of_a_filter_leaves_out_the_others() {
    let sim = Simulation::new();
    let all = sim.trace();
    let tills = sim.tracing().only_things(["tills"]).in_memory();
    let ada = sim.tracing().only_processes(["Ada"]).in_memory();
    let grants = sim.tracing().only_kinds([Kind::Granted, Kind::Released]).in_memory();
    let one = sim
        .tracing()
        .only_things(["clerks"])
        .only_processes(["Berta"])
        .only_kinds([Kind::Granted])
        .in_memory();
    let nothing = sim.tracing().only_things(["doors"]).in_memory();
    run(&sim);
    let texts = |happenings: &mut dyn Iterator<Item = asim::Happening>| {
        happenings.map(|it| it.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(texts(&mut tills.iter()), texts(&mut all.of_thing("tills")));
    assert!(tills.len() > 5, "{tills}");
    assert_eq!(texts(&mut ada.iter()), texts(&mut all.of_process("Ada")));
    assert!(ada.len() > 10, "{ada}");
    let is_grant = |it: &asim::Happening| matches!(it.kind, Kind::Granted | Kind::Released);
    assert_eq!(texts(&mut grants.iter()), texts(&mut all.iter().filter(is_grant)));
    assert_eq!(grants.len(), 8);
    assert_eq!(one.iter().map(|it| it.time).collect::<Vec<_>>(), [1.0]);
    assert!(nothing.is_empty());
}

#[test]
fn the_last_happenings_are_the_last_of_all() {
    let sim = Simulation::new();
    let (all, last) = (sim.trace(), sim.tracing().last(7).in_memory());
    run(&sim);
    assert_eq!(last.len(), 7);
    let all: Vec<_> = all.iter().collect();
    assert_eq!(last.iter().collect::<Vec<_>>(), all[all.len() - 7..]);
    // One that is dropped meanwhile is passed over.
    let mut iter = last.iter();
    assert_eq!(iter.next().as_ref(), Some(&all[all.len() - 7]));
    (0..6).for_each(|number| sim.log(number));
    assert_eq!(last.len(), 7);
    assert_eq!(iter.next().as_ref(), all.last());
}

#[test]
#[should_panic(expected = "a log keeps the last 1 or more happenings, not 0")]
fn none_is_no_number_of_happenings() {
    let _ = Simulation::new().tracing().last(0);
}

#[test]
fn an_unknown_ending_is_refused_and_says_what_there_is() {
    let sim = Simulation::starting_at(2.0);
    for path in ["run.xml", "run", "json", ".json"] {
        let error = sim.trace_to(path).unwrap_err().to_string();
        let expected = format!(
            "the log `{path}` cannot be written at time 2: its name must end in .json (for Perfetto), .jsonl \
             (JSON lines), .log or .txt (text)"
        );
        assert_eq!(error, expected);
        assert!(!std::path::Path::new(path).exists());
    }
    let error = sim.trace_to("/nowhere/run.log").unwrap_err();
    assert!(matches!(&error, SimError::Log { log, .. } if log == "`/nowhere/run.log`"), "{error}");
}
