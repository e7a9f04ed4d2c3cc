//! Longer pages: a study from the model to the answer, many runs of a model, for users of other libraries, on how asim
//! works, and on what makes a model fast.

// What these pages show is there only with the feature. They are read only for the documentation: the library is not
// compiled anew for a word in them.
#[cfg_attr(all(doc, feature = "cli"), doc = include_str!("from_model_to_study.md"))]
#[cfg_attr(
    not(all(doc, feature = "cli")),
    doc = "This page is in the documentation of the feature `cli`."
)]
pub mod from_model_to_study {}

#[cfg_attr(all(doc, feature = "cli"), doc = include_str!("many_runs.md"))]
#[cfg_attr(
    not(all(doc, feature = "cli")),
    doc = "This page is in the documentation of the feature `cli`."
)]
pub mod many_runs {}

#[cfg_attr(all(doc, feature = "cli"), doc = include_str!("clusters.md"))]
#[cfg_attr(
    not(all(doc, feature = "cli")),
    doc = "This page is in the documentation of the feature `cli`."
)]
pub mod clusters {}

#[cfg_attr(all(doc, feature = "report"), doc = include_str!("looking.md"))]
#[cfg_attr(
    not(all(doc, feature = "report")),
    doc = "This page is in the documentation of the feature `report`."
)]
pub mod looking {}

#[doc = include_str!("guarantees.md")]
pub mod guarantees {}

#[doc = include_str!("from_simpy.md")]
pub mod from_simpy {}

#[doc = include_str!("simpy_runs.md")]
pub mod simpy_runs {}

#[doc = include_str!("from_asimpy.md")]
pub mod from_asimpy {}

#[doc = include_str!("from_salabim.md")]
pub mod from_salabim {}

#[doc = include_str!("from_simmer.md")]
pub mod from_simmer {}

#[doc = include_str!("from_hardware.md")]
pub mod from_hardware {}

#[doc = include_str!("how_await_works.md")]
pub mod how_await_works {}

#[doc = include_str!("speed.md")]
pub mod speed {}
