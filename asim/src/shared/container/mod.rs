//! Containers: processes put amounts of something uniform in, and get amounts out.
//!
//! `Container` is the public handle. Other folders use only public items of this one.
//!
//! Read the files in this order; each one uses only those before it:
//!
//! 1. `amount_error`: why an amount was refused.
//! 2. `level`: how much there is, and how much of it is promised.
//! 3. `first_fit`: a line of amounts, which finds the first amount that fits.
//! 4. `amounts`: the core. It grants amounts, takes promised amounts back, and serves the two
//!    lines.
//! 5. `transfer`: the request for an amount.
//! 6. `container`: the handle.

pub(crate) mod amount_error;
pub(crate) mod amounts;
#[allow(clippy::module_inception, reason = "the folder is named after its main thing")]
pub(crate) mod container;
pub(crate) mod first_fit;
pub(crate) mod level;
pub(crate) mod transfer;
