//! The agenda compared with a binary heap, and at sizes that would show a mistake.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "random numbers of few bits"
)]
#![allow(clippy::disallowed_methods, reason = "the last digits do not matter")]

use std::{cmp::Reverse, collections::BinaryHeap};

use super::bits::{NEVER, to_bits, to_time};
use super::*;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn unit(&mut self) -> f64 {
        self.below(1 << 53) as f64 / (1u64 << 53) as f64
    }

    /// Delays of very different kinds; one sequence draws from two of them.
    fn delay(&mut self, kind: u64, now: f64) -> f64 {
        match (kind + self.below(2)) % 9 {
            0 => 0.0,
            1 => self.below(3) as f64,
            2 => -(1.0 - self.unit()).ln(),
            3 => 1000.0 + self.unit() * 1e-9,
            4 => self.unit() * 1e-300,
            5 => self.below(50) as f64 * f64::from_bits(1),
            6 => self.unit().powi(40) * 1e300,
            7 => now.abs() * f64::EPSILON * self.below(100) as f64,
            _ => self.below(40) as f64 * 0.1,
        }
    }
}

fn nobody_asks(_: usize) -> bool {
    panic!("nothing died, so nobody should ask")
}

/// Returns the earliest in a heap ordered by time and number: what the agenda must return too.
fn first(heap: &mut BinaryHeap<Reverse<(i64, usize)>>, alive: &[bool]) -> Option<(f64, usize)> {
    while let Some(&Reverse((bits, key))) = heap.peek() {
        if alive[key] {
            return Some((to_time(bits), key));
        }
        heap.pop();
    }
    None
}

#[test]
fn agrees_with_a_binary_heap() {
    for seed in 0..270 {
        let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (seed + 1));
        let mut now = [0.0, -1000.0, -1e-310, -3.0, 1e9][seed as usize % 5];
        let (mut agenda, mut heap, mut alive) = (Agenda::new(0), BinaryHeap::new(), Vec::new());
        // How many of a hundred steps insert, phase by phase. The last phase drains the agenda.
        for (phase, growth) in [90, 30, 55, 50, 80, 5, 0].into_iter().enumerate() {
            let cancelling = if seed % 3 == 0 { 0 } else { random.below(60) };
            for _ in 0..if phase == 6 { 100_000 } else { random.below(400) } {
                if random.below(100) < growth {
                    let time = now + random.delay(seed, now);
                    let many = if random.below(40) == 0 { random.below(150) } else { 1 };
                    for _ in 0..many {
                        // As the timers do.
                        let key = alive.len();
                        if random.below(2) == 0 || agenda.append(time, || Some(key)).is_none() {
                            agenda.insert(time, key);
                        }
                        heap.push(Reverse((to_bits(time), alive.len())));
                        alive.push(true);
                    }
                } else {
                    let ahead =
                        if random.below(4) == 0 { random.delay(seed, now) } else { f64::INFINITY };
                    let due = first(&mut heap, &alive).filter(|(time, _)| *time <= now + ahead);
                    let simply = agenda.pop_if(now + ahead, |key| alive[key].then_some(key));
                    let popped = simply.or_else(|| agenda.pop_due(now + ahead, |key| alive[key]));
                    assert_eq!(popped, due);
                    if let Some((time, key)) = due {
                        alive[key] = false;
                        now = time;
                    } else if ahead.is_finite() {
                        now += ahead;
                    } else {
                        break;
                    }
                }
                let victim = random.below(1 + alive.len() as u64) as usize;
                if random.below(100) < cancelling && alive.get(victim) == Some(&true) {
                    alive[victim] = false;
                    agenda.note_dead(|key| alive[key]);
                }
                if random.below(10) == 0 {
                    let next = first(&mut heap, &alive).map(|(time, _)| time);
                    assert_eq!(agenda.peek(|key| alive[key]), next);
                }
            }
            assert_eq!(agenda.len(), alive.iter().filter(|alive| **alive).count());
        }
        assert!(agenda.len() == 0);
    }
}

#[test]
fn bits_have_the_order_of_the_times() {
    let tiny = f64::from_bits(1);
    let times = [f64::MIN, -1.0, -f64::MIN_POSITIVE, -tiny, 0.0, tiny, 1.0, f64::MAX];
    assert!(times.is_sorted_by_key(|&time| to_bits(time)));
    assert!(times.iter().all(|&time| to_time(to_bits(time)) == time));
    assert!(to_bits(f64::MAX) < NEVER && to_bits(f64::INFINITY) == NEVER);
}

