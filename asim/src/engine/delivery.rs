//! Interrupts: how they are sent, delivered and caught, or end their process.
#![doc = include_str!("delivery.md")]

use std::cell::RefMut;
use std::task::{Context, Poll, Waker};

use crate::engine::kernel::{Kernel, Tables};
use crate::engine::{
    awaiter::Awaiter,
    catch_scope::{CatchScope, Fate},
    composite::BranchScope,
    deferred::Discard,
    interrupt::Interrupt,
    process_cell::{Attention, Life, RareState, Stop},
    slab::Key,
    wait_list::WaitList,
    wake_queue::{OwnWaker, SharedWaker},
};

impl Kernel {
    /// Returns the number for a new interrupt.
    #[inline]
    pub(crate) fn next_interrupt(&self) -> u64 {
        self.interrupts.set(self.interrupts.get().wrapping_add(1));
        self.interrupts.get()
    }

    /// Queues an interrupt for a process and gives the process a place in the ready line, unless the
    /// interrupt has to wait.
    pub(crate) fn interrupt(&self, key: Key, interrupt: Interrupt) {
        if self.closed.get() {
            return;
        }
        let tables = &mut *self.tables.borrow_mut();
        if tables.processes.is_done(key) {
            return;
        }
        let Some(cell) = tables.processes.get_mut(key) else { return };
        cell.attend(key);
        let is_new = cell.is_new();
        let Some(rare) = cell.rare_or_new() else { return };
        rare.interrupts.push_back(interrupt);
        // One that is in delivery is as good as received.
        let received = usize::from(self.delivering.get() && self.active.get() == key);
        let is_first = rare.interrupts.len() - received == 1;
        let has_masks = rare.masks > 0;
        if is_new {
            tables.processes.queue_interrupt(key);
        } else if is_first && !(has_masks && self.next_fate(tables, key) == Fate::Waits) {
            // Otherwise an earlier interrupt has given the process a place already, or waits itself.
            tables.processes.make_ready(key);
        }
    }

    /// Resumes a process that may have an interrupt to receive or a waker of its own. It was the next in
    /// the ready line, or its timer has fired.
    #[inline(never)]
    pub(crate) fn turn_with_delivery(&self, key: Key, shared: &SharedWaker) {
        let mut borrow = self.tables.borrow_mut();
        let tables = &mut *borrow;
        let Some(cell) = tables.processes.get_mut(key) else { return };
        if cell.is_done() {
            // It has ended while it was in the ready line.
            return;
        }
        let is_new = cell.is_new();
        let Some(rare) = cell.rare_or_new() else { return };
        // A process that has not started yet first runs to its first pause.
        let mut fate = Fate::Waits;
        if !rare.interrupts.is_empty() && !is_new {
            let next = self.resumption.get() + 1;
            if let Some(usual) = Tables::usual_fate(rare, &tables.catch_scopes, next) {
                fate = usual;
            } else {
                fate = tables.fate_among(key, next);
                if let Fate::Caught(scope) = fate
                    && let Some(waker) = tables.take_scope_waker(scope)
                {
                    // Woken so that the foreign combinator around the catch scope polls it. This runs
                    // user code, so the process keeps its place.
                    tables.processes.put_first(key);
                    drop(borrow);
                    waker.wake();
                    self.settle();
                    return;
                }
            }
        }
        self.resumption.set(self.resumption.get() + 1);
        if self.tracing.get() {
            self.log_turn(tables, key, fate);
        }
        let Some(cell) = tables.processes.get_mut(key) else { return };
        cell.resume(self.now.get());
        let Some(rare) = cell.rare_or_new() else { return };
        if fate == Fate::Ends {
            let interrupt = rare.interrupts.pop_front();
            drop(borrow);
            if let Some(interrupt) = interrupt {
                self.end(key, Stop::Interrupted(interrupt));
            }
            return;
        }
        let own_waker = rare.waker.as_ref().and_then(OwnWaker::waker);
        if rare.places > 0 {
            cell.life = Life::Placed;
        }
        let Some(body) = cell.begin() else { return };
        self.delivering.set(fate != Fate::Waits);
        drop(borrow);
        let waker = own_waker.as_ref().unwrap_or(shared.waker());
        let mut context = Context::from_waker(waker);
        let poll = self.poll(key, body, &mut context, shared);
        let has_own_waker = own_waker.is_some();
        drop(own_waker);
        if let Poll::Ready(ended_well) = poll {
            self.finish(key, ended_well);
            return;
        }
        let mut borrow = self.tables.borrow_mut();
        if let Some(cell) = borrow.processes.get_mut(key) {
            cell.pause(self.waiting_for.get(), self.waiting_at.get());
            if self.last_timer.is_asleep() {
                // A process with a rare state is no sleeper.
                cell.timer_awaiter = Awaiter::process(key);
            }
            if has_own_waker {
                borrow.processes.leave_waker(key);
            }
            self.pause_with_delivery(borrow, key);
        }
    }

