//! The journal: what is done, kept in a file line by line, so that a killed experiment goes on.
//!
//! A journal is a file of JSON lines. The first is the [header](header): of which experiment it is. Each of the
//! others is [a list of names or an outcome](line). One process [writes](writer) it, and each line goes to the
//! file at once. A line without its newline never happened. Outcomes stand in the order in which they came, which
//! is nearly the order of the jobs. Who [reads](reader) it reads line by line, so memory does not grow with it.

pub(crate) mod exact;
pub(crate) mod header;
pub(crate) mod job_set;
pub(crate) mod journal_error;
pub(crate) mod line;
pub(crate) mod lock;
pub(crate) mod name_lists;
pub(crate) mod ordered;
pub(crate) mod reader;
pub(crate) mod writer;

#[cfg(test)]
mod tests;
