//! A Gantt chart: rows of spans over time.

use plotters::style::text_anchor::HPos;

use crate::answers::figures::{count, cut, percent};
use crate::report::draw::axis::Axis;
use crate::report::draw::canvas::{Canvas, Place, Words, svg};
use crate::report::draw::palette::{GRID, INK, LINES, MUTED};
use crate::report::draw::paper::{
    ABOVE, BELOW, LINE_HEIGHT, MARGIN, NAME, NAMES, NameAt, SUBTITLE, WIDTH, draw_across, heading,
    plain,
};
use crate::report::draw::picture::Picture;
use crate::report::draw::readings::{Extent, Frame, Reading, Readings, Table};

/// The height of a row, and of a span in it, in pixels.
const ROW: f64 = 22.0;
const SPAN: f64 = 16.0;
/// What is narrower is drawn together with its neighbours, if they are as near as that. In pixels.
const NARROW: f64 = 3.0;
const NEAR: f64 = 4.0;
/// The width of the columns in which it is drawn.
const COLUMN: f64 = 4.0;

/// What is drawn.
#[derive(Debug, Clone)]
pub(crate) struct Gantt {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    /// What is said at the bottom: which rows are not shown.
    pub(crate) note: String,
    pub(crate) across: Axis,
    pub(crate) across_name: String,
    pub(crate) rows: Vec<Row>,
}

/// A row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Empty if it belongs to the row above.
    pub(crate) name: String,
    /// From left to right. No two have more in common than an end.
    pub(crate) spans: Vec<Span>,
}

/// A span.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// Which of the colours.
    pub(crate) style: usize,
    /// What is written in it, if there is room for the long one, or else for the short one.
    pub(crate) names: [String; 2],
    /// What is said of it.
    pub(crate) words: String,
    pub(crate) end: SpanEnd,
}

/// How a span ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanEnd {
    Closed,
    /// It was cut off.
    Cut,
    /// It goes on.
    Open,
}

/// What is drawn of a row: a span, or several that are too narrow. Of these it is drawn which share of the time of each
/// column they take.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    left: f64,
    right: f64,
    /// The place of the first span, and how many there are.
    first: usize,
    many: usize,
}

impl Gantt {
    pub(crate) fn picture(&self) -> Picture {
        let frame = self.frame();
        let pieces: Vec<Vec<Piece>> = self.rows.iter().map(|row| self.pieces(row, frame)).collect();
        let drawn = |row: &usize, is_alone: bool| {
            let pieces = pieces[*row].iter().filter(move |piece| (piece.many == 1) == is_alone);
            let spans = &self.rows[*row].spans;
            pieces.flat_map(|piece| &spans[piece.first..piece.first + piece.many])
        };
        let rows = || 0..self.rows.len();
        let together: Vec<&Span> = rows().flat_map(|row| drawn(&row, false)).collect();
        let mut notes: Vec<String> =
            Vec::from_iter((!self.note.is_empty()).then(|| self.note.clone()));
        if !together.is_empty() {
            let cut = together.iter().filter(|span| span.end == SpanEnd::Cut).count();
            let cut =
                if cut > 0 { format!(" ({} preempted)", count(cut as u64)) } else { String::new() };
            notes.push(format!(
                "solid: {} short holds{cut}, by the share of time they take",
                count(together.len() as u64)
            ));
        }
        let note = notes.join("; ");
        let has = |end| rows().any(|row| drawn(&row, true).any(|span| span.end == end));
        let signs = [
            (has(SpanEnd::Cut), SpanEnd::Cut, "preempted"),
            (has(SpanEnd::Open), SpanEnd::Open, "still held at the end"),
        ];
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
        let size = (WIDTH, (frame.bottom + BELOW + 2.0 * LINE_HEIGHT) as u32);
        let label = format!("{}, {}; {note}", self.title, self.subtitle);
        let svg = svg(size, &label, |canvas| {
            heading(canvas, &self.title, &self.subtitle);
            self.draw(canvas, frame, &pieces);
            let mut left = MARGIN;
            let down = frame.bottom + BELOW + 4.0;
            for (_, end, words) in signs.iter().filter(|sign| sign.0) {
                draw_end(canvas, (left + 10.0, down), *end, 20.0);
                canvas.text(words, (left + 20.0, down), NAME);
                left += 44.0 + NAME.width(words);
            }
            let words = Words { at: HPos::Left, ..SUBTITLE };
            let columns = words.columns(f64::from(WIDTH) - 2.0 * MARGIN);
            canvas.text(&cut(&note, columns), (MARGIN, down + LINE_HEIGHT), words);
        });
        Picture::with_readings(svg, self.readings(frame, &pieces, note, size))
    }

