//! The statistics: estimates with intervals, precision, the end of the warm-up.

pub(crate) mod independence;
pub(crate) mod interval;
pub(crate) mod mser;
pub(crate) mod precision;
pub(crate) mod quantile;
pub(crate) mod student;
