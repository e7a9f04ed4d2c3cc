//! What a stream is: named, seeded, shared by its handles, independent of all others.

use std::cell::RefCell;
use std::rc::Rc;

use asim::prelude::*;

use crate::chi_square::counts_are;

fn ten(stream: &Stream) -> Vec<f64> {
    (0..10).map(|_| stream.uniform(0.0, 1.0)).collect()
}

#[test]
fn a_seed_and_a_name_give_the_same_numbers() {
    let (one, other) = (Simulation::seeded(42), Simulation::seeded(42));
    assert_eq!(ten(&one.stream("service")), ten(&other.stream("service")));
    assert_eq!(ten(&Stream::seeded(42, "x")), ten(&Simulation::seeded(42).stream("x")));
    assert_ne!(ten(&Stream::seeded(42, "x")), ten(&Stream::seeded(43, "x")));
    assert_ne!(ten(&Stream::seeded(42, "x")), ten(&Stream::seeded(42, "y")));
}

#[test]
fn without_a_seed_it_is_zero() {
    let sim = Simulation::new();
    assert_eq!(sim.seed(), 0);
    assert_eq!(ten(&sim.stream("x")), ten(&Simulation::seeded(0).stream("x")));
    assert_eq!(Simulation::starting_at(5.0).with_seed(9).env().seed(), 9);
}

#[test]
fn two_calls_with_one_name_give_one_stream() {
    let sim = Simulation::seeded(1);
    let (one, other) = (sim.stream("service"), sim.env().stream("service"));
    assert!(one == other && one == one.clone() && one != sim.stream("Service"));
    let mut both = Vec::new();
    for _ in 0..5 {
        both.push(one.uniform(0.0, 1.0));
        both.push(other.uniform(0.0, 1.0));
    }
    assert_eq!(both, ten(&Simulation::seeded(1).stream("service")));
}

/// A process that asks for a stream by its name goes on where the others are.
#[test]
fn processes_that_ask_by_name_draw_different_numbers() {
    let sim = Simulation::seeded(1);
    let drawn = Rc::new(RefCell::new(Vec::new()));
    for _ in 0..10 {
        let (env, drawn) = (sim.env(), drawn.clone());
        sim.spawn(async move {
            env.timeout(1.0).await;
            let number = env.stream("service").uniform(0.0, 1.0);
            drawn.borrow_mut().push(number);
        });
    }
    sim.run().unwrap();
    assert_eq!(*drawn.borrow(), ten(&Stream::seeded(1, "service")));
}

#[test]
fn neither_the_order_of_asking_nor_another_stream_changes_numbers() {
    let (one, other) = (Simulation::seeded(5), Simulation::seeded(5));
    let (a, b) = (one.stream("a"), one.stream("b"));
    let (b2, new, a2) = (other.stream("b"), other.stream("new"), other.stream("a"));
    let mut numbers = [Vec::new(), Vec::new()];
    for _ in 0..10 {
        numbers[0].extend([a.exponential(1.0), b.exponential(1.0)]);
        let (second, _) = (b2.exponential(1.0), new.exponential(1.0));
        numbers[1].extend([a2.exponential(1.0), second]);
    }
    assert_eq!(numbers[0], numbers[1]);
}

#[test]
fn a_substream_depends_only_on_its_number() {
    let stream = Stream::seeded(3, "customers");
    let first = ten(&stream.nth(17));
    let before = stream.clone();
    assert_eq!(
        ten(&stream),
        ten(&Stream::seeded(3, "customers")),
        "it takes nothing from its parent"
    );
    assert_eq!(ten(&before.nth(17)), first, "what the parent has drawn changes nothing");
    assert_ne!(ten(&stream.nth(18)), first);
    assert_ne!(ten(&Stream::seeded(3, "others").nth(17)), first);
    assert_ne!(ten(&Stream::seeded(4, "customers").nth(17)), first);
    let below = ten(&stream.nth(17).nth(2));
    assert_eq!(below, ten(&Stream::seeded(3, "customers").nth(17).nth(2)));
    assert!(below != first && below != ten(&stream.nth(2).nth(17)));
    assert_eq!(stream.nth(4).name(), "customers");
}

