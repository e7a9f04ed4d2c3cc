//! The body of a process: its future and, once that has finished, its result.

use std::any::{Any, TypeId};
use std::task::{Context, Poll};
use std::{error::Error, mem::needs_drop, pin::Pin};

use pin_project_lite::pin_project;

use crate::engine::outcome::Outcome;

/// A started process with its type erased.
pub(crate) trait Body {
    /// Polls the future. Ready when the process has ended by itself; `true` if it ended well.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool>;

    /// Returns the type of the future and its outcome, or `None` while the body still holds something
    /// that must be dropped.
    fn kind(&self) -> Option<TypeId>;

    /// Moves a future out of `future`, an `Option<F>`, into this body, which is empty.
    fn refill(self: Pin<&mut Self>, future: &mut dyn Any);

    /// Moves the result into `into`, an `Option<Result<Value, Error>>`.
    fn take_result(self: Pin<&mut Self>, into: &mut dyn Any);

    /// Takes the error of a process that failed.
    fn take_error(self: Pin<&mut Self>) -> Option<Box<dyn Error + Send + Sync>>;
}

pin_project! {
    /// The one allocation of a process: its future, and then its result.
    #[project = Stage]
    pub(crate) enum Running<F, O: Outcome> {
        Alive {
            #[pin]
            future: F,
        },
        Over {
            result: Option<Result<O::Value, O::Error>>,
        },
    }
}

impl<F: Future<Output = O>, O: Outcome> Running<F, O> {
    #[inline]
    pub(crate) fn new(future: F) -> Self {
        Running::Alive { future }
    }
}

impl<F: Future<Output = O> + 'static, O: Outcome> Body for Running<F, O> {
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        let Stage::Alive { future } = self.as_mut().project() else { return Poll::Ready(true) };
        match future.poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(outcome) => {
                let result = outcome.into_result();
                let ended_well = result.is_ok();
                self.set(Running::Over { result: Some(result) });
                Poll::Ready(ended_well)
            }
        }
    }

    fn kind(&self) -> Option<TypeId> {
        let has_result = matches!(self, Running::Over { result: Some(_) });
        let is_empty = !has_result || !needs_drop::<Result<O::Value, O::Error>>();
        is_empty.then(TypeId::of::<Self>)
    }

    fn refill(mut self: Pin<&mut Self>, future: &mut dyn Any) {
        let future = future.downcast_mut::<Option<F>>().and_then(Option::take);
        if let Some(future) = future {
            self.set(Running::Alive { future });
        }
    }

    fn take_result(self: Pin<&mut Self>, into: &mut dyn Any) {
        if let Some(into) = into.downcast_mut::<Option<Result<O::Value, O::Error>>>()
            && let Stage::Over { result } = self.project()
        {
            *into = result.take();
        }
    }

    fn take_error(self: Pin<&mut Self>) -> Option<Box<dyn Error + Send + Sync>> {
        let Stage::Over { result } = self.project() else { return None };
        // A value stays where it is and is dropped with the body.
        result.take_if(|result| result.is_err())?.err().map(O::into_error)
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use std::future::pending;

    use super::{Outcome, Running};

    /// Returns the bytes that a body takes beyond its future.
    fn overhead<F: Future<Output: Outcome>>(future: F) -> usize {
        size_of_val(&Running::new(future)) - size_of::<F>()
    }

    #[test]
    fn the_body_of_a_process_adds_a_word_to_its_future() {
        // The word says whether the future is still there; the result takes the future's place.
        let held = 7_u64;
        assert_eq!(
            overhead(async move {
                pending::<()>().await;
                assert_eq!(held, 7);
            }),
            8
        );
        let fails = async move {
            pending::<()>().await;
            if held == 7 { Ok(held) } else { Err("seven") }
        };
        assert_eq!(overhead(fails), 8, "a result that is no larger than the future adds nothing");
    }
}
