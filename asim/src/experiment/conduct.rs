//! Conducting an experiment: from the plan to the results.

use std::time::{Duration, Instant};

use crate::experiment::experiment_error::ExperimentError;
use crate::experiment::gathering::gathering::{Absent, Gathering, Verdict};
use crate::experiment::results::no_measure::NoMeasure;
use crate::experiment::work::crew::Crew;
use crate::experiment::work::dispatch::Dispatch;
use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::Outcome;

/// How long to wait for an outcome before looking round: whether a signal came, whether the bar has to move.
const PATIENCE: Duration = Duration::from_millis(50);

/// What is kept beyond the run: a journal, or nothing.
pub(crate) trait Memory {
    /// Returns the outcome of a job that was made before.
    fn known(&mut self, job: Job) -> Result<Option<Outcome>, ExperimentError>;

    /// Keeps an outcome, and returns the one that counts.
    fn keep(&mut self, outcome: Outcome) -> Result<Outcome, ExperimentError>;
}

/// Who looks on while an experiment runs, and may end it.
pub(crate) trait Attendant {
    /// Is told how far the experiment is, now and then, and at its end.
    fn progress(&mut self, progress: Progress);

    /// Is told what one should know, and what is no reason to end.
    fn warn(&mut self, _words: &str) {}

    /// Returns `true` if the experiment shall end now.
    fn ends_it(&mut self) -> bool;
}

/// How far an experiment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The replications that count, the failed ones among them.
    pub(crate) counted: u64,
    pub(crate) failed: u64,
    /// How many there will be in all, as far as one can say.
    pub(crate) expected: Option<u64>,
}

/// How an experiment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All that was planned is done.
    Whole,
    /// Somebody ended it before.
    Interrupted,
}

/// Runs an experiment: hands out jobs to the crew, and counts their outcomes in the order of the jobs.
pub(crate) fn conduct(
    dispatch: &mut Dispatch,
    gathering: &mut Gathering,
    crew: &mut dyn Crew,
    memory: &mut dyn Memory,
    attendant: &mut dyn Attendant,
) -> Result<Ending, ExperimentError> {
    let mut in_hand = 0;
    let mut next_look = Instant::now();
    loop {
        // Each worker has the next job at hand when it has made one.
        while in_hand < 2 * crew.workers() {
            let Some(job) = dispatch.hand_out() else { break };
            if let Some(outcome) = memory.known(job)? {
                dispatch.put_back(outcome);
            } else {
                crew.give(job);
                in_hand += 1;
            }
        }
        let mut counted = false;
        while let Some(outcome) = dispatch.accept() {
            let scenario = outcome.job.scenario;
            if count(gathering, outcome)? == Verdict::Enough {
                dispatch.close(scenario);
            }
            counted = true;
        }
        // Now and then: it looks at all scenarios.
        if counted && (dispatch.is_over() || Instant::now() >= next_look) {
            attendant.progress(progress(dispatch, gathering));
            next_look = Instant::now() + PATIENCE;
        }
        if dispatch.is_over() {
            return Ok(Ending::Whole);
        }
        if attendant.ends_it() {
            return Ok(Ending::Interrupted);
        }
        if in_hand == 0 {
            continue;
        }
        if let Some(outcome) = crew.take(PATIENCE) {
            in_hand -= 1;
            dispatch.put_back(memory.keep(outcome)?);
        } else {
            attendant.progress(progress(dispatch, gathering));
        }
    }
}

/// Counts an outcome.
pub(crate) fn count(
    gathering: &mut Gathering,
    outcome: Outcome,
) -> Result<Verdict, ExperimentError> {
    gathering
        .add(outcome)
        .map_err(|Absent(name)| NoMeasure::new(&name, gathering.columns.names()).into())
}

fn progress(dispatch: &Dispatch, gathering: &Gathering) -> Progress {
    let counts = gathering.scenarios.iter().map(|scenario| (scenario.done, scenario.failed));
    let (done, failed) = counts.fold((0, 0), |(a, b), (done, failed)| (a + done, b + failed));
    let expected =
        gathering.scenarios.iter().map(|scenario| match (&scenario.rule, scenario.closed) {
            (_, Some(last)) => Some(last),
            (None, None) => Some(dispatch.planned()),
            (Some(rule), None) => rule.needed().map(|needed| needed.min(dispatch.planned())),
        });
    Progress { counted: done + failed, failed, expected: expected.sum() }
}
