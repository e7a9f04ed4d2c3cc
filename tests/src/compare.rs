//! The comparison: the same program, by the rules and on asim.

use crate::program::Program;
use crate::shrink::shrink;
use crate::trace::{Trace, difference};
use crate::{drive, reference};
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// Runs a program both ways.
///
/// # Errors
/// Says where the two differ, or what panicked.
pub fn compare(program: &Program) -> Result<Trace, String> {
    compare_with(program, drive::run)
}

/// Does the same on asim with a name for each object, and with the log switched on.
///
/// # Errors
/// As [`compare`].
pub fn compare_named(program: &Program) -> Result<Trace, String> {
    compare_with(program, drive::run_named)
}

fn compare_with(program: &Program, run: fn(&Program) -> Trace) -> Result<Trace, String> {
    let expected = quietly(|| reference::run(program))
        .map_err(|said| format!("the reference panicked: {said}"))?;
    let found =
        quietly(|| run(program)).map_err(|said| format!("asim panicked: {said}\n{expected}"))?;
    match difference(&expected, &found) {
        None => Ok(expected),
        Some(text) => Err(text),
    }
}

/// Returns the report on a program for which the two differ: the smallest program found for which
/// they still differ.
///
/// # Panics
/// When they do not differ.
#[must_use]
pub fn report(name: &str, program: &Program) -> String {
    let small = shrink(program, |program| compare(program).is_err());
    let text = compare(&small).expect_err("it was shrunk as long as it failed");
    format!("{name} fails, and so does this:\n\n{small}\n{text}\nas code: {}\n", small.as_code())
}

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that may panic, without the usual message; gives the panic's.
fn quietly<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                usual(info);
            }
        }));
    });
    IS_QUIET.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(run));
    IS_QUIET.set(false);
    outcome.map_err(|payload| message(payload.as_ref()))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("(no message)").to_owned()
}
