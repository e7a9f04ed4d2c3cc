//! How a chart is drawn: its axes, lines, bands and signs.

use plotters::style::text_anchor::HPos;

use crate::report::draw::canvas::{Canvas, Pen, Place, Words};
use crate::report::draw::chart::{Chart, Line, Point, Shape};
use crate::report::draw::chart_marks::{MARK, RANGE, draw_sign, mark, pen};
use crate::report::draw::palette::{BAND, LINES, MUTED};
use crate::report::draw::paper::{
    ABOVE, BELOW, HEIGHT, MARGIN, NAME, NameAt, WIDTH, draw_across, draw_up, heading,
    width_of_labels,
};
use crate::report::draw::readings::Frame;

/// How opaque the area below steps is.
const AREA: f64 = 0.16;

impl Chart {
    pub(crate) fn draw(&self, canvas: &Canvas, frame: Frame) {
        heading(canvas, &self.title, &self.subtitle);
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
        draw_up(canvas, frame, &self.up);
        let side = if self.names_below { NameAt::Right } else { NameAt::Middle };
        draw_across(canvas, frame, &self.across, &self.across_name, side);
        // The bands first: no line is behind the band of another.
        for line in &self.lines {
            self.draw_bands(canvas, line, frame);
        }
        for line in &self.lines {
            self.draw_line(canvas, line, frame);
        }
        self.draw_signs(canvas, frame);
        self.draw_mark(canvas, frame);
        self.draw_names(canvas, frame);
    }

    /// Returns where the axes are.
    pub(crate) fn frame(&self) -> Frame {
        let names = self.width_of_names();
        Frame {
            left: MARGIN + width_of_labels(&self.up),
            right: f64::from(WIDTH) - MARGIN - names,
            top: ABOVE,
            bottom: f64::from(HEIGHT) - BELOW,
        }
    }

    fn across(&self, at: f64, frame: Frame) -> f64 {
        frame.left + self.across.share(at) * (frame.right - frame.left)
    }

    fn up(&self, value: f64, frame: Frame) -> f64 {
        frame.bottom - self.up.share(value) * (frame.bottom - frame.top)
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
        if line.shape == Shape::Range {
            return self.draw_range(canvas, line, frame);
        }
        if line.shape.has_steps() {
            return self.draw_steps(canvas, line, frame);
        }
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

    /// Shades what a line reaches in each column of pixels.
    fn draw_range(&self, canvas: &Canvas, line: &Line, frame: Frame) {
        let (mut upper, mut lower): (Vec<Place>, Vec<Place>) = (Vec::new(), Vec::new());
        let (mut now, mut last) = (None, frame.left);
        let column = |point: &Point| self.across(point.at, frame).floor();
        #[allow(clippy::float_cmp, reason = "they are whole numbers")]
        for part in line.points.chunk_by(|one, other| column(one) == column(other)) {
            // The value from before holds until the first change.
            let values = part.iter().map(|point| point.value).chain(now);
            let values = values.filter(|value| value.is_finite());
            let ends = (f64::INFINITY, f64::NEG_INFINITY);
            let (least, most) =
                values.fold(ends, |(least, most), value| (least.min(value), most.max(value)));
            let left = column(&part[0]);
            let mut reach = |left: f64, right: f64, least: f64, most: f64| {
                // At least so high that it is seen.
                let low = self.up(least, frame);
                let high = self.up(most, frame).min(low - 1.0);
                for right in [left, right].map(|right| right.clamp(frame.left, frame.right)) {
                    upper.push((right, high));
                    lower.push((right, low));
                }
            };
            if let Some(now) = now.filter(|now: &f64| now.is_finite()) {
                reach(last, left, now, now);
            }
            if least <= most {
                reach(left, left + 1.0, least, most);
            }
            (now, last) = (part.last().map(|point| point.value), left + 1.0);
        }
        upper.extend(lower.into_iter().rev());
        canvas.area(&upper, LINES[line.style % LINES.len()], RANGE);
    }

    /// Draws a line whose values hold until the next one.
    fn draw_steps(&self, canvas: &Canvas, line: &Line, frame: Frame) {
        let across = |at: f64| self.across(at, frame).clamp(frame.left, frame.right);
        let ground = self.up.share(0.0).clamp(0.0, 1.0);
        let ground = frame.bottom - ground * frame.height();
        let mut points = line.points.iter().peekable();
        while points.peek().is_some() {
            let mut places: Vec<Place> = Vec::new();
            for point in points.by_ref() {
                let right = across(point.at);
                if let Some(&(_, down)) = places.last() {
                    places.push((right, down));
                }
                if !point.value.is_finite() {
                    break;
                }
                places.push((right, self.up(point.value, frame)));
            }
            let (Some(first), Some(last)) = (places.first(), places.last()) else { continue };
            if line.shape == Shape::Steps {
                let ends = [(last.0, ground), (first.0, ground)];
                let area: Vec<Place> = places.iter().copied().chain(ends).collect();
                canvas.area(&area, LINES[line.style % LINES.len()], AREA);
            }
            canvas.line(&places, pen(line));
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
        canvas.line(&[(right, frame.bottom), (right, frame.top)], MARK);
        if self.names_below {
            return;
        }
        let room = frame.right - right;
        let is_right = room > NAME.width(name) + 10.0;
        let (right, at) =
            if is_right { (right + 8.0, HPos::Left) } else { (right - 8.0, HPos::Right) };
        canvas.text(name, (right, frame.top + 8.0), Words { at, ..NAME });
    }

    /// Draws what has happened now and then, above the lines.
    fn draw_signs(&self, canvas: &Canvas, frame: Frame) {
        for (number, sign) in self.signs().enumerate() {
            #[allow(clippy::cast_precision_loss, reason = "a small number")]
            let down = frame.top - 8.0 - 12.0 * number as f64;
            for &at in &sign.at {
                draw_sign(canvas, (self.across(at, frame), down), sign.form);
            }
        }
    }
}
