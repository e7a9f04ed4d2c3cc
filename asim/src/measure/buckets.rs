//! Buckets: how often numbers of each size came, in bounded memory.
//!
//! The bucket of a number is given by the top bits of its `f64`: the exponent, and the first seven bits of the
//! mantissa. So each octave (from a power of two to the next) is cut into 128 buckets of one width. A number
//! differs from the middle of its bucket by 0.4 % at most (1/256). Finding the bucket takes one shift.
//!
//! The cut is the same for all, so two sets of buckets merge by addition, in any order.

use std::ops::AddAssign;

use crate::measure::bars::Bar;

/// The bits of a number that do not choose its bucket.
const REST: u32 = 45;
const REST_MASK: u64 = (1 << REST) - 1;
/// The buckets of an octave.
const OCTAVE: usize = 128;
/// The first bucket that no finite number is in.
#[cfg(any(test, feature = "serde"))]
const END: usize = 0x7ff * OCTAVE;

/// What a bucket counts: values, or the time at them.
pub(crate) trait Weight: Copy + Default + PartialEq + AddAssign {
    /// Returns the weight as a number.
    fn to_f64(self) -> f64;
}

impl Weight for u64 {
    #[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 takes years")]
    fn to_f64(self) -> f64 {
        self as f64
    }
}

impl Weight for f64 {
    fn to_f64(self) -> f64 {
        self
    }
}

/// Weights by the buckets of finite numbers that are not zero.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(bound(deserialize = "W: Weight + serde::Deserialize<'de>")))]
#[cfg_attr(feature = "serde", serde(bound(serialize = "W: Weight + serde::Serialize")))]
pub(crate) struct Buckets<W> {
    positive: Half<W>,
    /// By the numbers without their sign.
    negative: Half<W>,
    /// All bits that any of the numbers has. If none of these is among the [`REST`], each number is at the
    /// edge of its bucket, so it is known exactly: whole numbers to 256 are, and their quarters to 64.
    bits: u64,
}

/// The weights of numbers with one sign: of all buckets from the first octave that has one to the last.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "Vec<(usize, W)>", try_from = "Vec<(usize, W)>"))]
#[cfg_attr(feature = "serde", serde(bound(deserialize = "W: Weight + serde::Deserialize<'de>")))]
#[cfg_attr(feature = "serde", serde(bound(serialize = "W: Weight + serde::Serialize")))]
struct Half<W> {
    /// The first bucket, where an octave begins.
    first: usize,
    weights: Vec<W>,
}

impl<W: Weight> Buckets<W> {
    pub(crate) const fn new() -> Self {
        Buckets { positive: Half::new(), negative: Half::new(), bits: 0 }
    }

    /// Adds a number if it is positive and its bucket is there. Returns `false` if not.
    #[inline]
    pub(crate) fn add_known(&mut self, number: f64, weight: W) -> bool {
        let bits = number.to_bits();
        // The bucket of a number that is negative, infinite or NaN is after all buckets.
        let known = self.positive.add_known(bucket(bits), weight);
        if known {
            self.bits |= bits;
        }
        known
    }

    /// Adds a number that is finite and not zero.
    #[cold]
    #[inline(never)]
    pub(crate) fn add(&mut self, number: f64, weight: W) {
        let bits = number.abs().to_bits();
        self.bits |= bits;
        let half = if number < 0.0 { &mut self.negative } else { &mut self.positive };
        half.add(bucket(bits), weight);
    }

    /// Adds all that another one has.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.positive.merge(&other.positive);
        self.negative.merge(&other.negative);
        self.bits |= other.bits;
    }

    /// Returns `true` if each number is known exactly.
    fn are_exact(&self) -> bool {
        self.bits & REST_MASK == 0
    }

    /// Returns the buckets with a weight, the least first, with the weight of each.
    pub(crate) fn bars(&self) -> impl Iterator<Item = (Bar, W)> {
        let exact = self.are_exact();
        let bar = move |bucket: usize, weight: W, negative: bool| {
            let near = edge(bucket);
            let far = if exact { near } else { edge(bucket + 1) };
            let middle = middle(bucket, exact);
            let weight_is = weight.to_f64();
            let bar = if negative {
                Bar { low: -far, middle: -middle, high: -near, weight: weight_is }
            } else {
                Bar { low: near, middle, high: far, weight: weight_is }
            };
            (bar, weight)
        };
        let negative = self.negative.weights().rev().map(move |(at, weight)| bar(at, weight, true));
        let positive = self.positive.weights().map(move |(at, weight)| bar(at, weight, false));
        negative.chain(positive)
    }
}

impl Buckets<u64> {
    /// Returns `true` if a number is negative.
    pub(crate) fn has_negative(&self) -> bool {
        !self.negative.weights.is_empty()
    }

