//! Interrupts, and the parts of a process that can be interrupted.
//!
//! An interrupt waits with its process and is delivered when that is next resumed. The kernel then
//! polls the process with the interrupt *in delivery*; the polls go down the await path, and the
//! first guard (an [`Interruptible`]) that they reach and that is the innermost takes the interrupt
//! instead of polling what it guards.
//!
//! A guard is registered with its process at its first poll, with the guard around it and the branch
//! of a composite that it is polled in. It is *eligible* if it was registered before the resumption
//! that delivers, and if none of the composites around it is decided: what is in a branch that has
//! lost is no longer awaited. It is the innermost if no eligible guard is inside it.
//!
//! A [mask](super::uninterruptible) is registered likewise, and holds from that moment on: no guard
//! around it is the innermost. An interrupt that only masks keep from being caught, or from ending the
//! process, waits with it: [`Fate`].

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use super::composite::Scope;
use super::core::{Books, Kernel};
use super::slab::Key;
use super::waitable::Request;

/// That a process was interrupted, and the cause.
///
/// ```
/// use asim::prelude::*;
///
/// #[derive(Debug, PartialEq)]
/// struct Breakdown { machine: u32 }
///
/// let sim = Simulation::new();
/// let env = sim.clone();
/// let operator = sim.spawn(async move {
///     let interrupt = env.interruptible(env.timeout(60.0)).await.unwrap_err();
///     assert_eq!(interrupt.cause::<Breakdown>(), Some(&Breakdown { machine: 3 }));
///     assert_eq!(interrupt.cause::<String>(), None);
/// });
/// operator.interrupt(Breakdown { machine: 3 });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[derive(Clone)]
pub struct Interrupt {
    cause: Rc<dyn Any>,
    cause_type: &'static str,
}

impl Interrupt {
    pub(crate) fn new<C: Any>(cause: C) -> Self {
        Interrupt { cause: Rc::new(cause), cause_type: std::any::type_name::<C>() }
    }

    /// The cause, if it is a `C`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.clone();
    /// let clerk = sim.spawn(async move {
    ///     let interrupt = env.interruptible(env.timeout(1.0)).await.unwrap_err();
    ///     assert_eq!(interrupt.cause(), Some(&"phone"));
    /// });
    /// clerk.interrupt("phone");
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn cause<C: Any>(&self) -> Option<&C> {
        self.cause.downcast_ref()
    }

    /// Is it the same interrupt, not only an equal one?
    pub(crate) fn is(&self, other: &Interrupt) -> bool {
        Rc::ptr_eq(&self.cause, &other.cause)
    }
}

impl fmt::Display for Interrupt {
    /// The cause where it is a text, else the name of its type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text =
            self.cause::<&str>().copied().or_else(|| self.cause::<String>().map(String::as_str));
        match text {
            Some(text) => write!(f, "interrupt: {text}"),
            None => write!(f, "interrupt with a cause of type {}", self.cause_type),
        }
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Interrupt({self})")
    }
}

impl std::error::Error for Interrupt {}

/// An [`Interruptible`] that has been polled and is not over, as the kernel knows it; or a mask.
#[derive(Default)]
pub(crate) struct Guard {
    /// Is it a mask, which keeps interrupts out, rather than a guard, which catches them?
    masks: bool,
    /// The guard around it.
    outer: Option<Key>,
    /// The composite around it.
    scope: Scope,
    /// The resumption in which it was registered.
    since: u64,
    /// What a foreign combinator around it must be woken by to poll it.
    waker: Option<Waker>,
}

pin_project! {
    /// A part of a process that can be interrupted: what
    /// [`interruptible`](crate::Environment::interruptible) returns.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.clone();
    /// sim.spawn(async move {
    ///     let nap = env.interruptible(env.timeout(1.0));
    ///     assert!(nap.await.is_ok());
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use = "nothing is awaited, and nothing can be interrupted, unless this is awaited"]
    pub struct Interruptible<R> {
        kernel: Rc<Kernel>,
        registration: Option<Registration>,
        #[pin]
        request: Option<R>,
    }

    impl<R> PinnedDrop for Interruptible<R> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.kernel.unregister(this.registration.take());
        }
    }
}

