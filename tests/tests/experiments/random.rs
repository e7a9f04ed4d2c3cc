//! Random experiments against a slow recomputation: replication by replication, in one thread, by the rules as the
//! documentation says them, with the quantiles of another library.

use asim::prelude::*;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// What makes a replication fail, and what it gives, is drawn from this and from its number.
#[derive(Clone, Serialize, Deserialize)]
struct Case {
    seed: u64,
    kind: u64,
    /// Of so many replications one fails, and of so many one does not know its result; 0 for none.
    fails: u64,
    unknown: u64,
}

/// `SplitMix64`, so that both sides draw the same without a stream.
fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Returns what a replication gives: nothing if it fails, NaN if its result is not known.
#[allow(clippy::cast_precision_loss, reason = "the upper bits")]
fn given(case: &Case, number: u64) -> Option<f64> {
    let draw = |what: u64| mixed(mixed(mixed(case.seed) ^ number) ^ (what << 32) ^ case.kind);
    let one_of = |every: u64, what| every > 0 && draw(what).is_multiple_of(every);
    if one_of(case.fails, 1) {
        return None;
    }
    let uniform = (draw(3) >> 11) as f64 / (1_u64 << 53) as f64;
    Some(if one_of(case.unknown, 2) { f64::NAN } else { 5.0 + case.kind as f64 + uniform })
}

fn model(rep: &Replication, case: &Case) -> Result<(), String> {
    let value = given(case, rep.number()).ok_or("it fails")?;
    // Other names come before it, now and then.
    if mixed(rep.number()).is_multiple_of(3) {
        rep.result(format!("rare {}", rep.number() % 2), 1.0);
    }
    rep.result("x", value);
    Ok(())
}

/// Mean, deviation and half width of some values.
#[allow(clippy::cast_precision_loss, reason = "few values")]
fn estimate(values: &[f64], confidence: f64) -> (f64, f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let sd = (squares / (n - 1.0)).sqrt();
    if values.len() < 2 {
        return (mean, f64::NAN, f64::NAN);
    }
    let t = StudentsT::new(0.0, 1.0, n - 1.0).unwrap().inverse_cdf(0.5 + 0.5 * confidence);
    (mean, sd, t * sd / n.sqrt())
}

/// Returns after which replication there are enough, by the rule of the documentation, and `most` if there never are.
fn enough(case: &Case, half_width: f64, most: u64) -> (u64, bool) {
    let (mut known, mut held_since) = (Vec::new(), None);
    for number in 1..=most {
        let Some(value) = given(case, number).filter(|value| !value.is_nan()) else { continue };
        known.push(value);
        let n = known.len();
        let holds = n >= 20 && estimate(&known, 0.95).2 <= half_width;
        held_since = if holds { held_since.or(Some(n)) } else { None };
        if held_since
            .is_some_and(|since| n >= since + if since > 100 { since * 5 / 100 } else { 5 })
        {
            return (number, true);
        }
    }
    (most, false)
}

fn near(one: f64, other: f64) -> bool {
    (one.is_nan() && other.is_nan()) || (one - other).abs() <= 1e-7 * (1.0 + one.abs())
}

#[test]
fn random_experiments_are_as_recomputed() {
    let (mut precise, mut stopped) = (0, 0);
    for seed in 0..150 {
        let draw = |what: u64, most: u64| mixed(mixed(seed) ^ what) % most;
        let case = Case { seed, kind: 0, fails: draw(1, 9), unknown: draw(2, 9) };
        let case = Case { fails: if case.fails < 3 { 0 } else { case.fails }, ..case };
        let case = Case { unknown: if case.unknown < 3 { 0 } else { case.unknown }, ..case };
        let scenarios = 1 + draw(3, 4);
        let most = 1 + draw(4, 200);
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let goal = (draw(5, 2) == 0).then(|| 0.04 + 0.002 * draw(6, 50) as f64);
        let mut experiment = Experiment::new("random", model, case.clone())
            .sweep("kind", 0..scenarios)
            .compare_to("kind", 0)
            .keep("x")
            .jobs(1 + usize::try_from(draw(7, 4)).unwrap());
        experiment = match goal {
            Some(goal) => experiment.until_half_width("x", goal).at_most(most),
            None => experiment.replications(most),
        };
        let results = experiment.run().unwrap_or_else(|error| panic!("{seed}: {error}"));
        let case_of = |kind: u64| Case { kind, ..case.clone() };
        let ends: Vec<(u64, bool)> = (0..scenarios)
            .map(|kind| goal.map_or((most, false), |goal| enough(&case_of(kind), goal, most)))
            .collect();
        for (scenario, kind) in results.scenarios().iter().zip(0..) {
            let end = ends[usize::try_from(kind).unwrap()];
            let all: Vec<Option<f64>> =
                (1..=end.0).map(|number| given(&case_of(kind), number)).collect();
            let done = all.iter().flatten().count() as u64;
            assert_eq!(
                (scenario.replications(), scenario.failed()),
                (done, end.0 - done),
                "{seed}"
            );
            assert_eq!(scenario.precise_after(), end.1.then_some(end.0), "{seed} {kind}");
            precise += u64::from(goal.is_some());
            stopped += u64::from(end.1);
            let known: Vec<f64> = all.iter().flatten().copied().filter(|it| !it.is_nan()).collect();
            if known.is_empty() {
                continue;
            }
            let (mean, sd, half_width) = estimate(&known, 0.95);
            let found = scenario.estimate("x");
            assert_eq!(found.count, known.len() as u64, "{seed} {kind}");
            let same =
                near(found.mean, mean) && near(found.sd, sd) && near(found.half_width, half_width);
            assert!(same, "{seed} {kind}: {found:?} is not {mean} {sd} {half_width}");

            let both = end.0.min(ends[0].0);
            let pair = |number| Some(given(&case_of(kind), number)? - given(&case_of(0), number)?);
            let pairs: Vec<f64> = (1..=both).filter_map(pair).filter(|it| !it.is_nan()).collect();
            let difference = scenario.difference("x");
            assert_eq!(difference.is_some(), kind > 0);
            if let (Some(found), 2..) = (difference, pairs.len()) {
                let beyond = 0.05 / f64::from(u32::try_from(scenarios - 1).unwrap());
                let (mean, sd, half_width) = estimate(&pairs, 1.0 - beyond);
                let same = near(found.mean, mean)
                    && near(found.sd, sd)
                    && near(found.half_width, half_width);
                assert!(same, "{seed} {kind}: {found:?} is not {mean} {sd} {half_width}");
            }
        }
    }
    assert!(precise > 100 && stopped > 40, "{stopped} of {precise}");
}
