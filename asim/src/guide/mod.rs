//! Longer pages: a study from the model to the answer, for users of other libraries, on how asim works, and on
//! what makes a model fast.

#[doc = include_str!("from_model_to_study.md")]
pub mod from_model_to_study {}

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
