//! Channels: items go from one `OutPort` to one `InPort`.
//!
//! User code sees the ports, the plugs, the requests, the errors and the functions of `connect`.
//! Read the files in this order:
//!
//! 1. `gone`: the errors.
//! 2. `state`: the items and the waiting requests. `channel`: the core, which knows nothing of ports.
//!    `telling`: what is told to the probe of a channel that has a name.
//! 3. `sending`, `receiving`: the two requests. `looking`: to look at what would be received.
//! 4. `socket`, `plug`: how a declared port gets its channel later.
//! 5. `port`: the two ends of a channel, which processes hold.
//! 6. `connect`: the functions that make a channel.

#[allow(clippy::module_inception, reason = "the main file has the name of its folder")]
pub(crate) mod channel;
pub(crate) mod connect;
pub(crate) mod gone;
pub(crate) mod looking;
pub(crate) mod plug;
pub(crate) mod port;
pub(crate) mod receiving;
pub(crate) mod sending;
pub(crate) mod socket;
pub(crate) mod state;
pub(crate) mod telling;
pub(crate) mod view;
