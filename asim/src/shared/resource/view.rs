//! What a resource shows when somebody asks why nothing happens.

use crate::engine::awaiter::Awaiter;
use crate::engine::blocked::Looks;
use crate::engine::thing_view::{From, HoldView, Thing, View, WaitView};
use crate::engine::wait_name::WaitName;
use crate::shared::resource::slots::Slots;
use crate::shared::resource::state::{Entry, Purpose, State};

impl Thing for Slots {
    fn show(&self, view: &mut View) {
        let state = &*self.state.borrow();
        let kind = if self.name() == WaitName::ResourceAcquire {
            "Resource"
        } else {
            "PreemptiveResource"
        };
        let looks = Looks::Taken { taken: state.taken, capacity: state.capacity };
        self.watchers.show(kind, looks, view);
        view.lends(as_amount(state.capacity));
        if !view.has_all_holds && state.line.is_empty() && !self.watchers.has_conditions() {
            return;
        }
        let line = state.list.awaiters(*state.line);
        view.line(From::Holders, line.map(|(entry, awaiter)| self.wait(state, entry, awaiter)));
        view.holds.extend(state.all_holds());
    }
}

impl Slots {
    fn wait(&self, state: &State, entry: &Entry, awaiter: Awaiter) -> WaitView {
        let amount = as_amount(entry.units());
        match entry.purpose {
            Purpose::Slot => WaitView { what: self.name(), awaiter, amount },
            Purpose::Work { .. } => WaitView { what: WaitName::PreemptiveWork, awaiter, amount },
            Purpose::Joint(place) => {
                // Who awaits it is known to the request, not to the entry in this line.
                let awaiter = state.awaiter_of_joint(place);
                WaitView { what: WaitName::AcquireTogether, awaiter, amount }
            }
        }
    }
}

impl State {
    fn all_holds(&self) -> impl Iterator<Item = HoldView> {
        let evictable = self.holders.iter().flat_map(super::holders::HolderList::all);
        let evictable = evictable.map(|it| (it.process, it.since, it.units));
        let plain = self.holds.occupied().map(|it| (it.process, it.since, it.units));
        evictable.chain(plain).map(|(process, since, units)| HoldView {
            process,
            since,
            amount: f64::from(units),
        })
    }
}

#[allow(clippy::cast_precision_loss, reason = "so many units there are not")]
fn as_amount(units: usize) -> f64 {
    units as f64
}
