//! What the macros accept, and how they refuse the rest. What they expand to is tested in
//! `asim-macros`.
//!
//! Read in this order: `arguments` (what a process does with its own), `asim_forms` (each form that is allowed, compiled and run), then
//! `compile_errors`. It compiles the cases in `tests/ui`: what is unusual but right, and each
//! mistake with its message. It builds asim anew for that, which takes most of its time, and says
//! on stderr what it does.

mod arguments;
mod asim_forms;
mod compile_errors;
