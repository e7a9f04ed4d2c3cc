//! What the lines and signs of a chart look like.

use crate::report::draw::canvas::{Canvas, Pen, Place};
use crate::report::draw::chart::{Form, Line, Shape};
use crate::report::draw::palette::{Colour, INK, LINES, PAPER};
use crate::report::draw::paper::plain;

/// How opaque is what many steps reach.
pub(crate) const RANGE: f64 = 0.34;

/// How the place that is marked is drawn.
pub(crate) const MARK: Pen = Pen { colour: INK, width: 1.6, dash: Some((6.0, 4.0)) };

pub(crate) fn pen(line: &Line) -> Pen {
    let colour = LINES[line.style % LINES.len()];
    let width = match line.shape {
        Shape::Thin => 1.0,
        Shape::Thick => 3.0,
        Shape::Range => 9.0,
        Shape::Band | Shape::Bars => 2.2,
        Shape::Steps | Shape::Limit => 1.6,
    };
    let dashes =
        [None, Some((9.0, 5.0)), Some((3.0, 4.0)), Some((16.0, 5.0)), None, Some((6.0, 3.0))];
    let dash = match line.shape {
        Shape::Band => dashes[line.style % dashes.len()],
        Shape::Limit => Some((7.0, 5.0)),
        _ => None,
    };
    Pen { colour, width, dash }
}

/// Draws the mark of a line: a disc, a square, a triangle and so on.
pub(crate) fn mark(canvas: &Canvas, (right, down): Place, style: usize) {
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

/// Draws the sign of something that has happened.
pub(crate) fn draw_sign(canvas: &Canvas, (right, down): Place, form: Form) {
    match form {
        Form::Triangle => {
            let corners = [(-5.0, -4.0), (5.0, -4.0), (0.0, 5.0)];
            canvas.area(&corners.map(|(x, y)| (right + x, down + y)), INK, 1.0);
        }
        Form::Cross => {
            for turn in [-4.0, 4.0] {
                let ends = [(right - 4.0, down - turn), (right + 4.0, down + turn)];
                canvas.line(&ends, plain(INK, 1.8));
            }
        }
    }
}
