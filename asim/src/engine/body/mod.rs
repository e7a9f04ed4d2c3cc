//! The body of a process: its future and, once that has finished, its result.
//!
//! A body is one block of memory and a pointer to it. In front of the contents are the *papers*: what
//! the engine notes about the process. The block of a body that has ended is used again by the next body
//! of its size.
//!
//! This folder is one of the two places of the crate with `unsafe` in them. `Pin<Box<dyn Body>>` would do
//! without: then a body takes two words in the table, two allocations a process (or a search for one that
//! can be used again), and each future is copied once more when its process starts.
//!
//! # Why this is sound
//!
//! Safe code outside of this folder cannot misuse it; what must hold is upheld here alone.
//!
//! * **Who owns what.** A [`Body`] owns a block, and the contents too, unless they are *out*. They are out
//!   while the process runs: then a [`Running`] owns them. When a process is ended from outside, its
//!   [`Contents`] are taken out for good. None of the three can be cloned, so nothing has two owners.
//! * **What is there.** The first word of a block, its [kind](Kind), says what the contents are and which
//!   functions handle them. It is changed together with the contents, and before code of the user runs
//!   that may panic or look at the block. So if a future panics, or a value does when it is dropped, its
//!   block is empty: what panicked is dropped once and never used again.
//! * **When a block is freed.** When its body is dropped; the body drops what is in it first. If the
//!   contents of a block are out then, the owner of the contents frees it (they are *orphaned*), or, if the
//!   process runs, nobody does: that is a leak, and does not happen, because a process is taken out of the
//!   table only when it has paused or ended.
//! * **Pinning.** A future is written where it stays: into a block that is neither moved nor freed before
//!   the future was dropped in its place. No function returns it or lends it out.
//! * **Types.** The functions of a kind are made for one type of future and of papers. The kind is written
//!   by [`Body::new`], which knows both. A result is taken only by its type.
//! * **Pointers.** All come from the pointer of the allocation, by [`NonNull`]; references to the papers or
//!   to the contents are made for one call and cover no more than these. While a process runs, the engine
//!   may use its papers: they do not overlap with the contents.
//! * **Threads.** Nothing here is `Send` or `Sync`.
//!
//! [`pages`] says why the memory is sound, [`number_or_box`] why the papers are.
#![allow(unsafe_code, reason = "proved above")]

mod kind;
mod number_or_box;
mod pages;
#[cfg(test)]
mod tests;

use std::alloc::{alloc, dealloc, handle_alloc_error};
use std::any::TypeId;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};
use std::task::{Context, Poll};

use crate::engine::body::kind::{BlockOf, BoxedError, Head, Kind, ORPHANED, OUT, Stage};
use crate::engine::outcome::Outcome;
use crate::engine::prefetch::prefetch_block;

pub(crate) use crate::engine::body::number_or_box::NumberOrBox;
pub(crate) use crate::engine::body::pages::Pages;

/// The body of a started process, whatever the type of its future, with the papers `P`.
pub(crate) struct Body<P> {
    block: NonNull<Head<P>>,
    owned: PhantomData<P>,
}

/// The body of a process that runs.
pub(crate) struct Running<P> {
    block: NonNull<Head<P>>,
    kind: &'static Kind,
}

/// The contents of a body that were taken out of it.
pub(crate) struct Contents<P> {
    block: NonNull<Head<P>>,
    kind: &'static Kind,
    owned: PhantomData<P>,
}