    /// Counts from `before` on, bucket by bucket of the positive numbers from the least on, and returns the middle of the
    /// bucket that reaches `wanted`; if none does, that of the last; `None` if there is none.
    pub(crate) fn middle_at(&self, before: u64, wanted: f64) -> Option<f64> {
        let Half { first, weights } = &self.positive;
        let (mut sum, mut last) = (before, None);
        // An octave at once, as most of them do not reach it.
        for (number, octave) in weights.chunks(OCTAVE).enumerate() {
            let all: u64 = octave.iter().sum();
            if all == 0 {
                continue;
            }
            let reaches = |sum: u64| sum.to_f64() >= wanted;
            let mut inside = sum;
            let place = if reaches(sum + all) {
                octave.iter().position(|&weight| {
                    inside += weight;
                    weight > 0 && reaches(inside)
                })
            } else {
                octave.iter().rposition(|&weight| weight > 0)
            };
            last = place.map(|place| middle(first + number * OCTAVE + place, self.are_exact()));
            sum += all;
            if reaches(sum) {
                break;
            }
        }
        last
    }
}

impl<W: Weight> Half<W> {
    const fn new() -> Self {
        Half { first: 0, weights: Vec::new() }
    }

    #[inline]
    fn add_known(&mut self, bucket: usize, weight: W) -> bool {
        match self.weights.get_mut(bucket.wrapping_sub(self.first)) {
            Some(it) => {
                *it += weight;
                true
            }
            None => false,
        }
    }

    fn add(&mut self, bucket: usize, weight: W) {
        self.make_room(bucket);
        self.add_known(bucket, weight);
    }

    /// Makes room for a bucket, by whole octaves.
    fn make_room(&mut self, bucket: usize) {
        let octave = bucket / OCTAVE * OCTAVE;
        if self.weights.is_empty() {
            self.first = octave;
        }
        if octave < self.first {
            let more = std::iter::repeat_n(W::default(), self.first - octave);
            self.weights.splice(0..0, more);
            self.first = octave;
        }
        let len = octave + OCTAVE - self.first;
        if self.weights.len() < len {
            self.weights.resize(len, W::default());
        }
    }

    /// Returns the buckets that have a weight.
    fn weights(&self) -> impl DoubleEndedIterator<Item = (usize, W)> {
        let all = self.weights.iter().enumerate();
        all.filter(|&(_, weight)| *weight != W::default())
            .map(|(index, &weight)| (self.first + index, weight))
    }

    fn merge(&mut self, other: &Self) {
        for (bucket, weight) in other.weights() {
            self.add(bucket, weight);
        }
    }
}

/// Returns the bucket of a number that is not negative, given by its bits.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "19 bits are left")]
const fn bucket(bits: u64) -> usize {
    (bits >> REST) as usize
}

/// Returns the edge of a bucket that is nearer to zero.
fn edge(bucket: usize) -> f64 {
    f64::from_bits((bucket as u64) << REST)
}

/// Returns the number that stands for a bucket: its edge, if it has no other numbers.
fn middle(bucket: usize, exact: bool) -> f64 {
    let near = edge(bucket);
    if exact { near } else { f64::midpoint(near, edge(bucket + 1).min(f64::MAX)) }
}

/// Only the buckets that have a weight are written.
#[cfg(feature = "serde")]
impl<W: Weight> From<Half<W>> for Vec<(usize, W)> {
    fn from(half: Half<W>) -> Self {
        half.weights().collect()
    }
}

#[cfg(feature = "serde")]
impl<W: Weight> TryFrom<Vec<(usize, W)>> for Half<W> {
    type Error = String;

    fn try_from(weights: Vec<(usize, W)>) -> Result<Self, String> {
        let mut half = Half::new();
        for (bucket, weight) in weights {
            if bucket >= END {
                return Err(format!("there is no bucket {bucket}: the last one is {}", END - 1));
            }
            half.add(bucket, weight);
        }
        Ok(half)
    }
}

#[cfg(test)]
mod tests {
    use super::{Buckets, END, bucket};

    #[test]
    fn a_number_is_in_its_bucket_and_near_its_middle() {
        let mut number = 1e-12_f64;
        while number < 1e12 {
            for signed in [number, -number] {
                let mut buckets = Buckets::<u64>::new();
                buckets.add(signed, 1);
                let bars: Vec<_> = buckets.bars().collect();
                let [(bar, 1)] = bars[..] else { panic!("one bucket, not {bars:?}") };
                assert!(bar.low <= signed && signed <= bar.high, "{signed} in {bar:?}");
                let error = (bar.middle - signed).abs() / number;
                assert!(error <= 1.0 / 256.0, "{signed} is {error} off the middle {}", bar.middle);
            }
            number *= 1.000_73;
        }
    }

    #[test]
    fn the_extreme_numbers_have_buckets() {
        let mut buckets = Buckets::<u64>::new();
        for number in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, -5e-324] {
            buckets.add(number, 1);
        }
        let middles: Vec<f64> = buckets.bars().map(|(bar, _)| bar.middle).collect();
        assert_eq!(middles.len(), 5);
        assert!(middles.is_sorted() && middles.iter().all(|middle| middle.is_finite()));
        assert_eq!(bucket(f64::MAX.to_bits()), END - 1);
    }

    #[test]
    fn octaves_are_there_in_whatever_order_they_came() {
        let numbers = [3.0, 1000.0, 0.001, -5.0, 17.25, -0.3];
        let (mut one, mut other) = (Buckets::<u64>::new(), Buckets::<u64>::new());
        for &number in &numbers {
            one.add(number, 1);
        }
        for &number in numbers.iter().rev() {
            other.add(number, 1);
        }
        assert_eq!(one, other);
    }
}
