//! A hardware pipeline: a source, ten one-place buffers, and a sink that counts.
//!
//! Channels without a buffer connect them: each process holds its item for one unit of time, and passes
//! it on when the next one is free. The components are made before they are connected. The run ends when
//! the source has sent its last item. The sink, which would wait for ever, then reports what it has
//! counted. Items that are still under way never arrive.

use asim::prelude::*;

const BUFFERS: usize = 10;
const ITEMS: u32 = 1000;

/// Sends its items as fast as the pipeline takes them.
#[process]
async fn source(env: Environment, output: OutPort<u32>) {
    for item in 1..=ITEMS {
        output.send(item).await.expect("the pipeline lives as long as the run");
    }
    println!("{:6} the source has sent {ITEMS} items", env.now());
}

/// A buffer with room for one item.
#[process]
async fn buffer(env: Environment, input: InPort<u32>, output: OutPort<u32>) {
    while let Ok(item) = input.recv().await {
        env.timeout(1.0).await;
        if output.send(item).await.is_err() {
            return;
        }
    }
}

/// Counts what arrives until the run ends.
#[process]
async fn sink(env: Environment, input: InPort<u32>) {
    let mut count = 0;
    while let Ok(Ok(item)) = env.interruptible(input.recv()).await {
        count += 1;
        assert_eq!(item, count, "they come in order");
        if count == 1 {
            println!("{:6} the first item has arrived", env.now());
        }
    }
    println!("{:6} the sink has counted {count} items", env.now());
}

/// The ports of a buffer.
struct OnePlace {
    input: InPlug<u32>,
    output: OutPlug<u32>,
}

impl OnePlace {
    fn new(env: &Environment, place: usize) -> Self {
        let name = format!("buffer {place}");
        let (inner_input, input) = InPort::declare(env, format!("{name}.input"));
        let (inner_output, output) = OutPort::declare(env, format!("{name}.output"));
        let inner_input = inner_input.named(format!("wire {place}"));
        env.process(Buffer::new(inner_input, inner_output).named(name));
        OnePlace { input, output }
    }
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let (output, mut last) = OutPort::declare(&sim, "source.output");
    let source = sim.process(Source::new(output));
    for place in 1..=BUFFERS {
        let buffer = OnePlace::new(&sim, place);
        connect(last, buffer.input);
        last = buffer.output;
    }
    let (input, end) = InPort::declare(&sim, "sink.input");
    sim.process(Sink::new(input.named("last wire")));
    connect(last, end);

    sim.run_all([source])
}
