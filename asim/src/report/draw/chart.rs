//! A chart: lines with their bands between two axes.
//!
//! Here is what it has. `chart_marks` says what a line and a sign look like, `chart_names` writes their names,
//! `chart_drawing` draws the rest, and `chart_picture` makes a picture of it.

use crate::answers::figures::count;
use crate::report::draw::axis::Axis;

/// If a sign would stand more often than that, it is only counted.
pub(crate) const SIGNS: usize = 60;

/// What is drawn.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    /// The name of what goes up: it stands above its axis.
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) across: Axis,
    pub(crate) across_name: String,
    pub(crate) up: Axis,
    pub(crate) lines: Vec<Line>,
    /// What the names of the lines are values of.
    pub(crate) names_of: String,
    /// Whether the names stand below the axis that goes across, in a line. Otherwise they stand at the right.
    pub(crate) names_below: bool,
    /// What is said below the names.
    pub(crate) note: Option<String>,
    /// A place on the axis that goes across, with its name: what is before it is grey.
    pub(crate) mark: Option<(f64, String)>,
    /// What has happened now and then.
    pub(crate) signs: Vec<Sign>,
    /// How the numbers across are shown in the table.
    pub(crate) rows: Rows,
}

/// What stands in the rows of the table of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Each point.
    Points,
    /// The values at the ticks of the axis that goes across.
    Ticks,
}

/// Something that has happened now and then, and is marked above the lines.
#[derive(Debug, Clone)]
pub(crate) struct Sign {
    /// What it is called: `preempted`.
    pub(crate) name: &'static str,
    /// Where on the axis that goes across.
    pub(crate) at: Vec<f64>,
    pub(crate) form: Form,
}

/// What a sign looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A triangle that points down.
    Triangle,
    Cross,
}

/// A line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) points: Vec<Point>,
    pub(crate) shape: Shape,
    /// Which of the colours, dashes and marks.
    pub(crate) style: usize,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A line with marks, and a band from the lower ends of the intervals to the upper ones.
    Band,
    /// Marks and bars.
    Bars,
    /// A line and nothing else, thin or thick.
    Thin,
    Thick,
    /// Each value holds until the next one; the area below is shaded.
    Steps,
    /// The same without an area, dashed: a limit.
    Limit,
    /// Steps that are too many to be told apart: what lies between the least and the most of each column is shaded.
    Range,
}

impl Shape {
    pub(crate) fn has_steps(self) -> bool {
        matches!(self, Shape::Steps | Shape::Limit | Shape::Range)
    }
}

/// A point of a line. It has a gap where the value is not finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) at: f64,
    pub(crate) value: f64,
    /// The ends of its interval, if it has one.
    pub(crate) interval: Option<(f64, f64)>,
}

impl Chart {
    /// Returns the signs that are drawn: they are there, and not too many.
    pub(crate) fn signs(&self) -> impl Iterator<Item = &Sign> {
        self.signs.iter().filter(|sign| (1..=SIGNS).contains(&sign.at.len()))
    }
}

impl Sign {
    /// Returns its name with how many there are: `preempted: 12`.
    pub(crate) fn words(&self) -> String {
        format!("{}: {}", self.name, count(self.at.len() as u64))
    }
}
