//! The driver: runs a program on asim, and writes down what is seen.

pub mod audit;
mod kept;
mod log;
mod objects;
mod values;

use crate::program::{Ask, End, Item, MOST_PROCESSES, Program, Step, Var};
use crate::trace::{Ending, Line, Seen, Trace};
use asim::BoxedWaitable;
use asim::prelude::*;
use kept::{Kept, Whole, one};
use objects::Objects;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use values::{Failure, RealItem, Value, ending, number_of, whole};

/// A request of any kind that gives a [`Value`].
type Any<'a> = BoxedWaitable<'a, Value>;

/// Boxes something to wait for; `map` makes a value of what it gives.
fn any<'a, W>(waitable: W, map: fn(W::Output) -> Value) -> Any<'a>
where
    W: Waitable<Output: 'a, Request: 'a>,
{
    waitable.mapped(map).into_boxed()
}

/// Runs a program on asim.
///
/// # Panics
/// When an item outlives everything that could hold it, or when asim does.
#[must_use]
pub fn run(program: &Program) -> Trace {
    let sim = Simulation::new();
    run_in(Stage::new(&sim, program, Objects::new(&sim, program)), program, sim)
}

/// Runs a program on asim in which every object has a name, and with the log switched on. What happens must
/// be the same.
///
/// # Panics
/// As [`run`].
#[must_use]
pub fn run_named(program: &Program) -> Trace {
    let sim = Simulation::new();
    let (log, json) = (sim.trace(), log::Written::default());
    sim.tracing().to_perfetto(json.clone());
    let objects = Objects::new(&sim, program).named();
    let trace = run_in(Stage::new(&sim, program, objects), program, sim);
    log::check(&log);
    json.check(&log);
    trace
}

/// Runs a program on asim in which every object has a name, and returns the log of its run.
///
/// # Panics
/// As [`run`].
#[must_use]
pub fn log_of(program: &Program) -> asim::Trace {
    let sim = Simulation::new();
    let log = sim.trace();
    let objects = Objects::new(&sim, program).named();
    let _ = run_in(Stage::new(&sim, program, objects), program, sim);
    log
}

fn run_in(stage: Rc<Stage>, program: &Program, sim: Simulation) -> Trace {
    let mut main = Locals::default();
    for step in &program.setup {
        stage.perform(None, &mut main, step);
    }
    let outcome = match program.end {
        End::Dry => sim.run(),
        End::At(time) => sim.run_until(time.into()),
        End::Before(time) => sim.run_before(time.into()),
        End::Parts(before, until) => in_parts(&sim, before.into(), until.into()),
    };
    let mut blocked: Vec<String> = sim
        .blocked()
        .iter()
        .map(|blocked| format!("{} since {}", blocked.process, whole(blocked.since)))
        .collect();
    blocked.sort();
    stage.note(None, format!("run: {}; blocked: {blocked:?}", show(&outcome)));
    drop(main);
    stage.note(None, "main dropped what it kept".to_owned());
    // Rule 8: what the processes do when they are dropped is refused quietly.
    stage.is_over.set(true);
    drop(sim);
    let trace = stage.trace.take();
    let alive = Rc::clone(&stage.items_alive);
    drop(stage);
    assert_eq!(alive.get(), 0, "items outlive their simulation");
    trace
}

/// Runs before a time, then step by step to another, then to the end.
fn in_parts(sim: &Simulation, before: f64, until: f64) -> Result<(), SimError> {
    sim.run_before(before)?;
    assert!(whole(sim.now()) >= whole(before), "the clock stands at that time");
    while sim.peek().is_some_and(|next| next <= until) {
        // Gives `false` if what was ready is a place in line whose interrupt has been delivered already.
        sim.step()?;
    }
    sim.run()
}

/// How a run ended.
fn show(outcome: &Result<(), SimError>) -> String {
    match outcome {
        Ok(()) => "Ok".to_owned(),
        Err(SimError::ProcessFailed { process, .. }) => {
            format!("P{} {}", number_of(process), Ending::Failed)
        }
        Err(SimError::Interrupted { process, .. }) => {
            format!("P{} was interrupted", number_of(process))
        }
        Err(other) => format!("{other}"),
    }
}

