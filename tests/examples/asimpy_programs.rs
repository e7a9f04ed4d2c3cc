//! Writes random programs and what asim does with them, for `tests/python/random_programs.py`, which
//! runs the same programs on asimpy.
//!
//! `asimpy_programs programs SEED COUNT` writes a line of JSON for each seed. `asimpy_programs shrink SEED`
//! writes the program of that seed and then simpler ones. After each it reads a line: `different` if the
//! two libraries still differ on it.
//!
//! A program uses only what both libraries have. Where they differ in what they do, the script in Python
//! stops the comparison.

use asim_tests::program::{Ask, End, Program, Shelf, ShelfKind, Step, Tank};
use asim_tests::{drive, shrink};
use std::fmt::Write as _;
use std::io::{BufRead, Write};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| -> u64 {
        arguments
            .get(at)
            .and_then(|text| text.parse().ok())
            .expect("a number, see the top of this file")
    };
    let mut out = std::io::stdout().lock();
    match arguments.first().map(String::as_str) {
        Some("programs") => {
            for seed in number(1)..number(1) + number(2) {
                writeln!(out, "{}", json_of(&generate(seed))).expect("the script reads");
            }
        }
        Some("shrink") => {
            let mut answers = std::io::stdin().lock().lines();
            let mut is_different = |program: &Program| {
                writeln!(out, "{}", json_of(program)).expect("the script reads");
                out.flush().expect("the script reads");
                answers.next().expect("the script answers").expect("text") == "different"
            };
            let program = generate(number(1));
            shrink::shrink(&program, &mut is_different);
        }
        _ => panic!("`programs SEED COUNT` or `shrink SEED`"),
    }
}

/// A program, how it reads, and its trace on asim.
fn json_of(program: &Program) -> String {
    let mut trace = drive::run(program).lines;
    // The last line is about what the owner of the run drops, which asimpy does not have.
    trace.pop();
    let lines: Vec<String> = trace
        .iter()
        .map(|line| {
            let who = line.who.map_or("null".to_owned(), |number| number.to_string());
            format!("[{},{who},{:?},{:?}]", line.time, one_line(&line.what), line.levels)
        })
        .collect();
    let shelves: Vec<String> = program
        .shelves
        .iter()
        .map(|shelf| {
            let capacity = shelf.capacity.map_or("null".to_owned(), |most| most.to_string());
            format!("[\"{:?}\",{capacity}]", shelf.kind)
        })
        .collect();
    let tanks: Vec<String> =
        program.tanks.iter().map(|tank| format!("[{},{}]", tank.capacity, tank.level)).collect();
    let scripts: Vec<String> = program.scripts.iter().map(|script| steps(script)).collect();
    let end = if let End::At(time) = program.end { time.to_string() } else { "null".to_owned() };
    format!(
        "{{\"text\":{:?},\"shelves\":[{}],\"tanks\":[{}],\"resources\":{:?},\"preemptives\":{:?},\"barriers\":{},\
         \"events\":{},\"scripts\":[{}],\"setup\":{},\"end\":{end},\"trace\":[{}]}}",
        program.to_string(),
        shelves.join(","),
        tanks.join(","),
        program.resources,
        program.preemptives,
        program.barriers,
        program.events,
        scripts.join(","),
        steps(&program.setup),
        lines.join(","),
    )
}

/// Text without line breaks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Each statement as how it reads, its name, and its numbers.
fn steps(list: &[Step]) -> String {
    let list: Vec<String> = list
        .iter()
        .map(|step| {
            let (name, rest) = match step {
                Step::Await(request) => ("Await", ask(request)),
                Step::Keep(var, request) => ("Keep", format!("{var},{}", ask(request))),
                Step::Drop(var) => ("Drop", var.to_string()),
                Step::Release(index) => ("Release", index.to_string()),
                Step::TryGet(index, wants) => ("TryGet", format!("{index},{}", wanted(*wants))),
                Step::TryPut(index, rank) => ("TryPut", format!("{index},{rank}")),
                Step::TryDraw(index, amount) => ("TryDraw", format!("{index},{amount}")),
                Step::TryFill(index, amount) => ("TryFill", format!("{index},{amount}")),
                Step::TryAcquire(index) => ("TryAcquire", index.to_string()),
                Step::Succeed(index) => ("Succeed", index.to_string()),
                Step::CancelEvent(index) => ("CancelEvent", index.to_string()),
                Step::Open(index) => ("Open", index.to_string()),
                Step::Start(script, _) => ("Start", script.to_string()),
                Step::Interrupt(process, cause) => ("Interrupt", format!("{process},{cause}")),
                other => panic!("asimpy has nothing like {other}"),
            };
            format!("[{:?},{name:?},{rest}]", one_line(&step.to_string()))
        })
        .collect();
    format!("[{}]", list.join(","))
}

