//! Random use of a channel, checked against the rules in the plainest code.
//!
//! The model is a list of requests and a map of items by number; after each step it searches from
//! the start for something that must happen by the rules, until nothing is left.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use asim::prelude::*;
use asim::{NotSent, ReceiverGone, SenderGone};

use super::items::Token;

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    WaitsToSend(u32),
    WaitsToReceive,
    WaitsToLook,
    Seen,
    Accepted,
    Refused(u32),
    Holds { number: u64, item: u32 },
    NothingComes,
    Over,
}

impl Stage {
    fn waits(self) -> bool {
        matches!(self, Stage::WaitsToSend(_) | Stage::WaitsToReceive | Stage::WaitsToLook)
    }
}

/// The rules.
struct Model {
    capacity: usize,
    items: BTreeMap<u64, u32>,
    requests: Vec<Stage>,
    out_dropped: bool,
    in_dropped: bool,
    accepted: u64,
}

impl Model {
    fn first(&self, which: impl Fn(Stage) -> bool) -> Option<usize> {
        self.requests.iter().position(|&stage| which(stage))
    }

    fn receivers(&self) -> Option<usize> {
        self.first(|stage| stage == Stage::WaitsToReceive)
    }

    fn senders(&self) -> Option<usize> {
        self.first(|stage| matches!(stage, Stage::WaitsToSend(_)))
    }

    fn promised(&self) -> usize {
        self.requests.iter().filter(|stage| matches!(stage, Stage::Holds { .. })).count()
    }

    fn receiver_gone(&self) -> bool {
        self.in_dropped && self.receivers().is_none() && self.promised() == 0
    }

    /// Does one thing that must happen by the rules. Returns `false` if there is none.
    fn happens(&mut self) -> bool {
        if self.in_dropped && self.out_dropped && self.looks() {
            return true;
        }
        if let Some(receiver) = self.receivers() {
            if let Some((number, item)) = self.items.pop_first() {
                self.requests[receiver] = Stage::Holds { number, item };
                return true;
            }
            if let Some(sender) = self.senders() {
                let Stage::WaitsToSend(item) = self.requests[sender] else { unreachable!() };
                self.accepted += 1;
                self.requests[sender] = Stage::Accepted;
                self.requests[receiver] = Stage::Holds { number: self.accepted, item };
                return true;
            }
            if self.out_dropped && self.promised() == 0 {
                self.requests[receiver] = Stage::NothingComes;
                return true;
            }
            return false;
        }
        let Some(sender) = self.senders() else { return self.looks() };
        let Stage::WaitsToSend(item) = self.requests[sender] else { unreachable!() };
        if self.receiver_gone() {
            self.requests[sender] = Stage::Refused(item);
            return true;
        }
        if self.items.len() < self.capacity {
            self.accepted += 1;
            self.requests[sender] = Stage::Accepted;
            self.items.insert(self.accepted, item);
            return true;
        }
        self.looks()
    }

    /// Answers the first look, if it has an answer.
    fn looks(&mut self) -> bool {
        let Some(look) = self.first(|stage| stage == Stage::WaitsToLook) else { return false };
        let nothing_comes = self.items.is_empty() && self.senders().is_none();
        if !nothing_comes && !self.in_dropped {
            self.requests[look] = Stage::Seen;
        } else if self.out_dropped && ((nothing_comes && self.promised() == 0) || self.in_dropped) {
            self.requests[look] = Stage::NothingComes;
        } else {
            return false;
        }
        true
    }

    /// The item that would be received next.
    fn next(&self) -> Option<u32> {
        let sender = self.senders().map(|sender| self.requests[sender]);
        self.items.first_key_value().map(|(_, &item)| item).or(match sender {
            Some(Stage::WaitsToSend(item)) => Some(item),
            _ => None,
        })
    }

    fn settle(&mut self) {
        while self.happens() {}
        if self.receiver_gone() {
            self.items.clear();
        }
    }

