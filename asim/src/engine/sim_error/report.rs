//! The text of a [`SimError`] beyond one line.

use std::fmt::{self, Write};
use std::{error::Error, panic::Location};

use crate::engine::{shown_names::with_names, sim_error::SimError, standstill::Standstill};

/// Returns the line that made a request, in brackets.
pub(crate) fn of_line(location: Option<&Location<'_>>) -> String {
    location.map_or_else(String::new, |location| format!(" (asked for at {location})"))
}

/// Returns what a process waited for when it was interrupted.
pub(crate) fn of_wait(waiting_for: Option<&str>, location: Option<&Location<'_>>) -> String {
    match (waiting_for, location) {
        (None, _) => String::new(),
        (Some(what), None) => format!(" (it waited for {what})"),
        (Some(what), Some(location)) => format!(" (it waited for {what}, asked for at {location})"),
    }
}

/// Returns the processes that wait while others keep each other busy.
pub(crate) fn of_others(standstill: &Standstill) -> String {
    if standstill.waits.is_empty() {
        String::new()
    } else {
        format!("; meanwhile, {}", standstill.list())
    }
}

/// Returns who was interrupted, and who has passed that on.
pub(crate) fn of_interrupt(process: &str, time: f64, cause: &str, through: &[String]) -> String {
    let Some((interrupted, between)) = through.split_last() else {
        return format!(
            "process `{process}` was interrupted at time {time} and did not handle it: {cause}"
        );
    };
    let mut text = format!("process `{process}` failed at time {time}: ");
    // Writing to a string cannot fail.
    for name in between {
        let _ = write!(text, "process `{name}` failed: ");
    }
    let _ = write!(text, "process `{interrupted}` was interrupted: {cause}");
    text
}

impl fmt::Debug for SimError {
    /// Writes the same as `Display`, because `main` and `unwrap` print this, and then each source that
    /// says something new.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.to_string();
        f.write_str(&said)?;
        let names = match self {
            SimError::ProcessFailed { through, .. } => through.as_slice(),
            _ => &[],
        };
        let mut source = self.source();
        while let Some(error) = source {
            let text = with_names(names, || error.to_string());
            if !said.contains(&text) {
                write!(f, "\ncaused by: {text}")?;
                said.push_str(&text);
            }
            source = error.source();
        }
        Ok(())
    }
}
