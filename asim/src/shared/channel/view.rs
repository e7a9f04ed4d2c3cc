//! What a channel shows when somebody asks why nothing happens.

use crate::engine::blocked::Looks;
use crate::engine::thing_view::{From, Thing, View};
use crate::engine::wait_name::WaitName;
use crate::shared::channel::channel::Channel;

impl<T: 'static> Thing for Channel<T> {
    fn show(&self, view: &mut View) {
        let state = self.state.borrow();
        let (count, capacity) = (state.count(), self.capacity);
        let looks = match capacity {
            // Its items are those of the sends that wait.
            0 => Looks::Unsaid,
            _ if count == 0 => Looks::Empty,
            _ if count >= capacity => Looks::Full { count, capacity },
            _ => Looks::Filled { count },
        };
        self.watchers.show("channel", looks, view);
        for (line, what, user) in [
            (state.receivers, WaitName::Receive, &self.sender),
            (state.looks, WaitName::Ready, &self.sender),
            (state.senders, WaitName::Send, &self.receiver),
        ] {
            let awaiters = state.requests.awaiters(line).map(|(_, awaiter)| awaiter);
            view.plain_line(what, From::OtherEnd(user.get()), awaiters);
        }
    }
}
