//! Random numbers: what a stream is, that its numbers follow the distributions that they are named
//! after, and that a seed gives the same bits for ever.
//!
//! Read in this order: `streams`, what a stream promises; `fit`, that each distribution is the one that
//! it is named after, a million draws each, and `moments`, that its mean and its deviation are right;
//! `arrivals`, the same for rates that change; `extremes`, what parameters at the limit give;
//! `refusals`, what makes no sense; `pinned`, the numbers themselves; `builds`, that they are the same
//! in every build; `rand_family`, that other crates can draw from a stream. `chi_square` is how draws
//! are compared with a distribution, `values` what is pinned.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts become numbers and bins; all of them fit"
)]

mod chi_square;
mod values;

mod streams;

mod fit;
mod moments;

mod arrivals;
mod extremes;
mod refusals;

mod builds;
mod pinned;
mod rand_family;
