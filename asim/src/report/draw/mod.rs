//! What a picture is drawn with.
//!
//! Reading order: `palette` (the colours, light and dark), `plain_text` (names do no harm), `canvas` (what is drawn
//! with), `axis` (round ticks), `paper` (size, words and axes), `readings` (the numbers beside a picture), `thinning`
//! (fewer points for the same picture), `chart` (lines with their bands between two axes; what is drawn of it is in
//! `chart_drawing`, `chart_marks`, `chart_names` and `chart_picture`), `bar_chart` (how much lies where), `gantt` (spans in
//! rows), `forest` (means and differences with their intervals, a row each), `picture` (what comes out).

pub(crate) mod axis;
pub(crate) mod bar_chart;
pub(crate) mod canvas;
pub(crate) mod chart;
mod chart_drawing;
mod chart_marks;
mod chart_names;
mod chart_picture;
pub(crate) mod forest;
pub(crate) mod gantt;
pub(crate) mod palette;
pub(crate) mod paper;
pub(crate) mod picture;
pub(crate) mod plain_text;
pub(crate) mod readings;
pub(crate) mod thinning;
