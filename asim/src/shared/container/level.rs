//! How much there is in a container, and how much of it is promised.

/// The level of a container, and what is promised.
#[derive(Debug)]
pub(crate) struct Level {
    /// The amount that can be got now. It is above the capacity if a promised amount came back and
    /// did not fit.
    available: f64,
    /// The amount that would be available if all promised amounts came back. It is stored and not
    /// computed from `available`, so that an amount that comes back leaves no rounding error.
    stock: f64,
    /// The number of granted gets that have not been consumed.
    promises: usize,
}

impl Level {
    /// Makes a level with nothing promised.
    pub(crate) fn new(level: f64) -> Self {
        Level { available: level, stock: level, promises: 0 }
    }

    pub(crate) fn available(&self) -> f64 {
        self.available
    }

    /// Returns `true` if the amount can be got now.
    pub(crate) fn has(&self, amount: f64) -> bool {
        amount <= self.available
    }

    /// Returns `true` if the amount can be put now. A container that starts with an infinite level
    /// has room for every amount, as its level stays the same.
    pub(crate) fn has_room(&self, amount: f64, capacity: f64) -> bool {
        self.available + amount <= capacity || self.available == f64::INFINITY
    }

    /// Promises an amount to a get. The amount must be available.
    pub(crate) fn promise(&mut self, amount: f64) {
        self.available -= amount;
        self.promises += 1;
    }

    /// Adds an amount. There must be room for it.
    pub(crate) fn add(&mut self, amount: f64) {
        let endless = self.stock == f64::INFINITY;
        self.available += amount;
        self.stock += amount;
        if !endless {
            // Finite amounts must not add up to infinity.
            self.stock = self.stock.min(f64::MAX);
        }
    }

    /// Notes that the promised amount now belongs to the process that asked for it.
    pub(crate) fn consume(&mut self, amount: f64) {
        self.promises -= 1;
        // If nothing else is promised, `stock` is equal to `available`. It is never smaller.
        self.stock = if self.promises == 0 {
            self.available
        } else {
            (self.stock - amount).max(self.available)
        };
    }

    /// Takes a promised amount back.
    pub(crate) fn give_back(&mut self, amount: f64) {
        self.promises -= 1;
        self.available =
            if self.promises == 0 { self.stock } else { (self.available + amount).min(self.stock) };
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn what_comes_back_leaves_no_trace_of_rounding() {
        let mut level = Level::new(0.9);
        level.promise(0.2);
        assert_ne!(level.available() + 0.2, 0.9, "a plain sum is rounded");
        level.give_back(0.2);
        assert_eq!(level.available(), 0.9);
    }

    #[test]
    fn a_promise_leaves_room_and_comes_back_on_top() {
        let mut level = Level::new(10.0);
        level.promise(4.0);
        assert!(level.has_room(4.0, 10.0));
        level.add(4.0);
        level.give_back(4.0);
        assert_eq!(level.available(), 14.0, "it waits outside the capacity");
        assert!(level.has(14.0) && !level.has_room(0.5, 14.0));
    }

    #[test]
    fn only_an_infinite_level_is_infinite() {
        let mut level = Level::new(f64::INFINITY);
        level.promise(5.0);
        level.consume(5.0);
        assert!(level.has_room(1.0, f64::MAX) && level.has(f64::MAX));
        let mut level = Level::new(f64::MAX);
        level.promise(f64::MAX);
        level.add(f64::MAX);
        level.give_back(f64::MAX);
        assert_eq!(level.available(), f64::MAX);
    }
}
