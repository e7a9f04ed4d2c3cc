//! The paper: how large a picture is, its words, and its axes.

use plotters::style::text_anchor::HPos;

use crate::answers::figures::cut;
use crate::report::draw::axis::{Axis, Tick};
use crate::report::draw::canvas::{Canvas, Pen, Words};
use crate::report::draw::palette::{Colour, GRID, INK, MUTED};
use crate::report::draw::readings::Frame;

/// The size of the paper, in pixels.
pub(crate) const WIDTH: u32 = 720;
pub(crate) const HEIGHT: u32 = 450;
pub(crate) const MARGIN: f64 = 16.0;
/// Where the axes begin from above, and end from below.
pub(crate) const ABOVE: f64 = 84.0;
pub(crate) const BELOW: f64 = 64.0;
/// The widest column of names at the right.
pub(crate) const NAMES: f64 = 190.0;
/// From name to name.
pub(crate) const LINE_HEIGHT: f64 = 24.0;

pub(crate) const TITLE: Words = Words { colour: INK, size: 19.0, bold: true, at: HPos::Left };
pub(crate) const SUBTITLE: Words = Words { colour: MUTED, size: 14.0, bold: false, at: HPos::Left };
pub(crate) const LABEL: Words = Words { colour: MUTED, size: 15.0, bold: false, at: HPos::Center };
pub(crate) const NAME: Words = Words { colour: INK, size: 15.0, bold: false, at: HPos::Left };

/// Returns a pen for a line without gaps.
pub(crate) fn plain(colour: Colour, width: f64) -> Pen {
    Pen { colour, width, dash: None }
}

/// Writes what the picture is of.
pub(crate) fn heading(canvas: &Canvas, title: &str, subtitle: &str) {
    let across = f64::from(WIDTH) - 2.0 * MARGIN;
    canvas.text(&cut(title, TITLE.columns(across)), (MARGIN, 28.0), TITLE);
    canvas.text(&cut(subtitle, SUBTITLE.columns(across)), (MARGIN, 54.0), SUBTITLE);
}

/// Returns the width of the labels of an axis that goes up, with what is between them and the axis.
pub(crate) fn width_of_labels(up: &Axis) -> f64 {
    let labels = up.ticks.iter().map(|tick| LABEL.width(&tick.label));
    labels.fold(0.0, f64::max) + 10.0
}

/// Draws the axis at the left, with lines across.
pub(crate) fn draw_up(canvas: &Canvas, frame: Frame, up: &Axis) {
    for Tick { at, label } in &up.ticks {
        let down = frame.bottom - up.share(*at) * frame.height();
        canvas.line(&[(frame.left, down), (frame.right, down)], plain(GRID, 1.0));
        canvas.text(label, (frame.left - 10.0, down), Words { at: HPos::Right, ..LABEL });
    }
    canvas.line(&[(frame.left, frame.bottom), (frame.left, frame.top)], plain(MUTED, 1.2));
}

/// Draws the axis at the bottom, with its name.
pub(crate) fn draw_across(canvas: &Canvas, frame: Frame, across: &Axis, name: &str, side: NameAt) {
    let corner = (frame.left, frame.bottom);
    canvas.line(&[corner, (frame.right, frame.bottom)], plain(MUTED, 1.2));
    // Labels that have no room are left out, or cut if each is too long.
    let ticks = &across.ticks;
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    let slot = frame.width() / ticks.len().max(1) as f64;
    let widest = ticks.iter().map(|tick| LABEL.width(&tick.label)).fold(0.0, f64::max);
    let room = (widest + 10.0).min(100.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
    let each = (room / slot).ceil().max(1.0) as usize;
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    let columns = LABEL.columns(slot * each as f64 - 8.0);
    for (number, Tick { at, label }) in ticks.iter().enumerate() {
        let right = frame.left + across.share(*at) * frame.width();
        canvas.line(&[(right, frame.bottom), (right, frame.bottom + 5.0)], plain(MUTED, 1.2));
        if number % each == 0 {
            let label = cut(label, columns);
            // The last one must not leave the paper.
            let most = f64::from(WIDTH) - 4.0 - 0.5 * LABEL.width(&label);
            canvas.text(&label, (right.min(most), frame.bottom + 18.0), LABEL);
        }
    }
    let name = cut(name, NAME.columns(frame.width()));
    let (right, at) = match side {
        NameAt::Middle => (0.5 * (frame.left + frame.right), HPos::Center),
        NameAt::Right => (frame.right, HPos::Right),
    };
    canvas.text(&name, (right, frame.bottom + 46.0), Words { at, ..NAME });
}

/// Where the name of an axis stands below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameAt {
    Middle,
    /// At the right, where other words have the rest of the line.
    Right,
}
