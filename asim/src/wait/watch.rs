//! What a condition watches.

use crate::engine::{kernel::Kernel, watchers::Watchers};

/// What visits the things of a condition: it gets what watches the thing, and the kernel of its simulation.
pub type Visit<'v> = &'v mut dyn FnMut(&Watchers, &Kernel);

/// A shared thing that a condition can watch: a queue, a store, a pool, a container, a resource, a state, a
/// gate, a barrier, an event. An implementation detail.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be watched by a condition",
    note = "what can be watched are the handles of shared things and events: `&queue`, several in brackets: `(&queue, &tank)`, or one list: `&queues`"
)]
pub trait Watched: Clone + 'static {
    /// Returns the conditions that watch the thing.
    fn watchers(&self) -> &Watchers;

    /// Returns the kernel of the thing's simulation.
    fn watched_kernel(&self) -> &Kernel;
}

/// What a condition watches: a reference to one thing (`&tank`), to several (`(&tank, &light)`, at most
/// six), or to a list of things of one type (`&tanks`, a slice, a `Vec` or an array). See
/// `Environment::wait_until`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be watched by a condition",
    label = "not a reference to a shared thing, or to several",
    note = "write `&queue`, or several in brackets: `(&queue, &tank)`, or `&queues` for a `Vec`"
)]
pub trait Watch {
    /// The handles that the condition looks at: of one thing, a tuple of several, or a `Vec`.
    type Things: 'static;

    /// Returns the handles.
    fn things(self) -> Self::Things;

    /// Visits what watches each thing.
    #[doc(hidden)]
    fn for_each(things: &Self::Things, visit: Visit<'_>);
}

impl<T: Watched> Watch for &T {
    type Things = T;

    fn things(self) -> T {
        self.clone()
    }

    fn for_each(thing: &T, visit: Visit<'_>) {
        visit(thing.watchers(), thing.watched_kernel());
    }
}

impl<T: Watched> Watch for &[T] {
    type Things = Vec<T>;

    fn things(self) -> Vec<T> {
        self.to_vec()
    }

    fn for_each(things: &Vec<T>, visit: Visit<'_>) {
        for thing in things {
            visit(thing.watchers(), thing.watched_kernel());
        }
    }
}

impl<T: Watched> Watch for &Vec<T> {
    type Things = Vec<T>;

    fn things(self) -> Vec<T> {
        self.clone()
    }

    fn for_each(things: &Vec<T>, visit: Visit<'_>) {
        for thing in things {
            visit(thing.watchers(), thing.watched_kernel());
        }
    }
}

impl<T: Watched, const N: usize> Watch for &[T; N] {
    type Things = [T; N];

    fn things(self) -> [T; N] {
        self.clone()
    }

    fn for_each(things: &[T; N], visit: Visit<'_>) {
        for thing in things {
            visit(thing.watchers(), thing.watched_kernel());
        }
    }
}

macro_rules! watch_several {
    ($($T:ident)+) => {
        impl<$($T: Watched),+> Watch for ($(&$T,)+) {
            type Things = ($($T,)+);

            #[allow(non_snake_case, reason = "the types name the variables")]
            fn things(self) -> Self::Things {
                let ($($T,)+) = self;
                ($($T.clone(),)+)
            }

            #[allow(non_snake_case, reason = "the types name the variables")]
            fn for_each(things: &Self::Things, visit: Visit<'_>) {
                let ($($T,)+) = things;
                $(visit($T.watchers(), $T.watched_kernel());)+
            }
        }
    };
}

watch_several!(A B);
watch_several!(A B C);
watch_several!(A B C D);
watch_several!(A B C D E);
watch_several!(A B C D E F);
