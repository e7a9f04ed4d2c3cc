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
//! | `asks.rs` | what a request gets at the call |
//! | `interpreter.rs` | what a process does when it is resumed |
//! | `books.rs` | what must balance whenever no operation is under way |

mod asks;
mod books;
mod interpreter;
mod objects;
mod requests;

use crate::program::{End, Program};
use crate::trace::{Cause, Ending, Line, Trace};
use objects::{Event, Gate, Place, Slot, State};
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
    /// Every slot ever granted.
    slots: Vec<Slot>,
    events: Vec<Event>,
    /// For each barrier: a waiting request with a lower number than this may go.
    barriers: Vec<RequestId>,
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
            shelves: program.shelves.iter().map(|_| State::default()).collect(),
            tanks: program.tanks.iter().map(|tank| i64::from(tank.level)).collect(),
            slots: Vec::new(),
            events: vec![Event::Pending; program.events],
            barriers: vec![0; program.barriers],
            gates: program.gates.iter().map(|&is_open| Gate { is_open, passing: 0 }).collect(),
            processes: Vec::new(),
            ready: Vec::new(),
            delivery: None,
            can_catch: Vec::new(),
            running: None,
            changed: Vec::new(),
            stop: None,
            failed: Vec::new(),
            items_made: 0,
            items_consumed: 0,
            items_dropped: 0,
            trace: Trace::default(),
        }
    }

    /// Runs to the end and says how it ended.
    fn run(&mut self) -> String {
        loop {
            self.check_books();
            if let Some((process, ending)) = &self.stop {
                return blame(*process, ending);
            }
            // Rule 2: all that is ready first; then one timer, also at equal times.
            if !self.ready.is_empty() {
                let process = self.ready.remove(0);
                // Not awake if this is the place of an interrupt that has been delivered already.
                if std::mem::take(&mut self.processes[process].awake) {
                    self.resume(process);
                }
            } else if let Some((timer, at)) = self.next_timer() {
                self.now = at;
                self.grant(timer);
                self.serve();
            } else {
                break;
            }
        }
        if let End::At(time) = self.program.end {
            self.now = i64::from(time);
        }
        // Rule 10: errors that wait for a join that never came.
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

    /// The timer that is due first; at equal times the one made first.
    fn next_timer(&self) -> Option<(RequestId, i64)> {
        let mut best: Option<(RequestId, i64)> = None;
        for id in self.waiting() {
            if let What::Timeout { at: Some(at) } = self.requests[id].what
                && best.is_none_or(|(_, earliest)| at < earliest)
            {
                best = Some((id, at));
            }
        }
        if let End::At(time) = self.program.end {
            best = best.filter(|&(_, at)| at <= i64::from(time));
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
        self.serve();
        self.ready.retain(|&ready| ready != process);
        let is_error = matches!(ending, Ending::Failed | Ending::Interrupted(_));
        if is_error {
            self.failed.push(process);
        }
        self.processes[process].ending = Some(ending.clone());
        match self.processes[process].handle {
            Some(handle) => {
                self.grant(handle);
                self.serve();
            }
            // Rule 10: nobody will claim it.
            None if is_error && self.stop.is_none() => self.stop = Some((process, ending)),
            None => {}
        }
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
            levels.push(count(self.slots_of(Place::Resource(index)).len()));
        }
        for index in 0..self.program.preemptives.len() {
            levels.push(count(self.slots_of(Place::Preemptive(index)).len()));
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
            kept: BTreeMap::new(),
            held: Vec::new(),
            failed: false,
        })
    }
}
