//! What the table says of itself: that a result is missing, that it is a part, and of which scenario it speaks.

use asim::prelude::*;
use serde::{Deserialize, Serialize};

use asim_tests::folder::Folder;

#[derive(Serialize, Deserialize)]
struct Dice {
    sides: u32,
    /// Whether all replications fail.
    broken: bool,
}

fn dice(rep: &Replication, dice: &Dice) -> Result<(), String> {
    if dice.broken {
        return Err("no dice".to_owned());
    }
    rep.result("eyes", rep.simulation().stream("dice").uniform(0.0, f64::from(dice.sides)));
    Ok(())
}

fn experiment() -> Experiment<Dice> {
    Experiment::new("dice", dice, Dice { sides: 6, broken: false }).replications(4)
}

#[test]
fn a_pattern_that_fits_nothing_is_named() {
    let table = experiment().show("eyes").show("eyse").run().unwrap().to_string();
    assert!(table.contains("there is no result `eyse`; did you mean `eyes`?"), "{table}");
    let table = experiment().show("ears*").run().unwrap().to_string();
    assert!(table.contains("there is no result `ears*`") && !table.contains("sd"), "{table}");
}

#[test]
fn a_part_says_that_it_is_one() {
    let folder = Folder::in_memory("part");
    let shard = "2/3".parse().unwrap();
    let table = experiment().shard(shard).out(folder.path()).run().unwrap().to_string();
    assert!(table.starts_with("dice, seed 0, 1 replication, part 2/3 only, intervals"), "{table}");
}

#[test]
fn a_table_of_failures_has_no_measures() {
    let table = experiment().set("broken", true).run().unwrap().to_string();
    assert_eq!(
        table,
        "dice, broken = true, seed 0, 0 replications, intervals of 95 %\n\n4 of 4 replications failed\n\
         replication 1: no dice\nreplication 2: no dice\nreplication 3: no dice\nreplication 4: no dice\n"
    );
}

#[test]
#[should_panic(expected = "there are 2 scenarios: take one of `scenarios()`")]
fn an_estimate_of_several_scenarios_is_refused() {
    let _ = experiment().sweep("sides", [4, 6]).run().unwrap().estimate("eyes");
}
