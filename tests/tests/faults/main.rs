//! One test for each fault that was found somewhere, in the situation that shows it.
//!
//! Read in this order: `known_defects` (faults of other libraries), `own_defects` (faults that asim
//! once had), `attacks` (situations at one instant that were sought out, and in which nothing was found),
//! `hostile_situations` (user code that panics or calls back at the worst moment). The
//! random programs of `programs` look for such situations; what they find becomes a test here.

mod attacks;
mod hostile_situations;
mod known_defects;
mod own_defects;
