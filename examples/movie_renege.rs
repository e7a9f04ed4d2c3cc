//! SimPy's movie theatre: when a movie is sold out, everybody who waits for its tickets leaves the line.
//!
//! The random numbers are the ones that Python draws from SimPy's seed, so the output is the same as
//! SimPy's. `--seed N` makes another run, `--draws FILE` replays a recorded run, and `--record FILE`
//! records one.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::rc::Rc;

use asim::prelude::*;
use asim_examples::Draws;

const RANDOM_SEED: u64 = 42;
const TITLES: [&str; 3] = ["Python Unchained", "Kill Process", "Pulp Implementation"];
const TICKETS: i32 = 50; // for each movie
const SELLOUT_THRESHOLD: i32 = 2; // fewer tickets than this is a sellout
const MEAN_BETWEEN_ARRIVALS: f64 = 0.5; // minutes
const SIM_TIME: f64 = 120.0; // minutes

/// A movie, for the next show only.
struct Movie {
    title: &'static str,
    available: Cell<i32>,
    /// Its value is the time at which it happened.
    sold_out: Event<f64>,
    renegers: Cell<u32>,
}

impl fmt::Display for Movie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title)
    }
}

/// Stands in line for tickets, until it is their turn or the tickets are gone.
#[process]
async fn moviegoer(env: Environment, movie: Rc<Movie>, tickets: i32, counter: Resource) {
    let sold_out = movie.sold_out.clone();
    asim!(match FirstOf(turn = counter.acquire(), sold_out = sold_out).await {
        FirstOf::Turn(turn) => {
            let left = movie.available.get() - tickets;
            if left < 0 {
                env.timeout(0.5).await; // argues with the teller
                return;
            }
            movie.available.set(left);
            if left < SELLOUT_THRESHOLD {
                movie.available.set(0);
                movie.sold_out.succeed(env.now());
            }
            env.timeout(1.0).await;
            turn.release();
        }
        FirstOf::SoldOut(_) => movie.renegers.update(|renegers| renegers + 1),
    });
}

/// Sends moviegoers, for ever. They do not come in if their movie is sold out.
#[process]
async fn customer_arrivals(
    env: Environment,
    counter: Resource,
    movies: Rc<[Rc<Movie>]>,
    draws: Draws,
) -> ! {
    loop {
        env.timeout(draws.expovariate(1.0 / MEAN_BETWEEN_ARRIVALS)).await;
        let movie = draws.choice(&movies);
        let tickets = draws.randint(1, 6);
        if movie.available.get() > 0 {
            env.process(Moviegoer::new(movie.clone(), tickets, counter.clone()));
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("Movie renege");
    let draws = Draws::from_args(RANDOM_SEED)?;
    let sim = Simulation::new();
    let movie = |title| Movie {
        title,
        available: Cell::new(TICKETS),
        sold_out: sim.event(),
        renegers: Cell::new(0),
    };
    let movies: Rc<[Rc<Movie>]> = TITLES.map(movie).map(Rc::new).into();
    let counter = Resource::new(&sim, 1).named("counter");
    sim.process(CustomerArrivals::new(counter, movies.clone(), draws.clone()));
    sim.run_before(SIM_TIME)?;

    for movie in movies.iter() {
        if let Some(time) = movie.sold_out.value() {
            println!("Movie \"{movie}\" sold out {time:.1} minutes after ticket counter opening.");
            let renegers = movie.renegers.get();
            println!("  Number of people leaving queue when film sold out: {renegers}");
        }
    }
    draws.finish()?;
    Ok(())
}
