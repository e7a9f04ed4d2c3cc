//! Tracing: a log of what happens, in memory or in a file.

use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::{ffi::OsStr, fmt, num::NonZero};

use crate::answers::trace::Trace;
use crate::engine::sim_error::SimError;
use crate::environment::Environment;
use crate::trace::calling::Calling;
use crate::trace::filter::Filter;
use crate::trace::happening::Happening;
use crate::trace::json_lines::JsonLines;
use crate::trace::keeping::Keeper;
use crate::trace::kept::Kept;
use crate::trace::output::Output;
use crate::trace::perfetto::Perfetto;
use crate::trace::record::Kind;
use crate::trace::sink::Sink;
use crate::trace::text::Text;

impl Environment {
    /// Keeps all that happens from now on in memory, which grows with the run.
    /// [`tracing`](Self::tracing) keeps less.
    ///
    /// The log has the starts, waits and ends of all processes, and what happens at each thing that has a
    /// name. Begin it before the model is built, so that it has all. A log that begins later first says how all stands:
    /// who is there, what each thing shows, who holds it and who waits in its lines, as if that happened now.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.trace();
    /// sim.schedule(3.0, |env| env.log("half past"));
    /// sim.run()?;
    /// for happening in &trace {
    ///     println!("{happening}");
    /// }
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use = "nothing is kept when the trace is dropped"]
    pub fn trace(&self) -> Trace {
        self.tracing().in_memory()
    }

    /// Writes all that happens from now on to a file. The end of its name says how:
    ///
    /// | name | what it is |
    /// |---|---|
    /// | `.json` | for <https://ui.perfetto.dev>: each process a track with its waits and holds, the level of each named thing a counter; a unit of time is shown as a second |
    /// | `.jsonl` | JSON lines, for programs: a header, then one happening a line |
    /// | `.log`, `.txt` | text, for people: one happening a line, in columns |
    ///
    /// The file is complete when the simulation is dropped, and can be read after each run. A run takes no
    /// more memory, however long it is. Several logs can be written at once.
    ///
    /// # Errors
    ///
    /// [`SimError::Log`] if the file cannot be made, or if its name ends otherwise. If the file cannot be
    /// written later (a full disk), the run that meets this ends with the same error; the log has whole lines
    /// up to there, and the next run goes on without it.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// # let folder = std::env::temp_dir().join(format!("asim-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let (json, log) = (folder.join("run.json"), folder.join("run.log"));
    /// let sim = Simulation::new();
    /// # let text = log.clone();
    /// # let (run_json, run_log) = (json, log);
    /// sim.trace_to(run_json)?; // "run.json"
    /// sim.trace_to(run_log)?; // "run.log"
    /// sim.schedule(3.0, |env| env.log("half past"));
    /// sim.run()?;
    /// # let text = std::fs::read_to_string(text).unwrap();
    /// # assert!(text.ends_with("half past\n") || text.ends_with("ends\n"), "{text}");
    /// # drop(sim);
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn trace_to(&self, path: impl AsRef<Path>) -> Result<(), SimError> {
        self.tracing().to(path)
    }

    /// Returns the options of a log: which things, processes and kinds it has, and where it goes.
    ///
    /// ```
    /// use asim::Kind;
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn customer(env: Environment, clerks: Resource) {
    ///     let _clerk = clerks.acquire().await;
    ///     env.timeout(4.0).await;
    /// }
    ///
    /// let sim = Simulation::new();
    /// let grants = sim.tracing().only_things(["clerks"]).only_kinds([Kind::Granted]).in_memory();
    /// let clerks = Resource::new(&sim, 1).named("clerks");
    /// for _ in 0..2 {
    ///     sim.process(Customer::new(clerks.clone()));
    /// }
    /// sim.run()?;
    /// assert_eq!(grants.iter().map(|grant| grant.time).collect::<Vec<_>>(), [0.0, 4.0]);
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn tracing(&self) -> Tracing {
        Tracing { env: self.clone(), filter: Filter::default(), last: None }
    }
}

/// The options of a log. Its last call begins the log.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let last = sim.tracing().only_processes(["clock"]).last(1000).in_memory();
/// assert!(last.is_empty());
/// ```
#[must_use = "the log begins with `to`, `in_memory` or another of the last calls"]
#[derive(Clone)]
pub struct Tracing {
    env: Environment,
    filter: Filter,
    last: Option<usize>,
}

