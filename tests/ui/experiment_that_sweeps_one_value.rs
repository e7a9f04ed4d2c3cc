use asim::prelude::*;

fn dice(rep: &Replication, (): &()) -> Result<(), SimError> {
    rep.result("eyes", 6.0);
    Ok(())
}

fn main() {
    let _ = Experiment::new("dice", dice, ()).sweep("sides", 6).run();
}
