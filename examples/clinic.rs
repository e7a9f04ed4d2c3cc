//! A clinic: three doctors, one scanner, patients who may leave, and emergencies.
//!
//! Urgent patients go before routine ones, but take no doctor away from another patient. An emergency
//! does: it breaks off the least urgent treatment, and that patient waits again. Routine patients lose
//! patience. Each kind of decision and of duration has its own stream of random numbers. The simulation
//! has a seed, so the output never changes. What has a name is measured, and the report at the end says it all.
//! `clinic FOLDER` also writes the report and a replay of the run as pages for a browser.

use std::env;
use std::path::Path;

use asim::prelude::*;

/// Minutes during which patients arrive.
const OPEN: f64 = 60.0;

/// The urgency of a patient: the smallest number is the most urgent.
const EMERGENCY: i32 = 0;
const URGENT: i32 = 1;
const ROUTINE: i32 = 2;

/// The things that all share. Each handle is a cheap clone of the same thing.
#[derive(Clone)]
struct Clinic {
    doctors: PreemptiveResource,
    scanner: Resource,
}

/// Lets patients in, one after another, until it is cancelled.
#[process]
async fn reception(env: Environment, clinic: Clinic) -> ! {
    let mut id = 0;
    loop {
        let priority = if env.stream("urgency").chance(0.25) { URGENT } else { ROUTINE };
        env.process(Patient::new(id, priority, clinic.clone()));
        id += 1;
        env.timeout(env.stream("arrivals").exponential(3.0)).await;
    }
}

/// Comes in, and comes back for as long as emergencies take the doctor away.
#[process]
async fn patient(env: Environment, id: u32, priority: i32, clinic: Clinic) {
    let who = format!("patient {id:2} {}", if priority == URGENT { "urgent" } else { "routine" });
    loop {
        // The interrupt drops the visit at any point: the doctor, and the scanner or the place in its
        // line, go to the next patient.
        match env.interruptible(visit(&env, &who, priority, &clinic)).await {
            Ok(()) => return,
            Err(interrupt) => {
                let preempted = interrupt.cause::<Preempted>().expect("nobody else interrupts");
                let lost = env.now() - preempted.usage_since;
                log(&env, &who, &format!("has to wait again, {lost:.1} minutes lost"));
            }
        }
    }
}

/// Waits for a doctor and is treated, or runs out of patience and leaves.
async fn visit(env: &Environment, who: &str, priority: i32, clinic: &Clinic) {
    let begun = env.now();
    let request = clinic.doctors.without_preemption().acquire_with_priority(priority);
    let patience = match priority {
        ROUTINE => env.stream("patience").uniform(5.0, 20.0),
        _ => f64::INFINITY, // a timeout that never fires
    };
    asim!(match FirstOf(doctor = request, patience = env.timeout(patience)).await {
        FirstOf::Doctor(doctor) => {
            log(env, who, "sees a doctor");
            let waited = env.now() - begun;
            treatment(env, who, priority, clinic).await;
            doctor.release();
            log(env, who, "goes home");
            env.tally("wait of the treated").add(waited);
        }
        FirstOf::Patience(()) => {
            log(env, who, "leaves, out of patience");
        }
    });
}

/// An examination, for some patients a scan, and a talk.
async fn treatment(env: &Environment, who: &str, priority: i32, clinic: &Clinic) {
    env.timeout(env.stream("examination").exponential(6.0)).await;
    if env.stream("referral").chance(0.4) {
        let scanner = clinic.scanner.acquire_with_priority(priority).await;
        log(env, who, "is scanned");
        env.timeout(env.stream("scan").uniform(4.0, 8.0)).await;
        scanner.release();
    }
    env.timeout(env.stream("talk").uniform(1.0, 4.0)).await;
}

/// Sends ambulances. Each takes a doctor at once, from another patient if necessary.
#[process]
async fn ambulances(env: Environment, clinic: Clinic) -> ! {
    let mut id = 0;
    loop {
        env.timeout(env.stream("ambulances").exponential(20.0)).await;
        env.process(Emergency::new(id, clinic.clone()));
        id += 1;
    }
}

/// Takes a doctor, is treated, and goes first at the scanner too.
#[process]
async fn emergency(env: Environment, id: u32, clinic: Clinic) {
    let who = format!("emergency {id}");
    log(&env, &who, "arrives");
    let doctor = clinic.doctors.acquire_with_priority(EMERGENCY).await;
    log(&env, &who, "has a doctor");
    treatment(&env, &who, EMERGENCY, &clinic).await;
    doctor.release();
    log(&env, &who, "is stable");
}

fn log(env: &Environment, who: &str, what: &str) {
    println!("{:7.2} {who:18} {what}", env.now());
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::seeded(2);
    let trace = sim.trace(); // for the pages below
    let clinic = Clinic {
        doctors: PreemptiveResource::new(&sim, 3).named("doctors"),
        scanner: Resource::new(&sim, 1).named("scanner"),
    };
    let reception = sim.process(Reception::new(clinic.clone()));
    let ambulances = sim.process(Ambulances::new(clinic.clone()));
    sim.run_until(OPEN)?;
    reception.cancel();
    ambulances.cancel();
    sim.run()?; // until the last patient has gone

    println!();
    let report = sim.report().time_unit("min");
    print!("{report}");
    // With the name of a folder, also two pages to be looked at in a browser: the report, and a replay.
    if let Some(folder) = env::args_os().nth(1) {
        report.html(Path::new(&folder).join("clinic.html"))?;
        trace.replay(Path::new(&folder).join("clinic-replay.html"))?;
    }
    Ok(())
}
