//! Errors that are passed on: by a process that joins another, by one that caught an interrupt, and
//! to other threads. Who is named, and what the run makes of them.

use std::cell::Cell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;

use asim::prelude::*;

type AnyError = Box<dyn Error + Send + Sync>;

/// Fails after a while.
#[process]
async fn pump(env: Environment) -> Result<(), String> {
    env.timeout(4.0).await;
    Err("out of oil".to_string())
}

/// Sleeps in a part that cannot be interrupted.
#[process]
async fn sleeper(env: Environment) {
    env.timeout(9.0).await;
}

fn error_of(sim: &Simulation) -> SimError {
    sim.run().expect_err("the run fails")
}

/// Returns what the run says.
fn text_of(sim: &Simulation) -> String {
    error_of(sim).to_string()
}

// ---- a join is passed on with `?`

#[process]
async fn plant(env: Environment) -> Result<(), Stopped<String>> {
    env.process(Pump::new()).await
}

/// Any error at all.
#[process]
async fn works(env: Environment) -> Result<(), AnyError> {
    env.process(Pump::new()).await?;
    Ok(())
}

/// An error of its own.
#[derive(Debug)]
enum PlantError {
    Pump(Stopped<String>),
}

impl std::fmt::Display for PlantError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let PlantError::Pump(stopped) = self;
        write!(f, "no cooling: {stopped}")
    }
}

impl Error for PlantError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let PlantError::Pump(stopped) = self;
        Some(stopped)
    }
}

impl From<Stopped<String>> for PlantError {
    fn from(stopped: Stopped<String>) -> Self {
        PlantError::Pump(stopped)
    }
}

#[process]
async fn cooling(env: Environment) -> Result<(), PlantError> {
    env.process(Pump::new()).await?;
    Ok(())
}

#[test]
fn the_error_of_a_parent_that_passes_on_its_childs_failure_names_the_child() {
    let inner = "process `Pump` failed: out of oil";
    let sim = Simulation::new();
    sim.process(Plant::new());
    assert_eq!(text_of(&sim), format!("process `Plant` failed at time 4: {inner}"));

    let sim = Simulation::new();
    sim.process(Works::new());
    assert_eq!(text_of(&sim), format!("process `Works` failed at time 4: {inner}"));

    let sim = Simulation::new();
    sim.process(Cooling::new());
    let error = error_of(&sim);
    let text = format!("process `Cooling` failed at time 4: no cooling: {inner}");
    assert_eq!((error.to_string(), format!("{error:?}")), (text.clone(), text));
    // The error itself is what the process returned.
    let SimError::ProcessFailed { source, through, .. } = error else { panic!() };
    assert!(matches!(source.downcast_ref(), Some(PlantError::Pump(Stopped::Failed(_)))));
    assert_eq!(through, ["Pump"]);
}

#[test]
fn a_failure_that_is_passed_on_twice_names_all_three_also_if_the_handle_is_kept() {
    #[process]
    async fn region(env: Environment) -> Result<(), Stopped<Stopped<String>>> {
        env.process(Plant::new()).await
    }
    let sim = Simulation::new();
    let region = sim.process(Region::new());
    assert_eq!(
        text_of(&sim),
        "process `Region` failed at time 4: process `Plant` failed: \
         process `Pump` failed: out of oil"
    );
    drop(region);
}

#[test]
fn an_error_that_holds_no_join_names_no_child() {
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        env.process(Pump::new()).await.ok();
        Err::<(), _>("given up")
    });
    assert!(text_of(&sim).ends_with("failed at time 4: given up"));
}

#[test]
fn of_several_failures_kept_none_is_named_and_the_last_is_if_it_is_passed_on_at_once() {
    let run = |passes_the_last: bool| {
        let sim = Simulation::new();
        let env = sim.env();
        let parent = async move {
            let first = env.process(Pump::new().named("first")).await;
            let last = env.process(Pump::new().named("last")).await;
            if passes_the_last {
                return last;
            }
            env.timeout(1.0).await;
            first
        };
        sim.spawn(parent);
        text_of(&sim)
    };
    assert!(run(true).ends_with("failed at time 8: process `last` failed: out of oil"));
    assert!(run(false).ends_with("failed at time 9: out of oil"));
}

