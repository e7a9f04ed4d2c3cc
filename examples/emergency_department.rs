//! An emergency department, from the model to the answer: how long do patients wait, and what does one more
//! doctor in the evening change?
//!
//! Patients arrive at a rate that depends on the hour. The number of doctors depends on the shift. Urgent
//! patients go first, and the others leave when they run out of patience. The study runs the model with ten
//! seeds for each of two rosters, and compares them. The guide's page "From model to study" explains it.

use asim::prelude::*;
use asim::{Report, Tally};

/// Time is in minutes.
const HOUR: f64 = 60.0;
const DAY: f64 = 24.0 * HOUR;

/// Patients expected in each hour of the day, from midnight on.
const PER_HOUR: [f64; 24] = [
    2.1, 1.8, 1.5, 1.2, 1.0, 1.1, 1.7, 2.9, 4.6, 6.2, 7.1, 7.3, //
    6.9, 6.5, 6.3, 6.2, 6.4, 6.6, 6.5, 6.1, 5.2, 4.3, 3.4, 2.6,
];

/// The days that a run needs to forget that it began empty, and the days that are measured.
const WARM_UP: f64 = 2.0 * DAY;
const MEASURED: f64 = 28.0 * DAY;

/// A class of patients: how they are triaged, and what they need.
#[derive(Debug)]
struct Class {
    name: &'static str,
    /// The smallest number is served first.
    priority: i32,
    /// The mean and the standard deviation of the treatment.
    treatment: (f64, f64),
    /// The mean time after which a patient leaves who has not been seen.
    patience: f64,
}

const URGENT: Class =
    Class { name: "urgent", priority: 1, treatment: (55.0, 30.0), patience: f64::INFINITY };
const STANDARD: Class =
    Class { name: "standard", priority: 2, treatment: (30.0, 15.0), patience: 240.0 };
const MINOR: Class = Class { name: "minor", priority: 3, treatment: (12.0, 6.0), patience: 150.0 };

/// The classes and their shares.
const CLASSES: [(&Class, f64); 3] = [(&URGENT, 0.15), (&STANDARD, 0.55), (&MINOR, 0.30)];

/// From which hour of the day on how many doctors are there.
type Roster = &'static [(f64, usize)];

const TODAY: Roster = &[(0.0, 2), (8.0, 4), (16.0, 3), (22.0, 2)];
const EVENING: Roster = &[(0.0, 2), (8.0, 4), (20.0, 3), (22.0, 2)];

/// Changes the number of doctors, day after day.
#[process]
async fn shifts(env: Environment, doctors: Resource, roster: Roster) -> ! {
    let mut midnight = 0.0;
    loop {
        for &(hour, count) in roster {
            env.timeout_until(midnight + hour * HOUR).await;
            doctors.set_capacity(count);
        }
        midnight += DAY;
    }
}

/// Lets the patients in.
#[process]
async fn entrance(env: Environment, doctors: Resource) -> ! {
    let mut arrivals = env.stream("arrivals").arrivals_per(HOUR, PER_HOUR);
    let patients = env.stream("patients");
    let mut number = 0;
    loop {
        env.timeout_until(arrivals.next(env.now())).await;
        number += 1;
        let patient = Patient::new(patients.nth(number), doctors.clone());
        env.process(patient.named(format!("patient {number}")));
    }
}

/// Is triaged, waits for a doctor, and is treated; or leaves without being seen.
#[process]
async fn patient(env: Environment, own: Stream, doctors: Resource) {
    // All that is random of this patient, in a fixed order: so it is the same patient in every scenario.
    let class = *own.discrete(&CLASSES);
    let patience = own.exponential(1.0) * class.patience;
    let (mean, deviation) = class.treatment;
    let treatment = own.lognormal(mean, deviation);

    env.log(class.name);
    let _here = env.level("patients inside").enter();
    let arrived = env.now();
    let turn = doctors.acquire_with_priority(class.priority);
    asim!(match FirstOf(seen = turn, gone = env.timeout(patience)).await {
        FirstOf::Seen(_doctor) => {
            env.tally(&format!("wait {}", class.name)).add(env.now() - arrived);
            env.timeout(treatment).await;
        }
        FirstOf::Gone(()) => env.counter(&format!("left {}", class.name)).add(1),
    });
}

/// Runs the model once.
fn department(seed: u64, roster: Roster) -> Result<Report, SimError> {
    let sim = Simulation::seeded(seed);
    let doctors = Resource::new(&sim, roster[0].1).named("doctors");
    sim.process(Shifts::new(doctors.clone(), roster));
    sim.process(Entrance::new(doctors));
    for (class, _share) in CLASSES {
        // So that the report has them even if nobody waits or leaves.
        sim.tally(&format!("wait {}", class.name));
        sim.counter(&format!("left {}", class.name));
    }
    sim.warm_up(WARM_UP);
    sim.run_until(WARM_UP + MEASURED)?;
    Ok(sim.report().time_unit("min"))
}

/// Returns the value with this name.
fn value(report: &Report, name: &str) -> f64 {
    report.value(name).unwrap_or_else(|| panic!("the report has no `{name}`"))
}

/// Returns the mean of ten values, and half the width of its 95 % confidence interval.
fn interval(values: &[f64]) -> String {
    assert_eq!(values.len(), 10, "Student's t for ten values is 2.262");
    let all: Tally = values.iter().copied().collect();
    format!("{:.2} ± {:.2}", all.mean(), 2.262 * all.sd() / 10_f64.sqrt())
}

fn main() -> Result<(), SimError> {
    println!("One run\n\n{}", department(1, TODAY)?);

    let mut today = Vec::new();
    let mut evening = Vec::new();
    for seed in 1..=10 {
        today.push(department(seed, TODAY)?);
        evening.push(department(seed, EVENING)?);
    }
    println!("{:22}{:>16}{:>16}{:>16}", "Ten runs", "today", "evening", "difference");
    for name in [
        "wait urgent.p95",
        "wait standard.p95",
        "wait minor.p95",
        "left standard",
        "left minor",
        "doctors.utilisation",
    ] {
        let old: Vec<f64> = today.iter().map(|report| value(report, name)).collect();
        let new: Vec<f64> = evening.iter().map(|report| value(report, name)).collect();
        let difference: Vec<f64> = new.iter().zip(&old).map(|(new, old)| new - old).collect();
        let [old, new, difference] = [old, new, difference].map(|values| interval(&values));
        println!("{name:22}{old:>16}{new:>16}{difference:>16}");
    }
    Ok(())
}
