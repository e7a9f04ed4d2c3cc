//! The cost of a process: the cases that the rivals run too (`benches/rivals`), and some more.
//!
//! ```text
//! cargo bench -p asim --bench kernel -- CASE [N]
//! ```
//!
//! The cases are `ping`, `hold N`, `mm1`, `pipeline`, `spawn` and `race`, and without a rival `channel`,
//! `get_or_timeout`, `join`, `interrupt`, `interruptible` and `all_of`. A line of output reads `asim case n_events seconds
//! ns_per_event peak_rss_mib check=value`. `check` must be equal for all libraries that run the case.
//! `PEER_SCALE=100` divides the work.

#![allow(missing_docs, reason = "a program")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts of events as figures"
)]

// Unchanged, as the rivals share the file.
#[allow(clippy::pedantic, unreachable_pub, missing_docs, reason = "the rivals' file, as it is")]
#[path = "rivals/common/common.rs"]
mod common;

mod cases;

use asim::SimError;
use common::{CUSTOMERS, HOLD, ITEMS, PING, SPAWN_ROUNDS, scale};

fn main() -> Result<(), SimError> {
    // Cargo passes a flag of its own.
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let case = arguments.first().map_or("", String::as_str);
    let holders = arguments.get(1).and_then(|number| number.parse().ok()).unwrap_or(100);
    let size = match case {
        "ping" => PING,
        "hold" => HOLD,
        "mm1" => CUSTOMERS,
        "pipeline" => ITEMS,
        "spawn" => SPAWN_ROUNDS,
        _ => 1_000_000,
    };
    let Some(done) = cases::run(case, scale(size), holders) else {
        // `cargo test` runs benches without arguments.
        println!(
            "usage: ping | hold N | mm1 | pipeline | spawn | race | channel | get_or_timeout | join | \
             interrupt | interruptible | all_of"
        );
        return Ok(());
    };
    let done = done?;
    let name = if case == "hold" { format!("hold-{holders}") } else { case.to_string() };
    done.clock.report("asim", &name, done.events, done.check);
    // Without freeing what is left, as that is not measured; the rivals do the same.
    std::process::exit(0)
}