/// What all processes share.
struct Stage {
    env: Environment,
    objects: Objects,
    program: Program,
    /// The started processes, in the order of starting.
    processes: RefCell<Vec<ProcessRef>>,
    items_made: Cell<u32>,
    items_alive: Rc<Cell<usize>>,
    trace: RefCell<Trace>,
    is_over: Cell<bool>,
}

/// The variables of a block. They are dropped in this order: requests by the names of
/// their variables, then slots.
#[derive(Default)]
struct Locals {
    kept: BTreeMap<Var, Box<dyn Kept>>,
    held: Vec<Box<dyn std::any::Any>>,
}

/// A process of a program.
struct Actor {
    number: usize,
    steps: Vec<Step>,
    stage: Rc<Stage>,
}

impl Process for Actor {
    type Output = Result<(), Failure>;

    fn name(&self) -> Cow<'static, str> {
        Cow::Owned(format!("P{}", self.number))
    }

    async fn run(self, _env: Environment) -> Self::Output {
        let mut watch = Watch { number: self.number, stage: Rc::clone(&self.stage), armed: true };
        let failed = run_block(self.stage, self.number, self.steps).await;
        watch.armed = false;
        if failed { Err(Failure) } else { Ok(()) }
    }
}

/// Notes that a process was dropped half-way.
struct Watch {
    number: usize,
    stage: Rc<Stage>,
    armed: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.armed && !self.stage.is_over.get() {
            self.stage.line(Some(self.number), "is dropped".to_owned(), Vec::new());
        }
    }
}

/// Runs an async block. Returns `true` if it failed.
fn run_block(
    stage: Rc<Stage>,
    who: usize,
    steps: Vec<Step>,
) -> Pin<Box<dyn Future<Output = bool>>> {
    Box::pin(async move {
        let mut locals = Locals::default();
        for step in &steps {
            match step {
                Step::Await(ask) => {
                    let mut lent = lend(&mut locals, ask);
                    let value = {
                        let mut by_mut = lent.iter_mut().map(|(&var, kept)| (var, kept)).collect();
                        stage.ask(who, &mut locals, &mut by_mut, ask).await
                    };
                    lent.retain(|_, kept| !kept.is_over());
                    locals.kept.extend(lent);
                    locals.held.extend(value.slots);
                    stage.note(Some(who), format!("{step} = {}", value.seen));
                }
                Step::Fail => return true,
                step => stage.perform(Some(who), &mut locals, step),
            }
        }
        false
    })
}

/// What an await can lend, while it is lent.
type Lent<'a> = BTreeMap<Var, &'a mut Box<dyn Kept>>;

/// Takes what an await lends out of its variables.
fn lend(locals: &mut Locals, ask: &Ask) -> BTreeMap<Var, Box<dyn Kept>> {
    let mut vars = Vec::new();
    ask.lends(&mut vars);
    vars.retain(|var| locals.kept.get(var).is_some_and(|kept| kept.is_lendable()));
    vars.into_iter().filter_map(|var| Some((var, locals.kept.remove(&var)?))).collect()
}

impl Stage {
    fn new(env: &Environment, program: &Program, objects: Objects) -> Rc<Self> {
        Rc::new(Stage {
            env: env.clone(),
            objects,
            program: program.clone(),
            processes: RefCell::default(),
            items_made: Cell::new(0),
            items_alive: Rc::default(),
            trace: RefCell::default(),
            is_over: Cell::new(false),
        })
    }

    /// Writes a line of the trace, with what all objects show.
    fn note(&self, who: Option<usize>, what: String) {
        let active = self.env.active_process();
        assert_eq!(active.map(|process| number_of(process.name())), who, "somebody else is active");
        let mut levels = self.objects.levels();
        levels.extend(self.processes.borrow().iter().map(|process| i64::from(process.done())));
        self.line(who, what, levels);
    }

    fn line(&self, who: Option<usize>, what: String, levels: Vec<i64>) {
        let time = whole(self.env.now());
        self.trace.borrow_mut().lines.push(Line { time, who, what, levels });
    }

    fn new_item(&self, rank: u8) -> RealItem {
        let serial = self.items_made.get();
        self.items_made.set(serial + 1);
        RealItem::new(Item { rank, serial }, &self.items_alive)
    }

