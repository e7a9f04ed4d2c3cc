//! A forest plot: a row for each of several estimates, with its interval, and its difference from another one.

use plotters::style::text_anchor::HPos;

use crate::answers::figures::cut;
use crate::report::draw::axis::{Axis, Tick};
use crate::report::draw::canvas::{Canvas, Pen, Place, Words, svg};
use crate::report::draw::palette::{Colour, GRID, INK, LINES, MUTED, PAPER};
use crate::report::draw::paper::{
    BELOW, LABEL, LINE_HEIGHT, MARGIN, NAME, NAMES, SUBTITLE, WIDTH, heading, plain,
};
use crate::report::draw::picture::Picture;
use crate::report::draw::readings::{Extent, Frame, Reading, Readings, Table};

/// The height of a row, in pixels.
const ROW: f64 = 30.0;
/// Where the rows begin.
const TOP: f64 = 104.0;
/// What is between the two halves.
const GAP: f64 = 34.0;

/// What is drawn.
#[derive(Debug, Clone)]
pub(crate) struct Forest {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    /// What is said at the bottom.
    pub(crate) note: String,
    /// What stands above the names, and above the two halves.
    pub(crate) names_of: String,
    pub(crate) heads: [String; 2],
    pub(crate) axes: [Axis; 2],
    pub(crate) rows: Vec<Row>,
}

/// A row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) mean: Interval,
    pub(crate) difference: Option<Interval>,
}

/// A number with the ends of its interval, and how they are told.
#[derive(Debug, Clone)]
pub(crate) struct Interval {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) words: String,
}

impl Interval {
    /// Returns whether zero is surely outside.
    fn is_sure(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

impl Forest {
    pub(crate) fn picture(&self) -> Picture {
        let [means, differences] = self.frames();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
        let size = (WIDTH, (means.bottom + BELOW + LINE_HEIGHT) as u32);
        let label = format!("{}, {}; {}", self.title, self.subtitle, self.note);
        let svg = svg(size, &label, |canvas| {
            heading(canvas, &self.title, &self.subtitle);
            for (side, frame) in [means, differences].into_iter().enumerate() {
                self.draw_axis(canvas, side, frame);
            }
            let zero = right(&self.axes[1], 0.0, differences);
            canvas.line(&[(zero, differences.top), (zero, differences.bottom)], plain(INK, 1.6));
            let words = Words { at: HPos::Right, ..NAME };
            let head = cut(&self.names_of, words.columns(means.left - MARGIN));
            let place = (means.left - 12.0, means.top - 16.0);
            canvas.text(&head, place, Words { colour: MUTED, ..words });
            for (number, row) in self.rows.iter().enumerate() {
                let down = middle(number, means);
                let name = cut(&row.name, words.columns(NAMES));
                canvas.text(&name, (means.left - 12.0, down), words);
                draw_interval(canvas, &self.axes[0], means, &row.mean, down, (LINES[0], true));
                if let Some(difference) = &row.difference {
                    let how = (LINES[1], difference.is_sure());
                    draw_interval(canvas, &self.axes[1], differences, difference, down, how);
                } else {
                    let is_left = zero - differences.left > 60.0;
                    let (at, right) =
                        if is_left { (HPos::Right, zero - 8.0) } else { (HPos::Left, zero + 8.0) };
                    canvas.text("base", (right, down), Words { at, ..SUBTITLE });
                }
            }
            self.draw_legend(canvas, means.bottom + BELOW);
        });
        Picture::with_readings(svg, self.readings([means, differences], size))
    }

    fn frames(&self) -> [Frame; 2] {
        let names = self.rows.iter().map(|row| NAME.width(&row.name));
        let names = names.chain([NAME.width(&self.names_of)]);
        let left = MARGIN + names.fold(0.0, f64::max).min(NAMES) + 12.0;
        let half = 0.5 * (f64::from(WIDTH) - 2.0 * MARGIN - left - GAP);
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let bottom = TOP + self.rows.len().max(1) as f64 * ROW;
        let frame = |left: f64| Frame { left, right: left + half, top: TOP, bottom };
        [frame(left), frame(left + half + GAP)]
    }

    fn draw_axis(&self, canvas: &Canvas, side: usize, frame: Frame) {
        let axis = &self.axes[side];
        let words = Words { at: HPos::Center, ..NAME };
        let head = cut(&self.heads[side], words.columns(frame.width() + GAP));
        canvas.text(&head, (0.5 * (frame.left + frame.right), frame.top - 16.0), words);
        // Labels that have no room are left out.
        let widest = axis.ticks.iter().map(|tick| LABEL.width(&tick.label)).fold(0.0, f64::max);
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let slot = frame.width() / axis.ticks.len().max(1) as f64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let each = ((widest + 8.0) / slot).ceil().max(1.0) as usize;
        for (number, Tick { at, label }) in axis.ticks.iter().enumerate() {
            let right = right(axis, *at, frame);
            canvas.line(&[(right, frame.top), (right, frame.bottom + 5.0)], plain(GRID, 1.0));
            if number % each == 0 {
                canvas.text(label, (right, frame.bottom + 18.0), LABEL);
            }
        }
        canvas.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], plain(MUTED, 1.2));
    }