fn wanted(wants: Option<u8>) -> String {
    wants.map_or("null".to_owned(), |rank| rank.to_string())
}

/// A request as its name and its numbers.
fn ask(request: &Ask) -> String {
    let branches = |name: &str, list: &[Ask]| {
        list.iter().fold(format!("[{name:?}"), |mut text, branch| {
            write!(text, ",{}", ask(branch)).expect("memory");
            text
        }) + "]"
    };
    match request {
        Ask::Timeout(delay) => format!("[\"Timeout\",{delay}]"),
        Ask::Get(index, wants) => format!("[\"Get\",{index},{}]", wanted(*wants)),
        Ask::Put(index, rank) => format!("[\"Put\",{index},{rank}]"),
        Ask::Draw(index, amount) => format!("[\"Draw\",{index},{amount}]"),
        Ask::Fill(index, amount) => format!("[\"Fill\",{index},{amount}]"),
        Ask::Acquire(index, _) => format!("[\"Acquire\",{index}]"),
        Ask::Seize(index, priority, preempts) => {
            format!("[\"Seize\",{index},{priority},{preempts}]")
        }
        Ask::Event(index) => format!("[\"Event\",{index}]"),
        Ask::Barrier(index) => format!("[\"Barrier\",{index}]"),
        Ask::Kept(var) => format!("[\"Kept\",{var}]"),
        Ask::FirstOf(list) => branches("FirstOf", list),
        Ask::AllOf(list) => branches("AllOf", list),
        Ask::Interruptible(inner) => format!("[\"Interruptible\",{}]", ask(inner)),
        Ask::Block(list) => format!("[\"Block\",{}]", steps(list)),
        other => panic!("asimpy has nothing like {other:?}"),
    }
}

/// Makes the program of a seed.
fn generate(seed: u64) -> Program {
    let mut maker = Maker {
        // Neighbouring seeds must not give neighbouring choices.
        state: seed.wrapping_mul(0xD134_2543_DE82_EF95),
        program: Program::empty(),
    };
    maker.objects();
    let scripts = 1 + maker.below(5);
    maker.program.scripts = vec![Vec::new(); scripts];
    for script in 0..scripts {
        let length = 1 + maker.below(8);
        let mut steps = maker.steps(length, true);
        let preemptives = maker.program.preemptives.len();
        if preemptives > 0 && maker.chance(70) {
            // A slot is held for some time, where it can be taken away.
            let seize = maker.seize();
            let mut job = vec![Step::Await(seize), Step::Await(Ask::Timeout(maker.small(4)))];
            let (more, rest) = (maker.below(3), maker.below(3));
            job.extend(maker.steps(more, true));
            steps = maker.steps(rest, true);
            steps.push(Step::Await(Ask::Interruptible(Box::new(Ask::Block(job)))));
            steps.extend(maker.steps(rest, true));
        } else if maker.chance(35) {
            // So that interrupts are caught often enough, and something comes after.
            let rest = maker.below(3);
            steps = vec![Step::Await(Ask::Interruptible(Box::new(Ask::Block(steps))))];
            steps.extend(maker.steps(rest, true));
        }
        maker.program.scripts[script] = steps;
    }
    let mut setup = if maker.chance(15) { maker.steps(1, false) } else { Vec::new() };
    for index in 0..=maker.below(6) {
        // The first ones are all different, so that every script has its chance.
        let script = if index < scripts { index } else { maker.below(scripts) };
        setup.push(Step::Start(script, None));
    }
    maker.program.setup = setup;
    if maker.chance(10) {
        maker.program.end = End::At(maker.small(5));
    }
    maker.program
}

