//! The kinds of blocks: what is in one, and how to handle it.
//!
//! A block is a head and, behind it, the contents: the future of a process or, once that has finished,
//! its result. The first word of the head says which of them is there: it points to a [`Kind`]. So the
//! kind is the only proof of what the contents are. Whoever changes the contents changes the kind, and
//! before code of the user runs that may panic, the kind says what is true if it does.

use std::alloc::Layout;
use std::any::TypeId;
use std::marker::PhantomData;
use std::task::{Context, Poll};
use std::{error::Error, mem::needs_drop, pin::Pin, ptr, ptr::NonNull};

use crate::engine::body::pages::Size;
use crate::engine::outcome::Outcome;

pub(super) type BoxedError = Box<dyn Error + Send + Sync>;

/// What a future leaves when it has finished.
type ResultOf<F> =
    Result<<<F as Future>::Output as Outcome>::Value, <<F as Future>::Output as Outcome>::Error>;

/// The head of a block.
#[repr(C)]
pub(super) struct Head<P> {
    pub(super) kind: &'static Kind,
    pub(super) papers: P,
}

/// What the contents of a block are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// A future that has not finished and has not panicked.
    Alive,
    /// The result of the future.
    Over,
    /// Nothing.
    Empty,
    /// Something that belongs to a [`Running`](super::Running) or to [`Contents`](super::Contents), which
    /// know its kind.
    Out,
    /// The same, and the block belongs to them, too: its body is gone.
    Orphaned,
}

/// What is in a block, and how to handle it. Each function is for blocks of this kind only.
pub(super) struct Kind {
    pub(super) stage: Stage,
    /// Polls the future. It belongs to the caller: the kind of the block is `OUT`. Afterwards it is that
    /// of what is there now, also if the future panics.
    pub(super) poll: unsafe fn(NonNull<u8>, &mut Context<'_>) -> Poll<bool>,
    /// Drops the contents, if they need it.
    pub(super) drop: Option<unsafe fn(NonNull<u8>)>,
    /// Returns `true` if the contents are the result of a process that failed.
    pub(super) has_failed: unsafe fn(NonNull<u8>) -> bool,
    /// Takes the error out of such contents.
    pub(super) take_error: unsafe fn(NonNull<u8>) -> BoxedError,
    /// Returns the type of the result that the future gives.
    pub(super) result: fn() -> TypeId,
    /// Returns the kind of this block when it is empty.
    pub(super) empty: fn() -> &'static Kind,
    /// Where the contents are in the block.
    pub(super) contents: usize,
    pub(super) layout: Layout,
    /// The size of the block, if it is in a page.
    pub(super) size: Option<Size>,
}

/// The kind of every block whose contents belong to somebody else.
pub(super) static OUT: Kind = Kind { stage: Stage::Out, ..NOTHING };
/// The kind of every block whose body is gone and whose contents belong to somebody else.
pub(super) static ORPHANED: Kind = Kind { stage: Stage::Orphaned, ..NOTHING };

const NOTHING: Kind = {
    unsafe fn poll(_: NonNull<u8>, _: &mut Context<'_>) -> Poll<bool> {
        unreachable!("nothing is polled that is not alive")
    }
    // There is such a function, so that one look tells whether a block can simply be given back.
    unsafe fn drop(_: NonNull<u8>) {
        unreachable!("what belongs to somebody else is not dropped")
    }
    unsafe fn take_error(_: NonNull<u8>) -> BoxedError {
        unreachable!("there is no error")
    }
    Kind {
        stage: Stage::Out,
        poll,
        drop: Some(drop),
        has_failed: no,
        take_error,
        result: TypeId::of::<()>,
        empty: || &OUT,
        contents: 0,
        layout: Layout::new::<()>(),
        size: None,
    }
};

unsafe fn no(_: NonNull<u8>) -> bool {
    false
}

/// The blocks for the future `F`, with the papers `P` in their heads.
pub(super) struct BlockOf<F, P>(PhantomData<(F, P)>);

/// The contents of a block have the size and the alignment of the larger of both.
union FutureOrResult<F: Future<Output: Outcome>> {
    _future: std::mem::ManuallyDrop<F>,
    _result: std::mem::ManuallyDrop<ResultOf<F>>,
}

#[repr(C)]
struct Block<F: Future<Output: Outcome>, P> {
    _head: Head<P>,
    contents: FutureOrResult<F>,
}

impl<F: Future<Output: Outcome> + 'static, P: 'static> BlockOf<F, P> {
    const CONTENTS: usize = std::mem::offset_of!(Block<F, P>, contents);
    const LAYOUT: Layout = Layout::new::<Block<F, P>>();
    pub(super) const SIZE: Option<Size> = Size::of(Self::LAYOUT);

    pub(super) const ALIVE: &'static Kind = &Kind {
        stage: Stage::Alive,
        poll: Self::poll,
        drop: if needs_drop::<F>() { Some(Self::drop::<F>) } else { None },
        ..Self::EMPTY_KIND
    };

