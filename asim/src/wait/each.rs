//! The branches of a composition of a collection.

use std::pin::{Pin, pin};
use std::{rc::Rc, task::Context};

use crate::engine::kernel::{Kernel, Tables};
use crate::wait::branches::{Branches, Gives, Outputs, Triggered, link, link_in, one_kernel};
use crate::wait::{awaited::Awaited, progress::Progress, waitable::Waitable};

/// The requests of a collection of waitables.
#[derive(Debug)]
pub struct Each<R> {
    requests: Vec<Place<R>>,
}

/// A request that must not move is in a box.
impl<R> Unpin for Each<R> {}

/// One request. A plain future must not move after its first poll, so it gets a box then. A native gets
/// none.
#[derive(Debug)]
enum Place<R> {
    Free(R),
    Boxed(Pin<Box<R>>),
    Gone,
}

impl<R: Awaited> Place<R> {
    fn request(&self) -> Option<&R> {
        match self {
            Place::Free(request) => Some(request),
            Place::Boxed(request) => Some(request),
            Place::Gone => None,
        }
    }

    fn plain(&mut self) -> Option<Pin<&mut R>> {
        if !self.request()?.is_plain() {
            return None;
        }
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

impl<R> Each<R> {
    #[track_caller]
    pub(crate) fn new<I: IntoIterator<Item: Waitable<Request = R>>>(waitables: I) -> Self {
        let waitables = waitables.into_iter();
        let mut requests = Vec::with_capacity(waitables.size_hint().0);
        // A loop, as a closure would hide the line of the caller.
        for waitable in waitables {
            requests.push(Place::Free(waitable.into_request()));
        }
        Each { requests }
    }
}

impl<R: Awaited> Branches for Each<R> {
    fn can_be_plain() -> bool {
        R::can_be_plain()
    }

    fn holds() -> bool {
        R::holds()
    }

    fn count(&self) -> u32 {
        u32::try_from(self.requests.len()).expect("fewer than 2^32 branches")
    }

    fn is_plain(&self) -> bool {
        self.requests.iter().filter_map(Place::request).any(Awaited::is_plain)
    }

    #[track_caller]
    fn kernel(&self) -> Option<&Rc<Kernel>> {
        let mut one = None;
        for request in &self.requests {
            one = one_kernel(one, request.request().and_then(Awaited::kernel));
        }
        one
    }

    fn is_any_triggered(&self) -> bool {
        let mut requests = self.requests.iter().filter_map(Place::request);
        !R::is_in_tables() && requests.any(Awaited::is_triggered)
    }

    fn triggered(&self, index: u32, triggered: &mut Triggered) {
        for (branch, request) in (index..).zip(&self.requests) {
            if request.request().is_some_and(Awaited::is_triggered) {
                triggered.note(branch);
            }
        }
    }

    fn has_kernel() -> bool {
        R::has_kernel()
    }

    fn first_kernel(&self) -> Option<&Rc<Kernel>> {
        self.requests.first()?.request()?.kernel()
    }

    fn link(&mut self, composite: u32, told: bool, index: u32, triggered: &mut Triggered) {
        for (branch, request) in (index..).zip(&mut self.requests) {
            // Branches are linked before any is polled, so all natives are still unboxed.
            if let Place::Free(request) = request {
                link(request, composite, told, branch, triggered);
            }
        }
    }

    fn are_in_tables() -> bool {
        R::is_in_tables()
    }

    fn link_in(&self, tables: &mut Tables, composite: u32, index: u32, triggered: &mut Triggered) {
        for (branch, request) in (index..).zip(&self.requests) {
            if let Some(request) = request.request() {
                link_in(request, tables, composite, branch, triggered);
            }
        }
    }

    fn drive(self: Pin<&mut Self>, context: &mut Context<'_>, index: u32, progress: &Progress<'_>) {
        for (branch, request) in (index..).zip(&mut self.get_mut().requests) {
            if !progress.is_open() {
                return;
            }
            let request = request.plain();
            if request
                .is_some_and(|request| progress.in_scope(|| request.drive(context, Some(progress))))
            {
                progress.finish(branch);
            }
        }
    }

    fn sweep(self: Pin<&mut Self>) {
        self.get_mut().requests.iter_mut().filter_map(Place::plain).for_each(R::sweep);
    }

    /// The losers find in their own drop that they are cancelled.
    fn end(self: Pin<&mut Self>, _winner: u32) {
        self.keep(None);
    }

    fn keep(self: Pin<&mut Self>, winner: Option<u32>) {
        for (branch, request) in (0..).zip(&mut self.get_mut().requests) {
            if winner != Some(branch) {
                *request = Place::Gone;
            } else if let Some(request) = request.plain() {
                request.sweep();
            }
        }
    }
}

impl<R: Awaited> Gives<R::Output> for Each<R> {
    fn take(self: Pin<&mut Self>, winner: u32) -> R::Output {
        self.get_mut().requests[winner as usize].take()
    }
}

impl<R: Awaited> Outputs for Each<R> {
    type Outputs = Vec<R::Output>;

    fn take_all(self: Pin<&mut Self>) -> Vec<R::Output> {
        self.get_mut().requests.iter_mut().map(Place::take).collect()
    }
}