#[test]
fn nothing_stutters() {
    let twice: Stopped<Stopped<&str>> = Stopped::Failed(Stopped::Failed("foo"));
    assert_eq!(twice.to_string(), "foo");
    assert_eq!(
        Stopped::Failed(Stopped::<String>::Cancelled).to_string(),
        "the process was cancelled"
    );
    assert_eq!(Stopped::<String>::Panicked.to_string(), "the process panicked");
}

// ---- interrupts are passed on

#[test]
fn a_caught_interrupt_that_a_process_returns_ends_the_run_as_an_interrupt() {
    #[process]
    async fn plain(env: Environment) -> Result<(), Interrupt> {
        env.interruptible(env.timeout(9.0)).await
    }
    #[process]
    async fn boxed(env: Environment) -> Result<(), AnyError> {
        Ok(env.interruptible(env.timeout(9.0)).await?)
    }
    #[process]
    async fn joins(env: Environment) -> Result<(), Stopped<String>> {
        env.interruptible(env.timeout(9.0)).await?;
        env.process(Pump::new()).await
    }
    fn ends<P: Process<Output: Outcome>>(process: P) {
        let sim = Simulation::new();
        let process = sim.process(process.named("worker")).process_ref();
        sim.run_until(2.0).unwrap();
        process.interrupt("fire drill");
        let error = error_of(&sim);
        let text = "process `worker` was interrupted at time 2 and did not handle it: fire drill";
        match &error {
            // It ended where it waited.
            SimError::Interrupted { location: Some(at), .. } => assert_eq!(
                error.to_string(),
                format!("{text} (it waited for timeout, asked for at {at})")
            ),
            _ => assert_eq!(error.to_string(), text),
        }
        let SimError::Interrupted { process, time, cause, .. } = error else { panic!() };
        assert_eq!((process.as_str(), time, cause.as_str()), ("worker", 2.0, "fire drill"));
    }
    ends(Plain::new());
    ends(Boxed::new());
    ends(Joins::new());
    ends(Sleeper::new());
}

#[test]
fn a_returned_interrupt_goes_to_whoever_joins() {
    let sim = Simulation::new();
    let env = sim.env();
    let worker = sim.spawn(async move { env.interruptible(env.timeout(9.0)).await });
    let process = worker.process_ref();
    sim.run_until(2.0).unwrap();
    process.interrupt(7);
    let joined = sim.run_until_event(worker).unwrap();
    let Err(Stopped::Failed(interrupt)) = joined else { panic!("{joined:?}") };
    assert_eq!(interrupt.cause(), Some(&7));
}

#[test]
fn an_interrupt_of_a_child_that_is_passed_on_names_both() {
    #[process]
    async fn parent(env: Environment) -> Result<(), AnyError> {
        let sleeper = env.process(Sleeper::new());
        let process = sleeper.process_ref();
        env.schedule(3.0, move |_| process.interrupt("boss"));
        sleeper.await?;
        Ok(())
    }
    let sim = Simulation::new();
    sim.process(Parent::new());
    let error = error_of(&sim);
    assert_eq!(
        error.to_string(),
        "process `Parent` failed at time 3: process `Sleeper` was interrupted: boss"
    );
    assert!(
        matches!(error, SimError::Interrupted { process, time: 3.0, .. } if process == "Parent")
    );
}

#[test]
fn that_the_run_has_ended_is_no_failure_also_if_it_is_passed_on() {
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        loop {
            env.interruptible(env.timeout(1.0)).await?;
        }
        #[allow(unreachable_code)]
        Ok::<(), Interrupt>(())
    });
    let env = sim.env();
    sim.run_all([sim.spawn(async move { env.timeout(2.5).await })]).unwrap();
    sim.run().unwrap();
}

// ---- what an interrupt says

/// Returns what a process reports that was interrupted with this cause.
fn told<C: std::any::Any>(cause: C) -> String {
    let sim = Simulation::new();
    let process = sim.process(Sleeper::new()).process_ref();
    sim.run_until(1.0).unwrap();
    process.interrupt(cause);
    let SimError::Interrupted { cause, .. } = error_of(&sim) else { panic!() };
    cause
}

#[test]
fn an_interrupt_says_its_cause_and_no_path() {
    struct Breakdown<T>(T);
    assert_eq!(told("fire drill"), "fire drill");
    assert_eq!(told(format!("drill {}", 3)), "drill 3");
    assert_eq!(told(()), "interrupt");
    assert_eq!(told(Breakdown(Some(1_u8)).0), "Option<u8>");
    assert_eq!(told(Breakdown("a")), "Breakdown<&str>");
}

