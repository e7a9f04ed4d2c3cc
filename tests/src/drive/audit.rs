//! The audit: the books of the measures against a slow recomputation.
//!
//! A program runs step by step. Before the clock moves on, the audit looks at what each object shows (its level,
//! its capacity, how many wait), and adds that up itself. The log is counted. At some moment of the run all
//! measures start again. When the run is over, all processes are ended, so that nobody waits. Then must
//! hold, for each object:
//!
//! 1. The time spent at the levels, the capacities and the lengths of the lines is what the audit has added up.
//! 2. Little's law, exactly: the area under the length of a line is the sum of all waits in it. (J. D. C. Little,
//!    "A proof for the queuing formula L = lambda W", Operations Research 9 (1961), 383-387.)
//! 3. The counts are those of the log: granted, left, in line, released and preempted.

use super::objects::Shown;
use super::{Locals, Objects, Stage};
use crate::program::{End, Program};
use asim::prelude::*;
use asim::{Kind, Level, Side, Trace};

/// What was added up for one object.
#[derive(Clone, Default)]
struct Sums {
    level: f64,
    capacity: f64,
    lines: [f64; 2],
}

/// The books of one object over the whole run: before the measures started again, and after.
#[derive(Clone, Default)]
struct Total {
    name: String,
    sums: Sums,
    /// The sum of the waits in each line.
    waits: [f64; 2],
    /// In each line: served, of them at once, left.
    counts: [[u64; 3]; 2],
    ended: Option<u64>,
    has_level: bool,
    has_capacity: bool,
}

/// Runs a program and compares. `restart` is the step after which all measures start again.
///
/// # Errors
/// Says which book of which object is wrong.
///
/// # Panics
/// When asim does.
pub fn audit(program: &Program, restart: usize) -> Result<(), String> {
    let sim = Simulation::new();
    let log = sim.trace();
    let stage = Stage::new(&sim, program, Objects::new(&sim, program).named());
    // Without a bound there is no capacity to measure. It is measured since there is one again.
    let is_unbounded = program.to_string().contains("set_capacity(None)");
    let mut sums = vec![Sums::default(); stage.objects.seen().len()];
    let mut totals = vec![Total::default(); sums.len()];
    let mut main = Locals::default();
    for step in &program.setup {
        stage.perform(None, &mut main, step);
    }
    let until = match program.end {
        End::Dry => f64::INFINITY,
        End::At(time) | End::Before(time) | End::Parts(_, time) => time.into(),
    };
    // What is seen before a step holds until the clock moves on in it.
    let mut pass = |stage: &Stage, advance: &dyn Fn() -> bool| {
        let (before, seen) = (stage.env.now(), stage.objects.seen());
        let goes_on = advance();
        let dt = stage.env.now() - before;
        for (sums, shown) in sums.iter_mut().zip(seen) {
            let Shown { level, capacity, takers, putters } = shown;
            sums.level += level * dt;
            sums.capacity += capacity.unwrap_or_default() * dt;
            sums.lines[0] += takers as f64 * dt;
            sums.lines[1] += putters as f64 * dt;
        }
        goes_on
    };
    let mut steps = 0;
    let mut failed = false;
    while !failed && sim.peek().is_some_and(|next| next <= until) {
        failed = !pass(&stage, &|| sim.step().is_ok());
        steps += 1;
        if steps == restart {
            close(&mut totals, &stage.objects, is_unbounded);
            sim.reset_measures();
        }
    }
    if until.is_finite() && !failed {
        pass(&stage, &|| sim.run_until(until).is_ok());
    }
    for process in stage.processes.take() {
        process.cancel();
    }
    drop(main);
    close(&mut totals, &stage.objects, is_unbounded);
    for ((total, sums), shown) in totals.iter().zip(&sums).zip(stage.objects.seen()) {
        check(total, sums, &shown, &log).map_err(|wrong| format!("{}: {wrong}", total.name))?;
    }
    Ok(())
}

/// Adds the books of this part of the run.
fn close(totals: &mut [Total], objects: &Objects, is_unbounded: bool) {
    let area = |level: &Level| if level.time() > 0.0 { level.mean() * level.time() } else { 0.0 };
    let sum = |tally: &asim::Tally| tally.sum();
    for (total, books) in totals.iter_mut().zip(objects.books()) {
        total.name = books.name;
        total.has_level |= books.level.is_some();
        total.has_capacity |= books.capacity.is_some() && !is_unbounded;
        total.sums.level += books.level.as_ref().map_or(0.0, area);
        total.sums.capacity += books.capacity.as_ref().map_or(0.0, area);
        for (index, line) in books.lines.iter().enumerate() {
            total.sums.lines[index] += area(&line.length);
            total.waits[index] += sum(&line.waited) + sum(&line.gave_up);
            for (all, more) in total.counts[index].iter_mut().zip(line.counts) {
                *all += more;
            }
        }
        total.ended = books.ended.map(|ended| ended + total.ended.unwrap_or_default());
    }
}

fn check(total: &Total, sums: &Sums, shown: &Shown, log: &Trace) -> Result<(), String> {
    let same = |what: &str, booked: f64, seen: f64| {
        // Small whole times: only the mean has rounded.
        let is_same = (booked - seen).abs() <= 1e-6 * seen.abs().max(1.0);
        if is_same { Ok(()) } else { Err(format!("{what}: {booked} in the books, but {seen}")) }
    };
    if total.has_level {
        same("the area under the level", total.sums.level, sums.level)?;
    }
    if total.has_capacity {
        same("the area under the capacity", total.sums.capacity, sums.capacity)?;
    }
    if (shown.takers, shown.putters) != (0, 0) {
        return Err(format!("somebody waits, but nobody is there: {shown:?}"));
    }
    for (index, side) in [Side::Take, Side::Put].into_iter().enumerate() {
        same("the area under the line", total.sums.lines[index], sums.lines[index])?;
        same("Little's law: the area under the line", sums.lines[index], total.waits[index])?;
        let count = |kind| {
            let of_side = |side_: Option<Side>| side_ == Some(side);
            let all = log.of_thing(&total.name).filter(|it| it.kind == kind && of_side(it.side));
            all.count() as f64
        };
        let [served, at_once, left] = total.counts[index].map(|count| count as f64);
        same("granted", served, count(Kind::Granted))?;
        same("left", left, count(Kind::Left))?;
        same("in line", served - at_once + left, count(Kind::Waits))?;
    }
    if let Some(ended) = total.ended {
        let count = |kind| log.of_thing(&total.name).filter(|it| it.kind == kind).count();
        let logged = count(Kind::Released) + count(Kind::Preempted);
        same("holds that ended", ended as f64, logged as f64)?;
    }
    Ok(())
}
