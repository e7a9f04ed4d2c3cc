//! Joins that fail at the first failure, of what does not fail, or with different errors.

use asim::prelude::*;

#[process]
async fn ship(env: Environment, berths: Resource, tide: Event<Result<u8, String>>) -> Result<(), String> {
    asim!(TryAllOf(berth = berths.acquire(), tide = &tide)).await?;
    try_all_of([env.timeout(1.0), env.timeout(2.0)]).await?;
    Ok(())
}

async fn errors(a: Event<Result<u8, String>>, b: Event<Result<u8, u8>>) -> Result<u8, String> {
    let both = asim!(TryAllOf(a = a, b = b)).await?;
    Ok(both.a)
}

async fn nothing(a: Event<Result<u8, String>>) -> Result<u8, String> {
    asim!(TryAllOf(a = a, b = 3)).await.map(|both| both.a)
}

async fn fields(a: Event<Result<u8, String>>) -> Result<u8, String> {
    let one = asim!(TryAllOf(a = &a)).await?;
    asim!(TryAllOf()).await?;
    Ok(one.b)
}

fn main() {}