    fn ask(&mut self, request: Stage) -> usize {
        self.requests.push(request);
        self.settle();
        self.requests.len() - 1
    }

    /// Cancels these as one: what they hold goes back, then all that follows.
    fn cancel(&mut self, requests: &[usize]) {
        for &request in requests {
            let stage = std::mem::replace(&mut self.requests[request], Stage::Over);
            if let Stage::Holds { number, item } = stage {
                self.items.insert(number, item);
            }
        }
        self.settle();
    }

    fn consume(&mut self, request: usize) -> Stage {
        let stage = std::mem::replace(&mut self.requests[request], Stage::Over);
        self.settle();
        stage
    }

    fn try_send(&mut self, item: u32) -> &'static str {
        if self.receiver_gone() {
            return "gone";
        }
        // It never stands in line, where a look could see it.
        let full = self.items.len() >= self.capacity && self.receivers().is_none();
        if full || self.senders().is_some() {
            return "full";
        }
        let request = self.ask(Stage::WaitsToSend(item));
        let stage = std::mem::replace(&mut self.requests[request], Stage::Over);
        if stage == Stage::Accepted { "sent" } else { "full" }
    }

    fn try_recv(&mut self) -> Result<Option<u32>, SenderGone> {
        // The request stands behind all others, and is consumed before anything else follows from
        // it.
        let request = self.ask(Stage::WaitsToReceive);
        match self.consume(request) {
            Stage::Holds { item, .. } => Ok(Some(item)),
            Stage::NothingComes => Err(SenderGone),
            _ => Ok(None),
        }
    }
}

type Answers = Vec<Stage>;
type Waits = Pin<Box<dyn Future<Output = Answers>>>;

/// A request, or several in a race with a bell, and where it stands in the model.
struct Request {
    real: Waits,
    model: Vec<usize>,
    bell: Option<Event<()>>,
    rung: bool,
    says: String,
}

enum Race<T> {
    Done(Vec<T>),
    Bell(()),
}

fn received(answer: Result<Token, SenderGone>) -> Stage {
    // The test does not know the number, which is internal to the channel.
    answer.map_or(Stage::NothingComes, |item| Stage::Holds { number: 0, item: item.id })
}

fn seen(answer: Result<(), SenderGone>) -> Stage {
    answer.map_or(Stage::NothingComes, |()| Stage::Seen)
}

fn sent(answer: Result<(), ReceiverGone<Token>>) -> Stage {
    answer.map_or_else(|refused| Stage::Refused(refused.into_inner().id), |()| Stage::Accepted)
}

fn lone<W>(wait: W, read: fn(W::Output) -> Stage) -> Waits
where
    W: IntoFuture<IntoFuture: 'static, Output: 'static>,
{
    let wait = wait.into_future();
    Box::pin(async move { vec![read(wait.await)] })
}

/// Some requests that are joined, in a race with a bell.
macro_rules! raced {
    ($requests:expr, $bell:expr, $read:expr) => {{
        let race = asim!(FirstOf::<Race<_>>(done = all_of($requests), bell = $bell)).into_future();
        Box::pin(async move {
            match race.await {
                Race::Done(answers) => answers.into_iter().map($read).collect(),
                Race::Bell(()) => Vec::new(),
            }
        }) as Waits
    }};
}

/// Small random numbers, the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        u32::try_from((mixed >> 33) % u64::from(end)).expect("below a u32")
    }
}

/// A channel and its model, used alike.
struct Pair {
    sim: Simulation,
    model: Model,
    output: Option<OutPort<Token>>,
    input: Option<InPort<Token>>,
    requests: Vec<Request>,
    living: Rc<Cell<usize>>,
    next_item: u32,
    steps: Vec<String>,
}

impl Pair {
    fn new(capacity: usize) -> Self {
        let sim = Simulation::new();
        let (output, input) = channel(&sim, capacity);
        let model = Model {
            capacity,
            items: BTreeMap::new(),
            requests: Vec::new(),
            out_dropped: false,
            in_dropped: false,
            accepted: 0,
        };
        Pair {
            sim,
            model,
            output: Some(output),
            input: Some(input),
            requests: Vec::new(),
            living: Rc::default(),
            next_item: 0,
            steps: vec![format!("capacity {capacity}")],
        }
    }

