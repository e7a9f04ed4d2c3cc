//! The traits of the `rand` family: every distribution of these crates can be drawn from a stream.

use std::convert::Infallible;

use rand_core::TryRng;

use crate::random::stream::Stream;

impl Stream {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes()[..chunk.len()]);
        }
    }

    /// The high half, as the low bits of some generators are worse.
    #[inline]
    fn half(&self) -> u32 {
        (self.bits() >> 32) as u32
    }
}

/// For `rand` and what builds on it. It never fails, so a stream has the trait `rand::Rng` too.
///
/// ```
/// use asim::prelude::*;
/// use rand_core::Rng;
///
/// let mut stream = Stream::seeded(42, "bits");
/// assert_ne!(stream.next_u64(), stream.next_u64());
/// ```
impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.half())
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

/// The same for a reference, where only that is at hand: `distribution.sample(&mut &stream)`.
///
/// ```
/// use asim::prelude::*;
/// use rand_core::Rng;
///
/// let stream = Stream::seeded(42, "bits");
/// let (first, second) = ((&stream).next_u64(), (&stream).next_u64());
/// assert_ne!(first, second);
/// ```
impl TryRng for &Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.half())
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}
