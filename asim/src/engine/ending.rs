//! The end of a run: the processes that are left are notified and then ended.

use crate::engine::body::Body;
use crate::engine::passed_on;
use crate::engine::{
    catch_scope::Fate,
    interrupt::Interrupt,
    kernel::Kernel,
    process_cell::{ProcessContents, Stop},
    run_ended::RunEnded,
    sim_error::SimError,
    slab::Key,
};

/// The most rounds of cancelling. Each round may start other processes, which the next one cancels.
const MOST_ROUNDS: u64 = 1_000_000;

impl Kernel {
    /// Finishes the instant, interrupts the processes that can catch it, lets them run, and then cancels
    /// all that are left, until there are none.
    pub(crate) fn end_all(&self) -> Result<(), SimError> {
        let now = self.now.get();
        self.run(now)?;
        for process in self.living() {
            if self.can_be_told(process) {
                self.interrupt(process, Interrupt::told_by_its_cause(RunEnded));
            }
        }
        self.run(now)?;
        // Drops may start other processes. These end, too, before they have run.
        let mut rounds = 0;
        loop {
            let living = self.living();
            if living.is_empty() {
                break;
            }
            rounds += 1;
            if rounds > MOST_ROUNDS {
                let processes = living.iter().take(10).map(|&key| self.name(key)).collect();
                return Err(SimError::TimeStandsStill {
                    time: now,
                    limit: MOST_ROUNDS,
                    processes,
                    standstill: Box::default(),
                });
            }
            for process in living {
                self.cancel(process);
            }
        }
        // A drop may also have left an error that nobody can claim any more.
        self.failure()
    }

    fn name(&self, process: Key) -> String {
        self.tables.borrow().processes.name(process).unwrap_or_default().to_owned()
    }

    /// Returns the living processes in the order in which they were started.
    fn living(&self) -> Vec<Key> {
        self.tables.borrow().processes.living()
    }

    /// Returns `true` if the process waits inside an `interruptible`.
    fn can_be_told(&self, process: Key) -> bool {
        matches!(self.next_fate(&mut self.tables.borrow_mut(), process), Fate::Caught(_))
    }

    /// Returns the first error, at the end of a run, that still waits for a joiner.
    pub(crate) fn claim_failure(&self) -> Result<(), SimError> {
        let key = self.tables.borrow_mut().processes.next_unclaimed();
        let Some(key) = key else { return self.claim_event_failure().map_or(Ok(()), Err) };
        let mut tables = self.tables.borrow_mut();
        let process = tables.processes.name(key).unwrap_or_default().to_owned();
        let time = tables.processes.since(key);
        let stopped = tables.processes.rare_state_if_any(key).and_then(|rare| rare.stopped.clone());
        if let Some(Stop::Interrupted(interrupt)) = stopped {
            let waited = tables.processes.waited(key);
            return Err(passed_on::interrupted(process, time, &interrupt, waited));
        }
        let through = passed_on::names(tables.processes.rare_state_if_any(key).as_deref(), time);
        let body = tables.processes.get_mut(key).and_then(|cell| cell.body.as_mut());
        let contents = body.and_then(Body::take_contents);
        drop(tables);
        let error = contents.and_then(ProcessContents::into_error);
        let failure = error.and_then(|error| passed_on::failure(process, time, through, error));
        failure.map_or(Ok(()), Err)
    }

    /// Returns the first error of an event, at the end of a run, that nobody has claimed.
    fn claim_event_failure(&self) -> Option<SimError> {
        loop {
            let event = self.tables.borrow_mut().failed_events.pop()?;
            let failure = event.upgrade().and_then(|event| event.claim());
            if failure.is_some() {
                return failure;
            }
        }
    }
}
