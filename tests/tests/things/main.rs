//! What processes share or wait for, one module for each thing: what it promises, and how the rules
//! hold for it. Read `rules` first. A test named `rule_08_..` here shows that rule 8 holds for the
//! thing.
//!
//! Read in this order: first `requests`, what every request does, whatever thing it asks. Then what is
//! shared, from the simple to the rich (`resource`, `capacity`, `priority`, `preemptive`, `try_acquire`,
//! `work`, `pool`, `container`, `barrier`, `gate`, `state`, `channel`), and in `waiting` who counts as
//! waiting for any of them. Then time (`timers`, `timeout_again`, `schedule`). Then what goes around a
//! wait (`try_all_of`, `uninterruptible`).

#[path = "../counting/mod.rs"]
#[allow(dead_code, reason = "not every group needs all of it")]
mod counting;

mod requests;

mod resource;

mod capacity;
mod priority;

mod preemptive;
mod try_acquire;
mod work;

mod barrier;
mod channel;
mod container;
mod gate;
mod pool;
mod state;

mod waiting;

mod schedule;
mod timeout_again;
mod timers;

mod try_all_of;
mod uninterruptible;
