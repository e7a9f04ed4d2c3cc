//! Processes that are generic, also over what their arguments do not show.

use asim::prelude::*;

trait Draw: 'static {
    fn draw(&mut self) -> f64;
}

struct Always(f64);

impl Draw for Always {
    fn draw(&mut self) -> f64 {
        self.0
    }
}

#[process]
async fn source<D: Draw, const N: usize>(env: Environment, mut draw: D, sizes: [u8; N])
where
    [u8; N]: Sized,
{
    for _ in sizes {
        env.timeout(draw.draw()).await;
    }
}

#[process(name = Maker)]
async fn make<T: Default, I: Iterator>(env: Environment, items: Vec<I::Item>) -> Result<(), String> {
    for _ in items {
        drop(T::default());
        env.timeout(1.0).await;
    }
    Ok(())
}

fn main() {
    let sim = Simulation::new();
    sim.process(Source::new(Always(1.0), [1, 2, 3]));
    sim.process(Maker::<u8, std::vec::IntoIter<u8>>::new(vec![1, 2]));
    let _ = sim.run();
}
