//! Containers: who is next, in what order, and what fits.

use super::World;
use super::objects::Place;
use super::requests::{RequestId, Stage, What};

impl World<'_> {
    /// Rule 3: what can be got. What came back and does not fit any more waits outside.
    pub(super) fn tank_level(&self, tank: usize) -> i64 {
        self.tanks[tank].min(self.capacities[tank].max(self.above[tank]))
    }

    /// Whether an amount fits in.
    pub(super) fn fits(&self, tank: usize, amount: i64) -> bool {
        self.tanks[tank] + amount <= self.capacities[tank]
    }

    /// The gets or the puts that wait, the most urgent first and then in order of arrival, with their
    /// amounts.
    pub(super) fn tank_line(&self, tank: usize, gets: bool) -> Vec<(RequestId, i64)> {
        let mut line: Vec<_> = self
            .waiting()
            .into_iter()
            .filter_map(|id| match self.requests[id].what {
                What::Draw { tank: here, amount } if gets && here == tank => Some((id, amount)),
                What::Fill { tank: here, amount } if !gets && here == tank => Some((id, amount)),
                _ => None,
            })
            .collect();
        line.sort_by_key(|&(id, _)| self.tank_rank(id));
        line
    }

    fn tank_rank(&self, id: RequestId) -> (i32, RequestId, usize) {
        self.ranks.get(&id).copied().unwrap_or((0, id, 0))
    }

    /// Whether a new request of priority 0 may be granted at the call: in strict order it must not
    /// overtake anybody.
    pub(super) fn in_turn(&self, tank: usize, gets: bool, new: Option<RequestId>) -> bool {
        let line = self.tank_line(tank, gets).into_iter().filter(|&(id, _)| Some(id) != new);
        !self.program.tanks[tank].in_order
            || line.into_iter().all(|(id, _)| self.tank_rank(id).0 > 0)
    }

    /// Rule 11: any getter that fits, by priority and arrival, else any putter. In strict order only the
    /// first of each may go.
    pub(super) fn next_at_tank(&mut self, tank: usize) -> Option<RequestId> {
        for gets in [true, false] {
            let mut line = self.tank_line(tank, gets);
            if self.program.tanks[tank].in_order {
                line.truncate(1);
            }
            let (level, fits) = (self.tanks[tank], |amount| self.fits(tank, amount));
            let next = line
                .into_iter()
                .find(|&(_, amount)| if gets { amount <= level } else { fits(amount) });
            if let Some((id, amount)) = next {
                self.tanks[tank] += if gets { -amount } else { amount };
                return Some(id);
            }
        }
        None
    }

    /// Rule 14: a waiting request goes behind its new equals.
    pub(super) fn rank_at_tank(&mut self, id: RequestId, priority: i32) {
        let (What::Draw { tank, .. } | What::Fill { tank, .. }) = self.requests[id].what else {
            return;
        };
        if self.stage(id) == Stage::Waiting {
            self.ranked += 1;
            self.ranks.insert(id, (priority, self.requests.len() - 1, self.ranked));
            self.mark(Place::Tank(tank));
            self.serve();
        }
    }

    pub(super) fn resize(&mut self, tank: usize, capacity: i64) {
        let level = self.tank_level(tank);
        self.capacities[tank] = capacity;
        self.above[tank] = if level > capacity { level } else { 0 };
        self.mark(Place::Tank(tank));
        self.serve();
    }

    /// Something was got for good: what is above the capacity is that much less.
    pub(super) fn drawn(&mut self, tank: usize) {
        let promised = self.requests.iter().filter(|request| request.stage == Stage::Granted);
        let promised = promised.map(|request| match request.what {
            What::Draw { tank: here, amount } if here == tank => amount,
            _ => 0,
        });
        let stock = self.tanks[tank] + promised.sum::<i64>();
        self.above[tank] = self.above[tank].min(stock);
    }

    /// No more than there is, and no waiting request that may go fits.
    pub(super) fn check_tank(&self, tank: usize) {
        assert!(self.tanks[tank] >= 0);
        for gets in [true, false] {
            let mut line = self.tank_line(tank, gets);
            if self.program.tanks[tank].in_order {
                line.truncate(1);
            }
            for (_, amount) in line {
                let fits = if gets { amount <= self.tanks[tank] } else { self.fits(tank, amount) };
                assert!(!fits, "somebody waits for an amount that fits");
            }
        }
    }
}
