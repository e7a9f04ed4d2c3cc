//! Plain futures as branches: those of other crates, and async blocks.

use std::task::{Context, Poll};
use std::{pin::Pin, rc::Rc};

use pin_project_lite::pin_project;

use crate::engine::{awaiter::Awaiter, kernel::Kernel, provider::CancelHandle};
use crate::wait::{awaited::Awaited, progress::Progress};

pin_project! {
    /// A future of another crate, or an async block, as a branch.
    #[derive(Debug)]
    pub struct Plain<F, O> {
        #[pin]
        future: Option<F>,
        // `F::poll`, as a pointer. So this type has no bound on `F`, and a branch that cannot be awaited
        // is one compile error, not five.
        poll: fn(Pin<&mut F>, &mut Context<'_>) -> Poll<O>,
        output: Option<O>,
    }
}

impl<F: Future> Plain<F, F::Output> {
    pub(crate) fn new(future: F) -> Self {
        Plain { future: Some(future), poll: F::poll, output: None }
    }
}

impl<F, O> Awaited for Plain<F, O> {
    type Output = O;

    fn is_plain(&self) -> bool {
        true
    }

    fn can_be_plain() -> bool {
        true
    }

    fn holds() -> bool {
        false
    }

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        None
    }

    fn is_triggered(&self) -> bool {
        false
    }

    fn link(&mut self, _awaiter: Awaiter) -> CancelHandle {
        CancelHandle::Nothing
    }

    fn drive(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        _outer: Option<&Progress<'_>>,
    ) -> bool {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { return false };
        match (this.poll)(future, context) {
            Poll::Pending => false,
            Poll::Ready(output) => {
                this.future.set(None);
                *this.output = Some(output);
                true
            }
        }
    }

    fn take(self: Pin<&mut Self>) -> O {
        self.project().output.take().expect("a branch is taken once, after it has finished")
    }

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<O> {
        if self.as_mut().drive(context, None) { Poll::Ready(self.take()) } else { Poll::Pending }
    }
}
