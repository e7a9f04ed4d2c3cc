//! Who catches an interrupt.
//!
//! An interrupt waits with its process and is delivered when that is next resumed. The kernel then
//! polls the process with the interrupt *in delivery*; the polls go down the await path, and the
//! first guard (an [`Interruptible`]) that they reach and that is the innermost takes the interrupt
//! instead of polling what it guards.
//!
//! A guard is registered with its process when it is first polled. What surrounds it, the guard round
//! it and the branch of a composite that it is polled in, is noted anew at each poll: a guard that is
//! kept may be awaited again elsewhere.
//!
//! - A guard is *awaited* if it was polled in the last resumption of its process. A foreign combinator
//!   need not poll it each time: what is polled with a waker of such a one is awaited until the
//!   combinator, woken, does not reach it.
//! - It is *eligible* if it is awaited, was so before the resumption that delivers, and if none of the
//!   composites around it is decided: what is in a branch that has lost is no longer awaited.
//! - It is the *innermost* if no eligible guard or mask is inside it.
//!
//! Whether what was polled last time is polled again is known only after the poll. If no guard inside
//! an eligible one was reached, that one takes the interrupt after all.
//!
//! A [mask](super::uninterruptible) is registered likewise, and holds from that moment on: no guard
//! around it is the innermost. An interrupt that only masks keep from being caught, or from ending the
//! process, waits with it: [`Fate`].

use std::task::{Context, Waker};

use super::composite::Scope;
use super::core::{Books, Kernel};
use super::errands::Discard;
use super::interrupt::Interrupt;
use super::slab::Key;
use super::wait_list::Line;

/// An [`Interruptible`](super::interruptible::Interruptible) that has been polled and is not over, or
/// a mask, as the kernel knows it.
pub(crate) struct Guard {
    /// Is it a mask, which keeps interrupts out, rather than a guard, which catches them?
    masks: bool,
    /// Is it polled by a foreign combinator, which need not poll it each time?
    is_foreign: bool,
    /// What that must be woken by to poll it.
    waker: Option<Waker>,
    /// The guard or mask around it; [`Key::NONE`] if it is the outermost.
    outer: Key,
    /// Those directly inside it, in the order in which they came to be awaited.
    inner: Line,
    /// The composite around it.
    scope: Scope,
    /// The resumption in which it came to be awaited where it is.
    since: u64,
    /// The resumption in which it was last polled.
    polled: u64,
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
    /// This guard catches it, if it is reached.
    Caught(Key),
    /// A mask holds it up.
    Waits,
    /// It ends the process.
    Ends,
}

impl Kernel {
    /// Queues an interrupt for a process and, unless it has to wait, gives that a place in the ready
    /// line.
    pub(crate) fn interrupt(&self, key: Key, interrupt: Interrupt) {
        if self.closed.get() {
            return;
        }
        let books = &mut *self.books.borrow_mut();
        if books.processes.is_done(key) {
            return;
        }
        let Some(extras) = books.processes.extras(key) else { return };
        extras.interrupts.push_back(interrupt);
        let is_first = extras.interrupts.len() == 1;
        let has_masks = extras.masks > 0;
        // One before it has given the process a place already, or waits itself.
        if !books.processes.queue_interrupt(key)
            && is_first
            && !(has_masks && self.next_fate(books, key) == Fate::Waits)
        {
            books.processes.make_ready(key);
        }
    }

    /// Registers what is polled with the process that polls it, where it stands now: its key. None
    /// outside any process.
    pub(super) fn enter(&self, registration: &mut Option<Registration>, masks: bool) -> Key {
        let process = self.active.get();
        if registration.is_some_and(|registration| registration.process != process) {
            self.unregister(registration.take());
        }
        let books = &mut *self.books.borrow_mut();
        let Some(extras) = books.processes.extras(process) else { return Key::NONE };
        let (outer, scope, now) = (self.guard.get(), self.scope.get(), self.resumption.get());
        let Some(Registration { guard, .. }) = *registration else {
            extras.masks += usize::from(masks);
            let guard = Guard {
                masks,
                is_foreign: false,
                waker: None,
                outer,
                inner: Line::EMPTY,
                scope,
                since: now,
                polled: now,
            };
            let guard = if outer == Key::NONE {
                books.guards.join(&mut extras.guards, guard)
            } else {
                let guard = books.guards.hold(guard);
                books.join_line(process, outer, guard);
                guard
            };
            *registration = Some(Registration { guard, process });
            return guard;
        };
        let paused = extras.paused;
        let is_in_line = books.guards.is_in_line(guard);
        if let Some(known) = books.guards.get_mut(guard) {
            let stays = is_in_line
                && known.is_awaited(paused)
                && known.outer == outer
                && known.scope == scope;
            known.polled = now;
            if !stays {
                books.move_guard(process, guard, outer, scope, now);
            }
        }
        guard
    }

