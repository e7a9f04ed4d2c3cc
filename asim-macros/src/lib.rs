//! The macros of asim: the attribute `#[process]`, and `compose!`, which `asim!` calls.
//!
//! Nothing here knows how a simulation works: both macros know syntax only, and what they
//! generate uses the public face of `asim` and its hidden module `__private`. Use them through
//! `asim`.

#![forbid(unsafe_code)]

use composition::Numbers;
use proc_macro::TokenStream;

mod composition;
mod names;
mod process;
#[cfg(test)]
mod snapshot;
mod tokens;

/// Makes a process of an `async fn`: the function stays as it is, and a struct of the same
/// name in `CamelCase` that holds its arguments can be started with `Environment::process`.
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
/// - Its other parameters become the struct's fields and the arguments of its `new`, in the
///   order written. A process outlives the call that starts it, so they own what they hold:
///   no references but `&'static` ones. Each has a plain name and a type that can be written
///   down; generic parameters are fine.
/// - It returns `()`, a `Result`, or `!`. (Where others see the process and it returns a type of
///   yours, the struct shows that as a parameter with a default, `Customer<Output = ..>`: nobody
///   writes it, and it lets the type be private.)
///
/// It can still be awaited by another process, as a part of what that one does:
/// `customer(env.clone(), counter, 3.0).await`. An `async fn` that is only ever awaited so needs no
/// macro, and may borrow what it likes.
///
/// # Options
///
/// - `name = Teller`: the struct's name.
/// - `init = path`: a `fn(&mut Customer, &Environment)`, called once, before the process first runs.
/// - `crate = path`: where `asim` is, when it is reached through another crate.
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

/// What `asim!` expands to; its input starts with the path of `asim` in brackets.
#[doc(hidden)]
#[proc_macro]
pub fn compose(input: TokenStream) -> TokenStream {
    static NUMBERS: Numbers = Numbers::new();
    composition::expand(input.into(), &NUMBERS).into()
}
