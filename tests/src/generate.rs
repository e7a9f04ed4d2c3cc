//! Makes random programs, the same ones from the same seed on every machine.

use crate::program::{Ask, End, Fact, Program, Shelf, ShelfKind, Step, Tank, Watched};

/// Where the choices come from: a seed, or bytes (a fuzzer's).
#[derive(Clone, Debug)]
pub enum Source {
    /// `SplitMix64`: no better generator is needed to choose among a few things.
    Seed(u64),
    /// Bytes, and how many are used up; zeros when they run out.
    Bytes(Vec<u8>, usize),
}

impl Source {
    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        if bound < 2 {
            return 0;
        }
        match self {
            Self::Seed(state) => {
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut mixed = *state;
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                let mixed = usize::try_from((mixed ^ (mixed >> 31)) >> 33).expect("31 bits");
                mixed % bound
            }
            Self::Bytes(bytes, used) => {
                let byte = bytes.get(*used).copied().unwrap_or(0);
                *used += 1;
                usize::from(byte) % bound
            }
        }
    }

    /// True in `percent` of a hundred cases.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these, each as often as its weight says.
    fn weighted<T: Copy>(&mut self, choices: &[(usize, T)]) -> T {
        let total = choices.iter().map(|choice| choice.0).sum();
        let mut at = self.below(total);
        for &(weight, choice) in choices {
            if at < weight {
                return choice;
            }
            at -= weight;
        }
        choices[0].1
    }
}

/// Makes the program of a seed.
#[must_use]
pub fn from_seed(seed: u64) -> Program {
    // Neighbouring seeds must not give neighbouring choices.
    generate(&mut Source::Seed(seed.wrapping_mul(0xD134_2543_DE82_EF95)))
}

/// Makes the program of a fuzzer's bytes.
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> Program {
    generate(&mut Source::Bytes(bytes.to_vec(), 0))
}

/// Makes a program.
fn generate(source: &mut Source) -> Program {
    let mut program = Program::empty();
    objects(source, &mut program);
    let mut maker = Maker { source, program };
    let scripts = 1 + maker.source.below(5);
    maker.program.scripts = vec![Vec::new(); scripts];
    for script in 0..scripts {
        let length = 1 + maker.source.below(9);
        let mut steps = maker.steps(length, 3, false);
        if maker.source.chance(35) {
            // So that interrupts are caught often enough, and something comes after.
            let body = Ask::Interruptible(Box::new(Ask::Block(steps)));
            let rest = maker.source.below(3);
            steps = vec![Step::Await(body)];
            steps.extend(maker.steps(rest, 2, false));
        }
        if maker.source.chance(10) {
            steps.push(Step::Fail);
        }
        maker.program.scripts[script] = steps;
    }
    maker.program.setup = maker.setup();
    let mut program = maker.program;
    if source.chance(25) {
        let time = u8::try_from(source.below(4)).expect("small");
        let later = u8::try_from(source.below(5)).expect("small");
        program.end = [End::At(time), End::Before(time), End::Parts(time, later)][source.below(3)];
    }
    program
}

/// A few objects: few enough that processes meet.
fn objects(source: &mut Source, program: &mut Program) {
    let kinds = 1 + source.below(3);
    for _ in 0..kinds {
        match source.below(10) {
            0..=3 => {
                let kind =
                    [ShelfKind::Queue, ShelfKind::Priority, ShelfKind::Store][source.below(3)];
                let capacity = source.weighted(&[(5, Some(1)), (3, Some(2)), (2, None)]);
                program.shelves.push(Shelf { kind, capacity });
            }
            4 => {
                // An amount that can never fit is refused by a panic: see `amount`.
                let capacity = 3 + u32::try_from(source.below(2)).expect("small");
                let level = u32::try_from(source.below(4)).expect("small");
                program.tanks.push(Tank { capacity, level, in_order: source.chance(40) });
            }
            5 => program.resources.push(1 + source.below(3)),
            6 => program.preemptives.push(1 + source.below(3)),
            7 => program.barriers += 1,
            8 => program.gates.push(source.chance(50)),
            _ => program.events += 1,
        }
    }
    // One alone is seldom asked for together with others.
    if program.resources.len() == 1 && source.chance(60) {
        program.resources.push(1 + source.below(3));
    }
    // A trigger by hand makes many ties that timers do not.
    if source.chance(40) {
        program.events += 1;
    }
}

