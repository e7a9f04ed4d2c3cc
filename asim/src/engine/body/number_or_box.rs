//! A number or a box, in one word.
//!
//! Most processes have a name that is known by a number and no rare state. The others have a box, in
//! which there is room for the number too.
//!
//! # Why this is sound
//!
//! The lowest bit of the word tells which of both it is. A box of something whose alignment is at least 2
//! never has that bit, and a number always has it. The word is made by this file alone, from
//! [`Box::into_raw`] or from a number, and a box goes back into [`Box::from_raw`] once: when it is taken
//! out, which leaves a number, or when the word is dropped.

use std::marker::PhantomData;
use std::ptr;

/// A number or a box, in one word.
pub(crate) struct NumberOrBox<T> {
    word: *mut T,
    owned: PhantomData<Box<T>>,
}

impl<T> NumberOrBox<T> {
    const IS_ALIGNED: () = assert!(align_of::<T>() >= 2, "the lowest bit of a box must be free");

    /// Returns a number. Its highest bit is lost.
    #[inline]
    pub(crate) const fn number(number: usize) -> Self {
        let () = Self::IS_ALIGNED;
        NumberOrBox { word: ptr::without_provenance_mut(number << 1 | 1), owned: PhantomData }
    }

    /// Returns the number, if it is one.
    #[inline]
    pub(crate) fn as_number(&self) -> Option<usize> {
        let bits = self.word.addr();
        (bits & 1 != 0).then_some(bits >> 1)
    }

    /// Returns what is in the box, if it is one.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        if self.as_number().is_some() {
            return None;
        }
        // SAFETY: it is a box, and borrowed as long as the result.
        Some(unsafe { &*self.word })
    }

    #[inline]
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        if self.as_number().is_some() {
            return None;
        }
        // SAFETY: it is a box, and borrowed mutably as long as the result.
        Some(unsafe { &mut *self.word })
    }

    /// Returns what is in the box. If it is a number, a box is made of it first.
    #[inline]
    pub(crate) fn get_or_insert_with(&mut self, make: impl FnOnce(usize) -> T) -> &mut T {
        if let Some(number) = self.as_number() {
            self.insert(number, make);
        }
        // SAFETY: it is a box, and borrowed mutably as long as the result.
        unsafe { &mut *self.word }
    }

    #[cold]
    #[inline(never)]
    fn insert(&mut self, number: usize, make: impl FnOnce(usize) -> T) {
        let boxed = Box::into_raw(Box::new(make(number)));
        *self = NumberOrBox { word: boxed, owned: PhantomData };
    }

    /// Takes the box out and leaves the number 0. Returns `None` if it is a number.
    pub(crate) fn take_box(&mut self) -> Option<Box<T>> {
        if self.as_number().is_some() {
            return None;
        }
        let word = std::mem::replace(self, Self::number(0));
        let word = std::mem::ManuallyDrop::new(word).word;
        // SAFETY: it is a box, and the word that it was in is forgotten.
        Some(unsafe { Box::from_raw(word) })
    }
}

impl<T> Drop for NumberOrBox<T> {
    #[inline]
    fn drop(&mut self) {
        drop(self.take_box());
    }
}
