//! Containers: processes put amounts of something uniform in, and get amounts out.
//!
//! `Container` is the public handle. Other folders use only public items of this one.
//!
//! Read the files in this order; each one uses only those before it:
//!
//! 1. `amount_error`: why an amount was refused.
//! 2. `sum`: sums of amounts that are not rounded.
//! 3. `level`: how much there is, and how much of it is promised.
//! 4. `arrivals`, `rankings`: two lines of amounts, which find the first amount that fits: one to whose end
//!    all come, and one in which a request may come to any place.
//! 5. `first_fit`: a line of amounts by priority and arrival, made of these.
//! 6. `amounts`: the core. It grants amounts, takes promised amounts back, and serves the two
//!    lines.
//! 7. `transfer`: the request for an amount.
//! 8. `container`: the handle.

pub(crate) mod amount_error;
pub(crate) mod amounts;
pub(crate) mod arrivals;
#[allow(clippy::module_inception, reason = "the folder is named after its main thing")]
pub(crate) mod container;
pub(crate) mod first_fit;
pub(crate) mod level;
pub(crate) mod rankings;
pub(crate) mod sum;
pub(crate) mod transfer;
pub(crate) mod view;