    /// Handles the pause of a process that may have been cancelled, or may still have interrupts to
    /// receive.
    #[inline(never)]
    pub(crate) fn pause_with_delivery(&self, mut borrow: RefMut<'_, Tables>, key: Key) {
        borrow.free_idle_scope(key);
        let Some(cell) = borrow.processes.get_mut(key) else { return };
        let Some(rare) = cell.rare_or_new() else { return };
        let was_tried = self.delivering.replace(false);
        if rare.interrupts.is_empty() && rare.at_pause == 0 {
            rare.paused = self.resumption.get();
            if rare.waker.is_none() && rare.places == 0 {
                // The next turn needs no closer look.
                cell.attention.clear(Attention::TURN);
            }
        } else {
            self.pause_with_interrupts(borrow, key, was_tried);
        }
    }

    /// Does the rest of [`pause_with_delivery`](Self::pause_with_delivery). `was_tried` says that the
    /// first interrupt was in delivery, and nothing has caught it.
    #[cold]
    #[inline(never)]
    fn pause_with_interrupts(&self, mut borrow: RefMut<'_, Tables>, key: Key, was_tried: bool) {
        let tables = &mut *borrow;
        if self.log_pause(tables, key, was_tried) {
            return;
        }
        // Whether there are catch scopes that could have caught the interrupt and were not reached.
        // These are not awaited any more. (All such catch scopes may also have gone in this resumption.)
        let are_parked = was_tried && matches!(self.fate(tables, key), Fate::Caught(_));
        let Some(rare) = tables.processes.rare_state_if_any(key) else { return };
        rare.paused = self.resumption.get();
        if rare.at_pause & RareState::CANCELLED != 0 {
            drop(borrow);
            self.end(key, Stop::Cancelled);
            return;
        }
        if are_parked {
            self.unmark_unreached(tables, key, Key::NONE);
        }
        let has_masks = tables.processes.rare(key).is_some_and(|rare| rare.masks > 0);
        if !has_masks && !are_parked {
            tables.processes.make_ready(key);
            return;
        }
        match self.next_fate(tables, key) {
            Fate::Waits => {}
            Fate::Ends if are_parked => {
                let rare = tables.processes.rare(key);
                let interrupt = rare.and_then(|rare| rare.interrupts.pop_front());
                drop(borrow);
                if let Some(interrupt) = interrupt {
                    self.end(key, Stop::Interrupted(interrupt));
                }
            }
            _ => tables.processes.make_ready(key),
        }
    }

    /// Takes the interrupt in delivery, which is the first of the active process.
    fn take_delivery(&self, tables: &mut Tables) -> Option<Interrupt> {
        self.delivering.set(false);
        tables.processes.active_rare(self.active.get())?.interrupts.pop_front()
    }

    /// Drops the interrupt in delivery: its process has ended in the resumption that should deliver it,
    /// so it comes too late.
    #[cold]
    #[inline(never)]
    pub(crate) fn drop_delivery(&self, process: Key) {
        self.delivering.set(false);
        self.log.delivery.set(Key::NONE);
        let late = {
            let tables = &mut *self.tables.borrow_mut();
            let rare = tables.processes.rare_state_if_any(process);
            rare.and_then(|rare| rare.interrupts.pop_front())
        };
        // This runs user code.
        drop(late);
    }

