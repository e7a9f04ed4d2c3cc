//! Buffers: queues, priority queues, stores and pools, and the core that these four have in common.
//!
//! Other folders use the four handles and their requests; `channel` also uses the shelf of `fifo`.
//! Read the files in this order; each one uses only those before it:
//!
//! 1. `discipline`, and the orders `fifo` (with `row`), `smallest_first`, `filtered` (with `pick`): which item
//!    comes out next.
//! 2. `state`: the items, and the requests with what each of them holds.
//! 3. `buffer`: the rules of all buffers, and the levels. `telling`: what is told to the probe of a buffer
//!    that has a name.
//! 4. `lending`: how filters and orderings run while nothing is borrowed.
//! 5. `matching`: which getter gets which item.
//! 6. `serving`: how waiting requests are granted, and how promised items come back.
//! 7. `waiting`: how a request takes its place in line.
//! 8. `get` and `put` (with the error `full`): the operations and their requests.
//! 9. `queue`, `priority_queue` (with `prioritized`), `store`: the handles (`handle` is what they
//!    share).
//! 10. `loan`: a unit on loan. `acquire_unit`: the request for one. `pool`: the handle.
#![allow(clippy::module_inception, reason = "the folder is named for its core")]

pub(crate) mod acquire_unit;
pub(crate) mod buffer;
pub(crate) mod discipline;
pub(crate) mod fifo;
pub(crate) mod filtered;
pub(crate) mod full;
pub(crate) mod get;
pub(crate) mod handle;
pub(crate) mod lending;
pub(crate) mod loan;
pub(crate) mod matching;
pub(crate) mod pick;
pub(crate) mod pool;
pub(crate) mod prioritized;
pub(crate) mod priority_queue;
pub(crate) mod put;
pub(crate) mod queue;
pub(crate) mod row;
pub(crate) mod serving;
pub(crate) mod smallest_first;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod telling;
pub(crate) mod view;
pub(crate) mod waiting;
