//! A canvas: lines, areas and words, in pixels from the upper left corner.

use plotters::coord::Shift;
use plotters::element::{
    Circle, DashedPathElement, Drawable, PathElement, PointCollection, Polygon,
};
use plotters::element::{Rectangle, Text};
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBAColor, ShapeStyle, TextStyle};

use crate::answers::figures::width;
use crate::report::draw::palette::{Colour, PAPER, style};
use crate::report::draw::plain_text::plain;

/// A place in pixels: to the right, and down.
pub(crate) type Place = (f64, f64);

/// The library draws with whole numbers. So they are tenths of a pixel.
const TENTHS: f64 = 10.0;

/// A canvas on which a picture is drawn.
pub(crate) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pen {
    pub(crate) colour: Colour,
    /// In pixels.
    pub(crate) width: f64,
    /// The length of a dash and of a gap, in pixels.
    pub(crate) dash: Option<(f64, f64)>,
}

/// How words are written.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    pub(crate) colour: Colour,
    /// In pixels.
    pub(crate) size: f64,
    pub(crate) bold: bool,
    /// Where the place is that is given: at the left, in the middle or at the right.
    pub(crate) at: HPos,
}

impl Words {
    /// Returns about how many pixels a text takes. The font is not known: it is the reader's.
    pub(crate) fn width(self, text: &str) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "a short text")]
        let columns = width(text) as f64;
        columns * self.column()
    }

    /// Returns how many columns have room in so many pixels.
    pub(crate) fn columns(self, pixels: f64) -> usize {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let columns = (pixels / self.column() + 0.01).max(0.0) as usize;
        columns
    }

    fn column(self) -> f64 {
        self.size * if self.bold { 0.66 } else { 0.58 }
    }
}

/// Returns what was drawn as SVG. `label` says what it is to those who cannot see it.
pub(crate) fn svg((width, height): (u32, u32), label: &str, draw: impl FnOnce(&Canvas)) -> String {
    let mut text = String::new();
    let tenths = (width * 10, height * 10);
    {
        let canvas =
            Canvas { area: SVGBackend::with_string(&mut text, tenths).into_drawing_area() };
        let corners = [(0.0, 0.0), (f64::from(width), f64::from(height))];
        canvas.rectangle(corners, PAPER);
        draw(&canvas);
        canvas.area.present().expect("a text can be written");
    }
    let body = text.find('>').map_or("", |end| &text[end + 1..]);
    let label = escaped(label);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"asim-picture\" role=\"img\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {} {}\">\n<title>{label}</title>\n{}{}",
        tenths.0,
        tenths.1,
        style(),
        body.trim_start()
    )
}

impl Canvas<'_> {
    /// Draws a line through these places.
    pub(crate) fn line(&self, places: &[Place], pen: Pen) {
        let places: Vec<(i32, i32)> = places.iter().copied().map(tenths).collect();
        let style = ShapeStyle {
            color: pen.colour.light.to_rgba(),
            filled: false,
            stroke_width: length(pen.width),
        };
        match pen.dash {
            None => self.draw(&PathElement::new(places, style)),
            Some((dash, gap)) => {
                let (dash, gap) = (length(dash), length(gap));
                self.draw(&DashedPathElement::new(places, dash, gap, style));
            }
        }
    }

    /// Fills what lies between these places.
    pub(crate) fn area(&self, places: &[Place], colour: Colour, opacity: f64) {
        let places: Vec<(i32, i32)> = places.iter().copied().map(tenths).collect();
        self.draw(&Polygon::new(places, colour.light.mix(opacity)));
    }

    pub(crate) fn rectangle(&self, corners: [Place; 2], colour: Colour) {
        self.draw(&Rectangle::new(corners.map(tenths), filled(colour)));
    }

    pub(crate) fn disc(&self, middle: Place, radius: f64, colour: Colour) {
        self.draw(&Circle::new(tenths(middle), length(radius), filled(colour)));
    }

    /// Writes a text at the height of a place.
    pub(crate) fn text(&self, text: &str, place: Place, words: Words) {
        let style = if words.bold { FontStyle::Bold } else { FontStyle::Normal };
        // The library makes it smaller by as much.
        let font = FontDesc::new(FontFamily::SansSerif, words.size * TENTHS * 1.24, style);
        let style =
            TextStyle::from(font).color(&words.colour.light).pos(Pos::new(words.at, VPos::Center));
        self.draw(&Text::new(of_xml(text), tenths(place), style));
    }

    fn draw<'b, E>(&self, element: &'b E)
    where
        &'b E: PointCollection<'b, (i32, i32)>,
        E: for<'c> Drawable<SVGBackend<'c>>,
    {
        self.area.draw(element).expect("a text can be written");
    }
}

fn filled(colour: Colour) -> ShapeStyle {
    let color: RGBAColor = colour.light.to_rgba();
    ShapeStyle { color, filled: true, stroke_width: 0 }
}

#[allow(clippy::cast_possible_truncation, reason = "a place on the paper")]
fn tenths((right, down): Place) -> (i32, i32) {
    ((right * TENTHS).round() as i32, (down * TENTHS).round() as i32)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length on the paper")]
fn length(pixels: f64) -> u32 {
    (pixels * TENTHS).round() as u32
}

/// Returns a text as it stands in a line of a picture.
fn of_xml(text: &str) -> String {
    plain(text).replace('\n', " ")
}

/// Returns a text as it stands between two tags.
fn escaped(text: &str) -> String {
    of_xml(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
