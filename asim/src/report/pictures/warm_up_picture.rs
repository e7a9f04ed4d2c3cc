//! The picture of a warm-up: how a measure develops, and from where on it is steady.

use crate::answers::figures::{count, time};
use crate::experiment::warm_up::WarmUp;
use crate::report::draw::axis::{Axis, Ends};
use crate::report::draw::chart::{Chart, Line, Point, Rows, Shape};
use crate::report::draw::picture::Picture;

impl WarmUp {
    /// Returns a picture of how the measure develops: the mean over the replications, Welch's curve, and the suggested end
    /// of the warm-up as a vertical line.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// fn filling(rep: &Replication, (): &()) -> Result<(), SimError> {
    ///     let sim = rep.simulation();
    ///     let (env, stock) = (sim.env(), sim.level("stock"));
    ///     sim.spawn(async move {
    ///         loop {
    ///             env.timeout(1.0).await;
    ///             stock.set(env.now().min(200.0) + env.stream("noise").uniform(-5.0, 5.0));
    ///         }
    ///     });
    ///     sim.run_until(2000.0)
    /// }
    ///
    /// let warm_up = Experiment::new("filling", filling, ()).suggest_warm_up("stock.mean")?;
    /// assert!(warm_up.picture().svg().contains("Welch"));
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    #[must_use]
    pub fn picture(&self) -> Picture {
        let s = if self.replications == 1 { "" } else { "s" };
        let runs = format!("{} replication{s}", count(self.replications));
        let subtitle = match self.suggestion {
            Some(suggestion) => {
                format!("mean of {runs}, a warm-up of {} is suggested (MSER-5)", time(suggestion))
            }
            None => format!("mean of {runs}, too short to say where it is steady (MSER-5)"),
        };
        let points = |series: &[(f64, f64)]| {
            let point = |&(at, value): &(f64, f64)| Point { at, value, interval: None };
            series.iter().map(point).collect::<Vec<_>>()
        };
        let line = |name: &str, series: &[(f64, f64)], shape, style| Line {
            name: name.to_owned(),
            points: points(series),
            shape,
            style,
        };
        let times = self.series.iter().map(|(time, _)| *time).chain([0.0]);
        Chart {
            title: self.measure.clone(),
            subtitle,
            across: Axis::of_numbers(times, Ends::Close, 8),
            across_name: "time since the start of a run".to_owned(),
            up: Axis::of_numbers(self.series.iter().map(|(_, mean)| *mean), Ends::Round, 6),
            lines: vec![
                // Sky blue, and vermillion above it.
                line("mean", &self.series, Shape::Thin, 5),
                line("Welch's curve", &self.curve(), Shape::Thick, 1),
            ],
            names_of: String::new(),
            note: None,
            mark: self.suggestion.map(|at| (at, time(at))),
            signs: Vec::new(),
            names_below: false,
            rows: Rows::Points,
        }
        .picture()
    }
}
