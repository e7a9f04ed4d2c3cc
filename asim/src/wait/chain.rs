//! Chains of branches, which keep the type of a long composition shallow.
//!
//! A written composition is a list type: each branch has the rest inside it. The compiler follows types
//! only to a limited depth (128 levels by default), and deep types compile slowly. So a long list is a
//! chain of short ones.

use std::task::{Context, Poll};
use std::{pin::Pin, rc::Rc};

use pin_project_lite::pin_project;

use crate::engine::kernel::{Kernel, Tables};
use crate::wait::branches::{Branches, Gives, Outputs, Triggered, one_kernel};
use crate::wait::{progress::Progress, try_all_of::Trials};

pin_project! {
    /// Some branches, and the branches after them.
    #[derive(Debug)]
    pub struct Chain<A, B> {
        #[pin]
        head: A,
        #[pin]
        tail: B,
    }
}

/// Puts the branches of `head` before those of `tail`. The expansion of `asim!` calls it.
pub fn chain<A, B>(head: A, tail: B) -> Chain<A, B> {
    Chain { head, tail }
}

impl<A: Branches, B: Branches> Branches for Chain<A, B> {
    fn can_be_plain() -> bool {
        A::can_be_plain() || B::can_be_plain()
    }

    fn holds() -> bool {
        A::holds() || B::holds()
    }

    fn count(&self) -> u32 {
        self.head.count() + self.tail.count()
    }

    fn is_plain(&self) -> bool {
        self.head.is_plain() || self.tail.is_plain()
    }

    #[track_caller]
    fn kernel(&self) -> Option<&Rc<Kernel>> {
        one_kernel(self.head.kernel(), self.tail.kernel())
    }

    fn is_any_triggered(&self) -> bool {
        self.head.is_any_triggered() || self.tail.is_any_triggered()
    }

    fn triggered(&self, index: u32, triggered: &mut Triggered) {
        self.head.triggered(index, triggered);
        self.tail.triggered(index + self.head.count(), triggered);
    }

    fn has_kernel() -> bool {
        A::has_kernel() || B::has_kernel()
    }

    fn first_kernel(&self) -> Option<&Rc<Kernel>> {
        if A::has_kernel() { self.head.first_kernel() } else { self.tail.first_kernel() }
    }

    fn link(&mut self, composite: u32, told: bool, index: u32, triggered: &mut Triggered) {
        self.head.link(composite, told, index, triggered);
        self.tail.link(composite, told, index + self.head.count(), triggered);
    }

    fn are_in_tables() -> bool {
        A::are_in_tables() && B::are_in_tables()
    }

    fn link_in(&self, tables: &mut Tables, composite: u32, index: u32, triggered: &mut Triggered) {
        self.head.link_in(tables, composite, index, triggered);
        self.tail.link_in(tables, composite, index + self.head.count(), triggered);
    }

    fn drive(self: Pin<&mut Self>, context: &mut Context<'_>, index: u32, progress: &Progress<'_>) {
        let tail = index + self.head.count();
        let this = self.project();
        this.head.drive(context, index, progress);
        this.tail.drive(context, tail, progress);
    }

    fn sweep(self: Pin<&mut Self>) {
        let this = self.project();
        this.head.sweep();
        this.tail.sweep();
    }

    fn end(self: Pin<&mut Self>, winner: u32) {
        let count = self.head.count();
        let this = self.project();
        this.head.end(winner);
        this.tail.end(winner.wrapping_sub(count));
    }

    fn keep(self: Pin<&mut Self>, winner: Option<u32>) {
        let count = self.head.count();
        let this = self.project();
        this.head.keep(winner);
        this.tail.keep(winner.and_then(|winner| winner.checked_sub(count)));
    }
}

impl<V, A: Gives<V>, B: Gives<V>> Gives<V> for Chain<A, B> {
    fn take(self: Pin<&mut Self>, winner: u32) -> V {
        let count = self.head.count();
        let this = self.project();
        match winner.checked_sub(count) {
            None => this.head.take(winner),
            Some(winner) => this.tail.take(winner),
        }
    }
}

impl<A: Outputs, B: Outputs> Outputs for Chain<A, B> {
    type Outputs = (A::Outputs, B::Outputs);

    fn take_all(self: Pin<&mut Self>) -> Self::Outputs {
        let this = self.project();
        (this.head.take_all(), this.tail.take_all())
    }
}

impl<A: Trials<E>, B: Trials<E>, E> Trials<E> for Chain<A, B> {
    type Values = (A::Values, B::Values);

    #[track_caller]
    fn kernel(&self) -> Option<&Rc<Kernel>> {
        one_kernel(self.head.kernel(), self.tail.kernel())
    }

    fn try_all(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        let this = self.project();
        let head = this.head.try_all(context);
        if let Poll::Ready(Err(_)) = head {
            return head;
        }
        match this.tail.try_all(context) {
            Poll::Ready(Ok(())) => head,
            tail => tail,
        }
    }

    fn take_values(self: Pin<&mut Self>) -> Self::Values {
        let this = self.project();
        (this.head.take_values(), this.tail.take_values())
    }
}
