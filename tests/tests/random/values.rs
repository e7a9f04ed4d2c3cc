//! Draws of each method. The tests use this file, and so do the programs that `builds` builds.

use asim::prelude::*;
use asim::{Discrete, Empirical};

/// The name of each method with its first five draws from the stream of that name, with the seed 42.
pub(crate) fn values() -> Vec<(&'static str, [u64; 5])> {
    let sim = Simulation::seeded(42);
    let mut list = Vec::new();
    let mut add = |name: &'static str, draw: &mut dyn FnMut(&Stream) -> f64| {
        let stream = sim.stream(name);
        list.push((name, std::array::from_fn(|_| draw(&stream).to_bits())));
    };
    let weights = [(1.0, 0.5), (2.0, 0.2), (3.0, 0.9)];
    let (discrete, empirical) = (Discrete::new(weights), Empirical::new([1.0, 5.0, 7.5]));
    add("uniform", &mut |s| s.uniform(0.0, 1.0));
    add("uniform(3, 5)", &mut |s| s.uniform(3.0, 5.0));
    add("integer(1..=6)", &mut |s| f64::from(s.integer(1..=6)));
    add("integer(0..1000000)", &mut |s| f64::from(s.integer(0..1_000_000)));
    add("chance", &mut |s| f64::from(u8::from(s.chance(0.5))));
    add("choose", &mut |s| *s.choose(&[1.0, 2.0, 3.0, 4.0]));
    add("shuffle", &mut |s| {
        let mut items = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        s.shuffle(&mut items);
        items.iter().fold(0.0, |number, item| number * 10.0 + item)
    });
    add("exponential", &mut |s| s.exponential(10.0));
    add("weibull", &mut |s| s.weibull(1.5, 200.0));
    add("pareto", &mut |s| s.pareto(2.5, 3.0));
    add("normal", &mut |s| s.normal(100.0, 15.0));
    add("normal_within", &mut |s| s.normal_within(10.0, 8.0, 0.0..));
    add("normal_within, tail", &mut |s| s.normal_within(0.0, 1.0, 3.0..=9.0));
    add("lognormal", &mut |s| s.lognormal(90.0, 30.0));
    add("triangular", &mut |s| s.triangular(1.0, 2.0, 8.0));
    add("gamma(4.5)", &mut |s| s.gamma(4.5, 2.0));
    add("gamma(0.3)", &mut |s| s.gamma(0.3, 2.0));
    add("erlang", &mut |s| s.erlang(3, 6.0));
    add("beta", &mut |s| s.beta(2.0, 5.0));
    add("beta(0.3)", &mut |s| s.beta(0.3, 0.4));
    add("geometric", &mut |s| s.geometric(0.1) as f64);
    add("poisson(3)", &mut |s| s.poisson(3.0) as f64);
    add("poisson(1000)", &mut |s| s.poisson(1000.0) as f64);
    add("binomial(10)", &mut |s| s.binomial(10, 0.3) as f64);
    add("binomial(1000)", &mut |s| s.binomial(1000, 0.7) as f64);
    add("discrete", &mut |s| *s.discrete(&weights));
    add("Discrete", &mut |s| *discrete.draw(s));
    add("empirical", &mut |s| s.empirical(&[1.0, 5.0, 7.5]));
    add("Empirical", &mut |s| empirical.draw(s));
    add("arrivals", &mut |s| s.arrivals(|time| 1.0 / (1.0 + time), 1.0).next(0.0));
    add("arrivals_per", &mut |s| s.arrivals_per(60.0, [2.0, 0.0, 8.0]).next(30.0));
    let (mut id, mirror) = (0, Stream::seeded(42, "antithetic").antithetic());
    add("nth", &mut |s| {
        id += 1;
        s.nth(id).exponential(10.0)
    });
    add("antithetic", &mut |_| mirror.exponential(10.0));
    list
}

/// A number that depends on many draws of each method.
pub(crate) fn digest() -> u64 {
    let mut digest = 0_u64;
    let mut add = |number: f64| digest = (digest ^ number.to_bits()).wrapping_mul(0x0100_0000_01b3);
    let s = Stream::seeded(42, "digest");
    for turn in 0..20_000_u32 {
        let share = f64::from(turn % 97 + 1) / 98.0;
        add(s.exponential(share));
        add(s.weibull(10.0 * share, 3.0));
        add(s.pareto(3.0 * share, 3.0));
        add(s.normal(2.0, share));
        add(s.normal_within(2.0, share, ..2.5));
        add(s.lognormal(2.0, 3.0 * share));
        add(s.triangular(0.0, share, 1.0));
        add(s.gamma(4.0 * share, 3.0));
        add(s.beta(4.0 * share, 2.0));
        add(s.geometric(share) as f64);
        add(s.poisson(100.0 * share) as f64);
        add(s.binomial(100, share) as f64);
    }
    digest
}
