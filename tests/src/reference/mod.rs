//! The reference model: the rules of the semantics in the plainest code there is.
//!
//! It has no futures, no wakers and no lines: every request ever made is in one vector, in the
//! order of the calls. To find out who waits, the model scans it. The model shares nothing with
//! asim. Where the two differ, one of them is wrong.
//!
//! | file | what it says |
//! |---|---|
//! | `mod.rs` | the clock, the ready line, interrupts, ends of processes |
//! | `requests.rs` | one request: grant, race, consume, drop |
//! | `objects.rs` | what the objects promise, and which request they serve next |
//! | `slots.rs` | who waits for units of a resource, who is before whom, and who loses a slot |
//! | `asks.rs` | what a request gets at the call |
//! | `tanks.rs` | containers: who is next, and what fits |
//! | `conditions.rs` | when a condition is true |
//! | `interpreter.rs` | what a process does when it is resumed |
//! | `books.rs` | what must balance whenever no operation is under way |

mod asks;
mod books;
mod conditions;
mod interpreter;
mod objects;
mod requests;
mod slots;
mod tanks;

use crate::program::{End, Program};
use crate::trace::{Cause, Ending, Line, Trace};
use objects::{Barrier, Event, Gate, Place, Slot, State};
use requests::{Request, RequestId, Stage, What};
use std::collections::BTreeMap;

/// The number of a process, in the order of starting.
type ProcessId = usize;

/// Runs a program by the rules.
///
/// # Panics
/// When the books do not balance.
#[must_use]
pub fn run(program: &Program) -> Trace {
    let mut world = World::new(program);
    let main = world.block(&program.setup);
    world.run_setup(main);
    let outcome = world.run();
    let blocked = world.blocked();
    world.note(None, format!("run: {outcome}; blocked: {blocked:?}"));
    world.finish_block(main, false);
    world.note(None, "main dropped what it kept".to_owned());
    world.trace
}

/// Returns what the run says of an error that nobody claimed.
fn blame(process: ProcessId, ending: &Ending) -> String {
    match ending {
        Ending::Interrupted(_) => format!("P{process} was interrupted"),
        _ => format!("P{process} {ending}"),
    }
}

/// One process.
struct Process {
    /// Its block of statements.
    body: RequestId,
    /// The handle that joins it, as long as somebody has it.
    handle: Option<RequestId>,
    /// Whether it has been resumed at all.
    started: bool,
    /// Whether it resumes at its place in the ready line.
    awake: bool,
    /// When it was last resumed.
    since: i64,
    /// Interrupts that wait for delivery.
    interrupts: Vec<Cause>,
    /// It cancelled itself and ends at its next await.
    cancels_itself: bool,
    /// How it ended, if it has.
    ending: Option<Ending>,
}

/// Everything there is.
struct World<'a> {
    program: &'a Program,
    now: i64,
    /// Every request ever made, in the order of the calls.
    requests: Vec<Request>,
    /// What is on each shelf, in the order of the numbers.
    shelves: Vec<State>,
    /// What is in each tank.
    tanks: Vec<i64>,
    capacities: Vec<i64>,
    /// The level when the capacity was made smaller than it, as far as it has not been got since.
    above: Vec<i64>,
    /// The priorities of requests to tanks that have one, and when each got it: behind the request with
    /// this number, and behind so many that got theirs before it.
    ranks: BTreeMap<RequestId, (i32, RequestId, usize)>,
    ranked: usize,
    /// Every slot ever granted.
    slots: Vec<Slot>,
    /// How often units were asked for.
    asked: usize,
    events: Vec<Event>,
    barriers: Vec<Barrier>,
    gates: Vec<Gate>,
    processes: Vec<Process>,
    /// Who resumes next.
    ready: Vec<ProcessId>,
    /// The interrupt that is delivered to the running process, and the parts of it that can catch
    /// the interrupt.
    delivery: Option<Cause>,
    can_catch: Vec<RequestId>,
    /// Whose code runs now.
    running: Option<ProcessId>,
    /// Objects that may now be able to serve somebody, in the order in which they changed.
    changed: Vec<Place>,
    /// Errors that stop the run: the process, and how it ended.
    stop: Option<(ProcessId, Ending)>,
    /// Processes that ended in an error, in the order of ending.
    failed: Vec<ProcessId>,
    /// The next place in a line.
    places: usize,
    items_made: u32,
    items_consumed: u32,
    items_dropped: u32,
    trace: Trace,
}

