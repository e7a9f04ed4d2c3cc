//! The picture of a measure: its mean with its interval over a parameter.

use std::collections::HashMap;

use crate::answers::figures::{count, percent};
use crate::experiment::results::results::{Results, ScenarioResults};
use crate::report::draw::axis::{Axis, Ends};
use crate::report::draw::chart::{Chart, Line, Point, Rows, Shape};
use crate::report::draw::palette::LINES;
use crate::report::draw::picture::Picture;

impl Results {
    /// Returns a picture of a measure: its mean in each scenario, with its interval as a band.
    ///
    /// Across goes the first parameter that was swept and is a number. There is a line for each value of the other
    /// parameters, for the first six of them. If no parameter that was swept is a number, the values of the first one
    /// stand side by side, and each mean has its interval as a bar.
    ///
    /// # Panics
    ///
    /// If no replication gave a result with this name. The message says which names are like it.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Clone, Serialize, Deserialize)]
    /// struct Bank {
    ///     clerks: usize,
    /// }
    ///
    /// fn bank(rep: &Replication, bank: &Bank) -> Result<(), SimError> {
    ///     let sim = rep.simulation();
    ///     let clerks = Resource::new(&sim, bank.clerks).named("clerks");
    ///     let env = sim.env();
    ///     sim.spawn(async move {
    ///         loop {
    ///             env.timeout(env.stream("arrivals").exponential(1.0)).await;
    ///             let (clerks, service) = (clerks.clone(), env.stream("service").exponential(0.8));
    ///             let inside = env.clone();
    ///             env.spawn(async move {
    ///                 let _clerk = clerks.acquire().await;
    ///                 inside.timeout(service).await;
    ///             });
    ///         }
    ///     });
    ///     sim.run_until(1000.0)
    /// }
    ///
    /// let experiment = Experiment::new("bank", bank, Bank { clerks: 1 });
    /// let results = experiment.seed(1).sweep("clerks", 1..=3).replications(5).run()?;
    /// let picture = results.picture("clerks.waited.mean");
    /// assert!(picture.svg().starts_with("<svg"));
    /// # let folder = std::env::temp_dir().join("asim-picture-of-results");
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("waited.svg");
    /// picture.save(path).unwrap();
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn picture(&self, measure: &str) -> Picture {
        let column = self.scenarios[0].column(measure);
        self.chart(column).picture()
    }

    fn chart(&self, column: usize) -> Chart {
        let varied = self.varied();
        let is_number = |place: &usize| {
            let number = |scenario: &ScenarioResults| scenario.numbers[*place];
            self.scenarios.iter().all(|scenario| number(scenario).is_some_and(f64::is_finite))
        };
        let number = varied.iter().copied().find(is_number);
        let across = number.or(varied.first().copied());
        let others: Vec<usize> =
            varied.into_iter().filter(|place| Some(*place) != across).collect();

        let mut names = Vec::new();
        let mut places = HashMap::new();
        let mut lines: Vec<Line> = Vec::new();
        let mut line_of: HashMap<Vec<&str>, usize> = HashMap::new();
        for scenario in &self.scenarios {
            let value_of = |place: &usize| scenario.settings[*place].1.as_str();
            let at = if let Some(place) = number {
                scenario.numbers[place].unwrap_or(f64::NAN)
            } else {
                let name = across.as_ref().map_or("", value_of);
                #[allow(clippy::cast_precision_loss, reason = "a count of names")]
                *places.entry(name).or_insert_with(|| {
                    names.push(name.to_owned());
                    names.len() as f64 - 1.0
                })
            };
            let values: Vec<&str> = others.iter().map(value_of).collect();
            let line = *line_of.entry(values).or_insert_with_key(|values| {
                let shape = if number.is_some() { Shape::Band } else { Shape::Bars };
                let style = lines.len();
                lines.push(Line { name: values.join(", "), points: Vec::new(), shape, style });
                style
            });
            let estimate = scenario.sample(column).estimate(scenario.confidence);
            let (low, high) = (estimate.low(), estimate.high());
            let interval = (low.is_finite() && high.is_finite()).then_some((low, high));
            lines[line].points.push(Point { at, value: estimate.mean, interval });
        }
        let more = lines.len().saturating_sub(LINES.len());
        lines.truncate(LINES.len());
        for line in &mut lines {
            line.points.sort_by(|one, other| one.at.total_cmp(&other.at));
        }

        let points = || lines.iter().flat_map(|line| &line.points);
        let ends = |point: &Point| {
            let (low, high) = point.interval.unwrap_or((point.value, point.value));
            [low, point.value, high]
        };
        let name_of = |place: usize| self.scenarios[0].settings[place].0.clone();
        Chart {
            title: self.columns.names()[column].clone(),
            subtitle: self.about(column),
            across: match number {
                Some(_) => Axis::of_numbers(points().map(|point| point.at), Ends::Close, 8),
                None => Axis::of_names(names),
            },
            across_name: across.map(name_of).unwrap_or_default(),
            up: Axis::of_numbers(points().flat_map(ends), Ends::Round, 6),
            names_of: others.into_iter().map(name_of).collect::<Vec<_>>().join(", "),
            note: (more > 0).then(|| format!("and {} more", count(more as u64))),
            mark: None,
            signs: Vec::new(),
            names_below: false,
            rows: Rows::Points,
            lines,
        }
    }

    /// Returns what the picture is of: `bank, service = 0.8: means of 20 replications, intervals of 95 %`.
    pub(crate) fn about(&self, column: usize) -> String {
        let settings = self.settings_of_all().map(|(name, value)| format!(", {name} = {value}"));
        let name = self.name.clone() + &settings.collect::<String>();
        let counts = self.scenarios.iter().map(|scenario| scenario.sample(column).count());
        let (least, most) =
            counts.fold((u64::MAX, 0), |(least, most), count| (least.min(count), most.max(count)));
        let all =
            if least < most { format!("{} to {}", count(least), count(most)) } else { count(most) };
        let what = self.observation.name();
        let s = match what {
            _ if most == 1 => "",
            "batch" => "es",
            _ => "s",
        };
        name + &format!(": mean of {all} {what}{s}, intervals of {}", percent(self.confidence))
    }
}
