//! Random numbers: named streams, and the distributions that models draw from.
//!
//! A seed gives the same bits on every platform and in every build, for ever. So nothing here calls the
//! platform's mathematics: no `f64::ln`, `exp`, `sin` or `powf`, whose last digits differ between
//! platforms, but `libm`, which is plain Rust. (`sqrt`, `floor` and `abs` are exact everywhere;
//! `mul_add` is never used.) `asim/clippy.toml` refuses the others. Nothing here knows of the
//! simulation.
//!
//! Where the inverse of a distribution function can be had, a draw is that inverse at *one* uniform
//! number, so that it rises with it. Two runs that draw the same uniform numbers then draw alike: that
//! makes their difference exact (common random numbers), and a mirrored run cancels out (antithetic
//! numbers). Where it cannot be had, the draw takes one number of the stream as the seed of a generator
//! of its own ([`inner`]), and draws from that whatever it needs. So *every draw takes one number of its
//! stream*, and two runs stay in step.
//!
//! Its files follow from the top down; each imports only files that stand below it:
//!
//! 1. *Streams by name*: [`streams`], what a simulation keeps.
//! 2. *In time*: [`arrivals`], at a rate that changes.
//! 3. *From data*: [`discrete`] and [`empirical`].
//! 4. *Distributions*, one family a file: [`uniform`], [`choice`], [`exponential`] (with Weibull and
//!    Pareto), [`normal`] (with lognormal), [`triangular`]; [`gamma`] (with Erlang and beta); of whole
//!    numbers [`geometric`], [`poisson`], [`binomial`].
//! 5. *The stream*: [`stream`], the handle that all of them are methods of, and [`rand_traits`], by which
//!    the crates of the `rand` family draw from it.
//! 6. *Ground*: [`inner`], [`normal_quantile`], [`saddle_point`], [`whole_number`], [`refusal`],
//!    [`xoshiro`] (the generator), [`seed`].
//!
//! Read [`seed`], [`xoshiro`] and [`stream`] first, then [`exponential`].

// Streams by name.
pub(crate) mod streams;

// In time.
pub(crate) mod arrivals;

// From data.
pub(crate) mod discrete;
pub(crate) mod empirical;

// Distributions.
pub(crate) mod binomial;
pub(crate) mod choice;
pub(crate) mod exponential;
pub(crate) mod gamma;
pub(crate) mod geometric;
pub(crate) mod normal;
pub(crate) mod poisson;
pub(crate) mod triangular;
pub(crate) mod uniform;

// The stream.
pub(crate) mod rand_traits;
pub(crate) mod stream;

// Ground.
pub(crate) mod inner;
pub(crate) mod normal_quantile;
pub(crate) mod refusal;
pub(crate) mod saddle_point;
pub(crate) mod seed;
pub(crate) mod whole_number;
pub(crate) mod xoshiro;
