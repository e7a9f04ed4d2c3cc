//! What is written in JSON is read as it was, to the last bit.

use asim::prelude::*;
use asim::{Counter, Level, Report, ResourceMeasures, Simulation, Tally};
use serde_json::{from_str, to_string};

fn tally() -> Tally {
    let stream = Simulation::seeded(5).stream("values");
    let mut tally: Tally = (0..1_000).map(|_| stream.normal(0.1, 3.0)).collect();
    tally.extend([0.0, f64::INFINITY, 1e-300, -1e300, 0.1]);
    tally
}

fn level() -> Level {
    let stream = Simulation::seeded(6).stream("values");
    let mut level = Level::new(1.0 / 3.0, 0.1);
    for step in 1..500 {
        level.set(f64::from(step) * 1.1, stream.normal(2.0, 3.0).max(0.0));
        level.set(f64::from(step) * 1.1 + 0.7, f64::from(step % 7));
    }
    level
}

#[test]
fn tallies_levels_and_counters() {
    for tally in [tally(), Tally::new()] {
        let read: Tally = from_str(&to_string(&tally).unwrap()).unwrap();
        assert_eq!(read, tally);
        assert_eq!(read.sd().to_bits(), tally.sd().to_bits());
    }
    for level in [level(), Level::new(0.0, -2.5), Level::new(0.0, 1e9)] {
        let read: Level = from_str(&to_string(&level).unwrap()).unwrap();
        assert_eq!(read, level);
        assert_eq!(read.mean().to_bits(), level.mean().to_bits());
    }
    let mut counter = Counter::new();
    counter.add(u64::MAX);
    assert_eq!(from_str::<Counter>(&to_string(&counter).unwrap()).unwrap(), counter);
}

#[test]
fn what_is_read_goes_on() {
    let (mut tally, mut level) = (tally(), level());
    let mut read: Tally = from_str(&to_string(&tally).unwrap()).unwrap();
    tally.add(7.5);
    read.add(7.5);
    assert_eq!(read, tally);
    let mut again: Level = from_str(&to_string(&level).unwrap()).unwrap();
    level.add(1_000.0, 3.0);
    again.add(1_000.0, 3.0);
    assert_eq!(again, level);
}

#[test]
fn reports_and_snapshots() -> Result<(), SimError> {
    let sim = Simulation::new();
    let clerks = Resource::new(&sim, 2).named("clerks");
    let _queue = Queue::<u32>::bounded(&sim, 3).named("queue");
    let slot = clerks.try_acquire();
    sim.tally("visit").add(0.1);
    sim.level("inside").set(0.3);
    sim.counter("lost").add(1);
    sim.run_until(7.7)?;
    let report = sim.report().time_unit("h");
    let read: Report = from_str(&to_string(&report).unwrap()).unwrap();
    assert_eq!(read, report);
    assert_eq!(read.to_string(), report.to_string());
    let m = clerks.measures();
    assert_eq!(from_str::<ResourceMeasures>(&to_string(&m).unwrap()).unwrap(), m);
    drop(slot);
    Ok(())
}

#[test]
fn what_cannot_be_is_refused() {
    let text =
        to_string(&tally()).unwrap().replace("\"positive\":[[", "\"positive\":[[400000,1],[");
    let error = from_str::<Tally>(&text).unwrap_err().to_string();
    assert!(error.starts_with("there is no bucket 400000: the last one is 262015"), "{error}");
    let text = to_string(&Level::new(3.0, 2.0)).unwrap().replace("\"last\":3.0", "\"last\":1.0");
    let error = from_str::<Level>(&text).unwrap_err().to_string();
    assert!(error.starts_with("no level has the value 2 from 3 to 1"), "{error}");
}
