//! Waiting: what can be awaited, raced, joined and interrupted.
//!
//! The folder uses the engine and [`environment`](crate::environment). `shared` and `process` use it. In
//! reading order:
//!
//! 1. [`awaited`]: a request as its owner holds it, and the future behind its `.await`. [`waitable`]: the
//!    trait of everything that can become a request.
//! 2. [`request`]: the one type of request that all shared things use, from the call to the end, also when
//!    the simulation is gone. [`borrowed`]: waiting for it by reference, so that it keeps its place.
//!    [`priority`]: its place in a line that goes by priority. [`event`]: the simplest thing that takes
//!    such a request.
//! 3. [`timeout`]: waiting for time to pass. [`pausable_timeout`]: one that stands still while nobody
//!    waits. [`settled`]: waiting for the end of an instant.
//! 4. [`composition`]: races and joins. Their [`branches`] are written one by one ([`chain`] for many) or
//!    come from a collection ([`each`]). [`first_of`] and [`all_of`] say when a composition is decided
//!    and what it gives. [`progress`] counts finished branches. [`try_all_of`] ends at the first failure.
//! 5. [`condition`]: waiting until something is true of the things that it watches ([`watch`]).
//! 6. [`interruptible`] and [`uninterruptible`]: parts of a process that can be interrupted, and parts
//!    that cannot.
//! 7. [`mapped`], [`boxed`], [`plain`]: a request with another output, a request of any type in a box,
//!    and a plain future as a request.

// A request.
pub(crate) mod awaited;
pub(crate) mod waitable;

// What is asked of a thing.
pub(crate) mod already_triggered;
pub(crate) mod borrowed;
pub(crate) mod event;
pub(crate) mod priority;
pub(crate) mod request;

// Time.
pub(crate) mod invalid_delay;
pub(crate) mod invalid_time;
pub(crate) mod pausable_timeout;
pub(crate) mod settled;
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

// Conditions.
pub(crate) mod condition;
pub(crate) mod watch;

// Interrupts.
pub(crate) mod interruptible;
pub(crate) mod uninterruptible;

// Requests around something else.
pub(crate) mod boxed;
pub(crate) mod mapped;
pub(crate) mod plain;
