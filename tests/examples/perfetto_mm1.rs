//! Ten thousand customers of a queue with one server, logged for Perfetto: `tests/python/read_by_perfetto.py` runs this,
//! and checks what Perfetto makes of the file.
//!
//! `cargo run -p asim-tests --example perfetto_mm1 -- mm1.json` writes the file, and prints what must be in it.

use asim::Kind;
use asim::prelude::*;

/// The number of customers, but for the one who comes when the run is over.
const CUSTOMERS: u32 = 10_000;

#[process]
async fn customer(env: Environment, clerk: Resource, service: f64) {
    let slot = clerk.acquire().await;
    env.timeout(service).await;
    slot.release();
}

/// A generator of numbers that look random enough for times (Numerical Recipes in C, 2nd edition, section 7.1).
struct Times(u32);

impl Times {
    fn exponential(&mut self, mean: f64) -> f64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        -mean * (1.0 - f64::from(self.0 >> 8) / f64::from(1 << 24)).ln()
    }
}

#[process]
async fn arrivals(env: Environment, clerk: Resource) {
    let mut times = Times(1);
    for number in 0..CUSTOMERS {
        env.timeout(times.exponential(1.0)).await;
        if number % 1000 == 0 {
            env.log(format_args!("customer {number}"));
        }
        env.process(Customer::new(clerk.clone(), times.exponential(0.8)));
    }
}

fn main() -> Result<(), SimError> {
    let path = std::env::args().nth(1).expect("the path of the file to write");
    let sim = Simulation::new();
    let trace = sim.trace();
    sim.trace_to(path)?;
    let clerk = Resource::new(&sim, 1).named("clerk");
    sim.process(Arrivals::new(clerk.clone()));
    sim.run()?;
    // The last one holds the clerk for ever, and one more is interrupted while it waits.
    let breaks = sim.process(Customer::new(clerk.clone(), f64::INFINITY));
    let waits = sim.process(Customer::new(clerk, 1.0));
    sim.schedule(1.0, move |_| waits.interrupt("closing time"));
    let _ = sim.run();
    drop((sim, breaks));

    let count = |kind| trace.of_kind(kind).count();
    let in_line = trace.of_kind(Kind::Waits).count();
    println!("processes {}", count(Kind::Started));
    println!("ended {}", count(Kind::Ended));
    println!("waits {}", count(Kind::Paused));
    println!("in_line {in_line}");
    println!("holds {}", count(Kind::Granted));
    println!("levels {}", count(Kind::Level));
    println!(
        "instants {}",
        count(Kind::Logged)
            + count(Kind::Interrupted)
            + count(Kind::Stopped)
            + count(Kind::Unfinished)
    );
    let mut busy = (0.0, None);
    for happening in trace.of_thing("clerk") {
        match (happening.kind, busy.1) {
            (Kind::Granted, None) => busy.1 = Some(happening.time),
            (Kind::Granted, Some(_)) | (Kind::Released, None) => unreachable!("one at a time"),
            (Kind::Released, Some(since)) => busy = (busy.0 + happening.time - since, None),
            _ => {}
        }
    }
    println!("busy {}", busy.0);
    Ok(())
}