/// Would take hours if the cost of one equal time grew with their number.
#[test]
fn many_equal_times_cost_no_more_than_others() {
    const MANY: usize = 300_000;
    let mut agenda = Agenda::new(0);
    let expect = |agenda: &mut Agenda<usize>, time, keys: std::ops::Range<usize>| {
        for key in keys {
            assert_eq!(agenda.pop_due(f64::INFINITY, nobody_asks), Some((time, key)));
        }
    };
    (0..MANY).for_each(|key| agenda.insert(5.0, key));
    for key in 0..MANY {
        expect(&mut agenda, 5.0, key..key + 1);
        agenda.insert(5.0, MANY + key);
        agenda.insert(6.0, key);
    }
    expect(&mut agenda, 5.0, MANY..2 * MANY);
    // These come next, and then earlier ones are inserted.
    assert_eq!(agenda.peek(nobody_asks), Some(6.0));
    (0..1000).for_each(|key| agenda.insert(5.5, key));
    expect(&mut agenda, 5.5, 0..1000);
    expect(&mut agenda, 6.0, 0..MANY);
    assert!(agenda.len() == 0);
}

/// Each entry comes before all others. Would take minutes if each of them moved the others.
#[test]
fn many_earlier_and_earlier_times_cost_no_more_than_others() {
    const MANY: usize = 300_000;
    let mut agenda = Agenda::new(0);
    // Each time twice.
    let time = |key: usize| ((MANY - key) / 2) as f64 * 1e-3;
    (0..MANY).for_each(|key| agenda.insert(time(key), key));
    let mut sorted: Vec<usize> = (0..MANY).collect();
    sorted.sort_by(|&one, &other| time(one).total_cmp(&time(other)));
    for key in sorted {
        assert_eq!(agenda.pop_due(f64::INFINITY, nobody_asks), Some((time(key), key)));
    }
    assert!(agenda.len() == 0 && agenda.far.room() < 10_000);
}

/// A run in real time peeks, sleeps, and then something comes before what it saw.
#[test]
fn a_peek_at_a_crowd_looks_at_it_once() {
    const CROWD: usize = 10_000;
    let mut agenda = Agenda::new(0);
    let mut alive = vec![true; CROWD];
    let far = |key: usize| 1e6 + key as f64;
    (0..CROWD).for_each(|key| agenda.insert(far(key), key));
    let asked = std::cell::Cell::new(0);
    let mut now = 1000.0;
    let mut first = 0;
    for round in 0..1000 {
        // The first one dies in some rounds.
        if round % 2 == 0 {
            alive[first] = false;
            first += 1;
            agenda.note_dead(|key| alive[key]);
        }
        let is_alive = |key: usize| {
            asked.set(asked.get() + 1);
            alive.get(key) != Some(&false)
        };
        assert_eq!(agenda.peek(is_alive), Some(far(first)));
        for _ in 0..200 {
            agenda.insert(now + 0.01, CROWD);
        }
        assert_eq!(agenda.peek(is_alive), Some(now + 0.01));
        for _ in 0..200 {
            assert_eq!(agenda.pop_due(now + 0.01, is_alive), Some((now + 0.01, CROWD)));
        }
        assert_eq!(agenda.pop_due(now + 0.02, is_alive), None);
        now += 0.02;
    }
    // Of each that fired it was asked a few times. Of the crowd, at first, and then once for 32 that died.
    let looks = (asked.get() - 1000 * 200 * 4) / CROWD;
    assert!(looks < 40, "{looks} looks at the crowd");
}

#[test]
fn memory_follows_what_is_live() {
    let room = |agenda: &Agenda<usize>| agenda.far.room();
    let mut random = Random(1);
    let mut agenda = Agenda::new(0);
    for spread in [1.0, 0.0] {
        for key in 0..100_000 {
            agenda.insert(2.0 - spread * random.unit(), key);
        }
        assert!(room(&agenda) < 300_000, "room for {}", room(&agenda));
        while agenda.pop_due(f64::INFINITY, nobody_asks).is_some() {}
        assert!(room(&agenda) < 10_000, "room for {}", room(&agenda));
    }
    let mut agenda = Agenda::new(0);
    // An endless chain of races: each cancels its far timer when the near one fires.
    let mut now = 2.0;
    for turn in 0..100_000 {
        agenda.insert(now + 1000.0, 0);
        agenda.insert(now + 1.0, 1);
        (now, _) = agenda.pop_due(f64::INFINITY, |key| key == 1).unwrap();
        agenda.note_dead(|key| key == 1);
        assert!(agenda.len() == 0, "in turn {turn}");
    }
    assert!(room(&agenda) < 1_000, "room for {}", room(&agenda));
}

#[test]
fn an_entry_is_a_time_and_a_key() {
    // Entries are moved from list to list, so they hold nothing else.
    assert_eq!(size_of::<Entry<u64>>(), 16);
}
