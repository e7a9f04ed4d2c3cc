//! A `?` after an await that cannot fail.

use asim::prelude::*;

async fn wait(env: &Environment) -> Result<(), SimError> {
    env.timeout(1.0).await?;
    Ok(())
}

fn main() {}