/// That a guard or mask is registered, and with which process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Registration {
    pub(super) guard: Key,
    process: Key,
}

/// What becomes of an interrupt when its process is resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// A guard catches it.
    Caught,
    /// A mask holds it up.
    Waits,
    /// It ends the process.
    Ends,
}

impl<R> Interruptible<R> {
    pub(crate) fn new(kernel: Rc<Kernel>, request: R) -> Self {
        Interruptible { kernel, registration: None, request: Some(request) }
    }
}

impl<R: Request> Future for Interruptible<R> {
    type Output = Result<R::Output, Interrupt>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let kernel = &*this.kernel;
        kernel.keep_registered(this.registration, false);
        let guard = this.registration.map_or(Key::NONE, |registration| registration.guard);

        if kernel.delivering.get() && kernel.is_innermost(guard) {
            let interrupt = kernel.take_delivery();
            return Poll::Ready(Err(catch(kernel, this.registration, this.request, interrupt)));
        }
        let Some(request) = this.request.as_mut().as_pin_mut() else {
            panic!("an interruptible was polled after it had finished");
        };
        let outer = kernel.guard.replace(guard);
        let poll = request.poll(context);
        kernel.guard.set(outer);
        match poll {
            Poll::Ready(output) => {
                kernel.unregister(this.registration.take());
                this.request.set(None);
                Poll::Ready(Ok(output))
            }
            // The one inside this that was the innermost has gone without being reached.
            Poll::Pending if kernel.delivering.get() && kernel.is_innermost(guard) => {
                let interrupt = kernel.take_delivery();
                Poll::Ready(Err(catch(kernel, this.registration, this.request, interrupt)))
            }
            Poll::Pending => {
                kernel.note_guard_waker(guard, context);
                Poll::Pending
            }
        }
    }
}

/// Drops what was guarded, as one cancellation.
fn catch<R>(
    kernel: &Kernel,
    registration: &mut Option<Registration>,
    mut request: Pin<&mut Option<R>>,
    interrupt: Interrupt,
) -> Interrupt {
    kernel.in_bulk(|| request.set(None));
    kernel.unregister(registration.take());
    interrupt
}

impl<R> fmt::Debug for Interruptible<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interruptible").finish_non_exhaustive()
    }
}

impl Kernel {
    /// Queues an interrupt for a process and, unless it has to wait, gives that a place in the ready
    /// line.
    pub(crate) fn interrupt(&self, key: Key, interrupt: Interrupt) {
        if self.closed.get() {
            return;
        }
        {
            let books = &mut *self.books.borrow_mut();
            if books.processes.is_done(key) {
                return;
            }
            let Some(extras) = books.processes.extras(key) else { return };
            extras.interrupts.push_back(interrupt);
            if self.next_fate(books, key) == Fate::Waits {
                return;
            }
        }
        self.call(key);
    }

