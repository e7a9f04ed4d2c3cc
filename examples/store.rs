//! A store gives out items that fit a filter (SimPy's `FilterStore`): each picker wants one colour.

use asim::prelude::*;
use asim_examples::Trace;

type Colour = &'static str;

#[process]
async fn stacker(env: Environment, shelf: Store<Colour>, trace: Trace) {
    for colour in ["red", "blue", "red", "blue", "red"] {
        env.timeout(1.0).await;
        shelf.put(colour).await;
        trace.log("stacker", format!("put {colour}"));
    }
}

#[process]
async fn picker(_env: Environment, wanted: Colour, times: u32, shelf: Store<Colour>, trace: Trace) {
    for _ in 0..times {
        let got = shelf.get_where(move |colour| *colour == wanted).await;
        trace.log(format!("{wanted}-picker"), format!("got {got}"));
    }
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let trace = Trace::new(&sim);
    let shelf = Store::unbounded(&sim);
    sim.process(Stacker::new(shelf.clone(), trace.clone()));
    sim.process(Picker::new("red", 3, shelf.clone(), trace.clone()));
    sim.process(Picker::new("blue", 2, shelf, trace.clone()));
    sim.run()?;
    print!("{trace}");
    Ok(())
}
