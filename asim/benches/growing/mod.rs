//! One operation of each kind, while `n` others wait.

mod conditions;
mod ends;
mod guards;
mod lines;
mod places;
mod waits;

use std::time::Instant;

use conditions::CONDITIONS;
use ends::ENDS;
use guards::GUARDS;
use lines::LINES;
use places::PLACES;
use waits::WAITS;

/// Returns all measured cases.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    [LINES, PLACES, CONDITIONS, WAITS, GUARDS, ENDS].into_iter().flatten()
}

/// The number of operations, where one does not depend on the other.
pub(crate) const MANY: u64 = 1000;

/// An operation, measured while `n` others wait.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The operation, and what else there is.
    pub(crate) what: &'static str,
    pub(crate) grows: Grows,
    /// The largest `n` for which there is time.
    pub(crate) most: usize,
    /// Does the operation with `n` others.
    pub(crate) run: Run,
}

/// How the cost of the operation grows with `n`.
pub(crate) enum Grows {
    Flat,
    Logarithmic,
    /// The cost is linear in `n`, for this reason.
    Linear(&'static str),
}

type Run = fn(usize, &mut Meter);

const fn flat(name: &'static str, what: &'static str, run: Run) -> Case {
    Case { name, what, grows: Grows::Flat, most: usize::MAX, run }
}

const fn logarithmic(name: &'static str, what: &'static str, run: Run) -> Case {
    Case { name, what, grows: Grows::Logarithmic, most: usize::MAX, run }
}

const fn linear(name: &'static str, what: &'static str, why: &'static str, run: Run) -> Case {
    Case { name, what, grows: Grows::Linear(why), most: usize::MAX, run }
}

impl Case {
    /// Limits `n`, for an operation that takes too long with more.
    const fn up_to(self, most: usize) -> Case {
        Case { most, ..self }
    }
}

/// Measures the time of the operations only, not of the preparation.
#[derive(Default)]
pub(crate) struct Meter {
    pub(crate) operations: u64,
    pub(crate) seconds: f64,
}

/// The function that `callgrind` counts.
pub(crate) const MEASURED: &str = "the_measured_part";

#[inline(never)]
fn the_measured_part(work: impl FnOnce() -> u64) -> u64 {
    // `black_box` keeps this from becoming a jump: the call must return here.
    std::hint::black_box(work())
}

impl Meter {
    /// Measures work that returns its number of operations.
    fn measure(&mut self, work: impl FnOnce() -> u64) {
        let start = Instant::now();
        self.operations += the_measured_part(work);
        self.seconds += start.elapsed().as_secs_f64();
    }
}

/// A random source that is good enough for places in a line and for times.
struct Random(u64);

impl Random {
    fn new() -> Self {
        Random(0x9E37_79B9_7F4A_7C15)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    /// Returns a number from 0 to 1.
    fn unit(&mut self) -> f64 {
        self.below(1 << 50) as f64 / (1_u64 << 50) as f64
    }
}
