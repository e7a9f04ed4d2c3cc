//! The picture of a comparison: the mean in each scenario, and its difference from the one to which it is compared.

use crate::answers::figures::{count, figure};
use crate::experiment::results::results::{Results, ScenarioResults};
use crate::experiment::statistics::interval::Estimate;
use crate::report::draw::axis::{Axis, Ends};
use crate::report::draw::forest::{Forest, Interval, Row};
use crate::report::draw::picture::Picture;

/// How many scenarios have a row.
const ROWS: usize = 30;

impl Results {
    /// Returns a picture of how the scenarios differ in a measure. At the left is the mean of each scenario with its
    /// interval; at the right its difference from the one to which it is compared (`.compare_to(..)`), with a line at
    /// zero. A difference whose interval does not touch zero has a filled mark, otherwise a hollow one.
    ///
    /// The intervals of all differences hold together (Bonferroni). With common random numbers, which is what an
    /// experiment has if nothing else is said, an interval of a difference is often much narrower than those of the means.
    ///
    /// # Panics
    ///
    /// If no replication gave a result with this name (the message says which names are like it), or if the experiment
    /// compares nothing.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Clone, Serialize, Deserialize)]
    /// struct Shop {
    ///     discount: f64,
    /// }
    ///
    /// fn shop(rep: &Replication, shop: &Shop) -> Result<(), SimError> {
    ///     let sold = rep.simulation().stream("demand").normal(100.0, 20.0);
    ///     rep.result("profit", sold * (1.0 + 2.0 * shop.discount) * (1.0 - shop.discount));
    ///     Ok(())
    /// }
    ///
    /// let experiment = Experiment::new("shop", shop, Shop { discount: 0.0 }).replications(10);
    /// let results = experiment.sweep("discount", [0.0, 0.2, 0.4]).compare_to("discount", 0.0).run()?;
    /// let picture = results.picture_of_difference("profit");
    /// assert!(picture.svg().contains("difference from discount = 0"));
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn picture_of_difference(&self, measure: &str) -> Picture {
        let column = self.scenarios[0].column(measure);
        assert!(
            self.scenarios.iter().any(|scenario| scenario.compared_to().is_some()),
            "nothing is compared in `{}`: say to which value of a parameter the others are compared, with \
             `.compare_to(\"parameter\", value)`",
            self.name
        );
        self.forest(column).picture()
    }

    fn forest(&self, column: usize) -> Forest {
        let varied = self.varied();
        let row = |scenario: &ScenarioResults| {
            let values = varied.iter().map(|&place| scenario.settings[place].1.as_str());
            Row {
                name: values.collect::<Vec<_>>().join(", "),
                mean: interval(scenario.sample(column).estimate(scenario.confidence)),
                difference: scenario.difference_of(column).map(interval),
            }
        };
        let rows: Vec<Row> = self.scenarios.iter().take(ROWS).map(row).collect();
        let ends = |interval: &Interval| [interval.low, interval.value, interval.high];
        let means = rows.iter().flat_map(|row| ends(&row.mean));
        let differences = rows.iter().filter_map(|row| row.difference.as_ref()).flat_map(ends);
        let (name, value) = self.compared_to.clone().unwrap_or_default();
        let comparisons = self.scenarios.first().map_or(0, |first| first.comparisons);
        let mut notes = Vec::new();
        if comparisons > 1 {
            notes.push(format!(
                "the {comparisons} intervals of differences hold together with {}",
                self.confidence_shown()
            ));
        }
        let more = self.scenarios.len().saturating_sub(ROWS);
        if more > 0 {
            notes.push(format!("and {} more scenarios", count(more as u64)));
        }
        Forest {
            title: self.columns.names()[column].clone(),
            subtitle: self.about(column),
            note: notes.join("; "),
            names_of: {
                let name_of = |&place: &usize| self.scenarios[0].settings[place].0.as_str();
                varied.iter().map(name_of).collect::<Vec<_>>().join(", ")
            },
            heads: ["mean".to_owned(), format!("difference from {name} = {value}")],
            axes: [
                Axis::of_numbers(means, Ends::Close, 5),
                Axis::of_numbers(differences.chain([0.0]), Ends::Close, 5),
            ],
            rows,
        }
    }
}

fn interval(estimate: Estimate) -> Interval {
    let (value, low, high) = (estimate.mean, estimate.low(), estimate.high());
    let words = if low.is_finite() && high.is_finite() {
        format!("{} ({} to {})", figure(value), figure(low), figure(high))
    } else {
        figure(value)
    };
    Interval { value, low, high, words }
}
