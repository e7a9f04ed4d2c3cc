//! The memory of bodies: blocks of equal size in pages, reused as soon as they are free.
//!
//! Models start the same few kinds of processes over and over. A block that has just become free is in
//! the processor's cache, and taking it costs a tenth of what the system's allocator costs. It has no
//! bookkeeping of its own either: many bodies of one size lie side by side, in the order in which they
//! were started.
//!
//! # Why this is sound
//!
//! * A page is one allocation, at an address that is a multiple of [`PAGE`], and no larger. So the page of
//!   a block is found from the block's address. Every pointer to a block comes from the pointer of its
//!   page's allocation, and goes back to it by a change of the address alone. No reference to less than
//!   that was made on the way.
//! * The blocks of a page begin behind its head, one after the other. A block is *live* (somebody owns
//!   it), in the chain of the page's free blocks, or not used yet (behind [`Page::unused`]). [`Pages::take`]
//!   gives away a block that is not live. [`give_back`] is unsafe, because only its caller knows that the
//!   block is live and that nobody will use it any more.
//! * [`Page::live`] counts the live blocks, and one more while the page is the first of its list. A page
//!   is freed only when it is 0. So no page is freed while a block in it is live, or while it is the one
//!   that the next block is taken from.
//! * The table is freed by the last of the [`Pages`] and the pages. So the pointer of a page to the table
//!   is good as long as there is the page, also if a body outlives its simulation.
//! * None of this runs code of the user, and none of it leaves the thread: the pointers are neither
//!   `Send` nor `Sync`.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::{cell::Cell, ptr::NonNull};

/// The address of a page is a multiple of this.
const PAGE: usize = 32 * 1024;
/// The bytes of a page. Most allocators put two words before what they return. These words of the next
/// page find their place at the end of this one, so that no gap is between the pages.
const BYTES: usize = PAGE - 2 * size_of::<usize>();
/// The sizes of blocks are multiples of this, and so are their addresses.
const GRAIN: usize = align_of::<usize>();
/// The bytes of the largest block that is in a page.
const LARGEST: usize = 2048;
const SIZES: usize = LARGEST / GRAIN;
/// The most empty pages that are kept, beside one of each size.
const MOST_EMPTY: usize = 16;

const LAYOUT: Layout = match Layout::from_size_align(BYTES, PAGE) {
    Ok(layout) => layout,
    Err(_) => panic!(),
};

/// The size of a block: how many grains it has, less one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Size(usize);

impl Size {
    /// Returns the size of the blocks for this layout, or `None` if pages do not have such blocks.
    pub(super) const fn of(layout: Layout) -> Option<Size> {
        let grains = layout.size().div_ceil(GRAIN);
        let fits = layout.align() <= GRAIN && grains > 0 && grains <= SIZES;
        if fits { Some(Size(grains - 1)) } else { None }
    }

    const fn bytes(self) -> usize {
        (self.0 + 1) * GRAIN
    }
}

/// A block that is not in use.
struct Free {
    next: Link<Free>,
}

type Link<T> = Option<NonNull<T>>;

/// The head of a page.
#[repr(C)]
struct Page {
    /// The chain of the blocks that have become free.
    free: Cell<Link<Free>>,
    /// How many blocks are live, and one more while the page is the first of its list.
    live: Cell<usize>,
    /// Whether the page is in the list of those that have room.
    is_listed: Cell<bool>,
    /// Where the blocks begin that have never been used.
    unused: Cell<usize>,
    /// The size of its blocks.
    size: Size,
    next: Cell<Link<Page>>,
    previous: Cell<Link<Page>>,
    table: NonNull<Table>,
}

/// The pages of one simulation.
struct Table {
    /// For each size, the first of the pages that may have room. The next block comes from it.
    first: [Cell<Link<Page>>; SIZES],
    /// How many pages there are.
    pages: Cell<usize>,
    /// How many of them are empty and not the first of their list.
    empty: Cell<usize>,
    /// Whether no empty page is kept any more.
    is_released: Cell<bool>,
    /// Whether the [`Pages`] are gone.
    is_dropped: Cell<bool>,
}

/// The memory of the bodies of one simulation. Bodies may outlive it.
pub(crate) struct Pages {
    table: NonNull<Table>,
}

impl Pages {
    pub(crate) fn new() -> Self {
        let table = Box::new(Table {
            first: [const { Cell::new(None) }; SIZES],
            pages: Cell::new(0),
            empty: Cell::new(0),
            is_released: Cell::new(false),
            is_dropped: Cell::new(false),
        });
        Pages { table: NonNull::from(Box::leak(table)) }
    }