    /// What was entered waits: remembers the waker of a foreign combinator around it.
    #[inline]
    pub(super) fn pause_in(&self, guard: Key, context: &Context<'_>) {
        let is_foreign =
            self.books.borrow().guards.get(guard).is_some_and(|guard| guard.is_foreign);
        if is_foreign || !self.is_shared_waker(context.waker()) {
            self.note_guard_waker(guard, context);
        }
    }

    #[cold]
    fn note_guard_waker(&self, guard: Key, context: &Context<'_>) {
        let waker = context.waker();
        let is_ours = self.is_shared_waker(waker)
            || self.books.borrow_mut().processes.is_own_waker(self.active.get(), waker);
        // Cloning and dropping wakers is code of the user's.
        let waker = (!is_ours).then(|| waker.clone());
        let old = match self.books.borrow_mut().guards.get_mut(guard) {
            Some(guard) => {
                guard.is_foreign = !is_ours;
                std::mem::replace(&mut guard.waker, waker)
            }
            None => waker,
        };
        drop(old);
    }

    pub(super) fn unregister(&self, registration: Option<Registration>) {
        let Some(Registration { guard, process }) = registration else { return };
        let (removed, interrupts_wait) = {
            let books = &mut *self.books.borrow_mut();
            let removed = books.remove_guard(process, guard);
            let extras = books.processes.extras_if_any(process);
            (removed, extras.is_some_and(|extras| !extras.interrupts.is_empty()))
        };
        // Where another process has dropped a mask, its own may not resume by itself.
        if interrupts_wait
            && removed.as_ref().is_some_and(|guard| guard.masks)
            && self.active.get() != process
        {
            self.make_ready(process);
        }
        drop(removed);
    }

    /// The interrupt in delivery, if this guard is to take it before what it guards is polled.
    #[inline]
    pub(super) fn catch_before(&self, guard: Key) -> Option<Interrupt> {
        if !self.delivering.get() {
            return None;
        }
        let is_innermost = {
            let books = &mut *self.books.borrow_mut();
            let (process, resumption) = (self.active.get(), self.resumption.get());
            let has_inner = books.guards.get(guard).is_some_and(|guard| !guard.inner.is_empty());
            books.is_eligible(process, guard, resumption)
                && !(has_inner && books.first_eligible(process, guard, resumption).is_some())
        };
        if is_innermost { self.drop_delivery() } else { None }
    }

    /// The interrupt in delivery, if this guard is to take it after what it guards was polled: nobody
    /// inside it was reached.
    #[inline]
    pub(super) fn catch_after(&self, guard: Key) -> Option<Interrupt> {
        if !self.delivering.get() {
            return None;
        }
        let catches = {
            let books = &mut *self.books.borrow_mut();
            let (process, resumption) = (self.active.get(), self.resumption.get());
            books.is_eligible(process, guard, resumption)
                && !books.holds_up(process, guard, resumption)
        };
        if !catches {
            return None;
        }
        let process = self.active.get();
        self.forget_unreached(&mut self.books.borrow_mut(), process, guard);
        self.drop_delivery()
    }

    /// The foreign guards inside this one (or in the process, if it is none) have been woken and were
    /// not polled: they are awaited no longer.
    pub(super) fn forget_unreached(&self, books: &mut Books, process: Key, guard: Key) {
        let resumption = self.resumption.get();
        let mut wakers = Vec::new();
        let mut next = books.first_inside(process, guard);
        while let Some(key) = next {
            if let Some(unreached) = books.guards.get_mut(key)
                && unreached.is_foreign
                && unreached.polled < resumption
                && !unreached.masks
            {
                unreached.is_foreign = false;
                wakers.extend(unreached.waker.take());
            }
            next = books.after(key, guard);
        }
        // Dropped as the last errand: nothing may run here.
        books.errands.discards.extend(wakers.into_iter().map(Discard::Waker));
        self.errands_waiting.set(true);
    }

