//! Makes random hostile programs, the same ones from the same seed on every machine.

use super::interpret::{CONDITIONS, KEPT};
use super::program::{Act, Ask, List, Main, Op, Program, Token};

/// Makes the program of a seed.
#[must_use]
pub fn from_seed(seed: u64) -> Program {
    // Neighbouring seeds must not give neighbouring choices.
    let mut maker = Maker { state: seed.wrapping_mul(0xD134_2543_DE82_EF95), ..Maker::default() };
    maker.panics = maker.chance(70);
    maker.threads = maker.chance(3);
    maker.lists = 1 + maker.below(4);
    maker.scripts = 1 + maker.below(4);
    let lists = (0..maker.lists).map(|_| maker.acts()).collect();
    let scripts = (0..maker.scripts).map(|_| maker.ops(5, 3)).collect();
    let mut main: Vec<Main> = Vec::new();
    for _ in 0..=maker.below(4) {
        main.push(maker.main());
    }
    Program { lists, scripts, main, drops_early: maker.chance(20) }
}

/// A program that is being made.
#[derive(Default)]
struct Maker {
    state: u64,
    lists: usize,
    scripts: usize,
    panics: bool,
    threads: bool,
}

impl Maker {
    /// `SplitMix64`: no better generator is needed to choose among a few things.
    fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).expect("31 bits") % bound.max(1)
    }

    fn small(&mut self, bound: usize) -> u8 {
        u8::try_from(self.below(bound)).expect("small")
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn priority(&mut self) -> i32 {
        i32::from(self.small(3))
    }

    fn list(&mut self, percent: usize) -> Option<List> {
        let list = self.below(self.lists);
        self.chance(percent).then_some(list)
    }

    /// A token.
    fn token(&mut self) -> Token {
        Token { drop: self.list(40), call: self.list(25), slot: self.chance(15) }
    }

    fn acts(&mut self) -> Vec<Act> {
        let mut acts = Vec::new();
        for _ in 0..=self.below(3) {
            let act = self.act();
            // A process that ends at the first interrupt leaves the second one behind.
            let again = matches!(act, Act::Interrupt(..)) && self.chance(40);
            acts.extend(again.then(|| act.clone()));
            acts.push(act);
        }
        acts
    }

    fn act(&mut self) -> Act {
        match self.below(46) {
            40 => Act::ReleaseOne,
            41 => Act::LetOnePass,
            42 => Act::Peek(self.list(60)),
            43 => Act::TryCask(self.chance(50)),
            44 => Act::CaskCapacity(self.small(3)),
            38 => {
                let most = [Some(0), Some(1), Some(2), None][self.below(4)];
                Act::ShelfCapacity(self.below(3), most)
            }
            39 => Act::Look(self.below(4), self.list(60)),
            32 => Act::TryGetBest(self.list(60)),
            33 => Act::TryLendBest(self.list(60)),
            34 => Act::ParkPut(self.token()),
            35 => Act::Withdraw,
            36 => Act::ParkGet(self.list(60)),
            37 => Act::Prioritize(self.priority()),
            0 => Act::TryGet(self.below(3)),
            1 | 2 => Act::TryPut(self.below(3), self.token()),
            3 => Act::TryGetWhere(self.list(50)),
            4 => Act::TryAcquire,
            5 => Act::TryLend(self.list(50)),
            6 => Act::TryDraw,
            7 => Act::TryFill,
            8 | 9 => Act::Succeed(self.below(2), self.token()),
            10 => Act::CancelEvent(self.below(2)),
            11 => Act::Set(self.small(3), self.token()),
            12 => Act::Open,
            13 => Act::Drop(self.ask(1)),
            14 => Act::Park(self.ask(1)),
            15 => Act::Unpark,
            16 => Act::Poll(self.list(40), self.list(40)),
            17 => Act::Interrupt(self.below(4), self.token()),
            18 => Act::Cancel(self.below(4)),
            19 => Act::Start(self.below(self.scripts)),
            20 => Act::Schedule(self.small(3), self.below(self.lists)),
            21 => Act::DropHandle(self.below(4)),
            22 => Act::StartIn(self.small(3), self.below(self.scripts)),
            23 if self.chance(50) => Act::DropOut,
            23 => Act::DropIn,
            24 => Act::Capacity(self.chance(50), self.below(3)),
            25 => Act::OpenGate,
            26 => Act::CloseGate,
            30 => Act::TryAcquireMany(1 + self.below(3)),
            31 => Act::CrewCapacity(self.below(4)),
            _ if self.panics => Act::Panic,
            _ => Act::TryFill,
        }
    }

    fn ops(&mut self, most: usize, depth: usize) -> Vec<Op> {
        let mut ops = Vec::new();
        for _ in 0..=self.below(most) {
            let op = self.op(depth);
            let interruptible = matches!(op, Op::Await(Ask::Interruptible(_)));
            ops.push(op);
            if interruptible && self.panics && self.chance(15) {
                ops.push(Op::Panic);
            }
        }
        ops
    }

    fn op(&mut self, depth: usize) -> Op {
        if depth == 0 {
            return Op::Await(self.simple());
        }
        match self.below(30) {
            0..=9 => Op::Await(self.ask(depth)),
            10 | 11 => Op::Hold(self.token()),
            12 => Op::Release,
            13..=15 => Op::Do(self.below(self.lists)),
            16 | 17 => {
                let mut body = self.ops(3, depth - 1);
                if self.panics && self.chance(30) {
                    let bad = Ask::Block(vec![Op::Await(self.simple()), Op::Panic]);
                    body.push(Op::Await(Ask::FirstOf(vec![self.simple(), bad])));
                }
                Op::Catch(body)
            }
            18 => Op::JoinBoth(self.ask(depth - 1), self.ask(depth - 1)),
            19 => Op::Select(self.ask(depth - 1), self.ask(depth - 1)),
            // `FuturesUnordered` leaks its other futures when one of them panics in its drop.
            20 if !self.panics => Op::Unordered((0..3).map(|_| self.ask(depth - 1)).collect()),
            21 => Op::NowOrNever(self.ask(depth - 1), self.chance(50)),
            22 => Op::PollAndPark(self.ask(depth - 1)),
            23 => Op::Rounds(self.ask(depth - 1)),
            24 => Op::AwaitParked,
            25 => Op::HostileWaker(self.ask(depth - 1), self.list(30), self.list(50)),
            26 if self.threads => Op::Thread,
            27 if self.chance(20) => Op::Fail,
            28 if self.panics => Op::Panic,
            _ => Op::Await(Ask::Interruptible(Box::new(self.ask(depth - 1)))),
        }
    }

    fn ask(&mut self, depth: usize) -> Ask {
        if depth == 0 {
            return self.simple();
        }
        match self.below(15) {
            14 => Ask::TryAllOf((0..2).map(|_| self.ask(depth - 1)).collect()),
            0 | 1 => Ask::FirstOf((0..2 + self.below(2)).map(|_| self.ask(depth - 1)).collect()),
            2 => Ask::AllOf((0..2).map(|_| self.ask(depth - 1)).collect()),
            3 => Ask::Block(self.ops(2, depth - 1)),
            4 => Ask::Interruptible(Box::new(self.ask(depth - 1))),
            5 => Ask::Uninterruptible(Box::new(self.ask(depth - 1))),
            _ => self.simple(),
        }
    }

    fn simple(&mut self) -> Ask {
        match self.below(48) {
            37..=40 => Ask::Condition(self.below(CONDITIONS), self.list(50)),
            41..=44 => {
                let rounds = (0..self.below(4)).map(|_| self.small(10)).collect();
                Ask::Kept(self.below(KEPT), rounds, self.small(4), self.list(40))
            }
            45 => Ask::Ready(self.list(50)),
            46 | 47 => Ask::Transfer(self.chance(60), self.chance(50), self.priority()),
            33 | 34 => Ask::GetBest(self.list(60), self.priority()),
            35 => Ask::LendBest(self.list(50), self.chance(50)),
            36 => Ask::PutUrgent(self.below(3), self.token(), self.priority()),
            0..=3 => Ask::Timeout(self.small(4)),
            4 => Ask::Never,
            5 | 6 => Ask::Get(self.below(3)),
            7 => Ask::GetWhere(self.list(60), self.chance(50)),
            8..=10 => Ask::Put(self.below(3), self.token()),
            11 => Ask::Acquire(self.priority()),
            12 => Ask::Seize(self.priority()),
            13 => Ask::Work(self.priority(), self.small(3)),
            14 => Ask::Lend(self.list(50), self.chance(50)),
            15 => Ask::Draw,
            16 => Ask::Fill,
            17 | 18 => Ask::Event(self.below(2)),
            19 => Ask::OwnEvent(self.token()),
            20 => Ask::Until(self.list(50), self.small(3)),
            21 => Ask::Barrier,
            22 => Ask::Join(self.below(4)),
            23 => Ask::Gate,
            25 => Ask::AcquireMany(1 + self.below(3), self.priority()),
            26 => Ask::SeizeMany(1 + self.below(2), self.priority()),
            27 | 28 => Ask::Together(1 + self.below(3), self.chance(50), self.priority()),
            29 => Ask::Turn(self.priority(), self.small(3), self.priority()),
            24 if self.chance(50) => Ask::Send(self.token()),
            30 => Ask::UntilTime(self.small(4)),
            31 | 32 => Ask::Settled,
            _ => Ask::Receive,
        }
    }

    fn main(&mut self) -> Main {
        match self.below(10) {
            0 | 1 => Main::Run,
            2 | 3 => Main::Until(self.small(4)),
            4 => Main::Steps(self.small(8)),
            5 => Main::Block(self.ops(2, 2)),
            6 => Main::All(self.below(4)),
            9 => Main::Before(self.small(3)),
            _ => Main::Do(self.below(self.lists)),
        }
    }
}