    fn item(&mut self) -> Token {
        self.next_item += 1;
        Token::new(self.next_item, &self.living)
    }

    fn step(&mut self, random: &mut Random) {
        let which = random.below(112);
        match which {
            0..24 => self.send(random),
            24..48 => self.recv(random),
            48..56 => self.try_send(),
            56..64 => self.try_recv(),
            64..98 if !self.requests.is_empty() => {
                let at = random.below(u32::try_from(self.requests.len()).expect("few")) as usize;
                match which {
                    64..82 => self.poll(at),
                    82..92 => self.drop_request(at),
                    _ => self.ring(at),
                }
            }
            64..98 => {}
            100..108 => self.ready(random),
            108..112 => self.peek(),
            98 => self.drop_out(),
            99 => self.drop_in(),
            _ => unreachable!(),
        }
    }

    fn ready(&mut self, random: &mut Random) {
        let count = if random.below(3) == 0 { 2 } else { 1 };
        let Some(input) = &self.input else { return };
        let model = (0..count).map(|_| self.model.ask(Stage::WaitsToLook)).collect();
        let bell = (count == 2).then(|| self.sim.event());
        let mut looks: Vec<_> = (0..count).map(|_| input.ready()).collect();
        let real = match &bell {
            Some(bell) => raced!(looks, bell, seen),
            None => lone(looks.remove(0), seen),
        };
        self.keep(real, model, bell, format!("ready {count}"));
    }

    fn peek(&mut self) {
        let Some(input) = &self.input else { return };
        self.steps.push("peek".to_owned());
        // What the channel shows does not change while its item is looked at.
        let offers = input.probe();
        let id = input.peek(|item| {
            assert_eq!((input.probe(), input.try_recv().is_ok()), (offers, true));
            assert!(input.peek(|_| ()).is_none());
            item.id
        });
        assert_eq!(id, self.model.next());
    }

    fn send(&mut self, random: &mut Random) {
        let count = if random.below(3) == 0 { 2 } else { 1 };
        let items: Vec<Token> = (0..count).map(|_| self.item()).collect();
        let Some(output) = &self.output else { return };
        let says = format!("send {:?}", items.iter().map(|item| item.id).collect::<Vec<_>>());
        let model = items.iter().map(|item| self.model.ask(Stage::WaitsToSend(item.id))).collect();
        let bell = (count == 2).then(|| self.sim.event());
        let mut sends: Vec<_> = items.into_iter().map(|item| output.send(item)).collect();
        let real = match &bell {
            Some(bell) => raced!(sends, bell, sent),
            None => lone(sends.remove(0), sent),
        };
        self.keep(real, model, bell, says);
    }

    fn recv(&mut self, random: &mut Random) {
        let count = if random.below(3) == 0 { 2 } else { 1 };
        let Some(input) = &self.input else { return };
        let model = (0..count).map(|_| self.model.ask(Stage::WaitsToReceive)).collect();
        let bell = (count == 2).then(|| self.sim.event());
        let mut receives: Vec<_> = (0..count).map(|_| input.recv()).collect();
        let real = match &bell {
            Some(bell) => raced!(receives, bell, received),
            None => lone(receives.remove(0), received),
        };
        self.keep(real, model, bell, format!("recv {count}"));
    }

    fn keep(&mut self, real: Waits, model: Vec<usize>, bell: Option<Event<()>>, says: String) {
        self.steps.push(says.clone());
        self.requests.push(Request { real, model, bell, rung: false, says });
    }

    fn try_send(&mut self) {
        let item = self.item();
        let Some(output) = &self.output else { return };
        self.steps.push(format!("try_send {}", item.id));
        let expected = self.model.try_send(item.id);
        let found = match output.try_send(item) {
            Ok(()) => "sent",
            Err(NotSent::Full(_)) => "full",
            Err(_) => "gone",
        };
        assert_eq!(found, expected);
    }

