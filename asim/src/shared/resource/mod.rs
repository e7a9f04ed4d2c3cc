//! Resources: equal slots that processes take and give back, with or without preemption.
//!
//! `Resource` and `PreemptiveResource` are two public handles of one core, `Slots`. Other folders
//! use only public items of this one.
//!
//! Read the files in this order; each one uses only those before it:
//!
//! 1. `evictable`: which slots can be taken away, and which one first.
//! 2. `preempted`: the cause of the interrupt that a process gets when it loses a slot.
//! 3. `holding`: what a granted request holds.
//! 4. `holders`: the holders of the slots, if they can be evicted.
//! 5. `state`: how many units are taken, who waits, and who can be granted what.
//! 6. `slots`: the core. It grants slots, takes them away, and serves the line. `release`: it takes slots
//!    back, and passes them on.
//! 7. `slot`: one slot that somebody holds.
//! 8. `acquire`: the request for a slot.
//! 9. `resource` and `preemptive`: the two handles.
//! 10. `work`: work that goes on after each preemption.
//! 11. `together`: a request for several resources at once.

pub(crate) mod acquire;
pub(crate) mod evictable;
pub(crate) mod holders;
pub(crate) mod holding;
pub(crate) mod preempted;
pub(crate) mod preemptive;
pub(crate) mod release;
#[allow(clippy::module_inception, reason = "the folder is named after its main thing")]
pub(crate) mod resource;
pub(crate) mod slot;
pub(crate) mod slots;
pub(crate) mod state;
pub(crate) mod together;
pub(crate) mod view;
pub(crate) mod work;
