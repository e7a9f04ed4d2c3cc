//! An operating theatre: operations that need a room and surgeons together, beds that differ, and a stock
//! of instruments that is filled up in time.
//!
//! Operations take all that they need in one step (`acquire_together`), so no room stands idle while it waits
//! for a surgeon. The urgent go first. Afterwards each patient gets the free bed that is nearest.

use asim::prelude::*;

struct Patient {
    name: &'static str,
    arrival: f64,
    urgency: i32,
    surgeons: usize,
    hours: f64,
}

struct Bed {
    number: u32,
    metres: f64,
}

#[derive(Clone)]
struct Theatre {
    rooms: Resource,
    surgeons: Resource,
    beds: Pool<Bed>,
    sets: Container,
}

#[process(name = Treatment)]
async fn treat(env: Environment, patient: Patient, theatre: Theatre) {
    let Patient { name, arrival, urgency, surgeons, hours } = patient;
    env.timeout_until(arrival).await;
    let needs = [(&theatre.rooms, 1), (&theatre.surgeons, surgeons)];
    let [room, team] = acquire_together_with_priority(needs, urgency).await;
    theatre.sets.get(1.0).await;
    println!("{:4.1} {name} is operated, after {:.1} hours", env.now(), env.now() - arrival);
    env.timeout(hours).await;
    team.release();
    env.timeout(0.5).await; // the room is cleaned
    room.release();

    let nearest = theatre.beds.acquire_min_by_key(|bed| bed.metres);
    let bed = nearest.with_priority(urgency).await;
    println!("{:4.1} {name} lies in bed {}", env.now(), bed.number);
    env.timeout(6.0).await;
}

#[process]
async fn supply(env: Environment, sets: Container) -> ! {
    loop {
        env.wait_until(&sets, |sets| sets.level() < 2.0).await;
        println!("{:4.1} instruments are sent for", env.now());
        env.timeout(1.5).await;
        sets.put(3.0).await;
    }
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let beds = [(11, 40.0), (12, 25.0), (21, 90.0)];
    let theatre = Theatre {
        rooms: Resource::new(&sim, 2).named("rooms"),
        surgeons: Resource::new(&sim, 3).named("surgeons"),
        beds: Pool::new(&sim, beds.map(|(number, metres)| Bed { number, metres })),
        sets: Container::new(&sim, 6.0).with_level(3.0).in_order().named("instrument sets"),
    };
    sim.process(Supply::new(theatre.sets.clone()));
    for (name, arrival, urgency, surgeons, hours) in [
        ("Ada", 0.0, 3, 2, 3.0),
        ("Ben", 0.0, 3, 2, 2.0),
        ("Cleo", 0.5, 3, 1, 1.0),
        ("Dora", 1.0, 1, 2, 2.0),
        ("Emil", 1.0, 2, 1, 1.5),
        ("Finn", 2.0, 3, 1, 1.0),
    ] {
        let patient = Patient { name, arrival, urgency, surgeons, hours };
        sim.process(Treatment::new(patient, theatre.clone()));
    }
    sim.run()
}
