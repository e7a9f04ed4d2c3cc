//! Fetching memory before it is needed.
//!
//! With a hundred thousand processes a turn of the loop is spent waiting for memory: the slot and
//! the body of the process that resumes are in no cache. The agenda knows who resumes next, so the
//! processor can be asked to fetch these while the current process runs. To read them would do so
//! too, but then the processor must wait for what it has read; a hint it can forget.
//!
//! This is the one place of the crate with `unsafe` in it.
#![allow(unsafe_code, reason = "the hint is an unsafe function, though it cannot go wrong")]

/// Memory comes in lines of so many bytes.
const LINE: usize = 64;
/// Of a large value only so many lines are fetched.
const LINES: usize = 3;

/// Asks the processor to fetch a value; does nothing on one without such a hint.
#[inline]
pub(super) fn prefetch<T: ?Sized>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = std::ptr::from_ref(value).cast::<i8>();
        let last = size_of_val(value).saturating_sub(1);
        for line in 0..LINES {
            let offset = (line * LINE).min(last);
            // SAFETY: a prefetch reads nothing, changes nothing and never faults, whatever the
            // address; this one lies within a live reference.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(offset)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = value;
    }
}
