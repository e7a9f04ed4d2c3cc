//! What a state shows when somebody asks why nothing happens.

use crate::engine::blocked::Looks;
use crate::engine::thing_view::{From, Thing, View};
use crate::engine::wait_name::WaitName;
use crate::shared::state::core::Core;

impl<T: 'static> Thing for Core<T> {
    fn show(&self, view: &mut View) {
        let inner = self.inner.borrow();
        let looks = if inner.line.is_empty() { Looks::Unsaid } else { Looks::NotAccepted };
        self.watchers.show("State", looks, view);
        view.counts_references();
        let awaiters = inner.list.awaiters(inner.line).map(|(_, awaiter)| awaiter);
        view.plain_line(WaitName::StateWait, From::Anybody, awaiters);
    }
}