/// What there is to choose from in a program that is being made.
struct Maker<'a> {
    source: &'a mut Source,
    program: Program,
}

/// A primitive, before it is said which one.
#[derive(Clone, Copy)]
enum Kind {
    Timeout,
    Shelf,
    Tank,
    Resource,
    Preemptive,
    Barrier,
    Gate,
    Event,
    Kept,
    Condition,
}

impl Maker<'_> {
    fn small(&mut self, bound: usize) -> u8 {
        u8::try_from(self.source.below(bound)).expect("small")
    }

    /// From 1 to 3.
    fn amount(&mut self) -> u32 {
        1 + u32::try_from(self.source.below(3)).expect("small")
    }

    /// A fact about one of the objects. `None` if there is none that can be watched.
    fn fact(&mut self) -> Option<Fact> {
        let of = match self.kind(0, 0) {
            Kind::Shelf => Watched::Shelf(self.source.below(self.program.shelves.len())),
            Kind::Tank => Watched::Tank(self.source.below(self.program.tanks.len())),
            Kind::Resource => Watched::Resource(self.source.below(self.program.resources.len())),
            Kind::Preemptive => {
                Watched::Preemptive(self.source.below(self.program.preemptives.len()))
            }
            Kind::Barrier => Watched::Barrier(self.source.below(self.program.barriers)),
            Kind::Gate => Watched::Gate(self.source.below(self.program.gates.len())),
            Kind::Event => Watched::Event(self.source.below(self.program.events)),
            Kind::Timeout | Kind::Kept | Kind::Condition => return None,
        };
        let at_least = self.source.chance(50);
        let mut number = i64::from(self.small(3));
        if let Watched::Gate(_) = of
            && self.source.chance(50)
        {
            number += 10;
        }
        Some(Fact { of, at_least, number })
    }

    fn facts(&mut self) -> Vec<Fact> {
        let count = 1 + self.source.below(2);
        (0..count).filter_map(|_| self.fact()).collect()
    }

    fn priority(&mut self) -> i32 {
        i32::try_from(self.source.below(3)).expect("small")
    }

    /// From 1 to 3; seldom more than a resource has.
    fn units(&mut self, capacity: usize) -> usize {
        if self.source.chance(10) {
            1 + self.source.below(3)
        } else {
            1 + self.source.below(capacity)
        }
    }

    fn wants(&mut self) -> Option<u8> {
        self.source.chance(50).then(|| self.small(3))
    }

    /// What `main` does: something at times, then it starts the processes.
    fn setup(&mut self) -> Vec<Step> {
        let mut setup = Vec::new();
        if self.source.chance(20) {
            let length = 1 + self.source.below(2);
            setup.extend(self.steps(length, 1, true));
        }
        let scripts = self.program.scripts.len();
        let starts = 1 + self.source.below(6);
        for index in 0..starts {
            // The first ones are all different, so that every script has its chance.
            let script = if index < scripts { index } else { self.source.below(scripts) };
            let var = u8::try_from(10 + index).expect("small");
            let keep = self.source.chance(80).then_some(var);
            setup.push(Step::Start(script, keep));
        }
        if self.source.chance(10) {
            setup.extend(self.steps(1, 1, true));
        }
        setup
    }

    /// Some statements, with blocks in them at most `depth` deep.
    fn steps(&mut self, length: usize, depth: usize, is_setup: bool) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..length {
            let step = self.step(depth, is_setup);
            let kept = match step {
                Step::Keep(var, _) | Step::Start(_, Some(var)) if !is_setup => Some(var),
                _ => None,
            };
            steps.push(step);
            // Kept requests are awaited or raced more often than by chance.
            if let Some(var) = kept
                && self.source.chance(60)
            {
                if self.source.chance(40) {
                    steps.push(self.touch());
                }
                match self.source.below(12) {
                    0 | 1 => steps.push(Step::SetPriority(var, self.priority())),
                    2 => steps.push(Step::Withdraw(var)),
                    _ => {}
                }
                steps.push(Step::Await(self.with_kept(var, depth)));
            }
        }
        steps
    }

    /// A kept request by itself, or with others.
    fn with_kept(&mut self, var: u8, depth: usize) -> Ask {
        let kept = if self.source.chance(35) { Ask::Lent(var) } else { Ask::Kept(var) };
        let other = self.ask(depth.saturating_sub(1));
        match self.source.below(7) {
            0 | 1 => kept,
            2 => Ask::FirstOf(vec![kept, other]),
            3 => Ask::FirstOf(vec![other, kept]),
            4 => Ask::AllOf(vec![kept, other]),
            5 => Ask::AllOf(vec![other, kept]),
            _ => Ask::Interruptible(Box::new(kept)),
        }
    }

    fn step(&mut self, depth: usize, is_setup: bool) -> Step {
        let scripts = self.program.scripts.len();
        let awaits = if is_setup { 0 } else { 50 };
        match self.source.weighted(&[
            (awaits, 0),
            (12, 1),
            (6, 2),
            (6, 3),
            (22, 4),
            (6, 5),
            (9, 6),
            (5, 7),
            (1, 8),
            (4, 9),
            (3, 10),
        ]) {
            9 => Step::SetPriority(self.small(3), self.priority()),
            10 => Step::Withdraw(self.small(3)),
            0 => Step::Await(self.ask(depth)),
            1 => Step::Keep(self.small(3), self.ask(depth)),
            2 if !self.program.tanks.is_empty() && self.source.chance(50) => {
                Step::SetPriority(self.small(3), self.priority() - 1)
            }
            2 => Step::Drop(self.small(3)),
            3 => Step::Release(self.source.below(2)),
            4 => self.touch(),
            5 => {
                let var = self.small(3);
                Step::Start(self.source.below(scripts), self.source.chance(70).then_some(var))
            }
            6 => Step::Interrupt(self.source.below(7), u32::from(self.small(10))),
            7 => Step::Cancel(self.source.below(7)),
            _ if is_setup => Step::Drop(0),
            _ => Step::Fail,
        }
    }

    /// A statement on an object that does not wait.
    fn touch(&mut self) -> Step {
        match self.kind(0, 0) {
            Kind::Shelf => {
                let shelf = self.source.below(self.program.shelves.len());
                match self.source.below(20) {
                    0..7 => Step::TryGet(shelf, self.wants()),
                    7..9 => Step::TryGetBest(shelf, self.wants()),
                    9..12 => {
                        let most = [Some(0), Some(1), Some(2), None][self.source.below(4)];
                        Step::ShelfCapacity(shelf, most)
                    }
                    _ => Step::TryPut(shelf, self.small(3)),
                }
            }
            Kind::Tank if self.source.chance(25) => {
                let tank = self.source.below(self.program.tanks.len());
                Step::Resize(tank, 2 + self.amount())
            }
            Kind::Tank if self.source.chance(50) => {
                let tank = self.source.below(self.program.tanks.len());
                Step::TryDraw(tank, self.amount())
            }
            Kind::Tank => {
                let tank = self.source.below(self.program.tanks.len());
                Step::TryFill(tank, self.amount())
            }
            Kind::Resource if self.source.chance(40) => {
                let index = self.source.below(self.program.resources.len());
                Step::TryAcquireMany(index, self.units(self.program.resources[index]))
            }
            Kind::Resource => Step::TryAcquire(self.source.below(self.program.resources.len())),
            Kind::Barrier if self.source.chance(50) => {
                Step::OpenForOne(self.source.below(self.program.barriers))
            }
            Kind::Barrier => Step::Open(self.source.below(self.program.barriers)),
            Kind::Gate if self.source.chance(60) => {
                Step::OpenGate(self.source.below(self.program.gates.len()))
            }
            Kind::Gate => Step::CloseGate(self.source.below(self.program.gates.len())),
            Kind::Event if self.source.chance(85) => {
                Step::Succeed(self.source.below(self.program.events))
            }
            Kind::Event => Step::CancelEvent(self.source.below(self.program.events)),
            Kind::Preemptive if self.source.chance(30) => {
                Step::SetPriority(self.small(3), self.priority())
            }
            Kind::Preemptive | Kind::Timeout | Kind::Kept | Kind::Condition => Step::Release(0),
        }
    }

    /// One of the kinds that this program has objects of.
    fn kind(&mut self, timeout: usize, kept: usize) -> Kind {
        let program = &self.program;
        let weights = [
            (timeout, Kind::Timeout),
            (kept, Kind::Kept),
            (
                usize::from(kept > 0) * 5 * (program.shelves.len() + program.tanks.len() + 1),
                Kind::Condition,
            ),
            (14 * program.shelves.len(), Kind::Shelf),
            (10 * program.tanks.len(), Kind::Tank),
            (10 * program.resources.len(), Kind::Resource),
            (12 * program.preemptives.len(), Kind::Preemptive),
            (8 * program.barriers, Kind::Barrier),
            (10 * program.gates.len(), Kind::Gate),
            (8 * program.events, Kind::Event),
        ];
        self.source.weighted(&weights)
    }

    /// Something to await.
    fn ask(&mut self, depth: usize) -> Ask {
        let deeper = usize::from(depth > 0);
        match self.source.weighted(&[
            (60, 0),
            (18 * deeper, 1),
            (9 * deeper, 2),
            (8 * deeper, 3),
            (10 * deeper, 4),
        ]) {
            0 => self.primitive(),
            1 => Ask::FirstOf(self.branches(depth)),
            2 => Ask::AllOf(self.branches(depth)),
            3 => {
                let length = 1 + self.source.below(3);
                Ask::Block(self.steps(length, depth - 1, false))
            }
            _ => Ask::Interruptible(Box::new(self.ask(depth - 1))),
        }
    }

    fn branches(&mut self, depth: usize) -> Vec<Ask> {
        let count = 2 + self.source.below(2);
        (0..count).map(|_| self.ask(depth - 1)).collect()
    }

    fn primitive(&mut self) -> Ask {
        match self.kind(14, 9) {
            Kind::Timeout => match self.source.below(20) {
                0 => Ask::Forever,
                1 | 2 => Ask::At(self.small(4)),
                3 | 4 => Ask::Settled,
                _ => Ask::Timeout(self.small(4)),
            },
            Kind::Kept if self.source.chance(35) => Ask::Lent(self.small(3)),
            Kind::Kept => Ask::Kept(self.small(3)),
            Kind::Condition => Ask::Until(self.facts()),
            Kind::Shelf => {
                let shelf = self.source.below(self.program.shelves.len());
                let ask = match self.source.below(20) {
                    0..8 => Ask::Get(shelf, self.wants()),
                    8..11 => Ask::GetBest(shelf, self.wants()),
                    _ => Ask::Put(shelf, self.small(3)),
                };
                if self.source.chance(30) {
                    Ask::Urgent(Box::new(ask), self.priority())
                } else {
                    ask
                }
            }
            Kind::Tank if self.source.chance(30) => {
                let (tank, priority) =
                    (self.source.below(self.program.tanks.len()), self.priority() - 1);
                if self.source.chance(55) {
                    Ask::DrawAs(tank, self.amount(), priority)
                } else {
                    Ask::FillAs(tank, self.amount(), priority)
                }
            }
            Kind::Tank if self.source.chance(55) => {
                let tank = self.source.below(self.program.tanks.len());
                Ask::Draw(tank, self.amount())
            }
            Kind::Tank => {
                let tank = self.source.below(self.program.tanks.len());
                Ask::Fill(tank, self.amount())
            }
            Kind::Resource => {
                let index = self.source.below(self.program.resources.len());
                match self.source.below(10) {
                    0..=3 => Ask::Acquire(index, self.priority()),
                    4..=6 => {
                        let units = self.units(self.program.resources[index]);
                        Ask::AcquireMany(index, units, self.priority())
                    }
                    _ => {
                        let other = self.source.below(self.program.resources.len());
                        let units = self.units(self.program.resources[index]);
                        let more = self.units(self.program.resources[other]);
                        Ask::Together([(index, units), (other, more)], self.priority())
                    }
                }
            }
            Kind::Preemptive => {
                let index = self.source.below(self.program.preemptives.len());
                let units = self.units(self.program.preemptives[index]);
                match self.source.below(10) {
                    0..=5 => Ask::Seize(index, self.priority(), self.source.chance(75)),
                    _ => Ask::SeizeMany(index, units, self.priority(), self.source.chance(75)),
                }
            }
            Kind::Barrier => Ask::Barrier(self.source.below(self.program.barriers)),
            Kind::Gate => Ask::Gate(self.source.below(self.program.gates.len())),
            Kind::Event => Ask::Event(self.source.below(self.program.events)),
        }
    }
}
