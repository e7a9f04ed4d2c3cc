//! Pictures of what was measured, as SVG.
//!
//! Reading order: `palette` (the colours, light and dark), `canvas` (what is drawn with), `axis` (round ticks), `chart`
//! (lines with their bands between two axes), `picture` (what comes out); `results_picture` and `warm_up_picture` say
//! what stands in a chart, and `picture_files` which pictures are saved under which names.

pub(crate) mod axis;
pub(crate) mod canvas;
pub(crate) mod chart;
pub(crate) mod palette;
pub(crate) mod picture;
#[cfg(feature = "cli")]
pub(crate) mod picture_files;
pub(crate) mod results_picture;
#[cfg(test)]
mod tests;
pub(crate) mod warm_up_picture;
