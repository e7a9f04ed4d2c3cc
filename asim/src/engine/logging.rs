//! Logging: what the kernel notes of processes, and when it hands the [`log`](crate::engine::log) over.
//!
//! While the log is on, every process has the attention bit that makes the run loop look at more than its cell.
//! So each of its turns takes the slow way, where its pauses and resumptions are noted; and the loop itself has
//! no test for the log.

use std::{fmt::Display, sync::Arc};

use crate::engine::catch_scope::Fate;
use crate::engine::kernel::{Kernel, Tables};
use crate::engine::log::{Extent, GATHERED};
use crate::engine::process_cell::{RareState, Stop};
use crate::engine::wait_name::WaitName;
use crate::engine::{process_table::Processes, sim_error::SimError, slab::Key};
use crate::trace::filter::Filter;
use crate::trace::record::{Record, What};
use crate::trace::sink::Sink;

impl Kernel {
    /// Adds to the log what a named thing has noted. The tables must not be borrowed.
    #[cold]
    #[inline(never)]
    pub(crate) fn record(&self, record: Record) {
        {
            let processes = &mut self.tables.borrow_mut().processes;
            self.log_started(processes);
            self.log_delivery(processes);
        }
        self.push(record);
    }

    /// Adds to the log what has happened to a process.
    #[cold]
    #[inline(never)]
    pub(crate) fn log_of(&self, tables: &mut Tables, process: Key, what: What) {
        self.log_started(&mut tables.processes);
        self.log_delivery(&tables.processes);
        let number = tables.processes.number(process).unwrap_or(0);
        self.push(Record { time: self.now.get(), process: number, thing: 0, what });
    }

    /// Adds to the log that a process resumes. An interrupt may be in delivery.
    #[cold]
    #[inline(never)]
    pub(crate) fn log_turn(&self, tables: &mut Tables, process: Key, fate: Fate) {
        if fate != Fate::Ends {
            self.log_of(tables, process, What::Resumed);
            let is_delivered = matches!(fate, Fate::Caught(_));
            self.log.delivery.set(if is_delivered { process } else { Key::NONE });
        }
    }

    /// Adds to the log that a process has paused, and what it waits for. `was_tried` says that an interrupt
    /// was in delivery, and nothing has caught it. Returns `true` if nothing else is to do at this pause.
    pub(crate) fn log_pause(&self, tables: &mut Tables, process: Key, was_tried: bool) -> bool {
        let Some(rare) = tables.processes.rare_state_if_any(process) else { return false };
        if rare.at_pause & RareState::LOGGED == 0 {
            return false;
        }
        if !self.tracing.get() {
            // The log has ended. The next turn looks whether there is anything else.
            rare.at_pause &= !RareState::LOGGED;
        }
        let is_all = rare.interrupts.is_empty() && rare.at_pause & RareState::CANCELLED == 0;
        if is_all {
            rare.paused = self.resumption.get();
        }
        if was_tried {
            self.log.delivery.set(Key::NONE);
        }
        if self.tracing.get() {
            let waits = tables.processes.waits_for(process);
            let (request, site) = waits.unwrap_or((WaitName::Foreign.text(), None));
            self.log_of(tables, process, What::Paused { request, site });
        }
        is_all
    }

    /// Adds to the log how a process has ended. It is still in its place.
    #[cold]
    #[inline(never)]
    pub(crate) fn log_end(&self, tables: &mut Tables, process: Key, how: What) {
        self.log_of(tables, process, how);
        if let Some(number) = tables.processes.number(process) {
            self.log.ended.borrow_mut().push((number, process));
        }
    }

    /// Adds to the log that a process was ended from outside.
    #[cold]
    #[inline(never)]
    pub(crate) fn log_stop(&self, tables: &mut Tables, process: Key, stop: &Stop) {
        let how = match stop {
            Stop::Cancelled => What::Cancelled,
            Stop::Panicked => What::Panicked,
            Stop::Interrupted(_) => {
                self.log_of(tables, process, What::Interrupted);
                What::Stopped
            }
        };
        self.log_end(tables, process, how);
    }

    /// Adds a line of the model to the log. It belongs to the active process.
    pub(crate) fn log_line(&self, text: &dyn Display) {
        // User code: nothing is borrowed.
        let text = Arc::from(text.to_string());
        self.log_of(&mut self.tables.borrow_mut(), self.active.get(), What::Logged(text));
    }

    /// Notes the processes that were started since the last record. A process that is started begins to run
    /// before time goes on, and its first turn is a record: so they were started now.
    pub(crate) fn log_started(&self, processes: &mut Processes) {
        for (number, name) in processes.take_started() {
            self.log.names.borrow_mut().add_process(number, name);
            let what = What::Started;
            self.push(Record { time: self.now.get(), process: number, thing: 0, what });
        }
    }

    /// Adds to the log that the interrupt in delivery was received, if it was since the last record. (So the
    /// delivery itself has no test for the log.)
    fn log_delivery(&self, processes: &Processes) {
        let process = self.log.delivery.get();
        if process == Key::NONE || self.delivering.get() {
            return;
        }
        self.log.delivery.set(Key::NONE);
        let number = processes.number(process).unwrap_or(0);
        let what = What::Interrupted;
        self.push(Record { time: self.now.get(), process: number, thing: 0, what });
    }

