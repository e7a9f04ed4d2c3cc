//! The things that processes share: gates, barriers, states, queues, containers, resources, channels.
//!
//! User code makes each of these things with an environment, and clones its handle (only the ports
//! of a channel cannot be cloned). The things use the generic request of `wait`, and the lines of
//! `engine`, which also decides when a line is served. No thing uses another one, except that a
//! barrier is made of a gate, and a channel keeps its items as a queue does. A preemption names a process,
//! so `resource` uses `process`. `simulation`, `process` and `real_time` do not use this folder.
//!
//! Read them in this order, the simplest first:
//!
//! 1. `gate`: one line, and grants that hold nothing. It shows how a thing is made.
//! 2. `barrier`: a gate that is never open.
//! 3. `state`: a value, and requests with predicates. User code runs while the line is served.
//! 4. `buffer`: queues, priority queues, stores and pools. One core with two lines.
//! 5. `container`: amounts. A small request may overtake a large one.
//! 6. `resource`: slots, lines by priority, and holders that can be evicted.
//! 7. `channel`: two ends. Either end can go before the other.

pub(crate) mod barrier;
pub(crate) mod buffer;
pub(crate) mod channel;
pub(crate) mod container;
pub(crate) mod gate;
pub(crate) mod resource;
pub(crate) mod state;