/// A program that is being made, and where the choices come from.
struct Maker {
    state: u64,
    program: Program,
}

/// A thing, before it is said which one.
#[derive(Clone, Copy)]
enum Kind {
    Timeout,
    Shelf,
    Tank,
    Resource,
    Barrier,
    Event,
}

impl Maker {
    /// A number below `bound`, by `SplitMix64`.
    fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).expect("31 bits") % bound.max(1)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn small(&mut self, bound: usize) -> u8 {
        u8::try_from(self.below(bound)).expect("small")
    }

    /// From 1 to 3, which every container can hold.
    fn amount(&mut self) -> u32 {
        1 + u32::from(self.small(3))
    }

    /// One of these, each as often as its weight says.
    fn weighted<T: Copy>(&mut self, choices: &[(usize, T)]) -> T {
        let mut at = self.below(choices.iter().map(|choice| choice.0).sum());
        for &(weight, choice) in choices {
            if at < weight {
                return choice;
            }
            at -= weight;
        }
        choices[0].1
    }

    /// A few things: few enough that processes meet.
    fn objects(&mut self) {
        for _ in 0..=self.below(3) {
            match self.below(10) {
                0..=4 => {
                    let kinds = [ShelfKind::Queue, ShelfKind::Priority, ShelfKind::Store];
                    let kind = kinds[self.below(3)];
                    let capacity = [Some(1), Some(1), Some(2), None][self.below(4)];
                    self.program.shelves.push(Shelf { kind, capacity });
                }
                5 | 6 => {
                    let (capacity, level) =
                        (3 + u32::from(self.small(2)), u32::from(self.small(4)));
                    self.program.tanks.push(Tank { capacity, level, in_order: false });
                }
                7 | 8 => {
                    let slots = 1 + self.below(2);
                    self.program.resources.push(slots);
                }
                _ => self.program.barriers += 1,
            }
        }
        if self.chance(15) {
            let slots = 1 + self.below(2);
            self.program.preemptives.push(slots);
        }
        // A trigger by hand makes many ties that timers do not.
        if self.chance(50) {
            self.program.events += 1 + self.below(2);
        }
    }

    /// One of the kinds that this program has things of.
    fn kind(&mut self, timeout: usize) -> Kind {
        let program = &self.program;
        let weights = [
            (timeout, Kind::Timeout),
            (14 * program.shelves.len(), Kind::Shelf),
            (10 * program.tanks.len(), Kind::Tank),
            (10 * program.resources.len(), Kind::Resource),
            (8 * program.barriers, Kind::Barrier),
            (8 * program.events, Kind::Event),
        ];
        self.weighted(&weights)
    }

    /// Some statements.
    fn steps(&mut self, length: usize, may_wait: bool) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..length {
            let step = self.step(may_wait);
            let kept = if let Step::Keep(var, _) = step { Some(var) } else { None };
            steps.push(step);
            // Kept requests are awaited or raced more often than by chance, and something is between.
            if let Some(var) = kept.filter(|_| may_wait)
                && self.chance(80)
            {
                if self.chance(50) {
                    steps.push(Step::Await(Ask::Timeout(self.small(3))));
                }
                let (kept, other) = (Ask::Kept(var), self.single());
                steps.push(Step::Await(match self.below(8) {
                    0 => Ask::FirstOf(vec![kept, other]),
                    1 => Ask::FirstOf(vec![other, kept]),
                    2 => Ask::AllOf(vec![kept, other]),
                    3 => Ask::Interruptible(Box::new(kept)),
                    _ => kept,
                }));
            }
        }
        steps
    }

    fn step(&mut self, may_wait: bool) -> Step {
        let awaits = if may_wait { 55 } else { 0 };
        match self.weighted(&[(awaits, 0), (12, 1), (3, 2), (8, 3), (14, 4), (4, 5), (5, 6)]) {
            // Not kept and not raced: in asimpy it is a coroutine.
            0 if !self.program.preemptives.is_empty() && self.chance(10) => {
                let seize = self.seize();
                let is_guarded = self.chance(40);
                Step::Await(if is_guarded { Ask::Interruptible(Box::new(seize)) } else { seize })
            }
            0 if self.chance(25) => Step::Await(Ask::Interruptible(Box::new(self.ask(2)))),
            0 => Step::Await(self.ask(2)),
            1 => match self.single() {
                // An asimpy event is its own wait: it is asked at the `await`. A kept `Event::wait()` is
                // asked at the call, as every request is.
                Ask::Event(_) => Step::Keep(self.small(3), Ask::Timeout(self.small(4))),
                request => Step::Keep(self.small(3), request),
            },
            2 => Step::Drop(self.small(3)),
            3 => Step::Release(self.below(2)),
            4 => self.touch(),
            5 => Step::Start(self.below(self.program.scripts.len()), None),
            _ => Step::Interrupt(self.below(7), u32::from(self.small(10))),
        }
    }

    /// A slot of a preemptive resource. It is not kept and not raced: in asimpy it is a coroutine.
    fn seize(&mut self) -> Ask {
        let index = self.below(self.program.preemptives.len());
        Ask::Seize(index, i32::from(self.small(3)), self.chance(75))
    }

    /// A statement on a thing that does not wait.
    fn touch(&mut self) -> Step {
        match self.kind(1) {
            Kind::Shelf => {
                let shelf = self.below(self.program.shelves.len());
                if self.chance(50) {
                    Step::TryGet(shelf, self.wants(shelf))
                } else {
                    Step::TryPut(shelf, self.small(3))
                }
            }
            Kind::Tank => {
                let (tank, amount) = (self.below(self.program.tanks.len()), self.amount());
                if self.chance(50) {
                    Step::TryDraw(tank, amount)
                } else {
                    Step::TryFill(tank, amount)
                }
            }
            Kind::Resource => Step::TryAcquire(self.below(self.program.resources.len())),
            Kind::Barrier => Step::Open(self.below(self.program.barriers)),
            Kind::Event if self.chance(90) => Step::Succeed(self.below(self.program.events)),
            Kind::Event => Step::CancelEvent(self.below(self.program.events)),
            Kind::Timeout => Step::Release(0),
        }
    }

    /// Only a store has filters.
    fn wants(&mut self, shelf: usize) -> Option<u8> {
        let is_store = self.program.shelves[shelf].kind == ShelfKind::Store;
        (is_store && self.chance(50)).then(|| self.small(3))
    }

    /// Something to await, with races and joins at most `depth` deep.
    fn ask(&mut self, depth: usize) -> Ask {
        let deeper = if depth > 0 { 14 } else { 0 };
        match self.weighted(&[(60, 0), (deeper, 1), (deeper / 2, 2)]) {
            0 if self.chance(8) => Ask::Kept(self.small(3)),
            0 => self.single(),
            1 => Ask::FirstOf(self.branches(depth, 15)),
            _ => Ask::AllOf(self.branches(depth, 60)),
        }
    }

    /// Branches, of which so many in a hundred may be races and joins themselves.
    fn branches(&mut self, depth: usize, composite: usize) -> Vec<Ask> {
        let branch = |maker: &mut Self| {
            let depth = if maker.chance(composite) { depth - 1 } else { 0 };
            maker.ask(depth)
        };
        (0..=self.below(3)).map(|_| branch(self)).collect()
    }

    /// One request.
    fn single(&mut self) -> Ask {
        match self.kind(14) {
            Kind::Timeout => Ask::Timeout(self.small(4)),
            Kind::Shelf => {
                let shelf = self.below(self.program.shelves.len());
                if self.chance(50) {
                    Ask::Get(shelf, self.wants(shelf))
                } else {
                    Ask::Put(shelf, self.small(3))
                }
            }
            Kind::Tank => {
                let (tank, amount) = (self.below(self.program.tanks.len()), self.amount());
                if self.chance(50) { Ask::Draw(tank, amount) } else { Ask::Fill(tank, amount) }
            }
            Kind::Resource => Ask::Acquire(self.below(self.program.resources.len()), 0),
            Kind::Barrier => Ask::Barrier(self.below(self.program.barriers)),
            Kind::Event => Ask::Event(self.below(self.program.events)),
        }
    }
}
