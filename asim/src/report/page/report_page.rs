//! The page of a report.

use std::fmt::Write as _;
use std::path::Path;

use crate::answers::figures::count;
use crate::answers::report::{Entry, Measured, Report};
use crate::engine::sim_error::SimError;
use crate::report::history::history::History;
use crate::report::page::of_replication::OfReplication;
use crate::report::page::page::{Page, escaped, title_of};
use crate::report::page::report_pictures::{Pictures, has_only_pictures};
use crate::report::page::report_tables::{card, heading, of_many, of_own, overview};
use crate::report::replay::fragment::fragment;
use crate::report::replay::layout_file::LayoutFile;

/// So many things have a section of their own, with pictures. The others are in tables.
const SHOWN: usize = 30;

/// So many of each sort are in the tables. A browser takes a minute for tables of 20,000.
const IN_TABLES: usize = 2_000;

/// From so many things on the page has a list of them.
const MANY: usize = 6;

/// A log of so many happenings is played inside of the page.
const PLAYED: u64 = 200_000;

/// The rules of the pages with tables and pictures, and their scripts.
pub(crate) const STYLE: &str = include_str!("report.css");
pub(crate) const SORT: &str = include_str!("sort.js");
pub(crate) const READINGS: &str = include_str!("readings.js");

impl Report {
    /// Writes the report as a page: one file of HTML that any browser shows, and that loads nothing.
    ///
    /// It has the tables, which can be sorted, and pictures of the first 30 things. If the simulation has a whole log in memory
    /// ([`trace`](crate::environment::Environment::trace), called before the model is built), it has also each level over
    /// time, who held what when, the fingerprint of the run, and its replay. The errors with which runs have ended, and
    /// which processes wait for what when nothing is left to happen, stand first. A page of merged reports has what the
    /// runs have in common.
    ///
    /// If a layout was saved from the replay, and the file `bank.layout` stands beside `bank.html`, it is used.
    ///
    /// The title is the name of the file, without its ending. A file that is there is replaced when the page is whole.
    /// The same report gives the same page, but for how long the run took.
    ///
    /// # Errors
    ///
    /// [`SimError::Page`] if the file cannot be written, or if there is a file with a layout that cannot be read. The
    /// error names the path.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::seeded(42);
    /// let _trace = sim.trace();
    /// let clerks = Resource::new(&sim, 2).named("clerks");
    /// let slot = clerks.try_acquire();
    /// sim.run_until(480.0)?;
    /// # drop(slot);
    /// # let folder = std::env::temp_dir().join(format!("asim-report-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("bank.html");
    /// sim.report().time_unit("min").html(&path)?;
    /// # let page = std::fs::read_to_string(&path).unwrap();
    /// # assert!(page.contains("data-name=\"clerks.utilisation\" data-value=\"0.5\""));
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn html(&self, path: impl AsRef<Path>) -> Result<(), SimError> {
        self.html_of(path.as_ref(), None)
    }

    /// Does the same, with what is known of the replication that the report is of.
    pub(crate) fn html_of(&self, path: &Path, of: Option<&OfReplication>) -> Result<(), SimError> {
        // Where there is no replay, there is nothing to lay out.
        let is_played = self.origin.log.as_ref().is_some_and(|log| log.count <= PLAYED);
        let layout = if is_played { LayoutFile::beside(path)? } else { LayoutFile::default() };
        self.page(&title_of(path), &layout, of).save(path)
    }

    /// Returns the report as a page. Its title is the name of the experiment, if there is one. The replay has the title
    /// that is given here: it has to know the name of the file.
    pub(crate) fn page(
        &self,
        title: &str,
        layout: &LayoutFile,
        of: Option<&OfReplication>,
    ) -> Page {
        let mut page = Page {
            title: of.map_or(title, |of| &of.experiment).to_owned(),
            styles: vec![STYLE],
            scripts: vec![SORT, READINGS],
            body: String::new(),
        };
        let (shown, history) = (self.shown(), self.history());
        let mut parts = self.page_parts(&shown, history.as_ref());
        if let Some(html) = of.map(OfReplication::results_in_html).filter(|html| !html.is_empty()) {
            parts.insert(0, Part { id: "results", name: "The model's results", html });
        }
        parts.extend(self.replay(&mut page, title, layout));
        let body = &mut page.body;
        let (title, mut facts) = (escaped(&page.title), self.facts_in_html());
        facts += &of.map_or(String::new(), OfReplication::parameters_in_html);
        let _ = writeln!(body, "<header>\n<h1><bdi>{title}</bdi></h1>\n{facts}</header>");
        *body += &self.trouble_in_html();
        *body += &self.navigation(&parts, &shown);
        *body += "<main>\n";
        for Part { id, name, html } in &parts {
            let _ = writeln!(body, "<section id=\"{id}\">\n<h2>{name}</h2>\n{html}</section>");
        }
        *body += &self.what_is_missing();
        *body += "</main>\n";
        page
    }

    /// Returns what the log says of each thing over time, if there is one.
    fn history(&self) -> Option<History> {
        let log = self.origin.log.as_ref()?;
        let mut history = History::of(log, self.until);
        history.unit.clone_from(&self.unit);
        history.warm_up = Some(self.since);
        Some(history)
    }

    fn navigation(&self, parts: &[Part], shown: &[usize]) -> String {
        let mut html = "<nav aria-label=\"Sections\">\n<ul>\n".to_owned();
        for part in parts {
            let _ = writeln!(html, "<li><a href=\"#{}\">{}</a></li>", part.id, part.name);
        }
        html += "</ul>\n";
        if shown.len() >= MANY {
            html += "<details><summary>Each thing</summary>\n<ul>\n";
            for &place in shown {
                let (to, name) = (id_of(place), escaped(&self.entries[place].name));
                let _ = writeln!(html, "<li><a href=\"#{to}\"><bdi>{name}</bdi></a></li>");
            }
            html += "</ul></details>\n";
        }
        html + "</nav>\n"
    }