impl<'a> World<'a> {
    fn new(program: &'a Program) -> Self {
        Self {
            program,
            now: 0,
            requests: Vec::new(),
            shelves: program.shelves.iter().map(|shelf| State::new(shelf.capacity)).collect(),
            tanks: program.tanks.iter().map(|tank| i64::from(tank.level)).collect(),
            capacities: program.tanks.iter().map(|tank| i64::from(tank.capacity)).collect(),
            above: vec![0; program.tanks.len()],
            ranks: BTreeMap::new(),
            ranked: 0,
            slots: Vec::new(),
            asked: 0,
            events: vec![Event::Pending; program.events],
            barriers: vec![Barrier::default(); program.barriers],
            gates: program.gates.iter().map(|&is_open| Gate { is_open, passing: 0 }).collect(),
            processes: Vec::new(),
            ready: Vec::new(),
            delivery: None,
            can_catch: Vec::new(),
            running: None,
            changed: Vec::new(),
            stop: None,
            failed: Vec::new(),
            places: 0,
            items_made: 0,
            items_consumed: 0,
            items_dropped: 0,
            trace: Trace::default(),
        }
    }

    /// Runs to the end and says how it ended.
    fn run(&mut self) -> String {
        match self.program.end {
            End::Dry => self.run_by(|_| true, true),
            End::At(time) => self.run_to(i64::from(time)),
            End::Before(time) => self.run_before(i64::from(time)),
            End::Parts(before, until) => {
                let mut outcome = self.run_before(i64::from(before));
                if outcome == "Ok" {
                    // Step by step: nobody looks for errors that somebody may still claim.
                    outcome = self.run_by(|at| at <= i64::from(until), false);
                }
                if outcome == "Ok" {
                    outcome = self.run_by(|_| true, true);
                }
                outcome
            }
        }
    }

    /// Does what is due by this time. What stops the run leaves the clock as it is.
    fn run_to(&mut self, time: i64) -> String {
        let outcome = self.run_by(|at| at <= time, false);
        if outcome != "Ok" {
            return outcome;
        }
        self.now = time;
        self.unclaimed()
    }

    /// Does what is due before this time. If it is that time already, nothing happens, not even what is
    /// ready.
    fn run_before(&mut self, time: i64) -> String {
        if time > self.now {
            let outcome = self.run_by(|at| at < time, false);
            if outcome != "Ok" {
                return outcome;
            }
            self.now = time;
        } else if let Some((process, ending)) = &self.stop {
            return blame(*process, ending);
        }
        self.unclaimed()
    }

    /// Runs as long as what happens is due, and says how it ended; looks for errors that nobody has
    /// claimed if the run `claims`.
    fn run_by(&mut self, is_due: impl Fn(i64) -> bool, claims: bool) -> String {
        loop {
            self.check_books();
            if let Some((process, ending)) = &self.stop {
                return blame(*process, ending);
            }
            // Rule 2: all that is ready first; then one timer, also at equal times.
            if !is_due(self.now) {
                break;
            } else if !self.ready.is_empty() {
                let process = self.ready.remove(0);
                // Not awake if this is the place of an interrupt that has been delivered already.
                if std::mem::take(&mut self.processes[process].awake) {
                    self.resume(process);
                }
            } else if let Some((timer, at)) = self.next_timer(|at| at == self.now) {
                self.now = at;
                self.grant(timer);
                self.serve();
            } else if let Some(end) = self.first_at_end() {
                // Nothing else is due now.
                self.grant(end);
                self.serve();
            } else if let Some((timer, at)) = self.next_timer(&is_due) {
                self.now = at;
                self.grant(timer);
                self.serve();
            } else {
                break;
            }
        }
        if claims { self.unclaimed() } else { "Ok".to_owned() }
    }

