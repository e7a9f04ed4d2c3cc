//! The pending-event sets of the literature, as short as they can be written honestly, and the library's
//! own.

mod calendar;
mod heaps;
mod ladder;
mod own;

pub(crate) use calendar::Calendar;
pub(crate) use heaps::{Binary, FourAry};
pub(crate) use ladder::Ladder;
pub(crate) use own::Own;

/// A set of entries, each with a time that is not negative. Equal times come out in the order in which
/// they went in. No entry is earlier than the one that came out last.
pub(crate) trait Queue {
    fn insert(&mut self, time: f64, key: u32);

    /// Takes out the earliest entry.
    fn pop(&mut self) -> Option<(f64, u32)>;

    /// Replaces the earliest entry by one that comes a while later, again and again. Returns a number
    /// that depends on the times and keys that came out, and on their order.
    ///
    /// This stands here, although it is the same for all, so that the compiler makes one loop for each
    /// queue.
    fn hold(&mut self, delays: &mut dyn Iterator<Item = f64>) -> u64 {
        let mut sum = 0;
        for delay in delays {
            let Some((time, key)) = self.pop() else { break };
            sum = mixed(sum, time, key);
            self.insert(time + delay, key);
        }
        sum
    }

    /// Inserts groups of entries, each entry before all that are pending, and takes out each group.
    fn before_all(&mut self, from: f64, groups: u32, size: u32) -> u64 {
        let mut sum = 0;
        for group in 0..groups {
            let start = from + f64::from(group);
            for key in 0..size {
                self.insert(start + f64::from(size - key) / f64::from(size), key);
            }
            for _ in 0..size {
                let Some((time, key)) = self.pop() else { break };
                sum = mixed(sum, time, key);
            }
        }
        sum
    }
}

fn mixed(sum: u64, time: f64, key: u32) -> u64 {
    (sum ^ time.to_bits()).wrapping_add(u64::from(key)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