    /// Returns the places of the things that have a section of their own, with pictures: the first of them, and then the
    /// first types of processes.
    fn shown(&self) -> Vec<usize> {
        let of = |is_one: fn(&Measured) -> bool| {
            let is_one = move |place: &usize| is_one(&self.entries[*place].what);
            (0..self.entries.len()).filter(is_one)
        };
        of(is_thing).chain(of(is_processes)).take(SHOWN).collect()
    }

    /// Returns the parts of the page that have something to show.
    fn page_parts(&self, shown: &[usize], history: Option<&History>) -> Vec<Part> {
        let mut pictures = Pictures::new(self, history);
        let mut parts = Vec::new();
        let mut add = |id, name, html: String| {
            if !html.is_empty() {
                parts.push(Part { id, name, html });
            }
        };
        let link = |place: usize| shown.contains(&place).then(|| id_of(place));
        let mut things =
            overview(self, link, IN_TABLES).map_or(String::new(), |table| table.html());
        things += &self.sections_of(is_thing, shown, &mut pictures);
        add("things", "Things", things);
        add("processes", "Processes", self.sections_of(is_processes, shown, &mut pictures));
        add("holds", "Who held what", pictures.of_holds());
        add("own", "Measures of the model", self.own(&mut pictures));
        parts
    }

    /// Returns the sections of the entries of one sort, and the tables of those that have none.
    fn sections_of(
        &self,
        is_one: fn(&Measured) -> bool,
        shown: &[usize],
        pictures: &mut Pictures,
    ) -> String {
        let mut html = String::new();
        for &place in shown.iter().filter(|place| is_one(&self.entries[**place].what)) {
            let entry = &self.entries[place];
            let _ = writeln!(html, "<section class=\"thing\" id=\"{}\">", id_of(place));
            html += &heading(entry);
            html += &card(entry);
            html += &pictures.of(entry);
            html += "</section>\n";
        }
        html + &self.others(is_one, shown)
    }

    /// Returns the tables and pictures of the model's own measures.
    fn own(&self, pictures: &mut Pictures) -> String {
        let mut html = of_own(self, IN_TABLES);
        let is_own = |entry: &&Entry| has_only_pictures(&entry.what);
        let own = self.entries.iter().filter(|entry| is_own(entry) || is_counter(&entry.what));
        html += &left_out(own.count());
        for entry in self.entries.iter().filter(is_own).take(SHOWN) {
            html += &pictures.of(entry);
        }
        html
    }

    /// Returns the tables of the entries of one sort that have no section.
    fn others(&self, is_one: fn(&Measured) -> bool, shown: &[usize]) -> String {
        let entries = self.entries.iter().enumerate();
        let others = entries.filter(|(place, entry)| is_one(&entry.what) && !shown.contains(place));
        let others = others.map(|(_, entry)| entry);
        match others.clone().count() {
            0 => String::new(),
            more => format!(
                "<h3>The others</h3>\n<p>{} more have no pictures here: <code>report.only(|name| ..)</code> makes a page \
                 of those that you choose.</p>\n{}{}",
                count(more as u64),
                left_out(more),
                of_many(others.take(IN_TABLES))
            ),
        }
    }

    /// Returns the replay of the log, if there is one, and gives the page what it needs for it.
    fn replay(&self, page: &mut Page, title: &str, layout: &LayoutFile) -> Option<Part> {
        let log = self.origin.log.as_ref()?;
        let html = if log.count <= PLAYED {
            let (standing, unit) = (self.origin.standing.as_ref(), self.unit.as_deref());
            let fragment = fragment(log, standing, title, unit, layout);
            page.styles.extend(fragment.styles);
            page.scripts.extend(fragment.scripts);
            fragment.html
        } else {
            format!(
                "<p>The log has {} happenings: its replay has a page of its own. \
                 <code>trace.replay(\"replay.html\")?;</code> makes it.</p>\n",
                count(log.count)
            )
        };
        Some(Part { id: "replay-of-run", name: "Replay", html })
    }

    /// Returns how to get what the page does not have.
    fn what_is_missing(&self) -> String {
        if self.runs != 1 || self.origin.standing.is_none() || self.origin.log.is_some() {
            return String::new();
        }
        "<section class=\"more\">\n<h2>More</h2>\n<p>No log was kept. With <code>let trace = sim.trace();</code> before \
         the model is built, this page also has each level over time, who held what when, the fingerprint of the run, \
         and its replay.</p>\n</section>\n"
            .to_owned()
    }
}

/// A part of the page.
struct Part {
    id: &'static str,
    name: &'static str,
    html: String,
}

/// Returns the words for what the tables leave out, of so many.
fn left_out(of: usize) -> String {
    if of <= IN_TABLES {
        return String::new();
    }
    let (of, shown) = (count(of as u64), count(IN_TABLES as u64));
    format!(
        "<p>The tables have the first {shown} of {of}: more would be too many for a browser.</p>\n"
    )
}

fn is_counter(what: &Measured) -> bool {
    matches!(what, Measured::Counter(_))
}

fn is_thing(what: &Measured) -> bool {
    matches!(what, Measured::Thing { .. })
}

fn is_processes(what: &Measured) -> bool {
    matches!(what, Measured::Processes(_))
}

fn id_of(place: usize) -> String {
    format!("thing-{}", place + 1)
}
