//! The inventory of Law and Kelton: their nine policies, to the cent of their table.
//!
//! A. M. Law and W. D. Kelton, "Simulation Modeling and Analysis", section 1.5: a company sells one product for
//! 120 months. Each month it looks at its stock. If that is below `s`, it orders up to `S`. Demands that cannot
//! be met wait. The model draws from the generator of the book (stream 1 of its `lcgrand`), in the order of the
//! book's program, so that its costs are those that the book prints.

use asim::prelude::*;
use std::cell::Cell;
use std::rc::Rc;

/// The generator of the book: multiplier 630,360,016, modulus 2^31 - 1 (Marse and Roberts 1983).
#[derive(Clone)]
struct Book(Rc<Cell<u64>>);

impl Book {
    fn next(&self) -> f64 {
        self.0.set(self.0.get() * 630_360_016 % 2_147_483_647);
        f64::from(u32::try_from((self.0.get() >> 7) | 1).expect("24 bits")) / 16_777_216.0
    }

    fn exponential(&self, mean: f64) -> f64 {
        -mean * self.next().ln()
    }

    /// The size of a demand: 1 to 4, with the probabilities 1/6, 1/3, 1/3, 1/6.
    fn demand(&self) -> i32 {
        let number = self.next();
        1 + [0.167, 0.5, 0.833].iter().map(|&bound| i32::from(number >= bound)).sum::<i32>()
    }
}

/// The stock. It is negative while demands wait.
#[derive(Clone)]
struct Inventory {
    items: Rc<Cell<i32>>,
    on_hand: asim::NamedLevel,
    owed: asim::NamedLevel,
}

impl Inventory {
    fn change(&self, by: i32) {
        let items = self.items.get() + by;
        self.items.set(items);
        self.on_hand.set(f64::from(items.max(0)));
        self.owed.set(f64::from((-items).max(0)));
    }
}

#[process]
async fn customers(env: Environment, book: Book, stock: Inventory, first: f64) -> ! {
    env.timeout(first).await;
    loop {
        stock.change(-book.demand());
        env.timeout(book.exponential(0.1)).await;
    }
}

#[process]
async fn delivery(env: Environment, stock: Inventory, items: i32, lag: f64) {
    env.timeout(lag).await;
    stock.change(items);
}

#[process]
async fn review(env: Environment, book: Book, stock: Inventory, policy: (i32, i32)) -> ! {
    let costs = env.tally("order");
    loop {
        let (least, most) = policy;
        if stock.items.get() < least {
            let items = most - stock.items.get();
            costs.add(32.0 + 3.0 * f64::from(items));
            let lag = 0.5 + book.next() * 0.5;
            env.process(Delivery::new(stock.clone(), items, lag));
        }
        env.timeout(1.0).await;
    }
}

/// Returns the costs a month: of orders, of holding, of owing.
fn costs(book: &Book, policy: (i32, i32)) -> [f64; 3] {
    let sim = Simulation::new();
    let stock = Inventory {
        items: Rc::new(Cell::new(60)),
        on_hand: sim.level("on hand"),
        owed: sim.level("owed"),
    };
    stock.change(0);
    let first = book.exponential(0.1);
    sim.process(Customers::new(book.clone(), stock.clone(), first));
    sim.process(Review::new(book.clone(), stock.clone(), policy));
    sim.run_before(120.0).expect("nothing fails");
    let orders = sim.tally("order").values();
    [orders.sum() / 120.0, stock.on_hand.mean(), 5.0 * stock.owed.mean()]
}

#[test]
fn nine_policies_cost_what_the_book_says() {
    let book = Book(Rc::new(Cell::new(1_973_272_912)));
    let table = [
        ((20, 40), [126.61, 99.26, 9.25, 18.10]),
        ((20, 60), [122.74, 90.52, 17.39, 14.83]),
        ((20, 80), [123.86, 87.36, 26.24, 10.26]),
        ((20, 100), [125.32, 81.37, 36.00, 7.95]),
        ((40, 60), [126.37, 98.43, 25.99, 1.95]),
        ((40, 80), [125.46, 88.40, 35.92, 1.14]),
        ((40, 100), [132.34, 84.62, 46.42, 1.30]),
        ((60, 80), [150.02, 105.69, 44.02, 0.31]),
        ((60, 100), [143.20, 89.05, 53.91, 0.24]),
    ];
    for (policy, [all, orders, holding, owing]) in table {
        let found = costs(&book, policy);
        let sum: f64 = found.iter().sum();
        for (found, printed) in found.into_iter().chain([sum]).zip([orders, holding, owing, all]) {
            // The book has computed with numbers of 24 bits.
            assert!((found - printed).abs() < 0.0075, "{policy:?}: {found}, printed {printed}");
        }
    }
}