    /// Takes the interrupt in delivery for this catch scope before its guarded part is polled, if no
    /// eligible catch scope or mask is inside it.
    #[inline(never)]
    pub(crate) fn catch_before(&self, tables: &mut Tables, scope: Key) -> Option<Interrupt> {
        let (process, resumption) = (self.active.get(), self.resumption.get());
        let is_innermost = tables.is_eligible(process, scope, resumption)
            && tables.first_eligible(process, scope, resumption).is_none();
        if is_innermost { self.take_delivery(tables) } else { None }
    }

    /// Takes the interrupt in delivery for this catch scope after its guarded part was polled, if no
    /// catch scope inside was reached and no mask inside keeps the interrupt waiting.
    #[cold]
    #[inline(never)]
    pub(crate) fn catch_after(&self, scope: Key) -> Option<Interrupt> {
        let tables = &mut *self.tables.borrow_mut();
        let (process, resumption) = (self.active.get(), self.resumption.get());
        let catches = tables.is_eligible(process, scope, resumption)
            && !tables.holds_up(process, scope, resumption);
        if !catches {
            return None;
        }
        self.unmark_unreached(tables, process, scope);
        self.take_delivery(tables)
    }

    /// Notes that the foreign catch scopes inside this one (inside the process, for [`Key::NONE`]) are
    /// not awaited any more if they were woken and not polled.
    pub(crate) fn unmark_unreached(&self, tables: &mut Tables, process: Key, scope: Key) {
        let resumption = self.resumption.get();
        let mut wakers = Vec::new();
        let mut next = tables.first_inside(process, scope);
        while let Some(key) = next {
            if let Some(unreached) = tables.catch_scopes.get_mut(key)
                && unreached.is_foreign
                && unreached.polled < resumption
                && !unreached.masks
            {
                unreached.is_foreign = false;
                wakers.extend(unreached.waker.take());
            }
            next = tables.after(key, scope);
        }
        // Dropped as the last deferred step, because no user code may run here.
        tables.deferred.discards.extend(wakers.into_iter().map(Discard::DropWaker));
        self.under_way.defer();
    }

    /// Returns the fate of an interrupt in the current resumption.
    pub(crate) fn fate(&self, tables: &mut Tables, process: Key) -> Fate {
        tables.fate(process, self.resumption.get())
    }

    /// Returns the fate of an interrupt if the process is resumed now.
    pub(crate) fn next_fate(&self, tables: &mut Tables, process: Key) -> Fate {
        tables.fate(process, self.resumption.get() + 1)
    }
}

impl Tables {
    /// Returns `true` if this catch scope could catch an interrupt in this resumption, or this mask
    /// could keep it waiting.
    #[inline]
    fn is_eligible(&self, process: Key, scope: Key, resumption: u64) -> bool {
        let Some(scope) = self.catch_scopes.get(scope) else { return false };
        scope.is_known(self.processes.paused(process), resumption)
            && (scope.branch_scope.is_none() || self.is_open(scope.branch_scope))
    }

    /// Returns `true` if none of these composites, each inside the next, is decided.
    fn is_open(&self, mut branch_scope: BranchScope) -> bool {
        while let Some(composite) = branch_scope {
            match self.composites.get(composite) {
                Some(composite) if composite.decided().is_none() => {
                    branch_scope = composite.branch_scope;
                }
                _ => return false,
            }
        }
        true
    }

    fn masks(&self, scope: Key) -> bool {
        self.catch_scopes.get(scope).is_some_and(|scope| scope.masks)
    }

    /// Returns the first one directly inside this catch scope; for [`Key::NONE`], the first of the
    /// outermost ones.
    fn first_inside(&self, process: Key, scope: Key) -> Option<Key> {
        self.catch_scopes.first(self.line_in(process, scope)?)
    }