    fn try_recv(&mut self) {
        let Some(input) = &self.input else { return };
        self.steps.push("try_recv".to_owned());
        let found = input.try_recv().map(|item| item.map(|item| item.id));
        assert_eq!(found, self.model.try_recv());
    }

    fn poll(&mut self, at: usize) {
        self.steps.push(format!("poll {}", self.requests[at].says));
        let request = &mut self.requests[at];
        let poll = request.real.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let stages: Vec<Stage> = request.model.iter().map(|&at| self.model.requests[at]).collect();
        if !request.rung && stages.iter().any(|stage| stage.waits()) {
            assert_eq!(poll, Poll::Pending);
            return;
        }
        let mut expected = Vec::new();
        if !request.rung {
            for &at in &request.model {
                expected.push(match self.model.consume(at) {
                    Stage::Holds { item, .. } => Stage::Holds { number: 0, item },
                    stage => stage,
                });
            }
        }
        assert_eq!(poll, Poll::Ready(expected));
        drop(self.requests.swap_remove(at));
    }

    fn drop_request(&mut self, at: usize) {
        let request = self.requests.swap_remove(at);
        self.steps.push(format!("drop {}", request.says));
        drop(request.real);
        if !request.rung {
            self.model.cancel(&request.model);
        }
    }

    /// Rings the bell that a request may lose to.
    fn ring(&mut self, at: usize) {
        let request = &mut self.requests[at];
        let Some(bell) = request.bell.take() else { return };
        self.steps.push(format!("ring for {}", request.says));
        bell.succeed(());
        if request.model.iter().any(|&at| self.model.requests[at].waits()) {
            request.rung = true;
            let lost = request.model.clone();
            self.model.cancel(&lost);
        }
    }

    fn drop_out(&mut self) {
        self.steps.push("drop the out port".to_owned());
        drop(self.output.take());
        self.model.out_dropped = true;
        self.model.settle();
    }

    fn drop_in(&mut self) {
        self.steps.push("drop the in port".to_owned());
        drop(self.input.take());
        self.model.in_dropped = true;
        self.model.settle();
    }

    /// What can be seen from outside without touching anything.
    fn compare(&self) {
        if let Some(output) = &self.output {
            assert_eq!(output.probe(), self.model.receivers().is_some(), "the out port's probe");
        }
        if let Some(input) = &self.input {
            let offers = !self.model.items.is_empty() || self.model.senders().is_some();
            assert_eq!(input.probe(), offers, "the in port's probe");
        }
    }

    fn run(&mut self, random: &mut Random) {
        for _ in 0..random.below(60) {
            self.step(random);
            self.compare();
        }
        if random.below(8) == 0 {
            self.sim = Simulation::new(); // the old one goes first
            self.requests.clear();
        }
        while !self.requests.is_empty() {
            let before = self.requests.len();
            self.poll(0);
            if self.requests.len() == before {
                self.drop_request(0);
            }
            self.compare();
        }
        (self.output, self.input) = (None, None);
        assert_eq!(self.living.get(), 0, "items that are still somewhere");
    }
}

/// Prints what was done if a run fails.
struct Report<'p>(&'p mut Pair, u64);

impl Drop for Report<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}:\n  {}", self.1, self.0.steps.join("\n  "));
        }
    }
}

#[test]
fn random_use_does_what_the_rules_say() {
    let runs: u64 = std::env::var("ASIM_PROGRAMS")
        .map_or(5_000, |text| text.parse().expect("ASIM_PROGRAMS is a number"));
    let first: u64 =
        std::env::var("ASIM_SEED").map_or(1, |text| text.parse().expect("ASIM_SEED is a number"));
    for seed in first..first + runs {
        let mut random = Random(seed);
        let mut pair = Pair::new(random.below(4) as usize);
        let report = Report(&mut pair, seed);
        report.0.run(&mut random);
    }
}
