use asim::prelude::*;

fn bank(rep: &Replication, (): &()) {
    let sim = rep.simulation();
    sim.run_until(100.0).unwrap();
}

fn main() {
    let _ = Experiment::new("bank", bank, ()).run();
}
