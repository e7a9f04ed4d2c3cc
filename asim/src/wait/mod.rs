//! Waiting: what can be awaited, raced, joined and interrupted.
//!
//! The folder uses the engine and [`environment`](crate::environment). `shared` and `process` use it. In
//! reading order:
//!
//! 1. [`awaited`]: a request as its owner holds it, and the future behind its `.await`. [`waitable`]: the
//!    trait of everything that can become a request.
//! 2. [`request`]: the one type of request that all shared things use, from the call to the end, also when
//!    the simulation is gone. [`event`]: the simplest thing that takes such a request.
//! 3. [`timeout`]: waiting for time to pass.
//! 4. [`composition`]: races and joins. Their [`branches`] are written one by one ([`chain`] for many) or
//!    come from a collection ([`each`]). [`first_of`] and [`all_of`] say when a composition is decided
//!    and what it gives. [`progress`] counts finished branches. [`try_all_of`] ends at the first failure.
//! 5. [`interruptible`] and [`uninterruptible`]: parts of a process that can be interrupted, and parts
//!    that cannot.
//! 6. [`mapped`], [`boxed`], [`plain`]: a request with another output, a request of any type in a box,
//!    and a plain future as a request.

// A request.
pub(crate) mod awaited;
pub(crate) mod waitable;

// What is asked of a thing.
pub(crate) mod already_triggered;
pub(crate) mod event;
pub(crate) mod request;

// Time.
pub(crate) mod invalid_delay;
pub(crate) mod timeout;

// Several.
pub(crate) mod all_of;
pub(crate) mod branches;
pub(crate) mod chain;
pub(crate) mod composition;
pub(crate) mod each;
pub(crate) mod first_of;
pub(crate) mod progress;
pub(crate) mod try_all_of;

// Interrupts.
pub(crate) mod interruptible;
pub(crate) mod uninterruptible;

// Requests around something else.
pub(crate) mod boxed;
pub(crate) mod mapped;
pub(crate) mod plain;