    /// Returns the first eligible one directly inside this catch scope. Takes those before it that are
    /// not awaited any more out of the line, so that nothing looks at them again.
    fn first_eligible(&mut self, process: Key, scope: Key, resumption: u64) -> Option<Key> {
        let first = self.first_inside(process, scope);
        self.eligible_from(process, first, resumption)
    }

    /// Returns the first eligible one in a line, from this one on.
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
            from = self.catch_scopes.next(key);
            let paused = self.processes.paused(process);
            if self.catch_scopes.get(key).is_some_and(|scope| !scope.is_awaited(paused)) {
                self.leave_line(process, key);
            }
        }
        None
    }

    /// Returns the next one in a walk through everything inside `top` (through everything, for
    /// [`Key::NONE`]). The walk meets each one before what is inside it.
    fn after(&mut self, key: Key, top: Key) -> Option<Key> {
        let inner = self.catch_scopes.get(key)?.inner;
        self.catch_scopes.first(inner).or_else(|| self.after_all_in(key, top))
    }

    /// Does the same as [`after`](Self::after), but skips what is inside `key`.
    fn after_all_in(&mut self, mut key: Key, top: Key) -> Option<Key> {
        loop {
            if let Some(next) = self.catch_scopes.next(key) {
                return Some(next);
            }
            key = self.catch_scopes.get(key)?.outer;
            if key == top || key == Key::NONE {
                return None;
            }
        }
    }

    /// Returns `true` if a catch scope has an eligible mask inside that was polled in this resumption,
    /// or that a foreign combinator polls.
    fn holds_up(&mut self, process: Key, scope: Key, resumption: u64) -> bool {
        let mut next = self.first_inside(process, scope);
        while let Some(key) = next {
            let eligible = self.is_eligible(process, key, resumption);
            if eligible
                && let Some(inside) = self.catch_scopes.get(key)
                && inside.masks
                && (inside.polled == resumption || inside.is_foreign)
            {
                return true;
            }
            next = if eligible { self.after(key, scope) } else { self.after_all_in(key, scope) };
        }
        false
    }

    /// Returns the fate of an interrupt.
    fn fate(&mut self, process: Key, resumption: u64) -> Fate {
        let Some(rare) = self.processes.rare_state_if_any(process) else { return Fate::Ends };
        match Self::usual_fate(rare, &self.catch_scopes, resumption) {
            Some(fate) => fate,
            None => self.fate_among(process, resumption),
        }
    }

    /// Returns the fate of an interrupt in the usual case: there is at most one catch scope, and nothing
    /// around it or in it.
    #[inline]
    fn usual_fate(
        rare: &RareState,
        catch_scopes: &WaitList<CatchScope>,
        resumption: u64,
    ) -> Option<Fate> {
        let Some(only) = catch_scopes.first(rare.catch_scopes) else { return Some(Fate::Ends) };
        let scope = catch_scopes.get(only)?;
        if rare.catch_scopes.len() > 1 || scope.branch_scope.is_some() || !scope.is_simple() {
            return None;
        }
        let is_eligible = scope.is_known(rare.paused, resumption);
        Some(if is_eligible { Fate::Caught(only) } else { Fate::Ends })
    }

    /// Returns the fate of an interrupt. The first eligible catch scope with no eligible one inside
    /// catches it. The search passes over a mask with no eligible one inside.
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

    /// Returns the next eligible one beside this one, or beside one around it.
    fn eligible_after(&mut self, process: Key, mut key: Key, resumption: u64) -> Option<Key> {
        loop {
            let beside = self.catch_scopes.next(key);
            let beside = self.eligible_from(process, beside, resumption);
            if beside.is_some() {
                return beside;
            }
            key = self
                .catch_scopes
                .get(key)
                .map(|scope| scope.outer)
                .filter(|&key| key != Key::NONE)?;
        }
    }

    /// Takes out the waker that makes a foreign combinator poll this catch scope.
    pub(crate) fn take_scope_waker(&mut self, scope: Key) -> Option<Waker> {
        self.catch_scopes.get_mut(scope)?.waker.take()
    }
}