    /// Rule 10: says which error waits for a join that never came, if any does.
    fn unclaimed(&mut self) -> String {
        for &process in &self.failed {
            let handle = self.processes[process].handle;
            if handle.is_some_and(|handle| self.stage(handle) == Stage::Granted) {
                let ending = self.processes[process].ending.as_ref().expect("it failed");
                return blame(process, ending);
            }
        }
        "Ok".to_owned()
    }

    /// Returns who waits, and since when: the processes that have started and are not in the ready
    /// line.
    fn blocked(&self) -> Vec<String> {
        let mut blocked = Vec::new();
        for (number, process) in self.processes.iter().enumerate() {
            if process.started && process.ending.is_none() && !process.awake {
                blocked.push(format!("P{number} since {}", process.since));
            }
        }
        blocked
    }

    /// The first request that waits for the end of the instant.
    fn first_at_end(&self) -> Option<RequestId> {
        let is_settled = |&id: &RequestId| matches!(self.requests[id].what, What::Settled);
        self.waiting().into_iter().find(is_settled)
    }

    /// The timer that is due first; at equal times the one made first.
    fn next_timer(&self, is_due: impl Fn(i64) -> bool) -> Option<(RequestId, i64)> {
        let mut best: Option<(RequestId, i64)> = None;
        for id in self.waiting() {
            if let What::Timeout { at: Some(at) } = self.requests[id].what
                && is_due(at)
                && best.is_none_or(|(_, earliest)| at < earliest)
            {
                best = Some((id, at));
            }
        }
        best
    }

    /// Puts a process in the ready line, once.
    fn wake(&mut self, process: ProcessId) {
        if self.processes[process].ending.is_none() && !self.processes[process].awake {
            self.processes[process].awake = true;
            if !self.ready.contains(&process) {
                self.ready.push(process);
            }
        }
    }

    /// Gives a process its turn.
    fn resume(&mut self, process: ProcessId) {
        self.running = Some(process);
        self.processes[process].since = self.now;
        let body = self.processes[process].body;
        let may_be_interrupted = std::mem::replace(&mut self.processes[process].started, true);
        if may_be_interrupted && !self.processes[process].interrupts.is_empty() {
            // Rule 7: one interrupt for each resumption, before anything that was granted.
            let cause = self.processes[process].interrupts.remove(0);
            self.can_catch = self.catchers(body);
            if self.can_catch.is_empty() {
                self.end(process, Ending::Interrupted(cause));
                self.running = None;
                return;
            }
            self.delivery = Some(cause);
        }
        let finished = self.poll(body, process).is_some();
        // Rule 7, none lost: everything that could have caught it was dropped before its turn.
        let undelivered = self.delivery.take();
        self.processes[process].interrupts.splice(0..0, undelivered);
        self.can_catch.clear();
        if finished {
            let ending = if self.failed_body(body) { Ending::Failed } else { Ending::Returned };
            self.end(process, ending);
        } else if self.processes[process].cancels_itself {
            self.end(process, Ending::Cancelled);
        } else if !self.processes[process].interrupts.is_empty() {
            self.wake(process);
        }
        self.running = None;
    }

    /// Interrupts a process. Has no effect if the process has ended.
    fn interrupt(&mut self, process: ProcessId, cause: Cause) {
        if self.processes[process].ending.is_none() {
            self.processes[process].interrupts.push(cause);
            if self.processes[process].started {
                self.wake(process);
            } else {
                // Rule 7: a place of its own, that of the call.
                self.ready.push(process);
            }
        }
    }

