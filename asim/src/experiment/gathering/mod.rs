//! Gathering: what the outcomes say, added up in the order of the jobs.

pub(crate) mod columns;
#[allow(clippy::module_inception, reason = "the file has the type")]
pub(crate) mod gathering;
pub(crate) mod units;
