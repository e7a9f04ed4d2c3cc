//! The nesting of the catch scopes and masks of a process.
//!
//! A catch scope is registered with its process when it is first polled. Each poll notes again what is
//! around it: the catch scope and the branch of a composite in which it is polled. A catch scope that is
//! kept may be awaited again in another place.

use std::task::Context;

use crate::engine::catch_scope::{CatchScope, Registration};
use crate::engine::kernel::{Kernel, Tables};
use crate::engine::{composite::BranchScope, slab::Key, wait_list::Line};

impl Kernel {
    /// Registers a catch scope or mask, which is being polled, in its present place with the active
    /// process. Returns its key, or [`Key::NONE`] outside any process.
    pub(crate) fn enter(&self, registration: &mut Option<Registration>, masks: bool) -> Key {
        let process = self.active.get();
        if registration.is_some_and(|registration| registration.process != process) {
            self.unregister(registration.take());
        }
        let tables = &mut *self.tables.borrow_mut();
        let Some(rare) = tables.processes.rare(process) else { return Key::NONE };
        let (outer, branch_scope, now) =
            (self.catch_scope.get(), self.branch_scope.get(), self.resumption.get());
        let Some(Registration { scope, .. }) = *registration else {
            rare.masks += usize::from(masks);
            let scope = CatchScope {
                masks,
                is_foreign: false,
                waker: None,
                outer,
                inner: Line::EMPTY,
                branch_scope,
                since: now,
                polled: now,
            };
            let scope = if outer == Key::NONE {
                tables.catch_scopes.join(&mut rare.catch_scopes, scope)
            } else {
                let scope = tables.catch_scopes.hold(scope);
                tables.join_line(process, outer, scope);
                scope
            };
            *registration = Some(Registration { scope, process });
            return scope;
        };
        let paused = rare.paused;
        let is_in_line = tables.catch_scopes.is_in_line(scope);
        if let Some(known) = tables.catch_scopes.get_mut(scope) {
            let stays = is_in_line
                && known.is_awaited(paused)
                && known.outer == outer
                && known.branch_scope == branch_scope;
            known.polled = now;
            if !stays {
                tables.move_scope(process, scope, outer, branch_scope, now);
            }
        }
        scope
    }

    /// Notes, when a catch scope or mask waits, the waker of a foreign combinator around it.
    #[inline]
    pub(crate) fn pause_in(&self, scope: Key, context: &Context<'_>) {
        let is_foreign =
            self.tables.borrow().catch_scopes.get(scope).is_some_and(|scope| scope.is_foreign);
        if is_foreign || !self.is_shared_waker(context.waker()) {
            self.note_scope_waker(scope, context);
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

    pub(crate) fn unregister(&self, registration: Option<Registration>) {
        let Some(Registration { scope, process }) = registration else { return };
        let (removed, interrupts_wait) = {
            let tables = &mut *self.tables.borrow_mut();
            let removed = tables.remove_scope(process, scope);
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
            if let Some(rare) = self.processes.rare_state_if_any(process) {
                rare.catch_scopes = line;
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