    fn frame(&self) -> Frame {
        let names = self.rows.iter().map(|row| NAME.width(&row.name));
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let rows = self.rows.len().max(1) as f64;
        let top = ABOVE - 14.0;
        Frame {
            left: MARGIN + names.fold(0.0, f64::max).min(NAMES) + 10.0,
            right: f64::from(WIDTH) - MARGIN,
            top,
            bottom: top + rows * ROW,
        }
    }

    fn right(&self, at: f64, frame: Frame) -> f64 {
        frame.left + self.across.share(at).clamp(0.0, 1.0) * frame.width()
    }

    /// Returns what is drawn of a row.
    fn pieces(&self, row: &Row, frame: Frame) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut last_is_narrow = false;
        for (place, span) in row.spans.iter().enumerate() {
            let (left, right) = (self.right(span.from, frame), self.right(span.to, frame));
            let is_narrow = right - left < NARROW;
            match pieces.last_mut() {
                Some(last) if last_is_narrow && is_narrow && left - last.right < NEAR => {
                    last.right = last.right.max(right);
                    last.many += 1;
                }
                _ => pieces.push(Piece { left, right, first: place, many: 1 }),
            }
            last_is_narrow = is_narrow;
        }
        pieces
    }

    fn draw(&self, canvas: &Canvas, frame: Frame, pieces: &[Vec<Piece>]) {
        for tick in &self.across.ticks {
            let right = self.right(tick.at, frame);
            canvas.line(&[(right, frame.top), (right, frame.bottom)], plain(GRID, 1.0));
        }
        draw_across(canvas, frame, &self.across, &self.across_name, NameAt::Middle);
        canvas.line(&[(frame.left, frame.bottom), (frame.left, frame.top)], plain(MUTED, 1.2));
        for (number, (row, pieces)) in self.rows.iter().zip(pieces).enumerate() {
            let middle = middle(number, frame);
            let words = Words { at: HPos::Right, ..NAME };
            let name = cut(&row.name, words.columns(NAMES));
            canvas.text(&name, (frame.left - 10.0, middle), words);
            for piece in pieces {
                if piece.many > 1 {
                    self.draw_together(canvas, row, piece, (frame, middle));
                } else {
                    draw_piece(canvas, row, piece, middle);
                }
            }
        }
    }

    /// Returns the columns of a piece that is several spans.
    fn columns(&self, row: &Row, piece: &Piece, frame: Frame) -> Vec<Column> {
        let spans = &row.spans[piece.first..piece.first + piece.many];
        let ends = |span: &Span| [span.from, span.to].map(|at| self.right(at, frame));
        let (mut columns, mut left, mut first) = (Vec::new(), piece.left, 0);
        while left < piece.right {
            let right = (((left - frame.left) / COLUMN + 1e-6).floor() + 1.0) * COLUMN + frame.left;
            let right = right.min(piece.right);
            let (mut many, mut taken) = (0, 0.0);
            // Those before end before this column.
            while spans.get(first).is_some_and(|span| ends(span)[1] < left) {
                first += 1;
            }
            for span in &spans[first..] {
                let [from, to] = ends(span);
                if from >= right && from > left {
                    break;
                }
                many += 1;
                taken += (to.min(right) - from.max(left)).max(0.0);
            }
            columns.push(Column { left, right, many, share: (taken / (right - left)).min(1.0) });
            left = right;
        }
        columns
    }

    /// Draws spans that are too narrow: as high as the share of the time that they take.
    fn draw_together(
        &self,
        canvas: &Canvas,
        row: &Row,
        piece: &Piece,
        (frame, middle): (Frame, f64),
    ) {
        let ground = middle + 0.5 * SPAN;
        let mut places = vec![(piece.left, ground)];
        for Column { left, right, share, .. } in self.columns(row, piece, frame) {
            let top = ground - (share * SPAN).max(0.8);
            places.extend([(left, top), (right, top)]);
        }
        places.push((piece.right, ground));
        let span = &row.spans[piece.first];
        canvas.area(&places, LINES[span.style % LINES.len()], 0.85);
    }

    fn readings(
        &self,
        frame: Frame,
        pieces: &[Vec<Piece>],
        note: String,
        (width, height): (u32, u32),
    ) -> Readings {
        let mut boxes = Vec::new();
        for (number, (row, pieces)) in self.rows.iter().zip(pieces).enumerate() {
            let top = middle(number, frame) - 0.5 * ROW;
            for piece in pieces {
                if piece.many == 1 {
                    let width = (piece.right - piece.left).max(1.0);
                    let words = row.spans[piece.first].words.clone();
                    boxes.push(Reading(piece.left, top, width, ROW, words));
                    continue;
                }
                for Column { left, right, many, share } in self.columns(row, piece, frame) {
                    let s = if many == 1 { "" } else { "s" };
                    let words = format!("{} hold{s}, {} of the time", count(many), percent(share));
                    boxes.push(Reading(left, top, right - left, ROW, words));
                }
            }
        }
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let last = self.rows.len() as f64 - 0.5;
        Readings {
            width: width.into(),
            height: height.into(),
            frame,
            across: self.across.extent(&self.across_name),
            up: Extent {
                from: last,
                to: -0.5,
                name: String::new(),
                names: self.rows.iter().map(|row| row.name.clone()).collect(),
            },
            series: Vec::new(),
            boxes,
            note,
            table: self.table(),
        }
    }

    /// Returns what the rows are in numbers: how many spans, and what share of the time.
    fn table(&self) -> Table {
        let heads = ["", "holds", "preempted", "share of the time"].map(str::to_owned);
        let row = |row: &Row| {
            let spans = &row.spans;
            let cut = spans.iter().filter(|span| span.end == SpanEnd::Cut).count();
            let share: f64 = spans
                .iter()
                .map(|span| self.across.share(span.to) - self.across.share(span.from))
                .sum();
            vec![row.name.clone(), count(spans.len() as u64), count(cut as u64), percent(share)]
        };
        Table { heads: heads.to_vec(), rows: self.rows.iter().map(row).collect() }
    }
}

