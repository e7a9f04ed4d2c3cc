//! A race whose branches are chosen while the model runs: each patient waits for what is on its list.
//!
//! In SimPy, such a list of requests goes to `AnyOf`. Here all requests of a list need one type.
//! `mapped` gives them the same output, an enum, and `into_boxed` puts each into a box.

use asim::BoxedWaitable;
use asim::prelude::*;
use asim_examples::Trace;

/// What a patient may wait for.
#[derive(Debug)]
enum Choice {
    Doctor,
    Nurse,
    Advice,
    Patience(f64),
}

/// What a patient got.
enum Got {
    Doctor(Slot),
    Nurse(Slot),
    Advice(&'static str),
    Nothing,
}

/// What all share. Clones are the same practice.
#[derive(Clone)]
struct Practice {
    doctor: Resource,
    nurse: Resource,
    advice: Queue<&'static str>,
}

impl Practice {
    /// Makes one request. Like every request, it takes its place in line at this call.
    fn ask(&self, env: &Environment, choice: &Choice) -> BoxedWaitable<'static, Got> {
        match choice {
            Choice::Doctor => self.doctor.acquire().mapped(Got::Doctor).into_boxed(),
            Choice::Nurse => self.nurse.acquire().mapped(Got::Nurse).into_boxed(),
            Choice::Advice => self.advice.get().mapped(Got::Advice).into_boxed(),
            Choice::Patience(time) => env.timeout(*time).mapped(|()| Got::Nothing).into_boxed(),
        }
    }
}

/// Waits for the first of its choices. The other requests leave their lines by themselves.
#[process]
async fn patient(
    env: Environment,
    name: &'static str,
    choices: Vec<Choice>,
    practice: Practice,
    trace: Trace,
) {
    trace.log(name, format!("waits for {choices:?}"));
    let mut requests = Vec::new();
    for choice in &choices {
        requests.push(practice.ask(&env, choice));
    }
    let (_number, got) = first_of(requests).await;
    match got {
        Got::Doctor(slot) => {
            trace.log(name, "sees the doctor");
            env.timeout(6.0).await;
            slot.release();
        }
        Got::Nurse(slot) => {
            trace.log(name, "sees the nurse");
            env.timeout(6.0).await;
            slot.release();
        }
        Got::Advice(advice) => trace.log(name, format!("is told: {advice}")),
        Got::Nothing => trace.log(name, "runs out of patience"),
    }
    trace.log(name, "goes home");
}

fn main() -> Result<(), SimError> {
    use Choice::{Advice, Doctor, Nurse, Patience};

    let sim = Simulation::new();
    let trace = Trace::new(&sim);
    let practice = Practice {
        doctor: Resource::new(&sim, 1),
        nurse: Resource::new(&sim, 1),
        advice: Queue::unbounded(&sim),
    };
    for (arrival, name, choices) in [
        (0.0, "Ada", vec![Doctor, Nurse]), // both are free: the first on the list wins
        (1.0, "Ben", vec![Doctor, Patience(2.5)]),
        (2.0, "Cleo", vec![Doctor, Nurse]),
        (3.0, "Dan", vec![Nurse, Advice]),
        (4.0, "Eve", vec![Nurse, Advice, Doctor, Patience(9.0)]),
    ] {
        let patient = Patient::new(name, choices, practice.clone(), trace.clone());
        sim.process_in(arrival, patient);
    }
    let advice = practice.advice.clone();
    sim.schedule(5.0, move |_| advice.try_put("drink tea").expect("it is unbounded"));
    sim.run()?;
    print!("{trace}");
    Ok(())
}
