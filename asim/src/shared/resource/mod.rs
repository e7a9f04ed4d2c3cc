//! Resources: equal slots that processes take and give back, with or without preemption.
//!
//! `Resource` and `PreemptiveResource` are two public handles of one core, `Slots`. Other folders
//! use only public items of this one.
//!
//! Read the files in this order; each one uses only those before it:
//!
//! 1. `lines`: the requests that wait, by priority.
//! 2. `evictable`: which slots can be taken away, and which one first.
//! 3. `preempted`: the cause of the interrupt that a process gets when it loses a slot.
//! 4. `holders`: the holders of the slots.
//! 5. `slots`: the core. It grants slots, takes them away, takes them back, and serves the lines.
//! 6. `slot`: one slot that somebody holds.
//! 7. `acquire`: the request for a slot.
//! 8. `resource` and `preemptive`: the two handles.
//! 9. `work`: work that goes on after each preemption.

pub(crate) mod acquire;
pub(crate) mod evictable;
pub(crate) mod holders;
pub(crate) mod lines;
pub(crate) mod preempted;
pub(crate) mod preemptive;
#[allow(clippy::module_inception, reason = "the folder is named after its main thing")]
pub(crate) mod resource;
pub(crate) mod slot;
pub(crate) mod slots;
pub(crate) mod work;
