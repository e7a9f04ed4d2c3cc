//! The readings of a picture: its numbers, and where they stand, for a script that shows the one under the pointer and
//! for a table beside the picture.

use serde::Serialize;

/// The numbers of a picture. Places are in pixels of the picture, from its upper left corner.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Readings {
    /// How large the picture is.
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Where the axes are.
    pub(crate) frame: Frame,
    pub(crate) across: Extent,
    pub(crate) up: Extent,
    /// Lines. A picture has lines or boxes, or neither if there is nothing to show.
    pub(crate) series: Vec<Series>,
    /// Bars and marks: under the pointer, the words of the last one around it are shown.
    pub(crate) boxes: Vec<Reading>,
    /// What has to be known about the numbers: whether some were left out. Empty if there is nothing to say.
    pub(crate) note: String,
    /// The numbers in few rows, for those who do not see the picture. It stands in the page and not in the data of its
    /// script.
    #[serde(skip)]
    pub(crate) table: Table,
}

/// Where the axes are on the paper: the edges of the area between them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

/// What an axis reaches from end to end: from left to right, or from the bottom to the top.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Extent {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// What it is called, with its unit.
    pub(crate) name: String,
    /// If it is an axis of names: the names of 0, 1, 2 and so on. Otherwise empty.
    pub(crate) names: Vec<String>,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Whether a value holds until the next one. If not, it goes straight from one to the next.
    pub(crate) steps: bool,
    /// Where its points are across, from left to right, and their values. What is not finite is a gap (`null` in JSON).
    pub(crate) at: Vec<f64>,
    pub(crate) value: Vec<f64>,
    /// The ends of the interval of each point, if they have any; otherwise empty.
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
}

/// A box with what is said of it: `x`, `y`, width, height, words. In JSON it is an array of these.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Reading(
    pub(crate) f64,
    pub(crate) f64,
    pub(crate) f64,
    pub(crate) f64,
    pub(crate) String,
);

/// A small table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Table {
    pub(crate) heads: Vec<String>,
    /// Each has as many cells as there are heads.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Frame {
    pub(crate) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}
