//! What the tests of channels have in common.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use asim::prelude::*;

/// What happened, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    pub(crate) fn add(&self, env: &Environment, what: impl std::fmt::Display) {
        self.0.borrow_mut().push(format!("{} {what}", env.now()));
    }

    #[track_caller]
    pub(crate) fn says(&self, expected: impl IntoIterator<Item: Into<String>>) {
        let expected: Vec<String> = expected.into_iter().map(Into::into).collect();
        assert_eq!(*self.0.borrow(), expected);
    }
}

/// Runs something at a time.
pub(crate) fn at(sim: &Simulation, time: f64, action: impl FnOnce() + 'static) {
    let env = Environment::clone(sim);
    sim.spawn(async move {
        env.timeout(time).await;
        action();
    });
}

/// Sends these one after another, the first at a time, and notes when each has been accepted.
pub(crate) fn sender(
    sim: &Simulation,
    log: &Log,
    start: f64,
    output: OutPort<u32>,
    items: impl IntoIterator<Item = u32> + 'static,
) -> ProcessRef {
    let (env, log) = (Environment::clone(sim), log.clone());
    let process = async move {
        env.timeout(start).await;
        for item in items {
            match output.send(item).await {
                Ok(()) => log.add(&env, format!("sent {item}")),
                Err(refused) => {
                    assert_eq!(refused.into_inner(), item);
                    log.add(&env, format!("refused {item}"));
                }
            }
        }
    };
    sim.spawn(process).process_ref()
}

/// Receives a number of items, the first at a time, and notes when each came.
pub(crate) fn receiver(
    sim: &Simulation,
    log: &Log,
    start: f64,
    input: InPort<u32>,
    count: usize,
) -> ProcessRef {
    let (env, log) = (Environment::clone(sim), log.clone());
    let process = async move {
        env.timeout(start).await;
        for _ in 0..count {
            match input.recv().await {
                Ok(item) => log.add(&env, format!("got {item}")),
                Err(error) => log.add(&env, error),
            }
        }
    };
    sim.spawn(process).process_ref()
}

/// An item that counts how many of its kind there are.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) id: u32,
    living: Rc<Cell<usize>>,
}

impl Token {
    pub(crate) fn new(id: u32, living: &Rc<Cell<usize>>) -> Self {
        living.set(living.get() + 1);
        Token { id, living: Rc::clone(living) }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.living.set(self.living.get() - 1);
    }
}
