//! The macros of asim: the attribute `#[process]`, and `compose!`, which `asim!` calls.
//!
//! Both macros know only syntax. They know nothing about simulations. The generated code uses the public
//! interface of `asim` and its hidden module `__private`. Use them through `asim`.

#![forbid(unsafe_code)]

use composition::Numbers;
use proc_macro::TokenStream;

mod composition;
mod names;
mod process;
#[cfg(test)]
mod snapshot;
mod tokens;

/// Makes a process of an `async fn`. The function can be called and awaited as before. The macro adds a
/// struct that has the same name in `CamelCase` and holds the function's arguments. `Environment::process`
/// starts it.
///
/// ```
/// use asim::prelude::*;
///
/// /// A customer who is served for some minutes.
/// #[process]
/// async fn customer(env: Environment, counter: Resource, minutes: f64) {
///     let slot = counter.acquire().await;
///     env.timeout(minutes).await;
///     slot.release();
/// }
///
/// let sim = Simulation::new();
/// let counter = Resource::new(&sim, 1);
/// sim.process(Customer::new(counter.clone(), 12.0));
/// sim.process(Customer::new(counter, 3.0));
/// sim.run()?;
/// assert_eq!(sim.now(), 15.0);
/// # Ok::<(), SimError>(())
/// ```
///
/// # The function
///
/// - It is `async` and takes the environment: `env: Environment` or `env: &Environment`.
/// - Its other parameters become the fields of the struct and the arguments of its `new`, in the order
///   written. A process outlives the call that starts it, so it must own its data: only `&'static`
///   references are allowed. Each parameter has a plain name and a type that can be written down. Generic
///   parameters are allowed.
/// - It returns `()`, a `Result`, or `!`. (If other modules see the process and it returns a type of
///   yours, the struct has a parameter with a default, `Customer<Output = ..>`. You never write it. It
///   allows that type to be private.)
///
/// Another process can still await the function, as a part of itself:
/// `customer(env.clone(), counter, 3.0).await`. An `async fn` that is only used in this way needs no
/// macro, and may borrow.
///
/// # Options
///
/// - `name = Teller`: the name of the struct.
/// - `init = path`: a `fn(&mut Customer, &Environment)`. It is called once, before the process first
///   runs.
/// - `crate = path`: the path of `asim`, if it is reached through another crate.
///
/// ```
/// use asim::prelude::*;
///
/// #[process(name = Clock, init = set)]
/// async fn tick(env: &Environment, mut shown: f64) -> ! {
///     loop {
///         env.timeout(1.0).await;
///         shown += 1.0;
///         assert_eq!(shown, env.now());
///     }
/// }
///
/// fn set(clock: &mut Clock, env: &Environment) {
///     clock.shown = env.now();
/// }
///
/// let sim = Simulation::starting_at(7.0);
/// sim.process(Clock::new(0.0));
/// sim.run_until(9.0)?;
/// # Ok::<(), SimError>(())
/// ```
#[proc_macro_attribute]
pub fn process(options: TokenStream, function: TokenStream) -> TokenStream {
    process::expand(options.into(), &function.into()).into()
}

/// The expansion of `asim!`. Its input starts with the path of `asim` in brackets.
#[doc(hidden)]
#[proc_macro]
pub fn compose(input: TokenStream) -> TokenStream {
    static NUMBERS: Numbers = Numbers::new();
    composition::expand(input.into(), &NUMBERS).into()
}
