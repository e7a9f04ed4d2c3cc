//! One type for everything that can be awaited, so that programs can nest races freely.
//!
//! A boxed *future* would be a plain branch, polled by its owner; [`Any`] passes
//! everything on to the request inside, so a native stays a native.

use super::values::Value;
use asim::__private::{Kernel, Link, Progress, Request, Watcher};
use asim::Waitable;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// A request of any kind, of which a [`Value`] comes out. Whether there may be plain
/// futures in it must be known to the compiler, as asim does less where there are none.
pub(super) enum Any {
    Native(AnyRequest<false>),
    Plain(AnyRequest<true>),
}

/// A boxed request, with plain futures in it or without.
pub(super) struct AnyRequest<const PLAIN: bool>(Box<dyn Erased>);

impl Any {
    /// Boxes something to wait for; `map` makes a value of what it gives.
    pub(super) fn new<W>(waitable: W, map: fn(W::Output) -> Value) -> Self
    where
        W: Waitable<Request: 'static>,
    {
        let mapped = Mapped { request: Place::Loose(Box::new(waitable.into_request())), map };
        if W::Request::PLAIN {
            Self::Plain(AnyRequest(Box::new(mapped)))
        } else {
            Self::Native(AnyRequest(Box::new(mapped)))
        }
    }

    /// Awaits it.
    pub(super) async fn wait(self) -> Value {
        let mut request = self.unbox();
        poll_fn(|context| request.poll(context)).await
    }

    /// The branches of a composition: of the one kind if all are, else of the other.
    pub(super) fn branches(list: Vec<Self>) -> Branches {
        if list.iter().any(|branch| matches!(branch, Self::Plain(_))) {
            Branches::Plain(list.into_iter().map(|branch| AnyRequest(branch.unbox())).collect())
        } else {
            Branches::Native(list.into_iter().map(|branch| AnyRequest(branch.unbox())).collect())
        }
    }

    fn unbox(self) -> Box<dyn Erased> {
        let (Self::Native(AnyRequest(request)) | Self::Plain(AnyRequest(request))) = self;
        request
    }
}

/// The branches of a composition.
pub(super) enum Branches {
    Native(Vec<AnyRequest<false>>),
    Plain(Vec<AnyRequest<true>>),
}

impl<const PLAIN: bool> Waitable for AnyRequest<PLAIN> {
    type Output = Value;
    type Request = Self;

    fn into_request(self) -> Self {
        self
    }
}

impl<const PLAIN: bool> Request for AnyRequest<PLAIN> {
    type Output = Value;

    const PLAIN: bool = PLAIN;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        self.0.kernel()
    }

    fn is_triggered(&self) -> bool {
        self.0.is_triggered()
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        self.0.link(watcher)
    }

    fn drive(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        outer: Option<&Progress<'_>>,
    ) -> bool {
        self.0.drive(context, outer)
    }

    fn sweep(mut self: Pin<&mut Self>) {
        self.0.sweep();
    }

    fn take(mut self: Pin<&mut Self>) -> Value {
        self.0.take()
    }

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Value> {
        self.0.poll(context)
    }
}

/// [`Request`] without its type; what is pinned is in a box of its own.
trait Erased {
    fn kernel(&self) -> Option<&Rc<Kernel>>;
    fn is_triggered(&self) -> bool;
    fn link(&mut self, watcher: Watcher) -> Link;
    fn drive(&mut self, context: &mut Context<'_>, outer: Option<&Progress<'_>>) -> bool;
    fn sweep(&mut self);
    fn take(&mut self) -> Value;
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Value>;
}

/// A request, and what makes a value of what it gives.
struct Mapped<R: Request> {
    request: Place<R>,
    map: fn(R::Output) -> Value,
}

/// A request is linked before it is pinned.
enum Place<R> {
    Loose(Box<R>),
    Pinned(Pin<Box<R>>),
    /// Only while it moves from one to the other.
    Nowhere,
}

impl<R> Place<R> {
    fn get(&self) -> &R {
        match self {
            Self::Loose(request) => request,
            Self::Pinned(request) => request,
            Self::Nowhere => unreachable!("it does not stay there"),
        }
    }

    fn pinned(&mut self) -> Pin<&mut R> {
        if let Self::Loose(_) = self
            && let Self::Loose(request) = std::mem::replace(self, Self::Nowhere)
        {
            *self = Self::Pinned(Box::into_pin(request));
        }
        match self {
            Self::Pinned(request) => request.as_mut(),
            _ => unreachable!("it was pinned just now"),
        }
    }
}

impl<R: Request> Erased for Mapped<R> {
    fn kernel(&self) -> Option<&Rc<Kernel>> {
        self.request.get().kernel()
    }

    fn is_triggered(&self) -> bool {
        self.request.get().is_triggered()
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        match &mut self.request {
            Place::Loose(request) => request.link(watcher),
            _ => unreachable!("a request is linked before it is polled"),
        }
    }

    fn drive(&mut self, context: &mut Context<'_>, outer: Option<&Progress<'_>>) -> bool {
        R::PLAIN && self.request.pinned().drive(context, outer)
    }

    fn sweep(&mut self) {
        if R::PLAIN {
            self.request.pinned().sweep();
        }
    }

    fn take(&mut self) -> Value {
        (self.map)(self.request.pinned().take())
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Value> {
        self.request.pinned().poll(context).map(self.map)
    }
}
