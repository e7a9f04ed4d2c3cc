//! A table of what happened: when, who, what.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use asim::Environment;

/// Collects reports of processes and prints them as a table. Clones share the rows.
///
/// ```
/// use asim::prelude::*;
/// use asim_examples::Trace;
///
/// let sim = Simulation::new();
/// let trace = Trace::new(&sim);
/// trace.log("sleeper", "start");
/// assert_eq!(
///     trace.to_string(),
///     "| time | name    | event |\n\
///      |----: | :-------| :-----|\n\
///      |    0 | sleeper | start |\n"
/// );
/// ```
#[derive(Clone)]
pub struct Trace {
    env: Environment,
    rows: Rc<RefCell<Vec<[String; 3]>>>,
}

impl Trace {
    /// Returns an empty table that reads the time from `env`.
    #[must_use]
    pub fn new(env: &Environment) -> Self {
        Trace { env: env.clone(), rows: Rc::default() }
    }

    /// Adds a row at the current time.
    pub fn log(&self, name: impl Into<String>, event: impl Into<String>) {
        let row = [self.env.now().to_string(), name.into(), event.into()];
        self.rows.borrow_mut().push(row);
    }
}

/// Prints the time aligned to the right and the rest to the left. Each column is as wide as its widest
/// cell.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows.borrow();
        let header = ["time", "name", "event"].map(String::from);
        let [time, name, event] = [0, 1, 2].map(|column| {
            let cells = std::iter::once(&header).chain(rows.iter());
            cells.map(|row| row[column].chars().count()).max().unwrap_or(0)
        });
        let [when, who, what] = &header;
        writeln!(f, "| {when:>time$} | {who:name$} | {what:event$} |")?;
        writeln!(f, "|{:->time$}: | :{:-<name$}| :{:-<event$}|", "", "", "")?;
        for [when, who, what] in rows.iter() {
            writeln!(f, "| {when:>time$} | {who:name$} | {what:event$} |")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("rows", &self.rows).finish_non_exhaustive()
    }
}
