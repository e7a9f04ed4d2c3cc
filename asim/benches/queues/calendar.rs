//! The calendar queue. R. Brown, "Calendar queues: a fast O(1) priority queue implementation for the
//! simulation event set problem", Communications of the ACM 31 (1988), 1220-1227.

use std::collections::VecDeque;

use super::Queue;

type Entry = (f64, u32);

/// So many of the next entries say how long a day should be.
const SAMPLE: usize = 25;

/// Each bucket is one day of every year, and sorted.
pub(crate) struct Calendar {
    days: Vec<VecDeque<Entry>>,
    /// The length of a day.
    width: f64,
    /// The number of the day, counted from the beginning of time, before which nothing is pending.
    today: u64,
    len: usize,
}

impl Calendar {
    pub(crate) fn new() -> Self {
        Calendar { days: vec![VecDeque::new(); 2], width: 1.0, today: 0, len: 0 }
    }

    fn day(&self, time: f64) -> u64 {
        (time / self.width) as u64
    }

    fn add(&mut self, entry: Entry) {
        let day = self.day(entry.0);
        let count = self.days.len() as u64;
        let bucket = &mut self.days[(day % count) as usize];
        let place = bucket.partition_point(|other| other.0 <= entry.0);
        bucket.insert(place, entry);
        self.today = self.today.min(day);
        self.len += 1;
    }

    fn take(&mut self) -> Option<Entry> {
        if self.len == 0 {
            return None;
        }
        let count = self.days.len() as u64;
        for day in self.today..self.today.saturating_add(count) {
            let bucket = &self.days[(day % count) as usize];
            if bucket.front().is_some_and(|first| self.day(first.0) <= day) {
                return self.take_on(day);
            }
        }
        // Nothing comes within a year: the earliest of all.
        let firsts = self.days.iter().filter_map(|bucket| bucket.front());
        let first = firsts.map(|first| first.0).min_by(f64::total_cmp)?;
        self.take_on(self.day(first))
    }

    fn take_on(&mut self, day: u64) -> Option<Entry> {
        let count = self.days.len() as u64;
        self.today = day;
        self.len -= 1;
        self.days[(day % count) as usize].pop_front()
    }

    /// Makes another number of buckets, and days as long as three times the mean distance of the next
    /// entries, those not counted that are twice as far apart as the others.
    fn resize(&mut self, count: usize) {
        let mut sample = Vec::new();
        while sample.len() < SAMPLE.min(self.len) {
            sample.extend(self.take());
        }
        let distances: Vec<f64> = sample.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        let mean = |distances: &[f64]| distances.iter().sum::<f64>() / distances.len() as f64;
        let most = 2.0 * mean(&distances);
        let usual: Vec<f64> = distances.into_iter().filter(|&distance| distance <= most).collect();
        let width = 3.0 * mean(&usual);
        if width > 0.0 && sample.last().is_some_and(|last| last.0 + width > last.0) {
            self.width = width;
        }
        let old = std::mem::replace(&mut self.days, vec![VecDeque::new(); count]);
        self.len = 0;
        self.today = u64::MAX;
        for entry in sample.into_iter().chain(old.into_iter().flatten()) {
            self.add(entry);
        }
    }
}

impl Queue for Calendar {
    #[inline]
    fn insert(&mut self, time: f64, key: u32) {
        self.add((time, key));
        if self.len > 2 * self.days.len() {
            self.resize(2 * self.days.len());
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<(f64, u32)> {
        let entry = self.take();
        if self.len < self.days.len() / 2 && self.days.len() > 2 {
            self.resize(self.days.len() / 2);
        }
        entry
    }
}