    /// Has a process resumed to receive an interrupt, with those foreign combinators woken that must
    /// poll its guards.
    pub(super) fn call(&self, key: Key) {
        let wakers: Vec<Waker> = {
            let books = &*self.books.borrow();
            // In the order of registration, so that the first written is polled first.
            let guards = books.guards.iter(books.processes.guards(key));
            guards.filter_map(|(_, guard)| guard.waker.clone()).collect()
        };
        self.make_ready(key);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The interrupt in delivery.
    fn take_delivery(&self) -> Interrupt {
        self.delivering.set(false);
        let interrupt = self.delivery.borrow_mut().take();
        interrupt.expect("an interrupt is in delivery")
    }

    fn is_innermost(&self, guard: Key) -> bool {
        self.books.borrow().would_catch(self.active.get(), guard, self.resumption.get())
    }

    /// What becomes of an interrupt in the resumption that is under way.
    pub(super) fn fate(&self, books: &Books, process: Key) -> Fate {
        books.fate(process, self.resumption.get())
    }

    /// What becomes of an interrupt if the process is resumed now.
    pub(super) fn next_fate(&self, books: &Books, process: Key) -> Fate {
        books.fate(process, self.resumption.get() + 1)
    }

    /// Registers what is polled for the first time with the process that polls it, or that was
    /// registered with another.
    pub(super) fn keep_registered(&self, registration: &mut Option<Registration>, masks: bool) {
        let process = self.active.get();
        if registration.is_none_or(|registration| registration.process != process) {
            self.unregister(registration.take());
            *registration = self.register(process, masks);
        }
    }

    /// None outside any process.
    fn register(&self, process: Key, masks: bool) -> Option<Registration> {
        let books = &mut *self.books.borrow_mut();
        let extras = books.processes.extras(process)?;
        let outer = Some(self.guard.get()).filter(|&outer| outer != Key::NONE);
        let guard = Guard {
            masks,
            outer,
            scope: self.scope.get(),
            since: self.resumption.get(),
            waker: None,
        };
        let guard = books.guards.join(&mut extras.guards, guard);
        Some(Registration { guard, process })
    }

    pub(super) fn unregister(&self, registration: Option<Registration>) {
        let Some(Registration { guard, process }) = registration else { return };
        let mut interrupts_wait = false;
        let removed = {
            let books = &mut *self.books.borrow_mut();
            if let Some(extras) = books.processes.extras_if_any(process) {
                books.guards.leave(&mut extras.guards, guard);
                interrupts_wait = !extras.interrupts.is_empty();
            }
            books.guards.remove(guard).map(|(guard, _)| guard)
        };
        // Where another process has dropped a mask, its own may not resume by itself.
        if interrupts_wait
            && removed.as_ref().is_some_and(|guard| guard.masks)
            && self.active.get() != process
        {
            self.call(process);
        }
        drop(removed);
    }

    /// Remembers the waker of a foreign combinator around a guard.
    fn note_guard_waker(&self, guard: Key, context: &Context<'_>) {
        let is_ours =
            self.active.get() != Key::NONE && context.waker().will_wake(self.shared_waker.waker());
        let has_one =
            self.books.borrow().guards.get(guard).is_some_and(|guard| guard.waker.is_some());
        if is_ours && !has_one {
            return;
        }
        let waker = (!is_ours).then(|| context.waker().clone());
        let old = match self.books.borrow_mut().guards.get_mut(guard) {
            Some(guard) => std::mem::replace(&mut guard.waker, waker),
            None => waker,
        };
        drop(old);
    }
}

impl Books {
    /// Could this guard catch an interrupt, or this mask hold it up, in this resumption?
    fn is_eligible(&self, guard: Key, resumption: u64) -> bool {
        let Some(guard) = self.guards.get(guard) else { return false };
        if guard.since == resumption && !guard.masks {
            return false;
        }
        let mut scope = guard.scope;
        while let Some(composite) = scope {
            match self.composites.get(composite) {
                Some(composite) if composite.decided().is_none() => scope = composite.scope,
                _ => return false,
            }
        }
        true
    }

    /// Is it a guard, eligible, and with no eligible guard or mask inside?
    fn would_catch(&self, process: Key, guard: Key, resumption: u64) -> bool {
        if self.masks(guard) || !self.is_eligible(guard, resumption) {
            return false;
        }
        let mut others = self.guards.iter(self.processes.guards(process));
        !others.any(|(key, other)| other.outer == Some(guard) && self.is_eligible(key, resumption))
    }

    fn masks(&self, guard: Key) -> bool {
        self.guards.get(guard).is_some_and(|guard| guard.masks)
    }

    /// Is there any mask in the process that holds interrupts up?
    pub(super) fn is_masked(&self, process: Key) -> bool {
        // Masks do not ask for the resumption.
        let mut guards = self.guards.iter(self.processes.guards(process));
        guards.any(|(key, guard)| guard.masks && self.is_eligible(key, 0))
    }

    fn fate(&self, process: Key, resumption: u64) -> Fate {
        let mut guards = self.guards.iter(self.processes.guards(process));
        if guards.any(|(guard, _)| self.would_catch(process, guard, resumption)) {
            Fate::Caught
        } else if self.is_masked(process) {
            Fate::Waits
        } else {
            Fate::Ends
        }
    }
}
