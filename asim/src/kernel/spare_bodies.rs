//! The bodies of processes that have ended, kept for the next process of the same kind.
//!
//! Models start the same few kinds of processes over and over. To hand the emptied allocation of
//! one to the next costs a fraction of what the system's allocator does.

use std::any::TypeId;
use std::pin::Pin;

use super::process::{Body, Outcome, Running};

/// So many bodies of one kind are kept, and so many bytes of them: the rest goes back to the
/// allocator, so that a crowd that has gone does not hold on to its memory.
const OF_A_KIND: usize = 1024;
const BYTES_OF_A_KIND: usize = 256 * 1024;
/// So many kinds are kept, as they are told apart by looking at one after the other.
const KINDS: usize = 16;

/// Emptied bodies, by the type that is in them.
#[derive(Default)]
pub(crate) struct SpareBodies {
    kinds: Vec<Kind>,
}

struct Kind {
    id: TypeId,
    /// How many are kept at most.
    most: usize,
    bodies: Vec<Pin<Box<dyn Body>>>,
}

impl SpareBodies {
    /// A body with this future in it: one that is kept, or a new one.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "each step less copies the future once less")]
    pub(crate) fn embody<F, O>(&mut self, future: F) -> Pin<Box<dyn Body>>
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

    /// Keeps an emptied body; it comes back if there are enough, or if it is not empty.
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