impl Tracing {
    /// Leaves out what does not happen at one of these things.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.tracing().only_things(["clerks", "tills"]).in_memory();
    /// # assert!(trace.is_empty());
    /// ```
    pub fn only_things<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.filter.things = Some(names.into_iter().map(N::into).collect());
        self
    }

    /// Leaves out what does not happen to a process with one of these names.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.tracing().only_processes(["Customer"]).in_memory();
    /// # assert!(trace.is_empty());
    /// ```
    pub fn only_processes<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.filter.processes = Some(names.into_iter().map(N::into).collect());
        self
    }

    /// Leaves out what is not of one of these kinds.
    ///
    /// ```
    /// use asim::Kind;
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.tracing().only_kinds([Kind::Preempted, Kind::Logged]).in_memory();
    /// sim.log("opens");
    /// assert_eq!(trace.len(), 1);
    /// ```
    pub fn only_kinds(mut self, kinds: impl IntoIterator<Item = Kind>) -> Self {
        self.filter.kinds = Some(kinds.into_iter().collect());
        self
    }

    /// Keeps only the last `count` happenings in memory. A file gets all.
    ///
    /// # Panics
    ///
    /// If the count is zero.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.tracing().last(2).in_memory();
    /// for number in 1..=5 {
    ///     sim.log(number);
    /// }
    /// let texts: Vec<String> = trace.iter().map(|line| line.text.unwrap().to_string()).collect();
    /// assert_eq!(texts, ["4", "5"]);
    /// ```
    #[track_caller]
    pub fn last(mut self, count: usize) -> Self {
        assert!(count > 0, "a log keeps the last 1 or more happenings, not 0");
        self.last = Some(count);
        self
    }

    /// Begins a log in memory.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.tracing().in_memory();
    /// sim.log("opens");
    /// assert_eq!(trace.iter().next().unwrap().text.as_deref(), Some("opens"));
    /// ```
    #[must_use = "nothing is kept when the trace is dropped"]
    pub fn in_memory(self) -> Trace {
        let most = self.last.and_then(NonZero::new).map_or(usize::MAX, NonZero::get);
        let kernel = Rc::clone(self.env.kernel());
        #[allow(unused_mut, reason = "there is more to keep for the pages of `report`")]
        let mut kept = Kept::new(most);
        #[cfg(feature = "report")]
        {
            (kept.from, kept.is_filtered) = (self.env.now(), !self.filter.takes_all());
        }
        let kept = Arc::new(Mutex::new(kept));
        self.begin(Box::new(Keeper(Arc::clone(&kept))));
        Trace::new(kept, &kernel)
    }

    /// Begins a log in a file. The end of its name says how it is written: see
    /// [`Environment::trace_to`].
    ///
    /// # Errors
    ///
    /// As [`Environment::trace_to`].
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let error = sim.tracing().to("run.xml").unwrap_err().to_string();
    /// assert!(error.contains("`run.xml`") && error.contains(".jsonl"), "{error}");
    /// ```
    pub fn to(self, path: impl AsRef<Path>) -> Result<(), SimError> {
        let path = path.as_ref();
        let error = |source| SimError::Log {
            log: format!("`{}`", path.display()),
            time: self.env.now(),
            source,
        };
        let make: fn(Output) -> Box<dyn Sink> = match path.extension().and_then(OsStr::to_str) {
            Some("json") => |output| Box::new(Perfetto::new(output)),
            Some("jsonl") => |output| Box::new(JsonLines::new(output)),
            Some("log" | "txt") => |output| Box::new(Text::new(output)),
            _ => {
                let hint = "its name must end in .json (for Perfetto), .jsonl (JSON lines), .log or .txt (text)";
                return Err(error(io::Error::new(io::ErrorKind::InvalidInput, hint)));
            }
        };
        let output = Output::create(path).map_err(error)?;
        self.begin(make(output));
        Ok(())
    }

    /// Begins a log for Perfetto, as in a `.json` file, to a writer.
    ///
    /// The writer is called between two turns of the run. It may use the simulation, but not run it. An error
    /// of the writer is one of the run, as with files.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use std::io;
    ///
    /// let sim = Simulation::new();
    /// sim.tracing().to_perfetto(io::sink());
    /// ```
    pub fn to_perfetto(self, writer: impl Write + 'static) {
        self.begin(Box::new(Perfetto::new(Output::writer(Box::new(writer)))));
    }

    /// Begins a log in JSON lines, as in a `.jsonl` file, to a writer: see
    /// [`to_perfetto`](Self::to_perfetto).
    ///
    /// ```
    /// use asim::prelude::*;
    /// use std::io;
    ///
    /// let sim = Simulation::new();
    /// sim.tracing().to_json_lines(io::sink());
    /// ```
    pub fn to_json_lines(self, writer: impl Write + 'static) {
        self.begin(Box::new(JsonLines::new(Output::writer(Box::new(writer)))));
    }

    /// Begins a log as text, as in a `.log` file, to a writer: see [`to_perfetto`](Self::to_perfetto).
    ///
    /// ```
    /// use asim::prelude::*;
    /// use std::io;
    ///
    /// let sim = Simulation::new();
    /// sim.tracing().to_text(io::stdout());
    /// sim.schedule(3.0, |env| env.log("half past"));
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn to_text(self, writer: impl Write + 'static) {
        self.begin(Box::new(Text::new(Output::writer(Box::new(writer)))));
    }

    /// Calls a function with each happening.
    ///
    /// The function is called between two turns of the run, with many happenings one after the other, and at
    /// the end of each run with the rest: so the clock may have gone on. It may use the simulation (start
    /// processes, log), but not run it. If it panics, the panic passes through the run; it gets the next
    /// happening when the simulation runs on. It is not called while a panic unwinds.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// let sim = Simulation::new();
    /// let count = Rc::new(Cell::new(0));
    /// let counter = count.clone();
    /// sim.tracing().for_each(move |_| counter.set(counter.get() + 1));
    /// sim.schedule(3.0, |_| ());
    /// sim.run()?;
    /// assert_eq!(count.get(), 3); // it starts, goes on, ends
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn for_each(self, function: impl FnMut(&Happening) + 'static) {
        self.begin(Box::new(Calling::new(function)));
    }

    fn begin(self, sink: Box<dyn Sink>) {
        self.env.kernel().start_log(sink, self.filter);
    }
}

impl fmt::Debug for Tracing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracing")
            .field("filter", &self.filter)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}