/// The first numbers of these streams are as if one stream had drawn them: evenly distributed, and each
/// is independent of the one before.
fn are_independent(what: &str, streams: impl Iterator<Item = Stream>) {
    let firsts: Vec<f64> = streams.map(|stream| stream.uniform(0.0, 1.0)).collect();
    let mut counts = [0_u32; 100];
    for pair in firsts.windows(2) {
        counts[(pair[0] * 10.0) as usize * 10 + (pair[1] * 10.0) as usize] += 1;
    }
    let expected = [(firsts.len() - 1) as f64 / 100.0; 100];
    counts_are(what, &counts, &expected);
}

#[test]
fn neighbouring_seeds_names_and_numbers_are_independent() {
    const MANY: u64 = 100_000;
    let stream = Stream::seeded(42, "customers");
    are_independent("nth", (0..MANY).map(|id| stream.nth(id)));
    are_independent("nth of nth", (0..MANY).map(|id| stream.nth(id / 300).nth(id % 300)));
    are_independent("multiples", (0..MANY).map(|id| stream.nth(id << 40)));
    are_independent("seeds", (0..MANY).map(|seed| Stream::seeded(seed, "x")));
    are_independent("names", (0..MANY).map(|id| Stream::seeded(1, &format!("machine {id}"))));
}

#[test]
fn substreams_are_not_correlated() {
    let stream = Stream::seeded(42, "customers");
    let streams: Vec<Stream> = (0..200).map(|id| stream.nth(id)).collect();
    let (mut sum, mut count) = (0.0, 0.0);
    for _ in 0..500 {
        let numbers: Vec<f64> = streams.iter().map(|stream| stream.uniform(-1.0, 1.0)).collect();
        for pair in numbers.windows(2) {
            sum += pair[0] * pair[1] * 3.0; // the variance is one third
            count += 1.0;
        }
    }
    let correlation = sum / count;
    assert!(correlation.abs() < 4.0 / f64::sqrt(count), "{correlation}");
}

#[test]
fn every_draw_takes_one_number() {
    let draws: [fn(&Stream); 24] = [
        |s| _ = s.uniform(0.0, 2.0),
        |s| _ = s.integer(0..1000),
        |s| _ = s.chance(0.5),
        |s| _ = s.choose(&[1, 2, 3]),
        |s| s.shuffle(&mut [1, 2, 3, 4, 5]),
        |s| _ = s.exponential(3.0),
        |s| _ = s.weibull(2.0, 3.0),
        |s| _ = s.pareto(2.0, 3.0),
        |s| _ = s.normal(2.0, 3.0),
        |s| _ = s.normal_within(2.0, 3.0, 0.0..),
        |s| _ = s.normal_within(2.0, 0.0, 0.0..),
        |s| _ = s.lognormal(2.0, 3.0),
        |s| _ = s.triangular(2.0, 3.0, 4.0),
        |s| _ = s.triangular(2.0, 2.0, 2.0),
        |s| _ = s.gamma(0.5, 3.0),
        |s| _ = s.erlang(7, 3.0),
        |s| _ = s.beta(2.0, 3.0),
        |s| _ = s.geometric(0.01),
        |s| _ = s.poisson(3.0),
        |s| _ = s.poisson(300.0),
        |s| _ = s.binomial(10, 0.7),
        |s| _ = s.binomial(1000, 0.7),
        |s| _ = s.discrete(&[(1, 0.5), (2, 0.2)]),
        |s| _ = s.empirical(&[1.0, 5.0]),
    ];
    for (place, draw) in draws.iter().enumerate() {
        let (stream, twin) = (Stream::seeded(8, "x"), Stream::seeded(8, "x"));
        for _ in 0..100 {
            draw(&stream);
            let _ = twin.uniform(0.0, 1.0);
        }
        assert_eq!(ten(&stream), ten(&twin), "draw {place}");
    }
}

type Draw = fn(&Stream) -> f64;

