use asim::prelude::*;

struct Bank {
    clerks: usize,
}

fn bank(rep: &Replication, bank: &Bank) -> Result<(), SimError> {
    let sim = rep.simulation();
    let _clerks = Resource::new(&sim, bank.clerks).named("clerks");
    sim.run_until(100.0)
}

fn main() {
    let _ = Experiment::new("bank", bank, Bank { clerks: 3 }).run();
}
