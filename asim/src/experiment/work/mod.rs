//! The work: jobs, who makes them, and in which order they count.

pub(crate) mod crew;
pub(crate) mod dispatch;
pub(crate) mod job;
pub(crate) mod outcome;
pub(crate) mod shard;
pub(crate) mod threads;
