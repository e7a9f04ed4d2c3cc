//! Prefetching: memory is fetched before it is needed.
//!
//! With a hundred thousand processes, a turn of the loop mostly waits for memory: the cell and the body
//! of the next process are in no cache. The agenda knows which process is next. So the processor can be
//! asked to fetch its memory while the current process runs. Reading the memory would fetch it too, but
//! the processor has to wait for what it reads. It does not have to wait for a hint.
//!
//! This is the only file of the crate with `unsafe` in it.
#![allow(unsafe_code, reason = "the hint is an unsafe function, though it cannot go wrong")]

/// The bytes of a cache line.
const LINE: usize = 64;
/// The most lines that are fetched of one value.
const LINES: usize = 3;

/// Asks the processor to fetch a value. Does nothing on a processor without such a hint.
#[inline]
pub(crate) fn prefetch<T: ?Sized>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = std::ptr::from_ref(value).cast::<i8>();
        let last = size_of_val(value).saturating_sub(1);
        for line in 0..LINES {
            let offset = (line * LINE).min(last);
            // SAFETY: a prefetch reads nothing, changes nothing and never faults, whatever the address.
            // This address is inside a live reference.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(offset)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = value;
    }
}
