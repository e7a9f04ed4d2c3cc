//! A chart of bars: how much lies where, with a few numbers marked.

use plotters::style::text_anchor::HPos;

use crate::answers::figures::cut;
use crate::report::draw::axis::Axis;
use crate::report::draw::canvas::{Canvas, Pen, Words, svg};
use crate::report::draw::palette::{INK, LINES, PAPER};
use crate::report::draw::paper::{
    ABOVE, BELOW, HEIGHT, LINE_HEIGHT, MARGIN, NAME, NAMES, NameAt, WIDTH, draw_across, draw_up,
    heading, width_of_labels,
};
use crate::report::draw::picture::Picture;
use crate::report::draw::readings::{Frame, Reading, Readings, Table};

/// How opaque a bar is, and one that stands for all that is beyond the others.
const FULL: f64 = 0.75;
const PALE: f64 = 0.35;

/// What is drawn.
#[derive(Debug, Clone)]
pub(crate) struct BarChart {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) across: Axis,
    pub(crate) across_name: String,
    pub(crate) up: Axis,
    /// What the height of a bar is called in the table: `values`.
    pub(crate) up_name: String,
    pub(crate) bars: Vec<Bar>,
    /// Numbers that are marked on the axis that goes across.
    pub(crate) marks: Vec<Mark>,
}

/// A bar.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// If it is higher than its axis, it is cut.
    pub(crate) height: f64,
    /// Where it is, and how high, in words: `2 to 3`, `212 (4 %)`.
    pub(crate) place: String,
    pub(crate) words: String,
    /// Whether it stands for all that is beyond.
    pub(crate) is_pale: bool,
}

/// A number that is marked. It is not drawn if it is not on the axis, but it is told.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub(crate) at: f64,
    /// What it is: `mean 2.41`.
    pub(crate) words: String,
}

impl BarChart {
    pub(crate) fn picture(&self) -> Picture {
        let frame = self.frame();
        let marks: Vec<&str> = self.marks.iter().map(|mark| mark.words.as_str()).collect();
        let label = format!("{}, {}: {}", self.title, self.subtitle, marks.join(", "));
        let svg = svg((WIDTH, HEIGHT), &label, |canvas| self.draw(canvas, frame));
        Picture::with_readings(svg, self.readings(frame))
    }

    fn frame(&self) -> Frame {
        let names = self.marks.iter().map(|mark| 34.0 + NAME.width(&mark.words));
        let names = names.fold(0.0, f64::max).min(NAMES);
        Frame {
            left: MARGIN + width_of_labels(&self.up),
            right: f64::from(WIDTH) - 2.0 * MARGIN - names,
            top: ABOVE,
            bottom: f64::from(HEIGHT) - BELOW,
        }
    }

    fn right(&self, at: f64, frame: Frame) -> f64 {
        frame.left + self.across.share(at).clamp(0.0, 1.0) * frame.width()
    }

    fn draw(&self, canvas: &Canvas, frame: Frame) {
        heading(canvas, &self.title, &self.subtitle);
        draw_up(canvas, frame, &self.up);
        for bar in &self.bars {
            let (mut left, mut right) = (self.right(bar.from, frame), self.right(bar.to, frame));
            if right - left > 4.0 {
                (left, right) = (left + 0.8, right - 0.8);
            }
            let top = frame.bottom - self.up.share(bar.height).clamp(0.0, 1.0) * frame.height();
            let corners = [(left, frame.bottom), (left, top), (right, top), (right, frame.bottom)];
            canvas.area(&corners, LINES[0], if bar.is_pale { PALE } else { FULL });
            if self.up.share(bar.height) > 1.0 {
                draw_break(canvas, (left, right), frame.top);
            }
        }
        draw_across(canvas, frame, &self.across, &self.across_name, NameAt::Middle);
        let (left, mut down) = (frame.right + MARGIN, frame.top + 6.0);
        let room = f64::from(WIDTH) - MARGIN - left;
        for (number, mark) in self.marks.iter().enumerate() {
            if (0.0..=1.0).contains(&self.across.share(mark.at)) {
                let right = self.right(mark.at, frame);
                canvas.line(&[(right, frame.bottom), (right, frame.top)], pen(number));
            }
            canvas.line(&[(left, down), (left + 26.0, down)], pen(number));
            let words = Words { at: HPos::Left, ..NAME };
            canvas.text(&cut(&mark.words, words.columns(room - 34.0)), (left + 34.0, down), words);
            down += LINE_HEIGHT;
        }
    }

    fn readings(&self, frame: Frame) -> Readings {
        // The whole column: a low bar is hard to meet.
        let reading = |bar: &Bar| {
            let (left, right) = (self.right(bar.from, frame), self.right(bar.to, frame));
            let words = format!("{}: {}", bar.place, bar.words);
            Reading(left, frame.top, right - left, frame.height(), words)
        };
        Readings {
            width: WIDTH.into(),
            height: HEIGHT.into(),
            frame,
            across: self.across.extent(&self.across_name),
            up: self.up.extent(&self.up_name),
            series: Vec::new(),
            boxes: self.bars.iter().map(reading).collect(),
            note: String::new(),
            table: Table {
                heads: vec![self.across_name.clone(), self.up_name.clone()],
                rows: self
                    .bars
                    .iter()
                    .map(|bar| vec![bar.place.clone(), bar.words.clone()])
                    .collect(),
            },
        }
    }
}

/// Returns how the mark with this number is drawn: solid, dashed, dotted.
fn pen(number: usize) -> Pen {
    let dashes = [None, Some((9.0, 5.0)), Some((2.5, 4.0))];
    Pen { colour: INK, width: 2.0, dash: dashes[number % dashes.len()] }
}

/// Draws two gaps across the top of a bar: it is higher.
fn draw_break(canvas: &Canvas, (left, right): (f64, f64), top: f64) {
    for down in [top + 10.0, top + 18.0] {
        let ends = [(left - 2.0, down + 3.0), (right + 2.0, down - 3.0)];
        canvas.line(&ends, Pen { colour: PAPER, width: 3.0, dash: None });
    }
}
