//! Where a function only earns a warning for a private type, its process earns no error.

#![allow(private_interfaces, private_bounds)]

use asim::prelude::*;

mod shop {
    use asim::prelude::*;

    struct Basket(u8);

    #[derive(Debug)]
    struct Receipt(u8);

    #[derive(Debug)]
    struct Refused;

    impl std::fmt::Display for Refused {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("refused")
        }
    }

    impl std::error::Error for Refused {}

    trait Priced {
        fn price(&self) -> u8;
    }

    impl Priced for Basket {
        fn price(&self) -> u8 {
            self.0
        }
    }

    #[process(init = open)]
    pub async fn clerk(env: Environment, basket: Basket, again: Vec<Basket>) -> Result<Receipt, Refused> {
        env.timeout(1.0).await;
        if again.is_empty() { Ok(Receipt(basket.0)) } else { Err(Refused) }
    }

    fn open(clerk: &mut Clerk, _env: &Environment) {
        clerk.basket.0 += 1;
    }

    #[process]
    pub(crate) async fn cashier<P: Priced + 'static, const N: usize>(
        env: Environment,
        items: [P; N],
    ) -> Result<(Receipt, P), String> {
        env.timeout(1.0).await;
        let item = items.into_iter().next().ok_or("nothing")?;
        Ok((Receipt(item.price()), item))
    }

    pub async fn day(env: Environment) -> u8 {
        let clerk: Clerk = Clerk::new(Basket(3), Vec::new());
        let receipt = env.process(clerk).await.expect("nothing refuses");
        let cashier = Cashier::<Basket, 1>::new([Basket(4)]);
        let paid = env.process(cashier).await.expect("there is something");
        receipt.0 + paid.0.0
    }
}

fn main() {
    let sim = Simulation::new();
    let day = shop::day(sim.env());
    assert_eq!(sim.run_until_event(day).expect("the day ends"), 8);
}
