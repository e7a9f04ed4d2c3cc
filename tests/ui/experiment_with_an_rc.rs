use asim::prelude::*;
use std::rc::Rc;

fn main() {
    let clerks = Rc::new(3);
    let bank = move |rep: &Replication, (): &()| {
        let sim = rep.simulation();
        let _clerks = Resource::new(&sim, *clerks).named("clerks");
        sim.run_until(100.0)
    };
    let _ = Experiment::new("bank", bank, ()).run();
}