    /// Takes a block. Nobody else uses its bytes until it is [given back](give_back).
    #[inline]
    pub(super) fn take(&self, size: Size) -> NonNull<u8> {
        // SAFETY: the table is there as long as `self`.
        let table = unsafe { self.table.as_ref() };
        if let Some(page) = table.first[size.0].get() {
            // SAFETY: a listed page has not been freed. A free block begins with the link.
            unsafe {
                let page = page.as_ref();
                if let Some(block) = page.free.get() {
                    page.free.set(block.as_ref().next);
                    page.live.set(page.live.get() + 1);
                    return block.cast();
                }
            }
        }
        self.take_unused(size)
    }

    /// Does the same as [`take`](Self::take) if the first page has no block that was used before.
    #[cold]
    #[inline(never)]
    fn take_unused(&self, size: Size) -> NonNull<u8> {
        // SAFETY: as in `take`.
        let table = unsafe { self.table.as_ref() };
        let list = &table.first[size.0];
        loop {
            let first = list.get().unwrap_or_else(|| table.make_first(self.table, size));
            // SAFETY: as in `take`. The block is inside the page, as the check of the room says.
            unsafe {
                let page = first.as_ref();
                if let Some(block) = page.free.get() {
                    page.free.set(block.as_ref().next);
                    page.live.set(page.live.get() + 1);
                    return block.cast();
                }
                let unused = page.unused.get();
                if unused + size.bytes() <= BYTES {
                    page.unused.set(unused + size.bytes());
                    page.live.set(page.live.get() + 1);
                    return first.byte_add(unused).cast();
                }
            }
            table.unlist_full(list);
        }
    }

    /// Gives back the memory of all empty pages, now and as soon as they become empty.
    pub(crate) fn release(&self) {
        // SAFETY: as in `take`.
        let table = unsafe { self.table.as_ref() };
        table.is_released.set(true);
        // The table stays until this is over: it is not dropped.
        for list in &table.first {
            let mut next = list.take();
            if let Some(first) = next {
                // SAFETY: a listed page has not been freed.
                let live = unsafe { &first.as_ref().live };
                live.set(live.get() - 1);
            }
            while let Some(page) = next {
                // SAFETY: the same.
                unsafe {
                    next = page.as_ref().next.take();
                    page.as_ref().previous.set(None);
                    page.as_ref().is_listed.set(false);
                    if page.as_ref().live.get() == 0 {
                        free_page(page);
                    }
                }
            }
        }
        table.empty.set(0);
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.release();
        // SAFETY: as in `take`. No reference to the table is used after `free_if_last`.
        unsafe {
            self.table.as_ref().is_dropped.set(true);
            Table::free_if_last(self.table);
        }
    }
}

impl Table {
    /// Makes a page, which becomes the first of its empty list.
    fn make_first(&self, table: NonNull<Table>, size: Size) -> NonNull<Page> {
        // SAFETY: the layout has a size. The head fits in, and is written before anybody reads it.
        let page = unsafe {
            let Some(page) = NonNull::new(alloc(LAYOUT)) else { handle_alloc_error(LAYOUT) };
            let page = page.cast::<Page>();
            page.write(Page {
                free: Cell::new(None),
                live: Cell::new(1),
                is_listed: Cell::new(true),
                unused: Cell::new(size_of::<Page>()),
                size,
                next: Cell::new(None),
                previous: Cell::new(None),
                table,
            });
            page
        };
        self.pages.set(self.pages.get() + 1);
        let before = self.first[size.0].replace(Some(page));
        debug_assert!(before.is_none(), "a page is made when no other has room");
        page
    }

    /// Takes the first page, which is full, out of its list. The next one becomes the first.
    fn unlist_full(&self, list: &Cell<Link<Page>>) {
        let Some(full) = list.get() else { return };
        // SAFETY: listed pages have not been freed.
        unsafe {
            let full = full.as_ref();
            debug_assert!(full.live.get() > 1, "a full page has live blocks");
            full.live.set(full.live.get() - 1);
            full.is_listed.set(false);
            list.set(full.next.take());
            if let Some(first) = list.get() {
                let first = first.as_ref();
                first.previous.set(None);
                if first.live.get() == 0 {
                    self.empty.set(self.empty.get() - 1);
                }
                first.live.set(first.live.get() + 1);
            }
        }
    }

