//! The item of a `put` that is not awaited goes with its request where there is no room.

#![deny(unused_must_use)]

use asim::prelude::*;

#[process]
async fn producer(env: Environment, queue: Queue<u32>, tank: Container, output: OutPort<u32>) {
    queue.put(1);
    tank.put(2.0);
    output.send(3);
    env.timeout(4.0);
    env.event::<()>().into_future();
}

fn main() {}
