//! All orders of the things that can hit a waiter at a rendezvous at one instant, done by one
//! process in one go, or by one process each.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use asim::prelude::*;

use super::items::{Token, at};

/// What can happen to the waiter at time 1; its own patience ends after all of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hit {
    /// The peer sends or receives.
    Meets,
    /// The peer drops its port.
    Leaves,
    Interrupts,
    Cancels,
}

const HITS: [Hit; 4] = [Hit::Meets, Hit::Leaves, Hit::Interrupts, Hit::Cancels];

/// All orders of all choices of the hits.
fn orders() -> Vec<Vec<Hit>> {
    let mut all = vec![vec![]];
    let mut longest = all.clone();
    for _ in HITS {
        let longer: Vec<Vec<Hit>> = longest
            .iter()
            .flat_map(|order: &Vec<Hit>| {
                let rest = HITS.iter().filter(|hit| !order.contains(hit));
                rest.map(|&hit| [order.clone(), vec![hit]].concat()).collect::<Vec<_>>()
            })
            .collect();
        all.extend(longer.iter().cloned());
        longest = longer;
    }
    all
}

/// How the wait ended.
#[derive(Debug)]
enum Met<T> {
    Met(T),
    Late(()),
}

/// The state of the waiter, by the rules: the first trigger decides, and an interrupt wins over a
/// trigger from which the waiter has not resumed.
#[derive(Default)]
struct Waiter {
    decided: Option<&'static str>,
    interrupted: bool,
    /// What it says when it has resumed. It then ends at once.
    says: Option<&'static str>,
    cancelled: bool,
}

impl Waiter {
    fn waits(&self) -> bool {
        self.decided.is_none() && self.lives()
    }

    fn lives(&self) -> bool {
        self.says.is_none() && !self.cancelled
    }

    fn decide(&mut self, outcome: &'static str) -> bool {
        let waits = self.waits();
        if waits {
            self.decided = Some(outcome);
        }
        waits
    }

    fn resume(&mut self) {
        if self.lives() && (self.interrupted || self.decided.is_some()) {
            self.says = if self.interrupted { Some("interrupt") } else { self.decided };
        }
    }
}

/// Returns what must be said for an order of hits, by the rules: what the waiter says, and what the
/// doer of each hit finds. The waiter says `met` when the peer has met it, and `left` when the peer
/// has left.
fn expect(order: &[Hit], in_one: bool, met: &'static str, left: &'static str) -> Vec<String> {
    let (mut waiter, mut said, mut has_port) = (Waiter::default(), Vec::new(), true);
    for hit in order {
        match hit {
            Hit::Meets if has_port => {
                let found = match waiter.decide(met) {
                    true => "met",
                    false if waiter.lives() => "nobody",
                    false => "gone",
                };
                said.push(found.to_owned());
            }
            Hit::Meets => {}
            Hit::Leaves => {
                has_port = false;
                waiter.decide(left);
            }
            Hit::Interrupts => waiter.interrupted |= waiter.lives(),
            Hit::Cancels => waiter.cancelled |= waiter.lives(),
        }
        if !in_one {
            waiter.resume();
        }
    }
    waiter.resume();
    waiter.decide("late");
    waiter.resume();
    said.extend(waiter.says.map(|says| format!("waiter: {says}")));
    said.sort();
    said
}

/// Runs an order of hits on a waiter. `meet` is what the peer does for a hit that meets.
fn run<P: 'static>(
    sim: &Simulation,
    order: &[Hit],
    in_one: bool,
    port: P,
    waiter: impl FnOnce() -> ProcessRef,
    meet: impl Fn(&P) -> &'static str + Clone + 'static,
    log: &Rc<RefCell<Vec<String>>>,
) {
    let port = Rc::new(RefCell::new(Some(port)));
    let target: Rc<RefCell<Option<ProcessRef>>> = Rc::default();
    let hits: Vec<Vec<Hit>> =
        if in_one { vec![order.to_vec()] } else { order.iter().map(|&hit| vec![hit]).collect() };
    for hits in hits {
        let (port, target) = (Rc::clone(&port), Rc::clone(&target));
        let (log, meet) = (Rc::clone(log), meet.clone());
        at(sim, 1.0, move || {
            for hit in hits {
                let waiter = target.borrow().clone().expect("it has been started");
                match hit {
                    Hit::Meets => {
                        if let Some(port) = &*port.borrow() {
                            log.borrow_mut().push(meet(port).to_owned());
                        }
                    }
                    Hit::Leaves => drop(port.take()),
                    Hit::Interrupts => waiter.interrupt("interrupt"),
                    Hit::Cancels => waiter.cancel(),
                }
            }
        });
    }
    // Its timer is the last of that instant.
    *target.borrow_mut() = Some(waiter());
    sim.run().unwrap();
}

