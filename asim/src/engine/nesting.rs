//! The nesting of the catch scopes and masks of a process.
//!
//! A catch scope is registered with its process when it is first polled. Each poll notes again what is
//! around it: the catch scope and the branch of a composite in which it is polled. A catch scope that is
//! kept may be awaited again in another place.
//!
//! A process often goes from one catch scope to the next without a pause: a machine that works and may break
//! down, in a loop. So the entry of the only catch scope of a process is not freed when the catch scope goes,
//! but left to the next one (`Tables::idle_scope`). It is freed when the process pauses or ends, so it is
//! never there when an interrupt looks for who catches it.

use std::task::Context;

use crate::engine::catch_scope::{CatchScope, Registration};
use crate::engine::kernel::{Kernel, Tables};
use crate::engine::{
    composite::BranchScope, interrupt::Interrupt, process_cell::Attention, slab::Key,
    wait_list::Line,
};

/// What the kernel knows of a catch scope or mask that is being polled.
pub(crate) struct Entered {
    /// Its key, or [`Key::NONE`] outside any process.
    pub(crate) scope: Key,
    /// The interrupt that it catches before its guarded part is polled.
    pub(crate) caught: Option<Interrupt>,
    /// Whether a foreign combinator polls it.
    is_foreign: bool,
}

impl Entered {
    #[inline]
    pub(crate) fn new(scope: Key) -> Self {
        Entered { scope, caught: None, is_foreign: false }
    }
}

impl Kernel {
    /// Notes that a catch scope or mask is being polled, and registers it in its present place with the
    /// active process. If it is a catch scope, it takes an interrupt in delivery if that is for it.
    #[inline]
    pub(crate) fn enter(&self, registration: &mut Option<Registration>, masks: bool) -> Entered {
        match *registration {
            Some(Registration { scope, process }) if process == self.active.get() => {
                self.enter_again(scope, masks)
            }
            _ => Entered::new(self.register(registration, masks)),
        }
    }

    /// Registers a catch scope or mask with the active process. It catches nothing that is in delivery,
    /// because it was not awaited before. Returns [`Key::NONE`] outside any process.
    #[inline(never)]
    fn register(&self, registration: &mut Option<Registration>, masks: bool) -> Key {
        if registration.is_none() && !masks && self.catch_scope.get() == Key::NONE {
            let tables = &mut *self.tables.borrow_mut();
            let scope = std::mem::replace(&mut tables.idle_scope, Key::NONE);
            if let Some(idle) = tables.catch_scopes.get_mut(scope) {
                idle.branch_scope = self.branch_scope.get();
                idle.since = self.resumption.get();
                idle.polled = idle.since;
                *registration = Some(Registration { scope, process: self.active.get() });
                return scope;
            }
        }
        self.register_anew(registration, masks)
    }

    #[inline(never)]
    fn register_anew(&self, registration: &mut Option<Registration>, masks: bool) -> Key {
        // It may be registered with another process.
        self.unregister(registration);
        let process = self.active.get();
        let tables = &mut *self.tables.borrow_mut();
        let (outer, now) = (self.catch_scope.get(), self.resumption.get());
        if masks {
            // It would come behind the entry of a catch scope that has gone.
            tables.free_idle_scope(process);
        }
        let Some(cell) = tables.processes.get_mut(process) else { return Key::NONE };
        if outer == Key::NONE {
            cell.attention.set(Attention::PAUSE);
        }
        let Some(rare) = cell.rare_or_new() else { return Key::NONE };
        if masks {
            rare.masks += 1;
            self.masks.set(self.masks.get() + 1);
        }
        let scope = CatchScope {
            masks,
            is_foreign: false,
            waker: None,
            outer,
            inner: Line::EMPTY,
            branch_scope: self.branch_scope.get(),
            since: now,
            polled: now,
        };
        let scope = if outer == Key::NONE {
            tables.catch_scopes.join(&mut rare.catch_scopes, scope)
        } else {
            tables.register_inside(process, outer, scope)
        };
        *registration = Some(Registration { scope, process });
        scope
    }

    /// Returns the key of a registered catch scope that is being polled, if it may
    /// [enter](Self::enter_again) after the poll of its guarded part: usually the part is then over, and
    /// there is nothing to note. Nobody can see the difference: no interrupt is in delivery, and without a
    /// mask nobody looks at the catch scopes of a process that runs.
    #[inline]
    pub(crate) fn enters_late(&self, registration: Option<Registration>) -> Option<Key> {
        match registration {
            Some(Registration { scope, process })
                if process == self.active.get()
                    && !self.delivering.get()
                    && self.masks.get() == 0 =>
            {
                Some(scope)
            }
            _ => None,
        }
    }

