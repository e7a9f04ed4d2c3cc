//! An emergency department, from the model to the answer: how long do patients wait, and what does one more
//! doctor in the evening change?
//!
//! Patients arrive at a rate that depends on the hour. The number of doctors depends on the shift. Urgent
//! patients go first, and the others leave when they run out of patience. The experiment makes ten replications
//! with each of two rosters, and compares them. The guide's page "From model to study" explains it.

use std::process::ExitCode;

use asim::prelude::*;
use serde::{Deserialize, Serialize};

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

/// The parameters of the model.
#[derive(Serialize, Deserialize)]
struct Department {
    roster: Roster,
}

/// When how many doctors are there: as it is today, or with a fourth one until 20 o'clock.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Roster {
    Today,
    Evening,
}

impl Roster {
    /// Returns from which hour of the day on how many doctors are there.
    fn shifts(self) -> [(f64, usize); 4] {
        match self {
            Roster::Today => [(0.0, 2), (8.0, 4), (16.0, 3), (22.0, 2)],
            Roster::Evening => [(0.0, 2), (8.0, 4), (20.0, 3), (22.0, 2)],
        }
    }
}

/// Changes the number of doctors, day after day.
#[process]
async fn shifts(env: Environment, doctors: Resource, roster: Roster) -> ! {
    let mut midnight = 0.0;
    loop {
        for (hour, count) in roster.shifts() {
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

/// The model.
fn department(rep: &Replication, department: &Department) -> Result<(), SimError> {
    let sim = rep.simulation();
    let doctors = Resource::new(&sim, department.roster.shifts()[0].1).named("doctors");
    sim.process(Shifts::new(doctors.clone(), department.roster));
    sim.process(Entrance::new(doctors));
    for (class, _share) in CLASSES {
        // So that the results have them even if nobody waits or leaves.
        sim.tally(&format!("wait {}", class.name));
        sim.counter(&format!("left {}", class.name));
    }
    sim.run_until(WARM_UP + MEASURED)
}

fn main() -> ExitCode {
    Experiment::new("emergency department", department, Department { roster: Roster::Today })
        .warm_up(WARM_UP)
        .replications(10)
        .sweep("roster", [Roster::Today, Roster::Evening])
        .compare_to("roster", Roster::Today)
        .show("wait *.p95")
        .show("left *")
        .show("doctors.utilisation")
        .main()
}
