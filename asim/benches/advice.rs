//! What the page of the guide on speed advises, in instructions: each way of writing a thing beside
//! another one that does the same.
//!
//! ```text
//! cargo bench -p asim --bench advice
//! ```
//!
//! Each way runs at two sizes under `callgrind`, and the difference in instructions is divided by the
//! difference in size, so start-up does not count.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::cast_precision_loss, reason = "counts as figures")]

#[allow(dead_code, reason = "no output is read here")]
mod callgrind;

use std::cell::Cell;
use std::io::Write;
use std::rc::Rc;

use asim::prelude::*;

/// The ways, in pairs or threes: what is done, and what is counted.
const WAYS: [(&str, &str); 17] = [
    ("awaited", "a service as a function that is awaited"),
    ("joined", "a service as a process that is started and joined"),
    ("generator", "customers started by one process when they come"),
    ("upfront", "customers started at the beginning, each at its time"),
    ("unnamed", "a customer without a name of its own"),
    ("named", "a customer with a `String` as its name"),
    ("one_rc", "a customer that holds one `Rc` of what it needs"),
    ("five_rcs", "a customer that holds five handles"),
    ("kept_timer", "a race whose timer is kept, by `&mut`"),
    ("new_timer", "a race with a new timer each time"),
    ("scheduled", "an action that is scheduled"),
    ("process", "the same action as a process that waits first"),
    ("plain", "a wait"),
    ("guarded", "a wait in an `interruptible` of its own"),
    ("outside", "a wait in a loop that is `interruptible` as a whole"),
    ("buffered", "a line written to a buffer"),
    ("println", "a line written by `println!`"),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["run", way, size] => run(way, size.parse().expect("a number")).expect("nothing fails"),
        ["--bench"] => {
            for (way, what) in WAYS {
                let [small, large] = [2_000, 12_000].map(|size| {
                    callgrind::count(&["run", way, &size.to_string()], None).instructions
                });
                println!("{way:12}{:>8.0}  {what}", (large - small) as f64 / 10_000.0);
            }
        }
        // `cargo test` runs benches without arguments.
        _ => println!("usage: cargo bench -p asim --bench advice"),
    }
}

#[process]
async fn service(env: Environment, served: Rc<Cell<u64>>) {
    env.timeout(1.0).await;
    served.set(served.get() + 1);
}

struct Shop {
    counter: Resource,
    till: Resource,
    shelf: Container,
    served: Cell<u64>,
    left: Cell<u64>,
}

#[process]
async fn guest(env: Environment, shop: Rc<Shop>) {
    env.timeout(1.0).await;
    shop.served.set(shop.served.get() + 1);
}

#[process]
async fn burdened(
    env: Environment,
    counter: Resource,
    till: Resource,
    shelf: Container,
    served: Rc<Cell<u64>>,
    left: Rc<Cell<u64>>,
) {
    let _held = (counter, till, shelf, left);
    env.timeout(1.0).await;
    served.set(served.get() + 1);
}

/// Runs one of the ways this number of times.
fn run(way: &str, size: u64) -> Result<(), SimError> {
    let sim = Simulation::new();
    let env = sim.env();
    let way = way.to_owned();
    let served = Rc::new(Cell::new(0));
    if way == "upfront" {
        for n in 0..size {
            sim.process_in(n as f64, Service::new(served.clone()));
        }
    } else {
        sim.spawn(async move {
            match way.as_str() {
                "kept_timer" | "new_timer" => races(&env, size, way == "kept_timer").await,
                "plain" | "guarded" | "outside" => waits(&env, size, &way).await,
                "buffered" | "println" => lines(&env, size, way == "buffered").await,
                _ => customers(&env, size, &way, &served).await,
            }
        });
    }
    sim.run()?;
    // Without freeing what is left, as that is not measured.
    std::process::exit(0)
}

async fn customers(env: &Environment, size: u64, way: &str, served: &Rc<Cell<u64>>) {
    let shop = Rc::new(Shop {
        counter: Resource::new(env, 1),
        till: Resource::new(env, 1),
        shelf: Container::new(env, 1.0),
        served: Cell::new(0),
        left: Cell::new(0),
    });
    let left = Rc::new(Cell::new(shop.left.get()));
    for n in 0..size {
        match way {
            "awaited" => service(env.clone(), served.clone()).await,
            "joined" => {
                env.process(Service::new(served.clone())).await.expect("it cannot fail");
            }
            "generator" | "unnamed" => {
                env.timeout(1.0).await;
                env.process(Service::new(served.clone()));
            }
            "named" => {
                env.timeout(1.0).await;
                env.process(Service::new(served.clone()).named(format!("customer {n}")));
            }
            "one_rc" => {
                env.timeout(1.0).await;
                env.process(Guest::new(shop.clone()));
            }
            "five_rcs" => {
                env.timeout(1.0).await;
                env.process(Burdened::new(
                    shop.counter.clone(),
                    shop.till.clone(),
                    shop.shelf.clone(),
                    served.clone(),
                    left.clone(),
                ));
            }
            "scheduled" => {
                let served = served.clone();
                env.schedule(1.0, move |_| served.set(served.get() + 1));
                env.timeout(1.0).await;
            }
            "process" => {
                let (served, clock) = (served.clone(), env.clone());
                env.spawn(async move {
                    clock.timeout(1.0).await;
                    served.set(served.get() + 1);
                });
                env.timeout(1.0).await;
            }
            other => unreachable!("there is no way {other}"),
        }
    }
}

async fn races(env: &Environment, size: u64, keeps: bool) {
    let end = 2.0 * size as f64;
    let mut closing = env.timeout(end);
    for _ in 0..size {
        let step = env.timeout(1.0);
        let is_open = if keeps {
            asim!(match FirstOf(step = step, closed = &mut closing).await {
                FirstOf::Step(()) => true,
                FirstOf::Closed(()) => false,
            })
        } else {
            asim!(match FirstOf(step = step, closed = env.timeout_until(end)).await {
                FirstOf::Step(()) => true,
                FirstOf::Closed(()) => false,
            })
        };
        assert!(is_open);
    }
}

async fn waits(env: &Environment, size: u64, way: &str) {
    let all = async {
        for _ in 0..size {
            env.timeout(1.0).await;
        }
    };
    match way {
        "plain" => all.await,
        "outside" => env.interruptible(all).await.expect("nobody interrupts it"),
        _ => {
            for _ in 0..size {
                env.interruptible(env.timeout(1.0)).await.expect("nobody interrupts it");
            }
        }
    }
}

async fn lines(env: &Environment, size: u64, buffered: bool) {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for n in 0..size {
        env.timeout(1.0).await;
        if buffered {
            writeln!(output, "{:8.2} customer {n}", env.now()).expect("standard output");
        } else {
            println!("{:8.2} customer {n}", env.now());
        }
    }
}