    /// Notes that a registered catch scope or mask of the active process is polled again.
    #[inline]
    pub(crate) fn enter_again(&self, scope: Key, masks: bool) -> Entered {
        let (process, now) = (self.active.get(), self.resumption.get());
        let mut entered = Entered::new(scope);
        let tables = &mut *self.tables.borrow_mut();
        let Some(rare) = tables.processes.active_rare(process) else { return entered };
        let is_in_line = tables.catch_scopes.is_in_line(scope);
        let Some(known) = tables.catch_scopes.get_mut(scope) else { return entered };
        entered.is_foreign = known.is_foreign;
        let stays = is_in_line
            && known.is_awaited(rare.paused)
            && known.outer == self.catch_scope.get()
            && known.branch_scope == self.branch_scope.get();
        known.polled = now;
        if stays && self.delivering.get() && !masks && known.catches_alone(now) {
            // The usual case of `catch_before`.
            self.delivering.set(false);
            entered.caught = rare.interrupts.pop_front();
            return entered;
        }
        if !stays {
            tables.move_scope(process, scope, self.catch_scope.get(), self.branch_scope.get(), now);
        }
        if self.delivering.get() && !masks {
            entered.caught = self.catch_before(tables, scope);
        }
        entered
    }

    /// Notes, when a catch scope or mask waits, the waker of a foreign combinator around it.
    #[inline]
    pub(crate) fn pause_in(&self, entered: &Entered, context: &Context<'_>) {
        if entered.is_foreign || !self.is_shared_waker(context.waker()) {
            self.note_scope_waker(entered.scope, context);
        }
    }

    #[cold]
    fn note_scope_waker(&self, scope: Key, context: &Context<'_>) {
        let waker = context.waker();
        let is_ours = self.is_shared_waker(waker)
            || self.tables.borrow_mut().processes.is_own_waker(self.active.get(), waker);
        // Cloning and dropping wakers runs user code.
        let waker = (!is_ours).then(|| waker.clone());
        let old = match self.tables.borrow_mut().catch_scopes.get_mut(scope) {
            Some(scope) => {
                scope.is_foreign = !is_ours;
                std::mem::replace(&mut scope.waker, waker)
            }
            None => waker,
        };
        drop(old);
    }

    /// Removes the registration of a catch scope or mask, if it has one.
    #[inline]
    pub(crate) fn unregister(&self, registration: &mut Option<Registration>) {
        if let Some(registration) = registration.take() {
            self.leave_scope(registration);
        }
    }

    #[inline(never)]
    fn leave_scope(&self, registration: Registration) {
        let Registration { scope, process } = registration;
        let mut borrow = self.tables.borrow_mut();
        let tables = &mut *borrow;
        if process == self.active.get()
            && !self.delivering.get()
            && let Some(known) = tables.catch_scopes.get_mut(scope)
            && known.is_simple()
            && let Some(rare) = tables.processes.active_rare(process)
            && rare.catch_scopes.is_only(scope)
            && rare.masks == 0
        {
            known.is_foreign = false;
            tables.idle_scope = scope;
            return;
        }
        drop(borrow);
        self.leave_any_scope(registration);
    }

    #[cold]
    #[inline(never)]
    fn leave_any_scope(&self, Registration { scope, process }: Registration) {
        let (removed, interrupts_wait) = {
            let tables = &mut *self.tables.borrow_mut();
            let removed = tables.remove_scope(process, scope);
            if removed.as_ref().is_some_and(|scope| scope.masks) {
                self.masks.set(self.masks.get() - 1);
            }
            let rare = tables.processes.rare_state_if_any(process);
            (removed, rare.is_some_and(|rare| !rare.interrupts.is_empty()))
        };
        // If another process has dropped the mask, nothing else may resume the process of the mask.
        if interrupts_wait
            && removed.as_ref().is_some_and(|scope| scope.masks)
            && self.active.get() != process
        {
            self.make_ready(process);
        }
        drop(removed);
    }
}

impl Tables {
    /// Notes that a process with catch scopes pauses, in this resumption.
    #[inline(never)]
    pub(crate) fn note_pause(&mut self, process: Key, resumption: u64) {
        if let Some(rare) = self.processes.active_rare(process) {
            rare.paused = resumption;
            if self.idle_scope != Key::NONE || rare.catch_scopes.is_empty() {
                self.leave_pauses(process);
            }
        }
    }

