//! The page of an experiment.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::answers::figures::{count, time};
use crate::experiment::experiment_error::ExperimentError;
use crate::experiment::results::csv_file::NotWritten;
use crate::experiment::results::failed_replication::FailedReplication;
use crate::experiment::results::results::Results;
use crate::report::page::facts::{Facts, how_long};
use crate::report::page::figure::Figures;
use crate::report::page::page::{Page, escaped, in_lines};
use crate::report::page::report_page::{READINGS, SORT, STYLE};
use crate::report::page::results_tables::{
    of_many, of_measure, of_one, of_quantiles, of_scenarios,
};
use crate::report::whole_file::write_whole;

/// So many measures have pictures.
const PICTURES: usize = 20;

/// So many failures are told of.
const FAILURES: usize = 50;
/// So many of them stand open.
const UNFOLDED: usize = 5;

impl Results {
    /// Writes the results as a page: one file of HTML that any browser shows, and that loads nothing.
    ///
    /// It says what was done: the parameters, the seed, how many replications, how it stopped, how long it took. It has
    /// the table of the measures that the [text](std::fmt::Display) shows, with their intervals and differences, and
    /// pictures of them if a parameter was swept; the table of all other measures is folded. A replication that failed
    /// stands first, with its words and how to make it again.
    ///
    /// A file that is there is replaced when the page is whole. The same results give the same page, but for how long
    /// they took.
    ///
    /// # Errors
    ///
    /// If the file cannot be written. The error names the path.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Clone, Serialize, Deserialize)]
    /// struct Dice {
    ///     sides: u32,
    /// }
    ///
    /// fn dice(rep: &Replication, dice: &Dice) -> Result<(), SimError> {
    ///     let sides = f64::from(dice.sides);
    ///     rep.result("eyes", rep.simulation().stream("dice").uniform(1.0, sides + 1.0).floor());
    ///     Ok(())
    /// }
    ///
    /// let experiment = Experiment::new("dice", dice, Dice { sides: 6 }).seed(1).sweep("sides", [6, 20]);
    /// let results = experiment.compare_to("sides", 6).run()?;
    /// # let folder = std::env::temp_dir().join(format!("asim-results-page-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("dice.html");
    /// results.html(&path)?;
    /// # let page = std::fs::read_to_string(&path).unwrap();
    /// # assert!(page.contains("data-name=\"eyes mean\""));
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn html(&self, path: impl AsRef<Path>) -> Result<(), ExperimentError> {
        self.html_with(path.as_ref(), &|failure| self.again(failure))
    }

    /// Does the same. `again` says how to make a replication again that failed.
    pub(crate) fn html_with(
        &self,
        path: &Path,
        again: &dyn Fn(&FailedReplication) -> String,
    ) -> Result<(), ExperimentError> {
        let page = self.page(again).html();
        write_whole(path, &page).map_err(|source| NotWritten::new(path, source).into())
    }

    /// Returns the results as a page.
    pub(crate) fn page(&self, again: &dyn Fn(&FailedReplication) -> String) -> Page {
        let mut page = Page {
            title: self.name.clone(),
            styles: vec![STYLE],
            scripts: vec![SORT, READINGS],
            body: String::new(),
        };
        let body = &mut page.body;
        let name = escaped(&self.name);
        let _ = write!(body, "<header>\n<h1><bdi>{name}</bdi></h1>\n{}", self.facts_in_html());
        *body += "</header>\n";
        *body += &self.failures_in_html(again);
        let (measures, _) = self.measures_of_table();
        *body += &self.notes_in_html(&measures);
        *body += "<main>\n";
        if let Some(table) = of_scenarios(self) {
            let _ = writeln!(
                body,
                "<section id=\"scenarios\">\n<h2>Scenarios</h2>\n{}</section>",
                table.html()
            );
        }
        *body += &self.measures_in_html(&measures);
        *body += &self.quantiles_in_html();
        *body += "</main>\n";
        page
    }

