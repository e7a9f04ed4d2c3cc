//! Panics of a model: caught, with their words and their place, and not printed.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;
use std::{env, mem, thread};

use crate::experiment::work::outcome::{Failure, FailureKind};

thread_local! {
    /// How many calls of `caught` this thread is in.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// The words and the place of the last panic inside them.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Calls a function that may panic. A panic is returned as a failure that says where it was.
///
/// It is not printed, as it is reported anyway; but with `RUST_BACKTRACE` set it is, with its backtrace.
pub(crate) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, Failure> {
    /// Ends the call, also if something unwinds through it.
    struct Depth(usize);
    impl Drop for Depth {
        fn drop(&mut self) {
            DEPTH.set(self.0);
        }
    }
    listen();
    LAST.take();
    let result = {
        let _depth = Depth(DEPTH.replace(DEPTH.get() + 1));
        panic::catch_unwind(AssertUnwindSafe(call)).map_err(|payload| {
            let last = LAST.take();
            // A program may have replaced the hook: then the place is not known.
            let message = last.unwrap_or_else(|| words(payload.as_ref()).to_owned());
            drop_payload(payload);
            message
        })
    };
    result.map_err(|message| Failure { kind: FailureKind::Panicked, message })
}

/// Drops what a panic carried. That is the model's own value, whose drop may panic too.
fn drop_payload(payload: Box<dyn Any + Send>) {
    if let Err(another) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // Its drop could go on so for ever.
        mem::forget(another);
    }
    LAST.take();
}

/// Notes the panics of this thread from now on, if they are inside `caught`.
fn listen() {
    static ONCE: Once = Once::new();
    if thread::panicking() {
        // The hook cannot be changed now.
        return;
    }
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !note(info) {
                others(info);
            }
        }));
    });
}

/// Notes a panic. Returns `false` if it shall be printed.
fn note(info: &PanicHookInfo<'_>) -> bool {
    if !DEPTH.try_with(|depth| depth.get() > 0).unwrap_or(false) {
        return false;
    }
    let words = words(info.payload());
    let text = match info.location() {
        Some(place) => format!("{words} ({place})"),
        None => words.to_owned(),
    };
    let ends_program = words.starts_with("panic in a ");
    let before = LAST.replace(Some(text));
    if ends_program {
        // A panic while another one unwinds: nobody will be there to report the first.
        let _ = writeln!(io::stderr(), "asim: {}", before.unwrap_or_default());
        return false;
    }
    env::var_os("RUST_BACKTRACE").is_none_or(|wanted| wanted == "0")
}

fn words(payload: &(dyn Any + Send)) -> &str {
    if let Some(words) = payload.downcast_ref::<&str>() {
        words
    } else if let Some(words) = payload.downcast_ref::<String>() {
        words
    } else {
        "a panic without words"
    }
}
