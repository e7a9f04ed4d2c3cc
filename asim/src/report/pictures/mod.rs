//! Which numbers stand in which picture. Each file has the call that makes one kind of picture; `picture_files` says
//! which pictures an experiment saves, and under which names.

pub(crate) mod bins;
pub(crate) mod difference_picture;
pub(crate) mod distribution_picture;
pub(crate) mod holds_picture;
pub(crate) mod level_picture;
pub(crate) mod mean_picture;
pub(crate) mod of_trace;
#[cfg(feature = "cli")]
pub(crate) mod picture_files;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod svg_reader;
#[cfg(test)]
mod tests;
pub(crate) mod warm_up_picture;
