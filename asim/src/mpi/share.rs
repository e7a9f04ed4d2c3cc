//! An experiment whose jobs are shared by all ranks.

use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use crate::experiment::conduct::Attendant;
use crate::experiment::experiment_error::{ExperimentError, Fault};
use crate::experiment::journal::header::Header;
use crate::experiment::preparation::Preparation;
use crate::experiment::results::results::Results;
use crate::experiment::work::threads::Threads;
use crate::mpi::link::Link;
use crate::mpi::ranks::Ranks;
use crate::mpi::serve::{Served, serve};

impl Preparation {
    /// Runs the experiment with the workers of all ranks. This is rank 0.
    pub(crate) fn run_with_ranks(
        &self,
        link: &mut dyn Link,
        attendant: &mut dyn Attendant,
    ) -> Result<Results, ExperimentError> {
        let mut ranks = Ranks::begin(link, number_of(&self.header), self.threads_of_a_rank()?);
        let results = self.run(&mut ranks, attendant);
        if !results.as_ref().is_ok_and(|results| !results.was_interrupted()) {
            // Nobody waits for what is still being made.
            ranks.into_own().abandon();
        }
        results
    }

    /// Makes what rank 0 hands over. This is another rank.
    ///
    /// # Panics
    ///
    /// If no thread can be started.
    pub(crate) fn serve_rank_0(&self, link: &mut dyn Link) -> Served<Threads> {
        let start = || self.threads_of_a_rank().unwrap_or_else(|error| panic!("{error}"));
        serve(link, Some(number_of(&self.header)), start)
    }

    /// A launcher starts a rank for each core that shall be used, so a rank has one worker if nothing is said.
    fn threads_of_a_rank(&self) -> Result<Threads, ExperimentError> {
        let workers = self.plan.jobs.unwrap_or(1);
        Threads::start(workers, self.plan.limit, Arc::clone(&self.make))
            .map_err(|error| Fault::NoThread(error).into())
    }
}

/// Returns a number for all that the values of a replication depend on. It is the same in all copies of a program.
fn number_of(header: &Header) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(&serde_json::to_vec(header).expect("a header is plain data"));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_tells_experiments_apart() {
        let of = |model: &str, seed| number_of(&Header::new(model, seed));
        assert_eq!(of("bank", 1), of("bank", 1));
        assert_ne!(of("bank", 1), of("bank", 2));
        assert_ne!(of("bank", 1), of("clinic", 1));
    }
}