    /// Frees what a process may not need any more: its idle entry, and the notes of its pauses.
    #[inline(never)]
    fn leave_pauses(&mut self, process: Key) {
        self.free_idle_scope(process);
        if self.processes.catch_scopes(process).is_none_or(Line::is_empty)
            && let Some(cell) = self.processes.get_mut(process)
        {
            // The next one sets this again.
            cell.attention.clear(Attention::PAUSE);
        }
    }

    /// Frees the entry that a catch scope of the active process has left to the next one.
    #[inline]
    pub(crate) fn free_idle_scope(&mut self, active: Key) {
        if self.idle_scope != Key::NONE {
            self.free_idle_scope_of(active);
        }
    }

    #[inline(never)]
    fn free_idle_scope_of(&mut self, active: Key) {
        let idle = std::mem::replace(&mut self.idle_scope, Key::NONE);
        if let Some(rare) = self.processes.active_rare(active) {
            self.catch_scopes.leave(&mut rare.catch_scopes, idle);
        }
        self.catch_scopes.remove(idle);
    }

    /// Registers a catch scope or mask that is polled for the first time, inside another one.
    #[inline(never)]
    fn register_inside(&mut self, process: Key, outer: Key, scope: CatchScope) -> Key {
        let scope = self.catch_scopes.hold(scope);
        self.join_line(process, outer, scope);
        scope
    }

    /// Returns the line of those directly inside a catch scope (for [`Key::NONE`], the outermost ones of
    /// a process). Returns `None` if the catch scope or the process is gone.
    pub(crate) fn line_in(&self, process: Key, outer: Key) -> Option<Line> {
        if outer == Key::NONE {
            self.processes.catch_scopes(process)
        } else {
            self.catch_scopes.get(outer).map(|outer| outer.inner)
        }
    }

    /// Puts a catch scope that is in no line into the line of those inside `outer`.
    fn join_line(&mut self, process: Key, outer: Key, scope: Key) {
        if let Some(mut line) = self.line_in(process, outer) {
            self.catch_scopes.join_again(&mut line, scope);
            self.set_line(process, outer, line);
        }
    }

    fn set_line(&mut self, process: Key, outer: Key, line: Line) {
        if outer == Key::NONE {
            if let Some(cell) = self.processes.get_mut(process) {
                cell.attention.set(Attention::PAUSE);
                if let Some(rare) = cell.rare_or_new() {
                    rare.catch_scopes = line;
                }
            }
        } else if let Some(outer) = self.catch_scopes.get_mut(outer) {
            outer.inner = line;
        }
    }

    /// Takes a catch scope out of its line. It stays registered.
    pub(crate) fn leave_line(&mut self, process: Key, scope: Key) {
        let Some(outer) = self.catch_scopes.get(scope).map(|scope| scope.outer) else { return };
        if outer == Key::NONE {
            if let Some(rare) = self.processes.rare_state_if_any(process) {
                self.catch_scopes.leave(&mut rare.catch_scopes, scope);
            }
        } else if let Some(mut line) = self.line_in(process, outer) {
            self.catch_scopes.leave(&mut line, scope);
            self.set_line(process, outer, line);
        }
    }

    /// Moves a registered catch scope that is polled in another place, or that was not awaited any more,
    /// to the end of the line where it now belongs.
    #[cold]
    fn move_scope(
        &mut self,
        process: Key,
        key: Key,
        outer: Key,
        branch_scope: BranchScope,
        now: u64,
    ) {
        // It would come behind the entry of one that has gone. (Only the active process moves them.)
        self.free_idle_scope(process);
        self.leave_line(process, key);
        if let Some(scope) = self.catch_scopes.get_mut(key) {
            (scope.outer, scope.branch_scope, scope.since) = (outer, branch_scope, now);
        }
        self.join_line(process, outer, key);
    }

    /// Removes a catch scope for good. If those inside it are kept somewhere, they are not awaited any
    /// more.
    fn remove_scope(&mut self, process: Key, scope: Key) -> Option<CatchScope> {
        self.leave_line(process, scope);
        if let Some(mut inner) = self.catch_scopes.get(scope).map(|scope| scope.inner) {
            while let Some(key) = self.catch_scopes.first(inner) {
                self.catch_scopes.leave(&mut inner, key);
            }
        }
        let (scope, _) = self.catch_scopes.remove(scope)?;
        if scope.masks
            && let Some(rare) = self.processes.rare_state_if_any(process)
        {
            rare.masks -= 1;
        }
        Some(scope)
    }
}
