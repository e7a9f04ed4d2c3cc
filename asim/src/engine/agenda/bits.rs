//! Times as integers that have the order of the times.
//!
//! The bits of an `f64` that is not negative, read as an integer, have the order of the numbers. So the
//! bits of a time are used as they are. Only those of a negative time are flipped, all except the sign:
//! then they have the order, too, among signed integers. Few models begin below zero, so the code for
//! negative times stands apart from the usual one.

/// The number of bits of one digit.
pub(crate) const DIGIT: usize = 5;
/// The number of values of a digit.
pub(crate) const DIGITS: usize = 1 << DIGIT;
/// The number of digits of a time.
pub(crate) const LEVELS: usize = 64_usize.div_ceil(DIGIT);

/// The bits of an infinite time: later than every time in the agenda.
pub(crate) const NEVER: i64 = f64::INFINITY.to_bits().cast_signed();

/// Returns bits that have, as an integer, the order of the times.
#[inline]
pub(crate) fn to_bits(time: f64) -> i64 {
    flipped(time.to_bits().cast_signed())
}

/// Returns the time that has these bits.
#[inline]
pub(crate) fn to_time(bits: i64) -> f64 {
    if bits < 0 { to_negative_time(bits) } else { f64::from_bits(bits.cast_unsigned()) }
}

#[cold]
#[inline(never)]
fn to_negative_time(bits: i64) -> f64 {
    f64::from_bits(flipped(bits).cast_unsigned())
}

/// Flips all bits except the sign if the sign is set.
#[inline]
fn flipped(bits: i64) -> i64 {
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

/// Returns the highest digit in which two times differ, as its number from the right.
#[inline]
pub(crate) fn level(one: i64, other: i64) -> usize {
    ((one ^ other).cast_unsigned() | 1).ilog2() as usize / DIGIT
}

/// Returns the value of a digit of a time.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "a digit is small")]
pub(crate) fn digit(bits: i64, level: usize) -> usize {
    ((unsigned(bits) >> (level * DIGIT)) & (DIGITS as u64 - 1)) as usize
}

/// Returns the earliest time that has the digits of `base` above `level`, and `digit` there.
pub(crate) fn start(base: i64, level: usize, digit: usize) -> i64 {
    let shift = level * DIGIT;
    let above = unsigned(base) >> shift >> DIGIT << DIGIT;
    ((above | digit as u64) << shift).cast_signed() ^ i64::MIN
}

/// The bits in the order of unsigned integers, in which digits have their order, too: in a signed integer
/// the highest digit has not, because the sign is in it.
#[inline]
fn unsigned(bits: i64) -> u64 {
    (bits ^ i64::MIN).cast_unsigned()
}
