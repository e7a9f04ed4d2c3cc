//! A chart: lines with their bands between two axes.

use plotters::style::text_anchor::HPos;

use crate::answers::figures::cut;
use crate::report::axis::{Axis, Tick};
use crate::report::canvas::{Canvas, Pen, Place, Words, svg};
use crate::report::palette::{BAND, Colour, GRID, INK, LINES, MUTED, PAPER};
use crate::report::picture::Picture;

/// The size of the paper, in pixels.
const WIDTH: u32 = 720;
const HEIGHT: u32 = 450;
const MARGIN: f64 = 16.0;
/// Where the axes begin from above, and end from below.
const ABOVE: f64 = 84.0;
const BELOW: f64 = 64.0;
/// The widest column of names at the right.
const NAMES: f64 = 190.0;
/// From name to name.
const LINE_HEIGHT: f64 = 24.0;

const TITLE: Words = Words { colour: INK, size: 19.0, bold: true, at: HPos::Left };
const SUBTITLE: Words = Words { colour: MUTED, size: 14.0, bold: false, at: HPos::Left };
const LABEL: Words = Words { colour: MUTED, size: 15.0, bold: false, at: HPos::Center };
const NAME: Words = Words { colour: INK, size: 15.0, bold: false, at: HPos::Left };

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
    /// What is said below the names.
    pub(crate) note: Option<String>,
    /// A place on the axis that goes across, with its name: what is before it is grey.
    pub(crate) mark: Option<(f64, String)>,
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
}

/// A point of a line. It has a gap where the value is not finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) at: f64,
    pub(crate) value: f64,
    /// The ends of its interval, if it has one.
    pub(crate) interval: Option<(f64, f64)>,
}

