//! Many runs of a model: one answer with its interval.
//!
//! A *scenario* is one setting of the parameters. A *job* is one replication of one scenario. Jobs are made by whoever is
//! free, and count in their own order: replication by replication, and in each of them scenario by scenario. All that is
//! the same on one thread and on many rests on that. Read in this order:
//!
//! 1. [`experiment`] and [`options`]: what a user says. [`plan`]: the same as plain data.
//! 2. [`parameters`]: the parameters by name, their settings, and the scenarios that these make.
//! 3. [`replication`]: what the model gets, and how its results are taken at the end of a run.
//! 4. [`work`]: the jobs and their outcomes, in which order they are handed out and accepted, and the threads.
//! 5. [`statistics`]: numbers in, numbers out. [`gathering`] adds up the outcomes in their order.
//! 6. [`journal`]: what is done, in a file. [`kept`]: an experiment that has one. [`model_changed`]: it gives other
//!    results now.
//! 7. [`conduct`]: the loop from jobs to sums. [`preparation`] makes all that it needs, and [`run`] runs it.
//!    [`merging`] makes one result of shards. [`warm_up`] suggests how long the warm-up is.
//! 8. [`results`]: as values, as a table, as files. [`experiment_error`]: why there are none.

pub(crate) mod conduct;
#[allow(clippy::module_inception, reason = "the file has the type")]
pub(crate) mod experiment;
pub(crate) mod experiment_error;
pub(crate) mod gathering;
pub(crate) mod journal;
pub(crate) mod kept;
pub(crate) mod merging;
pub(crate) mod model_changed;
pub(crate) mod not_whole;
pub(crate) mod options;
pub(crate) mod parameters;
pub(crate) mod plan;
pub(crate) mod preparation;
pub(crate) mod replication;
pub(crate) mod results;
pub(crate) mod run;
pub(crate) mod statistics;
pub(crate) mod warm_up;
pub(crate) mod work;