#[test]
fn every_order_of_what_can_hit_a_receiver() {
    for (order, in_one) in orders().into_iter().flat_map(|o| [(o.clone(), true), (o, false)]) {
        let (sim, log) = (Simulation::new(), Rc::new(RefCell::new(Vec::new())));
        let living = Rc::new(Cell::new(0));
        let (output, input) = channel::<Token>(&sim, 0);
        let waiter = || {
            let (env, log) = (Environment::clone(&sim), Rc::clone(&log));
            let process = async move {
                let race = asim!(FirstOf::<Met<_>>(met = input.recv(), late = env.timeout(1.0)));
                let says = match env.interruptible(race).await {
                    Ok(Met::Met(Ok(_))) => "item",
                    Ok(Met::Met(Err(_))) => "left",
                    Ok(Met::Late(())) => "late",
                    Err(_) => "interrupt",
                };
                log.borrow_mut().push(format!("waiter: {says}"));
                // What it was promised and did not take is still there.
                let promised = log.borrow().iter().any(|said| said == "met") && says != "item";
                assert_eq!(matches!(input.try_recv(), Ok(Some(_))), promised);
            };
            sim.spawn(process).process_ref()
        };
        let tokens = Rc::clone(&living);
        let meet = move |output: &OutPort<Token>| match output.try_send(Token::new(1, &tokens)) {
            Ok(()) => "met",
            Err(asim::NotSent::Full(_)) => "nobody",
            Err(_) => "gone",
        };
        run(&sim, &order, in_one, output, waiter, meet, &log);
        log.borrow_mut().sort();
        assert_eq!(*log.borrow(), expect(&order, in_one, "item", "left"), "{order:?} {in_one}");
        assert_eq!(living.get(), 0, "{order:?} {in_one}");
    }
}

#[test]
fn every_order_of_what_can_hit_a_sender() {
    for (order, in_one) in orders().into_iter().flat_map(|o| [(o.clone(), true), (o, false)]) {
        let (sim, log) = (Simulation::new(), Rc::new(RefCell::new(Vec::new())));
        let living = Rc::new(Cell::new(0));
        let (output, input) = channel::<Token>(&sim, 0);
        let waiter = || {
            let (env, log) = (Environment::clone(&sim), Rc::clone(&log));
            let token = Token::new(1, &living);
            let process = async move {
                let race =
                    asim!(FirstOf::<Met<_>>(met = output.send(token), late = env.timeout(1.0)));
                let says = match env.interruptible(race).await {
                    Ok(Met::Met(Ok(()))) => "taken",
                    Ok(Met::Met(Err(refused))) => {
                        assert_eq!(refused.into_inner().id, 1);
                        "left"
                    }
                    Ok(Met::Late(())) => "late",
                    Err(_) => "interrupt",
                };
                log.borrow_mut().push(format!("waiter: {says}"));
            };
            sim.spawn(process).process_ref()
        };
        let meet = |input: &InPort<Token>| match input.try_recv() {
            Ok(Some(_)) => "met",
            Ok(None) => "nobody",
            Err(_) => "gone",
        };
        run(&sim, &order, in_one, input, waiter, meet, &log);
        log.borrow_mut().sort();
        assert_eq!(*log.borrow(), expect(&order, in_one, "taken", "left"), "{order:?} {in_one}");
        assert_eq!(living.get(), 0, "{order:?} {in_one}");
    }
}
