//! What processes share or wait for, one module for each thing: what it promises, and how the rules
//! hold for it. Read `rules` first. A test named `rule_08_..` here shows that rule 8 holds for the
//! thing.
//!
//! Read in this order: first `requests`, what every request does, whatever thing it asks. Then what is
//! shared, from the simple to the rich (`resource`, `capacity`, `priority`, `units`, `together`,
//! `preemptive`, `try_acquire`, `work`, `buffer`, `pool`, `container`, `container_in_order`,
//! `container_sums`, `barrier`, `gate`, `state`, `channel`), and in `waiting` who counts as waiting for any
//! of them. Then time (`timers`, `timeout_again`, `timeout_until`, `pausable_timeout`, `schedule`,
//! `settled`, `run_before`). Then what goes around a
//! wait (`try_all_of`, `uninterruptible`).

#[path = "../counting/mod.rs"]
#[allow(dead_code, reason = "not every group needs all of it")]
mod counting;

mod requests;

mod resource;
mod together;
mod units;

mod capacity;
mod priority;

mod preemptive;
mod try_acquire;
mod work;

mod barrier;
mod buffer;
mod channel;
mod container;
mod container_in_order;
mod container_sums;
mod gate;
mod pool;
mod state;

mod waiting;

mod pausable_timeout;
mod run_before;
mod schedule;
mod settled;
mod timeout_again;
mod timeout_until;
mod timers;

mod try_all_of;
mod uninterruptible;
