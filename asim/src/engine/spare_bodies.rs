//! Spare bodies: the bodies of processes that have ended, kept for the next process of the same kind.
//!
//! Models start the same few kinds of processes over and over. Reusing an emptied allocation costs a
//! fraction of what the system's allocator costs.

use std::{any::TypeId, pin::Pin};

use crate::engine::body::{Body, Running};
use crate::engine::outcome::Outcome;

/// At most this many bodies of one kind are kept, and at most this many bytes of them. The rest goes
/// back to the allocator, so the memory of a large crowd does not stay.
const OF_A_KIND: usize = 1024;
const BYTES_OF_A_KIND: usize = 256 * 1024;
/// At most this many kinds are kept, because they are searched one after the other.
const KINDS: usize = 16;

/// Emptied bodies, by the type that is in them.
#[derive(Default)]
pub(crate) struct SpareBodies {
    kinds: Vec<Kind>,
}

struct Kind {
    id: TypeId,
    /// How many bodies are kept at most.
    most: usize,
    bodies: Vec<Pin<Box<dyn Body>>>,
}

impl SpareBodies {
    /// Returns a body with this future in it: a kept one or a new one.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "each step less copies the future once less")]
    pub(crate) fn body_of<F, O>(&mut self, future: F) -> Pin<Box<dyn Body>>
    where
        F: Future<Output = O> + 'static,
        O: Outcome,
    {
        match self.of_kind(TypeId::of::<Running<F, O>>()).and_then(|kind| kind.bodies.pop()) {
            Some(mut body) => {
                body.as_mut().refill(&mut Some(future));
                body
            }
            None => Box::pin(Running::new(future)),
        }
    }

    /// Keeps an emptied body. Returns it if enough are kept, or if it is not empty.
    #[inline]
    pub(crate) fn keep(&mut self, body: Pin<Box<dyn Body>>) -> Option<Pin<Box<dyn Body>>> {
        let Some(kind) = body.kind() else { return Some(body) };
        match self.of_kind(kind) {
            Some(kept) if kept.bodies.len() < kept.most => kept.bodies.push(body),
            Some(_) => return Some(body),
            None => return self.keep_first(kind, body),
        }
        None
    }

    #[cold]
    fn keep_first(&mut self, kind: TypeId, body: Pin<Box<dyn Body>>) -> Option<Pin<Box<dyn Body>>> {
        let most = (BYTES_OF_A_KIND / size_of_val(&*body).max(1)).min(OF_A_KIND);
        if self.kinds.len() == KINDS || most == 0 {
            return Some(body);
        }
        self.kinds.push(Kind { id: kind, most, bodies: vec![body] });
        None
    }

    #[inline]
    fn of_kind(&mut self, kind: TypeId) -> Option<&mut Kind> {
        self.kinds.iter_mut().find(|other| other.id == kind)
    }
}
