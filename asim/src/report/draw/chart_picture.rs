//! The picture of a chart: thinned, drawn, and with its readings.

use crate::answers::figures::{count, figure, time};
use crate::report::draw::axis::Axis;
use crate::report::draw::canvas::svg;
use crate::report::draw::chart::{Chart, Line, Point, Rows, SIGNS, Shape};
use crate::report::draw::paper::{HEIGHT, WIDTH};
use crate::report::draw::picture::Picture;
use crate::report::draw::readings::{Frame, Readings, Series, Table};
use crate::report::draw::thinning::kept;

/// The width of the columns of which the means are drawn, in pixels.
const MEAN: usize = 4;

impl Chart {
    /// Draws the chart.
    pub(crate) fn picture(mut self) -> Picture {
        let many = self.signs.iter().filter(|sign| sign.at.len() > SIGNS);
        let many = many.map(|sign| format!("{} {}", count(sign.at.len() as u64), sign.name));
        let many: Vec<String> = many.collect();
        if !many.is_empty() {
            self.subtitle = format!("{}; {}", self.subtitle, many.join(", "));
        }
        let frame = self.frame();
        let note = self.thin(frame);
        let mut label = format!("{}, {}", self.title, self.subtitle);
        if !note.is_empty() {
            label = format!("{label}; {note}");
        }
        let svg = svg((WIDTH, HEIGHT), &label, |canvas| self.draw(canvas, frame));
        Picture::with_readings(svg, self.readings(frame, note))
    }

    /// Leaves out what does not change what is drawn, and returns a word about it.
    fn thin(&mut self, frame: Frame) -> String {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
        let columns = frame.width().max(1.0) as usize;
        let (mut before, mut after, mut means) = (0, 0, Vec::new());
        let is_alone = self.lines.iter().filter(|line| line.shape == Shape::Steps).count() == 1;
        for line in &mut self.lines {
            before += line.points.len();
            if matches!(line.shape, Shape::Thin | Shape::Thick | Shape::Steps | Shape::Limit) {
                let points = line.points.iter().map(|point| (point.at, point.value));
                let points: Vec<(f64, f64)> = points.collect();
                let kept = kept(&points, columns, |at| self.across.share(at));
                if line.shape == Shape::Steps && kept.len() < points.len() {
                    let of = if is_alone { String::new() } else { format!("{}: ", line.name) };
                    let points = means_of(&points, &self.across, columns / MEAN);
                    let (name, style) = (format!("{of}mean"), line.style);
                    means.push(Line { name, points, shape: Shape::Thick, style });
                    line.name = format!("{of}least to most");
                    line.shape = Shape::Range;
                }
                let point = |(at, value)| Point { at, value, interval: None };
                line.points = kept.into_iter().map(point).collect();
            }
            after += line.points.len();
        }
        self.lines.extend(means);
        if after == before {
            return String::new();
        }
        format!(
            "thinned from {} points to {}: in each column of pixels the first, the last, the least and the most are \
             kept",
            count(before as u64),
            count(after as u64)
        )
    }

    fn readings(&self, frame: Frame, note: String) -> Readings {
        let series = |line: &Line| {
            let has_intervals = line.points.iter().any(|point| point.interval.is_some());
            let ends = |end: fn((f64, f64)) -> f64| {
                let end = |point: &Point| point.interval.map_or(f64::NAN, end);
                if has_intervals { line.points.iter().map(end).collect() } else { Vec::new() }
            };
            Series {
                name: line.name.clone(),
                steps: line.shape.has_steps(),
                at: line.points.iter().map(|point| point.at).collect(),
                value: line.points.iter().map(|point| point.value).collect(),
                low: ends(|interval| interval.0),
                high: ends(|interval| interval.1),
            }
        };
        Readings {
            width: WIDTH.into(),
            height: HEIGHT.into(),
            frame,
            across: self.across.extent(&self.across_name),
            up: self.up.extent(&self.title),
            series: self.lines.iter().map(series).collect(),
            boxes: Vec::new(),
            note,
            table: self.table(),
        }
    }

    /// Returns the numbers as a table: a row for each place, a column for each line.
    fn table(&self) -> Table {
        let name = |line: &Line| {
            if line.name.is_empty() { self.title.clone() } else { line.name.clone() }
        };
        let heads = [self.across_name.clone()].into_iter().chain(self.lines.iter().map(name));
        let places: Vec<(f64, String)> = match self.rows {
            Rows::Ticks => {
                self.across.ticks.iter().map(|tick| (tick.at, tick.label.clone())).collect()
            }
            Rows::Points => {
                let points = self.lines.iter().flat_map(|line| &line.points);
                let mut places: Vec<f64> = points.map(|point| point.at).collect();
                places.sort_by(f64::total_cmp);
                places.dedup();
                let name = |at: f64| self.across.name_at(at).unwrap_or_else(|| time(at));
                places.into_iter().map(|at| (at, name(at))).collect()
            }
        };
        let row = |(at, label): (f64, String)| {
            let cells = self.lines.iter().map(|line| line.shown_at(at));
            [label].into_iter().chain(cells).collect()
        };
        Table { heads: heads.collect(), rows: places.into_iter().map(row).collect() }
    }
}

impl Line {
    /// Returns the value at a place as it stands in the table.
    fn shown_at(&self, at: f64) -> String {
        let after = self.points.partition_point(|point| point.at <= at);
        let Some(point) = after.checked_sub(1).and_then(|place| self.points.get(place)) else {
            return String::new();
        };
        #[allow(clippy::float_cmp, reason = "the very same place")]
        if !self.shape.has_steps() && point.at != at {
            return String::new();
        }
        match point.interval {
            Some((low, high)) => {
                format!("{} ({} to {})", figure(point.value), figure(low), figure(high))
            }
            None => figure(point.value),
        }
    }
}

/// Returns the means over time of steps, in so many columns of the axis.
fn means_of(points: &[(f64, f64)], across: &Axis, columns: usize) -> Vec<Point> {
    let mut means = Vec::new();
    let mut first = 0;
    for column in 0..columns.max(1) {
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let share = |place: usize| across.number(place as f64 / columns.max(1) as f64);
        let (from, to) = (share(column), share(column + 1));
        let (mut sum, mut time) = (0.0, 0.0);
        while points.get(first + 1).is_some_and(|next| next.0 <= from) {
            first += 1;
        }
        for (place, &(at, value)) in points.iter().enumerate().skip(first) {
            if at >= to {
                break;
            }
            let end = points.get(place + 1).map_or(at, |next| next.0);
            let length = end.min(to) - at.max(from);
            if length > 0.0 && value.is_finite() {
                sum += value * length;
                time += length;
            }
        }
        if time > 0.0 {
            let at = f64::midpoint(from, to);
            means.push(Point { at, value: sum / time, interval: None });
        }
    }
    means
}