    /// Makes a request.
    fn ask<'a>(
        self: &Rc<Self>,
        who: usize,
        locals: &mut Locals,
        lent: &mut Lent<'a>,
        ask: &Ask,
    ) -> Any<'a> {
        match ask {
            Ask::Kept(var) => locals.kept.remove(var).map_or_else(|| self.one(), Kept::into_any),
            Ask::Lent(var) => lent.remove(var).map_or_else(|| self.one(), |kept| kept.lend()),
            Ask::FirstOf(list) => {
                let branches: Vec<Any<'a>> =
                    list.iter().map(|branch| self.ask(who, locals, lent, branch)).collect();
                first(branches)
            }
            Ask::AllOf(list) => {
                let branches: Vec<Any<'a>> =
                    list.iter().map(|branch| self.ask(who, locals, lent, branch)).collect();
                all(branches)
            }
            Ask::Block(steps) => {
                let block = run_block(Rc::clone(self), who, steps.clone());
                any(block, |_| Value::seen(Seen::Nothing))
            }
            Ask::Interruptible(inner) => {
                // This is a plain future, whatever is inside.
                let inner = self.ask(who, locals, lent, inner);
                any(self.env.interruptible(inner), Value::guarded)
            }
            ask => self.single(ask).into_any(),
        }
    }

    /// `Timeout(1)`.
    fn one(&self) -> Any<'static> {
        self.single(&Ask::Timeout(1)).into_any()
    }

    /// Makes a request that is no composite.
    fn single(&self, ask: &Ask) -> Box<dyn Kept> {
        let timeout = |delay: f64| one(self.env.timeout(delay), |()| Value::seen(Seen::Nothing));
        match ask {
            Ask::Timeout(delay) => timeout(f64::from(*delay)),
            Ask::Forever => timeout(f64::INFINITY),
            Ask::At(time) => match self.env.try_timeout_until(f64::from(*time)) {
                Ok(request) => one(request, |()| Value::seen(Seen::Nothing)),
                Err(_) => timeout(0.0),
            },
            Ask::Settled => one(self.env.settled(), |()| Value::seen(Seen::Nothing)),
            ask => self.objects.ask(&self.env, ask, |rank| self.new_item(rank)),
        }
    }

    /// Makes a request for a variable.
    fn keep(self: &Rc<Self>, who: usize, locals: &mut Locals, ask: &Ask) -> Box<dyn Kept> {
        match ask {
            Ask::Kept(var) if locals.kept.contains_key(var) => {
                locals.kept.remove(var).expect("looked just now")
            }
            Ask::Kept(_) | Ask::Lent(_) => self.single(&Ask::Timeout(1)),
            Ask::FirstOf(_) | Ask::AllOf(_) | Ask::Block(_) | Ask::Interruptible(_) => {
                Box::new(Whole(self.ask(who, locals, &mut Lent::new(), ask)))
            }
            ask => self.single(ask),
        }
    }

    /// One statement that does not wait.
    fn perform(self: &Rc<Self>, who: Option<usize>, locals: &mut Locals, step: &Step) {
        let came = self.effect(who, locals, step);
        self.note(who, format!("{step} {came}"));
    }

    /// Runs a statement. Returns what it gives.
    fn effect(self: &Rc<Self>, who: Option<usize>, locals: &mut Locals, step: &Step) -> String {
        let outcome = |worked: bool| if worked { String::new() } else { "Err".to_owned() };
        match *step {
            Step::Keep(var, ref ask) => {
                let request = self.keep(who.unwrap_or(usize::MAX), locals, ask);
                drop(locals.kept.insert(var, request));
            }
            Step::Drop(var) => drop(locals.kept.remove(&var)),
            Step::Release(index) => {
                if !locals.held.is_empty() {
                    drop(locals.held.remove(index % locals.held.len()));
                }
            }
            Step::TryGet(index, wants) => {
                let got = self.objects.try_get(index, wants);
                return got.map_or("None".to_owned(), |item| item.to_string());
            }
            Step::TryPut(index, rank) => {
                let real = self.new_item(rank);
                let item = real.item;
                return match self.objects.try_put(index, real) {
                    Ok(()) => item.to_string(),
                    Err(back) => format!("Err({})", back.item),
                };
            }
            Step::TryDraw(index, amount) => return outcome(self.objects.try_draw(index, amount)),
            Step::Resize(index, capacity) => self.objects.resize(index, capacity),
            Step::TryFill(index, amount) => return outcome(self.objects.try_fill(index, amount)),
            Step::TryAcquire(index) => match self.objects.try_acquire(index) {
                Some(slot) => locals.held.push(slot),
                None => return "None".to_owned(),
            },
            Step::Succeed(index) => {
                let number = u32::try_from(who.unwrap_or(99)).expect("small");
                return outcome(self.objects.succeed(index, number));
            }
            Step::CancelEvent(index) => self.objects.cancel_event(index),
            Step::Open(index) => self.objects.open(index),
            Step::OpenForOne(index) => return outcome(self.objects.open_for_one(index)),
            Step::OpenGate(index) => self.objects.open_gate(index),
            Step::CloseGate(index) => self.objects.close_gate(index),
            Step::Start(script, var) => return self.start(locals, script, var),
            Step::Interrupt(process, cause) => match self.process(process) {
                Some(process_ref) if who != Some(process) => process_ref.interrupt(cause),
                _ => return "skipped".to_owned(),
            },
            Step::Cancel(process) => match self.process(process) {
                Some(process_ref) => process_ref.cancel(),
                None => return "skipped".to_owned(),
            },
            Step::TryAcquireMany(index, units) => {
                match self.objects.try_acquire_many(index, units) {
                    Some(slot) => locals.held.push(slot),
                    None => return "None".to_owned(),
                }
            }
            Step::SetPriority(var, priority) => {
                if let Some(kept) = locals.kept.get_mut(&var) {
                    kept.set_priority(priority);
                }
            }
            Step::Await(_) | Step::Fail => unreachable!("not for here"),
            Step::ShelfCapacity(index, capacity) => self.objects.set_capacity(index, capacity),
            Step::TryGetBest(index, refused) => {
                let got = self.objects.try_get_best(index, refused);
                return got.map_or("None".to_owned(), |item| item.to_string());
            }
            Step::Withdraw(var) => {
                if !locals.kept.get(&var).is_some_and(|kept| kept.is_put()) {
                    return "skipped".to_owned();
                }
                let item = locals.kept.remove(&var).and_then(Kept::withdraw);
                return item.map_or("None".to_owned(), |real| real.item.to_string());
            }
        }
        String::new()
    }

    fn process(&self, number: usize) -> Option<ProcessRef> {
        self.processes.borrow().get(number).cloned()
    }

    /// Starts a process, unless there are too many.
    fn start(self: &Rc<Self>, locals: &mut Locals, script: usize, var: Option<Var>) -> String {
        let number = self.processes.borrow().len();
        if number >= MOST_PROCESSES {
            return "skipped".to_owned();
        }
        let steps = self.program.scripts[script].clone();
        let handle = self.env.process(Actor { number, steps, stage: Rc::clone(self) });
        self.processes.borrow_mut().push(handle.process_ref());
        let join = one(handle, |outcome| Value::seen(Seen::Ended(ending(&outcome))));
        match var {
            Some(var) => drop(locals.kept.insert(var, join)),
            None => drop(join),
        }
        String::new()
    }
}

/// A race; of two by the macro, of others over the collection.
fn first(branches: Vec<Any<'_>>) -> Any<'_> {
    match <[_; 2]>::try_from(branches) {
        Ok([one, other]) => {
            let race = asim!(FirstOf::<Either>(one = one, other = other));
            any(race, |winner| match winner {
                Either::One(value) => Value::first((0, value)),
                Either::Other(value) => Value::first((1, value)),
            })
        }
        Err(branches) => any(first_of(branches), Value::first),
    }
}

/// Which of two.
enum Either {
    One(Value),
    Other(Value),
}

/// A join; of two by the macro, of others over the collection.
fn all(branches: Vec<Any<'_>>) -> Any<'_> {
    match <[_; 2]>::try_from(branches) {
        Ok([one, other]) => {
            let join = asim!(AllOf::<Both>(one = one, other = other));
            any(join, |both| Value::all(vec![both.one, both.other]))
        }
        Err(branches) => any(all_of(branches), Value::all),
    }
}

/// Both of two.
struct Both {
    one: Value,
    other: Value,
}
