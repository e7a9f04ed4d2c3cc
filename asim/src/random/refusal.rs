//! The refusal of parameters that make no sense: a panic at the line of the model that gave them.

/// Panics unless the value is finite.
#[inline]
#[track_caller]
pub(crate) fn finite(method: &str, what: &str, value: f64) {
    if !value.is_finite() {
        refuse(method, what, "a finite number", value);
    }
}

/// Panics unless the value is finite and at least zero.
#[inline]
#[track_caller]
pub(crate) fn not_negative(method: &str, what: &str, value: f64) {
    if !(0.0..f64::INFINITY).contains(&value) {
        refuse(method, what, "a finite number of at least 0", value);
    }
}

/// Panics unless the value is finite and greater than zero.
#[inline]
#[track_caller]
pub(crate) fn positive(method: &str, what: &str, value: f64) {
    if !(value > 0.0 && value < f64::INFINITY) {
        refuse(method, what, "a finite number greater than 0", value);
    }
}

/// Panics unless the value is a probability.
#[inline]
#[track_caller]
pub(crate) fn probability(method: &str, value: f64) {
    if !(0.0..=1.0).contains(&value) {
        refuse(method, "the probability", "a number from 0 to 1", value);
    }
}

#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn refuse(method: &str, what: &str, must_be: &str, value: f64) -> ! {
    panic!("{method}: {what} must be {must_be}, not {value}")
}
