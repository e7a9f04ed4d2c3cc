//! Models for the tests of the replay.

use std::borrow::Cow;
use std::future::Future;

use crate::prelude::*;

/// A future as a process with a name.
struct Plain<F>(String, F);

impl<F: Future<Output = ()> + 'static> Process for Plain<F> {
    type Output = ();

    fn name(&self) -> Cow<'static, str> {
        self.0.clone().into()
    }

    fn run(self, _: Environment) -> impl Future<Output = ()> + 'static {
        self.1
    }
}

/// Starts a future as a process with this name.
pub(crate) fn start(
    env: &Environment,
    name: impl Into<String>,
    future: impl Future<Output = ()> + 'static,
) -> ProcessHandle {
    env.process(Plain(name.into(), future))
}

/// A model in which most kinds happen.
pub(crate) fn everything(sim: &Simulation) {
    let clerks = PreemptiveResource::new(sim, 1).named("clerks");
    let belt = Queue::bounded(sim, 1).named("belt </script> 😀");
    let tank = Container::new(sim, 5.5).named("tank");
    let open = State::new(sim, false).named("open");
    for number in 0..200 {
        let (clerks, belt, tank) = (clerks.clone(), belt.clone(), tank.clone());
        let env = (*sim).clone();
        start(sim, format!("customer {number}"), async move {
            env.timeout(f64::from(number % 7) * 0.3).await;
            let served = async {
                let _clerk = clerks.acquire_with_priority(number % 5).await;
                tank.put(0.7).await;
                env.timeout(0.1).await;
                belt.put(number).await;
            };
            if env.interruptible(served).await.is_err() {
                env.log(format_args!("{number} was sent away"));
            }
        });
    }
    let env = (*sim).clone();
    start(sim, "belt's end", async move {
        while let Ok(item) = env.interruptible(belt.get()).await {
            let _ = belt.try_get();
            open.set(item % 2 == 0);
            tank.get(1.0).await;
        }
    });
    sim.spawn(async { panic!("oh") }).cancel();
    let _ = sim.run_until(30.0);
}