    const OVER: &'static Kind = &Kind {
        stage: Stage::Over,
        drop: if needs_drop::<ResultOf<F>>() { Some(Self::drop::<ResultOf<F>>) } else { None },
        has_failed: Self::has_failed,
        take_error: Self::take_error,
        ..Self::EMPTY_KIND
    };

    const EMPTY: &'static Kind = &Self::EMPTY_KIND;

    const EMPTY_KIND: Kind = Kind {
        stage: Stage::Empty,
        drop: None,
        result: TypeId::of::<ResultOf<F>>,
        empty: || Self::EMPTY,
        contents: Self::CONTENTS,
        layout: Self::LAYOUT,
        size: Self::SIZE,
        ..NOTHING
    };

    /// Returns where the future is in the block.
    ///
    /// # Safety
    ///
    /// The block has this layout.
    #[inline]
    pub(super) unsafe fn future(block: NonNull<u8>) -> NonNull<F> {
        // SAFETY: the caller's: the contents are inside the block.
        unsafe { block.byte_add(Self::CONTENTS).cast() }
    }

    /// Sets the kind of the block.
    ///
    /// # Safety
    ///
    /// The block has this layout, and its contents are of this kind.
    #[inline]
    unsafe fn set_kind(block: NonNull<u8>, kind: &'static Kind) {
        // SAFETY: the caller's: a block begins with its kind.
        unsafe { block.cast::<&'static Kind>().write(kind) };
    }

    /// # Safety
    ///
    /// There is a future in the block. It belongs to the caller, and has not moved since it was written.
    unsafe fn poll(block: NonNull<u8>, context: &mut Context<'_>) -> Poll<bool> {
        /// What is done if the future panics: it is dropped, and the block is empty.
        struct Panicked<F: Future<Output: Outcome> + 'static, P: 'static>(
            NonNull<u8>,
            PhantomData<(F, P)>,
        );
        impl<F: Future<Output: Outcome> + 'static, P: 'static> Drop for Panicked<F, P> {
            #[cold]
            fn drop(&mut self) {
                let _empty = Emptied::<F, P>(self.0, PhantomData);
                // SAFETY: the future is there, and nobody uses it after that: the block becomes empty,
                // also if this panics.
                unsafe { ptr::drop_in_place(BlockOf::<F, P>::future(self.0).as_ptr()) };
            }
        }
        /// Makes the block empty when it is dropped.
        struct Emptied<F: Future<Output: Outcome> + 'static, P: 'static>(
            NonNull<u8>,
            PhantomData<(F, P)>,
        );
        impl<F: Future<Output: Outcome> + 'static, P: 'static> Drop for Emptied<F, P> {
            fn drop(&mut self) {
                // SAFETY: what was there has been dropped.
                unsafe { BlockOf::<F, P>::set_kind(self.0, BlockOf::<F, P>::EMPTY) };
            }
        }

        // SAFETY: the caller's. The future is pinned: it stays in its block until it is dropped in it.
        unsafe {
            let future = Self::future(block);
            let panicked = Panicked::<F, P>(block, PhantomData);
            let Poll::Ready(outcome) = Pin::new_unchecked(&mut *future.as_ptr()).poll(context)
            else {
                std::mem::forget(panicked);
                Self::set_kind(block, Self::ALIVE);
                return Poll::Pending;
            };
            let result = outcome.into_result();
            std::mem::forget(panicked);
            let ended_well = result.is_ok();
            let emptied = Emptied::<F, P>(block, PhantomData);
            ptr::drop_in_place(future.as_ptr());
            std::mem::forget(emptied);
            // The result is where the future was, which is gone.
            future.cast::<ResultOf<F>>().write(result);
            Self::set_kind(block, Self::OVER);
            Poll::Ready(ended_well)
        }
    }

    /// # Safety
    ///
    /// The contents are a `T`. Nobody uses them afterwards, also if this panics.
    unsafe fn drop<T>(block: NonNull<u8>) {
        // SAFETY: the caller's.
        unsafe { ptr::drop_in_place(Self::future(block).cast::<T>().as_ptr()) };
    }

    /// # Safety
    ///
    /// The contents are a result.
    unsafe fn has_failed(block: NonNull<u8>) -> bool {
        // SAFETY: the caller's. The reference ends here.
        unsafe { Self::future(block).cast::<ResultOf<F>>().as_ref().is_err() }
    }

    /// # Safety
    ///
    /// The contents are a result that has failed. Nobody uses it afterwards, also if this panics.
    unsafe fn take_error(block: NonNull<u8>) -> BoxedError {
        // SAFETY: the caller's.
        let result = unsafe { Self::future(block).cast::<ResultOf<F>>().read() };
        match result {
            Err(error) => <F::Output as Outcome>::into_error(error),
            Ok(_) => unreachable!("only a failed result is asked for its error"),
        }
    }
}
