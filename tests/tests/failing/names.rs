//! What processes are called.

use asim::prelude::*;

#[process]
async fn clerk(env: Environment) {
    env.timeout(1.0).await;
}

async fn cook(env: Environment) {
    env.timeout(1.0).await;
}

/// Returns a place in this file, as names show it.
fn at(line: u32) -> String {
    format!("at {}:{line}", file!())
}

#[test]
fn a_spawned_block_is_named_by_its_function_and_the_line_that_spawned_it() {
    let sim = Simulation::new();
    let env = sim.env();
    let (first, line) = (sim.spawn(async move { env.timeout(1.0).await }), line!());
    let second = sim.spawn(async {});
    let function = "a_spawned_block_is_named_by_its_function_and_the_line_that_spawned_it";
    assert_eq!(first.name(), format!("{function} (spawned {})", at(line)));
    assert_eq!(second.name(), format!("{function} (spawned {})", at(line + 1)));
}

#[test]
fn a_spawned_call_is_named_by_the_function_that_was_called() {
    let sim = Simulation::new();
    let (cook, line) = (sim.spawn(cook(sim.env())), line!());
    assert_eq!(cook.name(), format!("cook (spawned {})", at(line)));
    // Many from one line have one name.
    let many: Vec<_> = (0..3).map(|_| sim.spawn(async {})).collect();
    assert!(many.iter().all(|process| process.name() == many[0].name()));
}

#[test]
fn a_scheduled_function_is_named_by_its_function_and_the_line_that_scheduled_it() {
    let sim = Simulation::new();
    let (call, line) = (sim.schedule(1.0, |_| Err::<(), _>("burglars")), line!());
    let function = "a_scheduled_function_is_named_by_its_function_and_the_line_that_scheduled_it";
    let name = format!("{function} (scheduled {})", at(line));
    assert_eq!(call.name(), name);
    drop(call);
    let error = sim.run().unwrap_err();
    assert_eq!(error.to_string(), format!("process `{name}` failed at time 1: burglars"));
}

#[test]
fn an_empty_name_is_not_that_of_a_predecessor() {
    let sim = Simulation::new();
    sim.process(Clerk::new().named(format!("clerk {}", 7)));
    sim.run().unwrap();
    // It has the entry of the other process in the table.
    let nameless = sim.process(Clerk::new().named(""));
    assert_eq!(nameless.name(), "");
    sim.run_until(1.5).unwrap();
    assert_eq!(sim.blocked()[0].process, "");
    let env = sim.env();
    let process = Clerk::new().named(String::new());
    let handle = sim.process(process);
    assert_eq!(handle.name(), "");
    drop(env);
}
