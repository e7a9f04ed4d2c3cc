//! An allocator that counts, for each thread, the memory in use: a test runs in a thread of its own
//! and sees what its simulation holds, whatever the tests beside it do.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    // Neither has a destructor, so that they can be counted in at any time of a thread's life.
    static IN_USE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let in_use = IN_USE.get() + bytes;
    IN_USE.set(in_use);
    PEAK.set(PEAK.get().max(in_use));
}

// SAFETY: all work is done by the system's allocator, with the very arguments given here; counting
// allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size.cast_signed() - layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(memory, layout, size) }
    }
}

/// The bytes that this thread has allocated and not freed.
pub(crate) fn in_use() -> isize {
    IN_USE.get()
}

/// The most bytes that were in use at a time while `work` ran, more than before.
pub(crate) fn peak<R>(work: impl FnOnce() -> R) -> (R, isize) {
    let before = in_use();
    PEAK.set(before);
    let result = work();
    (result, PEAK.get() - before)
}
