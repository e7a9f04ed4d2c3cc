//! The ladder queue. W. T. Tang, R. S. M. Goh and I. L.-J. Thng, "Ladder queue: an O(1) priority queue
//! structure for large-scale discrete event simulation", ACM Transactions on Modeling and Computer
//! Simulation 15 (2005), 175-204.

use std::collections::VecDeque;

use super::Queue;

type Entry = (f64, u32);

/// A bucket with more entries becomes a rung, and so does a longer bottom.
const THRESHOLD: usize = 50;
const RUNGS: usize = 8;

/// The entries of one bucket of the rung above, in buckets of their own. They are not sorted.
struct Rung {
    start: f64,
    width: f64,
    /// The first bucket that may have entries.
    current: usize,
    buckets: Vec<Vec<Entry>>,
}

#[derive(Default)]
pub(crate) struct Ladder {
    /// The latest entries, not sorted, from `top_start` on.
    top: Vec<Entry>,
    top_start: f64,
    rungs: Vec<Rung>,
    /// The earliest entries, sorted.
    bottom: VecDeque<Entry>,
}

impl Rung {
    /// Deals out entries, or gives them back if they are all equal.
    fn new(entries: Vec<Entry>) -> Result<Rung, Vec<Entry>> {
        let (start, end) = ends(&entries);
        let width = (end - start) / entries.len() as f64;
        if width <= 0.0 || start + width == start {
            return Err(entries);
        }
        let buckets = vec![Vec::new(); entries.len() + 1];
        let mut rung = Rung { start, width, current: 0, buckets };
        for entry in entries {
            let place = rung.place(entry.0).unwrap_or(0);
            rung.buckets[place].push(entry);
        }
        Ok(rung)
    }

    /// Returns the bucket of a time, or `None` if its time has passed here.
    fn place(&self, time: f64) -> Option<usize> {
        let place = ((time - self.start) / self.width) as usize;
        (time >= self.start && place >= self.current).then(|| place.min(self.buckets.len() - 1))
    }
}

fn ends(entries: &[Entry]) -> (f64, f64) {
    entries
        .iter()
        .fold((f64::INFINITY, 0.0), |(start, end), entry| (entry.0.min(start), entry.0.max(end)))
}

impl Ladder {
    fn fill_bottom(&mut self) {
        while self.bottom.is_empty() {
            let Some(rung) = self.rungs.last_mut() else {
                if self.top.is_empty() {
                    return;
                }
                self.top_start = ends(&self.top).1;
                let top = std::mem::take(&mut self.top);
                self.begin(top);
                continue;
            };
            let next = rung.buckets[rung.current..].iter().position(|bucket| !bucket.is_empty());
            let Some(next) = next else {
                self.rungs.pop();
                continue;
            };
            rung.current += next + 1;
            let bucket = std::mem::take(&mut rung.buckets[rung.current - 1]);
            if rung.current == rung.buckets.len() {
                self.rungs.pop();
            }
            if bucket.len() > THRESHOLD && self.rungs.len() < RUNGS {
                self.begin(bucket);
            } else {
                self.sort(bucket);
            }
        }
    }

    /// Begins a new rung.
    fn begin(&mut self, entries: Vec<Entry>) {
        match Rung::new(entries) {
            Ok(rung) => self.rungs.push(rung),
            Err(equal) => self.sort(equal),
        }
    }

    fn sort(&mut self, mut entries: Vec<Entry>) {
        entries.sort_by(|one, other| one.0.total_cmp(&other.0));
        self.bottom = entries.into();
    }
}

impl Queue for Ladder {
    #[inline]
    fn insert(&mut self, time: f64, key: u32) {
        if time >= self.top_start {
            return self.top.push((time, key));
        }
        for rung in &mut self.rungs {
            if let Some(place) = rung.place(time) {
                return rung.buckets[place].push((time, key));
            }
        }
        let place = self.bottom.partition_point(|other| other.0 <= time);
        self.bottom.insert(place, (time, key));
        if self.bottom.len() > THRESHOLD && self.rungs.len() < RUNGS {
            let bottom = std::mem::take(&mut self.bottom).into();
            self.begin(bottom);
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<(f64, u32)> {
        if self.bottom.is_empty() {
            self.fill_bottom();
        }
        self.bottom.pop_front()
    }
}
