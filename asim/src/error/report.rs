//! What a [`SimError`] says beyond one line.

use std::error::Error;
use std::fmt::{self, Write};
use std::panic::Location;

use super::SimError;
use crate::kernel::blocked::Blocked;
use crate::kernel::passed_on;

/// How many of those that are blocked are listed.
const LISTED: usize = 5;

/// Where what was awaited was asked for, and the first of those that are blocked, one a line.
pub(super) fn of_blocked(location: Option<&Location<'_>>, blocked: &[Blocked]) -> String {
    let mut text = String::new();
    // A string takes all that is written to it.
    if let Some(location) = location {
        let _ = write!(text, " (asked for at {location})");
    }
    let _ = match blocked.len() {
        0 => write!(text, "; no process is blocked"),
        1 => write!(text, "; 1 process is blocked:"),
        count => write!(text, "; {count} processes are blocked:"),
    };
    for blocked in blocked.iter().take(LISTED) {
        let _ = write!(text, "\n  {blocked}");
    }
    if blocked.len() > LISTED {
        let _ = write!(text, "\n  and {} more", blocked.len() - LISTED);
    }
    text
}

/// Who was interrupted, and who has passed that on.
pub(super) fn of_interrupt(process: &str, time: f64, cause: &str, through: &[String]) -> String {
    let Some((interrupted, between)) = through.split_last() else {
        return format!(
            "process `{process}` was interrupted at time {time} and did not handle it: {cause}"
        );
    };
    let mut text = format!("process `{process}` failed at time {time}: ");
    // A string takes all that is written to it.
    for name in between {
        let _ = write!(text, "process `{name}` failed: ");
    }
    let _ = write!(text, "process `{interrupted}` was interrupted: {cause}");
    text
}

/// Why something takes in no item.
pub(super) fn of_full(thing: &str, capacity: Option<usize>) -> String {
    match capacity {
        Some(capacity) => {
            format!("the {thing} of capacity {capacity} has no room for another item")
        }
        None => format!("the simulation of the {thing} has gone: nothing is taken in any more"),
    }
}

impl fmt::Debug for SimError {
    /// Reads as the `Display`, as this is what `main` prints and what `unwrap` says; then those of
    /// its sources that say something new.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.to_string();
        f.write_str(&said)?;
        let names = match self {
            SimError::ProcessFailed { through, .. } => through.as_slice(),
            _ => &[],
        };
        let mut source = self.source();
        while let Some(error) = source {
            let text = passed_on::with_names(names, || error.to_string());
            if !said.contains(&text) {
                write!(f, "\ncaused by: {text}")?;
                said.push_str(&text);
            }
            source = error.source();
        }
        Ok(())
    }
}
