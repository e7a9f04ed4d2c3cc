//! What a variable keeps: a request that can be awaited, or lent by `&mut`, moved in its line or withdrawn
//! if its kind allows that.

use super::values::{RealItem, Value};
use super::{Any, any};
use asim::prelude::*;
use std::cell::Cell;

/// A request in a variable.
pub(super) trait Kept {
    /// Gives the request away.
    fn into_any(self: Box<Self>) -> Any<'static>;

    /// Whether it can be lent.
    fn is_lendable(&self) -> bool;

    /// Waits for it by `&mut`.
    fn lend(&mut self) -> Any<'_>;

    /// Whether it has given its output to a wait by `&mut`.
    fn is_over(&self) -> bool;

    /// Changes its priority, if it has one.
    fn set_priority(&mut self, _priority: i32) {}

    /// Whether it is the put of an item.
    fn is_put(&self) -> bool {
        false
    }

    /// Withdraws the put of an item.
    fn withdraw(self: Box<Self>) -> Option<RealItem> {
        unreachable!("it is no put")
    }
}

/// What cannot be lent: a composite, a future.
pub(super) struct Whole(pub(super) Any<'static>);

impl Kept for Whole {
    fn into_any(self: Box<Self>) -> Any<'static> {
        self.0
    }

    fn is_lendable(&self) -> bool {
        false
    }

    fn lend(&mut self) -> Any<'_> {
        unreachable!("it cannot be lent")
    }

    fn is_over(&self) -> bool {
        false
    }
}

/// One request of a known type.
struct One<W: Waitable> {
    request: W,
    map: fn(W::Output) -> Value,
    is_over: Cell<bool>,
    set_priority: Option<fn(&mut W, i32)>,
    withdraw: Option<fn(W) -> Option<RealItem>>,
}

impl<W: Waitable> One<W> {
    fn new(request: W, map: fn(W::Output) -> Value) -> Self {
        Self { request, map, is_over: Cell::new(false), set_priority: None, withdraw: None }
    }
}

/// Keeps a request; `map` makes a value of what it gives.
pub(super) fn one<W>(request: W, map: fn(W::Output) -> Value) -> Box<dyn Kept>
where
    W: Waitable<Output: 'static, Request: 'static> + 'static,
    for<'r> &'r mut W: Waitable<Output = W::Output>,
{
    Box::new(One::new(request, map))
}

/// Keeps a request that has a priority.
pub(super) fn ranked<W>(
    request: W,
    map: fn(W::Output) -> Value,
    set_priority: fn(&mut W, i32),
) -> Box<dyn Kept>
where
    W: Waitable<Output: 'static, Request: 'static> + 'static,
    for<'r> &'r mut W: Waitable<Output = W::Output>,
{
    Box::new(One { set_priority: Some(set_priority), ..One::new(request, map) })
}

/// Keeps a put, which has a priority and can be withdrawn.
pub(super) fn ranked_put<W>(
    request: W,
    map: fn(W::Output) -> Value,
    set_priority: fn(&mut W, i32),
    withdraw: fn(W) -> Option<RealItem>,
) -> Box<dyn Kept>
where
    W: Waitable<Output: 'static, Request: 'static> + 'static,
    for<'r> &'r mut W: Waitable<Output = W::Output>,
{
    let (set_priority, withdraw) = (Some(set_priority), Some(withdraw));
    Box::new(One { set_priority, withdraw, ..One::new(request, map) })
}

impl<W> Kept for One<W>
where
    W: Waitable<Output: 'static, Request: 'static> + 'static,
    for<'r> &'r mut W: Waitable<Output = W::Output>,
{
    fn into_any(self: Box<Self>) -> Any<'static> {
        any(self.request, self.map)
    }

    fn is_lendable(&self) -> bool {
        true
    }

    fn lend(&mut self) -> Any<'_> {
        let (map, is_over) = (self.map, &self.is_over);
        let lent = (&mut self.request).mapped(move |output| {
            is_over.set(true);
            map(output)
        });
        lent.into_boxed()
    }

    fn is_over(&self) -> bool {
        self.is_over.get()
    }

    fn set_priority(&mut self, priority: i32) {
        if let Some(set_priority) = self.set_priority {
            set_priority(&mut self.request, priority);
        }
    }

    fn is_put(&self) -> bool {
        self.withdraw.is_some()
    }

    fn withdraw(self: Box<Self>) -> Option<RealItem> {
        (self.withdraw.expect("it is a put"))(self.request)
    }
}
