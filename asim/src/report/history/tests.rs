//! What the log says of things over time, where it is easy to get wrong.

use std::cell::RefCell;
use std::rc::Rc;

use crate::prelude::*;
use crate::report::pictures::of_trace::history;

/// A request of a process that is gone has no number in the log when it leaves the line. The line is shorter all the same.
#[test]
fn who_is_gone_stands_in_line_no_longer() {
    for is_granted in [false, true] {
        let sim = Simulation::new();
        let trace = sim.trace();
        let desk = Resource::new(&sim, 1).named("desk");
        let busy = desk.try_acquire();
        let parked = Rc::new(RefCell::new(None));
        let (to, wanted) = (Rc::clone(&parked), desk.clone());
        // Whoever has asked ends at once, and nobody knows it any more.
        drop(sim.spawn(async move { drop(to.replace(Some(wanted.acquire()))) }));
        sim.run_until(3.0).unwrap();
        let mut free = Some(busy);
        if is_granted {
            free = None;
        } else {
            parked.take();
        }
        sim.run_until(5.0).unwrap();
        assert_eq!(desk.waiting(), 0);
        drop(free);
        let history = history(&trace);
        let line = &history.things[history.find("desk").unwrap()].line;
        assert_eq!(line.points(), [(0.0, 1.0), (3.0, 0.0)], "granted: {is_granted}");
    }
}
