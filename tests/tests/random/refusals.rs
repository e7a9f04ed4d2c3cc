//! Parameters that make no sense are refused, at the line that gives them, with their value.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use asim::prelude::*;
use asim::{Discrete, Empirical};

thread_local! {
    /// Where the last panic of this thread was.
    static FILE: RefCell<String> = const { RefCell::new(String::new()) };
}

static HOOK: Once = Once::new();

/// Calls the function, which must panic in this file, and returns the message.
fn refused(call: impl FnOnce(&Stream)) -> String {
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            let file = info.location().map(|location| location.file().to_owned());
            FILE.set(file.unwrap_or_default());
            before(info);
        }));
    });
    let stream = Stream::seeded(0, "x");
    let panic = catch_unwind(AssertUnwindSafe(|| call(&stream))).expect_err("it is refused");
    let file = FILE.take();
    assert!(file.ends_with("refusals.rs"), "the panic is at {file}, not at the caller's line");
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => (*panic.downcast::<&str>().expect("a message")).to_owned(),
    }
}

macro_rules! refuses {
    ($($name:ident: $(|$stream:tt| $call:expr => $message:expr;)+)+) => {$(
        #[test]
        fn $name() {
            $(assert_eq!(
                refused(|$stream| {
                    let _ = $call;
                }),
                $message
            );)+
        }
    )+};
}

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