    /// What becomes of an interrupt in the resumption that is under way.
    pub(super) fn fate(&self, books: &mut Books, process: Key) -> Fate {
        books.fate(process, self.resumption.get())
    }

    /// What becomes of an interrupt if the process is resumed now.
    pub(super) fn next_fate(&self, books: &mut Books, process: Key) -> Fate {
        books.fate(process, self.resumption.get() + 1)
    }
}

impl Books {
    /// The line of those directly inside a guard, or of the outermost of a process; none if that is
    /// gone.
    fn line_in(&self, process: Key, outer: Key) -> Option<Line> {
        if outer == Key::NONE {
            self.processes.guards(process)
        } else {
            self.guards.get(outer).map(|outer| outer.inner)
        }
    }

    /// Puts a guard, which is in no line, into that of those inside `outer`.
    fn join_line(&mut self, process: Key, outer: Key, guard: Key) {
        if let Some(mut line) = self.line_in(process, outer) {
            self.guards.join_again(&mut line, guard);
            self.set_line(process, outer, line);
        }
    }

    fn set_line(&mut self, process: Key, outer: Key, line: Line) {
        if outer == Key::NONE {
            if let Some(extras) = self.processes.extras_if_any(process) {
                extras.guards = line;
            }
        } else if let Some(outer) = self.guards.get_mut(outer) {
            outer.inner = line;
        }
    }

    /// Takes a guard out of the line that it is in. It stays registered.
    fn leave_line(&mut self, process: Key, guard: Key) {
        let Some(outer) = self.guards.get(guard).map(|guard| guard.outer) else { return };
        if outer == Key::NONE {
            if let Some(extras) = self.processes.extras_if_any(process) {
                self.guards.leave(&mut extras.guards, guard);
            }
        } else if let Some(mut line) = self.line_in(process, outer) {
            self.guards.leave(&mut line, guard);
            self.set_line(process, outer, line);
        }
    }

    /// A registered guard is polled where it was not before, or was awaited no longer: it comes anew.
    #[cold]
    fn move_guard(&mut self, process: Key, key: Key, outer: Key, scope: Scope, now: u64) {
        self.leave_line(process, key);
        if let Some(guard) = self.guards.get_mut(key) {
            (guard.outer, guard.scope, guard.since) = (outer, scope, now);
        }
        self.join_line(process, outer, key);
    }

    /// Takes out a guard for good. Those inside it, if any is kept, are awaited no longer.
    fn remove_guard(&mut self, process: Key, guard: Key) -> Option<Guard> {
        self.leave_line(process, guard);
        if let Some(mut inner) = self.guards.get(guard).map(|guard| guard.inner) {
            while let Some(key) = self.guards.first(inner) {
                self.guards.leave(&mut inner, key);
            }
        }
        let (guard, _) = self.guards.remove(guard)?;
        if guard.masks
            && let Some(extras) = self.processes.extras_if_any(process)
        {
            extras.masks -= 1;
        }
        Some(guard)
    }

    // ---- looking

    /// Could this guard catch an interrupt, or this mask hold it up, in this resumption?
    #[inline]
    fn is_eligible(&self, process: Key, guard: Key, resumption: u64) -> bool {
        let Some(guard) = self.guards.get(guard) else { return false };
        (guard.since != resumption || guard.masks)
            && guard.is_awaited(self.processes.paused(process))
            && (guard.scope.is_none() || self.is_open(guard.scope))
    }

    /// Is none of these composites, one inside the other, decided?
    fn is_open(&self, mut scope: Scope) -> bool {
        while let Some(composite) = scope {
            match self.composites.get(composite) {
                Some(composite) if composite.decided().is_none() => scope = composite.scope,
                _ => return false,
            }
        }
        true
    }

    fn masks(&self, guard: Key) -> bool {
        self.guards.get(guard).is_some_and(|guard| guard.masks)
    }

    /// The first that is directly inside this guard; of the outermost, if it is none.
    fn first_inside(&self, process: Key, guard: Key) -> Option<Key> {
        self.guards.first(self.line_in(process, guard)?)
    }

