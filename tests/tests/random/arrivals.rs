//! Arrivals at a rate that changes: the expected number between two of them is exponential.

use std::cell::Cell;
use std::rc::Rc;

use asim::Arrivals;
use asim::prelude::*;

use crate::chi_square::{counts_are, follows};

/// The expected numbers between one arrival and the next.
fn gaps(mut arrivals: Arrivals, expected_up_to: impl Fn(f64) -> f64) -> impl FnMut() -> f64 {
    let mut time = 0.0;
    move || {
        let before = time;
        time = arrivals.next(time);
        expected_up_to(time) - expected_up_to(before)
    }
}

fn exponential(x: f64) -> f64 {
    -(-x).exp_m1()
}

#[test]
fn the_expected_number_between_two_is_exponential() {
    let stream = Stream::seeded(1, "thinning");
    // The rate is 1 + cos t; its integral is t + sin t. The numbers stay small: time goes round.
    let rate = |time: f64| 1.0 + time.cos();
    follows("arrivals", gaps(stream.arrivals(rate, 2.0), |time| time + time.sin()), exponential);
}

#[test]
fn the_expected_number_between_two_is_exponential_in_slots() {
    let stream = Stream::seeded(1, "slots");
    let expected = [3.0, 0.0, 0.25, 6.0];
    let up_to = move |time: f64| {
        let slots = time / 5.0;
        let whole = slots.floor();
        let round = (whole / 4.0).floor();
        let here = (whole - 4.0 * round) as usize;
        round * 9.25 + expected[..here].iter().sum::<f64>() + expected[here] * (slots - whole)
    };
    follows("arrivals_per", gaps(stream.arrivals_per(5.0, expected), up_to), exponential);
}

#[test]
fn each_slot_gets_its_number() {
    let stream = Stream::seeded(3, "day");
    let per_hour: Vec<f64> = (0..24).map(|hour| f64::from(hour % 7)).collect();
    let mut arrivals = stream.arrivals_per(60.0, per_hour.clone());
    let mut counts = vec![0_u32; 24];
    let days = 2000.0;
    let mut time = -1000.0 * 1440.0; // also before zero
    loop {
        time = arrivals.next(time);
        if time >= 1000.0 * 1440.0 {
            break;
        }
        counts[(time / 60.0).rem_euclid(24.0) as usize] += 1;
    }
    let expected: Vec<f64> = per_hour.iter().map(|number| number * days).collect();
    for hour in [0, 7, 14, 21] {
        assert_eq!(counts[hour], 0, "nobody comes in hour {hour}");
    }
    counts_are("arrivals_per", &counts, &expected);
}

#[test]
fn an_arrival_takes_one_number_of_the_stream() {
    let (stream, twin) = (Stream::seeded(1, "x"), Stream::seeded(1, "x"));
    let mut arrivals = stream.arrivals(|time| if time < 50.0 { 0.0 } else { 0.1 }, 1.0);
    let first = arrivals.next(0.0);
    assert!(first > 50.0);
    let _ = twin.uniform(0.0, 1.0);
    assert_eq!(stream.uniform(0.0, 1.0), twin.uniform(0.0, 1.0));

    let _ = stream.arrivals_per(1.0, [0.0, 0.0, 1.0]).next(0.0);
    let _ = twin.uniform(0.0, 1.0);
    assert_eq!(stream.uniform(0.0, 1.0), twin.uniform(0.0, 1.0));
}

#[test]
fn no_arrival_comes_after_the_end() {
    let stream = Stream::seeded(1, "x");
    let mut arrivals = stream.arrivals(|time| if time < 9.0 { 5.0 } else { 0.0 }, 5.0).until(9.0);
    let (mut time, mut count) = (0.0, 0);
    while time < f64::INFINITY {
        time = arrivals.next(time);
        assert!(time <= 9.0 || time == f64::INFINITY);
        count += 1;
    }
    assert!((25..70).contains(&count), "{count}");
    let mut arrivals = stream.arrivals_per(1.0, [5.0]).until(9.0);
    assert_eq!(arrivals.next(9.0), f64::INFINITY);
}

#[test]
fn a_source_waits_until_the_next_arrival() {
    let sim = Simulation::seeded(42);
    let count = Rc::new(Cell::new(0));
    let (env, stream, counter) = (sim.env(), sim.stream("patients"), count.clone());
    sim.spawn(async move {
        let mut arrivals = stream.arrivals_per(60.0, [2.0, 8.0]);
        loop {
            env.timeout_until(arrivals.next(env.now())).await;
            counter.set(counter.get() + 1);
        }
    });
    sim.run_until(100.0 * 120.0).unwrap();
    assert!((900..1100).contains(&count.get()), "{}", count.get());
}

/// The rate function may use the stream, and another one.
#[test]
fn the_rate_may_draw() {
    let stream = Stream::seeded(1, "x");
    let same = stream.clone();
    let mut arrivals = stream.arrivals(move |_| same.uniform(0.0, 2.0), 2.0);
    let mut time = 0.0;
    for _ in 0..1000 {
        time = arrivals.next(time);
    }
    assert!((850.0..1150.0).contains(&time), "{time}");
}

#[test]
fn rare_arrivals_are_found_at_once() {
    let stream = Stream::seeded(1, "x");
    let mut arrivals = stream.arrivals_per(1.0, [0.0, 1e-12, 0.0]);
    let first = arrivals.next(0.0);
    assert!(
        first > 1e9 && first.rem_euclid(3.0) >= 0.999 && first.rem_euclid(3.0) <= 2.001,
        "{first}"
    );
    let mut never = stream.arrivals_per(1e300, [1e-300]);
    assert!(never.next(0.0) > 1e300);
}