refuses! {
    uniform:
        |s| s.uniform(5.0, 3.0) => "uniform: `low` must not be greater than `high`, but 5 > 3";
        |s| s.uniform(NAN, 3.0) => "uniform: `low` must be a finite number, not NaN";
        |s| s.uniform(1.0, INF) => "uniform: `high` must be a finite number, not inf";
        |s| s.uniform(-1e308, 1.5e308)
            => format!("uniform: the distance from {} to {} is greater than any number", -1e308, 1.5e308);
    integer:
        |s| s.integer(5..5) => "integer: no whole number is between 5 and 4";
        |s| s.integer(std::ops::RangeInclusive::new(6, 1)) => "integer: no whole number is between 6 and 1";
    exponential:
        |s| s.exponential(-1.0) => "exponential: the mean must be a finite number of at least 0, not -1";
        |s| s.exponential(INF) => "exponential: the mean must be a finite number of at least 0, not inf";
        |s| s.exponential(NAN) => "exponential: the mean must be a finite number of at least 0, not NaN";
    weibull_and_pareto:
        |s| s.weibull(0.0, 1.0) => "weibull: the shape must be a finite number greater than 0, not 0";
        |s| s.weibull(1.0, -2.0) => "weibull: the scale must be a finite number of at least 0, not -2";
        |s| s.pareto(-1.0, 1.0) => "pareto: the shape must be a finite number greater than 0, not -1";
        |s| s.pareto(1.0, 0.0) => "pareto: `least` must be a finite number greater than 0, not 0";
    normal:
        |s| s.normal(INF, 1.0) => "normal: the mean must be a finite number, not inf";
        |s| s.normal(1.0, -1.0) => "normal: the deviation must be a finite number of at least 0, not -1";
        |s| s.lognormal(0.0, 1.0) => "lognormal: the mean must be a finite number greater than 0, not 0";
        |s| s.lognormal(1.0, NAN)
            => "lognormal: the deviation must be a finite number of at least 0, not NaN";
    normal_within:
        |s| s.normal_within(NAN, 1.0, 0.0..) => "normal_within: the mean must be a finite number, not NaN";
        |s| s.normal_within(0.0, -1.0, 0.0..)
            => "normal_within: the deviation must be a finite number of at least 0, not -1";
        |s| s.normal_within(0.0, 1.0, 3.0..=2.0) => "normal_within: no number is between 3 and 2";
        |s| s.normal_within(0.0, 1.0, NAN..) => "normal_within: no number is between NaN and inf";
        |s| s.normal_within(0.0, 1.0, INF..) => "normal_within: no number is between inf and inf";
        |s| s.normal_within(0.0, 1.0, 40.0..) => "normal_within: nothing of a normal distribution with \
            the mean 0 and the deviation 1 is between 40 and inf";
        |s| s.normal_within(5.0, 0.0, 6.0..) => "normal_within: nothing of a normal distribution with \
            the mean 5 and the deviation 0 is between 6 and inf";
    triangular:
        |s| s.triangular(1.0, 9.0, 5.0) => "triangular: the least, the most likely and the greatest \
            value must be in this order, not 1, 9, 5";
        |s| s.triangular(1.0, NAN, 5.0) => "triangular: the most likely value must be a finite number, not NaN";
    gamma_and_its_kin:
        |s| s.gamma(0.0, 1.0) => "gamma: the shape must be a finite number greater than 0, not 0";
        |s| s.gamma(1.0, -1.0) => "gamma: the scale must be a finite number of at least 0, not -1";
        |s| s.erlang(0, 1.0) => "erlang: there must be 1 phase or more, not 0";
        |s| s.erlang(3, -1.0) => "erlang: the mean must be a finite number of at least 0, not -1";
        |s| s.beta(-1.0, 1.0) => "beta: `a` must be a finite number greater than 0, not -1";
        |s| s.beta(1.0, INF) => "beta: `b` must be a finite number greater than 0, not inf";
    counts:
        |s| s.geometric(0.0) => "geometric: the probability must be greater than 0, not 0";
        |s| s.geometric(1.5) => "geometric: the probability must be a number from 0 to 1, not 1.5";
        |s| s.poisson(-0.5) => "poisson: the mean must be a finite number of at least 0, not -0.5";
        |s| s.poisson(1e16) => "poisson: the mean must be at most 10^15, not 10000000000000000";
        |s| s.binomial(3, NAN) => "binomial: the probability must be a number from 0 to 1, not NaN";
        |s| s.binomial(u64::MAX, 0.5)
            => "binomial: there must be at most 10^15 trials, not 18446744073709551615";
        |s| s.chance(-0.1) => "chance: the probability must be a number from 0 to 1, not -0.1";
    lists:
        |s| s.discrete(&[("a", -1.0)]) => "discrete: a weight must be a finite number of at least 0, not -1";
        |s| s.discrete(&[("a", 0.0), ("b", 0.0)])
            => "discrete: the weights must add up to a finite number greater than 0, not 0";
        |_| Discrete::new([("a", NAN)]) => "Discrete: a weight must be a finite number of at least 0, not NaN";
        |_| Discrete::new([("a", 0.0)])
            => "Discrete: the weights must add up to a finite number greater than 0, not 0";
        |s| s.choose::<u8>(&[]) => "choose: there are no items to choose from";
        |s| s.discrete::<u8>(&[]) => "discrete: there are no values to choose from";
        |s| s.empirical(&[]) => "empirical: there are no observed numbers";
        |s| s.empirical(&[1.0, INF]) => "empirical: an observed number must be a finite number, not inf";
        |_| Empirical::new([NAN]) => "Empirical: an observed number must be a finite number, not NaN";
        |_| Empirical::from_points([(1.0, 0.0)]) => "from_points: there must be 2 points or more, not 1";
        |_| Empirical::from_points([(1.0, 0.0), (0.5, 1.0)])
            => "from_points: the points must rise, but 1 stands before 0.5";
        |_| Empirical::from_points([(1.0, 0.2), (2.0, 1.0)])
            => "from_points: the first point must begin at 0, not 0.2";
    arrivals:
        |s| s.arrivals(|_| 1.0, 0.0) => "arrivals: `at_most` must be a finite number greater than 0, not 0";
        |s| s.arrivals(|_| 3.0, 2.0).next(-0.0) => format!("arrivals: the rate is 3 at time {}, but it \
            was said to be 2 at most", s_first(2.0));
        |s| s.arrivals(|_| -3.0, 2.0).next(0.0)
            => format!("arrivals: the rate must be 0 or more, not -3 at time {}", s_first(2.0));
        |s| s.arrivals(|_| NAN, 2.0).next(0.0)
            => format!("arrivals: the rate must be 0 or more, not NaN at time {}", s_first(2.0));
        |s| s.arrivals(|_| 1.0, 2.0).next(INF) => "arrivals: the time must be a finite number, not inf";
        |s| s.arrivals(|_| 1.0, 2.0).until(NAN) => "until: the time must be a number, not NaN";
        |s| s.arrivals_per(0.0, [1.0]) => "arrivals_per: the length of a slot must be a finite number \
            greater than 0, not 0";
        |s| s.arrivals_per(1.0, [1.0, -1.0]) => "arrivals_per: an expected number must be a finite number \
            of at least 0, not -1";
        |s| s.arrivals_per(1.0, []) => "arrivals_per: the expected numbers must add up to a finite \
            number greater than 0, not 0";
    seeds:
        |_| {
            let sim = Simulation::new();
            let _ = sim.stream("service");
            sim.with_seed(3)
        } => "with_seed: the stream `service` has been asked for already; call with_seed before that";
        |_| {
            let sim = Simulation::new();
            let _ = sim.stream("service");
            sim.antithetic()
        } => "antithetic: the stream `service` has been asked for already; call antithetic before that";
}

/// The first time at which the rate is asked for, with this `at_most`.
fn s_first(at_most: f64) -> f64 {
    let time = std::rc::Rc::new(std::cell::Cell::new(0.0));
    let seen = time.clone();
    let mut arrivals = Stream::seeded(0, "x").arrivals(
        move |time| {
            seen.set(time);
            at_most
        },
        at_most,
    );
    let _ = arrivals.next(0.0);
    time.get()
}

#[test]
#[should_panic(expected = "arrivals: the rate was 0 at 10000000 times in a row, from time 5 to")]
fn a_rate_that_stays_zero() {
    let _ = Stream::seeded(0, "x").arrivals(|_| 0.0, 100.0).next(5.0);
}
