//! What a container shows when somebody asks why nothing happens.

use crate::engine::blocked::Looks;
use crate::engine::thing_view::{From, Thing, View, WaitView};
use crate::engine::wait_name::WaitName;
use crate::shared::container::amounts::{Amounts, Direction};

impl Thing for Amounts {
    fn show(&self, view: &mut View) {
        let looks = Looks::Level { level: self.level(), capacity: self.capacity() };
        self.watchers.show("Container", looks, view);
        view.counts_references();
        let state = self.state.borrow();
        for (line, what) in
            [(Direction::Get, WaitName::ContainerGet), (Direction::Put, WaitName::ContainerPut)]
        {
            let waits = state.waiting().filter(|(direction, ..)| *direction == line);
            view.line(
                From::Anybody,
                waits.map(|(_, amount, awaiter)| WaitView { what, awaiter, amount }),
            );
        }
    }
}