    fn facts_in_html(&self) -> String {
        let plan = &self.plan;
        let mut facts = Facts::default();
        facts.add("seed", &self.seed.to_string());
        match &self.scenarios[..] {
            [scenario] => facts.add("observations", &self.observations(scenario)),
            scenarios => facts.add("scenarios", &count(scenarios.len() as u64)),
        }
        facts.add("intervals", &self.confidence_shown());
        if plan.warm_up > 0.0 {
            facts.add("warm-up", &format!("until {}", time(plan.warm_up)));
        }
        if let Some(batches) = plan.batches {
            facts.add("batches", &format!("{} of {}", count(batches.count), time(batches.length)));
        }
        if plan.antithetic {
            facts.add("random numbers", "antithetic pairs");
        } else if !plan.common {
            facts.add("random numbers", "each scenario its own");
        }
        if let Some((name, value)) = &self.compared_to {
            facts.add("compared to", &format!("{name} = {value}"));
        }
        for precision in &plan.precisions {
            facts.add("until", &format!("{} is known {}", precision.measure, precision.goal));
        }
        if !plan.precisions.is_empty()
            && let [scenario] = &self.scenarios[..]
        {
            let words = match scenario.precise_after() {
                Some(last) => format!("after {} replications", count(last)),
                None => format!("not reached with {} replications", count(scenario.replications())),
            };
            facts.add("precision", &words);
        }
        if let Some(shard) = self.shard {
            facts.add("part", &format!("{shard} only"));
        }
        facts.add("it took", &how_long(self.took));
        facts.add("made by", concat!("asim ", env!("CARGO_PKG_VERSION")));
        let mut parameters = Facts::default();
        let varied: Vec<&str> = self
            .varied()
            .into_iter()
            .map(|place| self.scenarios[0].settings[place].0.as_str())
            .collect();
        for (name, value) in &self.parameters {
            let is_of = |varied: &&str| {
                name.strip_prefix(*varied)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            if !varied.iter().any(is_of) {
                parameters.add(name, value);
            }
        }
        let parameters = parameters.html();
        let of =
            if varied.is_empty() { "The parameters" } else { "The parameters of all scenarios" };
        let heading = format!("<h2 class=\"small\">{of}</h2>\n");
        facts.html() + &if parameters.is_empty() { parameters } else { heading + &parameters }
    }

    /// Returns the replications that failed, and how to make them again.
    fn failures_in_html(&self, again: &dyn Fn(&FailedReplication) -> String) -> String {
        let failed = self.failed();
        if failed == 0 {
            return String::new();
        }
        let done: u64 = self.scenarios.iter().map(|scenario| scenario.gathered.done).sum();
        let mut html = format!(
            "<section class=\"trouble\" id=\"failures\">\n<h2>{} of {} replications failed</h2>\n\
             <p>The others are not touched by that. On the command line of the experiment, <code>--only</code> makes one \
             again, with the same <code>--seed</code> and <code>--set</code>.</p>\n<ul>\n",
            count(failed),
            count(failed + done)
        );
        for (number, failure) in self.failures().take(FAILURES).enumerate() {
            if number == UNFOLDED {
                html += "</ul>\n<details><summary>The next ones</summary>\n<ul>\n";
            }
            let (label, again) = (self.scenarios[failure.scenario()].label(), again(failure));
            let words =
                format!("{label}replication {}: {}", failure.replication(), failure.failure());
            let _ = writeln!(
                html,
                "<li>{}<p>Again: <code>{}</code></p></li>",
                in_lines(&words),
                escaped(&again)
            );
        }
        html += "</ul>\n";
        if self.failures().nth(UNFOLDED).is_some() {
            html += "</details>\n";
        }
        if let more @ 1.. = failed.saturating_sub(self.failures().take(FAILURES).count() as u64) {
            let _ = writeln!(html, "<p>And {} more.</p>", count(more));
        }
        html + "</section>\n"
    }

    /// Returns the calls that make a replication again.
    pub(crate) fn again(&self, failure: &FailedReplication) -> String {
        let mut calls = String::new();
        for (place, (name, value)) in self.scenarios[failure.scenario()].settings.iter().enumerate()
        {
            let is_plain =
                self.scenarios[0].numbers[place].is_some() || value == "true" || value == "false";
            let _ = if is_plain {
                write!(calls, ".set({name:?}, {value})")
            } else {
                write!(calls, ".set({name:?}, {value:?})")
            };
        }
        let _ = write!(calls, ".seed({})", self.seed);
        if self.plan.warm_up > 0.0 {
            let _ = write!(calls, ".warm_up({:?})", self.plan.warm_up);
        }
        if self.plan.antithetic {
            calls += ".antithetic()";
        }
        if !self.plan.common {
            calls += ".independent_scenarios()";
        }
        format!("{calls}.only({}).run()", failure.replication())
    }

    /// Returns how far to trust the tables.
    fn notes_in_html(&self, measures: &[usize]) -> String {
        let notes = self.notes(measures, 0).into_iter();
        // What failed is told of above, and the tables have words instead of a star.
        let notes = notes.filter(|note| !self.is_of_failures(note));
        let notes: Vec<String> = notes.map(|note| note.replace("; * is not zero", "")).collect();
        if notes.is_empty() {
            return String::new();
        }
        let mut items = String::new();
        for note in &notes {
            let _ = writeln!(items, "<li>{}</li>", escaped(note));
        }
        format!(
            "<section class=\"words\" id=\"notes\">\n<h2>What to know</h2>\n<ul>\n{items}</ul>\n</section>\n"
        )
    }

    /// Whether a note is of replications that failed.
    fn is_of_failures(&self, note: &str) -> bool {
        self.scenarios
            .iter()
            .any(|scenario| scenario.notes_on_failures().iter().any(|it| it == note))
    }

    fn measures_in_html(&self, measures: &[usize]) -> String {
        let mut html = String::new();
        let mut figures = Figures::default();
        let shown: HashSet<usize> = measures.iter().copied().collect();
        let others: Vec<usize> =
            (0..self.columns.names().len()).filter(|number| !shown.contains(number)).collect();
        let is_one = self.scenarios.len() < 2;
        if !measures.is_empty() {
            html += "<section id=\"measures\">\n<h2>Measures</h2>\n";
            if is_one {
                html +=
                    &of_one(self, measures, "Means over the replications, with their intervals")
                        .html();
            } else {
                for (number, &measure) in measures.iter().enumerate() {
                    let name = &self.columns.names()[measure];
                    let _ = writeln!(
                        html,
                        "<section class=\"thing\">\n<h3><bdi>{}</bdi></h3>",
                        escaped(name)
                    );
                    html += &of_measure(self, measure).html();
                    if number < PICTURES {
                        html += &self.pictures_in_html(name, &mut figures);
                    }
                    html += "</section>\n";
                }
            }
            html += "</section>\n";
        }
        if !others.is_empty() {
            let table = if is_one {
                of_one(self, &others, "All other measures")
            } else {
                of_many(self, &others, "All other measures")
            };
            let many = count(others.len() as u64);
            let s = if others.len() == 1 { "" } else { "s" };
            let _ = writeln!(
                html,
                "<details id=\"others\"><summary>{many} other measure{s}</summary>\n{}</details>",
                table.html()
            );
        }
        html
    }

    /// Returns the pictures of a measure.
    fn pictures_in_html(&self, measure: &str, figures: &mut Figures) -> String {
        let caption = format!("{measure}: means and their intervals");
        let mut html = figures.html(&self.picture(measure), &caption);
        if self.scenarios.iter().any(|scenario| scenario.compared_to().is_some()) {
            let caption = format!("{measure}: the differences and their intervals");
            html += &figures.html(&self.picture_of_difference(measure), &caption);
        }
        format!("<div class=\"pictures\">\n{html}</div>\n")
    }

    /// Returns the quantiles that were asked for.
    fn quantiles_in_html(&self) -> String {
        if self.quantiles.is_empty() {
            return String::new();
        }
        let of = self.observation.name();
        let table = of_quantiles(self, &format!("Quantiles of one {of}"));
        format!("<section id=\"quantiles\">\n<h2>Quantiles</h2>\n{}</section>\n", table.html())
    }
}