/// Where the axes are on the paper.
#[derive(Debug, Clone, Copy)]
struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Chart {
    /// Draws the chart.
    pub(crate) fn picture(&self) -> Picture {
        let label = format!("{}, {}", self.title, self.subtitle);
        Picture::new(svg((WIDTH, HEIGHT), &label, |canvas| self.draw(canvas)))
    }

    fn draw(&self, canvas: &Canvas) {
        let frame = self.frame();
        let across = f64::from(WIDTH) - 2.0 * MARGIN;
        canvas.text(&cut(&self.title, TITLE.columns(across)), (MARGIN, 28.0), TITLE);
        canvas.text(&cut(&self.subtitle, SUBTITLE.columns(across)), (MARGIN, 54.0), SUBTITLE);
        if let Some((at, _)) = self.mark {
            let right = self.across(at, frame);
            canvas.area(
                &[
                    (frame.left, frame.top),
                    (right, frame.top),
                    (right, frame.bottom),
                    (frame.left, frame.bottom),
                ],
                MUTED,
                0.12,
            );
        }
        self.draw_axes(canvas, frame);
        // The bands first: no line is behind the band of another.
        for line in &self.lines {
            self.draw_bands(canvas, line, frame);
        }
        for line in &self.lines {
            self.draw_line(canvas, line, frame);
        }
        self.draw_mark(canvas, frame);
        self.draw_names(canvas, frame);
    }

    fn frame(&self) -> Frame {
        let labels = self.up.ticks.iter().map(|tick| LABEL.width(&tick.label));
        let names = if self.has_names() {
            let names = self.lines.iter().map(|line| 34.0 + NAME.width(&line.name));
            let others =
                [NAME.width(&self.names_of), self.note.as_deref().map_or(0.0, width_of_note)];
            MARGIN + names.chain(others).fold(0.0, f64::max).min(NAMES)
        } else {
            0.0
        };
        Frame {
            left: MARGIN + labels.fold(0.0, f64::max) + 10.0,
            right: f64::from(WIDTH) - MARGIN - names,
            top: ABOVE,
            bottom: f64::from(HEIGHT) - BELOW,
        }
    }

    fn has_names(&self) -> bool {
        self.lines.iter().any(|line| !line.name.is_empty())
    }

    fn across(&self, at: f64, frame: Frame) -> f64 {
        frame.left + self.across.share(at) * (frame.right - frame.left)
    }

    fn up(&self, value: f64, frame: Frame) -> f64 {
        frame.bottom - self.up.share(value) * (frame.bottom - frame.top)
    }

    fn draw_axes(&self, canvas: &Canvas, frame: Frame) {
        let pen = |colour, width| Pen { colour, width, dash: None };
        for Tick { at, label } in &self.up.ticks {
            let up = self.up(*at, frame);
            canvas.line(&[(frame.left, up), (frame.right, up)], pen(GRID, 1.0));
            canvas.text(label, (frame.left - 10.0, up), Words { at: HPos::Right, ..LABEL });
        }
        let corner = (frame.left, frame.bottom);
        canvas.line(&[corner, (frame.right, frame.bottom)], pen(MUTED, 1.2));
        canvas.line(&[corner, (frame.left, frame.top)], pen(MUTED, 1.2));
        // Labels that have no room are left out, or cut if each is too long.
        let ticks = &self.across.ticks;
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let slot = (frame.right - frame.left) / ticks.len().max(1) as f64;
        let widest = ticks.iter().map(|tick| LABEL.width(&tick.label)).fold(0.0, f64::max);
        let room = (widest + 10.0).min(100.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let each = (room / slot).ceil().max(1.0) as usize;
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let columns = LABEL.columns(slot * each as f64 - 8.0);
        for (number, Tick { at, label }) in ticks.iter().enumerate() {
            let right = self.across(*at, frame);
            canvas.line(&[(right, frame.bottom), (right, frame.bottom + 5.0)], pen(MUTED, 1.2));
            if number % each == 0 {
                canvas.text(&cut(label, columns), (right, frame.bottom + 18.0), LABEL);
            }
        }
        let middle = 0.5 * (frame.left + frame.right);
        let name = cut(&self.across_name, NAME.columns(frame.right - frame.left));
        canvas.text(&name, (middle, f64::from(HEIGHT) - 18.0), Words { at: HPos::Center, ..NAME });
    }

    fn draw_bands(&self, canvas: &Canvas, line: &Line, frame: Frame) {
        let colour = LINES[line.style % LINES.len()];
        let of = |point: &Point| {
            let (low, high) = point.interval?;
            let at = self.place_of(line, point, frame)?.0;
            Some(((at, self.up(low, frame)), (at, self.up(high, frame))))
        };
        let pen = Pen { colour, width: 2.0, dash: None };
        let bar = |(low, high): (Place, Place)| {
            canvas.line(&[low, high], pen);
            for (at, up) in [low, high] {
                canvas.line(&[(at - 5.0, up), (at + 5.0, up)], pen);
            }
        };
        let ends: Vec<Option<(Place, Place)>> = line.points.iter().map(of).collect();
        for part in ends.split(Option::is_none) {
            let part: Vec<(Place, Place)> = part.iter().copied().flatten().collect();
            if line.shape == Shape::Band && part.len() > 1 {
                let lows = part.iter().map(|(low, _)| *low);
                let highs = part.iter().rev().map(|(_, high)| *high);
                canvas.area(&lows.chain(highs).collect::<Vec<_>>(), colour, BAND);
            } else {
                part.into_iter().for_each(bar);
            }
        }
    }

    fn draw_line(&self, canvas: &Canvas, line: &Line, frame: Frame) {
        let pen = pen(line);
        let places: Vec<Option<Place>> =
            line.points.iter().map(|point| self.place_of(line, point, frame)).collect();
        for part in places.split(Option::is_none) {
            let part: Vec<Place> = part.iter().copied().flatten().collect();
            if line.shape != Shape::Bars && part.len() > 1 {
                canvas.line(&part, pen);
            }
            if matches!(line.shape, Shape::Band | Shape::Bars) {
                for place in part {
                    mark(canvas, place, line.style);
                }
            }
        }
    }

    /// Returns where a point is on the paper, if its value is finite.
    fn place_of(&self, line: &Line, point: &Point, frame: Frame) -> Option<Place> {
        if !point.value.is_finite() {
            return None;
        }
        let mut right = self.across(point.at, frame);
        if line.shape == Shape::Bars {
            // The bars of one place stand side by side.
            let share = |number: f64| self.across.share(number);
            let slot = (share(1.0) - share(0.0)) * (frame.right - frame.left);
            #[allow(clippy::cast_precision_loss, reason = "a small number")]
            let (lines, number) = (self.lines.len() as f64, line.style as f64);
            right += ((number + 0.5) / lines - 0.5) * (0.6 * slot).min(28.0 * lines);
        }
        Some((right, self.up(point.value, frame)))
    }

    fn draw_mark(&self, canvas: &Canvas, frame: Frame) {
        let Some((at, name)) = &self.mark else { return };
        let right = self.across(*at, frame);
        let pen = Pen { colour: INK, width: 1.6, dash: Some((6.0, 4.0)) };
        canvas.line(&[(right, frame.bottom), (right, frame.top)], pen);
        let room = frame.right - right;
        let is_right = room > NAME.width(name) + 10.0;
        let (right, at) =
            if is_right { (right + 8.0, HPos::Left) } else { (right - 8.0, HPos::Right) };
        canvas.text(name, (right, frame.top + 8.0), Words { at, ..NAME });
    }

    fn draw_names(&self, canvas: &Canvas, frame: Frame) {
        if !self.has_names() {
            return;
        }
        let left = frame.right + MARGIN;
        let room = f64::from(WIDTH) - MARGIN - left;
        let mut down = frame.top + 6.0;
        if !self.names_of.is_empty() {
            let words = Words { colour: MUTED, ..NAME };
            canvas.text(&cut(&self.names_of, words.columns(room)), (left, down), words);
            down += LINE_HEIGHT;
        }
        for line in &self.lines {
            if line.shape != Shape::Bars {
                canvas.line(&[(left, down), (left + 26.0, down)], pen(line));
            }
            if matches!(line.shape, Shape::Band | Shape::Bars) {
                mark(canvas, (left + 13.0, down), line.style);
            }
            canvas.text(&cut(&line.name, NAME.columns(room - 34.0)), (left + 34.0, down), NAME);
            down += LINE_HEIGHT;
        }
        if let Some(note) = &self.note {
            let words = Words { at: HPos::Left, ..SUBTITLE };
            canvas.text(&cut(note, words.columns(room)), (left, down), words);
        }
    }
}

fn width_of_note(note: &str) -> f64 {
    SUBTITLE.width(note)
}

fn pen(line: &Line) -> Pen {
    let colour = LINES[line.style % LINES.len()];
    let width = match line.shape {
        Shape::Thin => 1.0,
        Shape::Thick => 3.0,
        Shape::Band | Shape::Bars => 2.2,
    };
    let dashes =
        [None, Some((9.0, 5.0)), Some((3.0, 4.0)), Some((16.0, 5.0)), None, Some((6.0, 3.0))];
    let dash = if line.shape == Shape::Band { dashes[line.style % dashes.len()] } else { None };
    Pen { colour, width, dash }
}

/// Draws the mark of a line: a disc, a square, a triangle and so on.
fn mark(canvas: &Canvas, (right, down): Place, style: usize) {
    let colour: Colour = LINES[style % LINES.len()];
    let corners = |corners: &[Place]| {
        let places: Vec<Place> = corners.iter().map(|(x, y)| (right + x, down + y)).collect();
        canvas.area(&places, colour, 1.0);
    };
    match style % LINES.len() {
        0 => canvas.disc((right, down), 5.0, colour),
        1 => corners(&[(-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)]),
        2 => corners(&[(-5.8, 4.4), (5.8, 4.4), (0.0, -6.0)]),
        3 => corners(&[(-6.2, 0.0), (0.0, -6.2), (6.2, 0.0), (0.0, 6.2)]),
        4 => corners(&[(-5.8, -4.4), (5.8, -4.4), (0.0, 6.0)]),
        _ => {
            canvas.disc((right, down), 5.5, colour);
            canvas.disc((right, down), 2.6, PAPER);
        }
    }
}
