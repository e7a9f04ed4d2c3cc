//! What has to be known about a table of results: how far to trust it, and what it does not show.

use crate::answers::figures::{count, figure};
use crate::experiment::results::no_measure::NoMeasure;
use crate::experiment::results::results::{Observation, Results, ScenarioResults};
use crate::experiment::results::table::fits;
use crate::experiment::statistics::precision::StopRule;

/// How many failures of a scenario are named.
const FAILURES: usize = 5;

impl Results {
    /// Returns the notes below a table of these measures, which leaves out others.
    pub(crate) fn notes(&self, measures: &[usize], hidden: usize) -> Vec<String> {
        let mut notes = Vec::new();
        if !measures.is_empty() {
            notes.extend(self.note_on_differences());
        }
        for scenario in &self.scenarios {
            let of = scenario.label();
            let add = |note: String| notes.push(format!("{of}{note}"));
            scenario.notes_on_precision(self.interrupted).into_iter().for_each(add);
            let add = |note: String| notes.push(format!("{of}{note}"));
            scenario.notes_on_batches(measures).into_iter().for_each(add);
            notes.extend(scenario.notes_on_failures());
        }
        notes.extend(self.notes_on_patterns());
        if self.interrupted {
            notes.push("stopped before its end".to_owned());
        }
        if hidden > 0 {
            let what = if measures.is_empty() { "measure" } else { "other measure" };
            let s = if hidden == 1 { "" } else { "s" };
            let hidden = count(hidden as u64);
            notes.push(format!("and {hidden} {what}{s} that the table does not show"));
        }
        notes
    }

    /// A pattern that fits nothing is a mistake, or the result is missing.
    fn notes_on_patterns(&self) -> Vec<String> {
        let names = self.columns.names();
        let fits_nothing = |pattern: &&String| !names.iter().any(|name| fits(pattern, name));
        let patterns = self.shown.iter().filter(fits_nothing);
        let own = match self.observation {
            Observation::Batch => " (results of the model's own have no batches)",
            _ => "",
        };
        patterns.map(|pattern| format!("{}{own}", NoMeasure::new(pattern, names))).collect()
    }

    /// From what a difference is, what a star says, and for what all intervals of differences hold.
    fn note_on_differences(&self) -> Option<String> {
        let (name, value) = self.compared_to.as_ref()?;
        let comparisons = self.scenarios.first()?.comparisons;
        let confidence = self.confidence_shown();
        let star = format!("difference: from {name} = {value}; * is not zero");
        match comparisons {
            0 => None,
            1 => Some(star),
            _ => Some(format!(
                "{star}; the {comparisons} intervals of one measure hold together with {confidence}"
            )),
        }
    }
}

impl ScenarioResults {
    fn notes_on_precision(&self, interrupted: bool) -> Vec<String> {
        let rule = self.gathered.rule.as_ref().filter(|rule| !rule.is_done() && !interrupted);
        rule.map_or_else(Vec::new, StopRule::complaints)
    }

    /// Batches that depend on each other make an interval that is too narrow.
    fn notes_on_batches(&self, measures: &[usize]) -> Vec<String> {
        let alike = measures.iter().filter_map(|&measure| {
            let independence = self.independence_of(measure).filter(|it| !it.is_plausible())?;
            let name = &self.columns.names()[measure];
            let correlation = figure(independence.correlation);
            Some(format!(
                "batches of `{name}` resemble their neighbours (correlation {correlation}), so its interval is too narrow: make them longer"
            ))
        });
        alike.collect()
    }

    /// Says how many replications failed, and of the first ones why.
    pub(crate) fn notes_on_failures(&self) -> Vec<String> {
        let failed = self.gathered.failed;
        if failed == 0 {
            return Vec::new();
        }
        let (of, all) = (self.label(), count(failed + self.gathered.done));
        let mut notes = vec![format!("{of}{} of {all} replications failed", count(failed))];
        for failure in self.gathered.failures.iter().take(FAILURES) {
            let message = failure.failure().to_string();
            let first = message.lines().next().unwrap_or_default();
            notes.push(format!("{of}replication {}: {first}", failure.replication()));
        }
        notes
    }
}
