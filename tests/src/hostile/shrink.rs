//! Makes a failing program smaller, as long as it still fails: one statement less, one act less, a
//! part in place of the whole, a token that does less.

use super::program::{Act, Ask, Main, Op, Program, Token};

/// Tries simpler programs until none of them fails any more.
pub fn shrink(program: &Program, mut fails: impl FnMut(&Program) -> bool) -> Program {
    let mut best = program.clone();
    let mut at = 0;
    let mut tried_all_since_success = false;
    loop {
        let mut copy = best.clone();
        let mut cut = Cut { left: at, done: false };
        cut.program(&mut copy);
        if !cut.done {
            if tried_all_since_success {
                return best;
            }
            (at, tried_all_since_success) = (0, true);
        } else if copy != best && fails(&copy) {
            best = copy;
            tried_all_since_success = false;
        } else {
            at += 1;
        }
    }
}

/// Makes the cut with the given number.
struct Cut {
    left: usize,
    done: bool,
}

impl Cut {
    /// Returns `true` if the cut is made here.
    fn here(&mut self) -> bool {
        if self.done {
            return false;
        }
        self.done = self.left == 0;
        self.left = self.left.saturating_sub(1);
        self.done
    }

    fn some<T>(&mut self, list: &mut Vec<T>, mut inside: impl FnMut(&mut Self, &mut T)) {
        for at in (0..list.len()).rev() {
            if self.here() {
                list.remove(at);
                return;
            }
        }
        for part in list {
            inside(self, part);
        }
    }

    fn program(&mut self, program: &mut Program) {
        for script in &mut program.scripts {
            if !script.is_empty() && self.here() {
                script.clear();
            }
        }
        self.some(&mut program.main, |cut, main| {
            if let Main::Block(ops) = main {
                cut.ops(ops);
            }
        });
        for script in &mut program.scripts {
            self.ops(script);
        }
        for list in &mut program.lists {
            self.some(list, Self::act);
        }
        if program.scripts.last().is_some_and(Vec::is_empty) && self.here() {
            program.scripts.pop();
        }
        if program.lists.last().is_some_and(Vec::is_empty) && self.here() {
            program.lists.pop();
        }
        if !program.drops_early && self.here() {
            program.drops_early = true;
        }
    }

    fn ops(&mut self, ops: &mut Vec<Op>) {
        self.some(ops, Self::op);
    }

    fn op(&mut self, op: &mut Op) {
        match op {
            Op::Await(ask) => self.ask(ask),
            Op::NowOrNever(ask, _) | Op::PollAndPark(ask) | Op::Rounds(ask) => {
                let inner = ask.clone();
                self.ask(ask);
                if self.here() {
                    *op = Op::Await(inner);
                }
            }
            Op::HostileWaker(ask, wake, gone) => {
                self.ask(ask);
                self.list(wake);
                self.list(gone);
                let inner = ask.clone();
                if self.here() {
                    *op = Op::Await(inner);
                }
            }
            Op::Hold(token) => self.token(token),
            Op::Catch(ops) => self.ops(ops),
            Op::JoinBoth(one, other) | Op::Select(one, other) => {
                self.ask(one);
                self.ask(other);
                let inner = one.clone();
                if self.here() {
                    *op = Op::Await(inner);
                }
            }
            Op::Unordered(asks) => self.some(asks, Self::ask),
            _ => {}
        }
    }

    fn ask(&mut self, ask: &mut Ask) {
        let inner = match ask {
            Ask::FirstOf(asks) | Ask::AllOf(asks) | Ask::TryAllOf(asks) => {
                if asks.len() > 2 {
                    self.some(asks, Self::ask);
                } else {
                    for inner in &mut *asks {
                        self.ask(inner);
                    }
                }
                asks[0].clone()
            }
            Ask::Interruptible(inner) | Ask::Uninterruptible(inner) => {
                self.ask(inner);
                Ask::clone(inner)
            }
            Ask::Block(ops) => {
                self.ops(ops);
                Ask::Timeout(1)
            }
            Ask::Put(_, token)
            | Ask::PutUrgent(_, token, _)
            | Ask::Send(token)
            | Ask::OwnEvent(token) => {
                self.token(token);
                Ask::Timeout(1)
            }
            Ask::GetWhere(list, _)
            | Ask::GetBest(list, _)
            | Ask::LendBest(list, _)
            | Ask::Lend(list, _)
            | Ask::Until(list, _)
            | Ask::Condition(_, list)
            | Ask::Ready(list) => {
                self.list(list);
                Ask::Timeout(1)
            }
            Ask::Kept(_, rounds, _, list) => {
                self.list(list);
                self.some(rounds, |_, _| {});
                Ask::Timeout(1)
            }
            Ask::UntilTime(_) | Ask::Settled | Ask::Transfer(..) => Ask::Timeout(1),
            _ => return,
        };
        if self.here() {
            *ask = inner;
        }
    }

    fn act(&mut self, act: &mut Act) {
        match act {
            Act::TryPut(_, token)
            | Act::Succeed(_, token)
            | Act::Set(_, token)
            | Act::ParkPut(token)
            | Act::Interrupt(_, token) => self.token(token),
            Act::TryGetWhere(list)
            | Act::TryLend(list)
            | Act::TryGetBest(list)
            | Act::TryLendBest(list)
            | Act::ParkGet(list)
            | Act::Peek(list)
            | Act::Look(_, list) => self.list(list),
            Act::Drop(ask) | Act::Park(ask) => self.ask(ask),
            Act::Poll(wake, gone) => {
                self.list(wake);
                self.list(gone);
            }
            _ => {}
        }
    }

    fn token(&mut self, token: &mut Token) {
        self.list(&mut token.drop);
        self.list(&mut token.call);
        if token.slot && self.here() {
            token.slot = false;
        }
    }

    fn list(&mut self, list: &mut Option<usize>) {
        if list.is_some() && self.here() {
            *list = None;
        }
    }
}