    /// Cancels a process at once, or the running process when it next awaits.
    fn cancel(&mut self, process: ProcessId) {
        if self.running == Some(process) {
            self.processes[process].cancels_itself = true;
        } else if self.processes[process].ending.is_none() {
            self.end(process, Ending::Cancelled);
        }
    }

    /// Ends a process: drops what it has, then tells its joiner.
    fn end(&mut self, process: ProcessId, ending: Ending) {
        let body = self.processes[process].body;
        let by_force = !matches!(ending, Ending::Returned | Ending::Failed);
        self.drop_tree(body);
        if by_force && self.processes[process].started {
            self.line(Some(process), "is dropped".to_owned(), Vec::new());
        }
        // The joiner is told before conditions are evaluated.
        self.serve_lines();
        self.ready.retain(|&ready| ready != process);
        let is_error = matches!(ending, Ending::Failed | Ending::Interrupted(_));
        if is_error {
            self.failed.push(process);
        }
        self.processes[process].ending = Some(ending.clone());
        match self.processes[process].handle {
            Some(handle) => {
                self.grant(handle);
                self.serve_lines();
            }
            // Rule 10: nobody will claim it.
            None if is_error && self.stop.is_none() => self.stop = Some((process, ending)),
            None => {}
        }
        self.evaluate();
    }

    /// A handle was dropped: an error that waited for it stops the run.
    fn detach(&mut self, process: ProcessId) {
        self.processes[process].handle = None;
        if let Some(ending @ (Ending::Failed | Ending::Interrupted(_))) =
            self.processes[process].ending.clone()
            && self.stop.is_none()
        {
            self.stop = Some((process, ending));
        }
    }

    /// Writes a line of the trace, with what all objects show.
    fn note(&mut self, who: Option<ProcessId>, what: String) {
        let levels = self.levels();
        self.line(who, what, levels);
    }

    /// Writes a line of the trace.
    fn line(&mut self, who: Option<ProcessId>, what: String, levels: Vec<i64>) {
        self.trace.lines.push(Line { time: self.now, who, what, levels });
    }

    /// Returns what all objects show.
    fn levels(&self) -> Vec<i64> {
        let count = |number: usize| i64::try_from(number).expect("small numbers");
        let mut levels = Vec::new();
        levels.extend((0..self.shelves.len()).map(|shelf| count(self.shelf_len(shelf))));
        levels.extend((0..self.tanks.len()).map(|tank| self.tank_level(tank)));
        for index in 0..self.program.resources.len() {
            levels.push(count(self.taken_units(Place::Resource(index))));
        }
        for index in 0..self.program.preemptives.len() {
            levels.push(count(self.taken_units(Place::Preemptive(index))));
        }
        for (index, gate) in self.gates.iter().enumerate() {
            levels.extend([i64::from(gate.is_open), count(self.waiting_at_gate(index).len())]);
        }
        levels.extend(self.events.iter().map(|event| match event {
            Event::Pending => 0,
            Event::Triggered(_) => 1,
            Event::Cancelled => 2,
        }));
        levels.extend(self.processes.iter().map(|process| i64::from(process.ending.is_some())));
        levels
    }

    /// Starts a process and gives the request that joins it.
    fn start(&mut self, script: usize) -> RequestId {
        let body = self.block(&self.program.scripts[script]);
        let process = self.processes.len();
        let handle = self.request(What::Join { process });
        self.processes.push(Process {
            body,
            handle: Some(handle),
            started: false,
            awake: true,
            since: 0,
            interrupts: Vec::new(),
            cancels_itself: false,
            ending: None,
        });
        self.ready.push(process);
        handle
    }

    /// A block of statements that has not begun.
    fn block(&mut self, steps: &[crate::program::Step]) -> RequestId {
        self.request(What::Block {
            steps: steps.to_vec(),
            at: 0,
            current: None,
            lent: BTreeMap::new(),
            kept: BTreeMap::new(),
            held: Vec::new(),
            failed: false,
        })
    }
}
