//! Prefetching: memory is fetched before it is needed.
//!
//! With a hundred thousand processes, a turn of the loop mostly waits for memory: the cell and the body
//! of the next process are in no cache. The agenda knows which process is next. So the processor can be
//! asked to fetch its memory while the current process runs. Reading the memory would fetch it too, but
//! the processor has to wait for what it reads. It does not have to wait for a hint.
//!
//! This is one of the two places of the crate with `unsafe` in them.
#![allow(unsafe_code, reason = "the hint is an unsafe function, though it cannot go wrong")]

/// The bytes of a cache line.
const LINE: usize = 64;
/// The most lines that are fetched of one value.
const LINES: usize = 3;
/// The bytes that are fetched of a block: what most blocks have at most.
const BLOCK: usize = 136;

/// Asks the processor to fetch a value. Does nothing on a processor without such a hint.
#[inline]
pub(crate) fn prefetch<T>(value: &T) {
    prefetch_lines(std::ptr::from_ref(value).cast(), size_of::<T>());
}

/// Asks the processor to fetch the block that begins here, the size of which is not known before it is
/// read.
#[inline]
pub(crate) fn prefetch_block(start: *const u8) {
    prefetch_lines(start, BLOCK);
}

#[inline]
fn prefetch_lines(start: *const u8, size: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let last = size.saturating_sub(1);
        for line in 0..LINES {
            let offset = (line * LINE).min(last);
            // SAFETY: a prefetch reads nothing, changes nothing and never faults, whatever the address.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(offset).cast()) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (start, size);
    }
}