/// Where a draw is an inverse, it rises with the uniform number, and the mirror image's falls.
#[test]
fn inverses_rise_and_mirror_images_fall() {
    let draws: [(&str, Draw); 16] = [
        ("integer", |s| f64::from(s.integer(-50..1000))),
        ("chance", |s| f64::from(u8::from(!s.chance(0.3)))),
        ("choose", |s| *s.choose(&[1.0, 2.0, 3.0])),
        ("exponential", |s| s.exponential(3.0)),
        ("weibull", |s| s.weibull(0.5, 3.0)),
        ("pareto", |s| s.pareto(2.0, 3.0)),
        ("normal", |s| s.normal(2.0, 3.0)),
        ("normal_within", |s| s.normal_within(2.0, 3.0, 0.0..)),
        ("normal_within, tail", |s| s.normal_within(2.0, 3.0, 7.0..=40.0)),
        ("lognormal", |s| s.lognormal(2.0, 3.0)),
        ("triangular", |s| s.triangular(2.0, 3.0, 4.0)),
        ("geometric", |s| s.geometric(0.01) as f64),
        ("poisson", |s| s.poisson(8.0) as f64),
        ("binomial", |s| s.binomial(1000, 0.997) as f64),
        ("discrete", |s| *s.discrete(&[(1.0, 0.5), (2.0, 0.2), (3.0, 0.9)])),
        ("empirical", |s| s.empirical(&[1.0, 5.0, 7.0])),
    ];
    for (what, draw) in draws {
        let (uniform, stream) = (Stream::seeded(8, "x"), Stream::seeded(8, "x"));
        let mirror = stream.antithetic();
        let mut pairs: Vec<[f64; 3]> =
            (0..2000).map(|_| [uniform.uniform(0.0, 1.0), draw(&stream), draw(&mirror)]).collect();
        pairs.sort_unstable_by(|one, other| one[0].total_cmp(&other[0]));
        for pair in pairs.windows(2) {
            assert!(pair[0][1] <= pair[1][1], "{what} does not rise: {pair:?}");
            assert!(pair[0][2] >= pair[1][2], "the mirror image of {what} does not fall: {pair:?}");
        }
        assert!(pairs[0][1] < pairs[1999][1], "{what} is always the same");
    }
}

#[test]
fn the_mirror_image_of_a_mirror_image_is_the_stream() {
    let stream = Stream::seeded(3, "x");
    assert_eq!(ten(&stream.antithetic().antithetic()), ten(&stream));
    let (one, other) = (stream.nth(5).antithetic(), stream.antithetic().nth(5));
    assert_eq!(ten(&one), ten(&other));
    let sim = Simulation::seeded(3).antithetic();
    assert_eq!(ten(&sim.stream("x")), ten(&Stream::seeded(3, "x").antithetic()));
    assert_ne!(ten(&sim.stream("x")), ten(&Stream::seeded(3, "x")));
}

#[process]
async fn source(
    env: Environment,
    arrivals: Stream,
    counter: Resource,
    times: Rc<RefCell<Vec<f64>>>,
) {
    let service = env.stream("service");
    for _ in 0..500 {
        env.timeout(arrivals.exponential(1.0)).await;
        env.process(Customer::new(counter.clone(), service.uniform(0.1, 0.7), times.clone()));
    }
}

#[process]
async fn customer(env: Environment, counter: Resource, service: f64, times: Rc<RefCell<Vec<f64>>>) {
    let begun = env.now();
    let _slot = counter.acquire().await;
    env.timeout(service).await;
    times.borrow_mut().push(env.now() - begun);
}

/// The mean of a run and its mirror image varies less than that of two runs.
#[test]
fn mirror_images_make_a_mean_more_precise() {
    let run = |sim: Simulation| {
        let times = Rc::new(RefCell::new(Vec::new()));
        let counter = Resource::new(&sim, 1);
        sim.process(Source::new(sim.stream("arrivals"), counter, times.clone()));
        sim.run().unwrap();
        let times = times.borrow();
        times.iter().sum::<f64>() / times.len() as f64
    };
    let variance = |means: &[f64]| {
        let mean = means.iter().sum::<f64>() / means.len() as f64;
        means.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>() / (means.len() - 1) as f64
    };
    let (mut pairs, mut twins) = (Vec::new(), Vec::new());
    for seed in 0..150 {
        let first = run(Simulation::seeded(seed));
        twins.push(first.midpoint(run(Simulation::seeded(seed + 1000))));
        pairs.push(first.midpoint(run(Simulation::seeded(seed).antithetic())));
    }
    let (pairs, twins) = (variance(&pairs), variance(&twins));
    assert!(pairs < 0.7 * twins, "{pairs} is not much less than {twins}");
}

/// A stream outlives its simulation, as it is only numbers.
#[test]
fn a_stream_outlives_its_simulation() {
    let sim = Simulation::seeded(1);
    let (stream, env) = (sim.stream("x"), sim.env());
    drop(sim);
    assert_eq!(ten(&stream), ten(&Stream::seeded(1, "x")));
    assert!(env.stream("x") == stream);
    assert_eq!(format!("{stream:?}"), "Stream { name: \"x\", .. }");
}
