//! A method as a process.

use asim::prelude::*;

struct Shop;

impl Shop {
    #[process]
    async fn customer(&self, env: Environment) {
        env.timeout(1.0).await;
    }
}

fn main() {
    let _ = Shop;
}
