//! Why a container refused an amount.

/// The error of `Container::try_get` and `Container::try_put`: why the container refused an amount.
///
/// ```
/// use asim::prelude::*;
/// use asim::AmountError;
///
/// let sim = Simulation::new();
/// let tank = Container::new(&sim, 60.0).with_level(10.0);
/// assert_eq!(tank.try_get(12.5), Err(AmountError::NotEnough { wanted: 12.5, level: 10.0 }));
/// assert_eq!(tank.try_put(51.0), Err(AmountError::NoRoom { offered: 51.0, room: 50.0 }));
/// let error = tank.try_put(-2.0).unwrap_err();
/// assert_eq!(error.to_string(), "an amount of a container is a finite number > 0, not -2");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// The amount is zero, negative, infinite or not a number.
    #[error("an amount of a container is a finite number > 0, not {amount}")]
    Invalid {
        /// The refused amount.
        amount: f64,
    },
    /// The amount is more than the level.
    #[error("{wanted} is more than the level of the container, {level}")]
    NotEnough {
        /// The amount that was asked for.
        wanted: f64,
        /// The level.
        level: f64,
    },
    /// The amount is more than the room.
    #[error("{offered} is more than the container has room for, {room}")]
    NoRoom {
        /// The amount that was offered.
        offered: f64,
        /// The room: the capacity minus the level.
        room: f64,
    },
    /// Others wait, and the container serves in order: it would have overtaken them.
    #[error("{waiting} in line before it: the container serves in order")]
    NotInTurn {
        /// How many requests wait in line.
        waiting: usize,
    },
}