    /// Lists a page that has room again, behind the first.
    ///
    /// # Safety
    ///
    /// The page belongs to this table, and is not listed.
    unsafe fn list(&self, page: NonNull<Page>) {
        // SAFETY: neither this page nor a listed one has been freed.
        unsafe {
            let head = page.as_ref();
            head.is_listed.set(true);
            let list = &self.first[head.size.0];
            let Some(first) = list.get() else {
                list.set(Some(page));
                head.live.set(head.live.get() + 1);
                return;
            };
            let next = first.as_ref().next.replace(Some(page));
            head.previous.set(Some(first));
            head.next.set(next);
            if let Some(next) = next {
                next.as_ref().previous.set(Some(page));
            }
        }
    }

    /// Frees the table if nothing needs it any more.
    ///
    /// # Safety
    ///
    /// The table has not been freed, and the caller does not use it afterwards.
    unsafe fn free_if_last(table: NonNull<Table>) {
        // SAFETY: the caller's. The table was a box.
        unsafe {
            if table.as_ref().is_dropped.get() && table.as_ref().pages.get() == 0 {
                drop(Box::from_raw(table.as_ptr()));
            }
        }
    }
}

/// Gives back a block.
///
/// # Safety
///
/// The block was [taken](Pages::take), was not given back since, and nobody uses it any more.
#[inline]
pub(super) unsafe fn give_back(block: NonNull<u8>) {
    // SAFETY: the block is live, so its page is there and begins at this address. The bytes of the block
    // are free to hold the link, which is not larger than the smallest block.
    unsafe {
        let page = page_of(block);
        let head = page.as_ref();
        debug_assert!(head.live.get() > 0, "a live block is counted");
        debug_assert!(
            (block.addr().get() % PAGE - size_of::<Page>()).is_multiple_of(head.size.bytes()),
            "a block begins where one can be"
        );
        let block = block.cast::<Free>();
        block.write(Free { next: head.free.get() });
        head.free.set(Some(block));
        let live = head.live.get() - 1;
        head.live.set(live);
        if live == 0 || !head.is_listed.get() {
            note_room(page);
        }
    }
}

/// Returns the page of a block.
///
/// # Safety
///
/// The block is live.
#[inline]
unsafe fn page_of(block: NonNull<u8>) -> NonNull<Page> {
    let page = block.as_ptr().map_addr(|address| address & !(PAGE - 1));
    // SAFETY: the address is that of an allocation, so it is not 0.
    unsafe { NonNull::new_unchecked(page) }.cast()
}

/// Handles a page that is empty, or that was full until now.
///
/// # Safety
///
/// The page has not been freed, and the caller does not use it afterwards.
#[cold]
#[inline(never)]
unsafe fn note_room(page: NonNull<Page>) {
    // SAFETY: the caller's. The table is there as long as the page.
    unsafe {
        let head = page.as_ref();
        let table = head.table.as_ref();
        let is_empty = head.live.get() == 0;
        if is_empty && (table.is_released.get() || table.empty.get() == MOST_EMPTY) {
            unlist(page);
            free_page(page);
            return;
        }
        if table.is_released.get() {
            return;
        }
        if !head.is_listed.get() {
            table.list(page);
        }
        // It is not, if it has become the first.
        if head.live.get() == 0 {
            table.empty.set(table.empty.get() + 1);
        }
    }
}

/// Takes a page that is not the first out of its list, if it is in it.
///
/// # Safety
///
/// The page has not been freed.
unsafe fn unlist(page: NonNull<Page>) {
    // SAFETY: the caller's, and listed pages have not been freed.
    unsafe {
        let head = page.as_ref();
        if !head.is_listed.replace(false) {
            return;
        }
        let (previous, next) = (head.previous.take(), head.next.take());
        if let Some(previous) = previous {
            previous.as_ref().next.set(next);
        }
        if let Some(next) = next {
            next.as_ref().previous.set(previous);
        }
    }
}

/// Frees a page, and the table, if that was left for the last page to free.
///
/// # Safety
///
/// The page is there, is not listed, and has no live block.
unsafe fn free_page(page: NonNull<Page>) {
    // SAFETY: the caller's. The page was allocated with this layout, and its head needs no drop.
    unsafe {
        debug_assert!(page.as_ref().live.get() == 0, "nobody has a block of it");
        let table = page.as_ref().table;
        dealloc(page.as_ptr().cast(), LAYOUT);
        table.as_ref().pages.set(table.as_ref().pages.get() - 1);
        Table::free_if_last(table);
    }
}