#[test]
fn a_preemption_says_who_took_what() {
    #[process]
    async fn job(env: Environment, machine: PreemptiveResource) {
        env.timeout(3.0).await;
        let _slot = machine.acquire_with_priority(5).await;
        env.timeout(9.0).await;
    }
    #[process]
    async fn rush_job(env: Environment, machine: PreemptiveResource) {
        env.timeout(4.0).await;
        machine.acquire_with_priority(0).await.release();
    }
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    sim.process(Job::new(machine.clone()));
    sim.process(RushJob::new(machine.clone()));
    let text = text_of(&sim);
    assert!(
        text.starts_with(
            "process `Job` was interrupted at time 4 and did not handle it: \
             preempted: `RushJob` took a slot of the PreemptiveResource held since 3 \
             (it waited for timeout, asked for at "
        ),
        "{text}"
    );
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    sim.process(Job::new(machine.clone()));
    sim.run_until(3.5).unwrap();
    let _slot = machine.acquire_with_priority(0);
    let text = text_of(&sim);
    assert!(text.contains(
        "preempted: a slot of the PreemptiveResource held since 3 was taken (it waited "
    ));
}

// ---- to other threads

/// Counts its drops.
struct Counted(Rc<Cell<u32>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// An interrupt with this cause, as a process catches it.
fn interrupt<C: std::any::Any>(cause: C) -> Interrupt {
    let sim = Simulation::new();
    let env = sim.env();
    let worker = sim.spawn(async move { env.interruptible(env.timeout(9.0)).await });
    let process = worker.process_ref();
    sim.run_until(1.0).unwrap();
    process.interrupt(cause);
    match sim.run_until_event(worker).unwrap() {
        Err(Stopped::Failed(interrupt)) => interrupt,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_interrupt_goes_to_another_thread_and_is_dropped_there_without_its_cause() {
    let drops = Rc::new(Cell::new(0));
    let here = interrupt(Counted(Rc::clone(&drops)));
    let there = here.clone();
    thread::spawn(move || {
        let copy = there.clone();
        assert!(copy.cause::<Counted>().is_none());
        assert_eq!(copy.to_string(), "Counted");
    })
    .join()
    .unwrap();
    assert!(here.cause::<Counted>().is_some());
    drop(here);
    assert_eq!(drops.get(), 1, "the last is dropped at home");

    let only = interrupt(Counted(Rc::clone(&drops)));
    thread::spawn(move || drop(only)).join().unwrap();
    assert_eq!(drops.get(), 1, "the last is dropped elsewhere, and the cause forgotten");
}

#[test]
fn an_interrupt_says_its_text_on_every_thread() {
    for (interrupt, text) in [(interrupt("boss"), "boss"), (interrupt("b".to_string()), "b")] {
        let said = thread::spawn(move || interrupt.to_string()).join().unwrap();
        assert_eq!(said, text);
    }
}

#[test]
fn what_a_join_gives_can_be_sent_if_the_error_can() {
    fn demands<T: Send + Sync + 'static>() {}
    demands::<Interrupt>();
    demands::<Stopped<String>>();
    demands::<SimError>();
}

// ---- panics

#[test]
fn a_process_that_panicked_reaches_its_joiner_as_that() {
    let sim = Simulation::new();
    let panics = sim.spawn(async { panic!("over") });
    let joiner = sim.spawn(async move { panics.await.map_err(|stopped| stopped.to_string()) });
    assert!(catch_unwind(AssertUnwindSafe(|| sim.run())).is_err());
    let joined = sim.run_until_event(joiner).unwrap();
    assert_eq!(joined, Err(Stopped::Failed("the process panicked".to_string())));
}

#[test]
fn a_panic_that_is_passed_on_names_the_process_that_panicked() {
    #[process]
    async fn reckless(env: Environment) {
        env.timeout(1.0).await;
        panic!("over");
    }
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move { env.process(Reckless::new()).await });
    assert!(catch_unwind(AssertUnwindSafe(|| sim.run())).is_err());
    assert!(text_of(&sim).ends_with("failed at time 1: process `Reckless` panicked"));
}
