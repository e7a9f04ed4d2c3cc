//! How messages travel between ranks.

/// The way from this rank to the others. What one rank sends to another arrives whole, once, and in the order
/// in which it was sent.
pub(crate) trait Link {
    /// Returns which rank this is. The first is 0.
    fn rank(&self) -> usize;

    /// Returns how many ranks there are.
    fn ranks(&self) -> usize;

    /// Makes room for this many messages of rank 0 that are sent and not yet received. At the beginning there is
    /// room for one to each rank.
    fn make_room(&mut self, messages: usize);

    /// Sends a message. Rank 0 does not wait, so the message must be short and there must be room for it. Another
    /// rank may have to wait until rank 0 receives the message.
    fn send(&mut self, to: usize, message: &[u8]);

    /// Returns a message that has come, and from whom. Does not wait.
    fn receive(&mut self) -> Option<(usize, Vec<u8>)>;
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A link between threads of one process.
    pub(crate) struct Channels {
        rank: usize,
        to: Vec<Sender<(usize, Vec<u8>)>>,
        come: Receiver<(usize, Vec<u8>)>,
    }

    impl Channels {
        /// Returns the links of this many ranks.
        pub(crate) fn connect(ranks: usize) -> Vec<Channels> {
            let (to, come): (Vec<_>, Vec<_>) = (0..ranks).map(|_| channel()).unzip();
            let links = come.into_iter().enumerate();
            links.map(|(rank, come)| Channels { rank, to: to.clone(), come }).collect()
        }
    }

    impl Link for Channels {
        fn rank(&self) -> usize {
            self.rank
        }

        fn ranks(&self) -> usize {
            self.to.len()
        }

        fn make_room(&mut self, _: usize) {}

        fn send(&mut self, to: usize, message: &[u8]) {
            self.to[to].send((self.rank, message.to_vec())).expect("the other rank is there");
        }

        fn receive(&mut self) -> Option<(usize, Vec<u8>)> {
            self.come.try_recv().ok()
        }
    }
}
