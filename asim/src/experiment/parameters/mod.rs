//! The parameters of a model, their settings, and the scenarios that settings make.

pub(crate) mod near;
pub(crate) mod parameter_error;
#[allow(clippy::module_inception, reason = "the file has the type")]
pub(crate) mod parameters;
pub(crate) mod scenario;
#[cfg_attr(
    not(feature = "cli"),
    allow(dead_code, reason = "only a command line has settings as text")
)]
pub(crate) mod setting;
#[cfg_attr(
    not(feature = "cli"),
    allow(dead_code, reason = "only a command line has settings as text")
)]
pub(crate) mod value;