    fn push(&self, record: Record) {
        if self.log.push(record) {
            // The loop hands over after this turn.
            self.stops.set(true);
        }
    }

    /// Starts to log for this sink. It first learns who is there already, and how all stands.
    pub(crate) fn start_log(&self, sink: Box<dyn Sink>, filter: Filter) {
        if self.closed.get() {
            return;
        }
        {
            let tables = &mut *self.tables.borrow_mut();
            self.log_started(&mut tables.processes);
            let is_first = !self.tracing.replace(true);
            tables.processes.trace(true);
            if is_first {
                for key in tables.processes.living() {
                    let process = tables.processes.number(key).unwrap_or(0);
                    let name = tables.processes.shared_name(key).unwrap_or_default();
                    self.log.names.borrow_mut().add_process(process, name);
                    tables.processes.trace_process(key);
                }
            }
        }
        self.log.add(sink, filter, self.introductions());
    }

    /// Brings the sinks up to date at which somebody wants to look. This runs no code of the user.
    pub(crate) fn bring_log_up_to_date(&self) {
        if self.closed.get() {
            return;
        }
        self.log_started(&mut self.tables.borrow_mut().processes);
        self.name_things();
        self.log.bring_up_to_date();
    }

    /// Notes the names of things that are new.
    fn name_things(&self) {
        let (names, probes) = (&mut *self.log.names.borrow_mut(), self.probes.borrow());
        for (name, kind) in probes.numbered_after(names.count_things()) {
            names.add_thing(name, kind);
        }
    }

    /// Hands the log over to its sinks. This runs code of the user.
    pub(crate) fn hand_over(&self, extent: Extent) -> Result<(), SimError> {
        if self.log.is_handing_over() {
            return Ok(());
        }
        self.bring_log_up_to_date();
        let unwritten = self.log.hand_over(extent);
        self.forget_names();
        if !self.log.drop_unwanted() {
            self.tracing.set(false);
            self.tables.borrow_mut().processes.trace(false);
            self.log.ended.borrow_mut().clear();
            drop(self.log.close());
        }
        match unwritten {
            Some(unwritten) => {
                let (log, time, source) = (unwritten.log, self.now.get(), unwritten.source);
                Err(SimError::Log { log, time, source })
            }
            None => Ok(()),
        }
    }

    /// Forgets the names of processes that are gone. Most that have ended are; the handles of the others are
    /// kept, and they may still give back what they hold.
    fn forget_names(&self) {
        let ended = &mut *self.log.ended.borrow_mut();
        if ended.len() < self.log.ended_check.get() {
            return;
        }
        let (names, tables) = (&mut *self.log.names.borrow_mut(), self.tables.borrow());
        ended.retain(|&(number, key)| {
            let is_there = tables.processes.number(key) == Some(number);
            if !is_there {
                names.remove_process(number);
            }
            is_there
        });
        self.log.ended_check.set(2 * ended.len() + GATHERED / 8);
    }

    /// Hands the log over if it is time for that: after a turn. Returns `false` if that fails; the error is
    /// the next of the tables' `failures`.
    #[cold]
    #[inline(never)]
    pub(crate) fn hand_over_if_full(&self) -> bool {
        !self.log.is_full() || self.is_handed_over(Extent::Taken)
    }

    /// Hands the log over when nothing is left to do. Returns `None` if its sinks have caused something
    /// to do, and otherwise whether a sink has failed.
    #[cold]
    #[inline(never)]
    pub(crate) fn end_turns_with_log(&self, until: f64) -> Option<bool> {
        if self.log.is_empty() {
            return Some(false);
        }
        if !self.is_handed_over(Extent::Taken) {
            return Some(true);
        }
        self.settle();
        let tables = &mut *self.tables.borrow_mut();
        let goes_on = tables.processes.any_ready()
            || self.wake_queue.has_woken()
            || !self.instant_end.borrow().is_empty()
            || tables.timers.next_time(&tables.processes).is_some_and(|next| next <= until);
        if goes_on { None } else { Some(false) }
    }

    fn is_handed_over(&self, extent: Extent) -> bool {
        match self.hand_over(extent) {
            Ok(()) => true,
            Err(error) => {
                self.fail(error);
                false
            }
        }
    }

    /// Hands the log over at the end of a run, so that others can read it.
    #[cold]
    #[inline(never)]
    pub(crate) fn show_log<T>(&self, result: Result<T, SimError>) -> Result<T, SimError> {
        #[cfg(feature = "report")]
        if let Err(error) = &result {
            self.note_error(error);
        }
        match (self.hand_over(Extent::Flushed), result) {
            (Err(error), Ok(_)) => Err(error),
            (handed, Err(error)) => {
                // The error of the log is that of the next run.
                if let Err(second) = handed {
                    self.fail(second);
                }
                Err(error)
            }
            (Ok(()), result) => result,
        }
    }

    /// Ends the log when the simulation is dropped. Returns an error of a sink.
    pub(crate) fn end_log(&self) -> Result<(), SimError> {
        #[cfg(feature = "report")]
        self.note_standing();
        {
            let tables = &mut *self.tables.borrow_mut();
            for key in tables.processes.living() {
                let (request, site) = match tables.processes.waits_for(key) {
                    Some((request, site)) => (Some(request), site),
                    None => (None, None),
                };
                self.log_of(tables, key, What::Unfinished { request, site });
            }
        }
        self.hand_over(Extent::Finished)
    }
}
