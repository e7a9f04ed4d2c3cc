//! What processes share: queues, stores, resources, pools, containers, barriers, states, channels.
//!
//! All but a channel's ports are cheap handles to clone; all requests are made at the call and wait in the kernel's one
//! line of waiters ([`wait_list`](crate::kernel::wait_list)). [`queue`], [`priority_queue`] and
//! [`store`] are three orders of one [`buffer`]; a [`pool`] is a store that lends. A [`channel`] has two
//! [`port`]s.

pub(crate) mod barrier;
pub(crate) mod buffer;
pub(crate) mod channel;
pub(crate) mod container;
pub(crate) mod first_fit;
pub(crate) mod get;
pub(crate) mod lines;
mod owed;
pub(crate) mod plug;
pub(crate) mod pool;
pub(crate) mod port;
pub(crate) mod preemptive;
pub(crate) mod prioritized;
pub(crate) mod priority_queue;
pub(crate) mod put;
pub(crate) mod queue;
pub(crate) mod receiving;
pub(crate) mod resource;
pub(crate) mod sending;
pub(crate) mod slots;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod work;
