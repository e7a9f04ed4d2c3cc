//! The replay of a trace: a page of its own.

use std::path::Path;

use crate::answers::origin::LogSoFar;
use crate::answers::trace::Trace;
use crate::engine::sim_error::SimError;
use crate::report::page::page::{Page, title_of};
use crate::report::replay::fragment::fragment;
use crate::report::replay::layout_file::LayoutFile;
use crate::trace::kept::lock;

impl Trace {
    /// Writes a page that plays the run. It is one file of HTML, which any browser shows; it loads nothing.
    ///
    /// The things that have a name stand in it with their lines, levels and capacities; processes are dots that wait,
    /// hold and move. It plays forwards and back, goes to any time, and tells the story of each process.
    ///
    /// Where each thing stands is decided by who flows where. In the page, things can be moved and called otherwise, and
    /// the layout can be saved: if the file `bank.layout` stands beside `bank.html`, it is used for the next page.
    ///
    /// The page can be written at any time, also after the simulation is dropped. A file that is there is replaced.
    ///
    /// # Errors
    ///
    /// [`SimError::Page`] if the file cannot be written, or if there is a file with a layout that cannot be read.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn customer(env: Environment, clerks: Resource) {
    ///     let _clerk = clerks.acquire().await;
    ///     env.timeout(4.0).await;
    /// }
    ///
    /// # let folder = std::env::temp_dir().join(format!("asim-doc-replay-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let page = folder.join("bank.html");
    /// let sim = Simulation::new();
    /// let trace = sim.trace();
    /// let clerks = Resource::new(&sim, 1).named("clerks");
    /// sim.process(Customer::new(clerks.clone()));
    /// sim.process(Customer::new(clerks));
    /// sim.run()?;
    /// # let bank_replay = page.clone();
    /// trace.replay(bank_replay)?; // "bank.html"
    /// # assert!(std::fs::read_to_string(&page).unwrap().starts_with("<!doctype html>"));
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn replay(&self, path: impl AsRef<Path>) -> Result<(), SimError> {
        self.replay_until(path.as_ref(), u64::MAX)
    }

    /// Does the same without what came after the first `most` happenings.
    pub(crate) fn replay_until(&self, path: &Path, most: u64) -> Result<(), SimError> {
        let layout = LayoutFile::beside(path)?;
        self.look();
        // How the simulation stands is asked before the log is locked.
        let standing = self.kernel.upgrade().map(|kernel| kernel.standing());
        let (count, standing) = {
            let kept = lock(&self.kept);
            (kept.count().min(most), standing.or_else(|| kept.end.clone()))
        };
        let log = LogSoFar { kept: self.kept.clone(), count };
        let title = title_of(path);
        let replay = fragment(&log, standing.as_ref(), &title, None, &layout);
        let page =
            Page { title, styles: replay.styles, scripts: replay.scripts, body: replay.html };
        page.save(path)
    }
}