/// A column of spans that are drawn together.
struct Column {
    left: f64,
    right: f64,
    /// How many spans it has, and what share of its time they take.
    many: u64,
    share: f64,
}

/// Returns how far down the middle of a row is.
fn middle(number: usize, frame: Frame) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    let rows = number as f64 + 0.5;
    frame.top + rows * ROW
}

fn draw_piece(canvas: &Canvas, row: &Row, piece: &Piece, middle: f64) {
    let span = &row.spans[piece.first];
    let colour = LINES[span.style % LINES.len()];
    // At least so wide that it is seen.
    let (left, right) = (piece.left, piece.right.max(piece.left + 0.8));
    let corners = |half: f64| {
        [
            (left, middle - half),
            (right, middle - half),
            (right, middle + half),
            (left, middle + half),
        ]
    };
    let outline = corners(0.5 * SPAN);
    canvas.area(&outline, colour, 0.35);
    let mut around: Vec<Place> = outline.to_vec();
    if span.end == SpanEnd::Open {
        // Its end is not there yet.
        around.rotate_left(2);
    } else {
        around.push(outline[0]);
    }
    canvas.line(&around, plain(colour, 1.2));
    draw_end(canvas, (right, middle), span.end, right - left);
    let room = right - left - if span.end == SpanEnd::Closed { 6.0 } else { 16.0 };
    let words = Words { colour: INK, size: 13.0, bold: false, at: HPos::Left };
    if let Some(name) = span.names.iter().find(|name| words.width(name) <= room) {
        canvas.text(name, (left + 3.0, middle), words);
    }
}

/// Draws the end of a span of this width, if it is not an ordinary one.
fn draw_end(canvas: &Canvas, (right, middle): Place, end: SpanEnd, width: f64) {
    match end {
        SpanEnd::Cut => {
            let ends = [(right, middle - 0.5 * ROW + 1.0), (right, middle + 0.5 * ROW - 1.0)];
            canvas.line(&ends, plain(INK, 2.4));
            if width >= 9.0 {
                let corners = [(right, middle - 5.5), (right, middle + 5.5), (right - 8.0, middle)];
                canvas.area(&corners, INK, 1.0);
            }
        }
        SpanEnd::Open if width >= 9.0 => {
            let places =
                [(right - 6.0, middle - 5.0), (right - 1.0, middle), (right - 6.0, middle + 5.0)];
            canvas.line(&places, plain(INK, 2.0));
        }
        SpanEnd::Open | SpanEnd::Closed => {}
    }
}
