//! What a buffer shows when somebody asks why nothing happens.

use crate::engine::blocked::Looks;
use crate::engine::thing_view::{From, HoldView, Thing, View};
use crate::engine::wait_name::WaitName;
use crate::shared::buffer::loan::Core;
use crate::shared::buffer::state::Hold;
use crate::shared::buffer::{buffer::Buffer, discipline::Discipline};

impl<T: 'static, D: Discipline<T>> Thing for Buffer<T, D> {
    fn show(&self, view: &mut View) {
        let kind = match D::GET {
            WaitName::PriorityQueueGet => "PriorityQueue",
            WaitName::StoreGet => "Store",
            _ => "Queue",
        };
        let count = self.len();
        let looks = match self.capacity() {
            _ if count == 0 => Looks::Empty,
            Some(capacity) if self.is_full() => Looks::Full { count, capacity },
            _ => Looks::Filled { count },
        };
        self.watchers.show(kind, looks, view);
        view.counts_references();
        self.show_lines(From::Anybody, view);
    }
}

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    fn show_lines(&self, from: From, view: &mut View) {
        let state = self.state.borrow();
        for (line, what) in [(*state.getters, D::GET), (*state.putters, D::PUT)] {
            view.plain_line(what, from, state.requests.awaiters(line).map(|(_, awaiter)| awaiter));
        }
    }
}

/// A pool: its free units are in a buffer, and it knows who has the others.
impl<T: 'static> Thing for Core<T> {
    fn show(&self, view: &mut View) {
        // With those that are promised to somebody. They may come back.
        let units = self.capacity.get();
        let lent = units.saturating_sub(self.free.len());
        self.free.watchers.show("Pool", Looks::Lent { lent, units }, view);
        // A free unit that nobody in line accepts lets nobody go on.
        view.lends(f64::from(u32::try_from(lent).unwrap_or(u32::MAX)));
        self.free.show_lines(From::Borrowers, view);
        let hold = |&Hold { process, since }: &_| HoldView { process, since, amount: 1.0 };
        view.holds.extend(self.free.state.borrow().holds.values().map(hold));
    }
}