    /// The first that is directly inside this guard and eligible. Those before it that are awaited no
    /// longer leave the line, so that nobody looks at them again.
    fn first_eligible(&mut self, process: Key, guard: Key, resumption: u64) -> Option<Key> {
        let first = self.first_inside(process, guard);
        self.eligible_from(process, first, resumption)
    }

    /// The first eligible one in a line, from this one on.
    fn eligible_from(
        &mut self,
        process: Key,
        mut from: Option<Key>,
        resumption: u64,
    ) -> Option<Key> {
        while let Some(key) = from {
            if self.is_eligible(process, key, resumption) {
                return Some(key);
            }
            from = self.guards.next(key);
            let paused = self.processes.paused(process);
            if self.guards.get(key).is_some_and(|guard| !guard.is_awaited(paused)) {
                self.leave_line(process, key);
            }
        }
        None
    }

    /// The next in a walk through all that is inside `top` (through all, if that is none), each before
    /// what is inside it.
    fn after(&mut self, key: Key, top: Key) -> Option<Key> {
        let inner = self.guards.get(key)?.inner;
        self.guards.first(inner).or_else(|| self.after_all_in(key, top))
    }

    /// The same, without what is inside `key`.
    fn after_all_in(&mut self, mut key: Key, top: Key) -> Option<Key> {
        loop {
            if let Some(next) = self.guards.next(key) {
                return Some(next);
            }
            key = self.guards.get(key)?.outer;
            if key == top || key == Key::NONE {
                return None;
            }
        }
    }

    /// Is there an eligible mask inside a guard that has been polled in this resumption, or is polled
    /// by a foreign combinator?
    fn holds_up(&mut self, process: Key, guard: Key, resumption: u64) -> bool {
        let mut next = self.first_inside(process, guard);
        while let Some(key) = next {
            let eligible = self.is_eligible(process, key, resumption);
            if eligible
                && let Some(inside) = self.guards.get(key)
                && inside.masks
                && (inside.polled == resumption || inside.is_foreign)
            {
                return true;
            }
            next = if eligible { self.after(key, guard) } else { self.after_all_in(key, guard) };
        }
        false
    }

    /// Down to the first eligible guard with no eligible one inside; only masks that have none inside
    /// make it look further.
    fn fate(&mut self, process: Key, resumption: u64) -> Fate {
        let Some(line) = self.processes.guards(process).filter(|line| !line.is_empty()) else {
            return Fate::Ends;
        };
        if line.len() == 1
            && let Some(only) = self.guards.first(line)
            && self.guards.get(only).is_some_and(|guard| guard.inner.is_empty() && !guard.masks)
        {
            // As it usually is.
            let is_eligible = self.is_eligible(process, only, resumption);
            return if is_eligible { Fate::Caught(only) } else { Fate::Ends };
        }
        self.fate_among(process, resumption)
    }

    #[inline(never)]
    fn fate_among(&mut self, process: Key, resumption: u64) -> Fate {
        let mut is_masked = false;
        let mut next = self.first_eligible(process, Key::NONE, resumption);
        while let Some(key) = next {
            let masks = self.masks(key);
            is_masked |= masks;
            let inside = self.first_eligible(process, key, resumption);
            if inside.is_none() && !masks {
                return Fate::Caught(key);
            }
            next = inside.or_else(|| self.eligible_after(process, key, resumption));
        }
        if is_masked { Fate::Waits } else { Fate::Ends }
    }

    /// The next eligible one beside this one, or beside one that is around it.
    fn eligible_after(&mut self, process: Key, mut key: Key, resumption: u64) -> Option<Key> {
        loop {
            let beside = self.guards.next(key);
            let beside = self.eligible_from(process, beside, resumption);
            if beside.is_some() {
                return beside;
            }
            key = self.guards.get(key).map(|guard| guard.outer).filter(|&key| key != Key::NONE)?;
        }
    }

    /// The waker of the foreign combinator that must poll this guard, taken out to be woken.
    pub(super) fn take_guard_waker(&mut self, guard: Key) -> Option<Waker> {
        self.guards.get_mut(guard)?.waker.take()
    }
}

impl Guard {
    /// Is it awaited still, as far as is known? `paused` is the last resumption of its process that is
    /// complete.
    fn is_awaited(&self, paused: u64) -> bool {
        self.is_foreign || self.polled >= paused
    }
}
