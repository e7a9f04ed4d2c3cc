//! Measures start again at every kind of moment: nothing is negative, and nobody is forgotten.

use asim::prelude::*;

#[process]
async fn customer(env: Environment, clerk: Resource, service: f64) {
    let slot = clerk.acquire().await;
    env.timeout(service).await;
    slot.release();
}

/// A clerk with three customers who come at time 0 and take 4 each.
fn bank() -> (Simulation, Resource) {
    let sim = Simulation::new();
    let clerk = Resource::new(&sim, 1).named("clerk");
    for _ in 0..3 {
        sim.process(Customer::new(clerk.clone(), 4.0));
    }
    (sim, clerk)
}

#[test]
fn in_the_middle_of_waits_and_holds_all_that_ends_later_counts_whole() -> Result<(), SimError> {
    let (sim, clerk) = bank();
    sim.run_until(6.0)?; // the second is served since 4, the third waits since 0
    sim.reset_measures();
    sim.run_until(20.0)?;
    let m = clerk.measures();
    assert_eq!((m.served, m.waited.mean(), m.held.count(), m.held.mean()), (1, 8.0, 2, 4.0));
    assert_eq!((m.line.time(), m.line.integral(), m.in_use.integral()), (14.0, 2.0, 6.0));
    assert_eq!(m.utilisation(), 6.0 / 14.0);
    Ok(())
}

#[test]
fn before_anything_and_twice_at_one_time() -> Result<(), SimError> {
    let (sim, clerk) = bank();
    sim.reset_measures();
    sim.reset_measures();
    sim.run()?;
    let m = clerk.measures();
    assert_eq!((m.served, m.at_once, m.waited.mean(), m.in_use.mean()), (3, 1, 4.0, 1.0));
    Ok(())
}

#[test]
fn a_warm_up_ends_before_all_that_is_due_at_its_time() -> Result<(), SimError> {
    for run in ["run", "run_until", "step", "run_until_event", "twice"] {
        let (sim, clerk) = bank();
        sim.warm_up(4.0); // the first leaves and the second is served then
        match run {
            "run" => sim.run()?,
            "run_until" => sim.run_until(12.0)?,
            "step" => while sim.step()? {},
            "run_until_event" => sim.run_until_event(async {
                sim.timeout_until(12.0).await;
                sim.settled().await;
            })?,
            _ => {
                sim.run_before(4.0)?;
                sim.run_until(12.0)?;
            }
        }
        let m = clerk.measures();
        assert_eq!((m.served, m.held.count(), m.line.start()), (2, 3, 4.0), "{run}");
        assert_eq!((m.waited.mean(), m.in_use.mean(), m.line.mean()), (6.0, 1.0, 0.5), "{run}");
        assert_eq!(sim.report().since(), 4.0, "{run}");
    }
    Ok(())
}

#[test]
fn it_ends_at_its_time_although_nothing_is_due_then() -> Result<(), SimError> {
    let (sim, clerk) = bank();
    sim.warm_up(5.0);
    sim.run_until(7.0)?;
    let m = clerk.measures();
    assert_eq!((m.line.start(), m.line.time(), m.line.mean(), m.served), (5.0, 2.0, 1.0, 0));
    Ok(())
}

#[test]
fn it_keeps_no_run_going_and_the_report_says_that_it_did_not_come() -> Result<(), SimError> {
    let (sim, clerk) = bank();
    sim.warm_up(500.0);
    sim.run()?;
    assert_eq!((sim.now(), sim.peek(), clerk.measures().served), (12.0, None, 3));
    let text = sim.report().to_string();
    assert!(text.starts_with("time 0 to 12; the warm-up would have ended at 500, "), "{text}");
    sim.run_until(600.0)?;
    assert_eq!((clerk.measures().served, sim.report().since()), (0, 500.0));
    assert!(sim.report().to_string().starts_with("time 500 to 600\n"));
    Ok(())
}

#[test]
fn it_is_no_resumption_and_changes_no_order() -> Result<(), SimError> {
    let run = |warm_up: bool| {
        let (sim, _clerk) = bank();
        if warm_up {
            sim.warm_up(4.0);
        }
        let mut steps = 0;
        while sim.step()? {
            steps += 1;
        }
        Ok::<_, SimError>(steps)
    };
    assert_eq!(run(true)?, run(false)?);
    Ok(())
}

#[test]
fn now_is_at_once_and_a_second_call_replaces_the_first() -> Result<(), SimError> {
    let (sim, clerk) = bank();
    sim.run_until(5.0)?;
    sim.warm_up(5.0);
    assert_eq!(sim.report().since(), 5.0);
    sim.warm_up(7.0);
    sim.warm_up(9.0);
    sim.run()?;
    assert_eq!((sim.report().since(), clerk.measures().served), (9.0, 0));
    Ok(())
}

#[test]
#[should_panic(expected = "a warm-up that is set at time 5 cannot end at 4.5")]
fn it_does_not_end_in_the_past() {
    let sim = Simulation::starting_at(5.0);
    sim.warm_up(4.5);
}

#[test]
fn at_the_time_of_a_change_what_comes_after_counts() -> Result<(), SimError> {
    let sim = Simulation::new();
    let (inside, lost) = (sim.level("inside"), sim.counter("lost"));
    let (level, counter) = (inside.clone(), lost.clone());
    sim.schedule(3.0, move |env| {
        level.set(5.0);
        counter.add(1);
        env.reset_measures();
        counter.add(10);
        level.set(2.0);
    });
    sim.run_until(4.0)?;
    assert_eq!((inside.mean(), inside.most(), lost.count()), (2.0, 2.0, 10));
    Ok(())
}

#[test]
fn in_a_filter_that_the_library_calls() -> Result<(), SimError> {
    let sim = Simulation::new();
    let shelf = Store::unbounded(&sim).named("shelf");
    let env = sim.env();
    let wish = shelf.get_where(move |item| {
        env.reset_measures();
        *item == 2
    });
    sim.run_until(5.0)?;
    shelf.try_put(1).unwrap();
    shelf.try_put(2).unwrap();
    assert!(wish.triggered());
    sim.run_until(6.0)?;
    let m = shelf.measures();
    assert_eq!((m.get.line.start(), m.level.value(), m.get.line.value()), (5.0, 1.0, 0.0));
    assert_eq!((m.get.waited.count(), m.get.waited.mean()), (1, 5.0));
    drop(wish);
    Ok(())
}

#[test]
fn who_leaves_after_it_is_not_forgotten_either() -> Result<(), SimError> {
    let sim = Simulation::new();
    let clerk = Resource::new(&sim, 1).named("clerk");
    let slot = clerk.try_acquire();
    let waiting = clerk.acquire();
    sim.run_until(5.0)?;
    sim.reset_measures();
    sim.run_until(7.0)?;
    drop(waiting);
    let m = clerk.measures();
    assert_eq!((m.left, m.gave_up.mean(), m.line.value(), m.served), (1, 7.0, 0.0, 0));
    drop(slot);
    Ok(())
}
