//! The engine: it moves time, resumes processes, and decides what follows from each trigger.
//!
//! Everything above it (`environment`, `wait`, `process`, `shared`) asks the engine and is notified by it.
//! The engine knows nothing of what is above it. Its files follow from the top down; each imports only
//! files that stand below it:
//!
//! 1. *Time*: [`run_loop`] fires timers and resumes processes. [`ending`] ends a run, and returns the errors
//!    that nobody has joined or received. [`measuring`] starts the measures again at the end of the warm-up.
//! 2. *One instant*: a trigger or a cancellation takes effect in six steps; [`kernel`] explains them.
//!    [`trigger`] notifies awaiters and decides races. [`unlink`] takes requests out of their lines.
//!    [`settle`] gives back what they were promised, serves the lines, and drops what is over.
//!    [`awaiting`] notes who waits for what.
//! 3. *Interrupts and ends*: [`delivery`] sends an interrupt, finds who catches it, and ends the process if
//!    nothing does. [`nesting`] keeps which catch scope is inside which. [`process_end`] does what follows
//!    the end of a process, and [`passed_on`] finds whose failure an error passes on. [`misuse`] reports
//!    requests that are awaited in the wrong place. [`logging`] notes what happens to processes, and
//!    [`introducing`] says how all stands when a log begins.
//!    [`diagnosis`] finds out why nothing happens, if somebody asks.
//! 4. *State*: [`kernel`] holds all of it. Its tables: [`process_table`] with its [`ready_line`] and its
//!    [`name_table`], [`process_cell`] (which draws the life of a process), [`timers`] over the [`agenda`],
//!    [`composite`], [`catch_scope`], [`deferred`], [`failed_events`], [`instant_end`]. Its cells:
//!    [`last_timer`], [`log`], [`instant_limit`], [`under_way`], [`wake_queue`].
//! 5. *What is asked*: [`provider`] is the trait of all things that grant requests. [`awaiter`] is who is
//!    notified. [`wait_list`] holds the lines in which requests wait; a [`priority_line`] is one that is
//!    ordered by priority. [`watchers`] are the conditions that watch a thing, and [`watching`] is one of
//!    them as the engine sees it. A [`probe`] is what a named thing is measured by; [`probes`] has them all, and
//!    [`probing`] is what things tell them;
//!    [`measures`] are those that the model makes itself. [`things`] is the list of all things that can be
//!    waited for, and [`thing_view`] is what they show of themselves when somebody asks who waits.
//! 6. *What processes are made of*: [`body`] and its [`outcome`]; [`stopped`] (what a failed join gives),
//!    [`interrupt`] with its [`cause`] ([`run_ended`] is one); [`blocked`], [`standstill`] and
//!    [`sim_error`] for reports.
//! 7. *Ground*: [`slab`], [`timer_key`], [`wait_name`], [`prefetch`], [`temporarily`], [`running`],
//!    [`shown_names`], [`failed_join`].
//!
//! Read [`kernel`] first, then [`run_loop`], then [`trigger`], [`unlink`] and [`settle`].

// Time.
pub(crate) mod ending;
pub(crate) mod run_loop;

pub(crate) mod measuring;

// One instant.
pub(crate) mod awaiting;
pub(crate) mod settle;
pub(crate) mod trigger;
pub(crate) mod unlink;

// What happened.
pub(crate) mod introducing;
pub(crate) mod logging;

// Interrupts and ends.
pub(crate) mod delivery;
pub(crate) mod misuse;
pub(crate) mod nesting;
pub(crate) mod passed_on;
pub(crate) mod process_end;

// Reports.
pub(crate) mod diagnosis;

// State.
pub(crate) mod agenda;
pub(crate) mod catch_scope;
pub(crate) mod composite;
pub(crate) mod deferred;
pub(crate) mod failed_events;
pub(crate) mod instant_end;
pub(crate) mod instant_limit;
pub(crate) mod kernel;
pub(crate) mod last_timer;
pub(crate) mod log;
pub(crate) mod name_table;
pub(crate) mod process_cell;
pub(crate) mod process_table;
pub(crate) mod ready_line;
pub(crate) mod timers;
pub(crate) mod under_way;
pub(crate) mod wake_queue;

// What is asked.
pub(crate) mod awaiter;
pub(crate) mod measures;
#[cfg(feature = "experiment")]
pub(crate) mod observer;
pub(crate) mod priority_line;
pub(crate) mod probe;
pub(crate) mod probes;
pub(crate) mod probing;
pub(crate) mod provider;
pub(crate) mod thing_view;
pub(crate) mod things;
pub(crate) mod wait_list;
pub(crate) mod watchers;
pub(crate) mod watching;

// What processes are made of.
pub(crate) mod blocked;
pub(crate) mod body;
pub(crate) mod cause;
pub(crate) mod interrupt;
pub(crate) mod outcome;
pub(crate) mod run_ended;
pub(crate) mod sim_error;
#[cfg(feature = "report")]
pub(crate) mod standing;
pub(crate) mod standstill;
pub(crate) mod stopped;

// Ground.
pub(crate) mod failed_join;
pub(crate) mod prefetch;
pub(crate) mod running;
pub(crate) mod shown_names;
pub(crate) mod slab;
pub(crate) mod temporarily;
pub(crate) mod timer_key;
pub(crate) mod wait_name;