    fn draw_legend(&self, canvas: &Canvas, down: f64) {
        let mut left = MARGIN + 6.0;
        let is_sure = |sure: bool| {
            let differences = self.rows.iter().filter_map(|row| row.difference.as_ref());
            differences.into_iter().any(|difference| difference.is_sure() == sure)
        };
        for (sure, words) in [(true, "does not touch zero"), (false, "may be zero")] {
            if is_sure(sure) {
                draw_mark(canvas, (left, down - 8.0), (LINES[1], sure));
                canvas.text(words, (left + 12.0, down - 8.0), NAME);
                left += 36.0 + NAME.width(words);
            }
        }
        let words = Words { at: HPos::Left, ..SUBTITLE };
        let columns = words.columns(f64::from(WIDTH) - 2.0 * MARGIN);
        canvas.text(&cut(&self.note, columns), (MARGIN, down + 12.0), words);
    }

    fn readings(&self, frames: [Frame; 2], (width, height): (u32, u32)) -> Readings {
        let mut boxes = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            let both = [Some(&row.mean), row.difference.as_ref()];
            for ((side, frame), interval) in frames.iter().enumerate().zip(both) {
                let Some(interval) = interval else { continue };
                let top = middle(number, *frame) - 0.5 * ROW;
                let words = format!("{}: {} {}", row.name, self.heads[side], interval.words);
                boxes.push(Reading(frame.left, top, frame.width(), ROW, words));
            }
        }
        let row = |row: &Row| {
            let difference = row.difference.as_ref().map_or("", |difference| &difference.words);
            vec![row.name.clone(), row.mean.words.clone(), difference.to_owned()]
        };
        let [means, differences] = frames;
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let last = self.rows.len() as f64 - 0.5;
        Readings {
            width: width.into(),
            height: height.into(),
            frame: Frame { right: differences.right, ..means },
            across: self.axes[0].extent(&self.heads[0]),
            up: Extent {
                from: last,
                to: -0.5,
                name: String::new(),
                names: self.rows.iter().map(|row| row.name.clone()).collect(),
            },
            series: Vec::new(),
            boxes,
            note: self.note.clone(),
            table: Table {
                heads: [self.names_of.clone()]
                    .into_iter()
                    .chain(self.heads.iter().cloned())
                    .collect(),
                rows: self.rows.iter().map(row).collect(),
            },
        }
    }
}

fn middle(number: usize, frame: Frame) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    let rows = number as f64 + 0.5;
    frame.top + rows * ROW
}

fn right(axis: &Axis, at: f64, frame: Frame) -> f64 {
    frame.left + axis.share(at).clamp(0.0, 1.0) * frame.width()
}

/// Draws an interval with its number in it. What is not known is not drawn; the words say it.
fn draw_interval(
    canvas: &Canvas,
    axis: &Axis,
    frame: Frame,
    interval: &Interval,
    down: f64,
    (colour, is_filled): (Colour, bool),
) {
    let Interval { value, low, high, .. } = *interval;
    if !value.is_finite() {
        let words = Words { at: HPos::Left, ..SUBTITLE };
        return canvas.text("not known", (frame.left + 6.0, down), words);
    }
    if low.is_finite() && high.is_finite() {
        let pen = Pen { colour, width: 2.2, dash: None };
        let ends = [low, high].map(|end| right(axis, end, frame));
        canvas.line(&ends.map(|end| (end, down)), pen);
        for end in ends {
            canvas.line(&[(end, down - 5.0), (end, down + 5.0)], pen);
        }
    }
    draw_mark(canvas, (right(axis, value, frame), down), (colour, is_filled));
}

/// Draws a disc, or a ring.
fn draw_mark(canvas: &Canvas, place: Place, (colour, is_filled): (Colour, bool)) {
    canvas.disc(place, 5.5, colour);
    if !is_filled {
        canvas.disc(place, 3.2, PAPER);
    }
}
