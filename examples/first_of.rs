//! A race: the client waits for a result, but no longer than three.

use asim::prelude::*;
use asim_examples::Trace;

#[process]
async fn server(env: Environment, results: Queue<&'static str>, trace: Trace) {
    env.timeout(5.0).await;
    trace.log("server", "deliver result");
    results.put("result").await;
}

#[process]
async fn client(env: Environment, results: Queue<&'static str>, trace: Trace) {
    trace.log("client", "waiting");
    // The loser is cancelled: once the timeout has won, the client is in no line any more, and
    // the result stays in the queue for somebody else.
    asim!(match FirstOf(result = results.get(), late = env.timeout(3.0)).await {
        FirstOf::Result(result) => trace.log("client", format!("got {result}")),
        FirstOf::Late(()) => trace.log("client", "timed out, leaving"),
    });
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let trace = Trace::new(&sim);
    let results = Queue::unbounded(&sim);
    sim.process(Server::new(results.clone(), trace.clone()));
    sim.process(Client::new(results, trace.clone()));
    sim.run()?;
    print!("{trace}");
    Ok(())
}