impl<P: 'static> Body<P> {
    /// Makes a body with the future that `make` returns. It is built in its place.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "each step less copies the future once less")]
    pub(crate) fn new<F>(pages: &Pages, papers: P, make: impl FnOnce() -> F) -> Self
    where
        F: Future<Output: Outcome> + 'static,
    {
        /// Frees the block if no future comes to be in it.
        struct Unfilled<P>(NonNull<Head<P>>, &'static Kind);
        impl<P> Drop for Unfilled<P> {
            #[cold]
            fn drop(&mut self) {
                // SAFETY: nothing is in the block, and nobody has a pointer to it.
                unsafe { free(self.0, self.1) };
            }
        }
        let kind = BlockOf::<F, P>::ALIVE;
        let block = match BlockOf::<F, P>::SIZE {
            Some(size) => pages.take(size).cast::<Head<P>>(),
            None => allocate(kind),
        };
        let unfilled = Unfilled(block, kind);
        // SAFETY: the block has this layout, and is nobody else's.
        unsafe { BlockOf::<F, P>::future(block.cast()).write(make()) };
        std::mem::forget(unfilled);
        // SAFETY: the same.
        unsafe { block.write(Head { kind, papers }) };
        Body { block, owned: PhantomData }
    }

    #[inline]
    fn kind(&self) -> &'static Kind {
        // SAFETY: the block is there as long as its body.
        unsafe { (*self.block.as_ptr()).kind }
    }

    /// Takes the future out to poll it, or returns `None` if there is none: the process runs, or has
    /// ended.
    #[inline]
    pub(crate) fn begin(&mut self) -> Option<Running<P>> {
        let kind = self.kind();
        if kind.stage != Stage::Alive {
            return None;
        }
        // SAFETY: the block is there. The contents get a new owner.
        unsafe { (*self.block.as_ptr()).kind = &OUT };
        Some(Running { block: self.block, kind })
    }

    /// Returns `true` if somebody else has the contents: the process runs, or they are being dropped.
    #[inline]
    pub(crate) fn is_out(&self) -> bool {
        self.kind().stage == Stage::Out
    }

    /// Takes the contents out, unless somebody else has them.
    pub(crate) fn take_contents(&mut self) -> Option<Contents<P>> {
        let kind = self.kind();
        if kind.stage == Stage::Out {
            return None;
        }
        // SAFETY: the block is there. The contents get a new owner.
        unsafe { (*self.block.as_ptr()).kind = &OUT };
        Some(Contents { block: self.block, kind, owned: PhantomData })
    }

    /// Frees a body whose contents need no drop, if its papers need none either, which `is_plain` says.
    /// (They are not dropped.) Otherwise does nothing and returns `false`.
    #[inline]
    pub(crate) fn free_bare(slot: &mut Option<Self>, is_plain: impl FnOnce(&P) -> bool) -> bool {
        let Some(body) = slot else { return false };
        let (block, kind) = (body.block, body.kind());
        if kind.drop.is_some() || !is_plain(body) {
            return false;
        }
        std::mem::forget(slot.take());
        // SAFETY: the body has given up its block, which is of this kind. The contents are not out: they
        // would be of a kind that needs a drop.
        unsafe { free(block, kind) };
        true
    }

    /// Takes the result, if it is there and of this type. Frees the body.
    #[inline]
    pub(crate) fn into_result<R: 'static>(self) -> Option<R> {
        let kind = self.kind();
        if kind.stage != Stage::Over || (kind.result)() != TypeId::of::<R>() {
            return None;
        }
        let this = ManuallyDrop::new(self);
        // SAFETY: the contents are a result, and this is its type. Nobody uses them afterwards: the
        // block is freed, and the guard is there before the papers are dropped.
        unsafe {
            let result = contents(this.block, kind).cast::<R>().read();
            let _freed = Freed(this.block, kind);
            ptr::drop_in_place(&raw mut (*this.block.as_ptr()).papers);
            Some(result)
        }
    }

    /// Takes the error of a process that failed. A value stays where it is and is dropped with the body.
    pub(crate) fn take_error(&mut self) -> Option<BoxedError> {
        let kind = self.kind();
        // SAFETY: the contents are of this kind. The block is empty before the error is taken.
        unsafe {
            let block = self.block.cast();
            (kind.has_failed)(block).then(|| {
                (*self.block.as_ptr()).kind = (kind.empty)();
                (kind.take_error)(block)
            })
        }
    }

    /// Fetches its memory, which will be needed soon.
    #[inline]
    pub(crate) fn prefetch(&self) {
        prefetch_block(self.block.as_ptr().cast_const().cast());
    }
}

impl<P> Deref for Body<P> {
    type Target = P;

    #[inline]
    fn deref(&self) -> &P {
        // SAFETY: the papers are there as long as the body, and only the body lends them.
        unsafe { &(*self.block.as_ptr()).papers }
    }
}

impl<P> DerefMut for Body<P> {
    #[inline]
    fn deref_mut(&mut self) -> &mut P {
        // SAFETY: the same.
        unsafe { &mut (*self.block.as_ptr()).papers }
    }
}

impl<P> Drop for Body<P> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the block is there. Its contents are of this kind, and are dropped once: nobody uses the
        // block afterwards.
        unsafe {
            let kind = (*self.block.as_ptr()).kind;
            if let Some(drop) = kind.drop {
                if kind.stage == Stage::Out {
                    (*self.block.as_ptr()).kind = &ORPHANED;
                    ptr::drop_in_place(&raw mut (*self.block.as_ptr()).papers);
                    return;
                }
                let _rest = Rest(self.block, kind);
                drop(self.block.cast());
                return;
            }
            drop_papers(self.block, kind);
        }
    }
}

