use asim::prelude::*;

fn bank(rep: &Replication, clerks: usize) -> Result<(), SimError> {
    let sim = rep.simulation();
    let _clerks = Resource::new(&sim, clerks).named("clerks");
    sim.run_until(100.0)
}

fn main() {
    let _ = Experiment::new("bank", bank, 3_usize).run();
}
