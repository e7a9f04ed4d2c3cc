//! A production line whose machines break down, whatever they are doing.
//!
//! A part goes through three machines, with room for one part between them. A breakdown stops a machine
//! while it waits for a part, works, or waits for room. One mechanic repairs the most urgent machine first.
//!
//! In SimPy, an interrupted request stays in its queue. Here a request that is given by `&mut` does: the
//! machine keeps its place in line, and delivers each part once, even if the part is taken in the very
//! instant of the breakdown. A `pausable_timeout` stands still during the repair.

use asim::prelude::*;

#[derive(Clone)]
struct Machine {
    name: &'static str,
    minutes: f64,
    urgency: i32,
    mechanic: Resource,
}

impl Machine {
    /// Waits until the machine is repaired. Another breakdown meanwhile has to wait.
    async fn repair(&self, env: &Environment, doing: &str) {
        println!("{:5.1} {} breaks down, {doing}", env.now(), self.name);
        let repair = async {
            let mechanic = self.mechanic.acquire_with_priority(self.urgency).await;
            env.timeout(20.0).await;
            mechanic.release();
        };
        env.uninterruptible(repair).await;
        println!("{:5.1} {} runs again", env.now(), self.name);
    }
}

#[process(name = Works)]
async fn works(env: Environment, machine: Machine, from: Queue<u32>, to: Queue<u32>) -> ! {
    loop {
        let mut get = from.get();
        let part = loop {
            match env.interruptible(&mut get).await {
                Ok(part) => break part,
                Err(_) => machine.repair(&env, "waiting for a part").await,
            }
        };
        let mut work = env.pausable_timeout(machine.minutes);
        while env.interruptible(&mut work).await.is_err() {
            let doing = format!("part {part} needs {} more", work.left());
            machine.repair(&env, &doing).await;
        }
        let mut put = to.put(part);
        while env.interruptible(&mut put).await.is_err() {
            let is_in = if put.triggered() { "is out" } else { "waits for room" };
            machine.repair(&env, &format!("part {part} {is_in}")).await;
        }
    }
}

#[process]
async fn breakdown(env: Environment, machine: ProcessRef, time: f64) {
    env.timeout_until(time).await;
    machine.interrupt("breakdown");
}

#[process]
async fn packer(env: Environment, line: Queue<u32>) -> ! {
    loop {
        let part = line.get().await;
        println!("{:5.1} part {part} is packed", env.now());
        env.timeout(20.0).await;
    }
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let mechanic = Resource::new(&sim, 1).named("mechanic");
    let raw = Queue::unbounded(&sim).named("raw parts");
    (0..6).try_for_each(|part| raw.try_put(part)).expect("there is room for all");

    let mut from = raw;
    let mut machines = Vec::new();
    for (name, minutes, urgency) in [("saw", 5.0, 3), ("drill", 8.0, 1), ("paint", 6.0, 2)] {
        let to = Queue::bounded(&sim, 1).named(format!("after the {name}"));
        let machine = Machine { name, minutes, urgency, mechanic: mechanic.clone() };
        let works = Works::new(machine, from, to.clone()).named(name);
        machines.push(sim.process(works).process_ref());
        from = to;
    }
    sim.process(Packer::new(from));
    for (machine, time) in [(0, 3.0), (2, 30.0), (0, 31.0), (1, 31.0), (2, 128.0)] {
        sim.process(Breakdown::new(machines[machine].clone(), time));
    }
    sim.run_before(240.0)
}