impl<P> Running<P> {
    /// Polls the future, and gives it back to its body. Ready when the process has ended by itself;
    /// `true` if it ended well.
    #[inline]
    pub(crate) fn poll(self, context: &mut Context<'_>) -> Poll<bool> {
        let this = ManuallyDrop::new(self);
        // SAFETY: this owns the contents, a future, and gives them up. The block is there: its body does
        // not free it while they are out.
        unsafe { (this.kind.poll)(this.block.cast(), context) }
    }
}

impl<P> Drop for Running<P> {
    /// Gives the future back.
    fn drop(&mut self) {
        // SAFETY: the block is there, as in `poll`, and the future is in it.
        unsafe { (*self.block.as_ptr()).kind = self.kind };
    }
}

impl<P> Contents<P> {
    /// Takes the error of a process that failed. Drops anything else.
    pub(crate) fn into_error(self) -> Option<BoxedError> {
        // SAFETY: the contents are of this kind.
        if !unsafe { (self.kind.has_failed)(self.block.cast()) } {
            return None;
        }
        let this = ManuallyDrop::new(self);
        let _rest = ContentsGone(this.block, this.kind);
        // SAFETY: the same. They are not used afterwards.
        Some(unsafe { (this.kind.take_error)(this.block.cast()) })
    }
}

impl<P> Drop for Contents<P> {
    fn drop(&mut self) {
        let _rest = ContentsGone(self.block, self.kind);
        if let Some(drop) = self.kind.drop {
            // SAFETY: the contents are of this kind. They are not used afterwards.
            unsafe { drop(self.block.cast()) };
        }
    }
}

/// Does what follows when contents that were out have gone, also if that panics.
struct ContentsGone<P>(NonNull<Head<P>>, &'static Kind);

impl<P> Drop for ContentsGone<P> {
    fn drop(&mut self) {
        // SAFETY: the block is there: its body does not free it while the contents are out. If the body
        // is gone, nobody else has a pointer to it.
        unsafe {
            if (*self.0.as_ptr()).kind.stage == Stage::Orphaned {
                free(self.0, self.1);
            } else {
                (*self.0.as_ptr()).kind = (self.1.empty)();
            }
        }
    }
}

/// Drops the papers of a body and frees its block, also if the contents panic when they are dropped.
struct Rest<P>(NonNull<Head<P>>, &'static Kind);

impl<P> Drop for Rest<P> {
    fn drop(&mut self) {
        // SAFETY: the contents are gone, and the body, too.
        unsafe { drop_papers(self.0, self.1) };
    }
}

/// Frees a block when it is dropped.
struct Freed<P>(NonNull<Head<P>>, &'static Kind);

impl<P> Drop for Freed<P> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: whoever makes one has dropped what was in the block, or drops it meanwhile.
        unsafe { free(self.0, self.1) };
    }
}

/// Drops the papers of a body and frees its block.
///
/// # Safety
///
/// The block is of this kind, its contents are gone, and nobody uses it any more.
#[inline]
unsafe fn drop_papers<P>(block: NonNull<Head<P>>, kind: &'static Kind) {
    let _freed = Freed(block, kind);
    // SAFETY: the caller's.
    unsafe { ptr::drop_in_place(&raw mut (*block.as_ptr()).papers) };
}

/// Returns where the contents are.
///
/// # Safety
///
/// The block is of this kind.
#[inline]
unsafe fn contents<P>(block: NonNull<Head<P>>, kind: &'static Kind) -> NonNull<u8> {
    // SAFETY: the caller's.
    unsafe { block.cast::<u8>().byte_add(kind.contents) }
}

/// Allocates a block that is too large for the pages.
#[cold]
#[inline(never)]
fn allocate<P>(kind: &'static Kind) -> NonNull<Head<P>> {
    assert!(kind.layout.size() > 0);
    // SAFETY: the layout has a size.
    let block = NonNull::new(unsafe { alloc(kind.layout) });
    block.unwrap_or_else(|| handle_alloc_error(kind.layout)).cast()
}

/// Frees a block.
///
/// # Safety
///
/// The block was made for this kind, nothing in it must be dropped, and nobody uses it any more.
#[inline]
unsafe fn free<P>(block: NonNull<Head<P>>, kind: &'static Kind) {
    // SAFETY: the caller's. The size and the layout are those with which it was made.
    unsafe {
        if kind.size.is_some() {
            pages::give_back(block.cast());
        } else {
            dealloc(block.as_ptr().cast(), kind.layout);
        }
    }
}
