//! The names of the lines and signs of a chart: at its right, or below it.

use plotters::style::text_anchor::HPos;

use crate::answers::figures::cut;
use crate::report::draw::canvas::{Canvas, Place, Words};
use crate::report::draw::chart::{Chart, Line, Shape, Sign};
use crate::report::draw::chart_marks::{MARK, RANGE, draw_sign, mark, pen};
use crate::report::draw::palette::{LINES, MUTED};
use crate::report::draw::paper::{LINE_HEIGHT, MARGIN, NAME, NAMES, SUBTITLE, WIDTH};
use crate::report::draw::readings::Frame;

impl Chart {
    /// Returns how much of the width the names take.
    pub(crate) fn width_of_names(&self) -> f64 {
        if self.names_below || !self.has_names() {
            return 0.0;
        }
        let names = self.named().map(|(name, _)| 34.0 + NAME.width(&name));
        let note = self.note.as_deref().map_or(0.0, |note| SUBTITLE.width(note));
        let others = [NAME.width(&self.names_of), note];
        MARGIN + names.chain(others).fold(0.0, f64::max).min(NAMES)
    }

    fn has_names(&self) -> bool {
        self.lines.iter().any(|line| !line.name.is_empty()) || self.signs().next().is_some()
    }

    pub(crate) fn draw_names(&self, canvas: &Canvas, frame: Frame) {
        if !self.has_names() {
            return;
        }
        if self.names_below {
            return self.draw_names_below(canvas, frame);
        }
        let left = frame.right + MARGIN;
        let room = f64::from(WIDTH) - MARGIN - left;
        let mut down = frame.top + 6.0;
        if !self.names_of.is_empty() {
            let words = Words { colour: MUTED, ..NAME };
            canvas.text(&cut(&self.names_of, words.columns(room)), (left, down), words);
            down += LINE_HEIGHT;
        }
        for (name, of) in self.named() {
            draw_sample(canvas, (left, down), of);
            canvas.text(&cut(&name, NAME.columns(room - 34.0)), (left + 34.0, down), NAME);
            down += LINE_HEIGHT;
        }
        if let Some(note) = &self.note {
            let words = Words { at: HPos::Left, ..SUBTITLE };
            canvas.text(&cut(note, words.columns(room)), (left, down), words);
        }
    }

    fn draw_names_below(&self, canvas: &Canvas, frame: Frame) {
        let (mut left, down) = (frame.left, frame.bottom + 46.0);
        for (name, of) in self.named() {
            draw_sample(canvas, (left, down), of);
            canvas.text(&name, (left + 34.0, down), NAME);
            left += 34.0 + NAME.width(&name) + 8.0;
        }
    }

    /// Returns the names of the lines and of the signs, each with what it is the name of.
    fn named(&self) -> impl Iterator<Item = (String, Named<'_>)> {
        let lines = self.lines.iter().filter(|line| !line.name.is_empty());
        let lines = lines.map(|line| (line.name.clone(), Named::Line(line)));
        let signs = self.signs().map(|sign| (sign.words(), Named::Sign(sign)));
        let mark = self.mark.iter().filter(|_| self.names_below);
        lines.chain(signs).chain(mark.map(|(_, name)| (name.clone(), Named::Mark)))
    }
}

/// What has a name in a chart.
#[derive(Clone, Copy)]
enum Named<'c> {
    Line(&'c Line),
    Sign(&'c Sign),
    /// The place that is marked.
    Mark,
}

/// Draws what a line or a sign looks like, before its name.
fn draw_sample(canvas: &Canvas, (left, down): Place, of: Named) {
    match of {
        Named::Line(line) if line.shape == Shape::Range => {
            let corners = [(left, down - 6.0), (left + 26.0, down - 6.0)];
            let below = [(left + 26.0, down + 6.0), (left, down + 6.0)];
            let corners: Vec<Place> = corners.into_iter().chain(below).collect();
            canvas.area(&corners, LINES[line.style % LINES.len()], RANGE);
        }
        Named::Mark => canvas.line(&[(left + 13.0, down - 9.0), (left + 13.0, down + 9.0)], MARK),
        Named::Line(line) => {
            if line.shape != Shape::Bars {
                canvas.line(&[(left, down), (left + 26.0, down)], pen(line));
            }
            if matches!(line.shape, Shape::Band | Shape::Bars) {
                mark(canvas, (left + 13.0, down), line.style);
            }
        }
        Named::Sign(sign) => draw_sign(canvas, (left + 13.0, down), sign.form),
    }
}
