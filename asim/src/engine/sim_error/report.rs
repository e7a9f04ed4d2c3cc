//! The text of a [`SimError`] beyond one line.

use std::fmt::{self, Write};
use std::{error::Error, panic::Location};

use crate::engine::{blocked::Blocked, shown_names::with_names, sim_error::SimError};

/// The most blocked processes that are listed.
const LISTED: usize = 5;

/// Returns which line made the request that the run waited for, and the first blocked processes, one a
/// line.
pub(crate) fn of_blocked(location: Option<&Location<'_>>, blocked: &[Blocked]) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
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
