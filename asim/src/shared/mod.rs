//! What processes share: queues, stores, resources, containers, barriers.
//!
//! All are cheap handles to clone; all requests are made at the call and wait in the kernel's one
//! line of waiters ([`wait_list`](crate::kernel::wait_list)). [`queue`], [`priority_queue`] and
//! [`store`] are three orders of one [`buffer`].

pub(crate) mod barrier;
pub(crate) mod buffer;
pub(crate) mod container;
pub(crate) mod first_fit;
pub(crate) mod get;
pub(crate) mod lines;
pub(crate) mod preemptive;
pub(crate) mod priority_queue;
pub(crate) mod put;
pub(crate) mod queue;
pub(crate) mod resource;
pub(crate) mod slots;
pub(crate) mod store;
