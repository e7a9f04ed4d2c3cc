//! The branches of a composition over a collection.

use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Context;

use super::composition::{Branches, Gives, Progress, Triggered, one_kernel};
use super::core::Kernel;
use super::source::Link;
use super::waitable::{Request, Waitable};
use super::watcher::Watcher;

/// The requests of a collection of waitables.
#[derive(Debug)]
pub struct Each<R, const FIRST: bool> {
    requests: Vec<Place<R>>,
}

/// What must not move is in a box of its own.
impl<R, const FIRST: bool> Unpin for Each<R, FIRST> {}

/// One request: a plain future must stay where it is from its first poll on, and gets a box of its
/// own then; a native never does.
#[derive(Debug)]
enum Place<R> {
    Free(R),
    Boxed(Pin<Box<R>>),
    Gone,
}

impl<R: Request> Place<R> {
    fn request(&self) -> Option<&R> {
        match self {
            Place::Free(request) => Some(request),
            Place::Boxed(request) => Some(request),
            Place::Gone => None,
        }
    }

    fn boxed(&mut self) -> Option<Pin<&mut R>> {
        *self = match std::mem::replace(self, Place::Gone) {
            Place::Free(request) => Place::Boxed(Box::pin(request)),
            other => other,
        };
        match self {
            Place::Boxed(request) => Some(request.as_mut()),
            _ => None,
        }
    }

    fn take(&mut self) -> R::Output {
        match std::mem::replace(self, Place::Gone) {
            Place::Free(request) => pin!(request).take(),
            Place::Boxed(mut request) => request.as_mut().take(),
            Place::Gone => unreachable!("a branch is taken once"),
        }
    }
}

impl<R, const FIRST: bool> Each<R, FIRST> {
    #[track_caller]
    pub(crate) fn new<I: IntoIterator<Item: Waitable<Request = R>>>(waitables: I) -> Self {
        let waitables = waitables.into_iter();
        let mut requests = Vec::with_capacity(waitables.size_hint().0);
        // A loop: a closure would not know the line that calls.
        for waitable in waitables {
            requests.push(Place::Free(waitable.into_request()));
        }
        Each { requests }
    }
}

impl<R: Request, const FIRST: bool> Branches for Each<R, FIRST> {
    const FIRST: bool = FIRST;
    const PLAIN: bool = R::PLAIN;
    const HOLDS: bool = R::HOLDS;

    fn count(&self) -> u32 {
        u32::try_from(self.requests.len()).expect("fewer than 2^32 branches")
    }

    #[track_caller]
    fn kernel(&self) -> Option<&Rc<Kernel>> {
        let mut one = None;
        for request in &self.requests {
            one = one_kernel(one, request.request().and_then(Request::kernel));
        }
        one
    }

    fn triggered(&self, index: u32, triggered: &mut Triggered) {
        for (branch, request) in (index..).zip(&self.requests) {
            if request.request().is_some_and(Request::is_triggered) {
                triggered.note(branch);
            }
        }
    }

    fn link(&mut self, index: u32, composite: Option<u32>, links: &mut [Link]) {
        for ((branch, request), place) in (index..).zip(&mut self.requests).zip(links) {
            // Linked before anything is polled, so that all natives are still free.
            if let Place::Free(request) = request {
                request.link_into(Watcher::of_composite(composite, branch), place);
            }
        }
    }

    fn drive(self: Pin<&mut Self>, context: &mut Context<'_>, index: u32, progress: &Progress<'_>) {
        if !R::PLAIN {
            return;
        }
        for (branch, request) in (index..).zip(&mut self.get_mut().requests) {
            if !progress.is_open() {
                return;
            }
            let request = request.boxed();
            if request
                .is_some_and(|request| progress.in_scope(|| request.drive(context, Some(progress))))
            {
                progress.finish(branch);
            }
        }
    }

    fn sweep(self: Pin<&mut Self>) {
        if R::PLAIN {
            self.get_mut().requests.iter_mut().filter_map(Place::boxed).for_each(R::sweep);
        }
    }

    fn keep(self: Pin<&mut Self>, winner: Option<u32>) {
        for (branch, request) in (0..).zip(&mut self.get_mut().requests) {
            if winner != Some(branch) {
                *request = Place::Gone;
            } else if R::PLAIN
                && let Some(request) = request.boxed()
            {
                request.sweep();
            }
        }
    }
}

impl<R: Request> Gives<(usize, R::Output)> for Each<R, true> {
    fn take(self: Pin<&mut Self>, winner: u32) -> (usize, R::Output) {
        let winner = winner as usize;
        (winner, self.get_mut().requests[winner].take())
    }
}

impl<R: Request> Gives<Vec<R::Output>> for Each<R, false> {
    fn take(self: Pin<&mut Self>, _winner: u32) -> Vec<R::Output> {
        self.get_mut().requests.iter_mut().map(Place::take).collect()
    }
}
