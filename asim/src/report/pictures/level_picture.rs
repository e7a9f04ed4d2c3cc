//! The pictures of a thing over time: what it shows, and who waits for it.

use crate::answers::figures::{count, figure, time};
use crate::answers::report::name_of_level;
use crate::answers::trace::Trace;
use crate::report::draw::axis::{Axis, Ends};
use crate::report::draw::chart::{Chart, Form, Line, Point, Rows, Shape, Sign};
use crate::report::draw::picture::Picture;
use crate::report::history::history::{History, ThingHistory};
use crate::report::history::steps::Steps;
use crate::report::pictures::of_trace::history;

/// The kind of a level of the model's own.
const OWN: &str = "level";

impl Trace {
    /// Returns a picture of what a thing shows over time: the units in use, the items inside, the amount; or of a level of
    /// the model's own. Its capacity is a dashed line. What is before the end of a warm-up is grey.
    ///
    /// A value that holds for no time is left out, as it is in the measures. However many changes there are, the picture
    /// is small: of each column of pixels the first, the last, the least and the most value are kept, so it looks the
    /// same (M4, Jugel et al. 2014).
    ///
    /// # Panics
    ///
    /// If the log has no thing with this name, or if the thing shows no number (a barrier).
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
    /// let sim = Simulation::new();
    /// let trace = sim.trace();
    /// let clerks = Resource::new(&sim, 2).named("clerks");
    /// for number in 0..5 {
    ///     sim.process_at(f64::from(number), Customer::new(clerks.clone()));
    /// }
    /// sim.run()?;
    /// let picture = trace.picture_of_level("clerks");
    /// assert!(picture.svg().contains("clerks: in use"));
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn picture_of_level(&self, thing: &str) -> Picture {
        let history = history(self);
        let place = history.place_of(thing);
        let it = &history.things[place];
        let Some(picture) = history.picture_of_level(place) else {
            panic!(
                "`{thing}` ({}) shows no number over time; `picture_of_line` shows who waits",
                it.kind
            )
        };
        picture
    }

    /// Returns a picture of how many wait at a thing over time. If some wait to put something in, that is a line of its
    /// own.
    ///
    /// A request that is granted at the call has not waited.
    ///
    /// # Panics
    ///
    /// If the log has no thing with this name, or if it is a level of the model's own.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.trace();
    /// let clerks = Resource::new(&sim, 1).named("clerks");
    /// let requests = [clerks.acquire(), clerks.acquire(), clerks.acquire()];
    /// sim.run_until(3.0)?;
    /// drop(requests);
    /// sim.run_until(10.0)?;
    /// let picture = trace.picture_of_line("clerks");
    /// assert!(picture.svg().contains("mean 0.6, most 2"));
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn picture_of_line(&self, thing: &str) -> Picture {
        let history = history(self);
        let place = history.place_of(thing);
        let kind = history.things[place].kind;
        assert!(kind != OWN, "`{thing}` is a level: nobody waits for it");
        history.picture_of_line(place)
    }
}

impl History {
    /// Returns the picture of what the thing at this place shows over time, if it shows a number.
    pub(crate) fn picture_of_level(&self, place: usize) -> Option<Picture> {
        let thing = &self.things[place];
        if thing.level.is_empty() {
            return None;
        }
        let has_limit = thing.capacity.points().iter().any(|point| point.1.is_finite());
        let what = if thing.kind == OWN { "" } else { name_of_level(thing.kind) };
        let mut lines =
            vec![self.line(if has_limit { what } else { "" }, &thing.level, Shape::Steps, 0)];
        if has_limit {
            lines.push(self.line("capacity", &thing.capacity, Shape::Limit, 1));
        }
        Some(self.chart(thing, what, lines, &thing.level).picture())
    }

    /// Returns the picture of how many wait at the thing at this place over time.
    pub(crate) fn picture_of_line(&self, place: usize) -> Picture {
        let thing = &self.things[place];
        let mut lines = Vec::new();
        if thing.has_put_line() {
            lines.push(self.line("to get", &thing.line, Shape::Steps, 0));
            lines.push(self.line("to put", &thing.put_line, Shape::Steps, 1));
        } else {
            lines.push(self.line("", &thing.line, Shape::Steps, 0));
        }
        self.chart(thing, "line", lines, &thing.line).picture()
    }

    fn line(&self, name: &str, steps: &Steps, shape: Shape, style: usize) -> Line {
        let point = |&(at, value): &(f64, f64)| Point { at, value, interval: None };
        let mut points: Vec<Point> = steps.points().iter().map(point).collect();
        // The last value holds until the end.
        if let Some(last) = points.last().copied()
            && last.at < self.until
        {
            points.push(Point { at: self.until, ..last });
        }
        Line { name: name.to_owned(), points, shape, style }
    }

    fn chart(&self, thing: &ThingHistory, what: &str, lines: Vec<Line>, main: &Steps) -> Chart {
        let values = lines.iter().flat_map(|line| &line.points).map(|point| point.value);
        let warm_up = self.warm_up.filter(|&end| end > self.from && end <= self.until);
        let since = warm_up.unwrap_or(self.from);
        let mut subtitle = Vec::new();
        let mean = main.mean(since, self.until);
        if !mean.is_nan() {
            let after = if warm_up.is_some() { " after the warm-up" } else { "" };
            let most = figure(main.most(since, self.until));
            subtitle.push(format!("mean {}, most {most}{after}", figure(mean)));
        }
        subtitle.extend(self.faults());
        let sign = |name, at: &[f64], form| Sign { name, at: at.to_vec(), form };
        Chart {
            title: match what {
                "" => thing.name.to_string(),
                what => format!("{}: {what}", thing.name),
            },
            subtitle: subtitle.join("; "),
            across: self.axis_of_time(),
            across_name: self.name_of_time(),
            // From zero on: nobody should take a small change for a large one.
            up: Axis::of_numbers(values.chain([0.0]), Ends::Whole, 6),
            lines,
            names_of: String::new(),
            names_below: true,
            note: None,
            mark: warm_up.map(|at| (at, format!("warm-up until {}", time(at)))),
            signs: vec![
                sign("preempted", &thing.preempted, Form::Triangle),
                sign("left or refused", &thing.lost, Form::Cross),
            ],
            rows: Rows::Ticks,
        }
    }

    /// Returns an axis from the begin to the end of the log.
    pub(crate) fn axis_of_time(&self) -> Axis {
        if self.from < self.until {
            Axis::between(self.from, self.until, 8, false)
        } else {
            Axis::of_numbers([self.from], Ends::Close, 8)
        }
    }

    /// Returns what the axis of time is called.
    pub(crate) fn name_of_time(&self) -> String {
        let unit = self.unit.as_ref().map(|unit| format!(", {unit}"));
        format!("time{}", unit.unwrap_or_default())
    }

    /// Returns from when to when it is shown, and what has to be known about the log.
    pub(crate) fn about(&self) -> String {
        let unit = self.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
        let time = format!("time {} to {}{unit}", time(self.from), time(self.until));
        [time].into_iter().chain(self.faults()).collect::<Vec<_>>().join(", ")
    }

    /// Returns what has to be known about the log.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.dropped > 0 {
            faults.push(format!("{} happenings before are not kept", count(self.dropped)));
        }
        if self.is_filtered {
            faults.push("the log leaves out some happenings".to_owned());
        }
        faults
    }
}
